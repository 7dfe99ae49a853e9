//! Answers that take too long in ways that no idle time-out notices, and what is said after the first words.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use openclaw_core::messages::MessageRequest;
use openclaw_core::testing::Reply;
use openclaw_core::{
    Client, Clock as _, Error, ErrorKind, FailureReason, ManualClock, ProfileId, Timestamp, UsageStats,
};

use crate::support::{A, B, START, calls, http, pair};

fn question() -> MessageRequest {
    MessageRequest::user("Bonjour")
}

async fn stats(client: &Client) -> UsageStats {
    client.failover().health().await.of(&ProfileId::new("anthropic:a").unwrap()).clone()
}

/// Answers `A` with what this writes until the client has gone, and everybody else with a word.
fn serve(write: fn(&mut TcpStream) -> std::io::Result<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut length, mut is_a, mut line) = (0, false, String::new());
                while reader.read_line(&mut line).unwrap_or(0) > 2 {
                    is_a |= line.contains(A);
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    line.clear();
                }
                reader.read_exact(&mut vec![0; length]).unwrap();
                // It ends when the client does.
                if is_a {
                    let _ = write(&mut stream);
                } else {
                    let body = r#"{"type":"message","content":[{"type":"text","text":"Bonjour à vous"}]}"#;
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                    let _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                }
            });
        }
    });
    url
}

const EVENTS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
const START_EVENTS: &str = concat!(
    "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"content\":[]}}\n\n",
    "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
);
const WORD: &str =
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"un \"}}\n\n";
const PING: &str = "event: ping\ndata: {\"type\":\"ping\"}\n\n";

