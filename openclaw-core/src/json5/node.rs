//! The tree of spans: what stands where, without the values themselves.

use std::fmt;
use std::ops::Range;

use super::{Path, Segment};
use crate::secret::redact;

/// A value's place in the text and its shape. Scalars are only spans: their text may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The bytes of the value, quotes and brackets included.
    pub span: Range<usize>,
    /// What kind of value it is.
    pub kind: Kind,
}

/// The kind of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number in any of JSON5's spellings.
    Number,
    /// A string in either kind of quotes.
    String,
    /// An array and its elements.
    Array(Vec<Node>),
    /// An object and its members in the order of the text, duplicates included.
    Object(Vec<Member>),
}

impl Kind {
    /// The word for error messages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

/// A key and its value. `Debug` hides what looks like an Anthropic credential.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// The key, unquoted and unescaped.
    pub key: String,
    /// The bytes of the key, quotes included.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

/// A key that stands twice in one object. The last one counts, as in every JSON5 reader.
///
/// `Debug` hides what looks like an Anthropic credential.
#[derive(Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// The earlier, ignored one.
    pub ignored: Range<usize>,
    /// The one that counts.
    pub kept: Range<usize>,
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Member");
        debug.field("key", &redact(&self.key)).field("key_span", &self.key_span).field("value", &self.value).finish()
    }
}

impl fmt::Debug for Duplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Duplicate");
        debug.field("key", &redact(&self.key)).field("ignored", &self.ignored).field("kept", &self.kept).finish()
    }
}

impl Node {
    /// The member of an object; the last one if the key stands twice.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().rev().find(|member| member.key == key).map(|member| &member.value)
    }

    /// The members of an object, nothing for other kinds.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            Kind::Object(members) => members,
            _ => &[],
        }
    }

    /// The elements of an array, nothing for other kinds.
    #[must_use]
    pub fn elements(&self) -> &[Self] {
        match &self.kind {
            Kind::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The value at a path below this one; the last one where a key stands twice.
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<&Self> {
        path.segments().iter().try_fold(self, |node, segment| match segment {
            Segment::Key(key) => node.get(key),
            Segment::Index(index) => node.elements().get(*index),
        })
    }

    /// The text of this value.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.span.clone()).unwrap_or("")
    }
}
