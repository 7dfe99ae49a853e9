//! A configuration from texts: what is refused and how it is told, what stays secret, where values come from.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

use openclaw_core::config::{
    AuthMode, Config, ConfigError, ConfigLayer, ConfigSource, Problem, ProblemKind, SecretInput, SecretReferenceSource,
    WarningKind,
};
use openclaw_core::json5::Path;
use openclaw_core::{CooldownPolicy, Env, ProviderId};
use proptest::prelude::*;

const CANARY: &str = "CANARY-5f2c";

fn file(text: &str) -> Result<ConfigLayer, ConfigError> {
    ConfigLayer::parse(ConfigSource::File("openclaw.json".into()), text)
}

fn config(text: &str) -> Config {
    Config::from_layers([file(text).unwrap()], &Env::empty()).unwrap()
}

fn error(text: &str) -> String {
    match file(text).and_then(|layer| Config::from_layers([layer], &Env::empty())) {
        Ok(_) => panic!("accepted: {text}"),
        Err(error) => error.to_string(),
    }
}

fn path(text: &str) -> Path {
    text.parse().unwrap()
}

#[test]
fn every_kind_of_problem_is_told_with_its_place() {
    for (text, expected) in [
        ("{auth: {bogus: 1}}", "openclaw.json:1:9: auth: Unrecognized key: \"bogus\""),
        ("{auth: {ordr: {}}}", "openclaw.json:1:9: auth: Unrecognized key: \"ordr\" (did you mean \"order\"?)"),
        ("{auth: 1}", "openclaw.json:1:8: auth: expected an object, found number"),
        ("{auth: null}", "openclaw.json:1:8: auth: expected an object, found null"),
        ("{auth: {order: {a: 'x'}}}", "openclaw.json:1:20: auth.order.a: expected an array, found string"),
        (
            "{auth: {order: {a: ['x', '\\t']}}}",
            "openclaw.json:1:26: auth.order.a[1]: expected a profile id such as anthropic:default",
        ),
        (
            "{auth: {profiles: {p: {provider: 'a', mode: 'apikey'}}}}",
            "openclaw.json:1:45: auth.profiles.p.mode: expected one of api_key, token, oauth, aws-sdk",
        ),
        (
            "{auth: {profiles: {p: {provider: 'a'}}}}",
            "openclaw.json:1:23: auth.profiles.p: the key \"mode\" is missing",
        ),
        (
            "{auth: {cooldowns: {billingMaxHours: '5'}}}",
            "openclaw.json:1:38: auth.cooldowns.billingMaxHours: expected a number, found string",
        ),
        (
            "{auth: {cooldowns: {billingMaxHours: 1e400}}}",
            "openclaw.json:1:38: auth.cooldowns.billingMaxHours: expected a finite number that a double can hold",
        ),
        ("{env: {vars: {A: 1}}}", "openclaw.json:1:18: env.vars.A: expected a string, found number"),
        ("{env: {A: true}}", "openclaw.json:1:11: env.A: expected a string, found boolean"),
        ("{agents: {list: [{}]}}", "openclaw.json:1:18: agents.list[0]: the key \"id\" is missing"),
        ("{agents: {list: [{id: 'a', default: 1}]}}", "agents.list[0].default: expected true or false, found number"),
        (
            "{agents: {defaults: {model: 1}}}",
            "agents.defaults.model: expected a string or an object {primary, fallbacks}, found number",
        ),
        (
            "{agents: {defaults: {model: {fallback: []}}}}",
            "Unrecognized key: \"fallback\" (did you mean \"fallbacks\"?)",
        ),
        ("{agents: {defaults: {models: {'a/b': {params: {cacheControlTtl: '2h'}}}}}}", "expected 5m or 1h"),
        (
            "{agents: {defaults: {models: {'a/b': {params: {cacheRetention: '1h'}}}}}}",
            "expected one of none, short, long",
        ),
        ("{agents: {defaults: {models: {'a/b': {params: {maxTokens: 1.5}}}}}}", "expected a whole number from 1"),
        (
            "{agents: {defaults: {models: {'a/b': {params: {topP: [NaN]}}}}}}",
            "agents.defaults.models[\"a/b\"].params.topP[0]: expected a finite number",
        ),
        (
            "{models: {providers: {p: {baseURL: 'https://x'}}}}",
            "Unrecognized key: \"baseURL\" (did you mean \"baseUrl\"?)",
        ),
        (
            "{models: {providers: {p: {apiKey: {source: 'env'}}}}}",
            "models.providers.p.apiKey: the key \"id\" is missing",
        ),
        (
            "{models: {providers: {anthropic: {baseUrl: 'http://x'}}}}",
            "openclaw.json:1:44: models.providers.anthropic.baseUrl: the base URL must be https",
        ),
        (
            "{models: {providers: {p: {api: 'anthropic-messages', baseUrl: 'https://u:CANARY@x'}}}}",
            "the base URL must not hold a user name or password",
        ),
        (
            "{models: {providers: {anthropic: {},\n  Anthropic: {}}}}",
            "openclaw.json:2:3: models.providers.Anthropic: the same provider as \"anthropic\" at openclaw.json:1:23; write it once",
        ),
        (
            "{auth: {order: {'z.ai': [], zai: []}}}",
            "auth.order.zai: the same provider as \"z.ai\" at openclaw.json:1:17;",
        ),
        (
            "{auth: {cooldowns: {billingBackoffHoursByProvider: {x: 1, ' X': 2}}}}",
            "billingBackoffHoursByProvider[\" X\"]: the same provider as \"x\" at openclaw.json:1:53;",
        ),
        (
            "{secrets: {providers: {v: {source: 'exec', comand: '/x'}}}}",
            "Unrecognized key: \"comand\" (did you mean \"command\"?)",
        ),
        ("{secrets: {provider: {}}}", "Unrecognized key: \"provider\" (did you mean \"providers\"?)"),
        (
            "{ui: {a: '${NOPE}'}}",
            "openclaw.json:1:10: Missing env var \"NOPE\" referenced at config path: ui.a (set it, or write $${NOPE}",
        ),
        ("[1]", "openclaw.json:1:1: expected an object, found array"),
        ("{a: 1", "openclaw.json:1:6: the object opened at 1:1 is not closed"),
        ("{ui: {$include: './x'}}", "openclaw.json:1:17: $include works in configuration files only"),
    ] {
        let found = error(text);
        assert!(found.contains(expected), "{text}\n  found {found}\n  expected {expected}");
    }
}

