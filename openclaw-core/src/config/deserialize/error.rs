//! Why a section cannot be read, without a word of what stands in it.
//!
//! serde's own errors quote the value: ``unknown variant `sk-ant-…` ``. What it says about a value is
//! dropped here; what it says about the type is kept.

use std::fmt::{self, Display};

use serde::de::{Error, Expected, Unexpected};

use crate::config::problem::hidden;
use crate::config::sensitive::shown_path;
use crate::config::{Origin, Problem, ProblemKind};
use crate::json5::{Path, Segment};
use crate::secret::printable;

/// Why a value of the configuration cannot be read into a type: path, place and what is expected,
/// never the value. `Display` and `Debug` hide keys that look like credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct SectionError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    /// The steps from the inside to the outside.
    steps: Vec<Segment>,
    origin: Option<Origin>,
    kind: SectionErrorKind,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SectionErrorKind {
    /// A value of another type.
    WrongType {
        /// What the type accepts.
        expected: String,
        /// What stands there.
        found: &'static str,
    },
    /// A value of the right type that the type does not accept: a number out of range, a word that is
    /// not on the list.
    WrongValue {
        /// What the type accepts.
        expected: String,
    },
    /// A key that the type does not have.
    UnknownKey {
        /// The key; a credential in it is hidden.
        key: String,
        /// Those it has.
        known: &'static [&'static str],
    },
    /// A key that the type needs.
    RequiredKey {
        /// The key.
        key: &'static str,
    },
    /// A key that stands for the same thing as another one.
    RepeatedKey {
        /// The key.
        key: &'static str,
    },
    /// A string that refers to a variable which is not set.
    MissingVariable {
        /// The variable.
        name: String,
    },
    /// The type refused the value for a reason of its own. The reason is not kept, since it may quote
    /// the value.
    Refused,
}

impl SectionError {
    /// The path of the value, from where the reading began.
    #[must_use]
    pub fn path(&self) -> Path {
        self.0.steps.iter().rev().cloned().collect()
    }

    /// Where the value was written; of a key that is wrong, the key.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.0.origin.as_ref()
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &SectionErrorKind {
        &self.0.kind
    }

    fn new(kind: SectionErrorKind) -> Self {
        Self(Box::new(Inner { steps: Vec::new(), origin: None, kind }))
    }

    pub(super) fn unset(name: &str) -> Self {
        Self::new(SectionErrorKind::MissingVariable { name: name.to_owned() })
    }

    pub(super) fn wrong_type(found: &'static str, expected: &dyn Expected) -> Self {
        Self::new(SectionErrorKind::WrongType { expected: expected.to_string(), found })
    }

    pub(super) fn too_long(len: usize, limit: usize) -> Self {
        let expected = format!("an array of {limit} elements (it has {len})");
        Self::new(SectionErrorKind::WrongValue { expected })
    }

    /// The same error with its place, unless it has one from further inside.
    pub(super) fn at(mut self, origin: &Origin) -> Self {
        self.0.origin.get_or_insert_with(|| origin.clone());
        self
    }

    /// The same error, seen from one step further outside.
    pub(super) fn inside(mut self, step: Segment) -> Self {
        self.0.steps.push(step);
        self
    }

    /// The same error with the path of where the reading began.
    pub(in crate::config) fn below(mut self, path: &Path) -> Self {
        self.0.steps.extend(path.segments().iter().rev().cloned());
        self
    }

    /// As one of the problems of a configuration.
    pub(in crate::config) fn into_problem(self, root: &Origin) -> Problem {
        let reason = self.0.kind.to_string();
        Problem {
            path: self.path(),
            origin: self.0.origin.unwrap_or_else(|| root.clone()),
            kind: ProblemKind::Unreadable { reason },
        }
    }
}

impl Display for SectionErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongType { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::WrongValue { expected } => write!(f, "expected {expected}"),
            Self::UnknownKey { key, known } => {
                write!(f, "unknown key \"{}\"", printable(key))?;
                if known.is_empty() { Ok(()) } else { write!(f, "; known are {}", known.join(", ")) }
            }
            Self::RequiredKey { key } => write!(f, "the key \"{key}\" is missing"),
            Self::RepeatedKey { key } => write!(f, "the key \"{key}\" is given twice"),
            Self::MissingVariable { name } => {
                write!(f, "refers to the environment variable {name}, which is not set")
            }
            Self::Refused => f.write_str("the value is not accepted"),
        }
    }
}

impl Display for SectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.0.origin {
            write!(f, "{origin}: ")?;
        }
        let path = shown_path(&self.path());
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        write!(f, "{}", self.0.kind)
    }
}

impl fmt::Debug for SectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("SectionError");
        debug.field("path", &shown_path(&self.path())).field("origin", &self.0.origin);
        debug.field("kind", &self.0.kind).finish()
    }
}

impl std::error::Error for SectionError {}

impl Error for SectionError {
    fn custom<T: Display>(_: T) -> Self {
        Self::new(SectionErrorKind::Refused)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(SectionErrorKind::WrongType { expected: expected.to_string(), found: kind(&found) })
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(SectionErrorKind::WrongValue { expected: expected.to_string() })
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(SectionErrorKind::WrongValue { expected: expected.to_string() })
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let expected = match expected {
            [] => "nothing".to_owned(),
            [only] => (*only).to_owned(),
            words => format!("one of {}", words.join(", ")),
        };
        Self::new(SectionErrorKind::WrongValue { expected })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(SectionErrorKind::UnknownKey { key: hidden(key), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(SectionErrorKind::RequiredKey { key })
    }

    fn duplicate_field(key: &'static str) -> Self {
        Self::new(SectionErrorKind::RepeatedKey { key })
    }
}

/// The kind of what stands there, and nothing more.
const fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
        Unexpected::Float(_) => "a number with a fraction or out of range",
        Unexpected::Char(_) | Unexpected::Str(_) => "string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq | Unexpected::TupleVariant => "array",
        Unexpected::Map | Unexpected::StructVariant | Unexpected::NewtypeStruct => "object",
        _ => "something else",
    }
}
