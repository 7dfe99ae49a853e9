//! Who may serve, in which order, and why the others may not: each list, each reason, each pin.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;

use super::{OrderSource, Pin, PinKind, Resolution, ResolveInput, UnusableReason, resolve};
use crate::config::{AuthMode, AuthProfileSettings, AuthSettings};
use crate::credential::{Credential, CredentialKind, Expiry, Secret, SecretRef};
use crate::health::{CooldownPolicy, FailureReason, Health, ModelStats, Trial, UsageStats, Window};
use crate::id::{ProfileId, ProviderId};
use crate::profile::{AuthProfiles, Profile, StoredProfile};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_770_000_000);
const OPUS: &str = "claude-opus-4-5";

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn id(name: &str) -> ProfileId {
    ProfileId::new(name).unwrap()
}

fn window(seconds: u64, reason: FailureReason) -> Option<Window> {
    Some(Window { until: NOW.after(secs(seconds)), reason: Some(reason) })
}

fn key(secret: &str) -> Credential {
    Credential::ApiKey { key: Secret::Plain(secret.into()) }
}

fn token(expires: Expiry) -> Credential {
    Credential::Token { token: Secret::Plain("t".into()), expires }
}

/// Everything that `resolve` looks at, owned.
struct World {
    profiles: AuthProfiles,
    health: Health,
    auth: AuthSettings,
    unresolved: HashSet<ProfileId>,
    policy: CooldownPolicy,
}

impl World {
    /// API keys `a`, `b`, `c` of Anthropic, in this order.
    fn keys() -> Self {
        let world = Self {
            profiles: AuthProfiles::default(),
            health: Health::default(),
            auth: AuthSettings::default(),
            unresolved: HashSet::new(),
            policy: CooldownPolicy::default(),
        };
        ["a", "b", "c"].into_iter().fold(world, |world, name| world.with(name, key("k")))
    }

    fn with(mut self, name: &str, credential: Credential) -> Self {
        let profile = Profile::new(ProviderId::anthropic(), credential);
        self.profiles.profiles.insert(id(name), StoredProfile::Valid(profile));
        self
    }

    fn stats(mut self, name: &str, change: impl FnOnce(&mut UsageStats)) -> Self {
        change(self.health.profiles.entry(id(name)).or_default());
        self
    }

    fn model(self, name: &str, change: impl FnOnce(&mut ModelStats)) -> Self {
        self.stats(name, |stats| change(stats.models.entry(OPUS.to_owned()).or_default()))
    }

    fn stored_order(mut self, ids: &[&str]) -> Self {
        self.profiles.order.insert(ProviderId::anthropic(), ids.iter().map(|name| id(name)).collect());
        self
    }

    fn config_order(mut self, ids: &[&str]) -> Self {
        self.auth.order.insert(ProviderId::anthropic(), ids.iter().map(|name| id(name)).collect());
        self
    }

    fn config_profile(mut self, name: &str, provider: &str, mode: impl Into<AuthMode>) -> Self {
        let settings = AuthProfileSettings { provider: ProviderId::new(provider), mode: mode.into(), email: None };
        self.auth.profiles.insert(id(name), settings);
        self
    }

    fn group(mut self, name: &str, group: &str) -> Self {
        if let Some(StoredProfile::Valid(profile)) = self.profiles.profiles.get_mut(name) {
            profile.quota_group = Some(group.to_owned());
        }
        self
    }

    fn ask(&self, model: Option<&str>, pin: Option<&Pin>) -> Resolution {
        let input = ResolveInput {
            provider: &ProviderId::anthropic(),
            model,
            profiles: &self.profiles,
            health: &self.health,
            auth: &self.auth,
            policy: &self.policy,
            unresolved: &self.unresolved,
            pin,
        };
        resolve(&input, NOW)
    }

    fn resolve(&self) -> Resolution {
        self.ask(Some(OPUS), None)
    }

    fn usable(&self) -> Vec<String> {
        names(&self.resolve())
    }

