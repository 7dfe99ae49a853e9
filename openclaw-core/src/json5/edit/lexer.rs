//! A text that [`scan`](super::scan) accepted, cut into pieces that say what may be moved.

use std::ops::Range;

use super::super::token::is_space;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// White space inside a line.
    Space,
    /// One end of a line, in any of JSON5's spellings.
    Break,
    /// A comment to the end of the line.
    LineComment,
    /// A comment between `/*` and `*/`.
    BlockComment {
        /// Whether it goes over several lines.
        breaks: bool,
    },
    /// A string, a number, a word or an unquoted key.
    Text,
    /// `{` or `[`
    Open,
    /// `}` or `]`
    Close,
    /// `,`
    Comma,
    /// `:`
    Colon,
}

impl Class {
    pub(super) const fn is_comment(self) -> bool {
        matches!(self, Self::LineComment | Self::BlockComment { .. })
    }
}

#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) class: Class,
    pub(super) span: Range<usize>,
}

/// Cuts a part of a text, which starts and ends between two pieces.
pub(super) const fn pieces(text: &str, part: Range<usize>) -> Pieces<'_> {
    Pieces { text, at: part.start, end: part.end }
}

pub(super) struct Pieces<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let rest = self.text.get(self.at..self.end)?;
        let first = rest.chars().next()?;
        let until = |stop: fn(char) -> bool| rest.find(stop).unwrap_or(rest.len());
        let (class, length) = match first {
            '\r' if rest.starts_with("\r\n") => (Class::Break, 2),
            c if is_break(c) => (Class::Break, c.len_utf8()),
            c if is_blank(c) => (Class::Space, until(|c| !is_blank(c))),
            '/' if rest.starts_with("//") => (Class::LineComment, until(is_break)),
            '/' => {
                let length = rest.get(2..).and_then(|body| body.find("*/")).map_or(rest.len(), |end| end + 4);
                let breaks = rest.get(..length).is_some_and(|comment| comment.contains(is_break));
                (Class::BlockComment { breaks }, length)
            }
            '"' | '\'' => (Class::Text, string_length(rest, first)),
            '{' | '[' => (Class::Open, 1),
            '}' | ']' => (Class::Close, 1),
            ',' => (Class::Comma, 1),
            ':' => (Class::Colon, 1),
            _ => (Class::Text, until(ends_word)),
        };
        let span = self.at..self.at + length;
        self.at = span.end;
        Some(Piece { class, span })
    }
}

pub(super) const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{b}' | '\u{c}') || (is_space(c) && !is_break(c))
}

const fn ends_word(c: char) -> bool {
    is_blank(c) || is_break(c) || matches!(c, '/' | '"' | '\'' | '{' | '[' | '}' | ']' | ',' | ':')
}

fn string_length(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return at + 1;
        }
        if c == '\\' {
            chars.next();
        }
    }
    rest.len()
}
