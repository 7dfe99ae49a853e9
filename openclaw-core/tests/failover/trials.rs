//! Half-open profiles: one attempt tries, everybody else goes on or waits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_executor::block_on;
use openclaw_core::FailureReason::{Auth, Format, RateLimit};
use openclaw_core::{
    AgentId, CooldownPolicy, Credential, CredentialChange, Failover, FileStore, MemoryStore, ModelSelection,
    ProviderId, Step, SystemClock,
};

use crate::support::{World, abandon, drive, fails, id, keys, model, secs, who};

/// `a` failed and its window has just passed.
async fn half_open(profiles: &[&str]) -> World {
    let world = World::new(profiles, &[]);
    let (_, _) = drive(world.failover.session(), |name, _| fails(if name == "a" { Auth } else { Format })).await;
    world.clock.advance(secs(60));
    world.heard.take();
    world
}

#[test]
fn one_tries_and_the_other_takes_the_next() {
    block_on(async {
        let world = half_open(&["a", "b"]).await;
        let mut first = world.failover.session();
        let trial = first.next().await.unwrap().unwrap();
        assert_eq!(trial.profile(), &id("a"));
        assert_eq!(world.served().await, "b@opus");
        assert!(world.heard.take().contains(&"skip anthropic:a opus on_trial".to_owned()));
        // Its success closes the window for everybody.
        trial.report(Ok(())).await.unwrap();
        assert_eq!(world.served().await, "a@opus");
        assert_eq!(world.stored("a").await.cooldown, None);
    });
}

#[test]
fn a_failed_trial_opens_the_next_rung() {
    block_on(async {
        let world = half_open(&["a", "b"]).await;
        let (tried, end) =
            drive(world.failover.session(), |name, _| if name == "a" { fails(Auth) } else { Ok(()) }).await;
        end.unwrap();
        assert_eq!(tried, ["a@opus", "b@opus"]);
        assert!(world.heard.take().contains(&"window anthropic:a Profile auth +360".to_owned()));
        world.clock.advance(secs(299));
        assert_eq!(world.served().await, "b@opus");
        world.clock.advance(secs(1));
        assert_eq!(world.served().await, "a@opus");
    });
}

#[test]
fn a_dropped_attempt_or_session_frees_the_trial_at_once() {
    block_on(async {
        let world = half_open(&["a", "b"]).await;
        for _ in 0..3 {
            let mut session = world.failover.session();
            let attempt = session.next().await.unwrap().unwrap();
            assert_eq!(attempt.profile(), &id("a"));
            assert!(world.stored("a").await.trial.is_some());
            drop(attempt);
            assert_eq!(world.stored("a").await.trial, None);
        }
        // Also one that waits for its retry.
        let mut session = world.failover.session();
        let attempt = session.next().await.unwrap().unwrap();
        attempt.report(fails(openclaw_core::FailureReason::Timeout)).await.unwrap();
        assert!(world.stored("a").await.trial.is_some());
        drop(session);
        assert_eq!(world.stored("a").await.trial, None);
    });
}

#[test]
fn a_failure_that_says_nothing_about_the_profile_frees_the_trial() {
    block_on(async {
        let world = half_open(&["a"]).await;
        let (_, end) = drive(world.failover.session(), |_, _| fails(Format)).await;
        assert!(end.is_err());
        assert_eq!(world.stored("a").await.trial, None);
        assert_eq!(world.served().await, "a@opus");
    });
}

#[test]
fn a_cancelled_next_or_report_leaves_nothing_behind() {
    block_on(async {
        let world = half_open(&["a", "b"]).await;
        world.flaky.slow.store(true, Ordering::SeqCst);
        let mut session = world.failover.session();
        abandon(session.next());
        world.flaky.slow.store(false, Ordering::SeqCst);
        assert_eq!(world.stored("a").await.trial, None);
        assert_eq!(world.heard.take(), Vec::<String>::new(), "nothing was attempted");

        // Cancelled when the trial was already claimed.
        world.flaky.answers_late.store(true, Ordering::SeqCst);
        abandon(session.next());
        world.flaky.answers_late.store(false, Ordering::SeqCst);
        assert_eq!(world.served().await, "a@opus");
        let world = half_open(&["a", "b"]).await;
        let mut session = world.failover.session();

        let before = world.stored("a").await;
        let attempt = session.next().await.unwrap().unwrap();
        assert_eq!(attempt.profile(), &id("a"));
        world.flaky.slow.store(true, Ordering::SeqCst);
        abandon(attempt.report(fails(Auth)));
        world.flaky.slow.store(false, Ordering::SeqCst);
        // The release could not be awaited either: this process knows of it, and tells the store next time.
        assert_eq!(world.served().await, "a@opus");
        let after = world.stored("a").await;
        assert_eq!((after.trial, after.cooldown), (None, None));
        assert!(before.cooldown.is_some());
    });
}

/// The store is still at something else, and the process may have nothing more to tell it for a long time.
#[test]
fn a_trial_is_freed_though_the_store_is_at_something_else() {
    block_on(async {
        let world = half_open(&["a", "b"]).await;
        let mut session = world.failover.session();
        let trial = session.next().await.unwrap().unwrap();
        assert_eq!(trial.profile(), &id("a"));
        world.flaky.answers_late.store(true, Ordering::SeqCst);
        assert_eq!(world.served().await, "b@opus");
        drop(trial);
        assert_eq!(world.stored("a").await.trial, None);
        world.flaky.answers_late.store(false, Ordering::SeqCst);
        assert!(world.failover.flush().await);
        assert_eq!(world.served().await, "a@opus");
    });
}

