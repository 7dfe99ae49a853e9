//! `openclaw config …`: what is read, what is written, and what is said about it.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{KEY, OTHER_KEY, World, refused};

/// A configuration of OpenClaw 2026.1.30, as it was recorded.
const RECORDED: &str = include_str!("data/input.openclaw.json5");

impl World {
    fn config(&self) -> String {
        fs::read_to_string(self.config_path()).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.state().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.state().join(name)).unwrap()
    }

    fn backups(&self) -> Vec<String> {
        let names = fs::read_dir(self.state()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.retain(|name| name.contains(".bak"));
        names.sort();
        names
    }
}

fn recorded() -> World {
    let world = World::new();
    world.write_config(RECORDED);
    world
}

#[test]
fn the_recorded_session_of_the_reference() {
    let world = recorded();
    refused(&world, &["config", "get", "nope.nope"], "", 1, &["Config path not found: nope.nope"]);

    let env = ("CUSTOM1_KEY", "super-secret-value-123456");
    let shown = world.run(&["config", "get", "models.providers.custom1"]).env(env.0, env.1).ok();
    assert_eq!(shown.json()["baseUrl"], "https://example.invalid");
    // The reference prints the secret.
    assert_eq!(shown.json()["apiKey"], "***");

    let set = world.run(&["config", "set", "auth.cooldowns.billingBackoffHours", "2"]).ok();
    assert_eq!(set.stdout, "Updated auth.cooldowns.billingBackoffHours. Restart the gateway to apply.\n");
    // The reference drops the comment, writes the secret of `${CUSTOM1_KEY}` in clear and adds defaults.
    let written = RECORDED
        .replace("\"anthropic:default\"] } },", "\"anthropic:default\"] }, cooldowns: { billingBackoffHours: 2 } },");
    assert_eq!(world.config(), written);
    assert_eq!(world.read("openclaw.json.bak"), RECORDED);

    let refusal = ["Error: Config validation failed: auth: Unrecognized key: \"bogus\""];
    world.run(&["config", "set", "auth.bogus", "1"]).fails(1, &refusal);
    assert_eq!(world.config(), written);

    let unset = world.run(&["config", "unset", "auth.cooldowns.billingBackoffHours"]).ok();
    assert_eq!(unset.stdout, "Removed auth.cooldowns.billingBackoffHours. Restart the gateway to apply.\n");
    assert_eq!(world.run(&["config", "get", "auth.cooldowns"]).ok().stdout, "{}\n");
    refused(&world, &["config", "unset", "auth.nope"], "", 1, &["Config path not found: auth.nope"]);
}

#[test]
fn a_key_in_brackets_takes_quotes() {
    let world = recorded();
    let path = "agents.defaults.models[\"anthropic/claude-opus-4-5\"].params.cacheRetention";
    world.run(&["config", "set", path, "long"]).ok();
    assert_eq!(world.run(&["config", "get", path]).ok().stdout, "long\n");
    assert!(world.config().contains("{ params: {temperature: 0.2, cacheRetention: \"long\"} }"), "{}", world.config());
}

#[test]
fn values_are_json5_or_text() {
    for (value, flags, written) in [
        ("12", &[][..], "12"),
        ("-5", &[], "-5"),
        ("0xff", &[], "0xff"),
        ("true", &[], "true"),
        ("plain words", &[], "\"plain words\""),
        ("[1, 'two',]", &[], "[1, 'two',]"),
        ("'quoted'", &["--json"], "'quoted'"),
        ("{ a: { b: [] } }", &["--strict-json"], "{ a: { b: [] } }"),
        ("", &[], "\"\""),
    ] {
        let world = World::new();
        world.write_config("{ gateway: { x: 0 } }\n");
        world.run(&[&["config", "set", "gateway.x", value], flags].concat()).ok();
        assert_eq!(world.config(), format!("{{ gateway: {{ x: {written} }} }}\n"));
    }
    let world = recorded();
    refused(&world, &["config", "set", "gateway.x", "plain words", "--strict-json"], "", 2, &["not JSON5"]);
    refused(&world, &["config", "set", "gateway.x", "{ $include: './x' }"], "", 1, &["$include"]);
    refused(&world, &["config", "set", "", "1"], "", 2, &["the path is empty"]);
    refused(&world, &["config", "set", "a[[", "1"], "", 2, &["a[["]);
    refused(&world, &["config", "set", "gateway.x", "-"], "", 2, &["stdin"]);
}

