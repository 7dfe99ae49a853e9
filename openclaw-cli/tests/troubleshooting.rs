//! The troubleshooting of the provider page, one fault each: provoked for real, told in the page's words,
//! with one command that a person types as it stands, after which the next message is answered.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use common::{KEY, OTHER_KEY, OTHER_TOKEN, TOKEN, World, asked, now, server};
use openclaw_core::testing::{Reply, ScriptedServer};
use serde_json::{Value, json};

/// A fault: how it is told, and what cures it.
struct Fault<'a> {
    world: &'a World,
    server: &'a ScriptedServer,
    /// After `openclaw ask`.
    args: &'a [&'a str],
    env: &'a [(&'a str, &'a str)],
    /// What stderr says before the hint, `~` for the home folder.
    says: String,
    kind: &'a str,
    /// The one command.
    command: &'a str,
    /// What the command reads.
    secret: &'a str,
}

impl Fault<'_> {
    /// Shows that it is told so, that its advice is this one command, and that the command cures it.
    /// Returns the words of the advice.
    #[track_caller]
    fn is_cured(&self) -> String {
        self.server.on(self.secret, [Reply::text("Bonjour")]);
        let run = |more: &[&str]| {
            let args = [&["ask"], self.args, more, &["x"]].concat();
            let run = self.world.at(self.server, &args);
            self.env.iter().fold(run, |run, (name, value)| run.env(name, value))
        };
        let told = run(&[]).fails(1, &[]).stderr;
        let home = self.world.home().display().to_string();
        let (before, hint) = told.split_once("hint: ").unwrap_or_else(|| panic!("no hint: {told}"));
        assert_eq!(before.replace(&home, "~"), self.says, "{told}");
        let (text, commands) = hint.split_once('\n').unwrap();
        assert_eq!(commands, format!("      {}\n", self.command), "one command, alone on its line");

        // The same for programs. What opened a window with the first message finds it open now.
        let error = run(&["--json"]).fails(1, &[]).error();
        assert_eq!(error["hints"].as_array().unwrap().len(), 1, "{error}");
        let kinds = [self.kind, "unavailable"].map(Value::from);
        assert!(kinds.contains(&error["kind"]), "{error}");
        assert_eq!(error["hints"][0]["command"], self.command, "also once it is blocked");

        let Some(typed) = self.world.typed(self.command) else { return text.to_owned() };
        typed.stdin(self.secret).ok();
        self.server.forget();
        assert_eq!(run(&[]).ok().stdout, "Bonjour\n", "the advice works");
        assert_eq!(asked(self.server), [self.secret], "and costs one call");
        text.to_owned()
    }
}

fn only(world: &World, id: &str) {
    world.write_config(&format!("{{ auth: {{ order: {{ anthropic: ['{id}'] }} }} }}"));
}

/// « Erreurs 401 / jeton soudainement invalide »
#[test]
fn a_401_or_a_token_that_is_suddenly_invalid() {
    for (id, other, secret, says, command, text) in [
        (
            "anthropic:manual",
            "anthropic:default",
            OTHER_TOKEN,
            "Invalid bearer token",
            "openclaw models auth paste-token --provider anthropic --profile-id anthropic:manual",
            "the setup-token has expired or was revoked; run `claude setup-token` and paste the new token in its place",
        ),
        (
            "anthropic:default",
            "anthropic:manual",
            OTHER_KEY,
            "invalid x-api-key",
            "openclaw models auth paste-api-key --provider anthropic --profile-id anthropic:default",
            "the API key was refused; create a new API key in the provider's console and store it in its place",
        ),
    ] {
        let (world, server) = (World::with_key_and_token(), server());
        only(&world, id);
        let told = Fault {
            world: &world,
            server: &server,
            args: &[],
            env: &[],
            says: format!(
                "skipped {other} for anthropic/claude-opus-4-5: excluded_by_auth_order\n\
                 {id} failed for anthropic/claude-opus-4-5: auth\n\
                 Error: 401 authentication_error: {says} (request req_000000000000000000000001)\n"
            ),
            kind: "auth",
            command,
            secret,
        }
        .is_cured();
        assert_eq!(told, text);
    }
}

