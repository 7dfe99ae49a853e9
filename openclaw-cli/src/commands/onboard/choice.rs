//! What the flags say is to be stored.

use openclaw_core::{ProviderId, printable};

use crate::args::Onboard;
use crate::error::CliError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    ApiKey,
    Token,
    /// No credential.
    Skip,
}

/// What the flags say. A conflict is an error, never a silent choice.
pub(super) fn choice(given: &Onboard) -> Result<Option<Choice>, CliError> {
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
        Some("skip") => Some(Choice::Skip),
        Some("claude-cli") => {
            return Err(CliError::usage(
                "--auth-choice claude-cli is retired: run `claude setup-token` and use --auth-choice setup-token",
            ));
        }
        Some(other) => {
            let other = printable(other);
            return Err(CliError::usage(format!(
                "unknown --auth-choice \"{other}\": choose apiKey, setup-token or token; skip stores no credential"
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
