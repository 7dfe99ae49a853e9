//! The state machine, transition by transition; whole sequences and properties stand in `tests/health.rs`.

mod awkward;

use std::sync::Arc;
use std::time::Duration;

use crate::health::*;
use crate::id::{ProfileId, ProviderId};
use crate::time::Timestamp;

const T0: Timestamp = Timestamp::from_secs(1_770_000_000);
const OPUS: &str = "claude-opus-4-5";
const SONNET: &str = "claude-sonnet-4-5";
const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn profile() -> ProfileId {
    ProfileId::new("anthropic:work").unwrap()
}

/// One profile and a clock.
struct Machine {
    health: Health,
    now: Timestamp,
    policy: Arc<CooldownPolicy>,
}

impl Machine {
    fn new() -> Self {
        Self::with(CooldownPolicy::default())
    }

    fn with(policy: CooldownPolicy) -> Self {
        Self { health: Health::default(), now: T0, policy: Arc::new(policy) }
    }

    fn stats(&self) -> &UsageStats {
        self.health.of(&profile())
    }

    fn seen(&self) -> Seen {
        self.stats().seen(Some(OPUS))
    }

    fn fail(&mut self, reason: FailureReason) -> Effect {
        self.fail_with(reason, Scope::Model, None, self.seen())
    }

    fn fail_with(&mut self, reason: FailureReason, scope: Scope, word: Option<Duration>, seen: Seen) -> Effect {
        let event = HealthEvent::Failed {
            provider: ProviderId::anthropic(),
            profile: profile(),
            model: OPUS.to_owned(),
            reason,
            scope,
            deadline: word.map(|wait| self.now.after(wait)),
            seen,
            at: self.now,
            policy: Arc::clone(&self.policy),
        };
        event.apply(&mut self.health)
    }

    /// A failure with the server's word; how long the window is that it opened.
    fn told(&mut self, reason: FailureReason, word: Duration) -> Option<Duration> {
        match self.fail_with(reason, Scope::Model, Some(word), self.seen()) {
            Effect::WindowOpened { until, .. } | Effect::Demoted { until, .. } => Some(until.since(self.now)),
            _ => None,
        }
    }

    /// The effect of a profile-wide `auth` window that opens now for so many seconds.
    fn opened(&self, seconds: u64) -> Effect {
        let until = self.now.after(secs(seconds));
        Effect::WindowOpened { scope: Scope::Profile, until, reason: FailureReason::Auth }
    }

    /// Fails, waits until the window has passed, and so on: how long each window was, in seconds.
    fn windows(&mut self, reason: FailureReason, times: usize) -> Vec<u64> {
        let mut lengths = Vec::new();
        for _ in 0..times {
            let Effect::WindowOpened { until, reason: why, .. } = self.fail(reason) else { panic!("no window") };
            assert_eq!(why, reason);
            lengths.push(until.since(self.now).as_secs());
            self.now = until;
        }
        lengths
    }

    fn succeed(&mut self, model: &str, seen: Seen) -> Effect {
        let event = HealthEvent::Succeeded {
            provider: ProviderId::anthropic(),
            profile: profile(),
            model: model.to_owned(),
            seen,
            at: self.now,
        };
        event.apply(&mut self.health)
    }

    fn claim(&mut self, owner: &str) -> Effect {
        let (owner, policy) = (owner.to_owned(), Arc::clone(&self.policy));
        let event =
            HealthEvent::TrialClaimed { profile: profile(), model: OPUS.to_owned(), owner, at: self.now, policy };
        event.apply(&mut self.health)
    }

    fn release(&mut self, owner: &str) -> Effect {
        let event = HealthEvent::TrialReleased { profile: profile(), model: OPUS.to_owned(), owner: owner.to_owned() };
        event.apply(&mut self.health)
    }

    fn clear(&mut self, model: Option<&str>) -> Effect {
        HealthEvent::Cleared { profile: Some(profile()), model: model.map(str::to_owned) }.apply(&mut self.health)
    }

    fn block(&self, model: &str) -> Option<Block> {
        self.stats().block(Some(model), self.now, &self.policy)
    }

    /// For how many seconds the model is blocked.
    fn blocked(&self, model: &str) -> Option<u64> {
        self.block(model).map(|block| block.until.since(self.now).as_secs())
    }

    fn needs_trial(&self) -> bool {
        self.stats().needs_trial(Some(OPUS), self.now, &self.policy)
    }

    fn pass(&mut self, seconds: u64) {
        self.now = self.now.after(secs(seconds));
    }
}

