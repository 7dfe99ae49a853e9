//! What a store promises that keeps credentials and health.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{START, add, agent, holds, id, load, must, rule, succeeded, upsert};
use crate::health::{CooldownPolicy, Effect, FailureReason, Health, HealthEvent, Scope, Seen, UsageStats};
use crate::id::ProviderId;
use crate::profile::CredentialChange;
use crate::store::{CredentialStore, HealthStore};

const MODEL: &str = "claude-opus-4-5";

async fn health<S: HealthStore>(store: &S) -> Health {
    must("health can be loaded", store.load(&agent()).await)
}

fn failed(name: &str, seen: Seen) -> HealthEvent {
    HealthEvent::Failed {
        provider: ProviderId::anthropic(),
        profile: id(name),
        model: MODEL.to_owned(),
        reason: FailureReason::Auth,
        scope: Scope::Profile,
        deadline: None,
        seen,
        at: START,
        policy: Arc::new(CooldownPolicy::default()),
    }
}

fn succeeded_under(name: &str, seen: Seen) -> HealthEvent {
    let (provider, profile, model) = (ProviderId::anthropic(), id(name), MODEL.to_owned());
    HealthEvent::Succeeded { provider, profile, model, seen, at: START }
}

/// Profiles `a` and `b`, both with a window, `a` the last good one.
async fn blocked<S: CredentialStore + HealthStore>(store: &S) {
    for name in ["a", "b"] {
        add(store, name, name).await;
    }
    let failed = |name| failed(name, Seen::default());
    for event in [succeeded("a", MODEL, -1000), failed("a"), failed("b")] {
        must("an event can be committed", HealthStore::commit(store, &agent(), &event).await);
    }
}

pub(super) async fn a_different_secret_starts_without_windows<S: CredentialStore + HealthStore>(store: &S) {
    blocked(store).await;
    add(store, "a", "a").await;
    let before = health(store).await;
    rule("the same secret again keeps its windows", before.of(&id("a")).cooldown.is_some(), &before);
    add(store, "a", "another").await;
    let after = health(store).await;
    let a = after.of(&id("a"));
    rule("a different secret clears the windows of its profile", a.cooldown.is_none() && a.errors == 0, &after);
    rule("a different secret leaves the other profiles' windows", after.of(&id("b")).cooldown.is_some(), &after);
}

pub(super) async fn an_old_secret_says_nothing_of_its_successor<S: CredentialStore + HealthStore>(store: &S) {
    add(store, "a", "old").await;
    let seen = health(store).await.of(&id("a")).seen(Some(MODEL));
    add(store, "a", "new").await;
    let before = health(store).await;
    let event = HealthEvent::Failed {
        provider: ProviderId::anthropic(),
        profile: id("a"),
        model: "claude-opus-4-5".to_owned(),
        reason: FailureReason::Billing,
        scope: Scope::Profile,
        deadline: None,
        seen,
        at: START,
        policy: Arc::new(CooldownPolicy::default()),
    };
    let (after, effect) = must("an event can be committed", HealthStore::commit(store, &agent(), &event).await);
    let ignored = effect == Effect::Unchanged && after == before;
    rule("what an attempt with the old secret reports changes nothing", ignored, &(effect, after));
}

pub(super) async fn a_removed_profile_leaves_no_health<S: CredentialStore + HealthStore>(store: &S) {
    blocked(store).await;
    let under_way = health(store).await.of(&id("a")).seen(Some(MODEL));
    let remove = CredentialChange::Remove { id: id("a") };
    must("a profile can be removed", CredentialStore::commit(store, &agent(), remove).await);
    let after = health(store).await;
    let left = after.of(&id("a"));
    let nothing = UsageStats { credential: left.credential, ..UsageStats::new() };
    rule("a removed profile leaves no health behind", *left == nothing && after.last_good.is_empty(), &after);
    rule("removing one profile leaves the others' health", after.of(&id("b")).cooldown.is_some(), &after);
    for again in [false, true] {
        if again {
            add(store, "a", "another").await;
        }
        let before = health(store).await;
        for event in [failed("a", under_way), succeeded_under("a", under_way)] {
            must("an event can be committed", HealthStore::commit(store, &agent(), &event).await);
        }
        let after = health(store).await;
        rule("what attempts report of a removed profile changes nothing", after == before, &after);
    }
}

pub(super) async fn neither_disturbs_the_other<S: CredentialStore + HealthStore>(store: &S) {
    let agent = agent();
    let names: Vec<String> = (0..12).map(|n| format!("n{n}")).collect();
    let events: Vec<HealthEvent> = names.iter().map(|name| succeeded(name, MODEL, 7)).collect();
    let changes = join_all(names.iter().map(|name| CredentialStore::commit(store, &agent, upsert(name, name))));
    let commits = join_all(events.iter().map(|event| HealthStore::commit(store, &agent, event)));
    let (changes, commits) = futures_util::future::join(changes, commits).await;
    for result in changes {
        must("a profile can be added while events are committed", result);
    }
    for result in commits {
        must("an event can be committed while profiles are added", result);
    }
    let (profiles, health) = (load(store).await, health(store).await);
    let kept = names
        .iter()
        .filter(|name| holds(&profiles, name, &super::api_key(name)) && health.of(&id(name)).last_used.is_some());
    let kept = kept.count();
    rule("credentials and health that change at once are all kept", kept == names.len(), &kept);
}
