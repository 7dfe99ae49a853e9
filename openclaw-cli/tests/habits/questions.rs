//! Nothing is asked where nobody can answer, and what is misspelt is recognised.

use std::process::Stdio;

use crate::common::{World, refused};
use crate::tree::{command, leaves, subcommands};

#[test]
fn without_a_terminal_the_flag_that_is_missing_is_named() {
    for (words, flag) in [
        (&["onboard"][..], "--anthropic-api-key -"),
        (&["onboard", "--auth-choice", "apiKey"], "--anthropic-api-key"),
        (&["onboard", "--auth-choice", "token"], "--token"),
        (&["completion"], "bash, zsh, fish"),
    ] {
        refused(&World::new(), words, "", 2, &[flag]);
    }
    let world = World::with_key();
    let cases: [(&[&str], &str); 7] = [
        (&["models", "auth", "paste-token", "--provider", "anthropic"], "--token"),
        (&["models", "auth", "paste-token"], "--provider"),
        (&["models", "auth", "paste-api-key", "--provider", "anthropic"], "--key -"),
        (&["models", "auth", "setup-token"], "--token"),
        (&["models", "auth", "remove", "anthropic:default"], "--yes"),
        (&["models", "auth", "order", "set", "anthropic:default"], "--provider"),
        (&["ask"], "-"),
    ];
    for (words, flag) in cases {
        refused(&world, words, "", 2, &[flag]);
    }
    world.run(&["models", "auth", "add"]).fails(2, &["paste-api-key"]);
}

#[test]
fn nobody_is_asked_where_only_one_side_is_a_terminal() {
    // stdin is a pipe without an end in sight; an answer is waited for nowhere.
    let world = World::with_key();
    for words in [&["models", "auth", "remove", "anthropic:default"][..], &["models", "auth", "add"]] {
        let mut child =
            command(&world, words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let open = child.stdin.take();
        assert_eq!(child.wait().unwrap().code(), Some(2), "{words:?}");
        drop(open);
    }
}

/// The first two letters the wrong way round.
fn misspelt(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    letters.swap(0, 1);
    letters.into_iter().collect()
}

#[test]
fn a_misspelt_command_is_recognised_everywhere() {
    let world = World::new();
    let groups = ["", "models", "models auth", "models auth order", "models auth cooldown", "agents", "config"];
    let mut seen = 0;
    for group in groups {
        for name in subcommands(&world, group) {
            let typed = misspelt(&name);
            let words: Vec<&str> = group.split(' ').filter(|word| !word.is_empty()).chain([typed.as_str()]).collect();
            world.run(&words).fails(2, &[&format!("'{typed}'"), "  tip: ", &format!("'{name}'")]);
            let error = world.run(&[words, vec!["--json"]].concat()).fails(2, &[]).error();
            let help = format!("openclaw {group}").trim().to_owned() + " --help";
            assert!(error["hints"][0]["text"].as_str().unwrap().contains(&name), "{error}");
            assert_eq!(error["hints"][0]["command"], help, "{error}");
            seen += 1;
        }
    }
    assert!(seen >= leaves().count(), "{seen}");
    // What is near to nothing is no guess.
    let far = world.run(&["config", "zzzzzz"]).fails(2, &["zzzzzz"]);
    assert!(!far.stderr.contains("similar"), "{far:?}");
}

#[test]
fn a_misspelt_flag_is_recognised_and_what_is_missing_is_listed() {
    let world = World::new();
    for leaf in leaves().filter(|leaf| leaf.path != "config schema" && leaf.json) {
        let words = [leaf.words(), vec!["--jsno"]].concat();
        world.run(&words).fails(2, &["unexpected argument '--jsno'", "a similar argument exists: '--json'"]);
    }
    let error = world.run(&["config", "set", "--json"]).fails(2, &[]).error();
    assert_eq!(error["message"], "the following required arguments were not provided: <PATH> <VALUE>");
    let error = world.run(&["--color", "alway", "models", "status", "--json"]).fails(2, &[]).error();
    assert_eq!(error["message"], "invalid value 'alway' for '--color <COLOR>' [possible values: auto, always, never]");
    assert_eq!(error["hints"][0]["text"], "a similar value exists: always");
}

#[test]
fn the_version_names_the_build() {
    let world = World::new();
    let short = world.run(&["-V"]).ok().stdout;
    assert_eq!(short, concat!("openclaw ", env!("CARGO_PKG_VERSION"), "\n"));
    let long = world.run(&["--version"]).ok().stdout;
    let build = long.strip_prefix(short.trim_end()).unwrap().trim_start_matches(" (").trim_end_matches(")\n");
    let (commit, target) = build.split_once(", ").unwrap_or_else(|| panic!("{long}"));
    let is_hash = commit.len() >= 12 && commit.chars().all(|c| c.is_ascii_hexdigit());
    assert!(is_hash || commit == "unknown commit", "{long}");
    assert!(target.contains(std::env::consts::ARCH) && target.contains('-'), "{long}");
}
