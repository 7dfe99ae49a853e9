//! One call: a request and how much is asked for it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
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

/// How long an answer may stand still while bytes come: as long as Anthropic lets a request take that is
/// not streamed (documentation, "Errors", long requests).
const STALL: Duration = Duration::from_secs(600);

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
    stall: Duration,
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
            stall: STALL,
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

    /// How long the whole call may take, from when it is sent to the end of the answer (default: as long as
    /// there are candidates, and as long as the answer goes on). An attempt that is under way then is
    /// ended, and counts as `timeout`, so that the next call tries somebody else first.
    pub fn deadline(mut self, within: Duration) -> Self {
        self.deadline = Some(within);
        self
    }

    /// How long an answer may stand still while bytes come (default 10 minutes): pings, or a line that drips.
    /// Before the first content this is a `timeout`, after it the answer breaks off. That nothing at all
    /// comes is the transport's to notice ([`ReqwestSettings::idle`](crate::ReqwestSettings::idle)).
    pub fn stall(mut self, after: Duration) -> Self {
        self.stall = after;
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
        let mut answered = None;
        while let Some(attempt) = session.next().await? {
            let (profile, model, kind) = (attempt.profile().clone(), attempt.model().clone(), attempt.kind());
            let provider = attempt.provider();
            // Where it is our own fault, and not the profile's, the attempt is dropped and changes nothing.
            let opened = self.in_time(&attempt).await?;
            if let Step::Done(answer) = attempt.report(opened).await? {
                let request_id = answer.request_id.as_deref().map(|id| provider.redact(id));
                answered = Some((answer, ServedBy { profile, model, kind, request_id }));
            }
        }
        match answered.zip(session.served().cloned()) {
            Some(((answer, by), served)) => Ok(ReplyStream::new(answer, by, served, session.time_left())),
            None => Err(Error::Setup("the session ended without an answer".to_owned())),
        }
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

    /// One attempt, ended at the deadline. What happens on the line takes real time, whatever clock the
    /// program has; one that is set by hand is moved on to the deadline.
    async fn in_time(&self, attempt: &Attempt<'_>) -> Result<Result<Answer, Failure>, Error> {
        let Some(left) = attempt.time_left() else { return self.attempt(attempt).await };
        match select(Box::pin(self.attempt(attempt)), futures_timer::Delay::new(left)).await {
            Either::Left((opened, _)) => opened,
            Either::Right(_) => {
                let clock = &self.client.failover().inner.clock;
                clock.sleep(attempt.time_left().unwrap_or_default()).await;
                Ok(Err(Failure::connection("no answer before the deadline")))
            }
        }
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
            Ok(response) => Answer::open(response, clock.now(), self.stall).await,
            Err(error) if error.kind == crate::transport::SendErrorKind::Refused => {
                return Err(Error::Setup(error.message));
            }
            Err(error) => Err(Failure::connection(&error.message)),
        })
    }
}
