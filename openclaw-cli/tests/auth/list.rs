//! `models auth list`.

use serde_json::{Value, json};

use crate::common::{TOKEN, World};
use crate::support::{THEN, at, keys, recorded};

#[test]
fn people_read_what_is_stored_and_how_it_is() {
    let world = recorded();
    at(&world.home(), THEN).says(
        &["list"],
        "\
Agent      : main
Auth store : ~/.openclaw/agents/main/agent/auth-profiles.json

anthropic
  ✓ 1 anthropic:work  token  sk-ant-oat01-…AAAA
  ✗ 2 anthropic:default  api_key  sk-ant-api03-…6789
      cooldown until 2026-11-22T07:13:28Z, 4m left
      last used 2026-11-22T07:07:28Z, 70s ago
  ✗   anthropic:old  token  sk-ant-oat01-…AAAA
      excluded_by_auth_order
  ✗   anthropic:soon  token  sk-ant-oat01-…AAAA
      excluded_by_auth_order
      ends 2026-11-22T09:08:28Z, 119m left
  ✗   anthropic:me@x.org  oauth  …  me@x.org
      excluded_by_auth_order
      ends 2026-11-25T07:08:28Z, 2d left

bad
  ✗   bad:one
      malformed: the type is not known to this version
  ✗   bad:two
      malformed: the entry names no provider

openai
  ✗ 1 openai:short  api_key  …
      disabled (billing) until 2026-11-22T12:08:28Z, 4h left
",
    );
}

#[test]
fn programs_read_the_same() {
    let world = recorded();
    let list = at(&world.home(), THEN).json(&["list", "--provider", "anthropic"]);
    assert_eq!(
        (&list["agentId"], &list["provider"], &list["authStorePath"]),
        (&json!("main"), &json!("anthropic"), &json!(world.store_path().display().to_string()))
    );
    let profiles = list["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), 5, "only that provider's");
    let until = 1_795_331_608_000_i64;
    assert_eq!(
        profiles[0],
        json!({
            "profileId": "anthropic:default", "provider": "anthropic", "type": "api_key",
            "credential": "sk-ant-api03-…6789", "status": "cooldown", "code": "cooldown", "until": until,
            "reason": null, "remainingMs": until - THEN, "order": 2, "lastUsed": 1_795_331_248_000_i64,
            "lastGood": false, "addedAt": null, "expiresAt": null,
            "windows": [{
                "profileId": "anthropic:default", "provider": "anthropic", "kind": "cooldown", "halfOpen": false,
                "until": until, "remainingMs": until - THEN, "failures": 2,
            }],
        })
    );
    assert_eq!((&profiles[1]["status"], &profiles[1]["lastGood"]), (&json!("ok"), &json!(true)));
    assert_eq!(profiles[3]["expiresAt"], 1_795_338_508_000_i64);
}

#[test]
fn references_are_shown_and_not_resolved() {
    let world = World::new();
    world.write_store(format!(
        r#"{{"version":1,"profiles":{{
            "anthropic:env":{{"type":"api_key","provider":"anthropic","keyRef":{{"source":"env","provider":"default","id":"MY_KEY"}}}},
            "anthropic:unset":{{"type":"api_key","provider":"anthropic","key":"${{NOT_SET}}"}},
            "anthropic:t":{{"type":"token","provider":"anthropic","token":"{TOKEN}","addedAt":{}}}
        }}}}"#,
        THEN - 86_400_000
    ));
    let home = world.home();
    let run = || at(&home, THEN).env("MY_KEY", TOKEN);
    let list = run().json(&["list"]);
    let shown = |at: usize| {
        let entry = &list["profiles"][at];
        ["reference", "credential", "status"].map(|key| entry[key].clone())
    };
    assert_eq!(shown(0), [json!("env:MY_KEY"), Value::Null, json!("ok")]);
    assert_eq!(shown(1), [json!("env:NOT_SET"), Value::Null, json!("unresolved_ref")]);
    assert_eq!(list["profiles"][2]["addedAt"], THEN - 86_400_000);
    let text = run().ok(&["list"]).stdout;
    assert!(text.contains("anthropic:env  api_key  ref(env:MY_KEY)\n"), "{text}");
    assert!(text.contains("      added 2026-11-21T07:08:38Z, 24h ago\n"), "{text}");
}

#[test]
fn an_empty_store_is_told_with_the_way_in() {
    let world = World::new();
    at(&world.home(), THEN).says(
        &["list"],
        "\
Agent      : main
Auth store : ~/.openclaw/agents/main/agent/auth-profiles.json

No profiles are stored for this agent.
  credentials are per agent, and new agents do not inherit them; store one for
  this agent
  openclaw models auth paste-api-key --provider anthropic
",
    );
    world.write_store(keys(&["a"], ""));
    let text = at(&world.home(), THEN).ok(&["list", "--provider", "openai"]).stdout;
    assert!(text.contains("No profiles of openai are stored for this agent.\n"), "{text}");
    assert!(text.ends_with("  openclaw models auth paste-api-key --provider openai\n"), "{text}");
}

#[test]
fn windows_of_models_demotions_and_trials_are_told() {
    let world = World::new();
    let past = THEN - 60_000;
    world.write_store(keys(
        &["a", "b"],
        &format!(
            r#","usageStats":{{
                "anthropic:a":{{"models":{{
                    "claude-opus-4-5":{{"cooldownUntil":{},"cooldownReason":"rate_limit","errorCount":1,"lastFailureAt":{past}}},
                    "claude-sonnet-4-5":{{"demotedUntil":{},"demotedReason":"overloaded"}}}}}},
                "anthropic:b":{{"cooldownUntil":{},"cooldownReason":"auth","errorCount":1,"lastFailureAt":{past}}}}}"#,
            THEN + 300_000,
            THEN + 20_000,
            THEN - 1000,
        ),
    ));
    let text = at(&world.home(), THEN).ok(&["list"]).stdout;
    let (_, text) = text.split_once("anthropic\n").unwrap();
    assert_eq!(
        text,
        "  \
  ✓ 1 anthropic:a  api_key  sk-ant-api03-…MyQ1
      demoted (overloaded, only claude-sonnet-4-5) until 2026-11-22T07:08:58Z,
      20s left: tried after the others
      cooldown (rate_limit, only claude-opus-4-5) until 2026-11-22T07:13:38Z, 5m
      left
  ✓ 2 anthropic:b  api_key  sk-ant-api03-…MyQ1
      cooldown (auth), half-open since 2026-11-22T07:08:37Z: the next attempt
      tries whether it serves again
"
        .replace("MyQ1", &crate::common::KEY[crate::common::KEY.len() - 4..])
    );
    let list = at(&world.home(), THEN).json(&["list"]);
    assert_eq!(list["profiles"][1]["status"], "half_open");
}
