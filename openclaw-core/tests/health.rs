//! Health over whole sequences: what holds for any events, in any order, from any state; and the
//! order of profiles as the reference decides it.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

use std::sync::Arc;
use std::time::Duration;

use openclaw_core::{
    Block, CooldownPolicy, Effect, FailureReason, Health, HealthEvent, ModelStats, ProfileId, ProviderId, Scope, Seen,
    Timestamp, Trial, UsageStats, Window,
};
use proptest::prelude::*;

const T0: i64 = 1_770_000_000_000;
const MODELS: [&str; 2] = ["claude-opus-4-5", "claude-sonnet-4-5"];
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

fn profile() -> ProfileId {
    ProfileId::new("anthropic:work").unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// A failure, as a process reports it; times in milliseconds after `T0`.
#[derive(Debug, Clone)]
struct Failed {
    at: i64,
    reason: FailureReason,
    wide: bool,
    model: usize,
    word: Option<i64>,
}

impl Failed {
    fn event(&self, seen: Seen) -> HealthEvent {
        HealthEvent::Failed {
            provider: ProviderId::anthropic(),
            profile: profile(),
            model: MODELS[self.model].to_owned(),
            reason: self.reason,
            scope: if self.wide { Scope::Profile } else { Scope::Model },
            deadline: self.word.map(|word| at(T0 + self.at + word)),
            seen,
            at: at(T0 + self.at),
            policy: Arc::default(),
        }
    }
}

fn failed(within: i64) -> impl Strategy<Value = Failed> {
    let reason = prop::sample::select(FailureReason::ALL.to_vec());
    let word = prop::option::weighted(0.3, -1000i64..2 * 3_600_000);
    (0..within, reason, any::<bool>(), 0usize..2, word).prop_map(|(at, reason, wide, model, word)| Failed {
        at,
        reason,
        wide,
        model,
        word,
    })
}

fn block(health: &Health, model: usize, now: Timestamp) -> Option<Block> {
    health.of(&profile()).block(Some(MODELS[model]), now, &CooldownPolicy::default())
}

fn blocked_until(health: &Health, model: usize, now: Timestamp) -> Timestamp {
    block(health, model, now).map_or(now, |block| block.until)
}

fn seen(health: &Health, model: usize) -> Seen {
    health.of(&profile()).seen(Some(MODELS[model]))
}

/// The open windows: profile-wide ones, then each model's.
fn open(health: &Health, now: Timestamp) -> [Option<Timestamp>; 4] {
    let policy = CooldownPolicy::default();
    let stats = health.of(&profile());
    let until = |window: Option<Window>, opened| {
        let window = window.filter(|w| matches!(w.state(opened, now, &policy), openclaw_core::State::Open(_)));
        window.map(|window| window.until)
    };
    let model = |n: usize| stats.models.get(MODELS[n]).and_then(|stats| until(stats.cooldown, stats.last_failure_at));
    [until(stats.cooldown, stats.last_failure_at), until(stats.disabled, stats.last_failure_at), model(0), model(1)]
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    let near = T0 - 100_000_000..T0 + 100_000_000;
    prop_oneof![
        any::<i64>(),
        near,
        Just(i64::MIN),
        Just(i64::MAX),
        Just(0i64),
        Just(T0 / 1000),
        Just(T0.saturating_mul(1000))
    ]
    .prop_map(at)
}

fn any_window() -> impl Strategy<Value = Option<Window>> {
    let reason = prop::option::of(prop::sample::select(FailureReason::ALL.to_vec()));
    prop::option::of((any_time(), reason).prop_map(|(until, reason)| Window { until, reason }))
}

fn any_trial() -> impl Strategy<Value = Option<Trial>> {
    let owner = prop::sample::select(vec!["me".to_owned(), "you".to_owned()]);
    prop::option::of((owner, any_time()).prop_map(|(owner, until)| Trial { owner, until }))
}

fn any_health() -> impl Strategy<Value = Health> {
    let model = (any::<u32>(), prop::option::of(any_time()), any_window(), any_window(), any_trial()).prop_map(
        |(errors, last_failure_at, cooldown, demoted, trial)| ModelStats {
            errors,
            last_failure_at,
            cooldown,
            demoted,
            trial,
        },
    );
    let own = (any::<u32>(), any::<u32>(), prop::option::of(any_time()), prop::option::of(any_time()));
    (own, any_window(), any_window(), any_trial(), prop::option::of(model)).prop_map(
        |((errors, count, last_used, last_failure_at), cooldown, disabled, trial, model)| {
            let mut stats = UsageStats::new();
            stats.counts.extend(FailureReason::ALL.map(|reason| (reason, count)));
            (stats.errors, stats.last_used, stats.last_failure_at) = (errors, last_used, last_failure_at);
            (stats.cooldown, stats.disabled, stats.trial) = (cooldown, disabled, trial);
            stats.models.extend(model.map(|model| (MODELS[0].to_owned(), model)));
            let mut health = Health::default();
            health.profiles.insert(profile(), stats);
            health
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_open_window_never_moves_earlier_and_only_a_word_moves_it_later(
        mut events in prop::collection::vec(failed(6 * 3_600_000), 1..12),
        fresh in any::<bool>(),
    ) {
        events.sort_by_key(|event| event.at);
        let mut health = Health::default();
        for event in &events {
            let now = at(T0 + event.at);
            let before = open(&health, now);
            let known = if fresh { seen(&health, event.model) } else { Seen::default() };
            event.event(known).apply(&mut health);
            for (before, after) in before.into_iter().zip(open(&health, now)) {
                let Some(before) = before else { continue };
                let after = after.unwrap_or(now);
                prop_assert!(after >= before, "{event:?} moved {before} to {after}");
                if after > before {
                    let word = event.word.map(|word| at(T0 + event.at + word));
                    prop_assert_eq!(Some(after), word, "only the server's word moves it");
                }
            }
        }
    }

    #[test]
    fn recovery_is_bounded_by_the_first_window_or_the_server_s_word(
        first in failed(1),
        reason in prop::sample::select(vec![FailureReason::Auth, FailureReason::RateLimit, FailureReason::Billing]),
        mut later in prop::collection::vec(failed(30_000), 0..20),
    ) {
        let first = Failed { reason, ..first };
        let mut health = Health::default();
        first.event(Seen::default()).apply(&mut health);
        let mut bound = blocked_until(&health, first.model, at(T0));
        // The same class in the same scope, again and again, from requests under way and other processes.
        later.sort_by_key(|event| event.at);
        for event in later {
            let event = Failed { reason, wide: first.wide, model: first.model, ..event };
            let now = at(T0 + event.at);
            if block(&health, first.model, now).is_none() { break }
            bound = bound.max(event.word.map_or(now, |word| at(T0 + event.at + word.max(1000))));
            event.event(seen(&health, event.model)).apply(&mut health);
            prop_assert!(blocked_until(&health, first.model, now) <= bound);
        }
    }

    #[test]
    fn events_of_several_processes_block_no_longer_than_the_longest_alone(
        events in prop::collection::vec(failed(600_000), 1..6).prop_shuffle(),
    ) {
        let end = at(T0 + 600_000);
        for model in 0..2 {
            let alone = |event: &Failed| {
                let mut health = Health::default();
                event.event(Seen::default()).apply(&mut health);
                blocked_until(&health, model, at(T0 + event.at))
            };
            let longest = events.iter().map(alone).max().unwrap().max(end);
            let mut health = Health::default();
            for event in &events {
                event.event(Seen::default()).apply(&mut health);
            }
            prop_assert!(blocked_until(&health, model, end) <= longest);
        }
    }

    #[test]
    fn one_model_never_changes_another_s_entry(
        events in prop::collection::vec((failed(600_000), any::<bool>()), 1..20),
    ) {
        let mut health = Health::default();
        for (event, success) in events {
            let other = MODELS[1 - event.model];
            let before = health.of(&profile()).models.get(other).cloned();
            let known = seen(&health, event.model);
            if success {
                let succeeded = HealthEvent::Succeeded {
                    provider: ProviderId::anthropic(),
                    profile: profile(),
                    model: MODELS[event.model].to_owned(),
                    seen: known,
                    at: at(T0 + event.at),
                };
                succeeded.apply(&mut health);
            } else {
                event.event(known).apply(&mut health);
            }
            prop_assert_eq!(&before, &health.of(&profile()).models.get(other).cloned());
        }
    }

    #[test]
    fn nothing_panics_and_nothing_blocks_for_longer_than_allowed(
        mut health in any_health(),
        now in any_time(),
        word in prop::option::of(any_time()),
        reason in prop::sample::select(FailureReason::ALL.to_vec()),
        wide in any::<bool>(),
        known in any::<bool>(),
    ) {
        let policy: Arc<CooldownPolicy> = Arc::default();
        let model = MODELS[0].to_owned();
        let seen = if known { seen(&health, 0) } else { Seen::default() };
        let scope = if wide { Scope::Profile } else { Scope::Model };
        let (provider, profile) = (ProviderId::anthropic(), profile());
        let claim = |at| HealthEvent::TrialClaimed {
            profile: profile.clone(), model: model.clone(), owner: "me".into(), at, policy: Arc::clone(&policy),
        };
        for event in [
            claim(now),
            HealthEvent::Failed {
                provider: provider.clone(), profile: profile.clone(), model: model.clone(), reason, scope,
                deadline: word, seen, at: now, policy: Arc::clone(&policy),
            },
            claim(now),
            HealthEvent::TrialReleased { profile: profile.clone(), model: model.clone(), owner: "me".into() },
            HealthEvent::Succeeded { provider, profile: profile.clone(), model: model.clone(), seen, at: now },
            HealthEvent::Cleared { profile: None, model: None },
        ] {
            let block = health.of(&profile).block(Some(&model), now, &policy);
            if let Some(block) = &block {
                prop_assert!(block.until > now && block.until.since(now) <= WEEK, "{block:?}");
            }
            let effect = event.apply(&mut health);
            if matches!(event, HealthEvent::TrialClaimed { .. }) && block.is_none() {
                prop_assert_eq!(effect, Effect::TrialGranted, "what may serve may be tried");
            }
        }
        prop_assert!(health.of(&profile).block(Some(&model), now, &policy).is_none(), "cleared");
    }
}

#[cfg(feature = "fs")]
#[allow(clippy::disallowed_methods, reason = "a test makes files")]
mod order {
    use std::collections::HashSet;

    use futures_executor::block_on;
    use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
    use openclaw_core::{AgentId, CredentialStore, Env, FileStore, HealthStore, ResolveInput, resolve};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_order_is_the_reference_s() {
        let vectors: Value = serde_json::from_str(include_str!("data/vectors/order.json")).unwrap();
        let folder = tempfile::TempDir::new().unwrap();
        let now = at(vectors["now"].as_i64().unwrap());
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
            let all: Vec<&str> =
                usable.chain(blocked.map(|unusable| &unusable.profile)).map(ProfileId::as_str).collect();
            assert_eq!(json!(all), case["result"], "{}", case["name"]);
        }
    }
}
