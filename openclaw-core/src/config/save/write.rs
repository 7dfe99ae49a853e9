//! Writing what was planned: locked, compared, backed up, replaced.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::super::{Problem, load};
use super::error::SaveError;
use super::files::{Authored, ConfigFiles};
use super::plan::{ConfigChange, FileChange};
use super::secrets::Gone;
use crate::disk::{
    Access, Backup, DiskError, Durability, FileLock, PATIENCE, Staged, Unreadable, backups, delete, folder,
    make_folder, places, read, sweep, target,
};
use crate::env::Env;
use crate::json5::{self, Edit};

/// How often an edit is worked out when somebody else changes a file meanwhile: the root before it is
/// locked, an included file by way of another root.
const ATTEMPTS: usize = 6;
/// A backup above this size is not looked through.
const MAX_BACKUP: usize = 16 * 1024 * 1024;

/// What was written.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Written {
    /// The files that changed, as the configuration names them; none if nothing had to change.
    pub files: Vec<PathBuf>,
    /// The backups that were made of them.
    pub backups: Vec<PathBuf>,
    /// Backups that were deleted, because they held a secret that the edit took out.
    pub deleted_backups: Vec<PathBuf>,
    /// Problems that the configuration had before and still has: worth a warning.
    pub problems: Vec<Problem>,
    /// Paths that were to be removed and were not there.
    pub absent: Vec<json5::Path>,
}

/// Edits the configuration in one go: read, worked out, checked and written under one lock, so that
/// of several processes that do so at once none loses anything.
///
/// ```
/// use openclaw_core::Env;
/// use openclaw_core::config::edit_config;
/// use openclaw_core::json5::Edit;
///
/// # let folder = tempfile::tempdir()?;
/// let config = folder.path().join("openclaw.json");
/// std::fs::write(&config, "{ agents: { $include: './agents.json5' } } // mine\n")?;
/// std::fs::write(folder.path().join("agents.json5"), "{ defaults: { model: 'opus' /* best */ } }\n")?;
///
/// let edits = [Edit::set("agents.defaults.model".parse()?, "'sonnet'")];
/// let written = edit_config(&config, &Env::from_process(), &edits)?;
///
/// assert_eq!(written.files, [folder.path().join("agents.json5")]);
/// let text = std::fs::read_to_string(&written.files[0])?;
/// assert_eq!(text, "{ defaults: { model: 'sonnet' /* best */ } }\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`ConfigFiles::read`], [`ConfigFiles::plan`] and [`ConfigChange::write`].
pub fn edit_config(config_path: &Path, env: &Env, edits: &[Edit]) -> Result<Written, SaveError> {
    edit_config_with(config_path, env, |_| Ok(edits.to_vec()))
}

/// As [`edit_config`], with edits that depend on what the files say.
pub(crate) fn edit_config_with<E: From<SaveError>>(
    config_path: &Path,
    env: &Env,
    edits: impl Fn(&ConfigFiles) -> Result<Vec<Edit>, E>,
) -> Result<Written, E> {
    let plan = || -> Result<ConfigChange, E> {
        let files = ConfigFiles::read(config_path, env).map_err(SaveError::from)?;
        Ok(files.plan(&edits(&files)?, env)?)
    };
    // Without a lock first: what changes nothing or is refused leaves no trace.
    let mut change = plan()?;
    if change.is_empty() {
        return Ok(change.report());
    }
    let (root, _lock) = lock_root(config_path)?;
    for _ in 1..ATTEMPTS {
        match change.write_under(&root) {
            Err(SaveError::Changed { .. }) => change = plan()?,
            written => return Ok(written?),
        }
    }
    Ok(change.write_under(&root)?)
}

/// Takes the lock of the root file; also its place, links followed.
fn lock_root(config_path: &Path) -> Result<(PathBuf, FileLock), SaveError> {
    make_folder(&folder(config_path))?;
    let root = place(config_path)?;
    let lock = FileLock::acquire(&root, PATIENCE)?;
    Ok((root, lock))
}

/// Where a file is written: one place however it is named, so that one lock is one lock.
fn place(path: &Path) -> Result<PathBuf, DiskError> {
    let target = target(path)?;
    Ok(load::real(&target).unwrap_or(target))
}

impl ConfigChange {
    /// Writes the change, if the files still say what they said when it was worked out.
    ///
    /// The root file is locked, then the included ones that change. Each file is replaced as a whole
    /// and keeps its mode; a file that is made is closed to others (0600). The state before goes to
    /// `<file>.bak`, older ones to `.bak.1` … `.bak.4`, all 0600. When the change takes a secret out of
    /// the configuration, backups that hold it are deleted, and the state before is not backed up.
    /// A link of ours is written through; a second hard link keeps the old text.
    ///
    /// A process that is killed leaves each file as it was or as it should be. If several files change,
    /// the later ones may be left as they were.
    ///
    /// # Errors
    /// [`SaveError::Changed`] if anybody changed one of the files, [`SaveError::Disk`] if a file cannot
    /// be locked, read or written. An editor takes no lock: the files are compared once more when all
    /// is ready, and only what it saves in the microseconds between that and the replacement is
    /// replaced unseen, which no file system prevents.
    pub fn write(&self) -> Result<Written, SaveError> {
        let Some(root) = self.before.files.first().filter(|_| !self.is_empty()) else { return Ok(self.report()) };
        let (root, _lock) = lock_root(&root.path)?;
        self.write_under(&root)
    }

    fn report(&self) -> Written {
        Written { problems: self.problems().to_vec(), absent: self.absent().to_vec(), ..Written::default() }
    }

    /// Under the lock of the root file.
    fn write_under(&self, root: &Path) -> Result<Written, SaveError> {
        self.prepare(root)?.commit()
    }