#[test]
fn the_ladder_of_cooldowns() {
    let ladder = [MINUTE, 5 * MINUTE, 25 * MINUTE, HOUR, HOUR, HOUR];
    assert_eq!(Machine::new().windows(FailureReason::Auth, 6), ladder);
    assert_eq!(Machine::new().windows(FailureReason::RateLimit, 6), ladder);
    let mut newer = Machine::with(CooldownPolicy::v2026_9());
    assert_eq!(newer.windows(FailureReason::Auth, 4), [30, MINUTE, 5 * MINUTE, 5 * MINUTE]);
    assert_eq!(Machine::with(CooldownPolicy::v2026_9()).windows(FailureReason::Billing, 2), [600, 1200]);
}

#[test]
fn billing_and_permanent_refusals_disable_and_double() {
    let mut machine = Machine::new();
    // A window as long as the failure window is no quiet time: it stays at the cap.
    assert_eq!(machine.windows(FailureReason::Billing, 6), [5 * HOUR, 10 * HOUR, 20 * HOUR, DAY, DAY, DAY]);
    assert!(machine.stats().disabled.is_some() && machine.stats().cooldown.is_none());
    let permanent = Machine::new().windows(FailureReason::AuthPermanent, 5);
    assert_eq!(permanent, [10 * MINUTE, 20 * MINUTE, 40 * MINUTE, HOUR, HOUR]);
    let mut machine = Machine::new();
    machine.fail(FailureReason::Billing);
    assert_eq!(machine.block(OPUS).map(|block| (block.kind, block.model_only)), Some((BlockKind::Disabled, false)));
}

#[test]
fn counters_start_again_when_nothing_failed_for_long() {
    let mut machine = Machine::new();
    machine.windows(FailureReason::Auth, 3);
    machine.now = machine.stats().last_failure_at.unwrap().after(secs(DAY));
    assert_eq!(machine.windows(FailureReason::Auth, 1), [HOUR], "a day to the millisecond is not longer than a day");
    machine.now = machine.stats().last_failure_at.unwrap().after(secs(DAY) + Duration::from_millis(1));
    assert_eq!(machine.windows(FailureReason::Auth, 1), [MINUTE]);
    assert_eq!((machine.stats().errors, machine.stats().counts[&FailureReason::Auth]), (1, 1));
    // Long after the window nothing is left to try first.
    machine.pass(DAY + 1);
    assert!(!machine.needs_trial() && machine.block(OPUS).is_none());
}

#[test]
fn all_reasons_of_a_profile_share_the_ladder_but_disabling_counts_its_own() {
    let mut machine = Machine::new();
    machine.windows(FailureReason::Auth, 2);
    assert_eq!(machine.windows(FailureReason::Billing, 1), [5 * HOUR]);
    assert_eq!((machine.stats().errors, machine.stats().counts[&FailureReason::Auth]), (3, 2));
}

#[test]
fn while_open_only_a_later_word_of_the_server_moves_the_end() {
    for reason in [FailureReason::Auth, FailureReason::RateLimit, FailureReason::Billing] {
        let mut machine = Machine::new();
        machine.fail(reason);
        let (before, first) = (machine.health.clone(), machine.blocked(OPUS).unwrap());
        machine.pass(10);
        assert_eq!(machine.fail(reason), Effect::Unchanged, "{reason}");
        assert_eq!(machine.told(reason, secs(first - 11)), None, "an earlier end changes nothing");
        assert_eq!(machine.health, before, "{reason}");
        assert_eq!(machine.told(reason, secs(first + 100)), Some(secs(first + 100)));
        machine.pass(first + 100);
        assert!(machine.block(OPUS).is_none());
        let next = machine.windows(reason, 1)[0];
        assert!(next == 5 * MINUTE || next == 10 * HOUR, "the word did not climb the ladder: {next}");
    }
}

#[test]
fn another_scope_opens_its_own_window() {
    let mut machine = Machine::new();
    machine.fail(FailureReason::RateLimit);
    assert_eq!((machine.blocked(OPUS), machine.blocked(SONNET)), (Some(MINUTE), None), "only for that model");
    assert_eq!(machine.block(OPUS).map(|block| block.model_only), Some(true));
    machine.fail(FailureReason::Billing);
    assert_eq!((machine.blocked(OPUS), machine.blocked(SONNET)), (Some(5 * HOUR), Some(5 * HOUR)));
    machine.fail(FailureReason::Auth);
    assert!(machine.stats().cooldown.is_some(), "a cooldown beside the disabled one");

    let mut wide = Machine::new();
    wide.fail_with(FailureReason::RateLimit, Scope::Profile, None, Seen::default());
    assert_eq!(wide.blocked(SONNET), Some(MINUTE), "a subscription's limit");
}

