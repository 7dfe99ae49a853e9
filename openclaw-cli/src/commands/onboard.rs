//! `openclaw onboard`.

use openclaw_core::{Credential, Installation, ProviderId};

use super::store::{Deposit, deposit, report};
use crate::args::{Args, Onboard};
use crate::error::CliError;
use crate::host::Host;
use crate::output;
use crate::secret_input::{self, Wanted};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    ApiKey,
    Token,
}

const MISSING_KEY: &str =
    "Missing --anthropic-api-key (or ANTHROPIC_API_KEY in env, or existing anthropic API-key profile).";
const MISSING_TOKEN: &str =
    "Missing --token for --auth-choice token; run `claude setup-token`, then pipe it in with `--token -`.";

pub(crate) fn run(host: &mut Host, args: &Args, given: &Onboard) -> Result<u8, CliError> {
    let asks = !given.non_interactive && host.prompt.is_some();
    let choice = match choice(given)? {
        Some(choice) => choice,
        None if asks => wizard(host)?,
        None => {
            return Err(CliError::usage(
                "nothing to store: give --anthropic-api-key -, or --auth-choice setup-token --token -, and the credential on stdin",
            ));
        }
    };
    let installation = super::open(host, args)?;
    let agent = installation.agent(given.agent.as_deref())?;
    let id = given.profile_id.as_deref().or(given.token_profile_id.as_deref());
    let credential = match choice {
        Choice::ApiKey => api_key(host, &installation, given, asks)?,
        Choice::Token => {
            let wanted = Wanted {
                question: "Paste Anthropic setup-token",
                flag: "--token",
                missing: MISSING_TOKEN,
                ask: asks,
                limit: secret_input::CREDENTIAL,
            };
            Credential::setup_token(&secret_input::read(host, given.token.as_deref(), wanted)?)?
        }
    };
    let summary = deposit(
        host,
        &installation,
        Deposit {
            provider: ProviderId::anthropic(),
            provider_named: given.token_provider.is_some(),
            id,
            usual: "default",
            credential: credential.clone(),
            expires_in: given.token_expires_in.as_deref(),
            replace: given.replace,
            agent,
        },
    )?;
    report(host, &installation, &summary, &credential, given.json)?;
    if !given.json {
        output::line(host, "Try it      : openclaw ask \"Bonjour\"")?;
    }
    Ok(0)
}

/// What the flags say. A conflict is an error, never a silent choice.
fn choice(given: &Onboard) -> Result<Option<Choice>, CliError> {
    let token_flags = given.token.is_some() || given.token_profile_id.is_some() || given.token_expires_in.is_some();
    let by_flags = match (given.anthropic_api_key.is_some(), token_flags) {
        (true, true) => {
            return Err(CliError::usage(
                "--anthropic-api-key and --token do not go together; store one after the other",
            ));
        }
        (true, false) => Some(Choice::ApiKey),
        (false, true) => Some(Choice::Token),
        (false, false) => None,
    };
    if given.token_provider.as_deref().is_some_and(|provider| ProviderId::new(provider) != ProviderId::anthropic()) {
        return Err(CliError::usage("Only --token-provider anthropic is supported for --auth-choice token."));
    }
    let by_name = match given.auth_choice.as_deref() {
        None => None,
        Some("apiKey" | "api-key" | "anthropic-api-key") => Some(Choice::ApiKey),
        Some("setup-token" | "token" | "oauth") => Some(Choice::Token),
        Some("claude-cli") => {
            return Err(CliError::usage(
                "--auth-choice claude-cli is retired: run `claude setup-token` and use --auth-choice setup-token",
            ));
        }
        Some(other) => {
            let other = openclaw_core::printable(other);
            return Err(CliError::usage(format!(
                "unknown --auth-choice \"{other}\": choose apiKey, setup-token or token"
            )));
        }
    };
    match (by_name, by_flags) {
        (Some(name), Some(flags)) if name != flags => {
            Err(CliError::usage("--auth-choice and the credential given do not go together"))
        }
        (name, flags) => Ok(name.or(flags)),
    }
}

/// The page's choices.
fn wizard(host: &mut Host) -> Result<Choice, CliError> {
    let Some(prompt) = host.prompt.as_mut() else { return Err(CliError::usage(MISSING_KEY)) };
    let chosen =
        prompt.choose("How should Claude be reached?", &["Anthropic API key", "Anthropic token (paste setup-token)"]);
    Ok(if chosen.map_err(CliError::from_prompt)? == 0 { Choice::ApiKey } else { Choice::Token })
}

fn api_key(host: &mut Host, installation: &Installation, given: &Onboard, asks: bool) -> Result<Credential, CliError> {
    let from_env = installation.env().get("ANTHROPIC_API_KEY").map(|key| secrecy::SecretString::from(key.trim()));
    if let (None, Some(key)) = (&given.anthropic_api_key, from_env) {
        output::note(host, "using the API key in ANTHROPIC_API_KEY");
        return Ok(Credential::api_key(&key)?);
    }
    let wanted = Wanted {
        question: "Paste Anthropic API key",
        flag: "--anthropic-api-key",
        missing: MISSING_KEY,
        ask: asks,
        limit: secret_input::CREDENTIAL,
    };
    Ok(Credential::api_key(&secret_input::read(host, given.anthropic_api_key.as_deref(), wanted)?)?)
}
