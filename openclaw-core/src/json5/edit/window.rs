//! The check of an edit that reads only what the edit touched.
//!
//! Between two children of a container the scanner knows nothing but the container's kind, its depth
//! and the offset, and a child ends without a look at what follows (but for one character behind a
//! number or a word). So a text whose bytes are the same outside a stretch between two children is
//! read the same outside of it, if that stretch leads from the one state to the other. The stretch is
//! scanned alone, in a container of the same kind at the same depth, with a number in place of the
//! child before it and of the one behind it; both must come out exactly where they were put.
//!
//! Whatever does not fit is left to the check of the whole text. In debug builds, that check is made
//! as well, and the two trees are compared.

use std::ops::Range;

use super::super::{Document, Kind, Limits, Member, Node, Segment, scan::scan_at};
use super::{Splice, child, children, concat, verify};

/// The stretch around the place of an edit: from the end of the child before it to the start of the
/// one behind it.
pub(super) struct Window<'e> {
    /// The way from the root to the container, as numbers of children.
    route: Vec<usize>,
    /// The child of the edit, if it was there.
    child: Option<usize>,
    /// The path from the container on.
    path: &'e [Segment],
    span: Range<usize>,
    before: bool,
    behind: bool,
    is_object: bool,
}

/// What stands in a window after the edit.
pub(super) struct Reread {
    children: Kind,
    pub(super) strict_json: bool,
}

impl<'e> Window<'e> {
    /// The window of an edit; `None` for the root.
    pub(super) fn around(root: &Node, path: &'e [Segment]) -> Option<Self> {
        let (mut node, mut route, mut depth) = (root, Vec::new(), 0);
        let child = loop {
            match child(node, path, depth).ok()? {
                Some((index, next)) if depth + 1 < path.len() => {
                    route.push(index);
                    (node, depth) = (next, depth + 1);
                }
                Some((index, _)) => break Some(index),
                None => break None,
            }
        };
        let is_object = match node.kind {
            Kind::Object(_) => true,
            Kind::Array(_) => false,
            _ => return None,
        };
        let spans = children(node);
        let at = child.unwrap_or(spans.len());
        let before = at.checked_sub(1).and_then(|at| spans.get(at));
        let behind = child.and_then(|at| spans.get(at + 1));
        let start = before.map_or(node.span.start + 1, |before| before.end);
        let end = behind.map_or(node.span.end - 1, |behind| behind.start);
        let (before, behind) = (before.is_some(), behind.is_some());
        Some(Self { route, child, path: path.get(depth..)?, span: start..end, before, behind, is_object })
    }

    /// Reads the window in the edited text; `None` if the edit went beyond it or did something else
    /// than it promised, or the text is no longer read as before.
    pub(super) fn reread(
        &self,
        root: &Node,
        text: &str,
        edited: &str,
        splices: &[Splice],
        value: Option<&str>,
        limits: &Limits,
    ) -> Option<Reread> {
        let inside = |splice: &Splice| self.span.start <= splice.span.start && splice.span.end <= self.span.end;
        let end = (self.span.end + edited.len()).checked_sub(text.len())?;
        let same = splices.iter().all(inside)
            && edited.len() <= limits.bytes
            && text.get(..self.span.start)? == edited.get(..self.span.start)?
            && text.get(self.span.end..)? == edited.get(end..)?;
        if !same {
            return None;
        }
        let (open, close) = if self.is_object { ("{", "}") } else { ("[", "]") };
        let neighbour = if self.is_object { "\"\":0" } else { "0" };
        let before = if self.before { neighbour } else { "" };
        let behind = if self.behind { neighbour } else { "" };
        let alone = concat(&[open, before, edited.get(self.span.start..end)?, behind, close]);
        let mut read = scan_at(&alone, limits, self.route.len()).ok()?;

        let mut spans = children(&read.root);
        let start = open.len() + before.len();
        if self.before && (spans.is_empty() || spans.remove(0).end != start) {
            return None;
        }
        if self.behind && spans.pop()?.start + behind.len() + close.len() != alone.len() {
            return None;
        }
        match &mut read.root.kind {
            Kind::Object(members) => keep(members, self.before, spans.len()),
            Kind::Array(elements) => keep(elements, self.before, spans.len()),
            _ => return None,
        }
        let old = self.container(root)?;
        let kept = verify::child_holds(
            verify::Tree { node: old, text },
            self.child,
            verify::Tree { node: &read.root, text: &alone },
            self.path,
            value,
        );
        // From here on the children stand where they stand in the edited text.
        let shift = |span: &mut Range<usize>| {
            *span = span.start + self.span.start - start..span.end + self.span.start - start;
        };
        each_child(&mut read.root.kind, &mut |span| shift(span));
        kept.then_some(Reread { children: read.root.kind, strict_json: read.strict_json })
    }

