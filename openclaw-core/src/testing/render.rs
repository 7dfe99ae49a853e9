//! From a reply to the bytes of an answer; nothing here touches a socket.

use std::time::Duration;

use serde_json::{Value, json};

use super::http::RecordedRequest;
use super::reply::{Body, Fault, Reply};

/// What of a request decides its answer.
pub(super) struct Asked {
    pub(super) route: Route,
    pub(super) credential: Option<String>,
    pub(super) model: String,
    bearer: bool,
    stream: bool,
    close: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Route {
    Messages,
    Models,
    Other,
}

impl Asked {
    pub(super) fn of(request: &RecordedRequest) -> Self {
        let body = request.json();
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let path = request.path.split('?').next().unwrap_or_default();
        // A gateway's base URL may have a path of its own; a doubled `/v1` is a client's mistake.
        let route = match (request.method.as_str(), path) {
            (_, path) if path.contains("/v1/v1/") => Route::Other,
            ("POST", path) if path.ends_with("/v1/messages") => Route::Messages,
            ("GET", path) if path.ends_with("/v1/models") => Route::Models,
            _ => Route::Other,
        };
        Self {
            route,
            credential: request.credential().map(str::to_owned),
            model: text("model"),
            bearer: request.header("x-api-key").is_none() && request.bearer().is_some(),
            stream: body.get("stream").and_then(Value::as_bool) == Some(true),
            close: request.lists("connection", "close"),
        }
    }
}

/// The number of a request on its server and what its clock says: what makes two answers differ.
pub(super) struct Stamp {
    pub(super) number: u64,
    pub(super) date: Option<String>,
}

/// An answer, piece by piece: the head, then a piece for each event or the body.
pub(super) struct Rendered {
    pub(super) delay: Duration,
    pub(super) pieces: Vec<Vec<u8>>,
    pub(super) end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    KeepAlive,
    Close,
    Stall,
}

enum Content {
    Events(Vec<Value>),
    Whole { status: u16, content_type: String, bytes: Vec<u8> },
}

impl Content {
    fn json(status: u16, json: &Value) -> Self {
        Self::Whole { status, content_type: "application/json".to_owned(), bytes: json.to_string().into_bytes() }
    }
}

impl Reply {
    pub(super) fn render(&self, asked: &Asked, stamp: &Stamp) -> Rendered {
        let Some(content) = self.content(asked, stamp) else {
            return Rendered { delay: self.delay, pieces: Vec::new(), end: End::Close };
        };
        let framed = !self.sets("content-length") && !self.sets("transfer-encoding");
        let mut end = if framed && !asked.close && !self.closes() { End::KeepAlive } else { End::Close };
        match self.fault {
            Fault::Cut(_) => end = End::Close,
            Fault::Stall(_) => end = End::Stall,
            Fault::None | Fault::Error { .. } => {}
        }
        let head = self.head(&content, asked, stamp);
        let body = match content {
            Content::Events(events) => self.event_pieces(events, framed, stamp),
            Content::Whole { mut bytes, .. } => {
                match self.fault {
                    Fault::Cut(0) | Fault::Stall(0) => bytes.clear(),
                    Fault::Cut(_) | Fault::Stall(_) => bytes.truncate(bytes.len() / 2),
                    Fault::None | Fault::Error { .. } => {}
                }
                vec![bytes]
            }
        };
        Rendered { delay: self.delay, pieces: [vec![head], body].concat(), end }
    }

    /// `None`: not a byte is sent.
    fn content(&self, asked: &Asked, stamp: &Stamp) -> Option<Content> {
        Some(match &self.body {
            Body::Text(text) if asked.stream => Content::Events(text_events(text, asked, stamp)),
            Body::Text(text) => Content::json(200, &text_message(text, asked, stamp)),
            Body::Message(json) => Content::json(200, json),
            Body::Events(events) => Content::Events(events.clone()),
            Body::Error { status, error_type, message } => {
                Content::json(*status, &error_json(error_type, message, stamp))
            }
            Body::Refused => {
                let message = match (&asked.credential, asked.bearer) {
                    (None, _) => "x-api-key header is required",
                    (Some(_), false) => "invalid x-api-key",
                    (Some(_), true) => "Invalid bearer token",
                };
                Content::json(401, &error_json("authentication_error", message, stamp))
            }
            Body::Raw { status, content_type, bytes } => {
                Content::Whole { status: *status, content_type: content_type.clone(), bytes: bytes.clone() }
            }
            Body::Reset => return None,
        })
    }