#[test]
fn all_problems_come_at_once() {
    let text = "{\n auth: {ordr: 1},\n ui: {a: '${NOPE}'},\n env: {X: 1},\n models: {providers: {p: {api: 5}}},\n}";
    let error = Config::from_layers([file(text).unwrap()], &Env::empty()).unwrap_err();
    let paths: Vec<String> = error.problems().iter().map(|problem| problem.path.to_string()).collect();
    assert_eq!(paths, ["auth", "ui.a", "env.X", "models.providers.p.api"], "in the order of the text");
    assert!(matches!(error.problems()[0].kind, ProblemKind::UnknownKey { nearest: Some("order"), .. }));
    assert_eq!(error.to_string().lines().count(), 4);
    assert_eq!(error.origin().unwrap().to_string(), "openclaw.json:2:9", "the key");
}

#[test]
fn what_belongs_to_the_assistant_is_accepted() {
    let config = config(
        "{$schema: 'x', gateway: {port: 1}, channels: {any: {thing: [1e300]}}, accessGroups: {}, marketplaces: [],
          agents: {defaults: {workspace: '~/w', heartbeat: {every: '30m'}}, list: [{id: 'a', tools: {}}], x: 1},
          models: {mode: 'merge', providers: {
            ollama: {baseUrl: 'http://localhost:11434', api: 'ollama', models: [{id: 'm', any: 1}]},
            anthropic: {baseUrl: 'http://127.0.0.1:8080/v1'}}},
          auth: {cooldowns: {billingBackoffHours: -1, overloadedBackoffMs: 0, authPermanentMaxMinutes: 60}}}",
    );
    assert!(config.warnings().is_empty(), "{:?}", config.warnings());
    let policy = CooldownPolicy::default().with_settings(&config.settings().auth.cooldowns);
    assert_eq!(policy, CooldownPolicy::default(), "not above zero means the default");
}

