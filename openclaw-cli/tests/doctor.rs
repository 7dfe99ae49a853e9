//! `doctor`: each thing that can be wrong, before a repair, by it, and after it.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use common::{KEY, OTHER_KEY, OTHER_TOKEN, Output, TOKEN, World, assert_parses, commands};
use serde_json::{Value, json};

/// Everything below the home with its content and its mode.
fn tree(world: &World) -> BTreeMap<PathBuf, (Vec<u8>, u32)> {
    let mode = |path: &Path| path.symlink_metadata().unwrap().permissions().mode();
    world.everything().into_iter().map(|(path, content)| (path.clone(), (content, mode(&path)))).collect()
}

fn agent_dir(world: &World) -> PathBuf {
    world.store_path().parent().unwrap().to_path_buf()
}

/// Closes everything, as this program makes it.
fn close(world: &World) {
    let _ = fs::set_permissions(world.state(), Permissions::from_mode(0o700));
    for (path, _) in tree(world).into_iter().filter(|(path, _)| !path.is_symlink()) {
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "a file is made older than it is")]
fn age(path: &Path) {
    let then = SystemTime::now() - Duration::from_secs(60);
    fs::File::open(path).unwrap().set_modified(then).unwrap();
}

/// `severity code`, sorted.
fn codes(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap();
    let mut codes: Vec<String> =
        findings.iter().map(|f| format!("{} {}", text(&f["severity"]), text(&f["code"]))).collect();
    codes.sort();
    codes
}

fn finding<'r>(report: &'r Value, code: &str) -> &'r Value {
    let found = report["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {report:#}"))
}

/// One thing that is wrong.
struct Case {
    name: &'static str,
    plant: fn(&World),
    env: &'static [(&'static str, &'static str)],
    before: &'static [&'static str],
    after: &'static [&'static str],
    repairs: usize,
}

impl Case {
    fn doctor(&self, world: &World, args: &[&str]) -> Output {
        let run = world.run(&[&["doctor"], args].concat());
        let output = self.env.iter().fold(run, |run, (name, value)| run.env(name, value)).out();
        assert_eq!(output.stderr, "", "{}", self.name);
        output
    }

    fn run(&self) {
        let name = self.name;
        let world = World::with_key();
        close(&world);
        (self.plant)(&world);

        let planted = tree(&world);
        let output = self.doctor(&world, &["--json"]);
        let report = output.json();
        assert_eq!(codes(&report), self.before, "{name}: {report:#}");
        let ok = !self.before.iter().any(|code| !code.starts_with("note "));
        assert_eq!((output.code == 0, &report["ok"]), (ok, &json!(ok)), "{name}");
        let people = self.doctor(&world, &[]);
        assert_eq!(people.code, output.code, "{name}");
        commands(&people.stdout).iter().for_each(|command| assert_parses(command));
        assert_eq!(tree(&world), planted, "{name}: looking changed something");

        let output = self.doctor(&world, &["--fix", "--json"]);
        let report = output.json();
        assert_eq!(codes(&report), self.after, "{name}, repaired: {report:#}");
        let repairs = report["repairs"].as_array().unwrap();
        assert_eq!(repairs.len(), self.repairs, "{name}: {report:#}");
        assert!(repairs.iter().all(|repair| repair["done"] == true), "{name}: {report:#}");
        let ok = !self.after.iter().any(|code| !code.starts_with("note "));
        assert_eq!(output.code == 0, ok, "{name}");

        let repaired = tree(&world);
        let again = self.doctor(&world, &["--fix", "--json"]).json();
        assert_eq!(codes(&again), self.after, "{name}, again");
        assert_eq!(again["repairs"], json!([]), "{name}, again");
        assert_eq!(tree(&world), repaired, "{name}: the second repair changed something");
    }
}

const fn case(name: &'static str, plant: fn(&World), before: &'static [&'static str]) -> Case {
    Case { name, plant, env: &[], before, after: before, repairs: 0 }
}

impl Case {
    const fn repaired(self, repairs: usize, after: &'static [&'static str]) -> Self {
        Self { repairs, after, ..self }
    }

    const fn env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A file that nobody else may read.
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    chmod(path, 0o600);
}

