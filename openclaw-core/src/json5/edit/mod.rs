//! Edits of an authored text that leave every other byte where it is.

mod error;
mod insert;
mod layout;
mod lexer;
mod remove;
mod strict;
mod style;
mod verify;
mod window;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

pub use self::error::EditError;
use self::window::Window;
use super::value::quote_with;
use super::{Document, Kind, Limits, LineIndex, Node, Path, Segment, SyntaxError, SyntaxErrorKind, scan};

/// A change of one place in an authored text.
#[derive(Clone)]
#[non_exhaustive]
pub enum Edit {
    /// Gives a place a new value, and makes the place if it is not there.
    Set {
        /// The place.
        path: Path,
        /// The whole new value, as JSON5 or JSON text. White space and comments around it are left out.
        value: Zeroizing<String>,
    },
    /// As `Set`, with a string in the quotes that the document uses there.
    SetText {
        /// The place.
        path: Path,
        /// The text itself, not yet in quotes.
        text: Zeroizing<String>,
    },
    /// Takes a member or an element away.
    Unset {
        /// The place.
        path: Path,
    },
}

impl Edit {
    /// Gives a place a new value: JSON5 text, for a string made with [`quote`](super::quote).
    pub fn set(path: Path, value: impl Into<String>) -> Self {
        Self::Set { path, value: Zeroizing::new(value.into()) }
    }

    /// Gives a place a text: written in the quotes of the string that stands there, else of its
    /// neighbours, and in double quotes where the document is strict JSON.
    pub fn text(path: Path, text: impl Into<String>) -> Self {
        Self::SetText { path, text: Zeroizing::new(text.into()) }
    }

    /// Takes a member or an element away.
    #[must_use]
    pub const fn unset(path: Path) -> Self {
        Self::Unset { path }
    }

    /// The place.
    #[must_use]
    pub const fn path(&self) -> &Path {
        match self {
            Self::Set { path, .. } | Self::SetText { path, .. } | Self::Unset { path } => path,
        }
    }

    /// The new value as JSON5; `None` if there is none.
    #[cfg(feature = "fs")]
    pub(crate) fn value(&self) -> Option<Zeroizing<String>> {
        match self {
            Self::Set { value, .. } => Some(value.clone()),
            Self::SetText { text, .. } => Some(super::quote(text)),
            Self::Unset { .. } => None,
        }
    }

    /// The same change of another place.
    #[cfg(feature = "fs")]
    pub(crate) fn at(&self, path: Path) -> Self {
        match self {
            Self::Set { value, .. } => Self::Set { path, value: value.clone() },
            Self::SetText { text, .. } => Self::SetText { path, text: text.clone() },
            Self::Unset { .. } => Self::Unset { path },
        }
    }
}

/// Without the value: it may be a secret.
impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { path, .. } => f.debug_struct("Set").field("path", path).finish_non_exhaustive(),
            Self::SetText { path, .. } => f.debug_struct("SetText").field("path", path).finish_non_exhaustive(),
            Self::Unset { path } => f.debug_struct("Unset").field("path", path).finish(),
        }
    }
}

/// Applies edits one after the other; every byte outside the edited places stays.
///
/// What is inserted follows the style around it: indentation, line ends, quotes, trailing commas; a text of one line stays one. Objects are made on the way, and arrays where the path goes
/// on with index 0; an index equal to the length appends. A text that is strict JSON stays strict
/// JSON. Unsetting takes the member's line with it, and the comment at the end of that line, but no
/// other comment; unsetting what is not there changes nothing.
///
/// ```
/// use openclaw_core::json5::{Edit, Limits, edit};
/// let text = "{\n  // who\n  name: 'Ada', // first\n}\n";
/// let edits = [Edit::set("born.year".parse()?, "1815"), Edit::set("name".parse()?, "'Augusta'")];
/// assert_eq!(
///     *edit(text, &edits, &Limits::default())?,
///     "{\n  // who\n  name: 'Augusta', // first\n  born: {\n    year: 1815\n  },\n}\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// See [`EditError`]. Each edit is read back and compared before the next one: the text returned holds
/// exactly the values given and everything else as it was. Only the stretch between the neighbours of
/// the edited place is scanned again, since all other bytes are the same.
pub fn edit(text: &str, edits: &[Edit], limits: &Limits) -> Result<Zeroizing<String>, EditError> {
    edit_scanned(text, Cow::Owned(scan(text, limits).map_err(EditError::Text)?), edits, limits)
}