/// The same, of a key that no store holds: the command stores one that goes before it.
#[test]
fn a_401_for_a_key_of_the_environment_or_the_configuration() {
    let config = format!("{{ models: {{ providers: {{ anthropic: {{ apiKey: '{KEY}', baseUrl: 'URL' }} }} }} }}");
    for (env, config, id) in [
        (&[("ANTHROPIC_API_KEY", KEY)][..], "{}", "env:ANTHROPIC_API_KEY"),
        (&[], &config, "config:models.providers.anthropic.apiKey"),
    ] {
        let (world, server) = (World::new(), server());
        world.write_config(&config.replace("URL", &server.url()));
        let fault = Fault {
            world: &world,
            server: &server,
            args: &[],
            env,
            says: format!(
                "{id} failed for anthropic/claude-opus-4-5: auth\n\
                 Error: 401 authentication_error: invalid x-api-key (request req_000000000000000000000001)\n"
            ),
            kind: "auth",
            command: "openclaw models auth paste-api-key --provider anthropic",
            secret: OTHER_KEY,
        };
        assert!(fault.is_cured().contains("store a new API key, which goes before it"));
    }
}

/// « Aucune clé API trouvée pour le fournisseur "anthropic" »
#[test]
fn no_api_key_found_for_provider_anthropic() {
    let (world, server) = (World::with_key(), server());
    world.write_config("{ agents: { list: [{ id: 'main' }, { id: 'work' }] } }");
    let told = Fault {
        world: &world,
        server: &server,
        args: &["--agent", "work"],
        env: &[],
        says: "Error: No API key found for provider \"anthropic\". Agent: work. Auth store: \
               ~/.openclaw/agents/work/agent/auth-profiles.json.\n"
            .to_owned(),
        kind: "no_credentials",
        command: "openclaw models auth paste-api-key --provider anthropic --agent work",
        secret: OTHER_KEY,
    }
    .is_cured();
    assert_eq!(told, "credentials are per agent, and new agents do not inherit them; store one for this agent");
    // « … puis vérifie avec `openclaw models status` »
    let status = world.run(&["models", "status", "--agent", "work"]).ok().stdout;
    assert!(status.contains("anthropic · served by anthropic:default"), "{status}");
}

/// « Aucun identifiant trouvé pour le profil `anthropic:default` »
#[test]
fn no_credentials_found_for_profile() {
    for (name, command, secret) in [
        ("default", "openclaw models auth paste-api-key --provider anthropic --profile-id anthropic:default", KEY),
        ("manual", "openclaw models auth paste-token --provider anthropic --profile-id anthropic:manual", TOKEN),
    ] {
        let (world, server) = (World::new(), server());
        world.run(&["onboard", "--anthropic-api-key", "-", "--profile-id", "anthropic:other"]).stdin(OTHER_KEY).ok();
        let model = format!("claude-opus-4-5@anthropic:{name}");
        let told = Fault {
            world: &world,
            server: &server,
            args: &["--model", &model],
            env: &[],
            says: format!(
                "Error: No credentials found for profile \"anthropic:{name}\". Agent: main. Auth store: \
                 ~/.openclaw/agents/main/agent/auth-profiles.json.\n"
            ),
            kind: "profile_not_found",
            command,
            secret,
        }
        .is_cured();
        // « Exécute `openclaw models status` pour voir quel profil d'authentification est actif »
        assert!(told.starts_with("see which profiles there are with openclaw models status, or store "), "{told}");
    }
}

/// « Aucun profil d'authentification disponible (tous en cooldown/indisponibles) »
#[test]
fn no_available_auth_profile() {
    let (world, server) = (World::with_key_and_token(), server());
    // A new profile must also find its way into lists.
    only(&world, "anthropic:manual");
    server.on(TOKEN, [Reply::rate_limited(Some(1200))]);
    world.at(&server, &["ask", "x"]).fails(1, &["Error: 429 rate_limit_error: "]);
    let until = world.store()["usageStats"]["anthropic:manual"]["models"]["claude-opus-4-5"]["cooldownUntil"].as_i64();
    let until = openclaw_core::Timestamp::from_millis(until.unwrap()).to_string();
    let skipped = format!("cooldown (rate_limit, only claude-opus-4-5) until {until}");
    let told = Fault {
        world: &world,
        server: &server,
        args: &[],
        env: &[],
        says: format!(
            "skipped anthropic:manual for anthropic/claude-opus-4-5: {skipped}\n\
             skipped anthropic:default for anthropic/claude-opus-4-5: excluded_by_auth_order\n\
             Error: No available auth profile for anthropic (all in cooldown or unavailable). anthropic:manual: \
             {skipped}; anthropic:default: excluded_by_auth_order. Soonest: {until}\n"
        ),
        kind: "unavailable",
        command: "openclaw models auth paste-api-key --provider anthropic --profile-id anthropic:api-key",
        secret: OTHER_KEY,
    }
    .is_cured();
    let begin = "wait, or add another profile; openclaw models status --json tells in auth.unusableProfiles who is \
                 blocked until when. The first is free again at ";
    assert!(told.starts_with(begin) && told.contains(&until), "{told}");
    // « Vérifie la sortie de `openclaw models status --json` pour `auth.unusableProfiles` »
    let status = world.run(&["models", "status", "--json"]).ok().json();
    let unusable = status["auth"]["unusableProfiles"].as_array().unwrap();
    let seen: Vec<&Value> = unusable.iter().map(|one| &one["profileId"]).collect();
    assert_eq!(seen, ["anthropic:manual"]);
}

