//! Choosing the next profile for a model.

use std::collections::HashSet;
use std::sync::Arc;

use super::secrets::{Details, Referenced, Unsendable, fails_closed};
use super::{Blocked, Inner, as_profiles};
use crate::config::AuthSettings;
use crate::credential::CredentialKind;
use crate::error::Error;
use crate::health::{Effect, Health, HealthEvent, Seen};
use crate::id::{ModelRef, ProfileId, ProviderId};
use crate::profile::AuthProfiles;
use crate::provider::AuthProvider;
use crate::resolver::{Pin, PinKind, Resolution, ResolveInput, Unusable, UnusableReason, Usable, resolve_pinned};

/// A profile that will be tried.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) model: ModelRef,
    pub(super) profile: ProfileId,
    pub(super) provider: Arc<dyn AuthProvider>,
    /// The kind that is stored, which may be another one than what is sent.
    pub(super) stored: CredentialKind,
    pub(super) ambient: bool,
    pub(super) seen: Seen,
    /// The owner of the trial that was claimed for it.
    pub(super) trial: Option<String>,
    /// Where its secret came from, if it is a reference.
    pub(super) referenced: Option<Referenced>,
}

/// The answer for one model: somebody, or why nobody; and who was passed over.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) found: Found,
    /// Why secrets cannot be used, in words.
    pub(super) details: Details,
}

#[derive(Debug)]
pub(super) enum Found {
    One { chosen: Box<Chosen>, passed_over: Vec<Unusable> },
    Nobody { blocked: Blocked, unusable: Vec<Unusable> },
}

/// A claim under way.
struct Claim<'a> {
    inner: &'a Inner,
    chosen: Option<Chosen>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if let Some(chosen) = &self.chosen {
            self.inner.give_back(chosen);
        }
    }
}

/// Where profiles come from, and what decides about them.
pub(super) struct Source<'a> {
    pub(super) profiles: &'a AuthProfiles,
    pub(super) health: &'a Health,
    pub(super) auth: &'a AuthSettings,
    pub(super) pin: Option<&'a Pin>,
    /// The profile that stands in where the pin's is blocked.
    pub(super) kept: Option<&'a Pin>,
    pub(super) ambient: bool,
}

struct Picked {
    chosen: Option<Chosen>,
    eligible: bool,
    unusable: Vec<Unusable>,
    details: Details,
}

impl Inner {
    /// The best profile for the model that is not in `tried`. `own` is a person's pin, which must
    /// exist; `conversation` is the profile that served before.
    pub(super) async fn choose(
        &self,
        model: &ModelRef,
        tried: &HashSet<ProfileId>,
        own: Option<&Pin>,
        conversation: Option<&Pin>,
    ) -> Result<Choice, Error> {
        let provider = model.provider();
        if let Some(blocked) = self.unserved(provider) {
            return Ok(Choice { found: Found::Nobody { blocked, unusable: Vec::new() }, details: Vec::new() });
        }
        // Health first: a secret that is replaced in between is then taken for the older one, whose reports
        // are not believed. The other way round an old secret's failure would be booked to the new one.
        let health = self.health.load(&self.agent).await;
        let stored = self.credentials.load(&self.agent).await?;
        let pin = self.pin_for(&stored, provider, own)?;
        let source =
            Source { profiles: &stored, health: &health, auth: &self.auth, pin, kept: conversation, ambient: false };
        let mut picked = self.pick(model, tried, &source).await;
        let mut none = stored.of(provider).next().is_none() && picked.unusable.is_empty();
        let strict = pin.is_some_and(|pin| pin.kind == PinKind::Strict);
        let closed = picked.eligible || fails_closed(&picked.unusable);
        if !closed && !strict && self.ambient.iter().any(|ambient| ambient.provider == *provider) {
            none = false;
            let profiles = as_profiles(&self.ambient, provider);
            let (health, auth) = (self.ambient_health(), AuthSettings::default());
            let source =
                Source { profiles: &profiles, health: &health, auth: &auth, pin: None, kept: None, ambient: true };
            let stored = std::mem::replace(&mut picked, self.pick(model, tried, &source).await);
            picked.unusable.extend(stored.unusable);
        }
        let found = match picked.chosen {
            Some(chosen) => Found::One { chosen: Box::new(chosen), passed_over: picked.unusable },
            None => {
                let blocked = if none { Blocked::NoCredentials } else { Blocked::NoProfile };
                Found::Nobody { blocked, unusable: picked.unusable }
            }
        };
        Ok(Choice { found, details: picked.details })
    }