#[test]
fn numbers_that_json_does_not_have_are_told() {
    let config = config("{gateway: {port: NaN},\n channels: {any: [1e400, -Infinity, 1e300]}, agents: {x: NaN}}");
    let shown: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    let warning = |place: &str| format!("openclaw.json:{place}: JSON has no such number; it is printed as null");
    let expected = ["1:18: gateway.port", "2:19: channels.any[0]", "2:26: channels.any[1]", "2:58: agents.x"];
    assert_eq!(shown, expected.map(warning));
    assert!(config.warnings().iter().all(|warning| warning.kind == WarningKind::NotInJson && !warning.at_key()));
    for text in [
        "{agents: {list: [{id: 'a', model: {timeoutMs: NaN}}]}}",
        "{models: {providers: {p: {models: [{cost: NaN}]}}}}",
        "{secrets: {resolution: {maxBatchBytes: 1e400}, later: 1}}",
        "{auth: {cooldowns: {billingBackoffHoursByProvider: {p: Infinity}}}}",
        "{agents: {defaults: {models: {x: {params: {maxTokens: NaN}}}}}}",
    ] {
        assert!(error(text).ends_with(": expected a finite number that a double can hold"), "{text}");
    }
    assert!(error("{ui: {a: '\\ud800'}}").starts_with("openclaw.json:1:"), "half a pair has a place");
}

#[test]
fn a_key_that_is_wrong_is_told_at_the_key() {
    let layer = file("{auth: {\n  'ordr': 1,\n  profiles: {' ': {provider: 'x', mode: 'token'}, b: {}}}}").unwrap();
    let error = Config::from_layers([layer], &Env::empty()).unwrap_err();
    let told: Vec<(String, bool)> =
        error.problems().iter().map(|problem| (problem.to_string(), problem.at_key())).collect();
    let expected = [
        ("openclaw.json:2:3: auth: Unrecognized key: \"ordr\" (did you mean \"order\"?)", true),
        ("openclaw.json:3:14: auth.profiles[\" \"]: expected a profile id such as anthropic:default", true),
        ("openclaw.json:3:54: auth.profiles.b: the key \"provider\" is missing", false),
        ("openclaw.json:3:54: auth.profiles.b: the key \"mode\" is missing", false),
    ];
    assert_eq!(told, expected.map(|(text, at_key)| (text.to_owned(), at_key)));
    let layer = ConfigLayer::set(&path("auth.ordr"), "1").unwrap();
    let error = Config::from_layers([layer], &Env::empty()).unwrap_err();
    assert_eq!(error.origin().unwrap().to_string(), "override:1:1", "no key was written");
}

#[test]
fn blank_text_counts_as_none() {
    let config = config("{models: {providers: {anthropic: {baseUrl: ' ', apiKey: ' '}}}}");
    let (_, provider) = config.settings().models.providers.first().unwrap();
    assert!(provider.base_url.is_none() && provider.api_key.is_none());
    let config =
        self::config("{auth: {order: {Anthropic: [' anthropic:a ']}}, secrets: {resolution: {maxRefsPerProvider: 4}}}");
    let order = &config.settings().auth.order;
    assert_eq!(order[&ProviderId::anthropic()][0].as_str(), "anthropic:a");
}

