//! The scanner: one pass over the bytes, no allocation but the tree.

use std::collections::HashMap;
use std::ops::Range;

use thiserror::Error;

use super::{Duplicate, Kind, LineIndex, Member, Node, Position};

/// How deep and how large a text may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Containers inside containers. The parser behind the scanner is recursive and would take the
    /// whole process down; 100 levels are far from that and far beyond any real file.
    pub depth: usize,
    /// Bytes.
    pub bytes: usize,
}

impl Default for Limits {
    /// 100 levels, 2 MiB.
    fn default() -> Self {
        Self { depth: 100, bytes: 2 * 1024 * 1024 }
    }
}

/// What [`scan`] found: the tree, and what a careful reader would mention.
#[derive(Debug, Clone)]
pub struct Document {
    /// The value of the whole text.
    pub root: Node,
    /// Keys that stand twice in one object.
    pub duplicates: Vec<Duplicate>,
    /// Whether the text is JSON as well (RFC 8259): no comments, only double quotes, …
    pub strict_json: bool,
}

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

/// Reads a JSON5 text into a tree of spans.
///
/// ```
/// use openclaw_core::json5::{scan, Limits};
/// let text = "{ // who\n  name: 'Ada' }";
/// let document = scan(text, &Limits::default())?;
/// assert_eq!(document.root.get("name").map(|node| node.text(text)), Some("'Ada'"));
///
/// let error = scan("{\n  name: 'Ada',\n", &Limits::default()).unwrap_err();
/// assert_eq!(error.to_string(), "the object opened at 1:1 is not closed at 3:1");
/// # Ok::<(), openclaw_core::json5::SyntaxError>(())
/// ```
///
/// # Errors
/// The first place where the text is not JSON5, is too deep or too large.
pub fn scan(text: &str, limits: &Limits) -> Result<Document, SyntaxError> {
    let mut scanner = Scanner { text, at: 0, depth: 0, limits, duplicates: Vec::new(), strict: true };
    if text.len() > limits.bytes {
        return Err(scanner.fail_at(limits.bytes, SyntaxErrorKind::TooLarge(limits.bytes)));
    }
    scanner.skip()?;
    let root = scanner.value()?;
    scanner.skip()?;
    if scanner.at < text.len() {
        return Err(scanner.fail(SyntaxErrorKind::Trailing));
    }
    Ok(Document { root, duplicates: scanner.duplicates, strict_json: scanner.strict })
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    limits: &'t Limits,
    duplicates: Vec<Duplicate>,
    strict: bool,
}

type Scan<T> = Result<T, SyntaxError>;

