//! Advice is one exact command that works, whatever names stand in the folder, and no name shows a secret.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use common::{KEY, OTHER_KEY, OTHER_TOKEN, TOKEN, World, now, server};
use openclaw_core::testing::Reply;
use serde_json::{Value, json};

/// Names as OpenClaw takes them: any.
const IDS: [&str; 13] = [
    "work",
    "anthropic",
    "Anthropic:Cap",
    "@",
    "-x",
    "--all",
    " anthropic:out ",
    "anthropic:it's $HOME `x`",
    "anthropic:\u{1b}[31mred",
    "tab\tnew\nline\\",
    "anthropic:\u{202e}\u{85}7",
    "",
    "openai:mine",
];

fn ask_for(command: &Value) -> &str {
    command.as_str().unwrap_or_else(|| panic!("no command: {command}"))
}

/// Runs a command as a person does who copied it; `None` without bash.
fn typed(world: &World, command: &str, stdin: &str) -> Option<()> {
    world.typed(command)?.stdin(stdin).ok();
    Some(())
}

fn store(id: &str, profile: &Value, rest: &Value) -> String {
    let mut store = json!({ "version": 1, "profiles": { id: profile } });
    store.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    store.to_string()
}

#[test]
fn every_profile_can_be_replaced_cleared_ordered_and_removed_by_its_own_name() {
    let world = World::new();
    for id in IDS {
        world.write_store(store(
            id,
            &json!({ "type": "token", "provider": "anthropic", "expires": now() - 1000, "token": TOKEN }),
            &json!({}),
        ));
        let report = world.run(&["doctor", "--json"]).out().json();
        let findings = report["findings"].as_array().unwrap().iter();
        let expired = findings.clone().find(|finding| finding["code"] == "expired").unwrap();
        let Some(()) = typed(&world, ask_for(&expired["advice"]["command"]), OTHER_TOKEN) else { return };
        let profiles = world.store()["profiles"].clone();
        assert_eq!(profiles, json!({ id: profiles[id] }), "{id:?} and no other");
        assert_eq!((&profiles[id]["token"], profiles[id].get("expires")), (&json!(OTHER_TOKEN), None), "{id:?}");

        let blocked = json!({ id: { "cooldownUntil": now() + 60_000, "lastFailureAt": now() } });
        let token = json!({ "type": "token", "provider": "anthropic", "token": TOKEN });
        world.write_store(store(id, &token, &json!({ "usageStats": blocked })));
        let listed = world.run(&["models", "auth", "cooldown", "list"]).ok().stdout;
        typed(&world, listed.lines().last().unwrap(), "").unwrap();
        assert_eq!(
            world.run(&["models", "auth", "cooldown", "list", "--json"]).ok().json()["windows"],
            json!([]),
            "{id:?}"
        );

        world.run(&["models", "auth", "order", "set", "--provider", "anthropic", "--", id]).ok();
        assert_eq!(world.store()["order"]["anthropic"], json!([id]));
        world.run(&["models", "auth", "remove", "--yes", "--", id]).ok();
        assert_eq!(world.store()["profiles"], json!({}), "{id:?}");
    }
}

