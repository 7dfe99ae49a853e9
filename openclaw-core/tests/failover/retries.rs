//! A retry looks at the world again before it is sent.

use std::sync::Arc;
use std::time::Duration;

use futures_executor::block_on;
use openclaw_core::FailureReason::{Auth, AuthPermanent, Billing, Format, Overloaded, Timeout};
use openclaw_core::{
    AgentId, Clock as _, Credential, CredentialChange, CredentialStore, Error, Failover, Failure, HealthStore,
    MemoryStore, ModelSelection, NoJitter, Pin, PinKind, ProviderId, Session,
};

use crate::support::{START, World, at, drive, fails, id, keys, model, secs};

/// Another process on the same store, with the same clock.
fn other(world: &World) -> Failover {
    let builder = Failover::builder(ModelSelection::new(model("opus"))).store(Arc::clone(&world.store));
    builder.clock(world.clock.clone()).jitter(NoJitter).build()
}

async fn change(world: &World, change: CredentialChange) {
    CredentialStore::commit(&*world.store, &AgentId::main(), change).await.unwrap();
}

fn key(name: &str, secret: &str) -> CredentialChange {
    let key = Credential::api_key(&format!("sk-ant-api03-{secret}").into()).unwrap();
    CredentialChange::upsert(id(name), ProviderId::anthropic(), key)
}

/// A session whose attempt on `a` was overloaded: its retry is due.
async fn to_be_retried(world: &World) -> Session {
    let mut session = world.failover.session();
    let attempt = session.next().await.unwrap().unwrap();
    assert_eq!(attempt.profile(), &id("a"));
    attempt.report(fails(Overloaded)).await.unwrap();
    session
}

#[test]
fn not_on_a_profile_that_somebody_blocked_meanwhile() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        let (two, mut other) = (other(&world), None);
        let in_flight = other.insert(two.session()).next().await.unwrap().unwrap();
        let mut session = to_be_retried(&world).await;
        in_flight.report(fails(Billing)).await.unwrap();
        world.heard.take();
        let next = session.next().await.unwrap().unwrap();
        assert_eq!((next.profile(), next.retry()), (&id("b"), 0));
        assert_eq!(world.heard.take(), ["skip anthropic:a opus disabled", "try anthropic:b opus #0"]);
    });
}

#[test]
fn with_the_secret_that_took_the_place_of_the_failed_one() {
    block_on(async {
        let world = World::new(&["a"], &[]);
        let mut session = to_be_retried(&world).await;
        change(&world, key("a", "new")).await;
        let next = session.next().await.unwrap().unwrap();
        let request = next.authorize(&http::Request::new(())).await.unwrap();
        assert_eq!(request.headers()["x-api-key"], "sk-ant-api03-new");
        assert_eq!(next.retry(), 0, "nothing has failed with it");
        // What it reports is its own.
        next.report(fails(Auth)).await.unwrap();
        assert!(world.stored("a").await.cooldown.is_some());
    });
}

#[test]
fn not_on_a_profile_that_was_removed() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        let mut session = to_be_retried(&world).await;
        change(&world, CredentialChange::Remove { id: id("a") }).await;
        assert_eq!(session.next().await.unwrap().unwrap().profile(), &id("b"));
    });
}

#[test]
fn what_is_reported_of_a_removed_profile_changes_nothing() {
    block_on(async {
        for (again, result) in [(false, fails(Auth)), (false, Ok(())), (true, fails(AuthPermanent)), (true, Ok(()))] {
            let world = World::new(&["a", "b"], &[]);
            let mut session = world.failover.session();
            let attempt = session.next().await.unwrap().unwrap();
            change(&world, CredentialChange::Remove { id: id("a") }).await;
            if again {
                change(&world, key("a", "new")).await;
            }
            let health = || async { HealthStore::load(&*world.store, &AgentId::main()).await.unwrap() };
            let before = health().await;
            attempt.report(result).await.unwrap();
            drop(session);
            world.failover.flush().await;
            assert_eq!(health().await, before, "removed{}", if again { " and added" } else { "" });
            assert!(before.last_good.is_empty() && before.of(&id("a")).last_used.is_none());
        }
    });
}

#[test]
fn each_retry_renews_the_lease_of_its_trial() {
    block_on(async {
        let world = World::new(&["a"], &[]);
        world.fail_once("a", Auth).await;
        world.clock.advance(secs(60));
        let mut session = world.failover.session();
        let trial = session.next().await.unwrap().unwrap();
        world.clock.advance(secs(60));
        trial.report(fails(Timeout)).await.unwrap();
        let retry = session.next().await.unwrap().unwrap();
        assert_eq!(retry.retry(), 1);
        world.clock.advance(secs(20));
        let two = other(&world);
        let end = two.session().deadline(secs(1)).next().await.map(|next| next.map(|next| next.profile().clone()));
        assert!(matches!(end, Err(Error::Exhausted(_) | Error::Deadline(_))), "two trials at once: {end:?}");
        retry.report(Ok(())).await.unwrap();
        assert_eq!(world.stored("a").await.cooldown, None);
        assert_eq!(world.stored("a").await.trial, None);
    });
}

