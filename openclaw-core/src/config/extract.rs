//! The typed view of a tree that has been validated.

use std::collections::{BTreeMap, HashSet};

use secrecy::SecretString;

use super::settings::{
    AgentSettings, AuthProfileSettings, AuthSettings, CooldownSettings, ModelChoice, ModelEntry, ModelParams,
    ProviderSettings, SecretReference, Settings,
};
use super::value::{Tree, Value};
use crate::credential::CredentialKind;
use crate::id::{AgentId, ProfileId, ProviderId};

pub(super) fn extract(root: &Tree) -> Settings {
    let members = |keys: &[&str]| root.at(keys).map(Tree::members).unwrap_or_default();
    Settings {
        env: env(root),
        auth: AuthSettings {
            profiles: members(&["auth", "profiles"]).iter().filter_map(auth_profile).collect(),
            order: members(&["auth", "order"]).iter().map(order).collect(),
            cooldowns: root.at(&["auth", "cooldowns"]).map(cooldowns).unwrap_or_default(),
        },
        model: root.at(&["agents", "defaults", "model"]).map(model_choice).unwrap_or_default(),
        models: members(&["agents", "defaults", "models"]).iter().map(model_entry).collect(),
        agents: root.at(&["agents", "list"]).map(Tree::elements).unwrap_or_default().iter().map(agent).collect(),
        providers: members(&["models", "providers"]).iter().map(provider).collect(),
    }
}

fn text(tree: &Tree, key: &str) -> Option<String> {
    tree.get(key).and_then(Tree::text).map(str::to_owned)
}

fn number(tree: &Tree, key: &str) -> Option<f64> {
    match tree.get(key)?.value {
        Value::Number(number) => Some(number.as_f64()),
        _ => None,
    }
}

/// Hours that are not above zero count as not given, as in OpenClaw.
fn hours(tree: &Tree, key: &str) -> Option<f64> {
    number(tree, key).filter(|hours| *hours > 0.0)
}

fn secret(tree: &Tree) -> Option<SecretString> {
    match &tree.value {
        Value::Secret(secret) => Some(secret.clone()),
        _ => tree.text().map(SecretString::from),
    }
}

/// The variables of the `env` block that have a value; a direct `env.X` wins over `env.vars.X`.
pub(super) fn env(root: &Tree) -> Vec<(String, SecretString)> {
    let block = root.get("env").map(Tree::members).unwrap_or_default();
    let vars = root.at(&["env", "vars"]).map(Tree::members).unwrap_or_default();
    let filled = |(name, value): &(String, Tree)| {
        let secret = secret(value).filter(|secret| !crate::secret::is_blank(secret))?;
        Some((name.clone(), secret))
    };
    let mut all: Vec<_> = block.iter().filter_map(filled).collect();
    let direct: HashSet<String> = all.iter().map(|(name, _)| name.clone()).collect();
    all.extend(vars.iter().filter(|(name, _)| !direct.contains(name.as_str())).filter_map(filled));
    all
}

fn auth_profile((id, tree): &(String, Tree)) -> Option<(ProfileId, AuthProfileSettings)> {
    let mode = match tree.get("mode")?.text()? {
        "api_key" => CredentialKind::ApiKey,
        "token" => CredentialKind::Token,
        "oauth" => CredentialKind::OAuth,
        _ => return None,
    };
    let provider = ProviderId::new(tree.get("provider")?.text()?);
    Some((ProfileId::new(id).ok()?, AuthProfileSettings { provider, mode, email: text(tree, "email") }))
}

fn order((provider, ids): &(String, Tree)) -> (ProviderId, Vec<ProfileId>) {
    let ids = ids.elements().iter().filter_map(Tree::text);
    (ProviderId::new(provider), ids.filter_map(|id| ProfileId::new(id.trim()).ok()).collect())
}

fn cooldowns(tree: &Tree) -> CooldownSettings {
    let by_provider = tree.get("billingBackoffHoursByProvider");
    let by_provider = by_provider.map(Tree::members).unwrap_or_default().iter();
    let by_provider = by_provider.filter_map(|(id, value)| match value.value {
        Value::Number(number) => Some((ProviderId::new(id), number.as_f64())).filter(|(_, hours)| *hours > 0.0),
        _ => None,
    });
    CooldownSettings {
        billing_backoff_hours: hours(tree, "billingBackoffHours"),
        billing_backoff_hours_by_provider: by_provider.collect::<BTreeMap<_, _>>(),
        billing_max_hours: hours(tree, "billingMaxHours"),
        failure_window_hours: hours(tree, "failureWindowHours"),
    }
}

fn model_choice(tree: &Tree) -> ModelChoice {
    if let Some(primary) = tree.text() {
        return ModelChoice { primary: Some(primary.to_owned()), fallbacks: None };
    }
    let fallbacks = tree.get("fallbacks").map(|list| list.elements().iter().filter_map(Tree::text).map(str::to_owned));
    ModelChoice { primary: text(tree, "primary"), fallbacks: fallbacks.map(Iterator::collect) }
}

fn model_entry((reference, tree): &(String, Tree)) -> ModelEntry {
    let params = tree.get("params");
    let of = |key| params.and_then(|params| text(params, key));
    let max_tokens = params.and_then(|params| params.get("maxTokens")).and_then(|tree| match tree.value {
        Value::Number(number) => number.as_u64().and_then(|count| u32::try_from(count).ok()),
        _ => None,
    });
    ModelEntry {
        reference: reference.clone(),
        alias: text(tree, "alias"),
        params: ModelParams {
            cache_control_ttl: of("cacheControlTtl"),
            cache_retention: of("cacheRetention"),
            temperature: params.and_then(|params| number(params, "temperature")),
            max_tokens,
        },
    }
}

fn agent(tree: &Tree) -> AgentSettings {
    AgentSettings {
        id: AgentId::new(tree.get("id").and_then(Tree::text).unwrap_or("")),
        default: matches!(tree.get("default").map(|tree| &tree.value), Some(Value::Bool(true))),
        agent_dir: text(tree, "agentDir"),
        model: tree.get("model").map(model_choice),
    }
}

fn provider((id, tree): &(String, Tree)) -> (ProviderId, ProviderSettings) {
    let key = tree.get("apiKey");
    let mut settings = ProviderSettings {
        base_url: text(tree, "baseUrl"),
        api_key: key.and_then(secret).filter(|key| !crate::secret::is_blank(key)),
        api_key_missing_var: key.and_then(missing_variable),
        api_key_ref: key.and_then(reference),
        api: text(tree, "api"),
        ..ProviderSettings::default()
    };
    for (name, value) in tree.get("headers").map(Tree::members).unwrap_or_default() {
        if let Some(variable) = missing_variable(value) {
            settings.headers_missing_var.push((name.clone(), variable));
        } else if let Some(reference) = reference(value) {
            settings.header_refs.push((name.clone(), reference));
        } else if let Some(text) = secret(value) {
            settings.headers.push((name.clone(), text));
        }
    }
    (ProviderId::new(id), settings)
}

fn missing_variable(tree: &Tree) -> Option<String> {
    match &tree.value {
        Value::Missing(name) => Some(name.clone()),
        _ => None,
    }
}

fn reference(tree: &Tree) -> Option<SecretReference> {
    Some(SecretReference { source: text(tree, "source")?, provider: text(tree, "provider"), id: text(tree, "id")? })
}
