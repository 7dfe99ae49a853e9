//! How long it takes to load a commented OpenClaw configuration of 4 KB: guard, parse, merge of three
//! layers (defaults, file, overrides), `${VAR}`, validation of everything and the typed view. Beside
//! it the same text through the json5 crate alone, which knows no positions, layers or problems, and
//! through our scanner alone.
//!
//!     cargo bench -p openclaw-benches --bench config

#![allow(clippy::unwrap_used, reason = "a bench stops when its input is not what it should be")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use openclaw_core::Env;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource, OVERRIDES_VARIABLE};
use openclaw_core::json5::{Limits, Path, scan};

const FILE: &str = include_str!("data/config-4k.json5");
const OVERRIDES: &str =
    "{ agents: { defaults: { model: { primary: 'sonnet' } } }, auth: { cooldowns: { billingMaxHours: 12 } } }";

fn main() {
    divan::main();
}

/// All of it, as a program loads its configuration.
#[divan::bench]
fn load(bencher: Bencher<'_, '_>) {
    let env = env();
    check(&loaded(FILE, &env));
    bencher.counter(BytesCount::of_str(FILE)).bench_local(|| loaded(black_box(FILE), &env));
}

/// Guard and parse of the file: text to a layer in which every value knows its line and column.
#[divan::bench]
fn parse_layer(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::of_str(FILE)).bench_local(|| file_layer(black_box(FILE)));
}

/// Merge, `${VAR}`, validation and the typed view of layers that are parsed already.
#[divan::bench]
fn merge_and_validate(bencher: Bencher<'_, '_>) {
    let env = env();
    let layers = [ConfigLayer::defaults(), file_layer(FILE), overrides()];
    bencher.with_inputs(|| layers.clone()).bench_local_values(|layers| Config::from_layers(layers, &env).unwrap());
}

/// The scanner alone: grammar, depth, size, duplicate keys, spans.
#[divan::bench]
fn scan_alone(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::of_str(FILE)).bench_local(|| scan(black_box(FILE), &Limits::default()).unwrap());
}

/// The rival: the json5 crate into a `serde_json::Value`, as most programs load a configuration.
#[divan::bench]
fn json5_crate_to_value(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::of_str(FILE))
        .bench_local(|| json5::from_str::<serde_json::Value>(black_box(FILE)).unwrap());
}

fn env() -> Env {
    let machine = Env::empty().with("HOME", "/home/ada").with("LANG", "fr_FR.UTF-8").with("TERM", "xterm");
    machine.with("GATEWAY_API_KEY", "not-a-key").with("OPENCLAW_GATEWAY_TOKEN", "not-a-token")
}

fn file_layer(text: &str) -> ConfigLayer {
    ConfigLayer::parse(ConfigSource::File("openclaw.json5".into()), text).unwrap()
}

fn overrides() -> ConfigLayer {
    ConfigLayer::parse(ConfigSource::Environment(OVERRIDES_VARIABLE), OVERRIDES).unwrap()
}

fn loaded(text: &str, env: &Env) -> Config {
    Config::from_layers([ConfigLayer::defaults(), file_layer(text), overrides()], env).unwrap()
}

/// That the work is done, and that the file is the size that is claimed.
fn check(config: &Config) {
    assert!((4000..=4200).contains(&FILE.len()), "the file has {} bytes", FILE.len());
    assert_eq!(config.warnings().len(), 0, "{:?}", config.warnings());
    let settings = config.settings();
    assert_eq!(settings.model.primary.as_deref(), Some("sonnet"));
    assert_eq!((settings.auth.profiles.len(), settings.agents.len(), settings.providers.len()), (4, 3, 2));
    let key: Path = "models.providers.gateway.apiKey".parse().unwrap();
    assert!(config.origin(&key).unwrap().to_string().starts_with("openclaw.json5:"));
    assert!(settings.providers.iter().any(|(_, provider)| provider.api_key.is_some()));
}
