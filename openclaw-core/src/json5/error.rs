//! What can be wrong with a text, and where.

use thiserror::Error;

use super::Position;

/// What is wrong with a text, and where. Never holds any of the text itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} at {position}")]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where, as line and column.
    pub position: Position,
    /// Where, in bytes.
    pub offset: usize,
}

/// What can be wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// The text is larger than the limit.
    #[error("the text is larger than {0} bytes")]
    TooLarge(usize),
    /// Containers are nested deeper than the limit.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// Something else was needed here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// The text ends inside a container.
    #[error("the {what} opened at {opened} is not closed")]
    Unclosed {
        /// `object`, `array`, `string` or `comment`.
        what: &'static str,
        /// Where it starts.
        opened: Position,
    },
    /// A line ends inside a string.
    #[error("a string must not span lines (end the line with a backslash)")]
    LineBreakInString,
    /// An escape sequence that JSON5 does not have.
    #[error("invalid escape sequence")]
    Escape,
    /// Half of a surrogate pair: it is no character and cannot be kept.
    #[error("a lone surrogate is no character")]
    Surrogate,
    /// A number that JSON5 does not have: `010`, `0x`, `1e`.
    #[error("invalid number")]
    Number,
    /// Something follows the value.
    #[error("expected the end of the text")]
    Trailing,
}
