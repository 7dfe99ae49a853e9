//! How many calls a broken profile costs.

use std::time::Duration;

use openclaw_core::testing::Reply;

use crate::support::{A, calls, pair};

/// Twenty requests a second apart: a permanent fault costs one call, any other at most three.
#[tokio::test]
async fn a_broken_profile_costs_few_calls() {
    for (name, reply, most) in [
        ("401", Reply::invalid_key(), 1),
        ("402", Reply::billing(), 1),
        ("400 credit", Reply::credit_too_low(), 1),
        ("403", Reply::permission(), 1),
        ("429", Reply::rate_limited(Some(7)), 3),
        ("529", Reply::overloaded(), 3),
        ("500", Reply::api_error(), 3),
        ("reset", Reply::reset(), 3),
        ("cut", Reply::text("x").cut_after(2), 3),
    ] {
        let (server, client, clock) = pair([reply]);
        for _ in 0..20 {
            assert_eq!(client.ask("Bonjour").await.unwrap().text(), "Bonjour à vous", "{name}");
            clock.advance(Duration::from_secs(1));
        }
        let wasted = calls(&server, A);
        assert!((1..=most).contains(&wasted), "{name}: {wasted}");
    }
}
