//! Changes to stored credentials, as data: a store applies them under its lock.

use thiserror::Error;

use crate::credential::{Credential, CredentialKind, Secret};
use crate::health::Health;
use crate::id::{ProfileId, ProviderId};
use crate::profile::{AuthProfiles, Profile, StoredProfile};
use crate::secret::same_secret;

/// May a profile be replaced by a credential of another kind?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Replace {
    /// Only by one of the same kind: a token never silently takes the place of a key.
    #[default]
    SameKind,
    /// By anything: the person said so.
    Any,
}

/// A change to one agent's credentials.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum CredentialChange {
    /// Adds a profile or replaces its credential. Where a stored order exists for the provider, the
    /// profile moves to its front, since it would be hidden otherwise.
    Upsert {
        /// Under which id.
        id: ProfileId,
        /// What.
        profile: Box<Profile>,
        /// Whether it may replace another kind.
        replace: Replace,
    },
    /// Removes a profile, its place in the order and its health. What attempts that are under way
    /// report of it afterwards changes nothing, even if the id is given to another secret.
    Remove {
        /// Which.
        id: ProfileId,
    },
    /// Sets (`Some`) or clears (`None`) a provider's order.
    SetOrder {
        /// Whose.
        provider: ProviderId,
        /// Ids of stored profiles of that provider; an empty list clears.
        order: Option<Vec<ProfileId>>,
    },
}

/// Why a change was refused. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Another kind of credential stands under the id.
    #[error("profile \"{id}\" holds {} and would become {}; choose another id with --profile-id, or confirm with --replace", article(.stored), article(.given))]
    OtherKind {
        /// The id.
        id: ProfileId,
        /// What is stored.
        stored: CredentialKind,
        /// What would replace it.
        given: CredentialKind,
    },
    /// An entry that this version cannot read stands under the id.
    #[error("profile \"{id}\" cannot be read by this version and is left alone; choose another id with --profile-id")]
    Unreadable {
        /// The id.
        id: ProfileId,
    },
    /// No such profile.
    #[error("Auth profile \"{id}\" not found")]
    NotFound {
        /// The id.
        id: ProfileId,
    },
    /// The profile belongs to another provider.
    #[error("Auth profile \"{id}\" is for {stored}, not {given}")]
    OtherProvider {
        /// The id.
        id: ProfileId,
        /// Whose it is.
        stored: ProviderId,
        /// Whose order was set.
        given: ProviderId,
    },
}

const fn article(kind: &CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ApiKey => "an API key",
        CredentialKind::Token => "a setup-token",
        CredentialKind::OAuth => "an OAuth login",
    }
}

/// What a change did beyond the profiles themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consequence {
    /// The id is new: what may be remembered of it is about a profile that was there before.
    Added,
    /// The id holds another secret than before, and attempts with the old one may be under way.
    SecretReplaced,
    /// The profile is gone.
    Removed,
    /// Nothing that concerns health.
    None,
}

impl CredentialChange {
    /// Adds or replaces a profile; only one of the same kind.
    #[must_use]
    pub fn upsert(id: ProfileId, provider: ProviderId, credential: Credential) -> Self {
        Self::Upsert { id, profile: Box::new(Profile::new(provider, credential)), replace: Replace::SameKind }
    }

    /// The profile it is about; `None` for an order.
    pub(crate) const fn profile(&self) -> Option<&ProfileId> {
        match self {
            Self::Upsert { id, .. } | Self::Remove { id } => Some(id),
            Self::SetOrder { .. } => None,
        }
    }

