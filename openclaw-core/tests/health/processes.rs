//! Several processes on one store: each knows what it saw when its attempt began, each has its own
//! clock, and what they tell arrives in any order, some of it twice.

use std::collections::HashMap;
use std::time::Duration;

use openclaw_core::{CooldownPolicy, FailureReason, Health, ProviderId, Seen, Timestamp};
use proptest::prelude::*;

use super::generated::{Failed, block, blocked_until, failed, open, seen, success, t};

/// How long a window of this class is when `depth` failures followed each other knowingly.
fn rung(reason: FailureReason, depth: u32) -> Duration {
    let policy = CooldownPolicy::default();
    match reason {
        FailureReason::Billing => policy.billing_window(&ProviderId::anthropic(), depth),
        FailureReason::AuthPermanent => policy.auth_permanent.nth(depth),
        FailureReason::Auth | FailureReason::RateLimit => policy.rung(depth),
        _ => Duration::ZERO,
    }
}

/// The latest end that the failures told so far can have set.
#[derive(Default)]
struct Bound {
    /// How many failures knowingly followed each other, by the generation that the last of them made.
    depths: HashMap<Option<Timestamp>, u32>,
    deepest: u32,
    latest: Option<Timestamp>,
}

impl Bound {
    fn tell(&mut self, event: &Failed, known: Seen) {
        for generation in [known.profile, known.model] {
            let depth = 1 + self.depths.get(&generation).copied().unwrap_or(0);
            self.deepest = self.deepest.max(depth);
        }
        let deepest = self.deepest;
        let depth = self.depths.entry(Some(t(event.at))).or_default();
        *depth = (*depth).max(deepest);
        let by_ladder = t(event.at).after(rung(event.reason, self.deepest));
        let by_word = event.word.map(|word| t(event.at + word.max(1000)));
        self.latest = [self.latest, Some(by_ladder), by_word].into_iter().flatten().max();
    }
}

/// One step of a process: it begins an attempt, or ends the one it has.
type Step = (usize, i64, Failed, bool);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0usize..5, 0i64..90_000, failed(1), any::<bool>()), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_to_five_processes_block_no_longer_than_the_longest_of_their_failures(
        processes in 2usize..=5,
        steps in steps(),
        skews in prop::collection::vec(-2400i64..2400, 5),
    ) {
        let mut health = Health::default();
        let mut begun: HashMap<usize, (usize, Seen)> = HashMap::new();
        let (mut real, mut bound) = (0i64, Bound::default());
        for (process, wait, event, succeeds) in steps {
            let process = process % processes;
            real += wait;
            let clock = real + skews[process];
            let Some((model, known)) = begun.remove(&process) else {
                // Only a profile that is free to its own clock is begun with.
                if block(&health, event.model, t(clock)).is_none() {
                    begun.insert(process, (event.model, seen(&health, event.model)));
                }
                continue;
            };
            let before = open(&health, t(real));
            if succeeds {
                success(model, t(clock), known).apply(&mut health);
            } else {
                let event = Failed { at: clock, model, ..event };
                event.apply(&mut health, known);
                bound.tell(&event, known);
                for (before, after) in before.into_iter().zip(open(&health, t(real))) {
                    prop_assert!(after.unwrap_or(t(real)) >= before.unwrap_or(t(real)), "{event:?} cut a window short");
                }
            }
            for model in 0..2 {
                let until = blocked_until(&health, model, t(real));
                prop_assert!(until <= bound.latest.unwrap_or(t(real)).max(t(real)), "{until}");
            }
        }
    }

    /// What waited in memories is told in any order, some of it twice.
    #[test]
    fn late_and_repeated_tales_in_any_order_block_no_longer_than_the_longest_alone(
        events in prop::collection::vec((failed(600_000), 0usize..3), 1..7).prop_shuffle(),
        again in prop::collection::vec(0usize..7, 0..5),
    ) {
        let end = t(600_000);
        for model in 0..2 {
            let alone = |(event, _): &(Failed, usize)| {
                let mut health = Health::default();
                event.apply(&mut health, Seen::default());
                blocked_until(&health, model, t(event.at))
            };
            let longest = events.iter().map(alone).max().unwrap().max(end);
            let mut health = Health::default();
            let tales = events.iter().chain(again.iter().filter_map(|n| events.get(*n)));
            for (event, _) in tales {
                event.apply(&mut health, Seen::default());
            }
            prop_assert!(blocked_until(&health, model, end) <= longest);
        }
    }

    #[test]
    fn what_is_told_twice_counts_once(
        events in prop::collection::vec((failed(600_000), any::<bool>(), any::<bool>()), 1..12),
    ) {
        let mut health = Health::default();
        for (event, succeeds, knows) in events {
            let known = if knows { seen(&health, event.model) } else { Seen::default() };
            let tale = if succeeds { success(event.model, t(event.at), known) } else { event.event(known) };
            tale.apply(&mut health);
            let once = health.clone();
            tale.apply(&mut health);
            prop_assert_eq!(&once, &health, "{:?}", tale);
        }
    }
}
