//! Who is put first: a person's pin, a strict one, and the one of a conversation.

use futures_executor::block_on;
use openclaw_core::FailureReason::{Auth, Overloaded, RateLimit};
use openclaw_core::{ErrorKind, Pin, PinKind, PlanRequest, ProfileId};

use crate::support::{World, drive, fails, id, keys, secs, who};

fn pin(name: &str, kind: PinKind) -> Pin {
    Pin { profile: id(name), kind }
}

/// Profiles without an order of their own: the least recently used comes first.
fn unordered(names: &[&str]) -> World {
    let mut profiles = keys(names);
    profiles.order.clear();
    World::with(profiles, &[], |builder| builder)
}

#[test]
fn a_persons_pin_stays_first_and_others_serve_while_it_is_blocked() {
    block_on(async {
        let world = World::new(&["a", "b", "c"], &[]);
        let session = || world.failover.session().pin(pin("c", PinKind::User));
        assert_eq!(who(session()).await, "c@opus");
        let (tried, _) = drive(session(), |name, _| if name == "c" { fails(Auth) } else { Ok(()) }).await;
        assert_eq!(tried, ["c@opus", "a@opus"]);
        assert_eq!(who(session()).await, "a@opus");
        world.clock.advance(secs(60));
        assert_eq!(who(session()).await, "c@opus");
    });
}

#[test]
fn a_strict_pin_does_not_rotate() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        let session = || world.failover.session().pin(pin("b", PinKind::Strict));
        let (tried, end) = drive(session(), |_, _| fails(Auth)).await;
        assert_eq!(tried, ["b@opus"]);
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Failed(Auth));
        let (tried, end) = drive(session(), |_, _| Ok(())).await;
        assert_eq!(tried.len(), 0);
        assert_eq!(
            end.unwrap_err().to_string(),
            "No available auth profile for anthropic (all in cooldown or unavailable). \
             anthropic:b: cooldown (auth) until 2027-01-15T08:01:00Z. Soonest: 2027-01-15T08:01:00Z"
        );
    });
}

#[test]
fn a_pin_must_exist_whatever_its_provider() {
    block_on(async {
        let world = World::new(&["a"], &[]);
        for (name, kind) in [("anthropic:x", PinKind::User), ("anthropc:a", PinKind::User), ("x", PinKind::Strict)] {
            let pin = Pin { profile: ProfileId::new(name).unwrap(), kind };
            let (tried, end) = drive(world.failover.session().pin(pin), |_, _| Ok(())).await;
            let error = end.unwrap_err();
            assert_eq!((tried.len(), error.kind()), (0, ErrorKind::ProfileNotFound));
            let text = format!("No credentials found for profile \"{name}\". Agent: main. Auth store: memory.");
            assert_eq!(error.to_string(), text);
        }
        // One that only served before may be gone.
        assert_eq!(who(world.failover.session().pin(pin("gone", PinKind::Session))).await, "a@opus");
    });
}

#[test]
fn a_conversation_keeps_its_profile() {
    block_on(async {
        let world = unordered(&["a", "b"]);
        assert_eq!(who(world.failover.session_of("one")).await, "a@opus");
        world.clock.advance(secs(1));
        // Others go to the least recently used; the conversation stays.
        assert_eq!(world.served().await, "b@opus");
        world.clock.advance(secs(1));
        assert_eq!(who(world.failover.session_of("one")).await, "a@opus");
        assert_eq!(who(world.failover.session_of("one")).await, "a@opus");
        assert_eq!(who(world.failover.session_of("two")).await, "b@opus");

        // Blocked or demoted: it moves on, and stays there when the old one recovers.
        let (tried, _) =
            drive(world.failover.session_of("one"), |name, _| if name == "a" { fails(RateLimit) } else { Ok(()) })
                .await;
        assert_eq!(tried, ["a@opus", "b@opus"]);
        world.clock.advance(secs(120));
        assert_eq!(who(world.failover.session_of("one")).await, "b@opus");
        let (tried, _) =
            drive(world.failover.session_of("one"), |name, _| if name == "b" { fails(Overloaded) } else { Ok(()) })
                .await;
        assert_eq!(tried, ["b@opus", "b@opus", "b@opus", "a@opus"]);
        assert_eq!(who(world.failover.session_of("one")).await, "a@opus");
    });
}

#[test]
fn a_conversation_yields_to_a_recovered_profile_of_an_explicit_order() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        let (tried, _) =
            drive(world.failover.session_of("one"), |name, _| if name == "a" { fails(RateLimit) } else { Ok(()) })
                .await;
        assert_eq!(tried, ["a@opus", "b@opus"]);
        assert_eq!(who(world.failover.session_of("one")).await, "b@opus");
        world.clock.advance(secs(60));
        assert_eq!(who(world.failover.session_of("one")).await, "a@opus");
    });
}

#[test]
fn a_persons_pin_is_stronger_than_the_conversations() {
    block_on(async {
        let world = unordered(&["a", "b"]);
        assert_eq!(who(world.failover.session_of("one")).await, "a@opus");
        assert_eq!(who(world.failover.session_of("one").pin(pin("b", PinKind::User))).await, "b@opus");
    });
}

#[test]
fn conversations_are_forgotten_the_oldest_first() {
    block_on(async {
        let world = unordered(&["a", "b"]);
        assert_eq!(who(world.failover.session_of("first").pin(pin("a", PinKind::User))).await, "a@opus");
        for number in 0..1023 {
            let session = world.failover.session_of(&format!("{number}")).pin(pin("b", PinKind::User));
            assert_eq!(who(session).await, "b@opus");
        }
        world.clock.advance(secs(61));
        assert_eq!(who(world.failover.session_of("other").pin(pin("a", PinKind::User))).await, "a@opus");
        world.clock.advance(secs(61));
        // b was used longer ago, so whoever is not remembered gets b.
        assert_eq!(who(world.failover.session_of("first")).await, "b@opus");
    });
}

#[test]
fn while_a_persons_pin_is_blocked_the_conversation_keeps_its_substitute() {
    block_on(async {
        let world = unordered(&["a", "b", "c"]);
        let session = || world.failover.session_of("one").pin(pin("a", PinKind::User));
        let (tried, _) = drive(session(), |name, _| if name == "a" { fails(RateLimit) } else { Ok(()) }).await;
        assert_eq!(tried, ["a@opus", "b@opus"]);
        for _ in 0..4 {
            world.clock.advance(secs(2));
            let request = PlanRequest::new().conversation("one").pin(pin("a", PinKind::User));
            let plan = world.failover.plan_of(&request).await.unwrap();
            assert_eq!(plan.serving.map(|serving| serving.profile_id), Some(id("b")), "the plan knows as well");
            assert_eq!(who(session()).await, "b@opus");
        }
        // The pin is not replaced.
        world.clock.advance(secs(60));
        assert_eq!(who(session()).await, "a@opus");
    });
}
