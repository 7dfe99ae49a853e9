//! One model of a plan, from what is stored, found and remembered.

use std::collections::HashSet;

use super::view::{
    Candidate, CandidateSource, PlannedModel, PlannedOrder, PlannedPin, PlannedReference, SourceKind, Unused,
};
use super::{PlanWarning, Resolved, warning};
use crate::config::AuthSettings;
use crate::credential::Secret;
use crate::failover::{Blocked, Inner, as_profiles, fails_closed, malformed_left_out, set_unsendable_apart};
use crate::health::Health;
use crate::id::{ModelRef, ProfileId, ProviderId};
use crate::profile::{AuthProfiles, Profile};
use crate::resolver::{OrderSource, Pin, PinKind, Resolution, ResolveInput, Unusable, Usable, resolve_pinned};
use crate::secret::{is_blank, mask, printable, redact};
use crate::time::Timestamp;

/// What a plan looks at: read once, so that all models of one plan see the same.
pub(super) struct Situation<'a> {
    pub(super) inner: &'a Inner,
    pub(super) stored: &'a AuthProfiles,
    pub(super) health: &'a Health,
    pub(super) ambient_health: Health,
    pub(super) resolved: Resolved,
    pub(super) now: Timestamp,
}

/// Who should be first.
#[derive(Debug, Default)]
pub(super) struct Pins {
    /// A person's choice.
    pub(super) own: Option<Pin>,
    /// The profile that served the conversation, which stands in while the other is blocked.
    pub(super) kept: Option<Pin>,
}

impl Situation<'_> {
    /// The model as a session would see it: stored profiles, and those of environment and
    /// configuration only where no stored one takes part.
    pub(super) fn model(&self, model: &ModelRef, pins: &Pins) -> PlannedModel {
        let pin = pins.own.as_ref().or(pins.kept.as_ref());
        let provider = model.provider();
        let unserved = self.inner.unserved(provider);
        let ambient = as_profiles(&self.inner.ambient, provider);
        let resolution = self.resolve_stored(provider, Some(model.model()), pins);
        let strict = pin.is_some_and(|pin| pin.kind == PinKind::Strict);
        let steps_in = ambient_steps_in(&resolution, &ambient);
        let found = steps_in.then(|| self.resolve_ambient(provider, model.model(), &ambient));
        let none = !steps_in && self.stored.of(provider).next().is_none() && resolution.unusable.is_empty();

        let mut list = List { situation: self, ambient: &ambient, candidates: Vec::new(), served: unserved.is_none() };
        list.usable(&resolution.usable);
        list.usable(found.as_ref().map_or(&[], |found| &found.usable));
        list.unusable(found.as_ref().map_or(&[], |found| &found.unusable));
        list.unusable(&resolution.unusable);
        list.unusable(&malformed_left_out(&resolution, self.stored, provider));
        if strict {
            list.unused(self.stored.of(provider).map(|(id, _)| id), Unused::StrictPin);
        }
        let why = if strict { Unused::StrictPin } else { Unused::StoredProfiles };
        list.unused(ambient.profiles.keys(), why);

        let candidates = list.candidates;
        let soonest = candidates.iter().filter_map(|candidate| candidate.reason.as_ref()?.until()).min();
        let served = unserved.is_none();
        let nobody = !candidates.iter().any(|candidate| candidate.chosen);
        PlannedModel {
            model: model.clone(),
            provider: provider.clone(),
            blocked: unserved.or(match (nobody, none) {
                (false, _) => None,
                (true, true) => Some(Blocked::NoCredentials),
                (true, false) => Some(Blocked::NoProfile),
            }),
            pin: pin.map(|pin| PlannedPin { profile_id: pin.profile.clone(), kind: pin.kind }),
            order: self.order(provider, &resolution),
            candidates,
            soonest: soonest.filter(|_| served),
        }
    }

    /// What looks unintended about a provider, whatever the model and the pin.
    pub(super) fn warnings(&self, provider: &ProviderId) -> Vec<PlanWarning> {
        let resolution = self.resolve_stored(provider, None, &Pins::default());
        let order = self.order(provider, &resolution);
        let ambient = as_profiles(&self.inner.ambient, provider);
        let taking_part = !ambient_steps_in(&resolution, &ambient);
        let found = ambient.of(provider).filter(|_| taking_part);
        let found = found.map(|(id, profile)| (self.source(id, &ambient), profile)).collect();
        warning::find(self.stored, provider, &resolution, &order, found)
    }

    fn resolve_stored(&self, provider: &ProviderId, model: Option<&str>, pins: &Pins) -> Resolution {
        let sources = (self.stored, self.health, &self.inner.auth);
        self.resolve(provider, model, sources, pins)
    }

    fn resolve_ambient(&self, provider: &ProviderId, model: &str, profiles: &AuthProfiles) -> Resolution {
        let sources = (profiles, &self.ambient_health, &AuthSettings::default());
        self.resolve(provider, Some(model), sources, &Pins::default())
    }

    /// As a session does: a reference is looked up when it is its profile's turn, so one that leads
    /// nowhere says nothing about a profile that is blocked anyway.
    fn resolve(
        &self,
        provider: &ProviderId,
        model: Option<&str>,
        (profiles, health, auth): (&AuthProfiles, &Health, &AuthSettings),
        pins: &Pins,
    ) -> Resolution {
        let pin = pins.kept.as_ref();
        let policy = &*self.inner.policy;
        let mut unresolved = HashSet::new();
        loop {
            let input = ResolveInput { provider, model, profiles, health, auth, policy, unresolved: &unresolved, pin };
            let mut resolution = resolve_pinned(&input, pins.own.as_ref(), self.now);
            let leads_nowhere =
                |usable: &&Usable| self.resolved.get(usable.profile.as_str()).is_some_and(Result::is_err);
            let found: Vec<ProfileId> =
                resolution.usable.iter().filter(leads_nowhere).map(|usable| usable.profile.clone()).collect();
            if found.is_empty() {
                set_unsendable_apart(&mut resolution, profiles);
                return resolution;
            }
            unresolved.extend(found);
        }
    }

    /// The list that decided, and the stronger ones that were passed over.
    fn order(&self, provider: &ProviderId, resolution: &Resolution) -> PlannedOrder {
        let auth = &self.inner.auth;
        let stored = self.stored.order.get(provider);
        let configured: Vec<ProfileId> =
            auth.profiles.iter().filter(|(_, entry)| entry.provider == *provider).map(|(id, _)| id.clone()).collect();
        let profiles = match resolution.source {
            OrderSource::Stored => stored.cloned(),
            OrderSource::ConfigOrder => auth.order.get(provider).cloned(),
            OrderSource::ConfigProfiles => Some(configured.clone()),
            OrderSource::Profiles => None,
        };
        let mut ignored = Vec::new();
        if resolution.list_ignored {
            let stored = stored.is_some_and(|order| !order.is_empty()) && resolution.source != OrderSource::Stored;
            let listed = !configured.is_empty() && resolution.source == OrderSource::Profiles;
            ignored.extend(stored.then_some(OrderSource::Stored));
            ignored.extend(listed.then_some(OrderSource::ConfigProfiles));
        }
        PlannedOrder { source: resolution.source, profiles: profiles.unwrap_or_default(), ignored, origin: None }
    }

    fn source(&self, id: &ProfileId, ambient: &AuthProfiles) -> CandidateSource {
        let found = ambient.get(id).and_then(|_| self.inner.ambient.iter().find(|found| found.id == *id));
        let (kind, detail) = match found.and_then(|found| found.source.split_once(": ")) {
            Some(("env", variable)) => (SourceKind::Env, variable.to_owned()),
            Some((_, path)) => (SourceKind::Config, path.to_owned()),
            None => (SourceKind::Store, self.inner.place.clone()),
        };
        CandidateSource { kind, detail, origin: None }
    }
}

