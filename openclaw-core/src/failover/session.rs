//! One request on its way through profiles and models.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::again::Again;
use super::choose::{Chosen, Found};
use super::{Attempt, Blocked, Event, Exhausted, Inner, ModelRecord, Served, Tried};
use crate::error::Error;
use crate::health::FailureReason;
use crate::id::{ModelRef, ProfileId};
use crate::outcome::{Action, Failure};
use crate::resolver::{Pin, PinKind, Unusable, UnusableReason};
use crate::time::Timestamp;

/// How often to look whether somebody else's trial has ended.
const TRIAL_POLL: Duration = Duration::from_millis(200);

/// One request: call [`next`](Self::next) for an attempt, send it, [`report`](Attempt::report) how it
/// went, until it is done. Owns everything it needs, so it can be moved into a spawned task.
#[derive(Debug)]
pub struct Session {
    pub(super) inner: Arc<Inner>,
    conversation: Option<String>,
    candidates: Vec<ModelRef>,
    at: usize,
    pin: Option<Pin>,
    deadline: Option<Duration>,
    wait_until: Option<Duration>,
    budget_ends: Option<Duration>,
    /// Profiles that failed for the current model.
    tried: HashSet<ProfileId>,
    /// Whether a transient failure has already moved the current model to another profile.
    rotated_once: bool,
    failures: Vec<Tried>,
    retry: Option<Retry>,
    /// One for each candidate before `at`.
    records: Vec<ModelRecord>,
    /// Who was passed over when the current model was last looked at.
    passed_over: Vec<Unusable>,
    /// Records of the round before a look at somebody else's trial, by candidate.
    earlier: HashMap<usize, ModelRecord>,
    /// What was already said, since waiting looks at the same profiles again and again.
    told: HashSet<(ModelRef, Option<(ProfileId, &'static str)>)>,
    /// Why secrets cannot be used, in words.
    details: BTreeMap<ProfileId, String>,
    /// Profiles whose reference was resolved once more after a refusal.
    renewed: HashSet<ProfileId>,
    served: Option<Served>,
    done: bool,
}

/// What to sleep for.
enum Wait {
    /// A profile recovers then: everything is tried anew.
    Recovery(Duration),
    /// Somebody else's trial may have ended by then.
    Trial(Duration),
}

/// The same profile once more, a little later.
#[derive(Debug)]
struct Retry {
    chosen: Chosen,
    number: u32,
    /// When (monotonic), and within the budget; `None` for at once. A moment and not a wait, since
    /// whoever asks for it may be slow, or ask again and again with a short time-out.
    due: Option<Duration>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Failover").field("agent", &self.agent).finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(retry) = self.retry.take() {
            self.inner.give_back(&retry.chosen);
        }
    }
}

impl Session {
    pub(super) fn new(inner: Arc<Inner>, conversation: Option<String>) -> Self {
        let candidates = inner.models.candidates(None, None);
        Self {
            inner,
            conversation,
            candidates,
            at: 0,
            pin: None,
            deadline: None,
            wait_until: None,
            budget_ends: None,
            tried: HashSet::new(),
            rotated_once: false,
            failures: Vec::new(),
            retry: None,
            records: Vec::new(),
            passed_over: Vec::new(),
            earlier: HashMap::new(),
            told: HashSet::new(),
            details: BTreeMap::new(),
            renewed: HashSet::new(),
            served: None,
            done: false,
        }
    }

    /// Asks for this model first, then the configured fallbacks.
    #[must_use]
    pub fn model(mut self, model: &ModelRef) -> Self {
        self.candidates = self.inner.models.candidates(Some(model), None);
        self
    }

    /// Asks for exactly these models, in this order.
    #[must_use]
    pub fn models(mut self, models: Vec<ModelRef>) -> Self {
        self.candidates = models;
        self
    }

    /// Puts a profile first. For its provider's models only; a strict one rules out the others' models.
    #[must_use]
    pub fn pin(mut self, pin: Pin) -> Self {
        self.pin = Some(pin);
        self
    }

    /// How long the whole request may take, from now. After it there is no further attempt; ending the one
    /// that is under way is up to whoever sends it ([`Attempt::time_left`]).
    #[must_use]
    pub fn deadline(mut self, within: Duration) -> Self {
        self.deadline = Some(self.inner.clock.monotonic().saturating_add(within));
        self
    }

