//! The JSON Schema of the configuration, as an editor would use it, beside the validator's own verdict.

#![allow(clippy::unwrap_used, reason = "a test panics when it fails")]

use boon::{Compiler, SchemaIndex, Schemas};
use openclaw_core::Env;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource, json_schema};
use serde_json::Value;

/// The schema, compiled: which also checks it against the schema of draft 2020-12.
fn compiled() -> (Schemas, SchemaIndex) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let schema = json_schema();
    let id = schema.get("$id").and_then(Value::as_str).unwrap().to_owned();
    compiler.add_resource(&id, schema).unwrap();
    let index = compiler.compile(&id, &mut schemas).unwrap();
    (schemas, index)
}

fn accepted_by_schema(text: &str) -> bool {
    let (schemas, index) = compiled();
    schemas.validate(&json5::from_str::<Value>(text).unwrap(), index).is_ok()
}

fn accepted(text: &str) -> bool {
    let layer = ConfigLayer::parse(ConfigSource::Override, text).unwrap();
    Config::from_layers([layer], &Env::empty()).is_ok()
}

#[test]
fn what_is_accepted_is_accepted_by_both() {
    for text in [
        "{}",
        // What the provider's page shows.
        "{ env: { ANTHROPIC_API_KEY: 'sk-ant-...' }, agents: { defaults: { model: { primary: 'anthropic/claude-opus-4-5' } } } }",
        "{ agents: { defaults: { models: { 'anthropic/claude-opus-4-5': { params: { cacheControlTtl: '5m' } } } } } }",
        include_str!("data/golden/input.openclaw.json5"),
        include_str!("data/golden/onboard_key.openclaw.json"),
        include_str!("data/golden/onboard_key2.openclaw.json"),
        include_str!("data/golden/onboard_token.openclaw.json"),
        include_str!("data/golden/after_config_set.openclaw.json"),
        "{ $schema: './openclaw.schema.json', gateway: 1, mine: [null], accessGroups: {}, marketplaces: {} }",
        "{ env: { A: '', vars: { B: '${X}' }, shellEnv: { enabled: true, timeoutMs: 1 } } }",
        "{ auth: { profiles: { 'p:x': { provider: 'p', mode: 'aws-sdk', displayName: 'X' } }, order: { p: [] } } }",
        "{ auth: { cooldowns: { billingBackoffHoursByProvider: { p: 0.5 }, overloadedBackoffMs: 0 } } }",
        "{ agents: { list: [{ id: 'a', model: 'opus' }, { id: 'b', model: { fallbacks: [] }, tools: {} }], other: 1 } }",
        "{ agents: { defaults: { models: { x: { alias: 'a', streaming: true, agentRuntime: { any: 1 }, params: { top: 1, maxTokens: 8 } } } } } }",
        "{ models: { mode: 'merge', providers: { anthropic: { baseUrl: ' ', apiKey: { source: 'exec', id: 'k' }, headers: { A: 'b' } } } } }",
        "{ models: { providers: { p: { apiKey: '${NOPE}', auth: 'aws-sdk', models: [{ id: 'm' }], region: 'eu' } } } }",
        "{ secrets: { providers: { v: { source: 'exec', command: 'x' } }, defaults: { env: 'v' }, resolution: { maxBatchBytes: 1 }, brandNew: 1 } }",
        "{ secrets: { providers: { a: { source: 'env', allowlist: [] }, b: { source: 'file', path: '~/s', mode: 'singleValue', maxBytes: 1, brandNew: 1 }, c: { source: 'store' } } } }",
        "{ secrets: { providers: { v: { source: 'exec', command: '${NOPE}', args: ['${NOPE}'], timeoutMs: 1, noOutputTimeoutMs: 1, maxOutputBytes: 1, jsonOnly: false, env: { A: '${NOPE}' }, passEnv: ['HOME'], trustedDirs: ['/'], allowInsecurePath: true, allowSymlinkCommand: true, pluginIntegration: { pluginId: 'p' } } } } }",
    ] {
        assert!(accepted(text), "{text}");
        assert!(accepted_by_schema(text), "{text}");
    }
}

#[test]
fn what_is_refused_is_refused_by_both() {
    for text in [
        "[]",
        "{ auth: null }",
        "{ auth: { ordr: {} } }",
        "{ auth: { order: { p: 'x' } } }",
        "{ auth: { order: { p: [' '] } } }",
        "{ auth: { profiles: { '\\t': { provider: 'p', mode: 'token' } } } }",
        "{ auth: { profiles: { p: { provider: 'p' } } } }",
        "{ auth: { profiles: { p: { provider: '', mode: 'token' } } } }",
        "{ auth: { profiles: { p: { provider: 'p', mode: 'apikey' } } } }",
        "{ env: { A: 1 } }",
        "{ env: { shellEnv: { on: true } } }",
        "{ agents: { list: [{}] } }",
        "{ agents: { defaults: { model: { primary: 1 } } } }",
        "{ agents: { defaults: { models: { x: { params: { maxTokens: 0 } } } } } }",
        "{ agents: { defaults: { models: { x: { params: { cacheRetention: '1h' } } } } } }",
        "{ models: { providers: { p: { baseURL: 'https://x' } } } }",
        "{ models: { providers: { p: { apiKey: { source: 'env' } } } } }",
        "{ models: { providers: { p: { headers: { A: 1 } } } } }",
        "{ secrets: { defaults: { env: 1 } } }",
        "{ secrets: { providers: { v: { command: '/x' } } } }",
        "{ secrets: { providers: { v: { source: 'vault' } } } }",
        "{ secrets: { providers: { v: { source: 'exec', args: 'x' } } } }",
        "{ secrets: { providers: { v: { source: 'exec', timeoutMs: 0 } } } }",
        "{ secrets: { providers: { v: { source: 'file', mode: 'text' } } } }",
    ] {
        assert!(
            !ConfigLayer::parse(ConfigSource::Override, text)
                .is_ok_and(|layer| { Config::from_layers([layer], &Env::empty()).is_ok() }),
            "{text}"
        );
        assert!(!accepted_by_schema(text), "{text}");
    }
}

/// What is only known when files and variables are put in.
#[test]
fn includes_and_variables_may_stand_everywhere() {
    for text in [
        "{ $include: 'base.json5', auth: { $include: ['a', 'b'], cooldowns: { billingMaxHours: { $include: 'n' } } } }",
        "{ auth: { profiles: { p: { $include: 'p.json5', mode: 'token' } } } }",
        "{ $include: 'profiles.json5', auth: { profiles: { p: { mode: '${MODE}' } } } }",
        "{ agents: { list: { $include: 'agents.json5' }, defaults: { model: { $include: 'm' }, models: { x: { $include: 'x' } } } } }",
        "{ agents: { list: [{ $include: 'agent.json5' }] } }",
        "{ models: { $include: 'm', providers: { p: { apiKey: { source: 'env' } } } } }",
        "{ env: { $include: 'env.json5', A: { $include: 'a' } } }",
    ] {
        assert!(accepted_by_schema(text), "{text}");
    }
    for text in [
        "{ $include: 1 }",
        "{ $include: 'a', auth: { ordr: {} } }",
        // The elements of a list are not completed from elsewhere.
        "{ $include: 'a', agents: { list: [{ name: 'x' }] } }",
        "{ auth: { cooldowns: { billingMaxHours: '${HOURS}' } } }",
        "{ auth: { cooldowns: { billingMaxHours: { $include: 'n', x: 1 } } } }",
    ] {
        assert!(!accepted_by_schema(text), "{text}");
    }
}
