//! Two trees become one: a small algebra with two policies for arrays.
//!
//! A tree is read as what it does to the tree below it. A scalar replaces it; an object gives an
//! object its members; so does an array under [`Arrays::Concatenate`]. An object over something that
//! is none has wiped it: it is *sealed*, and whatever is put below it later is wiped as well. That is
//! what makes [`merge`] a monoid:
//!
//! - grouping never matters, so two layers can become one before the others are known;
//! - the empty object changes nothing, on either side;
//! - under [`Arrays::Replace`] a tree over itself is itself (not under [`Arrays::Concatenate`], where
//!   every repetition appends its elements once more).
//!
//! Keys stand in the order of their first appearance. A leaf keeps its own origin, a container has
//! that of the latest tree that gave it anything.

use std::collections::HashMap;

use super::value::{Tree, Value};

/// What happens where both sides have an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrays {
    /// `$include`: the later elements follow the earlier ones, as in OpenClaw.
    Concatenate,
    /// Layers: the later array replaces the earlier one.
    Replace,
}

/// `later` over `earlier`: objects merge key by key, arrays as told, anything else is replaced.
pub(super) fn merge(mut earlier: Tree, later: Tree, arrays: Arrays) -> Tree {
    lay_over(&mut earlier, later, arrays);
    earlier
}

/// Lays `over` over `base`.
pub(super) fn lay_over(base: &mut Tree, mut over: Tree, arrays: Arrays) {
    match (&mut base.value, &mut over.value) {
        (Value::Object(below), Value::Object(above)) if !over.sealed => {
            if below.is_empty() || !above.is_empty() {
                base.origin = over.origin;
            }
            lay_members(below, std::mem::take(above), arrays);
        }
        (Value::Array(below), Value::Array(above)) if arrays == Arrays::Concatenate && !over.sealed => {
            if below.is_empty() || !above.is_empty() {
                base.origin = over.origin;
            }
            below.append(above);
        }
        (_, above) => {
            // An array that replaces says so by being one.
            let merges = matches!(above, Value::Object(_))
                || (arrays == Arrays::Concatenate && matches!(above, Value::Array(_)));
            over.sealed |= merges;
            *base = over;
        }
    }
}

/// The value of a tree with nothing below it: what a file says is what it says when it is read alone,
/// whatever it wiped on the way.
pub(super) fn settled(mut tree: Tree) -> Tree {
    fn settle(tree: &mut Tree) {
        tree.sealed = false;
        match &mut tree.value {
            Value::Array(elements) => elements.iter_mut().for_each(settle),
            Value::Object(members) => members.iter_mut().for_each(|(_, value)| settle(value)),
            _ => {}
        }
    }
    settle(&mut tree);
    tree
}

fn lay_members(base: &mut Vec<(String, Tree)>, over: Vec<(String, Tree)>, arrays: Arrays) {
    if base.is_empty() {
        *base = over;
        return;
    }
    for (place, (key, value)) in places(base, &over).into_iter().zip(over) {
        match place.and_then(|at| base.get_mut(at)) {
            Some((_, below)) => lay_over(below, value, arrays),
            None => base.push((key, value)),
        }
    }
}

/// Where the base has each key of the other side.
fn places(base: &[(String, Tree)], over: &[(String, Tree)]) -> Vec<Option<usize>> {
    // Most objects are small, and looking through them is cheaper than hashing every key.
    if base.len().min(over.len()) <= 8 {
        return over.iter().map(|(key, _)| base.iter().position(|(name, _)| name == key)).collect();
    }
    let index: HashMap<&str, usize> = base.iter().enumerate().map(|(at, (key, _))| (key.as_str(), at)).collect();
    over.iter().map(|(key, _)| index.get(key.as_str()).copied()).collect()
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