#[test]
fn a_secret_comes_from_stdin_and_is_never_shown() {
    let world = World::new();
    world.write_config(
        "{\n  // ours\n  models: { providers: { anthropic: { apiKey: 'sk-ant-api03-first-secret-of-all' } } },\n}\n",
    );
    let before = world.config();
    let path = "models.providers.anthropic.apiKey";
    let dry = world.run(&["config", "set", path, "-", "--dry-run"]).stdin(format!("{KEY}\r\n")).ok();
    assert!(dry.stdout.contains("+  models: { providers: { anthropic: { apiKey: '*** (changed)' } } },"), "{dry:?}");
    assert!(dry.stdout.contains("-  models: { providers: { anthropic: { apiKey: '***' } } },"), "{dry:?}");
    assert!(!dry.stdout.contains("first-secret"), "{dry:?}");
    assert_eq!((world.config(), world.backups()), (before.clone(), vec![]));

    world.run(&["config", "set", path, "-"]).stdin(format!("{KEY}\r\n")).ok();
    assert_eq!(world.config(), before.replace("'sk-ant-api03-first-secret-of-all'", &format!("'{KEY}'")));
    assert_eq!(world.backups(), Vec::<String>::new(), "the secret that was replaced lives on");

    // One that stays may be in a backup, until it goes.
    world.run(&["config", "set", "gateway.port", "1"]).ok();
    assert!(world.read("openclaw.json.bak").contains(KEY));
    let set = world.run(&["config", "set", path, OTHER_KEY]).ok();
    assert!(set.stderr.contains("warning: a secret on the command line"), "{set:?}");
    assert_eq!(world.backups(), Vec::<String>::new());
    world.run(&["config", "set", path, "${MY_KEY}"]).ok();
    assert!(world.config().contains("apiKey: '${MY_KEY}'") && !world.config().contains(OTHER_KEY));
    // A number there is what was typed.
    world.run(&["config", "set", "env.PIN", "007"]).ok();
    assert!(world.config().contains("PIN: '007'"), "{}", world.config());
}

#[test]
fn a_dry_run_shows_the_change_and_writes_nothing() {
    let world = recorded();
    let before = world.everything();
    let dry = world.run(&["config", "unset", "auth.order", "--dry-run"]).ok();
    let lines: Vec<&str> = dry.stdout.lines().collect();
    assert_eq!(lines[..2], ["--- ~/.openclaw/openclaw.json", "+++ ~/.openclaw/openclaw.json"]);
    assert!(lines.contains(&"+  auth: { },") || lines.contains(&"+  auth: {},"), "{dry:?}");
    assert!(dry.stdout.contains("apiKey: \"${CUSTOM1_KEY}\""), "a reference is no secret: {dry:?}");
    let json = world.run(&["config", "set", "gateway.port", "1", "--dry-run", "--json"]).ok().json();
    assert_eq!((&json["changed"], &json["dry_run"], &json["action"]), (&true.into(), &true.into(), &"set".into()));
    assert!(json["diff"].as_str().unwrap().contains("+  gateway: {"), "{json}");
    world.run(&["config", "set", "auth.bogus", "1", "--dry-run"]).fails(1, &["Unrecognized key"]);
    let same = world.run(&["config", "set", "agents.defaults.model.primary", "opus", "--dry-run"]).ok();
    assert!(same.stdout.is_empty() && same.stderr.contains("nothing would change"), "{same:?}");
    assert!(world.everything() == before);
}

#[test]
fn what_is_said_already_is_not_written_again() {
    let world = recorded();
    let before = world.everything();
    let set = world.run(&["config", "set", "agents.defaults.model.primary", "opus"]).ok();
    assert!(set.stdout.contains("nothing was written"), "{set:?}");
    assert!(world.everything() == before);
}

