//! Writing the file: all of it or nothing, and never readable by others.

#![expect(clippy::disallowed_methods, reason = "edge: the store's file is written here")]

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::name_of;
use crate::store::StoreError;

/// Whether a change must survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// On the disk before the call returns.
    Durable,
    /// Whole at any moment, but perhaps lost in a power cut.
    Lazy,
}

/// Temporary files carry this ending, so that those of a killed process can be told and removed.
const TEMPORARY: &str = ".openclaw-tmp";

/// Makes the folder and those above it, closed to others.
pub(super) fn make_folder(dir: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|source| StoreError::Io { step: "create the folder", path: dir.to_owned(), source })
}

/// Opens a new file that only we can read, from the first moment.
pub(super) fn create_private(path: &Path, create_new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).create_new(create_new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Replaces the file's content at once.
pub(super) fn replace(target: &Path, content: &[u8], durability: Durability) -> Result<(), StoreError> {
    let dir = folder(target);
    let unique = format!("{}-{:016x}", std::process::id(), fastrand::u64(..));
    let temporary = dir.join(format!(".{}.{unique}{TEMPORARY}", name_of(target)));
    let written = fill(&temporary, content, durability).and_then(|()| {
        fs::rename(&temporary, target).map_err(|source| StoreError::Io {
            step: "replace",
            path: target.to_owned(),
            source,
        })
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
        return written;
    }
    if durability == Durability::Durable {
        let synced = File::open(&dir).and_then(|dir| dir.sync_all());
        // Some file systems cannot sync a folder; the new content is in place all the same.
        if let Err(error) = synced {
            tracing::debug!(%error, "the store's folder could not be synced");
        }
    }
    Ok(())
}

/// Replaces a file's content at once; whoever could read it before still can.
pub(super) fn replace_keeping_mode(target: &Path, content: &[u8]) -> Result<(), StoreError> {
    let mode = fs::metadata(target).map(|metadata| metadata.permissions()).ok();
    replace(target, content, Durability::Durable)?;
    match mode {
        Some(mode) => fs::set_permissions(target, mode).map_err(|source| StoreError::Io {
            step: "keep the mode of",
            path: target.to_owned(),
            source,
        }),
        None => Ok(()),
    }
}

fn fill(temporary: &Path, content: &[u8], durability: Durability) -> Result<(), StoreError> {
    let failed = |step| move |source| StoreError::Io { step, path: temporary.to_owned(), source };
    let mut file = create_private(temporary, true).map_err(failed("create"))?;
    file.write_all(content).map_err(failed("write"))?;
    if durability == Durability::Durable {
        file.sync_all().map_err(failed("sync"))?;
    }
    Ok(())
}

/// Removes temporary files that a killed process left. Only under the lock.
pub(super) fn sweep(target: &Path) {
    let prefix = format!(".{}.", name_of(target));
    let Ok(entries) = fs::read_dir(folder(target)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&prefix) && name.ends_with(TEMPORARY) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

pub(super) fn folder(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}
