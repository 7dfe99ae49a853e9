//! Which credentials are probed, and why the others are not. Nothing is sent and nothing is resolved.

use std::collections::{BTreeSet, HashSet};

use super::ProbeRequest;
use super::view::{ProbeKind, ProbeReason, ProbeResult, ProbeStatus};
use crate::error::Error;
use crate::failover::{
    AmbientCredential, Blocked, Inner, as_profiles, fails_closed, malformed_left_out, set_unsendable_apart,
    stored_problem,
};
use crate::health::Health;
use crate::id::{ModelRef, ProfileId, ProviderId};
use crate::profile::{AuthProfiles, Profile, StoredProfile};
use crate::resolver::{Resolution, ResolveInput, UnusableReason, resolve};
use crate::secret::{printable, redact};
use crate::time::Timestamp;

/// A credential that is to be probed, or the finished result of one that is not.
pub(super) struct Target {
    pub(super) result: ProbeResult,
    pub(super) profile: Option<Profile>,
}

/// All that the request asks for: by provider, then stored profiles in the order of the file, then those
/// that are only named by a list, then those of environment and configuration.
pub(super) fn select(
    inner: &Inner,
    stored: &AuthProfiles,
    request: &ProbeRequest,
    now: Timestamp,
) -> Result<Vec<Target>, Error> {
    let providers: BTreeSet<&ProviderId> = match &request.provider {
        Some(provider) => BTreeSet::from([provider]),
        None => {
            let stored = stored.profiles.values().map(StoredProfile::provider);
            stored.chain(inner.ambient.iter().map(|ambient| &ambient.provider)).collect()
        }
    };
    let wanted = |id: &ProfileId| request.profiles.is_empty() || request.profiles.contains(id);
    let mut found = Vec::new();
    for provider in providers {
        let of = Of { inner, stored, request, provider, now };
        found.extend(of.targets().into_iter().filter(|(id, _)| wanted(id)));
    }
    for id in &request.profiles {
        if found.iter().any(|(found, _)| found == id) {
            continue;
        }
        let theirs = stored.profiles.get(id.as_str()).map(StoredProfile::provider);
        if let (Some(theirs), Some(provider)) = (theirs, &request.provider) {
            let id = redact(&printable(id.as_str()));
            return Err(Error::Setup(format!("Auth profile \"{id}\" is for {theirs}, not {provider}.")));
        }
        return Err(Error::ProfileNotFound {
            profile: id.clone(),
            agent: inner.agent.clone(),
            place: inner.place.clone(),
        });
    }
    Ok(found.into_iter().map(|(_, target)| target).collect())
}

/// The credentials of one provider.
struct Of<'a> {
    inner: &'a Inner,
    stored: &'a AuthProfiles,
    request: &'a ProbeRequest,
    provider: &'a ProviderId,
    now: Timestamp,
}

