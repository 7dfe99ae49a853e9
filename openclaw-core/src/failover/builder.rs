//! Putting a [`Failover`] together.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use super::keeper::Keeper;
use super::{AmbientCredential, Blocked, Failover, Inner, Observer, RetryPolicy};
use crate::config::AuthSettings;
use crate::env::Env;
use crate::health::{CooldownPolicy, Health};
use crate::id::{AgentId, ProviderId};
use crate::model::ModelSelection;
use crate::secret_source::{EnvSecrets, SecretSource};
use crate::store::{CredentialStore, HealthStore, MemoryStore};
use crate::time::{Clock, Jitter, RandomJitter, SystemClock};

/// Builds a [`Failover`]. Everything has a default: an empty store in memory, the system's clock,
/// policy `2026.1`.
#[must_use]
pub struct FailoverBuilder {
    agent: AgentId,
    models: ModelSelection,
    credentials: Arc<dyn CredentialStore>,
    health: Arc<dyn HealthStore>,
    place: String,
    ambient: Vec<AmbientCredential>,
    secrets: Arc<dyn SecretSource>,
    auth: AuthSettings,
    policy: CooldownPolicy,
    served: Option<HashMap<ProviderId, Option<Blocked>>>,
    retry: RetryPolicy,
    clock: Arc<dyn Clock>,
    jitter: Arc<dyn Jitter>,
    observer: Option<Arc<dyn Observer>>,
}

impl fmt::Debug for FailoverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailoverBuilder").field("agent", &self.agent).finish_non_exhaustive()
    }
}

impl FailoverBuilder {
    pub(super) fn new(models: ModelSelection) -> Self {
        let store = Arc::new(MemoryStore::new());
        Self {
            agent: AgentId::main(),
            models,
            credentials: Arc::clone(&store) as Arc<dyn CredentialStore>,
            health: store,
            place: "memory".to_owned(),
            ambient: Vec::new(),
            secrets: Arc::new(EnvSecrets::new(Env::empty())),
            auth: AuthSettings::default(),
            policy: CooldownPolicy::default(),
            served: None,
            retry: RetryPolicy::default(),
            clock: Arc::new(SystemClock::new()),
            jitter: Arc::new(RandomJitter),
            observer: None,
        }
    }

    /// The agent whose credentials are used (default `main`).
    pub fn agent(mut self, agent: AgentId) -> Self {
        self.agent = agent;
        self
    }

    /// One store for credentials and health.
    pub fn store<S: CredentialStore + HealthStore + 'static>(mut self, store: Arc<S>) -> Self {
        self.credentials = Arc::clone(&store) as Arc<dyn CredentialStore>;
        self.health = store;
        self
    }

    /// A store for credentials.
    pub fn credential_store(mut self, store: Arc<dyn CredentialStore>) -> Self {
        self.credentials = store;
        self
    }

    /// A store for health.
    pub fn health_store(mut self, store: Arc<dyn HealthStore>) -> Self {
        self.health = store;
        self
    }

    /// How error messages name the store: a path.
    pub fn place(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
        self
    }

    /// Credentials that are stored nowhere, from [`ambient_credentials`](super::ambient_credentials).
    pub fn ambient(mut self, ambient: Vec<AmbientCredential>) -> Self {
        self.ambient = ambient;
        self
    }

    /// Who resolves references to secrets.
    pub fn secrets(mut self, secrets: Arc<dyn SecretSource>) -> Self {
        self.secrets = secrets;
        self
    }

    /// `auth` of the configuration: order, profiles and cooldowns.
    pub fn auth(mut self, auth: AuthSettings) -> Self {
        self.policy = self.policy.with_settings(&auth.cooldowns);
        self.auth = auth;
        self
    }

    /// How long windows are. Call it after [`auth`](Self::auth) to replace what the configuration says.
    pub fn policy(mut self, policy: CooldownPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The providers that the program can speak to; `Some` says what stands in the way of one. Models
    /// of all others are passed over. Without this call every provider is served.
    pub fn serves(mut self, providers: HashMap<ProviderId, Option<Blocked>>) -> Self {
        self.served = Some(providers);
        self
    }

    /// How the same profile is tried again.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Where time comes from.
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        self.shared_clock(Arc::new(clock))
    }

    /// Where time comes from, shared with others.
    pub fn shared_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where chance comes from.
    pub fn jitter(self, jitter: impl Jitter + 'static) -> Self {
        self.shared_jitter(Arc::new(jitter))
    }

    /// Where chance comes from, shared with others.
    pub fn shared_jitter(mut self, jitter: Arc<dyn Jitter>) -> Self {
        self.jitter = jitter;
        self
    }

    /// Who hears what happens.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The failover.
    #[must_use]
    pub fn build(self) -> Failover {
        let inner = Inner {
            agent: self.agent,
            credentials: self.credentials,
            place: self.place,
            health: Keeper::new(self.health, Arc::clone(&self.clock)),
            ambient_health: Mutex::new(Health::default()),
            ambient: self.ambient,
            secrets: self.secrets,
            auth: self.auth,
            models: self.models,
            policy: Arc::new(self.policy),
            served: self.served,
            retry: self.retry,
            clock: self.clock,
            jitter: self.jitter,
            observer: self.observer,
            pins: Mutex::default(),
            owner: format!("{}-{:08x}", std::process::id(), fastrand::u32(..)),
            attempts: AtomicU64::new(0),
        };
        Failover { inner: Arc::new(inner) }
    }
}
