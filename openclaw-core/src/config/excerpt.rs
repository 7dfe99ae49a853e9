//! The line of a text that a message is about.

use std::ops::Range;

use super::shown::shown;
use crate::json5::{self, Kind, Limits, Node, Path, Position, Segment};
use crate::secret::printable;

/// How many characters are kept on each side of the place.
const SIDE: usize = 60;

/// One line of a configuration, fit to be shown below a message: secrets are `***`, control
/// characters are written out, and of a long line only the part around the place is left.
///
/// ```
/// use openclaw_core::config::Excerpt;
/// use openclaw_core::json5::Position;
/// let text = "{\n  ui: 'blue', env: { KEY: 'secret' }, auth: 5,\n}";
/// let position = Position { line: 2, column: 45 };
/// let excerpt = Excerpt::at(text, position, &"auth".parse()?).unwrap();
/// assert_eq!(excerpt.text, "  ui: 'blue', env: { KEY: '***' }, auth: 5,");
/// assert_eq!(&excerpt.text[excerpt.span], "5");
/// // Nobody says where the text stands in the configuration, so any string may be a secret.
/// assert!(Excerpt::of(text, position).unwrap().text.contains("ui: '***'"));
/// # Ok::<(), openclaw_core::json5::PathError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Excerpt {
    /// The line, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
    /// The bytes of `text` that are meant: a key, a scalar, or the bracket that opens a container.
    /// Empty at the end of a line.
    pub span: Range<usize>,
}

impl Excerpt {
    /// The line of `text` with that position; `None` if the text has no such line, as when it has
    /// changed since. All strings but keys are hidden: for texts that cannot be read, and for places
    /// whose path is not known.
    #[must_use]
    pub fn of(text: &str, position: Position) -> Option<Self> {
        Self::new(text, position, None)
    }

    /// The same for a key or a value of which the path in the whole configuration is known. The path
    /// tells where the text itself stands, which may be included somewhere, and so what is a secret.
    #[must_use]
    pub fn at(text: &str, position: Position, path: &Path) -> Option<Self> {
        Self::new(text, position, Some(path))
    }

    fn new(text: &str, position: Position, path: Option<&Path>) -> Option<Self> {
        let line = line(text, position.line)?;
        let column = position.column.saturating_sub(1);
        let start = line.start + text.get(line.clone())?.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        let document = json5::scan(text, &Limits::default()).ok();
        let found = document.as_ref().and_then(|document| find(&document.root, start));
        let first = text.get(start..line.end)?.chars().next().map_or(0, char::len_utf8);
        let end = (start + found.as_ref().map_or(first, |found| found.length)).min(line.end);
        let mount = path.zip(found).and_then(|(path, found)| mount(path, &found.path));

        let shown = shown(text, mount.as_deref(), None);
        let place = shown.at(start)..shown.at(end).max(shown.at(start));
        let whole = shown.at(line.start)..shown.at(line.end);
        let part = |range: Range<usize>| shown.text.get(range).unwrap_or("");
        let before = tail(&printable(part(whole.start..place.start)));
        let meant = head(&printable(part(place.clone())));
        let after = head(&printable(part(place.end..whole.end)));
        let span = before.len()..before.len() + meant.len();
        Some(Self { line: position.line, text: before + &meant + &after, span })
    }
}

/// The bytes of a line without its end.
fn line(text: &str, number: usize) -> Option<Range<usize>> {
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for _ in 1..number {
        let rest = text.get(start..)?;
        let end = rest.find(['\n', '\r'])?;
        start += end + if rest.get(end..).is_some_and(|rest| rest.starts_with("\r\n")) { 2 } else { 1 };
    }
    let rest = text.get(start..)?;
    Some(start..start + rest.find(['\n', '\r']).unwrap_or(rest.len()))
}

/// What starts at a place: its path inside the text, and how long it is; of a container, its bracket.
struct Found {
    path: Vec<Segment>,
    length: usize,
}

