//! The text of a store and what it means: reading leniently, changing single fields, keeping the rest.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{EMPTY_STORE, Snapshot, WireError, change_edits, health_edits, parse};
use crate::credential::{Credential, CredentialKind, Expiry, Secret, SecretRef};
use crate::health::{CooldownPolicy, FailureReason, Health, HealthEvent, Scope, Seen, UsageStats};
use crate::id::{ProfileId, ProviderId};
use crate::json5::{Limits, edit};
use crate::profile::{ChangeError, CredentialChange, Profile, Replace, StoredProfile};
use crate::secret::same_secret;
use crate::time::Timestamp;

const T0: Timestamp = Timestamp::from_millis(1_795_331_700_000);

const PRETTY: &str = include_str!("../../../tests/data/golden/after_order.auth-profiles.json");
pub(super) const INPUT: &str = include_str!("../../../tests/data/golden/input.auth-profiles.json");
pub(super) const ONE_KEY: &str = include_str!("../../../tests/data/golden/onboard_key2.auth-profiles.json");
const ONE_TOKEN: &str = include_str!("../../../tests/data/golden/onboard_token.auth-profiles.json");

/// Everything that this version does not know, in spellings that a rewrite would lose.
const ODD: &str = r#"{
  "future": {"n": 1e400, "big": 123456789012345678901234567890, "s": "\u00e9\/", "z": -0.0},
  "version": 1.0,
  "profiles": {
    "anthropic:a": {"type": "api_key", "provider": "Anthropic", "key": "sk-old", "metadata": {"x": 1.50}, "email": 7},
    "x:new": {"type": "hologram", "provider": "x", "key": {"deep": [1, 2.50]}},
    "broken": 7,
    "anthropic:t": { "type":"token","provider":"anthropic", "token":"t", "expires" : 1.795331608e12 }
  },
  "order": {"anthropic": ["anthropic:a", "anthropic:t"], "Z.ai": ["zai:x"]},
  "lastGood": {"Anthropic": "anthropic:a"},
  "usageStats": {
    "anthropic:a": {"lastUsed": 1.795331248E12, "errorCount": 0, "blockedUntil": 5, "failureCounts": {"session_expired": 3}},
    "anthropic:t": {},
    "odd": [1]
  },
  "trailer": null
}"#;

fn id(name: &str) -> ProfileId {
    ProfileId::new(name).unwrap()
}

pub(super) fn read(text: &str) -> Snapshot {
    parse(Zeroizing::new(text.to_owned())).unwrap()
}

pub(super) fn problem(text: &str) -> WireError {
    parse(Zeroizing::new(text.to_owned())).unwrap_err()
}

pub(super) fn health_changed(text: &str, event: &HealthEvent) -> String {
    let before = read(text);
    let mut health = before.health.clone();
    event.apply(&mut health);
    let after = edit(text, &health_edits(&before, &health), &Limits::default()).unwrap();
    assert_eq!(read(&after).health, health, "what was written is what was meant");
    after.to_string()
}

pub(super) fn changed(text: &str, change: &CredentialChange) -> Result<String, ChangeError> {
    let before = read(text);
    let (profiles, edits) = change_edits(&before, change)?;
    let after = edit(text, &edits, &Limits::default()).unwrap();
    let read_back = read(&after).profiles;
    assert_eq!(read_back.order, profiles.order);
    assert_eq!(format!("{:?}", read_back.profiles), format!("{:?}", profiles.profiles));
    Ok(after.to_string())
}

pub(super) fn key(secret: &str) -> Credential {
    Credential::ApiKey { key: Secret::Plain(secret.into()) }
}

fn token(secret: &str, expires: Expiry) -> Credential {
    Credential::Token { token: Secret::Plain(secret.into()), expires }
}

pub(super) fn upsert(name: &str, credential: Credential) -> CredentialChange {
    CredentialChange::upsert(id(name), ProviderId::anthropic(), credential)
}

fn order(ids: &[&str]) -> CredentialChange {
    let order = Some(ids.iter().map(|name| id(name)).collect());
    CredentialChange::SetOrder { provider: ProviderId::anthropic(), order }
}

