//! Folders and files: who may get at them, whose they are, and what was left in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::finding::{Finding, FindingCode, Fix, Severity, named};
use super::{configuration, patient::Patient};
use crate::advice::{Advice, word};
use crate::disk::{self, Entry, LeftLock};

/// The names in an agent's folder that hold secrets, also with an ending behind them.
const SECRET_FILES: [&str; 3] = ["auth-profiles.json", "auth.json", "models.json"];

pub(super) fn check(patient: &Patient) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let owner = owner(patient);
    let foreign = Entry::at(&patient.paths.state_dir).is_some_and(|state| state.owner != owner);
    for place in folders(patient).into_iter().chain(files(patient)) {
        let Some(entry) = Entry::at(&place).filter(|entry| seen.insert(entry.real.clone())) else { continue };
        findings.extend(open(patient, &place, &entry));
        // If all belongs to somebody else, saying it once is enough.
        if entry.owner != owner && (!foreign || place == patient.paths.state_dir) {
            findings.push(foreign_owner(&place, &entry, owner));
        }
    }
    for parent in parents(patient) {
        findings.extend(Entry::at(&parent).and_then(|entry| writable(&parent, &entry)));
    }
    findings.extend(left_behind(patient));
    findings
}

/// Who should own everything: we; for root, whoever owns the state folder.
fn owner(patient: &Patient) -> u32 {
    match disk::user() {
        0 => Entry::at(&patient.paths.state_dir).map_or(0, |state| state.owner),
        user => user,
    }
}

fn folders(patient: &Patient) -> Vec<PathBuf> {
    let state = &patient.paths.state_dir;
    let mut folders = vec![state.clone(), patient.oauth_dir(), state.join("agents")];
    for agent in &patient.agents {
        folders.push(state.join("agents").join(agent.as_str()));
        folders.push(patient.store.agent_dir(agent));
    }
    folders
}

fn files(patient: &Patient) -> Vec<PathBuf> {
    let config = &patient.paths.config_path;
    let mut files = vec![config.clone(), patient.paths.state_dir.join(".env"), patient.oauth_dir().join("oauth.json")];
    files.extend(disk::backups(config));
    files.extend(configuration::files_with_secrets(patient));
    for agent in &patient.agents {
        let dir = patient.store.agent_dir(agent);
        let holds_secrets = |name: &String| {
            let rest = SECRET_FILES.iter().find_map(|file| name.strip_prefix(file));
            rest.is_some_and(|rest| rest != ".lock" && (rest.is_empty() || rest.starts_with('.')))
        };
        files.extend(disk::entries(&dir).iter().filter(|name| holds_secrets(name)).map(|name| dir.join(name)));
    }
    files
}

fn open(patient: &Patient, place: &Path, entry: &Entry) -> Option<Finding> {
    // A pipe or a socket holds nothing; that it cannot be used is told of the store or the configuration.
    if !entry.is_open() || !(entry.is_dir || entry.real.is_file()) {
        return None;
    }
    let how = if entry.mode & 0o022 == 0 { "read" } else { "change" };
    let text = format!("others may {how} it (mode {:04o}), and it may hold credentials", entry.mode & 0o777);
    let finding = Finding::new(FindingCode::OpenToOthers, Severity::Warning, text).at(place);
    // What lies elsewhere may be meant for others too, and a sticky folder is everybody's.
    let state = Entry::at(&patient.paths.state_dir).map(|state| state.real);
    let inside = state.is_some_and(|state| entry.real.starts_with(&state) && state.parent().is_some());
    let beside = |agent| place.parent() == Some(patient.store.agent_dir(agent).as_path());
    let own_file = !entry.is_dir && !place.is_symlink() && patient.agents.iter().any(beside);
    let shared = !(inside || own_file) || (entry.is_dir && entry.mode & 0o1000 != 0);
    let may = disk::user() == 0 || disk::user() == entry.owner;
    Some(if shared || !may {
        // Only its owner can.
        let command = may.then(|| format!("chmod go-rwx {}", word(&named(place))));
        let who = if may { "close it" } else { "its owner should close it" };
        finding.advised(Advice { text: format!("{who}, unless others are meant to read it"), command })
    } else {
        finding.fixed_by(Fix::Close { path: place.to_path_buf() })
    })
}

