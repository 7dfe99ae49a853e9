//! Every command in every state of the folder, for people and for programs: stdout is the answer or
//! empty, with `--json` both streams are strict JSON, and nothing that data says steers a terminal.

use std::fs;

use openclaw_core::testing::Reply;
use serde_json::{Value, json};

use crate::common::inside::{CONFIG, STORE};
use crate::common::{KEY, OTHER_KEY, Output, TOKEN, World, server, skipped};
use crate::tree::{Leaf, leaves};

/// What may stand in any name, and never reaches a terminal as it is.
pub(crate) const STEERING: [char; 11] = [
    '\u{1b}', '\u{7}', '\r', '\u{9b}', '\u{85}', '\u{202e}', '\u{202a}', '\u{2066}', '\u{2069}', '\u{200e}', '\u{200f}',
];

/// A store whose names are made to deceive.
fn hostile(world: &World) {
    let steering: String = STEERING.into_iter().collect();
    let (long, wide) = ("n".repeat(4096), "界🦀é".repeat(20));
    let key = json!({"type": "api_key", "provider": "anthropic", "key": OTHER_KEY, "email": steering});
    let token = json!({"type": "token", "provider": "anthropic", "token": TOKEN, "expires": 1});
    let mut profiles = serde_json::Map::new();
    for name in [&steering, &long, &wide] {
        profiles.insert(format!("anthropic:{name}"), key.clone());
        profiles.insert(format!("x{name}:t"), token.clone());
        profiles.insert(format!("anthropic:odd{name}"), json!({"type": steering, "provider": name}));
    }
    let stats = json!({ format!("anthropic:{steering}"): {
        "cooldownUntil": 4_102_444_800_000_i64, "lastFailureAt": 4_102_444_700_000_i64,
        "models": { steering.clone(): {"cooldownUntil": 4_102_444_800_000_i64} } } });
    let order = json!({"anthropic": [format!("anthropic:{wide}"), format!("anthropic:{steering}")]});
    let store = json!({"version": 1, "profiles": profiles, "order": order, "usageStats": stats});
    world.write_store(store.to_string());
}

/// A configuration of that kind, which is refused.
fn hostile_configuration(world: &World) {
    let steering: String = STEERING.into_iter().collect();
    let (long, wide) = ("n".repeat(4096), "界🦀é".repeat(20));
    let model = format!("anthropic/{steering}{long}");
    let config = json!({"agents": {
        "defaults": {"model": {"primary": model, "fallbacks": [wide, "anthropic/claude-opus-4-5"]}},
        "list": [{"id": "main", "name": steering, "model": model}]}});
    world.write_config(&config.to_string());
}

type State = (&'static str, fn(&World));

const STATES: [State; 12] = [
    ("nothing", |_| {}),
    ("as OpenClaw wrote it", |world| {
        world.write_config(CONFIG);
        world.write_store(STORE);
    }),
    ("a key and a token", |world| {
        let key = json!({"type": "api_key", "provider": "anthropic", "key": OTHER_KEY});
        let token = json!({"type": "token", "provider": "anthropic", "token": TOKEN});
        let profiles = json!({"anthropic:default": key, "anthropic:manual": token});
        world.write_store(json!({"version": 1, "profiles": profiles}).to_string());
    }),
    ("a configuration that ends in the middle", |world| world.write_config("{ agents: {")),
    ("a configuration with problems", |world| {
        world.write_config("{ auth: { ordr: {} }, agents: { list: 3 }, x\u{7f}y: 1 }");
    }),
    ("a configuration that is a folder", |world| fs::create_dir_all(world.config_path()).unwrap()),
    ("an include that is missing", |world| world.write_config("{ $include: './nope\u{202e}.json5' }")),
    ("a store that is no object", |world| world.write_store("[1]")),
    ("a store of a later version", |world| {
        world.write_store(json!({"version": 9, "profiles": {}}).to_string());
    }),
    ("a folder of a newer OpenClaw", |world| {
        world.write_store(STORE);
        fs::write(world.state().join("openclaw.sqlite"), "").unwrap();
    }),
    ("names made to deceive", hostile),
    ("a configuration made to deceive", hostile_configuration),
];

/// What holds for every run for programs.
#[track_caller]
fn assert_for_programs(output: &Output, what: &str) {
    assert!(output.stdout.is_empty() || serde_json::from_str::<Value>(&output.stdout).is_ok(), "{what}: {output:?}");
    let lines: Result<Vec<Value>, _> = output.stderr.lines().map(serde_json::from_str).collect();
    let lines = lines.unwrap_or_else(|error| panic!("{what}: {error}: {output:?}"));
    let errors = lines.iter().filter(|line| line.get("error").is_some()).count();
    // Success has no error; a failure has one, or an answer that says what is wrong.
    let told = if output.code == 0 { errors == 0 } else { errors + usize::from(!output.stdout.is_empty()) == 1 };
    assert!(told, "{what}: {output:?}");
}

#[track_caller]
fn assert_clean(output: &Output, what: &str) {
    assert!(matches!(output.code, 0..=2), "{what}: {output:?}");
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains(STEERING) && !text.contains("panicked"), "{what}: {output:?}");
    }
}

