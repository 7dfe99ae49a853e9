//! What a value of the configuration may be, as data that follows from the types it is read into.
//!
//! A section is declared once, in [`sections`](super::sections). Its declaration is the Rust type,
//! and through [`Shaped`] also what validation checks and what the JSON Schema says.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use secrecy::SecretString;

use crate::id::{AgentId, ProfileId, ProviderId};
use crate::json5::Segment;

/// What a value may be.
#[derive(Debug)]
pub(super) enum Shape {
    Any,
    Text,
    /// A string with something in it.
    Filled,
    /// The id of a profile: not blank, no control characters.
    Profile,
    Bool,
    Number,
    /// A whole number from 1 that fits 32 bits.
    Count,
    /// One of some words.
    Word(&'static Words),
    List(&'static Self),
    /// An object whose keys are data.
    Map(Keys, &'static Self),
    Object(&'static Section),
    /// The first one of the value's type decides; and how an error names them.
    Either(&'static [&'static Self], &'static str),
}

/// The lines of a doc comment, as written.
pub(super) type Doc = &'static [&'static str];

/// A closed list of words.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) name: &'static str,
    pub(super) doc: Doc,
    /// Each word and what it means.
    pub(super) words: &'static [(&'static str, Doc)],
    /// How an error names them.
    pub(super) expected: &'static str,
}

/// Which keys a map has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    Any,
    /// Ids of profiles.
    Profiles,
    /// Names of providers, which have more than one spelling.
    Providers,
}

/// An object with known keys.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) doc: Doc,
    pub(super) fields: &'static [Field],
    pub(super) others: Others,
}

/// A known key.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) doc: Doc,
    pub(super) shape: &'static Shape,
    /// Whether it must be there.
    pub(super) required: bool,
}

/// What happens to a key that is not listed.
#[derive(Debug)]
pub(super) enum Others {
    /// It is a problem.
    Refuse,
    /// It is one if it resembles a known key: sections that later releases may extend.
    RefuseTypos,
    /// It belongs to the assistant: anything may stand there.
    Assistant,
    /// Anything, in a section that is ours: numbers must be finite there.
    Free,
    /// It must have this shape.
    Each(&'static Shape),
}

impl Shape {
    /// Whether a value of this kind (`string`, `object`, …) may stand here.
    pub(super) fn accepts(&self, kind: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Text | Self::Filled | Self::Word(_) | Self::Profile => kind == "string",
            Self::Bool => kind == "boolean",
            Self::Number | Self::Count => kind == "number",
            Self::List(_) => kind == "array",
            Self::Map(..) | Self::Object(_) => kind == "object",
            Self::Either(shapes, _) => shapes.iter().any(|shape| shape.accepts(kind)),
        }
    }

    /// What may stand at a path below a value of this shape; `None` where anything may, or nothing.
    pub(super) fn at(&'static self, path: &[Segment]) -> Option<&'static Self> {
        let Some((step, below)) = path.split_first() else { return Some(self) };
        let inside: &'static Self = match (self, step) {
            (Self::Either(shapes, _), _) => return shapes.iter().find_map(|shape| shape.at(path)),
            (Self::List(each), step) if step.as_index().is_some() => each,
            (Self::Map(_, each), Segment::Key(_)) => each,
            (Self::Object(section), Segment::Key(key)) => {
                match (section.fields.iter().find(|field| field.key == key), &section.others) {
                    (Some(field), _) => field.shape,
                    (None, Others::Each(shape)) => shape,
                    (None, _) => return None,
                }
            }
            _ => return None,
        };
        inside.at(below)
    }

    /// Whether the only scalars that may stand here are strings.
    pub(super) fn takes_text_only(&self) -> bool {
        self.accepts("string") && !["number", "boolean", "null"].into_iter().any(|kind| self.accepts(kind))
    }

    /// The words for it in `expected …`.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Text | Self::Filled | Self::Word(_) | Self::Profile => "a string",
            Self::Bool => "true or false",
            Self::Number | Self::Count => "a number",
            Self::List(_) => "an array",
            Self::Map(..) | Self::Object(_) => "an object",
            Self::Either(_, expected) => expected,
        }
    }
}

/// A type that is read from the configuration, or that only says what may stand there.
pub(super) trait Shaped {
    /// What is accepted where this type is read.
    const SHAPE: &'static Shape;
}

/// A type that is the key of a map.
pub(super) trait Key {
    const KEYS: Keys;
}

/// Accepted and read by nobody here: whatever stands there is the assistant's business.
pub(super) enum Any {}

/// A string with something in it.
pub(super) enum Filled {}

/// An object of which nothing is known here.
pub(super) enum Free {}

macro_rules! shapes {
    ($($type:ty => $shape:expr;)*) => {
        $(impl Shaped for $type { const SHAPE: &'static Shape = &$shape; })*
    };
}

shapes! {
    Any => Shape::Any;
    Filled => Shape::Filled;
    Free => Shape::Object(&Section { name: "Free", doc: &[], fields: &[], others: Others::Free });
    AgentId => Shape::Filled;
    ProfileId => Shape::Profile;
    ProviderId => Shape::Filled;
    SecretString => Shape::Text;
    String => Shape::Text;
    bool => Shape::Bool;
    f64 => Shape::Number;
    u32 => Shape::Count;
}

impl<T: Shaped> Shaped for Option<T> {
    const SHAPE: &'static Shape = T::SHAPE;
}

impl<T: Shaped> Shaped for Vec<T> {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
}

impl<K: Key, T: Shaped> Shaped for BTreeMap<K, T> {
    const SHAPE: &'static Shape = &Shape::Map(K::KEYS, T::SHAPE);
}

impl<K: Key, T: Shaped> Shaped for IndexMap<K, T> {
    const SHAPE: &'static Shape = &Shape::Map(K::KEYS, T::SHAPE);
}

impl Key for String {
    const KEYS: Keys = Keys::Any;
}

impl Key for ProviderId {
    const KEYS: Keys = Keys::Providers;
}

impl Key for ProfileId {
    const KEYS: Keys = Keys::Profiles;
}