    /// A person's pin where it has a say about this provider.
    pub(super) fn pin_for<'p>(
        &self,
        stored: &AuthProfiles,
        provider: &ProviderId,
        own: Option<&'p Pin>,
    ) -> Result<Option<&'p Pin>, Error> {
        let Some(own) = own else { return Ok(None) };
        match stored.profiles.get(own.profile.as_str()) {
            Some(stored) if stored.provider() == provider => Ok(Some(own)),
            // Only this profile, whatever happens: another provider's model has nobody.
            Some(_) if own.kind == PinKind::Strict => Ok(Some(own)),
            Some(_) => Ok(None),
            // What only served before may be gone.
            None if own.kind == PinKind::Session => Ok(None),
            None => Err(Error::ProfileNotFound {
                profile: own.profile.clone(),
                agent: self.agent.clone(),
                place: self.place.clone(),
            }),
        }
    }

    /// The first profile of a source that may serve and whose trial, if it needs one, is ours.
    async fn pick(&self, model: &ModelRef, tried: &HashSet<ProfileId>, source: &Source<'_>) -> Picked {
        let mut unresolved = HashSet::new();
        let mut refused: Vec<Unusable> = Vec::new();
        let mut details = Vec::new();
        loop {
            let resolution = self.resolve(model, source, &unresolved);
            let free = resolution.usable.iter().find(|usable| {
                !tried.contains(usable.profile.as_str()) && !refused.iter().any(|other| other.profile == usable.profile)
            });
            let eligible = resolution.has_eligible();
            let Some((usable, profile)) = free.and_then(|usable| Some((usable, source.profiles.get(&usable.profile)?)))
            else {
                return Picked { chosen: None, eligible, unusable: [refused, resolution.unusable].concat(), details };
            };
            let (provider, referenced) = match self.sendable(profile).await {
                Ok(found) => found,
                Err(Unsendable::Unresolved(why)) => {
                    unresolved.insert(usable.profile.clone());
                    details.push((usable.profile.clone(), why));
                    continue;
                }
                Err(Unsendable::Malformed(why)) => {
                    let profile = usable.profile.clone();
                    details.push((profile.clone(), why));
                    refused.push(Unusable { profile, reason: UnusableReason::Malformed });
                    continue;
                }
            };
            let chosen = Chosen {
                model: model.clone(),
                profile: usable.profile.clone(),
                provider,
                stored: profile.kind(),
                ambient: source.ambient,
                seen: usable.seen,
                trial: None,
                referenced,
            };
            match self.claim(chosen, usable.needs_trial).await {
                Ok(chosen) => {
                    let unusable = [refused, resolution.unusable].concat();
                    return Picked { chosen: Some(chosen), eligible, unusable, details };
                }
                Err(reason) => {
                    // Those who were to wait for this trial wait for whoever has it now.
                    let waits = |other: &&Usable| {
                        let group = || source.profiles.get(&other.profile)?.quota_group.as_ref();
                        other.after_trial && group() == profile.quota_group.as_ref()
                    };
                    let waiting = resolution.usable.iter().filter(waits).chain([usable]);
                    refused
                        .extend(waiting.map(|one| Unusable { profile: one.profile.clone(), reason: reason.clone() }));
                }
            }
        }
    }

    pub(super) fn resolve(&self, model: &ModelRef, source: &Source<'_>, unresolved: &HashSet<ProfileId>) -> Resolution {
        let input = ResolveInput {
            provider: model.provider(),
            model: Some(model.model()),
            profiles: source.profiles,
            health: source.health,
            auth: source.auth,
            policy: &self.policy,
            unresolved,
            pin: source.kept,
        };
        resolve_pinned(&input, source.pin, self.clock.now())
    }

    /// Claims the trial of a half-open profile, so that only one attempt tries it; or claims it anew for
    /// the one who has it, whose lease then begins again.
    pub(super) async fn claim(&self, mut chosen: Chosen, needed: bool) -> Result<Chosen, UnusableReason> {
        if !needed {
            return Ok(chosen);
        }
        let owner = chosen.trial.take().unwrap_or_else(|| self.next_owner());
        let event = HealthEvent::TrialClaimed {
            profile: chosen.profile.clone(),
            model: chosen.model.model().to_owned(),
            owner: owner.clone(),
            at: self.clock.now(),
            policy: Arc::clone(&self.policy),
        };
        chosen.trial = Some(owner);
        let ambient = chosen.ambient;
        // If this call is cancelled while the store is at it, the trial is given back.
        let mut claim = Claim { inner: self, chosen: Some(chosen) };
        match self.commit(ambient, event).await {
            Effect::TrialRefused { until } => {
                claim.chosen = None;
                Err(UnusableReason::OnTrial { until })
            }
            _ => claim.chosen.take().ok_or(UnusableReason::OnTrial { until: self.clock.now() }),
        }
    }
}