#[test]
fn the_typed_view_says_what_the_file_says() {
    let config = config(
        "{auth: {profiles: {'anthropic:w': {provider: 'Anthropic', mode: 'oauth', email: 'a@b'}}, order: {anthropic: []},
            cooldowns: {billingBackoffHours: 2, billingBackoffHoursByProvider: {OpenAI: 8, x: 0}, failureWindowHours: 0.5}},
          env: {A: 'direct', vars: {A: 'no', B: 'b', C: ' '}, shellEnv: {enabled: true}},
          agents: {list: [{id: 'Work', default: true, agentDir: '/w', model: {primary: 'x', fallbacks: []}}]},
          models: {providers: {P: {baseUrl: 'https://x', api: 'anthropic-messages', headers: {Z: '1', A: '2'},
            apiKey: {source: 'exec', provider: 'vault', id: 'k'}}}}}",
    );
    let settings = config.settings();
    let (id, profile) = settings.auth.profiles.first().unwrap();
    assert_eq!((id.as_str(), profile.provider.as_str(), profile.mode), ("anthropic:w", "anthropic", AuthMode::OAuth));
    assert_eq!(settings.auth.order[&ProviderId::anthropic()], []);
    assert_eq!(settings.auth.cooldowns.billing_backoff_hours_by_provider[&ProviderId::new("openai")], 8.0);
    assert_eq!(settings.auth.cooldowns.failure_window_hours, Some(0.5));
    assert_eq!(settings.env.keys().collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(config.effective_env(&Env::empty()).get("A"), Some("direct"));
    let agent = &settings.agents.list[0];
    assert_eq!((agent.id.as_str(), agent.default, agent.agent_dir.as_deref()), ("work", true, Some("/w")));
    assert_eq!(agent.model.as_ref().unwrap().fallbacks.as_deref(), Some(&[][..]));
    let (id, provider) = settings.models.providers.first().unwrap();
    assert_eq!((id.as_str(), provider.api.as_deref()), ("p", Some("anthropic-messages")));
    assert_eq!(provider.headers.keys().collect::<Vec<_>>(), ["Z", "A"]);
    let reference = provider.api_key.as_ref().and_then(SecretInput::reference).unwrap();
    assert_eq!((reference.source, reference.id.as_str()), (SecretReferenceSource::Exec, "k"));
}

#[test]
fn an_unset_variable_makes_the_provider_unusable_and_not_the_file() {
    let config = config("{models: {providers: {p: {apiKey: '${NOPE}', headers: {A: 'x ${NOPE}', B: 'b'}}}}}");
    let (_, provider) = config.settings().models.providers.first().unwrap();
    let unset = |input: &SecretInput| input.unset_variable().map(str::to_owned);
    assert_eq!(provider.api_key.as_ref().and_then(unset).as_deref(), Some("NOPE"));
    assert_eq!(unset(&provider.headers["A"]).as_deref(), Some("NOPE"));
    assert!(provider.headers["B"].text().is_some());
    let value = config.get(&path("models.providers.p.apiKey")).unwrap();
    assert_eq!(
        (value.kind(), value.missing_variable(), value.to_json(true).as_str()),
        ("string", Some("NOPE"), "\"${NOPE}\"")
    );
}

#[test]
fn warnings_name_what_is_odd() {
    let config = config(
        "{gatway: {}, mine: 1,\n ui: {a: 1, b: 2, a: 3},\n env: {HTTPS_PROXY: 'http://p', vars: {ANTHROPIC_BASE_URL: 'u'}}}",
    );
    let shown: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(shown[0], "openclaw.json:2:19: ui.a: the key stands more than once; this one, the last, counts");
    assert_eq!(shown[1], "openclaw.json:1:2: gatway: OpenClaw does not know this key (did you mean \"gateway\"?)");
    assert_eq!(config.warnings()[2].kind, WarningKind::UnknownTopLevel { nearest: None });
    assert_eq!(shown[3], "openclaw.json:3:21: HTTPS_PROXY is ignored here; set it in the process environment");
    assert!(shown[4].contains("ANTHROPIC_BASE_URL") && shown.len() == 5);
    assert_eq!(config.get(&path("ui.a")).unwrap().as_f64(), Some(3.0));
}

