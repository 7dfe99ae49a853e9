//! Putting the status together. Pure: what it looks at is passed in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::judged::{Case, Judged};
use super::relative::rounded_label;
use super::view::{
    AuthStatus, CheckVerdict, Effective, EligibilityStatus, Expiring, ExpiringProfile, ExpiringProvider, ModelSources,
    ProfileCounts, ProviderStatus, ShellEnv, Source, Status, UnusableStatus,
};
use crate::config::{AuthSettings, Config};
use crate::credential::{Credential, CredentialKind, Expiry, Secret};
use crate::env::Env;
use crate::failover::{AmbientCredential, as_profiles, fails_closed};
use crate::health::{CooldownPolicy, Health, State, Window};
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::json5;
use crate::model::ModelSelection;
use crate::profile::{AuthProfiles, Profile};
use crate::resolver::Unusable;
use crate::secret::mask;
use crate::secret_source::SecretResolver;
use crate::time::Timestamp;

/// From how long before its end a credential counts as expiring: a day, in ms.
const WARN_AFTER: i64 = 24 * 60 * 60 * 1000;

/// What the status is made from.
#[derive(Debug, Clone, Copy)]
pub struct StatusInput<'a> {
    /// The configuration file.
    pub config_path: &'a Path,
    /// The agent's folder.
    pub agent_dir: &'a Path,
    /// The credential store.
    pub store_path: &'a Path,
    /// The configuration.
    pub config: &'a Config,
    /// The environment, for references.
    pub env: &'a Env,
    /// The agent.
    pub agent: &'a AgentId,
    /// Whether the agent was named by the caller.
    pub agent_named: bool,
    /// Its models.
    pub models: &'a ModelSelection,
    /// Its profiles.
    pub profiles: &'a AuthProfiles,
    /// Their health.
    pub health: &'a Health,
    /// Credentials that are stored nowhere.
    pub ambient: &'a [AmbientCredential],
    /// How long windows are.
    pub policy: &'a CooldownPolicy,
    /// The user's home folder, shown as `~`.
    pub home: Option<&'a Path>,
}

impl Status {
    /// The status at a moment. References are shown and not resolved: no file is read for them and no
    /// program is run. What can be told without is: a variable that is not set or not allowed, a provider
    /// that is not configured, a reference that breaks the grammar.
    #[must_use]
    pub fn new(input: &StatusInput<'_>, now: Timestamp) -> Self {
        let providers = providers(input);
        let settings = input.config.settings();
        let image = image_model(input.config);
        Self {
            config_path: input.config_path.display().to_string(),
            agent_id: input.agent_named.then(|| input.agent.to_string()),
            agent_dir: input.agent_dir.display().to_string(),
            default_model: input.models.primary_as_written().to_owned(),
            resolved_default: input.models.primary().to_string(),
            fallbacks: input.models.fallbacks().iter().map(ToString::to_string).collect(),
            image_model: image.0,
            image_fallbacks: image.1,
            model_config: input.agent_named.then(|| {
                let own = settings
                    .agents
                    .list
                    .iter()
                    .find(|agent| agent.id == *input.agent)
                    .and_then(|agent| agent.model.as_ref());
                let source = |own: bool| if own { "agent" } else { "defaults" };
                ModelSources {
                    default_source: source(own.is_some_and(|model| model.primary.is_some())),
                    fallbacks_source: source(own.is_some_and(|model| model.fallbacks.is_some())),
                }
            }),
            aliases: input.models.aliases().iter().map(|(alias, model)| (alias.clone(), model.to_string())).collect(),
            allowed: input.models.configured().iter().map(ToString::to_string).collect(),
            auth: auth(input, &providers, now),
        }
    }

