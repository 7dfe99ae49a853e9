//! `models list|set|aliases|fallbacks`: as recorded from OpenClaw 2026.1.30, in files that keep their comments.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::fs;

use common::inside::{CONFIG, recorded};
use common::{KEY, World, refused};
use serde_json::{Value, json};

impl World {
    fn config(&self) -> String {
        fs::read_to_string(self.config_path()).unwrap()
    }

    fn models(&self, args: &[&str]) -> common::Run {
        self.run(&[&["models"], args].concat())
    }

    /// After this change the configuration is this.
    #[track_caller]
    fn becomes(&self, before: &str, args: &[&str], after: &str) {
        self.write_config(before);
        self.models(args).ok();
        assert_eq!(self.config(), after);
    }
}

#[test]
fn the_recorded_runs_are_repeated() {
    let world = recorded();
    let haiku = "anthropic/claude-haiku-4-5";
    let run = |args: &[&str]| world.models(args).env("CUSTOM1_KEY", "super-secret-value-123456").ok().stdout;
    assert_eq!(run(&["fallbacks", "add", haiku]), include_str!("data/fallbacks_add.out"));
    assert_eq!(run(&["fallbacks", "list", "--json"]), include_str!("data/fallbacks_list.out"));
    assert_eq!(run(&["aliases", "list", "--json"]), include_str!("data/aliases_list.out"));
    // There is no catalogue, so nothing is said of names, input and context, nor of what it lacks.
    let mut expected = String::new();
    let mut key = "";
    for line in include_str!("data/list_json.out").lines() {
        let field = line.trim().split(':').next().unwrap();
        key = line.trim().strip_prefix("\"key\": ").unwrap_or(key);
        expected += &match field {
            "\"name\"" => format!("      \"name\": {key}"),
            "\"input\"" => "      \"input\": null,".to_owned(),
            "\"contextWindow\"" => "      \"contextWindow\": null,".to_owned(),
            "\"missing\"" => "      \"missing\": null".to_owned(),
            _ => line.to_owned(),
        };
        expected.push('\n');
    }
    assert_eq!(run(&["list", "--json"]), expected);
    // Comments, `${VAR}` and everything else stay.
    let written = CONFIG
        .replace("\"openai/gpt-5.2\"]", &format!("\"openai/gpt-5.2\",\"{haiku}\"]"))
        .replace("{alias:\"s45\"}, }", &format!("{{alias:\"s45\"}}, \"{haiku}\": {{}}, }}"));
    assert_eq!(world.config(), written);
}

#[test]
fn the_list_is_for_people_for_scripts_and_can_be_narrowed() {
    let world = recorded();
    let run = |args: &[&str]| world.models(args).env("CUSTOM1_KEY", "super-secret-value-123456").ok();
    assert_eq!(
        run(&["list"]).stdout,
        "\
anthropic/claude-opus-4-5    credential     default, configured, alias:opus
anthropic/claude-sonnet-4-5  credential     fallback#1, configured, alias:s45
openai/gpt-5.2               credential     fallback#2
"
    );
    assert_eq!(run(&["list", "--plain", "--provider", "OpenAI"]).stdout, "openai/gpt-5.2\n");
    assert_eq!(run(&["list", "--local"]).stdout, "No models found.\n");
    assert_eq!(run(&["list", "--local", "--json"]).json(), json!({"count": 0, "models": []}));
    // What models.providers describes is known.
    let described = run(&["list", "--all", "--provider", "custom1", "--json"]).json();
    let expected = json!({"key": "custom1/m1", "name": "M1", "input": null, "contextWindow": null, "local": false,
        "available": true, "tags": [], "missing": false});
    assert_eq!(described, json!({"count": 1, "models": [expected]}));
    world.models(&["list", "--json", "--plain"]).fails(2, &["Choose either --json or --plain, not both."]);
}

