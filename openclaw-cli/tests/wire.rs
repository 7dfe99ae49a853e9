//! What goes over the wire and where it goes: both kinds of credential, byte by byte.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use common::{KEY, OTHER_KEY, TOKEN, World, asked, server};
use openclaw_core::testing::Reply;
use serde_json::json;

#[test]
fn json_is_one_object_with_who_answered() {
    let (world, server) = (World::with_key(), server());
    server.on(KEY, [Reply::text("Bonjour monde")]);
    let output = world.at(&server, &["ask", "--json", "x"]).ok();
    assert_eq!(
        output.json(),
        json!({
            "text": "Bonjour monde",
            "model": "anthropic/claude-opus-4-5",
            "profileId": "anthropic:default",
            "requestId": "req_000000000000000000000001",
            "stopReason": "end_turn",
            "usage": {
                "inputTokens": 12, "outputTokens": 2,
                "cacheCreationInputTokens": 3, "cacheReadInputTokens": 5,
            },
        })
    );
    assert_eq!(output.stderr, "");
    assert!(output.stdout.starts_with("{\n  \"text\": "), "the answer comes first: {output:?}");
}

#[test]
fn system_limit_model_and_stream_are_what_was_asked_for() {
    let (world, server) = (World::with_key_and_token(), server());
    server.on(TOKEN, [Reply::text("Oui")]);
    server.on(KEY, [Reply::text("Oui")]);
    let args = ["ask", "x", "--system", "Sois bref.", "--max-tokens", "99", "--no-stream"];
    let output = world.at(&server, &args).ok();
    assert_eq!(output.stdout, "Oui\n");
    let body = server.requests().pop().unwrap().json();
    assert_eq!(body["system"][0]["text"], "Sois bref.");
    assert_eq!(body["max_tokens"], 99);
    assert!(body.get("stream").is_none_or(|stream| stream == false), "{body}");
    server.forget();
    // A profile put first serves, though the token would.
    let output = world.at(&server, &["ask", "x", "--model", "claude-sonnet-4-5@anthropic:default"]).ok();
    assert!(output.stderr.starts_with("anthropic:default · anthropic/claude-sonnet-4-5 · "), "{output:?}");
    assert_eq!(asked(&server), [KEY]);
    assert_eq!(server.requests()[0].json()["model"], "claude-sonnet-4-5");
    // A person who types a shorthand means the model, also where no configuration lists it.
    server.forget();
    world.at(&server, &["ask", "x", "--model", "Opus@anthropic:default"]).ok();
    assert_eq!(server.requests()[0].json()["model"], "claude-opus-4-5");
}

#[test]
fn a_base_url_in_the_configuration_comes_before_the_environments() {
    let (world, configured, other) = (World::with_key(), server(), server());
    configured.on(KEY, [Reply::text("configuré")]);
    other.on(KEY, [Reply::text("environnement")]);
    let url = configured.url();
    for base in [format!("{url}/"), format!("{url}/v1"), format!("{url}/v1/")] {
        world.write_config(&format!("{{ models: {{ providers: {{ anthropic: {{ baseUrl: \"{base}\" }} }} }} }}"));
        assert_eq!(world.at(&other, &["ask", "x"]).ok().stdout, "configuré\n");
        assert_eq!(configured.requests().pop().unwrap().path, "/v1/messages");
    }
    // An override of one run comes before both.
    let set = format!("models.providers.anthropic.baseUrl={}", other.url());
    assert_eq!(world.run(&["ask", "x", "--set", &set]).ok().stdout, "environnement\n");
}

