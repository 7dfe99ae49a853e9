//! Backups beside a file: `<file>.bak` is the newest, `<file>.bak.4` the oldest, as OpenClaw names
//! them. Closed to others whatever the file itself is.

#![expect(clippy::disallowed_methods, reason = "edge: backups are files")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Access, DiskError, Durability, Staged, folder, name_of};

/// How many states are kept.
const KEPT: usize = 5;

/// The places of the backups, newest first.
pub(crate) fn places(target: &Path) -> impl Iterator<Item = PathBuf> {
    let (folder, name) = (folder(target), name_of(target));
    (0..KEPT).map(move |age| match age {
        0 => folder.join(format!("{name}.bak")),
        age => folder.join(format!("{name}.bak.{age}")),
    })
}

/// The backups that exist, newest first.
pub(crate) fn backups(target: &Path) -> impl Iterator<Item = PathBuf> {
    places(target).filter(|place| place.symlink_metadata().is_ok())
}

/// Deletes a backup.
pub(crate) fn delete(backup: &Path) -> Result<(), DiskError> {
    match fs::remove_file(backup) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(DiskError::Io { step: "delete the backup", path: backup.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// A state that is about to become the newest backup. It waits in a temporary file, complete, so that
/// what is slow about it is over before anything moves.
#[derive(Debug)]
pub(crate) struct Backup {
    target: PathBuf,
    staged: Staged,
}

impl Backup {
    /// Writes the state beside the backups. Only under the target's lock.
    pub(crate) fn write(target: &Path, content: &[u8]) -> Result<Self, DiskError> {
        let newest = places(target).next().unwrap_or_default();
        let staged = Staged::write(&newest, content, Durability::Durable, Access::CopyOf(target))?;
        Ok(Self { target: target.to_owned(), staged })
    }

    /// Goes in front of the backups and lets the oldest go; returns its place.
    ///
    /// The others move one by one from the oldest on: whoever is killed in between leaves a gap or a
    /// state twice, and the newest one in its place. The next rotation closes a gap.
    pub(crate) fn rotate(self) -> Result<PathBuf, DiskError> {
        let places: Vec<PathBuf> = places(&self.target).collect();
        let newest = places.first().cloned().unwrap_or_default();
        backups(&self.target).try_for_each(|backup| close(&backup))?;
        let gap = places.iter().position(|place| place.symlink_metadata().is_err()).unwrap_or(KEPT - 1);
        for pair in places.windows(2).take(gap).rev() {
            let [younger, older] = pair else { continue };
            // The newest one keeps its place until the new one takes it, where the file system has links.
            if *younger != newest || fs::hard_link(younger, older).is_err() {
                fs::rename(younger, older).map_err(DiskError::io("move the backup", younger))?;
            }
        }
        self.staged.commit()?;
        Ok(newest)
    }
}

/// OpenClaw leaves backups that everybody may read. What is neither a file nor a link is no backup,
/// and in the way of one.
fn close(backup: &Path) -> Result<(), DiskError> {
    let Ok(metadata) = backup.symlink_metadata() else { return Ok(()) };
    if !metadata.is_file() && !metadata.is_symlink() {
        return Err(DiskError::Refused { path: backup.to_owned(), problem: "not a regular file" });
    }
    #[cfg(unix)]
    if metadata.is_file() && std::os::unix::fs::MetadataExt::mode(&metadata) & 0o077 != 0 {
        use std::os::unix::fs::PermissionsExt as _;
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(backup, private).map_err(DiskError::io("close the backup", backup))?;
    }
    Ok(())
}
