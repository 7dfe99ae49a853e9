//! The server of `anthropic_sdk.py`, which starts it: one credential for each answer, so that Anthropic's
//! SDK gets the very bytes that our client got. Prints one line of JSON, with where it listens and what we
//! made of each answer, and serves until its input ends.

#![allow(clippy::unwrap_used, reason = "a bench stops when its input is not what it should be")]

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use openclaw_core::messages::MessageRequest;
use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{
    Client, ClientBuilder, Error, Failure, ManualClock, NoJitter, Reply as Answer, ReqwestSend, ReqwestSettings,
    Timestamp,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const KEY: &str = "sk-ant-api03-success-0123456789";
const REFUSED: &str = "connection refused";
const INVALID: &str = "invalid_request_error";

fn main() {
    let (runtime, server) = (runtime(), ScriptedServer::start().unwrap());
    let mut answers = Vec::new();
    for (number, (name, reply)) in errors().into_iter().enumerate() {
        let key = format!("sk-ant-api03-answer-{number:03}-0123456789");
        server.on(&key, [reply]);
        let url = if name == REFUSED { "http://127.0.0.1:1".to_owned() } else { server.url() };
        let client = builder(&server).base_url(&url).api_key("a", key.as_str()).build().unwrap();
        let failure = failure(&runtime.block_on(client.ask("Bonjour")).unwrap_err());
        answers.push(
            json!({"name": name, "key": key, "url": url, "reason": failure.reason.as_str(), "type": failure.error_type,
            "status": failure.status, "message": failure.message}),
        );
    }
    let token = format!("sk-ant-oat01-{}", "t".repeat(80));
    let reply = Reply::text("Bonjour à vous, ça va ? 🦀").header("request-id", "req_of_success");
    server.on(KEY, [reply.clone()]);
    server.on(&token, [reply]);
    let successes = [
        success(&runtime, builder(&server).api_key("a", KEY), KEY),
        success(&runtime, builder(&server).setup_token("a", token.as_str()), &token),
    ];
    println!("{}", json!({"url": server.url(), "answers": answers, "successes": successes}));
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn builder(server: &ScriptedServer) -> ClientBuilder {
    let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
    let mut settings = ReqwestSettings::default();
    settings.idle = Duration::from_millis(500);
    let http = Arc::new(ReqwestSend::new(settings));
    Client::builder().base_url(&server.url()).clock(clock).jitter(NoJitter).http(http)
}

/// What we made of the last call.
fn failure(error: &Error) -> Failure {
    match error {
        Error::Request(failure) | Error::BrokenOff(failure) => (**failure).clone(),
        Error::Exhausted(exhausted) => exhausted.models.last().unwrap().tried.last().unwrap().failure.clone(),
        other => unreachable(other),
    }
}

#[expect(clippy::panic, reason = "a bench stops when its input is not what it should be")]
fn unreachable(error: &Error) -> ! {
    panic!("no answer is about this: {error}")
}

/// One answer whole and one streamed.
fn success(runtime: &Runtime, builder: ClientBuilder, credential: &str) -> Value {
    let client = builder.build().unwrap();
    let ask = || client.message(MessageRequest::user("Bonjour"));
    let shown = |answer: &Answer| {
        let usage = answer.usage();
        json!({"text": answer.text(), "requestId": answer.served_by().request_id, "usage": {
            "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens,
            "cache_creation_input_tokens": usage.cache_creation_input_tokens,
            "cache_read_input_tokens": usage.cache_read_input_tokens}})
    };
    let whole = runtime.block_on(ask().unstreamed().send()).unwrap();
    let streamed = runtime.block_on(async { ask().stream().await.unwrap().finish().await }).unwrap();
    json!({"credential": credential, "whole": shown(&whole), "streamed": shown(&streamed)})
}

/// Every kind of answer that is none.
fn errors() -> Vec<(String, Reply)> {
    let said = [
        (401, "authentication_error", "invalid x-api-key"),
        (401, "authentication_error", "OAuth token has expired. Please obtain a new token."),
        (403, "permission_error", "Your API key does not have permission to use the specified resource."),
        (403, "permission_error", "OAuth token has been revoked. Please obtain a new token."),
        (403, "permission_error", "This organization has been disabled."),
        (400, INVALID, "This organization has been disabled."),
        (402, "billing_error", "There's an issue with your billing or payment information."),
        (403, "billing_error", "Billing error"),
        (400, INVALID, "Your credit balance is too low to access the Anthropic API."),
        (400, INVALID, "You have reached your specified API usage limits."),
        (429, "rate_limit_error", "This request would exceed your account's rate limit. Please try again later."),
        (429, "rate_limit_error", "Number of request tokens has exceeded your per-minute rate limit."),
        (429, "rate_limit_error", "You're out of extra usage. Add more at claude.ai/settings/usage."),
        (529, "overloaded_error", "Overloaded"),
        (503, "overloaded_error", "Overloaded"),
        (503, "api_error", "Service unavailable"),
        (500, "api_error", "Internal server error"),
        (501, "api_error", "Not implemented"),
        (502, "api_error", "Bad gateway"),
        (504, "timeout_error", "Request timed out"),
        (408, "timeout_error", "Request timed out"),
        (404, "not_found_error", "model: claude-opus-9"),
        (400, INVALID, "messages: at least one message is required"),
        (400, INVALID, "messages.0: your credit balance is too low"),
        (422, INVALID, "messages: Field required"),
        (413, "request_too_large", "Request exceeds the maximum size"),
        (400, INVALID, "prompt is too long: 208310 tokens > 200000 maximum"),
        (400, INVALID, "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000"),
        (409, "conflict_error", "Conflict"),
        (418, "teapot_error", "I'm a teapot"),
    ];
    let mut all: Vec<_> = said
        .into_iter()
        .map(|(status, kind, message)| (format!("{status} {kind}: {message}"), Reply::error(status, kind, message)))
        .collect();
    for status in [401, 402, 403, 404, 429, 500, 502, 504] {
        all.push((format!("{status} stranger"), Reply::raw(status, "text/html", "<html>Welcome</html>")));
    }
    for (kind, message) in [
        ("overloaded_error", "Overloaded"),
        ("rate_limit_error", "Slow down"),
        ("api_error", "Internal server error"),
        ("authentication_error", "invalid x-api-key"),
        ("permission_error", "OAuth token has been revoked."),
        ("billing_error", "Billing error"),
        (INVALID, "messages: Field required"),
        ("request_too_large", "Request exceeds the maximum size"),
        ("not_found_error", "model: x"),
        ("timeout_error", "Request timed out"),
    ] {
        let reply = |events| Reply::text("un deux trois").error_event_after(events, kind, message);
        all.push((format!("stream event before content {kind}"), reply(2)));
        all.push((format!("stream event after content {kind}"), reply(5)));
    }
    // Port 1 is tcpmux's, where nobody listens.
    all.push((REFUSED.to_owned(), Reply::reset()));
    all.push(("silence".to_owned(), Reply::text("un").delay(Duration::from_secs(60))));
    all.push(("silence in a stream".to_owned(), Reply::text("un").stall_after(2)));
    all.push(("connection reset".to_owned(), Reply::reset()));
    all.push(("stream cut before content".to_owned(), Reply::text("un deux trois").cut_after(2)));
    all.push(("stream cut after content".to_owned(), Reply::text("un deux trois").cut_after(5)));
    all
}
