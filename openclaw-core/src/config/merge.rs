//! Two trees become one.

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
///
/// The empty object is neutral, and the order of grouping does not matter as long as the sides agree
/// on what is an object and what is not. (Where they do not, a scalar in the middle wipes what was
/// before it, so layers are always folded from the weakest to the strongest.)
pub(super) fn merge(earlier: Tree, later: Tree, arrays: Arrays) -> Tree {
    let value = match (earlier.value, later.value) {
        (Value::Object(base), Value::Object(over)) => Value::Object(merge_members(base, over, arrays)),
        (Value::Array(mut base), Value::Array(over)) if arrays == Arrays::Concatenate => {
            base.extend(over);
            Value::Array(base)
        }
        (_, over) => over,
    };
    Tree::new(value, later.origin)
}

fn merge_members(base: Vec<(String, Tree)>, over: Vec<(String, Tree)>, arrays: Arrays) -> Vec<(String, Tree)> {
    let mut merged: Vec<(String, Option<Tree>)> = base.into_iter().map(|(key, value)| (key, Some(value))).collect();
    let places: HashMap<String, usize> = merged.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
    for (key, value) in over {
        match places.get(&key).and_then(|at| merged.get_mut(*at)) {
            Some((_, slot)) => {
                *slot = Some(match slot.take() {
                    Some(earlier) => merge(earlier, value, arrays),
                    None => value,
                });
            }
            None => merged.push((key, Some(value))),
        }
    }
    merged.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}
