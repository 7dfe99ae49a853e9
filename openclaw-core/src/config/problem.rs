//! What is wrong with a value, as data: path, place and kind, never the value.

use std::fmt;

use super::Origin;
use super::print::REDACTED;
use super::sensitive::{is_secret_text, shown_path};
use crate::base_url::BaseUrlError;
use crate::json5::{Path, Segment};
use crate::secret::{printable, redact};

/// One thing that must be corrected in the configuration. `Display` and `Debug` hide keys that look like
/// credentials.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The path of the value; for an unknown key, that of the object it stands in.
    pub path: Path,
    /// Where it was written: the first character of the value, or of the key if [`at_key`](Self::at_key).
    pub origin: Origin,
    /// What is wrong.
    pub kind: ProblemKind,
}

impl Problem {
    /// Whether [`origin`](Self::origin) is the place of a key (its quote, if it has one) and not of a
    /// value: that is what should be underlined.
    #[must_use]
    pub const fn at_key(&self) -> bool {
        matches!(
            self.kind,
            ProblemKind::UnknownKey { .. } | ProblemKind::WrongKey { .. } | ProblemKind::SameProvider { .. }
        )
    }

    /// The path of what the origin is the place of: as [`path`](Self::path), but of an unknown key
    /// its own.
    #[must_use]
    pub fn place(&self) -> Path {
        match &self.kind {
            ProblemKind::UnknownKey { key, .. } => self.path.key(key),
            _ => self.path.clone(),
        }
    }
}

/// What can be wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A key that no release of OpenClaw has in this place.
    UnknownKey {
        /// The key; a credential in it is hidden.
        key: String,
        /// The known key it resembles.
        nearest: Option<&'static str>,
    },
    /// A key that is data and is not accepted; the path ends with it.
    WrongKey {
        /// What is accepted.
        expected: &'static str,
    },
    /// A key that names the same provider as an earlier one of its object: `Anthropic` and `anthropic`,
    /// `z.ai` and `zai`. The path ends with it.
    SameProvider {
        /// The earlier key; a credential in it is hidden.
        first: String,
        /// Where that was written.
        first_origin: Origin,
    },
    /// A key that must be there.
    RequiredKey {
        /// The key.
        key: &'static str,
    },
    /// A value of another type.
    WrongType {
        /// What is accepted.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A value of the right type that is not accepted.
    WrongValue {
        /// What is accepted.
        expected: &'static str,
    },
    /// `NaN`, infinite, or beyond what a double holds.
    NotFinite,
    /// What passed every check and can still not be read.
    Unreadable {
        /// Why, without the value.
        reason: String,
    },
    /// Variables put in more text than all files of a configuration may have.
    TooMuchPutIn {
        /// The limit in bytes.
        limit: usize,
    },
    /// A `${VAR}` whose variable is unset or empty.
    MissingVariable {
        /// The variable.
        name: String,
    },
    /// A base URL that must not carry a credential.
    BaseUrl(BaseUrlError),
    /// An override of an element that the array does not have.
    NoSuchElement {
        /// How many elements there are.
        len: usize,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = shown_path(&self.path);
        write!(f, "{}: ", self.origin)?;
        if let ProblemKind::MissingVariable { name } = &self.kind {
            write!(f, "Missing env var \"{name}\" referenced at config path: {path}")?;
            return write!(f, " (set it, or write $${{{name}}} if the text itself is meant)");
        }
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        match &self.kind {
            ProblemKind::UnknownKey { key, nearest } => {
                write!(f, "Unrecognized key: \"{}\"", printable(key))?;
                match nearest {
                    Some(nearest) => write!(f, " (did you mean \"{nearest}\"?)"),
                    None => Ok(()),
                }
            }
            ProblemKind::SameProvider { first, first_origin } => {
                write!(f, "the same provider as \"{}\" at {first_origin}; write it once", printable(first))
            }
            ProblemKind::RequiredKey { key } => write!(f, "the key \"{key}\" is missing"),
            ProblemKind::WrongType { expected, found } => write!(f, "expected {expected}, found {found}"),
            ProblemKind::WrongValue { expected } | ProblemKind::WrongKey { expected } => {
                write!(f, "expected {expected}")
            }
            ProblemKind::Unreadable { reason } => f.write_str(reason),
            ProblemKind::NotFinite => f.write_str("expected a finite number that a double can hold"),
            ProblemKind::BaseUrl(error) => write!(f, "the base URL {error}"),
            ProblemKind::NoSuchElement { len } => write!(f, "the array has {len} elements; the next index is {len}"),
            ProblemKind::TooMuchPutIn { limit } => write!(f, "variables put in more than {limit} bytes; this is where"),
            ProblemKind::MissingVariable { .. } => Ok(()),
        }
    }
}

