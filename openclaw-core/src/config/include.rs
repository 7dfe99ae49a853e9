//! From a scanned text to a tree, with every `$include` replaced by what it names.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::decode;
use super::merge::{Arrays, merge, settled};
use super::place::Place;
use super::problem::{hidden, hidden_path};
use super::sensitive::is_secret_text;
use super::value::{Tree, Value};
use super::{ConfigError, ConfigSource, ConfigWarning, IncludeError, IncludeFailure, Origin, WarningKind};
use crate::json5::{self, Document, Kind, Limits, Member, Node, Position, decode_string};

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
    /// The files being read, from the root to the innermost.
    chain: Vec<PathBuf>,
    pub(super) warnings: Vec<ConfigWarning>,
}

/// A text being read.
struct Text<'t> {
    text: &'t str,
    source: Arc<ConfigSource>,
    cursor: Cursor<'t>,
    /// Whether any key stands more than once in its object.
    duplicates: bool,
}

impl<'t> Text<'t> {
    fn new(text: &'t str, source: Arc<ConfigSource>, document: &Document) -> Self {
        Self { text, source, cursor: Cursor::new(text), duplicates: !document.duplicates.is_empty() }
    }

    fn origin(&mut self, offset: usize) -> Origin {
        Origin::new(Arc::clone(&self.source), Some(self.cursor.position(offset)))
    }
}

impl<'f> Builder<'f> {
    pub(super) fn new(files: Option<&'f mut dyn Files>) -> Self {
        Self { files, chain: Vec::new(), warnings: Vec::new() }
    }

    /// The tree of a text that will stand at a place of the whole configuration: that decides which
    /// strings are secrets and how deep the text may be.
    pub(super) fn root(&mut self, source: ConfigSource, text: &str, place: &Place<'_>) -> Result<Tree, ConfigError> {
        let source = Arc::new(source);
        let document = json5::scan(text, &Limits::default()).map_err(|error| ConfigError::Syntax {
            origin: Origin::new(Arc::clone(&source), Some(error.position)),
            kind: error.kind,
        })?;
        if let Some(file) = source.file() {
            // Named like the files that are included, or a circle would not be known where it closes.
            let name = file.file_name().and_then(OsStr::to_str);
            let resolved = self.files.as_deref().zip(name).map(|(files, name)| files.resolve(file, name));
            self.chain.push(resolved.unwrap_or_else(|| file.to_path_buf()));
        }
        let mut text = Text::new(text, source, &document);
        self.node(&mut text, document.root, place)
    }

    fn node(&mut self, text: &mut Text<'_>, node: Node, place: &Place<'_>) -> Result<Tree, ConfigError> {
        let origin = text.origin(node.span.start);
        let literal = node.text(text.text);
        Ok(match node.kind {
            Kind::Null => Tree::new(Value::Null, origin),
            Kind::Bool(value) => Tree::new(Value::Bool(value), origin),
            Kind::Number => Tree::numeric(decode::number(literal), place, origin),
            Kind::String => Tree::string(&decode_string(literal), place, origin),
            Kind::Array(elements) => self.array(text, elements, origin, place)?,
            Kind::Object(members) => self.object(text, members, origin, place)?,
        })
    }

    fn array(
        &mut self,
        text: &mut Text<'_>,
        elements: Vec<Node>,
        origin: Origin,
        place: &Place<'_>,
    ) -> Result<Tree, ConfigError> {
        check_depth(place, &origin)?;
        let mut values = Vec::with_capacity(elements.len());
        for (at, element) in elements.into_iter().enumerate() {
            values.push(self.node(text, element, &place.index(at))?);
        }
        Ok(Tree::new(Value::Array(values), origin))
    }

    fn object(
        &mut self,
        text: &mut Text<'_>,
        members: Vec<Member>,
        origin: Origin,
        place: &Place<'_>,
    ) -> Result<Tree, ConfigError> {
        check_depth(place, &origin)?;
        let repeated = if text.duplicates { repeated(&members) } else { HashMap::new() };
        let mut siblings = Vec::with_capacity(members.len());
        let mut included = None;
        for (at, Member { key, key_span, value }) in members.into_iter().enumerate() {
            match repeated.get(&key) {
                Some(last) if at < *last => continue,
                Some(_) => {
                    let (path, origin) = (place.key(&key).path(), text.origin(key_span.start));
                    self.warnings.push(ConfigWarning { path, origin, kind: WarningKind::DuplicateKey });
                }
                None => {}
            }
            if key == KEY {
                let origin = text.origin(value.span.start);
                included = Some((self.included(text, &value, place)?, origin));
            } else {
                let position = text.cursor.position(key_span.start);
                let mut tree = self.node(text, value, &place.key(&key))?;
                tree.origin = tree.origin.under_key(&text.source, position);
                siblings.push((key, tree));
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
    fn included(&mut self, text: &mut Text<'_>, value: &Node, place: &Place<'_>) -> Result<Tree, ConfigError> {
        let origin = text.origin(value.span.start);
        let refuse = |origin, kind| Err(IncludeFailure::at(origin, kind));
        match &value.kind {
            Kind::String => self.file(&decode_string(value.text(text.text)), &origin, place),
            Kind::Array(items) => {
                let mut content = Tree::object(origin);
                for item in items {
                    let origin = text.origin(item.span.start);
                    if !matches!(item.kind, Kind::String) {
                        return refuse(origin, IncludeError::Item { found: item.kind.name() });
                    }
                    let next = self.file(&decode_string(item.text(text.text)), &origin, place)?;
                    content = merge(content, next, Arrays::Concatenate);
                }
                Ok(content)
            }
            other => refuse(origin, IncludeError::Value { found: other.name() }),
        }
    }

    fn file(&mut self, target: &str, origin: &Origin, place: &Place<'_>) -> Result<Tree, ConfigError> {
        let refuse = |kind: IncludeError| {
            // Somebody may write a URL with a password here.
            let secret = is_secret_text(target);
            let kind = if secret { kind.hiding(&hidden(target)) } else { kind };
            IncludeFailure::at(origin.clone(), kind)
        };
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
        let mut inner = Text::new(&loaded, source, &document);
        let content = self.node(&mut inner, document.root, place)?;
        self.chain.pop();
        Ok(content)
    }
}

/// The keys that stand more than once, and where each stands last: that one counts.
fn repeated(members: &[Member]) -> HashMap<String, usize> {
    let mut times: HashMap<&str, (usize, usize)> = HashMap::new();
    for (at, member) in members.iter().enumerate() {
        let (count, last) = times.entry(&member.key).or_default();
        (*count, *last) = (*count + 1, at);
    }
    let repeated = times.into_iter().filter(|(_, (count, _))| *count > 1);
    repeated.map(|(key, (_, last))| (key.to_owned(), last)).collect()
}

fn check_depth(place: &Place<'_>, origin: &Origin) -> Result<(), ConfigError> {
    let limit = Limits::default().depth;
    if place.depth() < limit {
        return Ok(());
    }
    Err(ConfigError::TooDeep { origin: origin.clone(), path: hidden_path(&place.path()), limit })
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
        let gap = bytes.get(self.at..offset.min(bytes.len())).unwrap_or(&[]);
        let mut line_start = 0;
        for (at, byte) in gap.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(self.at + at + 1) != Some(&b'\n')) {
                line_start = at + 1;
                self.position = Position { line: self.position.line + 1, column: 1 };
            }
        }
        let on_line = gap.get(line_start..).unwrap_or(&[]);
        self.position.column += on_line.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        self.at += gap.len();
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
