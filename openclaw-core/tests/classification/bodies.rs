//! Answers of Anthropic's API, word for word as far as they are known.

use openclaw_core::{Failure, FailureReason, Scope};

use super::{NOW, body, class, classify};

const INVALID: &str = "invalid_request_error";

#[test]
fn what_the_api_says_has_the_right_class() {
    for (status, error_type, message, expected) in [
        // The credential is refused.
        (401, "authentication_error", "invalid x-api-key", "auth"),
        (401, "authentication_error", "Invalid API Key", "auth"),
        (401, "authentication_error", "x-api-key header is required", "auth"),
        (401, "authentication_error", "Invalid bearer token", "auth"),
        (401, "authentication_error", "Invalid authentication credentials", "auth"),
        (401, "authentication_error", "OAuth authentication is currently not supported.", "auth"),
        (401, "authentication_error", "OAuth access token has expired. Re-authenticate to continue.", "auth"),
        (
            401,
            "authentication_error",
            "OAuth token has expired. Please obtain a new token or refresh your existing token.",
            "auth",
        ),
        (403, "permission_error", "Your API key does not have permission to use the specified resource.", "auth"),
        (
            403,
            "permission_error",
            "Your account does not have access to Claude. Please login again or contact your administrator.",
            "auth",
        ),
        // Waiting does not help.
        (403, "permission_error", "OAuth token has been revoked. Please obtain a new token.", "auth_permanent"),
        (
            403,
            "permission_error",
            "OAuth authentication is currently not allowed for this organization.",
            "auth_permanent",
        ),
        (
            403,
            "permission_error",
            "Account is no longer a member of the organization associated with this token.",
            "auth_permanent",
        ),
        (
            403,
            "permission_error",
            "OAuth token does not meet scope requirement any_of(user:inference, org:service_key_inference)",
            "auth_permanent",
        ),
        (400, INVALID, "This organization has been disabled.", "auth_permanent"),
        (403, "permission_error", "This organization has been disabled.", "auth_permanent"),
        (
            400,
            INVALID,
            "This credential is only authorized for use with Claude Code and cannot be used for other API requests.",
            "auth_permanent",
        ),
        // Money.
        (
            400,
            INVALID,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
            "billing",
        ),
        (402, "billing_error", "There's an issue with your billing or payment information.", "billing"),
        (403, "billing_error", "Billing error", "billing"),
        (
            400,
            INVALID,
            "You have reached your specified API usage limits. You will regain access on 2027-01-18 at 00:00 UTC.",
            "billing",
        ),
        (400, INVALID, "You're out of extra usage. Add more at claude.ai/settings/usage and keep going.", "billing"),
        (400, INVALID, "You’re out of extra usage. Add more at claude.ai/admin-settings/usage.", "billing"),
        (429, "rate_limit_error", "You're out of extra usage. Add more at claude.ai/settings/usage.", "billing"),
        (
            400,
            INVALID,
            "Third-party apps now draw from your extra usage, not your plan limits. Add more at claude.ai/settings/usage and keep going.",
            "billing",
        ),
        // Limits.
        (
            429,
            "rate_limit_error",
            "Number of request tokens has exceeded your per-minute rate limit (https://docs.anthropic.com/en/api/rate-limits); see the response headers for current usage.",
            "rate_limit",
        ),
        (
            429,
            "rate_limit_error",
            "This request would exceed the rate limit for your organization (0dccdde6) of 20,000 input tokens per minute.",
            "rate_limit",
        ),
        (
            429,
            "rate_limit_error",
            "This request would exceed your account's rate limit. Please try again later.",
            "rate_limit",
        ),
        (429, "rate_limit_error", "Rate limited", "rate_limit"),
        (429, "rate_limit_error", "Error", "rate_limit"),
        // Also sent for short requests and gone a moment later, so it is taken at its status' word.
        (429, "rate_limit_error", "Extra usage is required for long context requests.", "rate_limit"),
        // The provider's own trouble.
        (529, "overloaded_error", "Overloaded", "overloaded"),
        (503, "overloaded_error", "Overloaded", "overloaded"),
        (500, "api_error", "Internal server error", "server_error"),
        (502, "api_error", "Bad gateway", "server_error"),
        (504, "timeout_error", "Request timed out", "timeout"),
        (408, "timeout_error", "Request timed out", "timeout"),
        // The model and the request.
        (404, "not_found_error", "model: claude-opus-9", "model_not_found"),
        (404, "not_found_error", "Not Found", "model_not_found"),
        (400, INVALID, "max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens", "format"),
        (
            400,
            INVALID,
            "messages.3: `tool_use` ids were found without `tool_result` blocks immediately after",
            "format",
        ),
        (400, INVALID, "Output blocked by content filtering policy", "format"),
        (422, INVALID, "messages: Field required", "format"),
        (413, "request_too_large", "Request exceeds the maximum size", "context_overflow"),
        (400, INVALID, "prompt is too long: 208310 tokens > 200000 maximum", "context_overflow"),
        (
            400,
            INVALID,
            "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again",
            "context_overflow",
        ),
    ] {
        assert_eq!(class(status, error_type, message), expected, "{status} {error_type} {message}");
    }
}

