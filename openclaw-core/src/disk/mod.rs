//! Files that several programs share: read whole, written at once, one writer at a time.
//!
//! The store and the configuration write by the same discipline: a kernel lock on a file of our own
//! and OpenClaw's sidecar; a temporary file, closed to others from its first moment, that takes the
//! place of the old one; links of ours written through, anything that is no regular file refused; whose a
//! file was, it stays.

mod backup;
mod calls;
mod error;
mod lock;
mod owner;
mod read;
mod repair;
mod sidecar;
mod stamp;
#[cfg(test)]
mod tests;
mod write;

use std::path::{Path, PathBuf};

pub(crate) use backup::{Backup, backups, delete, places};
#[cfg(test)]
pub(crate) use calls::{Fault, plan};
pub use error::DiskError;
pub(crate) use lock::{FileLock, PATIENCE, wait_for_writer};
pub(crate) use read::{Unreadable, read, read_stamped, target};
pub(crate) use repair::{Entry, LeftLock, close, entries, left_lock, leftovers, set_aside, user};
pub(crate) use stamp::Stamp;
pub(crate) use write::{Access, Durability, Staged, make_folder, sweep};

/// The folder that a file lies in; a bare name lies in the current one.
pub(crate) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
