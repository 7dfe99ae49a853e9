//! One agent's stored credentials, as a document: what `auth-profiles.json` holds besides health.

mod age;
mod change;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::credential::{Credential, CredentialKind};
use crate::id::{ProfileId, ProviderId};
use crate::time::Timestamp;

#[cfg(feature = "fs")]
pub(crate) use change::Consequence;
pub use change::{ChangeError, CredentialChange, Replace};

/// The credentials of one agent, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct AuthProfiles {
    /// All entries of `profiles`, including those that cannot be used.
    pub profiles: IndexMap<ProfileId, StoredProfile>,
    /// `order`: per provider, stronger than the configuration's. Never an empty list.
    pub order: BTreeMap<ProviderId, Vec<ProfileId>>,
}

/// An entry of `profiles`.
#[derive(Debug, Clone)]
pub enum StoredProfile {
    /// A credential.
    Valid(Profile),
    /// Something this version cannot read. It is kept as it stands, and never used.
    Malformed {
        /// The provider it names, or that its id names.
        provider: ProviderId,
        /// What is wrong, without any value.
        problem: &'static str,
    },
}

/// A stored credential and what is stored with it.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Whose credential it is.
    pub provider: ProviderId,
    /// The credential.
    pub credential: Credential,
    /// The account's address, for display.
    pub email: Option<String>,
    /// When it was added, if that is known: a setup-token lasts about a year from then.
    pub added: Option<Timestamp>,
    /// Profiles of one quota group are one account: they share rate limits.
    pub quota_group: Option<String>,
}

impl Profile {
    /// A profile with nothing but its credential.
    #[must_use]
    pub const fn new(provider: ProviderId, credential: Credential) -> Self {
        Self { provider, credential, email: None, added: None, quota_group: None }
    }

    /// The kind of its credential.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        self.credential.kind()
    }
}

impl StoredProfile {
    /// The provider.
    #[must_use]
    pub const fn provider(&self) -> &ProviderId {
        match self {
            Self::Valid(profile) => &profile.provider,
            Self::Malformed { provider, .. } => provider,
        }
    }

    /// The profile, if it can be read.
    #[must_use]
    pub const fn valid(&self) -> Option<&Profile> {
        match self {
            Self::Valid(profile) => Some(profile),
            Self::Malformed { .. } => None,
        }
    }
}

impl AuthProfiles {
    /// The profile of that id, if it can be read.
    #[must_use]
    pub fn get(&self, id: &ProfileId) -> Option<&Profile> {
        self.profiles.get(id.as_str()).and_then(StoredProfile::valid)
    }

    /// The readable profiles of a provider, in the order of the file.
    pub fn of<'a>(&'a self, provider: &'a ProviderId) -> impl Iterator<Item = (&'a ProfileId, &'a Profile)> {
        let valid = self.profiles.iter().filter_map(|(id, stored)| Some((id, stored.valid()?)));
        valid.filter(move |(_, profile)| profile.provider == *provider)
    }
}