#[test]
fn the_server_s_word_replaces_the_rung_twice_then_the_longer_holds() {
    for reason in [FailureReason::RateLimit, FailureReason::Auth] {
        let mut machine = Machine::new();
        for (n, word, expected) in [(1, 3, 3), (2, 7, 7), (3, 5, 25 * MINUTE), (4, 2 * HOUR, 2 * HOUR)] {
            assert_eq!(machine.told(reason, secs(word)), Some(secs(expected)), "{reason} {n}");
            machine.pass(expected);
        }
    }
    let word = |word| Machine::new().told(FailureReason::RateLimit, word).unwrap();
    assert_eq!(word(Duration::ZERO), secs(1), "at least a second");
    assert_eq!(word(secs(365 * DAY)), secs(7 * DAY), "at most a week");
    assert_eq!(word(Duration::MAX), secs(7 * DAY));
}

#[test]
fn what_says_nothing_about_the_profile_changes_nothing() {
    for reason in
        [FailureReason::ModelNotFound, FailureReason::Format, FailureReason::ContextOverflow, FailureReason::Unknown]
    {
        let mut machine = Machine::new();
        assert_eq!(machine.fail(reason), Effect::Unchanged);
        assert_eq!(machine.health, Health::default(), "{reason}");
        // An entry that is there, even an empty one, is another program's to remove.
        machine.health.profiles.insert(profile(), UsageStats::new());
        let before = machine.health.clone();
        machine.fail(reason);
        assert_eq!(machine.health, before);
    }
}

#[test]
fn demotion_puts_behind_for_half_a_minute_and_blocks_nothing() {
    for reason in [FailureReason::Overloaded, FailureReason::ServerError, FailureReason::Timeout] {
        let mut machine = Machine::new();
        let until = T0.after(secs(30));
        assert_eq!(machine.fail(reason), Effect::Demoted { until, reason });
        assert!(machine.block(OPUS).is_none() && !machine.needs_trial());
        machine.pass(10);
        assert_eq!(machine.fail(reason), Effect::Unchanged, "it does not grow");
        let demoted = |machine: &Machine, model| machine.stats().demoted(Some(model), machine.now, &machine.policy);
        assert_eq!(demoted(&machine, OPUS), Some(Window { until, reason: Some(reason) }));
        assert_eq!(demoted(&machine, SONNET), None);
        assert_eq!(machine.told(reason, secs(100)), Some(secs(100)), "the server may ask for more");
        machine.pass(100);
        assert_eq!(demoted(&machine, OPUS), None);
        assert_eq!(machine.stats().errors, 0);
    }
    let mut machine = Machine::new();
    machine.fail(FailureReason::Overloaded);
    assert_eq!(machine.succeed(OPUS, Seen::default()), Effect::Used, "a success that began before it says nothing");
    let seen = machine.seen();
    assert_eq!(machine.succeed(OPUS, seen), Effect::Recovered);
    assert!(machine.stats().models.is_empty(), "a success ends it");
}

#[test]
fn a_trial_is_granted_once() {
    for reason in [FailureReason::Auth, FailureReason::RateLimit, FailureReason::Billing] {
        let mut machine = Machine::new();
        machine.fail(reason);
        let until = machine.block(OPUS).unwrap().until;
        assert_eq!(machine.claim("me"), Effect::TrialRefused { until }, "not while open");
        machine.now = until;
        assert!(machine.needs_trial());
        assert_eq!(machine.claim("me"), Effect::TrialGranted);
        let lease = machine.now.after(machine.policy.lease);
        machine.pass(1);
        assert_eq!(machine.claim("you"), Effect::TrialRefused { until: lease });
        assert_eq!(machine.block(OPUS).map(|block| (block.kind, block.until)), Some((BlockKind::Trial, lease)));
        assert_eq!(machine.claim("me"), Effect::TrialGranted, "an own claim is renewed");
        assert_eq!(machine.release("you"), Effect::Unchanged);
        assert!(matches!(machine.claim("you"), Effect::TrialRefused { .. }));
        assert_eq!(machine.release("me"), Effect::Cleared);
        assert_eq!(machine.claim("you"), Effect::TrialGranted, "{reason}: given back");
        machine.now = machine.now.after(machine.policy.lease);
        assert_eq!(machine.claim("me"), Effect::TrialGranted, "{reason}: lapsed");
    }
    assert_eq!(Machine::new().claim("me"), Effect::TrialGranted, "nothing to try: go ahead");
}