    /// The verdict of `--check`.
    #[must_use]
    pub fn check(&self) -> CheckVerdict {
        let any = |status: &str| self.auth.oauth.profiles.iter().any(|profile| profile.status == status);
        if any("expired") || any("missing") || !self.auth.missing_providers_in_use.is_empty() {
            return CheckVerdict::Broken;
        }
        let in_use: BTreeSet<&str> = std::iter::once(&self.resolved_default)
            .chain(&self.fallbacks)
            .filter_map(|model| model.split_once('/').map(|(provider, _)| provider))
            .collect();
        let idle = |provider: &&str| matches!(self.auth.active_profile.get(*provider), Some(None));
        let idle: Vec<&str> = in_use.into_iter().filter(idle).collect();
        let waits = |provider: &&str| {
            let refused = self.auth.eligibility.get(*provider).into_iter().flatten();
            refused.into_iter().any(|refused| refused.reason.until().is_some())
        };
        if !idle.iter().all(waits) {
            // No time to come makes these serve: a reference that leads nowhere, a mode that does not fit.
            CheckVerdict::Broken
        } else if !idle.is_empty() {
            CheckVerdict::Blocked
        } else if any("expiring") {
            CheckVerdict::Expiring
        } else {
            CheckVerdict::Ok
        }
    }
}

/// All providers that anything names, sorted.
fn providers(input: &StatusInput<'_>) -> Vec<ProviderId> {
    let stored = input.profiles.profiles.values().map(|stored| stored.provider());
    let ambient = input.ambient.iter().map(|ambient| &ambient.provider);
    let settings = input.config.settings();
    let configured = settings.auth.profiles.values().map(|entry| &entry.provider);
    let listed = settings.models.providers.keys();
    let models = std::iter::once(input.models.primary()).chain(input.models.fallbacks()).map(|model| model.provider());
    let all: BTreeSet<ProviderId> =
        stored.chain(ambient).chain(configured).chain(listed).chain(models).cloned().collect();
    all.into_iter().collect()
}

/// The image model and its fallbacks, as written.
pub(super) fn image_model(config: &Config) -> (Option<String>, Vec<String>) {
    let get = |path: &[&str]| config.get(&json5::Path::keys(path.iter().copied()));
    let base = ["agents", "defaults", "imageModel"];
    let whole = get(&base).and_then(|value| value.as_str().map(str::to_owned));
    let primary = get(&[&base[..], &["primary"]].concat()).and_then(|value| value.as_str().map(str::to_owned));
    let fallbacks = get(&[&base[..], &["fallbacks"]].concat());
    let fallbacks = fallbacks
        .into_iter()
        .flat_map(|list| list.elements().filter_map(|v| v.as_str().map(str::to_owned)).collect::<Vec<_>>());
    (whole.or(primary), fallbacks.collect())
}

fn auth(input: &StatusInput<'_>, providers: &[ProviderId], now: Timestamp) -> AuthStatus {
    let store = short(input.store_path, input.home);
    let mut entries = Vec::new();
    let mut with_oauth = Vec::new();
    for provider in providers {
        let profiles: Vec<_> = input.profiles.of(provider).collect();
        let entry = provider_status(input, provider, &profiles, &store, now);
        let logins = entry.profiles.oauth + entry.profiles.token;
        if logins > 0 {
            with_oauth.push(format!("{provider} ({logins})"));
        }
        if entry.effective.kind != "missing" {
            entries.push(entry);
        }
    }
    let has_any = |provider: &ProviderId| entries.iter().any(|entry| entry.provider == provider.as_str());
    let in_use = std::iter::once(input.models.primary()).chain(input.models.fallbacks()).map(|model| model.provider());
    let in_use: BTreeSet<&ProviderId> = in_use.collect();
    let missing = in_use.iter().filter(|provider| !has_any(provider)).map(ToString::to_string).collect();
    let mut active_profile = BTreeMap::new();
    let mut eligibility = BTreeMap::new();
    for provider in providers {
        let (serving, refused) = serving(input, provider, now);
        if has_any(provider) {
            active_profile.insert(provider.to_string(), serving);
        }
        if !refused.is_empty() {
            eligibility.insert(provider.to_string(), refused);
        }
    }
    AuthStatus {
        store_path: input.store_path.display().to_string(),
        shell_env_fallback: ShellEnv::default(),
        providers_with_oauth: with_oauth,
        missing_providers_in_use: missing,
        unusable_profiles: unusable(input, now),
        oauth: expiring(input, &entries, now),
        providers: entries,
        active_profile,
        eligibility,
        probes: None,
    }
}

