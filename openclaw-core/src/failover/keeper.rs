//! Health on its way to the store: written when it must be, remembered when it cannot be.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, poll_fn, select};
use futures_util::lock::MutexGuard as Turn;

use crate::health::{Effect, Health, HealthEvent, Seen};
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::store::{HealthStore, StoreError};
use crate::time::Clock;

/// How often a profile's plain successes are written.
const ONCE_A: Duration = Duration::from_secs(60);

/// How long a store that failed is left alone.
const REST: Duration = Duration::from_secs(30);

/// How long a request waits for the store to take an event. OpenClaw may hold its lock for much longer;
/// the store goes on meanwhile, and so does the request. In real time, since that is what a store takes.
const PATIENCE: Duration = Duration::from_secs(1);

/// The most events that wait for a store that cannot be written.
const WAITING: usize = 4096;

/// Stands between sessions and the health store: coalesces plain successes, and goes on in memory
/// when the store cannot be used.
pub(super) struct Keeper {
    store: Arc<dyn HealthStore>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// The event that the store is at. One after the other, so that they are written in their order; it
    /// stays here when whoever sent it no longer waits, since the store may be at it all the same.
    flight: futures_util::lock::Mutex<Option<Flight>>,
}

/// An event on its way.
struct Flight {
    number: u64,
    agent: AgentId,
    event: HealthEvent,
    answer: BoxFuture<'static, Result<(Health, Effect), StoreError>>,
}

#[derive(Default)]
struct State {
    /// What the store has not been told yet, oldest first, with a number to find it by.
    waiting: Vec<(u64, AgentId, HealthEvent)>,
    numbers: u64,
    /// Of those that wait, the ones that the store could not write where others can be written. They
    /// count in memory, and hold nobody up; they are tried again when everything is to be written.
    stuck: HashSet<u64>,
    /// What the store said of the events that somebody waits for, by number.
    answers: HashMap<u64, Option<Effect>>,
    /// Whether the store is at an event for longer than a request waits.
    busy: bool,
    /// What the store last said: all there is when it can no longer be read.
    known: HashMap<AgentId, Health>,
    /// Why the store last failed.
    failure: Option<String>,
    /// When the store last failed (monotonic).
    failed_at: Option<Duration>,
    warned: bool,
    /// The profile whose success was last written, and when (monotonic).
    written: HashMap<(AgentId, ProviderId), (ProfileId, Duration)>,
}

impl State {
    /// The health as this process knows it without asking the store.
    fn health(&self, agent: &AgentId) -> Health {
        let mut health = self.known.get(agent).cloned().unwrap_or_default();
        self.overlay(agent, &mut health);
        health
    }

    fn is_degraded(&self) -> bool {
        self.failed_at.is_some() || self.waiting.iter().any(|(number, ..)| self.stuck.contains(number))
    }

    fn overlay(&self, agent: &AgentId, health: &mut Health) {
        for (_, _, event) in self.waiting.iter().filter(|(_, of, _)| of == agent) {
            event.apply(health);
        }
    }

    /// The first event that the store is to be told, up to that number.
    fn next(&self, last: u64) -> Option<(u64, AgentId, HealthEvent)> {
        let next = self.waiting.iter().find(|(number, ..)| !self.stuck.contains(number));
        next.filter(|(number, ..)| *number <= last).cloned()
    }

    fn queue(&mut self, agent: &AgentId, event: HealthEvent) -> u64 {
        self.drop_superseded(agent, &event);
        if self.waiting.len() >= WAITING {
            self.waiting.remove(0);
        }
        self.numbers += 1;
        self.waiting.push((self.numbers, agent.clone(), event));
        self.numbers
    }

