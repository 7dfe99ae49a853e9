//! The whole way with the real command: a credential goes in, a message is answered, a failing
//! credential is passed over, and the state tells why.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use common::{KEY, OTHER_KEY, OTHER_TOKEN, TOKEN, World, asked, assert_about, now, server};
use openclaw_core::testing::Reply;
use serde_json::{Value, json};

const SERVED_BY_TOKEN: &str = "anthropic:manual · anthropic/claude-opus-4-5 · 12 tokens in, 2 out\n";

fn stored(world: &World, id: &str) -> Value {
    world.store()["profiles"][id].clone()
}

#[test]
fn a_key_is_taken_from_a_flag_from_stdin_and_from_the_environment() {
    let key = json!({"type": "api_key", "provider": "anthropic", "key": KEY});
    let ways: [(&[&str], &str, &str, &str); 4] = [
        (&["onboard", "--anthropic-api-key", KEY], "", "", "can be seen by others on this machine"),
        (&["onboard", "--anthropic-api-key", "-"], KEY, "", ""),
        (&["onboard", "--non-interactive", "--accept-risk", "--auth-choice", "apiKey"], "", KEY, "ANTHROPIC_API_KEY"),
        (&["models", "auth", "paste-api-key", "--provider", "anthropic"], KEY, "", ""),
    ];
    for (args, stdin, env, note) in ways {
        let world = World::new();
        let run = world.run(args).stdin(format!("{stdin}\r\n"));
        let run = if env.is_empty() { run } else { run.env("ANTHROPIC_API_KEY", env) };
        let output = run.ok();
        assert!(output.stdout.starts_with("Stored API key sk-ant-api03-…MzQ1\n"), "{output:?}");
        assert!(output.stdout.contains("Auth profile: anthropic:default (anthropic/api_key)\n"), "{output:?}");
        assert!(output.stderr.contains(note), "{output:?}");
        assert_eq!(world.store(), json!({"version": 1, "profiles": {"anthropic:default": key}}));
        // The configuration lists no profiles, so nothing in it has to change.
        assert!(!world.config_path().exists());
    }
}

#[cfg(unix)]
#[test]
fn what_is_stored_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::with_key_and_token();
    for path in world.everything().keys() {
        let metadata = path.metadata().unwrap();
        let expected = match metadata.is_dir() {
            // Its mode is what tells it from OpenClaw's.
            true if path.ends_with(".auth-profiles.json.openclaw-sidecar") => 0o500,
            true => 0o700,
            false => 0o600,
        };
        assert_eq!(metadata.permissions().mode() & 0o777, expected, "{}", path.display());
    }
}

#[test]
fn a_setup_token_is_taken_by_every_command_that_takes_one() {
    let ways: [(&[&str], &str); 6] = [
        (&["models", "auth", "setup-token", "--token", "-"], "anthropic:manual"),
        (&["models", "auth", "setup-token", "--provider", "anthropic"], "anthropic:manual"),
        (&["models", "auth", "paste-token", "--provider", "anthropic"], "anthropic:manual"),
        (&["models", "auth", "paste-token", "--provider", "Anthropic", "--profile-id", "anthropic:w"], "anthropic:w"),
        (&["onboard", "--auth-choice", "setup-token"], "anthropic:default"),
        (&["onboard", "--auth-choice", "token", "--token-provider", "anthropic", "--token", "-"], "anthropic:default"),
    ];
    for (args, id) in ways {
        let world = World::new();
        // As a terminal wraps it.
        let (head, tail) = TOKEN.split_at(70);
        let output = world.run(args).stdin(format!("{head}\r\n  {tail}\n")).ok();
        assert!(output.stdout.starts_with("Stored setup-token sk-ant-oat01-…AZZ9\n"), "{output:?}");
        let terms: Vec<_> = output.stdout.lines().filter(|line| line.contains("Anthropic's terms")).collect();
        assert_eq!(terms.len(), 1, "{output:?}");
        let store = world.store();
        assert_about(&store["profiles"][id]["addedAt"], now());
        let added = store["profiles"][id]["addedAt"].clone();
        let token = json!({"type": "token", "provider": "anthropic", "token": TOKEN, "addedAt": added});
        assert_eq!(store, json!({"version": 1, "profiles": {id: token}}));
    }
}

