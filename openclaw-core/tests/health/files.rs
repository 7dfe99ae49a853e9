//! Times and numbers in the stored file that are none, or are of another unit.
#![allow(clippy::disallowed_methods, reason = "a test makes files")]

use futures_executor::block_on;
use openclaw_core::{
    AgentId, BlockKind, Credential, CredentialChange, CredentialStore, Effect, FailureReason, FileStore, HealthEvent,
    HealthStore, ProviderId, Secret,
};
use proptest::prelude::*;

use super::generated::{Failed, MODELS, T0, WEEK, blocked_until, profile, stats, success, t};

fn store(usage: &str) -> (tempfile::TempDir, FileStore) {
    let folder = tempfile::TempDir::new().unwrap();
    let text = format!("{{\"version\": 1, \"profiles\": {{}}, \"usageStats\": {{\"anthropic:work\": {usage}}}}}");
    std::fs::write(folder.path().join("auth-profiles.json"), text).unwrap();
    let store = FileStore::new(folder.path()).with_agent_dir(AgentId::main(), folder.path());
    (folder, store)
}

fn number() -> impl Strategy<Value = String> {
    let plain = (T0 - 700_000_000..T0 + 700_000_000).prop_map(|n| n.to_string());
    let seconds = (T0 / 1000 - 700_000..T0 / 1000 + 700_000).prop_map(|n| n.to_string());
    let odd = prop::sample::select(vec![
        "0",
        "-1",
        "-9223372036854775808",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1e400",
        "-1e400",
        "1.77e12",
        "1770000000000.5",
        "null",
        "true",
        "\"1770000000000\"",
        "[]",
        "{}",
        "\"\"",
        "2085600000000",
    ]);
    prop_oneof![3 => plain, 2 => seconds, 2 => odd.prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_number_in_the_file_does_lasting_harm(n in prop::collection::vec(number(), 14)) {
        let model = format!(
            "{{\"cooldownUntil\": {}, \"lastFailureAt\": {}, \"errorCount\": {}, \"demotedUntil\": {}, \"trial\": {{\"owner\": \"x\", \"until\": {}}}}}",
            n[0], n[1], n[2], n[3], n[4]
        );
        let usage = format!(
            "{{\"lastUsed\": {}, \"errorCount\": {}, \"cooldownUntil\": {}, \"disabledUntil\": {}, \"lastFailureAt\": {}, \"failureCounts\": {{\"auth\": {}, \"billing\": {}}}, \"credentialGeneration\": {}, \"trial\": {{\"owner\": \"x\", \"until\": {}}}, \"models\": {{\"{}\": {model}}}}}",
            n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12], n[13], MODELS[0]
        );
        let (_folder, store) = store(&usage);
        let agent = AgentId::main();
        let health = block_on(HealthStore::load(&store, &agent)).unwrap();
        prop_assert!(blocked_until(&health, 0, t(0)).since(t(0)) <= WEEK);
        let known = super::generated::seen(&health, 0);
        let (health, _) = block_on(HealthStore::commit(&store, &agent, &success(0, t(0), known))).unwrap();
        prop_assert_eq!(blocked_until(&health, 0, t(0)), t(0), "one success ends all of it");
        prop_assert_eq!(block_on(HealthStore::load(&store, &agent)).unwrap(), health, "as it was written");
    }
}

#[test]
fn a_reason_that_is_no_class_survives_and_is_shown_as_it_is() {
    let usage = format!(
        r#"{{"disabledUntil": {}, "disabledReason": "subscription_limit", "cooldownUntil": {}, "cooldownReason": "session_expired"}}"#,
        T0 + 60_000,
        T0 + 30_000
    );
    let (folder, store) = store(&usage);
    let agent = AgentId::main();
    let health = block_on(HealthStore::load(&store, &agent)).unwrap();
    assert_eq!(stats(&health).reason_text(BlockKind::Disabled).as_deref(), Some("subscription_limit"));
    assert_eq!(stats(&health).reason_text(BlockKind::Cooldown).as_deref(), Some("session_expired"));
    // A write that does not close the window keeps it.
    let known = openclaw_core::Seen { profile: Some(t(-1)), ..openclaw_core::Seen::default() };
    block_on(HealthStore::commit(&store, &agent, &success(0, t(0), known))).unwrap();
    let text = std::fs::read_to_string(folder.path().join("auth-profiles.json")).unwrap();
    assert!(text.contains("subscription_limit") && text.contains("session_expired"), "{text}");
    // It goes with its window.
    let clear = HealthEvent::Cleared { profile: Some(profile()), model: None };
    let (health, _) = block_on(HealthStore::commit(&store, &agent, &clear)).unwrap();
    assert_eq!(stats(&health).reason_text(BlockKind::Disabled), None);
    let text = std::fs::read_to_string(folder.path().join("auth-profiles.json")).unwrap();
    assert!(!text.contains("subscription_limit"), "{text}");
}

#[test]
fn a_late_failure_of_a_replaced_key_leaves_no_trace_in_the_file() {
    let (folder, store) = store("{}");
    let agent = AgentId::main();
    let path = folder.path().join("auth-profiles.json");
    let put = |key: &str| {
        let key = Credential::ApiKey { key: Secret::Plain(key.into()) };
        let change = CredentialChange::upsert(profile(), ProviderId::anthropic(), key);
        block_on(CredentialStore::commit(&store, &agent, change)).unwrap();
    };
    put("sk-ant-api03-the-old-one");
    // An attempt with the old key begins; the key is replaced; the attempt is refused.
    let known = super::generated::seen(&block_on(HealthStore::load(&store, &agent)).unwrap(), 0);
    put("sk-ant-api03-the-new-one");
    let before = std::fs::read_to_string(&path).unwrap();
    for reason in [FailureReason::Auth, FailureReason::Billing, FailureReason::RateLimit, FailureReason::Overloaded] {
        let refused = Failed { at: 5, reason, wide: true, model: 0, word: Some(600_000) };
        let (_, effect) = block_on(HealthStore::commit(&store, &agent, &refused.event(known))).unwrap();
        assert_eq!(effect, Effect::Unchanged, "{reason}");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    let (_, usage) = before.split_once("usageStats").unwrap();
    assert!(usage.contains("credentialGeneration") && !usage.contains("-one"), "a number, and nothing of the key");
}
