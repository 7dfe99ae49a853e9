//! What a doctor says, as data: what is wrong, how bad that is, and what would put it right.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::advice::Advice;
use crate::id::{AgentId, ProfileId};
use crate::secret::{printable, redact};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Something should be done.
    Warning,
    /// Something does not work.
    Error,
}

impl Severity {
    /// The word used in JSON and for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a finding is about: small and stable, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingCode {
    /// A folder or a file that holds secrets is open to others.
    OpenToOthers,
    /// It belongs to somebody else.
    ForeignOwner,
    /// Others may replace a folder that ours lies in.
    WritableParent,
    /// A killed process left a file.
    Leftover,
    /// OpenClaw's lock, whose holder is gone, or may be: it is dated ahead of the clock.
    StaleLock,
    /// A newer OpenClaw keeps credentials in a database here.
    NewerOpenclaw,
    /// A store says a version that is newer than ours, or none that can be read.
    NewerVersion,
    /// A store that is no JSON, or of another shape.
    BrokenStore,
    /// A store that cannot be read for another reason.
    UnreadableStore,
    /// `order` of a store names a profile that is not there.
    OrphanedOrder,
    /// `lastGood` or `usageStats` names one.
    OrphanedHealth,
    /// The configuration names a profile that no agent has.
    OrphanedConfig,
    /// Credentials in a file of an older release.
    LegacyStore,
    /// Such a file cannot be read, or an entry of it.
    LegacyUnreadable,
    /// A folder, a file, a variable or a profile under a name that has been given up.
    RetiredName,
    /// The configuration cannot be used.
    ConfigInvalid,
    /// A warning of the configuration.
    ConfigWarning,
    /// A setting that is accepted and not acted on.
    NotActedOn,
    /// Secrets stand in the configuration where references could.
    SecretsInConfig,
    /// A stored entry cannot be read.
    MalformedProfile,
    /// A profile without a secret.
    MissingCredential,
    /// A reference to a variable that is not set.
    UnresolvedRef,
    /// A credential of another kind than its profile says, or a part of one.
    WrongKind,
    /// A credential that has ended.
    Expired,
    /// One that ends soon.
    Expiring,
    /// A stored end that is no moment.
    InvalidExpires,
    /// The folder of an agent that the configuration does not list.
    UnlistedAgent,
    /// An agent without any credential.
    NoCredentials,
    /// A credential of the environment or the configuration that stored profiles keep from serving.
    Shadowed,
    /// A base URL that cannot be used, or is tolerated only.
    BaseUrl,
}

/// One thing that a doctor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub code: FindingCode,
    /// How bad it is.
    pub severity: Severity,
    /// The file or the folder.
    #[serde(serialize_with = "shown_path", skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// The line in that file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Whose folder it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// The profile.
    #[serde(serialize_with = "shown_profile", skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileId>,
    /// What is wrong and why it matters, in one sentence, without the path.
    pub message: String,
    /// What [`Doctor::fix`](super::Doctor::fix) does about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// What a person can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
}

impl Finding {
    pub(super) fn new(code: FindingCode, severity: Severity, message: impl Into<String>) -> Self {
        let message = redact(&printable(&message.into()));
        Self {
            code,
            severity,
            path: None,
            line: None,
            column: None,
            agent: None,
            profile: None,
            message,
            fix: None,
            advice: None,
        }
    }

    pub(super) fn at(self, path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    pub(super) fn of(self, agent: &AgentId) -> Self {
        Self { agent: Some(agent.clone()), ..self }
    }

    pub(super) fn about(self, profile: &ProfileId) -> Self {
        Self { profile: Some(profile.clone()), ..self }
    }

    pub(super) fn fixed_by(self, fix: Fix) -> Self {
        Self { fix: Some(fix), ..self }
    }

    /// A command with a hidden part would not work: it is left out.
    pub(super) fn advised(self, advice: Advice) -> Self {
        let command = advice.command.filter(|command| redact(command) == *command);
        Self { advice: Some(Advice { text: redact(&advice.text), command }), ..self }
    }

    /// Whether something is left to do: it is more than a note.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.severity > Severity::Note
    }
}

/// A repair that is safe: it loses nothing, and is right whatever was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fix {
    /// Takes the rights of others away from a file or a folder.
    Close {
        /// Which.
        #[serde(serialize_with = "shown_path")]
        path: PathBuf,
    },
    /// Removes what killed processes left beside a file, under its lock.
    Tidy {
        /// Beside which.
        #[serde(serialize_with = "shown_path")]
        path: PathBuf,
    },
    /// Moves a broken store out of the way, to `auth-profiles.json.corrupt-<time>` beside it.
    SetAside {
        /// Whose store.
        agent: AgentId,
    },
    /// Takes entries away from a store that name missing profiles.
    RemoveOrphans {
        /// Whose store.
        agent: AgentId,
    },
    /// Stores the credentials of an older file whose ids are free.
    Import {
        /// In whose store.
        agent: AgentId,
        /// From where.
        #[serde(serialize_with = "shown_path")]
        path: PathBuf,
    },
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Close { .. } => "take the rights of others away",
            Self::Tidy { .. } => "remove it",
            Self::SetAside { .. } => "move it to auth-profiles.json.corrupt-<time>, beside it",
            Self::RemoveOrphans { .. } => "take these entries away",
            Self::Import { .. } => "store them as <provider>:default",
        })
    }
}

/// A repair that was made, or that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Repair {
    /// What it was about.
    pub code: FindingCode,
    /// Whether it was made; otherwise the finding is still there.
    pub done: bool,
    /// What was done, or why it was not.
    pub message: String,
    /// What is left to do for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
}

fn shown_path<'p, S: Serializer>(path: impl Into<Option<&'p PathBuf>>, serializer: S) -> Result<S::Ok, S::Error> {
    match path.into() {
        Some(path) => serializer.collect_str(&path.display()),
        None => serializer.serialize_none(),
    }
}

fn shown_profile<S: Serializer>(profile: &Option<ProfileId>, serializer: S) -> Result<S::Ok, S::Error> {
    match profile {
        Some(profile) => serializer.serialize_str(&redact(profile.as_str())),
        None => serializer.serialize_none(),
    }
}

/// A path in a message.
pub(super) fn named(path: &Path) -> String {
    printable(&path.display().to_string())
}