pub(super) fn failed(name: &str, reason: FailureReason, seen: Seen) -> HealthEvent {
    HealthEvent::Failed {
        provider: ProviderId::anthropic(),
        profile: id(name),
        model: "claude-opus-4-5".to_owned(),
        reason,
        scope: Scope::Model,
        deadline: None,
        seen,
        at: T0,
        policy: Arc::default(),
    }
}

pub(super) fn succeeded(name: &str, seen: Seen) -> HealthEvent {
    let (provider, model) = (ProviderId::anthropic(), "claude-opus-4-5".to_owned());
    HealthEvent::Succeeded { provider, profile: id(name), model, seen, at: T0 }
}

fn kinds(snapshot: &Snapshot) -> Vec<(&str, Option<CredentialKind>)> {
    let kind = |stored: &StoredProfile| stored.valid().map(Profile::kind);
    snapshot.profiles.profiles.iter().map(|(id, stored)| (id.as_str(), kind(stored))).collect()
}

#[test]
fn what_the_reference_wrote_is_read() {
    let store = read(PRETTY);
    use CredentialKind::{ApiKey, OAuth, Token};
    assert_eq!(
        kinds(&store),
        [
            ("anthropic:default", Some(ApiKey)),
            ("anthropic:work", Some(Token)),
            ("anthropic:old", Some(Token)),
            ("anthropic:soon", Some(Token)),
            ("anthropic:me@x.org", Some(OAuth)),
            ("openai:short", Some(ApiKey)),
        ],
        "in the order of the file"
    );
    let login = store.profiles.get(&id("anthropic:me@x.org")).unwrap();
    assert_eq!(login.email.as_deref(), Some("me@x.org"));
    assert!(matches!(login.credential, Credential::OAuth { refreshable: true, .. }));
    let end = |name| store.profiles.get(&id(name)).unwrap().credential.expires();
    assert_eq!(end("anthropic:old"), Expiry::At(Timestamp::from_millis(1_795_331_303_000)));
    assert_eq!(end("anthropic:work"), Expiry::Never);
    let stats = store.health.of(&id("anthropic:default"));
    assert_eq!((stats.errors, stats.counts[&FailureReason::RateLimit]), (2, 2));
    assert_eq!(stats.last_used, Some(Timestamp::from_millis(1_795_331_248_000)));
    let window = stats.cooldown.unwrap();
    assert_eq!((window.until.as_millis(), window.reason), (1_795_331_608_000, None));
    let disabled = store.health.of(&id("openai:short")).disabled.unwrap();
    assert_eq!(disabled.reason, Some(FailureReason::Billing));
    assert!(store.health.of(&id("ghost:x")).cooldown.is_some(), "health of a profile that is gone");
    assert_eq!(store.health.last_good[&ProviderId::anthropic()], id("anthropic:work"));

    let given = read(INPUT);
    assert_eq!(given.health, store.health);
    let malformed: Vec<_> = given.profiles.profiles.iter().filter(|(_, stored)| stored.valid().is_none()).collect();
    assert_eq!(malformed.len(), 2);
    assert!(malformed.iter().all(|(_, stored)| *stored.provider() == ProviderId::new("bad")), "the id names it");
    assert_eq!(kinds(&read(ONE_KEY)), [("anthropic:default", Some(ApiKey))]);
    assert_eq!(kinds(&read(ONE_TOKEN)), [("anthropic:default", Some(Token))]);
}

#[test]
fn a_first_profile_makes_the_file_that_the_reference_makes() {
    let change = upsert("anthropic:default", key("sk-ant-api03-test-test-test-test-test-test"));
    assert_eq!(changed(EMPTY_STORE, &change).unwrap(), ONE_KEY);
    let secret = format!("sk-ant-oat01-{}", "A".repeat(80));
    let end = Expiry::from_millis(1_826_867_595_432);
    assert_eq!(changed(EMPTY_STORE, &upsert("anthropic:default", token(&secret, end))).unwrap(), ONE_TOKEN);
}

