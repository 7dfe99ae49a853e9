use super::*;
use crate::config::Config;
use crate::env::Env;
use proptest::prelude::*;

fn layer(text: &str) -> ConfigLayer {
    ConfigLayer::parse(ConfigSource::Override, text).unwrap()
}

fn set(path: &str, value: &str) -> ConfigLayer {
    ConfigLayer::set(&path.parse().unwrap(), value).unwrap()
}

fn merged(layers: Vec<ConfigLayer>) -> serde_json::Value {
    Config::from_layers(layers, &Env::empty()).unwrap().root().to_value()
}

#[test]
fn objects_merge_and_arrays_are_replaced() {
    let lower = layer("{ui: {a: [1, 2], o: {x: 1, y: 1}, s: {deep: 1}}}");
    let upper = layer("{ui: {a: [3], o: {y: 2}, s: 'now text'}}");
    assert_eq!(
        merged(vec![lower, upper]),
        serde_json::json!({"ui": {"a": [3], "o": {"x": 1, "y": 2}, "s": "now text"}})
    );
}

#[test]
fn a_set_reaches_into_arrays_and_makes_what_is_missing() {
    let base = || layer("{ui: {list: [{id: 'a', n: 1}]}}");
    let with = |path, value| merged(vec![base(), set(path, value)])["ui"].clone();
    assert_eq!(with("ui.list[0].n", "2"), serde_json::json!({"list": [{"id": "a", "n": 2}]}));
    assert_eq!(with("ui.list[1]", "x"), serde_json::json!({"list": [{"id": "a", "n": 1}, "x"]}));
    assert_eq!(with("ui.list.0.id", "{not json5"), serde_json::json!({"list": [{"id": "{not json5", "n": 1}]}));
    assert_eq!(with("ui.list", "[]"), serde_json::json!({"list": []}));
    assert_eq!(with("ui.new[0].x", "true")["new"], serde_json::json!([{"x": true}]));
    let error = Config::from_layers([base(), set("ui.list[5]", "1")], &Env::empty()).unwrap_err();
    assert_eq!(error.to_string(), "override:1:1: ui.list[5]: the array has 1 elements; the next index is 1");
}

#[test]
fn a_set_value_counts_the_levels_above_it() {
    let path: json5::Path = vec!["a"; 60].join(".").parse().unwrap();
    assert!(ConfigLayer::set(&path, &"[".repeat(41).replace('[', "[[]")).is_ok(), "not JSON5, so a string");
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(ConfigLayer::set(&path, &nested(40)).is_ok());
    assert!(matches!(ConfigLayer::set(&path, &nested(41)), Err(ConfigError::TooDeep { .. })));
    assert!(matches!(ConfigLayer::set(&path, &nested(101)), Err(ConfigError::Syntax { .. })));
}

/// Trees whose keys say what they hold, so that two of them never disagree about it.
fn agreeing() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        (0..3u8, 0..9u8).prop_map(|(key, n)| (format!("n{key}"), n.into())),
        (0..3u8, prop::collection::vec(0..9u8, 0..3)).prop_map(|(key, list)| (format!("a{key}"), list.into())),
    ];
    let object = |member: BoxedStrategy<(String, serde_json::Value)>| {
        prop::collection::vec(member, 0..4).prop_map(|members| serde_json::Value::Object(members.into_iter().collect()))
    };
    let member = leaf.boxed().prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![inner.clone(), (0..3u8, object(inner)).prop_map(|(key, value)| (format!("o{key}"), value))]
    });
    object(member.boxed())
}

fn tree(json: &serde_json::Value) -> Tree {
    Builder::new(&[], None).root(ConfigSource::Override, &json.to_string()).unwrap()
}

fn shown(tree: &Tree) -> serde_json::Value {
    crate::config::print::value(tree)
}

proptest! {
    #[test]
    fn the_empty_object_is_neutral(a in agreeing(), concatenate: bool) {
        let arrays = if concatenate { Arrays::Concatenate } else { Arrays::Replace };
        let empty = serde_json::json!({});
        prop_assert_eq!(&shown(&merge(tree(&a), tree(&empty), arrays)), &a);
        prop_assert_eq!(&shown(&merge(tree(&empty), tree(&a), arrays)), &a);
    }

    #[test]
    fn grouping_does_not_matter(a in agreeing(), b in agreeing(), c in agreeing(), concatenate: bool) {
        let arrays = if concatenate { Arrays::Concatenate } else { Arrays::Replace };
        let left = merge(merge(tree(&a), tree(&b), arrays), tree(&c), arrays);
        let right = merge(tree(&a), merge(tree(&b), tree(&c), arrays), arrays);
        prop_assert_eq!(shown(&left), shown(&right));
    }

    #[test]
    fn laying_a_layer_twice_changes_nothing(a in agreeing(), b in agreeing()) {
        let once = merge(tree(&a), tree(&b), Arrays::Replace);
        let twice = merge(once.clone(), tree(&b), Arrays::Replace);
        prop_assert_eq!(shown(&once), shown(&twice));
    }

    #[test]
    fn the_stronger_layer_wins_at_every_leaf(a in agreeing(), b in agreeing()) {
        let result = shown(&merge(tree(&a), tree(&b), Arrays::Replace));
        fn covered(over: &serde_json::Value, result: &serde_json::Value) -> bool {
            match over {
                serde_json::Value::Object(members) => members.iter().all(|(key, value)| covered(value, &result[key])),
                other => other == result,
            }
        }
        prop_assert!(covered(&b, &result));
    }
}
