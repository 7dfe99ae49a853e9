//! What is remembered of each profile, and what follows from it at a given moment.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::health::{CooldownPolicy, FailureReason};
use crate::id::{ProfileId, ProviderId};
use crate::secret::{printable, redact};
use crate::time::Timestamp;

/// Clocks of one host differ by steps of its time service; only a jump beyond this is a jump.
pub(super) const CLOCK_SLACK: Duration = Duration::from_secs(5);

/// The health of all profiles of one agent: `usageStats` and `lastGood` of `auth-profiles.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// By profile. Entries of profiles that no longer exist are kept, as upstream keeps them; of those
    /// that were removed here, only `credentialGeneration`.
    pub profiles: BTreeMap<ProfileId, UsageStats>,
    /// The profile that last answered, by provider. Informative; it never influences the order.
    pub last_good: BTreeMap<ProviderId, ProfileId>,
}

impl Health {
    /// The profile's entry, empty if there is none.
    #[must_use]
    pub fn of(&self, profile: &ProfileId) -> &UsageStats {
        static EMPTY: UsageStats = UsageStats::new();
        self.profiles.get(profile.as_str()).unwrap_or(&EMPTY)
    }
}

/// A time until which something holds, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When it ends. A window that ends now has ended.
    pub until: Timestamp,
    /// Why it was opened; unknown for windows that OpenClaw wrote without a reason, or with one that
    /// stands in [`UsageStats::foreign_reasons`].
    pub reason: Option<FailureReason>,
}

/// The right to be the one who tries a half-open profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Who holds it: unique per attempt.
    pub owner: String,
    /// When it lapses, so that a process that died does not hold it for ever.
    pub until: Timestamp,
}

/// One profile: `usageStats.<id>`. The profile-wide fields have upstream's meaning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageStats {
    /// `lastUsed`
    pub last_used: Option<Timestamp>,
    /// `errorCount`: failures in a row that opened profile-wide windows.
    pub errors: u32,
    /// `lastFailureAt`: when the last of them was; also the generation of the profile's windows.
    pub last_failure_at: Option<Timestamp>,
    /// `failureCounts`
    pub counts: BTreeMap<FailureReason, u32>,
    /// `cooldownUntil`, `cooldownReason`
    pub cooldown: Option<Window>,
    /// `disabledUntil`, `disabledReason`
    pub disabled: Option<Window>,
    /// `trial`
    pub trial: Option<Trial>,
    /// `models.<model>`
    pub models: BTreeMap<String, ModelStats>,
    /// `credentialGeneration`: which secret the profile holds, as a number that grows with each
    /// different one (0 until the first was replaced or removed). What an attempt with another secret
    /// reports says nothing about this one. The number outlives its profile: one that is removed and
    /// added again must not be taken for the one before.
    pub credential: u64,
    /// Reasons in the file that are no class of this version, by the window they stand beside. They
    /// stay as long as their window; show them through [`reason_text`](Self::reason_text).
    pub foreign_reasons: BTreeMap<BlockKind, String>,
}

/// One model of a profile: `usageStats.<id>.models.<model>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelStats {
    /// `errorCount`: rate limits in a row.
    pub errors: u32,
    /// `lastFailureAt`: when the last of them was; also the generation of the model's window.
    pub last_failure_at: Option<Timestamp>,
    /// `cooldownUntil`, `cooldownReason`
    pub cooldown: Option<Window>,
    /// `demotedUntil`, `demotedReason`: until then the profile stands behind the others.
    pub demoted: Option<Window>,
    /// `demotedAt`: when that began, so that a demotion by a clock that was ahead is known as such.
    pub demoted_at: Option<Timestamp>,
    /// `trial`
    pub trial: Option<Trial>,
}

