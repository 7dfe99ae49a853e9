//! OpenClaw's lock `<file>.lock`: a folder, as OpenClaw 2026.1 makes it, or a file, as later releases
//! do. One that is live is waited for. OpenClaw takes one for dead after 30 s, and so do we; one that
//! a killed process of ours left is known by its time and goes at once.

#![expect(clippy::disallowed_methods, reason = "edge: locks are files")]

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{folder, name_of};

/// When OpenClaw takes a sidecar for dead.
const STALE: Duration = Duration::from_secs(30);

/// How far the time of a sidecar may be from the one that its maker noted.
const SAME_MOMENT: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(super) struct Sidecar(PathBuf);

enum Holder {
    Gone,
    Dead,
    Live(String),
}

impl Sidecar {
    pub(super) fn of(target: &Path) -> Self {
        Self(folder(target).join(format!("{}.lock", name_of(target))))
    }

    /// Makes the sidecar; false if there is one.
    pub(super) fn make(&self) -> io::Result<bool> {
        match fs::create_dir(&self.0) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// When the sidecar was made, by the clock of its file system.
    pub(super) fn made(&self) -> Option<Duration> {
        since_epoch(fs::symlink_metadata(&self.0).ok()?.modified().ok()?)
    }

    /// Who has the sidecar. A dead one is removed, and nobody has it then.
    ///
    /// `left_behind`: when a process of ours made the sidecar that it did not remove.
    pub(super) fn holder_left(&self, left_behind: Option<Duration>) -> Option<String> {
        match self.holder(left_behind) {
            Holder::Live(who) => Some(who),
            Holder::Dead if !self.remove() => Some("a lock that was left behind and cannot be removed".to_owned()),
            Holder::Dead | Holder::Gone => None,
        }
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self.holder(None), Holder::Live(_))
    }

    /// Removes what [`make`](Self::make) made; not what somebody else put in its place.
    pub(super) fn release(&self) {
        let _ = fs::remove_dir(&self.0);
    }

    fn remove(&self) -> bool {
        fs::remove_dir(&self.0).is_ok() || fs::remove_file(&self.0).is_ok()
    }

    fn holder(&self, left_behind: Option<Duration>) -> Holder {
        let Ok(metadata) = fs::symlink_metadata(&self.0) else { return Holder::Gone };
        let made = metadata.modified().ok();
        let age = made.and_then(|made| SystemTime::now().duration_since(made).ok());
        if age.is_some_and(|age| age > STALE) {
            return Holder::Dead;
        }
        if metadata.is_dir() {
            let made = made.and_then(since_epoch);
            let same = made.zip(left_behind).is_some_and(|(made, noted)| made.abs_diff(noted) <= SAME_MOMENT);
            return if same { Holder::Dead } else { Holder::Live("OpenClaw".to_owned()) };
        }
        match metadata.is_file().then(|| self.pid()).flatten() {
            Some(pid) if !is_alive(pid) => Holder::Dead,
            Some(pid) => Holder::Live(format!("OpenClaw (process {pid})")),
            None => Holder::Live("OpenClaw".to_owned()),
        }
    }

    /// Later releases of OpenClaw write `{pid, createdAt}` into a lock file.
    fn pid(&self) -> Option<i32> {
        let mut text = String::new();
        File::open(&self.0).ok()?.take(4096).read_to_string(&mut text).ok()?;
        serde_json::from_str::<serde_json::Value>(&text).ok()?.get("pid")?.as_i64()?.try_into().ok()
    }
}

fn since_epoch(time: SystemTime) -> Option<Duration> {
    time.duration_since(UNIX_EPOCH).ok()
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