    /// Of successes of one profile and model the latest is enough, unless something else happened
    /// to the profile in between.
    fn drop_superseded(&mut self, agent: &AgentId, event: &HealthEvent) {
        let HealthEvent::Succeeded { profile, model, seen, .. } = event else { return };
        let mut superseded = Vec::new();
        for (number, of, earlier) in self.waiting.iter().rev() {
            match earlier {
                _ if of != agent || earlier.profile().is_some_and(|other| other != profile) => {}
                HealthEvent::Succeeded { model: m, seen: s, .. } => {
                    // Each knows of the one before it, which is no difference.
                    if m == model && (Seen { used: None, ..*s }) == (Seen { used: None, ..*seen }) {
                        superseded.push(*number);
                    }
                }
                _ => break,
            }
        }
        self.waiting.retain(|(number, ..)| !superseded.contains(number));
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Keeper {
    pub(super) fn new(store: Arc<dyn HealthStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, state: Mutex::default(), flight: futures_util::lock::Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store's health with what it does not know yet. Never fails: without the store, what it
    /// last said must do.
    pub(super) async fn load(&self, agent: &AgentId) -> Health {
        self.hear();
        match self.store.load(agent).await {
            Ok(mut health) => {
                let mut state = self.state();
                state.known.insert(agent.clone(), health.clone());
                state.overlay(agent, &mut health);
                health
            }
            Err(error) => {
                self.warn(&error);
                self.state().health(agent)
            }
        }
    }

    /// Records an event: durably if it must last, else when it is worth a write. The answer is the
    /// store's if that comes soon, else what this process knows; a plain success is never waited for.
    /// Safe to cancel: at most this event is lost.
    pub(super) async fn commit(&self, agent: &AgentId, event: HealthEvent) -> Effect {
        self.hear();
        if self.is_plain_repeat(agent, &event) {
            self.state().queue(agent, event);
            return Effect::Used;
        }
        // Decided and remembered in one step, so that a trial is granted once in this process.
        let (number, here, patience) = {
            let mut state = self.state();
            let here = event.apply(&mut state.health(agent));
            let number = state.queue(agent, event);
            if state.failed_at.is_some_and(|at| self.clock.monotonic().saturating_sub(at) < REST) {
                return here;
            }
            state.answers.insert(number, None);
            (number, here.clone(), if here.must_last() && !state.busy { PATIENCE } else { Duration::ZERO })
        };
        let mut awaited = Awaited { keeper: self, number, cancelled: true };
        let told = self.tell(number);
        if patience.is_zero() {
            let _ = told.now_or_never();
        } else if let Either::Right(_) = select(Box::pin(told), futures_timer::Delay::new(patience)).await {
            self.state().busy = true;
            tracing::debug!("the store of health is busy; the request goes on");
        }
        awaited.cancelled = false;
        awaited.answer().unwrap_or(here)
    }

    /// Tells the store what it does not know yet; true if nothing is left. An event waits until it
    /// is written, so it counts all the time, and a cancelled call loses nothing.
    pub(super) async fn flush(&self) -> bool {
        self.state().stuck.clear();
        self.tell(u64::MAX).await && self.state().stuck.is_empty()
    }

    /// Tells the store what waits, in its order, up to the event of that number. False if it failed.
    async fn tell(&self, last: u64) -> bool {
        let mut flight = self.flight.lock().await;
        loop {
            if flight.is_none() {
                let first = self.state().next(last);
                let Some((number, agent, event)) = first else { return true };
                *flight = Some(self.send(number, agent, event));
            }
            if !poll_fn(|context| self.arrival(&mut flight, context)).await {
                return false;
            }
        }
    }

    fn send(&self, number: u64, agent: AgentId, event: HealthEvent) -> Flight {
        let (store, of, what) = (Arc::clone(&self.store), agent.clone(), event.clone());
        let answer = Box::pin(async move { store.commit(&of, &what).await });
        Flight { number, agent, event, answer }
    }

    /// Looks whether the store has answered, and remembers what it said. False if it failed.
    fn arrival(&self, turn: &mut Turn<'_, Option<Flight>>, context: &mut std::task::Context<'_>) -> Poll<bool> {
        let Some(flight) = turn.as_mut() else { return Poll::Ready(true) };
        let Poll::Ready(answer) = flight.answer.poll_unpin(context) else { return Poll::Pending };
        let Some(Flight { number, agent, event, .. }) = turn.take() else { return Poll::Ready(true) };
        match answer {
            Ok((health, effect)) => {
                self.note_written(&agent, &event, health);
                let mut state = self.state();
                state.waiting.retain(|(other, ..)| *other != number);
                if let Some(answer) = state.answers.get_mut(&number) {
                    *answer = Some(effect);
                }
                Poll::Ready(true)
            }
            // Something stands in the way of this one: the others' entries are not touched by it.
            Err(error @ StoreError::Edit { .. }) => {
                self.state().stuck.insert(number);
                self.set_apart(&error);
                Poll::Ready(true)
            }
            Err(error) => {
                self.failed(&error);
                Poll::Ready(false)
            }
        }
    }

    /// Listens whether the store has answered meanwhile, without waiting.
    fn hear(&self) {
        if let Some(mut turn) = self.flight.try_lock() {
            let waker = std::task::Waker::noop();
            let _ = self.arrival(&mut turn, &mut std::task::Context::from_waker(waker));
        }
    }

    fn is_plain_repeat(&self, agent: &AgentId, event: &HealthEvent) -> bool {
        let HealthEvent::Succeeded { provider, profile, .. } = event else { return false };
        let now = self.clock.monotonic();
        let state = self.state();
        let last = state.written.get(&(agent.clone(), provider.clone()));
        last.is_some_and(|(last, at)| last == profile && now.saturating_sub(*at) < ONCE_A)
            && event.apply(&mut state.health(agent)) == Effect::Used
    }

    fn note_written(&self, agent: &AgentId, event: &HealthEvent, health: Health) {
        let mut state = self.state();
        state.failed_at = None;
        state.busy = false;
        state.known.insert(agent.clone(), health);
        if let HealthEvent::Succeeded { provider, profile, .. } = event {
            state.written.insert((agent.clone(), provider.clone()), (profile.clone(), self.clock.monotonic()));
        }
    }

    fn failed(&self, error: &StoreError) {
        self.state().failed_at = Some(self.clock.monotonic());
        self.set_apart(error);
    }

    /// Remembers why something could not be written.
    fn set_apart(&self, error: &StoreError) {
        let mut words = error.to_string();
        if let Some(cause) = std::error::Error::source(error) {
            words = format!("{words}: {cause}");
        }
        {
            let mut state = self.state();
            state.busy = false;
            state.failure = Some(words);
        }
        self.warn(error);
    }

    /// Once: a folder that cannot be written would otherwise fill the log.
    fn warn(&self, error: &StoreError) {
        let first = !std::mem::replace(&mut self.state().warned, true);
        if first {
            tracing::warn!(%error, "the health of profiles cannot be stored and is kept in memory");
        }
    }

    /// Gives a trial back without waiting: used where nothing can be awaited.
    pub(super) fn release(&self, agent: &AgentId, event: HealthEvent) {
        let number = {
            let mut state = self.state();
            if let HealthEvent::TrialReleased { owner: mine, .. } = &event {
                // A claim that the store never heard of is taken back where it waits.
                let claimed =
                    |other: &HealthEvent| matches!(other, HealthEvent::TrialClaimed { owner, .. } if owner == mine);
                state.waiting.retain(|(_, _, other)| !claimed(other));
            }
            state.queue(agent, event.clone())
        };
        // Stores that work in memory or on their own thread are done, or at it, after one poll.
        if self.tell(number).now_or_never().is_none() && !self.is_under_way(number) {
            // The store is at another event, and perhaps nobody comes to send this one after it. Others would
            // wait for the end of the lease. It stays in line too: said twice, it means the same.
            let _ = self.send(number, agent.clone(), event).answer.now_or_never();
        }
    }

    /// Whether the event that the store is at is this one.
    fn is_under_way(&self, number: u64) -> bool {
        let turn = self.flight.try_lock();
        turn.is_some_and(|turn| turn.as_ref().is_some_and(|flight| flight.number == number))
    }

    /// Why health is kept in memory, if it is.
    pub(super) fn why_degraded(&self) -> Option<String> {
        let state = self.state();
        state.failure.clone().filter(|_| state.is_degraded())
    }

    /// Whether health is kept in memory because the store cannot be written.
    pub(super) fn is_degraded(&self) -> bool {
        self.state().is_degraded()
    }

    /// Tells the store everything that is still waiting, without awaiting: at the end of the program.
    ///
    /// A store that failed a moment ago is left alone: a write that is cut off by the end of the
    /// process would leave its lock behind.
    pub(super) fn flush_now(&self) {
        if self.state().failed_at.is_some() {
            return;
        }
        let sent = self.flight.try_lock().and_then(|mut turn| turn.take());
        let waiting = std::mem::take(&mut self.state().waiting);
        for (number, agent, event) in waiting {
            if sent.as_ref().is_none_or(|flight| flight.number != number) {
                // Stores that work in memory or on their own thread are done, or at it, after one poll.
                let _ = self.send(number, agent, event).answer.now_or_never();
            }
        }
    }
}

/// An event whose answer somebody waits for.
struct Awaited<'k> {
    keeper: &'k Keeper,
    number: u64,
    /// Whether whoever waited was cancelled before the answer or the end of their patience.
    cancelled: bool,
}

impl Awaited<'_> {
    fn answer(&self) -> Option<Effect> {
        self.keeper.state().answers.get_mut(&self.number)?.take()
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        let mut state = self.keeper.state();
        state.answers.remove(&self.number);
        if self.cancelled {
            state.waiting.retain(|(number, ..)| *number != self.number);
            if let Some(mut turn) = self.keeper.flight.try_lock() {
                turn.take_if(|flight| flight.number == self.number);
            }
        }
    }
}
