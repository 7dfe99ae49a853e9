//! The dry run says what a real request does, and nothing else: no write, no trial, no command.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

#[path = "plan/generate.rs"]
mod generate;

use std::collections::BTreeMap;

use futures_executor::block_on;
use generate::{Generated, id};
use openclaw_core::{
    Clock as _, Error, Failure, FailureReason, Health, ManualClock, OrderSource, Pin, PinKind, Plan, PlanRequest,
    PlanWarning, Session, SourceKind, UnusableReason, Unused,
};
use serde_json::json;

/// The attempts on the first model that is asked, if each is refused, until the request has to wait;
/// or the error before the first.
fn sequence(clock: &ManualClock, mut session: Session) -> Result<Vec<(String, String)>, Error> {
    let start = clock.now();
    block_on(async {
        let mut tried: Vec<(String, String)> = Vec::new();
        loop {
            let attempt = match session.next().await {
                Ok(Some(attempt)) => attempt,
                Ok(None) => return Ok(tried),
                Err(error) if tried.is_empty() => return Err(error),
                Err(_) => return Ok(tried),
            };
            let this = (attempt.model().to_string(), attempt.profile().to_string());
            if tried.first().is_some_and(|(model, _)| *model != this.0 || clock.now() != start) {
                return Ok(tried);
            }
            tried.push(this);
            let refused: Result<(), Failure> = Err(Failure::new(FailureReason::Auth, "refused"));
            attempt.report(refused).await?;
        }
    })
}

fn ranked(plan: &Plan) -> Vec<(String, String)> {
    let Some((model, _)) = plan.chosen() else { return Vec::new() };
    let mut ranked: Vec<_> = model.candidates.iter().filter_map(|other| Some((other.rank?, other))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, other)| (model.model.to_string(), other.profile_id.to_string())).collect()
}

fn health(world: &Generated) -> Health {
    block_on(world.store.load_health()).unwrap()
}

#[test]
fn a_session_does_what_the_plan_says() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..2500 {
        let world = Generated::new(seed);
        let before = health(&world);
        let request = world.request().resolve_references();
        let plan = block_on(world.failover.plan_of(&request));
        if let Ok(plan) = &plan {
            assert_eq!(block_on(world.failover.plan_of(&request)).unwrap(), *plan, "{seed}: a plan changes nothing");
        }
        assert_eq!(health(&world), before, "{seed}: a plan changes nothing");
        let now = world.clock.now();
        let case = match (plan, sequence(&world.clock, world.session())) {
            (Ok(plan), _) if plan.serving.is_none() && world.clock.now() != now => {
                // A request waits for a moment when somebody tries a profile; a plan does not.
                let mut candidates = plan.models.iter().flat_map(|model| &model.candidates);
                assert!(candidates.any(|c| matches!(c.reason, Some(UnusableReason::OnTrial { .. }))), "{seed}");
                "waits for a trial"
            }
            (Ok(plan), Ok(tried)) => {
                assert_eq!(ranked(&plan), tried, "{seed}: {plan:#?}");
                let (_, candidate) = plan.chosen().unwrap();
                let serving = plan.serving.as_ref().unwrap();
                assert_eq!(serving.profile_id, candidate.profile_id, "{seed}");
                assert!(candidate.reason.is_none() && candidate.unused.is_none(), "{seed}");
                for model in &plan.models {
                    assert!(model.candidates.iter().filter(|other| other.chosen).count() <= 1, "{seed}");
                }
                match candidate.source.kind {
                    SourceKind::Store if candidate.needs_trial => "served as a trial",
                    SourceKind::Store if candidate.demoted_until.is_some() => "served though demoted",
                    SourceKind::Store => "served",
                    _ => "served by environment or configuration",
                }
            }
            (Ok(plan), Err(Error::Exhausted(exhausted))) => {
                assert_eq!(plan.chosen(), None, "{seed}: {exhausted}\n{plan:#?}");
                assert_eq!(plan.soonest, exhausted.soonest, "{seed}: {plan:#?}");
                assert_eq!(plan.models.len(), exhausted.models.len(), "{seed}");
                for (planned, record) in plan.models.iter().zip(&exhausted.models) {
                    assert_eq!(planned.model, record.model, "{seed}");
                    assert_eq!(planned.blocked.as_ref(), Some(&record.blocked), "{seed}: {planned:#?}");
                    for unusable in &record.unusable {
                        let found = planned.candidates.iter().find(|other| other.profile_id == unusable.profile);
                        assert_eq!(found.unwrap().reason.as_ref(), Some(&unusable.reason), "{seed}");
                    }
                }
                "nobody"
            }
            (Err(plan), Err(session)) => {
                assert_eq!(plan.to_string(), session.to_string(), "{seed}");
                "refused"
            }
            (plan, session) => panic!("{seed}: {plan:#?} but {session:?}"),
        };
        *seen.entry(case).or_default() += 1;
    }
    // The situations are worth something only if all of these are among them.
    for case in [
        "served",
        "served as a trial",
        "served though demoted",
        "served by environment or configuration",
        "nobody",
        "refused",
    ] {
        assert!(seen.get(case).is_some_and(|count| *count >= 10), "{case}: {seen:?}");
    }
}

