//! Every row of the table of failure classes.

use futures_executor::block_on;
use openclaw_core::FailureReason::{
    Auth, AuthPermanent, Billing, ContextOverflow, Format, ModelNotFound, Overloaded, RateLimit, ServerError, Timeout,
    Unknown,
};
use openclaw_core::{Error, ErrorKind, FailureReason, Timestamp, UsageStats};

use crate::support::{World, at, drive, fails, secs};

/// The windows of a profile: `cooldown +60 auth`, `opus: demoted +30 timeout`.
fn windows(stats: &UsageStats) -> Vec<String> {
    let after = |until: Timestamp| until.since(at(0)).as_secs();
    let show = |what: &str, window: Option<openclaw_core::Window>| {
        window.map(|w| format!("{what} +{} {}", after(w.until), w.reason.unwrap()))
    };
    let mut all: Vec<String> =
        [show("cooldown", stats.cooldown), show("disabled", stats.disabled)].into_iter().flatten().collect();
    for (model, stats) in &stats.models {
        all.extend(show(&format!("{model}: cooldown"), stats.cooldown));
        all.extend(show(&format!("{model}: demoted"), stats.demoted));
    }
    all
}

struct Row {
    reason: FailureReason,
    /// One profile, one model: how often it is asked, and what is stored.
    alone: usize,
    window: &'static str,
    soonest: Option<u64>,
    /// Two profiles.
    two: &'static [&'static str],
    /// One profile, a fallback model.
    fallback: &'static [&'static str],
    /// Whether the failure itself is the error, not `Exhausted`.
    returned: bool,
}

const fn row(reason: FailureReason, window: &'static str, soonest: Option<u64>) -> Row {
    Row { reason, alone: 1, window, soonest, two: &["a@opus", "b@opus"], fallback: &["a@opus"], returned: false }
}

const fn transient(reason: FailureReason, window: &'static str) -> Row {
    Row {
        alone: 3,
        two: &["a@opus", "a@opus", "a@opus", "b@opus", "b@opus", "b@opus"],
        fallback: &["a@opus", "a@opus", "a@opus", "a@sonnet", "a@sonnet", "a@sonnet"],
        ..row(reason, window, None)
    }
}

const BOTH_MODELS: &[&str] = &["a@opus", "a@sonnet"];

const ROWS: [Row; 11] = [
    row(Auth, "cooldown +60 auth", Some(60)),
    row(AuthPermanent, "disabled +600 auth_permanent", Some(600)),
    row(Billing, "disabled +18000 billing", Some(18_000)),
    Row { fallback: BOTH_MODELS, ..row(RateLimit, "opus: cooldown +60 rate_limit", Some(60)) },
    transient(Overloaded, "opus: demoted +30 overloaded"),
    transient(ServerError, "opus: demoted +30 server_error"),
    transient(Timeout, "opus: demoted +30 timeout"),
    Row { two: &["a@opus"], fallback: BOTH_MODELS, ..row(ModelNotFound, "", None) },
    Row { two: &["a@opus"], returned: true, ..row(Format, "", None) },
    Row { two: &["a@opus"], returned: true, ..row(ContextOverflow, "", None) },
    Row { two: &["a@opus"], fallback: BOTH_MODELS, ..row(Unknown, "", None) },
];

fn soonest(error: &Error) -> Option<Timestamp> {
    match error {
        Error::Exhausted(exhausted) => exhausted.soonest,
        _ => None,
    }
}

#[test]
fn one_profile() {
    block_on(async {
        for row in &ROWS {
            let world = World::new(&["a"], &[]);
            let (tried, end) = drive(world.failover.session(), |_, _| fails(row.reason)).await;
            assert_eq!(tried, vec!["a@opus"; row.alone], "{}", row.reason);
            assert_eq!(windows(&world.stored("a").await).join(", "), row.window, "{}", row.reason);
            let error = end.unwrap_err();
            // Exactly one candidate: its own error.
            assert_eq!(error.to_string(), "broken");
            assert_eq!(matches!(error, Error::Request(_)), row.returned, "{}", row.reason);
            let kind = if row.returned { ErrorKind::Request(row.reason) } else { ErrorKind::Failed(row.reason) };
            assert_eq!(error.kind(), kind);
            assert_eq!(soonest(&error), row.soonest.map(at), "{}", row.reason);
        }
    });
}

