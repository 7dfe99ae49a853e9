//! Writing a file: all of it or nothing, and never open to more people than before.

#![expect(clippy::disallowed_methods, reason = "edge: shared files are written here")]

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{DiskError, folder, name_of};

/// Whether a change must survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On the disk before the call returns.
    Durable,
    /// Whole at any moment, but perhaps lost in a power cut.
    Lazy,
}

/// Who may read the new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// We alone (0600).
    Private,
    /// Whoever could read the file that is replaced: owner, group and mode stay. A new file is private.
    AsBefore,
}

/// Temporary files carry this ending, so that those of a killed process can be told and removed.
const TEMPORARY: &str = ".openclaw-tmp";

/// Makes the folder and those above it, closed to others.
pub(crate) fn make_folder(dir: &Path) -> Result<(), DiskError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(DiskError::io("create the folder", dir))
}

/// Opens a new file that only we can read, from the first moment.
pub(super) fn create_private(path: &Path, create_new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).create_new(create_new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// New content, complete in a temporary file beside its target. It takes the target's place with
/// [`commit`](Self::commit) and is removed if it is dropped before.
#[derive(Debug)]
pub(crate) struct Staged {
    temporary: PathBuf,
    target: PathBuf,
    durability: Durability,
    waiting: bool,
}

impl Staged {
    /// Writes the content beside the target. Only under the target's lock.
    pub(crate) fn write(
        target: &Path,
        content: &[u8],
        durability: Durability,
        access: Access,
    ) -> Result<Self, DiskError> {
        let before = match access {
            Access::Private => None,
            Access::AsBefore => existing(target)?,
        };
        let unique = format!("{}-{:016x}", std::process::id(), fastrand::u64(..));
        let temporary = folder(target).join(format!(".{}.{unique}{TEMPORARY}", name_of(target)));
        let mut file = create_private(&temporary, true).map_err(DiskError::io("create", &temporary))?;
        let staged = Self { temporary, target: target.to_owned(), durability, waiting: true };
        let failed = |step| DiskError::io(step, &staged.temporary);
        file.write_all(content).map_err(failed("write"))?;
        if let Some(before) = before {
            admit(&file, &before).map_err(failed("keep the mode in"))?;
        }
        if durability == Durability::Durable {
            file.sync_all().map_err(failed("sync"))?;
        }
        Ok(staged)
    }

    /// Takes the target's place, at once.
    pub(crate) fn commit(mut self) -> Result<(), DiskError> {
        fs::rename(&self.temporary, &self.target).map_err(DiskError::io("replace", &self.target))?;
        self.waiting = false;
        if self.durability == Durability::Durable {
            let synced = File::open(folder(&self.target)).and_then(|dir| dir.sync_all());
            // Some file systems cannot sync a folder; the new content is in place all the same.
            if let Err(error) = synced {
                tracing::debug!(%error, "a folder could not be synced");
            }
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if self.waiting {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn existing(target: &Path) -> Result<Option<Metadata>, DiskError> {
    match fs::metadata(target) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
        Ok(_) => Err(DiskError::Refused { path: target.to_owned(), problem: "not a regular file" }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(DiskError::Io { step: "look at", path: target.to_owned(), source }),
    }
}

/// Gives a file the owner, the group and the mode of the one that it will replace.
#[cfg(unix)]
fn admit(file: &File, before: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let now = file.metadata()?;
    let mut mode = before.mode() & 0o777;
    let same = (now.uid(), now.gid()) == (before.uid(), before.gid());
    if !same && fchown(file, Some(before.uid()), Some(before.gid())).is_err() {
        // Another group would read it otherwise.
        mode &= 0o707;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn admit(_file: &File, _before: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Removes temporary files that a killed process left. Only under the target's lock.
pub(crate) fn sweep(target: &Path) {
    let prefix = format!(".{}.", name_of(target));
    let Ok(entries) = fs::read_dir(folder(target)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let unique = name.strip_prefix(&prefix).and_then(|name| name.strip_suffix(TEMPORARY));
        // Its own and those of its newest backup, not those of a file with a longer name.
        if unique.is_some_and(|unique| !unique.strip_prefix("bak.").unwrap_or(unique).contains('.')) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
