//! The stored profiles of an agent, each with its credential, its health and its place in the order.

use std::path::Path;

use serde::Serialize;

use super::judged::{Case, Judged};
use super::windows::{WindowStatus, window_list};
use crate::config::AuthSettings;
use crate::credential::{CredentialKind, Secret};
use crate::health::{CooldownPolicy, Health};
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::profile::{AuthProfiles, Profile, StoredProfile};
use crate::resolver::UnusableReason;
use crate::secret::{is_blank, mask, printable, redact};
use crate::secret_source::SecretSource;
use crate::time::Timestamp;

/// What the list is made from.
#[derive(Debug, Clone, Copy)]
pub struct ProfileListInput<'a> {
    /// The agent.
    pub agent: &'a AgentId,
    /// Its folder.
    pub agent_dir: &'a Path,
    /// The credential store.
    pub store_path: &'a Path,
    /// Only profiles of this provider.
    pub provider: Option<&'a ProviderId>,
    /// `auth` of the configuration.
    pub auth: &'a AuthSettings,
    /// Who knows of references whether they can lead anywhere; none is resolved.
    pub secrets: &'a dyn SecretSource,
    /// The stored profiles.
    pub profiles: &'a AuthProfiles,
    /// Their health.
    pub health: &'a Health,
    /// How long windows are.
    pub policy: &'a CooldownPolicy,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProfileList {
    /// The agent.
    pub agent_id: AgentId,
    /// Its folder.
    pub agent_dir: String,
    /// The credential store.
    pub auth_store_path: String,
    /// The provider that was asked for.
    pub provider: Option<ProviderId>,
    /// The profiles, in the order of the file.
    pub profiles: Vec<ProfileEntry>,
}

/// One stored profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProfileEntry {
    /// Its id.
    pub profile_id: ProfileId,
    /// Whose credential.
    pub provider: ProviderId,
    /// The kind; `None` if the entry cannot be read.
    #[serde(rename = "type")]
    pub kind: Option<CredentialKind>,
    /// The masked credential, where it stands there as text.
    pub credential: Option<String>,
    /// The reference that stands there instead, shown and not resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The account's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `ok`, `half_open` (its window has passed, one attempt may try), or the code of what is wrong.
    pub status: &'static str,
    /// What is wrong: `code`, and `until` and `reason` where they apply.
    #[serde(flatten)]
    pub reason: Option<UnusableReason>,
    /// How long that holds from now, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<i64>,
    /// What is wrong with an entry that cannot be read, or with a reference that leads nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Its place in the order, from 1: those that may serve, then those that are blocked. `None` if
    /// it takes no part.
    pub order: Option<usize>,
    /// When it last served.
    pub last_used: Option<Timestamp>,
    /// Whether it was the last of its provider to answer.
    pub last_good: bool,
    /// When it was stored, if that is known.
    pub added_at: Option<Timestamp>,
    /// When it ends, if that is known.
    pub expires_at: Option<Timestamp>,
    /// Its windows, and those of its models.
    pub windows: Vec<WindowStatus>,
}

impl ProfileList {
    /// The list at a moment. References are shown and not resolved, except that a variable which is
    /// not set is told.
    #[must_use]
    pub fn new(input: &ProfileListInput<'_>, now: Timestamp) -> Self {
        let wanted = |stored: &StoredProfile| input.provider.is_none_or(|provider| stored.provider() == provider);
        let listed = input.profiles.profiles.iter().filter(|(_, stored)| wanted(stored));
        let windows = window_list(input.profiles, input.health, input.policy, now);
        let entry = |(id, stored): (&ProfileId, &StoredProfile)| {
            let judged = judged(input, stored.provider(), now);
            let windows = windows.iter().filter(|window| window.profile_id == *id).cloned().collect();
            entry(input, (id, stored), judged, windows, now)
        };
        Self {
            agent_id: input.agent.clone(),
            agent_dir: input.agent_dir.display().to_string(),
            auth_store_path: input.store_path.display().to_string(),
            provider: input.provider.cloned(),
            profiles: listed.map(entry).collect(),
        }
    }
}

fn judged(input: &ProfileListInput<'_>, provider: &ProviderId, now: Timestamp) -> Judged {
    let ProfileListInput { profiles, health, auth, policy, secrets, .. } = *input;
    Case { provider, model: None, profiles, health, auth, policy, secrets }.judge(now)
}

fn entry(
    input: &ProfileListInput<'_>,
    (id, stored): (&ProfileId, &StoredProfile),
    Judged { resolution, mut problems }: Judged,
    windows: Vec<WindowStatus>,
    now: Timestamp,
) -> ProfileEntry {
    let usable = resolution.usable.iter().position(|usable| usable.profile == *id);
    let refused = resolution.unusable.iter().position(|other| other.profile == *id);
    let reason = refused.and_then(|at| resolution.unusable.get(at)).map(|other| other.reason.clone());
    // Blocked ones stand before those that take no part.
    let blocked = refused.filter(|_| reason.as_ref().is_some_and(|reason| reason.until().is_some()));
    let needs_trial = usable.and_then(|at| resolution.usable.get(at)).is_some_and(|usable| usable.needs_trial);
    let profile = stored.valid();
    let secret = profile.map(|profile| profile.credential.secret());
    ProfileEntry {
        profile_id: id.clone(),
        provider: stored.provider().clone(),
        kind: profile.map(Profile::kind),
        credential: secret.and_then(Secret::plain).filter(|secret| !is_blank(secret)).map(mask),
        reference: secret.and_then(Secret::reference).map(|reference| printable(&redact(&reference.to_string()))),
        email: profile.and_then(|profile| profile.email.clone()),
        status: match &reason {
            Some(reason) => reason.code(),
            None if needs_trial => "half_open",
            None => "ok",
        },
        remaining_ms: reason
            .as_ref()
            .and_then(UnusableReason::until)
            .map(|until| until.as_millis().saturating_sub(now.as_millis())),
        reason,
        problem: problems.remove(id),
        order: usable.or(blocked.map(|at| resolution.usable.len() + at)).map(|at| at + 1),
        last_used: input.health.of(id).last_used,
        last_good: input.health.last_good.get(stored.provider()) == Some(id),
        added_at: profile.and_then(|profile| profile.added),
        expires_at: profile.and_then(|profile| profile.credential.expires().moment()),
        windows,
    }
}
