//! Reading into types: exact, strict, and silent about values.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::config::{Config, ConfigLayer, ConfigSource, SecretInput, SectionError, SectionErrorKind};
use crate::env::Env;
use crate::json5::Path;

const CANARY: &str = "sk-ant-CANARY-5f2c";

/// `{x: { <text> }}` or `{x: <text>}`, all of it.
fn config(value: &str) -> Config {
    let layer = ConfigLayer::parse(ConfigSource::File("c.json".into()), &format!("{{x: {value}}}")).unwrap();
    Config::from_layers([layer], &Env::empty()).unwrap()
}

fn read<T: DeserializeOwned>(value: &str) -> Result<T, SectionError> {
    config(value).section(&Path::keys(["x"])).transpose().unwrap()
}

fn refused<T: DeserializeOwned + Debug>(value: &str) -> String {
    read::<T>(value).unwrap_err().to_string()
}

#[test]
fn numbers_are_exact_or_refused() {
    assert_eq!(read::<i64>("-9223372036854775808").unwrap(), i64::MIN);
    assert_eq!(read::<u64>("18446744073709551615").unwrap(), u64::MAX);
    assert_eq!(read::<i128>("18446744073709551615").unwrap(), i128::from(u64::MAX));
    assert_eq!(read::<u16>("0xFFFF").unwrap(), 65535);
    assert_eq!(read::<u8>("1e2").unwrap(), 100);
    assert_eq!(read::<i64>("9007199254740993.0").unwrap(), 9_007_199_254_740_993);
    assert_eq!(read::<u64>("1.8446744073709551615e19").unwrap(), u64::MAX);
    assert_eq!((read::<i64>("-0").unwrap(), read::<u8>("0e9").unwrap()), (0, 0));
    assert_eq!(read::<f64>("3").unwrap(), 3.0);
    assert_eq!(read::<f32>("0.1").unwrap(), 0.1);
    assert_eq!(read::<f32>("Infinity").unwrap(), f32::INFINITY);
    assert!(read::<f64>("NaN").unwrap().is_nan());
    assert_eq!(read::<f64>("-1e400").unwrap(), f64::NEG_INFINITY);
    for refused in [
        read::<u16>("70000").err(),
        read::<u8>("-1").err(),
        read::<u8>("256").err(),
        read::<u8>("1.5").err(),
        read::<i64>("18446744073709551615").err(),
        read::<u64>("18446744073709551616").err(),
        read::<u64>("1e300").err(),
        read::<i64>("9007199254740992.5").err(),
        read::<i64>("0.99999999999999999999").err(),
        read::<u64>("1e-400").err(),
        read::<f32>("1e300").err(),
        read::<f32>("-3.5e38").err(),
        read::<u64>("Infinity").err(),
        read::<u64>("NaN").err(),
        read::<u64>("'1'").err(),
        read::<f64>("'1'").err(),
    ] {
        let error = refused.unwrap();
        assert_eq!(error.origin().unwrap().to_string(), "c.json:1:5", "{error}");
    }
    assert_eq!(refused::<u16>("70000"), "c.json:1:5: x: expected u16");
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Server {
    port: u16,
    #[serde(default)]
    hosts: Vec<String>,
    limits: Option<HashMap<u32, Limit>>,
    mode: Option<Mode>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Limit(f64);

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Off,
    Every(u32),
    Between(u32, u32),
    At { hour: u8 },
}

#[test]
fn structs_maps_and_enums_are_read() {
    let server: Server = read("{port: 1, hosts: ['a'], limits: {'8080': 1.5}, mode: {at: {hour: 3}}}").unwrap();
    assert_eq!(server.limits.unwrap(), HashMap::from([(8080, Limit(1.5))]));
    assert_eq!(server.mode, Some(Mode::At { hour: 3 }));
    let modes: Vec<Mode> = read("['off', {off: null}, {every: 5}, {between: [1, 2]}]").unwrap();
    assert_eq!(modes, [Mode::Off, Mode::Off, Mode::Every(5), Mode::Between(1, 2)]);
    assert_eq!(read::<(u8, Option<bool>, ())>("[1, null, null]").unwrap(), (1, None, ()));
    let config = config("{key: 'plain'}");
    let borrowed: BTreeMap<&str, &str> = config.section(&Path::keys(["x"])).unwrap().unwrap();
    assert_eq!(borrowed, BTreeMap::from([("key", "plain")]));
    assert_eq!(config.section::<Server>(&Path::keys(["y"])).unwrap(), None);
}

#[test]
fn errors_name_path_place_and_what_is_expected() {
    for (value, expected) in [
        ("{port: '80'}", "c.json:1:12: x.port: expected u16, found string"),
        ("{}", "c.json:1:5: x: the key \"port\" is missing"),
        ("[1]", "c.json:1:5: x: expected struct Server, found array"),
        ("{port: 1, hots: []}", "c.json:1:15: x: unknown key \"hots\"; known are port, hosts, limits, mode"),
        ("{port: 1, hosts: ['a', null]}", "c.json:1:28: x.hosts[1]: expected a string, found null"),
        ("{port: 1, limits: {a: 1}}", "c.json:1:24: x.limits: expected u32, found string"),
        ("{port: 1, limits: {'1': 'a'}}", "c.json:1:29: x.limits.1: expected f64, found string"),
        ("{port: 1, mode: 'on'}", "c.json:1:21: x.mode: expected one of off, every, between, at"),
        ("{port: 1, mode: {at: {hour: 300}}}", "c.json:1:33: x.mode.at.hour: expected u8"),
        ("{port: 1, mode: {between: [1, 2, 3]}}", "x.mode.between: expected an array of 2 elements (it has 3)"),
        ("{port: 1, mode: {between: [1]}}", "x.mode.between: expected tuple variant Mode::Between with 2 elements"),
        ("{port: 1, mode: {}}", "c.json:1:21: x.mode: expected enum Mode, found object"),
    ] {
        let error = refused::<Server>(value);
        assert!(error.contains(expected), "{value}\n  found {error}\n  expected {expected}");
    }
    let config = config("{a: {b: [{port: true}]}}");
    let error = config.get(&"x.a".parse().unwrap()).unwrap().deserialize::<BTreeMap<String, Vec<Server>>>();
    assert_eq!(error.unwrap_err().path().to_string(), "b[0].port", "from where the reading began");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "edge: compares a secret")]
