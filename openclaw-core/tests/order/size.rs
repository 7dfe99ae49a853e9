//! Nobody who is blocked is chosen, however many are: up to ten thousand profiles.

use std::collections::HashSet;
use std::time::Duration;

use openclaw_core::config::AuthSettings;
use openclaw_core::{
    AuthProfiles, CooldownPolicy, Credential, FailureReason, Health, ModelStats, Profile, ProfileId, ProviderId,
    Secret, StoredProfile, UsageStats, Window, first_usable,
};

use super::world::{MODEL, NOW, World};

fn many(size: usize, usable: impl Fn(usize) -> bool, ordered: bool) -> World {
    let anthropic = ProviderId::anthropic();
    let (mut profiles, mut health) = (AuthProfiles::default(), Health::default());
    for number in 0..size {
        let id = ProfileId::new(&format!("anthropic:{number}")).unwrap();
        let key = Credential::ApiKey { key: Secret::Plain("k".into()) };
        profiles.profiles.insert(id.clone(), StoredProfile::Valid(Profile::new(anthropic.clone(), key)));
        let mut stats = UsageStats { last_used: Some(NOW.before(Duration::from_secs(9))), ..UsageStats::new() };
        if !usable(number) {
            let window = Some(Window { until: NOW.after(Duration::from_secs(60)), reason: Some(FailureReason::Auth) });
            match number % 3 {
                0 => stats.cooldown = window,
                1 => stats.disabled = window,
                _ => {
                    let model = ModelStats { cooldown: window, ..ModelStats::default() };
                    stats.models.insert(MODEL.to_owned(), model);
                }
            }
        }
        health.profiles.insert(id, stats);
    }
    if ordered {
        profiles.order.insert(anthropic, profiles.profiles.keys().cloned().collect());
    }
    let (auth, policy) = (AuthSettings::default(), CooldownPolicy::default());
    World { profiles, health, auth, unresolved: HashSet::new(), pin: None, policy }
}

#[test]
fn nobody_who_is_blocked_is_chosen_at_any_size() {
    let anthropic = ProviderId::anthropic();
    for size in [1, 2, 3, 10, 199, 200, 201, 500, 1000, 10_000] {
        for ordered in [false, true] {
            for every in [1, 2, 250] {
                let usable = |number: usize| number % every == every - 1;
                let world = many(size, usable, ordered);
                let expected: HashSet<String> =
                    (0..size).filter(|number| usable(*number)).map(|number| format!("anthropic:{number}")).collect();
                let resolution = world.resolve();
                let found: HashSet<String> = resolution.usable.iter().map(|u| u.profile.to_string()).collect();
                assert_eq!(found, expected, "{size} profiles, every {every}th is free");
                assert_eq!(resolution.unusable.len(), size - expected.len());
                // One after the other: until nobody is left, or for so many that it is the same again.
                let enough = if size > 1000 { 3 } else { 20 };
                let input = world.input(&anthropic, Some(MODEL));
                let mut tried = HashSet::new();
                while let Some(chosen) = first_usable(&input, NOW, &tried).filter(|_| tried.len() < enough) {
                    assert!(expected.contains(chosen.profile.as_str()), "{} is blocked", chosen.profile);
                    tried.insert(chosen.profile);
                }
                assert_eq!(tried.len(), expected.len().min(enough));
            }
        }
    }
}
