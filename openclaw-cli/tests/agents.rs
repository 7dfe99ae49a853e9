//! `agents add` and `agents list`.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use common::{KEY, TOKEN, World, assert_parses, commands, refused};
use serde_json::json;

fn ids(world: &World) -> Vec<(String, bool)> {
    let list = world.run(&["agents", "list", "--json"]).ok().json();
    let agent = |agent: &serde_json::Value| (agent["id"].as_str().unwrap().to_owned(), agent["isDefault"] == true);
    list.as_array().unwrap().iter().map(agent).collect()
}

fn owned(ids: &[(&str, bool)]) -> Vec<(String, bool)> {
    ids.iter().map(|(id, default)| ((*id).to_owned(), *default)).collect()
}

#[test]
fn the_first_agent_that_is_added_does_not_become_the_default_one() {
    for config in [None, Some("{ // mine\n}\n"), Some("{ agents: { list: [] } }"), Some("{\"agents\": {}}\n")] {
        let world = World::with_key();
        config.into_iter().for_each(|text| world.write_config(text));
        let output = world.run(&["agents", "add", "work"]).ok();
        assert!(output.stdout.starts_with("Added agent work\n"), "{output:?}");
        assert_eq!(commands(&output.stdout), ["openclaw models auth paste-api-key --provider anthropic --agent work"]);
        commands(&output.stdout).iter().for_each(|command| assert_parses(command));
        assert_eq!(ids(&world), owned(&[("main", true), ("work", false)]), "{config:?}");
        world.run(&["models", "status", "--check"]).ok();
        assert_eq!(world.run(&["agents", "add", "home"]).ok().code, 0);
        assert_eq!(ids(&world), owned(&[("main", true), ("work", false), ("home", false)]), "{config:?}");
        let dir = world.store_path_of("work");
        let mode = fs::metadata(dir.parent().unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(!dir.exists(), "an agent has no credentials of another one");
    }
}

#[test]
fn the_file_keeps_what_its_author_wrote() {
    let world = World::with_key();
    let text = "{\n  agents: {\n    list: [\n      { id: 'work' }, // first\n      { id: 'boss', default: true },\n    ],\n  },\n}\n";
    world.write_config(text);
    let args = [
        "agents",
        "add",
        "Night Shift",
        "--model",
        "sonnet-4.5",
        "--agent-dir",
        "~/night",
        "--workspace",
        "~/w",
        "--json",
    ];
    let output = world.run(&args).ok();
    assert_eq!(
        output.json(),
        json!({
            "agentId": "night-shift", "name": "Night Shift", "workspace": "~/w", "agentDir": world.home().join("night"),
            "model": "sonnet-4.5", "copied": [], "notCopied": [], "configFiles": [world.config_path()],
        })
    );
    let now = fs::read_to_string(world.config_path()).unwrap();
    let (before, after) = text.split_at(text.find("\n    ],").unwrap());
    let entry = now.strip_prefix(before).unwrap().strip_suffix(after).unwrap().trim().trim_end_matches(',');
    let expected = json!({"id": "night-shift", "name": "Night Shift", "workspace": "~/w", "agentDir": "~/night", "model": "sonnet-4.5"});
    assert_eq!(serde_json::from_str::<serde_json::Value>(entry).unwrap(), expected);
    assert_eq!(ids(&world), owned(&[("work", false), ("boss", true), ("night-shift", false)]));
    let list = world.run(&["agents", "list", "--json"]).ok().json();
    assert_eq!(
        list[2],
        json!({"id": "night-shift", "name": "Night Shift", "isDefault": false, "agentDir": world.home().join("night"), "model": "anthropic/claude-sonnet-4-5"})
    );
    let output = world.run(&["agents", "add", "Third One"]).ok();
    assert_eq!(output.stderr, "note: the id of \"Third One\" is third-one\n");
}

#[test]
fn keys_and_tokens_are_copied_and_nothing_else() {
    let world = World::with_key_and_token();
    let text = world.store_text();
    let more = format!(
        "\"profiles\": {{\n    \"anthropic:me\": {{\"type\": \"oauth\", \"provider\": \"anthropic\", \"access\": \"{KEY}\", \"refresh\": \"r\", \"expires\": 1900000000000}},\n    \
         \"groq:mine\": {{\"type\": \"api_key\", \"provider\": \"groq\", \"key\": \"gsk\", \"copyToAgents\": false}},\n    \
         \"groq:ref\": {{\"type\": \"api_key\", \"provider\": \"groq\", \"keyRef\": {{\"source\": \"env\", \"provider\": \"default\", \"id\": \"GROQ\"}}, \"metadata\": {{\"n\": 1e3}}}},\n    \
         \"x:y\": {{\"type\": \"certificate\"}},"
    );
    let text = text.replacen("\"profiles\": {", &more, 1);
    let end = text.trim_end().strip_suffix('}').unwrap().trim_end();
    world.write_store(format!(
        "{end},\n  \"order\": {{\"anthropic\": [\"anthropic:default\"]}},\n  \"usageStats\": {{\"anthropic:default\": {{\"cooldownUntil\": 1900000000000}}}}\n}}\n"
    ));
    let before = world.store_text();
    let output = world.run(&["agents", "add", "work", "--copy-auth-from", "main", "--json"]).ok().json();
    assert_eq!(output["copied"], json!(["groq:ref", "anthropic:default", "anthropic:manual"]));
    assert_eq!(
        output["notCopied"],
        json!([
            {"profileId": "anthropic:me", "reason": "login"},
            {"profileId": "groq:mine", "reason": "not_portable"},
            {"profileId": "x:y", "reason": "malformed"},
        ])
    );
    assert_eq!(world.store_text(), before);
    let path = world.store_path_of("work");
    let copy: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let source = world.store();
    let expected = |id: &str| source["profiles"][id].clone();
    assert_eq!(
        copy,
        json!({"version": 1, "profiles": {
            "groq:ref": expected("groq:ref"), "anthropic:default": expected("anthropic:default"), "anthropic:manual": expected("anthropic:manual"),
        }})
    );
    assert!(fs::read_to_string(&path).unwrap().contains("1e3"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let report = world.run(&["agents", "add", "third", "--copy-auth-from", "work"]).ok().stdout;
    assert!(report.contains("Copied anthropic:default from work") && !report.contains("no credentials"), "{report}");
}

#[test]
fn what_an_earlier_agent_of_that_name_had_is_kept() {
    let world = World::with_key_and_token();
    let path = world.store_path_of("work");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let own = format!(
        r#"{{"version": 1, "profiles": {{"anthropic:old": {{"type": "token", "provider": "anthropic", "token": "{TOKEN}"}}}}}}"#
    );
    fs::write(&path, own).unwrap();
    let output = world.run(&["agents", "add", "work", "--copy-auth-from", "main"]).ok().stdout;
    assert!(
        output.contains("Copied anthropic:default from main\nNot copied: anthropic:manual: the agent has it already"),
        "{output}"
    );
    let copy: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(copy["profiles"].as_object().unwrap().len(), 2);
    assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn what_cannot_be_added_changes_nothing() {
    let world = World::with_key();
    refused(&world, &["agents", "add", "main"], "", 1, &["Agent \"main\" already exists."]);
    world.write_config("{ agents: { list: [{ id: 'main' }, { id: 'work' }] } }");
    refused(&world, &["agents", "add", "work"], "", 1, &["Agent \"work\" already exists."]);
    refused(&world, &["agents", "add", "WORK "], "", 1, &["Agent \"work\" already exists."]);
    for name in ["", "..", "../x", "a/b", "a\\b", "a\u{1b}b", "ü"] {
        let error = refused(&world, &["agents", "add", name], "", 1, &["invalid agent id"]);
        assert_eq!(error["kind"], "input", "{name:?}");
    }
    refused(&world, &["agents", "add", "x", "--model", "a/"], "", 1, &["a/"]);
    refused(&world, &["agents", "add", "x", "--copy-auth-from", "nobody"], "", 1, &["Unknown agent id \"nobody\""]);
    let taken = world.store_path_of("work").parent().unwrap().display().to_string();
    refused(&world, &["agents", "add", "x", "--agent-dir", &taken], "", 1, &["is the folder of agent \"work\""]);
    let main = world.store_path().parent().unwrap().to_path_buf();
    let link = world.home().join("link");
    symlink(&main, &link).unwrap();
    refused(&world, &["agents", "add", "x", "--agent-dir", "~/link"], "", 1, &["is the folder of agent \"main\""]);
    let open = world.home().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
    refused(&world, &["agents", "add", "x", "--agent-dir", "~/open"], "", 1, &["others may enter"]);
    let list = "agents.list=[{id:'a'}]";
    refused(&world, &["--set", list, "agents", "add", "x"], "", 1, &["agents.list stands in override"]);
    world.write_store("{");
    refused(&world, &["agents", "add", "x", "--copy-auth-from", "main"], "", 1, &["auth-profiles.json:1:"]);
    fs::write(world.state().join("openclaw.sqlite"), "").unwrap();
    refused(&world, &["agents", "add", "x", "--copy-auth-from", "main"], "", 1, &["newer OpenClaw"]);
}

#[test]
fn several_processes_lose_no_agent() {
    let world = World::with_key();
    let names = ["a", "b", "c", "d", "e", "f"];
    std::thread::scope(|scope| {
        for name in names {
            let world = &world;
            scope.spawn(move || world.run(&["agents", "add", name, "--copy-auth-from", "main"]).ok());
        }
    });
    let mut found = ids(&world);
    assert_eq!(found[0], ("main".to_owned(), true));
    found.sort();
    assert_eq!(found.len(), 7);
    for name in names {
        assert!(fs::read_to_string(world.store_path_of(name)).unwrap().contains(KEY), "{name}");
    }
}
