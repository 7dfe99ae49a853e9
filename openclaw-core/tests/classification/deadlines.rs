//! Until when the server wants to be left alone: each header, each unit, wrong clocks and garbage.

use std::sync::Arc;
use std::time::Duration;

use openclaw_core::{CooldownPolicy, Effect, Failure, Health, HealthEvent, ProfileId, ProviderId, Seen, Timestamp};
use proptest::prelude::*;

use super::{NOW, body, classify};

type Headers<'a> = &'a [(&'static str, &'a str)];

/// An hour behind our clock.
const DATE: (&str, &str) = ("date", "Fri, 15 Jan 2027 07:00:00 GMT");

fn limited(headers: Headers<'_>) -> Failure {
    classify(429, headers, &body("rate_limit_error", "x"))
}

/// Seconds from now, as the answer says it.
fn said(headers: Headers<'_>) -> Option<f64> {
    limited(headers).deadline.map(|until| until.since(NOW).as_secs_f64())
}

/// How long the window is that it opens.
fn window(failure: &Failure) -> Duration {
    let event = HealthEvent::Failed {
        provider: ProviderId::anthropic(),
        profile: ProfileId::new("a").unwrap(),
        model: "m".into(),
        reason: failure.reason,
        scope: failure.scope,
        deadline: failure.deadline,
        seen: Seen::default(),
        at: NOW,
        policy: Arc::new(CooldownPolicy::default()),
    };
    match event.apply(&mut Health::default()) {
        Effect::WindowOpened { until, .. } | Effect::Demoted { until, .. } => until.since(NOW),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_header_in_each_unit() {
    let cases: [(Headers<'_>, Option<f64>); 14] = [
        (&[], None),
        (&[("retry-after", "7")], Some(7.0)),
        (&[("retry-after", " 7 ")], Some(7.0)),
        (&[("retry-after", "0.25")], Some(0.25)),
        (&[("retry-after-ms", "1500")], Some(1.5)),
        (&[("retry-after", "Fri, 15 Jan 2027 08:00:30 GMT")], Some(30.0)),
        (&[("retry-after", "Friday, 15-Jan-27 08:00:30 GMT")], Some(30.0)),
        (
            &[("anthropic-ratelimit-unified-status", "rejected"), ("anthropic-ratelimit-unified-reset", "1800000060")],
            Some(60.0),
        ),
        (
            &[
                ("anthropic-ratelimit-unified-5h-status", "rejected"),
                ("anthropic-ratelimit-unified-5h-reset", "1800003600"),
            ],
            Some(3600.0),
        ),
        (
            &[
                ("anthropic-ratelimit-unified-7d-status", "rejected"),
                ("anthropic-ratelimit-unified-7d-reset", "2027-01-16T08:00:00Z"),
            ],
            Some(86_400.0),
        ),
        (
            &[
                ("anthropic-ratelimit-unified-7d_opus-status", "rejected"),
                ("anthropic-ratelimit-unified-7d_opus-reset", "1800003600"),
            ],
            Some(3600.0),
        ),
        (
            &[
                ("anthropic-ratelimit-unified-5h-status", "allowed"),
                ("anthropic-ratelimit-unified-5h-reset", "1800003600"),
            ],
            None,
        ),
        (
            &[
                ("anthropic-ratelimit-unified-overage-status", "rejected"),
                ("anthropic-ratelimit-unified-overage-reset", "1800003600"),
            ],
            None,
        ),
        (&[("anthropic-ratelimit-unified-5h-reset", "1800003600")], None),
    ];
    for (headers, expected) in cases {
        assert_eq!(said(headers), expected, "{headers:?}");
    }
}

#[test]
fn a_limit_counts_when_it_is_exhausted() {
    for (remaining, reset) in [
        ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
        ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
        ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
        ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
    ] {
        let moment = (reset, "2027-01-15T08:01:00Z");
        assert_eq!(said(&[(remaining, "0"), moment]), Some(60.0), "{reset}");
        assert_eq!(said(&[(remaining, "0"), (reset, "2027-01-15T09:01:00+01:00")]), Some(60.0), "an offset");
        for left in ["1", "1000", "", "none", "-0.5"] {
            assert_eq!(said(&[(remaining, left), moment]), None, "{left}");
        }
        assert_eq!(said(&[moment]), None, "nothing says that it is exhausted");
        assert_eq!(said(&[(remaining, "0"), ("anthropic-ratelimit-requests-limit", "50")]), None);
    }
}

#[test]
fn the_latest_wins_whatever_their_order() {
    let words = [
        ("retry-after", "5"),
        ("retry-after-ms", "9000"),
        ("anthropic-ratelimit-tokens-remaining", "0"),
        ("anthropic-ratelimit-tokens-reset", "2027-01-15T08:00:40Z"),
        ("anthropic-ratelimit-unified-5h-status", "rejected"),
        ("anthropic-ratelimit-unified-5h-reset", "1800000020"),
    ];
    for turn in 0..words.len() {
        let mut turned = words.to_vec();
        turned.rotate_left(turn);
        assert_eq!(said(&turned), Some(40.0));
    }
    assert_eq!(said(&[("retry-after", "3"), ("retry-after", "11"), ("retry-after", "soon")]), Some(11.0), "several");
}

#[test]
fn moments_are_measured_against_the_answer_s_own_date() {
    assert_eq!(said(&[DATE, ("retry-after", "Fri, 15 Jan 2027 07:00:30 GMT")]), Some(30.0));
    let limit = ("anthropic-ratelimit-tokens-remaining", "0");
    assert_eq!(said(&[DATE, limit, ("anthropic-ratelimit-tokens-reset", "2027-01-15T07:02:00Z")]), Some(120.0));
    let unified = ("anthropic-ratelimit-unified-5h-status", "rejected");
    assert_eq!(said(&[DATE, unified, ("anthropic-ratelimit-unified-5h-reset", "1799996460")]), Some(60.0));
    assert_eq!(said(&[DATE, ("retry-after", "30")]), Some(30.0), "a duration needs no clock");
    assert_eq!(said(&[("date", "yesterday"), ("retry-after", "Fri, 15 Jan 2027 08:00:30 GMT")]), Some(30.0));
}

#[test]
fn garbage_says_nothing_and_the_absurd_is_cut() {
    for garbage in ["", "-1", "soon", "NaN", "inf", "-inf", "1,5", "5 s", "0x10", "Fri, 99 Foo 2027 08:00:30 GMT"] {
        assert_eq!(said(&[("retry-after", garbage)]), None, "{garbage:?}");
        assert_eq!(said(&[("retry-after-ms", garbage)]), None, "{garbage:?}");
        let limit = ("anthropic-ratelimit-tokens-remaining", "0");
        assert_eq!(said(&[limit, ("anthropic-ratelimit-tokens-reset", garbage)]).filter(|_| garbage != "-1"), None);
    }
    let week = Duration::from_secs(7 * 86_400);
    for (value, expected) in [
        ("1e99", week),
        ("1e308", week),
        ("999999999999", week),
        ("Fri, 31 Dec 9999 23:59:59 GMT", week),
        ("604800", week),
        ("604801", week),
        ("0", Duration::from_secs(1)),
        ("-0", Duration::from_secs(1)),
        ("0.001", Duration::from_secs(1)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Duration::from_secs(1)),
        ("Fri, 15 Jan 2027 07:59:59 GMT", Duration::from_secs(1)),
    ] {
        assert_eq!(window(&limited(&[("retry-after", value)])), expected, "{value}");
    }
    // What was reset already keeps nobody waiting, and a fraction of a second is one.
    for (reset, expected) in [("-5", None), ("0", None), ("1700000000", None), ("1800003600.5", Some(3600.5))] {
        let limit = ("anthropic-ratelimit-unified-5h-status", "rejected");
        assert_eq!(said(&[limit, ("anthropic-ratelimit-unified-5h-reset", reset)]), expected, "{reset}");
    }
}

#[test]
fn a_stranger_is_believed_for_five_minutes_at_most() {
    let stranger = |status, value| classify(status, &[("retry-after", value)], b"<html>");
    assert_eq!(window(&stranger(429, "299")), Duration::from_secs(299));
    for value in ["301", "86400", "1e99", "Sat, 16 Jan 2027 08:00:00 GMT"] {
        assert_eq!(window(&stranger(429, value)), Duration::from_secs(300), "{value}");
        assert_eq!(window(&stranger(401, value)), Duration::from_secs(300), "{value}: a demotion");
    }
    let unified: Headers<'_> = &[
        ("anthropic-ratelimit-unified-5h-status", "rejected"),
        ("anthropic-ratelimit-unified-5h-reset", "1800099999"),
    ];
    assert_eq!(window(&classify(429, unified, b"{}")), Duration::from_secs(300));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_headers_say_a_window_lasts_a_second_to_a_week(
        values in prop::collection::vec((0usize..11, "[ -~]{0,24}|[0-9]{1,12}|-?[0-9.]{1,6}e[0-9]{1,3}"), 0..8),
        ours in any::<bool>(),
    ) {
        const NAMES: [&str; 11] = [
            "retry-after", "retry-after-ms", "date",
            "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset",
            "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset",
            "anthropic-ratelimit-unified-status", "anthropic-ratelimit-unified-reset",
            "anthropic-ratelimit-unified-5h-reset", "anthropic-ratelimit-unified-representative-claim",
        ];
        let mut headers: Vec<(&'static str, &str)> =
            values.iter().map(|(name, value)| (NAMES[*name], value.as_str())).collect();
        headers.push(("anthropic-ratelimit-unified-5h-status", "rejected"));
        let text = if ours { body("rate_limit_error", "x") } else { b"<html>".to_vec() };
        let failure = classify(429, &headers, &text);
        let longest = Duration::from_secs(if ours { 7 * 86_400 } else { 300 });
        let lasts = window(&failure);
        prop_assert!(lasts >= Duration::from_secs(1) && lasts <= longest, "{lasts:?}");
        prop_assert!(failure.deadline.is_none_or(|until| until >= NOW && until >= Timestamp::default()));
    }
}
