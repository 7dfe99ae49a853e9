//! What a doctor looks for in an agent's file, and puts right under its lock.

use std::collections::BTreeSet;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use super::files::Update;
use super::read;
use crate::disk::{self, Access, Durability, FileLock, Staged, target};
use crate::id::{AgentId, ProfileId};
use crate::json5::{Edit, Node, Path, string};
use crate::profile::AuthProfiles;
use crate::store::wire::{self, Snapshot, Version};
use crate::store::{FileStore, StoreError};

/// An agent's file, read for a doctor.
#[derive(Debug)]
pub(crate) struct Examined {
    pub(crate) profiles: AuthProfiles,
    /// What it says of its format: it may be one that is not written.
    pub(crate) version: Version,
    snapshot: Arc<Snapshot>,
}

/// A place in `order`, `lastGood` or `usageStats` that names a profile which is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) path: Path,
    pub(crate) id: ProfileId,
}

impl Orphan {
    /// Whether it stands in `order`, and not merely in what is remembered of a profile.
    pub(crate) fn is_order(&self) -> bool {
        matches!(self.path.segments().first(), Some(crate::json5::Segment::Key(key)) if key == "order")
    }
}

impl Examined {
    /// The places that name profiles which neither this file has nor `elsewhere`: OpenClaw's later
    /// releases let an agent use the main agent's profiles, and remember their health in its own file.
    pub(crate) fn orphans(&self, elsewhere: &BTreeSet<ProfileId>) -> Vec<Orphan> {
        orphans(&self.snapshot, elsewhere)
    }
}

fn orphans(snapshot: &Snapshot, elsewhere: &BTreeSet<ProfileId>) -> Vec<Orphan> {
    let root = &snapshot.document.root;
    let members = |section: &str| root.get(section).map(Node::members).unwrap_or_default();
    let named = |node: &Node| {
        let text = string(node, &snapshot.text)?;
        let id = text.trim();
        (!id.is_empty()).then(|| ProfileId::verbatim(id))
    };
    let missing = |id: &ProfileId| !snapshot.profiles.profiles.contains_key(id.as_str()) && !elsewhere.contains(id);
    let mut found = Vec::new();
    for member in members("order") {
        let list = Path::keys(["order", member.key.as_str()]);
        let elements = member.value.elements().iter().enumerate();
        let gone = elements.filter_map(|(at, node)| Some((at, named(node).filter(missing)?)));
        found.extend(gone.map(|(at, id)| Orphan { path: list.index(at), id }));
    }
    for member in members("lastGood") {
        let path = Path::keys(["lastGood", member.key.as_str()]);
        found.extend(named(&member.value).filter(missing).map(|id| Orphan { path, id }));
    }
    for member in members("usageStats") {
        // The number of a removed profile's secret is left on purpose.
        let left = |id: &ProfileId| missing(id) && !snapshot.health.of(id).is_only_a_number();
        let id = Some(ProfileId::verbatim(&member.key)).filter(left);
        found.extend(id.map(|id| Orphan { path: Path::keys(["usageStats", member.key.as_str()]), id }));
    }
    found
}

/// From the back, so that an index still means its element when its turn comes. A list of which nothing
/// is left goes as a whole.
fn removal(snapshot: &Snapshot, orphans: &[Orphan]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = orphans.iter().rev().map(|orphan| Edit::unset(orphan.path.clone())).collect();
    for member in snapshot.document.root.get("order").map(Node::members).unwrap_or_default() {
        let list = Path::keys(["order", member.key.as_str()]);
        let gone = orphans.iter().filter(|orphan| orphan.path.segments().starts_with(list.segments())).count();
        if gone > 0 && gone == member.value.elements().len() {
            edits.push(Edit::unset(list));
        }
    }
    edits
}

impl FileStore {
    /// Reads the agent's file; `None` if there is none. Takes no lock and writes nothing.
    pub(crate) fn examine(&self, agent: &AgentId) -> Result<Option<Examined>, StoreError> {
        Ok(self.files.read(agent)?.map(|snapshot| Examined {
            profiles: snapshot.profiles.clone(),
            version: snapshot.version,
            snapshot,
        }))
    }

    /// Takes away what names missing profiles, in one write; returns what it was.
    pub(crate) fn remove_orphans(
        &self,
        agent: &AgentId,
        elsewhere: &BTreeSet<ProfileId>,
    ) -> Result<Vec<Orphan>, StoreError> {
        self.files.update(agent, self.files.patience, |before| {
            let orphans = orphans(before, elsewhere);
            let edits = removal(before, &orphans);
            Ok(Update { value: orphans, edits, durability: Durability::Durable })
        })
    }

    /// Moves a file that is no store out of the way: `auth-profiles.json.<ending>`, closed to others,
    /// beside the file that it really is. `None` if it is a store by now, or gone.
    pub(crate) fn set_aside(&self, agent: &AgentId, ending: &str) -> Result<Option<PathBuf>, StoreError> {
        if let Some(marker) = self.newer_openclaw(agent) {
            return Err(StoreError::NewerOpenClaw { marker });
        }
        let path = self.path(agent);
        let target = target(&path)?;
        let _lock = FileLock::acquire(&target, self.files.patience)?;
        match read::snapshot(&target, &self.files.cache, self.files.patience) {
            Ok(_) => return Ok(None),
            Err(StoreError::Syntax { .. } | StoreError::Shape { .. }) => {}
            Err(other) => return Err(other),
        }
        let place = disk::set_aside(&target, ending)?;
        if target != path {
            // A link that leads nowhere would be refused from now on, and it is shared on purpose.
            Staged::write(&target, wire::EMPTY_STORE.as_bytes(), Durability::Durable, Access::Private)?.commit()?;
        }
        Ok(place)
    }
}

/// Removes what killed processes left beside a file; returns what it was.
pub(crate) fn tidy(target: &FilePath, patience: std::time::Duration) -> Result<Vec<PathBuf>, disk::DiskError> {
    let mut found = disk::leftovers(target);
    found.extend(disk::left_lock(target).map(|lock| lock.path));
    let _lock = FileLock::acquire(target, patience)?;
    disk::sweep(target);
    // The dead lock went when ours was taken; ours stands in its place until we are done.
    let lock = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "lock");
    Ok(found.into_iter().filter(|path| lock(path) || path.symlink_metadata().is_err()).collect())
}
