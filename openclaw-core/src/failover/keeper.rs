//! Health on its way to the store: written when it must be, remembered when it cannot be.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::health::{Effect, Health, HealthEvent};
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::store::{HealthStore, StoreError};
use crate::time::Clock;

/// How often a profile's plain successes are written.
const ONCE_A: Duration = Duration::from_secs(60);

/// How long a store that failed is left alone.
const REST: Duration = Duration::from_secs(30);

/// The most events that wait for a store that cannot be written.
const WAITING: usize = 4096;

/// Stands between sessions and the health store: coalesces plain successes, and goes on in memory
/// when the store cannot be used.
pub(super) struct Keeper {
    store: Arc<dyn HealthStore>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Held while waiting events are written, so that they are written in their order.
    writing: futures_util::lock::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// What the store has not been told yet, oldest first, with a number to find it by.
    waiting: Vec<(u64, AgentId, HealthEvent)>,
    numbers: u64,
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

    fn overlay(&self, agent: &AgentId, health: &mut Health) {
        for (_, _, event) in self.waiting.iter().filter(|(_, of, _)| of == agent) {
            event.apply(health);
        }
    }

    fn queue(&mut self, agent: &AgentId, event: HealthEvent) {
        self.drop_superseded(agent, &event);
        if self.waiting.len() >= WAITING {
            self.waiting.remove(0);
        }
        self.numbers += 1;
        self.waiting.push((self.numbers, agent.clone(), event));
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
                    if m == model && s == seen {
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
        Self { store, clock, state: Mutex::default(), writing: futures_util::lock::Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store's health with what it does not know yet. Never fails: without the store, what it
    /// last said must do.
    pub(super) async fn load(&self, agent: &AgentId) -> Health {
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

    /// Records an event: durably if it must last, else when it is worth a write. Safe to cancel:
    /// at most this event is lost.
    pub(super) async fn commit(&self, agent: &AgentId, event: HealthEvent) -> Effect {
        if self.is_plain_repeat(agent, &event) {
            self.state().queue(agent, event);
            return Effect::Used;
        }
        self.state().drop_superseded(agent, &event);
        let resting = self.state().failed_at.is_some_and(|at| self.clock.monotonic().saturating_sub(at) < REST);
        if !resting && self.flush(agent).await {
            match self.store.commit(agent, &event).await {
                Ok((health, effect)) => {
                    self.note_written(agent, &event, health);
                    return effect;
                }
                Err(error) => self.failed(&error),
            }
        }
        // Decided and remembered in one step, so that a trial is granted once in this process.
        let mut state = self.state();
        let effect = event.apply(&mut state.health(agent));
        state.queue(agent, event);
        effect
    }

    /// Tells the store what it does not know yet; true if nothing is left. An event waits until it
    /// is written, so it counts all the time, and a cancelled call loses nothing.
    pub(super) async fn flush(&self, agent: &AgentId) -> bool {
        let first = || self.state().waiting.iter().find(|(_, of, _)| of == agent).cloned();
        if first().is_none() {
            return true;
        }
        let _writing = self.writing.lock().await;
        while let Some((number, _, event)) = first() {
            match self.store.commit(agent, &event).await {
                Ok((health, _)) => {
                    self.note_written(agent, &event, health);
                    self.state().waiting.retain(|(other, ..)| *other != number);
                }
                Err(error) => {
                    self.failed(&error);
                    return false;
                }
            }
        }
        true
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
        state.known.insert(agent.clone(), health);
        if let HealthEvent::Succeeded { provider, profile, .. } = event {
            state.written.insert((agent.clone(), provider.clone()), (profile.clone(), self.clock.monotonic()));
        }
    }

    fn failed(&self, error: &StoreError) {
        let mut words = error.to_string();
        if let Some(cause) = std::error::Error::source(error) {
            words = format!("{words}: {cause}");
        }
        {
            let mut state = self.state();
            state.failed_at = Some(self.clock.monotonic());
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
        if let HealthEvent::TrialReleased { owner: mine, .. } = &event {
            // A claim that the store never heard of is taken back where it waits.
            self.state()
                .waiting
                .retain(|(_, _, other)| !matches!(other, HealthEvent::TrialClaimed { owner, .. } if owner == mine));
        }
        self.tell_now(agent, event);
    }

    fn tell_now(&self, agent: &AgentId, event: HealthEvent) {
        use std::task::{Context, Poll, Waker};
        let mut commit = self.store.commit(agent, &event);
        // Stores that work in memory or on their own thread are done, or at it, after one poll.
        let polled = commit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(commit);
        if !matches!(polled, Poll::Ready(Ok(_))) {
            self.state().queue(agent, event);
        }
    }

    /// Why health is kept in memory, if it is.
    pub(super) fn why_degraded(&self) -> Option<String> {
        let state = self.state();
        state.failure.clone().filter(|_| state.failed_at.is_some())
    }

    /// Whether health is kept in memory because the store cannot be written.
    pub(super) fn is_degraded(&self) -> bool {
        self.state().failed_at.is_some()
    }

    /// Tells the store everything that is still waiting, without awaiting: at the end of the program.
    ///
    /// A store that failed a moment ago is left alone: a write that is cut off by the end of the
    /// process would leave its lock behind.
    pub(super) fn flush_now(&self) {
        if self.is_degraded() {
            return;
        }
        let waiting = std::mem::take(&mut self.state().waiting);
        for (_, agent, event) in waiting {
            self.tell_now(&agent, event);
        }
    }
}
