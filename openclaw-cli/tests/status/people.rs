//! `models status` for people: the whole text of each situation.

use serde_json::{Value, json};

use crate::common::inside::{CUSTOM, THEN, coloured, inside, recorded};
use crate::common::{KEY, OTHER_KEY, TOKEN, World};

/// 2026-11-22 10:00:00 UTC
const TEN: i64 = 1_795_341_600_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn world(stats: &Value, more: &Value) -> World {
    let world = World::new();
    world.write_config("{ agents: { defaults: { model: 'anthropic/claude-opus-4-5' } } }");
    let mut token = json!({"type": "token", "provider": "anthropic", "token": TOKEN});
    for (name, value) in more.as_object().unwrap() {
        token[name] = value.clone();
    }
    let profiles = json!({
        "anthropic:default": {"type": "api_key", "provider": "anthropic", "key": KEY},
        "anthropic:manual": token,
    });
    world.write_store(json!({"version": 1, "profiles": profiles, "usageStats": stats}).to_string());
    world
}

fn told(world: &World, env: &[(&str, &str)]) -> String {
    let output = inside(&world.home(), TEN, env, None, &["models", "status"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    // A command stays whole, so that it can be copied.
    for line in output.stdout.lines().filter(|line| !line.starts_with("    openclaw ")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    output.stdout
}

fn well() -> World {
    world(&json!({"anthropic:manual": {"lastUsed": TEN - 2 * MINUTE}}), &json!({}))
}

fn first_cools_down() -> World {
    let window = json!({"cooldownUntil": TEN + 12 * MINUTE, "cooldownReason": "rate_limit", "errorCount": 1, "lastFailureAt": TEN});
    let stats = json!({"anthropic:manual": {"lastUsed": TEN - HOUR, "models": {"claude-opus-4-5": window}}});
    world(&stats, &json!({}))
}

fn nothing_left() -> World {
    let stats = json!({"anthropic:default": {
        "disabledUntil": TEN + 4 * HOUR, "disabledReason": "billing", "errorCount": 1, "lastFailureAt": TEN - HOUR,
    }});
    world(&stats, &json!({"expires": TEN - 3 * DAY}))
}

#[test]
fn all_is_well() {
    assert_eq!(
        told(&well(), &[]),
        "\
Default     : anthropic/claude-opus-4-5
Serves now  : anthropic:manual · setup-token · sk-ant-oat01-…AZZ9
Config      : ~/.openclaw/openclaw.json
Auth store  : ~/.openclaw/agents/main/agent/auth-profiles.json

anthropic · served by anthropic:manual
  ✓ anthropic:manual   setup-token  sk-ant-oat01-…AZZ9  used 2 min ago
  – anthropic:default  API key      sk-ant-api03-…MzQ1

All is well.
"
    );
}

#[test]
fn the_first_cools_down_for_the_model() {
    assert_eq!(
        told(&first_cools_down(), &[]),
        "\
Default     : anthropic/claude-opus-4-5
Serves now  : anthropic:default · API key · sk-ant-api03-…MzQ1
Config      : ~/.openclaw/openclaw.json
Auth store  : ~/.openclaw/agents/main/agent/auth-profiles.json

anthropic · served by anthropic:default
  ✓ anthropic:default  API key      sk-ant-api03-…MzQ1
  ✗ anthropic:manual   setup-token  sk-ant-oat01-…AZZ9
      cooldown: rate_limit, claude-opus-4-5 only, 12 min left (until 10:12 UTC)
      used 1 h ago

Nothing to do: anthropic:default serves meanwhile.
"
    );
}

#[test]
fn nothing_is_left() {
    assert_eq!(
        told(&nothing_left(), &[]),
        "\
Default     : anthropic/claude-opus-4-5
Serves now  : nobody · again in 4 h (14:00 UTC)
Config      : ~/.openclaw/openclaw.json
Auth store  : ~/.openclaw/agents/main/agent/auth-profiles.json

anthropic · nobody can serve now
  ✗ anthropic:default  API key      sk-ant-api03-…MzQ1
      disabled: billing, 4 h left (until 14:00 UTC)
  ✗ anthropic:manual   setup-token  sk-ant-oat01-…AZZ9  expired 3 days ago

What to do:
  anthropic:default: buy credits in the provider's console (Plans & Billing),
  then let it serve again at once
    openclaw models auth cooldown clear anthropic:default
  anthropic:manual: run `claude setup-token` and paste the new token in its
  place
    openclaw models auth paste-token --provider anthropic --profile-id anthropic:manual
  anthropic: wait 4 h, or add another profile
    openclaw models auth paste-api-key --provider anthropic --profile-id anthropic:api-key
"
    );
}

#[test]
fn nothing_is_stored() {
    assert_eq!(
        told(&World::new(), &[]),
        "\
Default     : anthropic/claude-opus-4-5
Serves now  : nobody
Config      : ~/.openclaw/openclaw.json
Auth store  : ~/.openclaw/agents/main/agent/auth-profiles.json

anthropic · no credential

What to do:
  anthropic: credentials are per agent, and new agents do not inherit them;
  store one for this agent
    openclaw models auth paste-api-key --provider anthropic
"
    );
}

#[test]
fn the_environment_serves() {
    assert_eq!(
        told(&World::new(), &[("ANTHROPIC_API_KEY", KEY)]),
        "\
Default     : anthropic/claude-opus-4-5
Serves now  : env:ANTHROPIC_API_KEY · API key · sk-ant-api03-…MzQ1
Config      : ~/.openclaw/openclaw.json
Auth store  : ~/.openclaw/agents/main/agent/auth-profiles.json

anthropic · served by env:ANTHROPIC_API_KEY
  ✓ env: ANTHROPIC_API_KEY  sk-ant-api03-…MzQ1

All is well.
"
    );
}

#[test]
fn a_setup_token_is_almost_a_year_old() {
    assert_eq!(
        told(&world(&json!({}), &json!({"addedAt": TEN - 340 * DAY})), &[]),
        "\
Default     : anthropic/claude-opus-4-5
Serves now  : anthropic:manual · setup-token · sk-ant-oat01-…AZZ9
Config      : ~/.openclaw/openclaw.json
Auth store  : ~/.openclaw/agents/main/agent/auth-profiles.json

anthropic · served by anthropic:manual
  ✓ anthropic:manual   setup-token  sk-ant-oat01-…AZZ9
      340 days old; setup-tokens usually last a year, so it will soon end
  – anthropic:default  API key      sk-ant-api03-…MzQ1

What to do:
  anthropic:manual: run `claude setup-token` and paste the new token in its
  place
    openclaw models auth paste-token --provider anthropic --profile-id anthropic:manual
"
    );
}

#[test]
fn a_recorded_folder() {
    let output = inside(&recorded().home(), THEN, &[CUSTOM], None, &["models", "status"]);
    assert_eq!(
        output.stdout,
        "\
Default     : anthropic/claude-opus-4-5 (from opus)
Serves now  : anthropic:work · setup-token · sk-ant-oat01-…AAAA
Fallbacks   : anthropic/claude-sonnet-4-5, openai/gpt-5.2
Config      : ~/.openclaw/openclaw.json
Auth store  : ~/.openclaw/agents/main/agent/auth-profiles.json

anthropic · served by anthropic:work
  ✓ anthropic:work      setup-token  sk-ant-oat01-…AAAA
  ✗ anthropic:default   API key      sk-ant-api03-…6789
      cooldown: 5 min left (until 07:13 UTC)
      used 1 min ago
  ✗ anthropic:old       setup-token  sk-ant-oat01-…AAAA
      excluded by the order
      expired 16 s ago
  ✗ anthropic:soon      setup-token  sk-ant-oat01-…AAAA
      excluded by the order
      expires in 2 h (09:08 UTC)
  ✗ anthropic:me@x.org  login        me@x.org
      excluded by the order
      expires in 3 days (2026-11-25 07:08 UTC)

custom1 · served by config:models.providers.custom1.apiKey
  ✓ config: models.providers.custom1.apiKey  …3456

openai · nobody can serve now
  ✗ openai:short  API key  …  disabled: billing, 5 h left (until 12:08 UTC)

bad · nobody can serve now
  ✗ bad:one
      cannot be read: the type is not known to this version
  ✗ bad:two
      cannot be read: the entry names no provider

What to do:
  openai:short: buy credits in the provider's console (Plans & Billing), then
  let it serve again at once
    openclaw models auth cooldown clear openai:short
  anthropic:old: run `claude setup-token` and paste the new token in its place
    openclaw models auth paste-token --provider anthropic --profile-id anthropic:old
  anthropic:soon: run `claude setup-token` and paste the new token in its place
    openclaw models auth paste-token --provider anthropic --profile-id anthropic:soon
  openai: wait 5 h, or add another profile
    openclaw models auth paste-api-key --provider openai
"
    );
}

#[test]
fn colours_are_for_terminals_and_change_no_word() {
    let world = nothing_left();
    let plain = told(&world, &[]);
    assert!(!plain.contains('\u{1b}'));
    let coloured = coloured(&world.home(), TEN, &[], &["models", "status"]).stdout;
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31mnobody"), "{coloured:?}");
    let mut words = String::new();
    for (at, part) in coloured.split('\u{1b}').enumerate() {
        words.push_str(if at == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(words, plain);
}

#[test]
fn a_long_id_is_neither_cut_nor_widens_the_table() {
    let world = World::new();
    let long = format!("anthropic:{}", "é漢".repeat(60));
    let key = |key: &str| json!({"type": "api_key", "provider": "anthropic", "key": key});
    let profiles = json!({&long: key(KEY), "anthropic:default": key(OTHER_KEY)});
    world.write_store(json!({"version": 1, "profiles": profiles}).to_string());
    let text = inside(&world.home(), TEN, &[], None, &["models", "status"]).stdout;
    assert!(text.contains(&format!(" {long}  API key")), "{text}");
    assert!(text.contains(" anthropic:default  API key"), "{text}");
}