    /// Puts what was read into the tree of the text before the edit, which makes it that of the text
    /// after it.
    pub(super) fn graft(&self, document: &mut Document, reread: Reread, old_length: usize, new_length: usize) {
        let moved = |offset: usize| offset + new_length - old_length;
        move_behind(&mut document.root, self.span.end, &moved);
        document.strict_json &= reread.strict_json;
        let container = self.route.iter().try_fold(&mut document.root, |node, at| match &mut node.kind {
            Kind::Object(members) => members.get_mut(*at).map(|member| &mut member.value),
            Kind::Array(elements) => elements.get_mut(*at),
            _ => None,
        });
        let Some(container) = container else { return };
        let at = self.child.unwrap_or(usize::MAX);
        let gone = usize::from(self.child.is_some());
        match (&mut container.kind, reread.children) {
            (Kind::Object(members), Kind::Object(new)) => replace(members, at, gone, new),
            (Kind::Array(elements), Kind::Array(new)) => replace(elements, at, gone, new),
            _ => {}
        }
    }

    fn container<'d>(&self, root: &'d Node) -> Option<&'d Node> {
        self.route.iter().try_fold(root, |node, at| match &node.kind {
            Kind::Object(members) => members.get(*at).map(|member| &member.value),
            Kind::Array(elements) => elements.get(*at),
            _ => None,
        })
    }
}

/// Leaves the children that are no stand-ins.
fn keep<T>(children: &mut Vec<T>, before: bool, count: usize) {
    children.drain(..usize::from(before).min(children.len()));
    children.truncate(count);
}

fn replace<T>(children: &mut Vec<T>, at: usize, gone: usize, new: Vec<T>) {
    let at = at.min(children.len());
    children.splice(at..(at + gone).min(children.len()), new);
}

/// Every span below a container.
fn each_child(kind: &mut Kind, act: &mut dyn FnMut(&mut Range<usize>)) {
    fn node(node: &mut Node, act: &mut dyn FnMut(&mut Range<usize>)) {
        act(&mut node.span);
        each_child(&mut node.kind, act);
    }
    match kind {
        Kind::Array(elements) => elements.iter_mut().for_each(|element| node(element, act)),
        Kind::Object(members) => members.iter_mut().for_each(|Member { key_span, value, .. }| {
            act(key_span);
            node(value, act);
        }),
        _ => {}
    }
}

/// Moves all that stands behind an offset.
fn move_behind(node: &mut Node, offset: usize, moved: &dyn Fn(usize) -> usize) {
    if node.span.end <= offset {
        return;
    }
    if node.span.start >= offset {
        node.span.start = moved(node.span.start);
    }
    node.span.end = moved(node.span.end);
    match &mut node.kind {
        Kind::Array(elements) => elements.iter_mut().for_each(|element| move_behind(element, offset, moved)),
        Kind::Object(members) => members.iter_mut().for_each(|member| {
            if member.key_span.start >= offset {
                member.key_span = moved(member.key_span.start)..moved(member.key_span.end);
            }
            move_behind(&mut member.value, offset, moved);
        }),
        _ => {}
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
