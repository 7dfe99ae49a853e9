//! Storing one credential, as every command that takes one does it.

use openclaw_core::{
    AgentId, AuthProfiles, Credential, CredentialChange, CredentialKind, CredentialStore as _, Expiry, Installation,
    Profile, ProfileId, ProviderId, Replace, Secret, Timestamp, mask, parse_lifetime, same_secret,
};
use serde::Serialize;

use super::named;
use crate::error::CliError;
use crate::host::Host;
use crate::output;

/// What is to be stored, and how.
pub(crate) struct Deposit<'a> {
    pub(crate) provider: ProviderId,
    /// Whether the provider was given by the caller, and is not the only one that comes into question.
    pub(crate) provider_named: bool,
    /// Under which id; `None` for the usual one of its kind.
    pub(crate) id: Option<&'a str>,
    pub(crate) usual: &'static str,
    pub(crate) credential: Credential,
    pub(crate) expires_in: Option<&'a str>,
    pub(crate) replace: bool,
    pub(crate) agent: AgentId,
}

/// The summary of `--json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) mode: &'static str,
    pub(crate) auth_choice: &'static str,
    pub(crate) agent_id: String,
    pub(crate) auth_store_path: String,
    pub(crate) profile_id: String,
    pub(crate) provider: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) changed: bool,
    pub(crate) config_changed: bool,
    /// The files of the configuration that changed; an included one may be among them.
    pub(crate) config_files: Vec<String>,
}

/// Whether models of a provider could be named.
pub(crate) fn check_provider(provider: &ProviderId) -> Result<(), CliError> {
    if !provider.as_str().contains(|c: char| c == '/' || c.is_control()) {
        return Ok(());
    }
    let provider = openclaw_core::printable(provider.as_str());
    let text = format!("invalid provider \"{provider}\": models are written PROVIDER/MODEL, so its name holds no /");
    Err(CliError::usage(text))
}

/// Stores it: checks everything first, writes the store, then the configuration if that would hide it.
pub(crate) fn deposit(
    host: &mut Host,
    installation: &Installation,
    mut deposit: Deposit<'_>,
) -> Result<Summary, CliError> {
    let now = host.clock.now();
    if let (Some(text), Credential::Token { expires, .. }) = (deposit.expires_in, &mut deposit.credential) {
        let lifetime = parse_lifetime(text).map_err(|error| CliError::usage(error.to_string()))?;
        *expires = Expiry::At(now.after(lifetime));
    }
    let kind = deposit.credential.kind();
    check_provider(&deposit.provider)?;
    let store = installation.store();
    let (agent, provider) = (deposit.agent, deposit.provider);
    let before = block_on(store.load(&agent))??;
    let id = match deposit.id {
        Some(text) => named::place(text, &provider, deposit.provider_named, &before)?,
        None => ProfileId::named(&provider, deposit.usual),
    };
    let adoption = installation.adoption(&provider, &id, kind)?;
    let unchanged = is_stored(&before, &id, &provider, &deposit.credential, now);
    if !unchanged {
        let mut replace = if deposit.replace { Replace::Any } else { Replace::SameKind };
        if let (Some(stored), Replace::SameKind) =
            (before.get(&id).map(Profile::kind).filter(|stored| *stored != kind), replace)
            && let Some(prompt) = host.prompt.as_mut()
        {
            let question = openclaw_core::redact(&openclaw_core::printable(id.as_str()));
            let question = format!("{question} holds {}. Replace it?", words(stored));
            if !prompt.confirm(&question).map_err(CliError::from_prompt)? {
                return Err(CliError::failed("unchanged", "nothing was stored; choose another id with --profile-id"));
            }
            replace = Replace::Any;
        }
        let mut profile = Profile::new(provider.clone(), deposit.credential);
        profile.added = (kind == CredentialKind::Token).then_some(now);
        let change = CredentialChange::Upsert { id: id.clone(), profile: Box::new(profile), replace };
        block_on(store.commit(&agent, change))??;
    }
    let written = installation.adopt(&adoption)?;
    Ok(Summary {
        mode: "local",
        auth_choice: if kind == CredentialKind::ApiKey { "apiKey" } else { "token" },
        auth_store_path: installation.auth_store(&agent).display().to_string(),
        agent_id: agent.to_string(),
        profile_id: id.to_string(),
        provider: provider.to_string(),
        kind: kind.as_str(),
        changed: !unchanged,
        config_changed: !written.files.is_empty(),
        config_files: written.files.iter().map(|file| file.display().to_string()).collect(),
    })
}

/// Says what was done: for people, or as JSON.
pub(crate) fn report(
    host: &mut Host,
    installation: &Installation,
    summary: &Summary,
    credential: &Credential,
    json: bool,
) -> Result<(), CliError> {
    if json {
        return output::json(host, summary);
    }
    let shown = credential.secret().plain().map(mask).unwrap_or_default();
    let verb = if summary.changed { "Stored" } else { "Already stored:" };
    let what = if credential.kind() == CredentialKind::ApiKey { "API key" } else { "setup-token" };
    let text = format!("{verb} {what} {shown}");
    output::line(host, &output::paint(host, output::GOOD, &text))?;
    let stored = format!("Auth profile: {} ({}/{})", summary.profile_id, summary.provider, summary.kind);
    output::line(host, &openclaw_core::printable(&stored))?;
    let store = host.short(installation.auth_store(&AgentId::new(&summary.agent_id)).as_path());
    output::line(host, &format!("Auth store  : {store}"))?;
    for file in &summary.config_files {
        let path = openclaw_core::printable(&host.short(file.as_ref()));
        output::line(host, &format!("Updated {path}"))?;
    }
    if credential.kind() == CredentialKind::Token {
        output::line(
            host,
            "Note: Anthropic's terms decide whether a Claude subscription may be used in this program.",
        )?;
    }
    Ok(())
}

fn is_stored(
    profiles: &AuthProfiles,
    id: &ProfileId,
    provider: &ProviderId,
    credential: &Credential,
    now: Timestamp,
) -> bool {
    let Some(stored) = profiles.get(id) else { return false };
    let same = match (stored.credential.secret(), credential.secret()) {
        (Secret::Plain(a), Secret::Plain(b)) => same_secret(a, b),
        _ => false,
    };
    let ended = match stored.credential.expires() {
        Expiry::Never => false,
        Expiry::At(end) => now >= end,
        Expiry::Invalid => true,
    };
    // A new lifetime is a change; storing the same token without one keeps what is known, unless that
    // would leave it as one that has ended.
    same && !ended
        && stored.provider == *provider
        && stored.kind() == credential.kind()
        && credential.expires() == Expiry::Never
}

pub(crate) const fn words(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ApiKey => "an API key",
        CredentialKind::Token => "a setup-token",
        _ => "an OAuth login",
    }
}

/// Runs one piece of asynchronous work.
pub(crate) fn block_on<F: Future>(work: F) -> Result<F::Output, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CliError::failed("setup", format!("cannot start: {error}")))?;
    Ok(runtime.block_on(work))
}