#[test]
fn a_token_can_be_given_an_end() {
    let world = World::new();
    let args = ["onboard", "--auth-choice", "token", "--token", "-", "--token-expires-in", "365d", "--json"];
    let summary = world.run(&args).stdin(TOKEN).ok().json();
    assert_eq!(
        summary,
        json!({
            "mode": "local", "authChoice": "token", "agentId": "main", "profileId": "anthropic:default",
            "authStorePath": world.store_path(), "provider": "anthropic", "type": "token",
            "changed": true, "configChanged": false, "configFiles": [], "dryRun": false,
            "undo": [{ "text": "remove the profile", "command": "openclaw models auth remove anthropic:default" }],
        })
    );
    assert_about(&stored(&world, "anthropic:default")["expires"], now() + 365 * 86_400_000);
    world.run(&["models", "auth", "paste-token", "--provider", "anthropic", "--expires-in", "12h"]).stdin(TOKEN).ok();
    assert_about(&stored(&world, "anthropic:manual")["expires"], now() + 12 * 3_600_000);
}

#[test]
fn the_answer_goes_to_stdout_and_who_answered_to_stderr() {
    let (world, server) = (World::with_key_and_token(), server());
    server.on(TOKEN, [Reply::text("Bonjour monde")]);
    let output = world.at(&server, &["ask", "Dis bonjour"]).ok();
    assert_eq!(output.stdout, "Bonjour monde\n");
    assert_eq!(output.stderr, SERVED_BY_TOKEN);
    assert_eq!(asked(&server), [TOKEN]);
    let store = world.store();
    assert_eq!(store["lastGood"], json!({"anthropic": "anthropic:manual"}));
    let first = store["usageStats"]["anthropic:manual"]["lastUsed"].clone();
    assert_about(&first, now());
    world.at(&server, &["ask", "Encore"]).ok();
    assert!(world.store()["usageStats"]["anthropic:manual"]["lastUsed"].as_i64() > first.as_i64());
    // The text may come from stdin, named or not.
    for args in [&["ask", "-"][..], &["ask"][..]] {
        assert_eq!(world.at(&server, args).stdin("Salut\nà toi").ok().stdout, "Bonjour monde\n");
        let last = server.requests().pop().unwrap().json();
        assert_eq!(last["messages"][0]["content"][0]["text"], "Salut\nà toi");
    }
}

/// Another model answers than the one that was asked for: why is said, since it may be a slip of the pen.
#[test]
fn a_model_that_cannot_be_asked_is_passed_over_with_the_reason() {
    let (world, server) = (World::with_key(), server());
    server.on(KEY, [Reply::text("Bonjour")]);
    let output = world.at(&server, &["ask", "x", "--model", "anthropc/claude-opus-4-5"]).ok();
    let reason = "skipped anthropc/claude-opus-4-5: provider anthropc is not configured; set models.providers.anthropc \
                  with api \"anthropic-messages\" and a baseUrl\n\
                  fell back from anthropc/claude-opus-4-5 to anthropic/claude-opus-4-5\n";
    assert!(output.stderr.starts_with(reason), "{output:?}");
}

