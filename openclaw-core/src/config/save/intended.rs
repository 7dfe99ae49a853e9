//! What the configuration must be after an edit, and whether it is that.

use std::collections::HashMap;

use super::super::value::{Number, Tree, Value};
use crate::json5::Segment;

/// Whether two values say the same, wherever they were written. The order of keys counts, since
/// profiles and models are tried in it; `made` is the path of a value whose place among its siblings
/// does not, because it may stand in another file than they.
pub(super) fn same(a: &Tree, b: &Tree, made: Option<&[Segment]>) -> bool {
    match (&a.value, &b.value) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).enumerate().all(|(at, (a, b))| same(a, b, below_index(made, at)))
        }
        (Value::Object(a), Value::Object(b)) => same_members(a, b, made),
        _ => match (a.number(), b.number()) {
            (Some(a), Some(b)) => same_number(a, b),
            _ => a.text().is_some() && a.text() == b.text(),
        },
    }
}

fn same_number(a: Number, b: Number) -> bool {
    a == b || (a.as_f64().is_nan() && b.as_f64().is_nan())
}

fn below_index(made: Option<&[Segment]>, at: usize) -> Option<&[Segment]> {
    match made?.split_first()? {
        (step, below) if step.as_index() == Some(at) => Some(below),
        _ => None,
    }
}

fn below_key<'m>(made: Option<&'m [Segment]>, name: &str) -> Option<&'m [Segment]> {
    match made?.split_first()? {
        (Segment::Key(key), below) if key == name => Some(below),
        (Segment::Index(index), below) if *name == index.to_string() => Some(below),
        _ => None,
    }
}

fn same_members(a: &[(String, Tree)], b: &[(String, Tree)], made: Option<&[Segment]>) -> bool {
    let others = |(key, _): &&(String, Tree)| below_key(made, key).is_none();
    let in_order =
        a.len() == b.len() && a.iter().filter(others).map(|m| &m.0).eq(b.iter().filter(others).map(|m| &m.0));
    if !in_order {
        return false;
    }
    let places: HashMap<&str, &Tree> = b.iter().map(|(key, value)| (key.as_str(), value)).collect();
    a.iter().all(|(key, a)| places.get(key.as_str()).is_some_and(|b| same(a, b, below_key(made, key))))
}

/// Puts a value in place of what is at the path; makes objects on the way, and arrays where the next
/// step is an index or the key `0`. False if the path cannot be followed.
pub(super) fn put(tree: &mut Tree, path: &[Segment], value: Tree) -> bool {
    let Some((step, below)) = path.split_first() else {
        *tree = value;
        return true;
    };
    let next = || match below.first().map(Segment::in_new_container) {
        Some(Segment::Index(_)) => Tree::new(Value::Array(Vec::new()), value.origin.clone()),
        _ => Tree::object(value.origin.clone()),
    };
    match &mut tree.value {
        Value::Array(elements) => {
            let Some(index) = step.as_index() else { return false };
            if index == elements.len() {
                elements.push(next());
            }
            elements.get_mut(index).is_some_and(|element| put(element, below, value))
        }
        Value::Object(members) => {
            let name = key(step);
            let at = members.iter().position(|(key, _)| *key == name).unwrap_or(members.len());
            if at == members.len() {
                members.push((name, next()));
            }
            members.get_mut(at).is_some_and(|(_, member)| put(member, below, value))
        }
        _ => false,
    }
}

/// Takes away what is at the path. False if there is nothing.
pub(super) fn remove(tree: &mut Tree, path: &[Segment]) -> bool {
    let Some((step, below)) = path.split_first() else { return false };
    match &mut tree.value {
        Value::Array(elements) => {
            let Some(index) = step.as_index().filter(|index| *index < elements.len()) else { return false };
            if below.is_empty() {
                elements.remove(index);
                return true;
            }
            elements.get_mut(index).is_some_and(|element| remove(element, below))
        }
        Value::Object(members) => {
            let name = key(step);
            let Some(at) = members.iter().position(|(key, _)| *key == name) else { return false };
            if below.is_empty() {
                members.remove(at);
                return true;
            }
            members.get_mut(at).is_some_and(|(_, member)| remove(member, below))
        }
        _ => false,
    }
}