fn secrets_arrive_as_strings_and_unset_variables_by_name() {
    #[derive(Debug, Deserialize)]
    struct Bot {
        token: SecretString,
    }
    let bot: Bot = read("{token: 'abc'}").unwrap();
    assert_eq!(bot.token.expose_secret(), "abc");
    // Nothing can keep a borrowed secret by accident.
    let borrowed = config("{token: 'abc', plain: 'abc'}");
    let text = |key: &str| borrowed.section::<&str>(&Path::keys(["x", key]));
    assert_eq!(text("plain").unwrap(), Some("abc"));
    assert_eq!(
        text("token").unwrap_err().to_string(),
        "c.json:1:13: x.token: expected a borrowed string, found string"
    );
    let config = config("{token: 'abc', apiKey: '${NOPE}'}");
    let at = "x.apiKey".parse().unwrap();
    let input: SecretInput = config.section(&at).unwrap().unwrap();
    assert_eq!(input.unset_variable(), Some("NOPE"));
    let optional: Option<SecretInput> = config.section(&at).unwrap().unwrap();
    assert_eq!(optional.unwrap().unset_variable(), Some("NOPE"));
    let error = config.section::<SecretString>(&at).unwrap_err();
    assert_eq!(error.kind(), &SectionErrorKind::MissingVariable { name: "NOPE".to_owned() });
    let expected = "c.json:1:28: x.apiKey: refers to the environment variable NOPE, which is not set";
    assert_eq!(error.to_string(), expected);
    assert!(config.section::<Server>(&at).unwrap_err().to_string().contains("NOPE"));
    // From another format it reads as well.
    let input: Vec<SecretInput> = serde_json::from_str("[\"abc\", {\"source\": \"env\", \"id\": \"X\"}]").unwrap();
    assert_eq!(input[0].text().unwrap().expose_secret(), "abc");
    assert_eq!(input[1].reference().unwrap().id, "X");
}

/// Types whose errors quote what they were given, if one lets them.
mod talkative {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(try_from = "String")]
    pub(super) struct Parsed;

    impl TryFrom<String> for Parsed {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            Err(format!("cannot parse {text}"))
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only read")]
    pub(super) enum Untagged {
        Number(u8),
        List(Vec<u8>),
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind")]
    pub(super) enum Tagged {
        One,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Flat {
        #[serde(flatten)]
        _rest: BTreeMap<String, u8>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Wanting {
        #[serde(rename = "a")]
        _a: Option<char>,
    }
}

#[test]
fn no_error_shows_a_value() {
    fn probe<T: DeserializeOwned + Debug>(seen: &mut usize) {
        for place in
            ["'@'", "['@']", "{a: '@'}", "{token: '@'}", "{kind: '@'}", "{a: ['@']}", "[{a: '@'}]", "{One: '@'}"]
        {
            for escaped in [CANARY.to_owned(), CANARY.replace('-', "\\u002d"), format!("https://u:{CANARY}@h")] {
                if let Err(error) = read::<T>(&place.replace('@', &escaped)) {
                    *seen += 1;
                    let shown = format!("{error} {error:?} {:?} {:?}", error.kind(), error.path());
                    assert!(!shown.contains("CANARY"), "{shown}");
                    assert!(error.origin().is_some(), "{shown}");
                }
            }
        }
    }
    let mut seen = 0;
    probe::<u8>(&mut seen);
    probe::<i128>(&mut seen);
    probe::<f64>(&mut seen);
    probe::<bool>(&mut seen);
    probe::<char>(&mut seen);
    probe::<()>(&mut seen);
    probe::<Option<u8>>(&mut seen);
    probe::<String>(&mut seen);
    probe::<Vec<u8>>(&mut seen);
    probe::<(u8, u8)>(&mut seen);
    probe::<BTreeMap<String, u8>>(&mut seen);
    probe::<BTreeMap<u8, u8>>(&mut seen);
    probe::<std::net::IpAddr>(&mut seen);
    probe::<std::time::Duration>(&mut seen);
    probe::<SecretInput>(&mut seen);
    probe::<Server>(&mut seen);
    probe::<Mode>(&mut seen);
    probe::<talkative::Parsed>(&mut seen);
    probe::<talkative::Untagged>(&mut seen);
    probe::<talkative::Tagged>(&mut seen);
    probe::<talkative::Flat>(&mut seen);
    probe::<talkative::Wanting>(&mut seen);
    assert!(seen > 300, "{seen}");
    let error = refused::<talkative::Wanting>(&format!("{{'{CANARY}': 1}}"));
    assert!(!error.contains("CANARY"), "a key that looks like a credential: {error}");
}

/// Any JSON.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        (-1e9..1e9).prop_map(|number: f64| (number + 0.5).into()),
        "[^$]{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        let key = "[a-z]{1,4}|token|env|headers";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(key, inner, 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(value in json()) {
        prop_assert_eq!(read::<serde_json::Value>(&value.to_string()).unwrap(), value);
    }
}
