//! `auth-profiles.json` on disk: one file per agent that holds credentials and health, shared with
//! OpenClaw and with every other process.

mod read;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_channel::oneshot;

use crate::disk::{self, Access, DiskError, Durability, FileLock, Staged, target};
use crate::health::{Effect, Health, HealthEvent};
use crate::id::AgentId;
use crate::json5::{Edit, Limits, edit};
use crate::profile::{AuthProfiles, CredentialChange};
use crate::store::wire::{self, Snapshot};
use crate::store::{CredentialStore, HealthStore, StoreError};

/// The name of the file in an agent's folder.
const FILE: &str = "auth-profiles.json";

const LIMITS: Limits = Limits { depth: 100, bytes: 16 * 1024 * 1024 };

/// Credentials and health in the OpenClaw folder.
///
/// Reading takes no lock. Writing holds a kernel lock on a file of our own and OpenClaw's sidecar
/// `auth-profiles.json.lock`, edits only the fields that change, and replaces the file at once
/// (temporary file, fsync, rename, fsync of the folder), mode 0600. It waits at most 10 s for
/// others. The work is done on a thread of its own, so any executor will do.
#[derive(Debug, Clone)]
pub struct FileStore {
    state_dir: PathBuf,
    agent_dirs: Arc<HashMap<AgentId, PathBuf>>,
    patience: Duration,
}

impl FileStore {
    /// The store of a state folder (`~/.openclaw`): agents live in `<state>/agents/<id>/agent`.
    #[must_use]
    pub fn new(state_dir: impl Into<PathBuf>) -> Self {
        Self { state_dir: state_dir.into(), agent_dirs: Arc::default(), patience: disk::PATIENCE }
    }

    /// This store with another folder for one agent.
    #[must_use]
    pub fn with_agent_dir(mut self, agent: AgentId, dir: impl Into<PathBuf>) -> Self {
        let mut dirs = (*self.agent_dirs).clone();
        dirs.insert(agent, dir.into());
        self.agent_dirs = Arc::new(dirs);
        self
    }

    /// The agent's folder.
    #[must_use]
    pub fn agent_dir(&self, agent: &AgentId) -> PathBuf {
        let usual = || self.state_dir.join("agents").join(agent.as_str()).join("agent");
        self.agent_dirs.get(agent).cloned().unwrap_or_else(usual)
    }

    /// The agent's file.
    #[must_use]
    pub fn path(&self, agent: &AgentId) -> PathBuf {
        self.agent_dir(agent).join(FILE)
    }

