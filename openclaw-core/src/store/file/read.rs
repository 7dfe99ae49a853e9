//! Reading the file: whole, once more if it was torn, and only if it is a file of ours.

#![expect(clippy::disallowed_methods, reason = "edge: the store's file is read here")]

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::store::StoreError;
use crate::store::wire::{self, Snapshot, WireError};

/// How long a text that does not parse is read again and again: a writer that writes in place needs
/// no longer for a file of this size, even on a busy machine.
const TORN: Duration = Duration::from_millis(250);

pub(super) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The file behind the path: links are followed, so that a store that several agents share by a
/// link stays shared. A link that somebody else made is refused.
pub(super) fn target(path: &Path) -> Result<PathBuf, StoreError> {
    let refused = |problem| StoreError::Refused { path: path.to_owned(), problem };
    let failed = |source| StoreError::Io { step: "look at", path: path.to_owned(), source };
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path.to_owned()),
        Err(source) => return Err(failed(source)),
    };
    if metadata.is_symlink() {
        if !ours(&metadata) {
            return Err(refused("a link that belongs to another user"));
        }
        return fs::canonicalize(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => refused("a link to a file that does not exist"),
            _ => failed(error),
        });
    }
    Ok(path.to_owned())
}

/// Reads the file, again for a moment if it does not parse; `None` if there is none.
pub(super) fn snapshot(path: &Path, patience: Duration) -> Result<Option<Snapshot>, StoreError> {
    let start = Instant::now();
    loop {
        let read = text(&target(path)?).and_then(|text| text.map(|text| parse(path, text)).transpose());
        match read {
            Err(StoreError::Syntax { .. }) if start.elapsed() < TORN.min(patience) => {
                std::thread::sleep(Duration::from_millis(5));
            }
            read => return read,
        }
    }
}

/// Turns a text into a snapshot, with the path in the error.
pub(super) fn parse(path: &Path, text: Zeroizing<String>) -> Result<Snapshot, StoreError> {
    wire::parse(text).map_err(|error| match error {
        WireError::Syntax { position, problem } => StoreError::Syntax { path: path.to_owned(), position, problem },
        WireError::Shape { problem } => StoreError::Shape { path: path.to_owned(), problem },
    })
}

/// The file's text; `None` if there is none.
pub(super) fn text(path: &Path) -> Result<Option<Zeroizing<String>>, StoreError> {
    let failed = |source| StoreError::Io { step: "read", path: path.to_owned(), source };
    // Looked at before it is opened: opening a pipe would wait for a writer for ever.
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(source)),
    };
    if !metadata.is_file() {
        return Err(StoreError::Refused { path: path.to_owned(), problem: "not a regular file" });
    }
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(source)),
    };
    let limit = u64::try_from(super::LIMITS.bytes).unwrap_or(u64::MAX);
    let room = usize::try_from(metadata.len().min(limit)).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    (&mut file).take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Some(Zeroizing::new(text.to_owned()))),
        Err(error) => {
            let before = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or(&[]));
            let position = crate::json5::LineIndex::new(&before).position(&before, before.len());
            Err(StoreError::Syntax { path: path.to_owned(), position, problem: "the text is not UTF-8".to_owned() })
        }
    }
}

#[cfg(unix)]
fn ours(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn ours(_metadata: &fs::Metadata) -> bool {
    true
}
