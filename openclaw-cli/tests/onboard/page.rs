//! The page's commands as they are written there, in its order; doing things twice.

use crate::common::{KEY, OTHER_TOKEN, TOKEN, World, server};
use openclaw_core::testing::Reply;

#[test]
fn the_pages_commands_work_in_their_order() {
    let (world, server) = (World::new(), server());
    // Option A. `openclaw onboard --anthropic-api-key "$ANTHROPIC_API_KEY"`
    world.run(&["onboard", "--anthropic-api-key", KEY]).env("ANTHROPIC_API_KEY", KEY).ok();
    world.write_config("{\n  env: { ANTHROPIC_API_KEY: \"sk-ant-...\" },\n  agents: { defaults: { model: { primary: \"anthropic/claude-opus-4-5\" } } }\n}\n");
    server.on(KEY, [Reply::text("A")]);
    assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "A\n");
    // The cache's lifetime, for the API only.
    world.write_config("{\n  agents: {\n    defaults: {\n      models: {\n        \"anthropic/claude-opus-4-5\": {\n          params: { cacheControlTtl: \"1h\" } // ou « 1h »\n        }\n      }\n    }\n  }\n}\n");
    world.at(&server, &["ask", "x"]).ok();
    let request = server.requests().pop().unwrap();
    assert_eq!(request.json()["messages"][0]["content"][0]["cache_control"]["ttl"], "1h");
    assert_eq!(request.header("anthropic-beta"), Some("extended-cache-ttl-2025-04-11"));
    // Option B.
    world.run(&["models", "auth", "setup-token", "--provider", "anthropic"]).stdin(TOKEN).ok();
    world.run(&["models", "auth", "paste-token", "--provider", "anthropic"]).stdin(TOKEN).ok();
    server.on(TOKEN, [Reply::text("B")]);
    assert_eq!(world.at(&server, &["ask", "x"]).ok().stdout, "B\n");
    let request = server.requests().pop().unwrap();
    assert_eq!(request.json()["messages"][0]["content"][0]["cache_control"].get("ttl"), None);
    assert_eq!(request.header("anthropic-beta"), Some("oauth-2025-04-20"));
    // At onboarding the key stands under the token's id: nothing is replaced silently.
    world.run(&["onboard", "--auth-choice", "setup-token"]).stdin(TOKEN).fails(1, &["--profile-id", "--replace"]);
    World::new().run(&["onboard", "--auth-choice", "setup-token"]).stdin(TOKEN).ok();
    // Troubleshooting.
    assert!(world.run(&["models", "status"]).ok().stdout.contains("anthropic · served by anthropic:manual"));
    assert!(world.run(&["models", "status", "--json"]).ok().json()["auth"]["unusableProfiles"].is_array());
}

#[test]
fn the_references_own_flags_work() {
    let world = World::new();
    let args = ["onboard", "--non-interactive", "--accept-risk", "--anthropic-api-key", KEY];
    world.run(&args).ok();
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY, "stored, not ignored");
    let args = "onboard --non-interactive --accept-risk --auth-choice token --token-provider anthropic --token - \
                --token-profile-id anthropic:max --token-expires-in 365d --json";
    let summary = world.run(&args.split_whitespace().collect::<Vec<_>>()).stdin(TOKEN).ok().json();
    assert_eq!((&summary["profileId"], &summary["mode"]), (&"anthropic:max".into(), &"local".into()));
    assert!(world.store()["profiles"]["anthropic:max"]["expires"].is_i64());
}

#[test]
fn doing_it_twice_changes_nothing() {
    let world = World::new();
    let runs: [(&[&str], &str); 5] = [
        (&["onboard", "--anthropic-api-key", "-"], KEY),
        (&["models", "auth", "setup-token", "--token", "-"], TOKEN),
        (&["onboard", "--token", "-", "--profile-id", "anthropic:max"], OTHER_TOKEN),
        // The same lifetime from the same moment on.
        (&["onboard", "--token", "-", "--profile-id", "anthropic:year", "--token-expires-in", "365d"], TOKEN),
        (&["onboard", "--anthropic-api-key", "-", "--profile-id", "anthropic:m", "--model", "claude-sonnet-4-5"], KEY),
    ];
    for (args, secret) in runs {
        world.run(args).stdin(secret).ok();
        let (before, modified) = (world.everything(), world.store_path().metadata().unwrap().modified().unwrap());
        let again = world.run(args).stdin(format!("\n{secret}\r\n")).ok();
        assert!(again.stdout.starts_with("Already stored: "), "{again:?}");
        assert!(world.everything() == before, "{args:?}");
        assert_eq!(world.store_path().metadata().unwrap().modified().unwrap(), modified, "not even written anew");
    }
}

#[test]
fn two_at_once_are_both_stored() {
    let world = World::new();
    std::thread::scope(|scope| {
        for at in 0..8 {
            let world = &world;
            scope.spawn(move || {
                let id = format!("anthropic:k{at}");
                world.run(&["onboard", "--anthropic-api-key", "-", "--profile-id", &id]).stdin(KEY).ok();
            });
        }
    });
    assert_eq!(world.store()["profiles"].as_object().unwrap().len(), 8);
}
