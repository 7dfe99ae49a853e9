//! Wrong input: a clear error, the right exit code, nothing written, nothing lost, no secret shown.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::fs;

use common::{KEY, OTHER_KEY, OTHER_TOKEN, PASTE_KEY, PASTE_TOKEN, TOKEN, World, refused, server};
use openclaw_core::testing::Reply;
use serde_json::json;

#[test]
fn without_any_credential_agent_store_and_command_are_named() {
    let world = World::new();
    let store = "~/.openclaw/agents/main/agent/auth-profiles.json";
    let words = ["No API key found for provider \"anthropic\"", "Agent: main", store];
    let error = refused(&world, &["ask", "x"], "", 1, &words);
    assert_eq!(error["kind"], "no_credentials");
    // Programs get the whole path.
    assert!(error["message"].as_str().unwrap().contains(world.store_path().to_str().unwrap()), "{error}");
    let command = "openclaw models auth paste-api-key --provider anthropic";
    assert_eq!(error["hints"], json!([{"text": error["hints"][0]["text"], "command": command}]));
    assert!(!world.state().exists(), "not even a folder is made");
}

#[test]
fn a_path_that_does_not_exist_is_told_without_steering_the_terminal() {
    let world = World::new();
    let error = refused(&world, &["config", "get", "nope.\u{1b}x"], "", 1, &["Config path not found: nope."]);
    assert_eq!(error["kind"], "not_found");
}

#[test]
fn a_profile_that_does_not_exist_is_named() {
    let world = World::with_key();
    let args = ["ask", "--model", "claude-opus-4-5@anthropic:nope", "x"];
    let words = ["No credentials found for profile \"anthropic:nope\"", "openclaw models status"];
    assert_eq!(refused(&world, &args, "", 1, &words)["kind"], "profile_not_found");
}

#[test]
fn a_store_that_cannot_be_read_is_told_and_never_overwritten() {
    let whole = World::with_key_and_token().store_text();
    let cut = &whole[..whole.find("\"anthropic:manual\"").unwrap() + 60];
    let line = format!("auth-profiles.json:{}:", cut.lines().count());
    let twisted = whole.replace("\"profiles\": {", "\"profiles\": [");
    let spoilt: [(&[u8], &str); 6] = [
        (cut.as_bytes(), line.as_str()),
        (b"", "auth-profiles.json:1:1: "),
        (b"\xff\xfe{}", "not UTF-8"),
        (twisted.as_bytes(), "auth-profiles.json:"),
        (b"[]", "auth-profiles.json: "),
        (b"{\"version\":1,\"profiles\":7}", "profiles"),
    ];
    // A torn read is repeated for a moment before it counts, so these run side by side.
    std::thread::scope(|scope| {
        for (text, place) in spoilt {
            scope.spawn(move || {
                let world = World::new();
                world.write_store(text);
                let commands: [&[&str]; 4] =
                    [&["ask", "x"], &["models", "status"], &PASTE_KEY, &["onboard", "--token", "-"]];
                for args in commands {
                    let stdin = if args.contains(&"--token") { TOKEN } else { KEY };
                    let error = refused(&world, args, stdin, 1, &["auth-profiles.json", place]);
                    assert_eq!(error["kind"], "store", "{error}");
                }
            });
        }
    });
}

#[test]
fn what_is_no_file_at_the_stores_place_is_left_alone() {
    let world = World::new();
    fs::create_dir_all(world.store_path()).unwrap();
    for args in [&["ask", "x"][..], &["models", "status"], &PASTE_KEY] {
        refused(&world, args, KEY, 1, &["auth-profiles.json", "not a regular file"]);
    }
}

#[test]
fn a_newer_store_is_read_and_not_written() {
    let (world, server) = (World::with_key(), server());
    server.on(KEY, [Reply::text("Oui")]);
    world.write_store(world.store_text().replace("\"version\": 1", "\"version\": 2"));
    let before = world.store_text();
    let output = world.at(&server, &["ask", "x"]).ok();
    assert_eq!(output.stdout, "Oui\n");
    assert!(output.stderr.contains("warning: ") && output.stderr.contains("could not be stored"), "{output:?}");
    world.run(&["models", "status"]).ok();
    assert_eq!(world.store_text(), before, "an answer writes nothing either");
    let world = World::new();
    world.write_store(before);
    refused(&world, &PASTE_TOKEN, TOKEN, 1, &["auth-profiles.json", "version 2 is newer"]);
}

