use super::*;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn classify(status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
    let map = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    let outcome = Outcome::classify(StatusCode::from_u16(status).unwrap(), &map, body.as_bytes(), NOW);
    outcome.failure().cloned().unwrap()
}

fn error(kind: &str, message: &str) -> String {
    serde_json::json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}).to_string()
}

fn reason(status: u16, kind: &str, message: &str) -> &'static str {
    classify(status, &[], &error(kind, message)).reason.as_str()
}

#[test]
fn every_row_of_the_table() {
    for (status, kind, message, expected) in [
        (401, "authentication_error", "invalid x-api-key", "auth"),
        (401, "authentication_error", "OAuth token has expired. Please obtain a new token", "auth"),
        (403, "permission_error", "Your API key does not have permission to use the specified resource.", "auth"),
        (401, "authentication_error", "OAuth token has been revoked. Please obtain a new token.", "auth_permanent"),
        (403, "permission_error", "This organization has been disabled.", "auth_permanent"),
        (400, "invalid_request_error", "This organization has been disabled.", "auth_permanent"),
        (
            400,
            "invalid_request_error",
            "This credential is only authorized for use with Claude Code and cannot be used for other API requests.",
            "auth_permanent",
        ),
        (402, "billing_error", "There's an issue with your billing or payment information.", "billing"),
        (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.", "billing"),
        (429, "rate_limit_error", "This request would exceed your organization's rate limit.", "rate_limit"),
        (529, "overloaded_error", "Overloaded", "overloaded"),
        (500, "api_error", "Internal server error", "server_error"),
        (503, "overloaded_error", "Overloaded", "overloaded"),
        (504, "timeout_error", "Timed out", "timeout"),
        (404, "not_found_error", "model: claude-nope", "model_not_found"),
        (400, "invalid_request_error", "messages: at least one message is required", "format"),
        (422, "unheard_of", "x", "format"),
        (413, "request_too_large", "Request exceeds the maximum size", "context_overflow"),
        (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", "context_overflow"),
        (418, "teapot", "short and stout", "unknown"),
    ] {
        assert_eq!(reason(status, kind, message), expected, "{status} {kind} {message}");
    }
    for (row, reason) in POLICY_TABLE.iter().zip(FailureReason::ALL) {
        assert_eq!(row.reason, reason, "the table has one row for each class, in their order");
    }
}

#[test]
fn false_friends_tell_nothing() {
    for message in [
        "room 429 is free",
        "the ticket costs 402 dollars",
        "messages.0: text \"Your credit balance is too low\" is not allowed",
        "tools.0.name: string should match pattern 'api key has been revoked'",
    ] {
        assert_eq!(reason(400, "invalid_request_error", message), "format", "{message}");
    }
    assert_eq!(reason(500, "api_error", "Your credit balance is too low"), "server_error");
}

#[test]
fn only_the_provider_can_refuse_a_credential() {
    for status in [401, 402, 403] {
        let failure = classify(status, &[("retry-after", "86400")], "<html>Please log in to the hotel</html>");
        assert_eq!(failure.reason, FailureReason::ServerError, "{status}");
        assert_eq!(failure.deadline, Some(NOW.after(Duration::from_secs(300))));
        assert!(!failure.to_string().contains("hotel"));
    }
    assert_eq!(classify(429, &[], "slow down").reason, FailureReason::RateLimit);
}

#[test]
fn the_latest_word_of_the_server_wins() {
    let body = error("rate_limit_error", "x");
    let until =
        |headers: &[(&'static str, &str)]| classify(429, headers, &body).deadline.map(|t| t.since(NOW).as_secs());
    let date = ("date", "Fri, 15 Jan 2027 07:00:00 GMT"); // an hour behind our clock
    for (headers, expected) in [
        (vec![], None),
        (vec![("retry-after", "7")], Some(7)),
        (vec![("retry-after-ms", "1500"), ("retry-after", "1")], Some(1)),
        (vec![("retry-after", "-1")], None),
        (vec![("retry-after", "soon")], None),
        (vec![date, ("retry-after", "Fri, 15 Jan 2027 07:00:30 GMT")], Some(30)),
        (vec![("retry-after", "Fri, 15 Jan 2027 08:00:30 GMT")], Some(30)),
        (vec![("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")], Some(0)),
        (
            vec![
                ("retry-after", "5"),
                ("anthropic-ratelimit-tokens-remaining", "0"),
                ("anthropic-ratelimit-tokens-reset", "2027-01-15T08:01:00Z"),
                ("anthropic-ratelimit-requests-remaining", "3"),
                ("anthropic-ratelimit-requests-reset", "2027-01-15T09:00:00Z"),
            ],
            Some(60),
        ),
        (
            vec![
                ("anthropic-ratelimit-unified-5h-status", "rejected"),
                ("anthropic-ratelimit-unified-5h-reset", "1800003600"),
            ],
            Some(3600),
        ),
        (
            vec![
                ("anthropic-ratelimit-unified-7d-status", "allowed"),
                ("anthropic-ratelimit-unified-7d-reset", "1800003600"),
            ],
            None,
        ),
    ] {
        assert_eq!(until(&headers), expected, "{headers:?}");
    }
    let rejected = classify(429, &[("anthropic-ratelimit-unified-5h-status", "rejected")], &body);
    assert_eq!(rejected.scope, Scope::Profile);
    assert_eq!(classify(429, &[("retry-after", "1e99")], &body).deadline.map(|t| t > NOW), Some(true));
}

#[test]
fn failures_show_no_secret_and_steer_no_terminal() {
    let long = "x".repeat(5000);
    let failure =
        classify(401, &[], &error("authentication_error", &format!("bad key sk-ant-api03-CANARY \u{1b}[2J {long}")));
    let shown = format!("{failure} {failure:?}");
    assert!(!shown.contains("CANARY") && !shown.contains('\u{1b}'), "{shown}");
    assert!(failure.message.chars().count() <= MESSAGE_LIMIT + 1);
    assert_eq!(
        classify(429, &[], &error("rate_limit_error", "slow")).to_string(),
        "429 rate_limit_error: slow (request req_1)"
    );
}
