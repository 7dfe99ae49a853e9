//! A child taken out, with its comma, its line and the comments that speak of it alone.

use std::ops::Range;

use zeroize::Zeroizing;

use super::super::Node;
use super::lexer::{Class, Piece, is_break, pieces};
use super::style::comma;
use super::{Splice, children};

/// The splices that take a child out of its container.
pub(super) fn remove(text: &str, container: &Node, index: usize) -> Vec<Splice> {
    let spans = children(container);
    let Some(child) = spans.get(index) else { return Vec::new() };
    let (open, close) = (container.span.start + 1, container.span.end - 1);
    let next = spans.get(index + 1);
    let previous = index.checked_sub(1).and_then(|index| spans.get(index));
    let behind = child.end..next.map_or(close, |next| next.start);
    let tail = Tail::of(text, behind.clone(), next.is_some());

    // Which comma goes: the child's own, unless it stands elsewhere and the one before does as well.
    let before = previous.and_then(|previous| comma(text, previous.end..child.start).map(|at| (previous.end, at)));
    let mut removed = Vec::with_capacity(3);
    let head = match before {
        Some((previous_end, at)) if !tail.has_comma => {
            if pieces(text, at + 1..child.start).all(|piece| !breaks(&piece)) {
                Head::from_comma(text, previous_end, at)
            } else {
                removed.push(at..at + 1);
                Head::of(text, at + 1, child.start)
            }
        }
        _ => Head::of(text, before.map_or(open, |(_, at)| at + 1), child.start),
    };
    let main = main_part(text, &head, &tail, &behind, next.is_some());
    let main =
        if head.line.is_some() && tail.line_break.is_some() { with_blank_line(text, main, open, close) } else { main };
    removed.push(main);
    if !tail.has_comma
        && before.is_none()
        && let Some(at) = comma(text, behind)
    {
        let space = pieces(text, at + 1..close).next().filter(|piece| piece.class == Class::Space);
        removed.push(at..space.map_or(at + 1, |piece| piece.span.end));
    }
    if spans.len() == 1 && nothing_left(text, open..child.start, child.end..close, &removed) {
        removed.clear();
        removed.push(open..close);
    }
    removed.into_iter().map(|span| Splice { span, with: Zeroizing::new(String::new()) }).collect()
}

const fn breaks(piece: &Piece) -> bool {
    matches!(piece.class, Class::Break | Class::BlockComment { breaks: true })
}

/// What stands before the child on its line.
struct Head {
    /// Where the line starts, if nothing else stands before the child on it.
    line: Option<usize>,
    /// The end of what stays before the child.
    anchor: usize,
    /// Where the child starts, the comments directly before it included.
    start: usize,
}

impl Head {
    fn of(text: &str, from: usize, child: usize) -> Self {
        let mut head = Self { line: None, anchor: from, start: child };
        for piece in pieces(text, from..child) {
            if breaks(&piece) {
                let line = (piece.class == Class::Break).then_some(piece.span.end);
                head = Self { line, anchor: piece.span.end, start: child };
            } else if piece.class.is_comment() {
                head.start = head.start.min(piece.span.start);
            }
        }
        head
    }

    /// A child whose comma stands before it on the same line.
    fn from_comma(text: &str, previous_end: usize, comma: usize) -> Self {
        let head = Self::of(text, previous_end, comma);
        // What stands between the child before and the comma speaks of that child.
        if head.start == comma {
            Self { anchor: if head.line.is_some() { head.anchor } else { comma }, ..head }
        } else {
            Self { line: None, anchor: comma, start: comma }
        }
    }
}

/// What stands behind the child on its line.
struct Tail {
    /// The end of what goes with the child.
    end: usize,
    /// Whether the comma is part of that.
    has_comma: bool,
    /// The end of the line, if nothing else follows on it.
    line_break: Option<Range<usize>>,
}

impl Tail {
    fn of(text: &str, behind: Range<usize>, next: bool) -> Self {
        let mut tail = Self { end: behind.start, has_comma: false, line_break: None };
        let mut comment = behind.start;
        let mut over = true;
        for piece in pieces(text, behind) {
            match piece.class {
                Class::Space => {}
                Class::Break => {
                    tail.line_break = Some(piece.span);
                    break;
                }
                Class::Comma if !tail.has_comma => {
                    (tail.has_comma, tail.end) = (true, piece.span.end);
                }
                class if class.is_comment() && !breaks(&piece) => {
                    comment = piece.span.end;
                    if !tail.has_comma {
                        tail.end = comment;
                    }
                }
                _ => {
                    over = false;
                    break;
                }
            }
        }
        // Behind the comma a comment speaks of this child only if no other follows on the line.
        if tail.line_break.is_some() || (over && !next) {
            tail.end = tail.end.max(comment);
        }
        tail
    }
}

/// The child itself, its side comments and the white space that would be left over.
fn main_part(text: &str, head: &Head, tail: &Tail, behind: &Range<usize>, next: bool) -> Range<usize> {
    let blank = |end: usize| {
        let space = pieces(text, end..behind.end).next().filter(|piece| piece.class == Class::Space);
        space.map_or(end, |piece| piece.span.end)
    };
    match (head.line, &tail.line_break) {
        (Some(line), Some(line_break)) => line..line_break.end,
        (None, Some(line_break)) => head.anchor..line_break.start,
        (None, None) if !next && blank(tail.end) == behind.end => head.anchor..tail.end,
        _ => head.start..blank(tail.end),
    }
}

/// Of two blank lines that would meet, or one at an end of the container, one goes too.
fn with_blank_line(text: &str, line: Range<usize>, open: usize, close: usize) -> Range<usize> {
    let before = text.get(open..line.start).unwrap_or("");
    let line_before = before.strip_suffix("\r\n").or_else(|| before.strip_suffix(is_break)).unwrap_or(before);
    let start = line_before.rfind(is_break).map_or(0, |at| at + line_before.get(at..).map_or(0, first_length));
    let first = start == 0 && !line_before.contains(is_break);
    let blank_before = line_before.get(start..).unwrap_or("").trim().is_empty();

    let mut after = pieces(text, line.end..close).skip_while(|piece| piece.class == Class::Space);
    match after.next() {
        // At the start of the container `blank_before` means that the container opens there.
        Some(piece) if piece.class == Class::Break && blank_before => line.start..piece.span.end,
        None if blank_before && !first => open + start..line.end,
        _ => line,
    }
}

fn first_length(rest: &str) -> usize {
    rest.chars().next().map_or(0, char::len_utf8)
}

/// Whether no comment of the container would stay.
fn nothing_left(text: &str, before: Range<usize>, behind: Range<usize>, removed: &[Range<usize>]) -> bool {
    let goes = |span: &Range<usize>| removed.iter().any(|part| part.start <= span.start && span.end <= part.end);
    [before, behind].into_iter().flat_map(|part| pieces(text, part)).all(|p| !p.class.is_comment() || goes(&p.span))
}
