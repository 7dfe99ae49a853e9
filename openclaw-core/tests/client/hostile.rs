//! Servers that mean harm, or are broken as if they did. A request ends in bounded time and memory, with
//! the class that another profile is asked by, and with nothing of a credential or an address in its error.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openclaw_core::FailureReason::{ContextOverflow, RateLimit, ServerError, Timeout};
use openclaw_core::messages::MessageRequest;
use openclaw_core::testing::Reply;
use openclaw_core::{Client, Error, ErrorKind, FailureReason, ManualClock, NoJitter, ProfileId};

use crate::raw::{answering, for_ever, head, message, serve};
use crate::support::{A, START, http, pair};

/// What no test here comes near, unless something waits for ever.
const GENEROUS: Duration = Duration::from_secs(60);

fn client(url: &str, idle: Duration) -> Client {
    let builder = Client::builder().base_url(url).clock(ManualClock::at(START)).jitter(NoJitter).http(http(idle));
    builder.api_key("a", A).build().unwrap()
}

/// How one request ends, whichever way it is sent.
async fn ends(name: &str, url: &str, idle: Duration, expected: FailureReason) {
    for streamed in [true, false] {
        let call = client(url, idle).message(MessageRequest::user("Bonjour"));
        let call = if streamed { call } else { call.unstreamed() };
        let end = tokio::time::timeout(GENEROUS, call.send()).await;
        let error = end.unwrap_or_else(|_| panic!("{name}: still waiting")).unwrap_err();
        check(name, url, &error, ErrorKind::Failed(expected));
    }
}

fn check(name: &str, url: &str, error: &Error, kind: ErrorKind) {
    assert_eq!(error.kind(), kind, "{name}: {error}");
    let shown = format!("{error} {error:?}");
    let address = url.trim_start_matches("http://");
    assert!(!shown.contains(A) && !shown.contains(address), "{name}: {shown}");
    assert!(error.to_string().len() < 1000, "{name}: {} bytes", error.to_string().len());
}

const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(20);
const OK: &str = "HTTP/1.1 200 OK\r\n";

fn sends(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    answering(move |line| line.write_all(&bytes).is_err())
}

#[tokio::test]
async fn silence_ends_after_the_idle_time() {
    let held = Arc::new(std::sync::Mutex::new(Vec::new()));
    let url = serve(move |line| held.lock().unwrap().push(line));
    ends("no byte", &url, SHORT, Timeout).await;
    for (name, start) in [
        ("half a status", "HTTP/1.1 2"),
        ("half a head", "HTTP/1.1 200 OK\r\ncontent-type: text/event-st"),
        ("no body", "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n"),
        ("half a body", "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"),
        ("half an event", "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"ty"),
    ] {
        let url = answering(move |line| {
            line.write_all(start.as_bytes()).unwrap();
            std::thread::sleep(LONG);
            false
        });
        ends(name, &url, SHORT, Timeout).await;
    }
}

/// One byte after the other, each later than the line may be silent, or sooner.
fn drips(bytes: &'static str, every: Duration) -> String {
    answering(move |line| {
        line.set_nodelay(true).unwrap();
        for byte in bytes.bytes() {
            std::thread::sleep(every);
            if line.write_all(&[byte]).is_err() {
                break;
            }
        }
        false
    })
}

#[tokio::test]
async fn drops_are_an_answer_only_while_they_keep_coming() {
    const ANSWER: &str = concat!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n",
        r#"{"type":"message","id":"m","role":"assistant","model":"m","content":[{"type":"text","text":"oui"}]}"#,
    );
    ends("too slow", &drips(ANSWER, Duration::from_millis(150)), Duration::from_millis(50), Timeout).await;
    let client = client(&drips(ANSWER, Duration::from_millis(1)), LONG);
    assert_eq!(client.ask("Bonjour").await.unwrap().text(), "oui");
}

/// The head has said what it is about; its words are not worth waiting for.
#[tokio::test]
async fn a_refusal_that_drips_is_not_waited_for() {
    let url = answering(|line| {
        let head = "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\n\r\n";
        let mut went = line.write_all(head.as_bytes()).is_ok();
        while went {
            std::thread::sleep(Duration::from_millis(20));
            went = line.write_all(b" ").is_ok();
        }
        false
    });
    let end = tokio::time::timeout(GENEROUS, client(&url, LONG).ask("Bonjour")).await.expect("still waiting");
    check("dripping 429", &url, &end.unwrap_err(), ErrorKind::Failed(RateLimit));
}

/// That it will answer is no answer.
#[tokio::test]
async fn promises_do_not_count_as_signs_of_life() {
    let url = answering(|line| {
        while line.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    });
    ends("interim answers", &url, SHORT, Timeout).await;
}

/// What a server could get rid of while a request was under way, over all its connections.
fn endless(start: &'static str, bytes: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&taken);
    let url = answering(move |line| {
        line.write_all(start.as_bytes()).unwrap();
        theirs.fetch_max(for_ever(line, &bytes), Ordering::SeqCst);
        false
    });
    (url, taken)
}