#[test]
fn the_env_block_fills_blanks_before_substitution() {
    let text = "{env: {vars: {NAME: 'from block', OTHER: '${NAME}', HOME: '/x', OPENCLAW_X: 'x'}}, ui: {a: '${NAME}'}}";
    let layer = || file(text).unwrap();
    let a = path("ui.a");
    let block = Config::from_layers([layer()], &Env::empty()).unwrap();
    let value = block.get(&a).unwrap();
    assert_eq!((value.as_str(), value.to_json(true).as_str()), (None, "\"from block\""), "a secret there, and so here");
    assert_eq!(value.to_json(false).as_str(), "\"***\"");
    let process = Env::empty().with("NAME", "from process");
    let config = Config::from_layers([layer()], &process).unwrap();
    assert_eq!(config.get(&a).unwrap().as_str(), Some("from process"));
    let env = config.effective_env(&process);
    assert_eq!((env.get("NAME"), env.get("OTHER")), (Some("from process"), Some("${NAME}")), "taken literally");
    assert_eq!((env.get("HOME"), env.get("OPENCLAW_X")), (None, None));
    let reserved = file("{env: {HOME: '/x'}, ui: {a: '${HOME}'}}").unwrap();
    assert!(Config::from_layers([reserved], &Env::empty()).is_err());
}

#[test]
fn every_value_knows_its_origin_through_layers_and_substitution() {
    let layers = [
        ConfigLayer::defaults(),
        file("{\n  ui: { a: '${X}', b: 1 },\n  agents: { list: [ { id: 'm' } ] },\n}").unwrap(),
        ConfigLayer::parse(ConfigSource::Environment("OPENCLAW_CONFIG_OVERRIDES"), "{ui:{b:2}}").unwrap(),
        ConfigLayer::set(&path("agents.list[0].name"), "Ada").unwrap(),
    ];
    let config = Config::from_layers(layers, &Env::empty().with("X", "x")).unwrap();
    let origin = |text: &str| config.origin(&path(text)).map(|origin| origin.to_string());
    assert_eq!(origin("ui.a").as_deref(), Some("openclaw.json:2:12"));
    assert_eq!(origin("ui.b").as_deref(), Some("OPENCLAW_CONFIG_OVERRIDES:1:8"));
    assert_eq!(origin("agents.list[0].id").as_deref(), Some("openclaw.json:3:27"));
    assert_eq!(origin("agents.list[0].name").as_deref(), Some("override"));
    assert_eq!(origin("agents.defaults.model.primary").as_deref(), Some("default"));
    assert_eq!(origin("agents.defaults.nothing"), None);
    assert_eq!(config.origin(&path("ui.b")).unwrap().source(), &ConfigSource::Environment("OPENCLAW_CONFIG_OVERRIDES"));
    assert_eq!(config.settings().agents.defaults.model.primary.as_deref(), Some("anthropic/claude-opus-4-5"));
}

#[test]
fn secrets_show_nowhere() {
    let places = [
        "{env: {X: '@'}}",
        "{env: {vars: {X: '@'}}}",
        "{models: {providers: {p: {apiKey: '@', headers: {A: '@'}}}}}",
        "{models: {providers: {p: {apiKey: '${X}'}}}}",
        "{secrets: {any: ['@', {x: '@'}]}}",
        "{channels: {t: {botToken: '@', accounts: [{token: '@'}]}}}",
        "{gateway: {auth: {password: '@'}, remote: {url: 'wss://me:@\\x40h'}}}",
        "{ui: {note: 'sk-ant-api03-@'}}",
        "{ui: {note: 'a\\u0020${X}'}}",
    ];
    let env = Env::empty().with("X", &format!("sk-ant-{CANARY}"));
    for text in places {
        let layer = file(&text.replace('@', CANARY)).unwrap();
        assert!(!format!("{layer:?}").contains(CANARY), "{text}");
        let config = Config::from_layers([layer], &env).unwrap();
        let shown = format!("{config:?} {:#?} {:?} {}", config.settings(), config.root(), config.root().to_value());
        assert!(!shown.contains(CANARY), "{text}: {shown}");
        assert!(shown.contains("***"), "{text}");
        assert!(config.root().to_json(true).contains(CANARY), "{text}");
    }
    let set = ConfigLayer::set(&path("models.providers.p.apiKey"), CANARY).unwrap();
    assert!(!format!("{set:?}").contains(CANARY));
}