#[test]
fn a_new_name_without_a_provider_needs_the_provider_and_another_providers_is_refused() {
    let world = World::new();
    let setup = ["models", "auth", "setup-token", "--token", "-", "--profile-id"];
    let with = |more: &[&'static str]| [&setup[..], more].concat();
    for (args, code) in [
        (with(&["work"]), 2),
        (with(&["work", "--provider", "anthropic"]), 0),
        (with(&["work"]), 0),
        (with(&["openai:x", "--provider", "anthropic"]), 2),
        (with(&["anthropic:", "--provider", "anthropic"]), 2),
        (with(&[" anthropic:b "]), 0),
    ] {
        assert_eq!(world.run(&args).stdin(TOKEN).out().code, code, "{args:?}");
    }
    let ids: Vec<String> = world.store()["profiles"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(ids, ["anthropic:b", "work"]);
}

#[test]
fn what_is_stored_beside_others_takes_an_id_that_is_free() {
    let (world, server) = (World::new(), server());
    // A login of OpenClaw's under the usual id of tokens, and a key that a token keeps from serving.
    let login =
        json!({ "type": "oauth", "provider": "anthropic", "access": "a", "refresh": "r", "expires": now() - 1000 });
    world.write_store(store("anthropic:manual", &login, &json!({})));
    let error = world.at(&server, &["ask", "x", "--json"]).fails(1, &[]).error();
    let command = ask_for(&error["hints"][0]["command"]).to_owned();
    for words in [&["models", "status"][..], &["doctor"], &["models", "auth", "explain"]] {
        let told = world.run(words).out().stdout;
        assert!(told.contains(&command), "{words:?}: {told}");
    }
    let Some(()) = typed(&world, &command, TOKEN) else { return };
    assert_eq!(world.store()["profiles"]["anthropic:manual"], login);

    let token = json!({ "type": "token", "provider": "anthropic", "token": TOKEN });
    world.write_store(store("anthropic:default", &token, &json!({})));
    let told = world.run(&["models", "auth", "explain"]).env("ANTHROPIC_API_KEY", OTHER_KEY).ok().stdout;
    let command = told.lines().find(|line| line.contains("paste-api-key")).unwrap().trim();
    typed(&world, command, OTHER_KEY).unwrap();
    assert_eq!(world.store()["profiles"]["anthropic:api-key"]["key"], OTHER_KEY);
}

#[test]
fn a_key_of_the_configuration_that_cannot_be_had_serves_nobody() {
    let world = World::new();
    let exec = "{ source: 'exec', provider: 'nope', id: 'x' }";
    for (key, why) in [("'${NOPE}'", "env:NOPE is not set"), (exec, "secrets.providers.nope is not configured")] {
        world.write_config(&format!(
            "{{ models: {{ providers: {{ anthropic: {{ baseUrl: 'http://127.0.0.1:9', models: [], apiKey: {key} }} }} }} }}"
        ));
        let status = world.run(&["models", "status", "--check", "--json"]).out();
        assert_eq!(status.code, 1, "{key}");
        let auth = &status.json()["auth"];
        assert_eq!(auth["activeProfile"], json!({ "anthropic": null }));
        let refused = &auth["eligibility"]["anthropic"][0];
        assert_eq!(
            (&refused["profileId"], &refused["code"]),
            (&json!("config:models.providers.anthropic.apiKey"), &json!("unresolved_ref"))
        );
        let told = world.run(&["models", "status"]).ok().stdout;
        assert!(told.contains("nobody can serve now") && told.contains(why), "{told}");

        let report = world.run(&["doctor", "--json"]).out();
        let findings = report.json()["findings"].clone();
        let found = findings.as_array().unwrap().iter().find(|finding| finding["code"] == "unresolved_ref").unwrap();
        assert!(report.code == 1 && found["message"].as_str().unwrap().contains(why) && found["line"] == 1, "{found}");

        // The hint of a request shows the cause, also for a model that is nobody's default.
        for model in [&[][..], &["--model", "claude-haiku-4-5"]] {
            let error = world.run(&[&["ask", "x", "--json"], model].concat()).fails(1, &[]).error();
            let command = ask_for(&error["hints"][0]["command"]);
            assert!(command.starts_with("openclaw models auth explain"), "{command}");
            let words: Vec<&str> = command.split(' ').skip(1).collect();
            let explained = world.run(&words).ok().stdout.replace("\n       ", " ");
            assert!(explained.contains(why), "{explained}");
            assert!(model.is_empty() || explained.contains("claude-haiku-4-5"), "{explained}");
        }
        // Where somebody else serves, all is well.
        let status = world.run(&["models", "status", "--check", "--json"]).env("ANTHROPIC_API_KEY", KEY).ok();
        assert_eq!(status.json()["auth"]["activeProfile"], json!({ "anthropic": "env:ANTHROPIC_API_KEY" }));
    }
}

#[test]
fn a_profile_that_cannot_be_read_is_malformed_wherever_it_is_listed() {
    let world = World::new();
    let profiles = json!({
        "anthropic:a": { "type": "api_key", "provider": "anthropic", "key": KEY },
        "anthropic:h": { "type": "api_key", "provider": "anthropic", "key": 5 },
    });
    for order in [Value::Null, json!({ "anthropic": ["anthropic:a"] })] {
        world.write_store(json!({ "version": 1, "profiles": profiles, "order": order }).to_string());
        let is_malformed = |list: &Value| {
            let found = list.as_array().unwrap().iter().find(|entry| entry["profileId"] == "anthropic:h");
            assert_eq!(found.unwrap_or_else(|| panic!("{list:#}"))["code"], "malformed");
        };
        let list = world.run(&["models", "auth", "list", "--json"]).ok().json();
        assert_eq!(list["profiles"][1]["status"], "malformed");
        is_malformed(&list["profiles"]);
        is_malformed(&world.run(&["models", "status", "--json"]).ok().json()["auth"]["eligibility"]["anthropic"]);
        is_malformed(&world.run(&["models", "auth", "explain", "--json"]).ok().json()["models"][0]["candidates"]);
    }
}

#[test]
fn a_credential_that_stands_in_a_name_is_not_shown() {
    let world = World::new();
    let id = format!("anthropic:{OTHER_KEY}");
    let profile = json!({ "type": "oauth", "provider": "anthropic", "access": "a", "refresh": "r", "expires": now() - 1000, "email": TOKEN });
    let windows = json!({ OTHER_TOKEN: { "cooldownUntil": now() + 60_000, "lastFailureAt": now() } });
    let stats = json!({ &id: { "cooldownUntil": now() + 60_000, "lastFailureAt": now(), "models": windows } });
    world.write_store(store(&id, &profile, &json!({ "usageStats": stats, "order": { "anthropic": [&id] } })));
    world.write_config(&format!(
        "{{ agents: {{ defaults: {{ model: 'anthropic/{KEY}' }}, list: [{{ id: 'main', name: '{TOKEN}' }}] }} }}"
    ));
    // Every run looks for secrets.
    for args in [
        &["models", "status"][..],
        &["models", "auth", "list"],
        &["models", "auth", "explain"],
        &["models", "auth", "cooldown", "list"],
        &["models", "auth", "order", "get", "--provider", "anthropic"],
        &["agents", "list"],
        &["doctor"],
        &["models", "auth", "order", "set", "--provider", "anthropic", &id],
        &["models", "auth", "cooldown", "clear", &id],
        &["models", "auth", "remove", "--yes", &id],
    ] {
        world.run(&[args, &["--json"]].concat()).out();
        world.run(args).out();
    }
    assert_eq!(world.store()["profiles"], json!({}), "all of them did their work");
    // What is asked for is the answer.
    let server = server();
    world.write_config("{}");
    world.run(&["onboard", "--anthropic-api-key", "-"]).stdin(KEY).ok();
    server.on(KEY, [Reply::text("it begins with sk-ant-api77-xy"), Reply::text("sk-ant-api77-xy")]);
    assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "it begins with sk-ant-api77-xy\n");
    assert_eq!(world.at(&server, &["ask", "x", "--json"]).ok().json()["text"], "sk-ant-api77-xy");
}

#[test]
fn a_broken_store_leads_to_the_doctor() {
    let world = World::new();
    world.write_store("{");
    let error = world.run(&["models", "auth", "list", "--json"]).fails(1, &[]).error();
    let Some(()) = typed(&world, ask_for(&error["hints"][0]["command"]), "") else { return };
    world.run(&["models", "auth", "list"]).ok();
}

#[test]
fn the_same_token_pasted_again_is_not_left_as_one_that_has_ended() {
    let world = World::new();
    let token = json!({ "type": "token", "provider": "anthropic", "token": TOKEN, "expires": now() - 1000 });
    world.write_store(store("anthropic:manual", &token, &json!({})));
    let told = world.run(&common::PASTE_TOKEN).stdin(TOKEN).ok().stdout;
    assert!(told.starts_with("Stored "), "{told}");
    world.run(&["models", "status", "--check"]).ok();
    let told = world.run(&common::PASTE_TOKEN).stdin(TOKEN).ok().stdout;
    assert!(told.starts_with("Already stored"), "{told}");
}

#[test]
fn a_provider_that_no_model_could_name_gets_no_credential() {
    let args = ["models", "auth", "paste-api-key", "--provider", "a/b"];
    common::refused(&World::new(), &args, KEY, 2, &["invalid provider \"a/b\""]);
    // Said before anything is recommended.
    let args = ["models", "auth", "add", "--provider", "a/b"];
    common::refused(&World::new(), &args, "", 2, &["invalid provider \"a/b\""]);
}
