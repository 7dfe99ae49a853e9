use proptest::prelude::*;

use super::*;

type Events = Vec<Result<SseEvent, SseError>>;

fn decode<'a>(limits: SseLimits, pieces: impl IntoIterator<Item = &'a [u8]>) -> Events {
    let mut decoder = SseDecoder::new(limits);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        events.extend(std::iter::from_fn(|| decoder.next_event()));
    }
    events
}

fn whole(stream: &[u8]) -> Events {
    decode(SseLimits::default(), [stream])
}

fn event(name: &str, data: &str) -> Result<SseEvent, SseError> {
    Ok(SseEvent { event: name.to_owned(), data: data.to_owned() })
}

/// Streams and what is in them.
fn corpus() -> Vec<(&'static [u8], Events)> {
    vec![
        (b"", vec![]),
        (b"data: a\n\n", vec![event("message", "a")]),
        (b"data: a\r\rdata: b\r\r", vec![event("message", "a"), event("message", "b")]),
        (b"event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n", vec![event("x", "a"), event("message", "b")]),
        (b"data: a\n\r\ndata: b\r\n\ndata: c\n\r", ["a", "b", "c"].map(|data| event("message", data)).into()),
        (b"data: a\r\r\ndata: b\n\n", vec![event("message", "a"), event("message", "b")]),
        (b"\xef\xbb\xbfdata: a\n\n", vec![event("message", "a")]),
        (b"\xef\xbb\xbf\n\xef\xbb\xbfdata: a\n\n", vec![]),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", vec![event("message", "b")]),
        // The standard's own examples.
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", vec![event("message", "YHOO\n+2\n10")]),
        (
            b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            ["first event", "second event", " third event"].map(|data| event("message", data)).into(),
        ),
        (b"data\n\ndata\ndata\n\ndata:", vec![event("message", ""), event("message", "\n")]),
        (b"data:test\n\ndata: test\n\n", vec![event("message", "test"), event("message", "test")]),
        // A name without data is forgotten; the last of two names counts; names are exact.
        (b"event: x\n\ndata: a\n\n", vec![event("message", "a")]),
        (b"event: x\nevent: y\ndata: a\n\n", vec![event("y", "a")]),
        (b"event: x\nevent\ndata: a\nDATA: b\n data: c\nretry: 5\n\n", vec![event("message", "a")]),
        (b"data: a: b\ndata::\n\n", vec![event("message", "a: b\n:")]),
        ("data: é€😀\ndata: 漢\n\n".as_bytes(), vec![event("message", "é€😀\n漢")]),
        (b"data: \0\x0b\xc2\x85\xe2\x80\xa8x\n\n", vec![event("message", "\0\u{b}\u{85}\u{2028}x")]),
        (b"data: whole\n\ndata: not ended\n", vec![event("message", "whole")]),
        (b"data: a\n\ndata: \xff\n\ndata: b\n\n", vec![event("message", "a"), Err(SseError::Utf8)]),
        (b"data: a\n\n:\xe2\x82\n\ndata: b\n\n", vec![event("message", "a"), Err(SseError::Utf8)]),
    ]
}

#[test]
fn every_stream_is_read_as_the_standard_says() {
    for (stream, expected) in corpus() {
        assert_eq!(whole(stream), expected, "{:?}", stream.escape_ascii().to_string());
    }
}

#[test]
fn one_cut_anywhere_and_all_cuts_change_nothing() {
    for (stream, expected) in corpus() {
        for at in 0..=stream.len() {
            let (head, tail) = stream.split_at(at);
            assert_eq!(decode(SseLimits::default(), [head, b"", tail]), expected, "{stream:?} at {at}");
        }
        assert_eq!(decode(SseLimits::default(), stream.chunks(1)), expected, "{stream:?} byte by byte");
    }
}

/// Streams made of the pieces that matter, so that endings, names and damage meet in all ways.
fn any_stream() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"data: ",
        b"data:",
        b"data",
        b"event: ",
        b"event",
        b": ",
        b":",
        b"x",
        b"long text that spans a block of bytes ",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\r\n\r\n",
        "é😀".as_bytes(),
        b"\xef\xbb\xbf",
        b"\xc3",
        b"\0",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_chopping_of_any_stream_gives_the_same_events(
        stream in any_stream(),
        sizes in prop::collection::vec(1_usize..9, 1..20),
        (line, event, total) in (5_usize..200, 1_usize..100, 0_usize..900),
    ) {
        let limits = SseLimits { line, event, stream: total };
        for limits in [limits, SseLimits::default()] {
            let mut pieces = Vec::new();
            let mut rest = stream.as_slice();
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (head, tail) = rest.split_at(rest.len().min(*size));
                pieces.push(head);
                rest = tail;
            }
            prop_assert_eq!(decode(limits, pieces), decode(limits, [stream.as_slice()]));
        }
    }

    #[test]
    fn line_endings_do_not_matter(lines in prop::collection::vec("(data: [a-z]{0,40}|event: [a-z]{1,3}|:[a-z]*|)", 0..20)) {
        let read = |ending: &str| whole(lines.iter().map(|line| format!("{line}{ending}")).collect::<String>().as_bytes());
        prop_assert_eq!(read("\n"), read("\r\n"));
        prop_assert_eq!(read("\n"), read("\r"));
    }
}

#[test]
fn limits_hold_exactly() {
    let limits = SseLimits { line: 10, event: 6, stream: 1000 };
    let read = |stream: &[u8]| decode(limits, [stream]);
    assert_eq!(read(b"data: 1234\ndata: 5\n\n"), [event("message", "1234\n5")]);
    assert_eq!(read(b"data: 1234\ndata: 56\n\n"), [Err(SseError::EventTooLarge { limit: 6 })]);
    assert_eq!(read(b"data: 12345\n\n"), [Err(SseError::LineTooLong { limit: 10 })]);
    assert_eq!(read(b"data: 1234"), []);
    assert_eq!(read(b"data: 12345"), [Err(SseError::LineTooLong { limit: 10 })]);
    assert_eq!(read(&b"data: 1234\n\n".repeat(83)).len(), 83);
    let over = read(&b"data: 1234\n\n".repeat(84));
    assert_eq!((over.len(), over.last()), (84, Some(&Err(SseError::StreamTooLong { limit: 1000 }))));
    // Comments and lines without data do not add up.
    assert_eq!(read(&[&b":12345678\n".repeat(50)[..], b"data: 1\n\n"].concat()), [event("message", "1")]);
}

#[test]
fn an_endless_line_stops_at_the_limit_and_frees_its_memory() {
    let mut decoder = SseDecoder::default();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        decoder.push(&piece);
    }
    assert_eq!(decoder.next_event(), Some(Err(SseError::LineTooLong { limit: 8 << 20 })));
    assert_eq!(decoder.next_event(), None);
    assert_eq!(decoder.line.capacity(), 0);
    decoder.push(b"\ndata: a\n\n");
    assert_eq!(decoder.next_event(), None);
}

#[test]
fn a_large_event_comes_whole() {
    let data = "0123456789é".repeat(170_000);
    let stream = format!("event: big\ndata: {data}\n\n");
    for size in [1000, 16 * 1024, stream.len()] {
        assert_eq!(decode(SseLimits::default(), stream.as_bytes().chunks(size)), [event("big", &data)]);
    }
}
