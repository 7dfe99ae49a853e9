use std::sync::Arc;

use super::*;
use crate::config::print;
use crate::config::{ConfigSource, Origin, include::Builder, place::Place};

fn tree(json: &str) -> Tree {
    Builder::new(None).root(ConfigSource::Override, json, &Place::at(&[])).unwrap()
}

fn substituted(json: &str, env: &Env) -> (Tree, Vec<Problem>) {
    let (mut tree, mut problems) = (tree(json), Vec::new());
    substitute(&mut tree, env, env, &mut problems);
    (tree, problems)
}

fn as_json(tree: &Tree) -> serde_json::Value {
    serde_json::from_str(&print::json(tree, true)).unwrap()
}

/// Recorded from OpenClaw 2026.1.30; the error texts carry its class name before the first colon.
#[test]
fn recorded_vectors() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/data/vectors/envsubst.json")).unwrap();
    let env = vectors["env"]
        .as_object()
        .unwrap()
        .iter()
        .fold(Env::empty(), |env, (name, value)| env.with(name, value.as_str().unwrap()));
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let (tree, problems) = substituted(&case["input"].to_string(), &env);
        match case.get("error").and_then(|error| error.as_str()) {
            Some(error) => {
                let text = error.split_once(": ").unwrap().1.trim_end();
                assert_eq!(problems.len(), 1, "{case}");
                assert!(problems[0].to_string().contains(text), "{case}: {}", problems[0]);
            }
            None => {
                assert!(problems.is_empty(), "{case}");
                assert_eq!(as_json(&tree), case["ok"], "{case}");
            }
        }
    }
}

#[test]
fn the_error_names_path_and_place() {
    let (_, problems) = substituted("{a: {b: [\n  {c: 'x${NOPE}'}]}}", &Env::empty());
    assert_eq!(
        problems[0].to_string(),
        "override:2:7: Missing env var \"NOPE\" referenced at config path: a.b[0].c \
         (set it, or write $${NOPE} if the text itself is meant)"
    );
}

#[test]
fn what_was_put_in_is_not_looked_at_again() {
    let env = Env::empty().with("A", "${B}").with("B", "no");
    let (tree, _) = substituted("['${A}', '$$${B}', '$${B}${B}', '${a} ${B', '${${B}', '${}']", &env);
    assert_eq!(as_json(&tree), serde_json::json!(["${B}", "$${B}", "${B}no", "${a} ${B", "${no", "${}"]));
}

#[test]
fn the_env_block_is_literal_and_secret_paths_may_stay_open() {
    let text = "{env: {vars: {X: '${Y}'}}, models: {providers: {p: {apiKey: '${Y}', headers: {A: 'b ${Y}'}}}},
        secrets: {x: '${Y}'}, channels: {c: {botToken: '${Y}'}}}";
    let (tree, problems) = substituted(text, &Env::empty());
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(tree.at(&["env", "vars", "X"]).unwrap().text(), Some("${Y}"));
    let key = tree.at(&["models", "providers", "p", "apiKey"]).unwrap();
    assert!(matches!(&key.value, Value::Missing(name) if name == "Y"));
}

#[test]
fn a_credential_stays_a_secret_wherever_it_is_put() {
    let env = Env::empty().with("PLAIN", "sk-ant-api03-x").with("MY_TOKEN", "abc").with("NAME", "abc");
    let (tree, _) = substituted("{a: '${PLAIN}', b: '${MY_TOKEN}', c: '${NAME}'}", &env);
    let secret = |key| matches!(tree.get(key).unwrap().value, Value::Secret(_));
    assert_eq!((secret("a"), secret("b"), secret("c")), (true, true, false));
    let place = Origin::new(Arc::new(ConfigSource::Override), tree.get("c").unwrap().origin.position());
    assert_eq!(tree.get("c").unwrap().origin, place);
}

#[test]
fn a_value_of_the_env_block_stays_a_secret_wherever_it_is_put() {
    let outside = Env::empty().with("NAME", "plain");
    let env = outside.clone().with("OWN", "hunter22");
    let mut tree = tree("{a: '${NAME}', b: 'x ${OWN}', c: '$${OWN}'}");
    substitute(&mut tree, &env, &outside, &mut Vec::new());
    let shown = serde_json::json!({"a": "plain", "b": "***", "c": "${OWN}"});
    assert_eq!((print::value(&tree), tree.get("b").unwrap().text()), (shown, Some("x hunter22")));
}

#[test]
fn what_an_argument_announces_is_a_secret() {
    let env = Env::empty().with("NAME", "hunter22");
    let text = "{args: ['--token', 'abc', '--api-key', '${NAME}', '--pass', 1234, '--verbose', 'x', '--token=abc']}";
    let (tree, _) = substituted(text, &env);
    let shown = serde_json::json!(["--token", "***", "--api-key", "***", "--pass", "***", "--verbose", "x", "***"]);
    assert_eq!(print::value(&tree)["args"], shown);
    assert_eq!(as_json(&tree)["args"][3], "hunter22");
}

#[test]
fn a_plain_field_of_ours_stays_plain_although_its_variable_stands_in_the_configuration() {
    let outside = Env::empty();
    let env = outside.clone().with("HOST", "example.invalid");
    let mut tree =
        tree("{models: {providers: {x: {baseUrl: 'https://${HOST}', apiKey: '${HOST}'}}}, ui: {note: '${HOST}'}}");
    substitute(&mut tree, &env, &outside, &mut Vec::new());
    let shown = print::json(&tree, false);
    assert!(shown.contains("https://example.invalid") && shown.matches("***").count() == 2, "{}", *shown);
}

#[test]
fn a_short_text_cannot_ask_for_endless_ones() {
    let env = Env::empty().with("LONG", &"x".repeat(100_000));
    let file = format!("{{ui: [{}]}}", "'${LONG}',".repeat(400));
    let (_, problems) = substituted(&file, &env);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].to_string().contains("ui[167]: variables put in more than 16777216 bytes"), "{}", problems[0]);
}
