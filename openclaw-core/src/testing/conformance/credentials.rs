//! What a credential store promises.

use futures_util::future::join_all;

use super::{add, agent, api_key, holds, id, load, must, rule, same, token, upsert};
use crate::credential::{Credential, Expiry, Secret, SecretRef};
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::profile::{AuthProfiles, ChangeError, CredentialChange, Profile, Replace, StoredProfile};
use crate::store::{CredentialStore, StoreError};

fn names(profiles: &AuthProfiles) -> Vec<&str> {
    profiles.profiles.keys().map(ProfileId::as_str).collect()
}

fn order(profiles: &AuthProfiles) -> Vec<&str> {
    let order = profiles.order.get(&ProviderId::anthropic());
    order.into_iter().flatten().map(ProfileId::as_str).collect()
}

fn set_order(names: &[&str]) -> CredentialChange {
    CredentialChange::SetOrder {
        provider: ProviderId::anthropic(),
        order: Some(names.iter().map(|name| id(name)).collect()),
    }
}

/// A change that must be refused, for this reason, and leave everything as it was.
async fn refused<S: CredentialStore>(
    store: &S,
    change: CredentialChange,
    why: &str,
    expected: fn(&ChangeError) -> bool,
) {
    let before = load(store).await;
    let result = store.commit(&agent(), change).await;
    let is_expected = matches!(&result, Err(StoreError::Change(error)) if expected(error));
    rule(&format!("{why} is refused, and the error says why"), is_expected, &result);
    let after = load(store).await;
    rule(&format!("{why} is refused and changes nothing"), same(&before, &after), &after);
}

pub(super) async fn an_agent_without_credentials_is_empty<S: CredentialStore>(store: &S) {
    let profiles = load(store).await;
    rule("an agent without credentials has an empty document", same(&profiles, &AuthProfiles::default()), &profiles);
}

pub(super) async fn what_is_added_is_there<S: CredentialStore>(store: &S) {
    let answer = add(store, "work", "1").await;
    rule("a commit answers with the document after it", holds(&answer, "work", &api_key("1")), &answer);
    let loaded = load(store).await;
    rule("what a commit answers is what is loaded next", same(&answer, &loaded), &loaded);
    add(store, "home", "2").await;
    let again = add(store, "work", "1").await;
    rule("adding what is there changes nothing", names(&again) == ["anthropic:work", "anthropic:home"], &again);
    let profile = Profile {
        email: Some("ada@example.org".to_owned()),
        quota_group: Some("family".to_owned()),
        added: Some(super::START),
        ..Profile::new(ProviderId::anthropic(), token("a"))
    };
    let change = CredentialChange::Upsert { id: id("max"), profile: Box::new(profile), replace: Replace::SameKind };
    must("a profile can be added", store.commit(&agent(), change).await);
    let loaded = load(store).await;
    rule("a setup-token is kept as one", holds(&loaded, "max", &token("a")), &loaded);
    let max = loaded.get(&id("max"));
    let kept = max.is_some_and(|max| {
        max.email.as_deref() == Some("ada@example.org")
            && max.quota_group.as_deref() == Some("family")
            && max.added == Some(super::START)
    });
    rule("address, quota group and time of adding are kept", kept, &max);
}

pub(super) async fn every_kind_of_credential_is_kept<S: CredentialStore>(store: &S) {
    let reference = |id: &str| Secret::Reference(SecretRef::new("exec", "vault", id));
    let expires = Expiry::At(super::START);
    let login = must("a login is one", Credential::setup_token(&format!("sk-ant-oat01-{}", "l".repeat(90)).into()));
    let kinds = [
        ("key", Credential::ApiKey { key: reference("claude/key") }),
        ("token", Credential::Token { token: reference("claude/token"), expires: Expiry::Never }),
        ("ending", Credential::Token { token: token("e").secret().clone(), expires }),
        ("login", Credential::OAuth { access: login.secret().clone(), expires, refreshable: false }),
    ];
    let mut expected = AuthProfiles::default();
    for (name, credential) in kinds {
        let change = CredentialChange::upsert(id(name), ProviderId::anthropic(), credential.clone());
        let answer = must("a profile can be added", store.commit(&agent(), change).await);
        let profile = Profile::new(ProviderId::anthropic(), credential);
        expected.profiles.insert(id(name), StoredProfile::Valid(profile));
        rule("a credential is answered with all that belongs to it", same(&answer, &expected), &answer);
        let loaded = load(store).await;
        rule("a credential is kept with all that belongs to it", same(&loaded, &expected), &loaded);
    }
}