#[test]
fn no_retry_of_a_trial_that_somebody_else_holds_by_now() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        drop(drive(world.failover.session(), |name, _| fails(if name == "a" { Auth } else { Format })).await);
        world.clock.advance(secs(60));
        let mut session = world.failover.session();
        let trial = session.next().await.unwrap().unwrap();
        assert_eq!(trial.profile(), &id("a"));
        let word = Failure::new(Overloaded, "busy").until(world.clock.now().after(secs(80)));
        trial.report::<()>(Err(word)).await.unwrap();
        // The lease lapses before the server wants to be asked again.
        world.clock.advance(secs(76));
        let two = other(&world);
        let pin = Pin { profile: id("a"), kind: PinKind::Strict };
        let mut theirs = two.session().pin(pin);
        let second = theirs.next().await.unwrap().unwrap();
        assert_eq!(second.profile(), &id("a"));
        let next = session.next().await.unwrap().unwrap();
        assert_eq!((next.profile(), next.retry()), (&id("b"), 0));
        next.report(Ok(())).await.unwrap();
        assert!(world.stored("a").await.trial.is_some(), "theirs goes on");
        drop(second);
    });
}

#[test]
fn the_success_of_a_retry_ends_a_demotion_that_somebody_else_began() {
    block_on(async {
        let world = World::new(&["a"], &[]);
        let two = other(&world);
        let mut theirs = two.session();
        let first = theirs.next().await.unwrap().unwrap();
        let mut session = world.failover.session();
        let attempt = session.next().await.unwrap().unwrap();
        first.report(fails(Overloaded)).await.unwrap();
        world.clock.advance(secs(1));
        attempt.report(fails(Timeout)).await.unwrap();
        session.next().await.unwrap().unwrap().report(Ok(())).await.unwrap();
        assert!(world.stored("a").await.models.is_empty());
    });
}

#[test]
fn a_retry_is_due_at_a_moment_within_budget_and_deadline() {
    block_on(async {
        // Whoever is slow to ask has waited already.
        let world = World::new(&["a", "b"], &[]);
        let mut session = to_be_retried(&world).await;
        world.clock.advance(Duration::from_millis(400));
        assert_eq!(session.next().await.unwrap().unwrap().retry(), 1);
        assert_eq!(world.clock.now(), START.after(Duration::from_millis(500)));

        let world = World::new(&["a", "b"], &[]);
        let mut session = to_be_retried(&world).await;
        world.clock.advance(secs(100));
        let next = session.next().await.unwrap().unwrap();
        assert_eq!((next.profile(), next.retry()), (&id("b"), 0), "the budget limits retries, not rotation");
        assert_eq!(world.clock.now(), at(100));

        let world = World::new(&["a", "b"], &[]);
        let mut session = world.failover.session().deadline(secs(10));
        session.next().await.unwrap().unwrap().report(fails(Overloaded)).await.unwrap();
        world.clock.advance(Duration::from_millis(9_900));
        let next = session.next().await.unwrap().unwrap();
        assert!(next.retry() == 1 && world.clock.now() < at(10), "at once: its time has come");
        next.report(fails(Overloaded)).await.unwrap();
        world.clock.advance(secs(1));
        assert!(matches!(session.next().await, Err(Error::Deadline(_))));
    });
}

#[tokio::test]
async fn asking_again_and_again_does_not_put_a_retry_off() {
    let store = Arc::new(MemoryStore::with(AgentId::main(), keys(&["a"])));
    let failover = Failover::builder(ModelSelection::new(model("opus"))).store(store).jitter(NoJitter).build();
    let mut session = failover.session();
    session.next().await.unwrap().unwrap().report(fails(Overloaded)).await.unwrap();
    let mut asked = 0;
    while tokio::time::timeout(Duration::from_millis(100), session.next()).await.is_err() {
        asked += 1;
        assert!(asked < 30, "the retry was due after half a second");
    }
    assert!(asked > 0);
}

#[test]
fn a_strict_pin_does_not_lead_to_another_provider() {
    block_on(async {
        let mut profiles = keys(&["a"]);
        let key = openclaw_core::Secret::Plain("sk-other".into());
        let openai = ProviderId::new("openai");
        let foreign = openclaw_core::Profile::new(openai.clone(), Credential::ApiKey { key });
        let foreign_id = openclaw_core::ProfileId::named(&openai, "x");
        profiles.profiles.insert(foreign_id, openclaw_core::StoredProfile::Valid(foreign));
        let world = World::with(profiles, &["openai/gpt-5"], |builder| builder);
        let pinned = |kind| world.failover.session().pin(Pin { profile: id("a"), kind });
        let answer = |name: &str, _: &str| if name == "a" { fails(Auth) } else { Ok(()) };
        let (tried, end) = drive(pinned(PinKind::Strict), answer).await;
        assert_eq!(tried, ["a@opus"]);
        assert!(end.unwrap_err().to_string().contains("provider_mismatch"));
        let (tried, _) = drive(pinned(PinKind::User), answer).await;
        assert_eq!(tried, ["x@gpt-5"], "another pin is about its own provider");
    });
}