#[test]
fn each_kind_of_change_on_a_fresh_file() {
    let text = changed(ONE_KEY, &upsert("anthropic:work", token("t\"\\", Expiry::Never))).unwrap();
    let text = changed(&text, &order(&["anthropic:work", "anthropic:default", "anthropic:work"])).unwrap();
    let text = health_changed(&text, &failed("anthropic:default", FailureReason::Billing, Seen::default()));
    let text = health_changed(&text, &failed("anthropic:default", FailureReason::RateLimit, Seen::default()));
    let text = health_changed(&text, &failed("anthropic:work", FailureReason::Overloaded, Seen::default()));
    let claim = HealthEvent::TrialClaimed {
        profile: id("anthropic:default"),
        model: "claude-opus-4-5".into(),
        owner: "1-2".into(),
        at: T0.after(Duration::from_secs(5 * 3600)),
        policy: Arc::default(),
    };
    let text = health_changed(&text, &claim);
    let seen = read(&text).health.of(&id("anthropic:work")).seen(Some("claude-opus-4-5"));
    let text = health_changed(&text, &succeeded("anthropic:work", seen));
    assert_eq!(
        text,
        r#"{
  "version": 1,
  "profiles": {
    "anthropic:default": {
      "type": "api_key",
      "provider": "anthropic",
      "key": "sk-ant-api03-test-test-test-test-test-test"
    },
    "anthropic:work": {
      "type": "token",
      "provider": "anthropic",
      "token": "t\"\\"
    }
  },
  "order": {
    "anthropic": [
      "anthropic:work",
      "anthropic:default"
    ]
  },
  "usageStats": {
    "anthropic:default": {
      "errorCount": 1,
      "disabledUntil": 1795349700000,
      "disabledReason": "billing",
      "failureCounts": {
        "billing": 1
      },
      "lastFailureAt": 1795331700000,
      "models": {
        "claude-opus-4-5": {
          "errorCount": 1,
          "cooldownUntil": 1795331760000,
          "cooldownReason": "rate_limit",
          "lastFailureAt": 1795331700000,
          "trial": {
            "owner": "1-2",
            "until": 1795349775000
          }
        }
      },
      "trial": {
        "owner": "1-2",
        "until": 1795349775000
      }
    },
    "anthropic:work": {
      "lastUsed": 1795331700000
    }
  },
  "lastGood": {
    "anthropic": "anthropic:work"
  }
}
"#
    );
    let text = changed(&text, &CredentialChange::Remove { id: id("anthropic:work") }).unwrap();
    let cleared = HealthEvent::Cleared { profile: Some(id("anthropic:default")), model: None };
    let text = health_changed(&text, &cleared);
    assert_eq!(
        text,
        ONE_KEY.replace(
            "    }\n  }\n}",
            "    }\n  },\n  \"order\": {\n    \"anthropic\": [\n      \"anthropic:default\"\n    ]\n  },\n  \"usageStats\": {\n    \"anthropic:default\": {\n      \"errorCount\": 0,\n      \"lastFailureAt\": 1795331700000\n    },\n    \"anthropic:work\": {\n      \"credentialGeneration\": 1\n    }\n  },\n  \"lastGood\": {}\n}"
        )
    );
}

/// The odd text with some parts changed: all other bytes are as they were.
fn odd_with(parts: &[(&str, &str)]) -> String {
    parts.iter().fold(ODD.to_owned(), |text, (old, new)| {
        assert_eq!(text.matches(old).count(), 1, "{old}");
        text.replacen(old, new, 1)
    })
}

