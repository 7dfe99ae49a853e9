//! From edits to a change that is safe to write: applied to the texts, read back, compared, checked.

use std::path::{Path as FilePath, PathBuf};

use zeroize::Zeroizing;

use super::super::include::Builder;
use super::super::place::Place;
use super::super::shown::shown;
use super::super::value::Tree;
use super::super::{Config, ConfigError, ConfigLayer, ConfigSource, IncludeError, Problem};
use super::error::SaveError;
use super::files::ConfigFiles;
use super::intended::{put, remove, same};
use super::owner::Owner;
use crate::env::Env;
use crate::json5::{self, Edit, Limits, Path, Segment};

/// Edits of a configuration, worked out and checked, not yet written.
///
/// `Debug` shows paths only.
#[derive(Debug)]
pub struct ConfigChange {
    pub(super) before: ConfigFiles,
    pub(super) changed: Vec<FileChange>,
    problems: Vec<Problem>,
    absent: Vec<Path>,
}

/// What happens to one file. `Debug` shows its path only.
pub struct FileChange {
    pub(super) number: usize,
    path: PathBuf,
    /// Where its content stands in the configuration.
    mount: Path,
    before: Zeroizing<String>,
    after: Zeroizing<String>,
}

impl FileChange {
    /// The file, as the configuration names it.
    #[must_use]
    pub fn path(&self) -> &FilePath {
        &self.path
    }

    /// Its text before; empty for a file that is made. It may hold secrets.
    pub(super) fn before(&self) -> &str {
        &self.before
    }

    /// Its text afterwards. It may hold secrets.
    pub(super) fn after(&self) -> &str {
        &self.after
    }

    /// Its text before, empty for a file that is made, and afterwards: the same lines, with `***` for
    /// everything that may be a secret, and `*** (changed)` for a secret that is another one now.
    #[must_use]
    pub fn preview(&self) -> Preview {
        let at = Some(self.mount.segments());
        Preview { before: shown(&self.before, at, None).text, after: shown(&self.after, at, Some(&self.before)).text }
    }
}

/// A change of a file, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preview {
    /// The text before.
    pub before: String,
    /// The text afterwards.
    pub after: String,
}

impl std::fmt::Debug for FileChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FileChange").field(&self.path).finish()
    }
}

impl ConfigChange {
    /// Whether the files say already what was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    /// The files that change.
    #[must_use]
    pub fn files(&self) -> &[FileChange] {
        &self.changed
    }

    /// Problems that the configuration had before and still has: worth a warning.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Paths that were to be removed and are not there.
    #[must_use]
    pub fn absent(&self) -> &[Path] {
        &self.absent
    }
}

impl ConfigFiles {
    /// Works out what edits, one after the other, make of the files. Paths are those of the merged
    /// configuration. Nothing is written.
    ///
    /// The value given is JSON5; for a file that is strict JSON it is written as JSON. After each edit
    /// all files are read again as they would be, and must merge to the configuration before with
    /// exactly that edit in it. In the end the configuration is checked: `env` is the process's
    /// environment, filled up from `<state>/.env`.
    ///
    /// # Errors
    /// Why there is no such change. A problem that the configuration has already is no reason.
    pub fn plan(&self, edits: &[Edit], env: &Env) -> Result<ConfigChange, SaveError> {
        let mut now = self.clone();
        let (mut absent, mut removed) = (Vec::new(), Vec::new());
        let mut mounts = Vec::new();
        for edit in edits {
            let path = edit.path();
            match edit.value() {
                Some(value) => now = now.set(edit, &value, &mut mounts)?,
                None => match now.unset(path, &mut mounts)? {
                    Some(next) => {
                        removed.push(steps(now.tree(), path));
                        now = next;
                    }
                    None => absent.push(path.clone()),
                },
            }
        }
        let changed: Vec<FileChange> = self.changes(&now, &mounts).collect();
        let problems = if changed.is_empty() { problems(&now, env) } else { self.check(&now, &removed, env)? };
        Ok(ConfigChange { before: self.clone(), changed, problems, absent })
    }

    fn set(&self, edit: &Edit, value: &str, mounts: &mut Vec<Mount>) -> Result<Self, SaveError> {
        let path = edit.path();
        let tree = value_tree(path, value)?;
        let segments = path.segments();
        if self.tree().walk(segments).is_some_and(|there| same(there, &tree, None)) {
            return Ok(self.clone());
        }
        let owner = self.owner(path)?;
        mounts.push(mount(path, &owner));
        let after = self.edited(&owner, edit.at(owner.path.clone()))?;
        let mut intended = self.tree().clone();
        let possible = put(&mut intended, segments, tree);
        self.verify(after, possible.then_some(&intended), path, &owner)
    }

