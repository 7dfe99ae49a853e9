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

/// How often the file was replaced by so many requests that all succeed. Which profile serves is the
/// order's choice: `explicit` is always the first, else they take turns.
fn replaced(requests: usize, explicit: bool) -> usize {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    for name in ["a", "b"] {
        add(&store, name).unwrap();
    }
    if explicit {
        let order = Some(vec![profile("a"), profile("b")]);
        let change = CredentialChange::SetOrder { provider: ProviderId::anthropic(), order };
        block_on(CredentialStore::commit(&store, &AgentId::main(), change)).unwrap();
    }
    let failover = Failover::builder(ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap()))
        .store(Arc::new(store.clone()))
        .build();
    let path = store.path(&AgentId::main());
    let state = || fs::metadata(&path).map(|there| (there.ino(), there.mtime(), there.mtime_nsec())).unwrap();
    let (mut before, mut times) = (state(), 0);
    for _ in 0..requests {
        block_on(async {
            let mut session = failover.session();
            while let Some(attempt) = session.next().await.unwrap() {
                assert!(matches!(attempt.report(Ok::<(), _>(())).await.unwrap(), Step::Done(())));
            }
        });
        let now = state();
        times += usize::from(now != before);
        before = now;
    }
    times
}

#[test]
fn a_thousand_successes_of_one_profile_are_hardly_written() {
    let times = replaced(1000, true);
    println!("1000 requests of one profile: {times} writes");
    // At the start, and once more for each minute that a very slow machine may take.
    assert!((1..=4).contains(&times), "{times}");
}

#[test]
fn profiles_that_take_turns_are_written_without_syncs() {
    let times = replaced(scale("OPENCLAW_TEST_REQUESTS", 100) as usize, false);
    println!("requests of profiles in turns: {times} writes");
}