/// Something worth telling that does not make the configuration unusable. `Display` and `Debug` hide
/// keys that look like credentials.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigWarning {
    /// The path of the value.
    pub path: Path,
    /// Where it was written: the first character of the value, or of the key if [`at_key`](Self::at_key).
    pub origin: Origin,
    /// What it is about.
    pub kind: WarningKind,
}

impl ConfigWarning {
    /// Whether [`origin`](Self::origin) is the place of a key (its quote, if it has one) and not of a
    /// value.
    #[must_use]
    pub const fn at_key(&self) -> bool {
        matches!(self.kind, WarningKind::DuplicateKey | WarningKind::UnknownTopLevel { .. })
    }
}

/// What a [`ConfigWarning`] is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningKind {
    /// The key stands more than once in its object; the last one, to which the origin points, counts.
    DuplicateKey,
    /// A top-level key that no known release of OpenClaw has.
    UnknownTopLevel {
        /// The known key it resembles.
        nearest: Option<&'static str>,
    },
    /// A variable that only the process environment may set: `OPENCLAW_*`, `HOME`, `PATH`, proxies,
    /// base URLs.
    OnlyFromProcess {
        /// The variable; a credential in it is hidden.
        name: String,
    },
    /// `NaN`, an infinity or a number beyond what a double holds (`1e400`), in a section that belongs to
    /// the assistant: JSON has no such number, and it is printed as `null`, as JavaScript prints it.
    NotInJson,
    /// A line of `<state>/.env` that is no `NAME=value`.
    DotenvLine,
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = shown_path(&self.path);
        write!(f, "{}: ", self.origin)?;
        match &self.kind {
            WarningKind::DuplicateKey => write!(f, "{path}: the key stands more than once; this one, the last, counts"),
            WarningKind::UnknownTopLevel { nearest: Some(nearest) } => {
                write!(f, "{path}: OpenClaw does not know this key (did you mean \"{nearest}\"?)")
            }
            WarningKind::UnknownTopLevel { nearest: None } => write!(f, "{path}: OpenClaw does not know this key"),
            WarningKind::OnlyFromProcess { name } => {
                write!(f, "{} is ignored here; set it in the process environment", printable(name))
            }
            WarningKind::NotInJson => write!(f, "{path}: JSON has no such number; it is printed as null"),
            WarningKind::DotenvLine => f.write_str("this line is ignored, since it is no NAME=value"),
        }
    }
}

/// Beside what people read: the path as in `Display`, the rest holds no secret.
macro_rules! debug_with_shown_path {
    ($($type:ident)*) => {
        $(impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let path = shown_path(&self.path);
                let mut debug = f.debug_struct(stringify!($type));
                debug.field("path", &path).field("origin", &self.origin).field("kind", &self.kind).finish()
            }
        })*
    };
}

debug_with_shown_path! { Problem ConfigWarning }

/// A key without what looks like a credential: keys are data, and one may have been pasted there.
pub(super) fn hidden(key: &str) -> String {
    match redact(key) {
        redacted if redacted != key => redacted,
        _ if is_secret_text(key) => REDACTED.to_owned(),
        same => same,
    }
}

/// The same of every key of a path.
pub(super) fn hidden_path(path: &Path) -> Path {
    let hide = |segment: &Segment| match segment {
        Segment::Key(key) => Segment::Key(hidden(key)),
        Segment::Index(index) => Segment::Index(*index),
    };
    path.segments().iter().map(hide).collect()
}