    /// How long to wait, from now, for the first blocked profile when none is free (default: not at all).
    #[must_use]
    pub fn wait_up_to(mut self, patience: Duration) -> Self {
        self.wait_until = Some(self.inner.clock.monotonic().saturating_add(patience));
        self
    }

    /// The next attempt; `None` after a success was reported.
    ///
    /// Safe to cancel: a dropped call has changed nothing.
    ///
    /// # Errors
    /// Nothing more can be tried ([`Error::Exhausted`], with every reason and the soonest recovery),
    /// the credentials cannot be read, or the deadline has passed.
    pub async fn next(&mut self) -> Result<Option<Attempt<'_>>, Error> {
        if self.done {
            return Ok(None);
        }
        let (chosen, retry) = self.choose().await?;
        self.inner.emit(&Event::Attempted { profile: chosen.profile.clone(), model: chosen.model.clone(), retry });
        Ok(Some(Attempt::new(self, chosen, retry)))
    }

    /// Who answered, once a success was reported: for telling how the rest of the answer broke off.
    #[must_use]
    pub const fn served(&self) -> Option<&Served> {
        self.served.as_ref()
    }

    async fn choose(&mut self) -> Result<(Chosen, u32), Error> {
        let clock = Arc::clone(&self.inner.clock);
        self.budget_ends.get_or_insert(clock.monotonic().saturating_add(self.inner.retry.budget));
        loop {
            if self.is_over() {
                return Err(Error::Deadline(Box::new(self.exhausted(self.soonest()))));
            }
            if let Some(retry) = &self.retry {
                // It stays until it is decided: a cancelled call has changed nothing.
                if let Some(due) = retry.due {
                    clock.sleep(due.saturating_sub(clock.monotonic())).await;
                }
                let again = match retry.due {
                    Some(_) if self.budget_ends.is_some_and(|end| clock.monotonic() >= end) => Again::TooLate,
                    _ if self.deadline.is_some_and(|end| clock.monotonic() >= end) => continue,
                    _ => self.inner.again(&retry.chosen).await?,
                };
                match self.retry(again) {
                    // Looking takes its time.
                    Some((chosen, _)) if self.is_over() => self.inner.give_back(&chosen),
                    Some(retry) => return Ok(retry),
                    None => {}
                }
                continue;
            }
            let Some(model) = self.candidates.get(self.at).cloned() else {
                let soonest = self.soonest();
                match self.wait(soonest) {
                    Some(Wait::Recovery(wait)) => {
                        clock.sleep(wait).await;
                        self.start_over(wait);
                    }
                    Some(Wait::Trial(wait)) => {
                        clock.sleep(wait).await;
                        self.look_again();
                    }
                    None => {
                        self.done = true;
                        return Err(self.give_up(soonest));
                    }
                }
                continue;
            };
            if !self.take_up() {
                continue;
            }
            let conversation = self.conversation_pin(&model);
            let choice = self.inner.choose(&model, &self.tried, self.pin.as_ref(), conversation.as_ref()).await?;
            self.details.extend(choice.details);
            match choice.found {
                // Resolving a reference takes its time.
                Found::One { chosen, .. } if self.is_over() => self.inner.give_back(&chosen),
                Found::One { chosen, passed_over } => {
                    self.tell_skipped(&model, &passed_over);
                    self.passed_over = passed_over;
                    return Ok((*chosen, 0));
                }
                Found::Nobody { blocked, unusable } => {
                    self.tell_skipped(&model, &unusable);
                    let tried = std::mem::take(&mut self.failures);
                    self.records.push(ModelRecord { model, tried, blocked, unusable });
                    self.next_model();
                }
            }
        }
    }

    /// The retry, if there may be one still.
    fn retry(&mut self, again: Again) -> Option<(Chosen, u32)> {
        let Retry { chosen, number, .. } = self.retry.take()?;
        match again {
            Again::Yes(chosen) => return Some((*chosen, number)),
            // An attempt of its own, if its turn comes: nothing has failed yet.
            Again::OtherSecret => self.inner.give_back(&chosen),
            Again::No(why) => {
                self.inner.give_back(&chosen);
                self.tell_skipped(&chosen.model, std::slice::from_ref(&why));
                self.leave(chosen);
            }
            Again::TooLate => {
                self.inner.give_back(&chosen);
                self.leave(chosen);
            }
        }
        None
    }

    /// On to another profile after a transient failure, once; then to the next model.
    fn leave(&mut self, chosen: Chosen) {
        if self.rotated_once {
            self.close_model(chosen.model);
        } else {
            self.rotated_once = true;
            self.tried.insert(chosen.profile);
        }
    }

    /// Whether the deadline has passed.
    fn is_over(&self) -> bool {
        self.time_left().is_some_and(|left| left.is_zero())
    }

    pub(crate) fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_sub(self.inner.clock.monotonic()))
    }

    /// The profile that served this conversation before.
    fn conversation_pin(&self, model: &ModelRef) -> Option<Pin> {
        let profile = self.inner.pinned(self.conversation.as_deref()?, model.provider())?;
        Some(Pin { profile, kind: PinKind::Session })
    }

    fn tell_skipped(&mut self, model: &ModelRef, unusable: &[Unusable]) {
        for Unusable { profile, reason } in unusable.iter().filter(|other| !self.tried.contains(&other.profile)) {
            if self.told.insert((model.clone(), Some((profile.clone(), reason.code())))) {
                let (profile, model, reason) = (profile.clone(), model.clone(), reason.clone());
                self.inner.emit(&Event::Skipped { profile, model, reason });
            }
        }
    }

    fn next_model(&mut self) {
        let from = self.candidates.get(self.at).cloned();
        self.at += 1;
        self.begin_model();
        if let (Some(from), Some(to)) = (from, self.candidates.get(self.at))
            && self.told.insert((to.clone(), None))
        {
            let asked = |record: &ModelRecord| !record.tried.is_empty() || record.blocked == Blocked::NoProfile;
            if let Some(record) = self.records.last().filter(|record| !asked(record)) {
                self.inner.emit(&Event::PassedOver { model: from.clone(), why: record.blocked.clone() });
            }
            self.inner.emit(&Event::FellBack { from, to: to.clone() });
        }
    }

    fn begin_model(&mut self) {
        self.tried.clear();
        self.failures.clear();
        self.passed_over.clear();
        self.rotated_once = false;
    }

    fn start_over(&mut self, waited: Duration) {
        self.at = 0;
        self.begin_model();
        self.records.clear();
        // The caller asked for this wait: it does not eat up the time for retries.
        self.budget_ends = self.budget_ends.map(|end| end.saturating_add(waited));
    }

    /// Looks at the models again, without trying anything twice.
    fn look_again(&mut self) {
        self.at = 0;
        self.begin_model();
        self.earlier = std::mem::take(&mut self.records).into_iter().enumerate().collect();
    }

    /// Takes up a model where it was left before waiting for somebody else's trial; false if there
    /// was no trial to wait for and its record stands.
    fn take_up(&mut self) -> bool {
        let Some(record) = self.earlier.remove(&self.at) else { return true };
        if !record.unusable.iter().any(is_on_trial) {
            self.records.push(record);
            self.next_model();
            return false;
        }
        self.tried = record.tried.iter().map(|tried| tried.profile.clone()).collect();
        let transient = |tried: &Tried| tried.failure.policy().action == Action::RetryThenRotateOnce;
        self.rotated_once = record.tried.iter().any(transient);
        self.failures = record.tried;
        true
    }

    fn soonest(&self) -> Option<Timestamp> {
        let unusable = self.records.iter().flat_map(|record| &record.unusable);
        unusable.filter_map(|unusable| unusable.reason.until()).min()
    }

    /// What to wait for before another round; `None` to give up.
    fn wait(&self, soonest: Option<Timestamp>) -> Option<Wait> {
        let now = self.inner.clock.monotonic();
        let left = |end: Option<Duration>| end.map_or(Duration::ZERO, |end| end.saturating_sub(now));
        let patience = left(self.wait_until);
        let until_deadline = self.deadline.map_or(Duration::MAX, |deadline| deadline.saturating_sub(now));
        let needed = soonest?.since(self.inner.clock.now()).max(Duration::from_millis(1));
        let on_trial = self.records.iter().flat_map(|record| &record.unusable).any(is_on_trial);
        let affordable = needed <= patience && needed < until_deadline;
        if affordable && (needed <= TRIAL_POLL || !on_trial) {
            return Some(Wait::Recovery(needed));
        }
        // Somebody is trying a profile at this moment: the answer is near.
        let in_time = affordable || (TRIAL_POLL < left(self.budget_ends) && TRIAL_POLL < until_deadline);
        (on_trial && in_time).then_some(Wait::Trial(TRIAL_POLL))
    }

    fn exhausted(&self, soonest: Option<Timestamp>) -> Exhausted {
        let mut models = self.records.clone();
        if let Some(model) = self.candidates.get(self.at).filter(|_| !self.failures.is_empty()) {
            let tried = self.failures.clone();
            models.push(ModelRecord { model: model.clone(), tried, blocked: Blocked::NoProfile, unusable: Vec::new() });
        }
        let details = self.details.clone();
        Exhausted { agent: self.inner.agent.clone(), place: self.inner.place.clone(), models, soonest, details }
    }

    fn give_up(&self, soonest: Option<Timestamp>) -> Error {
        Error::Exhausted(Box::new(self.exhausted(soonest)))
    }

    pub(super) fn finish(&mut self, chosen: Chosen, at: Timestamp) {
        self.done = true;
        if let Some(conversation) = self.conversation.as_deref().filter(|_| !chosen.ambient) {
            self.inner.pin(conversation, chosen.model.provider(), &chosen.profile);
        }
        self.served = Some(Served::new(Arc::clone(&self.inner), chosen, at));
    }

    /// After a refusal: the profile with another secret, if its reference leads to one by now. Once per
    /// profile, so that a vault that always has something new does not keep a request for ever.
    pub(super) async fn renew(&mut self, chosen: &Chosen, failure: &Failure) -> Option<Chosen> {
        let refused = matches!(failure.reason, FailureReason::Auth | FailureReason::AuthPermanent);
        if !refused || chosen.referenced.is_none() || !self.renewed.insert(chosen.profile.clone()) {
            return None;
        }
        self.inner.renew(chosen).await
    }

    /// The next attempt is the same profile with its new secret, at once and as the same retry.
    pub(super) fn try_renewed(&mut self, renewed: Chosen, number: u32, failure: Failure) {
        self.note(&renewed, failure);
        self.retry = Some(Retry { chosen: renewed, number, due: None });
    }

    /// Remembers how an attempt ended; of several on the same profile the last one.
    fn note(&mut self, chosen: &Chosen, failure: Failure) {
        match self.failures.last_mut().filter(|last| last.profile == chosen.profile) {
            Some(last) => last.failure = failure,
            None => {
                self.failures.push(Tried { profile: chosen.profile.clone(), kind: chosen.provider.kind(), failure });
            }
        }
    }

    /// Decides what follows a failure.
    pub(super) fn advance(&mut self, chosen: Chosen, retries: u32, failure: Failure) -> Result<(), Error> {
        let action = failure.policy().action;
        let retry = match action {
            Action::RetryThenRotateOnce => self.backoff(retries + 1, failure.deadline),
            _ => None,
        };
        if retry.is_none() {
            // A window that opened has ended the trial; a failure that says nothing about the profile has not.
            self.inner.give_back(&chosen);
        }
        self.note(&chosen, failure.clone());
        match action {
            Action::Return => {
                self.done = true;
                return Err(Error::Request(Box::new(failure)));
            }
            Action::NextModel => {
                // No profile would help with this model, so none is worth waiting for.
                self.passed_over.clear();
                self.close_model(chosen.model);
            }
            Action::Rotate => {
                self.tried.insert(chosen.profile);
            }
            Action::RetryThenRotateOnce => match retry {
                Some(due) => self.retry = Some(Retry { chosen, number: retries + 1, due: Some(due) }),
                None => self.leave(chosen),
            },
        }
        Ok(())
    }

    fn close_model(&mut self, model: ModelRef) {
        let tried = std::mem::take(&mut self.failures);
        let unusable = std::mem::take(&mut self.passed_over);
        self.records.push(ModelRecord { model, tried, blocked: Blocked::NoProfile, unusable });
        self.next_model();
    }

    /// When the n-th retry is due; `None` if there is none left or no time for it.
    fn backoff(&self, n: u32, deadline: Option<Timestamp>) -> Option<Duration> {
        let retry = &self.inner.retry;
        if n > retry.retries {
            return None;
        }
        let word = deadline.map_or(Duration::ZERO, |until| until.since(self.inner.clock.now()));
        let wait = retry.backoff(n, &*self.inner.jitter).max(word);
        let end = self.inner.clock.monotonic().saturating_add(wait);
        let in_time =
            self.budget_ends.is_none_or(|budget| end < budget) && self.deadline.is_none_or(|deadline| end < deadline);
        in_time.then_some(end)
    }
}

fn is_on_trial(unusable: &Unusable) -> bool {
    matches!(unusable.reason, UnusableReason::OnTrial { .. })
}
