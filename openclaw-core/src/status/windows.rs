//! The windows that stand against profiles: open, half-open, demoted.

use std::borrow::Cow;

use serde::Serialize;

use crate::health::{BlockKind, CooldownPolicy, Health, ModelStats, State, Trial, Window};
use crate::id::{ProfileId, ProviderId};
use crate::profile::{AuthProfiles, StoredProfile};
use crate::secret::printable;
use crate::time::Timestamp;

/// What kind of window it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WindowKind {
    /// The profile is not used.
    Cooldown,
    /// The profile is not used: billing, or refused for good.
    Disabled,
    /// The profile stands behind the others.
    Demoted,
}

/// One window of a profile, or of one of its models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WindowStatus {
    /// Whose.
    pub profile_id: ProfileId,
    /// Its provider; absent if the profile no longer exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// The model, if only that is affected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What kind.
    pub kind: WindowKind,
    /// Whether it has passed and one attempt may try: half-open.
    pub half_open: bool,
    /// Until when somebody else's attempt holds the trial of a half-open window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_trial_until: Option<Timestamp>,
    /// Why it was opened, where known, as it stands in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it ends or ended, in ms since the epoch.
    pub until: Timestamp,
    /// How long that is from now, in ms; 0 when it has passed.
    pub remaining_ms: i64,
    /// Failures in a row that led to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<u32>,
}

/// All windows of an agent that are open or half-open, and all demotions: the soonest end first, what
/// has passed at the end. A window so old that it means nothing is left out.
#[must_use]
pub fn window_list(
    profiles: &AuthProfiles,
    health: &Health,
    policy: &CooldownPolicy,
    now: Timestamp,
) -> Vec<WindowStatus> {
    let mut all = Vec::new();
    for (id, stats) in &health.profiles {
        let provider = profiles.profiles.get(id.as_str()).map(StoredProfile::provider);
        let found = Found { id, provider, policy, now };
        let disabled = (WindowKind::Disabled, BlockKind::Disabled, stats.disabled);
        for (kind, block, window) in [disabled, (WindowKind::Cooldown, BlockKind::Cooldown, stats.cooldown)] {
            let status = found.window(None, kind, window, stats.last_failure_at, stats.trial.as_ref());
            let reason = stats.reason_text(block).map(Cow::into_owned);
            all.extend(status.map(|status| WindowStatus { failures: Some(stats.errors), reason, ..status }));
        }
        for (model, stats) in &stats.models {
            all.extend(found.model(model, stats));
        }
    }
    all.sort_by_key(|window| (window.half_open, window.until));
    all
}

struct Found<'a> {
    id: &'a ProfileId,
    provider: Option<&'a ProviderId>,
    policy: &'a CooldownPolicy,
    now: Timestamp,
}

impl Found<'_> {
    fn model(&self, model: &str, stats: &ModelStats) -> Vec<WindowStatus> {
        let (opened, trial) = (stats.last_failure_at, stats.trial.as_ref());
        let cooldown = self.window(Some(model), WindowKind::Cooldown, stats.cooldown, opened, trial);
        let cooldown = cooldown.map(|status| WindowStatus { failures: Some(stats.errors), ..status });
        let demoted = self.window(Some(model), WindowKind::Demoted, stats.demoted, stats.demoted_at, None);
        // A demotion that has passed is over: it needs no trial.
        cooldown.into_iter().chain(demoted.filter(|demoted| !demoted.half_open)).collect()
    }

    fn window(
        &self,
        model: Option<&str>,
        kind: WindowKind,
        window: Option<Window>,
        opened: Option<Timestamp>,
        trial: Option<&Trial>,
    ) -> Option<WindowStatus> {
        let window = window?;
        let half_open = match window.state(opened, self.now, self.policy) {
            State::Open(_) => false,
            State::HalfOpen => true,
            State::Closed => return None,
        };
        let trial = trial.filter(|trial| half_open && trial.is_live(self.now, self.policy));
        let left = window.until.as_millis().saturating_sub(self.now.as_millis());
        Some(WindowStatus {
            profile_id: self.id.clone(),
            provider: self.provider.cloned(),
            model: model.map(printable),
            kind,
            half_open,
            on_trial_until: trial.map(|trial| trial.until),
            reason: window.reason.map(|reason| reason.to_string()),
            until: window.until,
            remaining_ms: if half_open { 0 } else { left },
            failures: None,
        })
    }
}
