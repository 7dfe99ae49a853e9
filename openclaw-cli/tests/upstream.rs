//! A folder that OpenClaw 2026.1.30 wrote, read and changed by every command of ours: it stays one
//! that OpenClaw can read, and nothing that is not ours changes.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::fs;

use common::inside::{CONFIG, CUSTOM, STORE, THEN, inside, recorded};
use common::{KEY, Output, TOKEN, World};
use serde_json::{Map, Value};

const RECORDED: &str = include_str!("data/status_json.out");

/// A reader of `auth-profiles.json` as 2026.1.30 knows it, made from its code and not from ours. It is
/// stricter than the reference, which skips in silence what it cannot read: entries that were skipped
/// in the recorded store are named, everything else must be understood to the last field.
mod reference {
    use serde_json::{Map, Value};

    /// The recorded entries that the reference skips: a type it does not know, and one without provider.
    const SKIPPED: [&str; 2] = ["bad:one", "bad:two"];

    /// Fields of ours that it carries along inside entries, or may lose on a write, and never misreads.
    const OURS_IN_PROFILES: [&str; 2] = ["addedAt", "credentialGeneration"];
    const OURS_IN_STATS: [&str; 1] = ["credentialGeneration"];

    pub(crate) fn read(text: &str) -> Result<(), String> {
        let store: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let store = object(&store, "the store")?;
        known(store, "the store", &["version", "profiles", "order", "lastGood", "usageStats"], &[])?;
        if store.get("version") != Some(&Value::from(1)) {
            return Err(format!("version {:?}", store.get("version")));
        }
        for (id, profile) in object(&store["profiles"], "profiles")? {
            if !SKIPPED.contains(&id.as_str()) {
                read_profile(id, object(profile, id)?)?;
            }
        }
        for (provider, ids) in part(store, "order")? {
            let ids = ids.as_array().ok_or_else(|| format!("order.{provider} is no list"))?;
            // Its reader drops blank and empty ones: none of ours may be lost so.
            let fine =
                !ids.is_empty() && ids.iter().all(|id| id.as_str().is_some_and(|id| id == id.trim() && !id.is_empty()));
            fine.then_some(()).ok_or_else(|| format!("order.{provider}: {ids:?}"))?;
        }
        for (provider, id) in part(store, "lastGood")? {
            id.as_str().ok_or_else(|| format!("lastGood.{provider} is no text"))?;
        }
        for (id, stats) in part(store, "usageStats")? {
            read_stats(id, object(stats, id)?)?;
        }
        Ok(())
    }

    fn read_profile(id: &str, profile: &Map<String, Value>) -> Result<(), String> {
        let text = |name: &str| match profile.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(()),
            other => Err(format!("{id}: {name} is {other:?}")),
        };
        text("provider")?;
        let (needed, allowed): (&[&str], &[&str]) = match profile.get("type").and_then(Value::as_str) {
            Some("api_key") => (&["key"], &[]),
            Some("token") => (&["token"], &["expires"]),
            Some("oauth") => {
                (&["access", "refresh"], &["expires", "enterpriseUrl", "projectId", "accountId", "clientId"])
            }
            other => return Err(format!("{id}: the type {other:?}")),
        };
        needed.iter().try_for_each(|name| text(name))?;
        known(profile, id, &[&["type", "provider", "email"], needed, allowed].concat(), &OURS_IN_PROFILES)?;
        profile.get("expires").map_or(Ok(()), |at| time(at, id))
    }

    fn read_stats(id: &str, stats: &Map<String, Value>) -> Result<(), String> {
        let times = ["lastUsed", "cooldownUntil", "disabledUntil", "lastFailureAt"];
        let others = ["errorCount", "disabledReason", "failureCounts"];
        known(stats, id, &[&times[..], &others].concat(), &OURS_IN_STATS)?;
        times.iter().filter_map(|name| stats.get(*name)).try_for_each(|at| time(at, id))?;
        let counts = stats.get("failureCounts").map(|counts| object(counts, id)).transpose()?;
        let counts = counts.into_iter().flat_map(Map::values).chain(stats.get("errorCount"));
        counts
            .into_iter()
            .all(|count| count.as_u64().is_some())
            .then_some(())
            .ok_or_else(|| format!("{id}: a count"))?;
        let reason = stats.get("disabledReason").is_none_or(Value::is_string);
        reason.then_some(()).ok_or_else(|| format!("{id}: disabledReason"))
    }

    /// ms since the epoch, and not seconds.
    fn time(value: &Value, id: &str) -> Result<(), String> {
        let fine = value.as_i64().is_some_and(|at| at > 1_000_000_000_000);
        fine.then_some(()).ok_or_else(|| format!("{id}: {value} is no time"))
    }

    fn object<'v>(value: &'v Value, what: &str) -> Result<&'v Map<String, Value>, String> {
        value.as_object().ok_or_else(|| format!("{what} is no object"))
    }

    fn part<'s>(store: &'s Map<String, Value>, name: &str) -> Result<Vec<(&'s String, &'s Value)>, String> {
        store.get(name).map_or(Ok(Vec::new()), |value| Ok(object(value, name)?.iter().collect()))
    }

    fn known(object: &Map<String, Value>, what: &str, names: &[&str], ours: &[&str]) -> Result<(), String> {
        let unknown = object.keys().find(|key| !names.contains(&key.as_str()) && !ours.contains(&key.as_str()));
        unknown.map_or(Ok(()), |key| Err(format!("{what}: the field {key}")))
    }
}

