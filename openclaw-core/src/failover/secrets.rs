//! From a profile to what is sent: its secret, or what its reference leads to.

use std::sync::Arc;

use secrecy::SecretString;

use super::Inner;
use super::choose::Chosen;
use crate::credential::{CredentialError, Secret, SecretRef, check_sendable, without_outer_space};
use crate::id::{ProfileId, ProviderId};
use crate::profile::{AuthProfiles, Profile};
use crate::provider::{AuthProvider, provider_for};
use crate::resolver::{Resolution, Unusable, UnusableReason, Usable};
use crate::secret::same_secret;
use crate::secret_source::usable;

/// A secret that was found by reference.
#[derive(Debug, Clone)]
pub(crate) struct Referenced {
    pub(crate) reference: SecretRef,
    /// What was found, and sent.
    pub(crate) secret: SecretString,
}

/// Why the secret of a profile cannot be used: the profile and the reason in words.
pub(super) type Details = Vec<(ProfileId, String)>;

/// Whether a profile that takes part has a secret that cannot be had: nothing else may take its place
/// silently, least of all a key that costs money.
pub(crate) fn fails_closed(unusable: &[Unusable]) -> bool {
    unusable.iter().any(|one| one.reason == UnusableReason::UnresolvedRef)
}

/// What stands between a profile and its use.
pub(crate) enum Unsendable {
    /// Its reference leads nowhere.
    Unresolved(String),
    /// What is stored cannot be sent.
    Malformed(String),
}

/// What keeps a stored secret from being sent: a line break inside that came with a paste, a NUL. No
/// server has refused it, so it is malformed, and nothing is booked.
pub(crate) fn stored_problem(profile: &Profile) -> Option<CredentialError> {
    let secret = profile.credential.secret().plain()?;
    check_sendable(&without_outer_space(secret.clone())).err()
}

/// Sets profiles apart that might serve if what is stored could be sent: as a request finds out when it
/// is their turn.
pub(crate) fn set_unsendable_apart(resolution: &mut Resolution, profiles: &AuthProfiles) {
    let sendable = |one: &Usable| profiles.get(&one.profile).is_none_or(|profile| stored_problem(profile).is_none());
    let (usable, malformed): (Vec<_>, Vec<_>) = std::mem::take(&mut resolution.usable).into_iter().partition(sendable);
    resolution.usable = usable;
    let malformed =
        malformed.into_iter().map(|one| Unusable { profile: one.profile, reason: UnusableReason::Malformed });
    resolution.unusable.extend(malformed);
}

/// Profiles that cannot be read and that the list leaves out: the resolution says nothing of them.
pub(crate) fn malformed_left_out(
    resolution: &Resolution,
    profiles: &AuthProfiles,
    provider: &ProviderId,
) -> Vec<Unusable> {
    let told = |id: &ProfileId| resolution.unusable.iter().any(|one| one.profile == *id);
    let malformed = profiles.profiles.iter().filter(|(_, stored)| stored.valid().is_none());
    let left_out = malformed.filter(|(id, stored)| stored.provider() == provider && !told(id));
    left_out.map(|(id, _)| Unusable { profile: id.clone(), reason: UnusableReason::Malformed }).collect()
}

impl Inner {
    /// The credential as it goes on the wire, and its reference if it is one.
    pub(crate) async fn sendable(
        &self,
        profile: &Profile,
    ) -> Result<(Arc<dyn AuthProvider>, Option<Referenced>), Unsendable> {
        match profile.credential.secret() {
            Secret::Plain(secret) => match stored_problem(profile) {
                Some(problem) => Err(Unsendable::Malformed(problem.to_string())),
                None => Ok((provider_for(profile.kind(), without_outer_space(secret.clone())), None)),
            },
            Secret::Reference(reference) => {
                let found = self.secrets.resolve(reference).await.and_then(|secret| usable(reference, secret));
                let secret = found.map_err(|error| {
                    tracing::warn!(%error, "a referenced secret cannot be resolved");
                    Unsendable::Unresolved(error.to_string())
                })?;
                let referenced = Referenced { reference: reference.clone(), secret: secret.clone() };
                Ok((provider_for(profile.kind(), secret), Some(referenced)))
            }
            Secret::Missing => Err(Unsendable::Unresolved("the secret is absent".to_owned())),
        }
    }

    /// The same profile with the secret that its reference leads to by now; `None` if that is still the
    /// one that was refused, or none at all.
    pub(super) async fn renew(&self, chosen: &Chosen) -> Option<Chosen> {
        let Referenced { reference, secret: refused } = chosen.referenced.as_ref()?;
        let found = self.secrets.renew(reference, refused).await.and_then(|secret| usable(reference, secret));
        let secret = match found {
            Ok(secret) => secret,
            Err(error) => {
                tracing::warn!(%error, "a referenced secret that was refused cannot be resolved anew");
                return None;
            }
        };
        if same_secret(&secret, refused) {
            return None;
        }
        tracing::info!(profile = %chosen.profile, %reference, "the secret was refused, and there is another one by now");
        let referenced = Referenced { reference: reference.clone(), secret: secret.clone() };
        let provider = provider_for(chosen.stored, secret);
        Some(Chosen { provider, referenced: Some(referenced), ..chosen.clone() })
    }
}
