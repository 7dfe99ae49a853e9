//! Before a retry: whether the profile may still be tried, and with what.

use std::collections::HashSet;

use super::choose::{Chosen, Source};
use super::{Inner, as_profiles};
use crate::config::AuthSettings;
use crate::credential::Secret;
use crate::error::Error;
use crate::health::Health;
use crate::profile::AuthProfiles;
use crate::resolver::{Pin, PinKind, Unusable, UnusableReason};

/// What became of a profile while its retry waited.
#[derive(Debug)]
pub(super) enum Again {
    /// It may be tried again, as an attempt that begins now. A trial is claimed anew.
    Yes(Box<Chosen>),
    /// It holds another secret by now: what has failed was not this one.
    OtherSecret,
    /// There is no time left for it.
    TooLate,
    /// It may not: somebody has blocked it, tries it, or took it away.
    No(Unusable),
}

impl Inner {
    /// Looks at store and health once more: a retry comes seconds later, or a minute.
    pub(super) async fn again(&self, chosen: &Chosen) -> Result<Again, Error> {
        if chosen.ambient {
            let profiles = as_profiles(&self.ambient, chosen.model.provider());
            return Ok(self.still(chosen, &profiles, &self.ambient_health(), &AuthSettings::default()).await);
        }
        // In this order, as when it was chosen.
        let health = self.health.load(&self.agent).await;
        let stored = self.credentials.load(&self.agent).await?;
        Ok(self.still(chosen, &stored, &health, &self.auth).await)
    }

    async fn still(&self, chosen: &Chosen, profiles: &AuthProfiles, health: &Health, auth: &AuthSettings) -> Again {
        let id = &chosen.profile;
        let no = |reason| Again::No(Unusable { profile: id.clone(), reason });
        let Some(profile) = profiles.get(id) else { return no(UnusableReason::ProfileMissing) };
        let same_reference = match (profile.credential.secret(), &chosen.referenced) {
            (Secret::Reference(reference), Some(sent)) => *reference == sent.reference,
            (_, sent) => sent.is_none(),
        };
        if health.of(id).credential != chosen.seen.credential || profile.kind() != chosen.stored || !same_reference {
            return Again::OtherSecret;
        }
        let pin = Pin { profile: id.clone(), kind: PinKind::Strict };
        let source = Source { profiles, health, auth, pin: Some(&pin), kept: None, ambient: chosen.ambient };
        let resolution = self.resolve(&chosen.model, &source, &HashSet::new());
        let seen = health.of(id).seen(Some(chosen.model.model()));
        let mut chosen = Chosen { seen, ..chosen.clone() };
        if chosen.referenced.is_none() {
            // A secret that was replaced in a store that keeps no health beside it.
            match self.sendable(profile).await {
                Ok((provider, None)) => chosen.provider = provider,
                _ => return no(UnusableReason::Malformed),
            }
        }
        let refused = resolution.unusable.into_iter().next().map(|unusable| unusable.reason);
        let needs_trial = match (resolution.usable.first(), refused) {
            (Some(usable), _) => usable.needs_trial,
            // Perhaps the trial is ours: the store knows whose it is.
            (None, Some(UnusableReason::OnTrial { .. })) if chosen.trial.is_some() => true,
            (None, Some(reason)) => return no(reason),
            (None, None) => return no(UnusableReason::ProfileMissing),
        };
        match self.claim(chosen, needs_trial).await {
            Ok(chosen) => Again::Yes(Box::new(chosen)),
            Err(reason) => no(reason),
        }
    }
}