#[tokio::test]
async fn nothing_endless_is_read_to_its_end() {
    const MIB: usize = 1 << 20;
    let page = |start: &str| start.repeat(64 * 1024 / start.len());
    for (name, start, bytes, reason, most) in [
        ("headers", OK, page("x-more: and more\r\n"), Timeout, 8 * MIB),
        ("one header", "HTTP/1.1 200 OK\r\nx-long: ", page("x"), Timeout, 8 * MIB),
        ("a message", "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n", page("{"), ServerError, 80 * MIB),
        (
            "an event",
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: ",
            page("x"),
            ServerError,
            24 * MIB,
        ),
        (
            "lines of an event",
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n",
            page(&format!("data: {}\n", "x".repeat(1000))),
            ServerError,
            24 * MIB,
        ),
        ("a refusal", "HTTP/1.1 500 Oh\r\ncontent-type: text/html\r\n\r\n", page("<p>"), ServerError, 16 * MIB),
    ] {
        let (url, taken) = endless(start, bytes.into_bytes());
        ends(name, &url, LONG, reason).await;
        let taken = taken.load(Ordering::SeqCst);
        assert!(taken < most, "{name}: {taken} bytes were taken");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_another_profile_s_turn() {
    // Closing is announced, or the next request might be under way on the same line.
    let json = "connection: close\r\ncontent-type: application/json\r\n";
    let events = "connection: close\r\ncontent-type: text/event-stream\r\n";
    let short = message("oui").replace("content-length: 1", "connection: close\r\ncontent-length: ");
    for (name, bytes, reason) in [
        ("not http", b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), Timeout),
        ("http/0.9", b"<html>".to_vec(), Timeout),
        ("no status", b"HTTP/1.1 \r\n\r\n".to_vec(), Timeout),
        ("two lengths", format!("{OK}{json}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}} ").into_bytes(), Timeout),
        ("no length", format!("{OK}{json}content-length: many\r\n\r\n{{}}").into_bytes(), Timeout),
        ("a bad chunk", format!("{OK}{json}transfer-encoding: chunked\r\n\r\nxyz\r\n").into_bytes(), Timeout),
        ("too short a length", short.into_bytes(), ServerError),
        (
            "gzip",
            [format!("{OK}{json}content-encoding: gzip\r\ncontent-length: 5\r\n\r\n").as_bytes(), b"\x1f\x8b\x08\0\0"]
                .concat(),
            ServerError,
        ),
        (
            "no utf-8",
            [format!("{OK}{json}content-length: 4\r\n\r\n").as_bytes(), b"\"\xff\xfe\""].concat(),
            ServerError,
        ),
        (
            "events in no utf-8",
            [format!("{OK}{events}content-length: 9\r\n\r\n").as_bytes(), b"data: \xff\n\n"].concat(),
            ServerError,
        ),
        (
            "a refusal in no utf-8",
            [b"HTTP/1.1 500 X\r\nconnection: close\r\ncontent-length: 2\r\n\r\n".as_slice(), b"\xff\xfe"].concat(),
            ServerError,
        ),
        ("nothing at all", format!("{OK}connection: close\r\ncontent-length: 0\r\n\r\n").into_bytes(), ServerError),
        ("204", b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec(), ServerError),
    ] {
        ends(name, &sends(bytes), LONG, reason).await;
    }
}

#[tokio::test]
async fn the_server_s_word_is_kept_within_bounds() {
    let week = 7 * 24 * 3600;
    for (word, seconds) in [
        ("-1", 60),
        ("NaN", 60),
        ("inf", 60),
        ("1e-9", 1),
        ("0", 1),
        ("1e99", week),
        ("99999999999999999999999999", week),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1),
        ("Fri, 31 Dec 9999 23:59:59 GMT", week),
        ("tomorrow", 60),
        ("", 60),
    ] {
        let (_server, client, _) = pair([Reply::rate_limited(None).header("retry-after", word)]);
        client.ask("Bonjour").await.unwrap();
        let health = client.failover().health().await;
        let model = &health.of(&ProfileId::new("anthropic:a").unwrap()).models["claude-opus-4-5"];
        assert_eq!(model.cooldown.unwrap().until.since(START).as_secs(), seconds, "retry-after: {word}");
    }
}

/// It has made up its mind before it has read the request to its end.
#[tokio::test]
async fn an_answer_before_the_request_is_there() {
    let url = serve(|line| {
        let mut reader = std::io::BufReader::new(line.try_clone().unwrap());
        head(&mut reader).unwrap();
        let body = r#"{"type":"error","error":{"type":"request_too_large","message":"too much"}}"#;
        let head = format!("HTTP/1.1 413 X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        (&line).write_all(format!("{head}{body}").as_bytes()).unwrap();
        // Not read, not closed.
        std::thread::sleep(LONG);
    });
    let ask = client(&url, LONG).message(MessageRequest::user("x".repeat(16 << 20))).send();
    let error = tokio::time::timeout(GENEROUS, ask).await.expect("still waiting").unwrap_err();
    check("early 413", &url, &error, ErrorKind::Request(ContextOverflow));
}

#[tokio::test]
async fn a_line_that_was_closed_between_requests_is_no_failure() {
    let asked = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&asked);
    let url = answering(move |line| {
        theirs.fetch_add(1, Ordering::SeqCst);
        line.write_all(message("oui").as_bytes()).unwrap();
        // It said nothing of closing.
        false
    });
    let client = client(&url, LONG);
    for _ in 0..20 {
        assert_eq!(client.ask("Bonjour").await.unwrap().text(), "oui");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 20, "none was sent twice");
    assert!(client.failover().health().await.profiles.values().all(|stats| stats.models.is_empty()));
}

/// A second answer that nobody asked for must not become the next request's.
#[tokio::test]
async fn two_answers_in_one() {
    let number = AtomicUsize::new(0);
    let url = answering(move |line: &mut TcpStream| {
        let mine = message(&format!("{}", number.fetch_add(1, Ordering::SeqCst)));
        line.write_all(format!("{mine}{}", message("of somebody else")).as_bytes()).is_ok()
    });
    let client = client(&url, LONG);
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.push(client.ask("Bonjour").await.unwrap().text());
        // The rest has arrived by now.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!answers.contains(&"of somebody else".to_owned()), "{answers:?}");
}
