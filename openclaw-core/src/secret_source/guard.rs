//! Whether nobody else can read a file of secrets, or put another program in the place of one.
//!
//! OpenClaw checks the file itself: a regular one, owned by the current user, closed to others. Here root
//! may own it too (packages and mounted secrets do), and the folders on the way to it must be theirs as
//! well and closed to everybody and to foreign groups, who could put a file of the same name there.

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
    // Whoever may rename in any folder on the way can put something else in its place.
    let folder = crate::disk::folder(path);
    let folder = std::fs::canonicalize(&folder)
        .map_err(|error| format!("the folder of {shown} cannot be looked at: {error}"))?;
    for folder in folder.ancestors() {
        let of =
            std::fs::metadata(folder).map_err(|error| format!("a folder of {shown} cannot be looked at: {error}"))?;
        let named = crate::secret::printable(&folder.display().to_string());
        if !ours(of.uid()) {
            let owner = of.uid();
            return Err(format!(
                "{named}, where {shown} lies, belongs to another user ({owner}), who could replace it"
            ));
        }
        // In a sticky folder everybody may make files, and nobody may replace another's.
        let open = if of.mode() & 0o1000 == 0 { of.mode() & 0o022 } else { 0 };
        if open & 0o002 != 0 {
            let command = format!("chmod o-w {}", word(folder));
            return Err(format!(
                "everybody may put files into the folder {named}, where {shown} lies; run `{command}`"
            ));
        }
        if open & 0o020 != 0 && !is_trusted_group(of.gid()) {
            let (group, command) = (of.gid(), format!("chmod g-w {}", word(folder)));
            return Err(format!(
                "group {group} may put files into the folder {named}, where {shown} lies; run `{command}`"
            ));
        }
    }
    Ok(())
}

/// Our own group (on many systems a user has one alone) and those who are or become root anyway; Homebrew
/// leaves its folders to macOS's `admin`.
#[cfg(unix)]
fn is_trusted_group(gid: u32) -> bool {
    gid == 0 || gid == rustix::process::getegid().as_raw() || (cfg!(target_os = "macos") && gid == 80)
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
