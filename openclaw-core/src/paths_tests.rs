use super::*;
use crate::config::{Config, ConfigLayer, ConfigSource};

fn resolve(env: &[(&str, &str)], existing: &[&str]) -> (String, String) {
    let env = env.iter().fold(Env::empty().with("HOME", "/home/ada"), |env, (name, value)| env.with(name, value));
    let exists = |path: &Path| existing.iter().any(|existing| Path::new(existing) == path);
    let paths = StatePaths::resolve(&env, Path::new("/place/dir"), &exists).unwrap();
    (paths.state_dir.display().to_string(), paths.config_path.display().to_string())
}

fn settings(text: &str) -> Settings {
    let layer = ConfigLayer::parse(ConfigSource::Override, text).unwrap();
    Config::from_layers([layer], &Env::empty()).unwrap().settings().clone()
}

fn pair(state: &str, config: &str) -> (String, String) {
    (state.to_owned(), config.to_owned())
}

#[test]
fn the_state_folder_and_the_file() {
    let today = "/home/ada/.openclaw";
    assert_eq!(resolve(&[], &[]), pair(today, "/home/ada/.openclaw/openclaw.json"));
    assert_eq!(
        resolve(&[("OPENCLAW_STATE_DIR", " ~/s "), ("CLAWDBOT_STATE_DIR", "/no")], &[]),
        pair("/home/ada/s", "/home/ada/s/openclaw.json")
    );
    assert_eq!(resolve(&[("CLAWDBOT_STATE_DIR", "../s/./x")], &[]), pair("/place/s/x", "/place/s/x/openclaw.json"));
    assert_eq!(resolve(&[("OPENCLAW_CONFIG_PATH", "c.json")], &[]), pair(today, "/place/dir/c.json"));
    assert_eq!(resolve(&[("OPENCLAW_STATE_DIR", "~ada")], &[]).0, "/place/dir/~ada");
}

#[test]
fn older_names_serve_while_todays_do_not_exist() {
    let old = ["/home/ada/.moltbot", "/home/ada/.moltbot/moltbot.json"];
    assert_eq!(resolve(&[], &old), pair(old[0], old[1]));
    let both = ["/home/ada/.clawdbot", "/home/ada/.clawdbot/clawdbot.json", "/home/ada/.openclaw"];
    assert_eq!(resolve(&[], &both), pair("/home/ada/.openclaw", both[1]));
    let named = [("OPENCLAW_STATE_DIR", "/s")];
    assert_eq!(resolve(&named, &both), pair("/s", "/s/openclaw.json"));
    assert_eq!(resolve(&named, &["/s/clawdbot.json"]), pair("/s", "/s/clawdbot.json"));
}

#[test]
fn without_a_home_only_named_places_work() {
    let none = |_: &Path| false;
    let resolve = |env: Env| StatePaths::resolve(&env, Path::new("/w"), &none);
    assert_eq!(resolve(Env::empty()), Err(PathsError::NoHome));
    assert_eq!(resolve(Env::empty().with("OPENCLAW_STATE_DIR", "~/x")), Err(PathsError::NoHome));
    assert_eq!(resolve(Env::empty().with("OPENCLAW_STATE_DIR", "x")).unwrap().state_dir, Path::new("/w/x"));
}

#[test]
fn agents_have_their_folders() {
    let settings = settings("{agents: {list: [{id: 'A b', agentDir: '~/a'}, {id: 'b', default: true}, {id: 'B'}]}}");
    assert_eq!(default_agent(&settings).as_str(), "b");
    assert_eq!(known_agents(&settings).iter().map(AgentId::as_str).collect::<Vec<_>>(), ["a-b", "b"]);
    let paths = StatePaths::new("/s", "/s/openclaw.json");
    let env = Env::empty().with("HOME", "/h").with("PI_CODING_AGENT_DIR", "pi");
    let dir = |env: &Env, id: &str| paths.agent_dir(env, &settings, &AgentId::new(id)).display().to_string();
    assert_eq!(dir(&env, "a-b"), "/h/a");
    assert_eq!(dir(&env, "b"), "/s/pi");
    assert_eq!(dir(&env.clone().with("OPENCLAW_AGENT_DIR", "/o"), "b"), "/o");
    assert_eq!(dir(&env, "other"), "/s/agents/other/agent");
    assert_eq!(StatePaths::auth_store(Path::new("/a")), Path::new("/a/auth-profiles.json"));
}

#[test]
fn without_a_list_there_is_main() {
    let settings = Settings::default();
    assert_eq!((default_agent(&settings), known_agents(&settings)), (AgentId::main(), vec![AgentId::main()]));
}

#[test]
fn a_path_never_climbs_above_the_root() {
    for (path, resolved) in [("../../../x", "/x"), ("./a//b/../c", "/w/a/c"), ("/x/..", "/"), ("", "/w")] {
        assert_eq!(resolve_path(Path::new("/w"), Path::new(path)), Path::new(resolved), "{path}");
    }
}
