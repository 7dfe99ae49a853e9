//! What every store promises, as suites that any store can be put through. Feature `test-util`.
//!
//! A suite takes a way to make a fresh, empty store, and panics with the rule that was broken. It runs
//! on any executor.
//!
//! ```
//! use openclaw_core::MemoryStore;
//! use openclaw_core::testing::conformance;
//!
//! # futures_executor::block_on(async {
//! conformance::credential_store(async || MemoryStore::new()).await;
//! conformance::health_store(async || MemoryStore::new()).await;
//! conformance::combined_store(async || MemoryStore::new()).await;
//! # });
//! ```

mod combined;
mod credentials;
mod health;

use std::fmt::Debug;

use crate::credential::{Credential, Secret};
use crate::health::HealthEvent;
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::profile::{AuthProfiles, CredentialChange, StoredProfile};
use crate::secret::same_secret;
use crate::store::{CredentialStore, HealthStore};
use crate::time::Timestamp;

/// Puts a [`CredentialStore`] through its promises. `fresh` makes an empty store that shares nothing
/// with those it made before.
///
/// # Panics
/// With the rule that the store breaks.
pub async fn credential_store<S: CredentialStore>(fresh: impl AsyncFn() -> S) {
    credentials::an_agent_without_credentials_is_empty(&fresh().await).await;
    credentials::what_is_added_is_there(&fresh().await).await;
    credentials::agents_are_apart(&fresh().await).await;
    credentials::a_replaced_secret_keeps_what_is_known_of_the_account(&fresh().await).await;
    credentials::another_kind_or_provider_is_refused(&fresh().await).await;
    credentials::a_removed_profile_is_gone_from_the_order(&fresh().await).await;
    credentials::an_order_names_stored_profiles(&fresh().await).await;
    credentials::every_kind_of_credential_is_kept(&fresh().await).await;
    credentials::no_change_shows_in_another_agent(&fresh().await).await;
    credentials::every_change_answers_the_document_after_it(&fresh().await).await;
    credentials::nothing_is_lost_among_many(&fresh().await).await;
}

/// Puts a [`HealthStore`] through its promises. `fresh` makes an empty store that shares nothing with
/// those it made before.
///
/// # Panics
/// With the rule that the store breaks.
pub async fn health_store<S: HealthStore>(fresh: impl AsyncFn() -> S) {
    health::an_agent_without_health_is_empty(&fresh().await).await;
    health::every_event_has_its_effect(&fresh().await).await;
    health::agents_are_apart(&fresh().await).await;
    health::clearing_takes_what_was_named(&fresh().await).await;
    health::nothing_is_lost_among_many(&fresh().await).await;
    health::one_failure_opens_the_window(&fresh().await).await;
    health::a_trial_is_granted_once(&fresh().await).await;
}

/// Puts a store that keeps both through what it promises beyond the two: credentials and health change
/// together. `fresh` makes an empty store that shares nothing with those it made before.
///
/// # Panics
/// With the rule that the store breaks.
pub async fn combined_store<S: CredentialStore + HealthStore>(fresh: impl AsyncFn() -> S) {
    combined::an_old_secret_says_nothing_of_its_successor(&fresh().await).await;
    combined::a_different_secret_starts_without_windows(&fresh().await).await;
    combined::a_removed_profile_leaves_no_health(&fresh().await).await;
    combined::neither_disturbs_the_other(&fresh().await).await;
}

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

fn agent() -> AgentId {
    AgentId::main()
}

fn id(name: &str) -> ProfileId {
    ProfileId::named(&ProviderId::anthropic(), name)
}

fn api_key(secret: &str) -> Credential {
    must("an API key is one", Credential::api_key(&format!("sk-ant-api03-conformance-{secret}").into()))
}

fn token(letter: &str) -> Credential {
    must("a setup-token is one", Credential::setup_token(&format!("sk-ant-oat01-{}", letter.repeat(90)).into()))
}

fn upsert(name: &str, secret: &str) -> CredentialChange {
    CredentialChange::upsert(id(name), ProviderId::anthropic(), api_key(secret))
}

async fn add<S: CredentialStore + ?Sized>(store: &S, name: &str, secret: &str) -> AuthProfiles {
    must("a profile can be added", store.commit(&agent(), upsert(name, secret)).await)
}

async fn load<S: CredentialStore + ?Sized>(store: &S) -> AuthProfiles {
    must("credentials can be loaded", store.load(&agent()).await)
}

/// Whether a profile holds this credential.
fn holds(profiles: &AuthProfiles, name: &str, credential: &Credential) -> bool {
    let secret = profiles.get(&id(name)).map(|profile| profile.credential.secret());
    matches!((secret, credential.secret()), (Some(Secret::Plain(a)), Secret::Plain(b)) if same_secret(a, b))
}

/// Whether two documents say the same, secrets included.
fn same(a: &AuthProfiles, b: &AuthProfiles) -> bool {
    let secrets = a.profiles.values().zip(b.profiles.values()).all(|pair| match pair {
        (StoredProfile::Valid(a), StoredProfile::Valid(b)) => match (a.credential.secret(), b.credential.secret()) {
            (Secret::Plain(a), Secret::Plain(b)) => same_secret(a, b),
            (a, b) => format!("{a:?}") == format!("{b:?}"),
        },
        (a, b) => format!("{a:?}") == format!("{b:?}"),
    });
    // `Debug` shows everything but secrets.
    secrets && format!("{a:?}") == format!("{b:?}")
}

fn succeeded(name: &str, model: &str, after: i64) -> HealthEvent {
    HealthEvent::Succeeded {
        provider: ProviderId::anthropic(),
        profile: id(name),
        model: model.to_owned(),
        seen: crate::health::Seen::default(),
        at: Timestamp::from_millis(START.as_millis() + after),
    }
}

/// Fails with the rule.
#[track_caller]
fn rule(rule: &str, holds: bool, found: &dyn Debug) {
    assert!(holds, "the store breaks a rule: {rule}; found {found:?}");
}

#[track_caller]
#[expect(clippy::panic, reason = "a suite panics when a rule is broken")]
fn must<T, E: Debug>(rule: &str, result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("the store breaks a rule: {rule}; it failed with {error:?}"))
}
