//! Every answer, for both kinds of probe.

use openclaw_core::ProbeRequest;
use openclaw_core::testing::{Reply, ScriptedServer};
use serde_json::json;

use crate::support::{A, Setup, found, key, patient, probe, profiles};

/// What a probe of each kind finds when the server says this, and what of it people read.
async fn both(reply: Reply) -> [(ProbeFound, String); 2] {
    let server = ScriptedServer::start().unwrap();
    server.on(A, [reply]);
    let client = Setup::new(&server.url(), profiles([("anthropic:a", key(A))])).client(|builder| builder);
    let one = async |request: &ProbeRequest| {
        let report = probe(&client, request).await;
        let result = &report.results[0];
        assert!(result.was_sent(), "{result:?}");
        (found(result), result.error.clone().unwrap_or_default())
    };
    [one(&patient()).await, one(&patient().message(None)).await]
}

type ProbeFound = (&'static str, &'static str);

#[tokio::test]
async fn each_answer_has_its_status_and_its_reason() {
    let table = [
        (Reply::text("OK"), ("ok", "-"), ("ok", "-"), ""),
        (Reply::invalid_key(), ("auth", "auth"), ("auth", "auth"), "401 authentication_error: invalid x-api-key"),
        (Reply::permission(), ("auth", "auth"), ("auth", "auth"), "403 permission_error"),
        (
            Reply::error(401, "authentication_error", "OAuth token has been revoked."),
            ("auth", "auth_permanent"),
            ("auth", "auth_permanent"),
            "OAuth token has been revoked.",
        ),
        (Reply::billing(), ("billing", "billing"), ("billing", "billing"), "402 billing_error"),
        (Reply::credit_too_low(), ("billing", "billing"), ("billing", "billing"), "Your credit balance is too low"),
        (Reply::rate_limited(Some(30)), ("rate_limit", "rate_limit"), ("rate_limit", "rate_limit"), "429"),
        (Reply::overloaded(), ("rate_limit", "overloaded"), ("rate_limit", "overloaded"), "529 overloaded_error"),
        (Reply::api_error(), ("unknown", "server_error"), ("unknown", "server_error"), "500 api_error"),
        (
            Reply::error(504, "timeout_error", "Timed out"),
            ("timeout", "timeout"),
            ("timeout", "timeout"),
            "504 timeout_error",
        ),
        (Reply::invalid_request("bad field"), ("format", "format"), ("format", "format"), "bad field"),
        (Reply::too_large(), ("format", "context_overflow"), ("format", "context_overflow"), "413"),
        // That there is no list says nothing about a model.
        (Reply::not_found("x"), ("unknown", "model_not_found"), ("no_model", "model_not_found"), "404"),
        (Reply::reset(), ("timeout", "timeout"), ("timeout", "timeout"), ""),
        (Reply::raw(302, "text/plain", ""), ("unknown", "unknown"), ("unknown", "unknown"), "HTTP 302"),
        // Strangers: a captive portal, a firewall, somebody else's JSON.
        (
            Reply::raw(200, "text/html", "<html>Accept the terms</html>"),
            ("unknown", "server_error"),
            ("unknown", "server_error"),
            "",
        ),
        (Reply::raw(401, "text/html", "<html>"), ("unknown", "server_error"), ("unknown", "server_error"), "HTTP 401"),
        (Reply::raw(402, "text/html", "<html>"), ("unknown", "server_error"), ("unknown", "server_error"), "HTTP 402"),
        (Reply::raw(200, "application/json", "{}"), ("unknown", "server_error"), ("unknown", "server_error"), ""),
        (Reply::raw(200, "application/json", "[]"), ("unknown", "server_error"), ("unknown", "server_error"), ""),
        (Reply::raw(200, "application/json", ""), ("unknown", "server_error"), ("unknown", "server_error"), ""),
        // A gateway that says 200 and means the error in the body.
        (
            Reply::raw(
                200,
                "application/json",
                json!({"type": "error", "error": {"type": "authentication_error", "message": "no"}}).to_string(),
            ),
            ("auth", "auth"),
            ("auth", "auth"),
            "authentication_error: no",
        ),
        // More than anybody needs.
        (
            Reply::raw(200, "application/json", format!("{{\"data\":[\"{}\"]}}", "x".repeat(2 << 20))),
            ("unknown", "server_error"),
            ("unknown", "server_error"),
            "longer than 1 MiB",
        ),
    ];
    for (reply, auth, model, words) in table {
        let told = format!("{reply:?}").chars().take(120).collect::<String>();
        let [(first, said), (second, also_said)] = both(reply).await;
        assert_eq!((first, second), (auth, model), "{told}: {said} / {also_said}");
        for said in [said, also_said] {
            assert!(said.contains(words), "{told}: {said}");
            assert_eq!(said.is_empty(), auth.0 == "ok", "{told}");
        }
    }
}

#[tokio::test]
async fn a_message_has_answered_when_it_is_whole() {
    for (name, reply, expected) in [
        ("cut", Reply::text("un deux trois").cut_after(4), ("timeout", "timeout")),
        (
            "ended by an error",
            Reply::text("un deux").error_event_after(4, "overloaded_error", "Overloaded"),
            ("rate_limit", "overloaded"),
        ),
        ("one JSON message", Reply::message(json!({"type": "message", "content": []})), ("ok", "-")),
    ] {
        let [_, (model, error)] = both(reply).await;
        assert_eq!(model, expected, "{name}: {error}");
    }
}

#[tokio::test]
async fn what_a_server_said_besides_is_told() {
    let server = ScriptedServer::start().unwrap();
    server.on(A, [Reply::rate_limited(Some(30)).header("request-id", "req_x")]);
    let client = Setup::new(&server.url(), profiles([("anthropic:a", key(A))])).client(|builder| builder);
    let report = probe(&client, &patient()).await;
    let result = &report.results[0];
    assert_eq!((result.http_status, result.request_id.as_deref()), (Some(429), Some("req_x")));
    assert!(result.until.unwrap() > report.started_at);
}
