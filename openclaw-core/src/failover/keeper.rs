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
/// when the store cannot be written.
pub(super) struct Keeper {
    store: Arc<dyn HealthStore>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What the store has not been told yet, oldest first.
    waiting: Vec<(AgentId, HealthEvent)>,
    /// When the store last failed (monotonic).
    failed_at: Option<Duration>,
    warned: bool,
    /// The profile whose success was last written, and when (monotonic).
    written: HashMap<(AgentId, ProviderId), (ProfileId, Duration)>,
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Keeper {
    pub(super) fn new(store: Arc<dyn HealthStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store's health with what it does not know yet. Never fails: without the store, what is
    /// in memory must do.
    pub(super) async fn load(&self, agent: &AgentId) -> Health {
        let mut health = match self.store.load(agent).await {
            Ok(health) => health,
            Err(error) => {
                self.warn(&error);
                Health::default()
            }
        };
        self.overlay(agent, &mut health);
        health
    }

    fn overlay(&self, agent: &AgentId, health: &mut Health) {
        for (_, event) in self.state().waiting.iter().filter(|(of, _)| of == agent) {
            event.apply(health);
        }
    }

    /// Records an event: durably if it must last, else when it is worth a write.
    pub(super) async fn commit(&self, agent: &AgentId, event: HealthEvent, known: &Health) -> Effect {
        if self.is_plain_repeat(agent, &event, known) {
            self.wait_with(agent, event);
            return Effect::Used;
        }
        let resting = self.state().failed_at.is_some_and(|at| self.clock.monotonic().saturating_sub(at) < REST);
        if !resting && self.flush(agent).await {
            match self.store.commit(agent, &event).await {
                Ok((_, effect)) => {
                    self.note_written(agent, &event);
                    return effect;
                }
                Err(error) => self.failed(&error),
            }
        }
        let mut health = known.clone();
        let effect = event.apply(&mut health);
        self.wait_with(agent, event);
        effect
    }

    /// Tells the store what it does not know yet; true if nothing is left.
    pub(super) async fn flush(&self, agent: &AgentId) -> bool {
        let events: Vec<HealthEvent> = {
            let mut state = self.state();
            let (mine, others) = std::mem::take(&mut state.waiting).into_iter().partition(|(of, _)| of == agent);
            state.waiting = others;
            let mine: Vec<(AgentId, HealthEvent)> = mine;
            mine.into_iter().map(|(_, event)| event).collect()
        };
        let mut events = events.into_iter();
        while let Some(event) = events.next() {
            if let Err(error) = self.store.commit(agent, &event).await {
                self.failed(&error);
                let rest = std::iter::once(event).chain(events).map(|event| (agent.clone(), event));
                let mut state = self.state();
                let newer = std::mem::take(&mut state.waiting);
                state.waiting = rest.chain(newer).collect();
                return false;
            }
            self.note_written(agent, &event);
        }
        true
    }

    fn is_plain_repeat(&self, agent: &AgentId, event: &HealthEvent, known: &Health) -> bool {
        let HealthEvent::Succeeded { provider, profile, .. } = event else { return false };
        let plain = event.apply(&mut known.clone()) == Effect::Used;
        let now = self.clock.monotonic();
        let state = self.state();
        let last = state.written.get(&(agent.clone(), provider.clone()));
        plain && last.is_some_and(|(last, at)| last == profile && now.saturating_sub(*at) < ONCE_A)
    }

    fn note_written(&self, agent: &AgentId, event: &HealthEvent) {
        let mut state = self.state();
        state.failed_at = None;
        if let HealthEvent::Succeeded { provider, profile, .. } = event {
            state.written.insert((agent.clone(), provider.clone()), (profile.clone(), self.clock.monotonic()));
        }
    }

    /// Queues an event. Of plain successes of one profile and model the latest is enough.
    fn wait_with(&self, agent: &AgentId, event: HealthEvent) {
        let mut state = self.state();
        if let HealthEvent::Succeeded { profile, model, seen, .. } = &event {
            state.waiting.retain(|(of, other)| {
                let same = matches!(other, HealthEvent::Succeeded { profile: p, model: m, seen: s, .. } if p == profile && m == model && s == seen);
                of != agent || !same
            });
        }
        if state.waiting.len() >= WAITING {
            state.waiting.remove(0);
        }
        state.waiting.push((agent.clone(), event));
    }

    fn failed(&self, error: &StoreError) {
        self.state().failed_at = Some(self.clock.monotonic());
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
        use std::task::{Context, Poll, Waker};
        let mut commit = self.store.commit(agent, &event);
        // Stores that work in memory or on their own thread are done, or at it, after one poll.
        let polled = commit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(commit);
        if !matches!(polled, Poll::Ready(Ok(_))) {
            self.wait_with(agent, event);
        }
    }

    /// Whether health is kept in memory because the store cannot be written.
    pub(super) fn is_degraded(&self) -> bool {
        self.state().failed_at.is_some()
    }

    /// Tells the store everything that is still waiting, without awaiting: at the end of the program.
    pub(super) fn flush_now(&self) {
        let waiting = std::mem::take(&mut self.state().waiting);
        for (agent, event) in waiting {
            self.release(&agent, event);
        }
    }
}