#[test]
fn the_file_that_owns_a_value_is_written() {
    let world = World::new();
    world.write_config("{\n  $include: './base.json5',\n  agents: { $include: './agents.json5' }, // ours\n}\n");
    let base = "// base\r\n{\r\n\tauth: { order: { anthropic: ['anthropic:a'] } },\r\n}\r\n";
    world.write("base.json5", base);
    world.write("agents.json5", "{ defaults: { model: 'opus' } }");
    let root = world.config();

    let set = world.run(&["config", "set", "agents.defaults.model", "sonnet"]).ok();
    assert!(set.stderr.contains("~/.openclaw/agents.json5"), "{set:?}");
    world.run(&["config", "set", "auth.order.anthropic[1]", "anthropic:b"]).ok();
    assert_eq!(world.read("agents.json5"), "{ defaults: { model: 'sonnet' } }");
    assert_eq!(world.read("base.json5"), base.replace("'anthropic:a'", "'anthropic:a', 'anthropic:b'"));
    assert_eq!(world.config(), root);

    world.write("more.json5", "{}");
    world.write_config("{ auth: { $include: ['./base2.json5', './more.json5'] } }");
    world.write("base2.json5", "{}");
    refused(&world, &["config", "set", "auth.order", "{}"], "", 1, &["base2.json5", "more.json5"]);
}

#[test]
fn a_broken_file_is_repaired_by_the_command_that_the_error_names() {
    let world = World::new();
    world.write_config("{\n  // keep\n  auth: { 'strange key': 1, order: {} },\n  agents: { list: [{ id: 5 }] },\n}\n");
    let error = refused(&world, &["models", "status"], "", 1, &["openclaw.json:3:", "Unrecognized key"]);
    assert_eq!(error["problems"].as_array().unwrap().len(), 2, "{error}");
    let command = error["hints"][0]["command"].as_str().unwrap();
    assert_eq!(command, "openclaw config unset 'auth[\"strange key\"]'");
    let unset = world.run(&["config", "unset", "auth[\"strange key\"]"]).ok();
    assert!(unset.stderr.contains("1 problem"), "{unset:?}");
    world.run(&["config", "set", "agents.list[0].id", "main"]).ok();
    assert_eq!(world.config(), "{\n  // keep\n  auth: { order: {} },\n  agents: { list: [{ id: \"main\" }] },\n}\n");
    world.run(&["models", "status"]).ok();
    // Nothing helps where the text itself is broken; the file stays.
    world.write_config("{ auth: { ");
    refused(&world, &["config", "set", "gateway.x", "1"], "", 1, &["openclaw.json:1:11"]);
}

#[test]
fn problems_are_shown_with_their_lines_and_without_secrets() {
    let world = World::new();
    world.write_config(&format!(
        "{{\n  auth: {{ ordr: {{}}, profiles: 5 }},\n  models: {{ providers: {{ x: {{ apiKey: '{KEY}', baseUrl: 5, token: 'abc' }} }} }},\n}}\n"
    ));
    let output = world.run(&["config", "validate"]).fails(
        1,
        &[
            "Error: Config invalid\n",
            "~/.openclaw/openclaw.json:2:",
            "auth: Unrecognized key: \"ordr\" (did you mean \"order\"?)",
            "2 |   auth: { ordr: {}, profiles: 5 },",
            "3 |   models: { providers: { x: { apiKey: '***', baseUrl: 5, token: '***' } } },",
        ],
    );
    let marks = output.stderr.lines().filter(|line| line.trim_start().starts_with("| ") && line.contains('^')).count();
    assert_eq!(marks, 4, "{output:?}");
    let verdict = world.run(&["config", "validate", "--json"]).out();
    assert_eq!(verdict.code, 1);
    assert_eq!(verdict.json()["valid"], false);
    let issues = verdict.json()["issues"].as_array().unwrap().clone();
    assert_eq!(issues.len(), 4, "{verdict:?}");
    assert_eq!((&issues[0]["path"], &issues[0]["line"]), (&"auth".into(), &2.into()));
    assert_eq!(issues[0]["message"], "Unrecognized key: \"ordr\" (did you mean \"order\"?)");

    // A minified file of many lines' worth is one line.
    let filler = "\"k\": \"v\", ".repeat(2000);
    world.write_config(&format!(
        "{{ \"gateway\": {{ {filler}\"x\": 1 }}, \"auth\": 5, \"ui\": {{ {filler}\"x\": 1 }} }}"
    ));
    let output = world.run(&["config", "validate"]).fails(1, &["\"auth\": 5"]);
    assert!(output.stderr.lines().all(|line| line.chars().count() < 200), "{output:?}");
    // A text that cannot be read shows its place and no string.
    world.write_config(&format!("{{\n  env: {{ A: '{KEY}' \n  b: 1 }}\n"));
    world.run(&["config", "validate"]).fails(1, &["openclaw.json:3:3", "3 |   b…"]);
}