    fn head(&self, content: &Content, asked: &Asked, stamp: &Stamp) -> Vec<u8> {
        let (status, content_type, framing) = match content {
            Content::Events(_) => {
                (200, "text/event-stream; charset=utf-8", ("transfer-encoding", "chunked".to_owned()))
            }
            Content::Whole { status, content_type, bytes } => {
                (*status, content_type.as_str(), ("content-length", bytes.len().to_string()))
            }
        };
        let mut own = vec![("content-type", content_type.to_owned())];
        if !matches!(self.body, Body::Raw { .. }) {
            own.push(("request-id", request_id(stamp)));
        }
        own.extend(stamp.date.clone().map(|date| ("date", date)));
        if asked.close {
            own.push(("connection", "close".to_owned()));
        }
        if !self.sets("content-length") && !self.sets("transfer-encoding") {
            own.push(framing);
        }
        // 529 is not registered: its reason phrase stays empty, which RFC 9112 §4 allows.
        let reason = http::StatusCode::from_u16(status).ok().and_then(|known| known.canonical_reason());
        let mut head = format!("HTTP/1.1 {status} {}\r\n", reason.unwrap_or_default());
        let own = own.iter().filter(|(name, _)| !self.sets(name)).map(|(name, value)| (*name, value.as_str()));
        for (name, value) in own.chain(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    fn event_pieces(&self, mut events: Vec<Value>, chunked: bool, stamp: &Stamp) -> Vec<Vec<u8>> {
        match &self.fault {
            Fault::None => {}
            Fault::Cut(count) | Fault::Stall(count) => events.truncate(*count),
            Fault::Error { after, error_type, message } => {
                events.truncate(*after);
                events.push(error_json(error_type, message, stamp));
            }
        }
        let mut pieces: Vec<_> = events.iter().map(|event| event_piece(event, chunked)).collect();
        if chunked && matches!(self.fault, Fault::None | Fault::Error { .. }) {
            pieces.push(b"0\r\n\r\n".to_vec());
        }
        pieces
    }

    fn sets(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name))
    }

    fn closes(&self) -> bool {
        let mut headers = self.headers.iter();
        headers.any(|(name, value)| name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close"))
    }
}

fn event_piece(event: &Value, chunked: bool) -> Vec<u8> {
    let name = event.get("type").and_then(Value::as_str).map(|name| format!("event: {name}\n")).unwrap_or_default();
    let text = format!("{name}data: {event}\n\n");
    if chunked { format!("{:x}\r\n{text}\r\n", text.len()).into_bytes() } else { text.into_bytes() }
}

fn request_id(stamp: &Stamp) -> String {
    format!("req_{:024}", stamp.number)
}

fn error_json(error_type: &str, message: &str, stamp: &Stamp) -> Value {
    let error = json!({"type": error_type, "message": message});
    json!({"type": "error", "error": error, "request_id": request_id(stamp)})
}

/// The message with everything but its text.
fn message_shell(content: &Value, output_tokens: usize, asked: &Asked, stamp: &Stamp) -> Value {
    json!({
        "id": format!("msg_{:024}", stamp.number),
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": content,
        "stop_reason": null,
        "stop_sequence": null,
        "usage": {
            "input_tokens": 12,
            "cache_creation_input_tokens": 3,
            "cache_read_input_tokens": 5,
            "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output_tokens,
            "service_tier": "standard",
        },
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(char::is_whitespace)
}

fn text_message(text: &str, asked: &Asked, stamp: &Stamp) -> Value {
    let content = json!([{"type": "text", "text": text}]);
    let mut message = message_shell(&content, words(text).count(), asked, stamp);
    if let Some(reason) = message.get_mut("stop_reason") {
        *reason = json!("end_turn");
    }
    message
}

fn text_events(text: &str, asked: &Asked, stamp: &Stamp) -> Vec<Value> {
    let delta =
        |word| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}});
    let mut events = vec![
        json!({"type": "message_start", "message": message_shell(&json!([]), 1, asked, stamp)}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "ping"}),
    ];
    events.extend(words(text).map(delta));
    events.extend([
        json!({"type": "content_block_stop", "index": 0}),
        json!({
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": null},
            "usage": {"output_tokens": words(text).count()},
        }),
        json!({"type": "message_stop"}),
    ]);
    events
}
