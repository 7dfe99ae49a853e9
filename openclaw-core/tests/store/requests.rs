//! What requests that succeed cost the disk.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_executor::block_on;
use openclaw_core::{
    AgentId, AuthProfiles, CredentialChange, CredentialStore, Effect, Failover, FileStore, Health, HealthEvent,
    HealthStore, ModelRef, ModelSelection, ProviderId, Step, StoreError,
};
use tempfile::TempDir;

use crate::support::*;

/// Two profiles. Which one serves is the order's choice: `explicit` is always the first, else they take
/// turns.
fn store(folder: &TempDir, explicit: bool) -> (FileStore, Failover) {
    let store = FileStore::new(folder.path());
    for name in ["a", "b"] {
        add(&store, name).unwrap();
    }
    if explicit {
        let order = Some(vec![profile("a"), profile("b")]);
        let change = CredentialChange::SetOrder { provider: ProviderId::anthropic(), order };
        block_on(CredentialStore::commit(&store, &AgentId::main(), change)).unwrap();
    }
    let models = ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap());
    let failover = Failover::builder(models).store(Arc::new(store.clone())).build();
    (store, failover)
}

fn succeed(failover: &Failover) {
    block_on(async {
        let mut session = failover.session();
        while let Some(attempt) = session.next().await.unwrap() {
            assert!(matches!(attempt.report(Ok::<(), _>(())).await.unwrap(), Step::Done(())));
        }
    });
}

#[test]
fn a_thousand_successes_of_one_profile_are_hardly_written() {
    let folder = TempDir::new().unwrap();
    let (store, failover) = store(&folder, true);
    let path = store.path(&AgentId::main());
    let state = || fs::metadata(&path).map(|there| (there.ino(), there.mtime(), there.mtime_nsec())).unwrap();
    let (mut before, mut times) = (state(), 0);
    for _ in 0..1000 {
        succeed(&failover);
        let now = state();
        times += usize::from(now != before);
        before = now;
    }
    println!("1000 requests of one profile: {times} writes");
    // At the start, and once more for each minute that a very slow machine may take.
    assert!((1..=4).contains(&times), "{times}");
}

/// A store that counts its writes of health.
#[derive(Debug)]
struct Counting(FileStore, AtomicUsize);

#[async_trait]
impl CredentialStore for Counting {
    async fn load(&self, agent: &AgentId) -> Result<AuthProfiles, StoreError> {
        CredentialStore::load(&self.0, agent).await
    }

    async fn commit(&self, agent: &AgentId, change: CredentialChange) -> Result<AuthProfiles, StoreError> {
        CredentialStore::commit(&self.0, agent, change).await
    }
}

#[async_trait]
impl HealthStore for Counting {
    async fn load(&self, agent: &AgentId) -> Result<Health, StoreError> {
        HealthStore::load(&self.0, agent).await
    }

    async fn commit(&self, agent: &AgentId, event: &HealthEvent) -> Result<(Health, Effect), StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        HealthStore::commit(&self.0, agent, event).await
    }
}

#[test]
fn a_thousand_successes_of_profiles_that_take_turns_cost_at_most_a_write_each() {
    let folder = TempDir::new().unwrap();
    let (store, _) = store(&folder, false);
    let counting = Arc::new(Counting(store, AtomicUsize::new(0)));
    let models = ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap());
    let failover = Failover::builder(models).store(Arc::clone(&counting)).build();
    for _ in 0..1000 {
        succeed(&failover);
    }
    assert!(block_on(failover.flush()));
    let writes = counting.1.load(Ordering::SeqCst);
    println!("1000 requests of profiles that take turns: {writes} writes");
    // What comes while one is written waits and becomes one with what comes after it; and both profiles at the end.
    assert!((2..=1002).contains(&writes), "{writes}");
}

#[test]
fn profiles_that_take_turns_are_not_waited_for_and_both_remembered() {
    let folder = TempDir::new().unwrap();
    let (store, failover) = store(&folder, false);
    for _ in 0..50 {
        succeed(&failover);
    }
    assert!(block_on(failover.flush()));
    let stored = health(&store).unwrap();
    assert!(["a", "b"].iter().all(|name| stored.of(&profile(name)).last_used.is_some()), "{stored:?}");
}
