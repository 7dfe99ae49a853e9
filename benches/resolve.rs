//! How long it takes to decide who may serve, over 2 to 10 000 stored profiles, half of them blocked (a
//! quarter by a profile-wide cooldown, a quarter by a rate limit of the model that is asked): `resolve`
//! gives the complete answer, every usable profile in order and every other one with its reason;
//! `first_usable` only the one to be tried.
//! Before the clock starts, each input is checked: no blocked profile is usable, none is lost, and the
//! first alone is the first of all.
//!
//!     cargo bench -p openclaw-benches --bench resolve
//!     python3 benches/peers/litellm_router.py      # the rival: LiteLLM's Router, from PyPI

#![allow(clippy::unwrap_used, reason = "a bench stops when its input is not what it should be")]

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use divan::{Bencher, black_box};
use openclaw_core::config::AuthSettings;
use openclaw_core::{
    AuthProfiles, CooldownPolicy, Credential, FailureReason, Health, ModelStats, OrderSource, Profile, ProfileId,
    ProviderId, ResolveInput, StoredProfile, Timestamp, UsageStats, Window, first_usable, resolve,
};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const MODEL: &str = "claude-opus-4-5";
const SIZES: [usize; 4] = [2, 100, 1000, 10_000];

fn main() {
    divan::main();
}

/// No order is stored: logins before tokens before keys, then the least recently used.
#[divan::bench(args = SIZES)]
fn automatic_order(bencher: Bencher<'_, '_>, profiles: usize) {
    measure(bencher, &World::new(profiles, false), OrderSource::Profiles);
}

/// An order is stored, as `models auth order set` leaves it.
#[divan::bench(args = SIZES)]
fn stored_order(bencher: Bencher<'_, '_>, profiles: usize) {
    measure(bencher, &World::new(profiles, true), OrderSource::Stored);
}

/// Only the first, without an order.
#[divan::bench(args = SIZES)]
fn first_of_automatic(bencher: Bencher<'_, '_>, profiles: usize) {
    measure_first(bencher, &World::new(profiles, false), OrderSource::Profiles);
}

/// Only the first, of a stored order.
#[divan::bench(args = SIZES)]
fn first_of_stored(bencher: Bencher<'_, '_>, profiles: usize) {
    measure_first(bencher, &World::new(profiles, true), OrderSource::Stored);
}

fn measure_first(bencher: Bencher<'_, '_>, world: &World, source: OrderSource) {
    world.check(source);
    let (input, none) = (world.input(), HashSet::new());
    bencher.bench_local(|| first_usable(black_box(&input), black_box(NOW), black_box(&none)));
}

fn measure(bencher: Bencher<'_, '_>, world: &World, source: OrderSource) {
    world.check(source);
    let input = world.input();
    bencher.bench_local(|| resolve(black_box(&input), black_box(NOW)));
}

struct World {
    provider: ProviderId,
    profiles: AuthProfiles,
    health: Health,
    auth: AuthSettings,
    policy: CooldownPolicy,
    unresolved: HashSet<ProfileId>,
    blocked: HashSet<ProfileId>,
}

impl World {
    fn new(size: usize, ordered: bool) -> Self {
        let provider = ProviderId::anthropic();
        let (mut profiles, mut health, mut blocked) = (AuthProfiles::default(), Health::default(), HashSet::new());
        for number in 0..size {
            let id = ProfileId::named(&provider, &format!("account-{number:05}"));
            let credential = match number % 3 {
                0 => Credential::setup_token(&format!("sk-ant-oat01-{number:095}").into()).unwrap(),
                _ => Credential::api_key(&format!("sk-ant-api03-{number:095}").into()).unwrap(),
            };
            let stored = StoredProfile::Valid(Profile::new(provider.clone(), credential));
            profiles.profiles.insert(id.clone(), stored);
            let stats = stats(number);
            if stats.cooldown.is_some() || !stats.models.is_empty() {
                blocked.insert(id.clone());
            }
            health.profiles.insert(id, stats);
        }
        if ordered {
            profiles.order.insert(provider.clone(), profiles.profiles.keys().cloned().collect());
        }
        let (auth, policy) = (AuthSettings::default(), CooldownPolicy::default());
        Self { provider, profiles, health, auth, policy, unresolved: HashSet::new(), blocked }
    }

    fn input(&self) -> ResolveInput<'_> {
        ResolveInput {
            provider: &self.provider,
            model: Some(MODEL),
            profiles: &self.profiles,
            health: &self.health,
            auth: &self.auth,
            policy: &self.policy,
            unresolved: &self.unresolved,
            pin: None,
        }
    }

    fn check(&self, source: OrderSource) {
        let answer = resolve(&self.input(), NOW);
        assert_eq!(answer.source, source);
        assert!(answer.usable.iter().all(|usable| !self.blocked.contains(&usable.profile)), "a blocked one is usable");
        assert!(answer.unusable.iter().all(|unusable| self.blocked.contains(&unusable.profile)));
        assert_eq!(answer.unusable.len(), self.blocked.len());
        assert_eq!(answer.usable.len(), self.profiles.profiles.len() - self.blocked.len());
        assert_eq!(self.blocked.len(), self.profiles.profiles.len() / 2);
        assert_eq!(first_usable(&self.input(), NOW, &HashSet::new()).as_ref(), answer.usable.first());
    }
}

/// Every second profile is blocked, in turns as a whole and for the model; all have been used at
/// moments that are in no order.
fn stats(number: usize) -> UsageStats {
    let scattered = u64::try_from(number * 7919 % 10_007).unwrap();
    let mut stats = UsageStats { last_used: Some(NOW.before(Duration::from_secs(scattered))), ..UsageStats::new() };
    let (failed, seconds) = (NOW.before(Duration::from_secs(20)), 40 + scattered % 20);
    let window = |reason| Window { until: NOW.after(Duration::from_secs(seconds)), reason: Some(reason) };
    match number % 4 {
        1 => {
            stats.errors = 1;
            stats.last_failure_at = Some(failed);
            stats.cooldown = Some(window(FailureReason::Auth));
        }
        3 => {
            let cooldown = Some(window(FailureReason::RateLimit));
            let model = ModelStats { errors: 1, last_failure_at: Some(failed), cooldown, ..ModelStats::default() };
            stats.models = BTreeMap::from([(MODEL.to_owned(), model)]);
        }
        _ => {}
    }
    stats
}