#[test]
fn a_model_on_this_machine_is_local_and_one_without_a_credential_not_available() {
    let world = World::new();
    world.write_config(
        "{ agents: { defaults: { imageModel: { primary: 'ollama/llava', fallbacks: ['x/y'] } } }, models: { providers: { ollama: {
          baseUrl: 'http://localhost:11434/v1', api: 'openai-completions', models: [{ id: 'llava', name: 'LLaVA',
          input: ['text', 'image'], contextWindow: 4096 }] } } } }",
    );
    let list = world.models(&["list", "--json"]).ok().json();
    let row = |at: usize, keys: &[&str]| keys.iter().map(|key| list["models"][at][key].clone()).collect::<Vec<_>>();
    let keys = ["key", "name", "input", "contextWindow", "local", "available", "missing"];
    let opus = "anthropic/claude-opus-4-5";
    assert_eq!(json!(row(0, &keys)), json!([opus, opus, null, null, false, false, null]));
    assert_eq!(json!(row(1, &keys)), json!(["ollama/llava", "LLaVA", "text+image", 4096, true, false, false]));
    assert_eq!(
        [&list["models"][1]["tags"], &list["models"][2]["tags"]],
        [&json!(["image"]), &json!(["img-fallback#1"])]
    );
    assert_eq!(world.models(&["list", "--plain", "--local"]).ok().stdout, "ollama/llava\n");
    let at = |url: &str| world.models(&["list", "--plain", "--local"]).env("ANTHROPIC_BASE_URL", url).ok().stdout;
    assert_eq!(at("http://127.0.0.1:8080"), "anthropic/claude-opus-4-5\nollama/llava\n");
    let given = world.models(&["list"]).env("ANTHROPIC_API_KEY", KEY).ok().stdout;
    assert!(given.starts_with("anthropic/claude-opus-4-5  credential     default\n"), "{given}");
}

