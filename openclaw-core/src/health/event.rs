//! What can happen to health, as data: any store can apply, retry or replay it.

use std::sync::Arc;

use crate::health::{CooldownPolicy, FailureReason, Seen};
use crate::id::{ProfileId, ProviderId};
use crate::time::Timestamp;

/// Which machine an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The profile with all its models.
    Profile,
    /// Only the model that was asked.
    Model,
}

/// Something that happened to a profile.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum HealthEvent {
    /// An attempt brought its first content.
    Succeeded {
        /// The provider, for `lastGood`.
        provider: ProviderId,
        /// The profile.
        profile: ProfileId,
        /// The model that answered.
        model: String,
        /// What the attempt knew when it started.
        seen: Seen,
        /// When.
        at: Timestamp,
    },
    /// An attempt failed for a reason that concerns the profile.
    Failed {
        /// The provider, for its own billing windows.
        provider: ProviderId,
        /// The profile.
        profile: ProfileId,
        /// The model that was asked.
        model: String,
        /// Why.
        reason: FailureReason,
        /// Whether a rate limit is the whole profile's; other reasons have their own scope.
        scope: Scope,
        /// Until when the server wants to be left alone, if it said so.
        deadline: Option<Timestamp>,
        /// What the attempt knew when it started.
        seen: Seen,
        /// When.
        at: Timestamp,
        /// How long windows are.
        policy: Arc<CooldownPolicy>,
    },
    /// Somebody wants to try a half-open profile.
    TrialClaimed {
        /// The profile.
        profile: ProfileId,
        /// The model to be asked.
        model: String,
        /// Who: unique per attempt.
        owner: String,
        /// When.
        at: Timestamp,
        /// How long a lease is.
        policy: Arc<CooldownPolicy>,
    },
    /// A trial ended without a result: dropped, or failed for a reason that says nothing about the profile.
    TrialReleased {
        /// The profile.
        profile: ProfileId,
        /// The model.
        model: String,
        /// Who held it.
        owner: String,
    },
    /// Somebody cleared the windows and counters by hand.
    Cleared {
        /// The profile; all of them if `None`.
        profile: Option<ProfileId>,
        /// Only this model; the profile and all its models if `None`.
        model: Option<String>,
    },
}

/// What an event changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing: the window was open already, or the event has no bearing on health.
    Unchanged,
    /// A window opened, or the server moved the end of an open one.
    WindowOpened {
        /// Of the profile or of the model.
        scope: Scope,
        /// When it ends.
        until: Timestamp,
        /// Why.
        reason: FailureReason,
    },
    /// The profile now stands behind the others for this model.
    Demoted {
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: FailureReason,
    },
    /// A plain success: only `lastUsed` and `lastGood` moved.
    Used,
    /// A success that closed a window or ended a demotion.
    Recovered,
    /// The trial is yours.
    TrialGranted,
    /// The profile may not be tried by you now.
    TrialRefused {
        /// When to look again.
        until: Timestamp,
    },
    /// Windows were cleared by hand, or a trial was given back.
    Cleared,
}

impl HealthEvent {
    /// The profile it is about; `None` for all.
    #[must_use]
    pub const fn profile(&self) -> Option<&ProfileId> {
        match self {
            Self::Succeeded { profile, .. }
            | Self::Failed { profile, .. }
            | Self::TrialClaimed { profile, .. }
            | Self::TrialReleased { profile, .. } => Some(profile),
            Self::Cleared { profile, .. } => profile.as_ref(),
        }
    }
}

impl Effect {
    /// Whether losing this change in a crash would do harm. A success that only moved `lastUsed`
    /// may be lost; everything else is made durable.
    #[must_use]
    pub const fn must_last(&self) -> bool {
        !matches!(self, Self::Unchanged | Self::Used)
    }
}
