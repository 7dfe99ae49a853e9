//! Writing a file: all of it or nothing, and never open to more people than before.

#![expect(clippy::disallowed_methods, reason = "edge: shared files are written here")]

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{DiskError, calls, folder, name_of, owner};

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
pub(crate) enum Access<'p> {
    /// Its owner alone (0600): whose the file is that is replaced, or the folder.
    Private,
    /// Whoever could read the file that is replaced: owner, group and mode stay. A new file is private.
    AsBefore,
    /// One person alone (0600): the owner of that file if we are root, else we.
    CopyOf(&'p Path),
}

/// Temporary files carry this ending, so that those of a killed process can be told and removed.
const TEMPORARY: &str = ".openclaw-tmp";

/// Makes the folder and those above it, closed to others.
pub(crate) fn make_folder(dir: &Path) -> Result<(), DiskError> {
    if dir.is_dir() {
        return Ok(());
    }
    let missing: Vec<&Path> = dir.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists()).collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(DiskError::io("create the folder", dir))?;
    missing.into_iter().rev().for_each(owner::give_folder);
    Ok(())
}

/// Makes a file that is not there, which only we can read, from the first moment. A link is not followed.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    calls::reach("create").and_then(|()| options.open(path))
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
        access: Access<'_>,
    ) -> Result<Self, DiskError> {
        let before = match access {
            Access::CopyOf(_) => None,
            Access::Private | Access::AsBefore => existing(target)?,
        };
        let unique = format!("{}-{:016x}", std::process::id(), fastrand::u64(..));
        let temporary = folder(target).join(format!(".{}.{unique}{TEMPORARY}", name_of(target)));
        let mut file = create_private(&temporary).map_err(DiskError::io("create", &temporary))?;
        let staged = Self { temporary, target: target.to_owned(), durability, waiting: true };
        let failed = |step| DiskError::io(step, &staged.temporary);
        calls::Through(&mut file).write_all(content).map_err(failed("write"))?;
        let admitted = match (access, before) {
            (Access::CopyOf(original), _) => {
                owner::give(&file, original);
                true
            }
            (_, None) => {
                owner::give(&file, target);
                true
            }
            (_, Some(before)) => {
                owner::admit(&file, &before, mode(access, &before)).map_err(failed("keep the owner and the mode in"))?
            }
        };
        if !admitted {
            const LOST: &str = "a file that belongs to another user, who could not read it any more; run as that user";
            return Err(DiskError::Refused { path: target.to_owned(), problem: LOST });
        }
        if durability == Durability::Durable {
            calls::reach("sync").and_then(|()| file.sync_all()).map_err(failed("sync"))?;
        }
        Ok(staged)
    }

    /// Takes the target's place, at once.
    pub(crate) fn commit(self) -> Result<(), DiskError> {
        Self::commit_all(vec![self])
    }

    /// Each takes its target's place, one right after the other; what is slow comes after the last.
    pub(crate) fn commit_all(all: Vec<Self>) -> Result<(), DiskError> {
        let mut folders = BTreeSet::new();
        let renamed = all.into_iter().try_for_each(|mut staged| {
            let renamed = calls::reach("replace").and_then(|()| fs::rename(&staged.temporary, &staged.target));
            renamed.map_err(DiskError::io("replace", &staged.target))?;
            staged.waiting = false;
            if staged.durability == Durability::Durable {
                folders.insert(folder(&staged.target));
            }
            Ok(())
        });
        for folder in folders {
            // Some file systems cannot sync a folder; the new content is in place all the same.
            let synced = calls::reach("sync the folder").and_then(|()| File::open(&folder)?.sync_all());
            if let Err(error) = synced {
                tracing::debug!(%error, folder = %folder.display(), "a folder could not be synced");
            }
        }
        renamed
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
    match calls::reach("look").and_then(|()| fs::metadata(target)) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
        Ok(_) => Err(DiskError::Refused { path: target.to_owned(), problem: "not a regular file" }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(DiskError::Io { step: "look at", path: target.to_owned(), source }),
    }
}

#[cfg(unix)]
fn mode(access: Access<'_>, before: &Metadata) -> u32 {
    match access {
        Access::AsBefore => std::os::unix::fs::MetadataExt::mode(before) & 0o777,
        Access::Private | Access::CopyOf(_) => 0o600,
    }
}

#[cfg(not(unix))]
fn mode(_access: Access<'_>, _before: &Metadata) -> u32 {
    0o600
}

/// Removes temporary files that a killed process left. Only under the target's lock.
pub(crate) fn sweep(target: &Path) {
    for temporary in temporaries(target) {
        let _ = fs::remove_file(temporary);
    }
}

/// The temporary files of a target: those of a living writer too, unless its lock is held.
pub(super) fn temporaries(target: &Path) -> Vec<PathBuf> {
    let prefix = format!(".{}.", name_of(target));
    let Ok(entries) = fs::read_dir(folder(target)) else { return Vec::new() };
    let temporary = |name: &str| {
        let unique = name.strip_prefix(&prefix).and_then(|name| name.strip_suffix(TEMPORARY));
        // Its own and those of its newest backup, not those of a file with a longer name.
        unique.is_some_and(|unique| !unique.strip_prefix("bak.").unwrap_or(unique).contains('.'))
    };
    let entries = entries.flatten().filter(|entry| temporary(&entry.file_name().to_string_lossy()));
    entries.map(|entry| entry.path()).collect()
}
