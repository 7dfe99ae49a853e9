//! Retries, budgets, deadlines and waiting.

use futures_executor::block_on;
use openclaw_core::FailureReason::{Auth, Overloaded, RateLimit};
use openclaw_core::{Error, ErrorKind, Failure, FailureReason, RetryPolicy};

use crate::support::{World, at, drive, elapsed, fails, keys, secs};

/// When each attempt of a request was made, in seconds, if all fail like this.
fn attempts(world: &World, deadline: Option<u64>, failure: impl Fn() -> Failure) -> (Vec<f64>, Error) {
    let mut session = world.failover.session();
    if let Some(deadline) = deadline {
        session = session.deadline(secs(deadline));
    }
    let mut times = Vec::new();
    let (_, end) = block_on(drive(session, |_, _| {
        times.push(elapsed(world));
        Err(failure())
    }));
    (times, end.unwrap_err())
}

fn overloaded(until: Option<u64>) -> Failure {
    let failure = Failure::new(Overloaded, "broken");
    until.map_or(failure.clone(), |after| failure.until(at(after)))
}

#[test]
fn two_retries_half_a_second_and_a_second_later() {
    let world = World::new(&["a"], &[]);
    assert_eq!(attempts(&world, None, || overloaded(None)).0, [0.0, 0.5, 1.5]);
    let more = RetryPolicy { retries: 6, ..RetryPolicy::default() };
    let world = World::with(keys(&["a"]), &[], |builder| builder.retry(more));
    assert_eq!(attempts(&world, None, || overloaded(None)).0, [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 23.5]);
}

#[test]
fn a_retry_is_never_earlier_than_the_servers_word() {
    let world = World::new(&["a"], &[]);
    assert_eq!(attempts(&world, None, || overloaded(Some(20))).0, [0.0, 20.0, 21.0]);
    // A word beyond the budget of 90 s leaves no retry; the next profile is tried all the same.
    let world = World::new(&["a", "b"], &[]);
    let (tried, _) =
        block_on(drive(
            world.failover.session(),
            |name, _| {
                if name == "a" { Err(overloaded(Some(90))) } else { Ok(()) }
            },
        ));
    assert_eq!((tried, elapsed(&world)), (vec!["a@opus".into(), "b@opus".into()], 0.0));
}

#[test]
fn the_budget_limits_retries_but_not_rotation() {
    let world = World::new(&["a", "b"], &[]);
    // An attempt takes 50 s: one retry of a is in time, after that nobody is retried.
    let mut times = Vec::new();
    let (tried, _) = block_on(drive(world.failover.session(), |_, _| {
        times.push(elapsed(&world));
        world.clock.advance(secs(50));
        fails(Overloaded)
    }));
    assert_eq!(tried, ["a@opus", "a@opus", "b@opus"]);
    assert_eq!(times, [0.0, 50.5, 100.5]);
}

#[test]
fn a_deadline_ends_attempts_and_retries() {
    let world = World::new(&["a", "b"], &[]);
    let session = world.failover.session().deadline(secs(20));
    let (tried, end) = block_on(drive(session, |_, _| {
        world.clock.advance(secs(9));
        fails(Auth)
    }));
    assert_eq!(tried, ["a@opus", "b@opus"]);
    // Both failed before it passed, so that is the error.
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Failed(Auth));

    let world = World::new(&["a", "b"], &[]);
    let session = world.failover.session().deadline(secs(20));
    let (tried, end) = block_on(drive(session, |_, _| {
        world.clock.advance(secs(20));
        fails(Auth)
    }));
    assert_eq!(tried, ["a@opus"]);
    let error = end.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadline);
    assert_eq!(error.to_string(), "the deadline passed before an answer came: broken");

    // A retry that would come after the deadline is not waited for.
    let world = World::new(&["a"], &[]);
    let (times, error) = attempts(&world, Some(1), || overloaded(None));
    assert_eq!((times, error.kind()), (vec![0.0, 0.5], ErrorKind::Failed(Overloaded)));
    assert_eq!(elapsed(&world), 0.5);
}

#[test]
fn waiting_for_the_first_to_recover() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        for (name, after) in [("a", 40), ("b", 10)] {
            let failure = Failure::new(RateLimit, "slow").until(at(after));
            let (tried, _) = drive(world.failover.session(), |tried, _| {
                if tried == name { Err(failure.clone()) } else { fails(FailureReason::Format) }
            })
            .await;
            assert!(!tried.is_empty());
        }
        let text = "No available auth profile for anthropic (all in cooldown or unavailable). \
                    anthropic:b: cooldown (rate_limit, only opus) until 2027-01-15T08:00:10Z; \
                    anthropic:a: cooldown (rate_limit, only opus) until 2027-01-15T08:00:40Z. \
                    Soonest: 2027-01-15T08:00:10Z";
        let (tried, end) = drive(world.failover.session(), |_, _| Ok(())).await;
        let error = end.unwrap_err();
        assert_eq!((tried.len(), error.to_string().as_str(), error.kind()), (0, text, ErrorKind::Unavailable));
        assert!(matches!(error, Error::Exhausted(exhausted) if exhausted.soonest == Some(at(10))));

        // Too long: no time is spent.
        let (_, end) = drive(world.failover.session().wait_up_to(secs(9)), |_, _| Ok(())).await;
        assert_eq!((end.unwrap_err().to_string().as_str(), elapsed(&world)), (text, 0.0));
        let session = world.failover.session().wait_up_to(secs(60)).deadline(secs(10));
        assert_eq!(drive(session, |_, _| Ok(())).await.1.unwrap_err().to_string(), text);

        let (tried, end) = drive(world.failover.session().wait_up_to(secs(10)), |_, _| Ok(())).await;
        end.unwrap();
        assert_eq!((tried, elapsed(&world)), (vec!["b@opus".to_owned()], 10.0));
    });
}

#[test]
fn waiting_goes_on_after_a_failed_trial_and_keeps_its_retries() {
    block_on(async {
        let world = World::new(&["a"], &[]);
        world.fail_once("a", Auth).await;
        let mut ends = vec![Ok(()), fails(Overloaded), fails(Auth)].into_iter();
        let session = world.failover.session().wait_up_to(secs(600));
        let mut times = Vec::new();
        let (tried, end) = drive(session, |_, _| {
            times.push(elapsed(&world));
            ends.next_back().unwrap()
        })
        .await;
        end.unwrap();
        // The trial after a minute fails: the next rung is five. Then one retry.
        assert_eq!(times, [60.0, 360.0, 360.5]);
        assert_eq!(tried.len(), 3);
    });
}

#[test]
fn no_models_is_an_error_of_its_own() {
    let world = World::new(&["a"], &[]);
    let (_, end) = block_on(drive(world.failover.session().models(Vec::new()), |_, _| Ok(())));
    let error = end.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.kind()), ("no model was given to ask", ErrorKind::Unavailable));
}
