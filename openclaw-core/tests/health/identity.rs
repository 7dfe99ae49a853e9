//! What an attempt reports is about the secret that it carried.

use std::collections::HashMap;

use futures_executor::block_on;
use openclaw_core::{
    AgentId, AuthProfiles, Credential, CredentialChange, CredentialStore, Effect, FailureReason, HealthEvent,
    HealthStore, MemoryStore, Profile, ProviderId, Replace, Seen, UsageStats,
};
use proptest::prelude::*;

use super::generated::{Failed, any_health, failed, profile, stats, success, t};

fn upsert(secret: &str) -> CredentialChange {
    let key = Credential::ApiKey { key: openclaw_core::Secret::Plain(secret.into()) };
    let profile_of = Profile::new(ProviderId::anthropic(), key);
    CredentialChange::Upsert { id: profile(), profile: Box::new(profile_of), replace: Replace::Any }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_secret_s_report_changes_nothing(
        health in any_health(),
        event in failed(600_000),
        other in 1u64..5,
        succeeds in any::<bool>(),
    ) {
        let mut after = health.clone();
        let known = super::generated::seen(&health, event.model);
        let stranger = Seen { credential: known.credential.wrapping_add(other), ..known };
        let tale = if succeeds { success(event.model, t(event.at), stranger) } else { event.event(stranger) };
        prop_assert_eq!(tale.apply(&mut after), Effect::Unchanged);
        prop_assert_eq!(after, health);
    }

    /// Secrets are replaced while attempts with earlier ones are under way: at any moment the health
    /// is what the reports of the present secret alone have made of it.
    #[test]
    fn the_health_of_a_secret_is_made_by_its_own_reports(
        steps in prop::collection::vec((0u8..6, failed(1), any::<bool>()), 1..30),
    ) {
        let agent = AgentId::main();
        let store = MemoryStore::with(agent.clone(), AuthProfiles::default());
        let alone = MemoryStore::with(agent.clone(), AuthProfiles::default());
        let load = |store: &MemoryStore| block_on(HealthStore::load(store, &agent)).unwrap();
        let mut secret = 0;
        for store in [&store, &alone] {
            block_on(CredentialStore::commit(store, &agent, upsert("secret 0"))).unwrap();
        }
        let mut under_way: Vec<(usize, Seen, usize)> = Vec::new();
        let mut now = 0;
        for (what, event, succeeds) in steps {
            now += 45_000;
            match what {
                0 => {
                    secret += 1;
                    for store in [&store, &alone] {
                        block_on(CredentialStore::commit(store, &agent, upsert(&format!("secret {secret}")))).unwrap();
                    }
                    prop_assert!(stats(&load(&store)).cooldown.is_none(), "it starts without windows");
                }
                1 | 2 => {
                    let known = load(&store).of(&profile()).seen(Some(super::generated::MODELS[event.model]));
                    under_way.push((secret, known, event.model));
                }
                _ => {
                    let Some((carried, known, model)) = under_way.pop() else { continue };
                    let tale: HealthEvent = if succeeds {
                        success(model, t(now), known)
                    } else {
                        Failed { at: now, model, ..event }.event(known)
                    };
                    block_on(HealthStore::commit(&store, &agent, &tale)).unwrap();
                    if carried == secret {
                        block_on(HealthStore::commit(&alone, &agent, &tale)).unwrap();
                    }
                }
            }
            let (all, own) = (load(&store), load(&alone));
            prop_assert_eq!(stats(&all), stats(&own));
        }
    }
}

#[test]
fn the_number_grows_with_each_different_secret_and_only_then() {
    let agent = AgentId::main();
    let store = MemoryStore::new();
    let commit = |change| block_on(CredentialStore::commit(&store, &agent, change)).unwrap();
    let number = || block_on(HealthStore::load(&store, &agent)).unwrap().of(&profile()).credential;
    let mut numbers = HashMap::new();
    for (secret, expected) in [("a", 0), ("a", 0), ("b", 1), ("b", 1), ("a", 2)] {
        commit(upsert(secret));
        assert_eq!(number(), expected, "{secret}");
        numbers.insert(secret, number());
    }
    assert_eq!(numbers, HashMap::from([("a", 2), ("b", 1)]));
    let fail = Failed { at: 0, reason: FailureReason::Auth, wide: false, model: 0, word: None };
    let known = block_on(HealthStore::load(&store, &agent)).unwrap().of(&profile()).seen(None);
    block_on(HealthStore::commit(&store, &agent, &fail.event(known))).unwrap();
    let clear = HealthEvent::Cleared { profile: Some(profile()), model: None };
    let (health, effect) = block_on(HealthStore::commit(&store, &agent, &clear)).unwrap();
    assert_eq!((effect, stats(&health).credential), (Effect::Cleared, 2), "clearing by hand is no other secret");
    // It outlives the profile, or the next one under the id would be taken for the one before.
    commit(CredentialChange::Remove { id: profile() });
    let left = block_on(HealthStore::load(&store, &agent)).unwrap();
    assert_eq!(*stats(&left), UsageStats { credential: 3, ..UsageStats::new() });
    commit(upsert("a"));
    assert_eq!(number(), 4);
}