    fn pinned(&self, name: &str, kind: PinKind) -> Resolution {
        self.ask(Some(OPUS), Some(&Pin { profile: id(name), kind }))
    }

    fn reason(&self, name: &str) -> Option<UnusableReason> {
        let unusable = self.resolve().unusable;
        unusable.into_iter().find(|unusable| unusable.profile.as_str() == name).map(|unusable| unusable.reason)
    }
}

fn names(resolution: &Resolution) -> Vec<String> {
    resolution.usable.iter().map(|usable| usable.profile.to_string()).collect()
}

fn refused(resolution: &Resolution) -> Vec<(String, &'static str)> {
    resolution.unusable.iter().map(|u| (u.profile.to_string(), u.reason.code())).collect()
}

#[test]
fn every_source_of_the_order() {
    let all = World::keys();
    assert_eq!((all.usable(), all.resolve().source), (vec!["a".into(), "b".into(), "c".into()], OrderSource::Profiles));

    let some = |world: World| world.config_profile("c", "anthropic", CredentialKind::ApiKey);
    let resolution = some(World::keys()).resolve();
    assert_eq!((names(&resolution), resolution.source), (vec!["c".into()], OrderSource::ConfigProfiles));
    assert_eq!(
        refused(&resolution),
        [("a".into(), "excluded_by_auth_order"), ("b".into(), "excluded_by_auth_order")],
        "those left out are named"
    );

    let resolution = some(World::keys()).config_order(&["b", "a", "b"]).resolve();
    assert_eq!((names(&resolution), resolution.source), (vec!["b".into(), "a".into()], OrderSource::ConfigOrder));

    let resolution = some(World::keys()).config_order(&["b"]).stored_order(&["c", "a"]).resolve();
    assert_eq!((names(&resolution), resolution.source), (vec!["c".into(), "a".into()], OrderSource::Stored));
    assert!(!resolution.list_ignored);
}

#[test]
fn an_empty_stored_order_is_no_list_and_an_empty_configured_one_means_nobody() {
    let resolution = World::keys().stored_order(&[]).resolve();
    assert_eq!((names(&resolution).len(), resolution.source), (3, OrderSource::Profiles));
    assert!(!resolution.list_ignored);
    let resolution = World::keys().config_order(&[]).resolve();
    assert_eq!((resolution.usable.len(), resolution.source), (0, OrderSource::ConfigOrder));
    assert_eq!(resolution.unusable.len(), 3);
    assert!(!resolution.has_eligible() && !resolution.list_ignored);
}

#[test]
fn a_list_of_missing_ids_is_passed_over_with_a_warning_but_not_a_cost_policy() {
    let resolution = World::keys().stored_order(&["gone", "too"]).resolve();
    assert_eq!(
        (names(&resolution).len(), resolution.source, resolution.list_ignored),
        (3, OrderSource::Profiles, true)
    );
    let resolution = World::keys().config_profile("gone", "anthropic", CredentialKind::Token).resolve();
    assert_eq!(
        (names(&resolution).len(), resolution.source, resolution.list_ignored),
        (3, OrderSource::Profiles, true)
    );

    let resolution = World::keys().config_order(&["gone"]).resolve();
    assert_eq!((resolution.usable.len(), resolution.list_ignored), (0, false), "a cost policy counts");
    assert_eq!(refused(&resolution)[0], ("gone".into(), "profile_missing"));
    // A stored order that was left over does not switch the cost policy off either.
    let resolution = World::keys().stored_order(&["gone"]).config_order(&["b"]).resolve();
    assert_eq!((names(&resolution), resolution.list_ignored), (vec!["b".into()], true));

    let one_is_there = World::keys().stored_order(&["gone", "b"]).resolve();
    assert_eq!((names(&one_is_there), one_is_there.list_ignored), (vec!["b".into()], false));
    let mut empty = World::keys().stored_order(&["gone"]);
    empty.profiles.profiles.clear();
    assert_eq!(refused(&empty.resolve()), [("gone".into(), "profile_missing")], "nothing to fall back to");
}

