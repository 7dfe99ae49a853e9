//! What the server is told to answer.

use std::time::Duration;

use serde_json::{Value, json};

/// One answer of a [`ScriptedServer`](super::ScriptedServer).
///
/// Every answer in Anthropic's own shape carries a `request-id` header, `req_` and the number of
/// the request on this server; there is no `date` unless the server follows a clock.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(super) body: Body,
    pub(super) headers: Vec<(String, String)>,
    pub(super) delay: Duration,
    pub(super) fault: Fault,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Text(String),
    Message(Value),
    Events(Vec<Value>),
    Error {
        status: u16,
        error_type: String,
        message: String,
    },
    /// 401 in the words that fit the credential of the request.
    Refused,
    Raw {
        status: u16,
        content_type: String,
        bytes: Vec<u8>,
    },
    Reset,
}

#[derive(Debug, Clone)]
pub(super) enum Fault {
    None,
    Cut(usize),
    Stall(usize),
    Error { after: usize, error_type: String, message: String },
}

impl Reply {
    fn new(body: Body) -> Self {
        Self { body, headers: Vec::new(), delay: Duration::ZERO, fault: Fault::None }
    }

    /// A message of one text block: as a stream of events if the request says `"stream": true`,
    /// else as one JSON message.
    ///
    /// The stream is `message_start`, `content_block_start`, `ping`, one `content_block_delta` for
    /// each word, `content_block_stop`, `message_delta`, `message_stop`. `model` is the one asked
    /// for. Usage: 12 input tokens, 3 written to the cache, 5 read from it, and one output token
    /// for each word.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::new(Body::Text(text.to_owned()))
    }

    /// 200 with this JSON as it is, also for a request that asked for a stream.
    #[must_use]
    pub fn message(json: Value) -> Self {
        Self::new(Body::Message(json))
    }

    /// A stream of these events as they are, also for a request that did not ask for one. The name
    /// of an event is its `type`; one without `type` is sent without a name.
    #[must_use]
    pub fn events(events: Vec<Value>) -> Self {
        Self::new(Body::Events(events))
    }

    /// An error in [Anthropic's shape](https://docs.claude.com/en/api/errors), with `request_id`.
    #[must_use]
    pub fn error(status: u16, error_type: &str, message: &str) -> Self {
        Self::new(Body::Error { status, error_type: error_type.to_owned(), message: message.to_owned() })
    }

    /// 401 `authentication_error`: `invalid x-api-key`, or `Invalid bearer token` for a token.
    #[must_use]
    pub fn invalid_key() -> Self {
        Self::new(Body::Refused)
    }

    /// 403 `permission_error`.
    #[must_use]
    pub fn permission() -> Self {
        Self::error(403, "permission_error", "Your API key does not have permission to use the specified resource.")
    }

    /// An exhausted prepaid account: 400 `invalid_request_error`, told from others by its text only.
    #[must_use]
    pub fn credit_too_low() -> Self {
        Self::invalid_request(
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or \
             purchase credits.",
        )
    }

    /// 402 `billing_error`.
    #[must_use]
    pub fn billing() -> Self {
        Self::error(402, "billing_error", "There's an issue with your billing or payment information.")
    }

    /// 429 `rate_limit_error`, with `retry-after` in seconds if given.
    #[must_use]
    pub fn rate_limited(retry_after_secs: Option<u64>) -> Self {
        let reply = Self::error(
            429,
            "rate_limit_error",
            "This request would exceed your account's rate limit. Please try again later.",
        );
        match retry_after_secs {
            Some(secs) => reply.header("retry-after", &secs.to_string()),
            None => reply,
        }
    }

    /// 529 `overloaded_error`.
    #[must_use]
    pub fn overloaded() -> Self {
        Self::error(529, "overloaded_error", "Overloaded")
    }

    /// 500 `api_error`.
    #[must_use]
    pub fn api_error() -> Self {
        Self::error(500, "api_error", "Internal server error")
    }

    /// 404 `not_found_error` for a model that does not exist or is not open to the account.
    #[must_use]
    pub fn not_found(model: &str) -> Self {
        Self::error(404, "not_found_error", &format!("model: {model}"))
    }

    /// 413 `request_too_large`.
    #[must_use]
    pub fn too_large() -> Self {
        Self::error(413, "request_too_large", "Request exceeds the maximum size")
    }

    /// 400 `invalid_request_error`.
    #[must_use]
    pub fn invalid_request(message: &str) -> Self {
        Self::error(400, "invalid_request_error", message)
    }

    /// Anything else, such as the page of a captive portal or a redirect: no `request-id`.
    #[must_use]
    pub fn raw(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new(Body::Raw { status, content_type: content_type.to_owned(), bytes: body.into() })
    }

    /// The request is read, then the connection is closed without a byte.
    #[must_use]
    pub fn reset() -> Self {
        Self::new(Body::Reset)
    }

    /// Adds a header, sent exactly as given. It takes the place of the server's own header of that
    /// name. With an own `content-length` or `transfer-encoding` the body follows as it is, true to
    /// that header or not, and the connection is closed.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends that many events, then closes the connection without the end of the stream; with at
    /// least as many as there are, only the last chunk of HTTP is missing. Of a reply that is no
    /// stream half the body is sent, of 0 nothing.
    #[must_use]
    pub fn cut_after(mut self, events: usize) -> Self {
        self.fault = Fault::Cut(events);
        self
    }

    /// As [`cut_after`](Self::cut_after), but instead of closing, the server falls silent until the
    /// client closes or the server is dropped.
    #[must_use]
    pub fn stall_after(mut self, events: usize) -> Self {
        self.fault = Fault::Stall(events);
        self
    }

    /// Sends that many events and then an `error` event, which ends the stream. A reply that is no
    /// stream is sent as it is.
    #[must_use]
    pub fn error_event_after(mut self, events: usize, error_type: &str, message: &str) -> Self {
        self.fault = Fault::Error { after: events, error_type: error_type.to_owned(), message: message.to_owned() };
        self
    }

    /// Lets this much real time pass before the first byte. Dropping the server ends the wait.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// What `GET /v1/models` says while this reply is the next one: the list if it is a message,
    /// else the reply itself.
    pub(super) fn for_model_list(&self) -> Self {
        if !self.is_message() {
            return self.clone();
        }
        let list = json!({"data": [], "first_id": null, "has_more": false, "last_id": null});
        Self::message(list).delay(self.delay)
    }

    pub(super) fn is_message(&self) -> bool {
        matches!(self.body, Body::Text(_) | Body::Message(_) | Body::Events(_))
    }
}
