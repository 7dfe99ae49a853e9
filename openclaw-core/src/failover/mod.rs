//! Failover: every attempt of a request, one after the other, until one is answered.
//!
//! ```text
//! Failover ──session()──▶ Session ──next()──▶ Attempt ──authorize()──▶ your HTTP
//!                            ▲                    │
//!                            └──────report()──────┘   success · retry · next profile · next model · give up
//! ```

mod again;
mod ambient;
mod attempt;
mod builder;
mod choose;
mod event;
mod exhausted;
mod keeper;
mod plan;
mod references;
mod secrets;
mod served;
mod session;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;

use crate::config::AuthSettings;
use crate::health::{CooldownPolicy, Effect, Health, HealthEvent};
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::model::ModelSelection;
use crate::profile::AuthProfiles;
use crate::secret_source::SecretSource;
use crate::store::{CredentialStore, StoreError};
use crate::time::{Clock, Jitter};

pub use ambient::{AmbientCredential, ambient_credentials};
pub use attempt::{Attempt, Step};
pub use builder::FailoverBuilder;
pub use event::{Event, Observer};
pub use exhausted::{Blocked, Exhausted, ModelRecord, Tried};
pub use plan::{
    Candidate, CandidateSource, Plan, PlanRequest, PlanWarning, PlannedModel, PlannedOrder, PlannedPin,
    PlannedReference, Serving, SourceKind, Unused,
};
pub use references::ResolvedReference;
pub use served::Served;
pub use session::Session;

pub(crate) use ambient::as_profiles;
use choose::Chosen;
use keeper::Keeper;
pub(crate) use secrets::{fails_closed, malformed_left_out, set_unsendable_apart};

/// The most conversations whose profile is remembered; the one that was served least recently goes.
const PINS: usize = 1024;

/// How often and how long the same profile is tried again after `overloaded`, `server_error` and
/// `timeout`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Retries on the same profile (default 2).
    pub retries: u32,
    /// The first ceiling of full jitter (default 0.5 s); it doubles.
    pub first: Duration,
    /// The last ceiling (default 8 s).
    pub max: Duration,
    /// The time that retries and waits may take in all (default 90 s). Rotation is not limited by it.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            retries: 2,
            first: Duration::from_millis(500),
            max: Duration::from_secs(8),
            budget: Duration::from_secs(90),
        }
    }
}

impl RetryPolicy {
    /// How long to wait before the n-th retry (from 1): full jitter under a doubling ceiling.
    pub(crate) fn backoff(&self, n: u32, jitter: &dyn Jitter) -> Duration {
        let ceiling = self.first.saturating_mul(1 << n.saturating_sub(1).min(16)).min(self.max);
        ceiling.mul_f64(jitter.fraction().clamp(0.0, 1.0))
    }
}

/// Chooses the credential and the model of each attempt, and remembers how attempts end.
///
/// It is cheap to clone, and clones share everything. One `Failover` belongs to one agent.
///
/// ```
/// use std::sync::Arc;
/// use openclaw_core::{
///     AgentId, Credential, CredentialChange, CredentialStore, Failover, Failure, FailureReason,
///     MemoryStore, ModelRef, ModelSelection, ProfileId, ProviderId, Step,
/// };
///
/// # futures_executor::block_on(async {
/// let store = Arc::new(MemoryStore::new());
/// for (name, key) in [("work", "sk-ant-api03-one"), ("home", "sk-ant-api03-two")] {
///     let id = ProfileId::named(&ProviderId::anthropic(), name);
///     let key = Credential::api_key(&key.into())?;
///     store.commit(&AgentId::main(), CredentialChange::upsert(id, ProviderId::anthropic(), key)).await?;
/// }
/// let failover = Failover::builder(ModelSelection::new(ModelRef::parse("claude-opus-4-5")?))
///     .store(store)
///     .build();
///
/// let mut session = failover.session();
/// let mut served_by = None;
/// while let Some(attempt) = session.next().await? {
///     let request = attempt.authorize(&http::Request::new("your body")).await?;
///     assert!(request.headers().contains_key("x-api-key"));
///     // … send it with your own HTTP, and say how it went: here the first key is refused.
///     let result = if attempt.profile().as_str() == "anthropic:work" {
///         Err(Failure::new(FailureReason::Auth, "invalid x-api-key"))
///     } else {
///         Ok(attempt.profile().clone())
///     };
///     if let Step::Done(profile) = attempt.report(result).await? {
///         served_by = Some(profile);
///     }
/// }
/// assert_eq!(served_by.map(|p| p.to_string()).as_deref(), Some("anthropic:home"));
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Failover {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) agent: AgentId,
    pub(crate) credentials: Arc<dyn CredentialStore>,
    pub(crate) place: String,
    health: Keeper,
    /// Health of credentials that are stored nowhere.
    ambient_health: Mutex<Health>,
    pub(crate) ambient: Vec<AmbientCredential>,
    pub(crate) secrets: Arc<dyn SecretSource>,
    pub(crate) auth: AuthSettings,
    pub(crate) models: ModelSelection,
    pub(crate) policy: Arc<CooldownPolicy>,
    /// The providers that the program can speak to, if it said so, and what stands in the way.
    served: Option<HashMap<ProviderId, Option<Blocked>>>,
    pub(crate) retry: RetryPolicy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jitter: Arc<dyn Jitter>,
    observer: Option<Arc<dyn Observer>>,
    /// The profile that last served a conversation, by conversation and provider; the oldest first.
    pins: Mutex<IndexMap<(String, ProviderId), ProfileId>>,
    owner: String,
    attempts: AtomicU64,
}

