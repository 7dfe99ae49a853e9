//! Every way in which an answer fails to come, as the command tells it and the store keeps it.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use common::{KEY, OTHER_KEY, TOKEN, World, asked, assert_about, now, server};
use openclaw_core::testing::{Reply, ScriptedServer};
use serde_json::{Value, json};

/// What becomes of one API key that gets this reply; the store's entry for it.
fn one_failure(reply: Reply, words: &[&str], calls: usize) -> (World, ScriptedServer, Value) {
    let (world, server) = (World::with_key(), server());
    server.on(KEY, [reply]);
    world.at(&server, &["ask", "x"]).fails(1, words);
    assert_eq!(server.requests().len(), calls);
    let stats = world.store()["usageStats"]["anthropic:default"].clone();
    (world, server, stats)
}

#[test]
fn an_empty_account_is_disabled_for_hours_however_it_is_told() {
    for reply in [Reply::billing(), Reply::credit_too_low()] {
        let (world, _server, stats) = one_failure(reply, &["billing", "Plans & Billing"], 1);
        assert_eq!(stats["disabledReason"], "billing");
        let length = stats["disabledUntil"].as_i64().unwrap() - stats["lastFailureAt"].as_i64().unwrap();
        assert_eq!(length, 5 * 3_600_000);
        assert_eq!(stats["failureCounts"], json!({"billing": 1}));
        let status = world.run(&["models", "status", "--json"]).ok().json();
        let unusable = &status["auth"]["unusableProfiles"][0];
        assert_eq!((&unusable["kind"], &unusable["reason"]), (&json!("disabled"), &json!("billing")));
        let label = &status["auth"]["providers"][0]["profiles"]["labels"][0];
        assert_eq!(label, "anthropic:default=sk-ant-api03-…MzQ1 [disabled:billing 5h]");
    }
}

