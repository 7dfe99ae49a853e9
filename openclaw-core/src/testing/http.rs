//! Requests as they arrive: HTTP/1.1 (RFC 9112) with a counted or chunked body.

use std::fmt;
use std::io::{self, BufRead, Read as _, Write};

use serde_json::Value;

/// The longest request line and header section together, in bytes.
const MAX_HEAD: u64 = 256 * 1024;
/// The longest body, in bytes: twice what Anthropic takes (32 MB), so that refusing a large one is
/// left to the script.
const MAX_BODY: u64 = 64 * 1024 * 1024;

/// One request as the server read it. `Debug` hides the values of headers that carry credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// `POST`, `GET`, …
    pub method: String,
    /// The target of the request line with its query.
    pub path: String,
    /// The headers as sent: order, repetition and the case of the names are kept.
    pub headers: Vec<(String, String)>,
    /// The whole body, without the chunks it may have come in.
    pub body: Vec<u8>,
}

impl RecordedRequest {
    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; [`Value::Null`] if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The credential it was sent with: `x-api-key`, else the token of `authorization: Bearer`.
    #[must_use]
    pub fn credential(&self) -> Option<&str> {
        self.header("x-api-key").or_else(|| self.bearer())
    }

    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// Whether a header that is a comma-separated list has this element.
    pub(super) fn lists(&self, name: &str, element: &str) -> bool {
        let lines = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        lines.flat_map(|(_, value)| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(element))
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECRET: [&str; 4] = ["x-api-key", "authorization", "proxy-authorization", "cookie"];
        let shown = |(name, value): &(String, String)| {
            let secret = SECRET.iter().any(|hidden| name.eq_ignore_ascii_case(hidden));
            format!("{name}: {}", if secret { "[redacted]" } else { value })
        };
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &self.headers.iter().map(shown).collect::<Vec<_>>())
            .field("body", &String::from_utf8_lossy(&self.body))
            .finish()
    }
}

/// Reads one request; `None` when the client has closed the connection between two requests.
/// `interim` takes the `100 Continue` that some clients await before a large body.
///
/// # Errors
/// What the connection says; [`io::ErrorKind::InvalidData`] for what is not HTTP/1.1 or is too large.
pub(super) fn read_request(reader: &mut impl BufRead, mut interim: impl Write) -> io::Result<Option<RecordedRequest>> {
    let mut left = MAX_HEAD;
    let start = loop {
        match read_line(reader, &mut left)? {
            None => return Ok(None),
            // RFC 9112 §2.2: empty lines before a request line are skipped.
            Some(line) if line.is_empty() => {}
            Some(line) => break line,
        }
    };
    let mut words = start.split(' ');
    let (Some(method), Some(path), Some("HTTP/1.1"), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(malformed("request line"));
    };
    let headers = read_fields(reader, &mut left)?;
    let mut request = RecordedRequest { method: method.to_owned(), path: path.to_owned(), headers, body: Vec::new() };
    if request.lists("expect", "100-continue") {
        interim.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    // RFC 9112 §6.3: chunks win over a length.
    if request.lists("transfer-encoding", "chunked") {
        request.body = read_chunks(reader)?;
    } else if let Some(length) = request.header("content-length") {
        let length = length.parse().map_err(|_| malformed("content-length"))?;
        read_exactly(reader, length, &mut request.body)?;
    }
    Ok(Some(request))
}

fn read_fields(reader: &mut impl BufRead, left: &mut u64) -> io::Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    loop {
        let line = read_line(reader, left)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if line.is_empty() {
            return Ok(fields);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("header"))?;
        fields.push((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()));
    }
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    // Sizes and trailers share one allowance, so a body of tiny chunks cannot go on for ever.
    let mut left = MAX_BODY;
    loop {
        let line = read_line(reader, &mut left)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| malformed("chunk size"))?;
        if size == 0 {
            read_fields(reader, &mut left)?;
            return Ok(body);
        }
        read_exactly(reader, size, &mut body)?;
        if read_line(reader, &mut left)?.is_none_or(|end| !end.is_empty()) {
            return Err(malformed("end of chunk"));
        }
    }
}

fn read_exactly(reader: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    let before = body.len() as u64;
    if before.saturating_add(length) > MAX_BODY {
        return Err(malformed("body size"));
    }
    let read = reader.take(length).read_to_end(body)?;
    if (read as u64) < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// A line without its end; `None` at the end of the connection.
fn read_line(reader: &mut impl BufRead, left: &mut u64) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = reader.take(*left).read_until(b'\n', &mut line)? as u64;
    if read == 0 && *left > 0 {
        return Ok(None);
    }
    *left = left.saturating_sub(read);
    let Some(text) = line.strip_suffix(b"\n") else {
        return Err(if *left == 0 { malformed("head size") } else { io::ErrorKind::UnexpectedEof.into() });
    };
    Ok(Some(String::from_utf8_lossy(text.strip_suffix(b"\r").unwrap_or(text)).into_owned()))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed http request: {what}"))
}
