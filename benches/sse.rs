//! How fast bytes become server-sent events, in 4 KiB pieces as a network brings them: a stream of
//! small events as an answer has them, with and without reading their JSON, and single events of 1,
//! 2 and 4 MiB, whose time must grow with their size and no faster.
//!
//!     cargo bench -p openclaw-benches --bench sse

#![allow(clippy::unwrap_used, reason = "a bench stops when its input is not what it should be")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use openclaw_core::messages::{SseDecoder, StreamEvent};

const PIECE: usize = 4096;
const WORDS: u64 = 8192;

fn main() {
    divan::main();
}

/// Bytes to events.
#[divan::bench]
fn small_events(bencher: Bencher<'_, '_>) {
    let stream = small();
    assert_eq!(decode(&stream, |_| {}), WORDS + 1);
    bencher.counter(BytesCount::of_slice(&stream)).bench_local(|| decode(black_box(&stream), |_| {}));
}

/// Bytes to events to typed events, as a client reads them.
#[divan::bench]
fn small_events_typed(bencher: Bencher<'_, '_>) {
    let stream = small();
    bencher.counter(BytesCount::of_slice(&stream)).bench_local(|| {
        decode(black_box(&stream), |event| {
            black_box(StreamEvent::parse(&event).unwrap());
        })
    });
}

/// One event of so many MiB on one line.
#[divan::bench(args = [1, 2, 4])]
fn one_event(bencher: Bencher<'_, '_>, mebibytes: usize) {
    let mut stream = b"event: content_block_delta\ndata: ".to_vec();
    stream.resize(stream.len() + (mebibytes << 20), b'x');
    stream.extend(b"\n\n");
    assert_eq!(decode(&stream, |event| assert_eq!(event.data.len(), mebibytes << 20)), 1);
    bencher.counter(BytesCount::of_slice(&stream)).bench_local(|| decode(black_box(&stream), |_| {}));
}

/// The words of an answer, each an event of its own, and the end.
fn small() -> Vec<u8> {
    let delta = |word: u64| {
        let text = format!(r#"{{"type":"text_delta","text":" mot {word}"}}"#);
        let data = format!(r#"{{"type":"content_block_delta","index":0,"delta":{text}}}"#);
        format!("event: content_block_delta\ndata: {data}\n\n")
    };
    let end = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    (0..WORDS).map(delta).chain([end.to_owned()]).collect::<String>().into_bytes()
}

/// The number of events.
fn decode(stream: &[u8], mut take: impl FnMut(openclaw_core::messages::SseEvent)) -> u64 {
    let mut decoder = SseDecoder::default();
    let mut count = 0;
    for piece in stream.chunks(PIECE) {
        decoder.push(piece);
        while let Some(event) = decoder.next_event() {
            take(black_box(event.unwrap()));
            count += 1;
        }
    }
    count
}