impl Scanner<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn char(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn slice(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or("")
    }

    fn position(&self, offset: usize) -> Position {
        LineIndex::new(self.text).position(self.text, offset)
    }

    fn fail(&self, kind: SyntaxErrorKind) -> SyntaxError {
        self.fail_at(self.at, kind)
    }

    fn fail_at(&self, offset: usize, kind: SyntaxErrorKind) -> SyntaxError {
        SyntaxError { kind, position: self.position(offset), offset }
    }

    fn unclosed(&self, what: &'static str, start: usize) -> SyntaxError {
        self.fail_at(self.text.len(), SyntaxErrorKind::Unclosed { what, opened: self.position(start) })
    }

    /// White space and comments.
    fn skip(&mut self) -> Scan<()> {
        loop {
            match self.byte() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') => self.comment()?,
                Some(0x0b | 0x0c) => {
                    self.strict = false;
                    self.at += 1;
                }
                Some(byte) if !byte.is_ascii() => match self.char() {
                    Some(c) if is_space(c) => {
                        self.strict = false;
                        self.at += c.len_utf8();
                    }
                    _ => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Scan<()> {
        self.strict = false;
        let start = self.at;
        let rest = self.text.get(start + 1..).unwrap_or("");
        if rest.starts_with('/') {
            let line = rest.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(rest.len());
            self.at = start + 1 + line;
            Ok(())
        } else if let Some(body) = rest.strip_prefix('*') {
            let end = body.find("*/").ok_or_else(|| self.unclosed("comment", start))?;
            self.at = start + 2 + end + 2;
            Ok(())
        } else {
            Err(self.fail(SyntaxErrorKind::Expected("a value")))
        }
    }

    fn value(&mut self) -> Scan<Node> {
        let start = self.at;
        let kind = match self.byte() {
            Some(b'{') => self.object()?,
            Some(b'[') => self.array()?,
            Some(b'"' | b'\'') => {
                self.string()?;
                Kind::String
            }
            Some(b'0'..=b'9' | b'.' | b'+' | b'-') => self.number()?,
            _ => self.word()?,
        };
        Ok(Node { span: start..self.at, kind })
    }

    fn word(&mut self) -> Scan<Kind> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let words: [(&str, Kind, bool); 5] = [
            ("null", Kind::Null, true),
            ("true", Kind::Bool(true), true),
            ("false", Kind::Bool(false), true),
            ("Infinity", Kind::Number, false),
            ("NaN", Kind::Number, false),
        ];
        for (word, kind, strict) in words {
            if let Some(after) = rest.strip_prefix(word) {
                if after.chars().next().is_some_and(is_identifier_part) {
                    break;
                }
                self.strict &= strict;
                self.at += word.len();
                return Ok(kind);
            }
        }
        Err(self.fail(SyntaxErrorKind::Expected("a value")))
    }

    fn enter(&mut self) -> Scan<()> {
        if self.depth == self.limits.depth {
            return Err(self.fail(SyntaxErrorKind::TooDeep(self.limits.depth)));
        }
        self.depth += 1;
        self.at += 1;
        self.skip()
    }

    /// After a value in a container: true if the container ends here.
    fn separator(&mut self, close: u8, expected: &'static str, what: &'static str, start: usize) -> Scan<bool> {
        self.skip()?;
        match self.byte() {
            Some(b',') => {
                self.at += 1;
                self.skip()?;
                if self.byte() == Some(close) {
                    self.strict = false;
                    self.at += 1;
                    return Ok(true);
                }
                Ok(false)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(true)
            }
            None => Err(self.unclosed(what, start)),
            _ => Err(self.fail(SyntaxErrorKind::Expected(expected))),
        }
    }

    fn array(&mut self) -> Scan<Kind> {
        let start = self.at;
        self.enter()?;
        let mut elements = Vec::new();
        let mut done = self.byte() == Some(b']');
        self.at += usize::from(done);
        while !done {
            if self.byte().is_none() {
                return Err(self.unclosed("array", start));
            }
            elements.push(self.value()?);
            done = self.separator(b']', "`,` or `]`", "array", start)?;
        }
        self.depth -= 1;
        Ok(Kind::Array(elements))
    }

    fn object(&mut self) -> Scan<Kind> {
        let start = self.at;
        self.enter()?;
        let mut members: Vec<Member> = Vec::new();
        let mut done = self.byte() == Some(b'}');
        self.at += usize::from(done);
        while !done {
            if self.byte().is_none() {
                return Err(self.unclosed("object", start));
            }
            let key_start = self.at;
            let key = self.key()?;
            let key_span = key_start..self.at;
            self.skip()?;
            match self.byte() {
                Some(b':') => self.at += 1,
                None => return Err(self.unclosed("object", start)),
                _ => return Err(self.fail(SyntaxErrorKind::Expected("`:` after the key"))),
            }
            self.skip()?;
            if self.byte().is_none() {
                return Err(self.unclosed("object", start));
            }
            let value = self.value()?;
            members.push(Member { key, key_span, value });
            done = self.separator(b'}', "`,` or `}`", "object", start)?;
        }
        self.depth -= 1;
        self.note_duplicates(&members);
        Ok(Kind::Object(members))
    }

    fn note_duplicates(&mut self, members: &[Member]) {
        let mut seen: HashMap<&str, &Range<usize>> = HashMap::with_capacity(members.len());
        for member in members {
            if let Some(earlier) = seen.insert(&member.key, &member.key_span) {
                self.duplicates.push(Duplicate {
                    key: member.key.clone(),
                    ignored: earlier.clone(),
                    kept: member.key_span.clone(),
                });
            }
        }
    }

    fn key(&mut self) -> Scan<String> {
        let start = self.at;
        if let Some(b'"' | b'\'') = self.byte() {
            let escaped = self.string()?;
            if !escaped {
                return Ok(self.slice(start + 1..self.at - 1).to_owned());
            }
            let quoted = self.slice(start..self.at);
            return ::json5::from_str(quoted).map_err(|_| self.fail_at(start, SyntaxErrorKind::Escape));
        }
        self.strict = false;
        let mut escaped = false;
        let mut first = true;
        while let Some(c) = self.char() {
            if c == '\\' {
                escaped = true;
                self.at += 1;
                if self.byte() != Some(b'u') {
                    return Err(self.fail(SyntaxErrorKind::Escape));
                }
                self.at += 1;
                self.hex(4)?;
            } else if if first { is_identifier_start(c) } else { is_identifier_part(c) } {
                self.at += c.len_utf8();
            } else {
                break;
            }
            first = false;
        }
        if first {
            return Err(self.fail(SyntaxErrorKind::Expected("a key")));
        }
        let name = self.slice(start..self.at);
        if !escaped {
            return Ok(name.to_owned());
        }
        // An identifier with escapes has no value of its own: let the parser read it as a key.
        let object: Result<HashMap<String, u8>, _> = ::json5::from_str(&format!("{{{name}:0}}"));
        let key = object.ok().and_then(|object| object.into_keys().next());
        key.ok_or_else(|| self.fail_at(start, SyntaxErrorKind::Escape))
    }

    /// Reads a string; true if it holds escapes.
    fn string(&mut self) -> Scan<bool> {
        let start = self.at;
        let Some(quote) = self.byte() else { return Err(self.unclosed("string", start)) };
        self.strict &= quote == b'"';
        self.at += 1;
        let mut escaped = false;
        loop {
            match self.byte() {
                None => return Err(self.unclosed("string", start)),
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\n' | b'\r') => return Err(self.fail(SyntaxErrorKind::LineBreakInString)),
                Some(b'\\') => {
                    escaped = true;
                    self.escape(start)?;
                }
                Some(byte) => {
                    self.strict &= byte >= 0x20;
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self, string: usize) -> Scan<()> {
        self.at += 1;
        let Some(c) = self.char() else { return Err(self.unclosed("string", string)) };
        let start = self.at;
        self.at += c.len_utf8();
        match c {
            '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {}
            'u' => {
                let unit = self.hex(4)?;
                if matches!(unit, 0xdc00..=0xdfff) {
                    return Err(self.fail_at(start - 1, SyntaxErrorKind::Surrogate));
                }
                if matches!(unit, 0xd800..=0xdbff) {
                    let paired = self.slice(self.at..self.at + 2) == "\\u";
                    self.at += if paired { 2 } else { 0 };
                    if !paired || !matches!(self.hex(4)?, 0xdc00..=0xdfff) {
                        return Err(self.fail_at(start - 1, SyntaxErrorKind::Surrogate));
                    }
                }
            }
            other => {
                self.strict = false;
                match other {
                    'x' => {
                        self.hex(2)?;
                    }
                    '0' if self.byte().is_some_and(|b| b.is_ascii_digit()) => {
                        return Err(self.fail_at(start - 1, SyntaxErrorKind::Escape));
                    }
                    '1'..='9' => return Err(self.fail_at(start - 1, SyntaxErrorKind::Escape)),
                    '\r' if self.byte() == Some(b'\n') => self.at += 1,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn hex(&mut self, digits: usize) -> Scan<u32> {
        let text = self.text.get(self.at..self.at + digits);
        let value =
            text.filter(|t| t.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|t| u32::from_str_radix(t, 16).ok());
        let value = value.ok_or_else(|| self.fail(SyntaxErrorKind::Escape))?;
        self.at += digits;
        Ok(value)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.byte().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Scan<Kind> {
        let start = self.at;
        if let Some(sign @ (b'+' | b'-')) = self.byte() {
            self.strict &= sign == b'-';
            self.at += 1;
        }
        let rest = self.text.get(self.at..).unwrap_or("");
        if let Some(word) = ["Infinity", "NaN"].into_iter().find(|word| rest.starts_with(word)) {
            self.strict = false;
            self.at += word.len();
        } else if rest.starts_with("0x") || rest.starts_with("0X") {
            self.strict = false;
            self.at += 2;
            let first = self.at;
            while self.byte().is_some_and(|b| b.is_ascii_hexdigit()) {
                self.at += 1;
            }
            if self.at == first {
                return Err(self.fail_at(start, SyntaxErrorKind::Number));
            }
        } else {
            let zero = self.byte() == Some(b'0');
            let whole = self.digits();
            let mut valid = !(zero && whole > 1);
            self.strict &= whole > 0;
            if self.byte() == Some(b'.') {
                self.at += 1;
                let fraction = self.digits();
                self.strict &= fraction > 0;
                valid &= whole + fraction > 0;
            } else {
                valid &= whole > 0;
            }
            if let Some(b'e' | b'E') = self.byte() {
                self.at += 1;
                if let Some(b'+' | b'-') = self.byte() {
                    self.at += 1;
                }
                valid &= self.digits() > 0;
            }
            if !valid {
                return Err(self.fail_at(start, SyntaxErrorKind::Number));
            }
        }
        if self.char().is_some_and(|c| is_identifier_part(c) || c == '.') {
            return Err(self.fail_at(start, SyntaxErrorKind::Number));
        }
        Ok(Kind::Number)
    }
}

/// White space of JSON5 beyond ASCII: ES5's list plus the category Zs.
const fn is_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

fn is_identifier_start(c: char) -> bool {
    matches!(c, '$' | '_') || unicode_ident::is_xid_start(c)
}

fn is_identifier_part(c: char) -> bool {
    matches!(c, '$' | '\u{200c}' | '\u{200d}') || unicode_ident::is_xid_continue(c)
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
