//! The server's word: until when it wants to be left alone.
//!
//! `retry-after` (RFC 9110 §10.2.3: seconds or an HTTP-date), `retry-after-ms`, and Anthropic's rate
//! limit headers. Server times are measured against the answer's own `Date` where it has one, so a
//! wrong clock on either side does no harm. What cannot be read is passed over; what is absurd is cut
//! later, by the policy's limits.

use std::time::Duration;

use http::HeaderMap;

use super::table::CLASSIFICATION;
use crate::time::Timestamp;

const UNIFIED: &str = "anthropic-ratelimit-unified-";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// On our clock.
    pub(super) until: Option<Timestamp>,
    /// A rejected unified limit is the subscription's, hence every model's, unless it says which.
    pub(super) profile_wide: bool,
}

/// Reads all headers that set a deadline, and the moment in a billing message; the latest wins.
pub(super) fn read(headers: &HeaderMap, now: Timestamp, from_provider: bool, billing: Option<&str>) -> Word {
    let server_now = values(headers, "date").find_map(http_date).unwrap_or(now);
    let on_our_clock = |moment: Timestamp| now.after(moment.since(server_now));
    // A limit that was reset already keeps nobody waiting.
    let to_come = |moment: &Timestamp| *moment > server_now;

    let mut words = Vec::new();
    words.extend(values(headers, "retry-after-ms").filter_map(millis).map(|wait| now.after(wait)));
    words.extend(values(headers, "retry-after").filter_map(|value| match seconds(value) {
        Some(wait) => Some(now.after(wait)),
        None => http_date(value).map(on_our_clock),
    }));
    for limit in ["requests", "tokens", "input-tokens", "output-tokens"] {
        let header = |what: &str| format!("anthropic-ratelimit-{limit}-{what}");
        let exhausted = values(headers, &header("remaining")).filter_map(millis).any(|left| left.is_zero());
        let resets = values(headers, &header("reset")).filter_map(moment).filter(to_come);
        words.extend(resets.filter(|_| exhausted).map(on_our_clock));
    }
    let rejected = rejected(headers);
    for limit in &rejected {
        let resets = values(headers, &format!("{UNIFIED}{}reset", limit.prefix)).filter_map(moment);
        words.extend(resets.filter(to_come).map(on_our_clock));
    }
    words.extend(billing.and_then(regained).filter(to_come).map(on_our_clock));

    let until = words.into_iter().max();
    let stranger = now.after(Duration::from_millis(CLASSIFICATION.stranger_deadline_ms));
    let until = if from_provider { until } else { until.map(|until| until.min(stranger)) };
    Word { until, profile_wide: from_provider && rejected.iter().any(|limit| limit.profile_wide) }
}

/// A unified limit that rejects: `5h`, `7d`, `7d_opus`, or the request as a whole.
struct Rejected<'h> {
    /// What stands between the family's name and `status`: `5h-`, or nothing.
    prefix: &'h str,
    profile_wide: bool,
}

/// The unified limits whose status is `rejected`. The one without a window is the sum of the others: it
/// counts for the whole profile only if none of them, nor `representative-claim`, names a model.
fn rejected(headers: &HeaderMap) -> Vec<Rejected<'_>> {
    let mut limits: Vec<Rejected<'_>> = Vec::new();
    for name in headers.keys() {
        let Some(prefix) = name.as_str().strip_prefix(UNIFIED).and_then(|rest| rest.strip_suffix("status")) else {
            continue;
        };
        // Windows begin with their length. Others, such as `overage-`, say what else could be had.
        let window = prefix.is_empty() || prefix.starts_with(|c: char| c.is_ascii_digit());
        if window && values(headers, name.as_str()).any(|status| status.eq_ignore_ascii_case("rejected")) {
            limits.push(Rejected { prefix, profile_wide: !prefix.contains('_') });
        }
    }
    let claim = values(headers, &format!("{UNIFIED}representative-claim")).next();
    let of_model = claim.is_some_and(|claim| claim.starts_with("seven_day_") || claim.starts_with("five_hour_"));
    let named = limits.iter().any(|limit| !limit.prefix.is_empty());
    for sum in limits.iter_mut().filter(|limit| limit.prefix.is_empty()) {
        sum.profile_wide = !named && !of_model;
    }
    limits
}

/// All values of a header that are text.
fn values<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> + use<'h> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).map(str::trim)
}

/// A non-negative, finite number of seconds.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok().filter(|s: &f64| s.is_finite() && *s >= 0.0)?;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

fn millis(text: &str) -> Option<Duration> {
    let millis: f64 = text.parse().ok().filter(|ms: &f64| ms.is_finite() && *ms >= 0.0)?;
    Some(Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX))
}

fn http_date(text: &str) -> Option<Timestamp> {
    let time = httpdate::parse_http_date(text).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::default().after(since))
}

/// RFC 3339 or seconds since the epoch.
fn moment(text: &str) -> Option<Timestamp> {
    if let Some(since) = seconds(text) {
        return Some(Timestamp::default().after(since));
    }
    text.parse::<jiff::Timestamp>().ok().map(|time| Timestamp::from_millis(time.as_millisecond()))
}

/// A spending limit of the account says in words when it ends: "You will regain access on 2026-04-01
/// at 00:00 UTC."
fn regained(message: &str) -> Option<Timestamp> {
    let (_, moment) = message.split_once("You will regain access on ")?;
    let (date, rest) = moment.split_once(" at ")?;
    let (time, _) = rest.split_once(" UTC")?;
    let time = format!("{date}T{time}:00Z").parse::<jiff::Timestamp>().ok()?;
    Some(Timestamp::from_millis(time.as_millisecond()))
}
