//! Answers: whole, or as they come.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt as _;

use super::answer::Answer;
use crate::credential::CredentialKind;
use crate::error::Error;
use crate::health::FailureReason;
use crate::id::{ModelRef, ProfileId};
use crate::messages::{Accumulator, BlockDelta, Message, StreamEvent, Usage};
use crate::outcome::Failure;
use crate::provider::AuthProvider;

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServedBy {
    /// With which profile.
    pub profile: ProfileId,
    /// Which model.
    pub model: ModelRef,
    /// The kind of the credential.
    pub kind: CredentialKind,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Reply {
    message: Message,
    served_by: ServedBy,
}

impl Reply {
    /// All text of the answer.
    #[must_use]
    pub fn text(&self) -> String {
        self.message.text()
    }

    /// The answer with all its blocks.
    #[must_use]
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// The tokens it took.
    #[must_use]
    pub const fn usage(&self) -> &Usage {
        &self.message.usage
    }

    /// Who answered.
    #[must_use]
    pub const fn served_by(&self) -> &ServedBy {
        &self.served_by
    }
}

/// An answer as it comes: a `Stream` of events. It begins with everything that was held back until
/// the first content, so no event is missing.
pub struct ReplyStream {
    answer: Answer,
    served_by: ServedBy,
    /// Takes the credential out of what the server says when it breaks off.
    provider: Arc<dyn AuthProvider>,
    accumulator: Accumulator,
    over: bool,
}

impl fmt::Debug for ReplyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyStream").field("served_by", &self.served_by).finish_non_exhaustive()
    }
}

impl ReplyStream {
    pub(super) fn new(answer: Answer, served_by: ServedBy, provider: Arc<dyn AuthProvider>) -> Self {
        Self { answer, served_by, provider, accumulator: Accumulator::default(), over: false }
    }

    /// Who answers.
    #[must_use]
    pub const fn served_by(&self) -> &ServedBy {
        &self.served_by
    }

    /// The next piece of text; `None` at the end of the answer.
    ///
    /// # Errors
    /// The answer broke off.
    pub async fn next_text(&mut self) -> Result<Option<String>, Error> {
        while let Some(event) = self.next().await {
            if let StreamEvent::ContentBlockDelta { delta: BlockDelta::Text(text), .. } = event?
                && !text.is_empty()
            {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// Reads the rest and returns the whole answer, including what was read before.
    ///
    /// # Errors
    /// The answer broke off.
    pub async fn finish(mut self) -> Result<Reply, Error> {
        while let Some(event) = self.next().await {
            event?;
        }
        let message = self.accumulator.finish().map_err(|error| {
            Error::BrokenOff(Box::new(Failure::new(FailureReason::ServerError, &error.to_string())))
        })?;
        Ok(Reply { message, served_by: self.served_by })
    }
}

impl Stream for ReplyStream {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let broken = |failure| Poll::Ready(Some(Err(Error::BrokenOff(Box::new(failure)))));
        match ready!(Pin::new(&mut self.answer).poll_next(cx)) {
            Some(Ok(event)) => match self.accumulator.push(&event) {
                Ok(()) => Poll::Ready(Some(Ok(event))),
                Err(error) => {
                    self.over = true;
                    broken(Failure::new(FailureReason::ServerError, &error.to_string()))
                }
            },
            Some(Err(mut failure)) => {
                self.over = true;
                failure.hide(|text| self.provider.redact(text));
                broken(failure)
            }
            None => {
                self.over = true;
                Poll::Ready(None)
            }
        }
    }
}
