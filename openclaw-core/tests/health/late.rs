//! What comes late, or from a clock that was wrong.

use openclaw_core::{CooldownPolicy, FailureReason, Health, HealthEvent, Scope, Seen, Timestamp};

use super::generated::{Failed, MODELS, T0, block, claim, seen, stats, success, t};

fn failed(reason: FailureReason, at: i64) -> Failed {
    Failed { at, reason, wide: false, model: 0, word: None }
}

const ROWS: [FailureReason; 2] = [FailureReason::Auth, FailureReason::RateLimit];

#[test]
fn a_failure_before_a_success_does_not_count_in_a_row_with_the_next() {
    for reason in ROWS {
        for fails_first in [false, true] {
            let mut health = Health::default();
            let late = failed(reason, 10_000).event(Seen::default());
            if fails_first {
                failed(reason, 20_000).apply(&mut health, Seen::default());
            }
            let known = seen(&health, 0);
            success(0, t(100_000), known).apply(&mut health);
            late.apply(&mut health);
            failed(reason, 200_000).apply_knowing(&mut health);
            assert_eq!(block(&health, 0, t(200_000)).unwrap().until, t(260_000), "{reason} {fails_first}");
            // From here on it climbs.
            failed(reason, 260_000).apply_knowing(&mut health);
            assert_eq!(block(&health, 0, t(260_000)).unwrap().until, t(560_000), "{reason} {fails_first}");
        }
    }
}

#[test]
fn a_success_by_a_clock_that_was_ahead_does_not_hold_the_ladder_down() {
    let mut health = Health::default();
    success(0, t(86_400_000), Seen::default()).apply(&mut health);
    failed(FailureReason::Auth, 0).apply_knowing(&mut health);
    failed(FailureReason::Auth, 60_000).apply_knowing(&mut health);
    assert_eq!(block(&health, 0, t(60_000)).unwrap().until, t(360_000));
}

#[test]
fn a_trial_says_more_than_an_attempt_from_before_the_window() {
    for reason in ROWS {
        let mut health = Health::default();
        failed(reason, 0).apply(&mut health, Seen::default());
        claim("me", t(61_000)).apply(&mut health);
        let trial = seen(&health, 0);
        failed(reason, 62_000).apply(&mut health, Seen::default());
        success(0, t(63_000), trial).apply(&mut health);
        assert_eq!(block(&health, 0, t(63_000)), None, "{reason}");
        // The server's word counts, whoever brings it.
        let mut health = Health::default();
        failed(reason, 0).apply(&mut health, Seen::default());
        claim("me", t(61_000)).apply(&mut health);
        Failed { word: Some(500_000), ..failed(reason, 62_000) }.apply(&mut health, Seen::default());
        assert_eq!(block(&health, 0, t(63_000)).unwrap().until, t(562_000), "{reason}");
        // Without a trial nothing says more.
        let mut health = Health::default();
        failed(reason, 0).apply(&mut health, Seen::default());
        failed(reason, 62_000).apply(&mut health, Seen::default());
        assert_eq!(block(&health, 0, t(62_000)).unwrap().until, t(122_000), "{reason}");
    }
}

#[test]
fn a_demotion_by_a_clock_that_was_ahead_is_void() {
    const DAY: i64 = 86_400_000;
    let mut health = Health::default();
    let overloaded = |at: i64| failed(FailureReason::Overloaded, at);
    let until = |health: &Health, now: Timestamp| {
        stats(health).demoted(Some(MODELS[0]), now, &CooldownPolicy::default()).map(|window| window.until)
    };
    overloaded(DAY).apply(&mut health, Seen::default());
    assert_eq!(until(&health, t(DAY)), Some(t(DAY + 30_000)));
    assert_eq!(until(&health, t(3_600_000)), None);
    // And a new one counts by the clock of today.
    overloaded(3_600_000).apply_knowing(&mut health);
    assert_eq!(until(&health, t(3_600_000)), Some(t(3_630_000)));
    let at = stats(&health).models[MODELS[0]].demoted_at.unwrap();
    assert_eq!(at.as_millis() - T0, 3_600_000);
    let known = seen(&health, 0);
    success(0, t(3_601_000), known).apply(&mut health);
    assert!(stats(&health).models.is_empty());
}

#[test]
fn a_window_that_the_server_moves_is_open_for_that_reason() {
    let mut health = Health::default();
    failed(FailureReason::Auth, 0).apply(&mut health, Seen::default());
    let wide = Failed { wide: true, word: Some(10_000_000), ..failed(FailureReason::RateLimit, 1000) };
    let HealthEvent::Failed { scope: Scope::Profile, .. } = wide.event(Seen::default()) else { panic!() };
    wide.apply(&mut health, Seen::default());
    let block = block(&health, 0, t(600_000)).unwrap();
    assert_eq!((block.reason, block.until), (Some(FailureReason::RateLimit), t(10_001_000)));
}
