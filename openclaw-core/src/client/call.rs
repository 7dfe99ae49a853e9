//! One call: a request and how much is asked for it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;

use super::answer::Answer;
use super::{Client, Reply, ReplyStream, ServedBy};
use crate::error::Error;
use crate::failover::{Attempt, Session, Step};
use crate::health::FailureReason;
use crate::id::ModelRef;
use crate::messages::{DEFAULT_MAX_TOKENS, MessageRequest, RenderOptions, render};
use crate::model::PromptCache;
use crate::outcome::Failure;
use crate::resolver::Pin;

/// A request to be sent, with its details. Made by [`Client::message`].
#[derive(Debug, Clone)]
#[must_use = "nothing is sent before `send` or `stream`"]
pub struct Call {
    client: Client,
    request: Arc<MessageRequest>,
    model: Option<ModelRef>,
    fallbacks: Option<Vec<ModelRef>>,
    pin: Option<Pin>,
    conversation: Option<String>,
    wait_up_to: Option<Duration>,
    deadline: Option<Duration>,
    cache: Option<PromptCache>,
    betas: Vec<String>,
    streamed: bool,
}

impl Call {
    pub(super) fn new(client: Client, request: MessageRequest) -> Self {
        Self {
            client,
            request: Arc::new(request),
            model: None,
            fallbacks: None,
            pin: None,
            conversation: None,
            wait_up_to: None,
            deadline: None,
            cache: None,
            betas: Vec::new(),
            streamed: true,
        }
    }

    /// Asks this model first; the configured fallbacks follow.
    pub fn model(mut self, model: ModelRef) -> Self {
        self.model = Some(model);
        self
    }

    /// Replaces every model that follows the first.
    pub fn fallbacks(mut self, fallbacks: Vec<ModelRef>) -> Self {
        self.fallbacks = Some(fallbacks);
        self
    }

    /// Puts a profile first.
    pub fn pin(mut self, pin: Pin) -> Self {
        self.pin = Some(pin);
        self
    }

    /// The conversation it belongs to: its profile is kept, so that caches stay warm.
    pub fn conversation(mut self, name: impl Into<String>) -> Self {
        self.conversation = Some(name.into());
        self
    }

    /// How long to wait for a blocked profile when none is free (default: not at all).
    pub fn wait_up_to(mut self, patience: Duration) -> Self {
        self.wait_up_to = Some(patience);
        self
    }

    /// How long attempts may go on (default: as long as there are candidates).
    pub fn deadline(mut self, within: Duration) -> Self {
        self.deadline = Some(within);
        self
    }

    /// Prompt caching for this call, over what the model's parameters say.
    pub fn cache(mut self, cache: PromptCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// A flag for `anthropic-beta`; `-flag` takes one off.
    pub fn beta(mut self, flag: impl Into<String>) -> Self {
        self.betas.push(flag.into());
        self
    }

    /// Asks the server for one whole answer instead of a stream. An idle time-out can then no longer
    /// tell a dead line from a long answer.
    pub fn unstreamed(mut self) -> Self {
        self.streamed = false;
        self
    }

    /// Sends it and waits for the whole answer.
    ///
    /// # Errors
    /// Nobody answered, or the answer broke off.
    pub async fn send(self) -> Result<Reply, Error> {
        self.stream().await?.finish().await
    }

    /// Sends it and returns when the first words are there. Until then failures move on to the next
    /// profile or model; after it nothing is retried.
    ///
    /// # Errors
    /// Nobody answered.
    pub async fn stream(self) -> Result<ReplyStream, Error> {
        let mut session = self.session();
        while let Some(attempt) = session.next().await? {
            let (profile, model, kind) = (attempt.profile().clone(), attempt.model().clone(), attempt.kind());
            let provider = attempt.provider();
            let opened = match self.attempt(&attempt).await {
                Ok(opened) => opened,
                // Our own fault, not the profile's: the attempt is dropped and changes nothing.
                Err(error) => return Err(error),
            };
            if let Step::Done(answer) = attempt.report(opened).await? {
                let request_id = answer.request_id.as_deref().map(|id| provider.redact(id));
                let served_by = ServedBy { profile, model, kind, request_id };
                return Ok(ReplyStream::new(answer, served_by, provider));
            }
        }
        Err(Error::Setup("the session ended without an answer".to_owned()))
    }

    fn session(&self) -> Session {
        let failover = self.client.failover();
        let mut session = match &self.conversation {
            Some(conversation) => failover.session_of(conversation),
            None => failover.session(),
        };
        if self.model.is_some() || self.fallbacks.is_some() {
            session = session.models(failover.models().candidates(self.model.as_ref(), self.fallbacks.as_deref()));
        }
        if let Some(pin) = &self.pin {
            session = session.pin(pin.clone());
        }
        if let Some(patience) = self.wait_up_to {
            session = session.wait_up_to(patience);
        }
        if let Some(within) = self.deadline {
            session = session.deadline(within);
        }
        session
    }

    /// One attempt. The outer error is ours, the inner one the profile's, the server's or the line's.
    async fn attempt(&self, attempt: &Attempt<'_>) -> Result<Result<Answer, Failure>, Error> {
        let client = &self.client.inner;
        let model = attempt.model();
        let Some(endpoint) = client.endpoints.get(model.provider()) else {
            return Err(Error::Setup(format!("no address is known for provider {}", model.provider())));
        };
        let params = client.failover.models().params(model);
        let mut options = RenderOptions::new(model.provider(), model.model(), attempt.kind());
        options.cache = self.cache.or(params.cache).unwrap_or(client.cache);
        options.stream = self.streamed;
        options.user_agent = &client.user_agent;
        options.headers = &endpoint.headers;
        options.betas = &self.betas;
        options.default_max_tokens = params.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS);
        options.temperature = params.temperature;
        let rendered = render(&self.request, &options)?;
        let mut request: http::Request<Bytes> = http::Request::new(rendered.body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() =
            endpoint.messages_url.parse().map_err(|_| Error::Setup("the address is no URL".to_owned()))?;
        *request.headers_mut() = rendered.headers;
        if let Err(error) = attempt.apply(request.headers_mut()).await {
            return Ok(Err(Failure::new(FailureReason::Auth, &error.to_string())));
        }
        let clock = &client.failover.inner.clock;
        Ok(match client.http.send(request).await {
            Ok(response) => Answer::open(response, clock.now()).await,
            Err(error) if error.kind == crate::transport::SendErrorKind::Refused => {
                return Err(Error::Setup(error.message));
            }
            Err(error) => Err(Failure::connection(&error.message)),
        })
    }
}
