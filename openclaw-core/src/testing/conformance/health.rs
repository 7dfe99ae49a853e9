//! What a health store promises.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::{START, agent, id, must, rule, succeeded};
use crate::health::{CooldownPolicy, Effect, FailureReason, Health, HealthEvent, Scope, Seen};
use crate::id::{AgentId, ProviderId};
use crate::store::HealthStore;
use crate::time::Timestamp;

const OPUS: &str = "claude-opus-4-5";

fn at(seconds: u64) -> Timestamp {
    START.after(Duration::from_secs(seconds))
}

fn failed(name: &str, reason: FailureReason, seconds: u64, health: &Health) -> HealthEvent {
    HealthEvent::Failed {
        provider: ProviderId::anthropic(),
        profile: id(name),
        model: OPUS.to_owned(),
        reason,
        scope: Scope::Model,
        deadline: None,
        seen: health.of(&id(name)).seen(Some(OPUS)),
        at: at(seconds),
        policy: Arc::new(CooldownPolicy::default()),
    }
}

fn claimed(name: &str, owner: &str, seconds: u64) -> HealthEvent {
    HealthEvent::TrialClaimed {
        profile: id(name),
        model: OPUS.to_owned(),
        owner: owner.to_owned(),
        at: at(seconds),
        policy: Arc::new(CooldownPolicy::default()),
    }
}

fn released(name: &str, owner: &str) -> HealthEvent {
    HealthEvent::TrialReleased { profile: id(name), model: OPUS.to_owned(), owner: owner.to_owned() }
}

async fn load<S: HealthStore>(store: &S) -> Health {
    must("health can be loaded", store.load(&agent()).await)
}

async fn commit<S: HealthStore>(store: &S, event: &HealthEvent) -> (Health, Effect) {
    must("an event can be committed", store.commit(&agent(), event).await)
}

pub(super) async fn an_agent_without_health_is_empty<S: HealthStore>(store: &S) {
    let health = load(store).await;
    rule("an agent without health has an empty one", health == Health::default(), &health);
}

