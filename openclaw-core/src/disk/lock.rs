//! One writer at a time: a kernel lock among ourselves, and OpenClaw's sidecar towards OpenClaw.
//!
//! The kernel lock is on a file that is never renamed, and it ends with its holder, however that
//! ends. The file says who holds it. A sidecar of ours that is found under the kernel lock was left by
//! a process that was killed.

#![expect(clippy::disallowed_methods, reason = "edge: locks are files, and waiting for them takes real time")]

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::sidecar::{Holder, Sidecar, WATCH};
use super::write::create_private;
use super::{DiskError, calls, folder, name_of, owner};

/// How long a writer waits for others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Held while a file is read, changed and written.
#[derive(Debug)]
pub(crate) struct FileLock {
    sidecar: Sidecar,
    after_a_death: bool,
    // Unlocked last: whoever waits for it must find the sidecar gone.
    _file: File,
}

impl Drop for FileLock {
    fn drop(&mut self) {
        self.sidecar.release();
    }
}

impl FileLock {
    /// Waits for both locks of the file `target` (links already followed).
    pub(crate) fn acquire(target: &Path, patience: Duration) -> Result<Self, DiskError> {
        let path = folder(target).join(format!(".{}.openclaw-lock", name_of(target)));
        let failed = |step| {
            let path = path.clone();
            move |source| DiskError::Io { step, path, source }
        };
        let held = |waited, holder| DiskError::Locked { path: target.to_owned(), waited, holder };
        let file = open(&path, target)?;
        let mut pause = Pause::new(patience);
        loop {
            calls::reach("lock").map_err(failed("lock"))?;
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => pause.wait().map_err(|waited| held(waited, ours(&file)))?,
                Err(TryLockError::Error(source)) => return Err(failed("lock")(source)),
            }
        }
        note(&file);
        let mut sidecar = Sidecar::of(target);
        let mut after_a_death = false;
        let mut watched: Option<(SystemTime, Instant)> = None;
        while !sidecar.make().map_err(failed("create the lock beside"))? {
            let holder = match sidecar.holder() {
                Holder::Live(who) => who,
                Holder::Gone => "OpenClaw".to_owned(),
                Holder::Ahead(made) if !watched.is_some_and(|(of, start)| of == made && start.elapsed() >= WATCH) => {
                    watched = watched.filter(|(of, _)| *of == made).or_else(|| Some((made, Instant::now())));
                    "OpenClaw, whose lock is dated ahead of the clock".to_owned()
                }
                dead @ (Holder::Ours | Holder::Dead | Holder::Ahead(_)) => {
                    after_a_death |= dead == Holder::Ours;
                    if sidecar.remove() {
                        continue;
                    }
                    "a lock that was left behind and cannot be removed".to_owned()
                }
            };
            pause.wait().map_err(|waited| held(waited, holder))?;
        }
        Ok(Self { sidecar, after_a_death, _file: file })
    }

    /// Keeps the sidecar beside the file, for one that is written often.
    pub(crate) const fn keep_sidecar(&mut self) {
        self.sidecar.kept = true;
    }

    /// Whether the last holder was killed at its work, and may have left temporary files.
    pub(crate) const fn after_a_death(&self) -> bool {
        self.after_a_death
    }

    /// Whether nobody has taken the lock over: OpenClaw takes it for dead if this process is stopped for
    /// half a minute. To be asked right before what was written takes its place.
    pub(crate) fn still_held(&self, target: &Path) -> Result<(), DiskError> {
        if self.sidecar.is_ours() {
            return Ok(());
        }
        let source = io::Error::other("OpenClaw took the lock over while this process stood still; try again");
        Err(DiskError::Io { step: "replace", path: target.to_owned(), source })
    }
}

/// Opens the lock file, or makes it. Whoever may only read it can lock it all the same.
fn open(path: &Path, target: &Path) -> Result<File, DiskError> {
    let opened =
        calls::reach("open the lock").and_then(|()| existing(path, true)).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => match create_private(path) {
                Ok(file) => {
                    owner::share(&file, target);
                    Ok(file)
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => existing(path, true),
                Err(error) => Err(error),
            },
            io::ErrorKind::PermissionDenied => existing(path, false).map_err(|_| error),
            _ => Err(error),
        });
    // What it leads to would be overwritten, or waited for.
    let refused = |problem| Err(DiskError::Refused { path: path.to_owned(), problem });
    let there = opened.as_ref().map_or_else(|_| path.symlink_metadata().ok(), |file| file.metadata().ok());
    match there.map(|there| there.file_type()) {
        Some(kind) if kind.is_symlink() => refused("a link, where our lock should be"),
        Some(kind) if !kind.is_file() => refused("not a regular file"),
        _ => opened.map_err(|source| match owner::foreign(path) {
            Some(owner) if source.kind() == io::ErrorKind::PermissionDenied => {
                DiskError::ForeignLock { path: path.to_owned(), owner }
            }
            _ => DiskError::Io { step: "lock", path: path.to_owned(), source },
        }),
    }
}

/// Opens a lock file that is there. A link is not followed, and a pipe not waited for.
fn existing(path: &Path, write: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(write);
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    options.open(path)
}

/// Waits until nobody else holds OpenClaw's sidecar; false if there was none to wait for. Makes
/// nothing: for readers.
pub(crate) fn wait_for_writer(target: &Path, patience: Duration) -> bool {
    let sidecar = Sidecar::of(target);
    let mut pause = Pause::new(patience);
    let mut waited = false;
    while sidecar.is_live() && pause.wait().is_ok() {
        waited = true;
    }
    waited
}

/// Says in the lock's file who holds it, for those who wait. Written only where it says something
/// else. Without it nothing breaks, only nobody is named: errors do not matter.
fn note(mut file: &File) {
    let pid = std::process::id();
    if noted(file) != Some(pid) {
        let _ = file.rewind().and_then(|()| file.write_all(format!("{pid:>10}\n").as_bytes()));
    }
}

/// The process that last held the lock.
fn noted(mut file: &File) -> Option<u32> {
    let mut text = [0; 11];
    file.rewind().ok()?;
    let length = file.read(&mut text).ok()?;
    std::str::from_utf8(text.get(..length)?).ok()?.trim().parse().ok()
}

fn ours(file: &File) -> String {
    let pid = noted(file).map(|pid| format!(" (process {pid})"));
    format!("another process of this program{}", pid.unwrap_or_default())
}

/// Waits a little longer each time, 0.1 ms to 25 ms, until patience ends.
#[derive(Debug)]
struct Pause {
    start: Instant,
    patience: Duration,
    times: u32,
}

impl Pause {
    fn new(patience: Duration) -> Self {
        Self { start: Instant::now(), patience, times: 0 }
    }

    fn wait(&mut self) -> Result<(), Duration> {
        if self.start.elapsed() >= self.patience {
            return Err(self.patience);
        }
        let ceiling = Duration::from_micros(200 << self.times.min(7)).min(Duration::from_millis(25));
        self.times += 1;
        std::thread::sleep(ceiling.mul_f64(0.5 + fastrand::f64() / 2.0));
        Ok(())
    }
}
