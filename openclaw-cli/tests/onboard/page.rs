//! The page's commands as they are written there, in its order; doing things twice; a terminal.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{KEY, OTHER_TOKEN, TOKEN, World, server};
use openclaw_core::testing::Reply;

#[test]
fn the_pages_commands_work_in_their_order() {
    let (world, server) = (World::new(), server());
    // Option A. `openclaw onboard --anthropic-api-key "$ANTHROPIC_API_KEY"`
    world.run(&["onboard", "--anthropic-api-key", KEY]).env("ANTHROPIC_API_KEY", KEY).ok();
    world.write_config("{\n  env: { ANTHROPIC_API_KEY: \"sk-ant-...\" },\n  agents: { defaults: { model: { primary: \"anthropic/claude-opus-4-5\" } } }\n}\n");
    server.on(KEY, [Reply::text("A")]);
    assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "A\n");
    // The cache's lifetime, for the API only.
    world.write_config("{\n  agents: {\n    defaults: {\n      models: {\n        \"anthropic/claude-opus-4-5\": {\n          params: { cacheControlTtl: \"1h\" } // ou « 1h »\n        }\n      }\n    }\n  }\n}\n");
    world.at(&server, &["ask", "x"]).ok();
    let request = server.requests().pop().unwrap();
    assert_eq!(request.json()["messages"][0]["content"][0]["cache_control"]["ttl"], "1h");
    assert_eq!(request.header("anthropic-beta"), Some("extended-cache-ttl-2025-04-11"));
    // Option B.
    world.run(&["models", "auth", "setup-token", "--provider", "anthropic"]).stdin(TOKEN).ok();
    world.run(&["models", "auth", "paste-token", "--provider", "anthropic"]).stdin(TOKEN).ok();
    server.on(TOKEN, [Reply::text("B")]);
    assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "B\n");
    let request = server.requests().pop().unwrap();
    assert_eq!(request.json()["messages"][0]["content"][0]["cache_control"].get("ttl"), None);
    assert_eq!(request.header("anthropic-beta"), Some("oauth-2025-04-20"));
    // At onboarding the key stands under the token's id: nothing is replaced silently.
    world.run(&["onboard", "--auth-choice", "setup-token"]).stdin(TOKEN).fails(1, &["--profile-id", "--replace"]);
    World::new().run(&["onboard", "--auth-choice", "setup-token"]).stdin(TOKEN).ok();
    // Troubleshooting.
    assert!(world.run(&["models", "status"]).ok().stdout.contains("anthropic · served by anthropic:manual"));
    assert!(world.run(&["models", "status", "--json"]).ok().json()["auth"]["unusableProfiles"].is_array());
}

#[test]
fn the_references_own_flags_work() {
    let world = World::new();
    let args = ["onboard", "--non-interactive", "--accept-risk", "--anthropic-api-key", KEY];
    world.run(&args).ok();
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY, "stored, not ignored");
    let args = "onboard --non-interactive --accept-risk --auth-choice token --token-provider anthropic --token - \
                --token-profile-id anthropic:max --token-expires-in 365d --json";
    let summary = world.run(&args.split_whitespace().collect::<Vec<_>>()).stdin(TOKEN).ok().json();
    assert_eq!((&summary["profileId"], &summary["mode"]), (&"anthropic:max".into(), &"local".into()));
    assert!(world.store()["profiles"]["anthropic:max"]["expires"].is_i64());
}

#[test]
fn doing_it_twice_changes_nothing() {
    let world = World::new();
    let runs: [(&[&str], &str); 3] = [
        (&["onboard", "--anthropic-api-key", "-"], KEY),
        (&["models", "auth", "setup-token", "--token", "-"], TOKEN),
        (&["onboard", "--token", "-", "--profile-id", "anthropic:max"], OTHER_TOKEN),
    ];
    for (args, secret) in runs {
        world.run(args).stdin(secret).ok();
        let (before, modified) = (world.everything(), world.store_path().metadata().unwrap().modified().unwrap());
        let again = world.run(args).stdin(format!("\n{secret}\r\n")).ok();
        assert!(again.stdout.starts_with("Already stored: "), "{again:?}");
        assert!(world.everything() == before, "{args:?}");
        assert_eq!(world.store_path().metadata().unwrap().modified().unwrap(), modified, "not even written anew");
    }
}

