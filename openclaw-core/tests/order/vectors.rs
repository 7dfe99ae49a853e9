//! The order as OpenClaw 2026.1.30 itself decided it, through the file store and the configuration.
#![allow(clippy::disallowed_methods, reason = "a test makes files")]

use std::collections::HashSet;

use futures_executor::block_on;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
use openclaw_core::{
    AgentId, CooldownPolicy, CredentialStore, Env, FileStore, HealthStore, ProfileId, ProviderId, ResolveInput,
    Timestamp, resolve,
};
use serde_json::{Value, json};

#[test]
fn the_order_is_the_reference_s() {
    let vectors: Value = serde_json::from_str(include_str!("../data/vectors/order.json")).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let now = Timestamp::from_millis(vectors["now"].as_i64().unwrap());
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        let mut text = json!({"version": 1, "profiles": vectors["profiles"]});
        text.as_object_mut().unwrap().extend(case["store"].as_object().unwrap().clone());
        std::fs::write(folder.path().join("auth-profiles.json"), text.to_string()).unwrap();
        let agent = AgentId::main();
        let store = FileStore::new(folder.path()).with_agent_dir(agent.clone(), folder.path());
        let profiles = block_on(CredentialStore::load(&store, &agent)).unwrap();
        let health = block_on(HealthStore::load(&store, &agent)).unwrap();
        let cfg = if case["cfg"].is_null() { "{}".to_owned() } else { case["cfg"].to_string() };
        let layer = ConfigLayer::parse(ConfigSource::Override, &cfg).unwrap();
        let config = Config::from_layers([layer], &Env::empty()).unwrap();
        let input = ResolveInput {
            provider: &ProviderId::anthropic(),
            model: None,
            profiles: &profiles,
            health: &health,
            auth: &config.settings().auth,
            policy: &CooldownPolicy::default(),
            unresolved: &HashSet::new(),
            pin: None,
        };
        let resolution = resolve(&input, now);
        let blocked = resolution.unusable.iter().filter(|unusable| unusable.reason.until().is_some());
        let usable = resolution.usable.iter().map(|usable| &usable.profile);
        let all: Vec<&str> = usable.chain(blocked.map(|unusable| &unusable.profile)).map(ProfileId::as_str).collect();
        assert_eq!(json!(all), case["result"], "{}", case["name"]);
    }
}