fn ran(world: &World, url: &str, leaf: &Leaf, words: &[&str]) -> Output {
    // Runs look for secrets and control characters, too.
    world.run(words).env("ANTHROPIC_BASE_URL", url).stdin(leaf.stdin).out()
}

#[test]
fn every_command_in_every_state() {
    let server = server();
    server.otherwise([Reply::text("Oui")]);
    for (state, plant) in STATES {
        let world = World::new();
        plant(&world);
        let before = world.everything();
        for leaf in leaves() {
            let what = format!("{state}: {}", leaf.path);
            let both = [(leaf.json, leaf.words_for_json()), (true, leaf.words())];
            let runs = both.into_iter().filter(|(wanted, _)| *wanted).map(|(_, words)| {
                let another = (!leaf.reads).then(World::new);
                another.iter().for_each(plant);
                let output = ran(another.as_ref().unwrap_or(&world), &server.url(), leaf, &words);
                assert_clean(&output, &what);
                output
            });
            let runs: Vec<Output> = runs.collect();
            if leaf.json {
                assert_for_programs(&runs[0], &what);
                assert_eq!(runs[0].code, runs[1].code, "{what}: {runs:?}");
            }
        }
        assert!(world.everything() == before, "{state}: something was written");
    }
}

#[cfg(unix)]
#[test]
fn every_command_in_a_folder_of_somebody_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::with_key_and_token();
    let nobody = |words: &[&str]| {
        let mut command = std::process::Command::new("setpriv");
        command.args(["--reuid=65534", "--clear-groups", env!("CARGO_BIN_EXE_openclaw")]).args(words);
        command.env_clear().env("HOME", world.home()).env("PATH", "/usr/bin:/bin").current_dir("/");
        command.stdin(std::process::Stdio::null());
        command
    };
    if !nobody(&["--version"]).output().is_ok_and(|output| output.status.success()) {
        skipped("setpriv and the right to change the user");
        return;
    }
    for path in world.everything().into_keys().chain([world.root().to_owned(), world.home()]) {
        let mode = if path.is_dir() { 0o555 } else { 0o444 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let before = world.everything();
    let server = server();
    server.otherwise([Reply::text("Oui")]);
    for leaf in leaves().filter(|leaf| leaf.json) {
        let mut command = nobody(&leaf.words_for_json());
        command.env("ANTHROPIC_BASE_URL", server.url()).env("ANTHROPIC_API_KEY", KEY);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        let output = Output { code, stdout, stderr, took: std::time::Duration::ZERO };
        output.assert_no_secret();
        assert_clean(&output, leaf.path);
        assert_for_programs(&output, leaf.path);
        assert!(!leaf.reads || leaf.path == "doctor" || output.code == 0, "{}: {output:?}", leaf.path);
    }
    assert!(world.everything() == before);
}
