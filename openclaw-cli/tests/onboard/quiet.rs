//! Without a terminal: flags, stdin, environment.

use crate::common::{Case, KEY, OTHER_KEY, OTHER_TOKEN, TOKEN, World, refused};

/// Arguments, stdin, environment.
type Given<'a> = (&'a [&'a str], &'a str, &'a [(&'a str, &'a str)]);

#[track_caller]
fn stored(args: &[&str], stdin: &str, env: &[(&str, &str)]) -> (World, String) {
    let world = World::new();
    let run = world.run(&[&["onboard"], args].concat()).stdin(stdin);
    let output = env.iter().fold(run, |run, (name, value)| run.env(name, value)).ok();
    (world, output.stderr)
}

#[test]
fn one_credential_is_taken_wherever_it_comes_from() {
    let (head, tail) = TOKEN.split_at(70);
    let wrapped = format!("\u{feff}{head}\r\n{tail}\r\n");
    let exported = format!("export ANTHROPIC_API_KEY=\"{KEY}\"\n");
    let cases: [(Given<'_>, &str); 10] = [
        ((&[], KEY, &[]), KEY),
        ((&[], &exported, &[]), KEY),
        ((&[], &wrapped, &[]), TOKEN),
        ((&["--non-interactive", "--accept-risk"], TOKEN, &[]), TOKEN),
        ((&["--non-interactive"], "", &[("ANTHROPIC_API_KEY", KEY)]), KEY),
        ((&[], "", &[("CLAUDE_CODE_OAUTH_TOKEN", TOKEN)]), TOKEN),
        // Whatever the variable is called.
        ((&[], "", &[("ANTHROPIC_API_KEY", TOKEN)]), TOKEN),
        ((&[], KEY, &[("ANTHROPIC_API_KEY", KEY)]), KEY),
        ((&["--auth-choice", "token"], "", &[("ANTHROPIC_API_KEY", KEY), ("ANTHROPIC_OAUTH_TOKEN", TOKEN)]), TOKEN),
        // A choice was made: what is piped in counts.
        ((&["--auth-choice", "apiKey"], OTHER_KEY, &[("ANTHROPIC_API_KEY", KEY)]), OTHER_KEY),
    ];
    for ((args, stdin, env), expected) in cases {
        let (world, _) = stored(args, stdin, env);
        let profile = &world.store()["profiles"]["anthropic:default"];
        let secret = profile.get("key").or(profile.get("token")).unwrap();
        assert_eq!(secret, expected, "{args:?} {env:?}");
    }
    for (variable, value, words) in [
        ("ANTHROPIC_API_KEY", KEY, "using the API key in ANTHROPIC_API_KEY\n"),
        ("ANTHROPIC_OAUTH_TOKEN", TOKEN, "using the setup-token in ANTHROPIC_OAUTH_TOKEN\n"),
    ] {
        assert_eq!(stored(&["--non-interactive"], "", &[(variable, value)]).1, words);
    }
}

#[test]
fn what_could_be_several_is_none() {
    let two = format!("{KEY}\n{OTHER_KEY}\n");
    let both = [("ANTHROPIC_API_KEY", KEY), ("CLAUDE_CODE_OAUTH_TOKEN", TOKEN)];
    let tokens = [("ANTHROPIC_OAUTH_TOKEN", OTHER_TOKEN), ("CLAUDE_CODE_OAUTH_TOKEN", TOKEN)];
    let flags = ["--anthropic-api-key -", "--token -"];
    let cases: [(Given<'_>, i32, &[&str]); 7] = [
        ((&["onboard"], TOKEN, &both[..1]), 2, &["stdin", "ANTHROPIC_API_KEY", flags[0], flags[1], "< /dev/null"]),
        ((&["onboard"], "", &both), 2, &["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH", "--auth-choice apiKey", flags[1]]),
        ((&["onboard", "--non-interactive"], "", &both), 2, &["different credentials"]),
        (
            (&["onboard", "--auth-choice", "token"], "", &tokens),
            2,
            &["ANTHROPIC_OAUTH_TOKEN and CLAUDE_CODE", flags[1]],
        ),
        ((&["onboard"], "a key of some gateway", &[]), 2, &["no Anthropic credential", flags[0]]),
        ((&["onboard"], &two, &[]), 1, &["more than one credential"]),
        ((&["onboard"], &TOKEN[..50], &[]), 1, &["Token looks too short; paste the full setup-token"]),
    ];
    for ((args, stdin, env), code, words) in cases {
        Case { args, stdin: stdin.as_bytes(), env, code, words }.refused(&World::new());
    }
    refused(
        &World::new(),
        &["onboard"],
        "",
        2,
        &["nothing to store", "--anthropic-api-key", "--auth-choice setup-token"],
    );
    refused(&World::new(), &["onboard", "--non-interactive", "--accept-risk"], "", 2, &["nothing to store"]);
}

#[test]
fn variables_of_the_folder_are_copied_on_request_only() {
    let world = World::new();
    world.write_config(&format!("{{ env: {{ ANTHROPIC_API_KEY: '{KEY}' }} }}\n"));
    refused(&world, &["onboard"], "", 2, &["nothing to store"]);
    world.run(&["onboard", "--auth-choice", "apiKey"]).ok();
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY);
}

#[test]
fn a_key_that_is_stored_is_the_one_that_was_asked_for() {
    let world = World::with_key();
    let before = world.everything();
    let output = world.run(&["onboard", "--non-interactive", "--auth-choice", "apiKey"]).ok();
    assert!(output.stdout.starts_with("Already stored: API key sk-ant-api03-…MzQ1\n"), "{output:?}");
    let summary = world.run(&["onboard", "--auth-choice", "apiKey", "--json"]).ok().json();
    assert_eq!((&summary["changed"], &summary["undo"]), (&false.into(), &serde_json::json!([])));
    assert!(world.everything() == before);
    refused(
        &world,
        &["onboard", "--auth-choice", "apiKey", "--profile-id", "anthropic:x"],
        "",
        2,
        &["Missing --anthropic-api-key"],
    );
    refused(&world, &["onboard", "--auth-choice", "token"], "", 2, &["Missing --token"]);
}

#[test]
fn no_credential_is_stored_if_none_is_wanted() {
    let world = World::new();
    let output = world.run(&["onboard", "--auth-choice", "skip"]).stdin(KEY).ok();
    assert!(output.stdout.starts_with("Nothing to store"), "{output:?}");
    assert!(!world.state().exists());
    let summary = world.run(&["onboard", "--auth-choice", "skip", "--model", "claude-haiku-4-5", "--json"]).ok().json();
    let model = &summary["model"];
    assert_eq!((&summary["profileId"], &model["changed"]), (&serde_json::Value::Null, &true.into()));
    assert_eq!(model["path"], "agents.defaults.model.primary");
    assert_eq!(
        world.run(&["config", "get", "agents.defaults.model.primary"]).ok().stdout,
        "anthropic/claude-haiku-4-5\n"
    );
    refused(&world, &["onboard", "--auth-choice", "skip", "--anthropic-api-key", "-"], KEY, 2, &["do not go together"]);
}

#[test]
fn what_belongs_to_the_assistant_is_accepted_and_named_once() {
    let args = "--mode local --flow quickstart --workspace /w --skip-channels --install-daemon --gateway-token";
    let args: Vec<&str> = args.split(' ').chain([OTHER_KEY]).collect();
    let (world, told) = stored(&args, KEY, &[]);
    assert_eq!(
        told,
        "note: --mode, --flow, --workspace, --skip-channels, --install-daemon, --gateway-token set up OpenClaw, \
         the assistant; they change nothing here\n"
    );
    assert_eq!(world.store()["profiles"]["anthropic:default"]["key"], KEY);
    let help = world.run(&["onboard", "--help"]).ok().stdout;
    assert!(!help.contains("--skip-channels") && !help.contains("--gateway"), "{help}");
    // Whoever wants everything deleted must learn that it is not.
    world.run(&["onboard", "--reset"]).stdin(KEY).fails(2, &["--reset"]);
}
