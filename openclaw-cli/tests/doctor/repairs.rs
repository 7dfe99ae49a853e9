//! Repairs lose nothing: whatever stands there, whoever else repairs, wherever nothing can be written.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::common::{KEY, OTHER_KEY, OTHER_TOKEN, TOKEN, World, commands, skipped};
use crate::support::{
    add_profile, agent_dir, as_nobody, chmod, close, codes, config, finding, sick, store_with, tree, write,
};

#[test]
fn the_recommended_commands_repair_the_configuration() {
    let world = World::with_key();
    config(
        &world,
        r#"{
  // mine
  auth: {
    order: { anthropic: ["anthropic:gone", "anthropic:default", "anthropic:lost"], openai: ["openai:gone"] },
    profiles: {
      "anthropic:default": { provider: "anthropic", mode: "api_key" },
      "anthropic:gone": { provider: "anthropic", mode: "token" },
      "anthropic:claude-cli": { provider: "anthropic", mode: "token" },
      "bedrock:sdk": { provider: "bedrock", mode: "aws-sdk" },
    },
  },
}
"#,
    );
    let report = world.run(&["doctor", "--json"]).out().json();
    let expected = [
        "error orphaned_config",
        "note retired_name",
        "warning orphaned_config",
        "warning orphaned_config",
        "warning orphaned_config",
    ];
    assert_eq!(codes(&report), expected);
    let before = tree(&world);
    world.run(&["doctor", "--fix"]).out();
    assert_eq!(tree(&world), before, "the configuration is never repaired by itself");
    let bin = Path::new(env!("CARGO_BIN_EXE_openclaw")).parent().unwrap();
    for finding in report["findings"].as_array().unwrap() {
        let command = finding["advice"]["command"].as_str().unwrap();
        let mut shell = Command::new("sh");
        let shell = shell.args(["-c", command]).env_clear().env("HOME", world.home());
        let output = shell.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
    }
    assert_eq!(codes(&world.run(&["doctor", "--json"]).ok().json()), Vec::<String>::new());
    let text = fs::read_to_string(world.config_path()).unwrap();
    assert!(text.contains("// mine") && text.contains(r#"anthropic: ["anthropic:default"]"#), "{text}");
}

#[test]
fn the_recommended_command_stores_a_credential_as_what_it_is() {
    for (kind, field, secret) in [("api_key", "key", TOKEN), ("token", "token", OTHER_KEY)] {
        let world = World::with_key();
        let entry = format!(r#"{{"type": "{kind}", "provider": "anthropic", "{field}": "{secret}"}}"#);
        add_profile(&world, "anthropic:x", &entry);
        let report = world.run(&["doctor", "--json"]).out().json();
        let command = finding(&report, "wrong_kind")["advice"]["command"].as_str().unwrap().to_owned();
        let args: Vec<&str> = command.split(' ').skip(1).collect();
        world.run(&args).stdin(secret).ok();
        assert_eq!(codes(&world.run(&["doctor", "--json"]).ok().json()), Vec::<String>::new(), "{command}");
    }
}

#[test]
fn a_broken_store_is_set_aside_whole_and_nothing_is_replaced() {
    let world = World::with_key();
    for round in 0..2 {
        let text = format!("{{ \"profiles\": {{ \"{KEY}\" {round}");
        fs::write(world.store_path(), &text).unwrap();
        let report = world.run(&["doctor", "--json"]).out().json();
        let broken = finding(&report, "broken_store");
        assert_eq!((broken["agent"].as_str(), broken["line"].as_i64()), (Some("main"), Some(1)));
        assert_eq!(broken["fix"], json!({"action": "set_aside", "agent": "main"}));
        let output = world.run(&["doctor", "--fix"]).ok();
        assert!(output.stdout.contains("repaired: moved ~/.openclaw/agents/main/agent/auth-profiles.json to "));
        assert_eq!(commands(&output.stdout)[0], "openclaw models auth paste-api-key --provider anthropic");
        assert!(!world.store_path().exists());
        let aside: Vec<_> = fs::read_dir(agent_dir(&world)).unwrap().map(|entry| entry.unwrap().path()).collect();
        let aside: Vec<_> = aside.iter().filter(|path| path.to_string_lossy().contains(".json.corrupt-20")).collect();
        assert_eq!(aside.len(), round + 1);
        let same = aside.iter().filter(|path| fs::read_to_string(path).unwrap() == text);
        assert_eq!(
            same.map(|path| path.symlink_metadata().unwrap().permissions().mode() & 0o777).collect::<Vec<_>>(),
            [0o600]
        );
    }
    world.run(&["onboard", "--anthropic-api-key", "-"]).stdin(KEY).ok();
    world.run(&["doctor"]).ok();
}

#[test]
fn a_shared_store_stays_shared() {
    let world = World::with_key();
    let real = world.state().join("shared.json");
    fs::rename(world.store_path(), &real).unwrap();
    symlink(&real, world.store_path()).unwrap();
    write(&real, "{");
    let report = world.run(&["doctor", "--fix", "--json"]).ok().json();
    assert_eq!(report["repairs"].as_array().unwrap().len(), 1);
    assert!(world.store_path().is_symlink());
    world.run(&["onboard", "--anthropic-api-key", "-"]).stdin(KEY).ok();
    assert!(fs::read_to_string(real).unwrap().contains(KEY));
}

#[test]
fn what_stays_in_the_store_keeps_its_bytes() {
    let world = World::with_key();
    let key = format!(
        "\"anthropic:default\":{{\"type\":\"api_key\",  \"provider\":\"anthropic\",\"key\":\"{KEY}\",\"n\":1e3}}"
    );
    let before = format!(
        "{{\"version\":1,\"profiles\":{{{key}}},\n \"order\":{{\"Anthropic\":[ \"anthropic:gone\", \"anthropic:default\",\"anthropic:lost\" ],\"openai\":[\"openai:gone\"]}},\n \"usageStats\":{{\"anthropic:gone\":{{\"lastUsed\":1}},\"anthropic:default\":{{\"lastUsed\":1.0e3}}}},\"more\":[1e400]}}"
    );
    let after = format!(
        "{{\"version\":1,\"profiles\":{{{key}}},\n \"order\":{{\"Anthropic\":[ \"anthropic:default\" ]}},\n \"usageStats\":{{\"anthropic:default\":{{\"lastUsed\":1.0e3}}}},\"more\":[1e400]}}"
    );
    write(&world.store_path(), &before);
    world.run(&["doctor", "--fix"]).ok();
    assert_eq!(world.store_text(), after);
}

#[test]
fn profiles_that_the_main_agent_lends_are_no_orphans() {
    let world = World::with_key();
    config(&world, "{ agents: { list: [{ id: 'main' }, { id: 'work' }] } }");
    let work = world.store_path_of("work");
    fs::create_dir_all(work.parent().unwrap()).unwrap();
    let text = r#"{"version": 1, "profiles": {}, "usageStats": {"anthropic:default": {"lastUsed": 1}, "x:y": {}}}"#;
    write(&work, text);
    close(&world);
    let report = world.run(&["doctor", "--json", "--agent", "work"]).ok().json();
    assert_eq!(report["agents"], json!(["work"]));
    assert_eq!(codes(&report), ["note no_credentials", "note orphaned_health"]);
    assert_eq!(
        finding(&report, "orphaned_health")["message"],
        "what is remembered of profiles that are not there: usageStats[\"x:y\"]"
    );
    // Where the main agent's store cannot be read, nobody knows.
    write(&world.store_path(), "{");
    let report = world.run(&["doctor", "--json", "--agent", "work"]).ok().json();
    assert_eq!(codes(&report), ["note no_credentials"]);
    world.run(&["doctor", "--agent", "nobody"]).fails(1, &["Unknown agent id \"nobody\""]);
    world.run(&["doctor", "--agent", "../main"]).fails(1, &["Unknown agent id"]);
}

#[test]
fn a_credential_in_the_wrong_place_is_not_said() {
    let world = World::with_key();
    store_with(
        &world,
        &format!(
            r#""order": {{"anthropic": ["{OTHER_KEY}"]}}, "usageStats": {{"{TOKEN}": {{}}}}, "lastGood": {{"{KEY}": "{OTHER_TOKEN}"}}"#
        ),
    );
    for (id, entry) in [
        (KEY, r#"{"type": "token", "provider": "anthropic"}"#),
        (TOKEN, "{}"),
        ("a", &format!(r#"{{"type": "{OTHER_KEY}"}}"#)),
    ] {
        add_profile(&world, id, entry);
    }
    write(
        &agent_dir(&world).join("auth.json"),
        &format!(r#"{{"{KEY}": {{"type": "api_key", "key": "{TOKEN}"}}, "{OTHER_KEY}": 1}}"#),
    );
    let lists = format!("order: {{ '{OTHER_KEY}': ['{KEY}'], anthropic: ['{TOKEN}', 'anthropic:default'] }}");
    let profiles = format!("profiles: {{ '{OTHER_TOKEN}': {{ provider: '{KEY}', mode: 'token' }} }}");
    config(&world, &format!("{{ auth: {{ {lists}, {profiles} }} }}"));
    for args in [&["doctor"][..], &["doctor", "--json"], &["doctor", "--fix", "--json"], &["doctor", "--fix"]] {
        assert_eq!(world.run(args).out().code, 1);
    }
    config(&world, &format!("{{ auth: {{ order: '{KEY}', '{TOKEN}': '{OTHER_KEY}' }}, '{OTHER_TOKEN}': 1 }}"));
    write(&world.store_path(), &format!("{{ \"{KEY}\": {TOKEN} }}"));
    for args in [&["doctor"][..], &["doctor", "--json"], &["doctor", "--fix", "--json"]] {
        assert_eq!(world.run(args).out().code, 1);
    }
}

#[test]
fn several_doctors_at_once_repair_everything_once() {
    for broken in [false, true] {
        let world = sick();
        if broken {
            write(&world.store_path(), "{");
        }
        let doctors: Vec<_> = (0..6)
            .map(|_| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw"));
                let command = command.args(["doctor", "--fix", "--json"]).env_clear().env("HOME", world.home());
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        let mut stored = 0;
        for doctor in doctors {
            let output = doctor.wait_with_output().unwrap();
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            let repairs = report["repairs"].as_array().unwrap();
            assert!(repairs.iter().all(|repair| repair["done"] == true), "{report:#}");
            stored += repairs.iter().filter(|r| r["message"].as_str().unwrap().starts_with("stored ")).count();
        }
        assert_eq!(stored, 1, "imported once");
        let names = fs::read_dir(agent_dir(&world)).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        // What our lock keeps for the next time.
        names.retain(|name| name != ".auth-profiles.json.openclaw-sidecar");
        names.sort();
        let mut expected = vec![
            ".auth-profiles.json.openclaw-lock",
            "auth-profiles.json",
            "auth-profiles.json.corrupt-",
            "auth.json.imported-",
        ];
        expected.retain(|name| broken || !name.contains("corrupt"));
        assert_eq!(names.len(), expected.len(), "{names:?}");
        assert!(names.iter().zip(&expected).all(|(name, start)| name.starts_with(start)), "{names:?}");
        assert_eq!(world.store()["profiles"]["groq:default"]["key"], "gsk");
        assert_eq!(world.store()["profiles"]["anthropic:default"]["key"] == KEY, !broken);
        world.run(&["doctor"]).ok();
    }
}

#[test]
fn a_folder_that_cannot_be_written_loses_nothing() {
    for broken in [false, true] {
        let world = sick();
        if broken {
            write(&world.store_path(), &format!("{{ \"{KEY}\""));
        }
        chmod(&world.store_path(), 0o600);
        chmod(&agent_dir(&world), 0o500);
        let before = tree(&world);
        let Some(output) = as_nobody(&world, &["doctor", "--fix", "--json"]) else { return };
        let report = output.json();
        assert_eq!((output.code, &report["ok"]), (1, &json!(false)), "{report:#}");
        let repairs = report["repairs"].as_array().unwrap();
        assert!(!repairs.is_empty());
        for repair in repairs {
            let message = repair["message"].as_str().unwrap();
            assert!(repair["done"] == false && message.contains("Permission denied"), "{repair}");
        }
        assert_eq!(tree(&world), before);
        let people = as_nobody(&world, &["doctor", "--fix"]).unwrap();
        assert!(people.stdout.contains("not repaired: cannot "), "{people:?}");
    }
}

#[test]
fn no_repair_is_promised_that_is_not_made() {
    let world = World::with_key();
    fs::remove_file(world.store_path()).unwrap();
    let made = Command::new("mkfifo").args(["-m", "644"]).arg(world.store_path()).status();
    if !made.is_ok_and(|status| status.success()) {
        return skipped("mkfifo");
    }
    for args in [&["doctor", "--json"][..], &["doctor", "--fix", "--json"]] {
        let report = world.run(args).out().json();
        assert_eq!(codes(&report), ["error unreadable_store"]);
        assert_eq!(finding(&report, "unreadable_store").get("fix"), None);
    }
}

#[test]
fn what_belongs_to_somebody_else_is_told() {
    let world = World::with_key();
    let Some(output) = as_nobody(&world, &["doctor", "--json"]) else { return };
    assert_eq!(codes(&output.json()), Vec::<String>::new());
    // Root looks after a user's folder, in which one file is root's.
    std::os::unix::fs::chown(world.store_path(), Some(0), Some(0)).unwrap();
    let report = world.run(&["doctor", "--json"]).out().json();
    assert_eq!(codes(&report), ["warning foreign_owner"]);
    let advice = &finding(&report, "foreign_owner")["advice"]["command"];
    assert_eq!(*advice, format!("sudo chown 65534 {}", world.store_path().display()));
}
