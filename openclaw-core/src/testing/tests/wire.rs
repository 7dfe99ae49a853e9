//! Framing, streams and connections.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::{Reply, ScriptedServer};
use super::client::{Client, post};
use super::{KEY, body, started};

#[test]
fn a_text_is_streamed_only_if_the_request_says_so() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::text("Bonjour à tous\nles deux")]);
    let whole = client.ask(KEY, &body());
    assert_eq!(whole.header("content-type"), Some("application/json"));
    let message = whole.json();
    assert_eq!(message["content"], json!([{"type": "text", "text": "Bonjour à tous\nles deux"}]));
    assert_eq!((&message["model"], &message["stop_reason"]), (&json!("claude-opus-4-5"), &json!("end_turn")));
    assert_eq!(message["usage"]["output_tokens"], 5);

    let streamed = client.ask(KEY, &json!({"model": "claude-opus-4-5", "stream": true}));
    assert_eq!(streamed.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert!(streamed.complete);
    let types = streamed.event_types();
    assert_eq!(types[..3], ["message_start", "content_block_start", "ping"]);
    assert_eq!(types[3..8], ["content_block_delta"; 5]);
    assert_eq!(types[8..], ["content_block_stop", "message_delta", "message_stop"]);
    let events = streamed.events();
    let text: String = events.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert_eq!(text, "Bonjour à tous\nles deux");
    let start = &events[0]["message"];
    assert_eq!((&start["content"], &start["stop_reason"]), (&json!([]), &json!(null)));
    assert_eq!(start["model"], "claude-opus-4-5");
    assert_eq!(start["usage"]["cache_creation_input_tokens"], 3);
    assert_eq!(start["usage"]["cache_read_input_tokens"], 5);
    assert_eq!(events[9]["delta"]["stop_reason"], "end_turn");
    assert_eq!(events[9]["usage"]["output_tokens"], 5);

    assert!(start["id"].as_str().unwrap().starts_with("msg_"));
    assert_ne!(start["id"], message["id"]);
}

#[test]
fn messages_and_events_are_sent_as_they_are() {
    let (server, mut client) = started();
    let streaming = json!({"stream": true});
    server
        .on(KEY, [Reply::message(json!({"own": 1})), Reply::events(vec![json!({"type": "a"}), json!({"type": "b"})])]);
    assert_eq!(client.ask(KEY, &streaming).json(), json!({"own": 1}));
    assert_eq!(client.ask(KEY, &body()).event_types(), ["a", "b"]);
    server.on(KEY, [Reply::events(vec![json!({"nameless": true})])]);
    assert_eq!(client.ask(KEY, &body()).body, b"data: {\"nameless\":true}\n\n");
}

#[test]
fn request_ids_are_counted_on_each_server() {
    let ids = || {
        let (_server, mut client) = started();
        [client.ask(KEY, &body()), client.ask(KEY, &body())]
            .map(|answer| answer.header("request-id").unwrap().to_owned())
    };
    let [first, second] = ids();
    assert_eq!(first, "req_000000000000000000000001");
    assert_eq!(ids(), [first, second]);
}

#[test]
fn requests_may_be_chunked_and_pipelined() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::text("one"), Reply::text("two"), Reply::text("three")]);
    let chunked = format!(
        "\r\nPOST /v1/messages HTTP/1.1\r\nx-api-key: {KEY}\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n\
         5;ext=1\r\n{{\"mod\r\nC\r\nel\": \"m\"  }} \r\n0\r\ntrailer: 1\r\n\r\n"
    );
    let plain = post(&format!("x-api-key: {KEY}"), &body());
    client.send(&format!("{plain}{chunked}{plain}"));
    let texts = [(); 3].map(|()| super::text_of(&client.answer().unwrap()));
    assert_eq!(texts, ["one", "two", "three"]);
    assert_eq!(server.requests()[1].json(), json!({"model": "m"}));
    assert_eq!(server.requests()[2].json(), body());
}

#[test]
fn a_client_that_awaits_leave_to_send_gets_it() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::text("hello")]);
    client.send(&format!(
        "POST /v1/messages HTTP/1.1\r\nx-api-key: {KEY}\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"
    ));
    assert_eq!(client.answer().unwrap().status, 100);
    client.send("{}");
    assert_eq!(client.answer().unwrap().status, 200);
}

#[test]
fn a_connection_stays_open_until_one_side_wants_it_closed() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::text("hello"), Reply::text("hello").header("connection", "close"), Reply::text("hello")]);
    assert_eq!(client.ask(KEY, &body()).header("connection"), None);
    assert_eq!(client.ask(KEY, &body()).header("connection"), Some("close"));
    assert!(client.is_closed());
    let mut client = Client::of(&server);
    client.send(&post(&format!("x-api-key: {KEY}\r\nConnection: x, Close"), &body()));
    assert_eq!(client.answer().unwrap().header("connection"), Some("close"));
    assert!(client.is_closed());
}

#[test]
fn what_is_not_http_is_refused_and_not_recorded() {
    let server = ScriptedServer::start().unwrap();
    let start = "POST /v1/messages HTTP/1.1\r\n";
    for broken in [
        "POST /v1/messages HTTP/1.0\r\n\r\n".to_owned(),
        "hello\r\n\r\n".to_owned(),
        format!("{start}no colon\r\n\r\n"),
        format!("{start}content-length: many\r\n\r\n"),
        format!("{start}content-length: 99999999999\r\n\r\n"),
        format!("{start}transfer-encoding: chunked\r\n\r\nz\r\n"),
        format!("{start}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n"),
        format!("{start}{}", "a: b\r\n".repeat(43_691)),
    ] {
        let mut client = Client::of(&server);
        client.send(&broken);
        assert_eq!(client.answer().unwrap().status, 400, "{}", &broken[..40.min(broken.len())]);
        assert!(client.is_closed());
    }
    assert_eq!(server.requests(), []);
}

#[test]
fn a_raw_reply_has_nothing_of_anthropic() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::raw(307, "text/html", "<h1>Log in</h1>").header("location", "http://portal/")]);
    let answer = client.ask(KEY, &body());
    let names: Vec<_> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-type", "content-length", "location"]);
    assert_eq!((answer.status, answer.body.as_slice()), (307, b"<h1>Log in</h1>".as_slice()));
    assert_eq!(answer.header("location"), Some("http://portal/"));
    assert_eq!(client.ask(KEY, &body()).status, 307);
}

#[test]
fn concurrent_clients_are_all_answered_and_recorded() {
    let server = ScriptedServer::start().unwrap();
    server.on(KEY, [Reply::text("hello")]);
    let ask = |_| {
        let mut client = Client::of(&server);
        [(); 5].map(|()| client.ask(KEY, &body()).header("request-id").unwrap().to_owned())
    };
    let ids: BTreeSet<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || ask(number))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!((ids.len(), server.requests().len()), (40, 40));
}