fn config(world: &World, text: &str) {
    world.write_config(text);
    chmod(&world.config_path(), 0o600);
}

/// The store with this in the place of `…`: members of the top level.
fn store_with(world: &World, members: &str) {
    let text = world.store_text();
    let end = text.trim_end().strip_suffix('}').unwrap().trim_end();
    write(&world.store_path(), &format!("{end},\n  {members}\n}}\n"));
}

fn add_profile(world: &World, id: &str, entry: &str) {
    let text = world.store_text().replacen("\"profiles\": {", &format!("\"profiles\": {{\n    \"{id}\": {entry},"), 1);
    write(&world.store_path(), &text);
}

#[test]
fn nothing_is_wrong_with_what_this_program_makes() {
    case("a folder of ours", |_| {}, &[]).run();
    let world = World::with_key();
    let text = world.run(&["doctor"]).ok().stdout;
    assert_eq!(text, "Folder: ~/.openclaw\n\nNothing is wrong.\n");

    let empty = World::new();
    let report = empty.run(&["doctor", "--json"]).ok().json();
    assert_eq!(codes(&report), ["note no_credentials"]);
    empty.run(&["doctor", "--fix"]).ok();
    assert!(!empty.state().exists());
}

#[test]
fn places() {
    let cases = [
        case("an open state folder", |world| chmod(&world.state(), 0o750), &["warning open_to_others"])
            .repaired(1, &[]),
        case("an open agent folder", |world| chmod(&agent_dir(world), 0o711), &["warning open_to_others"])
            .repaired(1, &[]),
        case("an open store", |world| chmod(&world.store_path(), 0o644), &["warning open_to_others"]).repaired(1, &[]),
        case(
            "open files around it",
            |world| {
                config(world, "{}");
                let names = ["openclaw.json.bak", ".env", "agents/main/agent/auth-profiles.json.corrupt-x"];
                for name in names {
                    fs::write(world.state().join(name), "{}").unwrap();
                    chmod(&world.state().join(name), 0o640);
                }
                chmod(&world.config_path(), 0o604);
                // Not ours, and no secret by its name.
                fs::write(world.state().join("notes.txt"), "").unwrap();
            },
            &[
                "note config_warning",
                "warning open_to_others",
                "warning open_to_others",
                "warning open_to_others",
                "warning open_to_others",
            ],
        )
        .repaired(4, &["note config_warning"]),
        case("everybody may write above", |world| chmod(&world.home(), 0o777), &["warning writable_parent"]),
        case("a group may write above", |world| chmod(&world.home(), 0o775), &["note writable_parent"]),
        case(
            "files of killed writers",
            |world| {
                config(world, "{}");
                for name in
                    ["agents/main/agent/.auth-profiles.json.7-ab.openclaw-tmp", ".openclaw.json.bak.7-ab.openclaw-tmp"]
                {
                    write(&world.state().join(name), KEY);
                    age(&world.state().join(name));
                }
                // Somebody may be writing this one.
                write(&world.state().join(".openclaw.json.8-ab.openclaw-tmp"), KEY);
            },
            &["warning leftover", "warning leftover"],
        )
        .repaired(2, &[]),
        case(
            "a dead lock",
            |world| {
                let lock = agent_dir(world).join("auth-profiles.json.lock");
                fs::create_dir(&lock).unwrap();
                age(&lock);
            },
            &["note stale_lock"],
        )
        .repaired(1, &[]),
    ];
    cases.iter().for_each(Case::run);
}

