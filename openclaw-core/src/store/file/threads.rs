//! Threads for file work, so that no executor is held up and any will do.
//!
//! They are kept for the next piece of work, since starting one costs as much as a small read, and end
//! when there was none for a while or the store is gone. What was begun is finished in any case.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::id::AgentId;

/// How long a thread without work is kept.
const IDLE: Duration = Duration::from_secs(10);

pub(super) type Job = Box<dyn FnOnce() + Send>;

/// The threads of a store and its clones.
#[derive(Debug, Default)]
pub(super) struct Threads(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    ready: VecDeque<(Option<AgentId>, Job)>,
    /// The agents whose changes are at work, and the changes behind them: one after the other, in
    /// their order, instead of many threads that fight for one lock.
    lanes: HashMap<AgentId, VecDeque<Job>>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("threads", &self.state().threads).finish_non_exhaustive()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.work.notify_all();
    }
}

impl Threads {
    /// Has the work done by a thread: at once, or after what was given before for the same lane.
    ///
    /// # Errors
    /// There is no thread, and none can be started.
    pub(super) fn run(&self, lane: Option<AgentId>, job: Job) -> io::Result<()> {
        let mut state = self.0.state();
        if let Some(agent) = &lane {
            if let Some(behind) = state.lanes.get_mut(agent) {
                behind.push_back(job);
                return Ok(());
            }
            state.lanes.insert(agent.clone(), VecDeque::new());
        }
        state.ready.push_back((lane, job));
        if state.idle >= state.ready.len() {
            drop(state);
            self.0.work.notify_one();
            return Ok(());
        }
        let shared = Arc::clone(&self.0);
        match std::thread::Builder::new().name("openclaw-store".to_owned()).spawn(move || shared.serve()) {
            Ok(_) => state.threads += 1,
            // Those that are there come to it.
            Err(_) if state.threads > 0 => {}
            Err(error) => {
                if let Some((Some(lane), _)) = state.ready.pop_back() {
                    state.lanes.remove(&lane);
                }
                return Err(error);
            }
        }
        Ok(())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread does all its life.
    fn serve(&self) {
        while let Some((lane, job)) = self.next() {
            // A panic ends the work, whose caller hears of it, and not what waits behind it.
            let _ = catch_unwind(AssertUnwindSafe(job));
            if let Some(lane) = lane {
                let mut state = self.state();
                match state.lanes.get_mut(&lane).and_then(VecDeque::pop_front) {
                    Some(job) => state.ready.push_front((Some(lane), job)),
                    None => drop(state.lanes.remove(&lane)),
                }
            }
        }
    }

    /// The next work; `None` when the thread has to end.
    fn next(&self) -> Option<(Option<AgentId>, Job)> {
        let mut state = self.state();
        loop {
            if let Some(next) = state.ready.pop_front() {
                return Some(next);
            }
            if state.closed {
                state.threads -= 1;
                return None;
            }
            state.idle += 1;
            let (woken, waited) = self.work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.ready.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_thread_is_used_again() {
        let threads = Threads::default();
        for _ in 0..50 {
            let (send, receive) = mpsc::channel();
            threads.run(None, Box::new(move || send.send(()).unwrap())).unwrap();
            receive.recv().unwrap();
        }
        let started = threads.0.state().threads;
        assert!(started < 25, "{started} threads for 50 pieces of work, one after the other");
    }

    #[test]
    fn changes_of_one_agent_keep_their_order_and_stop_nobody_else() {
        let threads = Threads::default();
        let (send, receive) = mpsc::channel();
        let (go, wait) = mpsc::channel::<()>();
        let lane = || Some(AgentId::main());
        threads.run(lane(), Box::new(move || wait.recv().unwrap())).unwrap();
        threads.run(lane(), Box::new(|| panic!("this one ends badly"))).unwrap();
        for n in 0..20 {
            let send = send.clone();
            threads.run(lane(), Box::new(move || send.send(n).unwrap())).unwrap();
        }
        let other = send.clone();
        threads.run(Some(AgentId::new("other")), Box::new(move || other.send(100).unwrap())).unwrap();
        let reader = send;
        threads.run(None, Box::new(move || reader.send(200).unwrap())).unwrap();
        let mut first = [receive.recv().unwrap(), receive.recv().unwrap()];
        first.sort_unstable();
        assert_eq!(first, [100, 200], "nobody waits for the agent that is busy");
        // The store goes while its work still waits.
        drop(threads);
        go.send(()).unwrap();
        assert_eq!(receive.iter().collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
    }
}
