//! `openclaw models auth add`.

use openclaw_core::{Advice, AuthProfiles, CredentialKind, ProviderId};

use super::paste;
use crate::args::{Args, AuthAdd, PasteArgs};
use crate::commands::store::check_provider;
use crate::error::CliError;
use crate::host::Host;

const CHOICES: [&str; 3] = ["Anthropic API key", "Anthropic token (paste setup-token)", "API key of another provider"];

/// Providers that are offered; `--provider` takes any.
const OTHERS: [&str; 8] = ["openai", "google", "openrouter", "groq", "mistral", "xai", "zai", "moonshot"];

pub(super) fn run(host: &mut Host, args: &Args, given: &AuthAdd) -> Result<u8, CliError> {
    let provider = given.provider.as_deref().map(|text| super::provider(Some(text))).transpose()?;
    provider.as_ref().map_or(Ok(()), check_provider)?;
    let anthropic = ProviderId::anthropic();
    if host.prompt.is_none() {
        return Err(without_terminal(provider.as_ref().unwrap_or(&anthropic), given.agent.as_deref()));
    }
    let (provider, token) = match provider {
        Some(provider) if provider != anthropic => (provider, false),
        Some(_) => (anthropic, ask(host, "What is to be stored?", &CHOICES[..2])? == 1),
        None => match ask(host, "What is to be stored?", &CHOICES)? {
            0 => (anthropic, false),
            1 => (anthropic, true),
            _ => (other(host, args)?, false),
        },
    };
    let paste = PasteArgs {
        provider: Some(provider.to_string()),
        profile_id: given.profile_id.clone(),
        agent: given.agent.clone(),
        ..PasteArgs::default()
    };
    if token { paste::setup_token(host, args, &paste) } else { paste::api_key(host, args, &paste) }
}

/// One of the providers that the configuration names, or of the well-known ones.
fn other(host: &mut Host, args: &Args) -> Result<ProviderId, CliError> {
    let installation = crate::commands::open(host, args)?;
    let anthropic = ProviderId::anthropic();
    let configured = installation.config().settings().models.providers.keys().cloned();
    let mut providers: Vec<ProviderId> = configured.filter(|provider| *provider != anthropic).collect();
    for known in OTHERS.map(ProviderId::new) {
        if !providers.contains(&known) {
            providers.push(known);
        }
    }
    let names: Vec<String> = providers.iter().map(|provider| openclaw_core::printable(provider.as_str())).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let chosen = ask(host, "Whose API key? (--provider takes any other)", &names)?;
    providers.into_iter().nth(chosen).ok_or_else(|| CliError::usage("Missing --provider."))
}

fn ask(host: &mut Host, question: &str, choices: &[&str]) -> Result<usize, CliError> {
    let prompt = host.prompt.as_mut().ok_or_else(|| CliError::usage("Missing --provider."))?;
    prompt.choose(question, choices).map_err(CliError::from_prompt)
}

/// In scripts there is nobody to ask.
fn without_terminal(provider: &ProviderId, agent: Option<&str>) -> CliError {
    let mut error = CliError::usage("models auth add asks on a terminal, and there is none; pipe the credential in");
    let mut hint = |text: &str, kind| {
        error.hints.push(Advice::store_beside(text, provider.as_str(), kind, agent, &AuthProfiles::default()));
    };
    hint("an API key", CredentialKind::ApiKey);
    if *provider == ProviderId::anthropic() {
        hint("a token that `claude setup-token` made", CredentialKind::Token);
    }
    error
}