#[test]
fn two_at_once_are_both_stored() {
    let world = World::new();
    std::thread::scope(|scope| {
        for at in 0..8 {
            let world = &world;
            scope.spawn(move || {
                let id = format!("anthropic:k{at}");
                world.run(&["onboard", "--anthropic-api-key", "-", "--profile-id", &id]).stdin(KEY).ok();
            });
        }
    });
    assert_eq!(world.store()["profiles"].as_object().unwrap().len(), 8);
}

/// The command on a terminal of its own, made by `script` of util-linux; `None` where that is
/// missing. What is typed is sent piece by
/// piece, each after so many ms: the prompt must stand before, or the terminal echoes it by itself. Returns what the terminal showed, and the exit code.
fn on_a_terminal(world: &World, args: &str, typed: &[(u64, &str)]) -> Option<(String, i32)> {
    let command = format!("{} {args}", env!("CARGO_BIN_EXE_openclaw"));
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--echo", "always", "--command", &command, "/dev/null"])
        .env_clear()
        .env("HOME", world.home())
        .env("PATH", "/usr/bin:/bin")
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take().unwrap();
    for (after, piece) in typed {
        std::thread::sleep(Duration::from_millis(*after));
        stdin.write_all(piece.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    let refused = String::from_utf8_lossy(&output.stderr).into_owned();
    if refused.contains("unrecognized option") || refused.contains("illegal option") {
        return None;
    }
    Some((String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code().unwrap_or(-1)))
}

#[cfg(target_os = "linux")]
#[test]
fn a_paste_over_two_lines_is_hidden_and_stored_whole() {
    let world = World::new();
    let (head, tail) = TOKEN.split_at(70);
    // Terminals send a long paste in pieces.
    let (head, tail) = (format!("{head}\r"), format!("{tail}\r"));
    let typed = [(400, head.as_str()), (40, tail.as_str())];
    let Some((shown, code)) = on_a_terminal(&world, "models auth paste-token --provider anthropic", &typed) else {
        common::skipped("script of util-linux");
        return;
    };
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Paste Anthropic setup-token (hidden): "), "{shown}");
    assert!(shown.contains("Stored setup-token sk-ant-oat01-…AZZ9"), "{shown}");
    for part in [&TOKEN[13..25], &TOKEN[60..70], &TOKEN[70..80]] {
        assert!(!shown.contains(part), "the terminal shows the token: {shown}");
    }
    assert_eq!(world.store()["profiles"]["anthropic:manual"]["token"], TOKEN);
}

#[cfg(target_os = "linux")]
#[test]
fn giving_up_at_the_prompt_stores_nothing() {
    for (typed, what) in [("\u{3}", "Ctrl-C"), ("sk-ant-oat01-half\u{3}", "Ctrl-C in the middle"), ("\u{4}", "Ctrl-D")]
    {
        let world = World::new();
        let Some((shown, code)) =
            on_a_terminal(&world, "models auth paste-token --provider anthropic", &[(400, typed)])
        else {
            common::skipped("script of util-linux");
            return;
        };
        assert_eq!(code, 130, "{what}: {shown}");
        assert!(shown.contains("interrupted; nothing was stored") && !shown.contains("half"), "{what}: {shown}");
        assert!(!world.state().exists(), "{what}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_wizard_asks_with_the_pages_choices() {
    let world = World::new();
    let token = format!("{TOKEN}\r");
    let typed = [(400, "\u{1b}[B\r"), (400, token.as_str())];
    let Some((shown, code)) = on_a_terminal(&world, "onboard", &typed) else {
        common::skipped("script of util-linux");
        return;
    };
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Anthropic API key") && shown.contains("Anthropic token (paste setup-token)"), "{shown}");
    assert_eq!(world.store()["profiles"]["anthropic:default"]["token"], TOKEN);
}