impl Failover {
    /// A failover over these models. Without a store it has no profiles.
    pub fn builder(models: ModelSelection) -> FailoverBuilder {
        FailoverBuilder::new(models)
    }

    /// A request without memory of earlier ones.
    #[must_use]
    pub fn session(&self) -> Session {
        Session::new(Arc::clone(&self.inner), None)
    }

    /// A request of a conversation: it keeps the profile that served the conversation before, so
    /// that prompt caches stay warm.
    #[must_use]
    pub fn session_of(&self, conversation: &str) -> Session {
        Session::new(Arc::clone(&self.inner), Some(conversation.to_owned()))
    }

    /// The models.
    #[must_use]
    pub fn models(&self) -> &ModelSelection {
        &self.inner.models
    }

    /// The agent whose credentials these are.
    #[must_use]
    pub fn agent(&self) -> &AgentId {
        &self.inner.agent
    }

    /// The health of all stored profiles, with what has not been written yet.
    pub async fn health(&self) -> Health {
        self.inner.health.load(&self.inner.agent).await
    }

    /// The stored profiles.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn profiles(&self) -> Result<AuthProfiles, StoreError> {
        self.inner.credentials.load(&self.inner.agent).await
    }

    /// Writes what is still waiting: successes of the last minute. Call it before the program ends;
    /// dropping the last clone does as much as can be done without waiting. Returns whether
    /// everything is written.
    pub async fn flush(&self) -> bool {
        self.inner.health.flush().await
    }

    /// Why health is kept in memory instead of being written; `None` while all is well.
    #[must_use]
    pub fn why_degraded(&self) -> Option<String> {
        self.inner.health.why_degraded()
    }

    /// Whether health is kept in memory because it cannot be written.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.inner.health.is_degraded()
    }
}

impl fmt::Debug for Failover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failover")
            .field("agent", &self.inner.agent)
            .field("models", &self.inner.models)
            .finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.health.flush_now();
    }
}

impl Inner {
    /// Why models of this provider cannot be asked at all.
    fn unserved(&self, provider: &ProviderId) -> Option<Blocked> {
        let served = self.served.as_ref()?;
        served.get(provider).cloned().unwrap_or_else(|| {
            let what = format!(
                "provider {provider} is not configured; set models.providers.{provider} with api \"anthropic-messages\" and a baseUrl"
            );
            Some(Blocked::Unconfigured(what))
        })
    }

    fn emit(&self, event: &Event) {
        event.trace();
        if let Some(observer) = &self.observer {
            observer.event(event);
        }
    }

    /// A name that no other attempt has, in any process.
    fn next_owner(&self) -> String {
        format!("{}-{}", self.owner, self.attempts.fetch_add(1, Ordering::Relaxed))
    }

    async fn commit(&self, ambient: bool, event: HealthEvent) -> Effect {
        if ambient {
            event.apply(&mut self.ambient_health.lock().unwrap_or_else(PoisonError::into_inner))
        } else {
            self.health.commit(&self.agent, event).await
        }
    }

    /// Frees the trial that an attempt held, without waiting.
    fn give_back(&self, chosen: &Chosen) {
        let Some(owner) = &chosen.trial else { return };
        let (profile, model) = (chosen.profile.clone(), chosen.model.model().to_owned());
        let event = HealthEvent::TrialReleased { profile, model, owner: owner.clone() };
        if chosen.ambient {
            event.apply(&mut self.ambient_health.lock().unwrap_or_else(PoisonError::into_inner));
        } else {
            self.health.release(&self.agent, event);
        }
    }

    fn ambient_health(&self) -> Health {
        self.ambient_health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn pinned(&self, conversation: &str, provider: &ProviderId) -> Option<ProfileId> {
        let pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        pins.get(&(conversation.to_owned(), provider.clone())).cloned()
    }

    fn pin(&self, conversation: &str, provider: &ProviderId, profile: &ProfileId) {
        let key = (conversation.to_owned(), provider.clone());
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        pins.shift_remove(&key);
        if pins.len() >= PINS {
            pins.shift_remove_index(0);
        }
        pins.insert(key, profile.clone());
    }
}
