//! Wrong clocks, odd values, events that come late, and secrets that are replaced meanwhile.

use super::*;

#[test]
fn a_clock_that_went_back_blocks_nobody() {
    for reason in [FailureReason::Auth, FailureReason::RateLimit, FailureReason::Billing] {
        let mut machine = Machine::new();
        machine.fail(reason);
        machine.now = T0.before(secs(DAY));
        assert!(machine.block(OPUS).is_none() && machine.needs_trial(), "{reason}: opened in the future");
        assert_eq!(machine.claim("me"), Effect::TrialGranted);
        let until = |effect| match effect {
            Effect::WindowOpened { until, .. } => until,
            other => panic!("{other:?}"),
        };
        assert!(until(machine.fail(reason)).since(machine.now) <= secs(10 * HOUR), "{reason}");
        let mut near = Machine::new();
        near.fail(reason);
        near.now = T0.before(secs(3));
        assert!(near.block(OPUS).is_some(), "{reason}: a small step is no jump");
    }
}

#[test]
fn a_window_that_a_wrong_clock_opened_does_not_come_back() {
    let mut machine = Machine::new();
    machine.fail(FailureReason::Billing);
    machine.now = T0.before(secs(DAY));
    machine.fail(FailureReason::Auth);
    assert_eq!(machine.blocked(OPUS), Some(5 * MINUTE), "the disabled window stays half-open");
}

#[test]
fn a_clock_that_went_forward_ends_everything() {
    let mut machine = Machine::new();
    machine.fail(FailureReason::Billing);
    machine.pass(10 * 365 * DAY);
    assert!(machine.block(OPUS).is_none() && !machine.needs_trial());
    machine.succeed(OPUS, machine.seen());
    machine.now = T0;
    assert_eq!(machine.stats().last_used_or_zero(T0), Timestamp::default(), "a future use counts as none");
    machine.succeed(OPUS, machine.seen());
    assert_eq!(machine.stats().last_used, Some(T0), "and is put right by the next one");
}

#[test]
fn absurd_times_do_no_lasting_harm() {
    let stats = |until: i64, opened: Option<i64>| UsageStats {
        cooldown: Some(Window { until: Timestamp::from_millis(until), reason: None }),
        last_failure_at: opened.map(Timestamp::from_millis),
        ..UsageStats::new()
    };
    let policy = CooldownPolicy::default();
    let state = |stats: &UsageStats| stats.state(T0, &policy);
    let ms = T0.as_millis();
    assert_eq!(state(&stats(ms / 1000 + 3600, Some(ms / 1000))), State::Closed, "seconds written as milliseconds");
    assert_eq!(state(&stats(ms * 1000, Some(ms))), State::HalfOpen, "microseconds");
    assert_eq!(state(&stats(i64::MAX, None)), State::HalfOpen);
    assert_eq!(state(&stats(i64::MIN, Some(i64::MIN))), State::Closed);
    assert_eq!(
        state(&stats(ms + 7 * 86_400_000, None)),
        State::Open(stats(ms + 7 * 86_400_000, None).cooldown.unwrap())
    );
    assert_eq!(state(&stats(ms + 7 * 86_400_000 + 1, None)), State::HalfOpen, "longer than anything may last");
    let trial = |until| Trial { owner: "x".into(), until: Timestamp::from_millis(until) };
    assert!(trial(ms + 75_000).is_live(T0, &policy) && !trial(ms + 90_000).is_live(T0, &policy));
}

#[test]
fn an_odd_policy_is_no_reason_to_panic() {
    let policy = CooldownPolicy {
        ladder: Vec::new(),
        server_word: (secs(10), secs(5)),
        lease: Duration::MAX,
        demotion: Duration::MAX,
        failure_window: Duration::ZERO,
        billing: Doubling { first: Duration::MAX, max: Duration::ZERO },
        ..CooldownPolicy::default()
    };
    let mut machine = Machine::with(policy);
    assert_eq!(machine.told(FailureReason::RateLimit, secs(7)), Some(secs(10)));
    for reason in FailureReason::ALL {
        machine.fail(reason);
        machine.claim("me");
        machine.block(OPUS);
    }
    assert_eq!(machine.policy.rung(3), secs(MINUTE));
}

