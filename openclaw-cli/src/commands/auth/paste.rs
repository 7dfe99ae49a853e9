//! `openclaw models auth setup-token`, `paste-token` and `paste-api-key`.

use openclaw_core::{Credential, Expiry, ProviderId, Secret};

use crate::args::{Args, PasteArgs};
use crate::commands::store::{Deposit, deposit};
use crate::error::CliError;
use crate::host::Host;
use crate::secret_input::{self, Wanted};

pub(crate) fn setup_token(host: &mut Host, args: &Args, given: &PasteArgs) -> Result<u8, CliError> {
    let provider = given.provider.as_deref().map_or_else(ProviderId::anthropic, ProviderId::new);
    if provider != ProviderId::anthropic() {
        return Err(CliError::failed("usage", "Only --provider anthropic is supported for setup-token."));
    }
    if given.token.is_none()
        && !given.yes
        && let Some(prompt) = host.prompt.as_mut()
    {
        let question = "Have you run `claude setup-token` and copied the token?";
        if !prompt.confirm(question).map_err(CliError::from_prompt)? {
            return Err(CliError::failed(
                "unchanged",
                "run `claude setup-token` on any machine first; nothing was stored",
            ));
        }
    }
    store(host, args, given, provider, Kind::Token)
}

pub(crate) fn token(host: &mut Host, args: &Args, given: &PasteArgs) -> Result<u8, CliError> {
    let provider = super::provider(given.provider.as_deref())?;
    store(host, args, given, provider, Kind::Token)
}

pub(crate) fn api_key(host: &mut Host, args: &Args, given: &PasteArgs) -> Result<u8, CliError> {
    let provider = super::provider(given.provider.as_deref())?;
    if given.expires_in.is_some() {
        return Err(CliError::usage("--expires-in is for tokens; API keys have no stored end"));
    }
    store(host, args, given, provider, Kind::ApiKey)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    ApiKey,
    Token,
}

fn store(host: &mut Host, args: &Args, given: &PasteArgs, provider: ProviderId, kind: Kind) -> Result<u8, CliError> {
    let installation = crate::commands::open(host, args)?;
    let agent = installation.agent(given.agent.as_deref())?;
    let wanted = match kind {
        Kind::Token => Wanted {
            question: "Paste Anthropic setup-token",
            flag: "--token",
            missing: "Missing the token: paste it on a terminal, pipe it in, or give --token - and stdin.",
            ask: true,
            limit: secret_input::CREDENTIAL,
        },
        Kind::ApiKey => Wanted {
            question: "Paste API key",
            flag: "--key",
            missing: "Missing the API key: paste it on a terminal, pipe it in, or give --key - and stdin.",
            ask: true,
            limit: secret_input::CREDENTIAL,
        },
    };
    let secret = secret_input::read(host, given.token.as_deref(), wanted)?;
    let credential = match kind {
        Kind::ApiKey => Credential::api_key(&secret)?,
        Kind::Token if provider == ProviderId::anthropic() => Credential::setup_token(&secret)?,
        Kind::Token if openclaw_core::looks_like_setup_token(&secret) => {
            return Err(CliError::usage("this is an Anthropic setup-token; store it with --provider anthropic"));
        }
        // Other providers' tokens have no common shape.
        Kind::Token => {
            Credential::Token { token: Secret::Plain(openclaw_core::clean_token(&secret)?), expires: Expiry::Never }
        }
    };
    let done = deposit(
        host,
        &installation,
        Deposit {
            provider,
            provider_named: given.provider.is_some(),
            id: given.profile_id.as_deref(),
            usual: if kind == Kind::ApiKey { "default" } else { "manual" },
            credential,
            expires_in: given.expires_in.as_deref(),
            replace: given.replace,
            agent,
            model: None,
            dry_run: false,
        },
    )?;
    if given.json {
        done.json(host)?;
    } else {
        done.tell(host)?;
    }
    Ok(0)
}