    /// What shows that a newer OpenClaw keeps its credentials in a database here.
    #[must_use]
    pub fn newer_openclaw(&self, agent: &AgentId) -> Option<PathBuf> {
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

    /// Reads the agent's file, on the calling thread.
    ///
    /// # Errors
    /// It is there and cannot be read.
    fn read(&self, agent: &AgentId) -> Result<Option<Snapshot>, StoreError> {
        let path = self.path(agent);
        match read::snapshot(&path, self.patience) {
            // OpenClaw writes in place, under its sidecar: look once more when it has finished.
            Err(StoreError::Syntax { .. }) if disk::wait_for_writer(&target(&path)?, self.patience) => {
                read::snapshot(&path, self.patience)
            }
            other => other,
        }
    }

    /// Reads, changes and writes under the lock, on the calling thread.
    fn update<T>(
        &self,
        agent: &AgentId,
        change: impl FnOnce(&Snapshot) -> Result<Update<T>, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(marker) = self.newer_openclaw(agent) {
            return Err(StoreError::NewerOpenClaw { marker });
        }
        let path = self.path(agent);
        disk::make_folder(&self.agent_dir(agent))?;
        let target = target(&path)?;
        let _lock = FileLock::acquire(&target, self.patience)?;
        disk::sweep(&target);
        let before = match read::snapshot(&target, self.patience)? {
            Some(snapshot) => snapshot,
            None => read::parse(&target, wire::EMPTY_STORE.to_owned().into())?,
        };
        let update = change(&before)?;
        if update.edits.is_empty() {
            return Ok(update.value);
        }
        if before.version > wire::VERSION {
            return Err(StoreError::NewerVersion { path, version: before.version });
        }
        let text = edit(&before.text, &update.edits, &LIMITS)
            .map_err(|source| StoreError::Edit { path: path.clone(), source })?;
        // What was written must mean what was meant, or nothing is written.
        read::parse(&target, text.clone())?;
        Staged::write(&target, text.as_bytes(), update.durability, Access::Private)?.commit()?;
        Ok(update.value)
    }

    fn commit_change(&self, agent: &AgentId, change: &CredentialChange) -> Result<AuthProfiles, StoreError> {
        self.update(agent, |before| {
            let mut profiles = before.profiles.clone();
            let consequence = change.apply(&mut profiles)?;
            let mut edits = wire::credential_edits(before, &profiles);
            let mut health = before.health.clone();
            change.refresh_health(consequence, &mut health);
            edits.extend(wire::health_edits(before, &health));
            Ok(Update { value: profiles, edits, durability: Durability::Durable })
        })
    }

    fn commit_event(&self, agent: &AgentId, event: &HealthEvent) -> Result<(Health, Effect), StoreError> {
        self.update(agent, |before| {
            let mut health = before.health.clone();
            let effect = event.apply(&mut health);
            let edits = wire::health_edits(before, &health);
            let durability = if effect.must_last() { Durability::Durable } else { Durability::Lazy };
            Ok(Update { value: (health, effect), edits, durability })
        })
    }
}

struct Update<T> {
    value: T,
    edits: Vec<Edit>,
    durability: Durability,
}

#[async_trait]
impl CredentialStore for FileStore {
    async fn load(&self, agent: &AgentId) -> Result<AuthProfiles, StoreError> {
        let (store, agent) = (self.clone(), agent.clone());
        off_the_executor(self.path(&agent), move || {
            store.read(&agent).map(|s| s.map(|s| s.profiles).unwrap_or_default())
        })
        .await
    }

    async fn commit(&self, agent: &AgentId, change: CredentialChange) -> Result<AuthProfiles, StoreError> {
        let (store, agent) = (self.clone(), agent.clone());
        off_the_executor(self.path(&agent), move || store.commit_change(&agent, &change)).await
    }
}

#[async_trait]
impl HealthStore for FileStore {
    async fn load(&self, agent: &AgentId) -> Result<Health, StoreError> {
        let (store, agent) = (self.clone(), agent.clone());
        off_the_executor(self.path(&agent), move || store.read(&agent).map(|s| s.map(|s| s.health).unwrap_or_default()))
            .await
    }

    async fn commit(&self, agent: &AgentId, event: &HealthEvent) -> Result<(Health, Effect), StoreError> {
        let (store, agent, event) = (self.clone(), agent.clone(), event.clone());
        off_the_executor(self.path(&agent), move || store.commit_event(&agent, &event)).await
    }
}

/// Runs file work on a thread of its own. The work goes on when the caller stops waiting: a change
/// that was begun is finished.
async fn off_the_executor<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (send, receive) = oneshot::channel();
    let spawned = std::thread::Builder::new().name("openclaw-store".to_owned()).spawn(move || {
        let _ = send.send(work());
    });
    let failed = |source| StoreError::Io { step: "start a thread to work on", path: path.clone(), source };
    spawned.map_err(&failed)?;
    receive.await.map_err(|_| failed(std::io::Error::other("the thread ended early")))?
}

impl From<DiskError> for StoreError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Io { step, path, source } => Self::Io { step, path, source },
            DiskError::Locked { path, waited, holder } => Self::Locked { path, waited, holder },
            DiskError::Refused { path, problem } => Self::Refused { path, problem },
        }
    }
}

#[cfg(test)]
mod tests;
