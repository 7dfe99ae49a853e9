//! `auth-profiles.json` on disk: one file per agent that holds credentials and health, shared with
//! OpenClaw and with every other process.

mod cache;
mod entries;
mod files;
mod read;
mod repair;
mod threads;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use futures_channel::oneshot;

use self::files::Files;
use self::threads::Threads;
use crate::disk::DiskError;
use crate::health::{Effect, Health, HealthEvent};
use crate::id::AgentId;
use crate::json5::Limits;
use crate::profile::{AuthProfiles, CredentialChange};
use crate::store::{CredentialStore, HealthStore, StoreError};

pub use entries::NotCopied;
pub(crate) use entries::{Copied, RawProfile, legacy_profiles};
pub(crate) use repair::{Examined, Orphan, tidy};

/// The name of the file in an agent's folder.
const FILE: &str = "auth-profiles.json";

const LIMITS: Limits = Limits { depth: 100, bytes: 16 * 1024 * 1024 };

/// Credentials and health in the OpenClaw folder.
///
/// Reading takes no lock, and a file that did not change is not read twice: clones share what was read.
/// Writing holds a kernel lock on a file of our own and OpenClaw's sidecar `auth-profiles.json.lock`,
/// edits only the fields that change, and replaces the file at once (temporary file, fsync, rename,
/// fsync of the folder), mode 0600. It waits at most 10 s for others. Links are written through; a
/// second hard link keeps the old content.
///
/// The work is done on threads of the store's own, so any executor will do. A change that was begun is
/// finished even if nobody waits for it any more.
#[derive(Clone)]
pub struct FileStore {
    files: Arc<Files>,
    threads: Arc<Threads>,
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Files { state_dir, agent_dirs, .. } = &*self.files;
        f.debug_struct("FileStore")
            .field("state_dir", state_dir)
            .field("agent_dirs", agent_dirs)
            .finish_non_exhaustive()
    }
}

impl FileStore {
    /// The store of a state folder (`~/.openclaw`): agents live in `<state>/agents/<id>/agent`.
    #[must_use]
    pub fn new(state_dir: impl Into<PathBuf>) -> Self {
        Self { files: Arc::new(Files::new(state_dir.into())), threads: Arc::default() }
    }

    /// This store with another folder for one agent.
    #[must_use]
    pub fn with_agent_dir(self, agent: AgentId, dir: impl Into<PathBuf>) -> Self {
        Self { files: Arc::new(self.files.with_agent_dir(agent, dir.into())), threads: Arc::default() }
    }

    /// The agent's folder.
    #[must_use]
    pub fn agent_dir(&self, agent: &AgentId) -> PathBuf {
        self.files.agent_dir(agent)
    }

    /// The agent's file.
    #[must_use]
    pub fn path(&self, agent: &AgentId) -> PathBuf {
        self.files.path(agent)
    }

    /// What shows that a newer OpenClaw keeps its credentials in a database here.
    #[must_use]
    pub fn newer_openclaw(&self, agent: &AgentId) -> Option<PathBuf> {
        self.files.newer_openclaw(agent)
    }

    /// Has work done by a thread, for a change after those of the same agent. The work goes on when the
    /// caller stops waiting.
    async fn run<T: Send + 'static>(
        &self,
        agent: &AgentId,
        is_change: bool,
        work: impl FnOnce(&Files, &AgentId) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (send, receive) = oneshot::channel();
        let (files, of) = (Arc::clone(&self.files), agent.clone());
        let job = move || {
            let _ = send.send(work(&files, &of));
        };
        let failed = |source| StoreError::Io { step: "start a thread to work on", path: self.path(agent), source };
        self.threads.run(is_change.then(|| agent.clone()), Box::new(job)).map_err(failed)?;
        receive.await.map_err(|_| failed(std::io::Error::other("the thread ended early")))?
    }

    /// As [`run`](Self::run) for a change: what it waited for others of this process is taken off its
    /// patience.
    #[expect(clippy::disallowed_methods, reason = "edge: waiting for a lock takes real time")]
    async fn change<T: Send + 'static>(
        &self,
        agent: &AgentId,
        work: impl FnOnce(&Files, &AgentId, std::time::Duration) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let start = Instant::now();
        self.run(agent, true, move |files, agent| work(files, agent, files.patience.saturating_sub(start.elapsed())))
            .await
    }
}

#[async_trait]
impl CredentialStore for FileStore {
    async fn load(&self, agent: &AgentId) -> Result<AuthProfiles, StoreError> {
        self.run(agent, false, |files, agent| {
            Ok(files.read(agent)?.map(|snapshot| snapshot.profiles.clone()).unwrap_or_default())
        })
        .await
    }

    async fn commit(&self, agent: &AgentId, change: CredentialChange) -> Result<AuthProfiles, StoreError> {
        self.change(agent, move |files, agent, patience| files.commit_change(agent, &change, patience)).await
    }
}

#[async_trait]
impl HealthStore for FileStore {
    async fn load(&self, agent: &AgentId) -> Result<Health, StoreError> {
        self.run(agent, false, |files, agent| {
            Ok(files.read(agent)?.map(|snapshot| snapshot.health.clone()).unwrap_or_default())
        })
        .await
    }

    async fn commit(&self, agent: &AgentId, event: &HealthEvent) -> Result<(Health, Effect), StoreError> {
        let event = event.clone();
        self.change(agent, move |files, agent, patience| files.commit_event(agent, &event, patience)).await
    }
}

impl From<DiskError> for StoreError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Io { step, path, source } => Self::Io { step, path, source },
            DiskError::Locked { path, waited, holder } => Self::Locked { path, waited, holder },
            DiskError::ForeignLock { path, owner } => Self::ForeignLock { path, owner },
            DiskError::Refused { path, problem } => Self::Refused { path, problem },
        }
    }
}

#[cfg(test)]
mod tests;