#[test]
fn a_valid_file_and_no_file_are_valid() {
    let world = World::new();
    let path = world.config_path().display().to_string();
    assert_eq!(world.run(&["config", "file"]).ok().stdout, format!("{path}\n"));
    assert_eq!(world.run(&["config", "file", "--json"]).ok().json()["exists"], false);
    assert!(world.run(&["config", "validate"]).ok().stdout.starts_with("Config valid: ~/.openclaw/openclaw.json"));
    world.write_config("{ auht: {} }");
    let valid = world.run(&["config", "validate"]).ok();
    assert_eq!(valid.stdout, "Config valid: ~/.openclaw/openclaw.json\n");
    assert!(valid.stderr.contains("warning: ~/.openclaw/openclaw.json:1:3: auht: "), "{valid:?}");
    let json = world.run(&["config", "validate", "--json"]).ok().json();
    assert_eq!((&json["valid"], &json["path"]), (&true.into(), &path.into()));
    assert_eq!(json["warnings"][0]["path"], "auht");
    assert!(json.get("issues").is_none());
}

#[test]
fn every_leaf_tells_its_origin() {
    let world = recorded();
    let run = |args: &[&str]| {
        let run = world.run(args).env("OPENCLAW_CONFIG_OVERRIDES", "{ auth: { cooldowns: { billingMaxHours: 3 } } }");
        run.env("CUSTOM1_KEY", "abc").ok()
    };
    let file = world.config_path().display().to_string();
    let primary = run(&["config", "get", "agents.defaults.model.primary", "--origin"]);
    assert_eq!(primary.stdout, format!("opus\n# {file}:3:43\n"));
    let all = run(&["config", "get", "--origin", "--set", "gateway.port=5"]).stdout;
    for line in [
        "auth.cooldowns.billingMaxHours = 3\n# OPENCLAW_CONFIG_OVERRIDES:1:",
        "gateway.port = 5\n# override:1:1\n",
        "models.providers.custom1.apiKey = \"***\"\n",
    ] {
        assert!(all.contains(line), "{line}: {all}");
    }
    let json = run(&["config", "get", "auth", "--origin", "--json"]).json();
    assert_eq!(json["value"]["cooldowns"]["billingMaxHours"], 3);
    assert!(json["origins"]["auth.order.anthropic[0]"].as_str().unwrap().starts_with(&file), "{json}");
    let whole = run(&["config", "get", "--json"]).json();
    assert_eq!(whole["models"]["providers"]["custom1"]["apiKey"], "***");
    let open = run(&["config", "get", "models.providers.custom1.apiKey", "--reveal"]);
    assert_eq!(open.stdout, "abc\n");
}

#[test]
fn a_stronger_layer_is_pointed_out() {
    let world = recorded();
    let set = world.run(&["config", "set", "agents.defaults.model.primary", "sonnet"]);
    let set = set
        .env("OPENCLAW_CONFIG_OVERRIDES", "{ agents: { defaults: { model: 'haiku' } } }")
        .env("CUSTOM1_KEY", "x")
        .ok();
    assert!(set.stderr.contains("what counts is still the value of OPENCLAW_CONFIG_OVERRIDES"), "{set:?}");
    assert!(world.config().contains("\"sonnet\""));
}

#[test]
fn many_at_once_lose_nothing() {
    let world = recorded();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let world = &world;
            scope.spawn(move || {
                for round in 0..3 {
                    world.run(&["config", "set", &format!("gateway.n{number}r{round}"), "1"]).ok();
                }
            });
        }
    });
    let gateway = world.run(&["config", "get", "gateway", "--json"]).env("CUSTOM1_KEY", "x").ok().json();
    assert_eq!(gateway.as_object().unwrap().len(), 24, "{gateway}");
}

