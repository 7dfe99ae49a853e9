//! What looks unintended in a plan: sources that disagree, lists that name nobody.

use std::fmt;

use serde::Serialize;

use super::view::{CandidateSource, PlannedOrder, SourceKind};
use crate::advice::{Advice, free_id};
use crate::credential::CredentialKind;
use crate::id::{ProfileId, ProviderId};
use crate::profile::{AuthProfiles, Profile};
use crate::resolver::{OrderSource, Resolution, UnusableReason};
use crate::secret::same_secret;

/// Something that is allowed and rarely meant. `Display` says it to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum PlanWarning {
    /// A credential of the environment or the configuration is not used, because another one is
    /// stored: the usual reason why a new key seems to have no effect.
    ShadowedCredential {
        /// Whose.
        provider: ProviderId,
        /// Where the unused credential is.
        source: CandidateSource,
        /// Its kind.
        #[serde(rename = "type")]
        kind: CredentialKind,
        /// The first stored profile that takes part.
        profile_id: ProfileId,
        /// Under which id to store it, where a credential of another kind has the usual one.
        #[serde(skip_serializing_if = "Option::is_none")]
        store_as: Option<ProfileId>,
    },
    /// The environment or the configuration holds the same secret as a stored profile.
    SameSecret {
        /// Whose.
        provider: ProviderId,
        /// Where the copy is.
        source: CandidateSource,
        /// The stored profile.
        profile_id: ProfileId,
    },
    /// A list names profiles that this agent does not have.
    OrderNamesMissing {
        /// Whose list.
        provider: ProviderId,
        /// Which list.
        list: OrderSource,
        /// The missing profiles.
        profiles: Vec<ProfileId>,
    },
    /// Nothing that a list names exists, while others do: it was passed over.
    ListIgnored {
        /// Whose list.
        provider: ProviderId,
        /// Which list.
        list: OrderSource,
        /// What decides instead.
        used: OrderSource,
    },
    /// Stored profiles never serve, because the list that counts leaves them out.
    ExcludedByOrder {
        /// Whose list.
        provider: ProviderId,
        /// Which list.
        list: OrderSource,
        /// The profiles.
        profiles: Vec<ProfileId>,
    },
}

/// Everything that looks unintended about a provider. `found` are the credentials of environment and
/// configuration that do not serve.
pub(super) fn find(
    stored: &AuthProfiles,
    provider: &ProviderId,
    resolution: &Resolution,
    order: &PlannedOrder,
    found: Vec<(CandidateSource, &Profile)>,
) -> Vec<PlanWarning> {
    let mut warnings = shadowed(stored, provider, resolution, found);
    let (used, provider) = (resolution.source, provider.clone());
    for list in &order.ignored {
        warnings.push(PlanWarning::ListIgnored { provider: provider.clone(), list: *list, used });
    }
    let own = stored.order.get(&provider).map(|list| (OrderSource::Stored, list.as_slice()));
    let used_list = (used != OrderSource::Stored).then_some((used, order.profiles.as_slice()));
    for (list, ids) in own.into_iter().chain(used_list).filter(|(list, _)| !order.ignored.contains(list)) {
        let missing = ids.iter().filter(|id| !stored.profiles.contains_key(id.as_str()));
        let mut profiles: Vec<ProfileId> = missing.cloned().collect();
        profiles.dedup();
        if !profiles.is_empty() {
            warnings.push(PlanWarning::OrderNamesMissing { provider: provider.clone(), list, profiles });
        }
    }
    let excluded = resolution.unusable.iter().filter(|other| other.reason == UnusableReason::ExcludedByAuthOrder);
    let profiles: Vec<ProfileId> = excluded.map(|other| other.profile.clone()).collect();
    // A list of the store was made for this agent on purpose; the configuration's is shared by all.
    if !profiles.is_empty() && used != OrderSource::Stored {
        warnings.push(PlanWarning::ExcludedByOrder { provider, list: used, profiles });
    }
    warnings
}

