//! What an answer means: each row of the table with bodies that Anthropic's API has been seen to send
//! (its documentation, and public reports of its users), false friends, and every header that sets a
//! deadline.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod bodies;
mod deadlines;
mod friends;
mod table;

use http::{HeaderMap, StatusCode};
use openclaw_core::{Failure, Outcome, Timestamp};

/// 15 January 2027, 08:00 UTC.
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn classify(status: u16, headers: &[(&'static str, &str)], body: &[u8]) -> Failure {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    let outcome = Outcome::classify(StatusCode::from_u16(status).unwrap(), &map, body, NOW);
    outcome.failure().cloned().unwrap_or_else(|| panic!("{status} is no failure"))
}

/// A body in Anthropic's documented shape.
fn body(error_type: &str, message: &str) -> Vec<u8> {
    let error = serde_json::json!({"type": error_type, "message": message});
    serde_json::json!({"type": "error", "error": error, "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy"})
        .to_string()
        .into_bytes()
}

fn class(status: u16, error_type: &str, message: &str) -> &'static str {
    classify(status, &[], &body(error_type, message)).reason.as_str()
}
