//! Every way through the wizard.

use openclaw_core::testing::{Reply, ScriptedServer};

use crate::common::{KEY, OTHER_KEY, OTHER_TOKEN, Output, TOKEN, World};
use crate::person::Answer::{Choose, Paste, PasteTooMuch, Say, Type};
use crate::person::{Answer, ask, ask_in_real_time};

const PASTE_KEY: Answer = Choose("Anthropic API key");
const PASTE_TOKEN: Answer = Choose("Anthropic token (paste setup-token)");
const AS_NOW: Answer = Choose("anthropic/claude-opus-4-5 (as now)");

#[track_caller]
fn ok(world: &World, env: &[(&str, &str)], answers: &[Answer], args: &[&str]) -> (String, String) {
    let (output, seen) = ask(world, env, answers, args);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output:?}\n{seen}");
    (output.stdout, seen)
}

#[test]
fn a_key_is_asked_for_stored_and_can_be_taken_back() {
    let world = World::new();
    let (told, seen) = ok(&world, &[], &[PASTE_KEY, Paste(KEY), AS_NOW], &[]);
    assert_eq!(
        seen,
        "openclaw onboard\nCredentials of agent main go to\n~/.openclaw/agents/main/agent/auth-profiles.json\n\
         Nothing is written before the last answer; Ctrl-C leaves all as it is.\nHow should Claude be reached?\n\
         - Anthropic API key\n- Anthropic token (paste setup-token)\n\
         Anthropic's console makes one: https://console.anthropic.com/settings/keys\nPaste Anthropic API key\n\
         Which model answers by default?\n- anthropic/claude-opus-4-5 (as now)\n- Another one (type it)\n\
         Ask Anthropic now whether it accepts the credential? That costs nothing.\nDone.\n"
    );
    assert_eq!(
        told,
        "Stored API key sk-ant-api03-…MzQ1\nAuth profile: anthropic:default (anthropic/api_key)\n\
         Auth store  : ~/.openclaw/agents/main/agent/auth-profiles.json\n\
         Model       : anthropic/claude-opus-4-5 (as before)\n\
         Undo        : openclaw models auth remove anthropic:default\n\
         Next        : openclaw ask 'Bonjour'\n              openclaw models status\n"
    );
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY);
    assert!(!world.config_path().exists(), "the model is the one that serves anyway");
}

#[test]
fn the_provider_is_asked_if_the_person_wants_that() {
    let server = ScriptedServer::start().unwrap();
    server.on(KEY, [Reply::text("x")]);
    server.on(OTHER_KEY, [Reply::invalid_key()]);
    let url = server.url();
    let env = [("ANTHROPIC_BASE_URL", url.as_str())];
    let yes = |key| [PASTE_KEY, Paste(key), AS_NOW, Say(true)];
    for (key, said) in [
        (KEY, "✓ anthropic:default · authenticated"),
        (OTHER_KEY, "✗ anthropic:default · auth: 401 authentication_error: invalid x-api-key"),
    ] {
        let world = World::new();
        let (Output { code, stdout: told, .. }, _) = ask_in_real_time(&world, &env, &yes(key));
        assert_eq!(code, 0, "{told}");
        assert!(told.contains("Stored API key") && told.contains(said), "{told}");
        assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], key, "it is stored all the same");
        assert!(world.store().get("usageStats").is_none(), "a test call says nothing about health");
    }
    assert_eq!(server.requests().len(), 2);
    // Nobody is there to be asked: it is stored, and said.
    let nowhere = [("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")];
    let (Output { code, stdout: told, .. }, _) = ask_in_real_time(&World::new(), &nowhere, &yes(KEY));
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("✗ anthropic:default · timeout: cannot connect"), "{told}");
    // What is only planned cannot be tried.
    let (_, seen) = ask(&World::new(), &env, &[PASTE_KEY, Paste(KEY), AS_NOW], &["--dry-run"]);
    assert!(!seen.contains("Ask Anthropic now"), "{seen}");
}

#[test]
fn a_token_is_asked_for_until_one_can_be_stored() {
    let world = World::new();
    let wrong = ["", "nonsense", "sk-ant-oat01-short"];
    let mut answers = vec![PASTE_TOKEN];
    answers.extend(wrong.map(Paste));
    answers.extend([PasteTooMuch, Paste(TOKEN), AS_NOW]);
    let (told, seen) = ok(&world, &[], &answers, &[]);
    for words in [
        "`claude setup-token` makes one, on any machine",
        "Anthropic's terms decide whether a Claude subscription\nmay be used",
        "\nRequired\n",
        "\nExpected token starting with sk-ant-oat01-\n",
        "\nToken looks too short; paste the full setup-token\n",
        "\nThat is too long for a credential",
    ] {
        assert!(seen.contains(words), "`{words}` is missing: {seen}");
    }
    assert!(told.contains("Stored setup-token sk-ant-oat01-…AZZ9"), "{told}");
    assert_eq!(world.store()["profiles"]["anthropic:default"]["token"], TOKEN);
}

