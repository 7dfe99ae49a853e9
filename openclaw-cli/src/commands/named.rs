//! Profiles as a person names them.

use openclaw_core::{AuthProfiles, ProfileId, ProviderId, printable};

use crate::error::CliError;

/// The profile that a text names: the `known` one of exactly that id, whatever stands in it, since another
/// program may have made it; else the text without outer white space.
pub(crate) fn profile<'a>(text: &str, known: impl IntoIterator<Item = &'a ProfileId>) -> Result<ProfileId, CliError> {
    if let Some(id) = known.into_iter().find(|id| id.as_str() == text) {
        return Ok(id.clone());
    }
    ProfileId::new(text.trim()).map_err(|error| CliError::usage(error.to_string()))
}

/// Under which id a credential is stored: a stored one in any case; a new one without a provider in front
/// only where the provider was `named` too, and never under another provider's.
pub(crate) fn place(
    text: &str,
    provider: &ProviderId,
    named: bool,
    stored: &AuthProfiles,
) -> Result<ProfileId, CliError> {
    let id = profile(text, stored.profiles.keys())?;
    let fits = match id.as_str().split_once(':') {
        Some((prefix, name)) => ProviderId::new(prefix) == *provider && !name.trim().is_empty(),
        None => named,
    };
    if fits || stored.profiles.get(id.as_str()).is_some_and(|profile| profile.provider() == provider) {
        return Ok(id);
    }
    let id = printable(id.as_str());
    Err(CliError::usage(format!("invalid profile id \"{id}\": it starts with its provider, {provider}:NAME")))
}