/// Whether credentials of environment and configuration serve: only where no stored profile takes
/// part. A blocked one does, so does one that is pinned strictly, and one whose reference leads nowhere.
fn ambient_steps_in(stored: &Resolution, ambient: &AuthProfiles) -> bool {
    !stored.has_eligible() && !fails_closed(&stored.unusable) && !ambient.profiles.is_empty()
}

/// The candidates of one model, as they come.
struct List<'a> {
    situation: &'a Situation<'a>,
    ambient: &'a AuthProfiles,
    candidates: Vec<Candidate>,
    served: bool,
}

impl List<'_> {
    fn usable(&mut self, usable: &[Usable]) {
        for usable in usable {
            let mut candidate = self.candidate(&usable.profile);
            if self.served {
                candidate.chosen = self.candidates.is_empty();
                candidate.rank = Some(self.candidates.len() + 1);
            } else {
                candidate.unused = Some(Unused::Provider);
            }
            candidate.needs_trial = usable.needs_trial;
            candidate.demoted_until = usable.demoted_until;
            self.candidates.push(candidate);
        }
    }

    fn unusable(&mut self, unusable: &[Unusable]) {
        for Unusable { profile, reason } in unusable {
            let mut candidate = self.candidate(profile);
            let left = |until: Timestamp| until.as_millis().saturating_sub(self.situation.now.as_millis());
            candidate.remaining_ms = reason.until().map(left);
            candidate.reason = Some(reason.clone());
            self.candidates.push(candidate);
        }
    }

    /// Those that nothing has been said about yet.
    fn unused<'p>(&mut self, ids: impl Iterator<Item = &'p ProfileId>, why: Unused) {
        let listed: HashSet<ProfileId> = self.candidates.iter().map(|other| other.profile_id.clone()).collect();
        for id in ids.filter(|id| !listed.contains(id.as_str())) {
            let mut candidate = self.candidate(id);
            candidate.unused = Some(why);
            self.candidates.push(candidate);
        }
    }

    fn candidate(&self, id: &ProfileId) -> Candidate {
        let Situation { stored, resolved, .. } = self.situation;
        let profile = self.ambient.get(id).or_else(|| stored.get(id));
        let secret = profile.map(|profile| profile.credential.secret());
        Candidate {
            profile_id: id.clone(),
            source: self.situation.source(id, self.ambient),
            kind: profile.map(Profile::kind),
            credential: secret.and_then(Secret::plain).filter(|secret| !is_blank(secret)).map(mask),
            reference: secret.and_then(Secret::reference).map(|reference| {
                let text = reference.to_string();
                let answer = resolved.get(id.as_str());
                PlannedReference {
                    source: text.split_once(':').map_or(text.as_str(), |(source, _)| source).to_owned(),
                    text: printable(&redact(&text)),
                    resolved: answer.map(Result::is_ok),
                    problem: answer.and_then(|answer| answer.clone().err()),
                }
            }),
            rank: None,
            chosen: false,
            needs_trial: false,
            demoted_until: None,
            reason: None,
            remaining_ms: None,
            unused: None,
        }
    }
}
