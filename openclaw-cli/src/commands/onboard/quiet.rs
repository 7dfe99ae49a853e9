//! The credential when nobody is asked and no flag carries it: from stdin, else from the environment.

use openclaw_core::{
    AgentId, AmbientCredential, Credential, CredentialKind, CredentialStore as _, Installation, ProfileId, ProviderId,
    Secret, same_secret,
};

use super::choice::Choice;
use super::{MISSING_KEY, MISSING_TOKEN};
use crate::args::Onboard;
use crate::commands::named;
use crate::commands::store::block_on;
use crate::error::CliError;
use crate::host::Host;
use crate::{output, secret_input};

const NOTHING: &str =
    "nothing to store: give --anthropic-api-key -, or --auth-choice setup-token --token -, and the credential on stdin";

pub(super) enum Found {
    Given(Credential),
    /// The one that is stored already.
    Stored(ProfileId),
}

/// A credential in a variable.
#[derive(Debug)]
pub(super) struct InEnv {
    pub(super) variable: String,
    /// What the variable is for, or what its value is by its prefix.
    pub(super) kind: CredentialKind,
    pub(super) secret: secrecy::SecretString,
}

impl InEnv {
    pub(super) fn credential(&self) -> Result<Credential, CliError> {
        Ok(match self.kind {
            CredentialKind::ApiKey => Credential::api_key(&self.secret)?,
            _ => Credential::setup_token(&self.secret)?,
        })
    }
}

/// Anthropic's credentials in the environment, as far as they come into question.
pub(super) fn in_env(installation: &Installation, choice: Option<Choice>) -> Vec<InEnv> {
    let found = installation.ambient().into_iter().filter_map(|ambient| {
        let AmbientCredential { provider, id, kind, secret, .. } = ambient;
        let variable = id.as_str().strip_prefix("env:")?.to_owned();
        let (Secret::Plain(secret), true) = (secret, provider == ProviderId::anthropic()) else { return None };
        Some(match choice {
            // A setup-token in it is told of when it is read.
            Some(Choice::ApiKey) if variable == "ANTHROPIC_API_KEY" => {
                InEnv { variable, kind: CredentialKind::ApiKey, secret }
            }
            Some(Choice::Token) if kind == CredentialKind::Token => InEnv { variable, kind, secret },
            None => InEnv { variable, kind, secret },
            Some(_) => return None,
        })
    });
    found.collect()
}

/// Whether nothing is left to ask: an API key was asked for, and the environment has it.
pub(super) fn is_settled(installation: &Installation, choice: Option<Choice>) -> bool {
    choice == Some(Choice::ApiKey) && !in_env(installation, choice).is_empty()
}

pub(super) fn find(
    host: &mut Host,
    installation: &Installation,
    given: &Onboard,
    choice: Option<Choice>,
    agent: &AgentId,
) -> Result<Found, CliError> {
    let mut env = in_env(installation, choice);
    if choice.is_none() {
        // Variables of the configuration and of `.env` serve as they are: they are copied on request only.
        env.retain(|found| host.env.get(&found.variable).is_some());
    }
    // A script may have inherited an input that never ends.
    let reads = host.prompt.is_none() && !host.stdin_is_terminal && (!given.non_interactive || env.is_empty());
    let piped = if reads { secret_input::piped(host, secret_input::CREDENTIAL)? } else { None };
    match (piped, choice) {
        (Some(piped), None) => {
            let credential = Credential::recognise(&piped)?.ok_or_else(|| {
                CliError::usage(
                    "what came on stdin is no Anthropic credential; if it is an API key all the same, say so with --anthropic-api-key -; nothing was stored",
                )
            })?;
            let is_other =
                |found: &InEnv| !credential.secret().plain().is_some_and(|one| same_secret(one, &found.secret));
            match env.iter().find(|found| is_other(found)) {
                None => Ok(Found::Given(credential)),
                Some(found) => Err(CliError::usage(format!(
                    "one credential came on stdin, and {} holds another: say which one with --anthropic-api-key - or --token - (stdin), or with < /dev/null (environment)",
                    found.variable
                ))),
            }
        }
        (Some(piped), Some(Choice::Token)) => Ok(Found::Given(Credential::setup_token(&piped)?)),
        (Some(piped), Some(_)) => Ok(Found::Given(Credential::api_key(&piped)?)),
        (None, _) => match from_env(host, &env)? {
            Some(credential) => Ok(Found::Given(credential)),
            None => stored(installation, given, choice, agent),
        },
    }
}

/// The one credential of the environment; several are none.
fn from_env(host: &mut Host, env: &[InEnv]) -> Result<Option<Credential>, CliError> {
    let Some(first) = env.first() else { return Ok(None) };
    if let Some(other) = env.iter().find(|other| !same_secret(&first.secret, &other.secret)) {
        let (one, two) = (&first.variable, &other.variable);
        return Err(CliError::usage(format!(
            "{one} and {two} hold different credentials: say which kind with --auth-choice apiKey or --auth-choice token, or pipe one in with --anthropic-api-key - or --token -"
        )));
    }
    let credential = first.credential()?;
    let what = if first.kind == CredentialKind::ApiKey { "API key" } else { "setup-token" };
    output::note(host, &format!("using the {what} in {}", first.variable));
    Ok(Some(credential))
}

/// As upstream: an API key that is stored already is the one that was asked for.
fn stored(
    installation: &Installation,
    given: &Onboard,
    choice: Option<Choice>,
    agent: &AgentId,
) -> Result<Found, CliError> {
    let missing = match choice {
        Some(Choice::ApiKey) => MISSING_KEY,
        Some(Choice::Token) => return Err(CliError::usage(MISSING_TOKEN)),
        _ => return Err(CliError::usage(NOTHING)),
    };
    let provider = ProviderId::anthropic();
    let profiles = block_on(installation.store().load(agent))??;
    let named = given.profile_id.as_deref().map(|text| named::place(text, &provider, false, &profiles)).transpose()?;
    let id = named.unwrap_or_else(|| ProfileId::named(&provider, "default"));
    let is_key = profiles
        .get(&id)
        .is_some_and(|profile| profile.kind() == CredentialKind::ApiKey && !profile.credential.secret().is_missing());
    if is_key { Ok(Found::Stored(id)) } else { Err(CliError::usage(missing)) }
}
