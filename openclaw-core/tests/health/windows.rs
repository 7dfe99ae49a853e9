//! How windows open, stay and close, over sequences of one clock.

use openclaw_core::{CooldownPolicy, Effect, FailureReason, Health, Seen, Timestamp};
use proptest::prelude::*;

use super::generated::{
    Failed, MODELS, OPENING, block, blocked_until, failed, needs_trial, open, opening, seen, stats, success, t,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever an attempt knew, and even if it tells late: an open window moves only by a later word.
    #[test]
    fn an_open_window_moves_only_by_a_later_word_of_the_server(
        events in prop::collection::vec((failed(6 * 3_600_000), 0usize..3, any::<bool>()), 1..14),
        sorted in any::<bool>(),
    ) {
        let mut events = events;
        if sorted {
            events.sort_by_key(|(event, ..)| event.at);
        }
        let mut health = Health::default();
        let mut real = t(0);
        let mut known = vec![Seen::default()];
        for (event, which, twice) in &events {
            real = real.max(t(event.at));
            let before = open(&health, real);
            // Who tells late cannot know what happened since: its knowledge is from before its failure.
            let late = t(event.at) < real;
            let seen = if late || *which == 0 { Seen::default() } else { known[(known.len() - 1) / which] };
            event.apply(&mut health, seen);
            if *twice {
                event.apply(&mut health, seen);
            }
            for (before, after) in before.into_iter().zip(open(&health, real)) {
                let Some(before) = before else { continue };
                let after = after.unwrap_or(real);
                prop_assert!(after >= before, "{event:?} moved {before} to {after}");
                if after > before {
                    let word = event.word.map(|word| t(event.at + word));
                    prop_assert_eq!(Some(after), word, "only the server's word moves it");
                }
            }
            known.push(super::generated::seen(&health, event.model));
        }
    }

    #[test]
    fn a_shorter_deadline_never_replaces_a_longer_one(
        reason in prop::sample::select(OPENING.to_vec()),
        words in prop::collection::vec(1i64..500_000, 1..8),
    ) {
        let mut health = Health::default();
        let mut longest = 0;
        for (n, word) in words.into_iter().enumerate() {
            let at = i64::try_from(n).unwrap();
            let event = Failed { at, reason, wide: false, model: 0, word: Some(word) };
            event.apply_knowing(&mut health);
            longest = longest.max(at + word.max(1000)).max(if n == 0 { 1000 } else { longest });
            prop_assert!(blocked_until(&health, 0, t(at)) >= t(longest.min(at + word)));
            prop_assert_eq!(blocked_until(&health, 0, t(at)), t(longest));
        }
    }

    #[test]
    fn recovery_is_bounded_by_the_first_window_or_the_server_s_word(
        first in opening(1),
        later in prop::collection::vec((failed(30_000), any::<bool>()), 0..20),
    ) {
        let mut health = Health::default();
        first.apply(&mut health, Seen::default());
        let mut bound = blocked_until(&health, first.model, t(0));
        // The same class in the same scope, again and again, from requests under way and other processes.
        let mut later = later;
        later.sort_by_key(|(event, _)| event.at);
        for (event, knows) in later {
            let event = Failed { reason: first.reason, wide: first.wide, model: first.model, ..event };
            let now = t(event.at);
            if block(&health, first.model, now).is_none() { break }
            bound = bound.max(event.word.map_or(now, |word| t(event.at + word.max(1000))));
            let known = if knows { seen(&health, event.model) } else { Seen::default() };
            event.apply(&mut health, known);
            prop_assert!(blocked_until(&health, first.model, now) <= bound);
        }
    }

    /// The n-th failure after n windows opens the n-th rung; a success or a quiet day starts again.
    #[test]
    fn counters_climb_by_one_and_start_again_as_specified(
        reason in prop::sample::select(OPENING.to_vec()),
        steps in prop::collection::vec(0u8..10, 1..12),
    ) {
        let policy = CooldownPolicy::default();
        let provider = openclaw_core::ProviderId::anthropic();
        let length = |n: u32| match reason {
            FailureReason::Billing => policy.billing_window(&provider, n),
            FailureReason::AuthPermanent => policy.auth_permanent.nth(n),
            _ => policy.rung(n),
        };
        let (mut health, mut now, mut n) = (Health::default(), 0i64, 0u32);
        for step in steps {
            if step == 0 && n > 0 {
                success(0, t(now), seen(&health, 0)).apply(&mut health);
                n = 0;
            }
            let last = stats(&health).models.get(MODELS[0]).and_then(|m| m.last_failure_at);
            let last = last.or(stats(&health).last_failure_at);
            // Only a window that takes a whole day itself puts the quiet time off to its end, which is `now`.
            let all_day = n > 0 && length(n) >= policy.failure_window;
            let quiet_since = if all_day { Some(t(now)) } else { last };
            if let (1, Some(since)) = (step, quiet_since) {
                // Just more than a day in which something could have failed.
                now = now.max(since.as_millis() - t(0).as_millis() + 86_400_001);
            }
            let quiet = quiet_since.is_some_and(|since| t(now).since(since) > policy.failure_window);
            n = if quiet { 1 } else { n + 1 };
            let event = Failed { at: now, reason, wide: false, model: 0, word: None };
            event.apply_knowing(&mut health);
            let until = blocked_until(&health, 0, t(now));
            prop_assert_eq!(until.since(t(now)), length(n), "failure {}", n);
            now = until.as_millis() - t(0).as_millis();
            prop_assert!(block(&health, 0, t(now)).is_none() && needs_trial(&health, 0, t(now)));
        }
    }

    #[test]
    fn a_success_closes_only_what_it_started_under(
        before in prop::collection::vec(opening(600_000), 0..4),
        after in prop::collection::vec(opening(600_000), 1..5),
        model in 0usize..2,
    ) {
        let mut health = Health::default();
        let mut now = 0;
        let run = |health: &mut Health, events: &[Failed], now: &mut i64| {
            for event in events {
                *now += event.at + 1;
                Failed { at: *now, ..event.clone() }.apply_knowing(health);
            }
        };
        run(&mut health, &before, &mut now);
        let started = seen(&health, model);
        let old = open(&health, t(now));
        run(&mut health, &after, &mut now);
        let (windows, other) = (open(&health, t(now)), stats(&health).models.get(MODELS[1 - model]).cloned());
        success(model, t(now), started).apply(&mut health);
        let left = open(&health, t(now));
        let generations = [stats(&health).last_failure_at != started.profile; 2];
        for (place, newer) in generations.into_iter().enumerate() {
            if newer {
                prop_assert_eq!(left[place], windows[place], "a newer window of the profile stays");
            }
        }
        // What opened after the start, in the place of nothing, stays in any case.
        for place in [0, 1, 2 + model] {
            if old[place].is_none() && windows[place].is_some() {
                prop_assert_eq!(left[place], windows[place]);
            }
        }
        prop_assert_eq!(stats(&health).models.get(MODELS[1 - model]).cloned(), other, "another model's never");
        // And one that started now closes all of its own.
        success(model, t(now), seen(&health, model)).apply(&mut health);
        prop_assert!(block(&health, model, t(now)).is_none() && !needs_trial(&health, model, t(now)));
    }

    #[test]
    fn one_model_never_changes_another_s_entry(
        events in prop::collection::vec((failed(600_000), any::<bool>()), 1..20),
    ) {
        let mut health = Health::default();
        for (event, succeeds) in events {
            let other = MODELS[1 - event.model];
            let before = stats(&health).models.get(other).cloned();
            let known = seen(&health, event.model);
            if succeeds {
                success(event.model, t(event.at), known).apply(&mut health);
            } else {
                event.apply(&mut health, known);
            }
            prop_assert_eq!(&before, &stats(&health).models.get(other).cloned());
        }
    }

    #[test]
    fn demotions_never_make_unusable(
        events in prop::collection::vec((failed(600_000), 0usize..3), 1..20),
        look in 0i64..700_000,
    ) {
        let transient = [FailureReason::Overloaded, FailureReason::ServerError, FailureReason::Timeout];
        let mut health = Health::default();
        for (event, which) in events {
            let event = Failed { reason: transient[which], ..event };
            let effect = event.apply_knowing(&mut health);
            let demotes = matches!(effect, Effect::Demoted { .. } | Effect::Unchanged);
            prop_assert!(demotes, "{effect:?}");
            for model in 0..2 {
                for now in [t(event.at), t(look)] {
                    prop_assert!(block(&health, model, now).is_none() && !needs_trial(&health, model, now));
                }
            }
        }
        prop_assert_eq!(stats(&health).errors, 0, "nothing is counted");
        prop_assert!(stats(&health).models.values().all(|model| model.errors == 0), "nor for the model");
        let demoted = |now: Timestamp| stats(&health).demoted(Some(MODELS[0]), now, &CooldownPolicy::default());
        prop_assert!(demoted(t(3 * 3_600_000)).is_none(), "and all of it ends");
    }
}