/// A life of two profiles: after each event the store must say what [`HealthEvent::apply`] says.
pub(super) async fn every_event_has_its_effect<S: HealthStore>(store: &S) {
    type Step = (&'static str, fn(&Health) -> HealthEvent, fn(&Effect) -> bool);
    let life: [Step; 20] = [
        ("a first success", |_| succeeded("a", OPUS, 0), |e| *e == Effect::Used),
        ("a later success", |_| succeeded("a", OPUS, 1000), |e| *e == Effect::Used),
        ("a success of another", |_| succeeded("b", OPUS, 1500), |e| *e == Effect::Used),
        ("a rate limit", |h| failed("a", FailureReason::RateLimit, 2, h), opens_for_the_model),
        ("a failure while its window is open", |h| failed("a", FailureReason::RateLimit, 3, h), unchanged),
        (
            "a later word of the server",
            |h| match failed("a", FailureReason::RateLimit, 4, h) {
                HealthEvent::Failed { provider, profile, model, reason, scope, seen, at: now, policy, .. } => {
                    let deadline = Some(at(600));
                    HealthEvent::Failed { provider, profile, model, reason, scope, deadline, seen, at: now, policy }
                }
                other => other,
            },
            |e| matches!(e, Effect::WindowOpened { until, .. } if *until == at(600)),
        ),
        ("a claim while the window is open", |_| claimed("a", "one", 5), refused),
        ("a claim after the window", |_| claimed("a", "one", 601), |e| *e == Effect::TrialGranted),
        ("the same claim again", |_| claimed("a", "one", 602), |e| *e == Effect::TrialGranted),
        ("a claim of another meanwhile", |_| claimed("a", "two", 603), refused),
        ("a release by somebody who holds nothing", |_| released("a", "two"), unchanged),
        ("a release", |_| released("a", "one"), |e| *e == Effect::Cleared),
        ("a claim after the release", |_| claimed("a", "two", 604), |e| *e == Effect::TrialGranted),
        ("a failed trial", |h| failed("a", FailureReason::RateLimit, 605, h), opens_for_the_model),
        ("a sick server", |h| failed("b", FailureReason::Overloaded, 606, h), |e| matches!(e, Effect::Demoted { .. })),
        (
            "an unpaid bill",
            |h| failed("b", FailureReason::Billing, 607, h),
            |e| matches!(e, Effect::WindowOpened { scope: Scope::Profile, reason: FailureReason::Billing, .. }),
        ),
        (
            "a failure that says nothing of the profile",
            |h| failed("b", FailureReason::ModelNotFound, 608, h),
            unchanged,
        ),
        (
            "a success under the newest window",
            |h| match succeeded("a", OPUS, 700_000) {
                HealthEvent::Succeeded { provider, profile, model, at, .. } => {
                    let seen = h.of(&profile).seen(Some(OPUS));
                    HealthEvent::Succeeded { provider, profile, model, seen, at }
                }
                other => other,
            },
            |e| *e == Effect::Recovered,
        ),
        (
            "clearing by hand",
            |_| HealthEvent::Cleared { profile: Some(id("b")), model: None },
            |e| *e == Effect::Cleared,
        ),
        ("clearing what is clear", |_| HealthEvent::Cleared { profile: None, model: None }, unchanged),
    ];
    let mut expected = Health::default();
    for (what, event, is_right) in life {
        let event = event(&expected);
        let (health, effect) = commit(store, &event).await;
        rule(&format!("{what} has its effect"), is_right(&effect), &effect);
        let by_the_rules = event.apply(&mut expected);
        rule(&format!("{what} has the effect that the event itself says"), effect == by_the_rules, &effect);
        rule(&format!("after {what} the answer is the health that the event makes"), health == expected, &health);
        let loaded = load(store).await;
        rule(&format!("after {what} what is loaded is what was answered"), loaded == expected, &loaded);
    }
}

fn unchanged(effect: &Effect) -> bool {
    *effect == Effect::Unchanged
}

fn refused(effect: &Effect) -> bool {
    matches!(effect, Effect::TrialRefused { .. })
}

fn opens_for_the_model(effect: &Effect) -> bool {
    matches!(effect, Effect::WindowOpened { scope: Scope::Model, reason: FailureReason::RateLimit, .. })
}

pub(super) async fn agents_are_apart<S: HealthStore>(store: &S) {
    commit(store, &succeeded("a", OPUS, 0)).await;
    let other = AgentId::new("other");
    let health = must("health can be loaded", store.load(&other).await);
    rule("an agent has its own health only", health == Health::default(), &health);
    must("an event can be committed", store.commit(&other, &succeeded("b", OPUS, 1)).await);
    let health = load(store).await;
    rule("an event of one agent does not show in another", !health.profiles.contains_key("anthropic:b"), &health);
}

/// One model, one profile, all of an agent: clearing takes what was named, and nothing else.
pub(super) async fn clearing_takes_what_was_named<S: HealthStore>(store: &S) {
    let other = AgentId::new("other");
    let mut expected = Health::default();
    for name in ["a", "b"] {
        for model in [OPUS, "claude-sonnet-4-5"] {
            let HealthEvent::Failed { provider, profile, reason, scope, deadline, seen, at, policy, .. } =
                failed(name, FailureReason::RateLimit, 1, &expected)
            else {
                return;
            };
            let model = model.to_owned();
            let event = HealthEvent::Failed { provider, profile, model, reason, scope, deadline, seen, at, policy };
            commit(store, &event).await;
            must("an event can be committed", store.commit(&other, &event).await);
            event.apply(&mut expected);
        }
    }
    let untouched = expected.clone();
    for (what, profile, model) in [
        ("one model", Some(id("a")), Some(OPUS.to_owned())),
        ("one profile", Some(id("a")), None),
        ("an agent", None, None),
    ] {
        let event = HealthEvent::Cleared { profile, model };
        let (answer, _) = commit(store, &event).await;
        event.apply(&mut expected);
        rule(&format!("clearing {what} takes that and nothing else"), answer == expected, &answer);
        let loaded = load(store).await;
        rule(&format!("after clearing {what} what is loaded is what was answered"), loaded == expected, &loaded);
        let there = must("health can be loaded", store.load(&other).await);
        rule(&format!("clearing {what} does not show in another agent"), there == untouched, &there);
    }
}

pub(super) async fn nothing_is_lost_among_many<S: HealthStore>(store: &S) {
    let agent = agent();
    let events: Vec<HealthEvent> = (0..40).map(|n| succeeded(&format!("n{n}"), OPUS, n)).collect();
    for result in join_all(events.iter().map(|event| store.commit(&agent, event))).await {
        must("many events may be committed at once", result);
    }
    let health = load(store).await;
    let kept = (0..40).filter(|n| {
        let used = health.of(&id(&format!("n{n}"))).last_used;
        used == Some(Timestamp::from_millis(START.as_millis() + n))
    });
    let kept = kept.count();
    rule("an event is applied atomically: of 40 at once none is lost", kept == 40, &kept);
}

pub(super) async fn one_failure_opens_the_window<S: HealthStore>(store: &S) {
    let agent = agent();
    // All were under way when the first one failed.
    let event = failed("a", FailureReason::Auth, 0, &Health::default());
    let answers = join_all((0..20).map(|_| store.commit(&agent, &event))).await;
    let effects = answers.into_iter().map(|answer| must("an event can be committed", answer).1);
    let opened = effects.filter(|effect| matches!(effect, Effect::WindowOpened { .. })).count();
    rule("of 20 failures at once one opens the window", opened == 1, &opened);
    let health = load(store).await;
    rule("failures at once climb the ladder once", health.of(&id("a")).errors == 1, &health);
}

pub(super) async fn a_trial_is_granted_once<S: HealthStore>(store: &S) {
    let agent = agent();
    commit(store, &failed("a", FailureReason::RateLimit, 0, &Health::default())).await;
    let claims: Vec<HealthEvent> = (0..20).map(|n| claimed("a", &format!("owner-{n}"), 3600)).collect();
    let answers = join_all(claims.iter().map(|claim| store.commit(&agent, claim))).await;
    let effects = answers.into_iter().map(|answer| must("a claim can be committed", answer).1);
    let granted: Vec<usize> =
        effects.enumerate().filter(|(_, effect)| *effect == Effect::TrialGranted).map(|(n, _)| n).collect();
    rule("of 20 who claim a trial at once one gets it", granted.len() == 1, &granted);
    let health = load(store).await;
    let trial = health.of(&id("a")).models.get(OPUS).and_then(|stats| stats.trial.as_ref());
    let holder = granted.first().map(|n| format!("owner-{n}"));
    rule("the store names the one who got the trial", trial.map(|trial| &trial.owner) == holder.as_ref(), &trial);
    let seen = Seen { model: health.of(&id("a")).seen(Some(OPUS)).model, ..Seen::default() };
    let HealthEvent::Succeeded { provider, profile, model, at, .. } = succeeded("a", OPUS, 3_601_000) else { return };
    let (_, effect) = commit(store, &HealthEvent::Succeeded { provider, profile, model, seen, at }).await;
    rule("a trial that succeeds closes the window", effect == Effect::Recovered, &effect);
}