#[test]
fn the_folder_of_a_newer_openclaw_gets_no_credential_file() {
    for marker in [
        "openclaw.sqlite",
        "state/openclaw.sqlite",
        "agents/main/agent/openclaw-agent.sqlite",
        "agents/main/agent/auth-state.json",
    ] {
        let world = World::new();
        let path = world.state().join(marker);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "x").unwrap();
        refused(&world, &PASTE_KEY, KEY, 1, &[marker, "newer OpenClaw", "OPENCLAW_STATE_DIR"]);
        // The way out works.
        let own = world.root().join("own");
        world.run(&PASTE_KEY).env("OPENCLAW_STATE_DIR", own.to_str().unwrap()).stdin(KEY).ok();
        assert!(own.join("agents/main/agent/auth-profiles.json").exists());
    }
}

#[test]
fn a_configuration_that_cannot_be_read_is_told_with_its_place() {
    let wrong: [(&str, &[&str]); 7] = [
        ("{\n  agents: {\n    defaults: { model: 'opus' ,, }\n  }\n}", &["openclaw.json:3:32: "]),
        ("{ agents: {}", &["openclaw.json:1:13: "]),
        (
            "{\n  auth: { ordr: {} }\n}",
            &["openclaw.json:2:", ": auth: Unrecognized key: \"ordr\" (did you mean \"order\"?)"],
        ),
        ("{ auth: { order: { anthropic: 'x' } } }", &["openclaw.json:1:31: auth.order.anthropic"]),
        ("{ $include: './nope.json5' }", &["nope.json5"]),
        ("{ agents: { defaults: { model: '${NOT_SET_HERE}' } } }", &["NOT_SET_HERE"]),
        ("", &["openclaw.json:1:1: "]),
    ];
    for (text, words) in wrong {
        let world = World::with_key();
        world.write_config(text);
        for args in [&["ask", "x"][..], &["models", "status"], &PASTE_TOKEN, &["config", "get", "auth"]] {
            let error = refused(&world, args, TOKEN, 1, words);
            assert_eq!(error["kind"], "config", "{error}");
        }
    }
    // A wrong value that may be a secret is not shown.
    let world = World::new();
    world.write_config(&format!("{{ models: {{ providers: {{ anthropic: {{ apiKey: ['{KEY}'] }} }} }} }}"));
    refused(&world, &["ask", "x"], "", 1, &["models.providers.anthropic.apiKey"]);
}

#[test]
fn a_token_that_is_none_is_refused_with_its_cause() {
    let wrong_case = TOKEN.replace("sk-ant-oat01-", "SK-ANT-OAT01-");
    let state = format!("{TOKEN}#state-of-a-login");
    let control = format!("{}\u{1b}[31m{}", &TOKEN[..60], &TOKEN[60..]);
    let wide = format!("{}é{}", &TOKEN[..60], &TOKEN[60..]);
    let key_command = "openclaw models auth paste-api-key --provider anthropic";
    let wrong: [(&str, &[&str]); 8] = [
        ("not-a-token-at-all", &["Expected token starting with sk-ant-oat01-"]),
        (&wrong_case, &["Expected token starting with sk-ant-oat01-"]),
        (&TOKEN[..79], &["Token looks too short; paste the full setup-token"]),
        (&state, &["`#`"]),
        (&control, &["U+001B"]),
        (&wide, &["`é`"]),
        (KEY, &["this is an API key, not a setup-token", key_command]),
        (&TOKEN[..40], &["Token looks too short"]),
    ];
    let world = World::with_key();
    let ways: [&[&str]; 4] = [
        &PASTE_TOKEN,
        &["models", "auth", "setup-token", "--token", "-"],
        &["onboard", "--auth-choice", "setup-token", "--profile-id", "anthropic:t"],
        &["onboard", "--token", "-", "--profile-id", "anthropic:t"],
    ];
    for (stdin, words) in wrong {
        for args in ways {
            refused(&world, args, stdin, 1, words);
        }
    }
}

#[test]
fn a_key_that_is_none_is_refused_with_its_cause() {
    let control = format!("{}\u{7}{}", &KEY[..20], &KEY[20..]);
    let wrong: [(&str, &[&str]); 3] = [
        (TOKEN, &["this is a setup-token, not an API key", "openclaw models auth paste-token --provider anthropic"]),
        (&control, &["U+0007"]),
        ("sk-ant-api03-é", &["`é`"]),
    ];
    let world = World::new();
    for (stdin, words) in wrong {
        refused(&world, &PASTE_KEY, stdin, 1, words);
        refused(&world, &["onboard", "--anthropic-api-key", "-"], stdin, 1, words);
    }
}

