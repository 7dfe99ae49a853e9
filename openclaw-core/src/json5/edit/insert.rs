//! New bytes: a value in place of another, a member or an element at the end of its container.

use zeroize::Zeroizing;

use super::super::{Document, Node, Segment};
use super::layout::{Layout, lay_out};
use super::lexer::{Class, pieces};
use super::style::{Style, comma, indentation, same_line};
use super::{Splice, children, concat};

/// A new value where the last node of the chain stands.
pub(super) fn replace(text: &str, document: &Document, chain: &[&Node], value: &str) -> Vec<Splice> {
    let Some((node, above)) = chain.split_last() else { return Vec::new() };
    let span = node.span.clone();
    if above.is_empty() {
        return vec![Splice { span, with: Zeroizing::new(value.to_owned()) }];
    }
    let style = Style::of(text, document, above);
    let base = indentation(text, span.start);
    let layout = if style.one_line { one_line(&style) } else { lines(&style, base) };
    vec![Splice { span, with: lay_out(value, layout) }]
}

/// A new child at the end of the last container of the chain; the path goes on through `missing`.
pub(super) fn insert(
    text: &str,
    document: &Document,
    chain: &[&Node],
    missing: &[Segment],
    value: &str,
) -> Vec<Splice> {
    let Some((container, above)) = chain.split_last() else { return Vec::new() };
    let style = Style::of(text, document, chain);
    let spans = children(container);
    let Some(last) = spans.last() else {
        return vec![first_child(text, &style, container, above.last().copied(), missing, value)];
    };
    let (open, close) = (container.span.start + 1, container.span.end - 1);
    let trailing = comma(text, last.end..close);
    let mut at = trailing.map_or(last.end, |comma| comma + 1);
    let mut line_comment = false;
    // The comments on the rest of the line belong to the child before.
    for piece in pieces(text, at..close) {
        match piece.class {
            Class::Space => {}
            class if class.is_comment() => {
                at = piece.span.end;
                line_comment = class == Class::LineComment;
            }
            _ => break,
        }
    }
    let gap = spans.len().checked_sub(2).and_then(|index| spans.get(index)).map_or(open, |before| before.end);
    let own_line = pieces(text, gap..last.start).any(|piece| piece.class == Class::Break);
    let (before, new) = if own_line || line_comment {
        let below = !same_line(text, container.span.start, last.start);
        let indent = if below {
            Zeroizing::new(indentation(text, last.start).to_owned())
        } else {
            concat(&[indentation(text, container.span.start), style.unit])
        };
        let new = lay_out(&child(&style, missing, value, Some("\n")), lines(&style, &indent));
        (concat(&[style.eol, &indent]), new)
    } else {
        let new = child(&style, missing, value, None);
        let layout = if style.one_line { one_line(&style) } else { lines(&style, indentation(text, at)) };
        let gap = comma(text, gap..last.start).and_then(|comma| text.get(comma + 1..last.start));
        let gap = gap.filter(|gap| gap.chars().all(|c| c == ' '));
        let gap = gap.unwrap_or(if style.is_compact() { "" } else { " " });
        (concat(&[gap]), lay_out(&new, layout))
    };
    let new = concat(&[&before, &new, if trailing.is_some() { "," } else { "" }]);
    let mut splices = Vec::with_capacity(2);
    if trailing.is_none() {
        splices.push(Splice { span: last.end..last.end, with: Zeroizing::new(",".to_owned()) });
    }
    splices.push(Splice { span: at..at, with: new });
    splices
}

/// The first child of an empty container, behind the comments in it.
fn first_child(
    text: &str,
    style: &Style<'_>,
    container: &Node,
    parent: Option<&Node>,
    missing: &[Segment],
    value: &str,
) -> Splice {
    let (open, close) = (container.span.start + 1, container.span.end - 1);
    let comment = pieces(text, open..close).filter(|piece| piece.class.is_comment()).last();
    let line_comment = comment.as_ref().is_some_and(|piece| piece.class == Class::LineComment);
    let at = comment.as_ref().map_or(open, |piece| piece.span.end);
    let airy = !same_line(text, open, close)
        || parent.is_none_or(|parent| !same_line(text, parent.span.start, container.span.start));
    if line_comment || (airy && !style.one_line) {
        let base = indentation(text, container.span.start);
        let indent = concat(&[base, style.unit]);
        let new = lay_out(&child(style, missing, value, Some("\n")), lines(style, &indent));
        return Splice { span: at..close, with: concat(&[style.eol, &indent, &new, style.eol, base]) };
    }
    let padding = if matches!(missing.first(), Some(Segment::Key(_))) { style.padding } else { "" };
    let before = if comment.is_some() && padding.is_empty() && !style.is_compact() { " " } else { padding };
    let layout = if style.one_line { one_line(style) } else { lines(style, indentation(text, at)) };
    let new = lay_out(&child(style, missing, value, None), layout);
    Splice { span: at..close, with: concat(&[before, &new, padding]) }
}

/// The value inside the containers that the path still needs, with its key; not yet laid out.
fn child(style: &Style<'_>, missing: &[Segment], value: &str, lines: Option<&str>) -> Zeroizing<String> {
    let keys: Vec<_> = missing
        .iter()
        .map(|segment| match segment {
            Segment::Key(key) => Some(style.key(key)),
            Segment::Index(_) => None,
        })
        .collect();
    let padding = |is_object: bool| lines.unwrap_or(if is_object { style.padding } else { "" });
    let mut parts = Vec::with_capacity(missing.len() * 6);
    for (depth, key) in keys.iter().enumerate() {
        if depth > 0 {
            parts.extend([if key.is_some() { "{" } else { "[" }, padding(key.is_some())]);
        }
        if let Some(key) = key {
            parts.extend([key, style.colon]);
        }
    }
    parts.push(value);
    for key in keys.iter().skip(1).rev() {
        parts.extend([padding(key.is_some()), if key.is_some() { "}" } else { "]" }]);
    }
    concat(&parts)
}

fn one_line<'s>(style: &Style<'s>) -> Layout<'s> {
    Layout::OneLine { compact: style.is_compact(), padding: style.padding, eol: style.eol }
}

const fn lines<'s>(style: &Style<'s>, base: &'s str) -> Layout<'s> {
    Layout::Lines { eol: style.eol, base, unit: style.unit }
}