fn again_and_again(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    loop {
        stream.write_all(text.as_bytes())?;
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn pings(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(EVENTS.as_bytes())?;
    again_and_again(stream, PING)
}

fn comments(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(EVENTS.as_bytes())?;
    again_and_again(stream, ": still here\n")
}

fn one_line_without_end(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(EVENTS.as_bytes())?;
    again_and_again(stream, "d")
}

fn pings_after_a_word(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all([EVENTS, START_EVENTS, WORD].concat().as_bytes())?;
    again_and_again(stream, PING)
}

/// Forty words and pings between them: it takes longer than any pause in it.
fn slow_words(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all([EVENTS, START_EVENTS].concat().as_bytes())?;
    for _ in 0..40 {
        stream.write_all([PING, WORD].concat().as_bytes())?;
        std::thread::sleep(Duration::from_millis(20));
    }
    stream.write_all(b"data: {\"type\":\"message_stop\"}\n\n")
}

fn half_an_answer(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")?;
    again_and_again(stream, " ")
}

/// As fast as it can, for ever.
fn words_without_end(stream: &mut TcpStream) -> std::io::Result<()> {
    let words = WORD.repeat(1000);
    stream.write_all([EVENTS, START_EVENTS].concat().as_bytes())?;
    loop {
        stream.write_all(words.as_bytes())?;
    }
}

fn client(url: &str, clock: &ManualClock) -> Client {
    let http = http(Duration::from_secs(5));
    let builder = Client::builder().base_url(url).clock(clock.clone()).jitter(openclaw_core::NoJitter).http(http);
    builder.api_key("a", A).api_key("b", B).build().unwrap()
}

#[tokio::test]
async fn a_line_that_is_only_kept_busy_is_given_up() {
    for write in [pings, comments, one_line_without_end, half_an_answer] {
        let clock = ManualClock::at(START);
        let client = client(&serve(write), &clock);
        let reply = client.message(question()).stall(Duration::from_millis(100)).send().await.unwrap();
        assert_eq!(reply.served_by().profile.as_str(), "anthropic:b");
        let stats = stats(&client).await;
        let demoted = stats.models["claude-opus-4-5"].demoted.unwrap();
        assert_eq!(demoted.reason, Some(FailureReason::Timeout));
    }
}

#[tokio::test]
async fn after_the_first_word_it_breaks_off_and_says_nothing_against_the_profile() {
    let client = client(&serve(pings_after_a_word), &ManualClock::at(START));
    let call = client.message(question()).stall(Duration::from_millis(100));
    let error = call.send().await.unwrap_err();
    let text = "the answer broke off: bytes came, but the message stood still for too long";
    assert_eq!((error.to_string().as_str(), error.kind()), (text, ErrorKind::BrokenOff));
    assert!(stats(&client).await.models.is_empty());
}

#[tokio::test]
async fn a_slow_answer_that_goes_on_is_none_that_stands_still() {
    let client = client(&serve(slow_words), &ManualClock::at(START));
    let reply = client.message(question()).stall(Duration::from_millis(400)).send().await.unwrap();
    assert_eq!(reply.text(), "un ".repeat(40));
    assert_eq!(reply.served_by().profile.as_str(), "anthropic:a");
}

#[tokio::test]
async fn the_deadline_ends_an_attempt_under_way() {
    let (server, client, clock) = pair([Reply::text("x").delay(Duration::from_secs(30))]);
    let started = Instant::now();
    let error = client.message(question()).deadline(Duration::from_millis(200)).send().await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(10));
    let text = "the deadline passed before an answer came: no answer before the deadline";
    assert_eq!((error.to_string().as_str(), error.kind()), (text, ErrorKind::Deadline));
    assert_eq!((calls(&server, A), calls(&server, B)), (1, 0));
    assert!(clock.now() >= START.after(Duration::from_millis(200)));
    // The next call tries somebody else first.
    client.message(question()).deadline(Duration::from_secs(5)).send().await.unwrap();
    assert_eq!((calls(&server, A), calls(&server, B)), (1, 1));
}

#[tokio::test]
async fn the_deadline_ends_an_answer_that_goes_on_too_long() {
    let (_server, client, _) = pair([Reply::text("un deux trois").stall_after(5)]);
    let mut stream = client.message(question()).deadline(Duration::from_millis(300)).stream().await.unwrap();
    let mut words = Vec::new();
    let error = loop {
        match stream.texts().try_next().await {
            Ok(word) => words.push(word.unwrap()),
            Err(error) => break error,
        }
    };
    assert_eq!(words, ["un ", "deux "]);
    assert_eq!(error.to_string(), "the answer broke off: the deadline passed");
    assert!(stream.texts().try_next().await.unwrap().is_none());
    assert!(stats(&client).await.models.is_empty(), "an answer that is long says nothing about the profile");
}

/// There is always something to read, so whoever reads it slowly never waits for the line.
#[tokio::test]
async fn the_deadline_ends_an_answer_that_is_read_slowly() {
    let client = client(&serve(words_without_end), &ManualClock::at(START));
    let mut stream = client.message(question()).deadline(Duration::from_millis(300)).stream().await.unwrap();
    let started = Instant::now();
    let error = loop {
        match stream.texts().try_next().await {
            // Every piece of the line's is read at once, and the reader rests after it.
            Ok(word) => assert!(word.is_some() && started.elapsed() < Duration::from_secs(20)),
            Err(error) => break error,
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(error.to_string(), "the answer broke off: the deadline passed");
}

/// What the provider says of the credential after the first words counts, and is stored before it is told.
#[tokio::test]
async fn an_error_event_after_the_first_word_is_recorded() {
    let window = |stats: &UsageStats| {
        let of_model = stats.models.get("claude-opus-4-5");
        let window = stats.cooldown.or(stats.disabled).or(of_model.and_then(|m| m.cooldown.or(m.demoted)));
        window.map(|window| (window.reason.unwrap(), window.until.since(START).as_secs()))
    };
    for (kind, message, expected) in [
        ("overloaded_error", "Overloaded", Some((FailureReason::Overloaded, 30))),
        ("api_error", "Internal server error", Some((FailureReason::ServerError, 30))),
        ("rate_limit_error", "slow down", Some((FailureReason::RateLimit, 60))),
        ("authentication_error", "invalid x-api-key", Some((FailureReason::Auth, 60))),
        ("invalid_request_error", "no", None),
    ] {
        let (server, client, _) = pair([Reply::text("un deux trois").error_event_after(5, kind, message)]);
        let error = client.ask("compte").await.unwrap_err();
        assert!(matches!(&error, Error::BrokenOff(failure) if failure.error_type.as_deref() == Some(kind)));
        assert_eq!(window(&stats(&client).await), expected, "{kind}");
        // The second request of the program goes elsewhere, and nothing was sent twice.
        assert_eq!((calls(&server, A), calls(&server, B)), (1, 0), "{kind}");
        if expected.is_some() {
            client.ask("compte").await.unwrap();
            assert_eq!((calls(&server, A), calls(&server, B)), (1, 1), "{kind}");
        }
    }
}

/// Each answer began well, which closed the window before it: every failure is the first in a row.
#[tokio::test]
async fn a_success_lies_between_failures_after_the_first_word() {
    let (_server, client, clock) = pair([Reply::text("un deux").error_event_after(4, "rate_limit_error", "slow")]);
    let call = |client: &Client| {
        let profile = ProfileId::new("anthropic:a").unwrap();
        client.message(question()).pin(openclaw_core::Pin { profile, kind: openclaw_core::PinKind::User })
    };
    let mut ends: Vec<Timestamp> = Vec::new();
    for _ in 0..2 {
        call(&client).send().await.unwrap_err();
        let until = stats(&client).await.models["claude-opus-4-5"].cooldown.unwrap().until;
        ends.push(until);
        clock.set(until.after(Duration::from_secs(1)));
    }
    assert_eq!(ends, [START.after(Duration::from_secs(60)), START.after(Duration::from_secs(121))]);
}

/// An answer whose stream is dropped, or whose line is cut, says nothing about the profile.
#[tokio::test]
async fn a_cut_line_after_the_first_word_is_nobodys_fault() {
    let (_server, client, _) = pair([Reply::text("un deux trois").cut_after(5)]);
    assert!(matches!(client.ask("compte").await.unwrap_err(), Error::BrokenOff(_)));
    drop(client.stream("compte").await.unwrap());
    let stats = stats(&client).await;
    assert!(stats.models.is_empty() && stats.cooldown.is_none() && stats.last_used.is_some());
}
