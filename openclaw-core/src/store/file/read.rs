//! Reading the file: whole, once more if it was torn, and only if it is a file of ours.

#![expect(clippy::disallowed_methods, reason = "edge: a torn file is read again after a moment")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::cache::{Cache, Stamped};
use crate::disk::{self, Unreadable, target};
use crate::store::StoreError;
use crate::store::wire::{self, Snapshot, WireError};

/// How long a text that does not parse is read again and again: a writer that writes in place needs
/// no longer for a file of this size, even on a busy machine.
const TORN: Duration = Duration::from_millis(250);

pub(super) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Reads the file, again for a moment if it does not parse; `None` if there is none. A text that is in
/// the cache is not parsed again.
pub(super) fn snapshot(path: &Path, cache: &Cache, patience: Duration) -> Result<Option<Arc<Snapshot>>, StoreError> {
    let start = Instant::now();
    loop {
        match once(path, cache) {
            Err(StoreError::Syntax { .. }) if start.elapsed() < TORN.min(patience) => {
                std::thread::sleep(Duration::from_millis(5));
            }
            read => return read,
        }
    }
}

fn once(path: &Path, cache: &Cache) -> Result<Option<Arc<Snapshot>>, StoreError> {
    let target = target(path)?;
    let Some((text, stamp)) = text(&target)? else {
        cache.forget(&target);
        return Ok(None);
    };
    if let Some(snapshot) = cache.of_text(&target, &text, stamp) {
        return Ok(Some(snapshot));
    }
    let snapshot = Arc::new(parse(path, text)?);
    cache.keep(&target, Arc::clone(&snapshot), stamp);
    Ok(Some(snapshot))
}

/// Turns a text into a snapshot, with the path in the error.
pub(super) fn parse(path: &Path, text: Zeroizing<String>) -> Result<Snapshot, StoreError> {
    wire::parse(text).map_err(|error| match error {
        WireError::Syntax { position, problem } => StoreError::Syntax { path: path.to_owned(), position, problem },
        WireError::Shape { problem } => StoreError::Shape { path: path.to_owned(), problem },
    })
}

/// The file's text; `None` if there is none.
fn text(path: &Path) -> Result<Option<Stamped>, StoreError> {
    let refused = |problem| StoreError::Refused { path: path.to_owned(), problem };
    match disk::read_stamped(path, super::LIMITS.bytes) {
        Ok(read) => Ok(Some(read)),
        Err(Unreadable::Missing(_)) => Ok(None),
        Err(Unreadable::Io(source)) => Err(StoreError::Io { step: "read", path: path.to_owned(), source }),
        Err(Unreadable::NotRegular) => Err(refused("not a regular file")),
        Err(Unreadable::TooLarge) => Err(refused("larger than 16 MiB")),
        Err(Unreadable::Encoding(position)) => {
            Err(StoreError::Syntax { path: path.to_owned(), position, problem: "the text is not UTF-8".to_owned() })
        }
    }
}
