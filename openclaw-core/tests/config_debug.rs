//! What `Debug` shows of a configuration and of what is wrong with it holds no secret, not even where
//! none belongs: among the keys, in paths, in URLs, in free text.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;

use openclaw_core::config::{Config, ConfigError, ConfigLayer, ConfigSource, SectionError};
use openclaw_core::json5::{Limits, Path, scan};
use openclaw_core::{AdviceContext, Env};

/// Stands in every secret below.
const MARK: &str = "CANARY";
/// Texts that give themselves away wherever they stand.
const SECRETS: [&str; 2] = ["sk-ant-api03-CANARYx", "https://me:CANARY@host/"];

fn file(text: &str) -> Result<ConfigLayer, ConfigError> {
    ConfigLayer::parse(ConfigSource::File("openclaw.json".into()), text)
}

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::from_layers([file(text)?], &Env::empty())
}

#[track_caller]
fn clean(shown: impl Debug) {
    let shown = format!("{shown:?}\n{shown:#?}");
    assert!(!shown.contains(MARK), "{shown}");
}

#[track_caller]
fn clean_error(error: &dyn Error) {
    clean(error);
    assert!(!error.to_string().contains(MARK), "{error}");
    if let Some(source) = error.source() {
        clean_error(source);
    }
}

#[test]
fn problems_hide_keys_that_are_credentials() {
    for secret in SECRETS {
        let problems = [
            format!("{{auth: {{'{secret}': 1}}}}"),
            format!("{{agents: {{defaults: {{models: {{'{secret}': 1}}}}}}}}"),
            format!("{{agents: {{defaults: {{models: {{'{secret}': {{alias: ['{secret}']}}}}}}}}}}"),
            format!("{{models: {{providers: {{'{secret}': {{auth: '{secret}'}}}}}}}}"),
            format!("{{models: {{providers: {{'{secret}': {{}}, '{secret} ': {{}}}}}}}}"),
            format!("{{models: {{providers: {{anthropic: {{baseUrl: '{secret}'}}}}}}}}"),
            format!("{{auth: {{profiles: {{'{secret}': {{provider: '{secret}'}}}}, order: {{'{secret}': [5]}}}}}}"),
            format!("{{secrets: {{providers: {{p: {{'{secret}': NaN}}}}}}}}"),
            format!("{{ui: {{'{secret}': 'x ${{NOPE}}'}}}}"),
        ];
        for text in problems {
            let error = read(&text).unwrap_err();
            assert!(!error.problems().is_empty(), "{text}");
            clean_error(&error);
            clean(error.problems());
            error.problems().iter().for_each(|problem| clean(&problem.kind));
            clean(openclaw_core::Error::from(error).advice(&AdviceContext::default()));
        }
        let deep = format!("{}1{}", "{'@':".repeat(99), "}".repeat(99)).replace('@', secret);
        let error = ConfigLayer::set(&Path::keys([secret, "b"]), &deep).unwrap_err();
        assert!(matches!(error, ConfigError::TooDeep { .. }), "{error}");
        clean_error(&error);
    }
}

#[test]
fn warnings_and_layers_do_too() {
    for secret in SECRETS {
        let text = format!("{{'{secret}': 1, ui: {{'{secret}': NaN, b: {{'{secret}': 1, '{secret}': 2}}}}}}");
        let config = read(&text).unwrap();
        assert_eq!(config.warnings().len(), 3);
        clean(config.warnings());
        config.warnings().iter().for_each(|warning| assert!(!warning.to_string().contains(MARK), "{warning}"));
        clean(file(&text).unwrap());
        clean(ConfigLayer::set(&Path::keys(["ui", secret]), "1").unwrap());
        let config = read(&format!("{{env: {{'OPENCLAW_{secret}': 'x'}}}}")).unwrap();
        assert_eq!(config.warnings().len(), 1);
        clean(config.warnings());
        clean(config.settings());
        clean(&config);
    }
    let text = "{'sk-ant-CANARY': 1, 'sk-ant-CANARY': 2}";
    clean(scan(text, &Limits::default()).unwrap());
}

#[test]
fn sections_hide_credentials_wherever_they_stand() {
    for secret in SECRETS {
        let text = "{
          env: {'X@': 'CANARY'},
          auth: {profiles: {'@': {provider: '@', mode: 'token', email: '@'}}, order: {'@': ['https://x', '@']},
            cooldowns: {billingBackoffHoursByProvider: {'@': 1}}},
          agents: {defaults: {model: {primary: '@', fallbacks: ['https://x', '@']}, models: {'@': {alias: '@'}}},
            list: [{id: '@', agentDir: '@', model: '@'}]},
          models: {providers: {'@': {baseUrl: '@', api: '@', headers: {'@': 'CANARY'}, apiKey: 'CANARY'},
            b: {apiKey: {source: 'exec', provider: '@', id: '@'}}}},
          ui: {note: '@', list: ['@', 'https://x']},
        }";
        let config = read(&text.replace('@', secret)).unwrap();
        let settings = config.settings();
        clean(settings);
        clean(&settings.auth);
        clean(&settings.auth.cooldowns);
        settings.auth.profiles.values().for_each(clean);
        clean(&settings.agents);
        clean(&settings.agents.defaults);
        clean(&settings.agents.defaults.model);
        settings.agents.defaults.models.values().for_each(clean);
        settings.agents.list.iter().for_each(clean);
        clean(&settings.models);
        for provider in settings.models.providers.values() {
            clean(provider);
            clean(&provider.api_key);
        }
        clean(config.get(&"ui".parse().unwrap()));
    }
    let config = read("{models: {providers: {p: {baseUrl: 'https://x', api: 'ollama'}}}}").unwrap();
    let shown = format!("{:?}", config.settings().models);
    assert!(
        shown.contains(r#"base_url: Some("https://x"), api_key: None, auth: None, api: Some("ollama")"#),
        "{shown}"
    );
}

#[test]
fn errors_of_sections_hide_keys() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {}
    for secret in SECRETS {
        let config = read(&format!("{{ui: {{'{secret}': {{'{secret}': 'x'}}}}}}")).unwrap();
        let ui = Path::keys(["ui"]);
        let errors: [SectionError; 3] = [
            config.section::<Strict>(&ui).unwrap_err(),
            config.section::<BTreeMap<String, Strict>>(&ui).unwrap_err(),
            config.section::<BTreeMap<String, BTreeMap<String, u8>>>(&ui).unwrap_err(),
        ];
        for error in errors {
            clean_error(&error);
            clean(error.kind());
        }
        clean(config.section::<u8>(&Path::keys(["ui", secret])).unwrap_err());
    }
}
