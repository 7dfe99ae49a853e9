//! Where credentials and their health are kept: two ports, and the stores behind them.

#[cfg(feature = "fs")]
mod file;
mod memory;
#[cfg(feature = "fs")]
mod wire;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use crate::health::{Effect, Health, HealthEvent};
use crate::id::AgentId;
use crate::json5::{EditError, Position};
use crate::profile::{AuthProfiles, ChangeError, CredentialChange};

#[cfg(feature = "fs")]
pub(crate) use file::{Copied, Examined, Orphan, RawProfile, legacy_profiles, tidy};
#[cfg(feature = "fs")]
pub use file::{FileStore, NotCopied};
pub use memory::MemoryStore;
#[cfg(feature = "fs")]
pub(crate) use wire::Version;

/// Keeps the credentials of agents.
///
/// A change is data and is applied inside the store's lock, so two processes that change different
/// profiles lose nothing. Reading takes no lock and never writes.
///
/// `testing::conformance::credential_store` (feature `test-util`) checks what is promised here: agents
/// apart from each other, what a change answers and leaves, what is refused and leaves everything as it
/// was, nothing lost among many at once; `combined_store`, for a store that is a [`HealthStore`] too,
/// that a different secret clears its profile's windows, that what the old one still reports changes
/// nothing, and that a removed profile leaves no health. It cannot check that this is one write, that
/// reading takes no lock, nor what survives a crash.
///
/// ```
/// use async_trait::async_trait;
/// use openclaw_core::{AgentId, AuthProfiles, CredentialChange, CredentialStore, StoreError};
///
/// /// Credentials that the program was built with: nobody changes them.
/// #[derive(Debug)]
/// struct Fixed(AuthProfiles);
///
/// #[async_trait]
/// impl CredentialStore for Fixed {
///     async fn load(&self, _agent: &AgentId) -> Result<AuthProfiles, StoreError> {
///         Ok(self.0.clone())
///     }
///     async fn commit(&self, _agent: &AgentId, _change: CredentialChange) -> Result<AuthProfiles, StoreError> {
///         Err(StoreError::ReadOnly { place: "the program itself".into(), reason: "it is compiled in".into() })
///     }
/// }
/// # futures_executor::block_on(async {
/// assert!(Fixed(AuthProfiles::default()).load(&AgentId::main()).await?.profiles.is_empty());
/// # Ok::<(), StoreError>(()) }).unwrap();
/// ```
#[async_trait]
pub trait CredentialStore: fmt::Debug + Send + Sync {
    /// The agent's credentials; an agent without any has an empty document.
    ///
    /// # Errors
    /// What is there cannot be read. It is never treated as empty.
    async fn load(&self, agent: &AgentId) -> Result<AuthProfiles, StoreError>;

    /// Applies a change and returns the document after it.
    ///
    /// # Errors
    /// Why nothing was changed.
    async fn commit(&self, agent: &AgentId, change: CredentialChange) -> Result<AuthProfiles, StoreError>;
}

/// Keeps the health of agents' profiles.
///
/// An event is applied atomically and the answer tells what happened, so that a trial is granted
/// once, even across processes.
///
/// `testing::conformance::health_store` (feature `test-util`) checks what is promised here: agents apart
/// from each other, the effect and the health after every kind of event as [`HealthEvent::apply`] has
/// them, a trial granted once and a window opened once among many at once, no event lost. It cannot
/// check other processes, nor what survives a crash.
///
/// ```
/// use std::sync::Mutex;
/// use async_trait::async_trait;
/// use openclaw_core::{AgentId, Effect, Health, HealthEvent, HealthStore, StoreError};
///
/// /// One health for all agents.
/// #[derive(Debug, Default)]
/// struct Shared(Mutex<Health>);
///
/// #[async_trait]
/// impl HealthStore for Shared {
///     async fn load(&self, _agent: &AgentId) -> Result<Health, StoreError> {
///         Ok(self.0.lock().unwrap().clone())
///     }
///     async fn commit(&self, _agent: &AgentId, event: &HealthEvent) -> Result<(Health, Effect), StoreError> {
///         let mut health = self.0.lock().unwrap();
///         let effect = event.apply(&mut health);
///         Ok((health.clone(), effect))
///     }
/// }
/// # futures_executor::block_on(async {
/// let event = HealthEvent::Cleared { profile: None, model: None };
/// let (_, effect) = Shared::default().commit(&AgentId::main(), &event).await?;
/// assert_eq!(effect, Effect::Unchanged);
/// # Ok::<(), StoreError>(()) }).unwrap();
/// ```
#[async_trait]
pub trait HealthStore: fmt::Debug + Send + Sync {
    /// The health of the agent's profiles.
    ///
    /// # Errors
    /// It cannot be read. A request goes on with what is in memory.
    async fn load(&self, agent: &AgentId) -> Result<Health, StoreError>;

