//! What every one of these commands says when something is wrong, and that none of them leaks.

use std::fs;

use serde_json::{Value, json};

use crate::common::{KEY, OTHER_KEY, TOKEN, World, refused};
use crate::support::{THEN, at, keys, recorded};

const READING: [&[&str]; 4] =
    [&["list"], &["order", "get", "--provider", "anthropic"], &["cooldown", "list"], &["explain"]];

const WRITING: [&[&str]; 4] = [
    &["order", "set", "--provider", "anthropic", "anthropic:a"],
    &["order", "clear", "--provider", "anthropic"],
    &["cooldown", "clear", "--all"],
    &["remove", "anthropic:a", "--yes"],
];

fn both() -> impl Iterator<Item = &'static [&'static str]> {
    READING.into_iter().chain(WRITING)
}

#[test]
fn an_unknown_agent_is_told_by_all() {
    let world = World::new();
    let unknown = "Unknown agent id \"nope\". Use \"openclaw agents list\" to see configured agents.";
    for args in both() {
        let args = [&["models", "auth"], args, &["--agent", "nope"]].concat();
        let error = refused(&world, &args, "", 1, &[unknown]);
        assert_eq!(error["kind"], "unknown_agent", "{args:?}");
    }
}

#[test]
fn a_broken_store_is_told_with_its_place_and_left_alone() {
    let world = World::new();
    world.write_store("{\"version\": 1,\n  \"profiles\": {,\n");
    for args in both() {
        let error = refused(&world, &[&["models", "auth"], args].concat(), "", 1, &["auth-profiles.json:2:"]);
        assert_eq!(error["kind"], "store", "{args:?}");
    }
}

#[test]
fn a_newer_openclaws_folder_is_read_and_not_written() {
    let world = World::new();
    let stats = format!(
        r#","order":{{"anthropic":["anthropic:a"]}},"usageStats":{{"anthropic:a":{{"cooldownUntil":{},"lastFailureAt":{THEN}}}}}"#,
        THEN + 60_000
    );
    world.write_store(keys(&["a", "b"], &stats));
    fs::write(world.state().join("openclaw.sqlite"), "").unwrap();
    let before = world.everything();
    for args in READING {
        let output = at(&world.home(), THEN).run(args);
        assert_eq!(output.code, 0, "{output:?}");
        assert!(!output.stdout.is_empty() && output.stderr.starts_with("warning: "), "{output:?}");
        let output = at(&world.home(), THEN).run(&[args, &["--json"]].concat());
        output.json();
        serde_json::from_str::<Value>(output.stderr.trim_end()).unwrap();
    }
    for args in WRITING {
        let output = at(&world.home(), THEN).run(args);
        assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{output:?}");
        assert!(output.stderr.contains("belongs to a newer OpenClaw") && output.stderr.contains("OPENCLAW_STATE_DIR"));
    }
    assert!(world.everything() == before);
}

#[test]
fn reading_writes_nothing() {
    let world = recorded();
    let before = world.everything();
    for args in READING.into_iter().chain([&["policy"][..]]) {
        at(&world.home(), THEN).ok(args);
        at(&world.home(), THEN).json(args);
    }
    assert!(world.everything() == before);
}

#[test]
fn data_cannot_steer_a_terminal_and_no_secret_is_said() {
    let world = World::new();
    world.write_store(format!(
        r#"{{"version":1,"profiles":{{
            "anthropic:\u001b[31mred":{{"type":"api_key","provider":"anthropic","key":"{KEY}","email":"a\u0007b"}},
            "anthropic:t":{{"type":"token","provider":"anthropic","token":"{TOKEN}"}},
            "evil\u001b]0;x\u0007:y":{{"type":"nonsense","provider":"e\u001bvil"}}}},
            "order":{{"anthropic":["anthropic:\u001b[31mred"]}},
            "usageStats":{{"anthropic:\u001b[31mred":{{"models":{{"claude\u001b[2J":{{"cooldownUntil":{},"lastFailureAt":{THEN}}}}}}}}}}}"#,
        THEN + 60_000
    ));
    // Every run looks for secrets and control characters.
    for args in both().chain([&["policy"][..]]) {
        for args in [args.to_vec(), [args, &["--json"]].concat()] {
            at(&world.home(), THEN).env("ANTHROPIC_API_KEY", OTHER_KEY).run(&args);
        }
    }
    at(&world.home(), THEN).run(&["explain", "--model", "opus@anthropic:\u{1b}[31mnope"]);
    at(&world.home(), THEN).run(&["remove", &format!("anthropic:{KEY}"), "--yes"]);
}

#[test]
fn help_has_examples_and_every_recommended_command_exists() {
    let world = World::new();
    for args in both().chain([&["policy"][..], &["add"], &["paste-token"], &[], &["order"], &["cooldown"]]) {
        let words = args.iter().take_while(|word| !word.starts_with('-') && !word.contains(':'));
        let args: Vec<&str> = ["models", "auth"].into_iter().chain(words.copied()).chain(["--help"]).collect();
        let help = world.run(&args).ok().stdout;
        let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{args:?}: {help}"));
        let recommended = examples.lines().filter_map(|line| line.trim().strip_prefix("openclaw "));
        let mut found = 0;
        for example in recommended {
            crate::common::assert_parses(&format!("openclaw {}", example.split(" <").next().unwrap()));
            found += 1;
        }
        assert!(found > 0, "{args:?}");
    }
    let world = recorded();
    for args in READING {
        let output = at(&world.home(), THEN).ok(args);
        for line in output.stdout.lines().filter(|line| line.trim_start().starts_with("openclaw ")) {
            crate::common::assert_parses(line.trim_start());
        }
    }
    assert_eq!(at(&world.home(), THEN).json(&["explain"])["agentId"], json!("main"));
}
