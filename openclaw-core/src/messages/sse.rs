//! Server-sent events out of bytes, as the WHATWG's HTML standard ("Server-sent events", parsing an
//! event stream) reads them, with bounds.
//!
//! Each byte is looked at once when it arrives, however the network cut the stream, so the work is
//! linear in the stream's size. `id` and `retry` serve reconnecting, which the answer to a POST
//! cannot do; they are ignored like any other unknown field. Where the standard replaces invalid
//! UTF-8, this is an error: a damaged answer must not pass for a whole one.

use std::collections::VecDeque;
use std::mem;

use thiserror::Error;

/// One event of a stream.
///
/// ```
/// use openclaw_core::messages::{SseDecoder, SseEvent};
/// let mut decoder = SseDecoder::default();
/// decoder.push(b"event: ping\ndata: {}\n\n");
/// assert_eq!(decoder.next_event(), Some(Ok(SseEvent { event: "ping".into(), data: "{}".into() })));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    /// The event's name; `message` where the stream gives none.
    pub event: String,
    /// The event's data, its lines joined by line feeds.
    pub data: String,
}

/// Why a stream cannot be read on.
///
/// ```
/// use openclaw_core::messages::{SseDecoder, SseError};
/// let mut decoder = SseDecoder::default();
/// decoder.push(b"data: \xff\n");
/// assert_eq!(decoder.next_event(), Some(Err(SseError::Utf8)));
/// assert_eq!(decoder.next_event(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SseError {
    /// A line is longer than allowed.
    #[error("a line of the event stream is longer than {limit} bytes")]
    LineTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// An event's data is longer than allowed.
    #[error("an event of the stream is larger than {limit} bytes")]
    EventTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The whole stream is longer than allowed.
    #[error("the event stream is longer than {limit} bytes")]
    StreamTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The stream is not UTF-8.
    #[error("the event stream is not valid utf-8")]
    Utf8,
}

/// How much of a stream is taken in, in bytes.
///
/// ```
/// use openclaw_core::messages::{SseDecoder, SseError, SseLimits};
/// let mut decoder = SseDecoder::new(SseLimits { line: 8, ..SseLimits::default() });
/// decoder.push(b"data: 123");
/// assert_eq!(decoder.next_event(), Some(Err(SseError::LineTooLong { limit: 8 })));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SseLimits {
    /// The longest line without its ending; 8 MiB by default.
    pub line: usize,
    /// The largest data of one event; 8 MiB by default.
    pub event: usize,
    /// The longest stream; 256 MiB by default, ten times the longest answers of today's models.
    pub stream: usize,
}

impl Default for SseLimits {
    fn default() -> Self {
        Self { line: 8 << 20, event: 8 << 20, stream: 256 << 20 }
    }
}

/// Turns the bytes of an event stream into events.
///
/// However the bytes are cut, the events are the same. An error comes after the events before it and
/// ends the decoder: further bytes are ignored. What is not yet ended by an empty line when the
/// stream ends is not an event.
///
/// ```
/// use openclaw_core::messages::SseDecoder;
/// let mut decoder = SseDecoder::default();
/// decoder.push(b"data: one\nda");
/// assert!(decoder.next_event().is_none());
/// decoder.push(b"ta: two\r\n\r");
/// assert_eq!(decoder.next_event().unwrap()?.data, "one\ntwo");
/// # Ok::<(), openclaw_core::messages::SseError>(())
/// ```
#[derive(Debug, Default)]
pub struct SseDecoder {
    limits: SseLimits,
    /// Bytes taken in so far.
    seen: usize,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// The last byte was a CR that ended a line; an LF right after it belongs to it.
    after_cr: bool,
    /// A line has been read, so a byte order mark can no longer come.
    started: bool,
    failed: bool,
    event: String,
    /// The data lines of the event so far, each followed by a line feed.
    data: String,
    ready: VecDeque<Result<SseEvent, SseError>>,
}

