//! `models status` on a recorded folder of OpenClaw 2026.1.30: its fields, in its order.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;
#[path = "status/people.rs"]
mod people;

use std::fs;
use std::path::Path;

use common::inside::{CONFIG, CUSTOM, STORE, THEN, inside, recorded};
use common::{KEY, Output, TOKEN, World, now, server};
use openclaw_core::testing::Reply;
use serde_json::{Value, json};

const RECORDED: &str = include_str!("data/status_json.out");

/// Runs the command inside this process, at a moment of our choice.
fn run_at(home: &Path, at: i64, args: &[&str]) -> Output {
    inside(home, at, &[CUSTOM], None, args)
}

/// What SPEC changes on purpose, and nothing else: secrets show their public prefix and last four
/// characters, only from 24 characters on; a key in the configuration is named by its path, since
/// there is no generated models.json; and two computations of "now" that the reference makes are one.
const CHANGES: [(&str, &str); 11] = [
    ("anthropic:default=sk-ant-a...23456789", "anthropic:default=sk-ant-api03-…6789"),
    ("anthropic:work=token:sk-ant-o...AAAAAAAA", "anthropic:work=token:sk-ant-oat01-…AAAA"),
    ("anthropic:old=token:sk-ant-o...AAAAAAAA", "anthropic:old=token:sk-ant-oat01-…AAAA"),
    ("anthropic:soon=token:sk-ant-o...AAAAAAAA", "anthropic:soon=token:sk-ant-oat01-…AAAA"),
    ("openai:short=sk-short", "openai:short=…"),
    ("super-se...e-123456", "…3456"),
    (
        "\"source\": \"models.json: ~/.openclaw/agents/main/agent/models.json\"",
        "\"source\": \"config: models.providers.custom1.apiKey\"",
    ),
    ("\"remainingMs\": -15080", "\"remainingMs\": -15081"),
    ("\"remainingMs\": 7189920", "\"remainingMs\": 7189919"),
    ("\"remainingMs\": 259189920", "\"remainingMs\": 259189919"),
    // Two fields follow that only we have.
    ("      ]\n    }\n  }\n}\n", "      ]\n    },\n    \"activeProfile\": "),
];

#[test]
fn every_field_of_the_reference_is_there_in_its_order_with_its_value() {
    let world = recorded();
    let mut expected = RECORDED.replace("$HOME", world.home().to_str().unwrap());
    for (theirs, ours) in CHANGES {
        assert!(expected.contains(theirs), "{theirs}");
        expected = expected.replace(theirs, ours);
    }
    let output = run_at(&world.home(), THEN, &["models", "status", "--json"]);
    assert_eq!(output.code, 0, "{output:?}");
    let (same, own) = output.stdout.split_at(output.stdout.find("\"activeProfile\": ").unwrap());
    assert_eq!(format!("{same}\"activeProfile\": "), expected);
    let own: Value = serde_json::from_str(&format!("{{{own}").trim_end().replacen("\n  }\n}", "}", 1)).unwrap();
    assert_eq!(
        own,
        json!({
            "activeProfile": {"anthropic": "anthropic:work", "custom1": "config:models.providers.custom1.apiKey", "openai": null},
            "eligibility": {
                "anthropic": [
                    {"profileId": "anthropic:default", "code": "cooldown", "until": 1_795_331_608_000_i64, "reason": null},
                    {"profileId": "anthropic:old", "code": "excluded_by_auth_order"},
                    {"profileId": "anthropic:soon", "code": "excluded_by_auth_order"},
                    {"profileId": "anthropic:me@x.org", "code": "excluded_by_auth_order"},
                ],
                "bad": [
                    {"profileId": "bad:one", "code": "malformed", "problem": "the type is not known to this version"},
                    {"profileId": "bad:two", "code": "malformed", "problem": "the entry names no provider"},
                ],
                "openai": [
                    {"profileId": "openai:short", "code": "disabled", "until": 1_795_349_308_000_i64, "reason": "billing"},
                ],
            },
        })
    );
    assert_eq!(output.stderr, "");
}

