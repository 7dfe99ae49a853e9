//! Whose a file is. What root makes in somebody's folder becomes theirs, or one run with `sudo` would
//! lock them out of their own files; and nobody loses a file because somebody else wrote it.

#![cfg_attr(unix, expect(clippy::disallowed_methods, reason = "edge: owners are looked up and given here"))]

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

#[cfg(unix)]
use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown},
};

/// Gives what root made to the owner of a file, or, if that is not there yet, of its folder. Where it
/// cannot be given away nothing is worse than before.
#[cfg(unix)]
pub(super) fn give(made: &File, like: &Path) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let owner = like.symlink_metadata().or_else(|_| fs::metadata(super::folder(like)));
    if let Err(error) = owner.and_then(|owner| fchown(made, Some(owner.uid()), Some(owner.gid()))) {
        tracing::debug!(%error, "a file stays root's");
    }
}

/// Gives a folder that root made to the owner of the one that it lies in.
#[cfg(unix)]
pub(super) fn give_folder(made: &Path) {
    let mut options = fs::OpenOptions::new();
    // A path that is looked up twice may lead elsewhere the second time.
    options
        .read(true)
        .custom_flags((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::DIRECTORY).bits().cast_signed());
    if let Ok(folder) = options.open(made) {
        give(&folder, &super::folder(made));
    }
}

/// Opens a new lock to those who may write the file that it locks, and to nobody else.
#[cfg(unix)]
pub(super) fn share(lock: &File, target: &Path) {
    give(lock, target);
    let Ok(of) = target.symlink_metadata() else { return };
    let writers = of.mode() & 0o022;
    let is_group =
        || lock.metadata().is_ok_and(|now| now.gid() == of.gid()) || fchown(lock, None, Some(of.gid())).is_ok();
    let writers = if writers & 0o020 == 0 || is_group() { writers } else { writers & 0o002 };
    if of.is_file() && writers != 0 {
        let _ = lock.set_permissions(Permissions::from_mode(0o600 | writers | writers << 1));
    }
}

/// Gives a file the owner and the group of the one that it will replace, as far as we may, and a mode.
/// False if that owner could not read it any more.
#[cfg(unix)]
pub(super) fn admit(file: &File, before: &Metadata, mode: u32) -> io::Result<bool> {
    let same = |now: &Metadata| (now.uid() == before.uid(), now.gid() == before.gid());
    if same(&file.metadata()?) != (true, true) {
        // Who may not give a file away may still give it to a group of theirs.
        let _ =
            fchown(file, Some(before.uid()), Some(before.gid())).or_else(|_| fchown(file, None, Some(before.gid())));
    }
    let (owner, group) = same(&file.metadata()?);
    // Root reads everything.
    let Some(mode) = mode_after(mode, owner || before.uid() == 0, group) else { return Ok(false) };
    super::calls::reach("set the mode").and_then(|()| file.set_permissions(Permissions::from_mode(mode)))?;
    Ok(true)
}

/// The mode that a file may have whose owner and group are those of before, or are not. `None` if the
/// owner of before can read it neither as one of the group nor as anybody.
#[cfg(unix)]
const fn mode_after(before: u32, same_owner: bool, same_group: bool) -> Option<u32> {
    // Another group would read it otherwise.
    let mode = if same_group { before } else { before & 0o707 };
    if same_owner || mode & 0o044 != 0 { Some(mode) } else { None }
}

/// The owner of a file that is somebody else's in a folder of ours, where we may remove it.
#[cfg(unix)]
pub(super) fn foreign(path: &Path) -> Option<u32> {
    let me = rustix::process::geteuid().as_raw();
    let owner = path.symlink_metadata().ok()?.uid();
    let folder = fs::metadata(super::folder(path)).ok()?.uid();
    (owner != me && folder == me).then_some(owner)
}

#[cfg(not(unix))]
pub(super) fn foreign(_path: &Path) -> Option<u32> {
    None
}

#[cfg(not(unix))]
pub(super) fn give(_made: &File, _like: &Path) {}

#[cfg(not(unix))]
pub(super) fn give_folder(_made: &Path) {}

#[cfg(not(unix))]
pub(super) fn share(_lock: &File, _target: &Path) {}

#[cfg(not(unix))]
pub(super) fn admit(_file: &File, _before: &Metadata, _mode: u32) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_reads_a_file_and_its_owner_still_does() {
        for (before, same_owner, same_group, after) in [
            (0o660, true, true, Some(0o660)),
            (0o660, false, true, Some(0o660)),
            (0o640, false, true, Some(0o640)),
            (0o660, true, false, Some(0o600)),
            (0o664, false, false, Some(0o604)),
            (0o660, false, false, None),
            (0o600, false, true, None),
            (0o600, true, false, Some(0o600)),
        ] {
            assert_eq!(mode_after(before, same_owner, same_group), after, "{before:o} {same_owner} {same_group}");
        }
    }
}
