//! The fields of the status, as they are printed.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use crate::probe::ProbeReport;
use crate::resolver::UnusableReason;

/// The whole status.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Status {
    /// The configuration file.
    pub config_path: String,
    /// The agent, when one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Its folder.
    pub agent_dir: String,
    /// The default model as written.
    pub default_model: String,
    /// The default model as `provider/model`.
    pub resolved_default: String,
    /// What follows it.
    pub fallbacks: Vec<String>,
    /// The model for images; the assistant's.
    pub image_model: Option<String>,
    /// What follows that.
    pub image_fallbacks: Vec<String>,
    /// Whose choice the models are, when an agent was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_config: Option<ModelSources>,
    /// Other names of models.
    pub aliases: IndexMap<String, String>,
    /// The models of `agents.defaults.models`.
    pub allowed: Vec<String>,
    /// The credentials.
    pub auth: AuthStatus,
}

/// Whether the agent's own choice or the defaults count.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelSources {
    /// `agent` or `defaults`.
    pub default_source: &'static str,
    /// `agent` or `defaults`.
    pub fallbacks_source: &'static str,
}

/// `auth`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthStatus {
    /// The credential store.
    pub store_path: String,
    /// Login-shell variables: accepted in the configuration, not acted on.
    pub shell_env_fallback: ShellEnv,
    /// Providers with logins or tokens, with their number: `anthropic (4)`.
    #[serde(rename = "providersWithOAuth")]
    pub providers_with_oauth: Vec<String>,
    /// Providers of the default model and its fallbacks that have no credential.
    pub missing_providers_in_use: Vec<String>,
    /// Every provider that has a credential.
    pub providers: Vec<ProviderStatus>,
    /// Open windows, the soonest end first.
    pub unusable_profiles: Vec<UnusableStatus>,
    /// What ends, and when.
    pub oauth: Expiring,
    /// Who would serve now, by provider; `null` if nobody.
    pub active_profile: BTreeMap<String, Option<String>>,
    /// Profiles that would not serve now, and why, by provider.
    pub eligibility: BTreeMap<String, Vec<EligibilityStatus>>,
    /// What the providers said when they were asked; absent if they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probes: Option<ProbeReport>,
}

/// `shellEnvFallback`
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShellEnv {
    /// Always false here.
    pub enabled: bool,
    /// Always empty here.
    pub applied_keys: Vec<String>,
}

/// One provider.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProviderStatus {
    /// Its name.
    pub provider: String,
    /// Where its credential comes from.
    pub effective: Effective,
    /// Its stored profiles.
    pub profiles: ProfileCounts,
    /// Its credential in the environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Source>,
    /// Its credential in the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models_json: Option<Source>,
}

/// Where a provider's credential comes from.
#[derive(Debug, Clone, Serialize)]
pub struct Effective {
    /// `profiles`, `env`, `models.json` or `missing`.
    pub kind: &'static str,
    /// The store, or the masked secret.
    pub detail: String,
}

/// A provider's stored profiles.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileCounts {
    /// How many.
    pub count: usize,
    /// Of these, logins.
    pub oauth: usize,
    /// Of these, tokens.
    pub token: usize,
    /// Of these, API keys.
    pub api_key: usize,
    /// `id=mask [cooldown 5m]`
    pub labels: Vec<String>,
}

/// A credential that is stored nowhere.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// Masked.
    pub value: String,
    /// `env: ANTHROPIC_API_KEY`
    pub source: String,
}

/// An open window.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnusableStatus {
    /// Whose.
    pub profile_id: String,
    /// Its provider; absent if the profile no longer exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// `cooldown` or `disabled`.
    pub kind: &'static str,
    /// Why, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// When it ends, in ms since the epoch.
    pub until: i64,
    /// How long that is from now, in ms.
    pub remaining_ms: i64,
    /// The model, if only that is affected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// `oauth`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expiring {
    /// From how long before its end a credential counts as expiring, in ms.
    pub warn_after_ms: i64,
    /// Every profile.
    pub profiles: Vec<ExpiringProfile>,
    /// The same by provider.
    pub providers: Vec<ExpiringProvider>,
}

/// When a profile ends.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExpiringProfile {
    /// Which.
    pub profile_id: String,
    /// Whose.
    pub provider: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `ok`, `expiring` (24 h or less), `expired`, `missing` or `static`.
    pub status: &'static str,
    /// When, in ms since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// How long that is from now, in ms; negative when it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<i64>,
    /// What its age means, where no end is stored: `340 days old; setup-tokens usually last a year, …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_note: Option<String>,
    /// Always `store`.
    pub source: &'static str,
    /// The id, with the account's address where it is known.
    pub label: String,
}

/// The worst of a provider's profiles.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpiringProvider {
    /// Which provider.
    pub provider: String,
    /// The worst status.
    pub status: &'static str,
    /// Its profiles.
    pub profiles: Vec<ExpiringProfile>,
    /// The first end, in ms since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// How long that is from now, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<i64>,
}

/// Why a profile would not serve now.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EligibilityStatus {
    /// Which.
    pub profile_id: String,
    /// Why.
    #[serde(flatten)]
    pub reason: UnusableReason,
    /// What is wrong in words: with an entry that cannot be read, or a reference that leads nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What `models status --check` says with its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckVerdict {
    /// 0: all is well.
    Ok,
    /// 2: something ends within 24 hours.
    Expiring,
    /// 3: good credentials, but every profile of a provider in use is blocked now.
    Blocked,
    /// 1: something has ended or is missing.
    Broken,
}

impl CheckVerdict {
    /// The exit code.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Broken => 1,
            Self::Expiring => 2,
            Self::Blocked => 3,
        }
    }
}