/// Which windows an attempt knew of when it started: what its result may close or count towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// The profile's `credential`: whose secret the attempt carries.
    pub credential: u64,
    /// The profile's `last_failure_at`.
    pub profile: Option<Timestamp>,
    /// The model's `last_failure_at`.
    pub model: Option<Timestamp>,
    /// When the model's demotion would end.
    pub demoted: Option<Timestamp>,
    /// The profile's `last_used`.
    pub used: Option<Timestamp>,
}

/// The state of one machine at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing stands against it.
    Closed,
    /// It is not used until then.
    Open(Window),
    /// The window has passed: one attempt may try.
    HalfOpen,
}

/// Why a profile may not serve a model now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Cooldown, disabled or on trial.
    pub kind: BlockKind,
    /// When it may be tried again.
    pub until: Timestamp,
    /// Why, where known.
    pub reason: Option<FailureReason>,
    /// Whether it is only for the model that was asked about.
    pub model_only: bool,
}

/// What kind of block it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BlockKind {
    /// Somebody else is trying it at this moment.
    Trial,
    /// A cooldown.
    Cooldown,
    /// Disabled: billing, or refused for good.
    Disabled,
}

impl Window {
    /// Whether the window is open, has passed (half-open), or is so old that it means nothing.
    ///
    /// A window that lasts longer than any policy allows, or that was opened in the future, was
    /// written by a clock that was wrong: it is half-open now.
    #[must_use]
    pub fn state(self, opened: Option<Timestamp>, now: Timestamp, policy: &CooldownPolicy) -> State {
        let from_the_future = opened.is_some_and(|opened| opened.since(now) > CLOCK_SLACK);
        if now < self.until && self.until.since(now) <= policy.longest() && !from_the_future {
            return State::Open(self);
        }
        let quiet = now.since(self.quiet_since(opened, now, policy));
        if quiet > policy.failure_window { State::Closed } else { State::HalfOpen }
    }

    /// Since when nothing has failed: since the failure that opened the window, as in OpenClaw. But if the
    /// window alone took as long as the failure window, since its end: whoever was blocked all that time
    /// had no chance to fail.
    pub(super) fn quiet_since(self, opened: Option<Timestamp>, now: Timestamp, policy: &CooldownPolicy) -> Timestamp {
        let end = self.until.min(now);
        match opened {
            Some(opened) if end.since(opened) < policy.failure_window => opened,
            Some(opened) => opened.max(end),
            None => self.until,
        }
    }
}

