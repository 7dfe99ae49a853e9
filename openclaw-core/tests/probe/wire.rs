//! What goes out, and what never comes back.

use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{Env, Expiry, ModelRef, ProviderId};
use serde_json::json;

use crate::support::{A, Setup, id, key, patient, probe, profiles, setup_token, token};

#[tokio::test]
async fn a_probe_carries_the_headers_of_a_message_and_one_credential() {
    let server = ScriptedServer::start().unwrap();
    let token = token();
    server.on(A, [Reply::text("OK")]);
    server.on(&token, [Reply::text("OK")]);
    let stored = [
        ("anthropic:key", key(A)),
        ("anthropic:token", setup_token(&token, Expiry::Never)),
        // Whatever it is stored as.
        ("anthropic:wrong", key(&token)),
    ];
    let mut setup = Setup::new(&server.url(), profiles(stored));
    setup.config = "{models: {providers: {anthropic: {headers: {'x-team': 'blue', 'anthropic-beta': 'my-beta',
        'x-api-key': 'never', authorization: 'never'}}}}}"
        .to_owned();
    let client = setup.client(|builder| builder);
    for request in [patient().concurrency(1), patient().concurrency(1).message(None)] {
        server.forget();
        let report = probe(&client, &request).await;
        assert!(report.results.iter().all(|result| result.status.as_str() == "ok"), "{report:?}");
        let asked = server.requests();
        assert_eq!(asked.len(), 3);
        for (at, sent) in asked.iter().enumerate() {
            let bearer = format!("Bearer {token}");
            let (key, authorization, betas) = match at {
                0 => (Some(A), None, "extended-cache-ttl-2025-04-11,my-beta"),
                _ => (None, Some(bearer.as_str()), "oauth-2025-04-20,my-beta"),
            };
            assert_eq!((sent.header("x-api-key"), sent.header("authorization")), (key, authorization));
            assert_eq!(sent.header("anthropic-beta"), Some(betas));
            assert_eq!(sent.header("anthropic-version"), Some("2023-06-01"));
            assert_eq!(sent.header("x-team"), Some("blue"));
            assert!(sent.header("user-agent").unwrap().starts_with("openclaw-core/"));
        }
        let modes: Vec<_> = report.results.iter().map(|result| result.mode.unwrap().as_str()).collect();
        assert_eq!(modes, ["api_key", "token", "token"]);
    }
}

#[tokio::test]
async fn the_free_probe_is_a_get_without_body_and_the_other_a_tiny_message() {
    let server = ScriptedServer::start().unwrap();
    server.on(A, [Reply::text("OK")]);
    let setup = || {
        let mut setup = Setup::new(&server.url(), profiles([("anthropic:a", key(A))]));
        setup.config = "{agents: {defaults: {model: 'openai/gpt-5.2', models: {'anthropic/claude-haiku-4-5': {
            params: {cacheControlTtl: '1h', temperature: 1}}}}}}"
            .to_owned();
        setup.client(|builder| builder)
    };
    probe(&setup(), &patient()).await;
    let asked = server.requests();
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("GET", "/v1/models"));
    assert_eq!((asked[0].header("content-type"), asked[0].body.len()), (None, 0));
    server.forget();
    let report = probe(&setup(), &patient().message(None).max_tokens(3)).await;
    let body = server.requests()[0].json();
    assert_eq!((&body["model"], &body["max_tokens"]), (&json!("claude-haiku-4-5"), &json!(3)));
    assert!(!body.to_string().contains("cache_control"), "{body}");
    assert_eq!(report.results[0].model.as_ref().unwrap().to_string(), "anthropic/claude-haiku-4-5");
    server.forget();
    probe(&setup(), &patient().message(Some(ModelRef::parse("claude-opus-4-5").unwrap()))).await;
    assert_eq!(server.requests()[0].json()["model"], "claude-opus-4-5");
}

#[tokio::test]
async fn a_server_that_quotes_the_credential_does_not_give_it_away() {
    let secret = "gateway/CANARY+secret-1";
    for reply in [
        Reply::error(401, "authentication_error", &format!("bad key {secret}")).header("request-id", secret),
        Reply::error(403, secret, secret),
        Reply::raw(200, "application/json", format!("{{\"{secret}\":1}}")),
        Reply::text("OK").header("request-id", secret),
        Reply::text("un deux").error_event_after(4, secret, secret),
    ] {
        let server = ScriptedServer::start().unwrap();
        server.on(secret, [reply]);
        let mut setup = Setup::new(&server.url(), profiles([("gate:a", key(secret))]));
        setup.env = Env::empty().with("GATE", secret);
        setup.config = format!(
            "{{models: {{providers: {{gate: {{api: 'anthropic-messages', baseUrl: '{}', headers: {{'x-k': '${{GATE}}'}}}}}}}},
              agents: {{defaults: {{model: 'gate/m'}}}}}}",
            server.url()
        );
        let client = setup.client(|builder| builder);
        for request in [patient(), patient().message(None).provider(ProviderId::new("gate")).profile(id("gate:a"))] {
            let report = probe(&client, &request).await;
            assert!(report.results[0].was_sent(), "{report:?}");
            let shown = format!("{report:?} {}", serde_json::to_string(&report).unwrap());
            assert!(!shown.contains("CANARY"), "{shown}");
        }
    }
}
