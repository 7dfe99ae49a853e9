//! `models status --probe`: what is said is what the server said, and nothing is written.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use common::inside::Buffer;
use common::{KEY, OTHER_KEY, PASTE_KEY, TOKEN, World, asked, assert_parses, server};
use openclaw_cli::{Host, run};
use openclaw_core::testing::Reply;
use openclaw_core::{Env, SystemClock};
use serde_json::{Value, json};

const STATUS: [&str; 2] = ["models", "status"];
const PROBE: [&str; 5] = ["models", "status", "--probe", "--probe-timeout", "60000"];

fn with(args: &[&'static str], more: &[&'static str]) -> Vec<&'static str> {
    [args, more].concat()
}

/// The bytes and the times of everything below the home.
fn state(world: &World) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    fn list(folder: &Path, found: &mut BTreeMap<PathBuf, (Vec<u8>, SystemTime)>) {
        found.insert(folder.to_owned(), (Vec::new(), fs::metadata(folder).unwrap().modified().unwrap()));
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                list(&path, found);
            } else {
                let changed = fs::metadata(&path).unwrap().modified().unwrap();
                found.insert(path.clone(), (fs::read(&path).unwrap(), changed));
            }
        }
    }
    let mut found = BTreeMap::new();
    list(&world.home(), &mut found);
    found
}

/// A line without the time it took.
fn lines(text: &str) -> Vec<String> {
    let probes = text.split("\nProbes · ").nth(1).unwrap_or_else(|| panic!("no probes in {text}"));
    let timeless = |line: &str| match line.rsplit_once(" · ") {
        Some((rest, took)) if took.ends_with(" ms") => rest.to_owned(),
        _ => line.to_owned(),
    };
    probes.lines().map(timeless).collect()
}

#[test]
fn people_read_a_line_for_each_credential_and_what_helps() {
    let world = World::with_key_and_token();
    let server = server();
    server.on(KEY, [Reply::text("OK")]);
    let output = world.at(&server, &with(&PROBE, &["--probe-concurrency", "1"])).ok();
    assert_eq!(
        lines(&output.stdout),
        [
            "GET /v1/models, without cost",
            "  ✓ anthropic:default · authenticated",
            "  ✗ anthropic:manual · auth: 401 authentication_error: Invalid bearer token (request req_000000000000000000000002)",
            "      run `claude setup-token` and paste the new token in its place",
            "      openclaw models auth paste-token --provider anthropic --profile-id anthropic:manual",
        ]
    );
    assert_eq!(output.stderr, "", "progress is for terminals");
    assert!(server.requests().iter().all(|request| request.method == "GET" && request.path == "/v1/models"));
    let output = world.at(&server, &with(&PROBE, &["--probe-model", "--probe-profile", "anthropic:default"])).ok();
    assert_eq!(
        lines(&output.stdout)[1..],
        ["  ✓ anthropic:default · anthropic/claude-opus-4-5 · answered"],
        "{output:?}"
    );
}

