//! However the network cuts a stream, its events are the same, up to what the client gives out.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_executor::block_on;
use futures_util::StreamExt as _;
use openclaw_core::messages::StreamEvent;
use openclaw_core::{ByteStream, Client, ErrorKind, FailureReason, HttpSend, ManualClock, NoJitter, SendError};

use crate::support::{A, START};

/// Answers with these pieces, whatever is asked.
#[derive(Debug)]
struct Pieces(std::sync::Mutex<Vec<Bytes>>);

#[async_trait]
impl HttpSend for Pieces {
    async fn send(&self, _request: http::Request<Bytes>) -> Result<http::Response<ByteStream>, SendError> {
        let pieces = self.0.lock().unwrap().clone();
        let body: ByteStream = Box::pin(futures_util::stream::iter(pieces.into_iter().map(Ok)));
        Ok(http::Response::builder().header("content-type", "text/event-stream").body(body).unwrap())
    }
}

struct World {
    http: Arc<Pieces>,
    client: Client,
}

impl World {
    fn new() -> Self {
        let http = Arc::new(Pieces(std::sync::Mutex::default()));
        let builder = Client::builder().api_key("a", A).clock(ManualClock::at(START)).jitter(NoJitter);
        Self { client: builder.http(http.clone()).build().unwrap(), http }
    }

    /// The events of an answer that comes in these pieces, and the text and the arguments they make.
    fn read(&self, pieces: impl IntoIterator<Item = Bytes>) -> (Vec<StreamEvent>, String) {
        *self.http.0.lock().unwrap() = pieces.into_iter().collect();
        block_on(async {
            let mut stream = self.client.stream("Bonjour").await.unwrap();
            let mut events = Vec::new();
            while let Some(event) = stream.next().await {
                events.push(event.unwrap());
            }
            let reply = stream.finish().await.unwrap();
            (events, format!("{} {:?}", reply.text(), reply.message()))
        })
    }
}

/// Every kind of event, letters of one to four bytes, comments, fields and events of a later API, an
/// event in several lines.
const LONG: &str = concat!(
    ": a comment\n",
    "event: message_start\n",
    "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"model\":\"claude\",\"content\":[],",
    "\"usage\":{\"input_tokens\":12,\"cache_read_input_tokens\":5}}}\n\n",
    "event: ping\ndata: {\"type\":\"ping\"}\n\n",
    "event:content_block_start\n",
    "data:{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}}\n\n",
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n",
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"s\"}}\n\n",
    "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "id: 7\nretry: 1000\nunheard-of\nevent: content_block_delta\n",
    "data: {\"type\":\"content_block_delta\",\n",
    "data: \"index\":1,\"delta\":{\"type\":\"text_delta\",\n",
    "data: \"text\":\"été 한 🦀 \"}}\n\n",
    "event: aurora\ndata: {\"type\":\"aurora\",\"brightness\":1}\n\n",
    ":\n\n",
    "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"\\ud83e\\udd80\\n\"}}\n\n",
    "data: {\"type\":\"content_block_stop\",\"index\":1}\n\n",
    "data: {\"type\":\"content_block_start\",\"index\":2,",
    "\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"look\",\"input\":{}}}\n\n",
    "data: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"ou\"}}\n\n",
    "data: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\\\":1}\"}}\n\n",
    "data: {\"type\":\"content_block_stop\",\"index\":2}\n\n",
    "event: message_delta\n",
    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":9}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

const SHORT: &str = concat!(
    "\u{feff}data:{\"type\":\"message_start\",\"message\":{\"content\":[]}}\r\n\r\n",
    "data:{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"é\"}}\r\r:\n",
    "data:{\"type\":\"message_stop\"}\n\r\n",
);

/// The same lines with other ends, and with a byte order mark.
fn spellings() -> Vec<(&'static str, String)> {
    // No CR stands right before an LF that ends an empty line: the two would be one end.
    let mut ends = ["\r", "\r\n", "\n"].into_iter().cycle();
    let mixed: String = LONG.lines().flat_map(|line| [line, ends.next().unwrap()]).collect();
    vec![
        ("LF", LONG.to_owned()),
        ("CRLF", LONG.replace('\n', "\r\n")),
        ("all three, after a byte order mark", format!("\u{feff}{mixed}")),
    ]
}

#[test]
fn cut_at_every_byte() {
    let world = World::new();
    let expected = world.read([Bytes::from(LONG)]);
    // All of them but the ping before the first content, which is not kept.
    assert_eq!(expected.0.len(), 16, "{:?}", expected.0);
    let said = expected.1.starts_with("été 한 🦀 🦀\n ");
    assert!(said && expected.1.contains("hm") && expected.1.contains("\"ou\""), "{}", expected.1);
    for (name, text) in spellings() {
        let bytes = Bytes::from(text);
        for at in 0..=bytes.len() {
            let got = world.read([bytes.slice(..at), bytes.slice(at..)]);
            assert_eq!(got, expected, "{name}, cut at {at}");
        }
        let single = (0..bytes.len()).map(|at| bytes.slice(at..=at));
        assert_eq!(world.read(single), expected, "{name}, byte by byte");
    }
}

#[test]
fn cut_at_every_two_bytes() {
    let world = World::new();
    let bytes = Bytes::from(SHORT);
    let expected = world.read([bytes.clone()]);
    assert!(expected.0.len() == 3 && expected.1.starts_with("é "), "{expected:?}");
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let got = world.read([bytes.slice(..first), bytes.slice(first..second), bytes.slice(second..)]);
            assert_eq!(got, expected, "cut at {first} and {second}");
        }
    }
}

/// Wherever it ends before its last event is whole, it is no answer, and never a shorter one.
#[test]
fn ended_at_every_byte() {
    let bytes = Bytes::from(LONG);
    let content = LONG.find("\"text\":\"été").unwrap();
    for end in 0..bytes.len() {
        let world = World::new();
        *world.http.0.lock().unwrap() = vec![bytes.slice(..end)];
        let error = block_on(world.client.ask("Bonjour")).unwrap_err();
        let kinds = [ErrorKind::Failed(FailureReason::Timeout), ErrorKind::BrokenOff];
        assert!(kinds.contains(&error.kind()), "{end}: {error}");
        assert!(end > content || error.kind() == kinds[0], "{end}: nothing was given out");
    }
}

/// A hundred megabytes without an end of line are refused at the cap, and not read on.
#[test]
fn an_endless_line() {
    let mebibyte = Bytes::from(vec![b'x'; 1 << 20]);
    let pieces = std::iter::once(Bytes::from("data: ")).chain(std::iter::repeat_n(mebibyte, 100)).collect();
    let world = World::new();
    *world.http.0.lock().unwrap() = pieces;
    let error = block_on(world.client.ask("Bonjour")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed(FailureReason::ServerError));
    assert_eq!(error.to_string(), "a line of the event stream is longer than 8388608 bytes");
}