/// « … ou attends la fin du cooldown »: a window that has ended lets the next message through.
#[test]
fn the_end_of_a_cooldown_is_waited_for() {
    let (world, server) = (World::with_key(), server());
    server.on(KEY, [Reply::rate_limited(Some(1)), Reply::text("Bonjour")]);
    world.at(&server, &["ask", "x"]).fails(1, &["429"]);
    assert_eq!(world.at(&server, &["ask", "--wait", "30s", "x"]).ok().stdout, "Bonjour\n");
}

/// « OAuth token refresh failed … »
#[test]
fn an_oauth_login_that_has_ended() {
    let (world, server) = (World::new(), server());
    let ended = now() - 1000;
    let login = json!({ "type": "oauth", "provider": "anthropic", "access": "a", "refresh": "r", "expires": ended });
    world.write_store(json!({ "version": 1, "profiles": { "anthropic:claude": login } }).to_string());
    let since = format!("expired since {}", openclaw_core::Timestamp::from_millis(ended));
    let told = Fault {
        world: &world,
        server: &server,
        args: &[],
        env: &[],
        says: format!(
            "skipped anthropic:claude for anthropic/claude-opus-4-5: {since}\n\
             Error: No available auth profile for anthropic (all in cooldown or unavailable). anthropic:claude: {since}\n"
        ),
        kind: "unavailable",
        command: "openclaw models auth paste-token --provider anthropic",
        secret: TOKEN,
    }
    .is_cured();
    let text = "the credential has ended (\"OAuth token refresh failed\" elsewhere); authenticate again: run \
                `claude setup-token` and paste the token";
    assert_eq!(told, text);
    assert_eq!(world.store()["profiles"]["anthropic:claude"], login, "OpenClaw's login is left as it is");
}

/// A token that only Anthropic's own products may use: an API key is the way.
#[test]
fn a_token_that_is_not_for_other_programs() {
    let (world, server) = (World::new(), server());
    world.run(&["onboard", "--auth-choice", "token", "--token", "-"]).stdin(TOKEN).ok();
    let words =
        "This credential is only authorized for use with Claude Code and cannot be used for other API requests.";
    server.on(TOKEN, [Reply::error(401, "authentication_error", words)]);
    Fault {
        world: &world,
        server: &server,
        args: &[],
        env: &[],
        says: format!(
            "anthropic:default failed for anthropic/claude-opus-4-5: auth_permanent\n\
             Error: 401 authentication_error: {words} (request req_000000000000000000000001)\n"
        ),
        kind: "auth_permanent",
        command: "openclaw models auth paste-api-key --provider anthropic --profile-id anthropic:api-key",
        secret: KEY,
    }
    .is_cured();
    assert_eq!(world.store()["profiles"]["anthropic:default"]["token"], TOKEN);
}

/// A folder of a newer OpenClaw, where no credential may be stored: the command leads to another one.
#[test]
fn a_folder_of_a_newer_openclaw() {
    let (world, server) = (World::new(), server());
    std::fs::create_dir_all(world.state()).unwrap();
    std::fs::write(world.state().join("openclaw.sqlite"), "").unwrap();
    server.on(KEY, [Reply::text("Bonjour")]);
    let store = ["onboard", "--anthropic-api-key", "-", "--json"];
    let errors = [
        world.at(&server, &["ask", "x"]).fails(1, &["No API key found for provider", "belongs to a newer OpenClaw"]),
        world.run(&store).stdin(KEY).fails(1, &["belongs to a newer OpenClaw"]),
    ];
    let command = "export OPENCLAW_STATE_DIR=~/.openclaw-core";
    assert!(errors[0].stderr.ends_with(&format!("\n      {command}\n")), "{errors:?}");
    assert_eq!(errors[1].error()["hints"][0]["command"], command);
    let Some(typed) = world.typed(&format!("{command}\n openclaw {}\n openclaw ask x", store.join(" "))) else {
        return;
    };
    let answered = typed.env("ANTHROPIC_BASE_URL", &server.url()).stdin(KEY).ok();
    assert!(answered.stdout.ends_with("Bonjour\n"), "{answered:?}");
}
