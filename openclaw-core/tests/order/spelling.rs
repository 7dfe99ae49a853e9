//! Lists as people write them, in the store and in the configuration: other spellings of a provider,
//! blanks, repetitions, and names of nobody.
#![allow(clippy::disallowed_methods, reason = "a test makes files")]

use std::collections::HashSet;

use futures_executor::block_on;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
use openclaw_core::{
    AgentId, CooldownPolicy, CredentialStore, Env, FileStore, HealthStore, OrderSource, ProviderId, Resolution,
    ResolveInput, Timestamp, resolve,
};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Three keys of z.ai under its three spellings, and what the two files say besides.
fn zai(store: &str, config: &str) -> Resolution {
    let folder = tempfile::TempDir::new().unwrap();
    let profiles = r#""profiles": {
        "zai:a": {"type": "api_key", "provider": "Z.AI", "key": "k"},
        "zai:b": {"type": "api_key", "provider": "z-ai", "key": "k"},
        "zai:c": {"type": "api_key", "provider": "zai", "key": "k"},
        "anthropic:x": {"type": "api_key", "provider": "anthropic", "key": "k"}}"#;
    let text = format!("{{\"version\": 1, {profiles}{store}}}");
    std::fs::write(folder.path().join("auth-profiles.json"), text).unwrap();
    let agent = AgentId::main();
    let store = FileStore::new(folder.path()).with_agent_dir(agent.clone(), folder.path());
    let layer = ConfigLayer::parse(ConfigSource::Override, config).unwrap();
    let config = Config::from_layers([layer], &Env::empty()).unwrap();
    let input = ResolveInput {
        provider: &ProviderId::new(" Z.ai "),
        model: None,
        profiles: &block_on(CredentialStore::load(&store, &agent)).unwrap(),
        health: &block_on(HealthStore::load(&store, &agent)).unwrap(),
        auth: &config.settings().auth,
        policy: &CooldownPolicy::default(),
        unresolved: &HashSet::new(),
        pin: None,
    };
    resolve(&input, NOW)
}

fn usable(resolution: &Resolution) -> Vec<&str> {
    resolution.usable.iter().map(|usable| usable.profile.as_str()).collect()
}

fn refused(resolution: &Resolution) -> Vec<(&str, &str)> {
    resolution.unusable.iter().map(|refused| (refused.profile.as_str(), refused.reason.code())).collect()
}

#[test]
fn a_provider_is_one_in_every_spelling() {
    assert_eq!(usable(&zai("", "{}")), ["zai:a", "zai:b", "zai:c"]);
    for key in ["zai", "z.ai", "Z-AI", " z.ai "] {
        let config = format!("{{auth: {{order: {{'{key}': ['zai:b']}}}}}}");
        let resolution = zai("", &config);
        assert_eq!((usable(&resolution), resolution.source), (vec!["zai:b"], OrderSource::ConfigOrder), "{key:?}");
        let store = format!(r#", "order": {{"{key}": ["zai:c", "zai:a"]}}"#);
        let resolution = zai(&store, &config);
        assert_eq!((usable(&resolution), resolution.source), (vec!["zai:c", "zai:a"], OrderSource::Stored), "{key:?}");
        let config = format!("{{auth: {{profiles: {{'zai:c': {{provider: '{key}', mode: 'api_key'}}}}}}}}");
        let resolution = zai("", &config);
        assert_eq!((usable(&resolution), resolution.source), (vec!["zai:c"], OrderSource::ConfigProfiles), "{key:?}");
    }
    let other = zai("", "{auth: {order: {anthropic: []}}}");
    assert_eq!((usable(&other).len(), other.source), (3, OrderSource::Profiles), "another provider's list");
}

#[test]
fn repetitions_blanks_and_strangers_in_a_list() {
    let resolution =
        zai("", "{auth: {order: {zai: [' zai:b ', 'zai:b', 'zai:gone', 'anthropic:x', 'zai:a', 'zai:gone']}}}");
    assert_eq!(usable(&resolution), ["zai:b", "zai:a"]);
    assert_eq!(
        refused(&resolution),
        [("zai:gone", "profile_missing"), ("anthropic:x", "provider_mismatch"), ("zai:c", "excluded_by_auth_order")]
    );
    let stored = zai(r#", "order": {"zai": ["", " ", 7, null, " zai:c ", "zai:c"]}"#, "{}");
    assert_eq!((usable(&stored), stored.source), (vec!["zai:c"], OrderSource::Stored));
    let blank = zai(r#", "order": {"zai": ["", " ", 7]}"#, "{auth: {order: {zai: ['zai:a']}}}");
    assert_eq!((usable(&blank), blank.source, blank.list_ignored), (vec!["zai:a"], OrderSource::ConfigOrder, false));
    let gone = zai(
        r#", "order": {"zai": ["zai:old"]}"#,
        "{auth: {profiles: {'zai:older': {provider: 'zai', mode: 'token'}}}}",
    );
    assert_eq!((usable(&gone).len(), gone.source, gone.list_ignored), (3, OrderSource::Profiles, true));
    let policy = zai(r#", "order": {"zai": ["zai:old"]}"#, "{auth: {order: {zai: ['zai:older']}}}");
    assert_eq!((usable(&policy).len(), policy.source, policy.list_ignored), (0, OrderSource::ConfigOrder, true));
    assert!(!policy.has_eligible());
}