fn run(world: &World, args: &str) -> Output {
    let words: Vec<&str> = args.split(' ').collect();
    inside(&world.home(), THEN, &[CUSTOM], None, &words)
}

/// The objects of both, field by field: the old ones are all there, in their order, with their values.
fn assert_has_all(theirs: &Value, ours: &Value, path: &str) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let kept: Vec<&String> = ours.keys().filter(|key| theirs.contains_key(*key)).collect();
            assert_eq!(kept, theirs.keys().collect::<Vec<_>>(), "the fields of {path}, in their order");
            theirs.iter().for_each(|(key, value)| assert_has_all(value, &ours[key], &format!("{path}.{key}")));
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            assert_eq!(theirs.len(), ours.len(), "{path}");
            theirs.iter().zip(ours).for_each(|(theirs, ours)| assert_has_all(theirs, ours, path));
        }
        _ => assert_eq!(std::mem::discriminant(theirs), std::mem::discriminant(ours), "{path}: {theirs} and {ours}"),
    }
}

#[test]
fn the_strict_reader_is_strict() {
    reference::read(STORE).unwrap();
    let wrong = [
        ("\"version\":1", "\"version\":2"),
        ("\"type\":\"token\"", "\"type\":\"bearer\""),
        ("\"provider\":\"openai\",", ""),
        ("\"errorCount\":2", "\"errorCount\":\"2\""),
        ("\"cooldownUntil\":1795331608000", "\"cooldownUntil\":1795331608"),
        ("\"lastUsed\":", "\"lastUse\":"),
        ("\"expires\":1795338508000", "\"expires\":\"2026-11-22T09:08:28Z\""),
        ("\"lastGood\":{\"anthropic\":\"anthropic:work\"}", "\"lastGood\":{\"anthropic\":[]}"),
        ("\"version\":1", "\"version\":1,\"order\":{\"anthropic\":[]}"),
    ];
    for (right, broken) in wrong {
        let text = STORE.replacen(right, broken, 1);
        assert_ne!(text, STORE, "{right}");
        reference::read(&text).unwrap_err();
    }
}

#[test]
fn reading_it_changes_nothing_and_names_everything() {
    let world = recorded();
    let before = world.everything();
    let commands = [
        "models status",
        "models auth list",
        "models auth explain",
        "models auth policy",
        "models auth cooldown list",
        "models auth order get --provider anthropic",
        "agents list",
        "config get",
        "config file",
        "config validate",
        "config schema",
    ];
    for args in commands {
        assert_eq!(run(&world, args).code, 0, "{args}");
        if args != "config schema" {
            run(&world, &format!("{args} --json")).json();
        }
    }
    assert!(matches!(run(&world, "doctor").code, 0 | 1));
    assert!(world.everything() == before);
    let list = run(&world, "models auth list").stdout;
    let store: Value = serde_json::from_str(STORE).unwrap();
    for id in store["profiles"].as_object().unwrap().keys() {
        assert!(list.contains(id.as_str()), "{id}: {list}");
    }
}

#[test]
fn the_status_has_every_field_of_the_recorded_one_in_its_order() {
    // `serde_json` here keeps no order of keys; the text does.
    let world = recorded();
    let output = run(&world, "models status --json");
    let theirs: Value = serde_json::from_str(RECORDED).unwrap();
    assert_has_all(&theirs, &output.json(), "status");
    let keys = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim).filter(|line| line.starts_with('"'));
        lines
            .filter_map(|line| line.split_once("\": "))
            .map(|(key, _)| key.trim_start_matches('"').to_owned())
            .collect()
    };
    let (theirs, ours) = (keys(RECORDED), keys(&output.stdout));
    let mut rest = ours.iter();
    for key in &theirs {
        assert!(rest.any(|ours| ours == key), "{key} is not there, or in another place: {ours:?}");
    }
}

/// What a command may change of the store, by pointers; everything else keeps its bytes.
struct Change {
    args: &'static str,
    secret: &'static str,
    /// Members of the store that it adds, replaces or takes away.
    touches: &'static [&'static str],
}