#[test]
fn stores() {
    let cases = [
        case("a truncated store", |world| {
            let text = world.store_text();
            write(&world.store_path(), &text[..text.len() / 2]);
        }, &["error broken_store"])
        .repaired(1, &["note no_credentials"]),
        case("another shape", |world| write(&world.store_path(), "[]"), &["error broken_store"])
            .repaired(1, &["note no_credentials"]),
        case("a folder in its place", |world| {
            fs::remove_file(world.store_path()).unwrap();
            fs::create_dir(world.store_path()).unwrap();
            chmod(&world.store_path(), 0o700);
        }, &["error unreadable_store"]),
        case("a newer version", |world| {
            let text = world.store_text().replace("\"version\": 1", "\"version\": 2");
            write(&world.store_path(), &text);
            store_with(world, r#""usageStats": {"anthropic:gone": {}}"#);
        }, &["error newer_version", "note orphaned_health"]),
        case("a newer OpenClaw", |world| write(&agent_dir(world).join("openclaw-agent.sqlite"), ""), &["error newer_openclaw"]),
        case("a stored order", |world| {
            store_with(world, r#""order": {"anthropic": ["anthropic:gone", "anthropic:default"]}"#);
        }, &["warning orphaned_order"])
        .repaired(1, &[]),
        case("remembered health", |world| {
            store_with(world, r#""lastGood": {"anthropic": "anthropic:gone"}, "usageStats": {"anthropic:gone": {"errorCount": 1}}"#);
        }, &["note orphaned_health"])
        .repaired(1, &[]),
    ];
    cases.iter().for_each(Case::run);
}

#[test]
fn credentials() {
    let cases = [
        case(
            "an unknown type",
            |world| add_profile(world, "anthropic:x", r#"{"type": "certificate", "provider": "anthropic"}"#),
            &["warning malformed_profile"],
        ),
        case(
            "no secret",
            |world| add_profile(world, "anthropic:x", r#"{"type": "api_key", "provider": "anthropic"}"#),
            &["warning missing_credential"],
        ),
        case(
            "an unset variable",
            |world| {
                add_profile(
                    world,
                    "anthropic:x",
                    r#"{"type": "api_key", "provider": "anthropic", "keyRef": {"source": "env", "provider": "default", "id": "NOT_SET"}}"#,
                );
            },
            &["warning unresolved_ref"],
        ),
        case(
            "a token as a key",
            |world| {
                add_profile(
                    world,
                    "anthropic:x",
                    &format!(r#"{{"type": "api_key", "provider": "anthropic", "key": "{TOKEN}"}}"#),
                );
            },
            &["warning wrong_kind"],
        ),
        case(
            "a key as a token",
            |world| {
                add_profile(
                    world,
                    "anthropic:x",
                    &format!(r#"{{"type": "token", "provider": "anthropic", "token": "{OTHER_KEY}"}}"#),
                );
            },
            &["warning wrong_kind"],
        ),
        case(
            "half a token",
            |world| {
                add_profile(
                    world,
                    "anthropic:x",
                    &format!(r#"{{"type": "token", "provider": "anthropic", "token": "{}"}}"#, &TOKEN[..40]),
                );
            },
            &["warning wrong_kind"],
        ),
        case(
            "an ended token",
            |world| {
                add_profile(
                    world,
                    "anthropic:x",
                    &format!(
                        r#"{{"type": "token", "provider": "anthropic", "token": "{TOKEN}", "expires": 1700000000000}}"#
                    ),
                );
            },
            &["warning expired"],
        ),
        case(
            "an ended login",
            |world| {
                add_profile(
                    world,
                    "anthropic:x",
                    &format!(
                        r#"{{"type": "oauth", "provider": "anthropic", "access": "{TOKEN}", "refresh": "r", "expires": 1700000000000}}"#
                    ),
                );
            },
            &["warning expired"],
        ),
        case(
            "a login that OpenClaw renews",
            |world| {
                add_profile(
                    world,
                    "openai-codex:x",
                    r#"{"type": "oauth", "provider": "openai-codex", "access": "a", "refresh": "r", "expires": 1700000000000}"#,
                );
            },
            &[],
        ),
        case(
            "no moment",
            |world| {
                add_profile(
                    world,
                    "anthropic:x",
                    &format!(r#"{{"type": "token", "provider": "anthropic", "token": "{TOKEN}", "expires": -1}}"#),
                );
            },
            &["warning invalid_expires"],
        ),
        case(
            "a retired profile",
            |world| {
                add_profile(
                    world,
                    "anthropic:claude-cli",
                    &format!(r#"{{"type": "token", "provider": "anthropic", "token": "{TOKEN}"}}"#),
                );
            },
            &["note retired_name"],
        ),
    ];
    cases.iter().for_each(Case::run);
}

#[test]
fn configuration_and_environment() {
    const CLEAR: &str = r#"{
  env: { A: "literal" },
  models: { providers: {
    one: { baseUrl: "https://a.example", api: "anthropic-messages", apiKey: "hidden-hidden-hidden-hidden", models: [] },
    two: { baseUrl: "https://b.example", api: "anthropic-messages", apiKey: "${A}", models: [] },
  } },
}"#;
    let cases = [
        case("no JSON5", |world| config(world, "{ agents: "), &["error config_invalid"]),
        case(
            "two problems",
            |world| config(world, "{ auth: { ordr: {}, cooldowns: 3 } }"),
            &["error config_invalid", "error config_invalid"],
        ),
        case("an unknown section", |world| config(world, "{ agnts: {} }"), &["note config_warning"]),
        case(
            "a login shell",
            |world| config(world, "{ env: { shellEnv: { enabled: true } } }"),
            &["note not_acted_on"],
        ),
        case("a secret in clear, and one that is not", |world| config(world, CLEAR), &["note secrets_in_config"]),
        case(
            "an old name of the file",
            |world| write(&world.state().join("clawdbot.json"), "{}"),
            &["note retired_name"],
        ),
        case("an old name of a variable", |_| {}, &["warning retired_name"]).env(&[("MOLTBOT_GATEWAY_TOKEN", "x")]),
        case("a key that is not used", |_| {}, &["note shadowed"]).env(&[("ANTHROPIC_API_KEY", "x")]),
        case("an address in clear", |_| {}, &["error base_url"]).env(&[("ANTHROPIC_BASE_URL", "http://proxy.example")]),
        case("an address with its version", |_| {}, &["note base_url"])
            .env(&[("ANTHROPIC_BASE_URL", "https://proxy.example/v1/")]),
        case("a local address", |_| {}, &[]).env(&[("ANTHROPIC_BASE_URL", "http://127.0.0.1:8080")]),
    ];
    cases.iter().for_each(Case::run);

    let world = World::with_key();
    config(&world, CLEAR);
    let report = world.run(&["doctor", "--json"]).ok().json();
    let secrets = finding(&report, "secrets_in_config");
    let message = secrets["message"].as_str().unwrap();
    assert!(message.starts_with("1 secret(s)") && message.contains("models.providers.one.apiKey"), "{message}");
    assert!(!report.to_string().contains("hidden-hidden"), "{report}");
    assert_eq!((secrets["line"].as_i64(), secrets["column"].as_i64()), (Some(4), Some(77)));
}

#[test]
fn an_old_folder_is_told_and_used() {
    let world = World::with_key();
    fs::rename(world.state(), world.home().join(".clawdbot")).unwrap();
    let report = world.run(&["doctor", "--json"]).ok().json();
    assert_eq!(codes(&report), ["note retired_name"]);
    let command = finding(&report, "retired_name")["advice"]["command"].as_str().unwrap().to_owned();
    assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    assert_eq!(codes(&world.run(&["doctor", "--json"]).ok().json()), Vec::<String>::new());
}

#[test]
fn the_recommended_commands_repair_the_configuration() {
    let world = World::with_key();
    config(
        &world,
        r#"{
  // mine
  auth: {
    order: { anthropic: ["anthropic:gone", "anthropic:default", "anthropic:lost"], openai: ["openai:gone"] },
    profiles: {
      "anthropic:default": { provider: "anthropic", mode: "api_key" },
      "anthropic:gone": { provider: "anthropic", mode: "token" },
      "anthropic:claude-cli": { provider: "anthropic", mode: "token" },
      "bedrock:sdk": { provider: "bedrock", mode: "aws-sdk" },
    },
  },
}
"#,
    );
    let report = world.run(&["doctor", "--json"]).out().json();
    let expected = [
        "error orphaned_config",
        "note retired_name",
        "warning orphaned_config",
        "warning orphaned_config",
        "warning orphaned_config",
    ];
    assert_eq!(codes(&report), expected);
    let before = tree(&world);
    world.run(&["doctor", "--fix"]).out();
    assert_eq!(tree(&world), before, "the configuration is never repaired by itself");
    let bin = Path::new(env!("CARGO_BIN_EXE_openclaw")).parent().unwrap();
    for finding in report["findings"].as_array().unwrap() {
        let command = finding["advice"]["command"].as_str().unwrap();
        let mut shell = Command::new("sh");
        let shell = shell.args(["-c", command]).env_clear().env("HOME", world.home());
        let output = shell.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
    }
    assert_eq!(codes(&world.run(&["doctor", "--json"]).ok().json()), Vec::<String>::new());
    let text = fs::read_to_string(world.config_path()).unwrap();
    assert!(text.contains("// mine") && text.contains(r#"anthropic: ["anthropic:default"]"#), "{text}");
}

#[test]
fn a_broken_store_is_set_aside_whole_and_nothing_is_replaced() {
    let world = World::with_key();
    for round in 0..2 {
        let text = format!("{{ \"profiles\": {{ \"{KEY}\" {round}");
        fs::write(world.store_path(), &text).unwrap();
        let report = world.run(&["doctor", "--json"]).out().json();
        let broken = finding(&report, "broken_store");
        assert_eq!((broken["agent"].as_str(), broken["line"].as_i64()), (Some("main"), Some(1)));
        assert_eq!(broken["fix"], json!({"action": "set_aside", "agent": "main"}));
        let output = world.run(&["doctor", "--fix"]).ok();
        assert!(output.stdout.contains("repaired: moved ~/.openclaw/agents/main/agent/auth-profiles.json to "));
        assert_eq!(commands(&output.stdout)[0], "openclaw models auth paste-api-key --provider anthropic");
        assert!(!world.store_path().exists());
        let aside: Vec<_> = fs::read_dir(agent_dir(&world)).unwrap().map(|entry| entry.unwrap().path()).collect();
        let aside: Vec<_> = aside.iter().filter(|path| path.to_string_lossy().contains(".json.corrupt-20")).collect();
        assert_eq!(aside.len(), round + 1);
        let same = aside.iter().filter(|path| fs::read_to_string(path).unwrap() == text);
        assert_eq!(
            same.map(|path| path.symlink_metadata().unwrap().permissions().mode() & 0o777).collect::<Vec<_>>(),
            [0o600]
        );
    }
    world.run(&["onboard", "--anthropic-api-key", "-"]).stdin(KEY).ok();
    world.run(&["doctor"]).ok();
}

#[test]
fn a_shared_store_stays_shared() {
    let world = World::with_key();
    let real = world.state().join("shared.json");
    fs::rename(world.store_path(), &real).unwrap();
    symlink(&real, world.store_path()).unwrap();
    write(&real, "{");
    let report = world.run(&["doctor", "--fix", "--json"]).ok().json();
    assert_eq!(report["repairs"].as_array().unwrap().len(), 1);
    assert!(world.store_path().is_symlink());
    world.run(&["onboard", "--anthropic-api-key", "-"]).stdin(KEY).ok();
    assert!(fs::read_to_string(real).unwrap().contains(KEY));
}

#[test]
fn what_stays_in_the_store_keeps_its_bytes() {
    let world = World::with_key();
    let key = format!(
        "\"anthropic:default\":{{\"type\":\"api_key\",  \"provider\":\"anthropic\",\"key\":\"{KEY}\",\"n\":1e3}}"
    );
    let before = format!(
        "{{\"version\":1,\"profiles\":{{{key}}},\n \"order\":{{\"Anthropic\":[ \"anthropic:gone\", \"anthropic:default\",\"anthropic:lost\" ],\"openai\":[\"openai:gone\"]}},\n \"usageStats\":{{\"anthropic:gone\":{{\"lastUsed\":1}},\"anthropic:default\":{{\"lastUsed\":1.0e3}}}},\"more\":[1e400]}}"
    );
    let after = format!(
        "{{\"version\":1,\"profiles\":{{{key}}},\n \"order\":{{\"Anthropic\":[ \"anthropic:default\" ]}},\n \"usageStats\":{{\"anthropic:default\":{{\"lastUsed\":1.0e3}}}},\"more\":[1e400]}}"
    );
    write(&world.store_path(), &before);
    world.run(&["doctor", "--fix"]).ok();
    assert_eq!(world.store_text(), after);
}

#[test]
fn profiles_that_the_main_agent_lends_are_no_orphans() {
    let world = World::with_key();
    config(&world, "{ agents: { list: [{ id: 'main' }, { id: 'work' }] } }");
    let work = world.store_path_of("work");
    fs::create_dir_all(work.parent().unwrap()).unwrap();
    let text = r#"{"version": 1, "profiles": {}, "usageStats": {"anthropic:default": {"lastUsed": 1}, "x:y": {}}}"#;
    write(&work, text);
    close(&world);
    let report = world.run(&["doctor", "--json", "--agent", "work"]).ok().json();
    assert_eq!(report["agents"], json!(["work"]));
    assert_eq!(codes(&report), ["note no_credentials", "note orphaned_health"]);
    assert_eq!(
        finding(&report, "orphaned_health")["message"],
        "what is remembered of profiles that are not there: usageStats[\"x:y\"]"
    );
    // Where the main agent's store cannot be read, nobody knows.
    write(&world.store_path(), "{");
    let report = world.run(&["doctor", "--json", "--agent", "work"]).ok().json();
    assert_eq!(codes(&report), ["note no_credentials"]);
    world.run(&["doctor", "--agent", "nobody"]).fails(1, &["Unknown agent id \"nobody\""]);
    world.run(&["doctor", "--agent", "../main"]).fails(1, &["Unknown agent id"]);
}

#[test]
fn credentials_of_older_releases_are_imported_and_nothing_is_lost() {
    let world = World::with_key();
    let old = format!(
        r#"{{
  "anthropic": {{"type": "token", "token": "{OTHER_TOKEN}"}},
  "groq": {{"type": "api_key", "key": "gsk", "metadata": {{"n": 1e3}}}},
  "copy": {{"type": "api_key", "provider": "anthropic", "key": "{KEY}"}},
  "odd": {{"type": "certificate"}}
}}"#
    );
    write(&agent_dir(&world).join("auth.json"), &old);
    fs::create_dir(world.state().join("credentials")).unwrap();
    let logins = r#"{"openai-codex": {"access": "a", "refresh": "r", "expires": 1900000000000, "accountId": "id"}}"#;
    write(&world.state().join("credentials/oauth.json"), logins);
    close(&world);
    let before = world.store();
    let report = world.run(&["doctor", "--json"]).out().json();
    // `anthropic:default` is taken, the copy is stored already, and nobody knows the last one.
    assert_eq!(codes(&report), ["note legacy_unreadable", "warning legacy_store", "warning legacy_store"]);
    assert_eq!(
        finding(&report, "legacy_store")["message"],
        "credentials of an older release that are not in the store: groq:default"
    );

    let report = world.run(&["doctor", "--fix", "--json"]).ok().json();
    assert_eq!(report["repairs"].as_array().unwrap().len(), 3, "{report:#}");
    let mut expected = before;
    expected["profiles"]["groq:default"] =
        json!({"type": "api_key", "provider": "groq", "key": "gsk", "metadata": {"n": 1e3}});
    expected["profiles"]["openai-codex:default"] = json!({
        "type": "oauth", "provider": "openai-codex", "access": "a", "refresh": "r", "expires": 1_900_000_000_000_i64, "accountId": "id"
    });
    assert_eq!(world.store(), expected);
    assert!(world.store_text().contains("1e3"));
    assert_eq!(fs::read_to_string(world.state().join("credentials/oauth.json")).unwrap(), logins);
    assert!(!agent_dir(&world).join("auth.json").exists());
    let kept = fs::read_dir(agent_dir(&world)).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<PathBuf> = kept.filter(|path| path.to_string_lossy().contains("auth.json.imported-20")).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read_to_string(&kept[0]).unwrap(), old);
    assert_eq!(kept[0].symlink_metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let after = tree(&world);
    let report = world.run(&["doctor", "--fix", "--json"]).ok().json();
    assert_eq!((codes(&report), &report["repairs"]), (Vec::new(), &json!([])));
    assert_eq!(tree(&world), after);
}

#[test]
fn an_old_file_alone_and_one_that_openclaw_keeps_in_step() {
    let world = World::new();
    fs::create_dir_all(agent_dir(&world)).unwrap();
    write(&agent_dir(&world).join("auth.json"), &format!(r#"{{"anthropic": {{"type": "api_key", "key": "{KEY}"}}}}"#));
    close(&world);
    world.run(&["doctor", "--fix"]).ok();
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY);
    // Later releases write their profiles there for a library that reads it, tokens as keys.
    let world = World::with_key_and_token();
    let text = format!(r#"{{"anthropic": {{"type": "api_key", "key": "{TOKEN}"}}}}"#);
    write(&agent_dir(&world).join("auth.json"), &text);
    let report = world.run(&["doctor", "--fix", "--json"]).ok().json();
    assert_eq!((codes(&report), &report["repairs"]), (Vec::new(), &json!([])));
    // Nothing is written where a newer OpenClaw works.
    let world = World::with_key();
    write(&agent_dir(&world).join("auth.json"), r#"{"groq": {"type": "api_key", "key": "gsk"}}"#);
    write(&world.state().join("openclaw.sqlite"), "");
    let before = tree(&world);
    let report = world.run(&["doctor", "--fix", "--json"]).out().json();
    assert_eq!(codes(&report), ["error newer_openclaw"]);
    assert_eq!(tree(&world), before);
}

#[test]
fn a_credential_in_the_wrong_place_is_not_said() {
    let world = World::with_key();
    store_with(
        &world,
        &format!(
            r#""order": {{"anthropic": ["{OTHER_KEY}"]}}, "usageStats": {{"{TOKEN}": {{}}}}, "lastGood": {{"{KEY}": "{OTHER_TOKEN}"}}"#
        ),
    );
    for (id, entry) in [
        (KEY, r#"{"type": "token", "provider": "anthropic"}"#),
        (TOKEN, "{}"),
        ("a", &format!(r#"{{"type": "{OTHER_KEY}"}}"#)),
    ] {
        add_profile(&world, id, entry);
    }
    write(
        &agent_dir(&world).join("auth.json"),
        &format!(r#"{{"{KEY}": {{"type": "api_key", "key": "{TOKEN}"}}, "{OTHER_KEY}": 1}}"#),
    );
    let lists = format!("order: {{ '{OTHER_KEY}': ['{KEY}'], anthropic: ['{TOKEN}', 'anthropic:default'] }}");
    let profiles = format!("profiles: {{ '{OTHER_TOKEN}': {{ provider: '{KEY}', mode: 'token' }} }}");
    config(&world, &format!("{{ auth: {{ {lists}, {profiles} }} }}"));
    for args in [&["doctor"][..], &["doctor", "--json"], &["doctor", "--fix", "--json"], &["doctor", "--fix"]] {
        assert_eq!(world.run(args).out().code, 1);
    }
    config(&world, &format!("{{ auth: {{ order: '{KEY}', '{TOKEN}': '{OTHER_KEY}' }}, '{OTHER_TOKEN}': 1 }}"));
    write(&world.store_path(), &format!("{{ \"{KEY}\": {TOKEN} }}"));
    for args in [&["doctor"][..], &["doctor", "--json"], &["doctor", "--fix", "--json"]] {
        assert_eq!(world.run(args).out().code, 1);
    }
}

fn sick() -> World {
    let world = World::with_key();
    write(&agent_dir(&world).join("auth.json"), r#"{"groq": {"type": "api_key", "key": "gsk"}}"#);
    store_with(&world, r#""usageStats": {"anthropic:gone": {}}"#);
    let lost = agent_dir(&world).join(".auth-profiles.json.7-ab.openclaw-tmp");
    write(&lost, KEY);
    age(&lost);
    chmod(&world.store_path(), 0o644);
    world
}

#[test]
fn several_doctors_at_once_repair_everything_once() {
    for broken in [false, true] {
        let world = sick();
        if broken {
            write(&world.store_path(), "{");
        }
        let doctors: Vec<_> = (0..6)
            .map(|_| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw"));
                let command = command.args(["doctor", "--fix", "--json"]).env_clear().env("HOME", world.home());
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        let mut stored = 0;
        for doctor in doctors {
            let output = doctor.wait_with_output().unwrap();
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            let repairs = report["repairs"].as_array().unwrap();
            assert!(repairs.iter().all(|repair| repair["done"] == true), "{report:#}");
            stored += repairs.iter().filter(|r| r["message"].as_str().unwrap().starts_with("stored ")).count();
        }
        assert_eq!(stored, 1, "imported once");
        let names = fs::read_dir(agent_dir(&world)).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        let mut expected = vec![
            ".auth-profiles.json.openclaw-lock",
            "auth-profiles.json",
            "auth-profiles.json.corrupt-",
            "auth.json.imported-",
        ];
        expected.retain(|name| broken || !name.contains("corrupt"));
        assert_eq!(names.len(), expected.len(), "{names:?}");
        assert!(names.iter().zip(&expected).all(|(name, start)| name.starts_with(start)), "{names:?}");
        assert_eq!(world.store()["profiles"]["groq:default"]["key"], "gsk");
        assert_eq!(world.store()["profiles"]["anthropic:default"]["key"] == KEY, !broken);
        world.run(&["doctor"]).ok();
    }
}

/// As another user, since root may write anywhere; `None` where that cannot be tried.
fn as_nobody(world: &World, args: &[&str]) -> Option<Output> {
    let chown = Command::new("chown").args(["-R", "65534:65534"]).arg(world.root()).status();
    if !chown.is_ok_and(|status| status.success()) {
        common::skipped("the right to give files away");
        return None;
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_openclaw")]).args(args);
    let output = command.env_clear().env("HOME", world.home()).current_dir("/").output().ok();
    let Some(output) = output.filter(|output| output.status.code().is_some_and(|code| code < 126)) else {
        common::skipped("setpriv and a program that others may run");
        return None;
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let output = Output {
        code: output.status.code().unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        took: Duration::ZERO,
    };
    output.assert_no_secret();
    Some(output)
}

#[test]
fn a_folder_that_cannot_be_written_loses_nothing() {
    for broken in [false, true] {
        let world = sick();
        if broken {
            write(&world.store_path(), &format!("{{ \"{KEY}\""));
        }
        chmod(&world.store_path(), 0o600);
        chmod(&agent_dir(&world), 0o500);
        let before = tree(&world);
        let Some(output) = as_nobody(&world, &["doctor", "--fix", "--json"]) else { return };
        let report = output.json();
        assert_eq!((output.code, &report["ok"]), (1, &json!(false)), "{report:#}");
        let repairs = report["repairs"].as_array().unwrap();
        assert!(!repairs.is_empty());
        for repair in repairs {
            let message = repair["message"].as_str().unwrap();
            assert!(repair["done"] == false && message.contains("Permission denied"), "{repair}");
        }
        assert_eq!(tree(&world), before);
        let people = as_nobody(&world, &["doctor", "--fix"]).unwrap();
        assert!(people.stdout.contains("not repaired: cannot "), "{people:?}");
    }
}

#[test]
fn what_belongs_to_somebody_else_is_told() {
    let world = World::with_key();
    let Some(output) = as_nobody(&world, &["doctor", "--json"]) else { return };
    assert_eq!(codes(&output.json()), Vec::<String>::new());
    // Root looks after a user's folder, in which one file is root's.
    std::os::unix::fs::chown(world.store_path(), Some(0), Some(0)).unwrap();
    let report = world.run(&["doctor", "--json"]).out().json();
    assert_eq!(codes(&report), ["warning foreign_owner"]);
    let advice = &finding(&report, "foreign_owner")["advice"]["command"];
    assert_eq!(*advice, format!("sudo chown 65534 {}", world.store_path().display()));
}
