//! What an edit changes, and what stops it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use openclaw_core::config::{ConfigError, ConfigFiles, ConfigLayer, SaveError, edit_config, state_env};
use openclaw_core::json5::{Edit, quote};
use openclaw_core::{Env, StatePaths};
use serde_json::json;

use crate::support::{Folder, ROOT, mode, path, set, stamp, unset};

/// Two files with everything that a careless writer loses.
const AUTHORED: &str = "\u{feff}// mine\r\n{\r\n\tgateway: { mode: 'local', }, // here\r\n\t$include: './agents.json5',\r\n\tmodels: { providers: { work: {\r\n\t\tbaseUrl: \"https://x.example\", apiKey: '${WORK_KEY}', models: [],\r\n\t} } },\r\n}\r\n";
const INCLUDED: &str = "{\n\t// who\n\tagents: {\n\t\tdefaults: { model: 'anthropic/claude-opus-4-5' /* best */ },\n\t\tlist: [ { id: 'main', default: true, }, ],\n\t},\n}";

fn authored() -> Folder {
    Folder::new(&[(ROOT, AUTHORED), ("agents.json5", INCLUDED)])
}

#[test]
fn only_the_bytes_of_the_edit_change_and_only_in_its_file() {
    let folder = authored();
    let untouched = stamp(&folder.path(ROOT));
    folder.set("agents.defaults.model", "'anthropic/claude-sonnet-4-5'").unwrap();
    assert_eq!(folder.text("agents.json5"), INCLUDED.replace("claude-opus-4-5", "claude-sonnet-4-5"));
    assert_eq!((folder.text(ROOT).as_str(), stamp(&folder.path(ROOT))), (AUTHORED, untouched));

    let folder = authored();
    let untouched = stamp(&folder.path("agents.json5"));
    folder.set("gateway.mode", "'remote'").unwrap();
    assert_eq!(folder.text(ROOT), AUTHORED.replace("'local'", "'remote'"));
    assert_eq!((folder.text("agents.json5").as_str(), stamp(&folder.path("agents.json5"))), (INCLUDED, untouched));

    let folder = authored();
    folder.edit(&[set("agents.list[1]", "{ id: 'ops' }"), unset("gateway.mode")]).unwrap();
    assert_eq!(
        folder.text("agents.json5"),
        INCLUDED.replace("default: true, }, ]", "default: true, }, { id: 'ops' }, ]")
    );
    assert_eq!(folder.text(ROOT), AUTHORED.replace("{ mode: 'local', }", "{}"));
}

#[test]
fn what_is_there_already_is_not_written() {
    let folder = authored();
    let before = [ROOT, "agents.json5"].map(|name| stamp(&folder.path(name)));
    for (at, value) in [
        ("agents.defaults.model", "\"anthropic/claude-opus-4-5\""),
        ("agents.list", "[{id: \"main\", 'default': true}]"),
        ("models.providers.work.apiKey", "\"${WORK_KEY}\""),
        ("gateway", "{mode: 'local'}"),
    ] {
        let written = folder.set(at, value).unwrap();
        assert!(written.files.is_empty() && written.backups.is_empty(), "{at}");
    }
    let plan = folder.files().plan(&[set("gateway.mode", "'local'")], &Env::empty()).unwrap();
    assert!(plan.is_empty() && plan.write().unwrap().files.is_empty());
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 2, "not even a lock is made");
    assert_eq!([ROOT, "agents.json5"].map(|name| stamp(&folder.path(name))), before);
    assert_eq!(folder.names(), ["agents.json5", ROOT]);
}

#[test]
fn a_missing_file_is_made_closed_to_others() {
    let folder = Folder::new(&[]);
    let config = folder.path("deep/er/openclaw.json");
    let edits = [set("agents.defaults.model", "'anthropic/claude-opus-4-5'")];
    let files = ConfigFiles::read(&config, &Env::empty()).unwrap();
    let change = files.plan(&edits, &Env::empty()).unwrap();
    assert!(!folder.path("deep").exists(), "nothing is made before it is written");
    let written = change.write().unwrap();
    assert!(written.backups.is_empty());
    assert_eq!((mode(&config), mode(&folder.path("deep/er"))), (0o600, 0o700));
    let text = fs::read_to_string(&config).unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["agents"]["defaults"]["model"],
        "anthropic/claude-opus-4-5"
    );
}