#[test]
fn without_being_told_to_a_plan_runs_nothing() {
    for seed in 0..300 {
        let world = Generated::new(seed);
        let before = world.vault.commands();
        let plan = block_on(world.failover.plan_of(&world.request()));
        assert_eq!(world.vault.commands(), before, "{seed}");
        let Ok(plan) = plan else { continue };
        let references = plan.models.iter().flat_map(|model| &model.candidates).filter_map(|c| c.reference.as_ref());
        for reference in references {
            assert!(reference.source == "env" || reference.resolved.is_none(), "{seed}");
        }
    }
}

#[test]
fn no_plan_holds_a_secret() {
    for seed in 0..1000 {
        let world = Generated::new(seed);
        let Ok(plan) = block_on(world.failover.plan_of(&world.request().resolve_references())) else { continue };
        let shown = format!("{plan:?} {}", serde_json::to_string(&plan).unwrap());
        assert!(!shown.contains("CANARY"), "{seed}: {shown}");
    }
}

#[test]
fn a_plan_in_json_has_the_keys_of_the_status() {
    let world = Generated::of(
        &json!({"auth": {"order": {"anthropic": ["anthropic:a", "anthropic:b", "anthropic:gone"]}}}),
        &["a", "b", "c"],
        &[("ANTHROPIC_API_KEY", "sk-ant-api03-CANARY-env-key-wxyz")],
    );
    world.cool("b", 60);
    let plan = block_on(world.failover.plan_of(&PlanRequest::new())).unwrap();
    let mut value = serde_json::to_value(&plan).unwrap();
    let until = generate::START.as_millis() + 60_000;
    let candidates = value["models"][0]["candidates"].take();
    let source = json!({"kind": "store", "detail": "memory"});
    let key = |id: &str, rest: serde_json::Value| {
        let mut candidate = json!({
            "profileId": format!("anthropic:{id}"), "source": source, "type": "api_key",
            "credential": format!("sk-ant-api03-…-{id}-k"), "rank": null, "chosen": false, "needsTrial": false,
        });
        candidate.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        candidate
    };
    assert_eq!(
        candidates,
        json!([
            key("a", json!({"rank": 1, "chosen": true})),
            key("b", json!({"code": "cooldown", "until": until, "reason": "auth", "remainingMs": 60_000})),
            {
                "profileId": "anthropic:gone", "source": source, "type": null, "credential": null, "rank": null,
                "chosen": false, "needsTrial": false, "code": "profile_missing",
            },
            key("c", json!({"code": "excluded_by_auth_order"})),
            {
                "profileId": "env:ANTHROPIC_API_KEY", "source": {"kind": "env", "detail": "ANTHROPIC_API_KEY"},
                "type": "api_key", "credential": "sk-ant-api03-…wxyz", "rank": null, "chosen": false,
                "needsTrial": false, "unused": "stored_profiles",
            },
        ])
    );
    let model = "anthropic/claude-opus-4-5";
    assert_eq!(
        value,
        json!({
            "agentId": "main",
            "authStorePath": "memory",
            "at": generate::START.as_millis(),
            "serving": {"model": model, "profileId": "anthropic:a", "source": source},
            "soonest": until,
            "models": [{
                "model": model, "provider": "anthropic", "blocked": null, "pin": null,
                "order": {
                    "source": "config_order", "profiles": ["anthropic:a", "anthropic:b", "anthropic:gone"],
                    "ignored": [],
                },
                "candidates": null, "soonest": until,
            }],
            "warnings": [
                {
                    "code": "shadowed_credential", "provider": "anthropic", "type": "api_key",
                    "source": {"kind": "env", "detail": "ANTHROPIC_API_KEY"}, "profileId": "anthropic:a",
                },
                {
                    "code": "order_names_missing", "provider": "anthropic", "list": "config_order",
                    "profiles": ["anthropic:gone"],
                },
                {
                    "code": "excluded_by_order", "provider": "anthropic", "list": "config_order",
                    "profiles": ["anthropic:c"],
                },
            ],
        })
    );
}

