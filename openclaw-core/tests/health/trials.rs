//! One trial after a window, by lease, however many want it.

use std::time::Duration;

use openclaw_core::{CooldownPolicy, Effect, Health, HealthEvent, Seen};
use proptest::prelude::*;

use super::generated::{Failed, MODELS, OPENING, claim, opening, profile, seen, success, t};

/// What one of several claimers does next.
#[derive(Debug, Clone)]
enum Act {
    Claim,
    Drop,
    Die,
    Succeed,
    Fail,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_two_live_trials(
        first in opening(1),
        acts in prop::collection::vec((0usize..5, 0usize..8, 0i64..40_000), 1..60),
    ) {
        let lease = i64::try_from(CooldownPolicy::default().lease.as_millis()).unwrap();
        let first = Failed { model: 0, word: None, ..first };
        let mut health = Health::default();
        first.apply(&mut health, Seen::default());
        let mut now = super::generated::blocked_until(&health, 0, t(0)).as_millis() - t(0).as_millis();
        // Who believes to hold the trial, since when, and what they knew.
        let mut holders: Vec<(usize, i64, Seen)> = Vec::new();
        let mut granted = 0;
        for (who, act, wait) in acts {
            now += wait;
            holders.retain(|(_, until, _)| now < *until);
            let act = [Act::Claim, Act::Claim, Act::Claim, Act::Claim, Act::Drop, Act::Die, Act::Succeed, Act::Fail]
                [act].clone();
            let holds = holders.iter().position(|(holder, ..)| *holder == who);
            let owner = format!("attempt {who}");
            match (act, holds) {
                (Act::Claim, None) => {
                    if !super::generated::needs_trial(&health, 0, t(now))
                        && super::generated::block(&health, 0, t(now)).is_none()
                    {
                        break; // Closed: nothing is left to try first.
                    }
                    let known = seen(&health, 0);
                    match claim(&owner, t(now)).apply(&mut health) {
                        Effect::TrialGranted => {
                            prop_assert!(holders.is_empty(), "{owner} got what {holders:?} hold");
                            holders.push((who, now + lease, known));
                            granted += 1;
                        }
                        Effect::TrialRefused { until } => {
                            prop_assert!(until > t(now), "told when to look again");
                            if let Some((_, ends, _)) = holders.first() {
                                prop_assert!(until <= t(*ends) || until > t(now + lease));
                            }
                        }
                        other => prop_assert!(false, "{other:?}"),
                    }
                }
                (Act::Drop, Some(at)) => {
                    holders.remove(at);
                    let (profile, model) = (profile(), MODELS[0].to_owned());
                    HealthEvent::TrialReleased { profile, model, owner }.apply(&mut health);
                }
                (Act::Drop, None) => {
                    let (profile, model) = (profile(), MODELS[0].to_owned());
                    let effect = HealthEvent::TrialReleased { profile, model, owner }.apply(&mut health);
                    prop_assert!(holders.is_empty() || effect == Effect::Unchanged, "nobody else's is freed");
                }
                (Act::Succeed, Some(at)) => {
                    let (_, _, known) = holders.remove(at);
                    prop_assert_eq!(success(0, t(now), known).apply(&mut health), Effect::Recovered);
                    prop_assert!(super::generated::block(&health, 0, t(now)).is_none());
                }
                (Act::Fail, Some(at)) => {
                    let (_, _, known) = holders.remove(at);
                    let effect = Failed { at: now, ..first.clone() }.apply(&mut health, known);
                    let opens = matches!(effect, Effect::WindowOpened { .. });
                    prop_assert!(opens, "the next rung: {effect:?}");
                }
                (Act::Claim, Some(_)) | (Act::Die, _) | (Act::Succeed | Act::Fail, None) => {}
            }
        }
        prop_assert!(granted <= 60);
    }

    /// Their clocks differ as those of one host do, by less than five seconds.
    #[test]
    fn of_many_who_claim_at_once_one_gets_it(
        reason in prop::sample::select(OPENING.to_vec()),
        claimers in 2usize..50,
        skews in prop::collection::vec(-2400i64..2400, 50),
    ) {
        let mut health = Health::default();
        Failed { at: 0, reason, wide: false, model: 0, word: None }.apply(&mut health, Seen::default());
        let end = super::generated::blocked_until(&health, 0, t(0)).after(Duration::from_secs(10));
        let winners = (0..claimers).filter(|who| {
            let now = end.after(Duration::from_millis(u64::try_from(4000 + skews[*who]).unwrap()));
            claim(&format!("process {who}"), now).apply(&mut health) == Effect::TrialGranted
        });
        prop_assert_eq!(winners.count(), 1);
    }
}
