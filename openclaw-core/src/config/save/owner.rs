//! Which file an edit goes to.
//!
//! The value at a path is what its *parts* merge to, in order: the content of each `$include`, then
//! the keys beside it. Objects merge key by key and arrays follow one another; anything else is
//! replaced by the next part, and with it all parts before. What is left is one part, or several that
//! are all objects or all arrays. A path is walked by going from the parts of a value to those of the
//! value below it.

use std::path::PathBuf;

use super::super::Origin;
use super::error::OwnerError;
use super::files::{ConfigFiles, INCLUDE};
use crate::json5::{Kind, Node, Path, Segment};

/// Which file an edit goes to, and which path inside that file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner {
    /// The file, as the configuration names it.
    pub file: PathBuf,
    /// The path inside it. The root of an included file is the empty path.
    pub path: Path,
    pub(super) number: usize,
}

/// A part of a value: a node in one of the files.
#[derive(Clone)]
struct Part<'f> {
    /// The files from the root to the one that it stands in.
    chain: Vec<usize>,
    /// Its path in that file.
    path: Vec<Segment>,
    node: &'f Node,
}

impl Part<'_> {
    fn file(&self) -> usize {
        self.chain.last().copied().unwrap_or(0)
    }
}

/// What a path leads to.
enum Found<'f> {
    /// A value: the places that say something of it, and the parts that count.
    There { places: Vec<Part<'f>>, parts: Vec<Part<'f>> },
    /// Nothing: the parts of the last value on the way, and the rest of the path.
    Missing { holders: Vec<Part<'f>>, rest: Vec<Segment> },
    /// Nothing, and nothing can be there.
    Nowhere(OwnerError),
}

impl ConfigFiles {
    /// Which file a new value at a path of the merged configuration goes to.
    ///
    /// - One part says it: that part is replaced. An `{ $include: "x" }` alone is written through to `x`.
    /// - Nothing says it yet: it goes beside its siblings, if one file has them all, or beside the
    ///   `$include` that brings in the others.
    /// - Elements of arrays that follow one another belong to the file that has them; a new one goes to
    ///   the last.
    ///
    /// # Errors
    /// Anything else is refused, with the places that come into question.
    pub fn owner(&self, path: &Path) -> Result<Owner, OwnerError> {
        let places = |parts: &[Part<'_>]| parts.iter().map(|part| self.place(part)).collect();
        match self.find(path)? {
            Found::There { parts, .. } => match parts.as_slice() {
                [part] => self.own(path, part, &[]),
                parts => Err(OwnerError::Composed { path: path.clone(), places: places(parts) }),
            },
            Found::Missing { holders, rest } => match holders.as_slice() {
                [.., last] if is_array(last) || includes_all(last, &holders) => self.own(path, last, &rest),
                holders => Err(OwnerError::Ambiguous { path: path.clone(), places: places(holders) }),
            },
            Found::Nowhere(error) => Err(error),
        }
    }

    /// Which file a value is to be removed from; `None` if there is nothing at the path.
    pub(super) fn owner_to_unset(&self, path: &Path) -> Result<Option<Owner>, OwnerError> {
        match self.find(path)? {
            Found::There { places, .. } => match places.as_slice() {
                [place] => self.own(path, place, &[]).map(Some),
                places => {
                    let places = places.iter().map(|place| self.place(place)).collect();
                    Err(OwnerError::Repeated { path: path.clone(), places })
                }
            },
            _ => Ok(None),
        }
    }

    fn own(&self, path: &Path, part: &Part<'_>, rest: &[Segment]) -> Result<Owner, OwnerError> {
        let number = part.file();
        let Some(file) = self.files.get(number) else {
            return Err(OwnerError::IncludeKey { path: path.clone() });
        };
        let includes = self.includes_of(file);
        if includes.len() > 1 {
            return Err(OwnerError::Shared { path: path.clone(), file: file.path.clone(), includes });
        }
        let inside = part.path.iter().chain(rest).cloned().collect();
        Ok(Owner { file: file.path.clone(), path: inside, number })
    }

    pub(super) fn place_of(&self, owner: &Owner) -> Origin {
        let node = self.files.get(owner.number).and_then(|file| file.document.root.at(&owner.path));
        self.origin(owner.number, node.map_or(0, |node| node.span.start))
    }

    fn place(&self, part: &Part<'_>) -> Origin {
        self.origin(part.file(), part.node.span.start)
    }

    fn find(&self, path: &Path) -> Result<Found<'_>, OwnerError> {
        let segments = path.segments();
        if segments.iter().any(|segment| matches!(segment, Segment::Key(key) if key == INCLUDE)) {
            return Err(OwnerError::IncludeKey { path: path.clone() });
        }
        let root = self.files.first().map(|file| &file.document.root);
        let mut places: Vec<_> = root.map(|node| Part { chain: vec![0], path: Vec::new(), node }).into_iter().collect();
        let mut parts = self.laid_over(&places);
        for (depth, segment) in segments.iter().enumerate() {
            let Some(last) = parts.last() else { break };
            let at = || segments.iter().take(depth).cloned().collect::<Path>();
            let kind = |expected| OwnerError::Kind {
                path: path.clone(),
                at: at(),
                origin: Box::new(self.place(last)),
                found: last.node.kind.name(),
                expected,
            };
            let rest = |first| {
                let below = segments.iter().skip(depth + 1).map(Segment::in_new_container);
                std::iter::once(first).chain(below).collect()
            };
            match (&last.node.kind, segment) {
                (Kind::Object(_), segment) => {
                    let key = match segment {
                        Segment::Key(key) => key.clone(),
                        Segment::Index(index) => index.to_string(),
                    };
                    places = self.members(path, depth, &key, &parts)?;
                    if places.is_empty() {
                        return Ok(Found::Missing { rest: rest(Segment::Key(key)), holders: parts });
                    }
                }
                (Kind::Array(_), segment) => {
                    let Some(index) = segment.as_index() else { return Ok(Found::Nowhere(kind("object"))) };
                    let length = parts.iter().map(|part| part.node.elements().len()).sum();
                    match element(&parts, index) {
                        Some(place) => places = vec![place],
                        None if index == length => {
                            let local = Segment::Index(last.node.elements().len());
                            return Ok(Found::Missing { rest: rest(local), holders: parts });
                        }
                        None => {
                            let (path, at, origin) = (path.clone(), at(), self.place(last));
                            return Ok(Found::Nowhere(OwnerError::Index {
                                path,
                                at,
                                origin: Box::new(origin),
                                length,
                            }));
                        }
                    }
                }
                (_, Segment::Key(_)) => return Ok(Found::Nowhere(kind("object"))),
                (_, Segment::Index(_)) => return Ok(Found::Nowhere(kind("array"))),
            }
            parts = self.laid_over(&places);
        }
        Ok(Found::There { places, parts })
    }

