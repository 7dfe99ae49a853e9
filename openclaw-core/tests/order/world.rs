//! Generated situations: profiles of two providers, lists that may name anybody, and health.

use std::collections::HashSet;
use std::time::Duration;

use openclaw_core::config::{AuthMode, AuthProfileSettings, AuthSettings};
use openclaw_core::{
    AuthProfiles, CooldownPolicy, Credential, CredentialKind, Expiry, FailureReason, Health, ModelStats, Pin, PinKind,
    Profile, ProfileId, ProviderId, Resolution, ResolveInput, Secret, SecretRef, StoredProfile, Timestamp, Trial,
    UsageStats, Window, resolve,
};
use proptest::prelude::*;

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const MODEL: &str = "claude-opus-4-5";
pub(crate) const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "other:x", "gone"];

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) profiles: AuthProfiles,
    pub(crate) health: Health,
    pub(crate) auth: AuthSettings,
    pub(crate) unresolved: HashSet<ProfileId>,
    pub(crate) pin: Option<Pin>,
    pub(crate) policy: CooldownPolicy,
}

impl World {
    pub(crate) fn input<'a>(&'a self, provider: &'a ProviderId, model: Option<&'a str>) -> ResolveInput<'a> {
        ResolveInput {
            provider,
            model,
            profiles: &self.profiles,
            health: &self.health,
            auth: &self.auth,
            policy: &self.policy,
            unresolved: &self.unresolved,
            pin: self.pin.as_ref(),
        }
    }

    pub(crate) fn resolve(&self) -> Resolution {
        resolve(&self.input(&ProviderId::anthropic(), Some(MODEL)), NOW)
    }
}

pub(crate) fn id(name: &str) -> ProfileId {
    ProfileId::new(name).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + seconds * 1000)
}

/// A credential of some kind, perhaps one that cannot serve.
fn credential() -> impl Strategy<Value = Credential> {
    let secret = prop_oneof![
        6 => Just(Secret::Plain("k".into())),
        1 => Just(Secret::Plain(" ".into())),
        1 => Just(Secret::Missing),
        1 => Just(Secret::Reference(SecretRef::env("X"))),
    ];
    let expires = prop_oneof![
        6 => Just(Expiry::Never),
        2 => (-2i64..3).prop_map(|seconds| Expiry::At(at(seconds))),
        1 => Just(Expiry::Invalid),
    ];
    (0..3, secret, expires, any::<bool>()).prop_map(|(kind, secret, expires, refreshable)| match kind {
        0 => Credential::ApiKey { key: secret },
        1 => Credential::Token { token: secret, expires },
        _ => Credential::OAuth { access: secret, expires, refreshable },
    })
}

fn window() -> impl Strategy<Value = Option<Window>> {
    let reason = prop::sample::select(vec![FailureReason::Auth, FailureReason::RateLimit, FailureReason::Billing]);
    // Few moments, so that many are equal and some are now.
    prop::option::weighted(0.4, (-2i64..4, reason).prop_map(|(s, r)| Window { until: at(s * 60), reason: Some(r) }))
}

fn stats() -> impl Strategy<Value = UsageStats> {
    let trial = prop::option::weighted(0.2, -5i64..60)
        .prop_map(|until| until.map(|until| Trial { owner: "somebody".into(), until: at(until) }));
    let demoted = prop::option::weighted(0.5, 0i64..3)
        .prop_map(|s| s.map(|s| Window { until: at(s * 30), reason: Some(FailureReason::Overloaded) }));
    let used = prop::option::of(-3i64..2).prop_map(|used| used.map(|used| at(used * 60)));
    (window(), window(), window(), trial, demoted, used).prop_map(
        |(cooldown, disabled, of_model, trial, demoted, last_used)| {
            let failed = Some(NOW.before(Duration::from_secs(150)));
            let mut stats = UsageStats { cooldown, disabled, last_used, trial, ..UsageStats::new() };
            stats.last_failure_at = failed.filter(|_| cooldown.is_some() || disabled.is_some());
            if of_model.is_some() || demoted.is_some() {
                let last_failure_at = failed.filter(|_| of_model.is_some());
                let model = ModelStats { cooldown: of_model, demoted, last_failure_at, ..ModelStats::default() };
                stats.models.insert(MODEL.to_owned(), model);
            }
            stats
        },
    )
}

