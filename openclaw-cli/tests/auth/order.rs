//! `models auth order`: as recorded from OpenClaw 2026.1.30.

use std::fs;

use serde_json::{Value, json};

use crate::common::{KEY, World};
use crate::support::{STORE, THEN, at, keys, recorded};

fn golden(text: &str, world: &World) -> String {
    text.replace("$HOME", world.home().to_str().unwrap())
}

#[test]
fn the_recorded_runs_are_repeated_to_the_letter() {
    let world = recorded();
    let run = |args: &str| at(&world.home(), THEN).run(&args.split(' ').collect::<Vec<_>>());
    let ids = "anthropic:me@x.org anthropic:work";
    let set = run(&format!("order set --provider anthropic {ids}"));
    assert_eq!((set.code, set.stdout.as_str()), (0, include_str!("../data/order_set.out")));
    let get = run("order get --provider Anthropic --json");
    assert_eq!((get.code, get.stdout), (0, golden(include_str!("../data/order_get.out"), &world)));
    let bad = run("order set --provider anthropic anthropic:nope");
    assert_eq!((bad.code, bad.stdout.as_str()), (1, ""));
    let (first, hint) = bad.stderr.split_once('\n').unwrap();
    // People read `~`, where the reference has the whole path.
    assert_eq!(format!("{first}\n"), include_str!("../data/order_bad.err").replace("$HOME", "~"));
    assert!(hint.ends_with("      openclaw models auth list\n"), "{hint}");
    let clear = run("order clear --provider anthropic");
    assert_eq!((clear.code, clear.stdout.as_str()), (0, include_str!("../data/order_clear.out")));
    // What the reference drops on every write stays: entries that it does not know.
    let store: Value = serde_json::from_str(STORE).unwrap();
    let mut now = world.store();
    now.as_object_mut().unwrap().remove("order").into_iter().for_each(|order| assert_eq!(order, json!({})));
    assert_eq!(now, store);
}

#[test]
fn without_a_stored_order_it_says_which_one_applies() {
    let world = recorded();
    at(&world.home(), THEN).says(
        &["order", "get", "--provider", "anthropic"],
        "\
Agent: main
Provider: anthropic
Auth file: ~/.openclaw/agents/main/agent/auth-profiles.json
Order override: (none)
What applies: auth.order.anthropic of the configuration
  ~/.openclaw/openclaw.json:4:31
Tried now: anthropic:work
",
    );
    let answer = at(&world.home(), THEN).json(&["order", "get", "--provider", "anthropic"]);
    assert_eq!(answer["order"], Value::Null);
    let origin = format!("{}:4:31", world.config_path().display());
    assert_eq!(answer["applies"], json!({"source": "config_order", "origin": origin, "profiles": ["anthropic:work"]}));
    let answer = at(&world.home(), THEN).json(&["order", "get", "--provider", "nobody"]);
    assert_eq!(answer["applies"], json!({"source": "profiles", "profiles": []}));
}

#[test]
fn an_order_is_one_agents_own() {
    let world = World::new();
    world.write_config("{ agents: { list: [{ id: 'main', default: true }, { id: 'work' }] } }");
    world.write_store(keys(&["a", "b"], ""));
    let work = world.store_path_of("work");
    fs::create_dir_all(work.parent().unwrap()).unwrap();
    fs::write(&work, keys(&["a", "c"], "")).unwrap();
    let run = |args: &str| at(&world.home(), THEN).run(&args.split(' ').collect::<Vec<_>>());
    let set = run("order set --provider anthropic --agent Work anthropic:c anthropic:a anthropic:c");
    assert_eq!(set.stdout, "Agent: work\nProvider: anthropic\nOrder override: anthropic:c, anthropic:a\n");
    assert_eq!(world.store().get("order"), None);
    let stored: Value = serde_json::from_str(&fs::read_to_string(&work).unwrap()).unwrap();
    assert_eq!(stored["order"], json!({"anthropic": ["anthropic:c", "anthropic:a"]}));
    assert_eq!(stored["profiles"]["anthropic:a"]["key"], KEY);
    let bad = run("order set --provider anthropic --agent work anthropic:b");
    assert!(bad.stderr.ends_with("      openclaw models auth list --agent work\n"), "{bad:?}");
    // `explain` tells the same agent.
    let plan = at(&world.home(), THEN).json(&["explain", "--agent", "work"]);
    assert_eq!((&plan["serving"]["profileId"], &plan["agentId"]), (&json!("anthropic:c"), &json!("work")));
    assert_eq!(plan["models"][0]["order"]["source"], "stored");
}

#[test]
fn clearing_nothing_writes_nothing() {
    let world = World::new();
    let clear = at(&world.home(), THEN).json(&["order", "clear", "--provider", "anthropic"]);
    assert_eq!((&clear["order"], &clear["provider"]), (&Value::Null, &json!("anthropic")));
    assert!(!world.state().exists());
}

#[test]
fn wrong_orders_are_refused() {
    let world = recorded();
    let before = world.everything();
    for (args, code, words) in [
        (&["order", "get"][..], 2, "Missing --provider."),
        (&["order", "set", "anthropic:work"], 2, "Missing --provider."),
        (&["order", "clear", "--provider", " "], 2, "Missing --provider."),
        (&["order", "set", "--provider", "anthropic"], 2, "Missing profile ids. Provide one or more profile ids."),
        (
            &["order", "set", "--provider", "anthropic", "openai:short"],
            1,
            "Auth profile \"openai:short\" is for openai, not anthropic.",
        ),
    ] {
        let output = at(&world.home(), THEN).run(args);
        assert_eq!((output.code, output.stdout.as_str()), (code, ""), "{output:?}");
        assert_eq!(output.stderr.lines().next().unwrap(), format!("Error: {words}"));
        let error = at(&world.home(), THEN).run(&[args, &["--json"]].concat()).error();
        assert_eq!(error["message"], words);
    }
    assert!(world.everything() == before);
}
