//! `models auth explain`: the plan, for people and for programs.

use serde_json::json;

use crate::common::{KEY, OTHER_KEY, TOKEN, World, server};
use crate::support::{CUSTOM, THEN, at, keys, recorded};

#[test]
fn people_read_who_would_serve_who_would_not_and_why() {
    let world = recorded();
    at(&world.home(), THEN).env("ANTHROPIC_API_KEY", OTHER_KEY).says(
        &["explain"],
        "\
Agent      : main
Auth store : ~/.openclaw/agents/main/agent/auth-profiles.json
Serves now : anthropic:work for anthropic/claude-opus-4-5

1. anthropic/claude-opus-4-5
   order: auth.order.anthropic of the configuration
     ~/.openclaw/openclaw.json:4:31
   → 1 anthropic:work  token  sk-ant-oat01-…AAAA
   ✗   anthropic:default  api_key  sk-ant-api03-…6789
       cooldown until 2026-11-22T07:13:28Z, 4m left
   ✗   anthropic:old  token  sk-ant-oat01-…AAAA
       excluded_by_auth_order
   ✗   anthropic:soon  token  sk-ant-oat01-…AAAA
       excluded_by_auth_order
   ✗   anthropic:me@x.org  oauth  …
       excluded_by_auth_order
   ·   env:ANTHROPIC_API_KEY  api_key  sk-ant-api03-…YmNk
       a variable of this process
       not used while profiles are stored

2. anthropic/claude-sonnet-4-5
   as anthropic/claude-opus-4-5

3. openai/gpt-5.2
   passed over: provider openai is not configured; set models.providers.openai
   with api \"anthropic-messages\" and a baseUrl
   order: kind and last use of all stored profiles
   ✗   openai:short  api_key  …
       disabled (billing) until 2026-11-22T12:08:28Z, 4h left

warning: ANTHROPIC_API_KEY is set but not used, because anthropic:work is stored
  unset it if it is left over; to use it, store it
  openclaw models auth paste-api-key --provider anthropic

warning: auth.order.anthropic of the configuration leaves out anthropic:old,
anthropic:soon, anthropic:me@x.org
  see which order applies, and why
  openclaw models auth order get --provider anthropic
",
    );
}

#[test]
fn each_source_is_told_with_its_place() {
    let world = World::new();
    world.write_config(&format!(
        "{{\n  env: {{ vars: {{ ANTHROPIC_API_KEY: '{KEY}' }} }},\n  models: {{ providers: {{ anthropic: {{\n    apiKey: '{OTHER_KEY}', models: [], baseUrl: 'https://a.example' }} }} }},\n}}\n"
    ));
    std::fs::write(world.state().join(".env"), format!("CLAUDE_CODE_OAUTH_TOKEN={TOKEN}\n")).unwrap();
    let plan = at(&world.home(), THEN).json(&["explain"]);
    let sources: Vec<_> = plan["models"][0]["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|candidate| (candidate["rank"].clone(), candidate["source"].clone()))
        .collect();
    let config = world.config_path().display().to_string();
    assert_eq!(
        sources,
        [
            (json!(1), json!({"kind": "env", "detail": "ANTHROPIC_API_KEY", "origin": format!("{config}:2:37")})),
            (
                json!(2),
                json!({
                    "kind": "env", "detail": "CLAUDE_CODE_OAUTH_TOKEN",
                    "origin": world.state().join(".env").display().to_string(),
                })
            ),
            (
                json!(3),
                json!({
                    "kind": "config", "detail": "models.providers.anthropic.apiKey", "origin": format!("{config}:4:13"),
                })
            ),
        ]
    );
    let text = at(&world.home(), THEN).ok(&["explain"]).stdout;
    assert!(text.contains("Serves now : env:ANTHROPIC_API_KEY for anthropic/claude-opus-4-5\n"), "{text}");
    assert!(text.contains("       a variable from ~/.openclaw/openclaw.json:2:37\n"), "{text}");
    assert!(text.contains("       a variable from ~/.openclaw/.env\n"), "{text}");
    assert!(text.contains("       from ~/.openclaw/openclaw.json:4:13\n"), "{text}");
}

#[test]
fn a_stale_profile_that_hides_a_new_key_is_found() {
    let world = World::new();
    world.write_store(keys(&["default"], ""));
    let explain = |value: &str| at(&world.home(), THEN).env("ANTHROPIC_API_KEY", value).ok(&["explain"]).stdout;
    let text = explain(OTHER_KEY);
    assert!(text.contains("ANTHROPIC_API_KEY is set but not used, because anthropic:default is\nstored\n"), "{text}");
    let text = explain(KEY);
    assert!(text.contains("ANTHROPIC_API_KEY holds the same secret as anthropic:default"), "{text}");
}

#[test]
fn a_model_and_a_pin_are_planned_as_asked() {
    let world = World::new();
    world.write_store(keys(&["a", "b"], ""));
    let plan = at(&world.home(), THEN).json(&["explain", "--model", "claude-haiku-4-5@anthropic:b"]);
    assert_eq!(plan["serving"]["model"], "anthropic/claude-haiku-4-5");
    assert_eq!(plan["serving"]["profileId"], "anthropic:b");
    assert_eq!(plan["models"][0]["pin"], json!({"profileId": "anthropic:b", "kind": "user"}));
    assert_eq!(plan["models"][1]["model"], "anthropic/claude-opus-4-5", "the configured primary behind it");
    let plan = at(&world.home(), THEN).json(&["explain", "--model", "@anthropic:b"]);
    assert_eq!(plan["serving"]["profileId"], "anthropic:b");
    let missing = at(&world.home(), THEN).run(&["explain", "--model", "opus-4.5@anthropic:nope"]);
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.starts_with("Error: No credentials found for profile \"anthropic:nope\"."), "{missing:?}");
    let wrong = at(&world.home(), THEN).run(&["explain", "--model", "x/", "--json"]);
    assert_eq!((wrong.code, wrong.error()["kind"].clone()), (1, json!("input")));
}