#[test]
fn programs_read_openclaws_fields_in_its_order_and_ours_behind_them() {
    let world = World::with_key_and_token();
    let server = server();
    server.on(KEY, [Reply::text("OK")]);
    server.on(TOKEN, [Reply::rate_limited(Some(60))]);
    let args =
        with(&PROBE, &["--json", "--probe-concurrency", "1", "--probe-profile", "anthropic:default,anthropic:manual"]);
    let output = world.at(&server, &args).ok();
    assert_eq!(output.stderr, "");
    let status = output.json();
    let auth = output.stdout.split("\n  \"auth\": ").nth(1).unwrap();
    let keys = |text: &str, indent: usize| -> Vec<String> {
        let start = format!("{}\"", " ".repeat(indent));
        let keys = text.lines().filter_map(|line| line.strip_prefix(&start)?.split_once('"'));
        keys.map(|(key, _)| key.to_owned()).collect()
    };
    assert_eq!(keys(auth, 4).last().unwrap(), "probes");
    let probes = auth.split("\"probes\": ").nth(1).unwrap();
    assert_eq!(keys(probes, 6), ["startedAt", "finishedAt", "durationMs", "totalTargets", "options", "results"]);
    let result = probes.split("\"results\": ").nth(1).unwrap();
    assert_eq!(
        keys(result.split("},").nth(1).unwrap(), 10),
        [
            "provider",
            "profileId",
            "label",
            "source",
            "mode",
            "status",
            "error",
            "latencyMs",
            "reasonCode",
            "probe",
            "httpStatus",
            "requestId",
            "until"
        ]
    );
    let probes = &status["auth"]["probes"];
    assert_eq!(probes["totalTargets"], 2);
    assert_eq!(
        probes["options"],
        json!({"profileIds": ["anthropic:default", "anthropic:manual"], "timeoutMs": 60000, "concurrency": 1,
               "maxTokens": 8, "probe": "auth"})
    );
    let short = |result: &Value| (result["label"].clone(), result["status"].clone(), result["mode"].clone());
    let results: Vec<_> = probes["results"].as_array().unwrap().iter().map(short).collect();
    assert_eq!(
        results,
        [
            (json!("anthropic:default"), json!("ok"), json!("api_key")),
            (json!("anthropic:manual"), json!("rate_limit"), json!("token")),
        ]
    );
    // Without a probe there is no such field, and nothing is sent.
    server.forget();
    let status = world.at(&server, &with(&STATUS, &["--json"])).ok().json();
    assert!(status["auth"].get("probes").is_none());
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn nothing_is_written_whatever_the_server_says() {
    let world = World::with_key_and_token();
    let blocked = 4_000_000_000_000_i64;
    let mut store = world.store();
    store["usageStats"] = json!({"anthropic:default": {"disabledUntil": blocked, "disabledReason": "billing",
        "errorCount": 2, "lastUsed": 5}});
    store["lastGood"] = json!({"anthropic": "anthropic:manual"});
    world.write_store(store.to_string());
    let server = server();
    // The first run makes nothing either.
    let before = state(&world);
    for reply in [Reply::text("OK"), Reply::invalid_key(), Reply::billing(), Reply::rate_limited(Some(9))] {
        server.on(KEY, [reply.clone()]);
        server.on(TOKEN, [reply]);
        for more in [&[][..], &["--probe-model"], &["--json"], &["--check"]] {
            world.at(&server, &with(&PROBE, more)).out();
        }
    }
    assert_eq!(asked(&server).len(), 4 * 4 * 2, "blocked ones are probed too");
    assert_eq!(state(&world), before);
}

#[test]
fn a_check_with_a_probe_fails_when_a_credential_in_use_is_refused() {
    let world = World::with_key();
    let server = server();
    let args = with(&PROBE, &["--check"]);
    for (reply, code) in [
        (Reply::text("OK"), 0),
        (Reply::invalid_key(), 1),
        (Reply::credit_too_low(), 1),
        (Reply::billing(), 1),
        (Reply::overloaded(), 3),
        (Reply::raw(200, "text/html", "<html>"), 3),
    ] {
        server.on(KEY, [reply]);
        assert_eq!(world.at(&server, &args).out().code, code);
        // Without --check the exit code says only that it was asked.
        world.at(&server, &PROBE).ok();
    }
    world.write_config("{agents: {defaults: {model: 'openai/x'}}}");
    server.on(KEY, [Reply::invalid_key()]);
    let output = world.at(&server, &with(&args, &["--probe-provider", "anthropic"])).out();
    assert_eq!(output.code, 1, "openai has no credential: {output:?}");
}

#[test]
fn a_key_of_the_environment_is_probed_where_none_is_stored() {
    let world = World::new();
    let server = server();
    server.on(KEY, [Reply::text("OK")]);
    let output = world.at(&server, &PROBE).env("ANTHROPIC_API_KEY", KEY).ok();
    assert_eq!(lines(&output.stdout)[1..], ["  ✓ env: ANTHROPIC_API_KEY · authenticated"]);
    let output = world.at(&server, &PROBE).env("ANTHROPIC_API_KEY", OTHER_KEY).ok();
    let told = lines(&output.stdout);
    assert!(told[1].starts_with("  ✗ env: ANTHROPIC_API_KEY · auth: 401 "), "{output:?}");
    assert_eq!(told[3], "      openclaw models auth paste-api-key --provider anthropic");
    let json = world.at(&server, &with(&PROBE, &["--json"])).env("ANTHROPIC_API_KEY", KEY).ok().json();
    let result = &json["auth"]["probes"]["results"][0];
    assert_eq!((&result["source"], result.get("profileId")), (&json!("env"), None));
    let none = world.at(&server, &PROBE).ok();
    assert_eq!(lines(&none.stdout)[1..], ["  no credential to probe"]);
    world.at(&server, &with(&PROBE, &["--probe-provider", "anthropic"])).fails(
        1,
        &["No API key found for provider \"anthropic\"", "openclaw models auth paste-api-key --provider anthropic"],
    );
}

#[test]
fn a_reference_is_looked_up_for_a_probe() {
    let world = World::new();
    world.write_store(
        r#"{"version":1,"profiles":{"anthropic:a":{"type":"api_key","provider":"anthropic",
        "keyRef":{"source":"env","provider":"default","id":"TEAM_KEY"}}}}"#,
    );
    let server = server();
    server.on(KEY, [Reply::text("OK")]);
    world.at(&server, &with(&PROBE, &["--check"])).env("TEAM_KEY", KEY).ok();
    assert_eq!(asked(&server), [KEY]);
    let output = world.at(&server, &with(&PROBE, &["--check"])).out();
    assert_eq!(output.code, 1);
    let told = lines(&output.stdout);
    assert!(told[1].starts_with("  ✗ anthropic:a · unresolved_ref: ") && told[1].contains("TEAM_KEY"), "{output:?}");
    assert_eq!(told[3], "      openclaw models auth explain --resolve");
    let refused = world.at(&server, &PROBE).env("TEAM_KEY", OTHER_KEY).ok();
    assert!(refused.stdout.contains("leads to was refused"), "{refused:?}");
}