#[test]
fn every_reason_why_a_profile_takes_no_part() {
    let malformed =
        StoredProfile::Malformed { provider: ProviderId::anthropic(), problem: "the entry is not an object" };
    let login = |access: Secret, refreshable| Credential::OAuth { access, expires: Expiry::Never, refreshable };
    let past = NOW.before(Duration::from_millis(1));
    let mut world = World::keys()
        .with("blank", key("  "))
        .with("absent", Credential::ApiKey { key: Secret::Missing })
        .with("ended", token(Expiry::At(past)))
        .with("ends-now", token(Expiry::At(NOW)))
        .with("odd-end", token(Expiry::Invalid))
        .with("reference", Credential::ApiKey { key: Secret::Reference(SecretRef::env("X")) })
        .with("login-to-refresh", login(Secret::Missing, true))
        .with("login-empty", login(Secret::Missing, false))
        .with("wrong-mode", key("k"))
        .with("wrong-provider", key("k"))
        .config_profile("wrong-mode", "anthropic", CredentialKind::Token)
        .config_profile("wrong-provider", "openai", CredentialKind::ApiKey)
        .with("aws", key("k"))
        .config_profile("aws", "anthropic", AuthMode::AwsSdk)
        .stats("cooling", |stats| stats.cooldown = window(60, FailureReason::Auth))
        .with("cooling", key("k"))
        .with("disabled", key("k"))
        .stats("disabled", |stats| stats.disabled = window(120, FailureReason::Billing))
        .with("limited", key("k"))
        .model("limited", |stats| stats.cooldown = window(30, FailureReason::RateLimit))
        .with("tried", key("k"))
        .stats("tried", |stats| {
            stats.cooldown = Some(Window { until: NOW, reason: None });
            stats.trial = Some(Trial { owner: "other".into(), until: NOW.after(secs(9)) });
        });
    world.profiles.profiles.insert(id("malformed"), malformed);
    let openai = Profile::new(ProviderId::new("openai"), key("k"));
    world.profiles.profiles.insert(id("foreign"), StoredProfile::Valid(openai));
    world.unresolved.insert(id("reference"));
    let ids: Vec<String> = world.profiles.profiles.keys().map(ToString::to_string).collect();
    let listed: Vec<&str> = ids.iter().map(String::as_str).filter(|name| *name != "c").chain(["missing"]).collect();
    let world = world.stored_order(&listed);

    let until = |seconds| NOW.after(secs(seconds));
    for (name, expected) in [
        ("missing", UnusableReason::ProfileMissing),
        ("foreign", UnusableReason::ProviderMismatch),
        ("wrong-provider", UnusableReason::ProviderMismatch),
        ("wrong-mode", UnusableReason::ModeMismatch),
        ("aws", UnusableReason::ModeMismatch),
        ("blank", UnusableReason::MissingCredential),
        ("absent", UnusableReason::MissingCredential),
        ("login-empty", UnusableReason::MissingCredential),
        ("malformed", UnusableReason::Malformed),
        ("ended", UnusableReason::Expired { at: past }),
        ("ends-now", UnusableReason::Expired { at: NOW }),
        ("login-to-refresh", UnusableReason::Expired { at: NOW }),
        ("odd-end", UnusableReason::InvalidExpires),
        ("reference", UnusableReason::UnresolvedRef),
        ("c", UnusableReason::ExcludedByAuthOrder),
        ("cooling", UnusableReason::Cooldown { until: until(60), reason: Some(FailureReason::Auth), model: None }),
        ("disabled", UnusableReason::Disabled { until: until(120), reason: Some(FailureReason::Billing) }),
        (
            "limited",
            UnusableReason::Cooldown {
                until: until(30),
                reason: Some(FailureReason::RateLimit),
                model: Some(OPUS.into()),
            },
        ),
        ("tried", UnusableReason::OnTrial { until: until(9) }),
    ] {
        assert_eq!(world.reason(name), Some(expected), "{name}");
    }
    let resolution = world.resolve();
    let blocked = ["tried", "limited", "cooling", "disabled"];
    assert_eq!(resolution.unusable.iter().take(4).map(|u| u.profile.as_str()).collect::<Vec<_>>(), blocked);
    assert!(resolution.unusable.iter().skip(4).all(|unusable| unusable.reason.until().is_none()));
    assert_eq!(names(&resolution), ["a", "b"]);
    assert_eq!(resolution.soonest(), Some(until(9)));
    for unusable in &resolution.unusable {
        let json = serde_json::to_value(&unusable.reason).unwrap();
        assert_eq!(json["code"], unusable.reason.code(), "the word in JSON");
    }
}

