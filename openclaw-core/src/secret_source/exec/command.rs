//! Which program is run, and whether it is safe to.

use std::path::{Path, PathBuf};

use crate::secret::printable;
use crate::secret_source::guard::{self, Closed};

/// A program as the configuration names it.
#[derive(Debug)]
pub(super) struct Command {
    /// Its absolute path.
    pub(super) given: PathBuf,
    /// Folders, one of which it must lie in; any will do if there are none.
    pub(super) trusted: Vec<PathBuf>,
    pub(super) may_be_a_link: bool,
    /// Whether owner and permissions do not matter.
    pub(super) insecure: bool,
}

impl Command {
    pub(super) fn shown(&self) -> String {
        printable(&self.given.display().to_string())
    }

    /// The file that is run, every link resolved. What it looks at can change before it is run by whoever
    /// may change it: that nobody else may is what is checked.
    #[expect(clippy::disallowed_methods, reason = "edge: the program is looked at here")]
    pub(super) fn file(&self) -> Result<PathBuf, String> {
        let unseen = |error: std::io::Error| format!("cannot be looked at: {error}");
        if !self.may_be_a_link && self.given.symlink_metadata().map_err(unseen)?.is_symlink() {
            return Err("is a link; name the program itself, or set allowSymlinkCommand with trustedDirs".to_owned());
        }
        let file = std::fs::canonicalize(&self.given).map_err(unseen)?;
        if !self.trusted.is_empty() && !self.trusted.iter().any(|dir| lies_in(&file, dir)) {
            let shown = printable(&file.display().to_string());
            return Err(format!("lies outside of trustedDirs (it is {shown})"));
        }
        let metadata = std::fs::metadata(&file).map_err(unseen)?;
        if !metadata.is_file() {
            return Err("is not a regular file".to_owned());
        }
        if !self.insecure {
            guard::check(&file, &metadata, Closed::Unwritable).map_err(|problem| format!("is not run: {problem}"))?;
        }
        Ok(file)
    }
}

/// Whether a file lies in a folder, which may be named by a link.
#[expect(clippy::disallowed_methods, reason = "edge: the folder is looked at here")]
fn lies_in(file: &Path, dir: &Path) -> bool {
    std::fs::canonicalize(dir).is_ok_and(|dir| file.starts_with(dir))
}