#[test]
fn what_is_recommended_can_be_typed() {
    let world = World::with_key_and_token();
    world.run(&[&PASTE_KEY[..], &["--profile-id", "anthropic:it's"]].concat()).stdin(OTHER_KEY).ok();
    let server = server();
    for reply in [
        Reply::invalid_key(),
        Reply::error(403, "permission_error", "This credential is only authorized for use with Claude Code"),
        Reply::not_found("x"),
        Reply::reset(),
        Reply::billing(),
    ] {
        server.otherwise([reply]);
        for more in [&[][..], &["--probe-model"], &["--agent", "main"]] {
            let output = world.at(&server, &with(&PROBE, more)).ok();
            for command in common::commands(&output.stdout) {
                assert_parses(&command);
            }
        }
    }
}

/// In this process, with real time, where stderr is a terminal or is none.
fn at_a_terminal(world: &World, url: &str, env: &[(&str, &str)], args: &[&str]) -> (String, String) {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let home = world.home();
    let own = Env::empty().with("HOME", home.to_str().unwrap()).with("ANTHROPIC_BASE_URL", url);
    let host = Host {
        args: std::iter::once("openclaw").chain(args.iter().copied()).map(Into::into).collect(),
        env: env.iter().fold(own, |env, (name, value)| env.with(name, value)),
        cwd: home,
        stdin: Box::new(std::io::empty()),
        stdout: Box::new(stdout.clone()),
        stderr: Box::new(stderr.clone()),
        stdin_is_terminal: false,
        stdout_is_terminal: false,
        stderr_is_terminal: true,
        prompt: None,
        clock: Arc::new(SystemClock::new()),
        color: false,
        stderr_color: false,
        json: false,
    };
    assert_eq!(run(host), ExitCode::SUCCESS);
    (stdout.text(), stderr.text())
}

