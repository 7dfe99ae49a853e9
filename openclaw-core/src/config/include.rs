//! From a scanned text to a tree, with every `$include` replaced by what it names.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::decode;
use super::merge::{Arrays, merge, settled};
use super::value::{Tree, Value};
use super::{ConfigError, ConfigSource, ConfigWarning, IncludeError, IncludeFailure, Origin, WarningKind};
use crate::json5::{self, Kind, Limits, Member, Node, Position, Segment};

const KEY: &str = "$include";
/// Files inside files, as in OpenClaw.
const MAX_CHAIN: usize = 10;

/// Where included files come from.
pub(super) trait Files {
    /// The place of `target` as written in the file `from`.
    fn resolve(&self, from: &Path, target: &str) -> PathBuf;

    /// The text of a file, within all limits.
    fn load(&mut self, path: &Path, target: &str) -> Result<Zeroizing<String>, IncludeError>;
}

/// Turns texts into trees.
pub(super) struct Builder<'f> {
    files: Option<&'f mut dyn Files>,
    /// Where the value being read will stand in the whole configuration: that decides whether it is
    /// a secret, and its length is the depth.
    path: Vec<Segment>,
    /// The files being read, from the root to the innermost.
    chain: Vec<PathBuf>,
    pub(super) warnings: Vec<ConfigWarning>,
}

/// A text being read.
struct Text<'t> {
    text: &'t str,
    source: Arc<ConfigSource>,
    cursor: Cursor<'t>,
}

impl Text<'_> {
    fn origin(&mut self, offset: usize) -> Origin {
        Origin::new(Arc::clone(&self.source), Some(self.cursor.position(offset)))
    }
}

impl<'f> Builder<'f> {
    /// A builder for values that will stand at `path`.
    pub(super) fn new(path: &[Segment], files: Option<&'f mut dyn Files>) -> Self {
        Self { files, path: path.to_vec(), chain: Vec::new(), warnings: Vec::new() }
    }

    /// The tree of a text; `file` is its path if it came from one.
    pub(super) fn root(&mut self, source: ConfigSource, text: &str) -> Result<Tree, ConfigError> {
        let source = Arc::new(source);
        let document = json5::scan(text, &Limits::default()).map_err(|error| ConfigError::Syntax {
            origin: Origin::new(Arc::clone(&source), Some(error.position)),
            kind: error.kind,
        })?;
        if let Some(file) = source.file() {
            self.chain.push(file.to_path_buf());
        }
        self.node(&mut Text { text, source, cursor: Cursor::new(text) }, &document.root)
    }

    fn node(&mut self, text: &mut Text<'_>, node: &Node) -> Result<Tree, ConfigError> {
        let origin = text.origin(node.span.start);
        let literal = node.text(text.text);
        Ok(match &node.kind {
            Kind::Null => Tree::new(Value::Null, origin),
            Kind::Bool(value) => Tree::new(Value::Bool(*value), origin),
            Kind::Number => Tree::new(Value::Number(decode::number(literal)), origin),
            Kind::String => Tree::string(&decode::string(literal), &self.path, origin),
            Kind::Array(elements) => self.array(text, elements, origin)?,
            Kind::Object(members) => self.object(text, members, origin)?,
        })
    }

    fn check_depth(&self, origin: &Origin) -> Result<(), ConfigError> {
        let limit = Limits::default().depth;
        if self.path.len() < limit {
            return Ok(());
        }
        Err(ConfigError::TooDeep { origin: origin.clone(), path: self.path.iter().cloned().collect(), limit })
    }