#[test]
fn the_pages_snippet_works_and_stores_nothing() {
    let (world, server) = (World::new(), server());
    server.on(KEY, [Reply::text("Bonjour")]);
    let snippet = format!(
        "{{\n  env: {{ ANTHROPIC_API_KEY: \"{KEY}\" }},\n  agents: {{ defaults: {{ model: {{ primary: \
         \"anthropic/claude-opus-4-5\" }} }} }}\n}}\n"
    );
    world.write_config(&snippet);
    let before = world.everything();
    let output = world.at(&server, &["ask", "x"]).ok();
    assert_eq!(output.stdout, "Bonjour\n");
    assert!(output.stderr.contains("env:ANTHROPIC_API_KEY · anthropic/claude-opus-4-5"), "{output:?}");
    assert_eq!(server.requests()[0].header("x-api-key"), Some(KEY));
    assert_eq!(world.everything(), before, "nothing is stored");
    // A stored profile comes before it.
    world.run(&["onboard", "--anthropic-api-key", "-"]).stdin(OTHER_KEY).ok();
    server.on(OTHER_KEY, [Reply::text("stocké")]);
    assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "stocké\n");
}

#[test]
fn a_token_in_a_variable_for_keys_goes_out_as_a_token() {
    let (world, server) = (World::new(), server());
    server.on(TOKEN, [Reply::text("Bonjour")]);
    for variable in ["ANTHROPIC_API_KEY", "ANTHROPIC_OAUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"] {
        server.forget();
        world.at(&server, &["ask", "x"]).env(variable, &format!(" {TOKEN} ")).ok();
        let request = server.requests().pop().unwrap();
        assert_eq!(request.header("x-api-key"), None);
        assert_eq!(request.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    }
    assert!(!world.state().exists(), "nothing is stored");
}

#[test]
fn a_paid_key_in_the_environment_does_not_start_while_a_profile_cools_down() {
    let (world, server) = (World::with_key(), server());
    server.on(KEY, [Reply::rate_limited(Some(60))]);
    server.on(OTHER_KEY, [Reply::text("payant")]);
    for _ in 0..2 {
        world.at(&server, &["ask", "x"]).env("ANTHROPIC_API_KEY", OTHER_KEY).fails(1, &["rate_limit"]);
    }
    assert_eq!(asked(&server), [KEY]);
}

#[test]
fn the_exact_bytes_of_both_kinds() {
    let (world, server) = (World::with_key_and_token(), server());
    server.on(TOKEN, [Reply::text("Oui")]);
    server.on(KEY, [Reply::text("Oui")]);
    let host = server.url().trim_start_matches("http://").to_owned();
    let user_agent = concat!("openclaw-core/", env!("CARGO_PKG_VERSION"));
    let body = |model: &str, stream: &str| {
        format!(
            r#"{{"model":"{model}","max_tokens":4096,"system":[{{"type":"text","text":"S","cache_control":{{"type":"ephemeral"}}}}],"messages":[{{"role":"user","content":[{{"type":"text","text":"Salut","cache_control":{{"type":"ephemeral"}}}}]}}]{stream}}}"#
        )
    };
    let cases = [
        ("anthropic:manual", "authorization", format!("Bearer {TOKEN}"), "oauth-2025-04-20"),
        ("anthropic:default", "x-api-key", KEY.to_owned(), "extended-cache-ttl-2025-04-11"),
    ];
    for (profile, header, credential, beta) in cases {
        for streamed in [true, false] {
            server.forget();
            let model = format!("anthropic/claude-opus-4-5@{profile}");
            let mut args = vec!["ask", "--system", "S", "--model", &model, "Salut"];
            args.extend((!streamed).then_some("--no-stream"));
            world.at(&server, &args).ok();
            let [request] = &server.requests()[..] else { panic!("one request") };
            let stream = if streamed { r#","stream":true"# } else { r#","stream":false"# };
            let body = body("claude-opus-4-5", stream);
            assert_eq!(String::from_utf8_lossy(&request.body), body);
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/messages"));
            let length = body.len().to_string();
            let accept = if streamed { "text/event-stream" } else { "application/json" };
            let mut expected = vec![
                ("accept", accept),
                ("content-type", "application/json"),
                ("anthropic-version", "2023-06-01"),
                ("user-agent", user_agent),
                ("anthropic-beta", beta),
                (header, credential.as_str()),
                ("host", host.as_str()),
                ("content-length", length.as_str()),
            ];
            let mut sent: Vec<_> = request.headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            expected.sort_unstable();
            sent.sort_unstable();
            assert!(sent == expected, "{request:?}");
        }
    }
}
