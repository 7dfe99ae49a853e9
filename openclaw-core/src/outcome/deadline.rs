//! The server's word: until when it wants to be left alone.
//!
//! `retry-after` (RFC 9110 §10.2.3: seconds or an HTTP-date), `retry-after-ms`, and Anthropic's rate
//! limit headers. Server times are measured against the answer's own `Date` where it has one, so a
//! wrong clock on either side does no harm.

use std::time::Duration;

use http::HeaderMap;

use crate::time::Timestamp;

/// Without the provider's error shape the answer may be anybody's: its word counts for so long.
const STRANGER: Duration = Duration::from_secs(5 * 60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// On our clock.
    pub(super) until: Option<Timestamp>,
    /// A rejected unified limit is the subscription's, hence every model's.
    pub(super) profile_wide: bool,
}

/// Reads all headers that set a deadline; the latest wins.
pub(super) fn read(headers: &HeaderMap, now: Timestamp, from_provider: bool) -> Word {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let server_now = text("date").and_then(http_date).unwrap_or(now);
    let on_our_clock = |moment: Timestamp| now.after(moment.since(server_now));

    let mut words = Vec::new();
    words.extend(text("retry-after-ms").and_then(millis).map(|wait| now.after(wait)));
    words.extend(text("retry-after").and_then(|value| match seconds(value) {
        Some(wait) => Some(now.after(wait)),
        None => http_date(value).map(on_our_clock),
    }));
    for limit in ["requests", "tokens", "input-tokens", "output-tokens"] {
        let exhausted =
            text(&format!("anthropic-ratelimit-{limit}-remaining")).and_then(millis) == Some(Duration::ZERO);
        let reset = text(&format!("anthropic-ratelimit-{limit}-reset")).and_then(moment);
        words.extend(reset.filter(|_| exhausted).map(on_our_clock));
    }
    let mut profile_wide = false;
    for limit in ["-5h", "-7d", ""] {
        let status = text(&format!("anthropic-ratelimit-unified{limit}-status"));
        if status.is_some_and(|status| status.eq_ignore_ascii_case("rejected")) {
            profile_wide = true;
            let reset = text(&format!("anthropic-ratelimit-unified{limit}-reset")).and_then(moment);
            words.extend(reset.map(on_our_clock));
        }
    }
    let until = words.into_iter().max();
    let until = if from_provider { until } else { until.map(|until| until.min(now.after(STRANGER))) };
    Word { until, profile_wide: profile_wide && from_provider }
}

/// A non-negative number of seconds. Anything absurd is cut later, by the policy's limits.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok().filter(|s: &f64| !s.is_nan() && *s >= 0.0)?;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

fn millis(text: &str) -> Option<Duration> {
    let millis: f64 = text.parse().ok().filter(|ms: &f64| !ms.is_nan() && *ms >= 0.0)?;
    Some(Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX))
}

fn http_date(text: &str) -> Option<Timestamp> {
    let time = httpdate::parse_http_date(text).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::default().after(since))
}

/// RFC 3339 or seconds since the epoch.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(Timestamp::from_secs(seconds));
    }
    text.parse::<jiff::Timestamp>().ok().map(|time| Timestamp::from_millis(time.as_millisecond()))
}