#[test]
fn a_stored_token_serves_where_the_configuration_says_login() {
    let world = World::keys().with("t", token(Expiry::Never)).config_profile("t", "anthropic", CredentialKind::OAuth);
    assert_eq!(world.usable(), ["t"]);
}

#[test]
fn without_an_explicit_order_kind_comes_before_age() {
    let login = Credential::OAuth {
        access: Secret::Plain("a".into()),
        expires: Expiry::At(NOW.after(secs(1))),
        refreshable: true,
    };
    let world = World::keys()
        .with("token", token(Expiry::Never))
        .with("login", login)
        .stats("a", |stats| stats.last_used = Some(NOW.before(secs(10))))
        .stats("b", |stats| stats.last_used = Some(NOW.before(secs(20))))
        .stats("token", |stats| stats.last_used = Some(NOW));
    assert_eq!(world.usable(), ["login", "token", "c", "b", "a"], "never used first, then the least recently used");
    assert_eq!(world.stored_order(&["a", "token", "b"]).usable(), ["a", "token", "b"], "a list keeps its order");
}

#[test]
fn a_last_use_in_the_future_counts_as_never() {
    let world = World::keys()
        .stats("a", |stats| stats.last_used = Some(NOW.before(secs(1))))
        .stats("b", |stats| stats.last_used = Some(NOW.after(secs(3600))))
        .stats("c", |stats| stats.last_used = Some(NOW.before(secs(2))));
    assert_eq!(world.usable(), ["b", "c", "a"]);
    let slack = World::keys().stats("a", |stats| stats.last_used = Some(NOW.after(secs(2))));
    assert_eq!(slack.usable(), ["b", "c", "a"], "clocks of one host differ a little");
}

#[test]
fn a_demoted_profile_stands_behind_the_others_whatever_the_order() {
    let demote = |world: World| world.model("a", |stats| stats.demoted = window(30, FailureReason::Overloaded));
    let implicit = demote(World::keys());
    assert_eq!(implicit.usable(), ["b", "c", "a"]);
    assert_eq!(implicit.resolve().usable[2].demoted_until, Some(NOW.after(secs(30))));
    assert_eq!(names(&implicit.ask(Some("claude-sonnet-4-5"), None)), ["a", "b", "c"], "only for that model");
    assert_eq!(demote(World::keys()).stored_order(&["a", "b"]).usable(), ["b", "a"]);
    assert_eq!(demote(World::keys()).config_order(&["a", "c"]).usable(), ["c", "a"]);
    let kinds = demote(World::keys().with("a", token(Expiry::Never)));
    assert_eq!(kinds.usable(), ["b", "c", "a"], "stronger than the kind");
    let over = World::keys().model("a", |stats| stats.demoted = window(0, FailureReason::Overloaded));
    assert_eq!(over.usable(), ["a", "b", "c"]);
}

