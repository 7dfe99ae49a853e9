//! Text for people, within 80 columns where it can be broken.

use openclaw_core::{Timestamp, UnusableReason};

const WIDTH: usize = 80;

/// Breaks a text between words. A word that is longer than a line stays whole.
pub(crate) fn wrap(text: &str, indent: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{indent}{word}")),
        }
    }
    lines
}

/// How long until then: `45s`, `12m`, `3h`, `2d`.
fn left(until: Timestamp, now: Timestamp) -> String {
    let seconds = until.since(now).as_secs();
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// `2026-11-22T10:20:00Z, 20m left`
pub(super) fn until(until: Timestamp, now: Timestamp) -> String {
    if until > now { format!("{until}, {} left", left(until, now)) } else { until.to_string() }
}

/// `2026-11-22T10:20:00Z, 20m ago`
pub(super) fn since(at: Timestamp, now: Timestamp) -> String {
    if at > now { at.to_string() } else { format!("{at}, {} ago", left(now, at)) }
}

/// A reason with how long it holds.
pub(super) fn reason(reason: &UnusableReason, now: Timestamp) -> String {
    match reason.until() {
        Some(end) if end > now => format!("{reason}, {} left", left(end, now)),
        _ => reason.to_string(),
    }
}

/// A length in ms: `30 s`, `5 min`, `1.5 h`, `7 d`.
pub(super) fn length(millis: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")];
    // Up to two days people count hours.
    let units = UNITS.into_iter().filter(|(unit, _)| *unit < 86_400_000 || millis >= 2 * unit);
    let whole = units.clone().find(|(unit, _)| millis >= *unit && millis.is_multiple_of(*unit));
    match whole.or_else(|| units.clone().find(|(unit, _)| millis >= *unit)) {
        Some((unit, name)) if millis.is_multiple_of(unit) => format!("{} {name}", millis / unit),
        Some((unit, name)) => {
            let tenths = (millis * 10 + unit / 2) / unit;
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        None => format!("{millis} ms"),
    }
}
