//! An Anthropic client on top: ask, stream, and let failover do the rest.

mod answer;
mod builder;
mod call;
mod endpoint;
mod reply;

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::failover::Failover;
use crate::messages::MessageRequest;
use crate::model::PromptCache;
use crate::transport::HttpSend;

pub(crate) use answer::{Answer, End, read_up_to, refusal, request_id};
pub use builder::ClientBuilder;
#[cfg(feature = "fs")]
pub(crate) use builder::default_http;
pub use call::Call;
pub use endpoint::{DEFAULT_BASE_URL, Endpoints};
pub use reply::{Reply, ReplyStream, ServedBy};

/// Talks to Claude with the best credential there is, and with the next one when that fails.
///
/// Cheap to clone; clones share connections, health and pins. With credentials in memory and no file:
///
/// ```no_run
/// use openclaw_core::Client;
///
/// # async fn example(key: String, token: String) -> Result<(), openclaw_core::Error> {
/// let client = Client::builder()
///     .api_key("work", key)
///     .setup_token("max", token)
///     .model("anthropic/claude-opus-4-5")
///     .build()?;
/// let reply = client.ask("Bonjour").await?;
/// println!("{} — served by {}", reply.text(), reply.served_by().profile);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) failover: Failover,
    pub(crate) http: Arc<dyn HttpSend>,
    pub(crate) endpoints: Endpoints,
    pub(crate) user_agent: String,
    /// What caching is when neither the call nor the model's params say anything.
    cache: PromptCache,
}

impl Client {
    /// A client with credentials in memory.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client over a [`Failover`] of your own.
    ///
    /// `cache` is what prompt caching is when neither a call nor the model's parameters say
    /// anything; `user_agent` goes in front of ours (empty: ours alone).
    #[must_use]
    pub fn new(
        failover: Failover,
        http: Arc<dyn HttpSend>,
        endpoints: Endpoints,
        cache: PromptCache,
        user_agent: &str,
    ) -> Self {
        let user_agent = user_agent.to_owned();
        Self { inner: Arc::new(Inner { failover, http, endpoints, user_agent, cache }) }
    }

    /// Sends a text and waits for the whole answer.
    ///
    /// # Errors
    /// Nobody answered: see [`Error::kind`].
    pub async fn ask(&self, text: impl Into<String>) -> Result<Reply, Error> {
        self.message(MessageRequest::user(text.into())).send().await
    }

    /// Sends a text and returns when the first words of the answer are there.
    ///
    /// # Errors
    /// Nobody answered: see [`Error::kind`].
    pub async fn stream(&self, text: impl Into<String>) -> Result<ReplyStream, Error> {
        self.message(MessageRequest::user(text.into())).stream().await
    }

    /// A call whose details can be set: model, pin, patience.
    pub fn message(&self, request: MessageRequest) -> Call {
        Call::new(self.clone(), request)
    }

    /// What chooses the credentials.
    #[must_use]
    pub fn failover(&self) -> &Failover {
        &self.inner.failover
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("failover", &self.inner.failover).finish_non_exhaustive()
    }
}
