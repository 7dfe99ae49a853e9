//! Every finding, one at a time: told, repaired if that is safe, and not told again.

use std::fs;

use serde_json::json;

use crate::common::{KEY, OTHER_KEY, Output, TOKEN, World, assert_parses, commands};
use crate::support::{
    add_profile, age, agent_dir, chmod, close, codes, config, date_ahead, finding, store_with, tree, write,
};

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
        case("a live lock", |world| fs::create_dir(agent_dir(world).join("auth-profiles.json.lock")).unwrap(), &[]),
        case(
            "what others are meant to read",
            |world| {
                let shared = world.home().join("shared.json");
                write(&shared, "{}");
                chmod(&shared, 0o644);
                std::os::unix::fs::symlink(shared, world.config_path()).unwrap();
            },
            &["warning open_to_others"],
        ),
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
        case(
            "a lock that is dated ahead",
            |world| {
                let lock = agent_dir(world).join("auth-profiles.json.lock");
                fs::create_dir(&lock).unwrap();
                date_ahead(&lock);
            },
            &["warning stale_lock"],
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
        case("a version that is no number", |world| {
            let text = world.store_text().replace("\"version\": 1", "\"version\": \"2.0\"");
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
    const SOURCES: &str = r#"{ secrets: { providers: {
    v: { source: "exec", command: "/bin/vault", args: ["read", "claude"], env: { VAULT_ADDR: "http://127.0.0.1:1" } },
    f: { source: "file", path: "/run/key", mode: "singleValue" },
  } } }"#;
    const TOKEN_OF_A_SOURCE: &str =
        r#"{ secrets: { providers: { v: { source: "exec", command: "/bin/vault", env: { VAULT_TOKEN: "hvs" } } } } }"#;
    let cases = [
        case("where secrets are is no secret", |world| config(world, SOURCES), &[]),
        case("a variable of a program", |world| config(world, TOKEN_OF_A_SOURCE), &["note secrets_in_config"]),
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
