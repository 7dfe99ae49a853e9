//! The habits of a document, so that an insertion looks like its author's hand.

use std::ops::Range;

use zeroize::Zeroizing;

use super::super::value::{quote, quote_with};
use super::super::{Document, Kind, Member, Node, Path};
use super::children;
use super::lexer::{Class, is_break, pieces};

#[derive(Debug)]
pub(super) struct Style<'t> {
    /// The end of a line.
    pub(super) eol: &'static str,
    /// The indentation of one level.
    pub(super) unit: &'t str,
    /// What stands between a key and its value.
    pub(super) colon: &'t str,
    /// What stands inside the braces of an object on one line.
    pub(super) padding: &'t str,
    /// Whether the whole document stands on one line.
    pub(super) one_line: bool,
    quoting: Quoting,
}

#[derive(Debug, Clone, Copy)]
enum Quoting {
    Strict,
    Always(char),
    WhereNeeded(char),
}

impl<'t> Style<'t> {
    /// The habits near the last container of a chain that starts at the root, else those of the whole document.
    pub(super) fn of(text: &'t str, document: &Document, chain: &[&Node]) -> Self {
        let near = || chain.iter().rev().copied().chain(preorder(&document.root));
        let empty = chain.len() == 1 && children(&document.root).is_empty();
        let one_line = !empty && same_line(text, document.root.span.start, document.root.span.end);
        let unit = if one_line { None } else { near().find_map(|node| unit(text, node)) };
        Self {
            eol: line_end(text),
            unit: unit.unwrap_or("  "),
            colon: near().find_map(|node| node.members().iter().rev().find_map(|m| colon(text, m))).unwrap_or(": "),
            padding: near().find_map(|node| padding(text, node)).unwrap_or(""),
            one_line,
            quoting: if document.strict_json { Quoting::Strict } else { quoting(text, near()) },
        }
    }

    /// A key as this document would write it.
    pub(super) fn key(&self, key: &str) -> Zeroizing<String> {
        match self.quoting {
            Quoting::WhereNeeded(_) if is_plain(key) => Zeroizing::new(key.to_owned()),
            Quoting::Always(mark) | Quoting::WhereNeeded(mark) => quote_with(key, mark),
            Quoting::Strict => quote(key),
        }
    }

    /// Whether the document does without the white space that people put in.
    pub(super) fn is_compact(&self) -> bool {
        self.one_line && self.colon == ":"
    }
}

/// A node and all below it, containers only, from the top.
fn preorder(root: &Node) -> impl Iterator<Item = &Node> {
    let mut waiting = vec![root];
    std::iter::from_fn(move || {
        let node = waiting.pop()?;
        let is_container = |node: &&Node| matches!(node.kind, Kind::Object(_) | Kind::Array(_));
        waiting.extend(node.elements().iter().rev().filter(is_container));
        waiting.extend(node.members().iter().rev().map(|member| &member.value).filter(is_container));
        Some(node)
    })
}

fn line_end(text: &str) -> &'static str {
    match text.bytes().position(ends_line).and_then(|at| text.get(at..)) {
        Some(rest) if rest.starts_with("\r\n") => "\r\n",
        Some(rest) if rest.starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// The spaces and tabs that the line of an offset starts with.
pub(super) fn indentation(text: &str, offset: usize) -> &str {
    let before = text.get(..offset).unwrap_or("");
    let line = before.bytes().rposition(ends_line).and_then(|at| before.get(at + 1..)).unwrap_or(before);
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    line.split_once(|c| c != ' ' && c != '\t').map_or(line, |(blank, _)| blank)
}

/// Whether two offsets stand on one line.
pub(super) fn same_line(text: &str, from: usize, to: usize) -> bool {
    let between = text.get(from..to).unwrap_or("");
    // Byte by byte first: a minified file is one line of a megabyte.
    !between.bytes().any(ends_line) && (between.is_ascii() || !between.contains(is_break))
}

const fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn unit<'t>(text: &'t str, container: &Node) -> Option<&'t str> {
    let first = children(container).first()?.start;
    if same_line(text, container.span.start, first) {
        return None;
    }
    let deeper = indentation(text, first).strip_prefix(indentation(text, container.span.start))?;
    Some(deeper).filter(|unit| !unit.is_empty())
}

fn colon<'t>(text: &'t str, member: &Member) -> Option<&'t str> {
    let between = text.get(member.key_span.end..member.value.span.start)?;
    between.chars().all(|c| matches!(c, ' ' | ':')).then_some(between)
}

fn padding<'t>(text: &'t str, container: &Node) -> Option<&'t str> {
    let first = container.members().first()?.key_span.start;
    let before = text.get(container.span.start + 1..first)?;
    before.chars().all(|c| c == ' ').then_some(before)
}

/// The quote for a text at a path: that of the string which stands there, else of the nearest string,
/// else of the nearest quoted key.
pub(super) fn text_mark(text: &str, document: &Document, path: &Path) -> char {
    if document.strict_json {
        return '"';
    }
    let mut chain = vec![&document.root];
    for segment in path.segments() {
        let child = chain.last().and_then(|node| node.at(&std::iter::once(segment.clone()).collect()));
        let Some(child) = child else { break };
        chain.push(child);
    }
    let mark = |span: &Range<usize>| {
        let first = text.get(span.clone()).and_then(|word| word.chars().next());
        first.filter(|c| matches!(c, '"' | '\''))
    };
    let there = chain.last().and_then(|node| mark(&node.span));
    let near = || chain.iter().rev().copied().chain(preorder(&document.root));
    let of_values = |node: &Node| {
        let values = node.members().iter().rev().map(|member| &member.value).chain(node.elements().iter().rev());
        values.into_iter().find_map(|value| mark(&value.span))
    };
    let of_keys = |node: &Node| node.members().iter().rev().find_map(|member| mark(&member.key_span));
    there.or_else(|| near().find_map(of_values)).or_else(|| near().find_map(of_keys)).unwrap_or('"')
}

/// Bare keys where the nearest ones are bare; the quote of the nearest quoted key, else of a string.
fn quoting<'d>(text: &str, near: impl Iterator<Item = &'d Node>) -> Quoting {
    let quote_at = |span: &Range<usize>| {
        let first = text.get(span.clone()).and_then(|word| word.chars().next());
        first.filter(|c| matches!(c, '"' | '\''))
    };
    let (mut bare, mut key_mark, mut string_mark) = (false, None, None);
    for node in near {
        for member in node.members().iter().rev() {
            let mark = quote_at(&member.key_span);
            bare |= mark.is_none();
            key_mark = key_mark.or(mark);
            string_mark = string_mark.or_else(|| quote_at(&member.value.span));
        }
        string_mark = string_mark.or_else(|| node.elements().iter().find_map(|element| quote_at(&element.span)));
        if let Some(mark) = key_mark {
            return if bare { Quoting::WhereNeeded(mark) } else { Quoting::Always(mark) };
        }
    }
    Quoting::WhereNeeded(string_mark.unwrap_or('"'))
}

fn is_plain(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$'))
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))
}

/// The offset of the comma in the gap between two children, or behind the last one.
pub(super) fn comma(text: &str, gap: Range<usize>) -> Option<usize> {
    pieces(text, gap).find(|piece| piece.class == Class::Comma).map(|piece| piece.span.start)
}