#[test]
fn a_file_of_strict_json_stays_strict_json() {
    let folder = Folder::new(&[(ROOT, "{\n  \"gateway\": {\n    \"mode\": \"local\"\n  }\n}\n")]);
    folder.set("ui.seam", "{color: 'red', n: [0x10, .5], big: 18446744073709551615}").unwrap();
    let value: serde_json::Value = serde_json::from_str(&folder.text(ROOT)).unwrap();
    assert_eq!(value["ui"]["seam"], json!({"color": "red", "n": [16, 0.5], "big": 18_446_744_073_709_551_615_u64}));
    let before = folder.text(ROOT);
    let error = folder.set("ui.x", "[NaN]").unwrap_err().to_string();
    assert!(error.contains("strict JSON") && error.contains(ROOT), "{error}");
    assert_eq!(folder.text(ROOT), before);
}

#[test]
fn an_edit_that_other_files_would_blur_is_not_made() {
    // The new object would merge with the included one instead of replacing the text.
    let folder = Folder::new(&[(ROOT, "{$include: './x.json5', ui: 'text'}"), ("x.json5", "{ui: {a: 1}}")]);
    let error = folder.set("ui", "{b: 2}").unwrap_err();
    assert!(matches!(error, SaveError::NotAsIntended { .. }), "{error}");
    assert!(error.to_string().contains("openclaw.json:1:29") && error.to_string().contains("by hand"), "{error}");
    assert_eq!(folder.names(), [ROOT, "x.json5"]);
    folder.set("ui", "'other'").unwrap();
    assert_eq!(folder.value()["ui"], "other");
}

#[test]
fn the_files_of_a_diamond_are_not_edited() {
    let folder = Folder::new(&[
        (ROOT, "{ui: {$include: ['./left.json5', './right.json5']}}"),
        ("left.json5", "{$include: './base.json5', l: 1}"),
        ("right.json5", "{$include: './base.json5', r: 1}"),
        ("base.json5", "{list: [1]}"),
    ]);
    assert_eq!(folder.value()["ui"]["list"], json!([1, 1]));
    for at in ["ui.list[0]", "ui.list[2]"] {
        let error = folder.set(at, "2").unwrap_err().to_string();
        assert!(error.contains("included more than once"), "{error}");
    }
    assert_eq!(folder.text("base.json5"), "{list: [1]}");
    folder.set("ui.l", "2").unwrap();
    assert_eq!(folder.text("left.json5"), "{$include: './base.json5', l: 2}");
}

#[test]
fn what_would_be_invalid_is_refused_with_all_its_problems() {
    let folder = authored();
    let edits = [set("auth.bogus", "1"), set("agents.defaults.model", "5"), set("gateway.port", "1")];
    let error = folder.edit(&edits).unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
    let said = error.to_string();
    assert!(said.contains("Unrecognized key: \"bogus\"") && said.contains("agents.defaults.model"), "{said}");
    let error = folder.set("ui.text", "'${UNSET_HERE}'").unwrap_err().to_string();
    assert!(error.contains("UNSET_HERE") && error.contains("ui.text"), "{error}");
    let env = Env::empty().with("UNSET_HERE", "x");
    edit_config(&folder.path(ROOT), &env, &[set("ui.text", "'${UNSET_HERE}'")]).unwrap();
    // A credential may refer to a variable that is not set: that makes the credential unusable, not the file.
    edit_config(&folder.path(ROOT), &env, &[set("models.providers.work.apiKey", "'${OTHER_KEY}'")]).unwrap();
    assert!(folder.text(ROOT).contains("apiKey: '${OTHER_KEY}'"));
    assert_eq!(folder.text("agents.json5"), INCLUDED);
}

#[test]
fn a_broken_configuration_can_be_repaired_step_by_step() {
    let text = "{agents: {list: [{}, {}, {id: 5}]}, auth: {bogus: 1}}";
    let folder = Folder::new(&[(ROOT, text)]);
    let written = folder.set("gateway.mode", "'local'").unwrap();
    assert_eq!(written.problems.len(), 4, "they are told: {:?}", written.problems);
    let error = folder.set("auth.worse", "1").unwrap_err();
    assert_eq!(error.problems().len(), 1, "only what is new stops an edit: {error}");
    assert_eq!(folder.unset("auth.bogus").unwrap().problems.len(), 3);
    // The problems of the later elements move up with them.
    assert_eq!(folder.unset("agents.list.0").unwrap().problems.len(), 2);
    assert_eq!(folder.set("agents.list[0].id", "'a'").unwrap().problems.len(), 1);
    assert!(folder.set("agents.list[1].id", "'b'").unwrap().problems.is_empty());
    assert_eq!(folder.value()["agents"]["list"], json!([{"id": "a"}, {"id": "b"}]));
}

