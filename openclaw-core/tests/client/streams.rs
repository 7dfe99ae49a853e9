//! Answers as they come, and as they break off.

use std::time::{Duration, Instant};

use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{Client, Error, ErrorKind, ManualClock, NoJitter};
use serde_json::json;

use crate::support::{A, B, START, calls, http, pair};

#[tokio::test]
async fn after_the_first_word_nothing_is_retried_and_no_word_doubled() {
    for (reply, text) in [
        (Reply::text("un deux trois").cut_after(5), "the answer broke off: "),
        (
            Reply::text("un deux trois").error_event_after(5, "invalid_request_error", "No"),
            "the answer broke off: invalid_request_error: No",
        ),
    ] {
        let (server, client, _) = pair([reply.clone()]);
        let mut stream = client.stream("compte").await.unwrap();
        let mut words = Vec::new();
        let error = loop {
            match stream.next_text().await {
                Ok(word) => words.push(word.unwrap()),
                Err(error) => break error,
            }
        };
        assert_eq!(words, ["un ", "deux "]);
        assert_eq!(error.kind(), ErrorKind::BrokenOff);
        assert!(error.to_string().starts_with(text), "{error}");
        assert!(stream.next_text().await.unwrap().is_none(), "after the error it is over");
        assert!(matches!(client.ask("compte").await.unwrap_err(), Error::BrokenOff(_)));
        assert_eq!((calls(&server, A), calls(&server, B)), (2, 0));
        // The profile did answer: there is nothing against it.
        let health = client.failover().health().await;
        assert!(health.profiles.values().all(|stats| stats.models.is_empty() && stats.cooldown.is_none()));
    }
}

/// Held back they would cost more memory than a server needs bytes to send them.
#[tokio::test]
async fn pings_before_the_first_word_are_not_kept() {
    use futures_util::StreamExt as _;
    let ping = json!({"type": "ping"});
    let mut events = vec![ping.clone(), json!({"type": "aurora"})];
    events.extend([
        json!({"type": "message_start", "message": {"id": "msg_1", "content": []}}),
        ping.clone(),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "oui"}}),
        ping,
        json!({"type": "message_stop"}),
    ]);
    let (_server, client, _) = pair([Reply::events(events)]);
    let stream = client.stream("oui ?").await.unwrap();
    let pings = stream.map(Result::unwrap).map(|event| event == openclaw_core::messages::StreamEvent::Ping);
    assert_eq!(pings.collect::<Vec<_>>().await, [false, false, true, false]);
}

