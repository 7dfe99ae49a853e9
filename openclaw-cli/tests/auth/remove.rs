//! `models auth remove`: the profile, its place in the order and its health go in one write.

use serde_json::json;

use crate::common::World;
use crate::support::{Person, STORE, THEN, at, keys, recorded};

#[test]
fn nothing_of_the_profile_stays_but_the_number_of_its_secret_and_everything_else_does() {
    let world = World::new();
    let rest = format!(
        r#","order":{{"anthropic":["anthropic:a","anthropic:b"],"openai":["x:1"]}},"lastGood":{{"anthropic":"anthropic:a"}},
        "usageStats":{{"anthropic:a":{{"cooldownUntil":{}}},"anthropic:b":{{"lastUsed":5}}}},"later":[1e400]"#,
        THEN + 1000
    );
    world.write_store(keys(&["a", "b"], &rest));
    let output = at(&world.home(), THEN).ok(&["remove", "anthropic:a", "--yes"]);
    assert_eq!(
        output.stdout,
        "Removed anthropic:a (anthropic) of agent main\nAuth store : ~/.openclaw/agents/main/agent/auth-profiles.json\n"
    );
    let text = world.store_text();
    assert_eq!(text.matches("anthropic:a").count(), 1, "{text}");
    assert!(text.contains("1e400"), "{text}");
    let store: serde_json::Value = serde_json::from_str(&text.replace("1e400", "1")).unwrap();
    assert_eq!(store["order"], json!({"anthropic": ["anthropic:b"], "openai": ["x:1"]}));
    assert_eq!(
        store["usageStats"],
        json!({"anthropic:a": {"credentialGeneration": 1}, "anthropic:b": {"lastUsed": 5}})
    );
    // The doctor takes that for nothing wrong.
    let doctor = world.run(&["doctor", "--json"]).out();
    assert!(!doctor.stdout.is_empty() && !doctor.stdout.contains("anthropic:a"), "{doctor:?}");
}

#[test]
fn it_asks_on_a_terminal_and_needs_a_flag_without() {
    let world = recorded();
    let before = world.everything();
    let refused = at(&world.home(), THEN).run(&["remove", "anthropic:work"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("confirm with --yes"), "{refused:?}");
    let no = Person { yes: [false].into(), ..Person::default() };
    let kept = at(&world.home(), THEN).asking(no).run(&["remove", "anthropic:work"]);
    assert_eq!((kept.code, kept.stdout.as_str()), (1, ""));
    let interrupted = at(&world.home(), THEN).asking(Person::default()).run(&["remove", "anthropic:work"]);
    assert_eq!(interrupted.code, 130);
    assert!(interrupted.stderr.contains("interrupted; nothing was removed"), "{interrupted:?}");
    let nobody = Person { yes: [true].into(), ..Person::default() };
    let asked = nobody.asked.clone();
    let unknown = at(&world.home(), THEN).asking(nobody).run(&["remove", "anthropic:nope"]);
    assert!(unknown.stderr.starts_with("Error: Auth profile \"anthropic:nope\" not found in "), "{unknown:?}");
    assert_eq!(unknown.code, 1);
    assert!(asked.lock().unwrap().is_empty(), "nothing is asked about what is not there");
    assert!(world.everything() == before);
    let yes = Person { yes: [true].into(), ..Person::default() };
    let asked = yes.asked.clone();
    at(&world.home(), THEN).asking(yes).ok(&["remove", "anthropic:work"]);
    assert_eq!(*asked.lock().unwrap(), ["Remove anthropic:work of agent main? Its credential cannot be brought back."]);
    assert!(world.store()["profiles"].get("anthropic:work").is_none());
    assert_ne!(world.store_text(), STORE);
}

#[test]
fn what_the_configuration_still_says_is_told_with_commands_that_work() {
    let world = World::new();
    world.write_config(
        "{ auth: {\n  profiles: { 'anthropic:a': { provider: 'anthropic', mode: 'api_key' } },\n  order: { anthropic: ['anthropic:a', 'anthropic:b'] } } }\n",
    );
    world.write_store(keys(&["a", "b"], ""));
    let answer = at(&world.home(), THEN).json(&["remove", "anthropic:a", "--yes"]);
    assert_eq!(
        (&answer["removed"], &answer["provider"], &answer["otherAgents"]),
        (&json!(true), &json!("anthropic"), &json!([]))
    );
    let commands: Vec<String> = answer["mentions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mention| mention["command"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        commands,
        [
            "openclaw config unset 'auth.profiles[\"anthropic:a\"]'",
            "openclaw config set auth.order.anthropic '[\"anthropic:b\"]'",
        ]
    );
    world.run(&["config", "unset", "auth.profiles[\"anthropic:a\"]"]).ok();
    world.run(&["config", "set", "auth.order.anthropic", "[\"anthropic:b\"]"]).ok();
    // The last one of an order: an empty list would mean that nobody may serve.
    let text = at(&world.home(), THEN).ok(&["remove", "anthropic:b", "--yes"]).stdout;
    assert!(
        text.ends_with(
            "auth.order.anthropic of the configuration still names it\n  openclaw config unset auth.order.anthropic\n"
        ),
        "{text}"
    );
}

#[test]
fn a_name_that_another_agent_uses_stays_in_the_configuration() {
    let world = World::new();
    world.write_config(
        "{ agents: { list: [{ id: 'main', default: true }, { id: 'work' }] }, auth: { order: { anthropic: ['anthropic:a'] } } }",
    );
    world.write_store(keys(&["a"], ""));
    let work = world.store_path_of("work");
    std::fs::create_dir_all(work.parent().unwrap()).unwrap();
    std::fs::write(&work, keys(&["a"], "")).unwrap();
    let text = at(&world.home(), THEN).ok(&["remove", "anthropic:a", "--yes", "--agent", "work"]).stdout;
    assert!(text.ends_with("for agents that have one of that name: main\n"), "{text}");
    assert!(world.store()["profiles"].get("anthropic:a").is_some());
    let left: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&work).unwrap()).unwrap();
    assert_eq!(left["profiles"], json!({}));
}

#[test]
fn an_entry_that_cannot_be_read_can_be_removed() {
    let world = recorded();
    at(&world.home(), THEN).ok(&["remove", "bad:one", "--yes"]);
    let store = world.store();
    assert!(store["profiles"].get("bad:one").is_none() && store["profiles"].get("bad:two").is_some());
}
