//! Credentials in the files that OpenClaw had before `auth-profiles.json`: `auth.json` in an agent's
//! folder, and `oauth.json`, whose logins become the default agent's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::finding::{Finding, FindingCode, Fix, Severity};
use super::patient::Patient;
use crate::credential::CredentialKind;
use crate::disk::{self, Unreadable};
use crate::id::{AgentId, ProfileId};
use crate::store::{RawProfile, legacy_profiles};

/// Larger than any such file was.
const LIMIT: usize = 1024 * 1024;

/// One old file.
pub(super) struct Legacy {
    pub(super) path: PathBuf,
    /// Whether it stays where it is after an import: where OpenClaw keeps it, and where it is a link,
    /// since what that leads to is somebody else's to move or to close.
    pub(super) kept: bool,
    kind: Option<CredentialKind>,
}

/// What stands in it.
pub(super) struct Content {
    pub(super) profiles: Vec<RawProfile>,
    pub(super) refused: Vec<(ProfileId, &'static str)>,
}

/// The old files of an agent.
pub(super) fn files(patient: &Patient, agent: &AgentId) -> Vec<Legacy> {
    let own = patient.store.agent_dir(agent).join("auth.json");
    let mut files = vec![Legacy { kept: own.is_symlink(), path: own, kind: None }];
    if *agent == patient.default {
        let logins = patient.oauth_dir().join("oauth.json");
        files.push(Legacy { path: logins, kept: true, kind: Some(CredentialKind::OAuth) });
    }
    files
}

impl Legacy {
    /// What stands in the file; `None` if there is none, an error if it cannot be read.
    pub(super) fn read(&self) -> Result<Option<Content>, &'static str> {
        let text = match disk::read(&self.path, LIMIT) {
            Ok(text) => text,
            Err(Unreadable::Missing(_)) => return Ok(None),
            Err(Unreadable::Io(_)) => return Err("it cannot be read"),
            Err(Unreadable::NotRegular) => return Err("it is not a regular file"),
            Err(Unreadable::TooLarge) => return Err("it is too large"),
            Err(Unreadable::Encoding(_)) => return Err("it is not UTF-8"),
        };
        let found = legacy_profiles(&text, self.kind).ok_or("it is not such a file, or not valid JSON")?;
        let mut content = Content { profiles: Vec::new(), refused: Vec::new() };
        for (id, raw) in found {
            match raw {
                Ok(raw) => content.profiles.push(raw),
                Err(problem) => content.refused.push((id, problem)),
            }
        }
        Ok(Some(content))
    }
}

/// The ids under which the old files of an agent bring what the store does not have yet: what the store
/// says of them is about them. `None` if a file cannot be read, and nobody knows.
pub(super) fn waiting(patient: &Patient, agent: &AgentId) -> Option<BTreeSet<ProfileId>> {
    let stored = patient.profiles(agent)?;
    let mut ids = BTreeSet::new();
    for file in files(patient, agent) {
        let Some(content) = file.read().ok()? else { continue };
        ids.extend(content.profiles.into_iter().filter(|raw| !raw.is_in(&stored)).map(|raw| raw.id));
    }
    Some(ids)
}

pub(super) fn check(patient: &Patient, agent: &AgentId) -> Vec<Finding> {
    // What a newer OpenClaw left is its own business, and behind a broken store nobody knows what is new.
    let Some(stored) = patient.profiles(agent).filter(|_| patient.store.newer_openclaw(agent).is_none()) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for file in files(patient, agent) {
        let content = match file.read() {
            Ok(Some(content)) => content,
            Ok(None) => continue,
            Err(problem) => {
                let text = format!("credentials of an older release may stand in this file, but {problem}");
                findings.push(Finding::new(FindingCode::LegacyUnreadable, Severity::Warning, text).at(&file.path));
                continue;
            }
        };
        let new: Vec<&RawProfile> = content.profiles.iter().filter(|raw| !raw.is_in(&stored)).collect();
        if !new.is_empty() {
            let ids: Vec<&str> = new.iter().map(|raw| raw.id.as_str()).collect();
            let text = format!("credentials of an older release that are not in the store: {}", ids.join(", "));
            let finding = Finding::new(FindingCode::LegacyStore, Severity::Warning, text).at(&file.path);
            findings.push(match patient.is_writable(agent) {
                true => finding.fixed_by(Fix::Import { agent: agent.clone(), path: file.path.clone() }),
                false => finding,
            });
        }
        findings.extend(content.refused.iter().map(|(id, problem)| refused(&file.path, id, problem)));
    }
    findings.into_iter().map(|finding| finding.of(agent)).collect()
}

fn refused(path: &Path, id: &ProfileId, problem: &str) -> Finding {
    let text = format!("the entry that would become {id} cannot be taken over: {problem}");
    Finding::new(FindingCode::LegacyUnreadable, Severity::Note, text).at(path).about(id)
}
