//! Questions that are asked again until the answer can be used.

use openclaw_core::{Credential, CredentialError};

use super::super::choice::Choice;
use crate::error::CliError;
use crate::host::{Host, Prompt, PromptError};

pub(in super::super) const ASK_KEY: &str = "Paste Anthropic API key";
pub(in super::super) const ASK_TOKEN: &str = "Paste Anthropic setup-token";

pub(super) fn prompt(host: &mut Host) -> Result<&mut (dyn Prompt + 'static), CliError> {
    host.prompt.as_deref_mut().ok_or_else(|| CliError::usage(super::super::MISSING_KEY))
}

pub(super) fn choose(host: &mut Host, question: &str, choices: &[&str]) -> Result<usize, CliError> {
    prompt(host)?.choose(question, choices).map_err(CliError::from_prompt)
}

/// Asks for a credential until one is pasted that can be stored. One of the other kind is taken, if the
/// person says so.
pub(super) fn paste(host: &mut Host, kind: Choice) -> Result<Credential, CliError> {
    let prompt = prompt(host)?;
    let about = match kind {
        Choice::Token => super::about_tokens(),
        _ => "Anthropic's console makes one: https://console.anthropic.com/settings/keys".to_owned(),
    };
    prompt.say(&about);
    loop {
        let question = if kind == Choice::Token { ASK_TOKEN } else { ASK_KEY };
        let pasted = match prompt.secret(question) {
            Ok(pasted) => pasted,
            Err(PromptError::TooLong) => {
                prompt.say("That is too long for a credential; paste only the credential.");
                continue;
            }
            Err(error) => return Err(CliError::from_prompt(error)),
        };
        let credential =
            if kind == Choice::Token { Credential::setup_token(&pasted) } else { Credential::api_key(&pasted) };
        let error = match credential {
            Ok(credential) => return Ok(credential),
            Err(error) => error,
        };
        let (other, as_other) = match error {
            CredentialError::IsApiKey => ("an API key", Credential::api_key(&pasted)),
            CredentialError::IsSetupToken => ("a setup-token", Credential::setup_token(&pasted)),
            error => {
                prompt.say(&error.to_string());
                continue;
            }
        };
        let credential = match as_other {
            Ok(credential) => credential,
            Err(error) => {
                prompt.say(&error.to_string());
                continue;
            }
        };
        if prompt.confirm(&format!("This is {other}. Store it as one?")).map_err(CliError::from_prompt)? {
            if kind != Choice::Token {
                prompt.say(super::TERMS);
            }
            return Ok(credential);
        }
    }
}