#[test]
fn one_of_the_other_kind_is_taken_if_the_person_says_so() {
    for (kind, pasted, field, question) in [
        (PASTE_TOKEN, KEY, "key", "This is an API key. Store it as one?"),
        (PASTE_KEY, TOKEN, "token", "This is a setup-token. Store it as one?"),
    ] {
        let world = World::new();
        let (_, seen) = ok(&world, &[], &[kind, Paste(pasted), Say(false), Paste(pasted), Say(true), AS_NOW], &[]);
        assert_eq!(seen.matches(question).count(), 2, "{seen}");
        assert!(seen.contains("Anthropic's terms decide"), "{seen}");
        assert_eq!(world.store()["profiles"]["anthropic:default"][field], pasted);
    }
}

#[test]
fn what_the_environment_holds_is_offered_first() {
    let world = World::new();
    let env = [("ANTHROPIC_API_KEY", KEY), ("CLAUDE_CODE_OAUTH_TOKEN", TOKEN)];
    let use_token = Choose("Use CLAUDE_CODE_OAUTH_TOKEN from the environment (a setup-token, sk-ant-oat01-…AZZ9)");
    let (_, seen) = ok(&world, &env, &[use_token, AS_NOW], &[]);
    assert!(seen.contains("- Use ANTHROPIC_API_KEY from the environment (an API key, sk-ant-api03-…MzQ1)\n"), "{seen}");
    assert_eq!(world.store()["profiles"]["anthropic:default"]["token"], TOKEN);
    // What is stored is offered as that, and not once more.
    let (told, seen) =
        ok(&world, &env, &[Choose("Keep anthropic:default (a setup-token, sk-ant-oat01-…AZZ9)"), AS_NOW], &[]);
    assert!(!seen.contains("Use CLAUDE_CODE_OAUTH_TOKEN") && seen.contains("Use ANTHROPIC_API_KEY"), "{seen}");
    assert!(told.starts_with("Already stored: setup-token sk-ant-oat01-…AZZ9\n") && !told.contains("Undo"), "{told}");
    // One that cannot be used is told of, without a word of it.
    let (_, seen) = ok(&World::new(), &[("ANTHROPIC_OAUTH_TOKEN", "half")], &[PASTE_KEY, Paste(KEY), AS_NOW], &[]);
    assert!(seen.contains("ANTHROPIC_OAUTH_TOKEN is set, but cannot be used: Expected token starting with"), "{seen}");
}

#[test]
fn what_stands_under_the_id_is_only_replaced_by_intent() {
    let question = "anthropic:default holds an API key, sk-ant-api03-…MzQ1. What about it?";
    let beside = "Keep it, and store a setup-token beside it as anthropic:manual";
    for (pasted, kind, beside, id, field) in [
        (TOKEN, PASTE_TOKEN, beside, "anthropic:manual", "token"),
        (
            OTHER_KEY,
            PASTE_KEY,
            "Keep it, and store an API key beside it as anthropic:api-key",
            "anthropic:api-key",
            "key",
        ),
    ] {
        let start = [kind, Paste(pasted)];
        let world = World::with_key();
        let (told, seen) = ok(&world, &[], &[&start[..], &[Choose(beside), AS_NOW]].concat(), &[]);
        assert!(seen.contains(question), "{seen}");
        assert!(told.contains(&format!("Undo        : openclaw models auth remove {id}\n")), "{told}");
        assert_eq!(world.store()["profiles"][id][field], pasted);
        assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY);

        let world = World::with_key();
        let (told, _) = ok(&world, &[], &[&start[..], &[Choose("Replace it"), AS_NOW]].concat(), &[]);
        assert!(told.contains("Undo        : the credential that was replaced is not kept"), "{told}");
        assert_eq!(world.store()["profiles"]["anthropic:default"][field], pasted);

        let world = World::with_key();
        let before = world.everything();
        let (output, _) = ask(&world, &[], &[&start[..], &[Choose("Cancel")]].concat(), &[]);
        assert_eq!((output.code, output.stderr.as_str()), (1, "Error: nothing was stored\n"), "{output:?}");
        assert!(world.everything() == before);
    }
    // Pasted once more, the same key is no other one.
    let world = World::with_key();
    let before = world.everything();
    let (told, seen) = ok(&world, &[], &[PASTE_KEY, Paste(KEY), AS_NOW], &[]);
    assert!(
        seen.contains("It is stored already, as anthropic:default.") && told.starts_with("Already stored"),
        "{seen}"
    );
    assert!(world.everything() == before);
}