/// Who would serve the default model of this provider now, and who would not; for another provider, any
/// model. Credentials of the environment and the configuration take part where a request would look at
/// them.
fn serving(input: &StatusInput<'_>, provider: &ProviderId, now: Timestamp) -> (Option<String>, Vec<EligibilityStatus>) {
    let models = std::iter::once(input.models.primary()).chain(input.models.fallbacks());
    let model = models.into_iter().find(|model| model.provider() == provider).map(|model| model.model());
    let secrets = SecretResolver::new(input.config.settings().secrets.clone(), input.env.clone());
    let StatusInput { profiles, health, policy, .. } = *input;
    let auth = &input.config.settings().auth;
    let stored = Case { provider, model, profiles, health, auth, policy, secrets: &secrets };
    let mut judged = vec![stored.judge(now)];
    let closed =
        judged.iter().any(|Judged { resolution, .. }| resolution.has_eligible() || fails_closed(&resolution.unusable));
    if !closed {
        // Their health lives in the process that used them.
        let (profiles, health, auth) =
            (as_profiles(input.ambient, provider), Health::default(), AuthSettings::default());
        judged.push(Case { profiles: &profiles, health: &health, auth: &auth, ..stored }.judge(now));
    }
    let serving = judged.iter().find_map(|judged| judged.resolution.usable.first());
    let serving = serving.map(|usable| usable.profile.to_string());
    let refused = judged.into_iter().flat_map(|Judged { resolution, mut problems }| {
        resolution.unusable.into_iter().map(move |Unusable { profile, reason }| EligibilityStatus {
            problem: problems.remove(&profile),
            profile_id: profile.to_string(),
            reason,
        })
    });
    (serving, refused.collect())
}

fn provider_status(
    input: &StatusInput<'_>,
    provider: &ProviderId,
    profiles: &[(&ProfileId, &Profile)],
    store: &str,
    now: Timestamp,
) -> ProviderStatus {
    let count = |kind: CredentialKind| profiles.iter().filter(|(_, profile)| profile.kind() == kind).count();
    let ambient = |env: bool| {
        let found = input.ambient.iter().find(|a| a.provider == *provider && a.source.starts_with("env:") == env)?;
        Some(Source { value: shown(&found.secret), source: found.source.clone() })
    };
    let (env, models_json) = (ambient(true), ambient(false));
    let effective = if !profiles.is_empty() {
        Effective { kind: "profiles", detail: store.to_owned() }
    } else if let Some(env) = &env {
        Effective { kind: "env", detail: env.value.clone() }
    } else if let Some(key) = &models_json {
        Effective { kind: "models.json", detail: key.value.clone() }
    } else {
        Effective { kind: "missing", detail: "missing".to_owned() }
    };
    ProviderStatus {
        provider: provider.to_string(),
        effective,
        profiles: ProfileCounts {
            count: profiles.len(),
            oauth: count(CredentialKind::OAuth),
            token: count(CredentialKind::Token),
            api_key: count(CredentialKind::ApiKey),
            labels: profiles.iter().map(|(id, profile)| label(input, id, profile, now)).collect(),
        },
        env,
        models_json,
    }
}

/// `id=mask`, `id=token:mask`, `id=OAuth (email)`, with ` [cooldown 5m]` or ` [disabled:billing 5h]`.
fn label(input: &StatusInput<'_>, id: &ProfileId, profile: &Profile, now: Timestamp) -> String {
    let secret = shown(profile.credential.secret());
    let shown = match &profile.credential {
        Credential::ApiKey { .. } => secret,
        Credential::Token { .. } => format!("token:{secret}"),
        Credential::OAuth { .. } => match &profile.email {
            Some(email) => format!("OAuth ({email})"),
            None => "OAuth".to_owned(),
        },
    };
    let note = open(input, id, now).map(|(disabled, window)| {
        let left = rounded_label(window.until.as_millis().saturating_sub(now.as_millis()));
        match (disabled, window.reason) {
            (true, Some(reason)) => format!(" [disabled:{reason} {left}]"),
            (true, None) => format!(" [disabled {left}]"),
            (false, _) => format!(" [cooldown {left}]"),
        }
    });
    crate::secret::printable(&format!("{id}={shown}{}", note.unwrap_or_default()))
}

/// The mask of a secret, or `ref(exec:vault:claude/key)`, which is not resolved for that.
fn shown(secret: &Secret) -> String {
    match secret {
        Secret::Plain(secret) if crate::secret::is_blank(secret) => "missing".to_owned(),
        Secret::Plain(secret) => mask(secret),
        Secret::Reference(reference) => format!("ref({reference})"),
        Secret::Missing => "missing".to_owned(),
    }
}