fn shadowed(
    stored: &AuthProfiles,
    provider: &ProviderId,
    resolution: &Resolution,
    found: Vec<(CandidateSource, &Profile)>,
) -> Vec<PlanWarning> {
    let first = resolution.usable.first().map(|usable| &usable.profile);
    let blocked =
        || resolution.unusable.iter().find(|other| other.reason.until().is_some()).map(|other| &other.profile);
    let Some(by) = first.or_else(blocked) else { return Vec::new() };
    let warn = |(source, profile): (CandidateSource, &Profile)| {
        let provider = provider.clone();
        let plain = profile.credential.secret().plain();
        let copy = stored.of(&provider).find(|(_, other)| {
            plain.zip(other.credential.secret().plain()).is_some_and(|(here, there)| same_secret(here, there))
        });
        match copy.map(|(id, _)| id.clone()) {
            Some(profile_id) => PlanWarning::SameSecret { provider, source, profile_id },
            None => {
                let (kind, profile_id) = (profile.kind(), by.clone());
                let store_as = free_id(stored, &provider, kind);
                PlanWarning::ShadowedCredential { provider, source, kind, profile_id, store_as }
            }
        }
    };
    found.into_iter().map(warn).collect()
}

impl PlanWarning {
    /// What to do about it, as one command; `agent` when it is not the default one. Nothing where
    /// there is nothing to do, or where only a person can decide.
    #[must_use]
    pub fn advice(&self, agent: Option<&str>) -> Option<Advice> {
        match self {
            Self::ShadowedCredential { provider, kind, store_as, .. } => {
                let text = "unset it if it is left over; to use it, store it";
                Some(Advice::store_as(text, provider.as_str(), *kind, agent, store_as.as_ref()))
            }
            Self::OrderNamesMissing { provider, list: OrderSource::Stored, .. }
            | Self::ListIgnored { provider, list: OrderSource::Stored, .. } => {
                Some(Advice::clear_order(provider.as_str(), agent))
            }
            Self::ExcludedByOrder { provider, .. } => Some(Advice::see_order(provider.as_str(), agent)),
            _ => None,
        }
    }
}

impl OrderSource {
    /// What the list is called, for people.
    #[must_use]
    pub fn words(self, provider: &ProviderId) -> String {
        match self {
            Self::Stored => "the order stored for this agent".to_owned(),
            Self::ConfigOrder => format!("auth.order.{provider} of the configuration"),
            Self::ConfigProfiles => "auth.profiles of the configuration".to_owned(),
            Self::Profiles => "kind and last use of all stored profiles".to_owned(),
        }
    }
}

impl fmt::Display for CandidateSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl fmt::Display for PlanWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |profiles: &[ProfileId]| profiles.iter().map(ProfileId::as_str).collect::<Vec<_>>().join(", ");
        match self {
            Self::ShadowedCredential { source, profile_id, .. } => {
                write!(f, "{source} is set but not used, because {profile_id} is stored")
            }
            Self::SameSecret { source, profile_id, .. } if source.kind == SourceKind::Env => {
                write!(f, "{source} holds the same secret as {profile_id}; the stored one is used")
            }
            Self::SameSecret { source, profile_id, .. } => {
                write!(f, "{source} repeats the secret of {profile_id}; the stored one is used")
            }
            Self::OrderNamesMissing { provider, list: source, profiles } => {
                write!(f, "{} names profiles that this agent does not have: {}", source.words(provider), list(profiles))
            }
            Self::ListIgnored { provider, list: source, used } => {
                write!(f, "{} names nobody who exists and is ignored; ", source.words(provider))?;
                write!(f, "what counts is {}", used.words(provider))
            }
            Self::ExcludedByOrder { provider, list: source, profiles } => {
                write!(f, "{} leaves out {}", source.words(provider), list(profiles))
            }
        }
    }
}