fn foreign_owner(place: &Path, entry: &Entry, owner: u32) -> Finding {
    let text = format!("it belongs to another user (id {}), who may read and change it", entry.owner);
    let command = format!("sudo chown {owner} {}", word(&named(place)));
    Finding::new(FindingCode::ForeignOwner, Severity::Warning, text)
        .at(place)
        .advised(Advice::new("give it to the user who works with it", command))
}

/// The folders that the state folder and agents' own folders lie in.
fn parents(patient: &Patient) -> Vec<PathBuf> {
    let agents = patient.agents.iter().map(|agent| patient.store.agent_dir(agent));
    let state = Entry::at(&patient.paths.state_dir).map(|state| state.real);
    let tops = std::iter::once(patient.paths.state_dir.clone()).chain(agents).filter_map(|top| Entry::at(&top));
    let mut found = BTreeSet::new();
    for top in tops {
        let outside = |parent: &&Path| state.as_ref().is_none_or(|state| !parent.starts_with(state));
        found.extend(top.real.ancestors().skip(1).filter(outside).map(Path::to_path_buf));
    }
    found.into_iter().collect()
}

fn writable(parent: &Path, entry: &Entry) -> Option<Finding> {
    // In a sticky folder (/tmp) nobody renames what belongs to others.
    if entry.mode & 0o1000 != 0 {
        return None;
    }
    let (severity, who, flag) = match entry.mode & 0o022 {
        0 => return None,
        // A group of one's own is usual on some systems.
        0o020 => (Severity::Note, "its group", "g-w"),
        _ => (Severity::Warning, "everybody", "go-w"),
    };
    let text = format!("{who} may replace what lies in this folder, credentials included");
    let command = format!("chmod {flag} {}", word(&named(parent)));
    let advice = Advice::new("let nobody else write there", command);
    Some(Finding::new(FindingCode::WritableParent, severity, text).at(parent).advised(advice))
}

fn left_behind(patient: &Patient) -> Vec<Finding> {
    let mut findings = Vec::new();
    let config = disk::target(&patient.paths.config_path).ok();
    findings.extend(config.iter().flat_map(|target| beside(target, true)));
    for agent in &patient.agents {
        let target = disk::target(&patient.store.path(agent)).ok();
        let found = target.iter().flat_map(|target| beside(target, patient.is_writable(agent)));
        findings.extend(found.map(|finding| finding.of(agent)));
    }
    findings
}

/// What killed processes left beside a file.
fn beside(target: &Path, writable: bool) -> Vec<Finding> {
    let fix = |finding: Finding| match writable {
        true => finding.fixed_by(Fix::Tidy { path: target.to_path_buf() }),
        false => finding,
    };
    let leftovers = disk::leftovers(target).into_iter().map(|path| {
        let text = "a process that was killed left this file, which may hold credentials";
        fix(Finding::new(FindingCode::Leftover, Severity::Warning, text).at(path))
    });
    let lock = disk::left_lock(target).map(|LeftLock { path, is_ahead }| {
        // Nobody else takes it for dead before the clock has caught up: OpenClaw would not get by it.
        let (severity, text) = if is_ahead {
            (
                Severity::Warning,
                "this lock is dated ahead of the clock, so OpenClaw waits for it even if its holder is gone",
            )
        } else {
            (Severity::Note, "a program that is gone left this lock; the next write would remove it")
        };
        fix(Finding::new(FindingCode::StaleLock, severity, text).at(path))
    });
    leftovers.chain(lock).collect()
}
