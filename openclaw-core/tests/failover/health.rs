//! Health on its way to the store: coalesced when it may be, kept in memory when it must be.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_executor::block_on;
use futures_util::FutureExt as _;
use openclaw_core::FailureReason::{Auth, Overloaded, RateLimit};
use openclaw_core::{AgentId, CredentialChange, Failover, FileStore, ManualClock, ModelSelection, ProviderId};

use crate::support::{START, World, at, drive, fails, id, model, secs};

#[test]
fn a_store_that_cannot_be_written_stops_no_request() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        world.flaky.unwritable.store(true, Ordering::SeqCst);
        let broken = |name: &str| if name == "a" { fails(Auth) } else { Ok(()) };
        let (tried, end) = drive(world.failover.session(), |name, _| broken(name)).await;
        end.unwrap();
        assert_eq!(tried, ["a@opus", "b@opus"]);
        assert!(world.failover.is_degraded());
        // The window is respected, and its one trial too.
        for _ in 0..3 {
            assert_eq!(world.served().await, "b@opus");
        }
        world.clock.advance(secs(60));
        let mut session = world.failover.session();
        let trial = session.next().await.unwrap().unwrap();
        assert_eq!(trial.profile(), &id("a"));
        assert_eq!(world.served().await, "b@opus");
        drop(trial);
        let (tried, _) = drive(world.failover.session(), |name, _| broken(name)).await;
        assert_eq!(tried, ["a@opus", "b@opus"], "the trial was given back, and failed");
        assert_eq!(world.failover.health().await.of(&id("a")).errors, 2);
        assert_eq!(world.flaky.commits(), 0);

        // As soon as it can be written again, it is.
        world.flaky.unwritable.store(false, Ordering::SeqCst);
        world.clock.advance(secs(31));
        assert_eq!(world.served().await, "b@opus");
        assert!(!world.failover.is_degraded());
        let stored = world.stored("a").await;
        assert_eq!(stored.cooldown.unwrap().until, at(360));
        assert_eq!((stored.errors, stored.trial), (2, None));
    });
}

#[test]
fn two_trials_are_not_granted_at_once_without_a_store() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        world.flaky.unwritable.store(true, Ordering::SeqCst);
        drop(drive(world.failover.session(), |name, _| if name == "a" { fails(Auth) } else { Ok(()) }).await);
        world.clock.advance(secs(60));
        // Both look before either claims: commits take a turn.
        world.flaky.slow.store(true, Ordering::SeqCst);
        let (mut one, mut two) = (world.failover.session(), world.failover.session());
        let (first, second) = futures_util::future::join(one.next(), two.next()).await;
        let names = [first.unwrap().unwrap(), second.unwrap().unwrap()].map(|attempt| attempt.profile().clone());
        assert_eq!(names, [id("a"), id("b")]);
    });
}

#[test]
fn a_trial_that_the_store_never_heard_of_is_given_back() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        world.flaky.unwritable.store(true, Ordering::SeqCst);
        drop(drive(world.failover.session(), |name, _| if name == "a" { fails(Auth) } else { Ok(()) }).await);
        world.clock.advance(secs(60));
        let mut session = world.failover.session();
        let trial = session.next().await.unwrap().unwrap();
        assert_eq!(trial.profile(), &id("a"));
        // The store works again just before the attempt is dropped.
        world.flaky.unwritable.store(false, Ordering::SeqCst);
        drop(trial);
        assert_eq!(world.failover.health().await.of(&id("a")).trial, None);
        assert_eq!(world.served().await, "a@opus");
    });
}

#[test]
fn a_store_that_cannot_be_read_is_remembered() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        drop(drive(world.failover.session(), |name, _| if name == "a" { fails(Auth) } else { Ok(()) }).await);
        world.flaky.unreadable.store(true, Ordering::SeqCst);
        world.flaky.unwritable.store(true, Ordering::SeqCst);
        assert_eq!(world.served().await, "b@opus");
        world.clock.advance(secs(59));
        assert_eq!(world.served().await, "b@opus");
        world.clock.advance(secs(1));
        assert_eq!(world.served().await, "a@opus");
    });
}

#[test]
fn plain_successes_are_written_once_a_minute() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        for _ in 0..1000 {
            assert_eq!(world.served().await, "a@opus");
            world.clock.advance(secs(1));
        }
        // At 0, 60, … 960.
        assert_eq!(world.flaky.commits(), 17);
        assert_eq!(world.stored("a").await.last_used, Some(at(960)));
        assert_eq!(world.failover.health().await.of(&id("a")).last_used, Some(at(999)));
        assert!(world.failover.flush().await);
        assert_eq!((world.flaky.commits(), world.stored("a").await.last_used), (18, Some(at(999))));
        assert!(world.failover.flush().await);
        assert_eq!(world.flaky.commits(), 18, "nothing was left");
    });
}

