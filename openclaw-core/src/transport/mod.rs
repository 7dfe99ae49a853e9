//! How requests leave the process.

#[cfg(feature = "reqwest")]
mod reqwest;

use std::fmt;
use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use thiserror::Error;

#[cfg(feature = "reqwest")]
pub use self::reqwest::{ReqwestSend, ReqwestSettings};

/// The body of an answer, as it arrives.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, SendError>> + Send>>;

/// Sends one HTTP request. Implement it to bring your own HTTP.
///
/// An implementation must not follow redirects (a credential would travel to another host), must not
/// log headers, and must bring its own time-outs for connecting and for a silent line.
///
/// ```
/// use async_trait::async_trait;
/// use bytes::Bytes;
/// use openclaw_core::{ByteStream, HttpSend, SendError};
///
/// /// Answers everything with 503.
/// #[derive(Debug)]
/// struct Closed;
///
/// #[async_trait]
/// impl HttpSend for Closed {
///     async fn send(&self, _request: http::Request<Bytes>) -> Result<http::Response<ByteStream>, SendError> {
///         let body: ByteStream = Box::pin(futures_util::stream::empty());
///         http::Response::builder().status(503).body(body).map_err(|_| SendError::other("no answer"))
///     }
/// }
/// # futures_executor::block_on(async {
/// assert_eq!(Closed.send(http::Request::default()).await?.status(), 503);
/// # Ok::<(), SendError>(()) }).unwrap();
/// ```
#[async_trait]
pub trait HttpSend: fmt::Debug + Send + Sync {
    /// Sends the request and returns as soon as the head of the answer is there.
    ///
    /// # Errors
    /// There is no answer.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<ByteStream>, SendError>;
}

/// Why there is no answer, or no more of it. Holds neither the URL nor a header.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SendError {
    /// What kind of trouble.
    pub kind: SendErrorKind,
    /// In words.
    pub message: String,
}

/// The kind of a [`SendError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// No connection: refused, no route, unknown host, TLS.
    Connect,
    /// Nothing came for too long.
    Timeout,
    /// The connection ended in the middle.
    Cut,
    /// The request may not be sent at all: a base URL that is not https.
    Refused,
    /// Anything else.
    Other,
}

impl SendError {
    /// An error of a kind.
    #[must_use]
    pub fn new(kind: SendErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// An error that has no kind of its own.
    #[must_use]
    pub fn other(message: impl Into<String>) -> Self {
        Self::new(SendErrorKind::Other, message)
    }
}
