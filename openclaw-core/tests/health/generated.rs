//! Events and healths, as they may come.

use std::sync::Arc;
use std::time::Duration;

use openclaw_core::{
    Block, CooldownPolicy, Effect, FailureReason, Health, HealthEvent, ModelStats, ProfileId, ProviderId, Scope, Seen,
    State, Timestamp, Trial, UsageStats, Window,
};
use proptest::prelude::*;

pub(crate) const T0: i64 = 1_770_000_000_000;
pub(crate) const MODELS: [&str; 2] = ["claude-opus-4-5", "claude-sonnet-4-5"];
pub(crate) const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Classes that open windows.
pub(crate) const OPENING: [FailureReason; 4] =
    [FailureReason::Auth, FailureReason::AuthPermanent, FailureReason::Billing, FailureReason::RateLimit];

pub(crate) fn profile() -> ProfileId {
    ProfileId::new("anthropic:work").unwrap()
}

/// Milliseconds after `T0`.
pub(crate) fn t(millis: i64) -> Timestamp {
    Timestamp::from_millis(T0 + millis)
}

/// A failure, as a process reports it; times in milliseconds, `at` after `T0`, `word` after `at`.
#[derive(Debug, Clone)]
pub(crate) struct Failed {
    pub(crate) at: i64,
    pub(crate) reason: FailureReason,
    pub(crate) wide: bool,
    pub(crate) model: usize,
    pub(crate) word: Option<i64>,
}

impl Failed {
    pub(crate) fn event(&self, seen: Seen) -> HealthEvent {
        HealthEvent::Failed {
            provider: ProviderId::anthropic(),
            profile: profile(),
            model: MODELS[self.model].to_owned(),
            reason: self.reason,
            scope: if self.wide { Scope::Profile } else { Scope::Model },
            deadline: self.word.map(|word| t(self.at + word)),
            seen,
            at: t(self.at),
            policy: Arc::default(),
        }
    }

    pub(crate) fn apply(&self, health: &mut Health, seen: Seen) -> Effect {
        self.event(seen).apply(health)
    }

    /// The failure of an attempt that knew everything.
    pub(crate) fn apply_knowing(&self, health: &mut Health) -> Effect {
        let known = seen(health, self.model);
        self.apply(health, known)
    }
}

pub(crate) fn failed(within: i64) -> impl Strategy<Value = Failed> {
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

pub(crate) fn opening(within: i64) -> impl Strategy<Value = Failed> {
    (failed(within), prop::sample::select(OPENING.to_vec())).prop_map(|(failed, reason)| Failed { reason, ..failed })
}

pub(crate) fn success(model: usize, at: Timestamp, seen: Seen) -> HealthEvent {
    HealthEvent::Succeeded {
        provider: ProviderId::anthropic(),
        profile: profile(),
        model: MODELS[model].to_owned(),
        seen,
        at,
    }
}

pub(crate) fn claim(owner: &str, at: Timestamp) -> HealthEvent {
    let (profile, model, owner) = (profile(), MODELS[0].to_owned(), owner.to_owned());
    HealthEvent::TrialClaimed { profile, model, owner, at, policy: Arc::default() }
}

pub(crate) fn stats(health: &Health) -> &UsageStats {
    health.of(&profile())
}

pub(crate) fn seen(health: &Health, model: usize) -> Seen {
    stats(health).seen(Some(MODELS[model]))
}

pub(crate) fn block(health: &Health, model: usize, now: Timestamp) -> Option<Block> {
    stats(health).block(Some(MODELS[model]), now, &CooldownPolicy::default())
}

pub(crate) fn blocked_until(health: &Health, model: usize, now: Timestamp) -> Timestamp {
    block(health, model, now).map_or(now, |block| block.until)
}

pub(crate) fn needs_trial(health: &Health, model: usize, now: Timestamp) -> bool {
    stats(health).needs_trial(Some(MODELS[model]), now, &CooldownPolicy::default())
}

/// The ends of the open windows: cooldown, disabled, then each model's.
pub(crate) fn open(health: &Health, now: Timestamp) -> [Option<Timestamp>; 4] {
    let policy = CooldownPolicy::default();
    let stats = stats(health);
    let until = |window: Option<Window>, opened| {
        let window = window.filter(|window| matches!(window.state(opened, now, &policy), State::Open(_)));
        window.map(|window| window.until)
    };
    let model = |n: usize| stats.models.get(MODELS[n]).and_then(|stats| until(stats.cooldown, stats.last_failure_at));
    [until(stats.cooldown, stats.last_failure_at), until(stats.disabled, stats.last_failure_at), model(0), model(1)]
}

pub(crate) fn any_time() -> impl Strategy<Value = Timestamp> {
    let near = T0 - 100_000_000..T0 + 100_000_000;
    let ten_years = 10 * 365 * 86_400_000;
    prop_oneof![
        4 => near,
        1 => any::<i64>(),
        1 => prop::sample::select(vec![
            i64::MIN, i64::MAX, -1, 0, 1, T0 / 1000, T0 * 1000, T0 - 86_400_000, T0 + ten_years, T0 - ten_years,
        ]),
    ]
    .prop_map(Timestamp::from_millis)
}

fn any_window() -> impl Strategy<Value = Option<Window>> {
    let reason = prop::option::of(prop::sample::select(FailureReason::ALL.to_vec()));
    prop::option::of((any_time(), reason).prop_map(|(until, reason)| Window { until, reason }))
}

fn any_trial() -> impl Strategy<Value = Option<Trial>> {
    let owner = prop::sample::select(vec!["me".to_owned(), "you".to_owned()]);
    prop::option::of((owner, any_time()).prop_map(|(owner, until)| Trial { owner, until }))
}

/// A health that anybody may have written.
pub(crate) fn any_health() -> impl Strategy<Value = Health> {
    let times = (prop::option::of(any_time()), any_window(), any_window(), any_trial());
    let model = (any::<u32>(), prop::option::of(any_time()), times).prop_map(
        |(errors, demoted_at, (last_failure_at, cooldown, demoted, trial))| ModelStats {
            errors,
            last_failure_at,
            cooldown,
            demoted,
            demoted_at,
            trial,
        },
    );
    let own = (any::<u32>(), any::<u32>(), prop::option::of(any_time()), prop::option::of(any_time()), 0u64..3);
    (own, any_window(), any_window(), any_trial(), prop::option::of(model)).prop_map(
        |((errors, count, last_used, last_failure_at, credential), cooldown, disabled, trial, model)| {
            let mut stats = UsageStats { errors, last_used, last_failure_at, credential, ..UsageStats::new() };
            stats.counts.extend(FailureReason::ALL.map(|reason| (reason, count)));
            (stats.cooldown, stats.disabled, stats.trial) = (cooldown, disabled, trial);
            stats.models.extend(model.map(|model| (MODELS[0].to_owned(), model)));
            let mut health = Health::default();
            health.profiles.insert(profile(), stats);
            health
        },
    )
}
