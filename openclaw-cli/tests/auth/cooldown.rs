//! `models auth cooldown`: seeing windows and closing them, without an editor.

use serde_json::{Value, json};

use crate::common::{KEY, World, server};
use crate::support::{THEN, at, keys, recorded};

/// Windows of all kinds.
fn blocked() -> World {
    let world = World::new();
    let (soon, past) = (THEN + 300_000, THEN - 60_000);
    world.write_store(keys(
        &["a", "b"],
        &format!(
            r#","usageStats":{{
                "anthropic:a":{{"lastUsed":{past},"models":{{
                    "claude-opus-4-5":{{"cooldownUntil":{soon},"cooldownReason":"rate_limit","errorCount":2,"lastFailureAt":{past}}},
                    "claude-sonnet-4-5":{{"demotedUntil":{},"demotedReason":"timeout"}}}}}},
                "anthropic:b":{{"disabledUntil":{soon},"disabledReason":"billing","errorCount":1,"lastFailureAt":{past},
                    "models":{{"claude-opus-4-5":{{"cooldownUntil":{},"cooldownReason":"rate_limit","lastFailureAt":{past},
                        "trial":{{"owner":"x","until":{}}}}}}}}}}}"#,
            THEN + 20_000,
            THEN - 1000,
            THEN + 30_000,
        ),
    ));
    world
}

#[test]
fn every_window_is_listed_with_its_end() {
    let world = blocked();
    at(&world.home(), THEN).says(
        &["cooldown", "list"],
        "\
Agent      : main
Auth store : ~/.openclaw/agents/main/agent/auth-profiles.json

anthropic:a
  demoted (timeout, only claude-sonnet-4-5) until 2026-11-22T07:08:58Z, 20s
  left: tried after the others
anthropic:a
  cooldown (rate_limit, only claude-opus-4-5) until 2026-11-22T07:13:38Z, 5m
  left
anthropic:b
  disabled (billing) until 2026-11-22T07:13:38Z, 5m left
anthropic:b
  cooldown (rate_limit, only claude-opus-4-5), half-open since
  2026-11-22T07:08:37Z: somebody is trying it, at the latest until
  2026-11-22T07:09:08Z

close windows by hand, if the cause is gone
openclaw models auth cooldown clear anthropic:a
",
    );
    let list = at(&world.home(), THEN).json(&["cooldown", "list"]);
    assert_eq!(
        list["windows"][0],
        json!({
            "profileId": "anthropic:a", "provider": "anthropic", "model": "claude-sonnet-4-5", "kind": "demoted",
            "halfOpen": false, "reason": "timeout", "until": THEN + 20_000, "remainingMs": 20_000,
        })
    );
    assert_eq!(list["windows"][3]["onTrialUntil"], THEN + 30_000);
    assert_eq!((&list["windows"][3]["halfOpen"], &list["windows"][3]["remainingMs"]), (&json!(true), &json!(0)));
}

#[test]
fn clearing_says_what_it_cleared_and_nothing_else_changes() {
    let world = blocked();
    let run = |args: &[&str]| at(&world.home(), THEN).ok(&[&["cooldown", "clear"], args].concat()).stdout;
    assert_eq!(
        run(&["anthropic:a", "--model", "opus-4.5"]),
        "Cleared:\n  anthropic:a: cooldown (rate_limit, only claude-opus-4-5) until\n  2026-11-22T07:13:38Z, 5m left\n"
    );
    let stats = world.store()["usageStats"].clone();
    assert_eq!(stats["anthropic:a"]["models"].as_object().unwrap().len(), 1, "the other model's stays");
    assert!(stats["anthropic:b"]["disabledUntil"].is_i64());
    assert_eq!(run(&["anthropic:b"]).lines().count(), 4, "the profile with all its models");
    let stats = world.store()["usageStats"].clone();
    assert!(stats["anthropic:b"].get("disabledUntil").is_none(), "{stats}");
    assert_eq!(stats["anthropic:a"]["lastUsed"], THEN - 60_000);
    let cleared = at(&world.home(), THEN).json(&["cooldown", "clear", "--all"]);
    assert_eq!((&cleared["changed"], cleared["cleared"].as_array().unwrap().len()), (&json!(true), 1));
    let before = world.everything();
    assert_eq!(run(&["--all"]), "Nothing to clear: no windows or failures are recorded.\n");
    let cleared = at(&world.home(), THEN).json(&["cooldown", "clear", "--all"]);
    assert_eq!((&cleared["changed"], &cleared["cleared"]), (&json!(false), &json!([])));
    assert!(world.everything() == before);
}

#[test]
fn a_cleared_profile_serves_again() {
    let (world, server) = (World::new(), server());
    server.on(KEY, [openclaw_core::testing::Reply::text("Oui")]);
    let until = crate::common::now() + 3_600_000;
    let stats =
        format!(r#","usageStats":{{"anthropic:a":{{"cooldownUntil":{until},"lastFailureAt":{}}}}}"#, until - 3_600_000);
    world.write_store(keys(&["a"], &stats));
    world.at(&server, &["ask", "x"]).fails(1, &["No available auth profile for anthropic"]);
    world.run(&["models", "auth", "cooldown", "clear", "anthropic:a"]).ok();
    assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "Oui\n");
}

#[test]
fn an_entry_of_a_profile_that_is_gone_can_be_cleared_and_an_unknown_one_is_an_error() {
    let world = recorded();
    let list = at(&world.home(), THEN).json(&["cooldown", "list"]);
    let ids: Vec<&Value> = list["windows"].as_array().unwrap().iter().map(|window| &window["profileId"]).collect();
    assert_eq!(ids, ["ghost:x", "anthropic:default", "openai:short"]);
    assert_eq!(list["windows"][0].get("provider"), None);
    at(&world.home(), THEN).ok(&["cooldown", "clear", "ghost:x"]);
    let unknown = at(&world.home(), THEN).run(&["cooldown", "clear", "anthropic:nope"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.starts_with("Error: Auth profile \"anthropic:nope\" not found in "), "{unknown:?}");
    let nothing = at(&world.home(), THEN).run(&["cooldown", "clear"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("give a profile id, --model MODEL, or --all"), "{nothing:?}");
}

#[test]
fn no_windows_is_an_answer() {
    let world = World::new();
    let text = at(&world.home(), THEN).ok(&["cooldown", "list"]).stdout;
    assert!(text.ends_with("\nNo windows: every profile may be used.\n"), "{text}");
    assert_eq!(at(&world.home(), THEN).json(&["cooldown", "list"])["windows"], json!([]));
    assert!(!world.state().exists());
}

#[test]
fn a_reason_that_another_program_wrote_is_shown_as_it_is() {
    let world = World::new();
    let stats = format!(
        r#","usageStats":{{"anthropic:a":{{"disabledUntil":{},"disabledReason":"subscription\u001b[31m_limit","lastFailureAt":{THEN}}}}}"#,
        THEN + 60_000
    );
    world.write_store(keys(&["a"], &stats));
    let list = at(&world.home(), THEN).json(&["cooldown", "list"]);
    assert_eq!(list["windows"][0]["reason"], "subscription\\u{1b}[31m_limit");
    let text = at(&world.home(), THEN).ok(&["cooldown", "list"]).stdout;
    assert!(text.contains("  disabled (subscription\\u{1b}[31m_limit) until "), "{text}");
}
