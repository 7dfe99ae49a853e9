use std::sync::LazyLock;

use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::*;
use crate::messages::{Message, Role};
use crate::model::CacheTtl;

const KINDS: [CredentialKind; 3] = [CredentialKind::ApiKey, CredentialKind::Token, CredentialKind::OAuth];
static ANTHROPIC: LazyLock<ProviderId> = LazyLock::new(ProviderId::anthropic);
const EXTENDED: &str = "extended-cache-ttl-2025-04-11";
const OAUTH: &str = "oauth-2025-04-20";

fn header(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())
}

fn rendered<'a>(
    request: &MessageRequest,
    kind: CredentialKind,
    change: impl FnOnce(&mut RenderOptions<'a>),
) -> Rendered {
    let mut options = RenderOptions::new(&ANTHROPIC, "claude-opus-4-5", kind);
    change(&mut options);
    render(request, &options).unwrap()
}

fn body(request: &MessageRequest, kind: CredentialKind, cache: PromptCache) -> String {
    String::from_utf8(rendered(request, kind, |options| options.cache = cache).body.to_vec()).unwrap()
}

/// The `anthropic-beta` header for the provider's configured lists and the caller's flags.
fn betas(provider: &str, kind: CredentialKind, configured: &[&str], caller: &[&str]) -> Option<String> {
    let provider = ProviderId::new(provider);
    let headers: Vec<_> = configured.iter().map(|list| header("Anthropic-Beta", list)).collect();
    let caller: Vec<_> = caller.iter().map(|flag| (*flag).to_owned()).collect();
    let mut options = RenderOptions::new(&provider, "m", kind);
    (options.headers, options.betas) = (&headers, &caller);
    let rendered = render(&MessageRequest::user("x"), &options).unwrap();
    assert!(rendered.headers.get_all("anthropic-beta").iter().count() <= 1);
    rendered.headers.get("anthropic-beta").map(|value| value.to_str().unwrap().to_owned())
}

