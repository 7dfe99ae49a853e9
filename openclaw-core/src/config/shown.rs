//! The text of a configuration as people may see it: the same lines, without its secrets.

use std::ops::Range;

use super::looks::is_secret_text;
use super::names::names_a_credential;
use super::sensitive::{announces_next, is_secret_path, secret_text};
use super::substitute::is_reference;
use crate::json5::{self, Kind, Limits, Node, Path, Segment};
use crate::secret::redact;

const HIDDEN: &str = "***";
const CHANGED: &str = "*** (changed)";
/// The rest of a line of which nobody knows what it is.
const REST: &str = "…";
/// From here on a word of a broken text may be a secret: no key of OpenClaw that people write without
/// quotes is much longer.
const LONG_WORD: usize = 16;
/// The same of a number: ports and most limits have five digits at most.
const LONG_NUMBER: usize = 6;

/// A text fit to be shown, and where the places of the original went.
pub(super) struct Shown {
    pub(super) text: String,
    /// Ends of what was replaced: offset in the original, offset in the shown text.
    moves: Vec<(usize, usize)>,
}

impl Shown {
    /// Where an offset of the original is now.
    pub(super) fn at(&self, offset: usize) -> usize {
        let after = self.moves.partition_point(|(from, _)| *from <= offset);
        let (from, to) = after.checked_sub(1).and_then(|last| self.moves.get(last)).copied().unwrap_or((0, 0));
        let next = self.moves.get(after).map_or(self.text.len(), |(_, to)| *to);
        (to + (offset - from)).min(next)
    }
}

/// Hides what may be a secret in the text of a configuration that stands at `at`: strings and numbers
/// by their path and their look (without `at` all of them but keys), and comments that look like a
/// setting put out of use. Of a text that is no JSON5 all strings but keys, all long words and numbers
/// and all comments that may be a setting go, and everything behind the place where reading stopped:
/// one stray quote turns strings inside out.
///
/// With `earlier`, the text before an edit, a secret that differs from the one at the same path says so.
pub(super) fn shown(text: &str, at: Option<&[Segment]>, earlier: Option<&str>) -> Shown {
    let base = at.unwrap_or_default();
    let mut hidden;
    match json5::scan(text, &Limits::default()) {
        Ok(document) => {
            let before = earlier.and_then(|text| Some((json5::scan(text, &Limits::default()).ok()?, text)));
            let before = before.as_ref().map(|(document, text)| (&document.root, *text));
            let mut finder = Finder {
                text,
                all: at.is_none(),
                base: base.len(),
                path: base.to_vec(),
                before,
                hidden: Vec::new(),
                keepers: Vec::new(),
            };
            finder.node(&document.root, 0..text.len(), false);
            hidden = lexed(text, text.len(), Comments::Of(&finder.keepers));
            hidden.extend(finder.hidden);
            hidden.sort_by_key(|part: &Part| part.span.start);
        }
        Err(error) => {
            let stop = error.offset.min(text.len());
            let read = text.get(stop..).and_then(|rest| rest.chars().next()).map_or(stop, |c| stop + c.len_utf8());
            hidden = lexed(text, stop, Comments::OfBroken);
            let from = hidden.iter().map(|part| part.span.end).max().unwrap_or(0).max(read);
            hidden.extend(rest_of_lines(text, from));
        }
    }
    replace(text, &hidden)
}

/// A part of the text that is not shown, and what stands there instead.
struct Part {
    span: Range<usize>,
    with: &'static str,
}

struct Finder<'t> {
    text: &'t str,
    /// Whether every string is hidden.
    all: bool,
    /// How much of `path` leads to the text itself.
    base: usize,
    path: Vec<Segment>,
    before: Option<(&'t Node, &'t str)>,
    hidden: Vec<Part>,
    /// Objects and arrays in which everything is a secret, with their keys: the outermost, in order.
    keepers: Vec<Range<usize>>,
}

