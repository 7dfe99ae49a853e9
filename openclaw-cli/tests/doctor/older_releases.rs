//! What older releases left: their folders, and credentials in their files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::common::{KEY, OTHER_TOKEN, TOKEN, World, now};
use crate::support::{agent_dir, chmod, close, codes, config, finding, tree, write};

#[test]
fn an_old_folder_is_told_and_used() {
    let world = World::with_key();
    fs::rename(world.state(), world.home().join(".clawdbot")).unwrap();
    let report = world.run(&["doctor", "--json"]).ok().json();
    assert_eq!(codes(&report), ["note retired_name"]);
    let command = finding(&report, "retired_name")["advice"]["command"].as_str().unwrap().to_owned();
    assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    assert_eq!(codes(&world.run(&["doctor", "--json"]).ok().json()), Vec::<String>::new());
}

#[test]
fn credentials_of_older_releases_are_imported_and_nothing_is_lost() {
    let world = World::with_key();
    let old = format!(
        r#"{{
  "anthropic": {{"type": "token", "token": "{OTHER_TOKEN}"}},
  "groq": {{"type": "api_key", "key": "gsk", "metadata": {{"n": 1e3}}}},
  "copy": {{"type": "api_key", "provider": "anthropic", "key": "{KEY}"}},
  "odd": {{"type": "certificate"}}
}}"#
    );
    write(&agent_dir(&world).join("auth.json"), &old);
    fs::create_dir(world.state().join("credentials")).unwrap();
    let logins = r#"{"openai-codex": {"access": "a", "refresh": "r", "expires": 1900000000000, "accountId": "id"}}"#;
    write(&world.state().join("credentials/oauth.json"), logins);
    close(&world);
    let before = world.store();
    let report = world.run(&["doctor", "--json"]).out().json();
    // `anthropic:default` is taken, the copy is stored already, and nobody knows the last one.
    assert_eq!(codes(&report), ["note legacy_unreadable", "warning legacy_store", "warning legacy_store"]);
    assert_eq!(
        finding(&report, "legacy_store")["message"],
        "credentials of an older release that are not in the store: groq:default"
    );

    let report = world.run(&["doctor", "--fix", "--json"]).ok().json();
    assert_eq!(report["repairs"].as_array().unwrap().len(), 3, "{report:#}");
    let mut expected = before;
    expected["profiles"]["groq:default"] =
        json!({"type": "api_key", "provider": "groq", "key": "gsk", "metadata": {"n": 1e3}});
    expected["profiles"]["openai-codex:default"] = json!({
        "type": "oauth", "provider": "openai-codex", "access": "a", "refresh": "r", "expires": 1_900_000_000_000_i64, "accountId": "id"
    });
    assert_eq!(world.store(), expected);
    assert!(world.store_text().contains("1e3"));
    assert_eq!(fs::read_to_string(world.state().join("credentials/oauth.json")).unwrap(), logins);
    assert!(!agent_dir(&world).join("auth.json").exists());
    let kept = fs::read_dir(agent_dir(&world)).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<PathBuf> = kept.filter(|path| path.to_string_lossy().contains("auth.json.imported-20")).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read_to_string(&kept[0]).unwrap(), old);
    assert_eq!(kept[0].symlink_metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let after = tree(&world);
    let report = world.run(&["doctor", "--fix", "--json"]).ok().json();
    assert_eq!((codes(&report), &report["repairs"]), (Vec::new(), &json!([])));
    assert_eq!(tree(&world), after);
}