    /// Applies an event; returns the health after it and what changed.
    ///
    /// # Errors
    /// It cannot be written. A request goes on with what is in memory.
    async fn commit(&self, agent: &AgentId, event: &HealthEvent) -> Result<(Health, Effect), StoreError>;
}

/// Why a store cannot be read or written. Nothing was changed, and no text of it is shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused a step.
    #[error("cannot {step} {}", path.display())]
    Io {
        /// What was tried: `read`, `create`, `rename`, …
        step: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file is no JSON.
    #[error("{}:{position}: not valid JSON: {problem}; nothing was changed. Repair the file by hand, or move it away and store the credentials again", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where.
        position: Position,
        /// What is wrong there.
        problem: String,
    },
    /// The file is JSON of another shape.
    #[error("{}: {problem}; nothing was changed", path.display())]
    Shape {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The file says a version that is newer than this program knows.
    #[error("{}: version {version} is newer than this program understands (1); it is read, but not written", path.display())]
    NewerVersion {
        /// Which file.
        path: PathBuf,
        /// What it says.
        version: i64,
    },
    /// The file says a version that is no whole number, so nobody can tell what it is.
    #[error("{}: its version is no whole number, as 1 is, which this program understands; it is read, but not written", path.display())]
    UnknownVersion {
        /// Which file.
        path: PathBuf,
    },
    /// The folder is used by a newer OpenClaw, which would stop if it found our file.
    #[error("{} belongs to a newer OpenClaw, which keeps credentials in a database; nothing is written there. Use a folder of your own: set OPENCLAW_STATE_DIR", marker.display())]
    NewerOpenClaw {
        /// What gave it away.
        marker: PathBuf,
    },
    /// Somebody else held the lock for too long.
    #[error("{} is locked by {holder} for more than {} s; try again, or stop that program", path.display(), waited.as_secs_f64().round())]
    Locked {
        /// Which file.
        path: PathBuf,
        /// How long we waited.
        waited: Duration,
        /// Who holds it, as far as it is known.
        holder: String,
    },
    /// Another user made the lock, and closed it: a run as root of an old version, or a copied folder.
    #[error("{} belongs to user {owner} and is closed to this one; if no program of theirs is at work here, remove it: rm '{}'", path.display(), path.display())]
    ForeignLock {
        /// Which file.
        path: PathBuf,
        /// Whose it is, as a number.
        owner: u32,
    },
    /// What stands at the path is no file of ours.
    #[error("{} is {problem}; nothing was read or written", path.display())]
    Refused {
        /// Which path.
        path: PathBuf,
        /// What it is.
        problem: &'static str,
    },
    /// This store takes no changes.
    #[error("{place} cannot be changed: {reason}")]
    ReadOnly {
        /// Which store.
        place: String,
        /// Why.
        reason: String,
    },
    /// The change itself is refused.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The file's text cannot be edited without guessing.
    #[error("{}: {source}; nothing was changed", path.display())]
    Edit {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: EditError,
    },
}
