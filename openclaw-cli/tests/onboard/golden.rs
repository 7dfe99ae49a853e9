//! Command lines of OpenClaw 2026.1.30 with what it stored, beside ours.

use serde_json::Value;

use crate::common::{Output, World, now};

/// Runs a recorded command line.
fn run(recorded: &str) -> (World, Output) {
    let world = World::new();
    let line = recorded.lines().next().unwrap().strip_prefix("$ openclaw ").unwrap();
    let output = world.run(&line.split(' ').collect::<Vec<_>>()).stdin("").out();
    (world, output)
}

const NOTE: &str = "note: --skip-channels, --skip-skills, --skip-health, --skip-ui, --skip-daemon set up OpenClaw, the assistant; they change nothing here";

#[test]
fn a_key_is_stored_as_the_reference_stores_it() {
    // The first is the page's command, whose key the reference drops.
    for recorded in [include_str!("../data/golden/onboard_key.rc"), include_str!("../data/golden/onboard_key2.rc")] {
        let (world, output) = run(recorded);
        assert_eq!(output.code, 0, "{output:?}");
        assert_eq!(world.store_text(), include_str!("../data/golden/onboard_key2.auth-profiles.json"));
        assert!(!world.config_path().exists(), "nothing there would hide the profile");
        let told: Vec<&str> = output.stderr.lines().collect();
        assert_eq!(told[0], NOTE);
        assert!(told.len() == 2 && told[1].contains("`--anthropic-api-key -` reads it from stdin"), "{output:?}");
        assert!(!output.stdout.contains("test-test") && !output.stderr.contains("test-test"), "{output:?}");
    }
}

#[test]
fn a_token_is_stored_as_the_reference_stores_it() {
    let (world, output) = run(include_str!("../data/golden/onboard_token.rc"));
    assert_eq!(output.code, 0, "{output:?}");
    let summary = output.json();
    assert_eq!((&summary["mode"], &summary["authChoice"]), (&"local".into(), &"token".into()));
    for line in output.stderr.lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap()["note"].is_string(), "{line}");
    }
    let (mut ours, mut theirs) = (world.store(), serde_json::from_str::<Value>(TOKEN).unwrap());
    let ours = &mut ours["profiles"]["anthropic:default"];
    // Both say when it ends, in their own time; only we say when it was added.
    let year = 365 * 86_400_000;
    let added = ours.as_object_mut().unwrap().remove("addedAt").unwrap().as_i64().unwrap();
    assert!((added - now()).abs() < 60_000);
    assert_eq!(ours["expires"], added + year);
    let theirs = &mut theirs["profiles"]["anthropic:default"];
    theirs["expires"] = ours["expires"].clone();
    assert_eq!(ours, theirs);
    assert!(!world.config_path().exists());
}

const TOKEN: &str = include_str!("../data/golden/onboard_token.auth-profiles.json");

#[test]
fn what_the_reference_refuses_stores_nothing() {
    for (recorded, code, words) in [
        (include_str!("../data/golden/onboard_badtoken.rc"), 1, "this is an API key, not a setup-token"),
        (include_str!("../data/golden/onboard_noaccept.rc"), 2, "nothing to store"),
        (include_str!("../data/golden/onboard_setup_noninter.rc"), 2, "Missing --token for --auth-choice token"),
    ] {
        assert!(recorded.ends_with("rc=1\n"));
        let (world, output) = run(recorded);
        assert!(output.code == code && output.stderr.contains(words), "{output:?}");
        assert!(!world.state().exists());
    }
}
