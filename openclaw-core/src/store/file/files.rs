//! The work itself, on the calling thread: reading a store, and changing it under the lock.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::cache::Cache;
use super::{FILE, LIMITS, read};
use crate::disk::{self, Access, Durability, FileLock, Staged, target};
use crate::health::{Effect, Health, HealthEvent};
use crate::id::AgentId;
use crate::json5::{Edit, edit_scanned};
use crate::profile::{AuthProfiles, CredentialChange};
use crate::store::StoreError;
use crate::store::wire::{self, Snapshot, Version};

/// Where the files are, and what is known of them.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) state_dir: PathBuf,
    pub(super) agent_dirs: HashMap<AgentId, PathBuf>,
    pub(super) patience: Duration,
    pub(super) cache: Cache,
    /// The files beside which no temporary file of a killed process can lie any more.
    swept: Mutex<HashSet<PathBuf>>,
}

/// A change, worked out.
pub(super) struct Update<T> {
    pub(super) value: T,
    pub(super) edits: Vec<Edit>,
    pub(super) durability: Durability,
}

impl Files {
    pub(super) fn new(state_dir: PathBuf) -> Self {
        Self { state_dir, patience: disk::PATIENCE, ..Self::default() }
    }

    /// The same files with another folder for one agent, and nothing known of them.
    pub(super) fn with_agent_dir(&self, agent: AgentId, dir: PathBuf) -> Self {
        let mut agent_dirs = self.agent_dirs.clone();
        agent_dirs.insert(agent, dir);
        Self { state_dir: self.state_dir.clone(), agent_dirs, patience: self.patience, ..Self::default() }
    }

    pub(super) fn agent_dir(&self, agent: &AgentId) -> PathBuf {
        let usual = || self.state_dir.join("agents").join(agent.as_str()).join("agent");
        self.agent_dirs.get(agent).cloned().unwrap_or_else(usual)
    }

    pub(super) fn path(&self, agent: &AgentId) -> PathBuf {
        self.agent_dir(agent).join(FILE)
    }

    pub(super) fn newer_openclaw(&self, agent: &AgentId) -> Option<PathBuf> {
        let dir = self.agent_dir(agent);
        let markers = [
            self.state_dir.join("openclaw.sqlite"),
            self.state_dir.join("state").join("openclaw.sqlite"),
            dir.join("openclaw-agent.sqlite"),
            dir.join("openclaw.sqlite"),
            dir.join("auth-state.json"),
        ];
        markers.into_iter().find(|marker| read::exists(marker))
    }

    /// The agent's file; `None` if there is none.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub(super) fn read(&self, agent: &AgentId) -> Result<Option<Arc<Snapshot>>, StoreError> {
        let path = self.path(agent);
        let found = target(&path)?;
        if let Some(snapshot) = self.cache.fresh(&found) {
            return Ok(Some(snapshot));
        }
        match read::snapshot(&path, &self.cache, self.patience) {
            // OpenClaw writes in place, under its sidecar: look once more when it has finished.
            Err(StoreError::Syntax { .. }) if disk::wait_for_writer(&found, self.patience) => {
                read::snapshot(&path, &self.cache, self.patience)
            }
            other => other,
        }
    }

    /// Applies a change to the credentials. Waits for others for as long as `patience`.
    pub(super) fn commit_change(
        &self,
        agent: &AgentId,
        change: &CredentialChange,
        patience: Duration,
    ) -> Result<AuthProfiles, StoreError> {
        self.update(agent, patience, |before| {
            let (profiles, edits) = wire::change_edits(before, change)?;
            Ok(Update { value: profiles, edits, durability: Durability::Durable })
        })
    }

    /// Applies an event to the health. Waits for others for as long as `patience`.
    pub(super) fn commit_event(
        &self,
        agent: &AgentId,
        event: &HealthEvent,
        patience: Duration,
    ) -> Result<(Health, Effect), StoreError> {
        self.update(agent, patience, |before| {
            let mut health = before.health.clone();
            let effect = event.apply(&mut health);
            let edits = wire::health_edits(before, &health);
            let durability = if effect.must_last() { Durability::Durable } else { Durability::Lazy };
            Ok(Update { value: (health, effect), edits, durability })
        })
    }

    /// Reads, changes and writes under the lock.
    pub(super) fn update<T>(
        &self,
        agent: &AgentId,
        patience: Duration,
        change: impl FnOnce(&Snapshot) -> Result<Update<T>, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(marker) = self.newer_openclaw(agent) {
            return Err(StoreError::NewerOpenClaw { marker });
        }
        let path = self.path(agent);
        disk::make_folder(&self.agent_dir(agent))?;
        let target = target(&path)?;
        let mut lock = FileLock::acquire(&target, patience)?;
        self.sweep(&target, lock.after_a_death());
        // Read even if the stamp says that nothing changed: what is lost by a wrong guess here is lost.
        let before = match read::snapshot(&target, &self.cache, self.patience)? {
            Some(snapshot) => snapshot,
            None => Arc::new(read::parse(&target, wire::EMPTY_STORE.to_owned().into())?),
        };
        let update = change(&before)?;
        if update.edits.is_empty() {
            return Ok(update.value);
        }
        match before.version {
            Version::Known => {}
            Version::Newer(version) => return Err(StoreError::NewerVersion { path, version }),
            Version::Unknown => return Err(StoreError::UnknownVersion { path }),
        }
        let text = edit_scanned(&before.text, Cow::Borrowed(&before.document), &update.edits, &LIMITS)
            .map_err(|source| StoreError::Edit { path: path.clone(), source })?;
        // What was written must mean what was meant, or nothing is written.
        let after = read::parse(&target, text)?;
        let written = Staged::write(&target, after.text.as_bytes(), update.durability, Access::Private)
            .and_then(|staged| lock.still_held(&target).and_then(|()| staged.commit()));
        if let Err(error) = written {
            self.unsweep(&target);
            return Err(error.into());
        }
        lock.keep_sidecar();
        // Written a moment ago: it is compared with what the next reader finds, and not trusted before.
        self.cache.keep(&target, Arc::new(after), None);
        Ok(update.value)
    }

    /// Removes what a killed process left: after its death, and once for each file, since nobody says
    /// what was here before this process.
    fn sweep(&self, target: &Path, after_a_death: bool) {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if !swept.contains(target) || after_a_death {
            disk::sweep(target);
            swept.insert(target.to_owned());
        }
    }

    /// A write that failed may have failed to clean up as well.
    fn unsweep(&self, target: &Path) {
        self.swept.lock().unwrap_or_else(PoisonError::into_inner).remove(target);
    }
}