#[test]
fn details_beside_the_message_change_nothing() {
    let detailed = br#"{"type":"error","error":{"type":"permission_error","message":"OAuth token has been revoked. Please obtain a new token.","details":{"error_visibility":"user_facing","error_code":"oauth_org_not_allowed"}},"request_id":null}"#;
    assert_eq!(classify(403, &[], detailed).reason, FailureReason::AuthPermanent);
    let bare = br#"{"error":{"message":"invalid x-api-key","type":"authentication_error"},"type":"error"}"#;
    let failure = classify(401, &[("request-id", "req_9")], bare);
    assert_eq!((failure.reason, failure.request_id.as_deref()), (FailureReason::Auth, Some("req_9")));
    assert_eq!(failure.error_type.as_deref(), Some("authentication_error"));
}

#[test]
fn a_spending_limit_says_when_it_ends() {
    let limit = |text: &str| {
        let said = format!("You have reached your specified API usage limits. {text}");
        classify(400, &[("date", "Fri, 15 Jan 2027 08:00:00 GMT")], &body(INVALID, &said)).deadline
    };
    let seconds = |text| limit(text).map(|until| until.since(NOW).as_secs());
    assert_eq!(seconds("You will regain access on 2027-01-15 at 09:30 UTC."), Some(5400));
    for unreadable in ["", "You will regain access on Monday at 09:30 UTC.", "You will regain access on 2027-01-15"] {
        assert_eq!(seconds(unreadable), None, "{unreadable}");
    }
    // Nobody else's text sets a deadline.
    let quoted = body(INVALID, "messages.0: You will regain access on 2027-01-15 at 09:30 UTC.");
    assert_eq!(classify(400, &[], &quoted).deadline, None);
}

#[test]
fn a_refusal_of_the_subscription_is_the_whole_profile_s() {
    let said = body("rate_limit_error", "This request would exceed your account's rate limit.");
    let scope = |headers: &[(&'static str, &str)]| classify(429, headers, &said).scope;
    assert_eq!(scope(&[]), Scope::Model);
    assert_eq!(scope(&[("anthropic-ratelimit-unified-5h-status", "rejected")]), Scope::Profile);
    assert_eq!(scope(&[("anthropic-ratelimit-unified-7d-status", "Rejected")]), Scope::Profile);
    assert_eq!(scope(&[("anthropic-ratelimit-unified-status", "rejected")]), Scope::Profile);
    for status in ["allowed", "allowed_warning", "throttled", ""] {
        assert_eq!(scope(&[("anthropic-ratelimit-unified-5h-status", status)]), Scope::Model, "{status}");
    }
    assert_eq!(scope(&[("anthropic-ratelimit-unified-overage-status", "rejected")]), Scope::Model, "no limit");
    // A subscription's limit for one family of models leaves the others free.
    let sum = ("anthropic-ratelimit-unified-status", "rejected");
    assert_eq!(scope(&[sum, ("anthropic-ratelimit-unified-representative-claim", "seven_day_opus")]), Scope::Model);
    assert_eq!(scope(&[sum, ("anthropic-ratelimit-unified-7d_opus-status", "rejected")]), Scope::Model);
    assert_eq!(scope(&[sum, ("anthropic-ratelimit-unified-representative-claim", "five_hour")]), Scope::Profile);
    assert_eq!(scope(&[sum, ("anthropic-ratelimit-unified-7d-status", "rejected")]), Scope::Profile);
    // A stranger cannot close a whole profile.
    let stranger = classify(429, &[sum], b"<html>slow down</html>");
    assert_eq!((stranger.reason, stranger.scope), (FailureReason::RateLimit, Scope::Model));
}

#[test]
fn errors_in_the_middle_of_a_stream() {
    for (error_type, message, expected) in [
        ("overloaded_error", "Overloaded", FailureReason::Overloaded),
        ("rate_limit_error", "Concurrency limit exceeded for account, please retry later", FailureReason::RateLimit),
        ("api_error", "Internal server error", FailureReason::ServerError),
        ("timeout_error", "timed out", FailureReason::Timeout),
        ("authentication_error", "OAuth token has been revoked.", FailureReason::AuthPermanent),
        ("authentication_error", "invalid x-api-key", FailureReason::Auth),
        (INVALID, "Your credit balance is too low to access the Anthropic API.", FailureReason::Billing),
        (INVALID, "prompt is too long: 1 tokens > 0 maximum", FailureReason::ContextOverflow),
        ("something_new", "x", FailureReason::ServerError),
    ] {
        let failure = Failure::stream_error(error_type, message);
        assert_eq!(failure.reason, expected, "{error_type} {message}");
        let blames = !matches!(expected, FailureReason::ContextOverflow);
        assert_eq!(failure.counts_after_content(), blames, "{error_type}: recorded though nothing is retried");
    }
    assert!(!Failure::connection("reset by peer").counts_after_content(), "a cut line says nothing");
}
