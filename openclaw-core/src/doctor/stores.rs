//! One agent's store: whether it can be read and written, and whether it names what is not there.

use super::credentials;
use super::finding::{Finding, FindingCode, Fix, Severity};
use super::patient::Patient;
use crate::advice::Advice;
use crate::config::shown_path;
use crate::id::AgentId;
use crate::store::{Examined, Orphan, StoreError, Version};

pub(super) fn check(patient: &Patient, agent: &AgentId) -> Vec<Finding> {
    if let Some(marker) = patient.store.newer_openclaw(agent) {
        let text = "a newer OpenClaw keeps its credentials in a database here; this program writes none there, \
                    since that would stop it";
        let advice = Advice { text: "use a folder of your own: set OPENCLAW_STATE_DIR".to_owned(), command: None };
        return vec![Finding::new(FindingCode::NewerOpenclaw, Severity::Error, text).at(marker).advised(advice)];
    }
    match patient.stores.get(agent) {
        Some(Err(error)) => vec![unreadable(patient, agent, error)],
        Some(Ok(Some(examined))) => {
            let mut findings: Vec<Finding> = newer(patient, agent, examined).into_iter().collect();
            findings.extend(orphaned(patient, agent, examined));
            if patient.is_listed(agent) {
                findings.extend(credentials::check(patient, agent, &examined.profiles));
            } else if !examined.profiles.profiles.is_empty() {
                findings.push(unlisted(patient, agent));
            }
            findings
        }
        Some(Ok(None)) if patient.is_listed(agent) => credentials::none(patient, agent).into_iter().collect(),
        Some(Ok(None)) | None => Vec::new(),
    }
}

/// Whatever could be said of its credentials, no command takes the agent's name.
fn unlisted(patient: &Patient, agent: &AgentId) -> Finding {
    let text = "the configuration lists no agent of this name, so nobody uses the credentials that lie here";
    let advice = Advice::new("delete the folder, or list the agent again", format!("openclaw agents add {agent}"));
    let finding = Finding::new(FindingCode::UnlistedAgent, Severity::Note, text);
    finding.at(patient.store.agent_dir(agent)).of(agent).advised(advice)
}

fn unreadable(patient: &Patient, agent: &AgentId, error: &StoreError) -> Finding {
    let path = patient.store.path(agent);
    let broken = |text: String| {
        Finding::new(FindingCode::BrokenStore, Severity::Error, text)
            .at(&path)
            .of(agent)
            .fixed_by(Fix::SetAside { agent: agent.clone() })
            .advised(Advice {
                text: "correct the file by hand if you can: what is set aside has to be stored again".to_owned(),
                command: None,
            })
    };
    match error {
        StoreError::Syntax { position, problem, .. } => Finding {
            line: Some(position.line),
            column: Some(position.column),
            ..broken(format!("not valid JSON: {problem}; none of this agent's credentials can be used"))
        },
        StoreError::Shape { problem, .. } => {
            broken(format!("this is no store: {problem}; none of this agent's credentials can be used"))
        }
        other => {
            let text = match other {
                StoreError::Io { step, source, .. } => format!("cannot {step} it: {source}"),
                StoreError::Refused { problem, .. } => format!("it is {problem}"),
                other => other.to_string(),
            };
            let text = format!("{text}; none of this agent's credentials can be used");
            Finding::new(FindingCode::UnreadableStore, Severity::Error, text).at(path).of(agent)
        }
    }
}

fn newer(patient: &Patient, agent: &AgentId, examined: &Examined) -> Option<Finding> {
    let said = match examined.version {
        Version::Known => return None,
        Version::Newer(version) => format!("version {version}"),
        Version::Unknown => "a version that is no whole number".to_owned(),
    };
    let text = format!("it says {said}, and this program knows 1: it is read, and never written");
    let finding = Finding::new(FindingCode::NewerVersion, Severity::Error, text);
    Some(finding.at(patient.store.path(agent)).of(agent))
}

fn orphaned(patient: &Patient, agent: &AgentId, examined: &Examined) -> Vec<Finding> {
    let Some(elsewhere) = patient.known_elsewhere(agent) else { return Vec::new() };
    let (order, health): (Vec<Orphan>, Vec<Orphan>) =
        examined.orphans(&elsewhere).into_iter().partition(Orphan::is_order);
    let finding = |orphans: &[Orphan], code, severity, what: &str| {
        let places: Vec<String> = orphans.iter().map(place).collect();
        let finding = Finding::new(code, severity, format!("{what}: {}", places.join(", ")));
        let finding = finding.at(patient.store.path(agent)).of(agent);
        match examined.version {
            Version::Known => finding.fixed_by(Fix::RemoveOrphans { agent: agent.clone() }),
            Version::Newer(_) | Version::Unknown => finding,
        }
    };
    let mut findings = Vec::new();
    if !order.is_empty() {
        let what = "the stored order names profiles that are not there";
        findings.push(finding(&order, FindingCode::OrphanedOrder, Severity::Warning, what));
    }
    if !health.is_empty() {
        let what = "what is remembered of profiles that are not there";
        findings.push(finding(&health, FindingCode::OrphanedHealth, Severity::Note, what));
    }
    findings
}

/// `order.anthropic[1] (anthropic:gone)`; the key of `usageStats` says the id already.
pub(super) fn place(orphan: &Orphan) -> String {
    let path = shown_path(&orphan.path);
    if path.starts_with("usageStats") { path } else { format!("{path} ({})", orphan.id) }
}
