//! What requests that succeed cost the disk.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;

use futures_executor::block_on;
use openclaw_core::{
    AgentId, CredentialChange, CredentialStore, Failover, FileStore, ModelRef, ModelSelection, ProviderId, Step,
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
