//! The transitions of the state machine.

use std::time::Duration;

use crate::health::stats::CLOCK_SLACK;
use crate::health::{
    CooldownPolicy, Effect, FailureReason, Health, HealthEvent, ModelStats, Scope, Seen, State, Trial, UsageStats,
    Window,
};
use crate::id::ProviderId;
use crate::time::Timestamp;

impl HealthEvent {
    /// Changes `health` by what happened and tells what that was.
    pub fn apply(&self, health: &mut Health) -> Effect {
        match self {
            // The secret was replaced while the attempt was under way: it spoke for the old one.
            Self::Succeeded { profile, seen, .. } | Self::Failed { profile, seen, .. }
                if health.of(profile).credential != seen.credential =>
            {
                Effect::Unchanged
            }
            Self::Succeeded { provider, profile, model, seen, at } => {
                health.last_good.insert(provider.clone(), profile.clone());
                health.profiles.entry(profile.clone()).or_default().succeed(model, *seen, *at)
            }
            Self::Failed { provider, profile, model, reason, scope, deadline, seen, at, policy } => {
                // A class that has no bearing on health makes no entry, and takes none away.
                let mut stats = health.of(profile).clone();
                let used = stats.last_used;
                let failure =
                    Failure { provider, reason: *reason, deadline: *deadline, seen: *seen, used, now: *at, policy };
                let effect = stats.fail(&failure, *scope, model);
                if effect != Effect::Unchanged {
                    health.profiles.insert(profile.clone(), stats);
                }
                effect
            }
            Self::TrialClaimed { profile, model, owner, at, policy } => match health.profiles.get_mut(profile.as_str())
            {
                Some(stats) => stats.claim(model, owner, *at, policy),
                None => Effect::TrialGranted,
            },
            Self::TrialReleased { profile, model, owner } => {
                let stats = health.profiles.get_mut(profile.as_str());
                if stats.is_some_and(|stats| stats.release(model, owner)) { Effect::Cleared } else { Effect::Unchanged }
            }
            Self::Cleared { profile, model } => {
                let mut changed = false;
                for (id, stats) in &mut health.profiles {
                    if profile.as_ref().is_none_or(|profile| profile == id) {
                        changed |= stats.clear(model.as_deref());
                    }
                }
                if changed { Effect::Cleared } else { Effect::Unchanged }
            }
        }
    }
}

struct Failure<'a> {
    provider: &'a ProviderId,
    reason: FailureReason,
    deadline: Option<Timestamp>,
    seen: Seen,
    /// When the profile last answered, as it is known by now.
    used: Option<Timestamp>,
    now: Timestamp,
    policy: &'a CooldownPolicy,
}

impl Failure<'_> {
    /// The server's word, kept within what a policy allows.
    fn deadline(&self) -> Option<Timestamp> {
        let (shortest, longest) = self.policy.server_word;
        self.deadline.map(|until| until.min(self.now.after(longest)).max(self.now.after(shortest)))
    }

    /// When the window ends that the n-th failure in a row opens: the server's word replaces the
    /// rung for the first two; from the third on the longer of the two holds.
    fn until(&self, n: u32, rung: Duration) -> Timestamp {
        let rung = self.now.after(rung);
        match self.deadline() {
            Some(word) if n <= 2 => word,
            Some(word) => word.max(rung),
            None => rung,
        }
    }

    /// While a window is open only a later word of the server moves its end.
    fn raise(&self, window: &mut Window, scope: Scope) -> Effect {
        match self.deadline().filter(|word| *word > window.until) {
            Some(until) => {
                // From here on it is open for this reason.
                *window = Window { until, reason: Some(self.reason) };
                Effect::WindowOpened { scope, until, reason: self.reason }
            }
            None => Effect::Unchanged,
        }
    }

    /// The count of failures in a row after this one. A failure that was already under way when
    /// somebody else counted one tells nothing new, so it does not climb the ladder.
    ///
    /// Nor does one that happened before a success that it did not know of: what it followed is over,
    /// and what comes next is the first in a row.
    fn count(&self, before: u32, generation: Option<Timestamp>, seen: Option<Timestamp>) -> u32 {
        match before {
            _ if self.is_overtaken() => before,
            _ if generation == seen => before.saturating_add(1),
            _ => before.max(1),
        }
    }

    /// Whether a success that this failure did not know of came after it. A clock that went back is not
    /// taken for that: its failures know of the success in the future.
    fn is_overtaken(&self) -> bool {
        self.used != self.seen.used && self.used.is_some_and(|used| used > self.now)
    }

    /// Whether this failure happened before the last one that is recorded, unknown to it: it waited in
    /// the memory of a process that could not write. It is not taken for a clock that went back, whose
    /// failures know what they follow.
    fn is_late(&self, generation: Option<Timestamp>, seen: Option<Timestamp>) -> bool {
        generation != seen && generation.is_some_and(|last| last > self.now)
    }

    /// Whether this failure comes from an attempt that was under way before the window opened, while
    /// somebody else tries what became of it since: that says more.
    fn leaves_it_to(&self, trial: Option<&Trial>, generation: Option<Timestamp>, seen: Option<Timestamp>) -> bool {
        generation != seen && trial.is_some_and(|trial| trial.is_live(self.now, self.policy))
    }

    /// Whether nothing failed for so long that counters start again.
    fn restarts<const N: usize>(&self, generation: Option<Timestamp>, windows: [Option<Window>; N]) -> bool {
        let ends = windows.into_iter().flatten().map(|window| window.quiet_since(generation, self.now, self.policy));
        let last = ends.chain(generation).max();
        last.is_some_and(|last| self.now.since(last) > self.policy.failure_window)
    }
}