/// As [`edit`], of a text that was scanned before.
pub(crate) fn edit_scanned(
    text: &str,
    mut document: Cow<'_, Document>,
    edits: &[Edit],
    limits: &Limits,
) -> Result<Zeroizing<String>, EditError> {
    let original = text;
    let mut result: Option<Zeroizing<String>> = None;
    for (number, edit) in edits.iter().enumerate() {
        let text = result.as_deref().map_or(original, String::as_str);
        let (splices, value) = match edit {
            Edit::Set { path, value } => {
                let value = new_value(path, value, &document, limits)?;
                (set(text, &document, path, &value, limits)?, Some(value))
            }
            Edit::SetText { path, text: new } => {
                let value = quote_with(new, style::text_mark(text, &document, path));
                (set(text, &document, path, &value, limits)?, Some(value))
            }
            Edit::Unset { path } => (unset(text, &document, path)?, None),
        };
        if splices.is_empty() {
            continue;
        }
        let value = value.as_deref().map(String::as_str);
        let edited = splice(text, &splices);
        let last = number + 1 == edits.len();
        let window = Window::around(&document.root, edit.path().segments());
        let reread = window.as_ref().and_then(|w| w.reread(&document.root, text, &edited, &splices, value, limits));
        match (window, reread) {
            // A document may become strict JSON when its last comment goes, and only a look at all of it can tell.
            (Some(window), Some(reread)) if reread.strict_json == document.strict_json || last => {
                if document.strict_json && !reread.strict_json {
                    return Err(EditError::Unverified { path: edit.path().clone() });
                }
                if !last || cfg!(debug_assertions) {
                    window.graft(document.to_mut(), reread, text.len(), edited.len());
                    debug_assert!(scan(&edited, limits).is_ok_and(|all| all.root == document.root));
                }
            }
            _ => document = Cow::Owned(reread_whole(&document, text, &edited, edit.path(), value, limits)?),
        }
        result = Some(edited);
    }
    Ok(result.unwrap_or_else(|| Zeroizing::new(original.to_owned())))
}

/// The document after an edit, all of it compared with the one before.
fn reread_whole(
    document: &Document,
    text: &str,
    edited: &str,
    path: &Path,
    value: Option<&str>,
    limits: &Limits,
) -> Result<Document, EditError> {
    let after = scan(edited, limits).map_err(|source| EditError::Limit { path: path.clone(), source })?;
    let strict = after.strict_json || !document.strict_json;
    let (old, new) = (verify::Tree::new(document, text), verify::Tree::new(&after, edited));
    if !strict || !verify::holds(old, new, path.segments(), value) {
        return Err(EditError::Unverified { path: path.clone() });
    }
    Ok(after)
}

/// A part of the text and what takes its place.
struct Splice {
    span: Range<usize>,
    with: Zeroizing<String>,
}

/// The value without what stands around it, checked; in a document of strict JSON it becomes that.
fn new_value(path: &Path, value: &str, document: &Document, limits: &Limits) -> Result<Zeroizing<String>, EditError> {
    let read = scan(value, limits).map_err(|source| EditError::Value { path: path.clone(), source })?;
    let bare = read.root.text(value);
    if document.strict_json && !read.strict_json && !scan(bare, limits).is_ok_and(|read| read.strict_json) {
        return strict::strict(&read.root, value).ok_or_else(|| EditError::NotStrict { path: path.clone() });
    }
    Ok(Zeroizing::new(bare.to_owned()))
}