pub(super) async fn every_change_answers_the_document_after_it<S: CredentialStore>(store: &S) {
    for name in ["a", "b", "c"] {
        add(store, name, name).await;
    }
    for change in changes() {
        let answer = must("a change can be made", store.commit(&agent(), change.clone()).await);
        let loaded = load(store).await;
        rule("every change answers the document after it", same(&answer, &loaded), &(change, answer));
    }
}

/// Each kind of change, to be made where `a`, `b` and `c` are stored: each has something to do.
fn changes() -> [CredentialChange; 5] {
    let clear = CredentialChange::SetOrder { provider: ProviderId::anthropic(), order: None };
    [upsert("a", "new"), upsert("d", "d"), set_order(&["b", "a"]), CredentialChange::Remove { id: id("b") }, clear]
}

pub(super) async fn no_change_shows_in_another_agent<S: CredentialStore>(store: &S) {
    let other = AgentId::new("other");
    for name in ["a", "b", "c"] {
        add(store, name, name).await;
        must("a profile can be added", store.commit(&other, upsert(name, name)).await);
    }
    must("an order can be set", store.commit(&other, set_order(&["c", "b", "a"])).await);
    let before = must("credentials can be loaded", store.load(&other).await);
    for change in changes() {
        must("a change can be made", store.commit(&agent(), change.clone()).await);
        let after = must("credentials can be loaded", store.load(&other).await);
        rule("no change of one agent shows in another", same(&before, &after), &(change, after));
    }
}

pub(super) async fn agents_are_apart<S: CredentialStore>(store: &S) {
    add(store, "work", "1").await;
    let other = AgentId::new("other");
    let profiles = must("credentials can be loaded", store.load(&other).await);
    rule("an agent sees its own profiles only", profiles.profiles.is_empty(), &profiles);
    must("a profile can be added", store.commit(&other, upsert("home", "2")).await);
    let profiles = load(store).await;
    rule("a change of one agent does not show in another", names(&profiles) == ["anthropic:work"], &profiles);
}

pub(super) async fn a_replaced_secret_keeps_what_is_known_of_the_account<S: CredentialStore>(store: &S) {
    let profile = Profile {
        email: Some("ada@example.org".to_owned()),
        quota_group: Some("family".to_owned()),
        ..Profile::new(ProviderId::anthropic(), api_key("1"))
    };
    let change = CredentialChange::Upsert { id: id("work"), profile: Box::new(profile), replace: Replace::SameKind };
    must("a profile can be added", store.commit(&agent(), change).await);
    add(store, "home", "2").await;
    add(store, "work", "3").await;
    let profiles = load(store).await;
    rule("a secret of the same kind replaces the old one", holds(&profiles, "work", &api_key("3")), &profiles);
    rule("a replaced profile keeps its place", names(&profiles) == ["anthropic:work", "anthropic:home"], &profiles);
    let work = profiles.get(&id("work"));
    let kept = work.is_some_and(|work| work.email.is_some() && work.quota_group.is_some());
    rule("a replaced secret keeps address and quota group", kept, &work);
}

