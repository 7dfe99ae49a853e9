//! One writer at a time: a kernel lock among ourselves, and OpenClaw's sidecar towards OpenClaw.
//!
//! The kernel lock is on a file that is never renamed, and it ends with its holder, however that
//! ends. The sidecar `auth-profiles.json.lock` is a folder, as OpenClaw 2026.1 makes it; one that is
//! live is waited for, folder or file. OpenClaw itself takes one for dead after 30 s, and so do we.

#![expect(clippy::disallowed_methods, reason = "edge: locks are files, and waiting for them takes real time")]

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::name_of;
use super::write::{create_private, folder};
use crate::store::StoreError;

/// How long a writer waits for others.
const PATIENCE: Duration = Duration::from_secs(10);

/// When OpenClaw takes a sidecar for dead.
const STALE: Duration = Duration::from_secs(30);

/// Held while a store is read, changed and written.
#[derive(Debug)]
pub(super) struct StoreLock {
    // The sidecar goes first: whoever waits for the kernel lock must find it gone.
    _sidecar: Sidecar,
    _file: File,
}

#[derive(Debug)]
struct Sidecar(PathBuf);

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

impl StoreLock {
    /// Waits for both locks of the file `target` (links already followed).
    pub(super) fn acquire(target: &Path) -> Result<Self, StoreError> {
        let start = Instant::now();
        let path = folder(target).join(format!(".{}.openclaw-lock", name_of(target)));
        let failed = |source| StoreError::Io { step: "lock", path: path.clone(), source };
        let file = create_private(&path, false).map_err(failed)?;
        let mut pause = Pause::default();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    pause.wait(start).map_err(|waited| held(target, waited, "another process of this program"))?;
                }
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
        let sidecar = sidecar(target);
        loop {
            match fs::create_dir(&sidecar) {
                Ok(()) => return Ok(Self { _sidecar: Sidecar(sidecar), _file: file }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match holder(&sidecar) {
                    Holder::Gone => {}
                    Holder::Dead => remove(&sidecar),
                    Holder::Live(who) => pause.wait(start).map_err(|waited| held(target, waited, &who))?,
                },
                Err(source) => return Err(StoreError::Io { step: "create the lock", path: sidecar, source }),
            }
        }
    }
}

/// Whether OpenClaw's sidecar stands beside the file.
pub(super) fn is_taken(target: &Path) -> bool {
    sidecar(target).symlink_metadata().is_ok()
}

fn sidecar(target: &Path) -> PathBuf {
    folder(target).join(format!("{}.lock", name_of(target)))
}

fn held(target: &Path, waited: Duration, holder: &str) -> StoreError {
    StoreError::Locked { path: target.to_owned(), waited, holder: holder.to_owned() }
}

/// Waits a little longer each time, 2 ms to 50 ms, until patience ends.
#[derive(Debug, Default)]
struct Pause(u32);

impl Pause {
    fn wait(&mut self, start: Instant) -> Result<(), Duration> {
        if start.elapsed() >= PATIENCE {
            return Err(PATIENCE);
        }
        let ceiling = Duration::from_millis(2 << self.0.min(5)).min(Duration::from_millis(50));
        self.0 += 1;
        std::thread::sleep(ceiling.mul_f64(0.5 + fastrand::f64() / 2.0));
        Ok(())
    }
}

enum Holder {
    Gone,
    Dead,
    Live(String),
}

fn holder(sidecar: &Path) -> Holder {
    let Ok(metadata) = fs::symlink_metadata(sidecar) else { return Holder::Gone };
    let age = metadata.modified().ok().and_then(|time| SystemTime::now().duration_since(time).ok());
    if age.is_some_and(|age| age > STALE) {
        return Holder::Dead;
    }
    if metadata.is_dir() {
        return Holder::Live("OpenClaw".to_owned());
    }
    match pid(sidecar) {
        Some(pid) if !is_alive(pid) => Holder::Dead,
        Some(pid) => Holder::Live(format!("OpenClaw (process {pid})")),
        None => Holder::Live("OpenClaw".to_owned()),
    }
}

/// Later releases of OpenClaw write `{pid, createdAt}` into a lock file.
fn pid(sidecar: &Path) -> Option<i32> {
    let mut text = String::new();
    File::open(sidecar).ok()?.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str::<serde_json::Value>(&text).ok()?.get("pid")?.as_i64()?.try_into().ok()
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

fn remove(sidecar: &Path) {
    if fs::remove_dir(sidecar).is_err() {
        let _ = fs::remove_file(sidecar);
    }
}