fn set(text: &str, document: &Document, path: &Path, value: &str, limits: &Limits) -> Result<Vec<Splice>, EditError> {
    let segments = path.segments();
    let mut chain = vec![&document.root];
    for (depth, segment) in segments.iter().enumerate() {
        let Some(node) = chain.last() else { break };
        let at = || segments.iter().take(depth).cloned().collect::<Path>();
        if let Some((_, child)) = child(node, segments, depth)? {
            chain.push(child);
            continue;
        }
        let wrong = |expected| EditError::Kind { path: path.clone(), at: at(), found: node.kind.name(), expected };
        match (segment, &node.kind) {
            (Segment::Key(_), Kind::Object(_)) => {}
            (Segment::Key(_), _) => return Err(wrong("object")),
            (Segment::Index(index), Kind::Array(elements)) => {
                if *index > elements.len() {
                    return Err(EditError::Index { path: path.clone(), at: at(), length: elements.len() });
                }
            }
            (Segment::Index(_), _) => return Err(wrong("array")),
        }
        let missing = segments.get(depth..).unwrap_or(&[]);
        let beyond = missing.iter().skip(1).position(|s| matches!(s, Segment::Index(index) if *index > 0));
        if let Some(beyond) = beyond {
            let at = segments.iter().take(depth + 1 + beyond).cloned().collect();
            return Err(EditError::Index { path: path.clone(), at, length: 0 });
        }
        // The text made for the missing steps grows with the square of their number.
        if segments.len() > limits.depth {
            let offset = node.span.end;
            let position = LineIndex::new(text).position(text, offset);
            let source = SyntaxError { kind: SyntaxErrorKind::TooDeep(limits.depth), position, offset };
            return Err(EditError::Limit { path: path.clone(), source });
        }
        return Ok(insert::insert(text, document, &chain, missing, value));
    }
    Ok(insert::replace(text, document, &chain, value))
}

fn unset(text: &str, document: &Document, path: &Path) -> Result<Vec<Splice>, EditError> {
    let segments = path.segments();
    let mut node = &document.root;
    let mut found = None;
    for depth in 0..segments.len() {
        let Some((index, child)) = child(node, segments, depth)? else { return Ok(Vec::new()) };
        found = Some((node, index));
        node = child;
    }
    let (container, index) = found.ok_or(EditError::Root)?;
    Ok(remove::remove(text, container, index))
}

/// The child that a step of the path leads to, and its number.
fn child<'d>(node: &'d Node, segments: &[Segment], depth: usize) -> Result<Option<(usize, &'d Node)>, EditError> {
    match segments.get(depth) {
        Some(Segment::Index(index)) => Ok(node.elements().get(*index).map(|child| (*index, child))),
        Some(Segment::Key(key)) => {
            let mut same = node.members().iter().enumerate().filter(|(_, member)| member.key == *key);
            let first = same.next();
            if same.next().is_some() {
                return Err(EditError::Duplicate { path: segments.iter().take(depth + 1).cloned().collect() });
            }
            Ok(first.map(|(index, member)| (index, &member.value)))
        }
        None => Ok(None),
    }
}

/// The bytes of each child, its key included.
fn children(container: &Node) -> Vec<Range<usize>> {
    match &container.kind {
        Kind::Array(elements) => elements.iter().map(|element| element.span.clone()).collect(),
        Kind::Object(members) => members.iter().map(|m| m.key_span.start..m.value.span.end).collect(),
        _ => Vec::new(),
    }
}

/// The text with the splices done; they stand in order and do not overlap.
fn splice(text: &str, splices: &[Splice]) -> Zeroizing<String> {
    let mut parts = Vec::with_capacity(splices.len() * 2 + 1);
    let mut from = 0;
    for splice in splices {
        parts.push(text.get(from..splice.span.start).unwrap_or(""));
        parts.push(splice.with.as_str());
        from = splice.span.end;
    }
    parts.push(text.get(from..).unwrap_or(""));
    concat(&parts)
}

/// One text of many, in a buffer that never grows: growing would leave a copy of a secret behind.
fn concat(parts: &[&str]) -> Zeroizing<String> {
    let mut whole = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        whole.push_str(part);
    }
    whole
}

#[cfg(test)]
mod tests;