#[test]
fn what_cannot_be_read_is_not_edited() {
    for text in ["", "{", "[1]", "{$include: './none.json5'}"] {
        let folder = Folder::new(&[(ROOT, text)]);
        let error = folder.set("a", "1").unwrap_err();
        assert!(matches!(error, SaveError::Config(_)), "{text}: {error}");
        assert_eq!((folder.text(ROOT).as_str(), folder.names().len()), (text, 1));
    }
    let outside = Folder::new(&[("x.json5", "{}")]);
    let folder =
        Folder::new(&[(ROOT, &format!("{{$include: {}}}", *quote(outside.path("x.json5").to_str().unwrap())))]);
    assert!(matches!(folder.set("a", "1"), Err(SaveError::Config(ConfigError::Include(_)))));
    let env = Env::empty().with("OPENCLAW_INCLUDE_ROOTS", outside.0.path().to_str().unwrap());
    edit_config(&folder.path(ROOT), &env, &[set("ui", "{}")]).unwrap();
    assert_eq!(outside.text("x.json5"), "{\n  \"ui\": {}\n}");
}

#[test]
fn a_value_is_json5_without_includes() {
    let folder = Folder::new(&[(ROOT, "{ui: 1}"), ("x.json5", "{}")]);
    for (value, said) in [
        ("{", "is not closed at 1:2"),
        ("local", "not JSON5"),
        ("{a: [{$include: './x.json5'}]}", "holds an $include"),
        (&format!("{}1{}", "[".repeat(100), "]".repeat(100)), "deeper than 100"),
    ] {
        let error = folder.set("ui", value).unwrap_err().to_string();
        assert!(error.contains(said), "{value}: {error}");
    }
    assert_eq!(folder.names(), [ROOT, "x.json5"]);
}

#[test]
fn a_zero_makes_an_array_where_nothing_stands_and_no_other_number_does() {
    let folder = Folder::new(&[(ROOT, "{ui: {o: {}, l: ['a', 'b']}}")]);
    folder.set("channels.telegram.allowFrom.0", "123").unwrap();
    folder.set("channels.telegram.allowFrom.1", "456").unwrap();
    folder.set("channels.telegram.groups.98765.requireMention", "false").unwrap();
    folder.set("ui.o.0", "1").unwrap();
    folder.set("ui.l.1", "'c'").unwrap();
    assert_eq!(
        folder.value(),
        serde_json::json!({
            "ui": {"o": {"0": 1}, "l": ["a", "c"]},
            "channels": {"telegram": {"allowFrom": [123, 456], "groups": {"98765": {"requireMention": false}}}}
        })
    );
    for path in ["ui.l.+1", "ui.l.01"] {
        assert!(folder.set(path, "1").is_err() && folder.unset(path).unwrap().files.is_empty(), "{path}");
    }
}

#[test]
fn edits_see_the_ones_before_them() {
    let folder = Folder::new(&[(ROOT, "{ui: {$include: './x.json5'}}"), ("x.json5", "{list: [1]}")]);
    folder
        .edit(&[set("ui.list[1]", "2"), set("ui.list[2]", "3"), unset("ui.list[0]"), set("ui.deep.er", "1")])
        .unwrap();
    assert_eq!(folder.value()["ui"], json!({"list": [2, 3], "deep": {"er": 1}}));
    folder.edit(&[unset("ui"), set("ui.fresh", "1"), unset("ui.gone")]).unwrap();
    assert_eq!(folder.value(), json!({"ui": {"fresh": 1}}));
    assert!(!folder.text(ROOT).contains("$include") && folder.text("x.json5").contains("list"));
}

