//! Texts that are no store or an odd one: what is refused, what is borne, and what is said of it.

use zeroize::Zeroizing;

use super::tests::{INPUT, ONE_KEY, changed, failed, health_changed, key, problem, read, succeeded, upsert};
use super::{Version, WireError, credential_edits, health_edits, parse};
use crate::health::{FailureReason, Seen};
use crate::json5::{Limits, edit};

const CANARY: &str = "sk-ant-api03-CANARY-CANARY-CANARY-0123456789";

#[test]
fn json5_is_refused_with_its_place() {
    for (text, line, column) in [
        ("{\n  // note\n  \"profiles\": {}}", 2, 3),
        ("{\n  \"profiles\": {},\n}", 3, 1),
        ("{'profiles': {}}", 1, 2),
        ("{profiles: {}}", 1, 2),
        ("{\"version\": 0x1}", 1, 13),
    ] {
        match problem(text) {
            WireError::Syntax { position, problem } => {
                assert_eq!(position.line, line, "{text}");
                assert!(position.column.abs_diff(column) <= 1, "{text}: {position}");
                assert!(problem.contains("JSON5"), "{problem}");
            }
            other => panic!("{other:?}"),
        }
    }
    for (text, line) in [("", 1), ("\n\n{\"a\":", 3), ("nonsense", 1)] {
        match problem(text) {
            WireError::Syntax { position, .. } => assert_eq!(position.line, line, "{text:?}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn versions_and_ids_are_read_as_they_stand() {
    let version = |text: &str| read(text).version;
    assert_eq!(version("{}"), Version::Known);
    // A number in quotes is one, as upstream reads it.
    for known in ["1", "1.0", "1e0", "10e-1", "0", "-3", "null", "\"1\"", "\" 1 \""] {
        assert_eq!(version(&format!(r#"{{"version": {known}}}"#)), Version::Known, "{known}");
    }
    for (newer, number) in [("2", 2), ("2.0", 2), ("\"2\"", 2), ("2e0", 2), ("9223372036854775808", i64::MAX)] {
        assert_eq!(version(&format!(r#"{{"version": {newer}}}"#)), Version::Newer(number), "{newer}");
    }
    for odd in [
        "1.5",
        "0.5",
        "-0.5",
        "1.0000001",
        "\"2.0\"",
        "\"1.5\"",
        "\"one\"",
        "\"\"",
        "[2]",
        "[1]",
        "{}",
        "true",
        "1e999",
    ] {
        assert_eq!(version(&format!(r#"{{"version": {odd}}}"#)), Version::Unknown, "{odd}");
    }
    let odd = r#"{"profiles": {"": {"type": "token", "provider": "p", "token": "t"}, "..\u0000/é": 1}}"#;
    assert_eq!(read(odd).profiles.profiles.len(), 2);
}

#[test]
fn entries_of_other_shapes_do_not_stop_health() {
    let text = r#"{"profiles": null, "usageStats": {"anthropic:a": null, "anthropic:b": {"models": 5, "failureCounts": 1}}, "lastGood": null}"#;
    let text = health_changed(text, &succeeded("anthropic:a", Seen::default()));
    let text = health_changed(&text, &failed("anthropic:b", FailureReason::RateLimit, Seen::default()));
    let text = health_changed(&text, &failed("anthropic:b", FailureReason::Auth, Seen::default()));
    assert!(changed(&text, &upsert("anthropic:a", key("k"))).is_ok());
    let models = r#"{"usageStats": {"anthropic:b": {"models": {"claude-opus-4-5": 5, "other": 6}}}}"#;
    let text = health_changed(models, &failed("anthropic:b", FailureReason::RateLimit, Seen::default()));
    assert!(text.contains(r#""other": 6"#));
    assert!(matches!(problem(r#"{"profiles": []}"#), WireError::Shape { .. }));
    assert!(matches!(problem("[]"), WireError::Shape { .. }));
}

/// Every text that damage makes of a store is either refused or edited without loss.
fn survives(text: &str) {
    let Ok(before) = parse(Zeroizing::new(text.to_owned())) else { return };
    let mut health = before.health.clone();
    failed("anthropic:default", FailureReason::Auth, Seen::default()).apply(&mut health);
    if let Ok(after) = edit(text, &health_edits(&before, &health), &Limits::default()) {
        assert!(parse(after).is_ok());
    }
}

#[test]
fn no_damage_makes_it_panic() {
    for golden in [ONE_KEY, INPUT] {
        for at in 0..golden.len() {
            let cut = golden.get(..at).unwrap();
            let whole = cut.len() == golden.trim_end().len();
            assert_eq!(parse(Zeroizing::new(cut.to_owned())).is_ok(), whole, "cut at {at}");
        }
    }
    for at in 0..INPUT.len() {
        for flip in [0x01, 0x24] {
            let mut bytes = INPUT.as_bytes().to_vec();
            bytes[at] ^= flip;
            if let Ok(text) = String::from_utf8(bytes) {
                survives(&text);
            }
        }
    }
    let parts = ["null", "true", "5", "-1e999", "\"x\"", "[]", "[{}]", "{}", "{\"a\":{}}"];
    for key in ["version", "profiles", "order", "lastGood", "usageStats"] {
        for part in parts {
            survives(&format!("{{\"{key}\": {part}}}"));
            survives(&format!("{{\"{key}\": {{\"anthropic:default\": {part}}}}}"));
        }
    }
    for field in ["models", "trial", "failureCounts", "lastUsed", "cooldownUntil", "errorCount", "lastFailureAt"] {
        for part in parts {
            survives(&format!("{{\"usageStats\": {{\"anthropic:default\": {{\"{field}\": {part}}}}}}}"));
        }
    }
}

#[test]
fn no_secret_is_shown() {
    let profile = |fields: &str| format!(r#"{{"profiles": {{"anthropic:a": {{"provider": "anthropic", {fields}}}}}}}"#);
    for text in [
        profile(&format!(r#""type": "api_key", "key": "{CANARY}""#)),
        profile(&format!(r#""type": "token", "token": "{CANARY}""#)),
        profile(&format!(r#""type": "oauth", "access": "{CANARY}", "refresh": "{CANARY}""#)),
        profile(&format!(r#""type": "api_key", "key": ["{CANARY}"]"#)),
        profile(&format!(r#""type": "{CANARY}", "key": 1"#)),
        format!(r#"{{"profiles": {{"anthropic:a": "{CANARY}"}}}}"#),
    ] {
        let store = read(&text);
        let mut after = store.profiles.clone();
        let change = upsert("anthropic:b", key(CANARY));
        change.apply(&mut after).unwrap();
        let edits = credential_edits(&store, &after);
        let shown = format!("{:?} {:?} {edits:?} {change:?}", store.profiles, store.health);
        assert!(!shown.contains("CANARY"), "{shown}");
    }
    for text in [
        format!("{{\"profiles\": \"{CANARY}\"}}"),
        format!("{{\"profiles\": {{\"a\": \"{CANARY}"),
        format!("{{\"a\": \"{CANARY}\\q\"}}"),
        format!("{{\"a\": {CANARY}}}"),
        format!("{{'{CANARY}': 1}}"),
        format!("\"{CANARY}\""),
        CANARY.to_owned(),
    ] {
        let shown = format!("{:?}", problem(&text));
        assert!(!shown.contains("CANARY"), "{shown}");
    }
}
