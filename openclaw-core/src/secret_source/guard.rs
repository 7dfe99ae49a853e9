//! Whether nobody else can read a file of secrets, or put another program in the place of one.
//!
//! OpenClaw checks the file itself: a regular one, owned by the current user, closed to others. Here root
//! may own it too (packages and mounted secrets do), and the folder must not be open to everybody, where
//! each could put a file of the same name.

#![cfg_attr(unix, expect(clippy::disallowed_methods, reason = "edge: folders are looked at here"))]

use std::fs::Metadata;
use std::path::Path;

/// What others may not do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// Neither read nor write it: it holds secrets.
    Private,
    /// Not write it: it is a program.
    Unwritable,
}

/// Whether the owner and the permissions of a file are in order; else what to do.
#[cfg(unix)]
pub(super) fn check(path: &Path, metadata: &Metadata, closed: Closed) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = |uid: u32| uid == 0 || uid == rustix::process::geteuid().as_raw();
    let shown = crate::secret::printable(&path.display().to_string());
    if !ours(metadata.uid()) {
        return Err(format!("{shown} belongs to another user ({}), neither to this one nor to root", metadata.uid()));
    }
    let (forbidden, what, repair) = match closed {
        Closed::Private => (0o077, "others may read or write", "600"),
        Closed::Unwritable => (0o022, "others may write", "go-w"),
    };
    if metadata.mode() & forbidden != 0 {
        return Err(format!("{what} {shown}; run `chmod {repair} {}`", word(path)));
    }
    let folder = crate::disk::folder(path);
    match std::fs::metadata(&folder) {
        // In a sticky folder everybody may make files, and nobody may replace another's.
        Ok(of) if of.mode() & 0o1002 == 0o002 => {
            Err(format!("everybody may put files into the folder of {shown}; run `chmod o-w {}`", word(&folder)))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(format!("the folder of {shown} cannot be looked at: {error}")),
    }
}

/// Where permissions mean something else they cannot be checked, and what is not checked is not used.
#[cfg(not(unix))]
pub(super) fn check(path: &Path, _metadata: &Metadata, _closed: Closed) -> Result<(), String> {
    Err(format!(
        "the permissions of {} cannot be checked on this system; set allowInsecurePath if only you can change it",
        crate::secret::printable(&path.display().to_string())
    ))
}

/// A path as a shell takes it.
#[cfg(unix)]
fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ':' | '@');
    if text.chars().all(plain) { text } else { crate::secret::printable(&format!("'{}'", text.replace('\'', r"'\''"))) }
}
