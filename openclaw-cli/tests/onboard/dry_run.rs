//! What would be written is shown, and nothing is written.

use crate::common::{KEY, OTHER_KEY, TOKEN, World, refused};

const LISTED: &str = "{\n  // mine\n  auth: {\n    profiles: { \"anthropic:old\": { provider: \"anthropic\", mode: \"token\" } },\n    order: { anthropic: [\"anthropic:old\"] },\n  },\n}\n";

#[test]
fn what_would_be_written_is_shown() {
    let world = World::new();
    world.write_config(LISTED);
    let before = world.everything();
    let args = ["onboard", "--anthropic-api-key", "-", "--model", "claude-haiku-4-5", "--dry-run"];
    let output = world.run(&args).stdin(KEY).ok();
    assert_eq!(output.stderr, "nothing was written (--dry-run)\n");
    for words in [
        "Would store API key sk-ant-api03-…MzQ1\n",
        "Model       : anthropic/claude-haiku-4-5\n",
        "+    order: { anthropic: [\"anthropic:default\", \"anthropic:old\"] },",
        "anthropic/claude-haiku-4-5\"",
    ] {
        assert!(output.stdout.contains(words), "`{words}` is missing: {}", output.stdout);
    }
    assert!(world.everything() == before);
    let planned = world.run(&[&args[..], &["--json"]].concat()).stdin(KEY).ok().json();
    assert!(planned["diff"].as_str().unwrap().contains("anthropic:default"), "{planned}");
    assert!(world.everything() == before);

    // It is what then happens.
    let args = &args[..5];
    let done = world.run(&[args, &["--json"]].concat()).stdin(KEY).ok().json();
    assert_eq!((&planned["dryRun"], &done["dryRun"]), (&true.into(), &false.into()));
    for field in ["changed", "configChanged", "configFiles", "profileId", "model", "undo", "type", "authChoice"] {
        assert_eq!(planned[field], done[field], "{field}");
    }
    // And what the undo says takes it all back, byte for byte.
    for advice in done["undo"].as_array().unwrap() {
        let command = advice["command"].as_str().unwrap();
        let yes = if command.contains(" auth remove ") { " --yes" } else { "" };
        let words: Vec<String> = shell(&format!("{command}{yes}"));
        world.run(&words.iter().map(String::as_str).collect::<Vec<_>>()).ok();
    }
    let text = std::fs::read_to_string(world.config_path()).unwrap();
    let value = |text: &str| -> String { text.split_whitespace().collect() };
    assert_eq!(value(&text).replace(",agents:{defaults:{model:{}}}", ""), value(LISTED), "{text}");
    assert_eq!(world.store()["profiles"], serde_json::json!({}));
}

/// The words of a command after the program's name.
fn shell(command: &str) -> Vec<String> {
    let parts = command.split('\'').enumerate();
    let marked: String =
        parts.map(|(at, part)| if at % 2 == 0 { part.replace(' ', "\0") } else { part.to_owned() }).collect();
    marked.split('\0').skip(1).map(str::to_owned).collect()
}

#[test]
fn what_would_be_refused_is_refused_and_what_is_there_is_said() {
    let world = World::with_key();
    refused(&world, &["onboard", "--token", "-", "--dry-run"], TOKEN, 1, &["holds an API key", "--replace"]);
    let again = world.run(&["onboard", "--anthropic-api-key", "-", "--dry-run"]).stdin(KEY).ok();
    assert!(again.stdout.starts_with("Already stored: API key"), "{again:?}");
    let before = world.everything();
    let other = world.run(&["onboard", "--anthropic-api-key", "-", "--dry-run", "--json"]).stdin(OTHER_KEY).ok().json();
    assert_eq!((&other["changed"], &other["dryRun"]), (&true.into(), &true.into()));
    assert!(other["undo"][0].get("command").is_none() && other.get("diff").is_none(), "{other}");
    assert!(world.everything() == before);
    // A model that an override says cannot be written into a file.
    let args = [
        "onboard",
        "--auth-choice",
        "skip",
        "--model",
        "claude-haiku-4-5",
        "--set",
        "agents.defaults.model.primary=opus",
    ];
    refused(&world, &args, "", 1, &["agents.defaults.model.primary stands in", "no file"]);
}
