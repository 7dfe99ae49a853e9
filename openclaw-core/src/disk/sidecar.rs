//! OpenClaw's lock `<file>.lock`: a folder, as OpenClaw 2026.1 makes it (with the npm package
//! `proper-lockfile`), or a file, as later releases do. One that is live is waited for. OpenClaw takes
//! one for dead after 30 s, and so do we. One that is dated ahead (the clock was set back, or a host with
//! another clock made it) would not grow old for as long as that takes: it is watched instead.
//!
//! Ours carries a mark, its mode, from the moment it is made. Whoever holds our kernel lock and finds
//! the mark knows that the one who made it was killed, and need not wait.
//!
//! Making and removing a folder is the dearest step of a small write but for the syncs. So where the
//! system can rename without replacing (Linux, most file systems), that of a file which is written often
//! is kept under another name beside it, and moved to and fro.

#![expect(clippy::disallowed_methods, reason = "edge: locks are files")]

use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{calls, folder, name_of};

/// When OpenClaw takes a sidecar for dead.
const STALE: Duration = Duration::from_secs(30);

/// How long one that is dated ahead is watched, of the 10 s that anybody waits: long, for a lock that is
/// held for milliseconds. OpenClaw dates a lock anew only every 15 s, so one that it holds for longer, on
/// a host whose clock is ahead, is taken over here; by OpenClaw's own rule that happens between such
/// hosts too.
pub(super) const WATCH: Duration = Duration::from_secs(5);

/// The mode of a sidecar of ours. OpenClaw asks for 0777, of which no usual umask makes this.
#[cfg(unix)]
const MARK: u32 = 0o500;

#[derive(Debug)]
pub(super) struct Sidecar {
    place: PathBuf,
    /// Where ours waits while nobody holds it.
    spare: PathBuf,
    /// Whether it is moved there in the end, instead of being removed.
    pub(super) kept: bool,
}

/// Who has a sidecar.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Gone,
    /// A process of ours, as its mark says.
    Ours,
    /// Somebody who let it grow old, or who is no more.
    Dead,
    /// Somebody else.
    Live(String),
    /// Somebody who may be no more, at this time, which is further ahead than a clock goes wrong.
    Ahead(SystemTime),
}

impl Sidecar {
    pub(super) fn of(target: &Path) -> Self {
        let (folder, name) = (folder(target), name_of(target));
        Self {
            place: folder.join(format!("{name}.lock")),
            spare: folder.join(format!(".{name}.openclaw-sidecar")),
            kept: false,
        }
    }

    /// Makes the sidecar; false if there is one.
    pub(super) fn make(&mut self) -> io::Result<bool> {
        calls::reach("make the sidecar")?;
        if let Some(taken) = self.take_spare() {
            return Ok(taken);
        }
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, MARK);
        match builder.create(&self.place) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether somebody who writes in place may be at it, as far as can be told at once.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.holder(), Holder::Live(_))
    }

    /// Removes what [`make`](Self::make) made; not what somebody else put in its place after we were
    /// stopped for so long that they took ours for dead.
    pub(super) fn release(&self) {
        if self.is_ours() {
            let kept = || self.kept && move_only(&self.place, &self.spare).is_ok();
            let _ = calls::reach("remove the sidecar")
                .and_then(|()| if kept() { Ok(()) } else { fs::remove_dir(&self.place) });
        }
    }

    /// Moves our folder into its place, as young as a new one: whether that was free, or `None` if there
    /// is nothing to move or it cannot be moved.
    fn take_spare(&mut self) -> Option<bool> {
        if !fs::symlink_metadata(&self.spare).is_ok_and(|there| is_marked(&there)) || !touch(&self.spare) {
            return None;
        }
        match move_only(&self.spare, &self.place) {
            Ok(()) => {
                self.kept = true;
                Some(true)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Some(false),
            Err(_) => None,
        }
    }

    /// Whether what stands there is still what [`make`](Self::make) made.
    pub(super) fn is_ours(&self) -> bool {
        !cfg!(unix) || fs::symlink_metadata(&self.place).is_ok_and(|there| is_marked(&there))
    }

    /// Removes a dead one; false if that cannot be done.
    pub(super) fn remove(&self) -> bool {
        fs::remove_dir(&self.place).is_ok() || fs::remove_file(&self.place).is_ok()
    }

    pub(super) fn holder(&self) -> Holder {
        let Ok(there) = fs::symlink_metadata(&self.place) else { return Holder::Gone };
        if is_marked(&there) {
            return Holder::Ours;
        }
        let pid = there.is_file().then(|| self.pid()).flatten();
        if pid.is_some_and(|pid| !is_alive(pid)) {
            return Holder::Dead;
        }
        match there.modified().map(|made| (made, SystemTime::now().duration_since(made))) {
            Ok((_, Ok(age))) if age > STALE => Holder::Dead,
            Ok((made, Err(ahead))) if ahead.duration() > STALE => Holder::Ahead(made),
            _ => Holder::Live(pid.map_or_else(|| "OpenClaw".to_owned(), |pid| format!("OpenClaw (process {pid})"))),
        }
    }

    /// Later releases of OpenClaw write `{pid, createdAt}` into a lock file.
    fn pid(&self) -> Option<i32> {
        let mut text = String::new();
        File::open(&self.place).ok()?.take(4096).read_to_string(&mut text).ok()?;
        serde_json::from_str::<serde_json::Value>(&text).ok()?.get("pid")?.as_i64()?.try_into().ok()
    }
}

#[cfg(unix)]
fn is_marked(there: &Metadata) -> bool {
    there.is_dir() && std::os::unix::fs::MetadataExt::mode(there) & 0o777 == MARK
}

/// Without modes there is no mark: what a killed process left is waited for until it is old.
#[cfg(not(unix))]
fn is_marked(there: &Metadata) -> bool {
    let _ = there;
    false
}

/// Sets a folder's times to now, so that nobody takes it for old.
#[cfg(target_os = "linux")]
fn touch(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, utimensat};
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now, last_modification: now };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

/// Renames, and never replaces anything: a plain rename puts a folder over an empty one, which may be
/// the lock of somebody else.
#[cfg(target_os = "linux")]
fn move_only(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(target_os = "linux"))]
fn touch(_path: &Path) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
fn move_only(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn is_alive(pid: i32) -> bool {
    let Some(pid) = rustix::process::Pid::from_raw(pid) else { return false };
    // A process that may not be signalled exists all the same.
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn is_alive(_pid: i32) -> bool {
    true
}