    /// What the change means for health, in the same write: a new secret starts without windows and
    /// as a new generation, so that nothing the old one still reports counts for it; a removed profile
    /// leaves nothing behind but the number of its secret, so that its attempts are still known as
    /// strangers, also when the id is used again.
    pub(crate) fn refresh_health(&self, consequence: Consequence, health: &mut Health) {
        let Some(id) = self.profile() else { return };
        match consequence {
            Consequence::None => {}
            Consequence::Removed => {
                let gone = health.profiles.remove(id.as_str()).unwrap_or_default().without_a_secret();
                health.profiles.insert(id.clone(), gone);
                health.last_good.retain(|_, good| good != id);
            }
            Consequence::Added | Consequence::SecretReplaced => {
                // A profile that never was there needs no entry.
                if consequence == Consequence::SecretReplaced || health.profiles.contains_key(id.as_str()) {
                    health.profiles.entry(id.clone()).or_default().clear_for_a_new_secret();
                }
            }
        }
    }

    /// Applies the change in memory.
    ///
    /// # Errors
    /// Why it is refused; `profiles` is unchanged then.
    pub(crate) fn apply(&self, profiles: &mut AuthProfiles) -> Result<Consequence, ChangeError> {
        match self {
            Self::Upsert { id, profile, replace } => upsert(profiles, id, profile, *replace),
            Self::Remove { id } => {
                profiles.profiles.shift_remove(id.as_str()).ok_or_else(|| ChangeError::NotFound { id: id.clone() })?;
                for order in profiles.order.values_mut() {
                    order.retain(|other| other != id);
                }
                profiles.order.retain(|_, order| !order.is_empty());
                Ok(Consequence::Removed)
            }
            Self::SetOrder { provider, order } => {
                let mut unique: Vec<ProfileId> = Vec::new();
                for id in order.iter().flatten() {
                    let stored = profiles.profiles.get(id.as_str());
                    let stored = stored.ok_or_else(|| ChangeError::NotFound { id: id.clone() })?.provider().clone();
                    if stored != *provider {
                        return Err(ChangeError::OtherProvider { id: id.clone(), stored, given: provider.clone() });
                    }
                    if !unique.contains(id) {
                        unique.push(id.clone());
                    }
                }
                if unique.is_empty() {
                    profiles.order.remove(provider);
                } else {
                    profiles.order.insert(provider.clone(), unique);
                }
                Ok(Consequence::None)
            }
        }
    }
}

fn upsert(
    profiles: &mut AuthProfiles,
    id: &ProfileId,
    profile: &Profile,
    replace: Replace,
) -> Result<Consequence, ChangeError> {
    let stored = match profiles.profiles.get(id.as_str()) {
        Some(StoredProfile::Malformed { .. }) => return Err(ChangeError::Unreadable { id: id.clone() }),
        Some(StoredProfile::Valid(stored)) => Some(stored),
        None => None,
    };
    if let Some(stored) = stored {
        if stored.provider != profile.provider {
            return Err(ChangeError::OtherProvider {
                id: id.clone(),
                stored: stored.provider.clone(),
                given: profile.provider.clone(),
            });
        }
        if stored.kind() != profile.kind() && replace == Replace::SameKind {
            return Err(ChangeError::OtherKind { id: id.clone(), stored: stored.kind(), given: profile.kind() });
        }
    }
    let same = |stored: &Profile| unchanged(stored.credential.secret(), profile.credential.secret());
    let consequence = match stored {
        None => Consequence::Added,
        Some(stored) if same(stored) => Consequence::None,
        Some(_) => Consequence::SecretReplaced,
    };
    let mut profile = profile.clone();
    if let Some(stored) = stored {
        if consequence == Consequence::None {
            profile.added = stored.added;
        }
        profile.email = profile.email.or_else(|| stored.email.clone());
        profile.quota_group = profile.quota_group.or_else(|| stored.quota_group.clone());
    }
    if let Some(order) = profiles.order.get_mut(&profile.provider)
        && !order.contains(id)
    {
        order.insert(0, id.clone());
    }
    profiles.profiles.insert(id.clone(), StoredProfile::Valid(profile));
    Ok(consequence)
}

fn unchanged(stored: &Secret, given: &Secret) -> bool {
    match (stored, given) {
        (Secret::Plain(a), Secret::Plain(b)) => same_secret(a, b),
        (Secret::Reference(a), Secret::Reference(b)) => a == b,
        _ => false,
    }
}
