//! Keys of a configuration that are not what they look like: other spellings, and slips of the pen.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

use openclaw_core::Env;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource, ProblemKind, WarningKind};

fn file(text: &str) -> ConfigLayer {
    ConfigLayer::parse(ConfigSource::File("openclaw.json".into()), text).unwrap()
}

fn config(text: &str) -> Config {
    Config::from_layers([file(text)], &Env::empty()).unwrap()
}

#[test]
fn two_layers_name_a_provider_in_one_way() {
    let layers = [
        file("{models: {providers: {anthropic: {apiKey: 'a'}}}}"),
        ConfigLayer::set(&"models.providers.Anthropic.baseUrl".parse().unwrap(), "https://x").unwrap(),
    ];
    let error = Config::from_layers(layers, &Env::empty()).unwrap_err();
    let [problem] = error.problems() else { panic!("{error}") };
    assert!(
        problem.at_key() && matches!(&problem.kind, ProblemKind::SameProvider { first, .. } if first == "anthropic")
    );
    assert!(error.to_string().ends_with("as \"anthropic\" at openclaw.json:1:23; write it once"), "{error}");
    assert!(error.to_string().starts_with("override:"), "{error}");
    // Ids of profiles have one spelling: these are two.
    let profile = "{provider: 'anthropic', mode: 'token'}";
    config(&format!("{{auth: {{profiles: {{'anthropic:a': {profile}, 'Anthropic:a': {profile}}}}}}}"));
}

#[test]
fn only_what_is_near_is_suggested() {
    let nearest = |key: &str| {
        let config = config(&format!("{{'{key}': 1}}"));
        match &config.warnings()[0].kind {
            WarningKind::UnknownTopLevel { nearest } => *nearest,
            other => panic!("{other:?}"),
        }
    };
    for (key, expected) in [
        ("gatway", Some("gateway")),
        ("GATEWAYS", Some("gateway")),
        ("agnets", Some("agents")),
        ("chanelz", Some("channels")),
        ("comands", Some("commands")),
        ("gewt", None),
        ("gatewayxyz", None),
        // Two edits make anything of two letters: that is no resemblance.
        ("xy", None),
        ("uix", Some("ui")),
    ] {
        assert_eq!(nearest(key), expected, "{key}");
    }
}