const CHANGES: [Change; 10] = [
    Change {
        args: "models auth order set --provider anthropic anthropic:work anthropic:old",
        secret: "",
        touches: &["/order"],
    },
    Change { args: "models auth order clear --provider anthropic", secret: "", touches: &["/order"] },
    Change {
        args: "models auth cooldown clear anthropic:default",
        secret: "",
        touches: &["/usageStats/anthropic:default"],
    },
    Change { args: "models auth cooldown clear ghost:x", secret: "", touches: &["/usageStats/ghost:x"] },
    Change { args: "models auth cooldown clear openai:short", secret: "", touches: &["/usageStats/openai:short"] },
    Change {
        args: "models auth paste-api-key --provider anthropic --profile-id anthropic:new",
        secret: KEY,
        touches: &["/profiles/anthropic:new", "/usageStats/anthropic:new"],
    },
    Change {
        args: "models auth paste-token --provider anthropic --profile-id anthropic:old --expires-in 30d",
        secret: TOKEN,
        touches: &["/profiles/anthropic:old", "/usageStats/anthropic:old"],
    },
    Change {
        args: "models auth setup-token --profile-id anthropic:max",
        secret: TOKEN,
        touches: &["/profiles/anthropic:max", "/usageStats/anthropic:max"],
    },
    Change {
        args: "models auth remove openai:short --yes",
        secret: "",
        touches: &["/profiles/openai:short", "/usageStats/openai:short"],
    },
    Change { args: "config set auth.cooldowns.billingBackoffHours 2", secret: "", touches: &[] },
];

/// The store without what a command may touch; `order` and `usageStats` may come and go with their content.
fn rest(text: &str, touches: &[&str]) -> Value {
    let mut store: Value = serde_json::from_str(text).unwrap();
    for pointer in touches {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        if let Some(Value::Object(parent)) = store.pointer_mut(parent) {
            parent.remove(name);
        }
    }
    store
}

/// The texts of the members of an object, as they are spelt.
fn spelt<'t>(text: &'t str, ids: &[&str]) -> Vec<&'t str> {
    ids.iter()
        .map(|id| {
            let start = text.find(&format!("\"{id}\":{{")).unwrap_or_else(|| panic!("{id}"));
            &text[start..=start + text[start..].find('}').unwrap()]
        })
        .collect()
}

#[test]
fn every_change_leaves_it_readable_for_the_reference_and_the_rest_as_it_was() {
    for Change { args, secret, touches } in &CHANGES {
        let world = recorded();
        let words: Vec<&str> = args.split(' ').collect();
        world.run(&words).env(CUSTOM.0, CUSTOM.1).stdin(secret).ok();
        let text = world.store_text();
        reference::read(&text).unwrap_or_else(|error| panic!("{args}: {error}: {text}"));
        assert_eq!(rest(&text, touches), rest(STORE, touches), "{args}");
        if touches.is_empty() {
            assert_eq!(text, STORE, "{args}");
        }
        let profiles = ["anthropic:default", "anthropic:work", "anthropic:soon", "anthropic:me@x.org", "bad:one"];
        assert_eq!(spelt(&text, &profiles), spelt(STORE, &profiles), "{args}");
        // The configuration lists an order, in which a profile that is stored anew comes first.
        let first = |id: &str| CONFIG.replace("[\"anthropic:work\",", &format!("[\"{id}\", \"anthropic:work\","));
        let expected = match words.iter().position(|word| *word == "--profile-id") {
            Some(at) => first(words[at + 1]),
            None if args.starts_with("config") => {
                let ours = "\"anthropic:default\"] }, cooldowns: { billingBackoffHours: 2 } },";
                CONFIG.replace("\"anthropic:default\"] } },", ours)
            }
            None => CONFIG.to_owned(),
        };
        assert_eq!(fs::read_to_string(world.config_path()).unwrap(), expected, "{args}");
        // And ours reads it again.
        world.run(&["models", "status", "--json"]).env(CUSTOM.0, CUSTOM.1).ok().json();
    }
}

#[test]
fn all_changes_one_after_the_other_and_back_again() {
    let world = recorded();
    for Change { args, secret, .. } in &CHANGES {
        let words: Vec<&str> = args.split(' ').collect();
        world.run(&words).env(CUSTOM.0, CUSTOM.1).stdin(secret).out();
        reference::read(&world.store_text()).unwrap_or_else(|error| panic!("{args}: {error}"));
    }
    let config = fs::read_to_string(world.config_path()).unwrap();
    world.run(&["config", "unset", "auth.cooldowns"]).env(CUSTOM.0, CUSTOM.1).ok();
    world.run(&["config", "set", "auth.cooldowns.billingBackoffHours", "2"]).env(CUSTOM.0, CUSTOM.1).ok();
    assert_eq!(fs::read_to_string(world.config_path()).unwrap(), config);
    let before: Map<String, Value> = serde_json::from_str(STORE).unwrap();
    let after: Map<String, Value> = serde_json::from_str(&world.store_text()).unwrap();
    assert_eq!(before["lastGood"], after["lastGood"]);
    assert_eq!(after["profiles"].as_object().unwrap().len(), before["profiles"].as_object().unwrap().len() + 1);
}