#[test]
fn a_link_to_the_configuration_stays_a_link() {
    #[cfg(unix)]
    {
        let world = recorded();
        let real: PathBuf = world.root().join("dotfiles.json5");
        fs::rename(world.config_path(), &real).unwrap();
        std::os::unix::fs::symlink(&real, world.config_path()).unwrap();
        world.run(&["config", "set", "gateway.port", "1"]).ok();
        assert!(world.config_path().symlink_metadata().unwrap().is_symlink());
        assert!(fs::read_to_string(real).unwrap().contains("port: 1"));
    }
}

#[test]
fn wrong_usage_writes_nothing() {
    let world = recorded();
    for args in [
        &["config", "set", "gateway.x", "3", "--set", "bogus"][..],
        &["config", "unset", "auth.order", "--set", "a..b=1"],
        &["config", "set", "gateway.x", "3", "--dry-run", "--set", "bogus"],
        &["config", "file", "--set", "bogus"],
    ] {
        refused(&world, args, "", 2, &["--set"]);
    }
    assert_eq!(world.config(), RECORDED);
}

#[test]
fn a_credential_in_the_wrong_place_is_not_said_again() {
    let world = recorded();
    let (nope, assigned, flag) = (format!("nope.{KEY}"), format!("{KEY}=1"), format!("--reveal={KEY}"));
    for args in [
        &["config", "get", &nope][..],
        &["config", "unset", &nope],
        &["config", "get", "--set", KEY],
        &["config", "get", "--set", &assigned, "a.b"],
        &["config", "get", &flag],
        &[KEY],
        &["config", "set", "gateway.x", "1", KEY],
    ] {
        // Every run looks for pieces of the key on stdout and stderr.
        assert_ne!(world.run(args).out().code, 0, "{args:?}");
        assert_ne!(world.run(&[args, &["--json"]].concat()).out().code, 0, "{args:?}");
    }
    let set = world.run(&["config", "set", KEY, "x"]).ok();
    assert!(set.stdout.starts_with("Updated sk-ant-***"), "{set:?}");
    // Nor by what goes to stdout for programs: the path of an answer, of a warning, of a problem.
    let json = world.run(&["config", "set", KEY, "1", "--json"]).ok().json();
    assert_eq!(json["path"], "[\"sk-ant-***\"]");
    assert_eq!(
        world.run(&["config", "validate", "--json"]).env("CUSTOM1_KEY", "x").ok().json()["warnings"][0]["path"],
        "[\"sk-ant-***\"]"
    );
    world.write_config(&format!("{{ auth: {{ order: {{ '{KEY}': 5 }} }} }}"));
    let verdict = world.run(&["config", "validate", "--json"]).out().json();
    assert_eq!(verdict["issues"][0]["path"], "auth.order[\"sk-ant-***\"]");
}

#[test]
fn json_has_no_colours() {
    let world = recorded();
    let dry = world.run(&["config", "set", "gateway.port", "1", "--dry-run", "--json"]).env("CLICOLOR_FORCE", "1").ok();
    assert!(!dry.json()["diff"].as_str().unwrap().contains('\u{1b}'));
}

#[test]
fn a_place_that_nobody_can_read_is_no_other_place() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let world = recorded();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_openclaw"));
        command.args(["config", "set", "gateway.x", "1"]).env_clear().env("HOME", world.home());
        let output = command.env("OPENCLAW_CONFIG_PATH", std::ffi::OsStr::from_bytes(b"a\xff.json")).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("OPENCLAW_CONFIG_PATH is not UTF-8"), "{output:?}");
        assert_eq!(world.config(), RECORDED);
    }
}

#[test]
fn a_piped_value_may_be_as_long_as_a_file() {
    let world = recorded();
    let long = "b".repeat(100_000);
    world.run(&["config", "set", "gateway.note", "-"]).stdin(&long).ok();
    assert!(world.config().contains(&long));
    world.run(&["config", "set", "gateway.note", "-"]).stdin("b".repeat(2_200_000)).fails(2, &["too long"]);
}

#[test]
fn an_included_file_is_shown_by_the_place_where_it_stands() {
    let world = World::new();
    world.write_config("{ env: { vars: { $include: './vars.json5' } } }");
    world.write("vars.json5", &format!("{{ PLAIN: '{}', OTHER: 5 }}", &KEY["sk-ant-api03-".len()..]));
    world.run(&["config", "validate"]).fails(1, &["vars.json5:1:", "PLAIN: '***', OTHER: ***"]);
}
