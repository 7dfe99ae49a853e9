//! What can be wrong with an answer.

use thiserror::Error;

use super::error_body::ApiError;

/// Why an answer is not a message. Nothing of the answer is quoted, except the provider's own error.
///
/// ```
/// use openclaw_core::messages::{Message, WireError};
/// let error = Message::from_json(b"<html>").unwrap_err();
/// assert!(matches!(error, WireError::Json { line: 1, column: 1, .. }));
/// assert_eq!(error.to_string(), "the answer is not valid json (line 1, column 1)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WireError {
    /// Not JSON, or nested deeper than 127 levels.
    #[error("{what} is not valid json (line {line}, column {column})")]
    Json {
        /// What was read: an answer or an event.
        what: &'static str,
        /// The line of the fault, from 1.
        line: usize,
        /// The column of the fault in bytes, from 1; 0 at a line's start.
        column: usize,
    },
    /// JSON, but not what the Messages API says: a field is missing or events come in the wrong order.
    #[error("the answer does not follow the messages api: {0}")]
    Shape(&'static str),
    /// The provider answered, or broke the stream off, with an error of its own.
    #[error(transparent)]
    Api(ApiError),
    /// The stream ended without `message_stop`: what arrived is not the whole answer.
    #[error("the answer was cut off before its end")]
    Cut,
}

impl WireError {
    pub(super) fn json(what: &'static str, error: &serde_json::Error) -> Self {
        Self::Json { what, line: error.line(), column: error.column() }
    }
}
