//! What happens on the way, for logs and observers. Never a secret.

use std::fmt;

use super::Blocked;
use crate::health::{FailureReason, Scope};
use crate::id::{ModelRef, ProfileId};
use crate::resolver::UnusableReason;
use crate::time::Timestamp;

/// Something that happened while a request was served.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An attempt starts.
    Attempted {
        /// With this profile.
        profile: ProfileId,
        /// On this model.
        model: ModelRef,
        /// 0, or the number of the retry on the same profile.
        retry: u32,
    },
    /// An attempt failed.
    Failed {
        /// With this profile.
        profile: ProfileId,
        /// On this model.
        model: ModelRef,
        /// Why.
        reason: FailureReason,
    },
    /// A profile was passed over.
    Skipped {
        /// Which.
        profile: ProfileId,
        /// For this model.
        model: ModelRef,
        /// Why.
        reason: UnusableReason,
    },
    /// A window opened or was moved.
    WindowOpened {
        /// Of this profile.
        profile: ProfileId,
        /// The model; the whole profile if the scope says so.
        model: ModelRef,
        /// Of the profile or of the model.
        scope: Scope,
        /// When it ends.
        until: Timestamp,
        /// Why.
        reason: FailureReason,
    },
    /// A profile answered again after a window or a demotion.
    Recovered {
        /// Which.
        profile: ProfileId,
        /// On this model.
        model: ModelRef,
    },
    /// A model could not be asked with any profile.
    PassedOver {
        /// Which.
        model: ModelRef,
        /// Why.
        why: Blocked,
    },
    /// The next model is tried.
    FellBack {
        /// Instead of this one.
        from: ModelRef,
        /// This one.
        to: ModelRef,
    },
}

/// Hears every [`Event`]. Called on the request's own path: return quickly.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use openclaw_core::{Event, Observer};
///
/// #[derive(Debug, Default)]
/// struct CountFallbacks(AtomicUsize);
///
/// impl Observer for CountFallbacks {
///     fn event(&self, event: &Event) {
///         if matches!(event, Event::FellBack { .. }) {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
pub trait Observer: fmt::Debug + Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

impl Event {
    pub(super) fn trace(&self) {
        match self {
            Self::Attempted { profile, model, retry } => tracing::debug!(%profile, %model, retry, "attempt"),
            Self::Failed { profile, model, reason } => tracing::debug!(%profile, %model, %reason, "attempt failed"),
            Self::Skipped { profile, model, reason } => {
                tracing::debug!(%profile, %model, reason = reason.code(), "skipped");
            }
            Self::WindowOpened { profile, model, until, reason, .. } => {
                tracing::info!(%profile, %model, %until, %reason, "window opened");
            }
            Self::Recovered { profile, model } => tracing::info!(%profile, %model, "recovered"),
            Self::PassedOver { model, why } => tracing::info!(%model, %why, "passed over"),
            Self::FellBack { from, to } => tracing::info!(%from, %to, "fell back"),
        }
    }
}