#[test]
fn an_own_trial_of_the_profile_is_no_key_to_an_open_window_of_the_model() {
    let mut machine = Machine::new();
    machine.fail(FailureReason::Auth);
    machine.pass(MINUTE);
    assert_eq!(machine.claim("me"), Effect::TrialGranted);
    machine.fail(FailureReason::RateLimit);
    let until = machine.now.after(secs(MINUTE));
    assert_eq!(machine.claim("me"), Effect::TrialRefused { until });
}

#[test]
fn the_end_of_a_trial() {
    let half_open = || {
        let mut machine = Machine::new();
        machine.windows(FailureReason::Auth, 1);
        machine.claim("me");
        machine
    };
    let mut failed = half_open();
    assert_eq!(failed.windows(FailureReason::Auth, 1), [5 * MINUTE], "the next rung");
    assert_eq!(failed.stats().trial, None);
    let mut succeeded = half_open();
    assert_eq!(succeeded.succeed(OPUS, succeeded.seen()), Effect::Recovered);
    let stats = succeeded.stats();
    assert_eq!((stats.cooldown, stats.errors, &stats.trial, stats.counts.len()), (None, 0, &None, 0));
    assert!(stats.last_failure_at.is_some(), "kept, as upstream keeps it");
    // A demotion ends nothing: the one who tries may retry, and gives the trial back in the end.
    let mut busy = half_open();
    busy.fail(FailureReason::RateLimit);
    let mut of_model = Machine::new();
    of_model.windows(FailureReason::RateLimit, 1);
    of_model.claim("me");
    of_model.fail(FailureReason::Overloaded);
    assert!(matches!(of_model.claim("you"), Effect::TrialRefused { .. }));
}

#[test]
fn a_success_closes_only_what_it_knew_of() {
    let mut machine = Machine::new();
    let before = machine.seen();
    machine.fail(FailureReason::Auth);
    machine.fail(FailureReason::RateLimit);
    assert_eq!(machine.succeed(OPUS, before), Effect::Used, "it had started before both windows opened");
    assert_eq!(machine.blocked(OPUS), Some(MINUTE));
    assert_eq!(machine.stats().last_used, Some(T0));
    let now = machine.seen();
    assert_eq!(machine.succeed(OPUS, Seen { model: None, ..now }), Effect::Recovered);
    assert_eq!((machine.blocked(OPUS), machine.blocked(SONNET)), (Some(MINUTE), None), "only the profile's");
    assert_eq!(machine.succeed(OPUS, machine.seen()), Effect::Recovered);
    assert!(machine.block(OPUS).is_none() && machine.stats().models.is_empty());
    assert_eq!(machine.succeed(OPUS, machine.seen()), Effect::Used);
    assert_eq!(machine.health.last_good[&ProviderId::anthropic()], profile());
}

#[test]
fn a_success_of_one_model_does_not_open_another() {
    let mut machine = Machine::new();
    machine.fail(FailureReason::RateLimit);
    let opus = machine.stats().models[OPUS].clone();
    assert_eq!(machine.succeed(SONNET, machine.stats().seen(Some(SONNET))), Effect::Used);
    assert_eq!(machine.stats().models[OPUS], opus);
}

#[test]
fn a_failure_under_way_when_another_was_counted_does_not_climb() {
    let mut machine = Machine::new();
    let early = machine.seen();
    machine.fail(FailureReason::Auth);
    machine.pass(MINUTE);
    assert_eq!(
        machine.fail_with(FailureReason::Auth, Scope::Model, None, early),
        Effect::WindowOpened {
            scope: Scope::Profile,
            until: machine.now.after(secs(MINUTE)),
            reason: FailureReason::Auth,
        }
    );
    assert_eq!(machine.stats().errors, 1);
}

#[test]
fn windows_are_cleared_by_hand() {
    let mut machine = Machine::new();
    machine.fail(FailureReason::Auth);
    machine.fail(FailureReason::Billing);
    machine.fail(FailureReason::RateLimit);
    machine.succeed(SONNET, Seen::default());
    assert_eq!(machine.clear(Some(SONNET)), Effect::Unchanged);
    assert_eq!(machine.clear(Some(OPUS)), Effect::Cleared);
    assert!(machine.stats().models.is_empty() && machine.stats().disabled.is_some());
    assert_eq!(machine.clear(None), Effect::Cleared, "also what billing disabled");
    let used = machine.stats().last_used;
    let last_failure_at = machine.stats().last_failure_at;
    assert_eq!(*machine.stats(), UsageStats { last_used: used, last_failure_at, ..UsageStats::new() });
    assert_eq!(machine.clear(None), Effect::Unchanged);
    machine.fail(FailureReason::Auth);
    assert_eq!(HealthEvent::Cleared { profile: None, model: None }.apply(&mut machine.health), Effect::Cleared);
    assert!(machine.block(OPUS).is_none());
}