fn ids() -> impl Strategy<Value = Vec<ProfileId>> {
    prop::collection::vec(prop::sample::select(NAMES.to_vec()), 0..7)
        .prop_map(|names| names.into_iter().map(id).collect())
}

fn configured() -> impl Strategy<Value = Vec<(ProfileId, AuthProfileSettings)>> {
    let mode = prop::sample::select(vec![AuthMode::ApiKey, AuthMode::Token, AuthMode::OAuth, AuthMode::AwsSdk]);
    let provider = prop_oneof![4 => Just("Anthropic"), 1 => Just("openai")];
    let entry = (prop::sample::select(NAMES.to_vec()), provider, mode).prop_map(|(name, provider, mode)| {
        (id(name), AuthProfileSettings { provider: ProviderId::new(provider), mode, email: None })
    });
    prop::collection::vec(entry, 0..4)
}

fn pin() -> impl Strategy<Value = Option<Pin>> {
    let kind = prop::sample::select(vec![PinKind::Session, PinKind::User, PinKind::Strict]);
    let name = prop::sample::select(NAMES.to_vec());
    prop::option::of((name, kind).prop_map(|(name, kind)| Pin { profile: id(name), kind }))
}

/// Anything goes, without quota groups (which the reference does not know) unless asked for.
pub(crate) fn world(groups: bool) -> impl Strategy<Value = World> {
    let profile = (credential(), prop::bool::weighted(0.8), stats(), 0..3usize);
    let profiles = prop::collection::vec(profile, 5);
    let lists = (prop::option::weighted(0.4, ids()), prop::option::weighted(0.3, ids()), configured());
    (profiles, lists, pin(), any::<bool>(), 0..5usize).prop_map(
        move |(made, (stored, config, configured), pin, odd, unresolved)| {
            let anthropic = ProviderId::anthropic();
            let (mut profiles, mut health) = (AuthProfiles::default(), Health::default());
            for (name, (credential, in_use, stats, group)) in NAMES.iter().zip(made) {
                let mut profile = Profile::new(anthropic.clone(), credential);
                profile.quota_group = Some(format!("group-{group}")).filter(|_| groups && group < 2);
                profiles.profiles.insert(id(name), StoredProfile::Valid(profile));
                if in_use {
                    health.profiles.insert(id(name), stats);
                }
            }
            let other = Profile::new(ProviderId::new("openai"), Credential::ApiKey { key: Secret::Plain("k".into()) });
            profiles.profiles.insert(id("other:x"), StoredProfile::Valid(other));
            if odd {
                let problem = "the entry is not an object";
                profiles.profiles.insert(id("c"), StoredProfile::Malformed { provider: anthropic.clone(), problem });
            }
            let mut auth = AuthSettings::default();
            profiles.order.extend(stored.map(|order| (anthropic.clone(), order)));
            auth.order.extend(config.map(|order| (anthropic, order)));
            auth.profiles.extend(configured);
            let unresolved = [NAMES[unresolved]].into_iter().filter(|_| odd).map(id).collect();
            World { profiles, health, auth, unresolved, pin, policy: CooldownPolicy::default() }
        },
    )
}

pub(crate) fn names<'a>(ids: impl Iterator<Item = &'a ProfileId>) -> Vec<&'a str> {
    ids.map(ProfileId::as_str).collect()
}

/// The kinds in the order of preference.
pub(crate) const KINDS: [CredentialKind; 3] = [CredentialKind::OAuth, CredentialKind::Token, CredentialKind::ApiKey];
