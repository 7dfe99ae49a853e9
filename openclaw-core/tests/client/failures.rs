//! Every failure class as a server makes it.

use openclaw_core::FailureReason::{
    Auth, AuthPermanent, Billing, ContextOverflow, Format, Overloaded, RateLimit, ServerError, Timeout, Unknown,
};
use openclaw_core::testing::Reply;
use openclaw_core::{ErrorKind, FailureReason, ProfileId, Scope, Timestamp, UsageStats};

use crate::support::{A, B, START, calls, pair};

fn a() -> ProfileId {
    ProfileId::new("anthropic:a").unwrap()
}

/// Until when, in seconds, and whether for the whole profile.
fn window(stats: &UsageStats) -> Option<(u64, FailureReason, Scope)> {
    let after = |until: Timestamp| until.since(START).as_secs();
    let own = stats.cooldown.or(stats.disabled).map(|w| (after(w.until), w.reason.unwrap(), Scope::Profile));
    let model = stats.models.get("claude-opus-4-5");
    let of_model =
        model.and_then(|m| m.cooldown.or(m.demoted)).map(|w| (after(w.until), w.reason.unwrap(), Scope::Model));
    own.or(of_model)
}

#[tokio::test]
async fn the_next_profile_serves_and_the_first_is_left_alone() {
    let limited = |headers: &[(&str, &str)]| {
        headers.iter().fold(Reply::rate_limited(None), |reply, (name, value)| reply.header(name, value))
    };
    let html = |status| Reply::raw(status, "text/html", "<html>Welcome to the hotel</html>");
    for (name, reply, asked, expected) in [
        ("401", Reply::invalid_key(), 1, (60, Auth, Scope::Profile)),
        ("403", Reply::permission(), 1, (60, Auth, Scope::Profile)),
        (
            "disabled",
            Reply::error(403, "permission_error", "This organization has been disabled."),
            1,
            (600, AuthPermanent, Scope::Profile),
        ),
        (
            "401 as a 200",
            Reply::raw(
                200,
                "application/json",
                r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
            ),
            1,
            (60, Auth, Scope::Profile),
        ),
        (
            "a stream without a message",
            Reply::raw(200, "text/event-stream", "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"),
            3,
            (30, ServerError, Scope::Model),
        ),
        ("402", Reply::billing(), 1, (18_000, Billing, Scope::Profile)),
        ("400 credit", Reply::credit_too_low(), 1, (18_000, Billing, Scope::Profile)),
        ("429", Reply::rate_limited(None), 1, (60, RateLimit, Scope::Model)),
        ("429 retry-after", Reply::rate_limited(Some(7)), 1, (7, RateLimit, Scope::Model)),
        (
            "429 tokens",
            limited(&[
                ("anthropic-ratelimit-tokens-remaining", "0"),
                ("anthropic-ratelimit-tokens-reset", "2027-01-15T08:02:00Z"),
            ]),
            1,
            (120, RateLimit, Scope::Model),
        ),
        (
            "429 subscription",
            limited(&[
                ("anthropic-ratelimit-unified-5h-status", "rejected"),
                ("anthropic-ratelimit-unified-5h-reset", "1800003600"),
            ]),
            1,
            (3600, RateLimit, Scope::Profile),
        ),
        ("529", Reply::overloaded(), 3, (30, Overloaded, Scope::Model)),
        ("500", Reply::api_error(), 3, (30, ServerError, Scope::Model)),
        ("504", Reply::error(504, "timeout_error", "Timed out"), 3, (30, Timeout, Scope::Model)),
        ("reset", Reply::reset(), 3, (30, Timeout, Scope::Model)),
        ("cut at once", Reply::text("Bonjour").cut_after(0), 3, (30, Timeout, Scope::Model)),
        ("cut before a word", Reply::text("Bonjour").cut_after(3), 3, (30, Timeout, Scope::Model)),
        (
            "error event",
            Reply::text("Bonjour").error_event_after(2, "overloaded_error", "Overloaded"),
            3,
            (30, Overloaded, Scope::Model),
        ),
        (
            "rate limit event",
            Reply::text("x").error_event_after(1, "rate_limit_error", "slow"),
            1,
            (60, RateLimit, Scope::Model),
        ),
        ("captive 401", html(401), 3, (30, ServerError, Scope::Model)),
        ("captive 403", html(403), 3, (30, ServerError, Scope::Model)),
        ("captive 200", html(200), 3, (30, ServerError, Scope::Model)),
        ("half a message", Reply::raw(200, "application/json", "{\"type\":"), 3, (30, ServerError, Scope::Model)),
        (
            "a length that lies",
            Reply::raw(200, "application/json", "{}").header("content-length", "99"),
            3,
            (30, Timeout, Scope::Model),
        ),
        (
            "broken events",
            Reply::raw(200, "text/event-stream", "data: {\"type\":\n\n"),
            3,
            (30, ServerError, Scope::Model),
        ),
    ] {
        let (server, client, _) = pair([reply]);
        let reply = client.ask("Bonjour").await.unwrap();
        assert_eq!(
            (reply.text().as_str(), reply.served_by().profile.as_str()),
            ("Bonjour à vous", "anthropic:b"),
            "{name}"
        );
        assert_eq!((calls(&server, A), calls(&server, B)), (asked, 1), "{name}");
        assert_eq!(window(client.failover().health().await.of(&a())), Some(expected), "{name}");
        // The next request wastes nothing.
        client.ask("Bonjour").await.unwrap();
        assert_eq!((calls(&server, A), calls(&server, B)), (asked, 2), "{name}");
    }
}

