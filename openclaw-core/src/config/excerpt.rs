//! The line of a text that a message is about.

use std::ops::Range;

use super::shown::shown;
use crate::json5::{self, Kind, Limits, Node, Position};
use crate::secret::printable;

/// How many characters are kept on each side of the place.
const SIDE: usize = 60;

/// One line of a configuration, fit to be shown below a message: secrets are `***`, control
/// characters are written out, and of a long line only the part around the place is left.
///
/// ```
/// use openclaw_core::config::Excerpt;
/// use openclaw_core::json5::Position;
/// let text = "{\n  env: { KEY: 'secret', },\n  auth: 5,\n}";
/// let excerpt = Excerpt::of(text, Position { line: 3, column: 9 }).unwrap();
/// assert_eq!((excerpt.text.as_str(), &excerpt.text[excerpt.span.clone()]), ("  auth: 5,", "5"));
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
    /// changed since.
    #[must_use]
    pub fn of(text: &str, position: Position) -> Option<Self> {
        let line = line(text, position.line)?;
        let column = position.column.saturating_sub(1);
        let start = line.start + text.get(line.clone())?.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        let length = match json5::scan(text, &Limits::default()) {
            Ok(document) => length(&document.root, start),
            Err(_) => None,
        };
        let first = text.get(start..line.end)?.chars().next().map_or(0, char::len_utf8);
        let end = (start + length.unwrap_or(first)).min(line.end);

        let shown = shown(text, &[], None);
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

/// How long the key or the value is that starts there; of a container, its bracket.
fn length(node: &Node, start: usize) -> Option<usize> {
    if node.span.start == start {
        return Some(if matches!(node.kind, Kind::Array(_) | Kind::Object(_)) { 1 } else { node.span.len() });
    }
    if let Some(member) = node.members().iter().find(|member| member.key_span.start == start) {
        return Some(member.key_span.len());
    }
    let values = node.members().iter().map(|member| &member.value).chain(node.elements());
    values.into_iter().find(|value| value.span.contains(&start)).and_then(|value| length(value, start))
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
        let excerpt = Excerpt::of(text, Position { line, column }).unwrap();
        (excerpt.text.clone(), excerpt.text[excerpt.span].to_owned())
    }

    #[test]
    fn the_place_is_a_key_a_scalar_or_a_bracket() {
        let text = "\u{feff}{\r\n  env: { K: 'abc' }, 'a b': [true], c: 'x', // why\r  d: {\n  },\n}";
        assert_eq!(of(text, 1, 1), ("{".into(), "{".into()));
        let line = "  env: { K: '***' }, 'a b': [true], c: 'x', // why";
        for (column, meant) in
            [(3, "env"), (8, "{"), (13, "'***'"), (22, "'a b'"), (29, "["), (30, "true"), (40, "'x'")]
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
        let text = format!("{{ {}a: 5, {} }}", "b: 1, ".repeat(400), "c: 2, ".repeat(400));
        let column = text.find("5").unwrap() + 1;
        let (line, meant) = of(&text, 1, column);
        assert_eq!(meant, "5");
        assert!(line.chars().count() < 130 && line.starts_with('…') && line.ends_with('…'), "{line}");
        assert_eq!(of("{ a: '\u{1b}[31m' }", 1, 6).1, "'\\u{1b}[31m'");
        assert_eq!(Excerpt::of("{}", Position { line: 9, column: 1 }), None);
    }
}
