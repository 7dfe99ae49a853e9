//! Reading a file: whole, within a limit, and only if it is a file.

#![expect(clippy::disallowed_methods, reason = "edge: shared files are read here")]

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::stamp::Stamp;
use super::{DiskError, calls};
use crate::json5::{LineIndex, Position};

/// Why a file cannot be read as text.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// There is none.
    Missing(io::Error),
    /// The operating system refused.
    Io(io::Error),
    /// A folder, a pipe or a device.
    NotRegular,
    /// Above the limit.
    TooLarge,
    /// Not UTF-8 from here on.
    Encoding(Position),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Missing(error) } else { Self::Io(error) }
    }
}

/// Reads a regular file of at most `limit` bytes, links followed. A pipe or a device would block or
/// never end, so they are not even opened.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Zeroizing<String>, Unreadable> {
    read_stamped(path, limit).map(|(text, _)| text)
}

/// As [`read`], with the stamp of what was read, if it can be trusted.
pub(crate) fn read_stamped(path: &Path, limit: usize) -> Result<(Zeroizing<String>, Option<Stamp>), Unreadable> {
    if !fs::metadata(path)?.is_file() {
        return Err(Unreadable::NotRegular);
    }
    calls::reach("read")?;
    let mut file = open(path)?;
    let metadata = file.metadata()?;
    let stamp = Stamp::of(&metadata).filter(Stamp::is_settled);
    if !metadata.is_file() {
        return Err(Unreadable::NotRegular);
    }
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    if metadata.len() > most {
        return Err(Unreadable::TooLarge);
    }
    // One buffer that does not grow: no copy of a secret stays behind in freed memory.
    let room = usize::try_from(metadata.len()).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    (&mut file).take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(Unreadable::TooLarge);
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok((Zeroizing::new(text), stamp)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = Zeroizing::new(error.into_bytes());
            let text = bytes.get(..valid).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or("");
            Err(Unreadable::Encoding(LineIndex::new(text).position(text, valid)))
        }
    }
}

/// A pipe that took the file's place a moment ago must not be waited for.
fn open(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    options.open(path)
}

/// The file to be written behind a path: links are followed, so that a file that is shared by a link
/// stays shared. A link that somebody else made is refused; for root, unless it leads to a file of theirs,
/// with which they may do what they like in any case.
pub(crate) fn target(path: &Path) -> Result<PathBuf, DiskError> {
    let refused = |problem| DiskError::Refused { path: path.to_owned(), problem };
    let failed = |source| DiskError::Io { step: "look at", path: path.to_owned(), source };
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path.to_owned()),
        Err(source) => return Err(failed(source)),
    };
    if metadata.is_symlink() {
        let real = fs::canonicalize(path).map_err(|error| match error.kind() {
            _ if !ours(&metadata, None) => refused("a link that belongs to another user"),
            io::ErrorKind::NotFound => refused("a link to a file that does not exist"),
            _ => failed(error),
        })?;
        if !ours(&metadata, fs::metadata(&real).ok().as_ref()) {
            return Err(refused("a link that belongs to another user"));
        }
        return Ok(real);
    }
    Ok(path.to_owned())
}

#[cfg(unix)]
fn ours(link: &fs::Metadata, real: Option<&fs::Metadata>) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let user = rustix::process::geteuid();
    link.uid() == user.as_raw() || (user.is_root() && real.is_some_and(|real| real.uid() == link.uid()))
}

#[cfg(not(unix))]
fn ours(_link: &fs::Metadata, _real: Option<&fs::Metadata>) -> bool {
    true
}