fn find(root: &Node, start: usize) -> Option<Found> {
    let (mut node, mut path) = (root, Vec::new());
    loop {
        if node.span.start == start {
            let container = matches!(node.kind, Kind::Array(_) | Kind::Object(_));
            return Some(Found { path, length: if container { 1 } else { node.span.len() } });
        }
        if let Some(member) = node.members().iter().find(|member| member.key_span.start == start) {
            path.push(Segment::Key(member.key.clone()));
            return Some(Found { path, length: member.key_span.len() });
        }
        let member = node.members().iter().find(|member| member.value.span.contains(&start));
        let element = node.elements().iter().position(|element| element.span.contains(&start));
        node = match (member, element) {
            (Some(member), _) => {
                path.push(Segment::Key(member.key.clone()));
                &member.value
            }
            (None, Some(at)) => {
                path.push(Segment::Index(at));
                node.elements().get(at)?
            }
            (None, None) => return None,
        };
    }
}

/// What of a path leads to the text itself, when the rest of it leads on inside; `None` if it does not.
fn mount(path: &Path, inside: &[Segment]) -> Option<Vec<Segment>> {
    let (mount, rest) = path.segments().split_at_checked(path.segments().len().checked_sub(inside.len())?)?;
    // Elements of an included array may have others before them.
    let alike = |(a, b): (&Segment, &Segment)| match (a, b) {
        (Segment::Key(a), Segment::Key(b)) => a == b,
        (Segment::Index(_), Segment::Index(_)) => true,
        (Segment::Key(_), Segment::Index(_)) | (Segment::Index(_), Segment::Key(_)) => false,
    };
    rest.iter().zip(inside).all(alike).then(|| mount.to_vec())
}

fn head(text: &str) -> String {
    match text.char_indices().nth(SIDE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
        None => text.to_owned(),
    }
}

fn tail(text: &str) -> String {
    match text.char_indices().rev().nth(SIDE - 1).filter(|(start, _)| *start > 0) {
        Some((start, _)) => format!("…{}", text.get(start..).unwrap_or("")),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, line: usize, column: usize) -> (String, String) {
        let excerpt = Excerpt::new(text, Position { line, column }, None).unwrap();
        (excerpt.text.clone(), excerpt.text[excerpt.span].to_owned())
    }

    #[test]
    fn the_place_is_a_key_a_scalar_or_a_bracket() {
        let text = "\u{feff}{\r\n  env: { K: 'abc' }, 'a b': [true], c: 'x', // why\r  d: {\n  },\n}";
        assert_eq!(of(text, 1, 1), ("{".into(), "{".into()));
        let line = "  env: { K: '***' }, 'a b': [true], c: '***', // why";
        for (column, meant) in
            [(3, "env"), (8, "{"), (13, "'***'"), (22, "'a b'"), (29, "["), (30, "true"), (40, "'***'")]
        {
            assert_eq!(of(text, 2, column), (line.into(), meant.into()), "{column}");
        }
        assert_eq!(of(text, 3, 6), ("  d: {".into(), "{".into()));
    }

    #[test]
    fn a_broken_text_shows_the_place_and_no_string() {
        assert_eq!(of("{\n  a: 'secret' b: 1 }", 2, 15), ("  a: '***' b…".into(), "b".into()));
        assert_eq!(of("{ a: 'secret", 1, 13), ("{ a: '***".into(), String::new()));
        assert_eq!(of("", 1, 1), (String::new(), String::new()));
    }

    #[test]
    fn long_lines_are_cut_and_nothing_steers() {
        let text = format!("{{ {}a: true, {} }}", "b: 1, ".repeat(400), "c: 2, ".repeat(400));
        let column = text.find("true").unwrap() + 1;
        let (line, meant) = of(&text, 1, column);
        assert_eq!(meant, "true");
        assert!(line.chars().count() < 150 && line.starts_with('…') && line.ends_with('…'), "{line}");
        let steers = Excerpt::at("{ a: '\u{1b}[31m' }", Position { line: 1, column: 6 }, &Path::keys(["a"])).unwrap();
        assert_eq!(&steers.text[steers.span], "'\\u{1b}[31m'");
        assert_eq!(Excerpt::of("{}", Position { line: 9, column: 1 }), None);
    }
}
