//! OpenClaw beside us: it locks with the npm package `proper-lockfile` and writes in place.
//!
//! What that package does is done here by hand; `benches/peers/proper-lockfile` has the package itself.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use futures_executor::block_on;
use openclaw_core::{
    AgentId, CredentialChange, CredentialStore, Failover, Failure, FailureReason, FileStore, HealthStore, ModelRef,
    ModelSelection, ProviderId, Step,
};
use tempfile::TempDir;

use crate::support::*;

/// OpenClaw's lock: a folder that is made, kept young and removed.
struct Sidecar(PathBuf);

impl Sidecar {
    fn of(store: &FileStore) -> Self {
        Self(store.agent_dir(&AgentId::main()).join("auth-profiles.json.lock"))
    }

    fn is_old(path: &Path) -> bool {
        let made = fs::metadata(path).and_then(|there| there.modified());
        made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > Duration::from_secs(30)))
    }

    /// As `lock()` with `stale: 30_000`: make it, or remove an old one and make it; else try again later.
    fn take(&self) {
        let start = Instant::now();
        while fs::create_dir(&self.0).is_err() {
            if Self::is_old(&self.0) {
                fs::remove_dir(&self.0).unwrap();
                continue;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "OpenClaw would have given up");
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    /// As the timer of a lock that is held: its time is what tells the living from the dead.
    fn keep_young(&self) {
        File::open(&self.0).unwrap().set_modified(SystemTime::now()).unwrap();
    }

    fn free(&self) {
        fs::remove_dir(&self.0).unwrap();
    }
}

#[test]
fn openclaw_and_we_lose_nothing_of_each_other() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    add(&store, "first").unwrap();
    let (path, done) = (store.path(&AgentId::main()), AtomicBool::new(false));
    let rounds = 60;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..rounds {
                let sidecar = Sidecar::of(&store);
                sidecar.take();
                let text = fs::read_to_string(&path).unwrap();
                let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
                json["usageStats"][format!("anthropic:theirs-{n}")] = serde_json::json!({"lastUsed": 5});
                // In place, in two steps: a reader may see half of it.
                let text = serde_json::to_string_pretty(&json).unwrap();
                fs::write(&path, &text[..text.len() / 2]).unwrap();
                fs::write(&path, text).unwrap();
                sidecar.free();
                std::thread::sleep(Duration::from_millis(1));
            }
            done.store(true, Ordering::SeqCst);
        });
        for n in 0..rounds {
            add(&store, &format!("ours-{n}")).unwrap();
            touch(&store, &format!("ours-{n}"), 5).unwrap();
            credentials(&store).unwrap();
        }
    });
    assert!(done.load(Ordering::SeqCst));
    let (profiles, health) = (credentials(&store).unwrap(), health(&store).unwrap());
    for n in 0..rounds {
        assert!(profiles.get(&profile(&format!("ours-{n}"))).is_some(), "{n}");
        for whose in ["ours", "theirs"] {
            assert!(health.of(&profile(&format!("{whose}-{n}"))).last_used.is_some(), "{whose} {n}");
        }
    }
    no_leftovers(folder.path());
}

#[test]
fn a_lock_that_openclaw_keeps_young_is_waited_for_and_an_old_one_is_taken_over() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    add(&store, "first").unwrap();
    let sidecar = Sidecar::of(&store);
    sidecar.take();
    let old = SystemTime::now() - Duration::from_secs(29);
    File::open(&sidecar.0).unwrap().set_modified(old).unwrap();
    sidecar.keep_young();
    std::thread::scope(|scope| {
        let ours = scope.spawn(|| add(&store, "second").map(drop));
        std::thread::sleep(Duration::from_millis(1500));
        assert!(!ours.is_finished(), "it was waited for");
        sidecar.free();
        ours.join().unwrap().unwrap();
    });
    // Its holder was killed half a minute ago.
    sidecar.take();
    File::open(&sidecar.0).unwrap().set_modified(old - Duration::from_secs(2)).unwrap();
    add(&store, "third").unwrap();
    no_leftovers(folder.path());
}

#[test]
fn openclaw_waits_while_we_hold_the_lock() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    add(&store, "first").unwrap();
    let sidecar = Sidecar::of(&store);
    // Ours, at work: it is a folder, and young, however long it has waited under its other name.
    let spare = store.agent_dir(&AgentId::main()).join(".auth-profiles.json.openclaw-sidecar");
    if let Ok(there) = File::open(&spare) {
        there.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    }
    let mut seen = 0;
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..200 {
                add(&store, &format!("n{}", n % 7)).unwrap();
                limit(&store, "first", &format!("m{n}")).unwrap();
            }
            stop.store(true, Ordering::SeqCst);
        });
        while !stop.load(Ordering::SeqCst) {
            if let Ok(there) = fs::metadata(&sidecar.0) {
                seen += 1;
                assert!(there.is_dir(), "OpenClaw could not remove a file when it is old");
                let age = there.modified().unwrap().elapsed().unwrap_or_default();
                assert!(age < Duration::from_secs(20), "OpenClaw would take it for dead: {age:?}");
            }
        }
    });
    assert!(seen > 0, "it was never held");
}

/// A failover over this store.
fn failover(store: &FileStore) -> Failover {
    Failover::builder(ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap()))
        .store(std::sync::Arc::new(store.clone()))
        .build()
}

/// One request: who served it, and how long it took.
fn request(failover: &Failover, broken: &str) -> (String, Duration) {
    let start = Instant::now();
    block_on(async {
        let mut session = failover.session();
        while let Some(attempt) = session.next().await.unwrap() {
            let name = attempt.profile().to_string();
            let result = if name == broken { Err(Failure::new(FailureReason::Auth, "broken")) } else { Ok(name) };
            if let Step::Done(name) = attempt.report(result).await.unwrap() {
                return (name, start.elapsed());
            }
        }
        panic!("nobody served");
    })
}

#[test]
fn a_lock_that_openclaw_holds_for_long_hardly_delays_a_request() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    add(&store, "first").unwrap();
    add(&store, "second").unwrap();
    let order = Some(vec![profile("first"), profile("second")]);
    let order = CredentialChange::SetOrder { provider: ProviderId::anthropic(), order };
    block_on(CredentialStore::commit(&store, &AgentId::main(), order)).unwrap();
    let (failover, sidecar) = (failover(&store), Sidecar::of(&store));
    sidecar.take();
    // A success is not waited for at all, a failure for a moment, and the next one not again.
    let (name, took) = request(&failover, "nobody");
    assert!(took < Duration::from_millis(900), "{took:?}");
    let (other, took) = request(&failover, &name);
    assert!(other != name && took < Duration::from_secs(5), "{took:?}");
    let (again, took) = request(&failover, "nobody");
    assert!(again == other && took < Duration::from_millis(900), "the window counts, unwritten: {again} {took:?}");
    assert!(!failover.is_degraded(), "a lock that is held is no broken store");
    sidecar.free();
    assert!(block_on(failover.flush()));
    let stored = block_on(HealthStore::load(&store, &AgentId::main())).unwrap();
    assert!(stored.profiles[name.as_str()].cooldown.is_some());
    assert!(stored.profiles[other.as_str()].last_used.is_some());
}
