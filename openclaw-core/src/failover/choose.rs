//! Choosing the next profile for a model.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Blocked, Event, Inner, as_profiles};
use crate::config::AuthSettings;
use crate::error::Error;
use crate::health::{Effect, Health, HealthEvent, Seen};
use crate::id::{ModelRef, ProfileId};
use crate::profile::{AuthProfiles, Profile};
use crate::provider::{AuthProvider, provider_for};
use crate::resolver::{Pin, Resolution, ResolveInput, Unusable, UnusableReason, resolve};

/// A profile that will be tried.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) model: ModelRef,
    pub(super) profile: ProfileId,
    pub(super) provider: Arc<dyn AuthProvider>,
    pub(super) ambient: bool,
    pub(super) seen: Seen,
    /// The owner of the trial that was claimed for it.
    pub(super) trial: Option<String>,
    /// The health it was chosen by.
    pub(super) health: Health,
}

/// The answer for one model: somebody, or why nobody.
#[derive(Debug)]
pub(super) enum Choice {
    One(Box<Chosen>),
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

impl Inner {
    /// The best profile for the model that is not in `tried`.
    pub(super) async fn choose(
        &self,
        model: &ModelRef,
        tried: &HashSet<ProfileId>,
        pin: Option<&Pin>,
    ) -> Result<Choice, Error> {
        if let Some(blocked) = self.unserved(model.provider()) {
            return Ok(Choice::Nobody { blocked, unusable: Vec::new() });
        }
        let stored = self.credentials.load(&self.agent).await?;
        let health = self.health.load(&self.agent).await;
        if let Some(pin) = pin.filter(|pin| pin.kind != crate::resolver::PinKind::Session)
            && !stored.profiles.contains_key(pin.profile.as_str())
        {
            return Err(Error::ProfileNotFound {
                profile: pin.profile.clone(),
                agent: self.agent.clone(),
                place: self.place.clone(),
            });
        }
        let mut unresolved = HashSet::new();
        let mut refused: Vec<Unusable> = Vec::new();
        loop {
            let resolution = self.resolve(model, &stored, &health, &unresolved, pin);
            if !resolution.has_eligible() && self.ambient.iter().any(|ambient| ambient.provider == *model.provider()) {
                return self.choose_ambient(model, tried).await;
            }
            let free = resolution.usable.iter().find(|usable| {
                !tried.contains(usable.profile.as_str()) && !refused.iter().any(|other| other.profile == usable.profile)
            });
            let Some(usable) = free else {
                return Ok(self.nobody(model, &stored, resolution, refused, tried));
            };
            let Some(profile) = stored.get(&usable.profile) else {
                return Ok(self.nobody(model, &stored, resolution.clone(), refused, tried));
            };
            let Some(provider) = self.provider(profile).await else {
                unresolved.insert(usable.profile.clone());
                continue;
            };
            let chosen = Chosen {
                model: model.clone(),
                profile: usable.profile.clone(),
                provider,
                ambient: false,
                seen: usable.seen,
                trial: None,
                health: health.clone(),
            };
            match self.claim(chosen, usable.needs_trial).await {
                Ok(chosen) => return Ok(Choice::One(Box::new(chosen))),
                Err(reason) => refused.push(Unusable { profile: usable.profile.clone(), reason }),
            }
        }
    }

    pub(super) fn resolve(
        &self,
        model: &ModelRef,
        stored: &AuthProfiles,
        health: &Health,
        unresolved: &HashSet<ProfileId>,
        pin: Option<&Pin>,
    ) -> Resolution {
        let input = ResolveInput {
            provider: model.provider(),
            model: Some(model.model()),
            profiles: stored,
            health,
            auth: &self.auth,
            policy: &self.policy,
            unresolved,
            pin,
        };
        resolve(&input, self.clock.now())
    }

    async fn choose_ambient(&self, model: &ModelRef, tried: &HashSet<ProfileId>) -> Result<Choice, Error> {
        let profiles = as_profiles(&self.ambient, model.provider());
        let health = self.ambient_health();
        let input = ResolveInput {
            provider: model.provider(),
            model: Some(model.model()),
            profiles: &profiles,
            health: &health,
            auth: &AuthSettings::default(),
            policy: &self.policy,
            unresolved: &HashSet::new(),
            pin: None,
        };
        let resolution = resolve(&input, self.clock.now());
        let mut refused = Vec::new();
        for usable in resolution.usable.iter().filter(|usable| !tried.contains(usable.profile.as_str())) {
            let Some(profile) = profiles.get(&usable.profile) else { continue };
            let Some(provider) = self.provider(profile).await else { continue };
            let chosen = Chosen {
                model: model.clone(),
                profile: usable.profile.clone(),
                provider,
                ambient: true,
                seen: usable.seen,
                trial: None,
                health: health.clone(),
            };
            match self.claim(chosen, usable.needs_trial).await {
                Ok(chosen) => return Ok(Choice::One(Box::new(chosen))),
                Err(reason) => refused.push(Unusable { profile: usable.profile.clone(), reason }),
            }
        }
        Ok(self.nobody(model, &profiles, resolution, refused, tried))
    }

    /// The credential as it goes on the wire; `None` if its reference cannot be resolved.
    async fn provider(&self, profile: &Profile) -> Option<Arc<dyn AuthProvider>> {
        let secret = match profile.credential.secret() {
            crate::credential::Secret::Plain(secret) => secret.clone(),
            crate::credential::Secret::Reference(reference) => match self.secrets.resolve(reference).await {
                Ok(secret) => secret,
                Err(error) => {
                    tracing::warn!(%error, "a referenced secret cannot be resolved");
                    return None;
                }
            },
            crate::credential::Secret::Missing => return None,
        };
        Some(provider_for(profile.kind(), secret))
    }

    /// Claims the trial of a half-open profile, so that only one attempt tries it.
    async fn claim(&self, mut chosen: Chosen, needed: bool) -> Result<Chosen, UnusableReason> {
        if !needed {
            return Ok(chosen);
        }
        let owner = self.next_owner();
        let event = HealthEvent::TrialClaimed {
            profile: chosen.profile.clone(),
            model: chosen.model.model().to_owned(),
            owner: owner.clone(),
            at: self.clock.now(),
            policy: Arc::clone(&self.policy),
        };
        chosen.trial = Some(owner);
        let (ambient, health) = (chosen.ambient, chosen.health.clone());
        // If this call is cancelled while the store is at it, the trial is given back.
        let mut claim = Claim { inner: self, chosen: Some(chosen) };
        match self.commit(ambient, event, &health).await {
            Effect::TrialRefused { until } => {
                claim.chosen = None;
                Err(UnusableReason::OnTrial { until })
            }
            _ => claim.chosen.take().ok_or(UnusableReason::OnTrial { until: self.clock.now() }),
        }
    }

    fn nobody(
        &self,
        model: &ModelRef,
        stored: &AuthProfiles,
        resolution: Resolution,
        refused: Vec<Unusable>,
        tried: &HashSet<ProfileId>,
    ) -> Choice {
        let none = stored.of(model.provider()).next().is_none() && resolution.unusable.is_empty();
        let unusable: Vec<Unusable> = refused.into_iter().chain(resolution.unusable).collect();
        for skipped in unusable.iter().filter(|skipped| !tried.contains(skipped.profile.as_str())) {
            self.emit(&Event::Skipped {
                profile: skipped.profile.clone(),
                model: model.clone(),
                reason: skipped.reason.clone(),
            });
        }
        Choice::Nobody { blocked: if none { Blocked::NoCredentials } else { Blocked::NoProfile }, unusable }
    }
}
