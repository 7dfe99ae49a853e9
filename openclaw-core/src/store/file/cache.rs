//! What was last read of each file: who asks for it again need not read it again.
//!
//! Secrets in it are wiped when it goes, as everywhere.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::disk::Stamp;
use crate::store::wire::Snapshot;

/// The last snapshots, by the path of the file (links followed).
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<HashMap<PathBuf, Entry>>);

#[derive(Debug)]
struct Entry {
    snapshot: Arc<Snapshot>,
    /// The stamp of the file that it was read from; `None` where it could not be trusted.
    stamp: Option<Stamp>,
}

impl Cache {
    /// The snapshot of the file if nobody has changed the file since, by its stamp.
    pub(super) fn fresh(&self, target: &Path) -> Option<Arc<Snapshot>> {
        let (snapshot, stamp) = {
            let entries = self.entries();
            let entry = entries.get(target)?;
            (Arc::clone(&entry.snapshot), entry.stamp?)
        };
        (Stamp::at(target)? == stamp).then_some(snapshot)
    }

    /// The snapshot of this very text, if it is the last one that was read or written.
    pub(super) fn of_text(&self, target: &Path, text: &str, stamp: Option<Stamp>) -> Option<Arc<Snapshot>> {
        let mut entries = self.entries();
        let entry = entries.get_mut(target).filter(|entry| entry.snapshot.text.as_str() == text)?;
        entry.stamp = stamp;
        Some(Arc::clone(&entry.snapshot))
    }

    pub(super) fn keep(&self, target: &Path, snapshot: Arc<Snapshot>, stamp: Option<Stamp>) {
        self.entries().insert(target.to_owned(), Entry { snapshot, stamp });
    }

    pub(super) fn forget(&self, target: &Path) {
        self.entries().remove(target);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<PathBuf, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text and the stamp of the file that it came from.
pub(super) type Stamped = (Zeroizing<String>, Option<Stamp>);