impl UsageStats {
    fn fail(&mut self, failure: &Failure<'_>, scope: Scope, model: &str) -> Effect {
        match failure.reason {
            FailureReason::Auth => self.fail_profile(failure, false),
            FailureReason::AuthPermanent | FailureReason::Billing => self.fail_profile(failure, true),
            FailureReason::RateLimit if scope == Scope::Profile => self.fail_profile(failure, false),
            FailureReason::RateLimit => self.models.entry(model.to_owned()).or_default().fail(failure),
            FailureReason::Overloaded | FailureReason::ServerError | FailureReason::Timeout => {
                self.models.entry(model.to_owned()).or_default().demote(failure)
            }
            FailureReason::ModelNotFound
            | FailureReason::Format
            | FailureReason::ContextOverflow
            | FailureReason::Unknown => Effect::Unchanged,
        }
    }

    fn fail_profile(&mut self, failure: &Failure<'_>, disable: bool) -> Effect {
        let opened = self.last_failure_at;
        let late = failure.is_late(opened, failure.seen.profile);
        let stands = late || failure.leaves_it_to(self.trial.as_ref(), opened, failure.seen.profile);
        let (window, other) =
            if disable { (&mut self.disabled, &mut self.cooldown) } else { (&mut self.cooldown, &mut self.disabled) };
        if let Some(window) = window
            && (stands || matches!(window.state(opened, failure.now, failure.policy), State::Open(_)))
        {
            let effect = failure.raise(window, Scope::Profile);
            self.forget_foreign_reasons();
            return effect;
        }
        if failure.restarts(opened, [*window, *other]) {
            self.errors = 0;
            self.counts.clear();
        }
        let errors = failure.count(self.errors, opened, failure.seen.profile);
        let before = self.counts.get(&failure.reason).copied().unwrap_or_default();
        let of_reason = failure.count(before, opened, failure.seen.profile);
        if of_reason > 0 {
            self.counts.insert(failure.reason, of_reason);
        }
        let n = if disable { of_reason } else { errors }.max(1);
        let rung = match failure.reason {
            FailureReason::Billing => failure.policy.billing_window(failure.provider, n),
            FailureReason::AuthPermanent => failure.policy.auth_permanent.nth(n),
            _ => failure.policy.rung(n),
        };
        let until = failure.until(n, rung);
        *window = Some(Window { until, reason: Some(failure.reason) });
        // Both windows share one opening time. A window that is half-open only because a wrong clock
        // opened it must not come back to life with the new one.
        if let Some(other) = other
            && !late
            && !matches!(other.state(opened, failure.now, failure.policy), State::Open(_))
        {
            other.until = other.until.min(failure.now);
        }
        self.errors = errors;
        if !late {
            self.last_failure_at = Some(failure.now);
        }
        self.trial = None;
        self.forget_foreign_reasons();
        Effect::WindowOpened { scope: Scope::Profile, until, reason: failure.reason }
    }