#[test]
fn a_change_by_somebody_else_is_noticed() {
    type Change = fn(&Folder);
    let others: [(&str, Change); 6] = [
        (ROOT, |folder| folder.write(ROOT, &format!("{AUTHORED} "))),
        ("agents.json5", |folder| folder.write("agents.json5", &INCLUDED.replace("best", "good"))),
        (ROOT, |folder| fs::remove_file(folder.path(ROOT)).unwrap()),
        ("agents.json5", |folder| fs::remove_file(folder.path("agents.json5")).unwrap()),
        (ROOT, |folder| {
            folder.write("elsewhere.json5", AUTHORED);
            fs::remove_file(folder.path(ROOT)).unwrap();
            symlink("elsewhere.json5", folder.path(ROOT)).unwrap();
        }),
        ("agents.json5", |folder| {
            fs::rename(folder.path("agents.json5"), folder.path("moved.json5")).unwrap();
            symlink("moved.json5", folder.path("agents.json5")).unwrap();
        }),
    ];
    for (name, change) in others {
        let folder = authored();
        let plan = folder.files().plan(&[set("gateway.mode", "'remote'")], &Env::empty()).unwrap();
        change(&folder);
        let names = folder.names();
        match plan.write() {
            Err(SaveError::Changed { path }) => assert_eq!(path, folder.path(name)),
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(folder.names(), names);
    }
    let folder = Folder::new(&[]);
    let plan = folder.files().plan(&[set("ui", "{}")], &Env::empty()).unwrap();
    folder.write(ROOT, "{}\n");
    assert!(matches!(plan.write(), Err(SaveError::Changed { .. })));
    assert_eq!(folder.text(ROOT), "{}\n");
}

#[test]
fn links_of_ours_are_written_through() {
    let folder =
        Folder::new(&[("dotfiles/openclaw.json", "{ui: {}, $include: './x.json5'}"), ("dotfiles/x.json5", "{a: 1}")]);
    symlink("dotfiles/openclaw.json", folder.path(ROOT)).unwrap();
    symlink("dotfiles/x.json5", folder.path("x.json5")).unwrap();
    folder.edit(&[set("ui.k", "1"), set("a", "2")]).unwrap();
    assert!(folder.path(ROOT).is_symlink() && folder.path("x.json5").is_symlink());
    assert_eq!(folder.text("dotfiles/openclaw.json"), "{ui: {k: 1}, $include: './x.json5'}");
    assert_eq!(folder.text("dotfiles/x.json5"), "{a: 2}");
    assert!(folder.path("dotfiles/openclaw.json.bak").exists() && folder.path("dotfiles/x.json5.bak").exists());
    assert_eq!(folder.names(), ["dotfiles", ROOT, "x.json5"]);

    let dangling = Folder::new(&[]);
    symlink("nowhere", dangling.path(ROOT)).unwrap();
    // Not an empty configuration: somebody meant a file.
    let error = dangling.set("a", "1").unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(error.to_string().contains(ROOT) && cause == "a link to a file that does not exist", "{error}: {cause}");
    let error = ConfigLayer::read(&dangling.path(ROOT), &Env::empty()).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }), "{error}");
    fs::remove_file(dangling.path(ROOT)).unwrap();
    symlink("nowhere", dangling.path(".env")).unwrap();
    let paths = StatePaths::new(dangling.path(""), dangling.path(ROOT));
    let error = state_env(&Env::empty(), &paths).unwrap_err();
    assert!(matches!(&error, ConfigError::Read { path, .. } if path.ends_with(".env")), "{error}");
    fs::remove_file(dangling.path(".env")).unwrap();
    assert!(ConfigLayer::read(&dangling.path(ROOT), &Env::empty()).unwrap().is_none());
    let foreign = Folder::new(&[("real.json", "{}")]);
    symlink("real.json", foreign.path(ROOT)).unwrap();
    // Only root can give a link away.
    if std::os::unix::fs::lchown(foreign.path(ROOT), Some(65_534), Some(65_534)).is_ok() {
        let error = foreign.set("a", "1").unwrap_err().to_string();
        assert!(error.contains("belongs to another user"), "{error}");
        assert_eq!(foreign.text("real.json"), "{}");
    }
}

#[test]
fn a_bare_name_lies_in_the_current_folder() {
    let error = ConfigFiles::read(Path::new("no-such-openclaw.json"), &Env::empty()).unwrap();
    assert_eq!(format!("{error:?}"), "ConfigFiles([\"no-such-openclaw.json\"])");
    let edit = Edit::unset(path("a"));
    assert!(edit_config(Path::new("no-such-openclaw.json"), &Env::empty(), &[edit]).unwrap().files.is_empty());
}
