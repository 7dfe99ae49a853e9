//! Help, completion, manual pages, and commands that do not exist.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use common::{World, refused, skipped};

#[test]
fn what_only_the_assistant_has_is_told_at_every_level() {
    let world = World::with_key();
    for (args, name, here) in [
        (&["gateway", "run"][..], "gateway", None),
        (&["--color", "never", "status", "--deep"], "status", Some("openclaw models status")),
        (&["models", "scan"], "models scan", Some("openclaw models list")),
        (&["models", "set-image", "x/y"], "models set-image", None),
        (&["models", "image-fallbacks", "list"], "models image-fallbacks", None),
        (
            &["--set", "a=b", "models", "auth", "login", "--provider", "x"],
            "models auth login",
            Some("openclaw models auth setup-token"),
        ),
        (&["models", "auth", "login-github-copilot"], "models auth login-github-copilot", None),
        (&["agents", "delete", "work"], "agents delete", None),
    ] {
        let words = format!(
            "`{name}` belongs to OpenClaw, the assistant (npm package openclaw), and is not part of this program"
        );
        let error = refused(&world, args, "", 2, &[&words]);
        assert_eq!((error["message"].as_str(), error["hints"][0]["command"].as_str()), (Some(words.as_str()), here));
    }
}

#[test]
fn a_mistyped_command_or_flag_is_corrected() {
    let world = World::new();
    for (args, tip) in [
        (&["modles"][..], "a similar subcommand exists: 'models'"),
        (&["models", "stauts"], "a similar subcommand exists: 'status'"),
        (&["models", "auth", "polici"], "a similar subcommand exists: 'policy'"),
        (&["models", "status", "--chek"], "a similar argument exists: '--check'"),
    ] {
        world.run(args).fails(2, &[tip]);
        let error = world.run(&[args, &["--json"]].concat()).fails(2, &[]).error();
        let hint = tip.replace('\'', "");
        assert_eq!((&error["kind"], &error["hints"][0]["text"]), (&"usage".into(), &hint.into()));
    }
    // What belongs to the assistant elsewhere is an ordinary mistake here.
    world.run(&["config", "scan"]).fails(2, &["unrecognized subcommand 'scan'"]);
}

#[test]
fn long_help_says_more_than_short_help() {
    let world = World::new();
    let short = world.run(&["config", "set", "-h"]).ok().stdout;
    let long = world.run(&["config", "set", "--help"]).ok().stdout;
    assert!(short.starts_with("Write a value; comments, order and everything else in the file stay\n"), "{short}");
    assert!(long.starts_with("Write a value into the file that owns its path"), "{long}");
    for text in [world.run(&["-h"]).ok().stdout, short, long] {
        assert!(text.contains("\nExamples:\n  "), "{text}");
    }
}

/// Whether the shell takes the script, or `None` if it is not installed.
fn takes(shell: &str, args: &[&str], script: &str) -> Option<bool> {
    let child = Command::new(shell).args(args).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let Ok(mut child) = child else {
        skipped(shell);
        return None;
    };
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    Some(child.wait().unwrap().success())
}

#[test]
fn shells_take_what_completes_in_them() {
    let world = World::new();
    let script = |shell: &str| world.run(&["completion", shell]).ok().stdout;
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        assert_ne!(takes(shell, &[check], &script(shell)), Some(false), "{shell}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(script(shell).contains("paste-api-key"), "{shell}");
    }
    let completed = format!(
        "{}\nCOMP_WORDS=(openclaw models fall); COMP_CWORD=2; _openclaw openclaw fall models; [ \"${{COMPREPLY[*]}}\" = fallbacks ]",
        script("bash")
    );
    assert_ne!(takes("bash", &["-s"], &completed), Some(false));
    assert_eq!(world.run(&["completion"]).env("SHELL", "/usr/bin/fish").ok().stdout, script("fish"));
    refused(&world, &["completion"], "", 2, &["for which shell?"]);
}

#[test]
fn every_command_has_a_manual_page() {
    let world = World::new();
    let dir = world.cwd().join("man/man1");
    let written = world.run(&["man", "--dir", "man/man1"]).ok();
    let mut names: Vec<String> =
        fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(written.stdout, format!("Wrote {} pages to man/man1\n", names.len()));
    let mut expected = Vec::new();
    let mut commands = vec![(openclaw_cli::command(), "openclaw".to_owned())];
    while let Some((command, name)) = commands.pop() {
        commands.extend(command.get_subcommands().map(|below| (below.clone(), format!("{name}-{}", below.get_name()))));
        expected.push(format!("{name}.1"));
    }
    expected.sort();
    assert_eq!(names, expected);
    for name in &names {
        let page = fs::read_to_string(dir.join(name)).unwrap();
        let title = format!(".TH {} 1", name.trim_end_matches(".1").to_uppercase());
        assert!(page.contains(&title) && page.contains("\n.SH EXAMPLES\n  "), "{page}");
        assert!(!page.contains(".SH EXTRA"), "{page}");
        let man = Command::new("man").args(["--warnings", "-l"]).arg(dir.join(name)).env("MANPAGER", "cat").output();
        match man {
            Ok(output) => assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}"),
            Err(_) => skipped("man"),
        }
    }
    let page = world.run(&["man", "models", "set"]).ok().stdout;
    assert_eq!(page, fs::read_to_string(dir.join("openclaw-models-set.1")).unwrap());
    assert!(page.contains("Shorthands such as `opus` are written in full"), "{page}");
    refused(&world, &["man", "models", "nope"], "", 2, &["openclaw has no command `models nope`"]);
}
