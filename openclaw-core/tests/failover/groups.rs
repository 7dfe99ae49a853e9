//! Quota groups: their members are one account, with one limit and one trial after it.

use std::sync::Arc;

use futures_executor::block_on;
use openclaw_core::FailureReason::{Auth, RateLimit};
use openclaw_core::{Error, Failover, ModelSelection, NoJitter, Pin, PinKind, StoredProfile};

use crate::support::{World, drive, fails, id, keys, model, secs, who};

/// These keys, the first two of one account, after a limit of one of them that has just passed.
async fn after_a_limit(names: &[&str], limited: &str, ordered: bool) -> World {
    let mut profiles = keys(names);
    for name in &names[..2] {
        if let Some(StoredProfile::Valid(profile)) = profiles.profiles.get_mut(&id(name)) {
            profile.quota_group = Some("one account".into());
        }
    }
    if !ordered {
        profiles.order.clear();
    }
    let world = World::with(profiles, &[], |builder| builder);
    let pinned = world.failover.session().pin(Pin { profile: id(limited), kind: PinKind::Strict });
    let (tried, _) = drive(pinned, |_, _| fails(RateLimit)).await;
    assert_eq!(tried, [format!("{limited}@opus")]);
    world.clock.advance(secs(60));
    world
}

fn other(world: &World) -> Failover {
    let builder = Failover::builder(ModelSelection::new(model("opus"))).store(Arc::clone(&world.store));
    builder.clock(world.clock.clone()).jitter(NoJitter).build()
}

#[test]
fn one_trial_for_the_group() {
    block_on(async {
        for ordered in [true, false] {
            let world = after_a_limit(&["a", "b"], "a", ordered).await;
            let two = other(&world);
            let mut first = world.failover.session();
            let trial = first.next().await.unwrap().unwrap();
            assert_eq!(trial.profile(), &id("a"));
            let mut session = two.session().deadline(secs(1));
            let second = session.next().await.map(|next| next.map(|next| next.profile().clone()));
            assert!(matches!(second, Err(Error::Exhausted(_))), "beside the trial: {second:?}");
            trial.report(Ok(())).await.unwrap();
            let mut session = two.session().pin(Pin { profile: id("b"), kind: PinKind::User });
            assert_eq!(session.next().await.unwrap().unwrap().profile(), &id("b"));
        }
    });
}

#[test]
fn whoever_is_to_be_tried_goes_before_the_others_of_the_group_wherever_they_stand() {
    block_on(async {
        for ordered in [true, false] {
            let world = after_a_limit(&["a", "b", "c"], "b", ordered).await;
            assert_eq!(world.served().await, "b@opus", "the trial");
            world.clock.advance(secs(1));
            assert_eq!(world.served().await, "a@opus", "its success is the group's");
        }
    });
}

#[test]
fn a_member_that_cannot_be_tried_holds_nobody_up() {
    block_on(async {
        let world = after_a_limit(&["a", "b", "c"], "a", true).await;
        let (tried, end) =
            drive(world.failover.session(), |name, _| if name == "b" { Ok(()) } else { fails(Auth) }).await;
        end.unwrap();
        assert_eq!(tried, ["a@opus", "c@opus", "b@opus"]);
        // b has answered: the limit is over, whatever became of a.
        world.clock.advance(secs(3600));
        let (tried, _) =
            drive(world.failover.session(), |name, _| if name == "a" { fails(Auth) } else { Ok(()) }).await;
        assert_eq!(tried, ["a@opus", "b@opus"]);
        assert_eq!(who(other(&world).session()).await, "b@opus");
    });
}
