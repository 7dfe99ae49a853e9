//! Where each provider is reached, and with which headers of its own.

use std::collections::HashMap;
use std::fmt;

use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use crate::base_url::{check_base_url, messages_url, models_url};
use crate::config::{ProviderSettings, SecretInput, Settings};
use crate::env::Env;
use crate::error::Error;
use crate::failover::Blocked;
use crate::id::ProviderId;
use crate::messages::is_flag_list;

/// Anthropic's own address.
pub const DEFAULT_BASE_URL: &str = "https://api.anthropic.com";

/// The protocol this library speaks, as `models.providers.<p>.api` names it.
const PROTOCOL: &str = "anthropic-messages";

/// The addresses of all providers that speak the Anthropic Messages protocol.
#[derive(Clone)]
pub struct Endpoints {
    endpoints: HashMap<ProviderId, Endpoint>,
    blocked: HashMap<ProviderId, Blocked>,
}

#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) messages_url: String,
    pub(crate) models_url: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Endpoint {
    /// At an address that may carry a credential.
    fn new(provider: &str, base: &str, headers: Vec<(HeaderName, HeaderValue)>) -> Result<Self, Error> {
        check_base_url(base).map_err(|problem| Error::BaseUrl { provider: provider.to_owned(), problem })?;
        Ok(Self { messages_url: messages_url(base), models_url: models_url(base), headers })
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.endpoints.keys()).finish()
    }
}

impl Endpoints {
    /// Only `anthropic`, at this address.
    ///
    /// # Errors
    /// The address may not carry a credential: it is neither https nor a literal loopback address.
    pub fn anthropic(base_url: &str) -> Result<Self, Error> {
        let endpoint = Endpoint::new("anthropic", base_url, Vec::new())?;
        Ok(Self { endpoints: HashMap::from([(ProviderId::anthropic(), endpoint)]), blocked: HashMap::new() })
    }

    /// `anthropic` and every `models.providers.<p>` with `api: "anthropic-messages"`. For `anthropic`
    /// the configuration's `baseUrl` comes before `ANTHROPIC_BASE_URL` of the process.
    ///
    /// # Errors
    /// An address may not carry a credential.
    pub fn from_settings(settings: &Settings, process: &Env) -> Result<Self, Error> {
        let anthropic = ProviderId::anthropic();
        let from_env = process.get("ANTHROPIC_BASE_URL").unwrap_or(DEFAULT_BASE_URL);
        let configured = settings.models.providers.get(&anthropic);
        if configured.and_then(|provider| provider.base_url.as_ref()).is_none() {
            Endpoint::new("anthropic (ANTHROPIC_BASE_URL)", from_env, Vec::new())?;
        }
        let mut endpoints = Self::anthropic(DEFAULT_BASE_URL)?;
        let nothing = ProviderSettings::default();
        endpoints.add(&anthropic, configured.unwrap_or(&nothing), Some(from_env))?;
        for (id, provider) in settings.models.providers.iter().filter(|(id, _)| **id != anthropic) {
            endpoints.add(id, provider, None)?;
        }
        Ok(endpoints)
    }

    fn add(&mut self, id: &ProviderId, provider: &ProviderSettings, default: Option<&str>) -> Result<(), Error> {
        let api = provider.api.as_deref().or(default.map(|_| PROTOCOL));
        if api != Some(PROTOCOL) {
            self.blocked.insert(id.clone(), Blocked::Protocol(api.unwrap_or("no api is configured").to_owned()));
            return Ok(());
        }
        let Some(base) = provider.base_url.as_deref().or(default) else {
            let what = format!("provider {id} has no base URL; set models.providers.{id}.baseUrl");
            self.blocked.insert(id.clone(), Blocked::Unconfigured(what));
            return Ok(());
        };
        let mut headers = Vec::new();
        for (name, value) in &provider.headers {
            match header(name, value) {
                Ok(header) => headers.push(header),
                Err(what) => {
                    // Sent without it, the request would not be the one that was configured.
                    let name = crate::secret::printable(name);
                    let what = format!("models.providers.{id}.headers[\"{name}\"] is {what}");
                    self.blocked.insert(id.clone(), Blocked::Unconfigured(what));
                    return Ok(());
                }
            }
        }
        self.endpoints.insert(id.clone(), Endpoint::new(id.as_str(), base, headers)?);
        if let Some(variable) = provider.api_key.as_ref().and_then(SecretInput::unset_variable) {
            tracing::debug!(provider = %id, variable, "models.providers.<p>.apiKey refers to a variable that is not set");
        }
        Ok(())
    }

    /// Which providers can be spoken to, and what stands in the way of the others: for
    /// [`FailoverBuilder::serves`](crate::FailoverBuilder::serves).
    #[must_use]
    pub fn served(&self) -> HashMap<ProviderId, Option<Blocked>> {
        let blocked = self.blocked.iter().map(|(id, blocked)| (id.clone(), Some(blocked.clone())));
        self.endpoints.keys().map(|id| (id.clone(), None)).chain(blocked).collect()
    }

    /// The address a provider's messages go to.
    #[must_use]
    pub fn messages_url(&self, provider: &ProviderId) -> Option<&str> {
        self.get(provider).map(|endpoint| endpoint.messages_url.as_str())
    }

    pub(crate) fn get(&self, provider: &ProviderId) -> Option<&Endpoint> {
        self.endpoints.get(provider)
    }
}

/// A configured header, or what it is that cannot be sent.
#[expect(clippy::disallowed_methods, reason = "edge: a configured header may be a secret and becomes a header here")]
fn header(name: &str, value: &SecretInput) -> Result<(HeaderName, HeaderValue), String> {
    let Some(secret) = value.text() else {
        return Err(match value.unset_variable() {
            Some(variable) => format!("${{{variable}}}, which is not set"),
            None => "a reference that this program does not resolve for headers".to_owned(),
        });
    };
    let header = HeaderName::try_from(name).ok().zip(HeaderValue::from_str(secret.expose_secret()).ok());
    let (name, mut value) = header.ok_or("no valid header")?;
    if name == "anthropic-beta" && !is_flag_list(&value) {
        return Err("no list of flags: they are plain words, with commas between them".to_owned());
    }
    value.set_sensitive(true);
    Ok((name, value))
}