#[test]
fn what_must_survive_a_power_cut() {
    let until = T0;
    assert!(!Effect::Used.must_last() && !Effect::Unchanged.must_last());
    let reason = FailureReason::Auth;
    for effect in [
        Effect::Recovered,
        Effect::Cleared,
        Effect::TrialGranted,
        Effect::WindowOpened { scope: Scope::Model, until, reason },
        Effect::Demoted { until, reason },
    ] {
        assert!(effect.must_last(), "{effect:?}");
    }
}

#[test]
fn what_an_old_secret_still_reports_says_nothing_about_the_new_one() {
    let mut machine = Machine::new();
    machine.windows(FailureReason::Auth, 2);
    let old = machine.seen();
    let stats = machine.health.profiles.get_mut(&profile()).unwrap();
    stats.clear_for_a_new_secret();
    assert_eq!((stats.credential, stats.cooldown, stats.errors), (1, None, 0));
    let fresh = machine.health.clone();
    for reason in FailureReason::ALL {
        for scope in [Scope::Model, Scope::Profile] {
            let word = Some(secs(100));
            assert_eq!(machine.fail_with(reason, scope, word, old), Effect::Unchanged, "{reason}");
        }
    }
    assert_eq!(machine.succeed(OPUS, old), Effect::Unchanged);
    assert_eq!(machine.health, fresh, "not even `lastUsed` and `lastGood`");
    let new = machine.seen();
    assert_eq!(machine.fail_with(FailureReason::Auth, Scope::Model, None, new), machine.opened(MINUTE));
    assert_eq!(machine.clear(None), Effect::Cleared);
    assert_eq!(machine.seen().credential, 1, "clearing by hand changes no secret");
}

#[test]
fn a_failure_that_was_told_late_moves_no_newer_window() {
    for reason in [FailureReason::Auth, FailureReason::RateLimit, FailureReason::Billing] {
        let mut machine = Machine::new();
        let before = machine.seen();
        machine.pass(600);
        machine.told(reason, secs(DAY));
        let open = machine.health.clone();
        machine.now = T0;
        assert_eq!(machine.fail_with(reason, Scope::Model, None, before), Effect::Unchanged, "{reason}");
        assert_eq!(machine.health, open, "{reason}");
    }
    // What it says about another window counts, and leaves the generation where it is.
    let mut machine = Machine::new();
    let before = machine.seen();
    machine.pass(600);
    machine.fail(FailureReason::Billing);
    let generation = machine.stats().last_failure_at;
    machine.now = T0.after(secs(590));
    machine.fail_with(FailureReason::Auth, Scope::Model, None, before);
    assert_eq!(machine.stats().cooldown.map(|window| window.until), Some(T0.after(secs(590 + MINUTE))));
    assert_eq!(machine.stats().last_failure_at, generation);
}

#[test]
fn a_reason_of_another_program_is_shown_as_it_is_and_goes_with_its_window() {
    let mut machine = Machine::new();
    let mut stats = UsageStats {
        disabled: Some(Window { until: T0.after(secs(60)), reason: None }),
        cooldown: Some(Window { until: T0.after(secs(60)), reason: Some(FailureReason::Auth) }),
        ..UsageStats::new()
    };
    stats.foreign_reasons.insert(BlockKind::Disabled, "subscription\u{1b}[2J sk-ant-api03-CANARY".to_owned());
    let shown = stats.reason_text(BlockKind::Disabled).unwrap().into_owned();
    assert!(shown.starts_with("subscription\\u{1b}[2J") && !shown.contains("CANARY"), "{shown}");
    assert_eq!(stats.reason_text(BlockKind::Cooldown).as_deref(), Some("auth"));
    machine.health.profiles.insert(profile(), stats);
    assert_eq!(machine.block(OPUS).and_then(|block| block.reason), None);
    machine.succeed(OPUS, machine.seen());
    assert!(machine.stats().foreign_reasons.is_empty() && machine.stats().reason_text(BlockKind::Disabled).is_none());
}