#[test]
fn a_cancelled_flush_forgets_nothing() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        world.flaky.unwritable.store(true, Ordering::SeqCst);
        drop(drive(world.failover.session(), |name, _| fails(if name == "a" { Auth } else { Format })).await);
        world.flaky.unwritable.store(false, Ordering::SeqCst);
        world.flaky.slow.store(true, Ordering::SeqCst);
        abandon(world.failover.flush());
        assert_eq!(world.served().await, "b@opus");
        assert!(world.failover.flush().await);
        assert!(world.stored("a").await.cooldown.is_some());
    });
}

/// Real time, short windows: two requests at once, and only one profile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_nobody_else_one_waits_for_the_trial() {
    let store = Arc::new(MemoryStore::with(AgentId::main(), keys(&["a"])));
    let policy = CooldownPolicy { ladder: vec![Duration::from_millis(50)], ..CooldownPolicy::v2026_1() };
    let failover = Failover::builder(ModelSelection::new(model("opus"))).store(store).policy(policy).build();
    let (_, end) = drive(failover.session(), |_, _| fails(RateLimit)).await;
    assert!(end.is_err());
    tokio::time::sleep(Duration::from_millis(60)).await;

    let mut first = failover.session();
    let trial = first.next().await.unwrap().unwrap();
    let other = failover.clone();
    let start = Instant::now();
    let waiting = tokio::spawn(async move { who(other.session()).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "one trial at a time");
    trial.report(Ok(())).await.unwrap();
    assert_eq!(waiting.await.unwrap(), "a@opus");
    assert!(start.elapsed() < Duration::from_secs(2));

    // Within a deadline that is too short for it, the other gives up instead.
    let (_, end) = drive(failover.session(), |_, _| fails(RateLimit)).await;
    assert!(end.is_err());
    tokio::time::sleep(Duration::from_millis(60)).await;
    let mut first = failover.session();
    let _trial = first.next().await.unwrap().unwrap();
    let error = drive(failover.session().deadline(Duration::from_millis(150)), |_, _| Ok(())).await.1.unwrap_err();
    assert!(error.to_string().contains("anthropic:a: on_trial"), "{error}");
}

#[test]
fn waiting_for_a_trial_tries_nothing_twice_and_tells_nothing_twice() {
    block_on(async {
        let world = World::new(&["b", "a"], &[]);
        let (tried, _) = drive(world.failover.session().pin(strict("a")), |_, _| fails(Auth)).await;
        assert_eq!(tried, ["a@opus"]);
        world.clock.advance(secs(60));

        let mut holder = world.failover.session().pin(strict("a"));
        let trial = holder.next().await.unwrap().unwrap();
        world.heard.take();
        // b fails, a is on somebody's trial: the request waits for that, up to its budget of 90 s, but
        // the lease of 75 s ends first, and then a is ours to try.
        let (tried, end) =
            drive(world.failover.session(), |name, _| if name == "b" { fails(Auth) } else { Ok(()) }).await;
        end.unwrap();
        assert_eq!(tried, ["b@opus", "a@opus"]);
        let waited = crate::support::elapsed(&world) - 60.0;
        assert!((75.0..75.3).contains(&waited), "{waited}");
        let skips = world.heard.take().iter().filter(|line| line.starts_with("skip")).count();
        assert_eq!(skips, 1);
        drop(trial);
    });
}

fn strict(name: &str) -> openclaw_core::Pin {
    openclaw_core::Pin { profile: id(name), kind: openclaw_core::PinKind::Strict }
}

#[tokio::test]
async fn a_dropped_attempt_frees_the_trial_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(FileStore::new(dir.path()));
    let agent = AgentId::main();
    let key = Credential::api_key(&"sk-ant-api03-file".into()).unwrap();
    let change = CredentialChange::upsert(id("a"), ProviderId::anthropic(), key);
    openclaw_core::CredentialStore::commit(&*store, &agent, change).await.unwrap();
    let policy = CooldownPolicy { ladder: vec![Duration::from_millis(20)], ..CooldownPolicy::v2026_1() };
    let process = |policy: &CooldownPolicy| {
        let builder = Failover::builder(ModelSelection::new(model("opus"))).clock(SystemClock::new());
        builder.store(Arc::clone(&store)).policy(policy.clone()).build()
    };
    let (one, two) = (process(&policy), process(&policy));
    let (_, end) = drive(one.session(), |_, _| fails(Auth)).await;
    assert!(end.is_err());
    tokio::time::sleep(Duration::from_millis(30)).await;

    let mut session = one.session();
    let attempt = session.next().await.unwrap().unwrap();
    let held = openclaw_core::HealthStore::load(&*store, &agent).await.unwrap();
    assert!(held.of(&id("a")).trial.is_some());
    drop(attempt);
    // The other process gets it long before the lease of 75 s would end.
    let start = Instant::now();
    let mut other = two.session();
    let attempt = other.next().await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(matches!(attempt.report(Ok(())).await.unwrap(), Step::Done(())));
}
