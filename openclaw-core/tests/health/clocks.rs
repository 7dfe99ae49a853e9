//! Clocks that jump, and times that mean nothing: no panic, and no block beyond a week.

use std::sync::Arc;
use std::time::Duration;

use openclaw_core::{CooldownPolicy, Effect, FailureReason, Health, HealthEvent, ProviderId, Scope, Seen, Timestamp};
use proptest::prelude::*;

use super::generated::{
    Failed, MODELS, OPENING, T0, WEEK, any_health, any_time, block, blocked_until, claim, needs_trial, opening,
    profile, seen, success, t,
};

const DAY: i64 = 86_400_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_nothing_blocks_for_longer_than_a_week(
        mut health in any_health(),
        now in any_time(),
        word in prop::option::of(any_time()),
        reason in prop::sample::select(FailureReason::ALL.to_vec()),
        wide in any::<bool>(),
        known in any::<bool>(),
    ) {
        let policy: Arc<CooldownPolicy> = Arc::default();
        let model = MODELS[0].to_owned();
        let all = seen(&health, 0);
        let seen = if known { all } else { Seen { credential: all.credential, ..Seen::default() } };
        let scope = if wide { Scope::Profile } else { Scope::Model };
        for event in [
            claim("me", now),
            HealthEvent::Failed {
                provider: ProviderId::anthropic(), profile: profile(), model: model.clone(), reason, scope,
                deadline: word, seen, at: now, policy: Arc::clone(&policy),
            },
            claim("me", now),
            HealthEvent::TrialReleased { profile: profile(), model: model.clone(), owner: "me".into() },
            success(0, now, seen),
            HealthEvent::Cleared { profile: None, model: None },
        ] {
            let block = health.of(&profile()).block(Some(&model), now, &policy);
            if let Some(block) = &block {
                prop_assert!(block.until > now && block.until.since(now) <= WEEK, "{block:?}");
            }
            let effect = event.apply(&mut health);
            if matches!(event, HealthEvent::TrialClaimed { .. }) && block.is_none() {
                prop_assert_eq!(effect, Effect::TrialGranted, "what may serve may be tried");
            }
        }
        prop_assert!(health.of(&profile()).block(Some(&model), now, &policy).is_none(), "cleared");
    }

    /// Whoever wrote it: what blocks now is free within a week, and one success ends all of it.
    #[test]
    fn any_state_heals(mut health in any_health(), now in T0 - DAY..T0 + DAY) {
        let now = Timestamp::from_millis(now);
        let until = blocked_until(&health, 0, now);
        prop_assert!(until.since(now) <= WEEK);
        let known = seen(&health, 0);
        success(0, now, known).apply(&mut health);
        prop_assert!(block(&health, 0, now).is_none() && !needs_trial(&health, 0, now));
        prop_assert_eq!(health.of(&profile()).errors, 0);
    }

    /// A clock that was wrong when the window opened: back by up to a year, or forward by ten.
    #[test]
    fn a_jump_in_either_direction_blocks_nobody_for_longer_than_the_window(
        first in opening(1),
        jump in prop_oneof![-365 * DAY..-10_000, 0..3650 * DAY],
    ) {
        let mut health = Health::default();
        first.apply(&mut health, Seen::default());
        let until = blocked_until(&health, first.model, t(0));
        let now = t(jump);
        if jump < 0 {
            prop_assert!(block(&health, first.model, now).is_none(), "opened in the future: half-open");
            prop_assert!(needs_trial(&health, first.model, now));
        } else {
            prop_assert_eq!(block(&health, first.model, now).is_some(), now < until);
        }
        // Life goes on from there: a failure that is known of opens a window on the clock that counts now.
        if block(&health, first.model, now).is_none() {
            let next = Failed { at: jump, word: None, ..first.clone() };
            let effect = next.apply_knowing(&mut health);
            let opens = matches!(effect, Effect::WindowOpened { .. });
            prop_assert!(opens, "{effect:?}");
            let lasts = blocked_until(&health, first.model, now).since(now);
            prop_assert!(lasts > Duration::ZERO && lasts <= Duration::from_secs(86_400), "{lasts:?}");
        }
    }

    #[test]
    fn seconds_written_for_milliseconds_block_nobody_for_longer_than_a_week(
        reason in prop::sample::select(OPENING.to_vec()),
        fields in 0u8..8,
        ahead in 0i64..30 * DAY,
    ) {
        let mut health = Health::default();
        Failed { at: 0, reason, wide: true, model: 0, word: Some(ahead) }.apply(&mut health, Seen::default());
        let stats = health.profiles.get_mut(&profile()).unwrap();
        let wrong = |time: Timestamp| Timestamp::from_millis(time.as_millis() / 1000);
        for window in [&mut stats.cooldown, &mut stats.disabled].into_iter().flatten() {
            if fields & 1 != 0 { window.until = wrong(window.until) }
        }
        if fields & 2 != 0 { stats.last_failure_at = stats.last_failure_at.map(wrong) }
        if fields & 4 != 0 { stats.last_used = Some(wrong(t(0))) }
        let until = blocked_until(&health, 0, t(0));
        prop_assert!(until.since(t(0)) <= WEEK);
        prop_assert!(fields & 1 == 0 || until == t(0), "an end in 1970 has passed");
        success(0, t(0), seen(&health, 0)).apply(&mut health);
        prop_assert!(block(&health, 0, t(0)).is_none());
        prop_assert_eq!(health.of(&profile()).last_used, Some(t(0)));
    }
}