#[test]
fn a_credential_of_another_kind_is_not_replaced_silently() {
    let world = World::with_key();
    let words = ["anthropic:default", "holds an API key", "--profile-id", "--replace"];
    refused(&world, &["onboard", "--auth-choice", "setup-token"], TOKEN, 1, &words);
    // Under another id, or by intent, it is stored.
    world.run(&["onboard", "--token", "-", "--token-profile-id", "anthropic:max"]).stdin(TOKEN).ok();
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY);
    world.run(&["onboard", "--token", "-", "--replace"]).stdin(OTHER_TOKEN).ok();
    assert_eq!(world.store()["profiles"]["anthropic:default"]["token"], OTHER_TOKEN);
    assert_eq!(world.store()["profiles"]["anthropic:default"].get("key"), None);
    refused(&world, &PASTE_KEY, KEY, 1, &["anthropic:default", "holds a setup-token"]);
    // Another key of the same kind takes its place.
    world.run(&PASTE_KEY).stdin(KEY).fails(1, &[]);
    let args = [&PASTE_KEY[..], &["--replace"]].concat();
    world.run(&args).stdin(KEY).ok();
    world.run(&PASTE_KEY).stdin(OTHER_KEY).ok();
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], OTHER_KEY);
    // Another provider's profile never: an id starts with its provider.
    let args = ["models", "auth", "paste-token", "--provider", "openai"];
    refused(&world, &args, TOKEN, 2, &["Anthropic setup-token", "--provider anthropic"]);
    let args = ["models", "auth", "paste-api-key", "--provider", "openai", "--profile-id", "anthropic:default"];
    refused(&world, &args, OTHER_KEY, 2, &["invalid profile id \"anthropic:default\"", "openai:NAME"]);
}

#[test]
fn wrong_usage_is_told_before_anything_is_read() {
    let world = World::with_key();
    let wrong: [(&[&str], i32, &[&str]); 20] = [
        (&["onboard", "--anthropic-api-key", ""], 2, &["--anthropic-api-key is empty", "variable"]),
        (&["onboard", "--anthropic-api-key", "  "], 2, &["--anthropic-api-key is empty"]),
        (&["onboard", "--token", ""], 2, &["--token is empty"]),
        (&["onboard", "--anthropic-api-key", "-", "--token", "-"], 2, &["do not go together"]),
        (&["onboard", "--auth-choice", "apiKey", "--token", "-"], 2, &["do not go together"]),
        (&["onboard", "--auth-choice", "token", "--anthropic-api-key", "-"], 2, &["do not go together"]),
        (&["onboard", "--auth-choice", "nope"], 2, &["nope", "apiKey, setup-token or token"]),
        (&["onboard", "--auth-choice", "claude-cli"], 2, &["retired", "claude setup-token"]),
        (
            &["onboard", "--auth-choice", "token", "--token-provider", "openai", "--token", "-"],
            2,
            &["Only --token-provider anthropic"],
        ),
        (&["onboard", "--token", "-", "--token-expires-in", "soon"], 2, &["soon"]),
        (&["onboard", "--token", "-", "--profile-id", " "], 2, &["profile id"]),
        (&["models", "auth", "paste-token"], 2, &["Missing --provider."]),
        (
            &["models", "auth", "setup-token", "--provider", "openai"],
            1,
            &["Only --provider anthropic is supported for setup-token."],
        ),
        (&["models", "auth", "paste-token", "--provider", "anthropic", "--expires-in=-3d"], 2, &["-3d"]),
        (&["models", "auth", "paste-api-key", "--provider", "anthropic", "--expires-in", "3d"], 2, &["tokens"]),
        (&["ask", "--max-tokens", "0", "x"], 2, &["max-tokens"]),
        (&["ask", "--wait", "soon", "x"], 2, &["soon"]),
        (&["ask", "--set", "nope", "x"], 2, &["PATH=VALUE"]),
        (&["ask", ""], 2, &["the message is empty"]),
        (&["config", "get", "a[["], 2, &["a[["]),
    ];
    for (args, code, words) in wrong {
        let before = world.everything();
        let stdin = if args.contains(&"paste-api-key") { KEY } else { TOKEN };
        world.run(args).stdin(stdin).fails(code, words);
        // With `--json` the words of clap come in a line of JSON too.
        let error = world.run(&[args, &["--json"]].concat()).stdin(stdin).fails(code, &[]).error();
        assert_eq!(error["kind"], "usage", "{error}");
        assert!(world.everything() == before, "{args:?}");
    }
}

#[test]
fn an_unknown_agent_is_told() {
    let world = World::with_key();
    let commands: [&[&str]; 4] =
        [&["ask", "x"], &["models", "status"], &PASTE_KEY, &["onboard", "--anthropic-api-key", "-"]];
    for name in ["nope", "..", "../main", "main/../x", "\u{1b}[31m"] {
        for args in commands {
            let args = [args, &["--agent", name]].concat();
            let error = refused(&world, &args, KEY, 1, &["Unknown agent id", "openclaw agents list"]);
            assert_eq!(error["kind"], "unknown_agent");
        }
    }
}
