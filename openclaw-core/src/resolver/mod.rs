//! Which profiles may serve a request, in which order, and why the others may not. Pure.

mod eligible;
mod judge;
mod list;
mod order;

use std::collections::HashSet;

use serde::Serialize;

use crate::config::AuthSettings;
use crate::credential::CredentialKind;
use crate::health::{CooldownPolicy, FailureReason, Health, Seen};
use crate::id::{ProfileId, ProviderId};
use crate::profile::AuthProfiles;
use crate::time::Timestamp;

pub(crate) use order::resolve_pinned;
pub use order::{first_usable, resolve};

/// What [`resolve`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct ResolveInput<'a> {
    /// Whose credentials.
    pub provider: &'a ProviderId,
    /// The model to be asked, without the provider. `None` looks at profile-wide windows only.
    pub model: Option<&'a str>,
    /// The stored profiles.
    pub profiles: &'a AuthProfiles,
    /// Their health.
    pub health: &'a Health,
    /// `auth` of the configuration.
    pub auth: &'a AuthSettings,
    /// How long windows are.
    pub policy: &'a CooldownPolicy,
    /// Profiles whose references could not be resolved.
    pub unresolved: &'a HashSet<ProfileId>,
    /// The profile that should be first.
    pub pin: Option<&'a Pin>,
}

/// A profile that should be first, and how strongly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Which.
    pub profile: ProfileId,
    /// Who says so.
    pub kind: PinKind,
}

/// Who pinned a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinKind {
    /// A session keeps the profile that served it, for warm caches. It yields when the profile is
    /// blocked or demoted, and to a higher-ranked one of an explicit order that recovered.
    Session,
    /// A person chose it: first while usable; while it is blocked the next one serves.
    User,
    /// Only this profile, whatever happens.
    Strict,
}

/// Where the order came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderSource {
    /// `order` of the store.
    Stored,
    /// `auth.order` of the configuration.
    ConfigOrder,
    /// `auth.profiles` of the configuration: it lists who takes part.
    ConfigProfiles,
    /// All stored profiles of the provider.
    Profiles,
}

/// A profile that may serve now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usable {
    /// Which.
    pub profile: ProfileId,
    /// The kind of its credential.
    pub kind: CredentialKind,
    /// Its window has passed and nobody has tried yet: claim a trial first.
    pub needs_trial: bool,
    /// It stands behind the others until then.
    pub demoted_until: Option<Timestamp>,
    /// A limit that its quota group shares has passed and another member is to try that first: this one
    /// stands behind all others until then.
    pub after_trial: bool,
    /// The generations an attempt starts under.
    pub seen: Seen,
}

/// A profile that may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Which.
    pub profile: ProfileId,
    /// Why.
    pub reason: UnusableReason,
}

/// Why a profile may not serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnusableReason {
    /// A list names it, the store does not have it.
    ProfileMissing,
    /// It is another provider's, in the store or by `auth.profiles`.
    ProviderMismatch,
    /// `auth.profiles` says another mode than the stored kind.
    ModeMismatch,
    /// The secret is absent or blank.
    MissingCredential,
    /// The stored entry cannot be read.
    Malformed,
    /// It ended.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// Its stored end is no moment.
    InvalidExpires,
    /// Its secret is a reference that cannot be resolved.
    UnresolvedRef,
    /// It is stored, but the list that counts leaves it out.
    ExcludedByAuthOrder,
    /// It cools down.
    Cooldown {
        /// Until when.
        until: Timestamp,
        /// Why, where known.
        reason: Option<FailureReason>,
        /// For this model only.
        #[serde(skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// It is disabled: billing, or refused for good.
    Disabled {
        /// Until when.
        until: Timestamp,
        /// Why, where known.
        reason: Option<FailureReason>,
    },
    /// Its window has passed and somebody is trying it at this moment.
    OnTrial {
        /// When to look again at the latest.
        until: Timestamp,
    },
}

impl UnusableReason {
    /// Until when it is blocked; `None` for reasons that time does not heal.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Cooldown { until, .. } | Self::Disabled { until, .. } | Self::OnTrial { until } => Some(*until),
            _ => None,
        }
    }

    /// The word used in JSON and messages.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ProfileMissing => "profile_missing",
            Self::ProviderMismatch => "provider_mismatch",
            Self::ModeMismatch => "mode_mismatch",
            Self::MissingCredential => "missing_credential",
            Self::Malformed => "malformed",
            Self::Expired { .. } => "expired",
            Self::InvalidExpires => "invalid_expires",
            Self::UnresolvedRef => "unresolved_ref",
            Self::ExcludedByAuthOrder => "excluded_by_auth_order",
            Self::Cooldown { .. } => "cooldown",
            Self::Disabled { .. } => "disabled",
            Self::OnTrial { .. } => "on_trial",
        }
    }
}

/// The answer: who may serve, in order, and who may not, with reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// May serve now, best first.
    pub usable: Vec<Usable>,
    /// May not: blocked ones first, the soonest first; then those that time does not heal.
    pub unusable: Vec<Unusable>,
    /// Where the order came from.
    pub source: OrderSource,
    /// A list of the configuration or the store named only profiles that do not exist, so it was
    /// passed over for the next one, at last for all stored profiles.
    pub list_ignored: bool,
    eligible: bool,
}

impl Resolution {
    /// Whether a stored profile takes part at all. A blocked one does: keys from the environment
    /// must not start to serve because a profile cools down, nor in place of one that is pinned
    /// strictly.
    #[must_use]
    pub const fn has_eligible(&self) -> bool {
        self.eligible
    }

    /// When the first blocked profile may serve again.
    #[must_use]
    pub fn soonest(&self) -> Option<Timestamp> {
        self.unusable.iter().filter_map(|unusable| unusable.reason.until()).min()
    }
}

#[cfg(test)]
mod tests;