#[test]
fn a_shorthand_in_a_fresh_folder_is_written_in_full() {
    let world = World::new();
    let set = world.models(&["set", "Opus"]).ok();
    assert_eq!(set.stdout, "Updated ~/.openclaw/openclaw.json\nDefault model: anthropic/claude-opus-4-5\n");
    let config: Value = serde_json::from_str(&world.config()).unwrap();
    // No list of allowed models comes to be.
    assert_eq!(config, json!({"agents": {"defaults": {"model": {"primary": "anthropic/claude-opus-4-5"}}}}));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(world.config_path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = world.models(&["set", "claude-opus-4-5"]).ok();
    assert_eq!(again.stdout, "Default model: anthropic/claude-opus-4-5\n");
    assert_eq!(again.stderr, "nothing had to change; nothing was written\n");
    let json = world.models(&["set", "x/y", "--json"]).ok().json();
    assert_eq!((&json["defaultModel"], &json["changed"]), (&json!("x/y"), &json!(true)));
    assert_eq!(json["files"], json!([world.config_path()]));
    // A model of that very name comes first.
    world.becomes(
        "{ agents: { defaults: { models: { 'anthropic/opus': {} } } } }\n",
        &["set", "opus"],
        "{ agents: { defaults: { models: { 'anthropic/opus': {} }, model: { primary: 'anthropic/opus' } } } }\n",
    );
}

#[test]
fn a_model_that_is_a_string_stays_one_until_it_gets_fallbacks() {
    let world = World::new();
    let text = "{ agents: { defaults: { model: 'opus' /* best */ } } } // mine\n";
    let sonnet = "'anthropic/claude-sonnet-4-5'";
    world.becomes(text, &["set", "sonnet"], &text.replace("'opus'", sonnet));
    let object = "{ \"primary\": 'opus', \"fallbacks\": [\"x/y\"] }";
    world.becomes(text, &["fallbacks", "add", "x/y"], &text.replace("'opus'", object));
    let kept = world.config();
    world.models(&["set", "sonnet"]).ok();
    assert_eq!(world.config(), kept.replace("'opus'", sonnet), "the fallbacks stay");
}

#[test]
fn a_list_of_models_gets_the_new_one_once() {
    let world = World::new();
    let text = "{ agents: { defaults: { models: {\n  'X/y': {}, // one\n} } } }\n";
    for command in [&["set"][..], &["fallbacks", "add"]] {
        for (model, listed) in [("x/z", json!({"X/y": {}, "x/z": {}})), ("x/y", json!({"X/y": {}}))] {
            world.write_config(text);
            world.models(&[command, &[model]].concat()).ok();
            assert_eq!(world.run(&["config", "get", "agents.defaults.models"]).ok().json(), listed);
            assert!(world.config().contains("'X/y': {}, // one\n"), "{}", world.config());
        }
    }
}

#[test]
fn fallbacks_are_added_once_and_removed_by_any_name() {
    let world = World::new();
    let text = "{ agents: { defaults: { model: { fallbacks: [\n  'x/a', // first\n  's',\n  'x/b',\n  'x/s',\n] }, models: { 'x/s': { alias: 's' } } } } }\n";
    world.becomes(text, &["fallbacks", "add", "x/s"], text);
    world.becomes(text, &["fallbacks", "remove", "X/s"], &text.replace("  's',\n", "").replace("  'x/s',\n", ""));
    world.becomes(text, &["fallbacks", "remove", "S"], &text.replace("  's',\n", "").replace("  'x/s',\n", ""));
    let clear = world.models(&["fallbacks", "clear"]).ok();
    assert_eq!(clear.stdout, "Updated ~/.openclaw/openclaw.json\nFallback list cleared.\n");
    assert_eq!(world.models(&["fallbacks", "list"]).ok().stdout, "Fallbacks (0):\n- none\n");
    // What names no model can be taken away, also a primary.
    let broken = "{ agents: { defaults: { model: { primary: ' / ', fallbacks: ['x/'] } } } }\n";
    world.write_config(broken);
    world.models(&["fallbacks", "remove", "x/"]).ok();
    world.models(&["set", "x/y"]).ok();
    assert_eq!(world.config(), broken.replace("' / '", "'x/y'").replace("'x/'", ""));
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let world = World::new();
    world.write_config(
        "{ agents: { defaults: { model: { fallbacks: ['anthropic/claude-sonnet-4-5'] }, models: { 'x/y': { alias: 'fast' } } } } }",
    );
    let no = |args: &[&str], code: i32, words: &str| {
        let error = refused(&world, &[&["models"], args].concat(), "", code, &[words]);
        assert_eq!(error["message"], words);
        error["hints"].clone()
    };
    no(&["set", ""], 2, "Invalid model reference: ");
    no(&["set", "x/"], 2, "Invalid model reference: x/");
    no(&["fallbacks", "add", " / "], 2, "Invalid model reference: /");
    no(&["aliases", "add", "a", "/b"], 2, "Invalid model reference: /b");
    // A credential in the wrong place is neither kept nor said again.
    let shown = no(&["set", KEY], 2, "Invalid model reference: sk-ant-***");
    assert_eq!(shown[0]["command"], "openclaw models list");
    let pinned = "Invalid model reference: opus@anthropic:work: a profile can be named for one request only";
    no(&["set", "opus@anthropic:work"], 2, pinned);
    let letters = "Alias must use letters, numbers, dots, underscores, colons, or dashes.";
    no(&["aliases", "add", "a b", "x/y"], 2, letters);
    no(&["aliases", "add", "", "x/y"], 2, letters);
    no(&["aliases", "add", "FAST", "x/z"], 1, "Alias FAST already points to x/y.");
    let near = no(&["aliases", "remove", "fats"], 1, "Alias not found: fats");
    assert_eq!(near[0]["command"], "openclaw models aliases remove fast");
    let built_in = no(&["aliases", "remove", "opus"], 1, "Alias not found: opus");
    assert!(built_in[0]["text"].as_str().unwrap().contains("built-in name of anthropic/claude-opus-4-5"));
    let near = no(&["fallbacks", "remove", "claude-sonet-4-5"], 1, "Fallback not found: anthropic/claude-sonet-4-5");
    assert_eq!(near[0]["command"], "openclaw models fallbacks remove anthropic/claude-sonnet-4-5");
    let far = no(&["fallbacks", "remove", "zzz"], 1, "Fallback not found: anthropic/zzz");
    assert_eq!(far[0]["command"], "openclaw models fallbacks list");
    no(
        &["set", "opus", "--agent", "nope"],
        1,
        "Unknown agent id \"nope\". Use \"openclaw agents list\" to see configured agents.",
    );
}

#[test]
fn aliases_come_and_go_and_the_rest_of_the_entry_stays() {
    let world = World::new();
    let text = "{ agents: { defaults: { models: { 'X/y': { /* few */ params: { maxTokens: 5 } } } } } }\n";
    world.write_config(text);
    let add = world.models(&["aliases", "add", "fast", "x/y"]).ok();
    assert_eq!(add.stdout, "Updated ~/.openclaw/openclaw.json\nAlias fast -> x/y\n");
    assert_eq!(add.stderr, "");
    assert!(world.config().contains("alias: 'fast'"), "{}", world.config());
    assert_eq!(world.models(&["aliases", "list"]).ok().stdout, "Aliases (1):\n- fast -> x/y\n");
    assert_eq!(world.models(&["aliases", "list", "--plain"]).ok().stdout, "fast x/y\n");
    assert_eq!(world.models(&["set", "Fast"]).ok().stdout.lines().last(), Some("Default model: x/y"));
    let remove = world.models(&["aliases", "remove", "FAST", "--json"]).ok().json();
    assert_eq!((&remove["aliases"], &remove["changed"]), (&json!({}), &json!(true)));
    let entry = world.run(&["config", "get", "agents.defaults.models"]).ok().json();
    assert_eq!(entry, json!({"X/y": {"params": {"maxTokens": 5}}}));
    assert!(world.config().contains("/* few */"));
    // A list of allowed models that comes to be is told.
    world.write_config("{}\n");
    let first = world.models(&["aliases", "add", "best", "opus"]).ok();
    assert!(first.stderr.contains("OpenClaw itself allows only listed ones"), "{first:?}");
    assert_eq!(
        world.models(&["aliases", "list", "--json"]).ok().json(),
        json!({"aliases": {"best": "anthropic/claude-opus-4-5"}})
    );
}

#[test]
fn an_agent_gets_its_own_choice() {
    let world = World::new();
    world.write_config(
        "{ agents: { defaults: { model: { primary: 'x/p', fallbacks: ['x/f'] } }, list: [{ id: 'main', default: true }, { id: 'work', model: 'x/w' }] } }\n",
    );
    let fallbacks = |agent: &str| world.models(&["fallbacks", "list", "--plain", "--agent", agent]).ok().stdout;
    world.models(&["set", "x/own", "--agent", "work"]).ok();
    assert!(world.config().contains("{ id: 'work', model: 'x/own' }"), "{}", world.config());
    let add = world.models(&["fallbacks", "add", "x/g", "--agent", "work"]).ok();
    assert_eq!(add.stdout.lines().last(), Some("Fallbacks: x/f, x/g"));
    assert_eq!((fallbacks("main").as_str(), fallbacks("work").as_str()), ("x/f\n", "x/f\nx/g\n"));
    world.models(&["fallbacks", "clear", "--agent", "work"]).ok();
    assert_eq!((fallbacks("main").as_str(), fallbacks("work").as_str()), ("x/f\n", ""));
    // The default agent takes over no default once it has its own.
    world.models(&["set", "x/m", "--agent", "main"]).ok();
    let set = world.models(&["set", "x/all"]).ok();
    assert!(set.stderr.contains("agent main has a choice of its own, which stays; --agent main changes it"), "{set:?}");
    let removed = world.models(&["fallbacks", "remove", "x/f", "--agent", "main"]).ok();
    assert_eq!(removed.stdout.lines().last(), Some("Fallbacks: none"));
    assert_eq!(world.run(&["config", "get", "agents.defaults.model.fallbacks"]).ok().json(), json!(["x/f"]));
}

#[test]
fn a_dry_run_shows_the_change_and_writes_nothing() {
    let world = World::new();
    world.write_config("{ agents: { defaults: { model: 'x/y' } } }\n");
    let before = world.everything();
    let run = world.models(&["set", "x/z", "--dry-run"]).ok();
    assert!(run.stdout.contains("+{ agents: { defaults: { model: 'x/z' } } }\n"), "{run:?}");
    assert_eq!(run.stderr, "nothing was written (--dry-run)\n");
    let json = world.models(&["fallbacks", "add", "x/z", "--dry-run", "--json"]).ok().json();
    assert_eq!((&json["dry_run"], &json["changed"]), (&json!(true), &json!(true)));
    assert!(json["diff"].as_str().unwrap().contains("\"fallbacks\": [\"x/z\"]"), "{json}");
    assert!(world.everything() == before);
}

#[test]
fn a_stronger_layer_and_a_list_from_two_files_are_told() {
    let world = World::new();
    world.write_config("{ agents: { defaults: { model: { primary: 'x/y' } } } }\n");
    let overrides = ("OPENCLAW_CONFIG_OVERRIDES", "{ agents: { defaults: { model: { primary: 'x/o' } } } }");
    let set = world.models(&["set", "x/z"]).env(overrides.0, overrides.1).ok();
    assert_eq!(set.stdout.lines().last(), Some("Default model: x/z"));
    assert!(set.stderr.contains("what counts is still the value of"), "{set:?}");
    assert!(world.config().contains("'x/z'"));
    fs::write(world.state().join("more.json5"), "{ fallbacks: ['x/m'] }\n").unwrap();
    world.write_config("{ agents: { defaults: { model: { $include: './more.json5', fallbacks: ['x/own'] } } } }\n");
    world.models(&["fallbacks", "add", "x/n"]).ok();
    assert!(world.config().contains("fallbacks: ['x/own', 'x/n']"), "{}", world.config());
    let remove = world.models(&["fallbacks", "remove", "x/m"]).ok();
    assert_eq!(remove.stdout, "Updated ~/.openclaw/more.json5\nFallbacks: x/own, x/n\n");
    let before = world.config();
    world.models(&["fallbacks", "clear"]).fails(1, &[]);
    assert_eq!(world.config(), before);
}
