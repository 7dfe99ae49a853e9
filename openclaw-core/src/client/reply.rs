//! Answers: whole, or as they come.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;

use super::answer::Answer;
use crate::credential::CredentialKind;
use crate::error::Error;
use crate::failover::Served;
use crate::health::FailureReason;
use crate::id::{ModelRef, ProfileId};
use crate::messages::{Accumulator, BlockDelta, ContentBlock, Message, StreamEvent, Usage};
use crate::outcome::Failure;

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
/// the first content, so no event is missing but pings that came before it.
pub struct ReplyStream {
    answer: Answer,
    served_by: ServedBy,
    /// For what the server says when it breaks off.
    served: Served,
    /// The answer has broken off: why, and that being recorded.
    ending: Option<(Failure, BoxFuture<'static, ()>)>,
    accumulator: Accumulator,
    over: bool,
}

impl fmt::Debug for ReplyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyStream").field("served_by", &self.served_by).finish_non_exhaustive()
    }
}

impl ReplyStream {
    /// `within`: what is left of the call's deadline.
    pub(super) fn new(mut answer: Answer, served_by: ServedBy, served: Served, within: Option<Duration>) -> Self {
        if let Some(left) = within {
            answer.end_within(left);
        }
        Self { answer, served_by, served, ending: None, accumulator: Accumulator::default(), over: false }
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
            if let Some(text) = text_of(event)? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// The pieces of text as a `Stream`, for whoever wants nothing else of the answer.
    ///
    /// ```
    /// # async fn example(client: openclaw_core::Client) -> Result<(), openclaw_core::Error> {
    /// use futures_util::TryStreamExt as _;
    /// let mut stream = client.stream("Bonjour").await?;
    /// let mut texts = stream.texts();
    /// while let Some(text) = texts.try_next().await? {
    ///     print!("{text}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn texts(&mut self) -> impl Stream<Item = Result<String, Error>> + Send + Unpin + '_ {
        self.filter_map(|event| std::future::ready(text_of(event).transpose()))
    }

    /// Reads the rest and returns the whole answer, including what was read before.
    ///
    /// # Errors
    /// The answer broke off.
    pub async fn finish(mut self) -> Result<Reply, Error> {
        if let Some(message) = self.answer.take_whole() {
            return Ok(Reply { message, served_by: self.served_by });
        }
        while let Some(event) = self.next().await {
            event?;
        }
        let message = self.accumulator.finish().map_err(|error| {
            Error::BrokenOff(Box::new(Failure::new(FailureReason::ServerError, &error.to_string())))
        })?;
        Ok(Reply { message, served_by: self.served_by })
    }
}

/// The text that an event brings. A block usually begins empty; where it does not, its text counts too.
fn text_of(event: Result<StreamEvent, Error>) -> Result<Option<String>, Error> {
    Ok(match event? {
        StreamEvent::ContentBlockDelta { delta: BlockDelta::Text(text), .. }
        | StreamEvent::ContentBlockStart { block: ContentBlock::Text { text, .. }, .. } => {
            Some(text).filter(|text| !text.is_empty())
        }
        _ => None,
    })
}

impl Stream for ReplyStream {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.ending.is_none() {
            if this.over {
                return Poll::Ready(None);
            }
            let failure = match Pin::new(&mut this.answer).poll_next(cx) {
                Poll::Ready(Some(Ok(event))) => match this.accumulator.push(&event) {
                    Ok(()) => return Poll::Ready(Some(Ok(event))),
                    Err(error) => Failure::new(FailureReason::ServerError, &error.to_string()),
                },
                Poll::Ready(Some(Err(failure))) => this.served.hidden(failure),
                Poll::Ready(None) => {
                    this.over = true;
                    return Poll::Ready(None);
                }
                Poll::Pending => return Poll::Pending,
            };
            this.over = true;
            let (served, told) = (this.served.clone(), failure.clone());
            this.ending = Some((failure, Box::pin(async move { served.broke_off(&told).await })));
        }
        // It is recorded before it is told: whoever asks again at once must not hit the same profile.
        if let Some((_, recorded)) = &mut this.ending {
            ready!(recorded.as_mut().poll(cx));
        }
        let failure = this.ending.take().map(|(failure, _)| failure);
        Poll::Ready(failure.map(|failure| Err(Error::BrokenOff(Box::new(failure)))))
    }
}