#[test]
fn another_model_is_written_where_the_model_is_said() {
    let world = World::new();
    let text = "{ // mine\n  agents: { defaults: { model: 'opus', models: { 'anthropic/claude-opus-4-5': { alias: 'opus' } } } },\n}\n";
    world.write_config(text);
    let other = Choose("Another one (type it)");
    let answers = [PASTE_KEY, Paste(KEY), other, Type(" / "), Type("sonnet")];
    let (told, seen) = ok(&world, &[], &answers, &[]);
    assert!(seen.contains("the request names no model") && seen.contains("[anthropic/claude-opus-4-5]"), "{seen}");
    let after = std::fs::read_to_string(world.config_path()).unwrap();
    assert!(after.starts_with("{ // mine\n  agents: { defaults: { model: 'anthropic/claude-sonnet-4-5', "), "{after}");
    // Where models are listed, OpenClaw allows no others.
    assert!(after.contains("'anthropic/claude-sonnet-4-5': {}"), "{after}");
    assert!(told.contains("Model       : anthropic/claude-sonnet-4-5\nUpdated ~/.openclaw/openclaw.json\n"), "{told}");
    // The commands that are told take everything back.
    let undo: Vec<&str> = told
        .lines()
        .filter_map(|line| Some(line.split_once("openclaw ")?.1))
        .filter(|line| !line.starts_with("ask"))
        .collect();
    assert_eq!(
        undo[..3],
        [
            "models auth remove anthropic:default",
            "config set agents.defaults.model opus",
            "config unset 'agents.defaults.models[\"anthropic/claude-sonnet-4-5\"]'"
        ]
    );
    world.run(&["config", "set", "agents.defaults.model", "opus"]).ok();
    world.run(&["config", "unset", "agents.defaults.models[\"anthropic/claude-sonnet-4-5\"]"]).ok();
    assert_eq!(std::fs::read_to_string(world.config_path()).unwrap(), text);
}

#[test]
fn an_agent_of_its_own_is_set_up_in_its_own_places() {
    let world = World::new();
    world.write_config("{ agents: { list: [{ id: 'main' }, { id: 'work', model: { primary: 'opus-4.5' } }] } }\n");
    let answers = [PASTE_KEY, Paste(KEY), Choose("Another one"), Type("claude-haiku-4-5")];
    let (told, seen) = ok(&world, &[], &answers, &["--agent", "work"]);
    assert!(
        seen.contains("Credentials of agent work go to\n~/.openclaw/agents/work/agent/auth-profiles.json"),
        "{seen}"
    );
    for words in [
        "Undo        : openclaw models auth remove --agent work anthropic:default",
        "openclaw config set 'agents.list[1].model.primary' opus-4.5",
        "Next        : openclaw ask --agent work 'Bonjour'",
        "openclaw models status --agent work",
    ] {
        assert!(told.contains(words), "`{words}` is missing: {told}");
    }
    let text = std::fs::read_to_string(world.config_path()).unwrap();
    assert_eq!(
        text,
        "{ agents: { list: [{ id: 'main' }, { id: 'work', model: { primary: 'anthropic/claude-haiku-4-5' } }] } }\n"
    );
    assert!(world.store_path_of("work").exists() && !world.store_path().exists());
}

#[test]
fn giving_up_at_any_question_stores_nothing() {
    let all = [PASTE_TOKEN, Paste(OTHER_TOKEN), Choose("Replace it"), Choose("Another one"), Type("claude-haiku-4-5")];
    for count in 0..all.len() {
        let world = World::with_key();
        let before = world.everything();
        let (output, seen) = ask(&world, &[], &all[..count], &[]);
        let expected = (130, "", "Error: interrupted; nothing was stored\n");
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), expected, "after {count}: {seen}");
        assert!(world.everything() == before, "after {count} answers");
    }
    let world = World::with_key();
    ok(&world, &[], &all, &[]);
    assert_eq!(world.store()["profiles"]["anthropic:default"]["token"], OTHER_TOKEN);
}

#[test]
fn what_the_flags_say_is_not_asked() {
    let world = World::new();
    let args = [
        "--auth-choice",
        "setup-token",
        "--model",
        "claude-haiku-4-5",
        "--profile-id",
        "anthropic:max",
        "--token-expires-in",
        "365d",
    ];
    let (_, seen) = ok(&world, &[("ANTHROPIC_API_KEY", KEY)], &[Paste(TOKEN)], &args);
    assert!(!seen.contains("How should") && !seen.contains("Which model"), "{seen}");
    assert!(world.store()["profiles"]["anthropic:max"]["expires"].is_i64());
    // An API key that was asked for and is in the environment leaves nothing to ask.
    let world = World::new();
    let (output, seen) = ask(&world, &[("ANTHROPIC_API_KEY", KEY)], &[], &["--auth-choice", "apiKey"]);
    assert_eq!(
        (output.code, output.stderr.as_str(), seen.as_str()),
        (0, "using the API key in ANTHROPIC_API_KEY\n", "")
    );
    // With --non-interactive nobody is asked, although somebody is there.
    let (output, seen) = ask(&World::new(), &[], &[], &["--non-interactive"]);
    assert!((output.code, seen.as_str()) == (2, "") && output.stderr.contains("nothing to store"), "{output:?}");
}