/// The profile-wide window that is open, disabled before cooldown, with the later end of the two.
fn open(input: &StatusInput<'_>, id: &ProfileId, now: Timestamp) -> Option<(bool, Window)> {
    let stats = input.health.of(id);
    let state = |window: Option<Window>| match window?.state(stats.last_failure_at, now, input.policy) {
        State::Open(window) => Some(window),
        _ => None,
    };
    let (disabled, cooldown) = (state(stats.disabled), state(stats.cooldown));
    let until = disabled.into_iter().chain(cooldown).map(|window| window.until).max()?;
    let reason = disabled.or(cooldown)?.reason;
    Some((disabled.is_some(), Window { until, reason }))
}

fn unusable(input: &StatusInput<'_>, now: Timestamp) -> Vec<UnusableStatus> {
    let mut all = Vec::new();
    for (id, stats) in &input.health.profiles {
        let provider = input.profiles.get(id).map(|profile| profile.provider.to_string());
        let entry = |disabled: bool, window: Window, model: Option<String>| UnusableStatus {
            profile_id: id.to_string(),
            provider: provider.clone(),
            kind: if disabled { "disabled" } else { "cooldown" },
            reason: window.reason.map(|reason| reason.as_str()),
            until: window.until.as_millis(),
            remaining_ms: window.until.as_millis().saturating_sub(now.as_millis()),
            model,
        };
        all.extend(open(input, id, now).map(|(disabled, window)| entry(disabled, window, None)));
        for (model, stats) in &stats.models {
            if let State::Open(window) = stats.state(now, input.policy) {
                all.push(entry(false, window, Some(model.clone())));
            }
        }
    }
    all.sort_by_key(|entry| entry.remaining_ms);
    all
}

fn expiring(input: &StatusInput<'_>, entries: &[ProviderStatus], now: Timestamp) -> Expiring {
    let mut profiles = Vec::new();
    for (id, stored) in &input.profiles.profiles {
        if let Some(profile) = stored.valid() {
            profiles.push(expiring_profile(id, profile, now));
        }
    }
    profiles.sort_by(|a, b| (&a.provider, &a.profile_id).cmp(&(&b.provider, &b.profile_id)));
    let providers = entries.iter().map(|entry| {
        let own: Vec<ExpiringProfile> = profiles.iter().filter(|p| p.provider == entry.provider).cloned().collect();
        let ends = own.iter().filter_map(|profile| profile.expires_at).min();
        let has = |status: &str| own.iter().any(|profile| profile.status == status);
        let worst = ["expired", "missing", "expiring", "ok", "static"].into_iter().find(|status| has(status));
        ExpiringProvider {
            provider: entry.provider.clone(),
            status: worst.unwrap_or("missing"),
            profiles: own,
            expires_at: ends,
            remaining_ms: ends.map(|end| end.saturating_sub(now.as_millis())),
        }
    });
    Expiring { warn_after_ms: WARN_AFTER, providers: providers.collect(), profiles }
}

fn expiring_profile(id: &ProfileId, profile: &Profile, now: Timestamp) -> ExpiringProfile {
    let end = profile.credential.expires().moment().map(Timestamp::as_millis);
    let left = end.map(|end| end.saturating_sub(now.as_millis()));
    let status = match (profile.credential.secret().is_missing(), profile.credential.expires(), left) {
        (true, ..) => "missing",
        (_, Expiry::Invalid, _) => "expired",
        (_, _, Some(..=0)) => "expired",
        (_, _, Some(..=WARN_AFTER)) => "expiring",
        (_, _, Some(_)) => "ok",
        (_, _, None) => "static",
    };
    ExpiringProfile {
        profile_id: id.to_string(),
        provider: profile.provider.to_string(),
        kind: profile.kind().as_str(),
        status,
        expires_at: end,
        remaining_ms: left,
        age_note: profile.old_token(now).map(|old| old.to_string()),
        source: "store",
        label: match &profile.email {
            Some(email) => format!("{id} ({email})"),
            None => id.to_string(),
        },
    }
}

fn short(path: &Path, home: Option<&Path>) -> String {
    match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}