#[tokio::test]
async fn the_servers_clock_is_not_ours() {
    let reply = Reply::rate_limited(None)
        .header("date", "Fri, 15 Jan 2027 07:00:00 GMT")
        .header("retry-after", "Fri, 15 Jan 2027 07:00:42 GMT");
    let (_server, client, _) = pair([reply]);
    client.ask("Bonjour").await.unwrap();
    assert_eq!(window(client.failover().health().await.of(&a())), Some((42, RateLimit, Scope::Model)));
}

#[tokio::test]
async fn a_fault_of_the_request_comes_back_untouched_after_one_call() {
    for (reply, reason, text) in [
        (
            Reply::invalid_request("messages: at least one message is required"),
            Format,
            "400 invalid_request_error: messages: at least one message is required (request req_000000000000000000000001)",
        ),
        (
            Reply::too_large(),
            ContextOverflow,
            "413 request_too_large: Request exceeds the maximum size (request req_000000000000000000000001)",
        ),
        (
            Reply::invalid_request("prompt is too long: 210000 tokens > 200000 maximum"),
            ContextOverflow,
            "400 invalid_request_error: prompt is too long: 210000 tokens > 200000 maximum (request req_000000000000000000000001)",
        ),
    ] {
        let (server, client, _) = pair([reply]);
        let error = client.ask("Bonjour").await.unwrap_err();
        assert_eq!((error.to_string().as_str(), error.kind()), (text, ErrorKind::Request(reason)));
        assert_eq!((calls(&server, A), calls(&server, B)), (1, 0));
        assert_eq!(window(client.failover().health().await.of(&a())), None);
    }
}

#[tokio::test]
async fn a_missing_model_leads_to_the_next_one() {
    let server = openclaw_core::testing::ScriptedServer::start().unwrap();
    server.on_model(A, "claude-nope", [Reply::not_found("claude-nope")]);
    server.on_model(A, "claude-sonnet-4-5", [Reply::text("Bonjour")]);
    let clock = openclaw_core::ManualClock::at(START);
    let builder = crate::support::on(&server, &clock).api_key("a", A).api_key("b", B);
    let client = builder.model("claude-nope").fallback("claude-sonnet-4-5").build().unwrap();
    let reply = client.ask("Bonjour").await.unwrap();
    assert_eq!(reply.served_by().model.to_string(), "anthropic/claude-sonnet-4-5");
    assert_eq!((calls(&server, A), calls(&server, B)), (2, 0));
}

#[tokio::test]
async fn all_models_failed_says_each() {
    let server = openclaw_core::testing::ScriptedServer::start().unwrap();
    server.on(A, [Reply::rate_limited(Some(7)), Reply::not_found("claude-sonnet-4-5")]);
    let clock = openclaw_core::ManualClock::at(START);
    let builder = crate::support::on(&server, &clock).api_key("a", A);
    let client = builder.fallback("claude-sonnet-4-5").build().unwrap();
    assert_eq!(
        client.ask("Bonjour").await.unwrap_err().to_string(),
        "All models failed (2): anthropic/claude-opus-4-5: 429 rate_limit_error: This request would exceed your \
         account's rate limit. Please try again later. (request req_000000000000000000000001) (rate_limit) \
         | anthropic/claude-sonnet-4-5: 404 not_found_error: model: claude-sonnet-4-5 \
         (request req_000000000000000000000002) (model_not_found)"
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = openclaw_core::testing::ScriptedServer::start().unwrap();
    elsewhere.otherwise([Reply::text("mine now")]);
    for status in [301, 302, 303, 307, 308] {
        let redirect =
            Reply::raw(status, "text/html", "").header("location", &format!("{}/v1/messages", elsewhere.url()));
        let (server, client, _) = pair([redirect]);
        let error = client.ask("Bonjour").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed(Unknown), "{status}");
        assert_eq!(calls(&server, A), 1);
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_long_refusal_is_not_read_to_its_end() {
    let long =
        format!("{{\"type\":\"error\",\"error\":{{\"type\":\"api_error\",\"message\":\"{}\"}}}}", "x".repeat(10 << 20));
    let (_server, client, _) = pair([Reply::raw(500, "application/json", long)]);
    let start = std::time::Instant::now();
    client.ask("Bonjour").await.unwrap();
    assert!(start.elapsed() < std::time::Duration::from_secs(5));
    let call = client.message(openclaw_core::messages::MessageRequest::user("Bonjour"));
    let error =
        call.pin(openclaw_core::Pin { profile: a(), kind: openclaw_core::PinKind::Strict }).send().await.unwrap_err();
    // What was read of it is not the provider's error format any more.
    assert_eq!(error.to_string(), "HTTP 500 Internal Server Error, not in the provider's error format");
}