fn key(step: &Segment) -> String {
    match step {
        Segment::Index(index) => index.to_string(),
        Segment::Key(key) => key.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::place::Place;
    use super::super::super::{ConfigSource, include::Builder};
    use super::*;
    use crate::json5::Path;

    fn tree(text: &str) -> Tree {
        Builder::new(None).root(ConfigSource::Override, text, &Place::at(&[])).unwrap()
    }

    fn path(text: &str) -> Path {
        text.parse().unwrap()
    }

    #[test]
    fn values_are_the_same_whatever_their_spelling() {
        let yes = [("{a: 'x'}", "{\"a\": \"x\"}"), ("[0x10, NaN, null]", "[16, NaN, null]"), ("{}", "{ }")];
        let no =
            [("{a: 1, b: 2}", "{b: 2, a: 1}"), ("[1]", "['1']"), ("null", "{}"), ("[1]", "[1, 1]"), ("''", "null")];
        for (a, b) in yes {
            assert!(same(&tree(a), &tree(b), None), "{a} {b}");
        }
        for (a, b) in no {
            assert!(!same(&tree(a), &tree(b), None), "{a} {b}");
        }
    }

    #[test]
    fn only_the_made_value_may_stand_elsewhere_among_its_siblings() {
        let (a, b) = (tree("{o: {x: 1, y: 2, z: 3}}"), tree("{o: {z: 3, x: 1, y: 2}}"));
        assert!(same(&a, &b, Some(path("o.z").segments())));
        assert!(!same(&a, &b, Some(path("o.x").segments())) && !same(&a, &b, None));
        let (a, b) = (tree("[{x: 1, y: 2}]"), tree("[{y: 2, x: 1}]"));
        assert!(same(&a, &b, Some(path("[0].y").segments())) && !same(&a, &b, Some(path("[1].y").segments())));
    }

    #[test]
    fn edits_of_values() {
        for (before, at, value, after) in [
            ("{}", "a.b[0].c", "1", Some("{a: {b: [{c: 1}]}}")),
            ("{}", "a.0.c", "1", Some("{a: [{c: 1}]}")),
            ("{}", "a.42.c", "1", Some("{a: {'42': {c: 1}}}")),
            ("{a: {}}", "a.0", "1", Some("{a: {'0': 1}}")),
            ("{a: [1, 2]}", "a.+1", "3", None),
            ("{a: [1, 2]}", "a.01", "3", None),
            ("{a: [1, 2]}", "a.1", "3", Some("{a: [1, 3]}")),
            ("{a: [1, 2]}", "a[2]", "{}", Some("{a: [1, 2, {}]}")),
            ("{a: {'0': 1}}", "a[0]", "2", Some("{a: {'0': 2}}")),
            ("{a: {b: 1}}", "a", "{c: 2}", Some("{a: {c: 2}}")),
            ("{a: [1]}", "a[2]", "3", None),
            ("{a: [1]}", "a.x", "3", None),
            ("{a: 1}", "a.x", "3", None),
        ] {
            let mut tree_ = tree(before);
            let done = put(&mut tree_, path(at).segments(), tree(value));
            assert_eq!(done, after.is_some(), "{before} {at}");
            assert!(after.is_none_or(|after| same(&tree_, &tree(after), None)), "{before} {at}");
        }
        for (before, at, after) in [
            ("{a: {b: 1}, c: 2}", "a.b", Some("{a: {}, c: 2}")),
            ("{a: [1, {b: 2}]}", "a[1].b", Some("{a: [1, {}]}")),
            ("{a: [1, 2, 3]}", "a.1", Some("{a: [1, 3]}")),
            ("{a: [1]}", "a[1]", None),
            ("{a: 1}", "a.b", None),
        ] {
            let mut tree_ = tree(before);
            assert_eq!(remove(&mut tree_, path(at).segments()), after.is_some(), "{before} {at}");
            assert!(same(&tree_, &tree(after.unwrap_or(before)), None), "{before} {at}");
        }
    }
}