#[test]
fn numbers_and_keys_that_are_secrets_show_nowhere() {
    let text = "{gateway: {auth: {token: 123456789012, pin: 5}}, ui: {'sk-ant-api03-abc': 1, 'https://u:pw@h': {x: 1}},
        mcp: {args: ['--token', 'hunter22']}, models: {providers: {p: {maxTokens: 8192}}}}";
    let config = Config::from_layers([file(text).unwrap()], &Env::empty()).unwrap();
    let shown = format!("{config:?} {} {}", *config.root().to_json(false), config.root().to_value());
    for secret in ["123456789012", "abc", "u:pw", "hunter22"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(shown.contains("8192") && shown.contains("\"--token\""), "{shown}");
    let token = config.get(&path("gateway.auth.token")).unwrap();
    assert_eq!((token.kind(), token.as_f64(), &*token.to_json(true)), ("number", None, &"123456789012".to_owned()));
    assert_eq!(token.deserialize::<u64>().unwrap(), 123_456_789_012);
    assert_eq!(config.get(&path("gateway.auth.pin")).unwrap().as_f64(), Some(5.0));
    // What is wrong below such a key, and with a number that is no text, is told without either.
    let wrong = file("{env: {vars: {PIN: 87654321}}, auth: {order: {'https://u:pw@h': 5}}}").unwrap();
    let error = Config::from_layers([wrong], &Env::empty()).unwrap_err().to_string();
    assert!(error.contains("***") && !error.contains("pw@") && !error.contains("87654321"), "{error}");
}

#[test]
fn secrets_show_in_no_error() {
    for text in [
        "{models: {providers: {p: {apiKey: ['@']}}}}",
        "{models: {providers: {p: {apiKey: '@', bogus: '@', auth: '@', baseUrl: ['@']}}}}",
        "{models: {providers: {anthropic: {baseUrl: 'http://@'}}}}",
        "{auth: {profiles: {p: {provider: 'x', mode: '@'}}, order: {x: '@'}, cooldowns: {billingMaxHours: '@'}}}",
        "{auth: {'sk-ant-@': '@'}}",
        "{env: {X: ['@']}}",
        "{agents: {defaults: {models: {'a/b': {params: {cacheControlTtl: '@'}}}}}}",
        "{ui: {a: '@ ${NOPE} @'}}",
        "{a: '@",
        "{a: '@' '@'}",
        "{a: @}",
        "'@'",
        "{$include: '@'}",
    ] {
        let text = text.replace('@', CANARY);
        let error = file(&text).and_then(|layer| Config::from_layers([layer], &Env::empty())).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(CANARY), "{shown}");
    }
}

#[test]
fn bombs_do_nothing() {
    for unit in ["[", "{a:", "{a:[", "{$include:[", "[[],"] {
        let error = file(&format!("{{a: {}", unit.repeat(100_000))).unwrap_err().to_string();
        assert!(error.contains("nested deeper than 100 levels"), "{error}");
    }
    let large = format!("{{a: '{}'}}", "x".repeat(2 * 1024 * 1024));
    assert!(file(&large).unwrap_err().to_string().contains("larger than"));
    // Many keys on one line, many of them twice: everything stays linear.
    let keys: String = (0..60_000).map(|n| format!("k{}:{n},", n % 40_000)).collect();
    let config = config(&format!("{{ui: {{{keys}}}}}"));
    assert_eq!(config.warnings().len(), 20_000);
    // Unknown keys, many of them or a long one, are compared with the known ones in no time.
    let unknown: String = (0..60_000).map(|n| format!("gatewoy{n}:{n},")).collect();
    assert_eq!(self::config(&format!("{{{unknown}}}")).warnings().len(), 60_000);
    let long = "gateway".repeat(150_000);
    assert_eq!(self::config(&format!("{{{long}: 1}}")).warnings().len(), 1);
    let deep = format!("{}1{}", "{a:".repeat(100), "}".repeat(100));
    assert!(file(&deep).is_ok());
}