#[test]
fn a_terminal_sees_how_far_it_is_on_a_line_that_is_taken_back() {
    let world = World::with_key_and_token();
    let server = server();
    server.otherwise([Reply::text("OK")]);
    let (stdout, stderr) = at_a_terminal(&world, &server.url(), &[], &PROBE);
    let start = "\r\u{1b}[K";
    let expected = [0, 1, 2].map(|done| format!("{start}Probing credentials: {done} of 2")).concat();
    assert_eq!(stderr, format!("{expected}{start}"));
    assert!(stdout.contains("authenticated") && !stdout.contains('\u{1b}'));
    let dumb = at_a_terminal(&world, &server.url(), &[("TERM", "dumb")], &PROBE);
    let json = at_a_terminal(&world, &server.url(), &[], &with(&PROBE, &["--json"]));
    assert_eq!((dumb.1.as_str(), json.1.as_str()), ("", ""));
}

/// Each flag alone asks for a probe.
#[test]
fn wrong_flags_are_told_before_anything_is_sent() {
    let world = World::with_key();
    let server = server();
    server.on(KEY, [Reply::text("OK")]);
    for flag in [&["--probe"][..], &["--probe-model"], &["--probe-timeout", "5"], &["--probe-provider", "anthropic"]] {
        let output = world.at(&server, &[&STATUS, &["--plain"][..], flag].concat()).out();
        assert_eq!((output.code, output.stdout.as_str()), (2, ""));
        assert!(output.stderr.contains("--probe cannot be used with --plain output."), "{output:?}");
    }
    for wrong in [
        &["--probe-timeout", "0"][..],
        &["--probe-timeout", "x"],
        &["--probe-concurrency", "0"],
        &["--probe-concurrency", "33"],
        &["--probe-max-tokens", "0"],
        &["--probe-model", "a/"],
        &["--probe-profile", "\u{1}x"],
    ] {
        let output = world.at(&server, &[&STATUS, wrong].concat()).out();
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{wrong:?}: {output:?}");
    }
    world
        .at(&server, &with(&PROBE, &["--probe-profile", "anthropic:nobody"]))
        .fails(1, &["No credentials found for profile"]);
    assert_eq!(server.requests().len(), 0);
    for flag in [&["--probe-concurrency", "1"][..], &["--probe-max-tokens", "4"], &["--probe-provider", "anthropic"]] {
        let output = world.at(&server, &[&STATUS, flag].concat()).ok();
        assert!(output.stdout.contains("\nProbes · "), "{output:?}");
    }
    world.at(&server, &["models", "--probe"]).ok();
}

#[test]
fn nobody_there_and_a_dripping_server_are_time_outs() {
    let world = World::with_key();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let drip = std::thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n";
            stream.write_all(head).unwrap();
            while stream.write_all(b" ").is_ok() {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    });
    let args = with(&STATUS, &["--json", "--probe-timeout", "500"]);
    for more in [&[][..], &["--probe-model"]] {
        let status = world.run(&with(&args, more)).env("ANTHROPIC_BASE_URL", &url).ok().json();
        let result = &status["auth"]["probes"]["results"][0];
        assert_eq!(result["status"], "timeout");
        assert_eq!(result["error"], "no whole answer within 500 ms");
    }
    drip.join().unwrap();
    let nobody = world.run(&PROBE).env("ANTHROPIC_BASE_URL", "http://127.0.0.1:1").ok();
    let told = lines(&nobody.stdout);
    assert!(told[1].starts_with("  ✗ anthropic:default · timeout: cannot connect"), "{nobody:?}");
    assert_eq!(told[3], "      openclaw models status --probe --probe-timeout 30000");
}