    /// Does what is slow: afterwards everything is on the disk, beside what it will replace.
    fn prepare(&self, root: &Path) -> Result<Prepared<'_>, SaveError> {
        let changed = self.changed.iter().map(|change| Ok((change, place(change.path())?)));
        let changed: Vec<(&FileChange, PathBuf)> = changed.collect::<Result<_, DiskError>>()?;
        let gone = Gone::new(&self.before, &self.texts_after());
        let mut locked: BTreeSet<PathBuf> = changed.iter().map(|(_, place)| place.clone()).collect();
        for file in &self.before.files {
            if !self.stale_backups(file, &gone)?.is_empty() {
                locked.insert(file.real.clone());
            }
        }
        locked.remove(root);
        let locks = locked.iter().map(|place| FileLock::acquire(place, PATIENCE));
        let locks: Vec<FileLock> = locks.collect::<Result<_, _>>()?;
        sweep(root);
        locked.iter().for_each(|place| sweep(place));
        self.before.files.iter().try_for_each(unchanged)?;
        changed.iter().flat_map(|(_, place)| places(place)).try_for_each(|backup| self.is_no_part(&backup))?;

        let staged = changed.iter().map(|(change, place)| {
            Staged::write(place, change.after().as_bytes(), Durability::Durable, Access::AsBefore)
        });
        let staged: Vec<Staged> = staged.collect::<Result<_, _>>()?;
        let exists = |change: &FileChange| self.before.files.get(change.number).is_some_and(|file| file.exists);
        let kept = changed.iter().filter(|(change, place)| {
            exists(change) && !gone.stand_in(change.before()) && !is_backed_up(place, change.before())
        });
        let kept = kept.map(|(change, place)| Backup::write(place, change.before().as_bytes()));
        let kept: Vec<Backup> = kept.collect::<Result<_, _>>()?;
        Ok(Prepared { change: self, gone, staged, kept, _locks: locks })
    }

    /// Refuses to move, replace or delete a backup that the configuration is made of.
    fn is_no_part(&self, backup: &Path) -> Result<(), DiskError> {
        let stands_at = |file: &Authored| {
            let named = load::real(&folder(&file.path)).ok().zip(file.path.file_name());
            file.real == backup || named.is_some_and(|(folder, name)| folder.join(name) == backup)
        };
        if self.before.files.iter().any(stands_at) {
            const PART: &str = "included by the configuration, and a backup would take its place; give it another name";
            return Err(DiskError::Refused { path: backup.to_owned(), problem: PART });
        }
        Ok(())
    }

    /// The backups of a file that hold a secret that is gone. One that cannot be looked through counts.
    fn stale_backups(&self, file: &Authored, gone: &Gone) -> Result<Vec<PathBuf>, DiskError> {
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        let mut stale = Vec::new();
        for backup in backups(&file.real) {
            let holds = match read(&backup, MAX_BACKUP) {
                Ok(text) => gone.stand_in(&text),
                Err(Unreadable::TooLarge | Unreadable::Encoding(_)) => true,
                Err(Unreadable::Io(error)) if error.kind() == io::ErrorKind::PermissionDenied => true,
                Err(Unreadable::Io(source)) => {
                    return Err(DiskError::Io { step: "read the backup", path: backup, source });
                }
                Err(Unreadable::Missing(_) | Unreadable::NotRegular) => false,
            };
            if holds {
                self.is_no_part(&backup)?;
                stale.push(backup);
            }
        }
        Ok(stale)
    }

    /// What the files will say, those included that the configuration will no longer include.
    fn texts_after(&self) -> Vec<&str> {
        let text = |(number, file): (usize, _)| {
            let change = self.changed.iter().find(|change| change.number == number);
            change.map_or_else(|| Authored::text(file), FileChange::after)
        };
        self.before.files.iter().enumerate().map(text).collect()
    }
}

/// A change that is ready: new texts and backups are complete, the files are locked.
struct Prepared<'c> {
    change: &'c ConfigChange,
    gone: Gone,
    staged: Vec<Staged>,
    kept: Vec<Backup>,
    // Unlocked last.
    _locks: Vec<FileLock>,
}

impl Prepared<'_> {
    /// Puts everything in its place, if the files still say what they said.
    fn commit(self) -> Result<Written, SaveError> {
        let files = &self.change.before.files;
        // Before a backup goes, and again before a file does: the folder is synced in between.
        files.iter().try_for_each(unchanged)?;
        let mut report = self.change.report();
        for file in files {
            for backup in self.change.stale_backups(file, &self.gone)? {
                delete(&backup)?;
                report.deleted_backups.push(backup);
            }
        }
        for backup in self.kept {
            report.backups.push(backup.rotate()?);
        }
        files.iter().try_for_each(unchanged)?;
        Staged::commit_all(self.staged)?;
        report.files = self.change.changed.iter().map(|change| change.path().to_path_buf()).collect();
        Ok(report)
    }
}

/// Whether the file still says what it said.
fn unchanged(file: &Authored) -> Result<(), SaveError> {
    // The text last: what is saved after it was read is not seen.
    let moved = file.exists && load::real(&file.path).map_or(true, |real| real != file.real);
    let same = match load::read_or_missing(&file.path)? {
        Some(text) => file.exists && !moved && text == file.text,
        None => !file.exists,
    };
    if same { Ok(()) } else { Err(SaveError::Changed { path: file.path.clone() }) }
}

/// Whether the newest backup is that state: a writer was killed between the backup and the change.
fn is_backed_up(place: &Path, text: &str) -> bool {
    let newest = backups(place).next().and_then(|newest| read(&newest, MAX_BACKUP).ok());
    newest.is_some_and(|newest| newest.as_str() == text)
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
