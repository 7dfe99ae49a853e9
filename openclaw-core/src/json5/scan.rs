//! The scanner: one pass over the bytes, no allocation but the tree.

use std::collections::HashMap;
use std::ops::Range;

use super::{Duplicate, Kind, LineIndex, Member, Node, Position, SyntaxError, SyntaxErrorKind};

/// The deepest nesting that a caller may allow: the scanner, the parser behind it and the drop of the
/// tree are recursive, and a thread of 2 MiB must survive all three.
const DEEPEST: usize = 256;

/// How deep and how large a text may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Containers inside containers. The parser behind the scanner is recursive and would take the
    /// whole process down; 100 levels are far from that and far beyond any real file. More than 256
    /// count as 256.
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
    scan_at(text, limits, 0)
}

/// Reads a text that will stand inside of `depth` containers.
pub(super) fn scan_at(text: &str, limits: &Limits, depth: usize) -> Result<Document, SyntaxError> {
    let depth_limit = limits.depth.min(DEEPEST);
    let mut scanner = Scanner { text, at: 0, depth, depth_limit, duplicates: Vec::new(), strict: true };
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

pub(super) struct Scanner<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    depth: usize,
    depth_limit: usize,
    duplicates: Vec<Duplicate>,
    pub(super) strict: bool,
}

pub(super) type Scan<T> = Result<T, SyntaxError>;

impl Scanner<'_> {
    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn char(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    pub(super) fn slice(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or("")
    }

    fn position(&self, offset: usize) -> Position {
        LineIndex::new(self.text).position(self.text, offset)
    }

    pub(super) fn fail(&self, kind: SyntaxErrorKind) -> SyntaxError {
        self.fail_at(self.at, kind)
    }

    pub(super) fn fail_at(&self, offset: usize, kind: SyntaxErrorKind) -> SyntaxError {
        SyntaxError { kind, position: self.position(offset), offset }
    }

    pub(super) fn unclosed(&self, what: &'static str, start: usize) -> SyntaxError {
        self.fail_at(self.text.len(), SyntaxErrorKind::Unclosed { what, opened: self.position(start) })
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

    fn enter(&mut self) -> Scan<()> {
        if self.depth == self.depth_limit {
            return Err(self.fail(SyntaxErrorKind::TooDeep(self.depth_limit)));
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
        // Most objects are small, and looking back is cheaper there than hashing every key.
        if members.len() <= 8 {
            for (index, member) in members.iter().enumerate() {
                let earlier = members.iter().take(index).rev().find(|earlier| earlier.key == member.key);
                if let Some(earlier) = earlier {
                    self.duplicates.push(duplicate(&earlier.key_span, member));
                }
            }
            return;
        }
        let mut seen: HashMap<&str, &Range<usize>> = HashMap::with_capacity(members.len());
        for member in members {
            if let Some(earlier) = seen.insert(&member.key, &member.key_span) {
                self.duplicates.push(duplicate(earlier, member));
            }
        }
    }
}

fn duplicate(ignored: &Range<usize>, kept: &Member) -> Duplicate {
    Duplicate { key: kept.key.clone(), ignored: ignored.clone(), kept: kept.key_span.clone() }
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