#[test]
fn blocked_profiles_are_set_apart_the_soonest_first() {
    let world = World::keys()
        .stored_order(&["a", "b", "c"])
        .stats("a", |stats| stats.cooldown = window(60, FailureReason::Auth))
        .stats("b", |stats| stats.disabled = window(10, FailureReason::Billing));
    let resolution = world.resolve();
    assert_eq!(names(&resolution), ["c"]);
    assert_eq!(refused(&resolution), [("b".into(), "disabled"), ("a".into(), "cooldown")]);
    assert_eq!(resolution.soonest(), Some(NOW.after(secs(10))));
    assert!(resolution.has_eligible());
}

#[test]
fn a_session_pin_is_first_while_nothing_speaks_against_it() {
    assert_eq!(names(&World::keys().pinned("c", PinKind::Session)), ["c", "a", "b"]);
    assert_eq!(names(&World::keys().pinned("gone", PinKind::Session)), ["a", "b", "c"]);
    let blocked = World::keys().stats("c", |stats| stats.cooldown = window(60, FailureReason::Auth));
    assert_eq!(names(&blocked.pinned("c", PinKind::Session)), ["a", "b"]);
    let demoted = World::keys().model("c", |stats| stats.demoted = window(30, FailureReason::Timeout));
    assert_eq!(names(&demoted.pinned("c", PinKind::Session)), ["a", "b", "c"], "yields when demoted");
    let explicit = World::keys().stored_order(&["a", "b", "c"]);
    assert_eq!(names(&explicit.pinned("b", PinKind::Session)), ["a", "b", "c"], "yields to a recovered better one");
    let better_blocked = explicit.stats("a", |stats| stats.cooldown = window(60, FailureReason::Auth));
    assert_eq!(names(&better_blocked.pinned("b", PinKind::Session)), ["b", "c"]);
}

#[test]
fn a_person_s_pin_is_first_while_usable_and_rotates_while_blocked() {
    let demoted = World::keys()
        .stored_order(&["a", "b", "c"])
        .model("c", |stats| stats.demoted = window(30, FailureReason::Timeout));
    assert_eq!(names(&demoted.pinned("c", PinKind::User)), ["c", "a", "b"]);
    let blocked = World::keys().stats("c", |stats| stats.cooldown = window(60, FailureReason::Auth));
    assert_eq!(names(&blocked.pinned("c", PinKind::User)), ["a", "b"], "never tried because it is pinned");
}

#[test]
fn a_strict_pin_leaves_nobody_else() {
    let world = World::keys().stats("a", |stats| stats.cooldown = window(5, FailureReason::Auth));
    assert_eq!(names(&world.pinned("b", PinKind::Strict)), ["b"]);
    let world = world.stats("b", |stats| stats.cooldown = window(60, FailureReason::Auth));
    let blocked = world.pinned("b", PinKind::Strict);
    assert_eq!((names(&blocked).len(), refused(&blocked)), (0, vec![("b".into(), "cooldown")]));
    assert_eq!(blocked.soonest(), Some(NOW.after(secs(60))), "another profile's recovery is of no use");

    let gone = World::keys().pinned("gone", PinKind::Strict);
    assert_eq!(refused(&gone), [("gone".into(), "profile_missing")]);
    let blank = World::keys().config_order(&["a"]).with("a", key(" "));
    assert!(!blank.resolve().has_eligible());
    assert!(blank.pinned("a", PinKind::Strict).has_eligible(), "a key from the environment must not take its place");
    let left_out = World::keys().config_order(&["a"]).pinned("b", PinKind::Strict);
    assert_eq!(refused(&left_out), [("b".into(), "excluded_by_auth_order")]);
    assert!(left_out.usable.is_empty());
}

