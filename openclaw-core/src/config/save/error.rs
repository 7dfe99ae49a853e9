//! Why a configuration was not edited.

use std::error::Error as _;
use std::path::PathBuf;

use thiserror::Error;

use super::super::{ConfigError, Origin, Problem};
use crate::disk::DiskError;
use crate::json5::{EditError, Path, SyntaxError};
use crate::secret::printable;

/// Why a configuration was not edited. Nothing was written then, and no value is shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The configuration cannot be read, so nobody knows what an edit would mean.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No single file can take the edit.
    #[error(transparent)]
    Owner(Box<OwnerError>),
    /// The value given is not JSON5.
    #[error("cannot set {}: the value given is not JSON5: {error}", path_shown(path))]
    Value {
        /// The path of the edit.
        path: Path,
        /// What is wrong with the value; the position counts from its start.
        error: SyntaxError,
    },
    /// The text of the file cannot be edited that way.
    #[error("{}: {}", shown(file), with_cause(error))]
    Edit {
        /// The file.
        file: PathBuf,
        /// Why not.
        error: Box<EditError>,
    },
    /// The value given holds an `$include`.
    #[error(
        "cannot set {}: the value holds an $include, which only a person can place; write it into the file by hand",
        path_shown(path)
    )]
    IncludeInValue {
        /// The path of the edit.
        path: Path,
    },
    /// After the edit the files would not merge to what was asked for.
    #[error(
        "cannot edit {}: {origin} would be edited, but other files add to that value; edit them by hand",
        path_shown(path)
    )]
    NotAsIntended {
        /// The path of the edit.
        path: Path,
        /// The place that would have been edited.
        origin: Origin,
    },
    /// The edited configuration would have problems that it has not now.
    #[error("the edit would make the configuration invalid:\n{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid {
        /// The new problems. Positions are those of the edited text.
        problems: Vec<Problem>,
    },
    /// A file of the configuration changed after the edit was planned.
    #[error("{} was changed by somebody else in the meantime; look at it and try again", shown(path))]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be locked, read or written.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl From<OwnerError> for SaveError {
    fn from(error: OwnerError) -> Self {
        Self::Owner(Box::new(error))
    }
}

impl SaveError {
    /// The problems that the edited configuration would have; empty for every other error.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid { problems } => problems,
            Self::Config(error) => error.problems(),
            _ => &[],
        }
    }
}

/// Why no single file can take an edit. The rules are those of `$include`: what several files say
/// merges, so a change in one of them need not be the change that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OwnerError {
    /// The path names an `$include`, which is no part of the merged configuration.
    #[error("cannot edit {}: $include is followed, not edited; change it in the file by hand", path_shown(path))]
    IncludeKey {
        /// The path of the edit.
        path: Path,
    },
    /// A key of the path stands more than once in its object.
    #[error(
        "cannot edit {}: the key {} stands more than once in its object, at {}; remove all but one by hand",
        path_shown(path),
        path_shown(at),
        listed(places, " and at ")
    )]
    Duplicate {
        /// The path of the edit.
        path: Path,
        /// The path of the key.
        at: Path,
        /// Where it stands; the last place counts.
        places: Vec<Origin>,
    },
    /// The file that owns the value is included more than once.
    #[error(
        "cannot edit {}: it stands in {}, which is included more than once ({}), so an edit there would change several places; edit it by hand",
        path_shown(path),
        shown(file),
        listed(includes, " and ")
    )]
    Shared {
        /// The path of the edit.
        path: Path,
        /// The file.
        file: PathBuf,
        /// Where it is included.
        includes: Vec<Origin>,
    },
    /// The value is merged from several places.
    #[error(
        "cannot set {}: it is composed of {}; set the keys in it instead",
        path_shown(path),
        listed(places, " and ")
    )]
    Composed {
        /// The path of the edit.
        path: Path,
        /// The places, the strongest last.
        places: Vec<Origin>,
    },
    /// The value stands nowhere yet, and several files could take it.
    #[error(
        "cannot set {}: it could be written at {}, and nothing tells which; write it there by hand",
        path_shown(path),
        listed(places, " or at ")
    )]
    Ambiguous {
        /// The path of the edit.
        path: Path,
        /// The objects that it could be written into.
        places: Vec<Origin>,
    },
    /// The value to be removed stands in several places.
    #[error(
        "cannot unset {}: it stands at {}; removing one would leave the other, so remove them by hand",
        path_shown(path),
        listed(places, " and at ")
    )]
    Repeated {
        /// The path of the edit.
        path: Path,
        /// The places, the strongest last.
        places: Vec<Origin>,
    },
    /// The path leads through something that has no such place.
    #[error(
        "{origin}: cannot set {}: {} is of type {found}, not {expected}; set that as a whole first",
        path_shown(path),
        path_shown(at)
    )]
    Kind {
        /// The path of the edit.
        path: Path,
        /// Where the path cannot go on.
        at: Path,
        /// Where that is written.
        origin: Box<Origin>,
        /// What stands there.
        found: &'static str,
        /// What the path needs there.
        expected: &'static str,
    },
    /// An index behind the end of its array; the end itself appends.
    #[error(
        "{origin}: cannot set {}: {} has {length} elements; the next index is {length}",
        path_shown(path),
        path_shown(at)
    )]
    Index {
        /// The path of the edit.
        path: Path,
        /// The array.
        at: Path,
        /// Where it (or its last part) is written.
        origin: Box<Origin>,
        /// How many elements it has.
        length: usize,
    },
}

fn shown(path: impl AsRef<std::path::Path>) -> String {
    printable(&path.as_ref().display().to_string())
}

/// Keys are data: a pasted credential or a control character may be among them.
fn path_shown(path: &Path) -> String {
    if path.segments().is_empty() { "the whole configuration".to_owned() } else { super::super::shown_path(path) }
}

/// In one line: what holds this error says all of it.
fn with_cause(error: &EditError) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn listed(places: &[Origin], and: &str) -> String {
    places.iter().map(ToString::to_string).collect::<Vec<_>>().join(and)
}