    /// The members with a key in the parts of an object.
    fn members<'f>(
        &self,
        path: &Path,
        depth: usize,
        key: &str,
        parts: &[Part<'f>],
    ) -> Result<Vec<Part<'f>>, OwnerError> {
        let mut found = Vec::new();
        for part in parts {
            let mut same = part.node.members().iter().filter(|member| member.key == key);
            let Some(member) = same.next_back() else { continue };
            if let Some(ignored) = same.next() {
                return Err(OwnerError::Duplicate {
                    path: path.clone(),
                    at: path.segments().iter().take(depth + 1).cloned().collect(),
                    places: [ignored, member].map(|m| self.origin(part.file(), m.key_span.start)).to_vec(),
                });
            }
            let path = part.path.iter().cloned().chain([Segment::Key(key.to_owned())]).collect();
            found.push(Part { chain: part.chain.clone(), path, node: &member.value });
        }
        Ok(found)
    }

    /// The parts of what several places say one after the other.
    fn laid_over<'f>(&'f self, places: &[Part<'f>]) -> Vec<Part<'f>> {
        places.iter().fold(Vec::new(), |parts, place| lay_over(parts, self.parts(place)))
    }

    /// The parts of what one place says: what it includes, then its own keys.
    fn parts<'f>(&'f self, place: &Part<'f>) -> Vec<Part<'f>> {
        let mut parts = Vec::new();
        for (file, _) in self.included(place.file(), place.node) {
            if let Some(authored) = self.files.get(file) {
                let chain = place.chain.iter().copied().chain([file]).collect();
                let root = Part { chain, path: Vec::new(), node: &authored.document.root };
                parts = lay_over(parts, self.parts(&root));
            }
        }
        let speaks = place.node.members().iter().any(|member| member.key != INCLUDE);
        if speaks || parts.is_empty() {
            parts = lay_over(parts, vec![place.clone()]);
        }
        parts
    }
}

/// Objects stand beside objects and arrays behind arrays; anything else takes the place of what was
/// before.
fn lay_over<'f>(mut earlier: Vec<Part<'f>>, later: Vec<Part<'f>>) -> Vec<Part<'f>> {
    let merges = matches!(
        (earlier.last().map(|part| &part.node.kind), later.first().map(|part| &part.node.kind)),
        (Some(Kind::Object(_)), Some(Kind::Object(_))) | (Some(Kind::Array(_)), Some(Kind::Array(_)))
    );
    if !merges {
        return later;
    }
    earlier.extend(later);
    earlier
}

/// The element at an index that counts through all parts of an array.
fn element<'f>(parts: &[Part<'f>], index: usize) -> Option<Part<'f>> {
    let mut left = index;
    for part in parts {
        let elements = part.node.elements();
        if let Some(node) = elements.get(left) {
            let path = part.path.iter().cloned().chain([Segment::Index(left)]).collect();
            return Some(Part { chain: part.chain.clone(), path, node });
        }
        left -= elements.len();
    }
    None
}

const fn is_array(part: &Part<'_>) -> bool {
    matches!(part.node.kind, Kind::Array(_))
}

/// Whether the file of the last part brings in all others by `$include`: its own keys win over them.
fn includes_all(last: &Part<'_>, parts: &[Part<'_>]) -> bool {
    parts.iter().all(|part| part.chain.starts_with(&last.chain))
}