    fn unset(&self, path: &Path, mounts: &mut Vec<Mount>) -> Result<Option<Self>, SaveError> {
        let Some(owner) = self.owner_to_unset(path)? else { return Ok(None) };
        mounts.push(mount(path, &owner));
        let after = self.edited(&owner, Edit::unset(owner.path.clone()))?;
        let mut intended = self.tree().clone();
        let possible = remove(&mut intended, path.segments());
        self.verify(after, possible.then_some(&intended), path, &owner).map(Some)
    }

    /// The files after an edit of the one that owns the place.
    fn edited(&self, owner: &Owner, edit: Edit) -> Result<Self, SaveError> {
        let text = self.files.get(owner.number).map_or("", |file| file.text.as_str());
        let after = json5::edit(text, &[edit], &Limits::default())
            .map_err(|error| SaveError::Edit { file: owner.file.clone(), error: Box::new(error) })?;
        Ok(self.with_text(owner.number, after)?)
    }

    fn verify(&self, after: Self, intended: Option<&Tree>, path: &Path, owner: &Owner) -> Result<Self, SaveError> {
        if intended.is_some_and(|intended| same(intended, after.tree(), Some(path.segments()))) {
            return Ok(after);
        }
        Err(SaveError::NotAsIntended { path: path.clone(), origin: self.place_of(owner) })
    }

    fn changes<'f>(&'f self, after: &'f Self, mounts: &'f [Mount]) -> impl Iterator<Item = FileChange> + 'f {
        self.files.iter().enumerate().filter_map(|(number, file)| {
            let edited = after.files.iter().find(|edited| edited.path == file.path)?;
            (edited.text != file.text).then(|| FileChange {
                number,
                path: file.path.clone(),
                mount: mounts.iter().find(|(path, _)| *path == file.path).map(|(_, at)| at.clone()).unwrap_or_default(),
                before: if file.exists { file.text.clone() } else { Zeroizing::default() },
                after: edited.text.clone(),
            })
        })
    }

    /// The problems that stay, if there are no new ones.
    fn check(&self, after: &Self, removed: &[Vec<Segment>], env: &Env) -> Result<Vec<Problem>, SaveError> {
        let found = problems(after, env);
        if found.is_empty() {
            return Ok(found);
        }
        let mut known: Vec<Problem> = problems(self, env);
        for removed in removed {
            known.iter_mut().for_each(|problem| moved_up(&mut problem.path, removed));
        }
        let mut new = Vec::new();
        let mut old = Vec::new();
        for problem in found {
            let at = known.iter().position(|known| known.path == problem.path && known.kind == problem.kind);
            match at {
                Some(at) => {
                    known.remove(at);
                    old.push(problem);
                }
                None => new.push(problem),
            }
        }
        if new.is_empty() { Ok(old) } else { Err(SaveError::Invalid { problems: new }) }
    }
}

/// A file, and where its content stands in the configuration.
type Mount = (PathBuf, Path);

/// What leads to the file that owns a path: all that is not the way inside it.
fn mount(path: &Path, owner: &Owner) -> Mount {
    let above = path.segments().len().saturating_sub(owner.path.segments().len());
    (owner.file.clone(), path.segments().iter().take(above).cloned().collect())
}

/// The value as the configuration would read it at that path.
fn value_tree(path: &Path, value: &str) -> Result<Tree, SaveError> {
    json5::scan(value, &Limits::default()).map_err(|error| SaveError::Value { path: path.clone(), error })?;
    let read = Builder::new(None).root(ConfigSource::Override, value, &Place::at(path.segments()));
    read.map_err(|error| match error {
        ConfigError::Include(failure) if matches!(failure.kind, IncludeError::NoFile) => {
            SaveError::IncludeInValue { path: path.clone() }
        }
        other => SaveError::Config(other),
    })
}

fn problems(files: &ConfigFiles, env: &Env) -> Vec<Problem> {
    match Config::from_layers([ConfigLayer::defaults(), files.layer()], env) {
        Err(ConfigError::Invalid { problems }) => problems,
        _ => Vec::new(),
    }
}

/// The steps of a path as problems name them: an index where `list.0` reaches into an array.
fn steps(tree: &Tree, path: &Path) -> Vec<Segment> {
    let mut at = Some(tree);
    let step = |segment: &Segment| {
        let here = at;
        at = here.and_then(|tree| tree.walk(std::slice::from_ref(segment)));
        match segment {
            Segment::Key(_) if here.is_some_and(|tree| tree.kind() == "array") => {
                segment.as_index().map_or_else(|| segment.clone(), Segment::Index)
            }
            other => other.clone(),
        }
    };
    path.segments().iter().map(step).collect()
}

/// Where a path leads once an element before it in the same array is gone.
fn moved_up(path: &mut Path, removed: &[Segment]) {
    let Some((Segment::Index(gone), array)) = removed.split_last() else { return };
    let mut segments = path.segments().to_vec();
    let inside = segments.starts_with(array);
    if let Some(Segment::Index(index)) = segments.get_mut(array.len()).filter(|_| inside)
        && *index > *gone
    {
        *index -= 1;
        *path = segments.into_iter().collect();
    }
}
