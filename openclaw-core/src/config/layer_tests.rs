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
    assert_eq!(with("ui.new.0.x", "true")["new"], serde_json::json!([{"x": true}]), "as OpenClaw does");
    assert_eq!(with("ui.new.42.x", "true")["new"], serde_json::json!({"42": {"x": true}}), "an id");
    assert_eq!(with("ui.0", "true")["0"], true, "what is an object stays one");
    let error = Config::from_layers([base(), set("ui.list[5]", "1")], &Env::empty()).unwrap_err();
    assert_eq!(error.to_string(), "override:1:1: ui.list[5]: the array has 1 elements; the next index is 1");
}

#[test]
fn only_one_spelling_of_an_index_reaches_into_an_array() {
    let config = Config::from_layers([layer("{ui: {l: ['a', 'b']}}")], &Env::empty()).unwrap();
    let get = |path: &str| config.get(&path.parse().unwrap()).and_then(|value| value.as_str());
    assert_eq!((get("ui.l.1"), get("ui.l[1]")), (Some("b"), Some("b")));
    assert_eq!((get("ui.l.+1"), get("ui.l.01"), get("ui.l.00")), (None, None, None));
}

#[test]
fn a_set_value_is_a_secret_by_where_it_goes() {
    for (path, value, at) in [
        ("models.providers.p.apiKey", "plain words", "models.providers.p.apiKey"),
        ("models.providers.p.apiKey", "'quoted'", "models.providers.p.apiKey"),
        ("models.providers.p", "{headers: {Team: 'x'}}", "models.providers.p.headers.Team"),
        ("env.vars", "{ANY: 'x'}", "env.vars.ANY"),
        ("channels.t.accounts[0]", "{botToken: 'x'}", "channels.t.accounts[0].botToken"),
    ] {
        let config = Config::from_layers([set(path, value)], &Env::empty()).unwrap();
        let value = config.get(&at.parse().unwrap()).unwrap();
        assert!(value.as_secret().is_some() && value.as_str().is_none(), "{path}={value:?}");
    }
    let config = Config::from_layers([set("ui.name", "Ada")], &Env::empty()).unwrap();
    assert_eq!(config.get(&"ui.name".parse().unwrap()).unwrap().as_str(), Some("Ada"));
}

#[test]
fn a_set_number_is_text_where_only_text_may_stand() {
    let set = |path, value| Config::from_layers([set(path, value)], &Env::empty()).unwrap().root().to_json(true);
    assert!(set("env.X", "1").contains("\"1\""));
    assert!(set("models.providers.anthropic.apiKey", "true").contains("\"true\""));
    assert!(set("env.shellEnv.enabled", "true").contains(": true"));
    assert!(set("models.providers.anthropic.maxTokens", "8192").contains(": 8192"));
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

/// Texts of layers that disagree about what is an object, and single values set at a path.
fn any_layer() -> impl Strategy<Value = ConfigLayer> {
    const TEXTS: [&str; 8] = [
        "{}",
        "{ui: 1}",
        "{ui: {a: 1, b: [1, 2]}}",
        "{ui: {b: {x: 1}}, web: {}}",
        "{web: [1], ui: {a: {y: 2}, b: [{x: 3}]}}",
        "{ui: []}",
        "{ui: null, ui: {c: 1}}",
        "{web: {a: {}}, ui: {}}",
    ];
    const VALUES: [&str; 5] = ["1", "{y: 4}", "[5]", "{}", "text"];
    const PATHS: [&str; 6] = ["ui", "ui.a", "ui.b[0]", "ui.b.0.x", "ui.b[9]", "web.new[0].x"];
    prop_oneof![
        2 => prop::sample::select(TEXTS.to_vec()).prop_map(layer),
        1 => (prop::sample::select(PATHS.to_vec()), prop::sample::select(VALUES.to_vec())).prop_map(|(at, v)| set(at, v)),
    ]
}

/// What layers come to, origins and warnings included, or what is wrong with them.
fn outcome(layers: Vec<ConfigLayer>) -> Result<(String, Vec<String>), String> {
    fn origins(value: crate::config::ConfigValue<'_>, all: &mut Vec<String>) {
        all.push(value.origin().to_string());
        value.members().for_each(|(_, value)| origins(value, all));
        value.elements().for_each(|value| origins(value, all));
    }
    let config = Config::from_layers(layers, &Env::empty()).map_err(|error| error.to_string())?;
    let mut all = config.warnings().iter().map(ToString::to_string).collect();
    origins(config.root(), &mut all);
    Ok((config.root().to_json(true).to_string(), all))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn joined_layers_are_the_layers(a in any_layer(), b in any_layer(), c in any_layer(), d in any_layer()) {
        let one_by_one = outcome(vec![a.clone(), b.clone(), c.clone(), d.clone()]);
        for joined in [
            vec![a.clone().then(b.clone()), c.clone().then(d.clone())],
            vec![a.clone(), b.clone().then(c.clone()), d.clone()],
            vec![a.clone().then(b.clone()).then(c.clone()).then(d.clone())],
            vec![a.then(b.then(c.then(d)))],
        ] {
            prop_assert_eq!(&outcome(joined), &one_by_one);
        }
    }
}

#[test]
fn a_path_as_deep_as_no_file_may_be_is_refused() {
    let path: crate::json5::Path = vec!["a"; 5000].join(".").parse().unwrap();
    let error = ConfigLayer::set(&path, "1").unwrap_err();
    assert!(error.to_string().contains("nested deeper than 100 levels"), "{error}");
}
