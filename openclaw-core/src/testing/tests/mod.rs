mod client;
mod faults;
mod wire;

use serde_json::{Value, json};

use super::{Reply, ScriptedServer};
use crate::time::{ManualClock, Timestamp};
use client::{Client, post};

const KEY: &str = "sk-ant-api03-canary";

fn body() -> Value {
    json!({"model": "claude-opus-4-5", "messages": []})
}

fn started() -> (ScriptedServer, Client) {
    let server = ScriptedServer::start().unwrap();
    let client = Client::of(&server);
    (server, client)
}

fn text_of(answer: &client::Answer) -> String {
    answer.json()["content"][0]["text"].as_str().unwrap().to_owned()
}

#[test]
fn replies_come_in_order_and_the_last_repeats() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::overloaded(), Reply::text("one"), Reply::text("two")]);
    assert_eq!(client.ask(KEY, &body()).error(), (529, "overloaded_error".into(), "Overloaded".into()));
    for expected in ["one", "two", "two", "two"] {
        assert_eq!(text_of(&client.ask(KEY, &body())), expected);
    }
    server.on(KEY, [Reply::text("anew")]);
    assert_eq!(text_of(&client.ask(KEY, &body())), "anew");
    server.on(KEY, []);
    assert_eq!(client.ask(KEY, &body()).status, 401);
}

#[test]
fn a_models_queue_comes_before_the_credentials_own() {
    let (server, mut client) = started();
    server.on_model(KEY, "claude-sonnet-4-5", [Reply::rate_limited(None)]);
    let sonnet = json!({"model": "claude-sonnet-4-5"});
    assert_eq!(client.ask(KEY, &sonnet).status, 429);
    // A known credential, but nothing is said of this model.
    let unknown = client.ask(KEY, &body()).error();
    assert_eq!(unknown, (404, "not_found_error".into(), "model: claude-opus-4-5".into()));
    server.on(KEY, [Reply::text("opus")]);
    assert_eq!(client.ask(KEY, &body()).status, 200);
    assert_eq!(client.ask(KEY, &sonnet).status, 429);
    server.on_model(KEY, "claude-sonnet-4-5", []);
    assert_eq!(client.ask(KEY, &sonnet).status, 200);
}

#[test]
fn a_token_is_a_credential_like_a_key() {
    let (server, mut client) = started();
    server.on("sk-ant-oat01-canary", [Reply::text("hello")]);
    client.send(&post("Authorization: Bearer sk-ant-oat01-canary", &body()));
    assert_eq!(client.answer().unwrap().status, 200);
    // Another scheme is no token.
    client.send(&post("Authorization: Basic sk-ant-oat01-canary", &body()));
    assert_eq!(client.answer().unwrap().status, 401);
}

#[test]
fn the_unknown_are_refused_in_the_words_that_fit() {
    let (server, mut client) = started();
    let mut refusal = |credential: &str| {
        client.send(&post(credential, &body()));
        client.answer().unwrap().error()
    };
    let unauthorised = |message: &str| (401, "authentication_error".to_owned(), message.to_owned());
    assert_eq!(refusal("x-api-key: nobody"), unauthorised("invalid x-api-key"));
    assert_eq!(refusal("authorization: Bearer nobody"), unauthorised("Invalid bearer token"));
    assert_eq!(refusal("accept: */*"), unauthorised("x-api-key header is required"));
    server.on("known", [Reply::invalid_key()]);
    assert_eq!(refusal("authorization: Bearer known"), unauthorised("Invalid bearer token"));
    server.otherwise([Reply::permission(), Reply::text("anyone")]);
    assert_eq!(refusal("x-api-key: nobody").0, 403);
    assert_eq!(client.ask("nobody", &body()).status, 200);
    assert_eq!(client.get("/else", "accept: */*").status, 200);
}

#[test]
fn paths_that_anthropic_does_not_have_are_not_found() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::text("hello")]);
    let mut status = |start: &str| {
        client.send(&format!("{start} HTTP/1.1\r\nx-api-key: {KEY}\r\ncontent-length: 0\r\n\r\n"));
        client.answer().unwrap().status
    };
    assert_eq!(status("POST /v1/v1/messages"), 404);
    assert_eq!(status("POST /messages"), 404);
    assert_eq!(status("GET /v1/messages"), 404);
    assert_eq!(status("POST /v1/messages?beta=true"), 200);
    assert_eq!(status("POST /gateway/v1/messages"), 200);
}