#[test]
fn a_quota_group_shares_rate_limits_and_nothing_else() {
    let grouped = || World::keys().group("a", "acct").group("b", "acct");
    let limited = grouped().model("a", |stats| stats.cooldown = window(60, FailureReason::RateLimit));
    assert_eq!(limited.usable(), ["c"]);
    assert_eq!(
        limited.reason("b"),
        Some(UnusableReason::Cooldown {
            until: NOW.after(secs(60)),
            reason: Some(FailureReason::RateLimit),
            model: Some(OPUS.into())
        })
    );
    assert_eq!(names(&limited.ask(Some("claude-haiku-4-5"), None)), ["a", "b", "c"]);
    let wide = grouped().stats("a", |stats| stats.cooldown = window(60, FailureReason::RateLimit));
    assert_eq!(names(&wide.ask(Some("claude-haiku-4-5"), None)), ["c"], "a limit of the subscription");

    let refused = grouped().stats("a", |stats| stats.cooldown = window(60, FailureReason::Auth));
    assert_eq!(refused.usable(), ["b", "c"], "the other credential may be good");
    // The longer window of another reason does not hide the limit.
    let both = grouped()
        .stats("a", |stats| stats.disabled = window(3600, FailureReason::Billing))
        .model("a", |stats| stats.cooldown = window(60, FailureReason::RateLimit));
    assert_eq!(both.usable(), ["c"]);
    let longer = grouped()
        .model("a", |stats| stats.cooldown = window(60, FailureReason::RateLimit))
        .model("b", |stats| stats.cooldown = window(90, FailureReason::RateLimit));
    assert_eq!(longer.reason("a").and_then(|reason| reason.until()), Some(NOW.after(secs(90))));
    let outside = World::keys().group("a", "acct").group("b", "other");
    let outside = outside.model("a", |stats| stats.cooldown = window(60, FailureReason::RateLimit));
    assert_eq!(outside.usable(), ["b", "c"]);
}

#[test]
fn a_half_open_profile_needs_a_trial_and_one_on_trial_is_blocked() {
    let half_open = || World::keys().stats("a", |stats| stats.cooldown = window(0, FailureReason::Auth));
    assert_eq!(half_open().usable(), ["a", "b", "c"]);
    assert_eq!(half_open().resolve().usable.iter().map(|u| u.needs_trial).collect::<Vec<_>>(), [true, false, false]);
    let lease = |until: u64| {
        half_open().stats("a", |stats| {
            stats.trial = Some(Trial { owner: "other".into(), until: NOW.after(secs(until)) });
        })
    };
    assert_eq!(lease(5).usable(), ["b", "c"]);
    assert_eq!(lease(0).usable(), ["a", "b", "c"], "the lease has lapsed");
    assert_eq!(lease(3600).usable(), ["a", "b", "c"], "no lease is that long: a wrong clock wrote it");
}

proptest! {
    #[test]
    fn each_profile_is_answered_once_and_no_blocked_one_serves(
        windows in prop::collection::vec((0u64..3, 0u64..120, 0u64..120), 3),
        listed in prop::collection::vec(0usize..4, 0..6),
        pinned in 0usize..4,
        kind in prop::sample::select(vec![PinKind::Session, PinKind::User]),
    ) {
        let ids = ["a", "b", "c", "gone"];
        let mut world = World::keys();
        for (name, (what, own, of_model)) in ids.iter().zip(&windows) {
            world = world.stats(name, |stats| {
                if *what == 1 { stats.cooldown = window(*own, FailureReason::Auth) }
                if *what == 2 { stats.disabled = window(*own, FailureReason::Billing) }
            });
            world = world.model(name, |stats| stats.cooldown = window(*of_model, FailureReason::RateLimit));
        }
        let listed: Vec<&str> = listed.into_iter().map(|n| ids[n]).collect();
        let world = world.stored_order(&listed);
        let resolution = world.pinned(ids[pinned], kind);
        let mut all: Vec<String> = names(&resolution);
        all.extend(refused(&resolution).into_iter().map(|(name, _)| name));
        let count = all.len();
        all.sort();
        all.dedup();
        prop_assert_eq!(all.len(), count, "nobody twice");
        for name in ["a", "b", "c"] {
            prop_assert!(all.iter().any(|other| other == name), "{} is not answered", name);
        }
        for usable in &resolution.usable {
            let stats = world.health.of(&usable.profile);
            prop_assert!(stats.block(Some(OPUS), NOW, &world.policy).is_none());
        }
    }
}
