//! What an answer means: success, or a failure of a class from which everything else follows.

mod deadline;
mod table;

use std::fmt;

use http::{HeaderMap, StatusCode};

use crate::health::{FailureReason, Scope};
use crate::messages::parse_error;
use crate::secret::{printable, redact};
use crate::time::Timestamp;

pub use table::{Action, CLASSIFICATION, Classification, DeadlineRule, POLICY_TABLE, PolicyRow, ProfileEffect};

/// The longest message of a server that is kept, in characters.
const MESSAGE_LIMIT: usize = 500;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider answered.
    Success,
    /// It did not.
    Failure(Failure),
}

/// A classified failure. Its texts hold no secrets and no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The class.
    pub reason: FailureReason,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The provider's `error.type`.
    pub error_type: Option<String>,
    /// What went wrong, for people: the provider's own words where there are any.
    pub message: String,
    /// The provider's request id.
    pub request_id: Option<String>,
    /// Until when the server wants to be left alone, on our clock.
    pub deadline: Option<Timestamp>,
    /// Whether a rate limit concerns the whole profile.
    pub scope: Scope,
}

impl Outcome {
    /// Reads an HTTP answer. Pure: `now` is when the answer arrived.
    ///
    /// The class comes from anchored patterns on the provider's `error.message` (for 400, 401, 402,
    /// 403, 404, 422 and 429), then from `error.type`, then from the status. Only an answer in
    /// Anthropic's error shape can be `auth`, `auth_permanent` or `billing`: a captive portal's 401
    /// says nothing about a credential.
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use openclaw_core::{FailureReason, Outcome, Timestamp};
    ///
    /// let body = br#"{"type":"error","error":{"type":"invalid_request_error",
    ///     "message":"Your credit balance is too low to access the Anthropic API."}}"#;
    /// let outcome = Outcome::classify(StatusCode::BAD_REQUEST, &HeaderMap::new(), body, Timestamp::default());
    /// assert_eq!(outcome.failure().map(|f| f.reason), Some(FailureReason::Billing));
    /// ```
    #[must_use]
    pub fn classify(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Self {
        if status.is_success() {
            return Self::Success;
        }
        let error = parse_error(body);
        let code = status.as_u16();
        let reason = match &error {
            Some(error) => table::from_message(code, &error.message)
                .or_else(|| table::from_type(&error.error_type))
                .unwrap_or_else(|| table::from_status(code)),
            None => table::from_stranger(code),
        };
        let says = error.as_ref().filter(|_| reason == FailureReason::Billing).map(|error| error.message.as_str());
        let word = deadline::read(headers, now, error.is_some(), says);
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(tidy);
        let message = match &error {
            Some(error) => tidy(&error.message),
            None => match status.canonical_reason() {
                Some(words) => format!("HTTP {code} {words}, not in the provider's error format"),
                None => format!("HTTP {code}, not in the provider's error format"),
            },
        };
        Self::Failure(Failure {
            reason,
            status: Some(code),
            request_id: header("request-id").or_else(|| error.as_ref().and_then(|e| e.request_id.as_deref().map(tidy))),
            error_type: error.map(|error| tidy(&error.error_type)),
            message,
            deadline: word.until,
            scope: if word.profile_wide { Scope::Profile } else { Scope::Model },
        })
    }

    /// The failure, if it is one.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Success => None,
            Self::Failure(failure) => Some(failure),
        }
    }

    /// `Ok(value)` for a success, else the failure: what [`Attempt::report`](crate::Attempt::report) takes.
    ///
    /// # Errors
    /// The failure.
    pub fn into_result<T>(self, value: T) -> Result<T, Failure> {
        match self {
            Self::Success => Ok(value),
            Self::Failure(failure) => Err(failure),
        }
    }
}

impl Failure {
    /// A failure without an answer: connection refused or reset, DNS, a time-out, a stream cut
    /// before its first content. Class `timeout`.
    #[must_use]
    pub fn connection(message: &str) -> Self {
        Self::new(FailureReason::Timeout, message)
    }

    /// A failure of a given class, for programs that speak to other providers.
    #[must_use]
    pub fn new(reason: FailureReason, message: &str) -> Self {
        Self {
            reason,
            status: None,
            error_type: None,
            message: tidy(message),
            request_id: None,
            deadline: None,
            scope: Scope::Model,
        }
    }

    /// Whether it concerns the profile even when it comes after the first content, when nothing is
    /// retried any more.
    ///
    /// An answer that breaks off after its first content was a success for health: the credential was
    /// accepted and the model answered; that a line was cut later says nothing about either. An `error`
    /// event of the provider itself does (Anthropic sends `overloaded_error` in the middle of streams),
    /// and is recorded as its class, without a retry.
    #[must_use]
    pub fn counts_after_content(&self) -> bool {
        self.error_type.is_some() && self.policy().profile != ProfileEffect::None
    }

    /// An `error` event inside a stream: there is no status, so `error.type` decides.
    #[must_use]
    pub fn stream_error(error_type: &str, message: &str) -> Self {
        let reason = table::from_message(400, message).or_else(|| table::from_type(error_type));
        let mut failure = Self::new(reason.unwrap_or(FailureReason::ServerError), message);
        failure.error_type = Some(tidy(error_type));
        failure
    }

    /// This failure with the server's deadline, on our clock.
    #[must_use]
    pub const fn until(mut self, deadline: Timestamp) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// What the provider said inside of an answer that has this id: it alone can look it up.
    pub(crate) fn of_request(mut self, id: Option<&str>) -> Self {
        if self.error_type.is_some() && self.request_id.is_none() {
            self.request_id = id.map(tidy);
        }
        self
    }

    /// Takes a credential out of all texts: some servers quote the one they refuse.
    pub(crate) fn hide(&mut self, redact: impl Fn(&str) -> String) {
        self.message = redact(&self.message);
        for text in [&mut self.error_type, &mut self.request_id].into_iter().flatten() {
            *text = redact(text);
        }
    }

    /// What follows from it: the row of the table.
    #[must_use]
    pub fn policy(&self) -> &'static PolicyRow {
        table::row_of(self.reason)
    }
}

impl fmt::Display for Failure {
    /// `429 rate_limit_error: message (request req_…)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status, &self.error_type) {
            (Some(status), Some(kind)) => write!(f, "{status} {kind}: ")?,
            (None, Some(kind)) => write!(f, "{kind}: ")?,
            (Some(_) | None, None) => {}
        }
        f.write_str(&self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// A server's text as it may be shown: no credentials, nothing that steers a terminal, not endless.
pub(crate) fn tidy(text: &str) -> String {
    let safe = printable(&redact(text.trim()));
    match safe.char_indices().nth(MESSAGE_LIMIT) {
        Some((at, _)) => format!("{}…", safe.get(..at).unwrap_or("")),
        None => safe,
    }
}

#[cfg(test)]
mod tests;
