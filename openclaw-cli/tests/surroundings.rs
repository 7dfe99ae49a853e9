//! Where the command runs: without a terminal, in a folder it may not write, with a configuration
//! that lists profiles, before a reader that leaves.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::fs;
use std::process::{Command, Stdio};

use common::{
    Case, KEY, OTHER_KEY, PASTE_KEY, PASTE_TOKEN, TOKEN, World, asked, assert_parses, commands, refused, server,
};
use openclaw_core::testing::Reply;

#[test]
fn a_credential_never_goes_over_plain_http_to_another_host() {
    for base in [
        "http://example.com",
        "http://127.0.0.1.example.com",
        "http://localhost:9",
        "ftp://127.0.0.1",
        "no url",
        "http://0.0.0.0",
    ] {
        let world = World::with_key();
        let case = Case {
            args: &["ask", "x"],
            stdin: b"",
            env: &[("ANTHROPIC_BASE_URL", base)],
            code: 1,
            words: &["ANTHROPIC_BASE_URL"],
        };
        assert_eq!(case.refused(&world)["kind"], "config");
        world.write_config(&format!("{{ models: {{ providers: {{ anthropic: {{ baseUrl: \"{base}\" }} }} }} }}"));
        refused(&world, &["ask", "x"], "", 1, &["anthropic", "base"]);
    }
}

#[test]
fn without_a_terminal_a_missing_value_ends_at_once() {
    let world = World::new();
    let commands: [&[&str]; 6] = [
        &["onboard"],
        &["onboard", "--auth-choice", "setup-token"],
        &["onboard", "--auth-choice", "apiKey"],
        &PASTE_TOKEN,
        &PASTE_KEY,
        &["models", "auth", "setup-token"],
    ];
    for args in commands {
        let output = world.run(args).fails(2, &["--"]);
        assert!(output.took.as_millis() < 500, "{output:?}");
        world.run(args).stdin(" \r\n\n").fails(2, &["--"]);
    }
    assert!(!world.state().exists());
}

#[test]
fn stdin_that_is_no_credential_is_refused_whole() {
    let world = World::new();
    let large = "x".repeat(1024 * 1024);
    let cases: [(&[u8], &str); 2] = [(b"sk-ant-\xff\xfe", "not UTF-8"), (large.as_bytes(), "too long")];
    for (stdin, word) in cases {
        for args in [&PASTE_TOKEN[..], &PASTE_KEY, &["onboard", "--token", "-"]] {
            Case { args, stdin, env: &[], code: 2, words: &[word, "nothing was stored"] }.refused(&world);
        }
    }
    Case { args: &["ask", "-"], stdin: b"\xff", env: &[], code: 2, words: &["not UTF-8"] }.refused(&world);
    // A message may be that long.
    let (world, server) = (World::with_key(), server());
    server.on(KEY, [Reply::text("Long")]);
    world.at(&server, &["ask"]).stdin(&large).ok();
    assert_eq!(server.requests()[0].json()["messages"][0]["content"][0]["text"], large);
}