#[test]
fn a_broken_reference_starts_no_key_of_the_environment() {
    let broken = [
        r#""keyRef":{}"#,
        r#""keyRef":{"id":"X"}"#,
        r#""keyRef":{"source":"env"}"#,
        r#""keyRef":{"source":"env","id":""}"#,
        r#""keyRef":{"source":5,"id":[]}"#,
        r#""keyRef":{"source":"nowhere","id":"X"}"#,
        r#""keyRef":"${X}""#,
        r#""keyRef":5"#,
        r#""keyRef":[]"#,
        r#""keyRef":true"#,
        r#""keyRef":"""#,
        r#""key":{}"#,
        r#""key":"${X}""#,
    ];
    for member in broken.into_iter().flat_map(|key| [key.to_owned(), format!(r#""key":"{OTHER_KEY}",{key}"#)]) {
        let (world, server) = (World::new(), server());
        let keys = format!(r#"{{"type":"api_key","provider":"anthropic",{member}}}"#);
        let tokens = keys.replace("api_key", "token").replace("keyRef", "tokenRef").replace("\"key\"", "\"token\"");
        for entry in [keys, tokens] {
            world.write_store(format!(r#"{{"version":1,"profiles":{{"anthropic:a":{entry}}}}}"#));
            let words = ["No available auth profile for anthropic", "anthropic:a: unresolved_ref"];
            world.at(&server, &["ask", "x"]).env("ANTHROPIC_API_KEY", KEY).fails(1, &words);
            let explained = world.at(&server, &["models", "auth", "explain"]).env("ANTHROPIC_API_KEY", KEY).ok();
            assert!(explained.stdout.contains("Serves now : nobody"), "{entry}: {}", explained.stdout);
        }
        assert_eq!(asked(&server), Vec::<String>::new(), "{member}");
    }
}

#[test]
fn a_sick_server_is_retried_and_costs_the_profile_nothing() {
    let failures = [
        (Reply::overloaded(), "overloaded"),
        (Reply::api_error(), "server_error"),
        (Reply::text("Bonjour monde").cut_after(2), "timeout"),
        (Reply::reset(), "timeout"),
    ];
    std::thread::scope(|scope| {
        for (reply, reason) in failures {
            scope.spawn(move || {
                let (world, server, stats) = one_failure(reply, &[reason], 3);
                let model = &stats["models"]["claude-opus-4-5"];
                assert_eq!(model["demotedReason"], reason, "{stats}");
                assert_about(&model["demotedUntil"], now() + 30_000);
                assert_eq!(stats.get("cooldownUntil").or(stats.get("disabledUntil")), None);
                assert_eq!(model.get("cooldownUntil"), None);
                // Still usable: with one profile nothing changes.
                let status = world.run(&["models", "status", "--json"]).ok().json();
                assert_eq!(status["auth"]["unusableProfiles"], json!([]));
                server.on(KEY, [Reply::text("Bonjour")]);
                assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "Bonjour\n");
            });
        }
    });
}

#[test]
fn an_address_where_nobody_listens_is_told() {
    let world = World::with_key();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let run = world.run(&["ask", "x"]).env("ANTHROPIC_BASE_URL", &format!("http://127.0.0.1:{port}"));
    run.fails(1, &["timeout", "refused"]);
}

#[test]
fn after_the_first_words_nothing_is_retried() {
    let (world, server) = (World::with_key_and_token(), server());
    server.on(TOKEN, [Reply::text("Bonjour monde entier").cut_after(4)]);
    server.on(KEY, [Reply::text("double")]);
    let output = world.at(&server, &["ask", "x"]).out();
    assert_eq!((output.code, output.stdout.as_str()), (1, "Bonjour \n"), "{output:?}");
    assert!(output.stderr.contains("Error: the answer broke off"), "{output:?}");
    assert_eq!(asked(&server), [TOKEN]);
    // As JSON there is no half answer.
    let error = world.at(&server, &["ask", "x", "--json"]).fails(1, &[]).error();
    assert_eq!(error["kind"], "broken_off");
}

#[test]
fn a_request_at_fault_is_returned_and_blocks_nobody() {
    let (world, server) = (World::with_key_and_token(), server());
    server.on(TOKEN, [Reply::invalid_request("max_tokens: 9999999 is too much")]);
    let before = world.store();
    let output = world.at(&server, &["ask", "x"]).fails(1, &["max_tokens: 9999999 is too much"]);
    assert!(!output.stderr.contains("hint:"), "{output:?}");
    assert_eq!(asked(&server), [TOKEN]);
    assert_eq!(world.store(), before);
}

#[test]
fn a_reader_that_leaves_ends_the_command_quietly() {
    use std::process::{Command, Stdio};
    let (world, server) = (World::with_key(), server());
    let long = "mot ".repeat(50_000);
    server.on(KEY, [Reply::text(&long)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_openclaw"))
        .args(["ask", "x"])
        .env_clear()
        .env("HOME", world.home())
        .env("ANTHROPIC_BASE_URL", server.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 141)), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn what_a_server_says_can_neither_steer_the_terminal_nor_show_the_key() {
    let text = format!("bad \u{1b}[2J\u{9b}31m key {KEY}\u{7}\u{202e}\n\r\n");
    let replies = [
        Reply::error(401, "authentication_error", &text),
        Reply::error(400, "invalid_request_error", &text),
        Reply::error(500, &text, &text),
        Reply::raw(403, "text/html", text.clone()),
        Reply::raw(200, "text/html", text.clone()),
    ];
    std::thread::scope(|scope| {
        for reply in replies {
            scope.spawn(move || {
                let (world, server) = (World::with_key(), server());
                server.on(KEY, [reply]);
                // Every run looks for control characters and for pieces of the key.
                world.at(&server, &["ask", "x"]).fails(1, &[]);
                world.at(&server, &["ask", "x", "--json"]).fails(1, &[]).error();
            });
        }
    });
}

#[test]
fn an_answer_that_leads_elsewhere_is_not_followed() {
    let (world, server, other) = (World::with_key(), server(), server());
    server.on(KEY, [Reply::raw(307, "text/plain", "").header("location", &format!("{}/v1/messages", other.url()))]);
    world.at(&server, &["ask", "x"]).fails(1, &["307"]);
    assert_eq!(other.requests().len(), 0);
}
