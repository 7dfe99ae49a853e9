//! What can be wrong with files whatever they say, and how it is put right: open to others, left behind
//! by a killed process, in the way.

#![expect(clippy::disallowed_methods, reason = "edge: files are looked at and repaired here")]

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::sidecar::{self, Holder};
use super::{DiskError, folder, name_of, write};

/// From this age on a temporary file has no writer any more: writing takes milliseconds.
const OLD: Duration = Duration::from_secs(30);

/// What stands at a path, links followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) is_dir: bool,
    /// The permission bits, with set-uid, set-gid and sticky.
    pub(crate) mode: u32,
    /// Whose it is.
    pub(crate) owner: u32,
    /// Where it really lies.
    pub(crate) real: PathBuf,
}

impl Entry {
    /// What is there; `None` if there is nothing, or nobody may look.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        let real = fs::canonicalize(path).ok()?;
        let metadata = fs::metadata(&real).ok()?;
        let (mode, owner) = rights(&metadata);
        Some(Self { is_dir: metadata.is_dir(), mode, owner, real })
    }

    /// Whether anybody but the owner may read, write or enter it.
    pub(crate) const fn is_open(&self) -> bool {
        self.mode & 0o077 != 0
    }
}

#[cfg(unix)]
fn rights(metadata: &fs::Metadata) -> (u32, u32) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.mode() & 0o7777, metadata.uid())
}

#[cfg(not(unix))]
fn rights(_metadata: &fs::Metadata) -> (u32, u32) {
    (0o600, user())
}

/// Who we are.
#[cfg(unix)]
pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(crate) fn user() -> u32 {
    0
}

/// Takes the rights of everybody but the owner away from a file or a folder, links followed; false if
/// they had none. What is neither a file nor a folder stays as it is.
pub(crate) fn close(path: &Path) -> Result<bool, DiskError> {
    let failed = |source| DiskError::Io { step: "close", path: path.to_owned(), source };
    let real = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(error)),
    };
    // What was looked at is what is changed: a path that is looked up twice may lead elsewhere.
    let file = open(&real).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() && !metadata.is_dir() {
        return Ok(false);
    }
    restrict(&file, &metadata).map_err(failed)
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    options.open(path)
}

#[cfg(unix)]
fn restrict(file: &File, metadata: &fs::Metadata) -> io::Result<bool> {
    let (mode, _) = rights(metadata);
    if mode & 0o077 == 0 {
        return Ok(false);
    }
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode & !0o077))?;
    Ok(true)
}

#[cfg(not(unix))]
fn restrict(_file: &File, _metadata: &fs::Metadata) -> io::Result<bool> {
    Ok(false)
}

/// The names in a folder, sorted; none if it cannot be read.
pub(crate) fn entries(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Temporary files of killed writers of a target. The next write removes them too.
pub(crate) fn leftovers(target: &Path) -> Vec<PathBuf> {
    let mut old: Vec<PathBuf> = write::temporaries(target).into_iter().filter(|path| is_old(path)).collect();
    old.sort();
    old
}

fn is_old(path: &Path) -> bool {
    let changed = path.symlink_metadata().and_then(|metadata| metadata.modified());
    // One that is dated as far ahead was not made a moment ago either.
    changed
        .is_ok_and(|changed| SystemTime::now().duration_since(changed).unwrap_or_else(|ahead| ahead.duration()) > OLD)
}

/// OpenClaw's lock beside a target that nobody seems to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftLock {
    pub(crate) path: PathBuf,
    /// Whether it is dated ahead, so that only watching it tells whether anybody holds it.
    pub(crate) is_ahead: bool,
}

/// OpenClaw's lock beside a target, if whoever took it is gone.
pub(crate) fn left_lock(target: &Path) -> Option<LeftLock> {
    let path = folder(target).join(format!("{}.lock", name_of(target)));
    match sidecar::Sidecar::of(target).holder() {
        Holder::Gone | Holder::Live(_) => None,
        holder => Some(LeftLock { path, is_ahead: matches!(holder, Holder::Ahead(_)) }),
    }
}

/// Moves a file out of the way, closed to others, beside its place: `<name>.<ending>`, or
/// `<name>.<ending>-2` and so on. Nothing is ever replaced. `None` if there is no such file (any more).
pub(crate) fn set_aside(path: &Path, ending: &str) -> Result<Option<PathBuf>, DiskError> {
    close(path)?;
    for number in 1..1000 {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let place = folder(path).join(format!("{}.{ending}{number}", name_of(path)));
        match move_to(path, &place) {
            Ok(()) => {
                if let Err(error) = File::open(folder(path)).and_then(|dir| dir.sync_all()) {
                    tracing::debug!(%error, "a folder could not be synced");
                }
                return Ok(Some(place));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(DiskError::Io { step: "move away", path: path.to_owned(), source }),
        }
    }
    Err(DiskError::Refused { path: path.to_owned(), problem: "set aside too often; remove old copies first" })
}

/// A link never replaces anything; where there are none, nobody else may take the name in between.
fn move_to(path: &Path, place: &Path) -> io::Result<()> {
    match fs::hard_link(path, place) {
        Ok(()) => fs::remove_file(path),
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => Err(error),
        Err(_) if place.symlink_metadata().is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(path, place),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn what_is_open_is_closed_and_nothing_else_changes() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "x").unwrap();
        symlink(&file, &link).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
        assert!(Entry::at(&link).unwrap().is_open());
        assert!(close(&link).unwrap() && !close(&link).unwrap());
        assert_eq!(mode(&file), 0o600);
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o2775)).unwrap();
        assert!(close(dir.path()).unwrap());
        assert_eq!(mode(dir.path()), 0o2700);
        assert!(!close(&dir.path().join("missing")).unwrap());
    }

    #[test]
    fn setting_aside_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("store.json");
        for (content, place) in [("1", "store.json.corrupt-t"), ("2", "store.json.corrupt-t-2")] {
            fs::write(&file, content).unwrap();
            let place = dir.path().join(place);
            assert_eq!(set_aside(&file, "corrupt-t").unwrap(), Some(place.clone()));
            assert!(!file.exists());
            assert_eq!((fs::read_to_string(&place).unwrap().as_str(), mode(&place)), (content, 0o600));
        }
        assert_eq!(fs::read_to_string(dir.path().join("store.json.corrupt-t")).unwrap(), "1");
        assert_eq!(set_aside(&file, "corrupt-t").unwrap(), None);
    }
}