#[test]
fn an_old_file_alone_and_one_that_openclaw_keeps_in_step() {
    let world = World::new();
    fs::create_dir_all(agent_dir(&world)).unwrap();
    write(&agent_dir(&world).join("auth.json"), &format!(r#"{{"anthropic": {{"type": "api_key", "key": "{KEY}"}}}}"#));
    close(&world);
    world.run(&["doctor", "--fix"]).ok();
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY);
    // Later releases write their profiles there for a library that reads it, tokens as keys.
    let world = World::with_key_and_token();
    let text = format!(r#"{{"anthropic": {{"type": "api_key", "key": "{TOKEN}"}}}}"#);
    write(&agent_dir(&world).join("auth.json"), &text);
    let report = world.run(&["doctor", "--fix", "--json"]).ok().json();
    assert_eq!((codes(&report), &report["repairs"]), (Vec::new(), &json!([])));
    // Nothing is written where a newer OpenClaw works.
    let world = World::with_key();
    write(&agent_dir(&world).join("auth.json"), r#"{"groq": {"type": "api_key", "key": "gsk"}}"#);
    write(&world.state().join("openclaw.sqlite"), "");
    let before = tree(&world);
    let report = world.run(&["doctor", "--fix", "--json"]).out().json();
    assert_eq!(codes(&report), ["error newer_openclaw"]);
    assert_eq!(tree(&world), before);
}

#[test]
fn every_agent_keeps_its_own_and_logins_become_the_default_agents() {
    let world = World::with_key();
    config(&world, "{ agents: { list: [{ id: 'main' }, { id: 'work' }] } }");
    let work = world.store_path_of("work").parent().unwrap().to_path_buf();
    fs::create_dir_all(&work).unwrap();
    write(&work.join("auth.json"), &format!(r#"{{"anthropic": {{"type": "token", "token": "{TOKEN}"}}}}"#));
    fs::create_dir(world.home().join("logins")).unwrap();
    write(&world.home().join("logins/oauth.json"), r#"{"chutes": {"access": "a", "refresh": "r", "expires": 1}}"#);
    close(&world);
    let doctor =
        |args: &[&str]| world.run(&[&["doctor", "--json"], args].concat()).env("OPENCLAW_OAUTH_DIR", "~/logins");
    assert_eq!(codes(&doctor(&["--agent", "work"]).out().json()), ["note no_credentials", "warning legacy_store"]);
    assert_eq!(codes(&doctor(&["--agent", "main"]).out().json()), ["warning legacy_store"]);
    doctor(&["--fix"]).ok();
    let text = fs::read_to_string(world.store_path_of("work")).unwrap();
    assert!(text.contains(TOKEN) && !text.contains("chutes"), "{text}");
    assert_eq!(world.store()["profiles"]["chutes:default"]["type"], "oauth");
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY);
}

#[test]
fn what_is_imported_comes_last_in_a_stored_order() {
    let world = World::with_key();
    fs::rename(world.store_path(), agent_dir(&world).join("old")).unwrap();
    let own = format!(r#""anthropic:own": {{"type": "token", "provider": "anthropic", "token": "{TOKEN}"}}"#);
    let order = r#""order": {"Anthropic": ["anthropic:own"], "groq": []}"#;
    write(&world.store_path(), &format!(r#"{{"version": 1, "profiles": {{{own}}}, {order}}}"#));
    let old =
        format!(r#"{{"anthropic": {{"type": "api_key", "key": "{KEY}"}}, "groq": {{"type": "api_key", "key": "g"}}}}"#);
    write(&agent_dir(&world).join("auth.json"), &old);
    world.run(&["doctor", "--fix"]).ok();
    assert_eq!(world.store()["order"], json!({"Anthropic": ["anthropic:own", "anthropic:default"], "groq": []}));
    assert_eq!(world.store()["profiles"].as_object().unwrap().len(), 3);
}

#[test]
fn what_the_store_remembers_of_a_profile_that_is_imported_stays() {
    let world = World::with_key();
    let remembered = json!({ "disabledUntil": now() + 3_600_000, "disabledReason": "billing", "errorCount": 3 });
    let store = json!({
        "version": 1,
        "profiles": { "anthropic:m": { "type": "token", "provider": "anthropic", "token": TOKEN } },
        "order": { "anthropic": ["anthropic:default", "anthropic:gone", "anthropic:m"] },
        "lastGood": { "anthropic": "anthropic:default" },
        "usageStats": { "anthropic:default": remembered, "anthropic:gone": { "errorCount": 1 } },
    });
    write(&world.store_path(), &store.to_string());
    let old = agent_dir(&world).join("auth.json");
    // While nobody can read the old file, nobody knows whom it brings.
    write(&old, "{");
    assert_eq!(codes(&world.run(&["doctor", "--json"]).out().json()), ["warning legacy_unreadable"]);

    write(&old, &format!(r#"{{"anthropic": {{"type": "api_key", "key": "{KEY}"}}}}"#));
    let report = world.run(&["doctor", "--json"]).out().json();
    assert_eq!(codes(&report), ["note orphaned_health", "warning legacy_store", "warning orphaned_order"]);
    let message = finding(&report, "orphaned_order")["message"].as_str().unwrap();
    assert!(message.ends_with(": order.anthropic[1] (anthropic:gone)"), "{message}");
    world.run(&["doctor", "--fix"]).ok();
    let store = world.store();
    assert_eq!(store["profiles"]["anthropic:default"]["key"], KEY);
    assert_eq!(store["order"]["anthropic"], json!(["anthropic:default", "anthropic:m"]));
    assert_eq!(store["lastGood"]["anthropic"], "anthropic:default");
    assert_eq!(store["usageStats"], json!({ "anthropic:default": remembered }));
}

#[test]
fn an_old_file_that_is_a_link_is_imported_and_left_as_it_is() {
    let world = World::with_key();
    let real = world.home().join("real.json");
    std::fs::write(&real, r#"{"groq": {"type": "api_key", "key": "gsk"}}"#).unwrap();
    chmod(&real, 0o644);
    let link = agent_dir(&world).join("auth.json");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    world.run(&["doctor", "--fix"]).out();
    assert_eq!(world.store()["profiles"]["groq:default"]["key"], "gsk");
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o644, "it lies elsewhere");
    assert!(link.is_symlink());
    // What is open is told, with the command.
    assert_eq!(codes(&world.run(&["doctor", "--json"]).out().json()), ["warning open_to_others"]);
}