impl Of<'_> {
    fn targets(&self) -> Vec<(ProfileId, Target)> {
        let mut resolution = self.resolve();
        // As for a request: a profile that takes part keeps the ambient ones out, whatever it holds.
        let closed = resolution.has_eligible() || fails_closed(&resolution.unusable);
        set_unsendable_apart(&mut resolution, self.stored);
        resolution.unusable.extend(malformed_left_out(&resolution, self.stored, self.provider));
        let mut targets = Vec::new();
        let own = self.stored.profiles.iter().filter(|(_, stored)| stored.provider() == self.provider);
        for (id, stored) in own {
            let refused = resolution.unusable.iter().find(|refused| refused.profile == *id);
            let blank = self.blank(Some(id), id.as_str(), "profile", stored.valid());
            let target = match (refused, stored) {
                (Some(refused), _) => refuse(blank, &refused.reason, stored),
                (None, StoredProfile::Valid(profile)) => self.to_be_sent(blank, profile),
                (None, StoredProfile::Malformed { .. }) => refuse(blank, &UnusableReason::Malformed, stored),
            };
            targets.push((id.clone(), target));
        }
        for refused in &resolution.unusable {
            if targets.iter().all(|(id, _)| *id != refused.profile) {
                let blank = self.blank(Some(&refused.profile), refused.profile.as_str(), "profile", None);
                let text = match refused.reason {
                    UnusableReason::ProfileMissing => "A list of the order names it, but it is not stored.",
                    _ => "A list of the order names it, but it belongs to another provider.",
                };
                let reason = ProbeReason::Unusable(refused.reason.clone());
                let result = blank.not_sent(ProbeStatus::Unknown, reason, text);
                targets.push((refused.profile.clone(), Target { result, profile: None }));
            }
        }
        let ambient = as_profiles(&self.inner.ambient, self.provider);
        let known = |id: &ProfileId| self.inner.ambient.iter().find(|ambient| ambient.id == *id);
        for (id, profile) in ambient.of(self.provider) {
            // One that does not serve now is probed when it is asked for by its name.
            if let Some(AmbientCredential { source, .. }) = known(id)
                && (!closed || self.request.profiles.contains(id))
            {
                let kind = if source.starts_with("env:") { "env" } else { "models.json" };
                let blank = self.blank(None, source, kind, Some(profile));
                targets.push((id.clone(), self.to_be_sent(blank, profile)));
            }
        }
        targets
    }

    /// Who takes part, with all windows closed.
    fn resolve(&self) -> Resolution {
        let input = ResolveInput {
            provider: self.provider,
            model: None,
            profiles: self.stored,
            health: &Health::default(),
            auth: &self.inner.auth,
            policy: &self.inner.policy,
            unresolved: &HashSet::new(),
            pin: None,
        };
        resolve(&input, self.now)
    }

    fn blank(
        &self,
        id: Option<&ProfileId>,
        label: &str,
        source: &'static str,
        profile: Option<&Profile>,
    ) -> ProbeResult {
        let reference = profile.and_then(|profile| profile.credential.secret().reference());
        ProbeResult {
            provider: self.provider.clone(),
            model: None,
            profile_id: id.cloned(),
            label: redact(&printable(label)),
            source,
            mode: profile.map(Profile::kind),
            status: ProbeStatus::Unknown,
            error: None,
            latency_ms: None,
            reason_code: None,
            probe: self.request.kind,
            http_status: None,
            request_id: None,
            until: None,
            reference: reference.map(|reference| redact(&printable(&reference.to_string()))),
        }
    }

    /// A profile that takes part, if its provider can be asked.
    fn to_be_sent(&self, mut blank: ProbeResult, profile: &Profile) -> Target {
        match self.inner.unserved(self.provider) {
            None => {}
            Some(Blocked::Protocol(api)) => {
                let text = format!("{} speaks \"{api}\"; only anthropic-messages is probed", self.provider);
                let result = blank.not_sent(ProbeStatus::Unknown, ProbeReason::Protocol, &text);
                return Target { result, profile: None };
            }
            Some(blocked) => {
                let text = match blocked {
                    Blocked::Unconfigured(what) => what,
                    _ => "the provider cannot be asked".to_owned(),
                };
                let result = blank.not_sent(ProbeStatus::Unknown, ProbeReason::Unconfigured, &text);
                return Target { result, profile: None };
            }
        }
        if self.request.kind == ProbeKind::Model {
            blank.model = self.model();
            if blank.model.is_none() {
                let text = "No model available for probe";
                let result = blank.not_sent(ProbeStatus::NoModel, ProbeReason::NoModel, text);
                return Target { result, profile: None };
            }
        }
        Target { result: blank, profile: Some(profile.clone()) }
    }

    /// The model that was asked for, else the first of the provider that the configuration names.
    fn model(&self) -> Option<ModelRef> {
        let models = &self.inner.models;
        let named = std::iter::once(models.primary()).chain(models.fallbacks()).chain(models.configured());
        self.request.model.iter().chain(named).find(|model| model.provider() == self.provider).cloned()
    }
}

/// A stored profile that takes no part, in OpenClaw's words where it has some.
fn refuse(blank: ProbeResult, reason: &UnusableReason, stored: &StoredProfile) -> Target {
    let text = match (reason, stored) {
        (UnusableReason::ExcludedByAuthOrder, _) => "Excluded by auth.order for this provider.".to_owned(),
        (UnusableReason::MissingCredential | UnusableReason::Expired { .. } | UnusableReason::InvalidExpires, _) => {
            "Auth profile credentials are missing or expired.".to_owned()
        }
        (UnusableReason::ModeMismatch, _) => {
            "auth.profiles of the configuration says another mode than what is stored.".to_owned()
        }
        (UnusableReason::ProviderMismatch, _) => {
            "auth.profiles of the configuration says another provider than what is stored.".to_owned()
        }
        (UnusableReason::Malformed, StoredProfile::Malformed { problem, .. }) => {
            format!("The stored entry cannot be read: {problem}")
        }
        (_, StoredProfile::Valid(profile)) => match stored_problem(profile) {
            Some(problem) => format!("The stored secret cannot be sent: {problem}"),
            None => reason.to_string(),
        },
        _ => reason.to_string(),
    };
    let result = blank.not_sent(ProbeStatus::Unknown, ProbeReason::Unusable(reason.clone()), &text);
    Target { result, profile: None }
}
