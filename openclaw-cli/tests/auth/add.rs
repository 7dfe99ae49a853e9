//! `models auth add`: the chooser.

use serde_json::json;

use crate::common::{KEY, TOKEN, World};
use crate::support::{Person, THEN, at};

#[test]
fn what_is_chosen_is_stored() {
    let world = World::new();
    let person = |choices: &[&'static str], secret| Person {
        choices: choices.iter().copied().collect(),
        yes: [true].into(),
        secrets: [secret].into(),
        ..Person::default()
    };
    let add = |person, args: &[&str]| at(&world.home(), THEN).asking(person).ok(&[&["add"], args].concat());
    add(person(&["Anthropic API key"], KEY), &[]);
    add(person(&["Anthropic token (paste setup-token)"], TOKEN), &["--provider", "anthropic"]);
    add(person(&["API key of another provider", "openrouter"], KEY), &["--profile-id", "openrouter:team"]);
    add(person(&[], KEY), &["--provider", "acme"]);
    let store = world.store();
    let kinds: Vec<_> =
        store["profiles"].as_object().unwrap().iter().map(|(id, entry)| (id.as_str(), &entry["type"])).collect();
    let (key, token) = (&json!("api_key"), &json!("token"));
    let mut expected =
        vec![("anthropic:default", key), ("anthropic:manual", token), ("openrouter:team", key), ("acme:default", key)];
    expected.sort_unstable_by_key(|(id, _)| *id);
    let mut kinds = kinds;
    kinds.sort_unstable_by_key(|(id, _)| *id);
    assert_eq!(kinds, expected);
}

#[test]
fn configured_providers_are_offered() {
    let world = World::new();
    world.write_config(
        "{ models: { providers: { proxy: { baseUrl: 'https://p.example', api: 'anthropic-messages', models: [] } } } }",
    );
    let person =
        Person { choices: ["API key of another provider", "proxy"].into(), secrets: [KEY].into(), ..Person::default() };
    at(&world.home(), THEN).asking(person).ok(&["add"]);
    assert_eq!(world.store()["profiles"]["proxy:default"]["provider"], "proxy");
}

#[test]
fn giving_up_stores_nothing_and_without_a_terminal_the_way_is_told() {
    let world = World::new();
    assert_eq!(at(&world.home(), THEN).asking(Person::default()).run(&["add"]).code, 130);
    let none = at(&world.home(), THEN).run(&["add", "--agent", "main"]);
    assert_eq!((none.code, none.stdout.as_str()), (2, ""));
    for command in ["paste-api-key", "paste-token"] {
        let line = format!("\n      openclaw models auth {command} --provider anthropic --agent main\n");
        assert!(none.stderr.contains(&line), "{none:?}");
    }
    let other = at(&world.home(), THEN).run(&["add", "--provider", "acme"]);
    assert!(other.stderr.contains("paste-api-key --provider acme\n") && !other.stderr.contains("paste-token"));
    assert!(!world.state().exists());
}
