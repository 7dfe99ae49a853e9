//! The error of the composed parts: what failed, and what kind of thing that is.

use thiserror::Error;

use crate::config::ConfigError;
#[cfg(feature = "fs")]
use crate::config::SaveError;
use crate::credential::CredentialError;
use crate::failover::Exhausted;
use crate::health::FailureReason;
use crate::id::{AgentId, IdError, ProfileId};
use crate::messages::RenderError;
use crate::model::ModelError;
use crate::outcome::Failure;
use crate::paths::PathsError;
use crate::provider::AuthError;
use crate::store::StoreError;

/// Why a request was not answered, or something could not be set up. Never holds a secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The configuration cannot be edited.
    #[cfg(feature = "fs")]
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The credentials cannot be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was given is not the credential that was asked for.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// A model reference or choice cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A name cannot be used.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The OpenClaw folder cannot be found.
    #[error(transparent)]
    Paths(#[from] PathsError),
    /// A base URL cannot be used.
    #[error("the base URL of provider {provider} {problem}")]
    BaseUrl {
        /// Whose.
        provider: String,
        /// What is wrong with it.
        problem: crate::base_url::BaseUrlError,
    },
    /// The request cannot be put into words for the wire.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A credential cannot be put on a request.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The profile that was asked for does not exist.
    #[error("No credentials found for profile \"{profile}\". Agent: {agent}. Auth store: {place}.")]
    ProfileNotFound {
        /// Which.
        profile: ProfileId,
        /// Whose store was looked at.
        agent: AgentId,
        /// Where that is.
        place: String,
    },
    /// An agent that the configuration does not know.
    #[error("Unknown agent id \"{agent}\". Use \"openclaw agents list\" to see configured agents.")]
    UnknownAgent {
        /// The name as given.
        agent: String,
    },
    /// An agent cannot be added.
    #[cfg(feature = "fs")]
    #[error(transparent)]
    Agent(#[from] crate::installation::AgentError),
    /// The models of the configuration cannot be changed so.
    #[cfg(feature = "fs")]
    #[error(transparent)]
    ModelEdit(#[from] crate::installation::ModelEditError),
    /// Every candidate was tried or passed over.
    #[error("{0}")]
    Exhausted(Box<Exhausted>),
    /// The request itself is at fault: neither another profile nor another model would help.
    #[error("{0}")]
    Request(Box<Failure>),
    /// The deadline of the request passed.
    #[error("the deadline passed before an answer came{}", .0.models.is_empty().then(String::new).unwrap_or_else(|| format!(": {}", .0)))]
    Deadline(Box<Exhausted>),
    /// The answer broke off after its first words. Nothing is retried then, since words would double.
    #[error("the answer broke off: {0}")]
    BrokenOff(Box<Failure>),
    /// Something needed is missing in the setup of the program.
    #[error("{0}")]
    Setup(String),
}

/// The kind of an [`enum@Error`]: small and stable. Exit codes, JSON and hints hang on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration. User action: repair the file at the place named.
    Config,
    /// The credential store. User action: as the message says.
    Store,
    /// Input that cannot be used: a credential, a name, a model. User action: give another.
    Input,
    /// No credential for the provider. User action: store one for this agent.
    NoCredentials,
    /// No such profile. User action: store it, or name another.
    ProfileNotFound,
    /// No such agent.
    UnknownAgent,
    /// Every profile is blocked now. User action: wait, or add another.
    Unavailable,
    /// The provider failed every attempt, for this reason at last.
    Failed(FailureReason),
    /// The request is at fault. User action: change it.
    Request(FailureReason),
    /// The deadline passed.
    Deadline,
    /// The answer broke off.
    BrokenOff,
    /// The program is set up wrongly.
    Setup,
}

impl Error {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            #[cfg(feature = "fs")]
            Self::Save(_) => ErrorKind::Config,
            Self::Config(_) | Self::BaseUrl { .. } => ErrorKind::Config,
            Self::Store(_) => ErrorKind::Store,
            Self::Credential(_) | Self::Model(_) | Self::Id(_) => ErrorKind::Input,
            Self::Render(_) => ErrorKind::Request(FailureReason::Format),
            Self::Auth(_) => ErrorKind::Failed(FailureReason::Auth),
            Self::ProfileNotFound { .. } => ErrorKind::ProfileNotFound,
            Self::UnknownAgent { .. } => ErrorKind::UnknownAgent,
            #[cfg(feature = "fs")]
            Self::Agent(_) | Self::ModelEdit(_) => ErrorKind::Input,
            Self::Exhausted(exhausted) if exhausted.no_credentials() => ErrorKind::NoCredentials,
            Self::Exhausted(exhausted) => {
                let tried = exhausted.models.iter().any(|record| !record.tried.is_empty());
                match exhausted.reason() {
                    Some(reason) if tried => ErrorKind::Failed(reason),
                    _ => ErrorKind::Unavailable,
                }
            }
            Self::Request(failure) => ErrorKind::Request(failure.reason),
            Self::Deadline(_) => ErrorKind::Deadline,
            Self::BrokenOff(_) => ErrorKind::BrokenOff,
            Self::Setup(_) | Self::Paths(_) => ErrorKind::Setup,
        }
    }
}

impl ErrorKind {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Store => "store",
            Self::Input => "input",
            Self::NoCredentials => "no_credentials",
            Self::ProfileNotFound => "profile_not_found",
            Self::UnknownAgent => "unknown_agent",
            Self::Unavailable => "unavailable",
            Self::Failed(reason) | Self::Request(reason) => reason.as_str(),
            Self::Deadline => "deadline",
            Self::BrokenOff => "broken_off",
            Self::Setup => "setup",
        }
    }
}
