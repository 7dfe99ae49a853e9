//! Streams that are closed, full, or left by their reader.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Output, Stdio};

use crate::common::{KEY, World, skipped};
use crate::tree::{command, leaves, reading};

#[track_caller]
fn assert_quiet(output: &Output, codes: &[i32], what: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{what}: {output:?}");
    assert!(output.status.code().is_some_and(|code| codes.contains(&code)), "{what}: {output:?}");
}

#[test]
fn a_reader_that_leaves_ends_every_command_without_a_word() {
    let world = World::with_key_and_token();
    let help = [vec!["--help"], vec!["--version"], vec!["models", "auth", "--help"]];
    for words in reading().flat_map(|leaf| [leaf.words(), leaf.words_for_json()]).chain(help) {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(&world, &words).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_quiet(&output, &[141], &format!("{words:?}"));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
    }
}

/// The command in a shell that arranges its streams.
fn redirected(world: &World, words: &[&str], redirections: &str) -> Output {
    let mut shell = Command::new("/bin/sh");
    let script = format!("\"$0\" \"$@\" {redirections}");
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_openclaw")]).args(words);
    shell.env_clear().env("HOME", world.home()).current_dir(world.root()).stdin(Stdio::null());
    shell.output().unwrap()
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure_and_says_so() {
    if !std::path::Path::new("/dev/full").exists() {
        skipped("/dev/full");
        return;
    }
    let world = World::with_key_and_token();
    let help = [vec!["--help"], vec!["--version"], vec!["models", "auth", "--help"]];
    for words in reading().flat_map(|leaf| [leaf.words(), leaf.words_for_json()]).chain(help) {
        let output = redirected(&world, &words, "> /dev/full");
        assert_quiet(&output, &[1], &format!("{words:?}"));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("cannot write to stdout: No space left on device"), "{words:?}: {stderr}");
        // What cannot be said changes nothing else.
        let output = redirected(&world, &words, "2> /dev/full");
        assert_quiet(&output, &[0], &format!("{words:?}"));
        assert!(!output.stdout.is_empty(), "{words:?}");
    }
}

#[test]
fn a_stream_that_is_closed_is_an_empty_one_and_no_file_takes_its_place() {
    let stored = World::with_key_and_token().store_text();
    for redirections in ["<&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        for leaf in leaves() {
            let world = World::new();
            world.write_store(&stored);
            let output = redirected(&world, &leaf.words(), redirections);
            // `ask` finds no server, and what needs a credential from stdin finds none.
            assert_quiet(&output, &[0, 1, 2], &format!("{} {redirections}", leaf.path));
            for file in [world.store_path(), world.config_path()] {
                // Nothing that was to be said stands in a file that took the number of a stream.
                let text = fs::read_to_string(file).unwrap_or_else(|_| "{}".to_owned());
                assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok() || text.starts_with('{'), "{text}");
            }
            assert_eq!(world.store()["version"], 1, "{} {redirections}", leaf.path);
        }
    }
    let world = World::new();
    let output = redirected(&world, &["onboard", "--anthropic-api-key", KEY], ">&- 2>&-");
    assert_quiet(&output, &[0], "onboard");
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY);
}
