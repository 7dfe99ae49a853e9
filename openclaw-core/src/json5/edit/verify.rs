//! What an edit promised, checked on the text read again: the value is there, all else is unchanged.

use super::super::{Document, Kind, Node, Segment};
use super::lexer::{Class, pieces};

/// A node and the text that it stands in.
#[derive(Clone, Copy)]
pub(super) struct Tree<'d> {
    pub(super) node: &'d Node,
    pub(super) text: &'d str,
}

impl<'d> Tree<'d> {
    pub(super) const fn new(document: &'d Document, text: &'d str) -> Self {
        Self { node: &document.root, text }
    }

    fn bytes(self) -> &'d str {
        self.node.text(self.text)
    }

    /// Each child's key as it is written, and the child.
    fn children(self) -> Vec<(&'d str, Self)> {
        let below = |node: &'d Node| Self { node, text: self.text };
        match &self.node.kind {
            Kind::Array(elements) => elements.iter().map(|element| ("", below(element))).collect(),
            Kind::Object(members) => {
                let key = |span: &std::ops::Range<usize>| self.text.get(span.clone()).unwrap_or("");
                members.iter().map(|member| (key(&member.key_span), below(&member.value))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn index_of(self, segment: &Segment) -> Option<usize> {
        match segment {
            Segment::Index(index) => Some(*index).filter(|index| *index < self.node.elements().len()),
            Segment::Key(key) => self.node.members().iter().position(|member| member.key == *key),
        }
    }
}

/// Whether `new` is `old` with the value at the path, or without that place if there is no value.
pub(super) fn holds(old: Tree<'_>, new: Tree<'_>, path: &[Segment], value: Option<&str>) -> bool {
    let Some((segment, below)) = path.split_first() else {
        return value.is_some_and(|value| same_words(new.bytes(), value));
    };
    if std::mem::discriminant(&old.node.kind) != std::mem::discriminant(&new.node.kind) {
        return false;
    }
    let (mut before, mut after) = (old.children(), new.children());
    match (old.index_of(segment), value) {
        (Some(index), None) if below.is_empty() => {
            before.remove(index);
            same_children(&before, &after)
        }
        (Some(index), _) => {
            if after.len() != before.len() {
                return false;
            }
            let ((old_key, old), (new_key, new)) = (before.remove(index), after.remove(index));
            old_key == new_key && same_children(&before, &after) && holds(old, new, below, value)
        }
        (None, Some(value)) => {
            let index = before.len();
            new.index_of(segment) == Some(index)
                && after.pop().is_some_and(|(_, made)| leads_only_to(made, below, value))
                && same_children(&before, &after)
        }
        (None, None) => false,
    }
}

/// Whether the one child of `old` that the path starts with has become what it should in `new`, which
/// holds nothing else.
pub(super) fn child_holds(
    old: Tree<'_>,
    child: Option<usize>,
    new: Tree<'_>,
    path: &[Segment],
    value: Option<&str>,
) -> bool {
    let Some((segment, below)) = path.split_first() else { return false };
    let mut made = new.children();
    let old = match child {
        Some(index) => old.children().into_iter().nth(index),
        None => None,
    };
    match (child, old, made.pop(), value) {
        (Some(_), Some(_), None, None) => below.is_empty(),
        (Some(_), Some((old_key, old)), Some((new_key, new)), Some(_)) => {
            made.is_empty() && old_key == new_key && holds(old, new, below, value)
        }
        (None, None, Some((_, leaf)), Some(value)) => {
            let named = match segment {
                Segment::Key(_) => new.index_of(segment) == Some(0),
                Segment::Index(_) => true,
            };
            made.is_empty() && named && leads_only_to(leaf, below, value)
        }
        _ => false,
    }
}

/// Whether a made child holds nothing but the way to the value.
fn leads_only_to(made: Tree<'_>, path: &[Segment], value: &str) -> bool {
    let Some((segment, below)) = path.split_first() else { return same_words(made.bytes(), value) };
    let children = made.children();
    made.index_of(segment) == Some(0)
        && matches!(children.as_slice(), [(_, child)] if leads_only_to(*child, below, value))
}

fn same_children(old: &[(&str, Tree<'_>)], new: &[(&str, Tree<'_>)]) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(o, n)| o.0 == n.0 && o.1.bytes() == n.1.bytes())
}

/// Whether two texts differ only in the white space between their words.
fn same_words(a: &str, b: &str) -> bool {
    fn words(text: &str) -> impl Iterator<Item = &str> {
        pieces(text, 0..text.len())
            .filter(|piece| !matches!(piece.class, Class::Space | Class::Break))
            .map(|piece| text.get(piece.span).unwrap_or(""))
    }
    a == b || words(a).eq(words(b))
}
