//! A client with credentials in memory.

use std::sync::Arc;

use secrecy::SecretString;

use super::{Client, DEFAULT_BASE_URL, Endpoints};
use crate::credential::Credential;
use crate::error::Error;
use crate::failover::{Failover, Observer};
use crate::health::CooldownPolicy;
use crate::id::{AgentId, ModelRef, ProfileId, ProviderId};
use crate::model::{ModelSelection, PromptCache};
use crate::profile::{AuthProfiles, Profile, StoredProfile};
use crate::store::MemoryStore;
use crate::time::{Clock, Jitter};
use crate::transport::HttpSend;

/// Builds a [`Client`] from credentials that the program has. They serve in the order given; nothing
/// is read from or written to any file.
#[derive(Debug, Default)]
#[must_use]
pub struct ClientBuilder {
    profiles: Vec<(String, Given)>,
    model: Option<String>,
    fallbacks: Vec<String>,
    base_url: Option<String>,
    http: Option<Arc<dyn HttpSend>>,
    clock: Option<Arc<dyn Clock>>,
    jitter: Option<Arc<dyn Jitter>>,
    observer: Option<Arc<dyn Observer>>,
    policy: Option<CooldownPolicy>,
    cache: PromptCache,
    user_agent: String,
}

#[derive(Debug)]
enum Given {
    ApiKey(SecretString),
    SetupToken(SecretString),
}

impl ClientBuilder {
    /// An API key, under a name of your choice.
    pub fn api_key(mut self, name: &str, key: impl Into<SecretString>) -> Self {
        self.profiles.push((name.to_owned(), Given::ApiKey(key.into())));
        self
    }

    /// A setup-token, under a name of your choice.
    pub fn setup_token(mut self, name: &str, token: impl Into<SecretString>) -> Self {
        self.profiles.push((name.to_owned(), Given::SetupToken(token.into())));
        self
    }

    /// The model (default `anthropic/claude-opus-4-5`).
    pub fn model(mut self, model: &str) -> Self {
        self.model = Some(model.to_owned());
        self
    }

    /// A model to ask when the ones before it do not answer.
    pub fn fallback(mut self, model: &str) -> Self {
        self.fallbacks.push(model.to_owned());
        self
    }

    /// Another address than Anthropic's.
    pub fn base_url(mut self, url: &str) -> Self {
        self.base_url = Some(url.to_owned());
        self
    }

    /// Your own HTTP.
    pub fn http(mut self, http: Arc<dyn HttpSend>) -> Self {
        self.http = Some(http);
        self
    }

    /// Where time comes from.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Where chance comes from.
    pub fn jitter(mut self, jitter: impl Jitter + 'static) -> Self {
        self.jitter = Some(Arc::new(jitter));
        self
    }

    /// Who hears what happens.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// How long windows are.
    pub fn policy(mut self, policy: CooldownPolicy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Prompt caching, where a call does not say (default off).
    pub fn cache(mut self, cache: PromptCache) -> Self {
        self.cache = cache;
        self
    }

    /// Your program's name and version, in front of ours in the user agent.
    pub fn user_agent(mut self, name: &str) -> Self {
        self.user_agent = name.to_owned();
        self
    }

    /// The client.
    ///
    /// # Errors
    /// A credential, a model or the address cannot be used, two credentials have one name, or the
    /// library was built without `reqwest` and no HTTP was given.
    pub fn build(self) -> Result<Client, Error> {
        let anthropic = ProviderId::anthropic();
        let mut profiles = AuthProfiles::default();
        for (name, given) in &self.profiles {
            let credential = match given {
                Given::ApiKey(key) => Credential::api_key(key)?,
                Given::SetupToken(token) => Credential::setup_token(token)?,
            };
            let id = ProfileId::named(&anthropic, name);
            let profile = StoredProfile::Valid(Profile::new(anthropic.clone(), credential));
            if profiles.profiles.insert(id.clone(), profile).is_some() {
                return Err(Error::Setup(format!("two credentials are named \"{id}\"")));
            }
        }
        profiles.order.insert(anthropic, profiles.profiles.keys().cloned().collect());
        let primary = ModelRef::parse(self.model.as_deref().unwrap_or(crate::config::DEFAULT_MODEL))?;
        let fallbacks = self.fallbacks.iter().map(|text| ModelRef::parse(text)).collect::<Result<Vec<_>, _>>()?;
        let endpoints = Endpoints::anthropic(self.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL))?;
        let store = Arc::new(MemoryStore::with(AgentId::main(), profiles));
        let mut failover = Failover::builder(ModelSelection::new(primary).with_fallbacks(fallbacks))
            .store(store)
            .serves(endpoints.served());
        if let Some(clock) = self.clock {
            failover = failover.shared_clock(clock);
        }
        if let Some(jitter) = self.jitter {
            failover = failover.shared_jitter(jitter);
        }
        if let Some(observer) = self.observer {
            failover = failover.observer(observer);
        }
        if let Some(policy) = self.policy {
            failover = failover.policy(policy);
        }
        let http = self.http.map_or_else(default_http, Ok)?;
        Ok(Client::new(failover.build(), http, endpoints, self.cache, &self.user_agent))
    }
}

/// The HTTP that the library was built with.
#[cfg(feature = "reqwest")]
pub(crate) fn default_http() -> Result<Arc<dyn HttpSend>, Error> {
    Ok(Arc::new(crate::transport::ReqwestSend::default()))
}

/// The HTTP that the library was built with: none.
#[cfg(not(feature = "reqwest"))]
pub(crate) fn default_http() -> Result<Arc<dyn HttpSend>, Error> {
    Err(Error::Setup("the library was built without HTTP: give an HttpSend, or enable the feature reqwest".to_owned()))
}