#[test]
fn the_real_command_says_the_same() {
    // The recorded times, moved so that they are as far from the real clock as they were then.
    let shift = now() - THEN;
    let moved = |value: i64| value + shift;
    let mut store: Value = serde_json::from_str(STORE).unwrap();
    for path in [
        "/profiles/anthropic:old/expires",
        "/profiles/anthropic:soon/expires",
        "/profiles/anthropic:me@x.org/expires",
        "/usageStats/anthropic:default/lastUsed",
        "/usageStats/anthropic:default/cooldownUntil",
        "/usageStats/anthropic:default/lastFailureAt",
        "/usageStats/openai:short/disabledUntil",
        "/usageStats/ghost:x/cooldownUntil",
    ] {
        let value = store.pointer_mut(path).unwrap();
        *value = json!(moved(value.as_i64().unwrap()));
    }
    let world = World::new();
    world.write_config(CONFIG);
    world.write_store(store.to_string());
    let before = world.everything();
    let status = world.run(&["models", "status", "--json"]).env(CUSTOM.0, CUSTOM.1).ok().json();
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    assert_eq!(ids(&status["auth"]["unusableProfiles"]), ["ghost:x", "anthropic:default", "openai:short"]);
    let pairs = status["auth"]["unusableProfiles"].as_array().unwrap().iter();
    for (ours, theirs) in pairs.zip(recorded["auth"]["unusableProfiles"].as_array().unwrap()) {
        assert_eq!(ours["until"], moved(theirs["until"].as_i64().unwrap()));
        assert!((ours["remainingMs"].as_i64().unwrap() - theirs["remainingMs"].as_i64().unwrap()).abs() < 5000);
        for field in ["kind", "reason", "provider"] {
            assert_eq!(ours.get(field), theirs.get(field));
        }
    }
    let pairs = status["auth"]["oauth"]["profiles"].as_array().unwrap().iter();
    for (ours, theirs) in pairs.zip(recorded["auth"]["oauth"]["profiles"].as_array().unwrap()) {
        for field in ["profileId", "type", "status", "label"] {
            assert_eq!(ours[field], theirs[field]);
        }
    }
    // `models` alone is the status, and neither writes anything.
    assert_eq!(
        world.run(&["models", "--json"]).env(CUSTOM.0, CUSTOM.1).ok().json()["auth"]["storePath"],
        status["auth"]["storePath"]
    );
    let alone = world.run(&["models"]).env(CUSTOM.0, CUSTOM.1).ok().stdout;
    assert!(alone.contains("anthropic · served by anthropic:work"), "{alone}");
    assert!(world.everything() == before, "reading writes nothing");
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["profileId"].as_str().unwrap()).collect()
}

#[test]
fn plain_is_the_model_alone() {
    let world = recorded();
    let plain = |args: &[&str]| run_at(&world.home(), THEN, args);
    assert_eq!(plain(&["models", "status", "--plain"]).stdout, "anthropic/claude-opus-4-5\n");
    let output = plain(&["models", "status", "--check", "--plain"]);
    assert_eq!((output.code, output.stdout.as_str()), (1, "anthropic/claude-opus-4-5\n"));
}