    fn array(&mut self, text: &mut Text<'_>, elements: &[Node], origin: Origin) -> Result<Tree, ConfigError> {
        self.check_depth(&origin)?;
        let mut values = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            self.path.push(Segment::Index(at));
            values.push(self.node(text, element)?);
            self.path.pop();
        }
        Ok(Tree::new(Value::Array(values), origin))
    }

    fn object(&mut self, text: &mut Text<'_>, members: &[Member], origin: Origin) -> Result<Tree, ConfigError> {
        self.check_depth(&origin)?;
        // Of a key that stands more than once the last one counts: how many are still to come?
        let mut later: HashMap<&str, usize> = HashMap::with_capacity(members.len());
        for member in members {
            *later.entry(&member.key).or_default() += 1;
        }
        let mut repeated = HashSet::new();
        let mut siblings = Vec::with_capacity(later.len());
        let mut included = None;
        for member in members {
            let key = member.key.as_str();
            if let Some(left) = later.get_mut(key) {
                *left -= 1;
                if *left > 0 {
                    repeated.insert(key);
                    continue;
                }
            }
            if repeated.contains(key) {
                let origin = text.origin(member.key_span.start);
                let path = self.path.iter().cloned().chain([Segment::Key(member.key.clone())]).collect();
                self.warnings.push(ConfigWarning { path, origin, kind: WarningKind::DuplicateKey });
            }
            if key == KEY {
                let origin = text.origin(member.value.span.start);
                included = Some((self.included(text, &member.value)?, origin));
            } else {
                self.path.push(Segment::Key(member.key.clone()));
                siblings.push((member.key.clone(), self.node(text, &member.value)?));
                self.path.pop();
            }
        }
        let siblings = Tree::new(Value::Object(siblings), origin);
        match included {
            None => Ok(siblings),
            Some((content, _)) if siblings.members().is_empty() => Ok(settled(content)),
            Some((content, _)) if matches!(content.value, Value::Object(_)) => {
                Ok(settled(merge(content, siblings, Arrays::Concatenate)))
            }
            Some((_, origin)) => Err(IncludeFailure::at(origin, IncludeError::Siblings)),
        }
    }

    /// What the value of an `$include` stands for.
    fn included(&mut self, text: &mut Text<'_>, value: &Node) -> Result<Tree, ConfigError> {
        let origin = text.origin(value.span.start);
        let refuse = |origin, kind| Err(IncludeFailure::at(origin, kind));
        match &value.kind {
            Kind::String => self.file(&decode::string(value.text(text.text)), &origin),
            Kind::Array(items) => {
                let mut content = Tree::object(origin);
                for item in items {
                    let origin = text.origin(item.span.start);
                    if !matches!(item.kind, Kind::String) {
                        return refuse(origin, IncludeError::Item { found: item.kind.name() });
                    }
                    let next = self.file(&decode::string(item.text(text.text)), &origin)?;
                    content = merge(content, next, Arrays::Concatenate);
                }
                Ok(content)
            }
            other => refuse(origin, IncludeError::Value { found: other.name() }),
        }
    }

    fn file(&mut self, target: &str, origin: &Origin) -> Result<Tree, ConfigError> {
        let refuse = |kind| IncludeFailure::at(origin.clone(), kind);
        let (Some(files), Some(from)) = (self.files.as_deref_mut(), self.chain.last()) else {
            return Err(refuse(IncludeError::NoFile));
        };
        let resolved = files.resolve(from, target);
        if self.chain.contains(&resolved) {
            let chain = self.chain.iter().cloned().chain([resolved]).collect();
            return Err(refuse(IncludeError::Circular { chain }));
        }
        if self.chain.len() > MAX_CHAIN {
            return Err(refuse(IncludeError::Depth { limit: MAX_CHAIN, target: target.to_owned() }));
        }
        let loaded = files.load(&resolved, target).map_err(refuse)?;
        let document = json5::scan(&loaded, &Limits::default()).map_err(|error| {
            refuse(IncludeError::Parse { target: target.to_owned(), resolved: resolved.clone(), error })
        })?;
        let source = Arc::new(ConfigSource::File(resolved.clone()));
        self.chain.push(resolved);
        let mut inner = Text { text: &loaded, source, cursor: Cursor::new(&loaded) };
        let content = self.node(&mut inner, &document.root)?;
        self.chain.pop();
        Ok(content)
    }
}

/// Positions of offsets that mostly grow, in one pass over the text: looking each one up alone would
/// be quadratic in a file that is one long line.
struct Cursor<'t> {
    text: &'t str,
    at: usize,
    position: Position,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, position: Position { line: 1, column: 1 } }
    }

    fn position(&mut self, offset: usize) -> Position {
        if offset < self.at {
            *self = Self::new(self.text);
        }
        let bytes = self.text.as_bytes();
        while self.at < offset.min(bytes.len()) {
            let byte = bytes.get(self.at).copied().unwrap_or(b'\n');
            self.at += 1;
            let ends_line = byte == b'\n' || (byte == b'\r' && bytes.get(self.at) != Some(&b'\n'));
            if ends_line {
                self.position = Position { line: self.position.line + 1, column: 1 };
            } else if byte & 0xc0 != 0x80 {
                self.position.column += 1;
            }
        }
        self.position
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json5::LineIndex;

    proptest! {
        #[test]
        fn a_cursor_says_what_the_index_says(text in "\u{feff}?[a\u{e9}\r\n]{0,30}", mut offsets in prop::collection::vec(0usize..60, 0..8)) {
            let index = LineIndex::new(&text);
            offsets.retain(|offset| text.is_char_boundary(*offset));
            let mut cursor = Cursor::new(&text);
            for offset in offsets {
                // Inside `\r\n` no value starts.
                let inside = offset > 0 && text.as_bytes().get(offset - 1) == Some(&b'\r') && text.as_bytes().get(offset) == Some(&b'\n');
                if !inside {
                    prop_assert_eq!(cursor.position(offset), index.position(&text, offset));
                }
            }
        }
    }
}
