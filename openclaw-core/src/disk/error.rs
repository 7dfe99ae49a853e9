//! Why a file was not read or written.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::secret::printable;

/// Why a file was not read, locked or written. The file is as it was before, whole.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DiskError {
    /// The operating system refused a step.
    #[error("cannot {step} {}", shown(path))]
    Io {
        /// What was tried: `read`, `create`, `replace`, …
        step: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Somebody else held the lock for too long.
    #[error("{} is locked by {holder} for more than {} s; try again, or stop that program", shown(path), waited.as_secs_f64().round())]
    Locked {
        /// Which file.
        path: PathBuf,
        /// How long we waited.
        waited: Duration,
        /// Who holds it, as far as it is known.
        holder: String,
    },
    /// Another user made the lock, and closed it: a run as root of an old version, or a copied folder.
    #[error(
        "{} belongs to user {owner} and is closed to this one; if no program of theirs is at work here, remove it: rm '{}'",
        shown(path),
        shown(path)
    )]
    ForeignLock {
        /// Which file.
        path: PathBuf,
        /// Whose it is, as a number.
        owner: u32,
    },
    /// What stands at the path is no file that may be written here.
    #[error("{} is {problem}; nothing was read or written", shown(path))]
    Refused {
        /// Which path.
        path: PathBuf,
        /// What it is.
        problem: &'static str,
    },
}

impl DiskError {
    /// For `map_err`: the error of a step on a path.
    pub(crate) fn io(step: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { step, path, source }
    }
}

fn shown(path: &std::path::Path) -> String {
    printable(&path.display().to_string())
}