#[test]
fn numbers_are_not_corrupted() {
    let config = config("{ui: {a: 18446744073709551615, b: -9223372036854775808, c: 0x10, d: 1.5}}");
    let json = config.get(&path("ui")).unwrap().to_json(false);
    let expected = "{\n  \"a\": 18446744073709551615,\n  \"b\": -9223372036854775808,\n  \"c\": 16,\n  \"d\": 1.5\n}";
    assert_eq!(json.as_str(), expected);
}

#[test]
fn paths_reach_everything() {
    let config = config("\u{feff}{agents: {defaults: {models: {'a/b.c': {alias: 'x'}}}, list: [{id: 'm'}]}}");
    for text in ["agents.defaults.models[\"a/b.c\"].alias", "agents.list[0].id", "agents.list.0.id"] {
        assert!(config.get(&path(text)).and_then(|value| value.as_str()).is_some(), "{text}");
    }
    for text in ["agents.list[1]", "agents.list.x", "agents.list[0].id.x", "nothing"] {
        assert!(config.get(&path(text)).is_none(), "{text}");
    }
    assert_eq!(Config::empty().root().to_json(false).as_str(), "{}");
}

#[test]
fn recorded_configurations_are_accepted() {
    for text in [
        include_str!("data/golden/input.openclaw.json5"),
        include_str!("data/golden/onboard_key.openclaw.json"),
        include_str!("data/golden/onboard_key2.openclaw.json"),
        include_str!("data/golden/onboard_token.openclaw.json"),
        include_str!("data/golden/after_config_set.openclaw.json"),
    ] {
        let config = config(text);
        assert!(config.warnings().is_empty(), "{:?}", config.warnings());
        assert!(!format!("{config:?}").contains("super-secret"));
    }
    let input = config(include_str!("data/golden/input.openclaw.json5"));
    let (_, provider) = input.settings().models.providers.first().unwrap();
    assert_eq!(provider.base_url.as_deref(), Some("https://example.invalid"));
    assert_eq!(provider.api_key.as_ref().and_then(SecretInput::unset_variable), Some("CUSTOM1_KEY"));
}

/// Whatever stands in the sections we own: an answer, no panic, and no value in it.
fn anything() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null"),
        Just("true"),
        Just("-1"),
        Just("1e400"),
        Just("0xFFFFFFFFFFFFFFFFFF"),
        Just("'CANARY-5f2c'"),
        Just("'${X}'"),
        Just("'a/CANARY-5f2c'"),
    ];
    let keys = prop::sample::select(vec![
        "env",
        "vars",
        "auth",
        "profiles",
        "order",
        "agents",
        "list",
        "defaults",
        "model",
        "models",
        "providers",
        "anthropic",
        "baseUrl",
        "apiKey",
        "headers",
        "params",
        "id",
        "mode",
        "provider",
        "source",
        "secrets",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(6, 40, 5, move |inner| {
        let members = prop::collection::vec((keys.clone(), inner.clone()), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            members.prop_map(|members| {
                let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}:{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_configuration_has_an_answer_without_values(auth in anything(), agents in anything(), models in anything(), env in anything()) {
        let text = format!("{{auth: {auth}, agents: {agents}, models: {models}, env: {env}}}");
        let shown = match Config::from_layers([file(&text).unwrap()], &Env::empty()) {
            Ok(config) => format!("{:?}", config.warnings()),
            Err(error) => {
                prop_assert!(!error.problems().is_empty());
                // What passes the checks can be read.
                let unreadable = |problem: &Problem| matches!(problem.kind, ProblemKind::Unreadable { .. });
                prop_assert!(!error.problems().iter().any(unreadable), "{}", error);
                format!("{error} {error:?}")
            }
        };
        prop_assert!(!shown.contains(CANARY), "{}", shown);
    }
}
