//! What tells that a file is still the one that was read, without reading it again.

#![expect(clippy::disallowed_methods, reason = "edge: a file's times are compared with the clock they come from")]

use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The times of a file move in steps of the kernel's clock, a few milliseconds each: who writes twice
/// within one step leaves the same times. A file that was changed so lately is not trusted, as git does
/// not trust its index ("racy git").
const STEP: Duration = Duration::from_millis(50);

/// Some file systems keep whole seconds (ext2, ext4 with small inodes, HFS+), FAT every second one.
const COARSE_STEP: Duration = Duration::from_millis(2050);

/// A file's identity, size and times. Equal stamps of a settled file mean equal content: OpenClaw
/// writes in place, which moves the times, and we replace the file, which makes another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    file: (u64, u64),
    size: u64,
    modified: SystemTime,
    changed: (i64, i64),
}

impl Stamp {
    #[cfg(unix)]
    pub(super) fn of(file: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        Some(Self {
            file: (file.dev(), file.ino()),
            size: file.len(),
            modified: file.modified().ok()?,
            changed: (file.ctime(), file.ctime_nsec()),
        })
    }

    /// Nothing tells one file from another here, so nothing is trusted.
    #[cfg(not(unix))]
    pub(super) fn of(_file: &Metadata) -> Option<Self> {
        None
    }

    /// The stamp of what stands at a path now, links followed.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        Self::of(&std::fs::metadata(path).ok()?)
    }

    /// Whether the file was last changed so long ago that another change would show.
    pub(super) fn is_settled(&self) -> bool {
        let nanos = u32::try_from(self.changed.1).unwrap_or(0);
        let changed = u64::try_from(self.changed.0).map(|seconds| Duration::new(seconds, nanos)).unwrap_or_default();
        let changed = SystemTime::UNIX_EPOCH.checked_add(changed);
        let now = SystemTime::now();
        let past = |time: SystemTime| {
            let is_whole = time.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since.subsec_nanos() == 0);
            let step = if is_whole { COARSE_STEP } else { STEP };
            now.duration_since(time).is_ok_and(|age| age > step)
        };
        past(self.modified) && changed.is_some_and(past)
    }
}
