//! Whether one profile takes part at all, whatever its health.

use crate::config::AuthProfileSettings;
use crate::credential::{Credential, CredentialKind, Expiry};
use crate::id::ProviderId;
use crate::profile::{Profile, StoredProfile};
use crate::resolver::UnusableReason;
use crate::time::Timestamp;

/// The reason why the stored profile takes no part, or the profile.
pub(super) fn eligible<'a>(
    stored: Option<&'a StoredProfile>,
    provider: &ProviderId,
    configured: Option<&AuthProfileSettings>,
    unresolved: bool,
    now: Timestamp,
) -> Result<&'a Profile, UnusableReason> {
    let stored = stored.ok_or(UnusableReason::ProfileMissing)?;
    if stored.provider() != provider {
        return Err(UnusableReason::ProviderMismatch);
    }
    let profile = stored.valid().ok_or(UnusableReason::Malformed)?;
    if let Some(configured) = configured {
        if configured.provider != *provider {
            return Err(UnusableReason::ProviderMismatch);
        }
        let token_as_login = configured.mode == CredentialKind::OAuth && profile.kind() == CredentialKind::Token;
        if configured.mode != profile.kind() && !token_as_login {
            return Err(UnusableReason::ModeMismatch);
        }
    }
    if unresolved {
        return Err(UnusableReason::UnresolvedRef);
    }
    match (&profile.credential, profile.credential.expires()) {
        // A login without an access token that could be refreshed has ended, for us.
        (Credential::OAuth { access, refreshable: true, expires }, _) if access.is_missing() => {
            return Err(UnusableReason::Expired { at: expires.moment().map_or(now, |at| at.min(now)) });
        }
        _ if profile.credential.secret().is_missing() => return Err(UnusableReason::MissingCredential),
        (_, Expiry::Invalid) => return Err(UnusableReason::InvalidExpires),
        (_, Expiry::At(at)) if now >= at => return Err(UnusableReason::Expired { at }),
        _ => {}
    }
    Ok(profile)
}
