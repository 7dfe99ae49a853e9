//! How long it takes to load a commented OpenClaw configuration of 4 KB or 1 MB: guard, parse, merge of
//! three layers (defaults, file, overrides), `${VAR}`, validation of everything and the typed view; and
//! to edit one of 1 MB. Beside it the same texts through the json5 crate alone and through npm's json5,
//! which know no positions, layers or problems, and through our scanner alone.
//!
//!     cargo bench -p openclaw-benches --bench config
//!
//! Instructions of one load or edit, which no other program on the machine disturbs: README.md.

#![allow(clippy::unwrap_used, reason = "a bench stops when its input is not what it should be")]

mod large;
mod npm;

use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use openclaw_core::Env;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource, OVERRIDES_VARIABLE};
use openclaw_core::json5::{Edit, Limits, Path, edit, scan};

const FILE: &str = include_str!("data/config-4k.json5");
const OVERRIDES: &str =
    "{ agents: { defaults: { model: { primary: 'sonnet' } } }, auth: { cooldowns: { billingMaxHours: 12 } } }";

static LARGE: LazyLock<String> = LazyLock::new(large::config);

fn main() {
    divan::main();
    npm::measure(&[("config-4k.json5", FILE), ("config-1m.json5", &LARGE)]);
}

/// All of it, with a file of 1 MB.
#[divan::bench]
fn load_1mb(bencher: Bencher<'_, '_>) {
    let env = env().with("ROOM_TOKEN", "not-a-token");
    let config = loaded_large(&LARGE, &env);
    assert!(config.warnings().is_empty() && config.settings().agents.list.len() > 1000);
    bencher.counter(BytesCount::of_str(&*LARGE)).bench_local(|| loaded_large(black_box(&LARGE), &env));
}

/// One value changed in a file of 1 MB: read, edited, and the result read back.
#[divan::bench]
fn edit_1mb(bencher: Bencher<'_, '_>) {
    let edits = edits(1);
    let edited = edited(&LARGE, &edits);
    assert!(edited.len() == LARGE.len() + 1 && edited.contains("attempts: 10,"));
    bencher.counter(BytesCount::of_str(&*LARGE)).bench_local(|| self::edited(black_box(&LARGE), &edits));
}

/// Eight edits in one call: the text is read once.
#[divan::bench]
fn edit_1mb_8_times(bencher: Bencher<'_, '_>) {
    let edits = edits(8);
    bencher.counter(BytesCount::of_str(&*LARGE)).bench_local(|| edited(black_box(&LARGE), &edits));
}

/// The scanner alone on 1 MB.
#[divan::bench]
fn scan_alone_1mb(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::of_str(&*LARGE)).bench_local(|| scan(black_box(&LARGE), &Limits::default()).unwrap());
}

/// The rival on 1 MB.
#[divan::bench]
fn json5_crate_to_value_1mb(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::of_str(&*LARGE))
        .bench_local(|| json5::from_str::<serde_json::Value>(black_box(&LARGE)).unwrap());
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

fn edits(count: usize) -> Vec<Edit> {
    let path = |number: usize| Path::keys(["channels", &format!("room-{}", 100 * number), "retry", "attempts"]);
    (0..count).map(|number| Edit::set(path(number + 1), "10")).collect()
}

#[inline(never)]
fn edited(text: &str, edits: &[Edit]) -> String {
    edit(text, edits, &Limits::default()).unwrap().to_string()
}

#[inline(never)]
fn loaded_large(text: &str, env: &Env) -> Config {
    Config::from_layers([ConfigLayer::defaults(), file_layer(text)], env).unwrap()
}

#[inline(never)]
fn loaded(text: &str, env: &Env) -> Config {
    Config::from_layers([ConfigLayer::defaults(), file_layer(text), overrides()], env).unwrap()
}

/// That the work is done, and that the file is the size that is claimed.
fn check(config: &Config) {
    assert!((4000..=4200).contains(&FILE.len()), "the file has {} bytes", FILE.len());
    assert_eq!(config.warnings().len(), 0, "{:?}", config.warnings());
    let settings = config.settings();
    assert_eq!(settings.agents.defaults.model.primary.as_deref(), Some("sonnet"));
    assert_eq!((settings.auth.profiles.len(), settings.agents.list.len(), settings.models.providers.len()), (4, 3, 2));
    let key: Path = "models.providers.gateway.apiKey".parse().unwrap();
    assert!(config.origin(&key).unwrap().to_string().starts_with("openclaw.json5:"));
    assert!(settings.models.providers.values().any(|provider| provider.api_key.is_some()));
}
