//! The environment, and names that have been given up.

use std::path::Path;

use super::finding::{Finding, FindingCode, Severity, named};
use super::patient::Patient;
use crate::advice::{Advice, word};
use crate::base_url::check_base_url;
use crate::credential::Expiry;
use crate::failover::{AmbientCredential, ambient_credentials};
use crate::id::{AgentId, ProviderId};

const RETIRED_FOLDERS: [&str; 3] = [".clawdbot", ".moltbot", ".moldbot"];
const RETIRED_FILES: [&str; 3] = ["clawdbot.json", "moltbot.json", "moldbot.json"];
const RETIRED_VARIABLES: [&str; 3] = ["CLAWDBOT_", "MOLTBOT_", "MOLDBOT_"];
/// Those that are still read here; OpenClaw reads none of them any more (late 2026).
const STILL_READ: [&str; 2] = ["CLAWDBOT_STATE_DIR", "CLAWDBOT_CONFIG_PATH"];
const BASE_URL: &str = "ANTHROPIC_BASE_URL";

pub(super) fn check(patient: &Patient) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(retired(&patient.paths.state_dir, &RETIRED_FOLDERS, ".openclaw"));
    findings.extend(retired(&patient.paths.config_path, &RETIRED_FILES, "openclaw.json"));
    findings.extend(patient.process.names().filter_map(variable));
    findings.extend(base_url(patient));
    findings.extend(shadowed(patient));
    findings
}

fn retired(path: &Path, old: &[&str], new: &str) -> Option<Finding> {
    let name = path.file_name()?.to_str()?;
    if !old.contains(&name) || path.symlink_metadata().is_err() {
        return None;
    }
    let text = format!("{name} is a name that OpenClaw has given up; its newer releases look for {new} only");
    let command = format!("mv -n {} {}", word(&named(path)), word(&named(&path.with_file_name(new))));
    let advice = Advice::new("rename it while no OpenClaw runs", command);
    Some(Finding::new(FindingCode::RetiredName, Severity::Note, text).at(path).advised(advice))
}

fn variable(name: &str) -> Option<Finding> {
    let rest = RETIRED_VARIABLES.iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let advice = Advice { text: format!("set OPENCLAW_{rest} instead"), command: None };
    let finding = if STILL_READ.contains(&name) {
        let text = format!("the variable {name} is still read here, and no longer by OpenClaw");
        Finding::new(FindingCode::RetiredName, Severity::Note, text)
    } else {
        let text = format!("the variable {name} is set, and nothing reads it any more");
        Finding::new(FindingCode::RetiredName, Severity::Warning, text)
    };
    Some(finding.advised(advice))
}

/// The base URL counts only from the process, and only where the configuration says none.
fn base_url(patient: &Patient) -> Option<Finding> {
    let text = patient.process.get(BASE_URL)?.trim();
    let configured = |config: &crate::config::Config| {
        let providers = &config.settings().models.providers;
        providers.get(&ProviderId::anthropic()).is_some_and(|provider| provider.base_url.is_some())
    };
    if patient.config.as_ref().is_ok_and(configured) {
        return None;
    }
    if let Err(problem) = check_base_url(text) {
        let text = format!("{BASE_URL} {problem}; no request is sent there");
        return Some(Finding::new(FindingCode::BaseUrl, Severity::Error, text));
    }
    text.trim_end_matches('/').ends_with("/v1").then(|| {
        let text = format!("{BASE_URL} ends with /v1, which is tolerated here and doubled by other programs");
        Finding::new(FindingCode::BaseUrl, Severity::Note, text)
    })
}

/// Credentials that stored profiles keep from serving: a paid key never starts silently.
fn shadowed(patient: &Patient) -> Vec<Finding> {
    let Ok(config) = &patient.config else { return Vec::new() };
    let ambient = ambient_credentials(&patient.env, config.settings());
    let finding = |ambient: AmbientCredential| {
        let agents = patient.agents.iter().filter(|agent| has_own(patient, agent, &ambient.provider));
        let agents: Vec<&str> = agents.map(AgentId::as_str).collect();
        let text = format!(
            "{} is not used by {}: stored profiles of {} come first",
            ambient.source,
            agents.join(", "),
            ambient.provider
        );
        (!agents.is_empty()).then(|| Finding::new(FindingCode::Shadowed, Severity::Note, text))
    };
    ambient.into_iter().filter_map(finding).collect()
}

/// Whether the agent has a stored profile of the provider that may serve, now or after a cooldown.
fn has_own(patient: &Patient, agent: &AgentId, provider: &ProviderId) -> bool {
    patient.profiles(agent).is_some_and(|profiles| {
        profiles.of(provider).any(|(_, profile)| {
            let ended = match profile.credential.expires() {
                Expiry::Never => false,
                Expiry::At(end) => patient.now >= end,
                Expiry::Invalid => true,
            };
            !ended && !profile.credential.secret().is_missing()
        })
    })
}