    fn succeed(&mut self, model: &str, seen: Seen, at: Timestamp) -> Effect {
        let used = self.last_used.filter(|used| used.since(at) <= CLOCK_SLACK);
        self.last_used = Some(used.map_or(at, |used| used.max(at)));
        let mut recovered = false;
        // A success speaks only for the windows it started under: a newer one stays.
        if self.last_failure_at == seen.profile {
            recovered |= self.cooldown.take().is_some();
            recovered |= self.disabled.take().is_some();
            recovered |= self.errors > 0;
            self.errors = 0;
            self.counts.clear();
            self.trial = None;
            self.forget_foreign_reasons();
        }
        if let Some(stats) = self.models.get_mut(model) {
            // So with demotions: one that somebody else has opened meanwhile stays.
            if stats.demoted.is_some_and(|window| seen.demoted.is_some_and(|seen| window.until <= seen)) {
                (stats.demoted, stats.demoted_at) = (None, None);
                recovered = true;
            }
            if stats.last_failure_at == seen.model {
                recovered |= stats.cooldown.is_some();
                let ModelStats { demoted, demoted_at, .. } = *stats;
                *stats = ModelStats { demoted, demoted_at, ..ModelStats::default() };
            }
            if *stats == ModelStats::default() {
                self.models.remove(model);
            }
        }
        if recovered { Effect::Recovered } else { Effect::Used }
    }

    fn claim(&mut self, model: &str, owner: &str, now: Timestamp, policy: &CooldownPolicy) -> Effect {
        if let Some(block) = self.block_for(Some(owner), Some(model), now, policy) {
            return Effect::TrialRefused { until: block.until };
        }
        let trial = Trial { owner: owner.to_owned(), until: now.after(policy.lease) };
        if self.state(now, policy) == State::HalfOpen {
            self.trial = Some(trial.clone());
        }
        if let Some(stats) = self.models.get_mut(model)
            && stats.state(now, policy) == State::HalfOpen
        {
            stats.trial = Some(trial);
        }
        Effect::TrialGranted
    }

    fn release(&mut self, model: &str, owner: &str) -> bool {
        let stats = self.models.get_mut(model).map(|stats| &mut stats.trial);
        let mut released = false;
        for trial in [Some(&mut self.trial), stats].into_iter().flatten() {
            if trial.as_ref().is_some_and(|trial| trial.owner == owner) {
                *trial = None;
                released = true;
            }
        }
        released
    }

    /// The secret is another one: nothing of what is known is about it, and nothing that attempts
    /// with the old one report will be.
    pub(crate) fn clear_for_a_new_secret(&mut self) {
        self.clear(None);
        self.credential = self.credential.saturating_add(1);
    }

    /// The secret is gone, and so is all that was known about it.
    pub(crate) fn without_a_secret(self) -> Self {
        Self { credential: self.credential.saturating_add(1), ..Self::new() }
    }

    fn clear(&mut self, model: Option<&str>) -> bool {
        if let Some(model) = model {
            return self.models.remove(model).is_some();
        }
        let before = self.clone();
        // Generations stay: attempts that are under way must not be taken for later ones.
        let Self { last_used, last_failure_at, credential, .. } = *self;
        *self = Self { last_used, last_failure_at, credential, ..Self::new() };
        *self != before
    }
}

impl ModelStats {
    fn fail(&mut self, failure: &Failure<'_>) -> Effect {
        let opened = self.last_failure_at;
        let late = failure.is_late(opened, failure.seen.model);
        let stands = late || failure.leaves_it_to(self.trial.as_ref(), opened, failure.seen.model);
        if let Some(window) = &mut self.cooldown
            && (stands || matches!(window.state(opened, failure.now, failure.policy), State::Open(_)))
        {
            return failure.raise(window, Scope::Model);
        }
        if failure.restarts(opened, [self.cooldown]) {
            self.errors = 0;
        }
        self.errors = failure.count(self.errors, opened, failure.seen.model);
        let n = self.errors.max(1);
        let until = failure.until(n, failure.policy.rung(n));
        self.cooldown = Some(Window { until, reason: Some(failure.reason) });
        self.last_failure_at = Some(failure.now);
        self.trial = None;
        Effect::WindowOpened { scope: Scope::Model, until, reason: failure.reason }
    }

    /// A demotion counts nothing and never grows: it only puts the profile behind the others. It
    /// opens no window, so a trial goes on: its owner may retry, or gives it back.
    fn demote(&mut self, failure: &Failure<'_>) -> Effect {
        let until = failure.now.after(failure.policy.demotion);
        let until = failure.deadline().map_or(until, |word| word.max(until));
        if let Some(window) = self.demotion(failure.now, failure.policy)
            && failure.deadline().is_none_or(|word| word <= window.until)
        {
            return Effect::Unchanged;
        }
        self.demoted = Some(Window { until, reason: Some(failure.reason) });
        self.demoted_at = Some(failure.now);
        Effect::Demoted { until, reason: failure.reason }
    }
}
