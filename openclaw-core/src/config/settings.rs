//! The sections of an OpenClaw configuration that this library acts on, as types.
//!
//! Everything else in the file belongs to the assistant and passes through untouched.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::credential::CredentialKind;
use crate::id::{AgentId, ProfileId, ProviderId};

/// The model when nobody configured one, as in OpenClaw 2026.1.
pub const DEFAULT_MODEL: &str = "anthropic/claude-opus-4-5";

/// The sections this library owns, read from the merged tree.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The `env` block: `env.vars.X` and `env.X` (the direct one wins). Taken literally.
    pub env: Vec<(String, SecretString)>,
    /// `auth`
    pub auth: AuthSettings,
    /// `agents.defaults.model`
    pub model: ModelChoice,
    /// `agents.defaults.models`, in the order of the file.
    pub models: Vec<ModelEntry>,
    /// `agents.list`, in the order of the file.
    pub agents: Vec<AgentSettings>,
    /// `models.providers`, in the order of the file.
    pub providers: Vec<(ProviderId, ProviderSettings)>,
}

/// `auth`
#[derive(Debug, Clone, Default)]
pub struct AuthSettings {
    /// `auth.profiles`, in the order of the file.
    pub profiles: Vec<(ProfileId, AuthProfileSettings)>,
    /// `auth.order`; an empty list is meaningful: no profile at all.
    pub order: BTreeMap<ProviderId, Vec<ProfileId>>,
    /// `auth.cooldowns`
    pub cooldowns: CooldownSettings,
}

/// An entry of `auth.profiles`: what the configuration says a stored profile must be.
#[derive(Debug, Clone)]
pub struct AuthProfileSettings {
    /// The provider it must belong to.
    pub provider: ProviderId,
    /// The kind it must have; `oauth` also accepts a stored token.
    pub mode: CredentialKind,
    /// The account's address, for display.
    pub email: Option<String>,
}

/// `auth.cooldowns`: hours, all optional.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CooldownSettings {
    /// First billing window in hours (default 5).
    pub billing_backoff_hours: Option<f64>,
    /// The same for single providers.
    pub billing_backoff_hours_by_provider: BTreeMap<ProviderId, f64>,
    /// Longest billing window in hours (default 24).
    pub billing_max_hours: Option<f64>,
    /// Hours without a failure after which counters start again (default 24).
    pub failure_window_hours: Option<f64>,
}

/// `agents.defaults.model` or `agents.list[].model`: a string, or `{primary, fallbacks}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelChoice {
    /// The model as written: an alias, a bare name or `provider/model`.
    pub primary: Option<String>,
    /// The fallbacks as written; `None` inherits, an empty list means none.
    pub fallbacks: Option<Vec<String>>,
}

/// An entry of `agents.defaults.models`.
#[derive(Debug, Clone, Default)]
pub struct ModelEntry {
    /// The key as written: `anthropic/claude-opus-4-5`.
    pub reference: String,
    /// Another name for it.
    pub alias: Option<String>,
    /// `params`
    pub params: ModelParams,
}

/// `agents.defaults.models.<ref>.params`
#[derive(Debug, Clone, Default)]
pub struct ModelParams {
    /// `cacheControlTtl`: `5m` or `1h`.
    pub cache_control_ttl: Option<String>,
    /// `cacheRetention`: `none`, `short` or `long`; wins over `cacheControlTtl`.
    pub cache_retention: Option<String>,
    /// `temperature`
    pub temperature: Option<f64>,
    /// `maxTokens`
    pub max_tokens: Option<u32>,
}

/// An entry of `agents.list`.
#[derive(Debug, Clone)]
pub struct AgentSettings {
    /// The agent's id.
    pub id: AgentId,
    /// Whether it is the default agent.
    pub default: bool,
    /// Its folder, as written.
    pub agent_dir: Option<String>,
    /// Its own model.
    pub model: Option<ModelChoice>,
}

/// An entry of `models.providers`.
#[derive(Debug, Clone, Default)]
pub struct ProviderSettings {
    /// `baseUrl`
    pub base_url: Option<String>,
    /// `apiKey`, after substitution.
    pub api_key: Option<SecretString>,
    /// The variable that `apiKey` refers to and that is not set: the provider is unusable, not the file.
    pub api_key_missing_var: Option<String>,
    /// `apiKey` as a reference to where the key is kept.
    pub api_key_ref: Option<SecretReference>,
    /// `api`: the wire protocol, `anthropic-messages` if it is one we speak.
    pub api: Option<String>,
    /// `headers`, in the order of the file.
    pub headers: Vec<(String, SecretString)>,
    /// Headers that refer to a variable which is not set, with its name: the provider is unusable.
    pub headers_missing_var: Vec<(String, String)>,
    /// Headers given as a reference to where the value is kept.
    pub header_refs: Vec<(String, SecretReference)>,
}

/// Where a secret is kept instead of in the configuration: `{source, provider, id}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretReference {
    /// `env`, `file`, `exec` or `store`.
    pub source: String,
    /// The entry of `secrets.providers`; `None` means the default one of the source.
    pub provider: Option<String>,
    /// What to ask it for.
    pub id: String,
}