#[test]
fn two_profiles() {
    block_on(async {
        for row in &ROWS {
            let world = World::new(&["a", "b"], &[]);
            let (tried, end) = drive(world.failover.session(), |_, _| fails(row.reason)).await;
            assert_eq!(tried, row.two, "{}", row.reason);
            let error = end.unwrap_err();
            let both = row.two.contains(&"b@opus");
            let text = if both { "anthropic:a: broken; anthropic:b: broken" } else { "broken" };
            assert_eq!(error.to_string(), text, "{}", row.reason);
            // b failed 1.5 s later where a was retried first.
            let b = windows(&world.stored("b").await).join(", ");
            let expected = if !both { String::new() } else { row.window.replace("+30", "+31") };
            assert_eq!(b, expected, "{}", row.reason);

            // The second one serves what the first one could not.
            let world = World::new(&["a", "b"], &[]);
            let (tried, end) =
                drive(world.failover.session(), |name, _| if name == "a" { fails(row.reason) } else { Ok(()) }).await;
            assert_eq!(end.is_ok(), both, "{}", row.reason);
            let mut expected = vec!["a@opus"; row.alone];
            expected.extend(both.then_some("b@opus"));
            assert_eq!(tried, expected, "{}", row.reason);
            // And the next request goes there at once, also from another process.
            if both {
                assert_eq!(world.served().await, "b@opus", "{}", row.reason);
            }
        }
    });
}

#[test]
fn a_passing_trouble_moves_on_to_one_other_profile_only() {
    block_on(async {
        let world = World::new(&["a", "b", "c"], &["sonnet"]);
        let (tried, end) =
            drive(world.failover.session(), |_, model| if model == "opus" { fails(Overloaded) } else { Ok(()) }).await;
        end.unwrap();
        let expected = ["a@opus", "a@opus", "a@opus", "b@opus", "b@opus", "b@opus", "a@sonnet"];
        assert_eq!(tried, expected);
    });
}

#[test]
fn a_fallback_model() {
    block_on(async {
        for row in &ROWS {
            let world = World::new(&["a"], &["sonnet"]);
            let (tried, end) = drive(world.failover.session(), |_, _| fails(row.reason)).await;
            assert_eq!(tried, row.fallback, "{}", row.reason);
            let error = end.unwrap_err().to_string();
            let (reason, until) = (row.reason, row.soonest.map(|after| at(after).to_string()).unwrap_or_default());
            let kind = if row.window.starts_with("disabled") { "disabled" } else { "cooldown" };
            let second = match row.fallback.last() {
                Some(&"a@sonnet") => "broken".to_owned(),
                _ => format!(
                    "No available auth profile for anthropic (all in cooldown or unavailable). \
                     anthropic:a: {kind} ({reason}) until {until}. Soonest: {until}"
                ),
            };
            let all = format!(
                "All models failed (2): anthropic/opus: broken ({reason}) | anthropic/sonnet: {second} ({reason})"
            );
            assert_eq!(error, if row.returned { "broken" } else { &all });
        }
    });
}

#[test]
fn only_a_failing_model_falls_back() {
    block_on(async {
        for row in ROWS.iter().filter(|row| row.fallback.contains(&"a@sonnet")) {
            let world = World::new(&["a"], &["sonnet"]);
            let (tried, end) =
                drive(world.failover.session(), |_, model| if model == "opus" { fails(row.reason) } else { Ok(()) })
                    .await;
            end.unwrap();
            assert_eq!(tried.last().unwrap(), "a@sonnet", "{}", row.reason);
        }
    });
}

#[test]
fn an_observer_hears_all_of_it_in_order() {
    block_on(async {
        let world = World::new(&["a", "b"], &["sonnet"]);
        let (_, end) = drive(world.failover.session(), |name, model| match (name, model) {
            ("a", _) => fails(Billing),
            (_, "opus") => fails(RateLimit),
            _ => Ok(()),
        })
        .await;
        end.unwrap();
        assert_eq!(
            world.heard.take(),
            [
                "try anthropic:a opus #0",
                "fail anthropic:a opus billing",
                "window anthropic:a Profile billing +18000",
                "try anthropic:b opus #0",
                "fail anthropic:b opus rate_limit",
                "window anthropic:b Model rate_limit +60",
                "fall opus sonnet",
                "skip anthropic:a sonnet disabled",
                "try anthropic:b sonnet #0",
            ]
        );
        world.clock.advance(secs(61));
        assert_eq!(world.served().await, "b@opus");
        assert_eq!(
            world.heard.take(),
            ["skip anthropic:a opus disabled", "try anthropic:b opus #0", "recovered anthropic:b opus"]
        );
    });
}

#[test]
fn a_retry_that_succeeds_ends_the_demotion_at_once() {
    block_on(async {
        let world = World::new(&["a", "b"], &[]);
        // A success that was just written must not make the next one look like a repetition.
        assert_eq!(world.served().await, "a@opus");
        let mut first = true;
        let (tried, end) =
            drive(world.failover.session(), |_, _| if std::mem::take(&mut first) { fails(Overloaded) } else { Ok(()) })
                .await;
        end.unwrap();
        assert_eq!(tried, ["a@opus", "a@opus"]);
        assert!(world.heard.take().contains(&"recovered anthropic:a opus".to_owned()));
        assert_eq!(windows(&world.stored("a").await), Vec::<String>::new());
        assert_eq!(world.served().await, "a@opus");
    });
}