impl UsageStats {
    /// An empty entry.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            last_used: None,
            errors: 0,
            last_failure_at: None,
            counts: BTreeMap::new(),
            cooldown: None,
            disabled: None,
            trial: None,
            models: BTreeMap::new(),
            credential: 0,
            foreign_reasons: BTreeMap::new(),
        }
    }

    /// The generations an attempt on this model starts under.
    #[must_use]
    pub fn seen(&self, model: Option<&str>) -> Seen {
        let model = model.and_then(|model| self.models.get(model));
        Seen {
            credential: self.credential,
            profile: self.last_failure_at,
            model: model.and_then(|stats| stats.last_failure_at),
            demoted: model.and_then(|stats| stats.demoted).map(|window| window.until),
            used: self.last_used,
        }
    }

    /// Why the profile-wide window of this kind was opened, as people may read it: the class, or what
    /// the file says where that is no class of ours. `None` without a window or a reason.
    #[must_use]
    pub fn reason_text(&self, kind: BlockKind) -> Option<Cow<'_, str>> {
        match self.window(kind)?.reason {
            Some(reason) => Some(Cow::Borrowed(reason.as_str())),
            None => self.foreign_reasons.get(&kind).map(|text| Cow::Owned(printable(&redact(text)))),
        }
    }

    const fn window(&self, kind: BlockKind) -> Option<Window> {
        match kind {
            BlockKind::Disabled => self.disabled,
            BlockKind::Cooldown => self.cooldown,
            BlockKind::Trial => None,
        }
    }

    /// A foreign reason goes with its window, or when that gets a reason that is known.
    pub(crate) fn forget_foreign_reasons(&mut self) {
        let mut foreign = std::mem::take(&mut self.foreign_reasons);
        foreign.retain(|kind, _| self.window(*kind).is_some_and(|window| window.reason.is_none()));
        self.foreign_reasons = foreign;
    }

    /// Whether nothing is left but the number of its secret, as after its profile was removed.
    #[cfg(feature = "fs")]
    pub(crate) fn is_only_a_number(&self) -> bool {
        self.credential > 0 && *self == Self { credential: self.credential, ..Self::new() }
    }

    /// `lastUsed` for the order: 0 when never used or when it lies in the future.
    #[must_use]
    pub fn last_used_or_zero(&self, now: Timestamp) -> Timestamp {
        self.last_used.filter(|used| used.since(now) <= CLOCK_SLACK).unwrap_or_default()
    }

    /// The profile-wide state: the worse of cooldown and disabled.
    #[must_use]
    pub fn state(&self, now: Timestamp, policy: &CooldownPolicy) -> State {
        let states = [self.cooldown, self.disabled]
            .map(|window| window.map_or(State::Closed, |window| window.state(self.last_failure_at, now, policy)));
        worst(states)
    }

    /// Why this profile may not serve the model now; `None` if it may, perhaps as a trial.
    #[must_use]
    pub fn block(&self, model: Option<&str>, now: Timestamp, policy: &CooldownPolicy) -> Option<Block> {
        self.block_for(None, model, now, policy)
    }

    /// The same for the one who may hold the trial: an own trial blocks nobody.
    pub(super) fn block_for(
        &self,
        owner: Option<&str>,
        model: Option<&str>,
        now: Timestamp,
        policy: &CooldownPolicy,
    ) -> Option<Block> {
        let own = self.own_block(owner, now, policy);
        let stats = model.and_then(|model| self.models.get(model));
        let of_model = stats.and_then(|stats| stats.block(owner, now, policy));
        own.into_iter().chain(of_model).max_by_key(|block| (block.until, block.kind))
    }

    /// The open window of a rate limit, the profile's or the model's: what a quota group shares.
    #[must_use]
    pub(crate) fn rate_limit(&self, model: Option<&str>, now: Timestamp, policy: &CooldownPolicy) -> Option<Block> {
        let stats = model.and_then(|model| self.models.get(model));
        let own = self.cooldown.map(|window| (window, self.last_failure_at, false));
        let of_model = stats.and_then(|stats| Some((stats.cooldown?, stats.last_failure_at, true)));
        let windows = own.into_iter().chain(of_model);
        let open = windows.filter_map(|(window, opened, model_only)| match window.state(opened, now, policy) {
            State::Open(Window { until, reason: reason @ Some(FailureReason::RateLimit) }) => {
                Some(Block { kind: BlockKind::Cooldown, until, reason, model_only })
            }
            _ => None,
        });
        open.max_by_key(|block| block.until)
    }

    /// The window of a rate limit that has passed and must be tried first: its end, and the trial if
    /// somebody is at it. A quota group shares this as well.
    #[must_use]
    pub(crate) fn passed_rate_limit(
        &self,
        model: Option<&str>,
        now: Timestamp,
        policy: &CooldownPolicy,
    ) -> Option<(Timestamp, Option<Block>)> {
        let stats = model.and_then(|model| self.models.get(model));
        let own = self.cooldown.map(|window| (window, self.last_failure_at, self.trial.as_ref(), false));
        let of_model =
            stats.and_then(|stats| Some((stats.cooldown?, stats.last_failure_at, stats.trial.as_ref(), true)));
        let passed = own.into_iter().chain(of_model).filter(|(window, opened, ..)| {
            let limit = window.reason == Some(FailureReason::RateLimit);
            limit && window.state(*opened, now, policy) == State::HalfOpen
        });
        let passed = passed.map(|(window, _, trial, model_only)| {
            (window.until.min(now), on_trial(State::HalfOpen, trial, now, policy, model_only))
        });
        passed.max_by_key(|(end, trial)| (trial.map(|trial| trial.until), *end))
    }

    fn own_block(&self, owner: Option<&str>, now: Timestamp, policy: &CooldownPolicy) -> Option<Block> {
        let open = |window: Option<Window>, kind| {
            let window = window?;
            match window.state(self.last_failure_at, now, policy) {
                State::Open(Window { until, reason }) => Some(Block { kind, until, reason, model_only: false }),
                _ => None,
            }
        };
        let windows = [open(self.disabled, BlockKind::Disabled), open(self.cooldown, BlockKind::Cooldown)];
        let longest = windows.into_iter().flatten().max_by_key(|block| (block.until, block.kind));
        let trial = self.trial.as_ref().filter(|trial| owner != Some(trial.owner.as_str()));
        longest.or_else(|| on_trial(self.state(now, policy), trial, now, policy, false))
    }

    /// Whether an attempt on this model must claim a trial first.
    #[must_use]
    pub fn needs_trial(&self, model: Option<&str>, now: Timestamp, policy: &CooldownPolicy) -> bool {
        let stats = model.and_then(|model| self.models.get(model));
        self.state(now, policy) == State::HalfOpen
            || stats.is_some_and(|stats| stats.state(now, policy) == State::HalfOpen)
    }

    /// Until when the profile stands behind the others for this model.
    #[must_use]
    pub fn demoted(&self, model: Option<&str>, now: Timestamp, policy: &CooldownPolicy) -> Option<Window> {
        self.models.get(model?)?.demotion(now, policy)
    }
}