#[test]
fn exact_headers_and_body_for_every_kind_stream_and_cache() {
    let request = MessageRequest::user("Hi")
        .system("Be brief.")
        .max_tokens(9)
        .temperature(0.5)
        .stop_sequence("END")
        .field("tools", json!([{"name": "a", "input_schema": {}}, {"name": "b", "input_schema": {}}]))
        .field("metadata", json!({"user_id": "u"}));
    let caches = [
        PromptCache::Off,
        PromptCache::On,
        PromptCache::Ttl(CacheTtl::FiveMinutes),
        PromptCache::Ttl(CacheTtl::OneHour),
    ];
    for kind in KINDS {
        for stream in [false, true] {
            for cache in caches {
                let api_key = kind == CredentialKind::ApiKey;
                let mark = match cache {
                    PromptCache::Off => "",
                    PromptCache::Ttl(CacheTtl::FiveMinutes) if api_key => {
                        r#","cache_control":{"type":"ephemeral","ttl":"5m"}"#
                    }
                    PromptCache::Ttl(CacheTtl::OneHour) if api_key => {
                        r#","cache_control":{"type":"ephemeral","ttl":"1h"}"#
                    }
                    _ => r#","cache_control":{"type":"ephemeral"}"#,
                };
                let text = |text: &str| match cache {
                    PromptCache::Off => format!("\"{text}\""),
                    _ => format!(r#"[{{"type":"text","text":"{text}"{mark}}}]"#),
                };
                let expected = [
                    r#"{"model":"claude-opus-4-5","max_tokens":9,"system":"#,
                    &text("Be brief."),
                    r#","messages":[{"role":"user","content":"#,
                    &text("Hi"),
                    r#"}],"temperature":0.5,"stop_sequences":["END"],"stream":"#,
                    if stream { "true" } else { "false" },
                    r#","metadata":{"user_id":"u"},"tools":[{"input_schema":{},"name":"a"},{"input_schema":{},"name":"b""#,
                    mark,
                    "}]}",
                ]
                .concat();
                let got = rendered(&request, kind, |options| (options.cache, options.stream) = (cache, stream));
                assert_eq!(String::from_utf8_lossy(&got.body), expected, "{kind} {stream} {cache:?}");

                let mut headers: Vec<_> =
                    got.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
                headers.sort_unstable();
                let accept = if stream { "text/event-stream" } else { "application/json" };
                assert_eq!(
                    headers,
                    [
                        ("accept", accept),
                        ("anthropic-beta", if api_key { EXTENDED } else { OAUTH }),
                        ("anthropic-version", "2023-06-01"),
                        ("content-type", "application/json"),
                        ("user-agent", concat!("openclaw-core/", env!("CARGO_PKG_VERSION"))),
                    ]
                );
            }
        }
    }
}

#[test]
fn the_smallest_body_takes_the_attempts_defaults() {
    let request = MessageRequest::user("Hi");
    assert_eq!(
        body(&request, CredentialKind::ApiKey, PromptCache::Off),
        r#"{"model":"claude-opus-4-5","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}],"stream":false}"#
    );
    let defaults = |options: &mut RenderOptions<'_>| (options.default_max_tokens, options.temperature) = (7, Some(1.0));
    let got = rendered(&request, CredentialKind::ApiKey, defaults);
    assert_eq!(
        String::from_utf8_lossy(&got.body),
        r#"{"model":"claude-opus-4-5","max_tokens":7,"messages":[{"role":"user","content":"Hi"}],"temperature":1.0,"stream":false}"#
    );
    let got = rendered(&request.max_tokens(3).temperature(0.0), CredentialKind::ApiKey, defaults);
    assert!(String::from_utf8_lossy(&got.body).contains(r#""max_tokens":3,"#));
    assert!(String::from_utf8_lossy(&got.body).contains(r#""temperature":0.0,"#));
}

/// Provider, kind, configured lists, the caller's flags, and the header that is sent.
type BetaCase = (&'static str, CredentialKind, &'static [&'static str], &'static [&'static str], Option<&'static str>);

#[test]
fn betas_are_a_merged_set() {
    use CredentialKind::{ApiKey, OAuth, Token};
    let cases: [BetaCase; 18] = [
        // A custom header adds and does not replace.
        ("anthropic", ApiKey, &["a-1, b-2"], &["c-3"], Some("extended-cache-ttl-2025-04-11,a-1,b-2,c-3")),
        ("anthropic", Token, &["a-1,b-2"], &["c-3"], Some("oauth-2025-04-20,a-1,b-2,c-3")),
        ("anthropic", OAuth, &["a-1"], &[], Some("oauth-2025-04-20,a-1")),
        ("anthropic", ApiKey, &["a-1", "b-2"], &["B-2, A-1", "c-3"], Some("extended-cache-ttl-2025-04-11,a-1,b-2,c-3")),
        ("anthropic", ApiKey, &["EXTENDED-cache-ttl-2025-04-11"], &[], Some(EXTENDED)),
        ("anthropic", ApiKey, &[" , ,"], &["", "a-1"], Some("extended-cache-ttl-2025-04-11,a-1")),
        // Only an explicit removal takes a flag out, and a later source may put it back.
        ("anthropic", ApiKey, &["-Extended-Cache-TTL-2025-04-11"], &[], None),
        ("anthropic", ApiKey, &["a-1,-a-1,b-2"], &["-b-2"], Some(EXTENDED)),
        ("anthropic", ApiKey, &["-a-1"], &["a-1"], Some("extended-cache-ttl-2025-04-11,a-1")),
        ("anthropic", ApiKey, &["- extended-cache-ttl-2025-04-11"], &[EXTENDED], Some(EXTENDED)),
        // A Bearer request keeps its flag and never gets the one for long caching.
        ("anthropic", Token, &["-oauth-2025-04-20"], &["-OAuth-2025-04-20"], Some(OAUTH)),
        ("anthropic", Token, &[EXTENDED], &["Extended-Cache-TTL-2025-04-11"], Some(OAUTH)),
        ("anthropic", OAuth, &["a-1,extended-cache-ttl-2026-01-01"], &[EXTENDED], Some("oauth-2025-04-20,a-1")),
        ("anthropic", Token, &["OAUTH-2025-04-20"], &[], Some(OAUTH)),
        // Another provider.
        ("gateway", ApiKey, &[], &[], None),
        ("gateway", ApiKey, &[EXTENDED], &[], Some(EXTENDED)),
        ("gateway", Token, &[EXTENDED], &[], Some(OAUTH)),
        ("gateway", ApiKey, &["a-1"], &["-a-1"], None),
    ];
    for (provider, kind, configured, caller, expected) in cases {
        let got = betas(provider, kind, configured, caller);
        assert_eq!(got.as_deref(), expected, "{provider} {kind} {configured:?} {caller:?}");
    }
}

#[test]
fn configured_headers_win_but_carry_no_credential() {
    let own = ["x-api-key", "Authorization", "proxy-authorization", "cookie", "host", "content-length", "connection"];
    let own = own.into_iter().chain(["transfer-encoding", "content-type", "accept", "accept-encoding", "te"]);
    let mut headers: Vec<_> = own.map(|name| header(name, "CANARY")).collect();
    headers.extend([header("X-Tenant", "CANARY-7"), header("user-agent", "acme/1"), header("anthropic-version", "v2")]);
    for kind in KINDS {
        let got = rendered(&MessageRequest::user("x"), kind, |options| {
            options.headers = &headers;
            assert!(!format!("{options:?}").contains("CANARY"));
        });
        assert!(!format!("{got:?}").contains("CANARY"), "{got:?}");
        let names: Vec<_> = got.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names.len(), 6, "{names:?}");
        assert_eq!(got.headers["x-tenant"], "CANARY-7");
        assert_eq!(got.headers["user-agent"], USER_AGENT, "who we are is not configurable");
        assert_eq!(got.headers["anthropic-version"], "v2");
        assert_eq!(got.headers["content-type"], "application/json");
        assert_eq!(got.headers["accept"], "application/json");
    }
}

#[test]
fn the_program_puts_its_name_before_ours() {
    let got = rendered(&MessageRequest::user("x"), CredentialKind::ApiKey, |options| options.user_agent = " acme/1 ");
    assert_eq!(got.headers["user-agent"], format!("acme/1 {USER_AGENT}"));
}

#[test]
fn breakpoints_go_where_the_api_takes_them() {
    let mark = json!({"type": "ephemeral"});
    let text = |text: &str| json!({"type": "text", "text": text});
    let thinking = json!({"type": "thinking", "thinking": "hm", "signature": "s"});
    let request = MessageRequest::user("first")
        .message(Role::Assistant, "x")
        .message(Role::User, vec![json!({"type": "tool_result", "tool_use_id": "t"}), thinking, text(" \n"), json!({})])
        .message(Role::Assistant, "prefill")
        .system(vec![text("a"), text("b"), text("")])
        .field("tools", json!([{"name": "a", "cache_control": null}, {"name": "b", "defer_loading": true}]));
    let got: Value = serde_json::from_str(&body(&request, CredentialKind::ApiKey, PromptCache::On)).unwrap();
    assert_eq!(got["system"][1]["cache_control"], mark);
    assert_eq!(got["tools"][0]["cache_control"], mark);
    assert_eq!(got["messages"][2]["content"][0]["cache_control"], mark);
    let written = body(&request, CredentialKind::ApiKey, PromptCache::On);
    assert_eq!(written.matches("cache_control").count(), 3, "one each, and no key twice: {written}");

    let blank = MessageRequest::user(" ").system("").field("tools", json!([]));
    assert!(!body(&blank, CredentialKind::ApiKey, PromptCache::On).contains("cache_control"));
    assert!(!body(&MessageRequest::new(), CredentialKind::ApiKey, PromptCache::On).contains("cache_control"));
}

#[test]
fn one_breakpoint_of_the_callers_is_enough_for_none_of_ours() {
    let own = json!({"type": "ephemeral"});
    let marked = json!({"type": "text", "text": "a", "cache_control": own});
    let nested = json!({"type": "tool_result", "tool_use_id": "t", "content": [marked]});
    for request in [
        MessageRequest::user("x").system(vec![marked.clone()]),
        MessageRequest::user(vec![marked]).message(Role::User, "x"),
        MessageRequest::user(vec![nested]),
        MessageRequest::user("x").field("tools", json!([{"name": "a", "cache_control": own}, {"name": "b"}])),
        MessageRequest::user("x").field("cache_control", own.clone()),
    ] {
        for kind in KINDS {
            let written = body(&request, kind, PromptCache::Ttl(CacheTtl::OneHour));
            assert_eq!(written.matches("cache_control").count(), 1, "{written}");
            assert!(!written.contains("ttl"), "{written}");
        }
    }
    // What a tool calls by that name is not a breakpoint.
    let data = json!([{"type": "tool_use", "id": "t", "name": "n", "input": {"cache_control": own}}]);
    let request = MessageRequest::user("x").message(Role::Assistant, data.as_array().unwrap().clone());
    assert_eq!(body(&request, CredentialKind::ApiKey, PromptCache::On).matches("cache_control").count(), 2);
}

#[test]
fn a_bearer_request_has_no_ttl_wherever_it_came_from() {
    let own = json!({"ttl": "1h", "type": "ephemeral", "x": {"ttl": 1}});
    let block = json!({"type": "text", "text": "a", "cache_control": own});
    let nested = json!({"type": "tool_result", "tool_use_id": "t", "content": [block], "cache_control": own});
    let request = MessageRequest::user(vec![nested, block.clone()])
        .message(Role::Assistant, vec![block.clone()])
        .system(vec![block])
        .field("tools", json!([{"name": "a", "cache_control": own}]))
        .field("cache_control", own.clone())
        .field("later", json!({"deep": [[{"cache_control": own}]]}));
    for cache in [PromptCache::Off, PromptCache::On, PromptCache::Ttl(CacheTtl::OneHour)] {
        for kind in KINDS {
            let written = body(&request, kind, cache);
            assert_eq!(written.matches("cache_control").count(), 8, "{written}");
            let lives = written.matches(r#""ttl":"1h""#).count();
            assert_eq!(lives, if kind == CredentialKind::ApiKey { 8 } else { 0 }, "{written}");
        }
    }
    // An API key's body is the caller's own, and so is what only looks like a breakpoint.
    let data = json!({"cache_control": {"type": "ephemeral", "ttl": "1h"}});
    let request = MessageRequest::user(vec![json!({"type": "tool_use", "id": "t", "name": "n", "input": data})])
        .field("tools", json!([{"name": "a", "input_schema": {"properties": data}, "ttl": 1}]));
    let got: Value = serde_json::from_str(&body(&request, CredentialKind::Token, PromptCache::Off)).unwrap();
    assert_eq!(got["messages"][0]["content"][0]["input"], data);
    assert_eq!(got["tools"][0], json!({"name": "a", "input_schema": {"properties": data}, "ttl": 1}));
}

#[test]
fn hostile_requests_are_refused_without_being_quoted() {
    let options = RenderOptions::new(&ANTHROPIC, "m", CredentialKind::Token);
    for field in ["model", "max_tokens", "system", "messages", "temperature", "stop_sequences", "stream"] {
        let error = render(&MessageRequest::user("x").field(field, 1), &options).unwrap_err();
        assert_eq!(error, RenderError::ReservedField(field));
    }
    for value in [f64::NAN, f64::INFINITY] {
        assert_eq!(render(&MessageRequest::user("x").temperature(value), &options), Err(RenderError::Temperature));
        let options = RenderOptions { temperature: Some(value), ..options };
        assert_eq!(render(&MessageRequest::user("x"), &options), Err(RenderError::Temperature));
    }
    for flag in ["a\r\nx-api-key: CANARY", "a b", "é", "a\0", "-"] {
        let error = render(&MessageRequest::user("x"), &RenderOptions { betas: &[flag.to_owned()], ..options });
        assert_eq!(error, Err(RenderError::Beta), "{flag:?}");
    }
    let latin = [("anthropic-beta".parse().unwrap(), HeaderValue::from_bytes(b"\xe9").unwrap())];
    assert_eq!(
        render(&MessageRequest::user("x"), &RenderOptions { headers: &latin, ..options }),
        Err(RenderError::Beta)
    );
    for name in ["a\r\nb", "é", "a\tb"] {
        let error = render(&MessageRequest::user("x"), &RenderOptions { user_agent: name, ..options });
        assert_eq!(error, Err(RenderError::UserAgent), "{name:?}");
    }
    let many: Vec<_> = (0..40_000).map(|n| header(&format!("x-{n}"), "1")).collect();
    let error = render(&MessageRequest::user("x"), &RenderOptions { headers: &many, ..options });
    assert_eq!(error, Err(RenderError::TooManyHeaders));
}

#[test]
fn an_answer_can_be_sent_back() {
    let answer = Message::from_json(
        br#"{"content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"tool_use","id":"t","name":"n","input":{}}]}"#,
    )
    .unwrap();
    let request = MessageRequest::user("x").message(Role::Assistant, &answer);
    assert!(body(&request, CredentialKind::ApiKey, PromptCache::Off).contains(
        r#"{"role":"assistant","content":[{"signature":"s","thinking":"hm","type":"thinking"},{"id":"t","input":{},"name":"n","type":"tool_use"}]}"#
    ));
}
