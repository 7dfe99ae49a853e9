//! Lengths of time as people say them, rounded as OpenClaw rounds them.

use crate::time::Timestamp;

/// A length in the largest unit that says something: up to an hour in minutes, up to two days in hours.
enum Rounded {
    Minutes(i64),
    Hours(i64),
    Days(i64),
}

fn round(millis: i64) -> Rounded {
    let minutes = (millis.max(0).saturating_add(30_000)) / 60_000;
    let hours = (minutes + 30) / 60;
    match (millis, minutes, hours) {
        (..=0, _, _) => Rounded::Minutes(0),
        (_, ..60, _) => Rounded::Minutes(minutes.max(1)),
        (_, _, ..48) => Rounded::Hours(hours),
        _ => Rounded::Days((hours + 12) / 24),
    }
}

/// A length in ms as OpenClaw's labels have it: `0m`, `5m`, `26h`, `3d`.
pub(super) fn rounded_label(millis: i64) -> String {
    match round(millis) {
        Rounded::Minutes(minutes) => format!("{minutes}m"),
        Rounded::Hours(hours) => format!("{hours}h"),
        Rounded::Days(days) => format!("{days}d"),
    }
}

/// How far two moments are apart, in words and whichever comes first: `20 s`, `12 min`, `26 h`, `3 days`.
///
/// Rounded to the nearest unit, except that less than a minute is told in seconds, rounded up, so that
/// who waits that long has waited long enough.
///
/// ```
/// use openclaw_core::{Timestamp, relative_time};
///
/// let now = Timestamp::from_secs(1_800_000_000);
/// let apart = |seconds: i64| relative_time(now, Timestamp::from_secs(1_800_000_000 + seconds));
/// assert_eq!(apart(20), "20 s");
/// assert_eq!(apart(-12 * 60), "12 min");
/// assert_eq!(apart(26 * 3600), "26 h");
/// assert_eq!(apart(72 * 3600), "3 days");
/// ```
#[must_use]
pub fn relative_time(one: Timestamp, other: Timestamp) -> String {
    let millis = one.as_millis().saturating_sub(other.as_millis()).saturating_abs();
    match round(millis) {
        _ if millis < 60_000 => format!("{} s", (millis + 999) / 1000),
        Rounded::Minutes(minutes) => format!("{minutes} min"),
        Rounded::Hours(hours) => format!("{hours} h"),
        Rounded::Days(days) => format!("{days} days"),
    }
}
