//! Why a text was not edited.

use thiserror::Error;

use super::super::{Path, SyntaxError};

/// Why a text was not edited. Holds neither text of the document nor of the value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EditError {
    /// The document is not JSON5, too deep or too large.
    #[error("the text cannot be edited, because it cannot be read")]
    Text(#[source] SyntaxError),
    /// The value is not JSON5; the position counts from the start of the value.
    #[error("cannot set {}: the value given is not JSON5", place(path))]
    Value {
        /// The place of the edit.
        path: Path,
        /// What is wrong with the value.
        source: SyntaxError,
    },
    /// The document is strict JSON, and the value holds a number that JSON does not have.
    #[error("cannot set {}: the text is strict JSON (RFC 8259), which has neither NaN nor Infinity", place(path))]
    NotStrict {
        /// The place of the edit.
        path: Path,
    },
    /// A key of the path stands more than once in its object; which one is meant is for people to say.
    #[error("cannot edit {}: the key stands more than once there, remove all but one by hand", place(path))]
    Duplicate {
        /// The place of the key.
        path: Path,
    },
    /// The path leads through something that has no such place.
    #[error("cannot set {}: {} is of type {found}, not {expected}", place(path), place(at))]
    Kind {
        /// The place of the edit.
        path: Path,
        /// Where the path cannot go on.
        at: Path,
        /// What stands there.
        found: &'static str,
        /// What the path needs there: `object` or `array`.
        expected: &'static str,
    },
    /// An index behind the end of its array; the end itself appends.
    #[error("cannot set {}: {} has {length} elements", place(path), place(at))]
    Index {
        /// The place of the edit.
        path: Path,
        /// The array.
        at: Path,
        /// How many elements it has.
        length: usize,
    },
    /// The root has no container that it could be taken from.
    #[error("cannot unset the whole document")]
    Root,
    /// The text would become too deep or too large.
    #[error("cannot edit {}: the text would go beyond its limits", place(path))]
    Limit {
        /// The place of the edit.
        path: Path,
        /// The limit.
        source: SyntaxError,
    },
    /// The edited text was read again and is not what was intended. Nothing is returned then.
    #[error("cannot edit {}: the edited text does not read back as intended (this is a bug)", place(path))]
    Unverified {
        /// The place of the edit.
        path: Path,
    },
}

fn place(path: &Path) -> String {
    if path.segments().is_empty() { "the whole document".to_owned() } else { path.to_string() }
}
