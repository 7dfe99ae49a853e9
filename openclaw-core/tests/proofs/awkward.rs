//! Files as people and their editors write them: each is loaded, and edited at every place it has.

use std::path::{Path as File, PathBuf};

use openclaw_core::Env;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
use openclaw_core::json5::{Edit, Kind, Limits, Node, Path, edit, scan};

use crate::oracle::check_edit;

fn folder() -> PathBuf {
    File::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/awkward")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

fn files() -> Vec<(String, String)> {
    let mut names: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let names = names.into_iter().map(|name| name.into_string().unwrap());
    names.filter(|name| name.contains(".json")).map(|name| (name.clone(), read(&name))).collect()
}

fn places(node: &Node, here: &Path, all: &mut Vec<Path>) {
    all.push(here.clone());
    for member in node.members() {
        places(&member.value, &here.key(&member.key), all);
    }
    for (index, element) in node.elements().iter().enumerate() {
        places(element, &here.index(index), all);
    }
}

/// Every edit that a place allows.
fn edits(root: &Node, at: &Path, strict: bool) -> Vec<Edit> {
    let values: &[&str] = if strict { &["7", "{\n  \"x\": [1, 2]\n}"] } else { &["'7'", "{\n  x: [1, 2], // why\n}"] };
    let mut edits: Vec<_> = values.iter().map(|value| Edit::set(at.clone(), *value)).collect();
    match &root.at(at).unwrap().kind {
        Kind::Object(_) => {
            edits.push(Edit::set(at.key("new"), values[1]));
            edits.push(Edit::set(at.key("a b").key("c").index(0), values[0]));
        }
        Kind::Array(elements) => edits.push(Edit::set(at.index(elements.len()), values[1])),
        _ => {}
    }
    if !at.segments().is_empty() {
        edits.push(Edit::unset(at.clone()));
    }
    edits
}

#[test]
fn every_file_loads() {
    let files = files();
    assert!(files.len() >= 10, "{} files", files.len());
    for (name, text) in files {
        let layer = ConfigLayer::parse(ConfigSource::File(name.clone().into()), &text);
        let config = layer.and_then(|layer| Config::from_layers([layer], &Env::empty()));
        let config = config.unwrap_or_else(|error| panic!("{error}"));
        assert!(config.get(&"ui".parse().unwrap()).is_some(), "{name}");
        assert!(config.warnings().is_empty(), "{:?}", config.warnings());
    }
}

#[test]
fn every_place_of_every_file_can_be_edited() {
    let limits = Limits::default();
    let mut count = 0;
    for (name, text) in files() {
        let document = scan(&text, &limits).unwrap();
        let mut all = Vec::new();
        places(&document.root, &Path::root(), &mut all);
        for one in all.iter().flat_map(|at| edits(&document.root, at, document.strict_json)) {
            let edited = edit(&text, std::slice::from_ref(&one), &limits).unwrap_or_else(|e| panic!("{name} {e}"));
            check_edit(&text, &edited, &one);
            count += 1;
        }
    }
    assert!(count > 500, "{count} edits");
}

#[test]
fn the_bytes_of_some_edits() {
    for (name, one, old, new) in [
        (
            "tabs.json5",
            set("agents.list[2]", "{\n  \"id\": \"c\"\n}"),
            "{\t\"id\":\t\"night\"\t}\t// no comma behind the last one\n",
            "{\t\"id\":\t\"night\"\t},\t// no comma behind the last one\n\t\t\t{\n\t\t\t\t\"id\": \"c\"\n\t\t\t}\n",
        ),
        (
            "tabs.json5",
            unset("agents.defaults.model"),
            "\t\t\t\"model\":\t\"anthropic/claude-opus-4-5\",\t// the big one\n",
            "",
        ),
        (
            "comments-everywhere.json5",
            set("agents.defaults.model", "'haiku'"),
            "/* 3 */ 'opus' /* 4 */",
            "/* 3 */ 'haiku' /* 4 */",
        ),
        ("comments-everywhere.json5", set("ui.d[0]", "1"), "[ /* empty */ ]", "[ /* empty */\n      1\n    ]"),
        (
            "minified.json",
            set("agents.list[1].model", "\"haiku\""),
            "{\"id\":\"b\"}",
            "{\"id\":\"b\",\"model\":\"haiku\"}",
        ),
        ("minified.json", unset("gateway"), ",\"gateway\":{\"port\":18789}", ""),
        (
            "windows.json5",
            set("ui.more", "[\n  1\n]"),
            "und noch eine',\r\n",
            "und noch eine',\r\n        more: [\r\n            1\r\n        ],\r\n",
        ),
        (
            "windows.json5",
            unset("agents.list[1].agentDir"),
            "                agentDir: \"C:\\\\Users\\\\Ada\\\\.openclaw\\\\agents\\\\zwei\",\r\n",
            "",
        ),
        ("one-line.json5", set("ui.b.c", "1"), "b: {},", "b: { c: 1 },"),
        ("one-line.json5", unset("ui.a[1]"), "[1, 2, 3]", "[1, 3]"),
        ("old-mac.json5", set("ui.c", "3"), "    b: 2\r", "    b: 2,\r    c: 3\r"),
        ("leading-commas.json5", unset("agents.list[1]"), "            , { id: 'b' } // the second\n", ""),
        ("no-end-of-line.json5", set("ui.b", "2"), "    a: 1}", "    a: 1,\n    b: 2}"),
        ("strange-keys.json5", unset(r#"ui["a.b"]["c[0]"]"#), "{ \"c[0]\": 2 }", "{}"),
        ("strange-keys.json5", set("ui.über", "60"), "\\u00fcber: 6,", "\\u00fcber: 60,"),
    ] {
        let text = read(name);
        let expected = text.replacen(old, new, 1);
        assert_ne!(text, expected, "{name} has no {old:?}");
        let edited = edit(&text, std::slice::from_ref(&one), &Limits::default()).unwrap();
        assert_eq!(edited.as_str(), expected, "{name} {one:?}");
    }
}

fn set(path: &str, value: &str) -> Edit {
    Edit::set(path.parse().unwrap(), value)
}

fn unset(path: &str) -> Edit {
    Edit::unset(path.parse().unwrap())
}

/// A text of 1 MB, made here so that nobody has to store it.
fn large() -> String {
    let mut text = String::from("// large\n{\n  ui: {\n");
    let mut number = 0;
    while text.len() < 1_000_000 {
        text += &format!(
            "    'room {number}': {{ // {number}\n      list: [1, \"two\", {{ three: 0x3 }}],\n      on: true, /* yes */\n    }},\n"
        );
        number += 1;
    }
    text + "  },\n  gateway: { port: 1 },\n}\n"
}

#[test]
fn a_file_of_a_megabyte_is_loaded_and_edited() {
    let text = large();
    let layer = ConfigLayer::parse(ConfigSource::File("large.json5".into()), &text).unwrap();
    let config = Config::from_layers([layer], &Env::empty()).unwrap();
    let place: Path = r#"ui["room 7000"].list[2].three"#.parse().unwrap();
    assert_eq!(config.origin(&place).unwrap().to_string(), format!("large.json5:{}:33", 3 + 4 * 7000 + 2));
    let edits = [Edit::set(place, "33"), set("ui.new", "[]"), unset(r#"ui["room 0"]"#), set("gateway.port", "2")];
    let expected = text
        .replacen(
            "    'room 0': { // 0\n      list: [1, \"two\", { three: 0x3 }],\n      on: true, /* yes */\n    },\n",
            "",
            1,
        )
        .replacen("    },\n  },\n  gateway", "    },\n    'new': [],\n  },\n  gateway", 1)
        .replacen("port: 1", "port: 2", 1);
    let at = expected.find("'room 7000'").unwrap();
    let (before, behind) = expected.split_at(at);
    let expected = format!("{before}{}", behind.replacen("0x3", "33", 1));
    let edited = edit(&text, &edits, &Limits::default()).unwrap();
    assert!(edited.as_str() == expected, "the edits change other bytes");
}

#[test]
fn many_repeated_keys_are_told_in_one_pass() {
    // Going back to the start of the line for each of them would take minutes.
    let text = format!("{{ui: [{}]}}", "{a: 1, a: 2, b: {c: 1}},".repeat(40_000));
    let layer = ConfigLayer::parse(ConfigSource::Override, &text).unwrap();
    let config = Config::from_layers([layer], &Env::empty()).unwrap();
    assert_eq!(config.warnings().len(), 40_000);
    assert_eq!(config.warnings()[1].origin.to_string(), "override:1:38");
    assert_eq!(config.root().to_json(true).matches("\"a\": 2").count(), 40_000);
}

#[cfg(feature = "fs")]
#[test]
fn a_folder_of_nested_includes_says_what_openclaw_reads() {
    let config_path = folder().join("folder/openclaw.json5");
    let layer = ConfigLayer::read(&config_path, &Env::empty()).unwrap().unwrap();
    let config = Config::from_layers([layer], &Env::empty()).unwrap();
    let expected = serde_json::json!({
        "agents": {
            "defaults": { "model": "anthropic/claude-opus-4-5" },
            "list": [{ "id": "main" }, { "id": "night", "model": "haiku", "tools": { "deny": ["exec"] } }],
        },
        "gateway": { "port": 18790, "bind": "loopback" },
        "channels": { "telegram": { "allowFrom": ["+1", "+2", "+3"], "enabled": true } },
        // The word wiped nothing but what its own file had.
        "ui": { "theme": { "dark": true, "contrast": "high" } },
    });
    assert_eq!(config.root().to_value(), expected);
    for (path, file) in [
        ("agents.list[0].id", "folder/base.json5:2:"),
        ("agents.list[1].model", "folder/site/main.json5:5:"),
        ("agents.list[1].tools.deny[0]", "folder/agents/night.json5:1:"),
        ("channels.telegram.allowFrom[1]", "folder/site/numbers.json5:1:2"),
        ("gateway.port", "folder/openclaw.json5:5:20"),
        ("ui.theme.contrast", "folder/site/objects.json5:1:"),
    ] {
        let origin = config.origin(&path.parse().unwrap()).unwrap().to_string();
        assert!(origin.contains(file), "{path}: {origin}");
    }
}
