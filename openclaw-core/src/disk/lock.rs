//! One writer at a time: a kernel lock among ourselves, and OpenClaw's sidecar towards OpenClaw.
//!
//! The kernel lock is on a file that is never renamed, and it ends with its holder, however that
//! ends. The file says who holds it, and when that process made the sidecar: the next one can tell
//! a sidecar that a killed process of ours left behind from a live one of OpenClaw's.

#![expect(clippy::disallowed_methods, reason = "edge: locks are files, and waiting for them takes real time")]

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::sidecar::Sidecar;
use super::write::create_private;
use super::{DiskError, folder, name_of, owner};

/// How long a writer waits for others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Held while a file is read, changed and written.
#[derive(Debug)]
pub(crate) struct FileLock {
    sidecar: Sidecar,
    // Unlocked last: whoever waits for it must find the sidecar gone.
    file: File,
}

impl Drop for FileLock {
    fn drop(&mut self) {
        self.sidecar.release();
        let _ = self.file.set_len(0);
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
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => pause.wait().map_err(|waited| held(waited, ours(&file)))?,
                Err(TryLockError::Error(source)) => return Err(failed("lock")(source)),
            }
        }
        let mut left_behind = Record::read(&file).and_then(|record| record.made);
        let sidecar = Sidecar::of(target);
        loop {
            // A process may be killed at any point: the note that proves a sidecar to be ours stays until
            // that sidecar is gone, and the new note is there before the new sidecar.
            let holder = match sidecar.holder_left(left_behind.take()) {
                Some(holder) => holder,
                None => {
                    Record::write(&file, SystemTime::now().duration_since(UNIX_EPOCH).ok());
                    if sidecar.make().map_err(failed("create the lock beside"))? {
                        // The clock of the file system may be another one than ours.
                        Record::write(&file, sidecar.made());
                        return Ok(Self { sidecar, file });
                    }
                    "OpenClaw".to_owned()
                }
            };
            Record::write(&file, None);
            pause.wait().map_err(|waited| held(waited, holder))?;
        }
    }
}

/// Opens the lock file, or makes it. Whoever may only read it can lock it all the same.
fn open(path: &Path, target: &Path) -> Result<File, DiskError> {
    let opened = existing(path, true).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => match create_private(path) {
            Ok(file) => {
                owner::share(&file, target);
                Ok(file)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => existing(path, true),
            Err(error) => Err(error),
        },
        io::ErrorKind::PermissionDenied => existing(path, false),
        _ => Err(error),
    });
    // What it leads to would be overwritten, or waited for.
    let refused = |problem| Err(DiskError::Refused { path: path.to_owned(), problem });
    let there = opened.as_ref().map_or_else(|_| path.symlink_metadata().ok(), |file| file.metadata().ok());
    match there.map(|there| there.file_type()) {
        Some(kind) if kind.is_symlink() => refused("a link, where our lock should be"),
        Some(kind) if !kind.is_file() => refused("not a regular file"),
        _ => opened.map_err(DiskError::io("lock", path)),
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

/// What the lock's file says of its last holder: `<pid>`, and when it was about to make the sidecar.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    pid: u32,
    made: Option<Duration>,
}

impl Record {
    fn read(file: &File) -> Option<Self> {
        let mut text = String::new();
        let mut file = file;
        file.rewind().ok()?;
        file.take(100).read_to_string(&mut text).ok()?;
        let mut words = text.split_whitespace();
        let pid = words.next()?.parse().ok()?;
        let made = words.next().and_then(|nanos| nanos.parse().ok()).map(Duration::from_nanos);
        Some(Self { pid, made })
    }

    /// At once and always of the same length, so that a killed process leaves the old one or the new
    /// one. Without it nothing breaks, only a killed holder is recognised later: errors do not matter.
    fn write(mut file: &File, made: Option<Duration>) {
        let made = made.map(|made| made.as_nanos().to_string()).unwrap_or_default();
        let record = format!("{:>10} {made:>20}\n", std::process::id());
        let _ = file.rewind().and_then(|()| file.write_all(record.as_bytes()));
    }
}

fn ours(file: &File) -> String {
    let pid = Record::read(file).map(|record| format!(" (process {})", record.pid));
    format!("another process of this program{}", pid.unwrap_or_default())
}

/// Waits a little longer each time, 2 ms to 50 ms, until patience ends.
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
        let ceiling = Duration::from_millis(2 << self.times.min(5)).min(Duration::from_millis(50));
        self.times += 1;
        std::thread::sleep(ceiling.mul_f64(0.5 + fastrand::f64() / 2.0));
        Ok(())
    }
}