#[test]
fn warnings_say_what_disagrees() {
    let warnings = |world: &Generated| block_on(world.failover.plan_of(&PlanRequest::new())).unwrap().warnings;
    let texts = |world: &Generated| warnings(world).iter().map(ToString::to_string).collect::<Vec<_>>();
    let env = [("ANTHROPIC_API_KEY", "sk-ant-api03-CANARY-key-of-a-k")];
    let world = Generated::of(&json!({}), &["a"], &env);
    assert_eq!(texts(&world), ["ANTHROPIC_API_KEY holds the same secret as anthropic:a; the stored one is used"]);
    let other = [("ANTHROPIC_API_KEY", "sk-ant-api03-CANARY-other")];
    let world = Generated::of(&json!({}), &["a"], &other);
    assert_eq!(texts(&world), ["ANTHROPIC_API_KEY is set but not used, because anthropic:a is stored"]);
    let command = warnings(&world)[0].advice(Some("work")).unwrap().command.unwrap();
    assert_eq!(command, "openclaw models auth paste-api-key --provider anthropic --agent work");
    world.cool("a", 60);
    assert_eq!(texts(&world).len(), 1, "a blocked profile stands in the way too");
    let world = Generated::of(&json!({}), &[], &other);
    assert_eq!(warnings(&world), [], "the variable serves");
    let world = Generated::of(
        &json!({"auth": {"profiles": {"anthropic:gone": {"provider": "anthropic", "mode": "api_key"}}}}),
        &["a"],
        &[],
    );
    assert!(matches!(
        warnings(&world).as_slice(),
        [PlanWarning::ListIgnored { list: OrderSource::ConfigProfiles, used: OrderSource::Profiles, .. }]
    ));
}

#[test]
fn an_order_of_nobody_is_a_cost_policy_and_a_strict_pin_leaves_the_others_out() {
    let world = Generated::of(&json!({"auth": {"order": {"anthropic": []}}}), &["a"], &[("ANTHROPIC_API_KEY", "k")]);
    let plan = block_on(world.failover.plan_of(&PlanRequest::new())).unwrap();
    assert_eq!(plan.serving.unwrap().profile_id.as_str(), "env:ANTHROPIC_API_KEY");
    let world = Generated::of(&json!({}), &["a", "b"], &[("ANTHROPIC_API_KEY", "k")]);
    let strict = Pin { profile: id("b"), kind: PinKind::Strict };
    let plan = block_on(world.failover.plan_of(&PlanRequest::new().pin(strict))).unwrap();
    let unused: Vec<_> = plan.models[0].candidates.iter().map(|c| (c.profile_id.as_str(), c.unused)).collect();
    assert_eq!(
        unused,
        [
            ("anthropic:b", None),
            ("anthropic:a", Some(Unused::StrictPin)),
            ("env:ANTHROPIC_API_KEY", Some(Unused::StrictPin)),
        ]
    );
    let missing = Pin { profile: id("gone"), kind: PinKind::User };
    let error = block_on(world.failover.plan_of(&PlanRequest::new().pin(missing))).unwrap_err();
    assert!(matches!(error, Error::ProfileNotFound { .. }), "{error}");
}

#[test]
fn a_live_trial_of_somebody_else_is_told() {
    let world = Generated::of(&json!({}), &["a"], &[]);
    world.cool("a", 60);
    world.clock.advance(std::time::Duration::from_secs(61));
    let plan = || block_on(world.failover.plan_of(&PlanRequest::new())).unwrap();
    assert!(plan().chosen().unwrap().1.needs_trial);
    let mut session = world.failover.session();
    let attempt = block_on(session.next()).unwrap().unwrap();
    assert!(matches!(plan().models[0].candidates[0].reason, Some(UnusableReason::OnTrial { .. })));
    drop(attempt);
    assert!(plan().chosen().unwrap().1.needs_trial);
}
