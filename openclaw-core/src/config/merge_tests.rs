//! The laws of the algebra, on trees that disagree about everything.

use proptest::prelude::*;

use super::*;
use crate::config::{ConfigSource, include::Builder, place::Place};

/// Texts of trees with few keys, so that two of them meet, in different orders and of different kinds.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        (0..9u8).prop_map(|n| n.to_string()),
        Just("'text'".to_owned()),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let array = prop::collection::vec(inner.clone(), 0..3).prop_map(|values| format!("[{}]", values.join(",")));
        prop_oneof![2 => object(inner.boxed()), 1 => array]
    })
}

fn object(inner: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    let key = prop::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4).prop_shuffle();
    (key, prop::collection::vec(inner, 4)).prop_map(|(keys, values)| {
        let members = keys.iter().zip(values).map(|(key, value)| format!("{key}:{value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    })
}

/// A tree, and the name of the text that each of its origins will show.
fn tree(name: &str, text: &str) -> Tree {
    Builder::new(None).root(ConfigSource::File(name.into()), text, &Place::at(&[])).unwrap()
}

/// Everything that a tree is: values, order of keys, origins and seals.
fn whole(tree: &Tree) -> String {
    let seal = if tree.sealed { "!" } else { "" };
    let inside = match &tree.value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{key}: {}", whole(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(elements) => format!("[{}]", elements.iter().map(whole).collect::<Vec<_>>().join(", ")),
        _ => crate::config::print::json(tree, true).to_string(),
    };
    format!("{seal}{inside}@{}", tree.origin)
}

fn shown(tree: &Tree) -> String {
    crate::config::print::json(tree, true).replace([' ', '\n'], "")
}

fn laid(texts: &[&str], arrays: Arrays) -> Tree {
    let trees = texts.iter().enumerate().map(|(at, text)| tree(&format!("t{at}"), text));
    trees.reduce(|below, above| merge(below, above, arrays)).unwrap()
}

fn policy() -> impl Strategy<Value = Arrays> {
    prop_oneof![Just(Arrays::Concatenate), Just(Arrays::Replace)]
}

/// The definition, on plain values and from the weakest up, as OpenClaw folds: no seals needed there.
fn folded(below: serde_json::Value, above: serde_json::Value, arrays: Arrays) -> serde_json::Value {
    use serde_json::Value as Json;
    match (below, above) {
        (Json::Object(mut below), Json::Object(above)) => {
            for (key, value) in above {
                let value = match below.remove(&key) {
                    Some(earlier) => folded(earlier, value, arrays),
                    None => value,
                };
                below.insert(key, value);
            }
            Json::Object(below)
        }
        (Json::Array(below), Json::Array(above)) if arrays == Arrays::Concatenate => {
            Json::Array(below.into_iter().chain(above).collect())
        }
        (_, above) => above,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn grouping_does_not_matter(a in value(), b in value(), c in value(), d in value(), arrays in policy()) {
        let [a, b, c, d] = [("a", a), ("b", b), ("c", c), ("d", d)].map(|(name, text)| tree(name, &text));
        let join = |below: &Tree, above: &Tree| merge(below.clone(), above.clone(), arrays);
        let from_the_left = join(&join(&join(&a, &b), &c), &d);
        let from_the_right = join(&a, &join(&b, &join(&c, &d)));
        let in_pairs = join(&join(&a, &b), &join(&c, &d));
        prop_assert_eq!(whole(&from_the_left), whole(&from_the_right));
        prop_assert_eq!(whole(&from_the_left), whole(&in_pairs));
    }

    #[test]
    fn any_grouping_gives_what_folding_from_the_weakest_gives(
        texts in prop::collection::vec(object(value().boxed()), 3), arrays in policy(),
    ) {
        let json = |text: &String| json5::from_str::<serde_json::Value>(text).unwrap();
        let expected = texts.iter().map(json).reduce(|below, above| folded(below, above, arrays)).unwrap();
        let [a, b, c] = [0, 1, 2].map(|at| tree("t", &texts[at]));
        let right = settled(merge(a, merge(b, c, arrays), arrays));
        prop_assert_eq!(crate::config::print::value(&right), expected);
    }

    #[test]
    fn the_empty_object_changes_nothing(a in object(value().boxed()), arrays in policy()) {
        let (a, empty) = (tree("a", &a), tree("empty", "{}"));
        prop_assert_eq!(whole(&merge(empty.clone(), a.clone(), arrays)), whole(&a));
        // Of two empty objects the later one is named: there is nothing else to tell them apart.
        if !a.members().is_empty() {
            prop_assert_eq!(whole(&merge(a.clone(), empty, arrays)), whole(&a));
        }
    }

    #[test]
    fn a_layer_over_itself_is_itself(a in value(), b in value()) {
        let (a, b) = (tree("a", &a), tree("b", &b));
        let once = merge(a, b.clone(), Arrays::Replace);
        prop_assert_eq!(whole(&merge(once.clone(), b.clone(), Arrays::Replace)), whole(&once));
        let alone = whole(&b);
        prop_assert_eq!(whole(&merge(b.clone(), b, Arrays::Replace)), alone);
    }

    #[test]
    fn the_later_tree_wins_at_every_leaf_and_is_named(a in value(), b in value()) {
        fn covered(over: &Tree, result: &Tree) -> bool {
            match &over.value {
                Value::Object(members) => {
                    members.iter().all(|(key, value)| result.get(key).is_some_and(|below| covered(value, below)))
                }
                _ => shown(over) == shown(result) && over.origin == result.origin,
            }
        }
        let (a, b) = (tree("a", &a), tree("b", &b));
        prop_assert!(covered(&b, &merge(a, b.clone(), Arrays::Replace)));
    }

    #[test]
    fn keys_stand_where_they_first_appeared(
        a in prop::collection::hash_set("[a-z]{1,2}", 0..30), b in prop::collection::hash_set("[a-z]{1,2}", 0..30),
    ) {
        let text = |keys: &std::collections::HashSet<String>| {
            keys.iter().map(|key| format!("'{key}': 1,")).collect::<String>()
        };
        let new = b.iter().filter(|key| !a.contains(*key));
        let expected: Vec<&str> = a.iter().chain(new).map(String::as_str).collect();
        let merged = laid(&[&format!("{{{}}}", text(&a)), &format!("{{{}}}", text(&b))], Arrays::Replace);
        prop_assert_eq!(merged.members().iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn what_was_wiped_stays_wiped() {
    let scalar = whole(&laid(&["{x: {p: 1}}", "{x: 1}", "{x: {q: 1}}"], Arrays::Replace));
    assert_eq!(scalar, "{x: !{q: 1@t2:1:9}@t2:1:5}@t2:1:1");
    let [p, one, q] = ["{x: {p: 1}}", "{x: 1}", "{x: {q: 1}}"].map(|text| tree("t", text));
    let later = merge(one, q, Arrays::Concatenate);
    assert_eq!(shown(&merge(p, later, Arrays::Concatenate)), r#"{"x":{"q":1}}"#);
    let [p, one, q] = ["{x: [1]}", "{x: 1}", "{x: [2]}"].map(|text| tree("t", text));
    let later = merge(one, q, Arrays::Concatenate);
    assert_eq!(shown(&merge(p, later, Arrays::Concatenate)), r#"{"x":[2]}"#);
}

#[test]
fn included_arrays_grow_with_every_repetition() {
    assert_eq!(shown(&laid(&["{a: [1]}", "{a: [1]}"], Arrays::Concatenate)), r#"{"a":[1,1]}"#);
    assert_eq!(shown(&laid(&["{a: [1]}", "{a: [1]}"], Arrays::Replace)), r#"{"a":[1]}"#);
}

#[test]
fn origins_follow_the_values_through_joins() {
    let merged = laid(&["{a: 1, o: {x: 1}}", "{\n o: {y: 2}}", "{a: 3, o: {}}"], Arrays::Replace);
    assert_eq!(whole(&merged), "{a: 3@t2:1:5, o: {x: 1@t0:1:15, y: 2@t1:2:9}@t1:2:5}@t2:1:1");
}

#[test]
fn a_settled_tree_merges_like_any_other() {
    let joined = settled(merge(tree("a", "{x: 1}"), tree("b", "{x: {q: [{r: 1}]}}"), Arrays::Concatenate));
    assert!(!whole(&joined).contains('!'));
    assert_eq!(shown(&merge(tree("c", "{x: {p: 1}}"), joined, Arrays::Concatenate)), r#"{"x":{"p":1,"q":[{"r":1}]}}"#);
}