#[test]
fn a_closed_stdout_ends_quietly() {
    let world = World::with_key();
    for args in [&["models", "status", "--json"][..], &["--help"], &["models", "status"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw"));
        command.args(args).env_clear().env("HOME", world.home()).stdin(Stdio::null()).stderr(Stdio::piped());
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(writer).output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 141)), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

/// A configuration that lists the provider's profiles, where a new one would be hidden.
#[test]
fn a_listed_provider_gets_the_new_profile_first() {
    let listed = "{\n  // who serves\n  auth: {\n    profiles: {\n      \"anthropic:default\": { provider: \"anthropic\", mode: \"api_key\" }, // paid\n    },\n    order: {\n      anthropic: [\n        // the work account\n        'anthropic:default', // first\n      ],\n    },\n  },\n}\n";
    let (world, server) = (World::with_key(), server());
    world.write_config(listed);
    let output = world.run(&PASTE_TOKEN).stdin(TOKEN).ok();
    assert!(output.stdout.contains("Updated ~/.openclaw/openclaw.json\n"), "{output:?}");
    let written = fs::read_to_string(world.config_path()).unwrap();
    assert!(written.contains("\n        // the work account\n        \"anthropic:manual\",\n        'anthropic:default', // first\n      ],\n"), "{written}");
    assert!(written.contains("mode: \"api_key\" }, // paid\n"), "{written}");
    let kept: Vec<&str> = written.lines().filter(|line| !line.contains("anthropic:manual")).collect();
    assert!(listed.lines().all(|line| kept.contains(&line)), "{written}");
    server.otherwise([Reply::text("Oui")]);
    world.at(&server, &["ask", "x"]).ok();
    assert_eq!(asked(&server), [TOKEN], "it takes part, and first");
    // Once more changes nothing.
    let before = world.everything();
    let same = world.run(&PASTE_TOKEN).stdin(TOKEN).ok();
    assert!(same.stdout.starts_with("Already stored: setup-token"), "{same:?}");
    assert!(world.everything() == before);
}

#[test]
fn a_list_in_an_included_file_is_edited_there() {
    for included in [
        "{ order: { anthropic: ['anthropic:default'] } } // kept\n",
        "{ profiles: { 'anthropic:default': { provider: 'anthropic', mode: 'api_key' } } } // kept\n",
    ] {
        let world = World::with_key();
        let root = "{ auth: { $include: './more.json5' } }";
        world.write_config(root);
        let file = world.state().join("more.json5");
        fs::write(&file, included).unwrap();
        world.run(&PASTE_TOKEN).stdin(TOKEN).ok();
        let written = fs::read_to_string(&file).unwrap();
        assert!(written.contains("anthropic:manual") && written.ends_with(" // kept\n"), "{written}");
        assert_eq!(fs::read_to_string(world.config_path()).unwrap(), root);
        assert_eq!(fs::read_to_string(world.state().join("more.json5.bak")).unwrap(), included);
    }
}

#[test]
fn a_list_that_no_single_file_owns_is_refused_before_anything_is_stored() {
    let world = World::with_key();
    world.write_config("{ auth: { $include: './more.json5', order: { anthropic: ['anthropic:b'] } } }");
    fs::write(world.state().join("more.json5"), "{ order: { anthropic: ['anthropic:a'] } }").unwrap();
    refused(&world, &PASTE_TOKEN, TOKEN, 1, &["more.json5:1:", "openclaw.json:1:", "nothing was stored"]);
    world.write_config("{}");
    let set = "auth.order={anthropic:['anthropic:default']}";
    refused(&world, &[&PASTE_TOKEN[..], &["--set", set]].concat(), TOKEN, 1, &["nothing was stored"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_answers_and_stores_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, server) = (World::with_key(), server());
    server.on(KEY, [Reply::text("Oui")]);
    let nobody = |args: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--clear-groups", env!("CARGO_BIN_EXE_openclaw")]).args(args);
        command.env_clear().env("HOME", world.home()).env("PATH", "/usr/bin:/bin").current_dir("/");
        command.env("ANTHROPIC_BASE_URL", server.url()).stdin(Stdio::null());
        command
    };
    if !nobody(&["--version"]).output().is_ok_and(|output| output.status.success()) {
        common::skipped("setpriv and the right to change the user");
        return;
    }
    for path in world.everything().into_keys().chain([world.root().to_owned(), world.home()]) {
        let mode = if path.is_dir() { 0o555 } else { 0o444 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let before = world.everything();
    let output = nobody(&["ask", "x"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"Oui\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("could not be stored"), "{output:?}");
    let output = nobody(&["onboard", "--anthropic-api-key", OTHER_KEY, "--replace"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("Error: cannot ") && stderr.contains("ermission denied"), "{stderr}");
    assert!(world.everything() == before);
}

#[test]
fn every_example_of_the_help_parses() {
    let world = World::new();
    let mut seen = 0;
    let pages: [&[&str]; 11] = [
        &[],
        &["onboard"],
        &["ask"],
        &["models"],
        &["models", "status"],
        &["models", "auth", "setup-token"],
        &["models", "auth", "paste-token"],
        &["models", "auth", "paste-api-key"],
        &["config", "get"],
        &["agents", "list"],
        &["config"],
    ];
    for page in pages {
        let help = world.run(&[page, &["--help"]].concat()).ok().stdout;
        for line in help.lines().filter(|line| line.starts_with("  ")) {
            let Some((_, command)) =
                line.split_once("openclaw ").filter(|(before, _)| before.trim().is_empty() || before.ends_with("| "))
            else {
                continue;
            };
            let command = command.split(" < ").next().unwrap();
            assert_parses(&format!("openclaw {}", unquoted(command)));
            seen += 1;
        }
    }
    assert!(seen >= 15, "{seen} examples");
    assert_eq!(
        commands("x `openclaw a b` y\n      openclaw c\n\"openclaw d\" openclaw e"),
        ["openclaw c", "openclaw a b", "openclaw d"]
    );
}

/// Quoted words without their spaces and quotes: only the shape of the command matters.
fn unquoted(command: &str) -> String {
    let parts = command.split('\'').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { part.replace(' ', "_") } else { part.to_owned() }).collect()
}
