//! What goes wrong on purpose, and that none of it keeps a test from ending.

use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Reply, ScriptedServer};
use super::client::Client;
use super::{KEY, body, started};

fn streaming() -> Value {
    json!({"model": "m", "stream": true})
}

#[test]
fn a_cut_stream_ends_after_its_events_without_an_end() {
    let server = ScriptedServer::start().unwrap();
    for (count, received) in [(0, 0), (4, 4), (99, 8)] {
        server.on(KEY, [Reply::text("two words").cut_after(count)]);
        let mut client = Client::of(&server);
        let answer = client.ask(KEY, &streaming());
        assert_eq!((answer.status, answer.complete), (200, false));
        assert_eq!(answer.events().len(), received);
        assert!(client.is_closed());
    }
}

#[test]
fn of_a_cut_message_half_arrives() {
    let server = ScriptedServer::start().unwrap();
    for (count, half) in [(0, false), (1, true)] {
        server.on(KEY, [Reply::text("hello").cut_after(count)]);
        let answer = Client::of(&server).ask(KEY, &body());
        assert!(!answer.complete);
        let promised: usize = answer.header("content-length").unwrap().parse().unwrap();
        assert_eq!(answer.body.len(), if half { promised / 2 } else { 0 });
    }
}

#[test]
fn a_stalled_stream_delivers_its_events_and_falls_silent() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::text("two words").stall_after(4)]);
    client.patience(Duration::from_millis(300));
    let answer = client.ask(KEY, &streaming());
    assert_eq!(answer.event_types().last().unwrap(), "content_block_delta");
    assert!(!answer.complete);
    assert!(!client.is_closed());
}

#[test]
fn an_error_event_ends_the_stream_in_order() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::text("two words").error_event_after(3, "overloaded_error", "Overloaded")]);
    for _ in 0..2 {
        let answer = client.ask(KEY, &streaming());
        assert!(answer.complete);
        assert_eq!(answer.event_types(), ["message_start", "content_block_start", "ping", "error"]);
        let error = &answer.events()[3];
        assert_eq!(error["error"], json!({"type": "overloaded_error", "message": "Overloaded"}));
    }
    assert_eq!(client.ask(KEY, &body()).status, 200);
}

#[test]
fn a_reset_sends_nothing() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::reset(), Reply::text("back")]);
    client.send(&super::post(&format!("x-api-key: {KEY}"), &body()));
    assert!(client.is_closed());
    assert_eq!(Client::of(&server).ask(KEY, &body()).status, 200);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_length_may_lie() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::raw(200, "application/json", "{}").header("Content-Length", "99")]);
    client.send(&super::post(&format!("x-api-key: {KEY}"), &body()));
    let answer = client.answer().unwrap();
    assert_eq!(answer.header("content-length"), None);
    assert_eq!(answer.header("Content-Length"), Some("99"));
    assert_eq!(answer.body, b"");
    // Events that are not chunked end with the connection.
    server.on(KEY, [Reply::events(vec![json!({"type": "ping"})]).header("content-length", "35")]);
    let mut client = Client::of(&server);
    let answer = client.ask(KEY, &body());
    assert_eq!((answer.event_types(), answer.complete), (vec!["ping".to_owned()], true));
    assert!(client.is_closed());
}

#[test]
fn a_delay_comes_before_the_first_byte() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::text("late").delay(Duration::from_millis(400))]);
    client.patience(Duration::from_millis(100));
    client.send(&super::post(&format!("x-api-key: {KEY}"), &body()));
    assert!(client.answer().is_none());
    client.patience(Duration::from_secs(5));
    assert_eq!(client.answer().unwrap().status, 200);
}

fn eventually(happens: impl Fn() -> bool) {
    let (_never, pause) = mpsc::channel::<()>();
    for _ in 0..500 {
        if happens() {
            return;
        }
        let _ = pause.recv_timeout(Duration::from_millis(10));
    }
    panic!("it did not happen in time");
}

/// Drops the server within a bound, as a test that hangs would tell nothing.
fn dropped_in_time(server: ScriptedServer) -> bool {
    let (done, waits) = mpsc::channel();
    std::thread::spawn(move || {
        drop(server);
        let _ = done.send(());
    });
    waits.recv_timeout(Duration::from_secs(10)).is_ok()
}

#[test]
fn dropping_ends_every_kind_of_connection() {
    let server = ScriptedServer::start().unwrap();
    let url = server.url();
    server.on("stalls", [Reply::text("hello").stall_after(1)]);
    server.on("waits", [Reply::text("hello").delay(Duration::from_secs(3600))]);
    server.on("floods", [Reply::raw(200, "text/plain", vec![b'x'; 64 << 20])]);
    let request = |key: &str| super::post(&format!("x-api-key: {key}"), &streaming());
    let mut clients: Vec<_> = ["stalls", "waits", "floods"]
        .map(|key| {
            let mut client = Client::of(&server);
            client.send(&request(key));
            client
        })
        .into();
    // A next request behind the stalled one, half a request, a connection that never spoke.
    clients[0].send(&request("stalls"));
    let mut half = Client::of(&server);
    half.send(&request("stalls")[..40]);
    clients.extend([half, Client::of(&server)]);
    let mut idle = Client::of(&server);
    assert_eq!(idle.ask("nobody", &body()).status, 401);
    clients.push(idle);
    eventually(|| server.requests().len() == 4);

    assert!(dropped_in_time(server));
    assert!(clients[5].is_closed());
    assert!(std::net::TcpStream::connect(url.trim_start_matches("http://")).is_err());
}

#[test]
fn a_client_that_leaves_a_stalled_stream_frees_it() {
    let (server, mut client) = started();
    server.on(KEY, [Reply::text("hello").stall_after(0)]);
    client.patience(Duration::from_millis(50));
    client.ask(KEY, &streaming());
    drop(client);
    eventually(|| server.open_connections() == 0);
}