#[test]
fn a_change_leaves_every_other_byte() {
    assert_eq!(
        health_changed(ODD, &failed("anthropic:a", FailureReason::Auth, Seen::default())),
        odd_with(&[
            (r#""errorCount": 0"#, r#""errorCount": 1"#),
            (
                r#""failureCounts": {"session_expired": 3}}"#,
                r#""failureCounts": {"session_expired": 3, "auth": 1}, "cooldownUntil": 1795331760000, "cooldownReason": "auth", "lastFailureAt": 1795331700000}"#
            ),
        ])
    );
    assert_eq!(
        health_changed(ODD, &succeeded("anthropic:t", Seen::default())),
        odd_with(&[
            (r#""anthropic:t": {},"#, "\"anthropic:t\": {\n      \"lastUsed\": 1795331700000\n    },"),
            (r#"{"Anthropic": "anthropic:a"}"#, r#"{"Anthropic": "anthropic:t"}"#),
        ]),
        "the provider keeps its spelling"
    );
    assert_eq!(
        changed(ODD, &upsert("anthropic:a", key("sk-new"))).unwrap(),
        odd_with(&[
            ("sk-old", "sk-new"),
            (r#"{"session_expired": 3}}"#, r#"{"session_expired": 3}, "credentialGeneration": 1}"#),
        ]),
        "unknown fields of the profile stay"
    );
    assert_eq!(
        changed(ODD, &upsert("anthropic:t", token("t2", Expiry::Never))).unwrap(),
        odd_with(&[
            (r#""token":"t", "expires" : 1.795331608e12 }"#, r#""token":"t2" }"#),
            (r#""anthropic:t": {},"#, "\"anthropic:t\": {\n      \"credentialGeneration\": 1\n    },"),
        ])
    );
    assert_eq!(
        changed(ODD, &order(&["anthropic:t"])).unwrap(),
        odd_with(&[(r#"["anthropic:a", "anthropic:t"]"#, "[\n    \"anthropic:t\"\n  ]")])
    );
    assert_eq!(
        changed(ODD, &CredentialChange::SetOrder { provider: ProviderId::new("zai"), order: None }).unwrap(),
        odd_with(&[(r#", "Z.ai": ["zai:x"]"#, "")])
    );
    assert_eq!(
        changed(ODD, &CredentialChange::Remove { id: id("broken") }).unwrap(),
        odd_with(&[
            ("    \"broken\": 7,\n", ""),
            ("[1]", "[1],\n    \"broken\": {\n      \"credentialGeneration\": 1\n    }")
        ]),
        "what cannot be read can be removed"
    );
}

#[test]
fn minified_tabbed_and_crlf_texts_stay_so() {
    let minified =
        r#"{"version":1,"profiles":{"anthropic:a":{"type":"api_key","provider":"anthropic","key":"k"}},"x":[1.0]}"#;
    let text = changed(minified, &upsert("anthropic:b", key("n"))).unwrap();
    assert_eq!(
        text,
        r#"{"version":1,"profiles":{"anthropic:a":{"type":"api_key","provider":"anthropic","key":"k"},"anthropic:b":{"type":"api_key","provider":"anthropic","key":"n"}},"x":[1.0]}"#
    );
    let text = health_changed(&text, &succeeded("anthropic:b", Seen::default()));
    assert!(text.ends_with(
        r#""x":[1.0],"usageStats":{"anthropic:b":{"lastUsed":1795331700000}},"lastGood":{"anthropic":"anthropic:b"}}"#
    ));
    for (from, to) in [("\n", "\r\n"), ("  ", "\t")] {
        let text = ONE_KEY.replace(from, to);
        let plain = changed(ONE_KEY, &upsert("anthropic:b", key("n"))).unwrap();
        assert_eq!(changed(&text, &upsert("anthropic:b", key("n"))).unwrap(), plain.replace(from, to));
    }
}

#[test]
fn a_window_takes_its_reason_along_even_an_unknown_one() {
    let text = r#"{"usageStats": {"anthropic:a": {"cooldownUntil": 1795331700001, "cooldownReason": "session_expired", "lastFailureAt": 1795331600000}}}"#;
    let store = read(text);
    let stats = store.health.of(&id("anthropic:a"));
    assert_eq!(stats.cooldown.unwrap().reason, None);
    assert!(stats.block(None, T0, &CooldownPolicy::default()).is_some());
    let text = health_changed(text, &succeeded("anthropic:a", stats.seen(None)));
    assert!(!text.contains("cooldown"), "{text}");
}

#[test]
fn references_beat_plain_text_and_survive() {
    let reference = |text: &str| {
        let text =
            format!(r#"{{"profiles": {{"anthropic:a": {{"type": "api_key", "provider": "anthropic", {text}}}}}}}"#);
        let store = read(&text);
        store.profiles.get(&id("anthropic:a")).map(|profile| profile.credential.secret().reference().cloned())
    };
    let env = Some(Some(SecretRef::env("KEY")));
    assert_eq!(reference(r#""key": "${KEY}""#), env);
    assert_eq!(reference(r#""key": " ${KEY} ""#), env);
    assert_eq!(reference(r#""key": "plain", "keyRef": {"source": "env", "id": "KEY"}"#), env);
    assert_eq!(
        reference(r#""key": {"source": "env", "provider": "default", "id": "KEY"}"#),
        env,
        "as upstream reads it"
    );
    let file = SecretRef::new("file", "vault", "/a");
    assert_eq!(reference(r#""keyRef": {"source": "file", "provider": "vault", "id": "/a"}"#), Some(Some(file)));
    assert_eq!(reference(r#""key": "plain", "keyRef": null"#), Some(None));
    let broken = |id: &str| Some(Some(SecretRef::new("", "default", id)));
    assert_eq!(reference(r#""key": "plain", "keyRef": {"id": "KEY"}"#), broken("KEY"), "nothing falls through");
    assert_eq!(reference(r#""key": "plain", "keyRef": "KEY""#), broken(""));
    assert_eq!(reference(r#""key": 5"#), None);
    let login = |access: &str| {
        let text =
            format!(r#"{{"profiles": {{"anthropic:a": {{"type": "oauth", "provider": "anthropic", {access}}}}}}}"#);
        read(&text).profiles.get(&id("anthropic:a")).is_some()
    };
    assert!(login(r#""access": "a""#) && login(r#""refresh": "r""#));
    assert!(!login(r#""access": "${A}""#) && !login(r#""accessRef": {"source": "env", "id": "A"}"#));
}

#[test]
fn a_reference_is_replaced_by_a_secret_and_back() {
    let text = r#"{"profiles": {"anthropic:a": {"type": "token", "provider": "anthropic", "token": "old", "tokenRef": {"source": "env", "id": "T", "x": 1}}}}"#;
    let same = Credential::Token { token: Secret::Reference(SecretRef::env("T")), expires: Expiry::Never };
    assert_eq!(changed(text, &upsert("anthropic:a", same)).unwrap(), text, "the same reference: nothing changes");
    let plain = changed(text, &upsert("anthropic:a", token("new", Expiry::Never))).unwrap();
    let new = r#"{"profiles": {"anthropic:a": {"type": "token", "provider": "anthropic", "token": "new"}}, "usageStats": {"anthropic:a": {"credentialGeneration": 1}}}"#;
    assert_eq!(plain, new);
    let back = Credential::Token { token: Secret::Reference(SecretRef::env("U")), expires: Expiry::Never };
    assert_eq!(
        changed(&plain, &upsert("anthropic:a", back)).unwrap(),
        r#"{"profiles": {"anthropic:a": {"type": "token", "provider": "anthropic", "tokenRef": {"source": "env", "provider": "default", "id": "U"}}}, "usageStats": {"anthropic:a": {"credentialGeneration": 2}}}"#
    );
}

#[test]
fn an_end_that_is_no_moment_goes_with_the_old_token() {
    for end in ["0", "-5", "\"soon\"", "1e300", "9e15"] {
        let text = format!(
            r#"{{"profiles": {{"anthropic:a": {{"type": "token", "provider": "anthropic", "token": "t", "expires": {end}}}}}}}"#
        );
        assert_eq!(
            read(&text).profiles.get(&id("anthropic:a")).unwrap().credential.expires(),
            Expiry::Invalid,
            "{end}"
        );
        assert_eq!(changed(&text, &upsert("anthropic:a", token("t", Expiry::Invalid))).unwrap(), text);
        let text = changed(&text, &upsert("anthropic:a", token("t", Expiry::Never))).unwrap();
        assert!(!text.contains("expires"), "{text}");
    }
}

#[test]
fn another_kind_is_not_replaced_silently() {
    let change = upsert("anthropic:default", token("t", Expiry::Never));
    let refused = changed(ONE_KEY, &change).unwrap_err();
    assert!(matches!(
        refused,
        ChangeError::OtherKind { stored: CredentialKind::ApiKey, given: CredentialKind::Token, .. }
    ));
    assert!(refused.to_string().contains("--replace"));
    let profile = Box::new(Profile::new(ProviderId::anthropic(), token("t", Expiry::Never)));
    let any = CredentialChange::Upsert { id: id("anthropic:default"), profile, replace: Replace::Any };
    assert!(changed(ONE_KEY, &any).unwrap().contains("\"token\": \"t\""));
    let unreadable = changed(ODD, &upsert("broken", key("k"))).unwrap_err();
    assert_eq!(unreadable, ChangeError::Unreadable { id: id("broken") });
    let foreign = CredentialChange::upsert(id("anthropic:default"), ProviderId::new("openai"), key("k"));
    assert!(matches!(changed(ONE_KEY, &foreign), Err(ChangeError::OtherProvider { .. })));
}

#[test]
fn a_different_secret_clears_the_windows_and_the_same_changes_nothing() {
    let same = upsert("anthropic:default", key("sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"));
    assert_eq!(changed(PRETTY, &same).unwrap(), PRETTY);
    let text = changed(PRETTY, &upsert("anthropic:default", key("sk-other"))).unwrap();
    let stats = read(&text).health.of(&id("anthropic:default")).clone();
    let UsageStats { last_used, last_failure_at, .. } = stats;
    let fresh = UsageStats { last_used, last_failure_at, credential: 1, ..UsageStats::new() };
    assert!(last_used.is_some() && stats == fresh, "{stats:?}");
    let others = |text: &str| {
        let mut health = read(text).health;
        health.profiles.remove("anthropic:default");
        health
    };
    assert_eq!(others(&text), others(PRETTY), "only that profile's");
    let stored = read(&text);
    let secret = stored.profiles.get(&id("anthropic:default")).unwrap().credential.secret().plain().unwrap();
    assert!(same_secret(secret, &"sk-other".into()));
}

#[test]
fn a_new_profile_goes_first_where_an_order_would_hide_it() {
    let ids = |text: &str| read(text).profiles.order[&ProviderId::anthropic()].clone();
    let added = changed(ODD, &upsert("anthropic:n", key("k"))).unwrap();
    assert_eq!(ids(&added), ["anthropic:n", "anthropic:a", "anthropic:t"].map(id));
    let listed = changed(ODD, &upsert("anthropic:t", token("n", Expiry::Never))).unwrap();
    assert_eq!(ids(&listed), ["anthropic:a", "anthropic:t"].map(id), "one that is listed keeps its place");
    assert!(read(&changed(ONE_KEY, &upsert("anthropic:n", key("k"))).unwrap()).profiles.order.is_empty());
}

#[test]
fn a_removed_profile_leaves_nothing_behind_but_the_number_of_its_secret() {
    let text = changed(ODD, &CredentialChange::Remove { id: id("anthropic:a") }).unwrap();
    let store = read(&text);
    assert_eq!(store.profiles.order[&ProviderId::anthropic()], [id("anthropic:t")]);
    assert!(store.health.of(&id("anthropic:a")).is_only_a_number() && store.health.last_good.is_empty());
    assert!(text.matches("anthropic:a").count() == 1 && !text.contains("session_expired"), "{text}");
    let text = changed(&text, &CredentialChange::Remove { id: id("anthropic:t") }).unwrap();
    assert!(!read(&text).profiles.order.contains_key(&ProviderId::anthropic()), "an empty order goes");
    let missing = changed(ODD, &CredentialChange::Remove { id: id("anthropic:zz") }).unwrap_err();
    assert_eq!(missing.to_string(), "Auth profile \"anthropic:zz\" not found");
}

#[test]
fn an_order_names_stored_profiles_of_its_provider_and_goes_in_every_spelling() {
    assert!(matches!(changed(PRETTY, &order(&["anthropic:none"])), Err(ChangeError::NotFound { .. })));
    let foreign = changed(PRETTY, &order(&["openai:short"])).unwrap_err();
    assert_eq!(foreign.to_string(), "Auth profile \"openai:short\" is for openai, not anthropic");
    let twice = r#"{"order": {"anthropic": ["a"], "Anthropic": ["b"], "x": ["c"]}, "lastGood": {}}"#;
    for clear in [order(&[]), CredentialChange::SetOrder { provider: ProviderId::anthropic(), order: None }] {
        assert_eq!(changed(twice, &clear).unwrap(), r#"{"order": {"x": ["c"]}, "lastGood": {}}"#);
    }
}

#[test]
fn health_reads_back_from_its_own_text() {
    let mut health = Health::default();
    let mut text = EMPTY_STORE.to_owned();
    for (n, reason) in FailureReason::ALL.into_iter().enumerate() {
        let event = failed(&format!("anthropic:{n}"), reason, Seen::default());
        event.apply(&mut health);
        text = health_changed(&text, &event);
    }
    assert_eq!(read(&text).health, health);
}

#[test]
fn a_byte_order_mark_is_named() {
    let error = super::parse(format!("\u{feff}{ONE_KEY}").into()).map(|_| ()).unwrap_err();
    assert!(format!("{error:?}").contains("byte-order mark"), "{error:?}");
}