#[test]
fn the_check_has_four_answers() {
    let check = |world: &World| run_at(&world.home(), THEN, &["models", "status", "--check"]).code;
    let ends = |ms: i64| {
        format!(
            r#"{{"version":1,"profiles":{{"anthropic:a":{{"type":"token","provider":"anthropic","token":"{TOKEN}","expires":{ms}}}}}}}"#
        )
    };
    let world = World::new();
    assert_eq!(check(&world), 1, "no credential for the model in use");
    world.write_store(ends(THEN + 86_400_001));
    assert_eq!(check(&world), 0);
    world.write_store(ends(THEN + 86_400_000));
    assert_eq!(check(&world), 2);
    world.write_store(ends(THEN));
    assert_eq!(check(&world), 1);
    let key = |rest: &str| {
        format!(
            r#"{{"version":1,"profiles":{{"anthropic:a":{{"type":"api_key","provider":"anthropic","key":"{KEY}"}}}}{rest}}}"#
        )
    };
    world.write_store(key(""));
    assert_eq!(check(&world), 0);
    let blocked =
        |field: &str, at: i64| format!(r#","usageStats":{{"anthropic:a":{{"{field}":{at},"lastFailureAt":{THEN}}}}}"#);
    for field in ["cooldownUntil", "disabledUntil"] {
        world.write_store(key(&blocked(field, THEN + 60_000)));
        assert_eq!(check(&world), 3, "{field}");
    }
    world.write_store(key(&blocked("cooldownUntil", THEN - 1)));
    assert_eq!(check(&world), 0, "a window that has passed");
    // Waiting does not make these serve.
    world.write_store(r#"{"version":1,"profiles":{"anthropic:a":{"type":"api_key","provider":"anthropic","keyRef":{"source":"env","provider":"default","id":"NOT_SET"}}}}"#);
    assert_eq!(check(&world), 1);
}

#[test]
fn a_login_that_ended_leads_to_a_setup_token() {
    let (world, server) = (World::new(), server());
    let login =
        json!({"type": "oauth", "provider": "anthropic", "access": "a", "refresh": "r", "expires": now() - 1000});
    world.write_store(json!({"version": 1, "profiles": {"anthropic:me@x.org": login}}).to_string());
    let before = world.everything();
    let command = "openclaw models auth paste-token --provider anthropic\n";
    let status = world.run(&["models", "status"]).ok().stdout;
    assert!(status.contains("  expired ") && status.contains(" s ago\n") && status.ends_with(command), "{status}");
    world
        .at(&server, &["ask", "x"])
        .fails(1, &["anthropic:me@x.org: expired since ", "OAuth token refresh failed", "claude setup-token", command]);
    assert_eq!(server.requests().len(), 0);
    assert!(world.everything() == before, "a login of OpenClaw's is never changed");
    // The advice works.
    server.on(TOKEN, [Reply::text("Oui")]);
    world.run(&["models", "auth", "paste-token", "--provider", "anthropic"]).stdin(TOKEN).ok();
    assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "Oui\n");
    assert_eq!(world.store()["profiles"]["anthropic:me@x.org"], login);
}

#[test]
fn wrong_questions_are_told() {
    let world = recorded();
    world.run(&["models", "status", "--json", "--plain"]).fails(2, &["Choose either --json or --plain, not both."]);
    let unknown = "Unknown agent id \"nope\". Use \"openclaw agents list\" to see configured agents.";
    world.run(&["models", "status", "--agent", "nope"]).env(CUSTOM.0, CUSTOM.1).fails(1, &[unknown]);
    let error =
        world.run(&["models", "status", "--agent", "nope", "--json"]).env(CUSTOM.0, CUSTOM.1).fails(1, &[]).error();
    assert_eq!((&error["kind"], &error["message"]), (&json!("unknown_agent"), &json!(unknown)));
}

/// The bytes around an insertion are the old ones.
fn is_insertion(before: &str, after: &str) -> bool {
    let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    after.len() > before.len() && after.ends_with(&before[same..])
}

#[test]
fn a_change_leaves_every_other_byte_of_a_recorded_folder() {
    let world = recorded();
    let new = "sk-ant-api03-TmV1ZXItU2NobHVlc3NlbC1mdWVyLVRlc3Rz";
    let args = ["models", "auth", "paste-api-key", "--provider", "anthropic", "--profile-id", "anthropic:new"];
    let output = world.run(&args).env(CUSTOM.0, CUSTOM.1).stdin(new).ok();
    assert!(output.stdout.contains("Updated ~/.openclaw/openclaw.json\n"), "{output:?}");
    assert!(is_insertion(STORE, &world.store_text()), "{}", world.store_text());
    let mut expected: Value = serde_json::from_str(STORE).unwrap();
    expected["profiles"]["anthropic:new"] = json!({"type": "api_key", "provider": "anthropic", "key": new});
    assert_eq!(world.store(), expected);
    // The configuration lists an order, so the new one is put first in it.
    let config = CONFIG.replace("[\"anthropic:work\",", "[\"anthropic:new\", \"anthropic:work\",");
    assert_ne!(config, CONFIG);
    assert_eq!(fs::read_to_string(world.config_path()).unwrap(), config);
}

#[test]
fn an_answer_changes_only_the_health_of_a_recorded_folder() {
    let (world, server) = (recorded(), server());
    server.otherwise([Reply::text("Oui")]);
    world.at(&server, &["ask", "x"]).env(CUSTOM.0, CUSTOM.1).ok();
    assert!(is_insertion(STORE, &world.store_text()), "{}", world.store_text());
    let mut expected: Value = serde_json::from_str(STORE).unwrap();
    let used = world.store()["usageStats"]["anthropic:work"]["lastUsed"].clone();
    common::assert_about(&used, now());
    expected["usageStats"]["anthropic:work"] = json!({"lastUsed": used});
    assert_eq!(world.store(), expected);
    assert_eq!(fs::read_to_string(world.config_path()).unwrap(), CONFIG);
}

#[test]
fn data_cannot_steer_a_terminal() {
    let world = World::new();
    world.write_store(format!(
        r#"{{"version":1,"profiles":{{"anthropic:\u001b[31mred":{{"type":"api_key","provider":"anthropic","key":"{KEY}","email":"a\u0007b"}},"evil\u001b]0;x\u0007:y":{{"type":"oauth","provider":"e\u001bvil","access":"x","expires":1,"email":"\u009b31m"}}}}}}"#
    ));
    world.write_config("{ agents: { defaults: { model: 'ant\\u001bhropic/clau\\u009bde' } } }");
    for args in
        [&["models", "status"][..], &["models", "status", "--json"], &["models", "status", "--plain"], &["ask", "x"]]
    {
        // Every run looks for control characters.
        world.run(args).env("ANTHROPIC_BASE_URL", "http://127.0.0.1:9").out();
    }
}