#[test]
fn nobody_is_told_with_the_soonest_recovery_or_the_way_out() {
    let world = World::new();
    let text = at(&world.home(), THEN).ok(&["explain"]).stdout;
    assert!(text.contains("Serves now : nobody\n"), "{text}");
    assert!(text.contains("   passed over: no credential for anthropic\n"), "{text}");
    assert!(text.ends_with("     openclaw models auth paste-api-key --provider anthropic\n"), "{text}");
    let stats = format!(
        r#","usageStats":{{"anthropic:a":{{"cooldownUntil":{},"cooldownReason":"auth","lastFailureAt":{THEN}}}}}"#,
        THEN + 60_000
    );
    world.write_store(keys(&["a"], &stats));
    // The paid key in the environment does not step in.
    let text = at(&world.home(), THEN).env("ANTHROPIC_API_KEY", OTHER_KEY).ok(&["explain"]).stdout;
    assert!(text.contains("Serves now : nobody\nSoonest    : 2026-11-22T07:09:38Z, 60s left\n"), "{text}");
    assert!(text.contains("   passed over: no profile may serve it now\n"), "{text}");
    world.write_store(format!(
        r#"{{"version":1,"profiles":{{"anthropic:t":{{"type":"token","provider":"anthropic","token":"{TOKEN}","expires":{}}}}}}}"#,
        THEN - 1000
    ));
    let text = at(&world.home(), THEN).ok(&["explain"]).stdout;
    assert!(text.contains("anthropic:t has ended:\n"), "{text}");
    assert!(
        text.ends_with("  openclaw models auth paste-token --provider anthropic --profile-id anthropic:t\n"),
        "{text}"
    );
}

#[test]
fn references_are_run_only_when_asked_for() {
    let world = World::new();
    let reference = |name: &str, source: &str, id: &str| {
        format!(
            r#""anthropic:{name}":{{"type":"api_key","provider":"anthropic","keyRef":{{"source":"{source}","provider":"default","id":"{id}"}}}}"#
        )
    };
    let profiles =
        [reference("a", "exec", "vault/key"), reference("b", "env", "MY_KEY"), reference("c", "env", "GONE")];
    world.write_store(format!(r#"{{"version":1,"profiles":{{{}}}}}"#, profiles.join(",")));
    world.write_config("{secrets: {providers: {default: {source: 'exec', command: '/usr/bin/false'}}}}");
    let home = world.home();
    let run = || at(&home, THEN).env("MY_KEY", OTHER_KEY);
    let plan = run().json(&["explain"]);
    let resolved = |plan: &serde_json::Value| -> Vec<_> {
        let candidates = plan["models"][0]["candidates"].as_array().unwrap();
        let name =
            |c: &serde_json::Value| c["reference"]["text"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
        candidates.iter().map(|c| (json!(name(c)), c["reference"]["resolved"].clone())).collect()
    };
    assert_eq!(
        resolved(&plan),
        [(json!("vault/key"), json!(null)), (json!("MY_KEY"), json!(true)), (json!("GONE"), json!(false))]
    );
    assert_eq!(plan["serving"]["profileId"], "anthropic:a", "taken to lead to a secret");
    let text = run().ok(&["explain"]).stdout;
    assert!(text.ends_with("  openclaw models auth explain --resolve\n"), "{text}");
    assert!(
        text.contains("       unresolved_ref\n       the reference does not resolve: env:GONE is not set"),
        "{text}"
    );
    // The program gives nothing: the next one serves, and the reason is told.
    let plan = run().json(&["explain", "--resolve"]);
    assert_eq!(plan["serving"]["profileId"], "anthropic:b");
    assert!(resolved(&plan).contains(&(json!("vault/key"), json!(false))));
    let text = run().ok(&["explain", "--resolve"]).stdout;
    assert!(text.contains("       the reference resolves\n"), "{text}");
    assert!(!text.contains("--resolve"), "{text}");
}

#[test]
fn a_request_does_what_was_explained() {
    let (world, server) = (World::new(), server());
    world.write_store(keys(&["a"], r#","order":{"anthropic":["anthropic:gone"]}"#));
    let plan = world.run(&["models", "auth", "explain", "--json"]).env(CUSTOM.0, CUSTOM.1).ok().json();
    assert_eq!(plan["serving"]["profileId"], "anthropic:a");
    assert_eq!(plan["models"][0]["order"]["ignored"], json!(["stored"]));
    let text = world.run(&["models", "auth", "explain"]).ok().stdout;
    assert!(text.ends_with("  openclaw models auth order clear --provider anthropic\n"), "{text}");
    server.on(KEY, [openclaw_core::testing::Reply::text("Oui")]);
    assert!(world.at(&server, &["ask", "x"]).ok().stderr.contains("anthropic:a"));
}