#[test]
fn words_are_printed_as_they_come() {
    use std::io::Read as _;
    use std::process::{Command, Stdio};
    let (world, server) = (World::with_key(), server());
    server.on(KEY, [Reply::text("Premier mot puis silence").stall_after(4)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_openclaw"))
        .args(["ask", "x"])
        .env_clear()
        .env("HOME", world.home())
        .env("ANTHROPIC_BASE_URL", server.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = [0; 8];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"Premier ");
    assert!(child.try_wait().unwrap().is_none(), "the answer is not over yet");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_refused_credential_is_passed_over_and_blocked_exactly_as_the_ladder_says() {
    let (world, server) = (World::with_key_and_token(), server());
    server.on(TOKEN, [Reply::invalid_key()]);
    server.on(KEY, [Reply::text("Bonjour monde")]);
    let before = world.store();
    let output = world.at(&server, &["ask", "x"]).ok();
    assert_eq!(output.stdout, "Bonjour monde\n");
    assert!(output.stderr.contains("anthropic:manual failed for anthropic/claude-opus-4-5: auth\n"), "{output:?}");
    assert!(output.stderr.ends_with("anthropic:default · anthropic/claude-opus-4-5 · 12 tokens in, 2 out\n"));
    assert_eq!(asked(&server), [TOKEN, KEY], "one failing credential costs one call");

    let store = world.store();
    let refused = &store["usageStats"]["anthropic:manual"];
    let served = &store["usageStats"]["anthropic:default"];
    assert_about(&refused["lastFailureAt"], now());
    assert_eq!(refused["cooldownUntil"].as_i64().unwrap() - refused["lastFailureAt"].as_i64().unwrap(), 60_000);
    assert_about(&served["lastUsed"], now());
    let mut expected = before;
    expected["lastGood"] = json!({"anthropic": "anthropic:default"});
    expected["usageStats"] = json!({
        "anthropic:manual": {
            "errorCount": 1,
            "cooldownUntil": refused["cooldownUntil"],
            "cooldownReason": "auth",
            "failureCounts": {"auth": 1},
            "lastFailureAt": refused["lastFailureAt"],
        },
        "anthropic:default": {"lastUsed": served["lastUsed"]},
    });
    assert_eq!(store, expected, "nothing else changes");

    // Another process leaves the blocked one alone.
    server.forget();
    world.at(&server, &["ask", "x"]).ok();
    assert_eq!(asked(&server), [KEY]);

    // A new secret under its id serves at once.
    server.on(OTHER_TOKEN, [Reply::text("Me revoici")]);
    world.run(&["models", "auth", "paste-token", "--provider", "anthropic"]).stdin(OTHER_TOKEN).ok();
    assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "Me revoici\n");
}

#[test]
fn a_blocked_profile_that_is_passed_over_is_told() {
    let (world, server) = (World::with_key_and_token(), server());
    server.on(TOKEN, [Reply::invalid_key()]);
    server.on(KEY, [Reply::text("Oui")]);
    world.at(&server, &["ask", "x"]).ok();
    let output = world.at(&server, &["ask", "x"]).ok();
    let skipped = "skipped anthropic:manual for anthropic/claude-opus-4-5: cooldown (auth) until ";
    assert!(output.stderr.starts_with(skipped), "{output:?}");
}

#[test]
fn two_limits_are_one_error_with_both_reasons_and_the_soonest_time() {
    let (world, server) = (World::with_key_and_token(), server());
    server.on(TOKEN, [Reply::rate_limited(Some(7))]);
    server.on(KEY, [Reply::rate_limited(Some(40))]);
    let output = world.at(&server, &["ask", "x"]).fails(
        1,
        &[
            "anthropic:manual: ",
            "anthropic:default: ",
            "rate limit",
            "openclaw models status --json tells in auth.unusableProfiles",
            "The first is free again at ",
        ],
    );
    assert_eq!(asked(&server), [TOKEN, KEY]);
    let store = world.store();
    for (id, seconds) in [("anthropic:manual", 7), ("anthropic:default", 40)] {
        let model = &store["usageStats"][id]["models"]["claude-opus-4-5"];
        // Counted from the answer, which is read a moment before the failure is written.
        let length = model["cooldownUntil"].as_i64().unwrap() - model["lastFailureAt"].as_i64().unwrap();
        assert!((seconds * 1000 - 500..=seconds * 1000).contains(&length), "{model}");
        assert_eq!(model["cooldownReason"], "rate_limit");
        assert_eq!(store["usageStats"][id].get("cooldownUntil"), None, "only that model");
    }
    let soonest = store["usageStats"]["anthropic:manual"]["models"]["claude-opus-4-5"]["cooldownUntil"].as_i64();
    let soonest = openclaw_core::Timestamp::from_millis(soonest.unwrap()).to_string();
    assert!(output.stderr.contains(&soonest), "{soonest}: {output:?}");

    let status = world.run(&["models", "status", "--json"]).ok().json();
    let unusable = status["auth"]["unusableProfiles"].as_array().unwrap().clone();
    let seen: Vec<_> = unusable.iter().map(|u| (u["profileId"].as_str().unwrap(), u["model"].as_str())).collect();
    let model = Some("claude-opus-4-5");
    assert_eq!(seen, [("anthropic:manual", model), ("anthropic:default", model)]);
    assert!(unusable.iter().all(|u| u["kind"] == "cooldown" && u["reason"] == "rate_limit"));
    assert_eq!(status["auth"]["activeProfile"], json!({"anthropic": null}));
    assert_eq!(world.run(&["models", "status", "--check"]).out().code, 3);

    // Now nobody is asked at all.
    server.forget();
    let output = world.at(&server, &["ask", "x"]).fails(
        1,
        &[
            "No available auth profile for anthropic (all in cooldown or unavailable)",
            "anthropic:manual: cooldown (rate_limit, only claude-opus-4-5) until ",
            "anthropic:default: cooldown (rate_limit, only claude-opus-4-5) until ",
            &format!("Soonest: {soonest}"),
            "hint: wait, or add another profile",
        ],
    );
    assert!(output.took.as_secs() < 2);
    assert_eq!(asked(&server), Vec::<String>::new());
    let error = world.at(&server, &["ask", "x", "--json"]).fails(1, &[]).error();
    assert_eq!(error["kind"], "unavailable");
    let command = "openclaw models auth paste-api-key --provider anthropic --profile-id anthropic:api-key";
    assert_eq!(error["hints"][0]["command"], command);
    // Another model is not affected.
    server.on_model(TOKEN, "claude-sonnet-4-5", [Reply::text("Moi oui")]);
    assert_eq!(world.at(&server, &["ask", "--model", "claude-sonnet-4-5", "x"]).ok().stdout, "Moi oui\n");
}

#[test]
fn waiting_for_a_short_window_answers() {
    let (world, server) = (World::with_key(), server());
    server.on(KEY, [Reply::rate_limited(Some(1)), Reply::text("Enfin")]);
    let output = world.at(&server, &["ask", "--wait", "5s", "x"]).ok();
    assert_eq!(output.stdout, "Enfin\n");
    assert_eq!(asked(&server), [KEY, KEY]);
    assert!(output.took.as_millis() >= 900, "{output:?}");
    assert!(output.stderr.contains("anthropic:default recovered"), "{output:?}");
}

#[test]
fn agents_have_their_own_credentials() {
    let (world, server) = (World::with_key(), server());
    world.write_config("{ agents: { list: [ { id: 'main' }, { id: 'work' } ] } }");
    server.on(KEY, [Reply::text("main")]);
    server.on(OTHER_KEY, [Reply::text("work")]);
    let place = world.store_path_of("work").display().to_string();
    world.at(&server, &["ask", "--agent", "work", "x"]).fails(
        1,
        &[
            "No API key found for provider \"anthropic\"",
            "Agent: work",
            "~/.openclaw/agents/work/agent/auth-profiles.json",
            "\n      openclaw models auth paste-api-key --provider anthropic --agent work\n",
        ],
    );
    assert!(!world.store_path_of("work").exists(), "nothing is inherited");
    let args = ["models", "auth", "paste-api-key", "--provider", "anthropic", "--agent", "work"];
    world.run(&args).stdin(OTHER_KEY).ok();
    assert_eq!(world.at(&server, &["ask", "--agent", "work", "x"]).ok().stdout, "work\n");
    assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "main\n");
    let status = world.run(&["models", "status", "--agent", "work", "--json"]).ok().json();
    assert_eq!((&status["agentId"], &status["auth"]["storePath"]), (&json!("work"), &json!(place)));
}
