use super::*;
use crate::config::{Config, ConfigLayer, ConfigSource};
use crate::env::Env;

fn settings(text: &str) -> Settings {
    let layer = ConfigLayer::parse(ConfigSource::Override, text).unwrap();
    Config::from_layers([layer], &Env::empty()).unwrap().settings().clone()
}

fn selection(text: &str, agent: &str) -> ModelSelection {
    ModelSelection::from_settings(&settings(text), &AgentId::new(agent)).unwrap()
}

fn names(models: &[ModelRef]) -> Vec<String> {
    models.iter().map(ToString::to_string).collect()
}

fn model(text: &str) -> ModelRef {
    ModelRef::parse(text).unwrap()
}

/// The configuration behind the recorded `models status --json` of OpenClaw 2026.1.30.
#[test]
fn the_recorded_configuration_resolves_as_recorded() {
    let text = include_str!("../../tests/data/golden/input.openclaw.json5");
    let models = selection(text, "main");
    assert_eq!(models.primary_as_written(), "opus");
    assert_eq!(models.primary().to_string(), "anthropic/claude-opus-4-5");
    assert_eq!(names(models.fallbacks()), ["anthropic/claude-sonnet-4-5", "openai/gpt-5.2"]);
    let aliases: Vec<_> = models.aliases().iter().map(|(alias, model)| format!("{alias}={model}")).collect();
    assert_eq!(aliases, ["opus=anthropic/claude-opus-4-5", "s45=anthropic/claude-sonnet-4-5"]);
    assert_eq!(names(models.configured()), ["anthropic/claude-opus-4-5", "anthropic/claude-sonnet-4-5"]);
    assert_eq!(models.params(models.primary()).temperature, Some(0.2));
    assert_eq!(
        names(&models.candidates(None, None)),
        ["anthropic/claude-opus-4-5", "anthropic/claude-sonnet-4-5", "openai/gpt-5.2"]
    );
}

/// Recorded from OpenClaw 2026.1.30.
#[test]
fn recorded_references() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/data/vectors/model_ref.json")).unwrap();
    let models = ModelSelection::new(model("anthropic/x"));
    for case in vectors["cases"].as_array().unwrap() {
        let found = models.resolve(case["input"].as_str().unwrap()).ok();
        let found = found.map(|found| serde_json::json!({"provider": found.provider(), "model": found.model()}));
        assert_eq!(found.unwrap_or_default(), case["ref"], "{case}");
    }
}

#[test]
fn with_nothing_configured_there_is_a_default() {
    let models = selection("{}", "main");
    assert_eq!(models.primary_as_written(), DEFAULT_MODEL);
    assert_eq!(names(&models.candidates(None, None)), [DEFAULT_MODEL]);
    assert_eq!(models.params(models.primary()), Params::default());
}

#[test]
fn an_agent_inherits_or_replaces_the_fallbacks() {
    let text = "{agents: {defaults: {model: {primary: 'a/p', fallbacks: ['a/f', 'a/f', 'a/p']}}, list: [
        {id: 'word', model: 'b/w'}, {id: 'object', model: {primary: 'b/o'}}, {id: 'none', model: {fallbacks: []}},
        {id: 'own', model: {fallbacks: ['b/x']}}, {id: 'plain'}]}}";
    let of = |agent| names(&selection(text, agent).candidates(None, None));
    assert_eq!(of("word"), ["b/w", "a/f", "a/p"]);
    assert_eq!(of("object"), ["b/o", "a/f", "a/p"]);
    assert_eq!(of("none"), ["a/p"]);
    assert_eq!(of("own"), ["a/p", "b/x"]);
    assert_eq!(of("plain"), ["a/p", "a/f"]);
    assert_eq!(of("unknown"), ["a/p", "a/f"]);
}