impl ModelStats {
    /// The state of this model.
    #[must_use]
    pub fn state(&self, now: Timestamp, policy: &CooldownPolicy) -> State {
        self.cooldown.map_or(State::Closed, |window| window.state(self.last_failure_at, now, policy))
    }

    /// The demotion that holds; one that began in the future is void, as a window is.
    pub(super) fn demotion(&self, now: Timestamp, policy: &CooldownPolicy) -> Option<Window> {
        match self.demoted?.state(self.demoted_at, now, policy) {
            State::Open(window) => Some(window),
            _ => None,
        }
    }

    fn block(&self, owner: Option<&str>, now: Timestamp, policy: &CooldownPolicy) -> Option<Block> {
        let trial = self.trial.as_ref().filter(|trial| owner != Some(trial.owner.as_str()));
        match self.state(now, policy) {
            State::Open(Window { until, reason }) => {
                Some(Block { kind: BlockKind::Cooldown, until, reason, model_only: true })
            }
            state => on_trial(state, trial, now, policy, true),
        }
    }
}

/// A half-open machine whose trial somebody holds is blocked until the trial ends.
fn on_trial(
    state: State,
    trial: Option<&Trial>,
    now: Timestamp,
    policy: &CooldownPolicy,
    model_only: bool,
) -> Option<Block> {
    let trial = trial.filter(|trial| state == State::HalfOpen && trial.is_live(now, policy))?;
    Some(Block { kind: BlockKind::Trial, until: trial.until, reason: None, model_only })
}

impl Trial {
    /// Whether the lease still holds; one that would hold for longer than a lease lasts does not.
    #[must_use]
    pub fn is_live(&self, now: Timestamp, policy: &CooldownPolicy) -> bool {
        now < self.until && self.until.since(now) <= policy.lease.saturating_add(CLOCK_SLACK)
    }
}

fn worst(states: [State; 2]) -> State {
    let rank = |state: &State| match state {
        State::Closed => (0, Timestamp::default()),
        State::HalfOpen => (1, Timestamp::default()),
        State::Open(window) => (2, window.until),
    };
    states.into_iter().max_by_key(rank).unwrap_or(State::Closed)
}
