//! `models auth policy`: the table and the windows in force.

use openclaw_core::{FailureReason, POLICY_TABLE};
use serde_json::json;

use crate::common::World;
use crate::support::{THEN, at};

#[test]
fn every_class_and_every_length_is_told() {
    let world = World::new();
    let text = at(&world.home(), THEN).ok(&["policy"]).stdout;
    for row in &POLICY_TABLE {
        assert!(text.contains(&format!("\n  {:<16} ", row.reason.as_str())), "{}: {text}", row.reason);
        assert!(row.types.iter().all(|kind| text.contains(kind)), "{}", row.reason);
        assert!(row.statuses.iter().all(|status| text.contains(&status.to_string())), "{}", row.reason);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(row.messages.iter().all(|start| words.contains(start)), "{}", row.reason);
    }
    let (_, windows) = text.split_once("How long (policy 2026.1)\n").unwrap();
    assert_eq!(
        windows,
        "  \
  cooldown         1 min, 5 min, 25 min, 1 h
  billing          5 h, doubling to 24 h
  auth_permanent   10 min, doubling to 1 h
  demotion         30 s
  server's word    1 s to 7 d
  trial            one attempt, at most 75 s
  retries          2, waits up to 500 ms doubling to 8 s, 90 s in all
  start again      after 24 h without a failure
"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn settings_that_changed_it_are_named_with_their_place() {
    let world = World::new();
    world.write_config(
        "{ auth: { cooldowns: {\n  billingBackoffHours: 2,\n  billingBackoffHoursByProvider: { openai: 0.5 },\n  failureWindowHours: -1,\n  overloadedBackoffMs: 5,\n} } }\n",
    );
    let text = at(&world.home(), THEN).ok(&["policy"]).stdout;
    let (_, windows) = text.split_once("How long (policy 2026.1)\n").unwrap();
    assert!(
        windows.contains("  billing          2 h, doubling to 24 h\n                   openai: 30 min, doubling"),
        "{text}"
    );
    assert!(
        windows.ends_with(
            "\
Set in the configuration
  auth.cooldowns.billingBackoffHours = 2
    ~/.openclaw/openclaw.json:2:24
  auth.cooldowns.billingBackoffHoursByProvider.openai = 0.5
    ~/.openclaw/openclaw.json:3:44
  auth.cooldowns.failureWindowHours = -1 (has no effect here)
    ~/.openclaw/openclaw.json:4:23
  auth.cooldowns.overloadedBackoffMs = 5 (has no effect here)
    ~/.openclaw/openclaw.json:5:24
"
        ),
        "{text}"
    );
    let policy = at(&world.home(), THEN).json(&["policy"]);
    assert_eq!(policy["billing"], json!({"firstMs": 7_200_000, "maxMs": 86_400_000}));
    assert_eq!(policy["billingByProviderMs"], json!({"openai": 1_800_000}));
    assert_eq!(policy["ladderMs"], json!([60_000, 300_000, 1_500_000, 3_600_000]));
    assert_eq!((&policy["leaseMs"], &policy["failureWindowMs"]), (&json!(75_000), &json!(86_400_000)));
    assert_eq!(policy["settings"][2]["used"], false);
    let endless = ["policy", "--set", "auth.cooldowns.billingMaxHours=1e30"];
    let settings = at(&world.home(), THEN).json(&endless)["settings"].clone();
    let endless = settings.as_array().unwrap().iter().find(|setting| setting["value"] == 1e30).unwrap();
    assert_eq!(endless["used"], false);
    let reasons: Vec<&str> =
        policy["table"].as_array().unwrap().iter().map(|row| row["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, FailureReason::ALL.map(FailureReason::as_str));
    assert_eq!(policy["table"][3]["statuses"], json!([429]));
    assert_eq!((&policy["other5xx"], &policy["otherwise"]), (&json!("server_error"), &json!("unknown")));
}
