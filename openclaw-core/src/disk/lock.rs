//! One writer at a time: a kernel lock among ourselves, and OpenClaw's sidecar towards OpenClaw.
//!
//! The kernel lock is on a file that is never renamed, and it ends with its holder, however that
//! ends. The file says who holds it, and when that process made the sidecar: the next one can tell
//! a sidecar that a killed process of ours left behind from a live one of OpenClaw's.

#![expect(clippy::disallowed_methods, reason = "edge: locks are files, and waiting for them takes real time")]

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::sidecar::{Sidecar, Taken};
use super::write::create_private;
use super::{DiskError, folder, name_of};

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
        let file = create_private(&path, false).map_err(failed("lock"))?;
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
            // Before the sidecar is made: a process may be killed at any point.
            Record::write(&file, SystemTime::now().duration_since(UNIX_EPOCH).ok());
            match sidecar.take(left_behind.take()) {
                Ok(Taken::ByUs) => return Ok(Self { sidecar, file }),
                Ok(Taken::By(holder)) => {
                    Record::write(&file, None);
                    pause.wait().map_err(|waited| held(waited, holder))?;
                }
                Err(source) => return Err(failed("create the lock beside")(source)),
            }
        }
    }
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

    /// Without it nothing breaks, only a killed holder is recognised later: errors do not matter.
    fn write(file: &File, made: Option<Duration>) {
        let made = made.map(|made| format!(" {}", made.as_nanos())).unwrap_or_default();
        let write = |mut file: &File| -> io::Result<()> {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(format!("{}{made}\n", std::process::id()).as_bytes())
        };
        let _ = write(file);
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