pub(super) async fn another_kind_or_provider_is_refused<S: CredentialStore>(store: &S) {
    add(store, "work", "1").await;
    let other_kind = CredentialChange::upsert(id("work"), ProviderId::anthropic(), token("b"));
    refused(store, other_kind, "another kind under the same id", |e| matches!(e, ChangeError::OtherKind { .. })).await;
    let other_provider = CredentialChange::upsert(id("work"), ProviderId::new("other"), api_key("1"));
    let is_other = |e: &ChangeError| matches!(e, ChangeError::OtherProvider { .. });
    refused(store, other_provider, "another provider under the same id", is_other).await;
    let profile = Box::new(Profile::new(ProviderId::anthropic(), token("b")));
    let confirmed = CredentialChange::Upsert { id: id("work"), profile, replace: Replace::Any };
    must("another kind replaces when that was confirmed", store.commit(&agent(), confirmed).await);
    let profiles = load(store).await;
    rule("another kind replaces when that was confirmed", holds(&profiles, "work", &token("b")), &profiles);
}

pub(super) async fn a_removed_profile_is_gone_from_the_order<S: CredentialStore>(store: &S) {
    for name in ["a", "b"] {
        add(store, name, name).await;
    }
    must("an order can be set", store.commit(&agent(), set_order(&["b", "a"])).await);
    let missing = CredentialChange::Remove { id: id("none") };
    refused(store, missing, "removing what is not there", |e| matches!(e, ChangeError::NotFound { .. })).await;
    let remove = |name| CredentialChange::Remove { id: id(name) };
    must("a profile can be removed", store.commit(&agent(), remove("b")).await);
    let profiles = load(store).await;
    let gone = names(&profiles) == ["anthropic:a"] && order(&profiles) == ["anthropic:a"];
    rule("a removed profile is gone, from the order too", gone, &profiles);
    must("a profile can be removed", store.commit(&agent(), remove("a")).await);
    let profiles = load(store).await;
    rule("an order without profiles is none", same(&profiles, &AuthProfiles::default()), &profiles);
}

pub(super) async fn an_order_names_stored_profiles<S: CredentialStore>(store: &S) {
    for name in ["a", "b", "c"] {
        add(store, name, name).await;
    }
    must("an order can be set", store.commit(&agent(), set_order(&["c", "a", "c"])).await);
    let profiles = load(store).await;
    rule(
        "an order is kept as it is given, each id once",
        order(&profiles) == ["anthropic:c", "anthropic:a"],
        &profiles,
    );
    let is_missing = |e: &ChangeError| matches!(e, ChangeError::NotFound { .. });
    refused(store, set_order(&["a", "none"]), "an order with an id that is not stored", is_missing).await;
    let foreign = CredentialChange::SetOrder { provider: ProviderId::new("other"), order: Some(vec![id("a")]) };
    let is_other = |e: &ChangeError| matches!(e, ChangeError::OtherProvider { .. });
    refused(store, foreign, "an order with an id of another provider", is_other).await;
    let profiles = add(store, "new", "4").await;
    let first = order(&profiles) == ["anthropic:new", "anthropic:c", "anthropic:a"];
    rule("a profile that an order would hide goes first in it", first, &profiles);
    for clear in [set_order(&[]), CredentialChange::SetOrder { provider: ProviderId::anthropic(), order: None }] {
        must("an order can be set", store.commit(&agent(), set_order(&["a"])).await);
        let profiles = must("an order can be cleared", store.commit(&agent(), clear).await);
        rule("an empty order is no order", profiles.order.is_empty(), &profiles);
    }
}

pub(super) async fn nothing_is_lost_among_many<S: CredentialStore>(store: &S) {
    let (agent, names) = (agent(), (0..24).map(|n| n.to_string()).collect::<Vec<_>>());
    let commits = names.iter().map(|name| store.commit(&agent, upsert(name, name)));
    for result in join_all(commits).await {
        must("many may add profiles at once", result);
    }
    let profiles = load(store).await;
    let kept = names.iter().filter(|name| holds(&profiles, name, &api_key(name))).count();
    rule("a change is applied inside the store's lock: of 24 changes at once none is lost", kept == 24, &kept);
    let valid = profiles.profiles.values().all(|stored| matches!(stored, StoredProfile::Valid(_)));
    rule("what was stored can be read", valid, &profiles);
}