#[test]
fn the_list_of_models_tells_whether_a_credential_is_good_and_takes_nothing() {
    let (server, mut client) = started();
    let key = format!("x-api-key: {KEY}");
    server
        .on(KEY, [Reply::text("first").cut_after(1), Reply::credit_too_low(), Reply::raw(200, "text/html", "portal")]);
    for _ in 0..3 {
        let list = client.get("/v1/models?limit=1", &key);
        assert_eq!((list.status, list.complete), (200, true));
        assert_eq!(list.json(), json!({"data": [], "first_id": null, "has_more": false, "last_id": null}));
    }
    assert!(!client.ask(KEY, &body()).complete);
    let mut client = Client::of(&server);
    assert_eq!(client.get("/v1/models", &key).error().1, "invalid_request_error");
    assert_eq!(client.ask(KEY, &body()).status, 400);
    assert_eq!(client.get("/v1/models", &key).body, b"portal");
    assert_eq!(client.get("/v1/models", "authorization: Bearer other").status, 401);

    // A credential that is scripted by model only is good if one of its models answers.
    server.on_model("by-model", "a", [Reply::permission()]);
    assert_eq!(client.get("/v1/models", "x-api-key: by-model").status, 403);
    server.on_model("by-model", "b", [Reply::text("hello")]);
    assert_eq!(client.get("/v1/models", "x-api-key: by-model").status, 200);
}

#[test]
fn errors_are_those_that_anthropic_documents() {
    let (server, mut client) = started();
    let documented = [
        (Reply::invalid_key(), 401, "authentication_error"),
        (Reply::permission(), 403, "permission_error"),
        (Reply::credit_too_low(), 400, "invalid_request_error"),
        (Reply::billing(), 402, "billing_error"),
        (Reply::rate_limited(None), 429, "rate_limit_error"),
        (Reply::overloaded(), 529, "overloaded_error"),
        (Reply::api_error(), 500, "api_error"),
        (Reply::not_found("claude-0"), 404, "not_found_error"),
        (Reply::too_large(), 413, "request_too_large"),
        (Reply::invalid_request("max_tokens: required"), 400, "invalid_request_error"),
        (Reply::error(418, "teapot_error", "short and stout"), 418, "teapot_error"),
    ];
    for (reply, status, error_type) in documented {
        server.on(KEY, [reply]);
        let answer = client.ask(KEY, &body());
        assert_eq!((answer.error().0, answer.error().1.as_str()), (status, error_type));
        assert_eq!(answer.header("retry-after"), None);
    }
    server.on(KEY, [Reply::rate_limited(Some(30))]);
    assert_eq!(client.ask(KEY, &body()).header("retry-after"), Some("30"));
}

#[test]
fn the_record_keeps_what_was_sent_and_shows_no_secret() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::text("hello")]);
    client.send(&post(&format!("X-Api-Key: {KEY}\r\nB: 2\r\na:  1 \r\nb: 3\r\nAuthorization: Bearer {KEY}"), &body()));
    client.answer().unwrap();
    let requests = server.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/messages"));
    let names: Vec<_> = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(names[1..4], [("B", "2"), ("a", "1"), ("b", "3")]);
    assert_eq!(request.header("x-API-key"), Some(KEY));
    assert_eq!(request.header("b"), Some("2"));
    assert_eq!(request.credential(), Some(KEY));
    assert_eq!(request.json(), body());
    for shown in [format!("{requests:?}"), format!("{server:?}")] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    assert!(format!("{requests:?}").contains("X-Api-Key: [redacted]"));
    server.forget();
    assert_eq!(server.requests(), []);
}

#[test]
fn the_date_follows_the_clock_it_is_given() {
    let (server, mut client) = started();
    assert_eq!(client.ask(KEY, &body()).header("date"), None);
    let clock = ManualClock::at(Timestamp::from_secs(784_111_777));
    server.at(clock.clone());
    assert_eq!(client.ask(KEY, &body()).header("date"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    clock.advance(std::time::Duration::from_secs(3));
    assert_eq!(client.ask(KEY, &body()).header("date"), Some("Sun, 06 Nov 1994 08:49:40 GMT"));
    for outside in [-1, 253_402_300_800] {
        clock.set(Timestamp::from_secs(outside));
        assert_eq!(client.ask(KEY, &body()).header("date"), None);
    }
    server.on(KEY, [Reply::text("hello").header("Date", "yesterday")]);
    clock.set(Timestamp::from_secs(0));
    let answer = client.ask(KEY, &body());
    assert_eq!((answer.header("date"), answer.header("Date")), (None, Some("yesterday")));
}
