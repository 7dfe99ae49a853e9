//! Why a configuration cannot be used.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::{Origin, Problem};
use crate::json5::{Path, Position, SyntaxError, SyntaxErrorKind};
use crate::secret::printable;

/// Why a configuration cannot be used. `Display` shows file, line and column, and never a value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file exists and cannot be read.
    #[error("cannot read {}; check that it is a file you may read", shown(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A folder, a pipe or a device where a file should be.
    #[error("{} is not a regular file", shown(path))]
    NotRegular {
        /// What stands there.
        path: PathBuf,
    },
    /// A file above the limit.
    #[error("{} is larger than {limit} bytes", shown(path))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: usize,
    },
    /// A file that is not UTF-8.
    #[error("{}:{position}: the file is not UTF-8 from here on; save it as UTF-8", shown(path))]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The first wrong byte.
        position: Position,
    },
    /// A text that is not JSON5.
    #[error("{origin}: {kind}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// What.
        kind: SyntaxErrorKind,
    },
    /// A layer that is not an object.
    #[error("{origin}: expected an object, found {found}")]
    NotAnObject {
        /// Where.
        origin: Origin,
        /// What stands there.
        found: &'static str,
    },
    /// Nested too deep, counting the levels around an included file.
    #[error("{origin}: {}: nested deeper than {limit} levels", super::shown_path(path))]
    TooDeep {
        /// Where.
        origin: Origin,
        /// The path; credentials in it are hidden.
        path: Path,
        /// The limit.
        limit: usize,
    },
    /// An `$include` that cannot be followed.
    #[error(transparent)]
    Include(Box<IncludeFailure>),
    /// Values that must be corrected, all of them.
    #[error("{}", listed(problems))]
    Invalid {
        /// One for each value, in the order of the texts.
        problems: Vec<Problem>,
    },
}

impl ConfigError {
    /// The problems with single values; empty for an error that stopped the reading earlier.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid { problems } => problems,
            _ => &[],
        }
    }

    /// The place of the (first) problem, if it lies inside a text.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Syntax { origin, .. } | Self::NotAnObject { origin, .. } | Self::TooDeep { origin, .. } => {
                Some(origin)
            }
            Self::Include(failure) => Some(&failure.origin),
            Self::Invalid { problems } => problems.first().map(|problem| &problem.origin),
            _ => None,
        }
    }
}

/// An `$include` that cannot be followed, and where it stands.
#[derive(Debug)]
#[non_exhaustive]
pub struct IncludeFailure {
    /// The place of the `$include`.
    pub origin: Origin,
    /// What is wrong with it.
    pub kind: IncludeError,
}

impl IncludeFailure {
    pub(super) fn at(origin: Origin, kind: IncludeError) -> ConfigError {
        ConfigError::Include(Box::new(Self { origin, kind }))
    }
}

impl fmt::Display for IncludeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.kind)
    }
}

impl std::error::Error for IncludeFailure {
    // The text above says all that `kind` says: the chain goes on behind it.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}

/// Why an `$include` cannot be followed. The texts that OpenClaw has too are the same.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IncludeError {
    /// Neither a string nor an array.
    #[error("Invalid $include value: expected string or array of strings, got {found}")]
    Value {
        /// What stands there.
        found: &'static str,
    },
    /// An array with something else than strings.
    #[error("Invalid $include array item: expected string, got {found}")]
    Item {
        /// What stands there.
        found: &'static str,
    },
    /// More files inside files than the limit.
    #[error("Maximum include depth ({limit}) exceeded at: {}", printable(target))]
    Depth {
        /// The limit.
        limit: usize,
        /// The file as written.
        target: String,
    },
    /// A file that includes itself, directly or through others.
    #[error("Circular include detected: {}", chain.iter().map(shown).collect::<Vec<_>>().join(" -> "))]
    Circular {
        /// The files from the root to the one that closes the circle.
        chain: Vec<PathBuf>,
    },
    /// The file is missing or cannot be read.
    #[error("Failed to read include file: {} (resolved: {})", printable(target), shown(resolved))]
    Read {
        /// The file as written.
        target: String,
        /// Where that is.
        resolved: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not JSON5.
    #[error("Failed to parse include file: {} (resolved: {}): {error}", printable(target), shown(resolved))]
    Parse {
        /// The file as written.
        target: String,
        /// Where that is.
        resolved: PathBuf,
        /// What is wrong and where.
        error: SyntaxError,
    },
    /// Keys beside an `$include` of something that is not an object.
    #[error("Sibling keys require included content to be an object")]
    Siblings,
    /// The file lies outside the folders from which files may be included.
    #[error(
        "the include file {} lies outside the configuration's folder; move it there, or list its folder in OPENCLAW_INCLUDE_ROOTS",
        printable(target)
    )]
    Outside {
        /// The file as written.
        target: String,
    },
    /// A folder, a pipe or a device.
    #[error("the include file {} is not a regular file", printable(target))]
    NotRegular {
        /// The file as written.
        target: String,
    },
    /// Not UTF-8.
    #[error("the include file {} is not UTF-8 at {position}", printable(target))]
    Encoding {
        /// The file as written.
        target: String,
        /// The first wrong byte.
        position: Position,
    },
    /// A path that no file has: empty, too long, or with a NUL.
    #[error("the path of an include file must not be empty, hold NUL or reach {limit} bytes")]
    Name {
        /// The limit in bytes.
        limit: usize,
    },
    /// One file, or all files together, above the limit.
    #[error("{what} larger than {limit} bytes, reached at the include file {}", printable(target))]
    TooLarge {
        /// `the file is` or `all files together are`.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
        /// The file as written.
        target: String,
    },
    /// More files than the limit.
    #[error("more than {limit} files in one configuration, reached at the include file {}", printable(target))]
    TooMany {
        /// The limit.
        limit: usize,
        /// The file as written.
        target: String,
    },
    /// A text that did not come from a file has no folder to include from.
    #[error("$include works in configuration files only; write the content here instead")]
    NoFile,
}

impl IncludeError {
    /// The same error with another text for the file as written.
    pub(super) fn hiding(mut self, shown: &str) -> Self {
        match &mut self {
            Self::Read { target, resolved, .. } | Self::Parse { target, resolved, .. } => {
                (*target, *resolved) = (shown.to_owned(), PathBuf::from(shown));
            }
            Self::Depth { target, .. }
            | Self::Outside { target }
            | Self::NotRegular { target }
            | Self::Encoding { target, .. }
            | Self::TooLarge { target, .. }
            | Self::TooMany { target, .. } => shown.clone_into(target),
            Self::Value { .. }
            | Self::Item { .. }
            | Self::Circular { .. }
            | Self::Siblings
            | Self::Name { .. }
            | Self::NoFile => {}
        }
        self
    }
}

fn shown(path: impl AsRef<std::path::Path>) -> String {
    printable(&path.as_ref().display().to_string())
}

fn listed(problems: &[Problem]) -> impl fmt::Display + '_ {
    struct Listed<'p>(&'p [Problem]);
    impl fmt::Display for Listed<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for (at, problem) in self.0.iter().enumerate() {
                if at > 0 {
                    f.write_str("\n")?;
                }
                write!(f, "{problem}")?;
            }
            Ok(())
        }
    }
    Listed(problems)
}