/// The provider's support can look it up by nothing else.
#[tokio::test]
async fn what_the_provider_says_inside_of_an_answer_has_the_answers_id() {
    let error = json!({"type": "error", "error": {"type": "invalid_request_error", "message": "No"}});
    for (reply, text) in [
        (Reply::text("un deux").error_event_after(2, "invalid_request_error", "No"), ""),
        (Reply::text("un deux").error_event_after(5, "invalid_request_error", "No"), "the answer broke off: "),
        (Reply::message(error), ""),
    ] {
        let (_server, client, _) = pair([reply]);
        let error = client.ask("compte").await.unwrap_err();
        let expected = format!("{text}invalid_request_error: No (request req_000000000000000000000001)");
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn words_are_there_before_the_end() {
    let (_server, client, _) = pair([Reply::text("un deux trois").stall_after(5)]);
    let start = Instant::now();
    let mut stream = client.stream("compte").await.unwrap();
    assert_eq!(stream.next_text().await.unwrap().as_deref(), Some("un "));
    assert_eq!(stream.next_text().await.unwrap().as_deref(), Some("deux "));
    assert!(start.elapsed() < Duration::from_secs(2));
    // The third never comes.
    assert!(tokio::time::timeout(Duration::from_millis(200), stream.next_text()).await.is_err());
}

#[tokio::test]
async fn a_silent_line_is_given_up_after_the_idle_time() {
    let idle = Duration::from_millis(150);
    let server = ScriptedServer::start().unwrap();
    server.on(B, [Reply::text("Bonjour")]);
    let client = |clock: &ManualClock| {
        let builder = Client::builder().base_url(&server.url()).clock(clock.clone()).jitter(NoJitter).http(http(idle));
        builder.api_key("a", A).api_key("b", B).build().unwrap()
    };
    for silent in [
        Reply::text("x").stall_after(0),
        Reply::text("x").stall_after(2),
        Reply::text("x").delay(Duration::from_secs(30)),
    ] {
        server.on(A, [silent]);
        server.forget();
        let start = Instant::now();
        let reply = client(&ManualClock::at(START)).ask("Bonjour").await.unwrap();
        assert_eq!(reply.served_by().profile.as_str(), "anthropic:b");
        assert_eq!(calls(&server, A), 3);
        assert!(start.elapsed() >= 3 * idle && start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
    // A long answer is not a silent one; one that falls silent after its first words breaks off.
    server.on(A, [Reply::text("un deux").stall_after(4)]);
    let error = client(&ManualClock::at(START)).ask("compte").await.unwrap_err();
    assert_eq!(error.to_string(), "the answer broke off: nothing came for too long");
}

#[tokio::test]
async fn a_dropped_stream_closes_the_line() {
    let (_server, client, _) = pair([Reply::text("un deux trois").stall_after(5)]);
    let stream = client.stream("compte").await.unwrap();
    drop(stream);
    // Dropping the server waits for its threads: a line that stayed open would hold it.
}

/// HTTP ends as it should, the message does not.
#[tokio::test]
async fn an_answer_without_its_end_is_cut() {
    let events = |words: usize| {
        let mut events = vec![
            json!({"type": "message_start", "message": {"id": "msg_1", "content": []}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        ];
        let word = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "un "}});
        events.extend(std::iter::repeat_n(word, words));
        Reply::events(events)
    };
    let (server, client, _) = pair([events(0)]);
    assert_eq!(client.ask("compte").await.unwrap().served_by().profile.as_str(), "anthropic:b");
    assert_eq!(calls(&server, A), 3);

    let (_server, client, _) = pair([events(1)]);
    let mut stream = client.stream("compte").await.unwrap();
    assert_eq!(stream.next_text().await.unwrap().as_deref(), Some("un "));
    let error = stream.next_text().await.unwrap_err();
    assert_eq!(error.to_string(), "the answer broke off: the stream ended before the message did");
}

/// A server that sends HTTP's own end a little after the message's, as real ones do; it counts
/// connections.
fn slow_to_end(accepted: std::sync::Arc<std::sync::atomic::AtomicUsize>) -> String {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            accepted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            std::thread::spawn(move || {
                let mut writer = stream.try_clone().unwrap();
                let mut reader = BufReader::new(stream);
                loop {
                    let mut length = 0;
                    loop {
                        let mut line = String::new();
                        if reader.read_line(&mut line).unwrap_or(0) == 0 {
                            return;
                        }
                        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                            length = value.trim().parse().unwrap();
                        }
                        if line == "\r\n" {
                            break;
                        }
                    }
                    reader.read_exact(&mut vec![0; length]).unwrap();
                    let body = concat!(
                        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"content\":[]}}\n\n",
                        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
                        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"oui\"}}\n\n",
                        "data: {\"type\":\"message_stop\"}\n\n",
                    );
                    let head =
                        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
                    write!(writer, "{head}{:x}\r\n{body}\r\n", body.len()).unwrap();
                    std::thread::sleep(Duration::from_millis(5));
                    writer.write_all(b"0\r\n\r\n").unwrap();
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn one_connection_serves_answer_after_answer() {
    let accepted = std::sync::Arc::default();
    let url = slow_to_end(std::sync::Arc::clone(&accepted));
    let client = Client::builder().api_key("a", A).base_url(&url).build().unwrap();
    for _ in 0..5 {
        assert_eq!(client.ask("oui ?").await.unwrap().text(), "oui");
    }
    assert_eq!(accepted.load(std::sync::atomic::Ordering::SeqCst), 1);
}