impl Finder<'_> {
    /// Looks through a value that stands with its key in `span`. `announced`: an argument such as
    /// `--token` stands before it.
    fn node(&mut self, node: &Node, span: Range<usize>, announced: bool) {
        match &node.kind {
            Kind::Object(members) => {
                // What key it is makes no difference there.
                self.keeper(Segment::Key(String::new()), span);
                for member in members {
                    if is_secret_text(&member.key) {
                        self.hidden.push(Part { span: inside(self.text, &member.key_span), with: HIDDEN });
                    }
                    self.path.push(Segment::Key(member.key.clone()));
                    self.node(&member.value, member.key_span.start..member.value.span.end, false);
                    self.path.pop();
                }
            }
            Kind::Array(elements) => {
                self.keeper(Segment::Index(0), span);
                let mut announced = false;
                for (at, element) in elements.iter().enumerate() {
                    self.path.push(Segment::Index(at));
                    self.node(element, element.span.clone(), announced);
                    self.path.pop();
                    announced = announces_next(element, self.text);
                }
            }
            _ => {
                let secret = secret_text(node, self.text, &self.path, announced);
                let any = self.all && matches!(node.kind, Kind::String | Kind::Number);
                if any || secret.is_some_and(|secret| !is_reference(&secret)) {
                    let with = if self.differs(node) { CHANGED } else { HIDDEN };
                    self.hidden.push(Part { span: inside(self.text, &node.span), with });
                }
            }
        }
    }

    fn keeper(&mut self, child: Segment, span: Range<usize>) {
        self.path.push(child);
        let inside_one = self.keepers.last().is_some_and(|last| span.start < last.end);
        if !inside_one && is_secret_path(&self.path) {
            self.keepers.push(span);
        }
        self.path.pop();
    }

    /// Whether another value stood here before.
    fn differs(&self, node: &Node) -> bool {
        let Some((root, before)) = self.before else { return false };
        let path: Path = self.path.iter().skip(self.base).cloned().collect();
        root.at(&path).is_some_and(|old| old.text(before) != node.text(self.text))
    }
}

/// What stands between the quotes.
fn inside(text: &str, span: &Range<usize>) -> Range<usize> {
    match text.as_bytes().get(span.start) {
        Some(b'"' | b'\'') => span.start + 1..span.end.saturating_sub(1).max(span.start + 1),
        _ => span.clone(),
    }
}

/// Of which text the comments are: that decides what else in them may be a setting.
#[derive(Clone, Copy)]
enum Comments<'k> {
    /// One that can be read; and where everything in it is a secret.
    Of(&'k [Range<usize>]),
    /// One that cannot: anything may be anywhere.
    OfBroken,
}

/// Comments that look like a setting; of a broken text also strings that are no keys, long words and
/// long numbers.
fn lexed(text: &str, stop: usize, comments: Comments<'_>) -> Vec<Part> {
    let everything = matches!(comments, Comments::OfBroken);
    let mut parts = Vec::new();
    let mut at = 0;
    // What is open, and the last sign that was no comment: they tell a key from a value.
    let (mut open, mut last) = (Vec::new(), ' ');
    let find = |from: usize, stop: fn(char) -> bool| {
        text.get(from..).and_then(|rest| rest.find(stop)).map_or(text.len(), |found| from + found)
    };
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()).filter(|_| at < stop) {
        let rest = text.get(at..).unwrap_or("");
        let end;
        if c == '"' || c == '\'' {
            end = at + string_length(rest, c);
            let colon = text.get(end..).is_some_and(|after| after.trim_start().starts_with(':'));
            let key = colon && open.last() == Some(&'{') && matches!(last, '{' | ',');
            if everything && !key {
                let closed = rest.get(1..end - at).is_some_and(|body| body.ends_with(c));
                parts.push(Part { span: at + 1..if closed { end - 1 } else { end }, with: HIDDEN });
            }
        } else if rest.starts_with("//") {
            end = find(at, |c| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}'));
            comment(text, at + 2..end, comments, &mut parts);
        } else if rest.starts_with("/*") {
            end = rest.get(2..).and_then(|body| body.find("*/")).map_or(text.len(), |found| at + found + 4);
            comment(text, at + 2..end.saturating_sub(2).max(at + 2), comments, &mut parts);
        } else if word(c) {
            end = find(at, |c| !word(c));
            let digits = rest.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit());
            if everything && end - at >= if digits { LONG_NUMBER } else { LONG_WORD } {
                parts.push(Part { span: at..end, with: HIDDEN });
            }
        } else {
            end = at + c.len_utf8();
            match c {
                '{' | '[' => open.push(c),
                '}' | ']' => drop(open.pop()),
                _ => {}
            }
        }
        if !c.is_whitespace() && !rest.starts_with("//") && !rest.starts_with("/*") {
            last = c;
        }
        at = end;
    }
    parts
}

const fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '$')
}

/// The bytes of a string, to its quote or, if that is missing, to the end of its line.
fn string_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' | '\r' if !escaped => return at,
            c if c == quote && !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    rest.len()
}

/// What is left of each line from an offset on.
fn rest_of_lines(text: &str, from: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut start = from;
    while start < text.len() {
        let end = text.get(start..).and_then(|rest| rest.find(['\n', '\r'])).map_or(text.len(), |at| start + at);
        if text.get(start..end).is_some_and(|line| !line.trim().is_empty()) {
            parts.push(Part { span: start..end, with: REST });
        }
        start = end + 1;
    }
    parts
}

/// A comment is hidden when it gives a text in quotes to something, as a setting does that was put
/// out of use, or names a credential or a place of them and goes on with `:` or `=`. Among secrets
/// every `:` and `=` is enough.
fn comment(text: &str, span: Range<usize>, comments: Comments<'_>, parts: &mut Vec<Part>) {
    let body = text.get(span.clone()).unwrap_or("");
    let (broken, among_secrets) = match comments {
        Comments::Of(keepers) => (false, is_inside(keepers, span.start)),
        Comments::OfBroken => (true, true),
    };
    let setting = body.match_indices([':', '=']).any(|(at, _)| {
        if among_secrets || body.get(at + 1..).is_some_and(|after| after.trim_start().starts_with(['"', '\''])) {
            return true;
        }
        let before = body.get(..at).unwrap_or("").trim_end_matches([' ', '\t', '"', '\'']);
        let name = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').next().unwrap_or("");
        names_a_credential(name) || matches!(name, "env" | "vars" | "headers" | "secrets")
    });
    let quotes = broken && body.contains(['"', '\'']);
    if setting || quotes || is_secret_text(body) {
        parts.push(Part { span, with: HIDDEN });
    }
}

/// Whether an offset is in one of some ranges that stand in order.
fn is_inside(ranges: &[Range<usize>], offset: usize) -> bool {
    let next = ranges.partition_point(|range| range.end <= offset);
    ranges.get(next).is_some_and(|range| range.contains(&offset))
}

fn replace(text: &str, parts: &[Part]) -> Shown {
    let mut shown = Shown { text: String::with_capacity(text.len()), moves: Vec::with_capacity(parts.len() * 2) };
    let mut from = 0;
    for part in parts {
        // A part inside another one has gone with it.
        let Some(between) = text.get(from..part.span.start) else { continue };
        shown.text.push_str(&redact(between));
        shown.moves.push((part.span.start, shown.text.len()));
        shown.text.push_str(part.with);
        // The lines stay as many as they were.
        let gone = text.get(part.span.clone()).unwrap_or("");
        (0..line_breaks(gone)).for_each(|_| shown.text.push_str("\\\n"));
        from = part.span.end;
        shown.moves.push((from, shown.text.len()));
    }
    shown.text.push_str(&redact(text.get(from..).unwrap_or("")));
    shown
}

fn line_breaks(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count() + text.matches('\r').count() - text.matches("\r\n").count()
}

#[cfg(test)]
#[path = "shown_tests.rs"]
mod tests;