#[test]
fn a_changed_profile_and_every_failure_are_written_at_once() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        assert_eq!(world.served().await, "a@opus");
        let mut seen = Vec::new();
        for reason in [Overloaded, RateLimit] {
            let store = Arc::clone(&world.store);
            let (_, end) = drive(world.failover.session(), |name, _| {
                if name == "b" {
                    // Before the next attempt starts, the failure stands in the store.
                    let agent = AgentId::main();
                    let load = openclaw_core::HealthStore::load(&*store, &agent).now_or_never();
                    let health = load.unwrap().unwrap();
                    seen.push(health.of(&id("a")).models["opus"].clone());
                    return Ok(());
                }
                fails(reason)
            })
            .await;
            end.unwrap();
            world.clock.advance(secs(31));
        }
        assert!(seen[0].demoted.is_some() && seen[1].cooldown.is_some());
        let stored = openclaw_core::HealthStore::load(&*world.store, &AgentId::main()).await.unwrap();
        assert_eq!(stored.last_good[&ProviderId::anthropic()], id("b"));
    });
}

#[test]
fn the_last_clone_writes_what_is_left() {
    block_on(async {
        let world = World::new(&["a"], &[]);
        assert_eq!(world.served().await, "a@opus");
        world.clock.advance(secs(5));
        assert_eq!(world.served().await, "a@opus");
        let store = Arc::clone(&world.store);
        assert_eq!(world.stored("a").await.last_used, Some(at(0)));
        drop(world);
        let health = openclaw_core::HealthStore::load(&*store, &AgentId::main()).await.unwrap();
        assert_eq!(health.of(&id("a")).last_used, Some(at(5)));
    });
}

/// Permissions do not stop root, so something else does: the lock cannot be made, as a folder stands in its place.
#[test]
fn a_folder_that_cannot_be_written_stops_no_request() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::new(dir.path());
    let agent = AgentId::main();
    block_on(async {
        for name in ["a", "b"] {
            let key = openclaw_core::Credential::api_key(&format!("sk-ant-api03-{name}").into()).unwrap();
            let change = CredentialChange::upsert(id(name), ProviderId::anthropic(), key);
            openclaw_core::CredentialStore::commit(&store, &agent, change).await.unwrap();
        }
        let order =
            CredentialChange::SetOrder { provider: ProviderId::anthropic(), order: Some(vec![id("a"), id("b")]) };
        openclaw_core::CredentialStore::commit(&store, &agent, order).await.unwrap();
        let lock = store.agent_dir(&agent).join(".auth-profiles.json.openclaw-lock");
        std::fs::remove_file(&lock).unwrap();
        std::fs::create_dir(&lock).unwrap();

        let clock = ManualClock::at(START);
        let failover = Failover::builder(ModelSelection::new(model("opus")))
            .store(Arc::new(store.clone()))
            .clock(clock.clone())
            .build();
        let broken = |name: &str| if name == "a" { fails(Auth) } else { Ok(()) };
        let (tried, end) = drive(failover.session(), |name, _| broken(name)).await;
        end.unwrap();
        assert_eq!(tried, ["a@opus", "b@opus"]);
        let (tried, _) = drive(failover.session(), |name, _| broken(name)).await;
        assert_eq!(tried, ["b@opus"]);
        assert!(failover.is_degraded());

        std::fs::remove_dir(&lock).unwrap();
        assert!(failover.flush().await && !failover.is_degraded());
        let stored = openclaw_core::HealthStore::load(&store, &agent).await.unwrap();
        assert_eq!(stored.of(&id("a")).cooldown.unwrap().until, at(60));
        assert!(stored.of(&id("b")).last_used.is_some());
    });
}

#[tokio::test]
async fn an_entry_that_cannot_be_edited_holds_nobody_else_up() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(FileStore::new(dir.path()));
    let agent = AgentId::main();
    let profile = |name: &str| {
        format!(r#""anthropic:{name}": {{"type": "api_key", "provider": "anthropic", "key": "sk-ant-api03-{name}"}}"#)
    };
    let twice = r#"{"anthropic:a": {"errorCount": 0, "errorCount": 0}}"#;
    let order = r#"{"anthropic": ["anthropic:a", "anthropic:b"]}"#;
    let profiles = format!("{}, {}", profile("a"), profile("b"));
    let text = format!(r#"{{"profiles": {{{profiles}}}, "order": {order}, "usageStats": {twice}}}"#);
    std::fs::create_dir_all(store.agent_dir(&agent)).unwrap();
    std::fs::write(store.path(&agent), text).unwrap();

    let failover = Failover::builder(ModelSelection::new(model("opus"))).store(Arc::clone(&store)).build();
    let (tried, _) = drive(failover.session(), |_, _| fails(Auth)).await;
    assert_eq!(tried, ["a@opus", "b@opus"]);
    let stored = || async { openclaw_core::HealthStore::load(&*store, &agent).await.unwrap() };
    assert!(stored().await.of(&id("b")).cooldown.is_some(), "before anything else happens");
    // What could not be written counts in memory, and is said.
    assert!(failover.health().await.of(&id("a")).cooldown.is_some());
    assert!(failover.why_degraded().unwrap().contains("errorCount") && !failover.flush().await);
    // Written as soon as it can be.
    let text = std::fs::read_to_string(store.path(&agent)).unwrap();
    std::fs::write(store.path(&agent), text.replacen(r#""errorCount": 0, "errorCount": 0"#, "", 1)).unwrap();
    assert!(failover.flush().await && !failover.is_degraded());
    assert!(stored().await.of(&id("a")).cooldown.is_some());
}
