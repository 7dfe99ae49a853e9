//! Where a value of the configuration came from.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::json5::Position;
use crate::secret::printable;

/// The variable whose JSON5 text is a layer of its own, above the file.
pub const OVERRIDES_VARIABLE: &str = "OPENCLAW_CONFIG_OVERRIDES";

/// What a layer was read from, weakest first: a later kind wins over an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ConfigSource {
    /// Built into this library.
    Default,
    /// A file, its path as it was given.
    File(PathBuf),
    /// An environment variable that holds JSON5.
    Environment(&'static str),
    /// `--set path=value`, or the program that embeds this library.
    Override,
}

impl ConfigSource {
    /// The file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for ConfigSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => f.write_str(&printable(&path.display().to_string())),
            Self::Environment(name) => f.write_str(name),
            Self::Override => f.write_str("override"),
        }
    }
}

/// The place a value was written at: `openclaw.json:12:18`. Cheap to clone; equal and ordered by
/// source, then by position.
#[derive(Debug, Clone)]
pub struct Origin {
    source: Arc<ConfigSource>,
    position: Option<Position>,
    key: Option<KeyPlace>,
}

/// Where the key of a value stands.
#[derive(Debug, Clone)]
enum KeyPlace {
    /// In the same source, which is the rule.
    Here(Position),
    /// In the file that includes the value.
    Elsewhere(Arc<Origin>),
}

impl Origin {
    /// A place in a source; without a position, the source as a whole.
    #[must_use]
    pub fn new(source: Arc<ConfigSource>, position: Option<Position>) -> Self {
        Self { source, position, key: None }
    }

    /// The layer, or the file included by it.
    #[must_use]
    pub fn source(&self) -> &ConfigSource {
        &self.source
    }

    /// Line and column of the value in that source.
    #[must_use]
    pub const fn position(&self) -> Option<Position> {
        self.position
    }

    /// The place of the key under which the value was written: another file's where the value was
    /// included. The value's own place where there is no key: elements of an array, the root, and
    /// what `--set` puts in.
    #[must_use]
    pub fn of_key(&self) -> Self {
        match &self.key {
            Some(KeyPlace::Here(position)) => Self::new(Arc::clone(&self.source), Some(*position)),
            Some(KeyPlace::Elsewhere(origin)) => Self::clone(origin),
            None => Self::new(Arc::clone(&self.source), self.position),
        }
    }

    /// The same place under a key that stands at `position` of `source`.
    pub(super) fn under_key(mut self, source: &Arc<ConfigSource>, position: Position) -> Self {
        self.key = Some(if Arc::ptr_eq(&self.source, source) {
            KeyPlace::Here(position)
        } else {
            KeyPlace::Elsewhere(Arc::new(Self::new(Arc::clone(source), Some(position))))
        });
        self
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Origin {}

impl PartialOrd for Origin {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Origin {
    fn cmp(&self, other: &Self) -> Ordering {
        self.source.cmp(&other.source).then_with(|| self.position.cmp(&other.position))
    }
}

impl Hash for Origin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.source, self.position).hash(state);
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A default stands in no text that anybody could open.
        match self.position.filter(|_| *self.source != ConfigSource::Default) {
            Some(position) => write!(f, "{}:{position}", self.source),
            None => write!(f, "{}", self.source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_beside_its_value_or_in_the_file_that_includes_it() {
        let (outer, inner) = (Arc::new(ConfigSource::Override), Arc::new(ConfigSource::Default));
        let at = |line, column| Position { line, column };
        let value = Origin::new(Arc::clone(&outer), Some(at(2, 9)));
        assert_eq!(value.of_key(), value, "no key, no other place");
        let keyed = value.clone().under_key(&outer, at(2, 3));
        assert_eq!(keyed.of_key().to_string(), "override:2:3");
        assert_eq!(keyed, value, "the key is not what makes a place");
        let included = Origin::new(inner, Some(at(1, 1))).under_key(&outer, at(2, 3));
        assert_eq!(included.of_key(), keyed.of_key());
    }
}
