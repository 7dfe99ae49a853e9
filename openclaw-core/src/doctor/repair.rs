//! Making a repair: under the lock of what it changes, and only if it is still needed.

use std::path::Path;

use super::finding::{FindingCode, Fix, Repair, named};
use super::patient::Patient;
use super::{legacy, stores};
use crate::advice::Advice;
use crate::disk::{self, DiskError};
use crate::id::AgentId;
use crate::secret::{printable, redact};
use crate::store::{RawProfile, StoreError, tidy};
use crate::time::Timestamp;

/// Makes it; nothing is said if somebody else did so meanwhile.
pub(super) fn apply(patient: &Patient, code: FindingCode, fix: &Fix) -> Vec<Repair> {
    let said = |message: String| redact(&printable(&message));
    let done = |message: String, advice| Repair { code, done: true, message: said(message), advice };
    let made = match fix {
        Fix::Close { path } => disk::close(path).map_err(Failure::from).map(|closed| {
            closed.then(|| done(format!("closed {} to others", named(path)), None)).into_iter().collect()
        }),
        Fix::Tidy { path } => tidy(path, disk::PATIENCE)
            .map_err(Failure::from)
            .map(|removed| removed.iter().map(|path| done(format!("removed {}", named(path)), None)).collect()),
        Fix::SetAside { agent } => set_aside(patient, agent).map(|message| {
            let advice = Advice::store("anthropic", patient.named(agent));
            let text = "store this agent's credentials again".to_owned();
            let advice = patient.is_listed(agent).then_some(Advice { text, ..advice });
            message.map(|message| done(message, advice)).into_iter().collect()
        }),
        Fix::RemoveOrphans { agent } => remove_orphans(patient, agent)
            .map(|message| message.map(|message| done(message, None)).into_iter().collect()),
        Fix::Import { agent, path } => import(patient, agent, path)
            .map(|messages| messages.into_iter().map(|message| done(message, None)).collect()),
    };
    made.unwrap_or_else(|Failure(message)| vec![Repair { code, done: false, message: said(message), advice: None }])
}

/// Why a repair was not made, with its cause.
struct Failure(String);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::of(&error)
    }
}

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Self {
        Self::of(&error)
    }
}

impl Failure {
    fn of(error: &dyn std::error::Error) -> Self {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Self(format!("{error}{cause}"))
    }
}

fn set_aside(patient: &Patient, agent: &AgentId) -> Result<Option<String>, Failure> {
    let path = patient.store.path(agent);
    let place = patient.store.set_aside(agent, &format!("corrupt-{}", stamp(patient.now)))?;
    Ok(place.map(|place| format!("moved {} to {}", named(&path), named(&place))))
}

fn remove_orphans(patient: &Patient, agent: &AgentId) -> Result<Option<String>, Failure> {
    let Some(elsewhere) = patient.known_elsewhere(agent) else { return Ok(None) };
    let removed = patient.store.remove_orphans(agent, &elsewhere)?;
    let places: Vec<String> = removed.iter().map(stores::place).collect();
    let path = named(&patient.store.path(agent));
    Ok((!places.is_empty()).then(|| format!("took out of {path}: {}", places.join(", "))))
}

/// Stores what is new, and moves the file away where OpenClaw would delete it: nothing is lost, and
/// nobody takes it for a file in use.
fn import(patient: &Patient, agent: &AgentId, path: &Path) -> Result<Vec<String>, Failure> {
    let files = legacy::files(patient, agent);
    let Some(file) = files.into_iter().find(|file| file.path == path) else { return Ok(Vec::new()) };
    let content = file.read().map_err(|problem| Failure(format!("{}: {problem}", named(path))))?;
    let Some(content) = content else { return Ok(Vec::new()) };
    let stored = patient.store.add_raw(agent, &content.profiles)?;
    let ids: Vec<&str> = content.profiles.iter().map(|RawProfile { id, .. }| id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().filter(|id| stored.iter().any(|stored| stored.as_str() == *id)).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut messages = vec![format!("stored {} from {}", ids.join(", "), named(path))];
    if !file.kept
        && let Some(place) = disk::set_aside(path, &format!("imported-{}", stamp(patient.now)))?
    {
        messages.push(format!("moved {} to {}; delete that when all works", named(path), named(&place)));
    }
    Ok(messages)
}

/// The moment as part of a file's name: `20261122T213000Z`.
fn stamp(now: Timestamp) -> String {
    now.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect()
}