#[test]
fn a_request_comes_first_and_the_primary_last() {
    let models = ModelSelection::new(model("a/p")).with_fallbacks(vec![model("a/f"), model("a/f")]);
    let of = |requested: Option<&str>, own: Option<&[ModelRef]>| {
        names(&models.candidates(requested.map(model).as_ref(), own))
    };
    assert_eq!(of(Some("a/r"), None), ["a/r", "a/f", "a/p"]);
    assert_eq!(of(Some("a/f"), None), ["a/f", "a/p"]);
    assert_eq!(of(Some("a/r"), Some(&[])), ["a/r"]);
    assert_eq!(of(None, Some(&[model("a/x"), model("a/p")])), ["a/p", "a/x"]);
}

#[test]
fn aliases_are_found_in_any_case() {
    let text = "{agents: {defaults: {models: {
        'anthropic/claude-opus-4-5': {alias: 'Big'}, 'anthropic/claude-sonnet-4-5': {},
        'openai/gpt-5.2': {alias: ''}, 'x/y': {alias: 'big'}, 'x/': {alias: 'broken'}}}}}";
    let models = selection(text, "main");
    let resolve = |text: &str| models.resolve(text).unwrap().to_string();
    assert_eq!(resolve(" BIG "), "x/y", "the last one counts");
    assert_eq!(resolve("Sonnet"), "anthropic/claude-sonnet-4-5");
    assert_eq!(resolve("opus"), "anthropic/opus", "its model has an alias of its own");
    assert_eq!(resolve("gpt"), "anthropic/gpt", "an empty alias switches the shorthand off");
    assert_eq!(resolve("broken"), "anthropic/broken");
    assert_eq!(resolve("x/big"), "x/big");
    let taken = "{agents: {defaults: {models: {'anthropic/claude-opus-4-5': {}, 'x/y': {alias: 'OPUS'}}}}}";
    assert_eq!(selection(taken, "main").resolve("opus").unwrap().to_string(), "x/y");
}

#[test]
fn what_names_no_model_is_told_with_its_place() {
    let of = |text: &str| ModelSelection::from_settings(&settings(text), &AgentId::main()).unwrap_err().to_string();
    assert_eq!(
        of("{agents: {defaults: {model: {primary: 'a/b', fallbacks: ['a/c', ' / ']}}}}"),
        "agents.defaults.model.fallbacks[1] names no model: \" / \"; write provider/model or an alias"
    );
    assert!(of("{agents: {list: [{id: 'x'}, {id: 'main', model: 'x/'}]}}").starts_with("agents.list[1].model names"));
    assert!(!of("{agents: {defaults: {model: 'sk-ant-api03-CANARY/'}}}").contains("CANARY"));
}

#[test]
fn cache_retention_wins() {
    let cache = |params: &str| {
        let text = format!("{{agents: {{defaults: {{models: {{'a/b': {{params: {params}}}}}}}}}}}");
        selection(&text, "main").params(&model("A/b")).cache
    };
    for (params, expected) in [
        ("{}", None),
        ("{cacheControlTtl: '5m'}", Some(PromptCache::Ttl(CacheTtl::FiveMinutes))),
        ("{cacheControlTtl: '1h'}", Some(PromptCache::Ttl(CacheTtl::OneHour))),
        ("{cacheControlTtl: '1h', cacheRetention: 'none'}", Some(PromptCache::Off)),
        ("{cacheControlTtl: '1h', cacheRetention: 'short'}", Some(PromptCache::On)),
        ("{cacheControlTtl: '5m', cacheRetention: 'long'}", Some(PromptCache::Ttl(CacheTtl::OneHour))),
    ] {
        assert_eq!(cache(params), expected, "{params}");
    }
    let text = "{agents: {defaults: {models: {'a/b': {params: {temperature: 1, maxTokens: 5e3}}}}}}";
    let params = selection(text, "main").params(&model("a/b"));
    assert_eq!((params.temperature, params.max_tokens), (Some(1.0), Some(5000)));
}