impl SseDecoder {
    /// A decoder at the beginning of a stream.
    #[must_use]
    pub fn new(limits: SseLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes in bytes as they come from the network.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed {
            return;
        }
        if let Err(error) = self.read(bytes) {
            self.failed = true;
            self.line = Vec::new();
            self.data = String::new();
            self.ready.push_back(Err(error));
        }
    }

    /// The next event that is whole. `None`: more bytes are needed, or an error came before.
    pub fn next_event(&mut self) -> Option<Result<SseEvent, SseError>> {
        self.ready.pop_front()
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), SseError> {
        // Up to the limit everything counts, so that the events do not depend on how bytes were cut.
        let limit = self.limits.stream;
        let (mut rest, too_long) = match bytes.split_at_checked(limit.saturating_sub(self.seen)) {
            Some((allowed, beyond)) => (allowed, !beyond.is_empty()),
            None => (bytes, false),
        };
        self.seen = self.seen.saturating_add(rest.len());
        if let (true, Some((first, tail))) = (self.after_cr, rest.split_first()) {
            self.after_cr = false;
            if *first == b'\n' {
                rest = tail;
            }
        }
        while let Some(end) = line_end(rest) {
            let (head, tail) = rest.split_at(end);
            rest = match tail {
                [b'\r', b'\n', tail @ ..] => tail,
                [b'\r'] => {
                    self.after_cr = true;
                    &[]
                }
                [_, tail @ ..] => tail,
                [] => &[],
            };
            if self.line.is_empty() {
                self.end_line(head)?;
            } else {
                self.hold(head)?;
                let mut line = mem::take(&mut self.line);
                self.end_line(&line)?;
                line.clear();
                self.line = line;
            }
        }
        self.hold(rest)?;
        if too_long { Err(SseError::StreamTooLong { limit }) } else { Ok(()) }
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), SseError> {
        let limit = self.limits.line;
        if self.line.len().saturating_add(bytes.len()) > limit {
            return Err(SseError::LineTooLong { limit });
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, line: &[u8]) -> Result<(), SseError> {
        if line.len() > self.limits.line {
            return Err(SseError::LineTooLong { limit: self.limits.line });
        }
        let line = str::from_utf8(line).map_err(|_| SseError::Utf8)?;
        let first = !mem::replace(&mut self.started, true);
        let line = if first { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        if line.is_empty() {
            self.end_event();
            return Ok(());
        }
        // A comment is a field without a name, hence unknown.
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => self.add_data(value)?,
            "event" => value.clone_into(&mut self.event),
            _ => {}
        }
        Ok(())
    }

    fn add_data(&mut self, value: &str) -> Result<(), SseError> {
        let limit = self.limits.event;
        if self.data.len().saturating_add(value.len()) > limit {
            return Err(SseError::EventTooLarge { limit });
        }
        self.data.reserve(value.len() + 1);
        self.data.push_str(value);
        self.data.push('\n');
        Ok(())
    }

    /// An empty line ends an event; without data there is none.
    fn end_event(&mut self) {
        let event = mem::take(&mut self.event);
        let mut data = mem::take(&mut self.data);
        if data.pop().is_some() {
            let event = if event.is_empty() { "message".to_owned() } else { event };
            self.ready.push_back(Ok(SseEvent { event, data }));
        }
    }
}

/// Where the first line ends. Whole blocks without an ending are passed over with vector
/// instructions, which a plain search for two bytes does not get.
fn line_end(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 32;
    let ends = |byte: &u8| *byte == b'\n' || *byte == b'\r';
    let blocks = bytes.chunks_exact(BLOCK);
    let start = BLOCK * blocks.take_while(|block| !block.iter().fold(false, |found, byte| found | ends(byte))).count();
    bytes.get(start..)?.iter().position(ends).map(|at| start + at)
}

#[cfg(test)]
#[path = "sse_tests.rs"]
mod tests;
