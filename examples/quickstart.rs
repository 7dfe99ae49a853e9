//! The whole way once, without a key and without a network: two credentials in a folder of their own,
//! a streamed answer, a rate limit, the failover, the cooldown and the recovery.
//!
//!     cargo run --example quickstart

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{
    AgentId, Client, Clock as _, Credential, CredentialChange, CredentialStore as _, Env, Installation, ManualClock,
    ProfileId, ProviderId, Timestamp,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A stand-in for Anthropic on loopback. The setup-token's second request hits a limit of 20 minutes.
    let key = "sk-ant-api03-not-a-real-key-0000000000000000";
    let token = format!("sk-ant-oat01-{}", "not-a-real-token-".repeat(6));
    let clock = ManualClock::at(Timestamp::from_secs(1_795_341_600)); // a clock that we move by hand
    let server = ScriptedServer::start()?;
    server.at(clock.clone());
    let subscription = [
        Reply::text("Bonjour ! I was served by your Claude subscription."),
        Reply::rate_limited(Some(20 * 60)),
        Reply::text("The limit is over, and your subscription serves again."),
    ];
    server.on(&token, subscription);
    server.on(key, [Reply::text("Your API key stepped in, and nothing was lost.")]);

    step("1", "An OpenClaw folder, here in a temporary place");
    let folder = tempfile::tempdir()?;
    let config = format!(
        "{{\n  // JSON5: comments welcome\n  models: {{ providers: {{ anthropic: {{ baseUrl: '{}' }} }} }},\n}}\n",
        server.url()
    );
    std::fs::write(folder.path().join("openclaw.json"), config)?;
    let env = Env::empty().with("OPENCLAW_STATE_DIR", &folder.path().display().to_string());
    let installation = Installation::open(&env, folder.path(), Vec::new())?;

    step("2", "Two credentials, stored mode 0600 in auth-profiles.json");
    let (agent, anthropic, store) = (AgentId::main(), ProviderId::anthropic(), installation.store());
    for (name, credential) in
        [("default", Credential::api_key(&key.into())?), ("manual", Credential::setup_token(&token.clone().into())?)]
    {
        let id = ProfileId::named(&anthropic, name);
        println!("      {id:<18} {}", credential.kind());
        store.commit(&agent, CredentialChange::upsert(id, anthropic.clone(), credential)).await?;
    }

    let failover = installation.failover(&agent)?.clock(clock.clone()).observer(Arc::new(Tell)).build();
    let client = installation.client_with(failover.clone())?;

    step("3", "A message, streamed. Subscriptions come before API keys by default");
    say(&client, "Bonjour").await?;

    step("4", "The same again, and this time the first credential is rate limited");
    say(&client, "And now?").await?;

    step("5", "What the folder knows: the window that the server asked for, and nothing else");
    for (profile, stats) in failover.health().await.profiles {
        for (model, stats) in stats.models {
            if let Some(window) = stats.cooldown {
                let minutes = window.until.since(clock.now()).as_secs() / 60;
                println!("      {profile} rests for {model} until {} ({minutes} min)", window.until);
            }
        }
    }
    say(&client, "Anyone there?").await?;

    step("6", "Twenty minutes later (the clock is ours, nobody waits)");
    clock.advance(Duration::from_secs(20 * 60));
    say(&client, "Back again?").await?;

    let calls = server.requests().len();
    println!("\nFour questions, four answers, {calls} calls: one was needed to learn of the limit, none after it.");
    println!("With a real key:  openclaw onboard  &&  openclaw ask 'Bonjour'");
    Ok(())
}

/// Asks, prints the words as they come, and who said them.
async fn say(client: &Client, text: &str) -> Result<(), Box<dyn std::error::Error>> {
    println!("    {} {text}", paint("36", "▸"));
    let mut stream = client.stream(text).await?;
    print!("    {} ", paint("36", "◂"));
    while let Some(words) = stream.next_text().await? {
        print!("{words}");
        std::io::stdout().flush()?;
    }
    println!("\n      {} {}", paint("2", "served by"), stream.served_by().profile);
    Ok(())
}

fn step(number: &str, title: &str) {
    println!("\n{}", paint("1", &format!("{number}.  {title}")));
}

/// Colours on a terminal only, or where they are asked for.
fn paint(code: &str, text: &str) -> String {
    let given = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let wanted = !given("NO_COLOR") && (std::io::stdout().is_terminal() || given("CLICOLOR_FORCE"));
    if wanted { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Prints what happens on the way.
#[derive(Debug)]
struct Tell;

impl openclaw_core::Observer for Tell {
    fn event(&self, event: &openclaw_core::Event) {
        use openclaw_core::Event::{Failed, Recovered, Skipped};
        match event {
            Failed { profile, reason, .. } => println!("      {} {profile}: {reason}", paint("31", "✗")),
            Skipped { profile, reason, .. } => println!("      {} {profile} waits: {reason}", paint("33", "·")),
            Recovered { profile, .. } => println!("      {} {profile} has recovered", paint("32", "✓")),
            _ => {}
        }
    }
}
