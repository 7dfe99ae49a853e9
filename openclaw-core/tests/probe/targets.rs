//! Which credentials are probed, and why the others are not.

use std::collections::BTreeSet;
use std::sync::Arc;

use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{
    AgentId, CheckVerdict, CooldownPolicy, Credential, Env, Error, Expiry, FailureReason, HealthEvent, HealthStore,
    ManualClock, MemoryStore, ProbeRequest, ProviderId, Scope, Secret, Seen, StoredProfile, Timestamp,
};

use crate::support::{A, B, START, Setup, all, by_variable, id, key, patient, probe, profiles, setup_token, token};

fn server() -> ScriptedServer {
    let server = ScriptedServer::start().unwrap();
    server.on(A, [Reply::text("OK")]);
    server
}

#[tokio::test]
async fn who_takes_no_part_is_told_with_the_reason_and_not_asked() {
    let server = server();
    let mut stored = profiles([
        ("anthropic:a", key(A)),
        ("anthropic:out", key(B)),
        ("anthropic:empty", Credential::ApiKey { key: Secret::Missing }),
        ("anthropic:ended", setup_token(&token(), Expiry::At(Timestamp::from_secs(1)))),
        ("anthropic:never", setup_token(&token(), Expiry::Invalid)),
        ("anthropic:lost", by_variable("NOT_SET")),
        ("anthropic:broken", key("two\nlines")),
        ("openai:x", key(B)),
        ("other:x", key(B)),
    ]);
    let anthropic = ProviderId::anthropic();
    let malformed = StoredProfile::Malformed { provider: anthropic.clone(), problem: "the type is not known" };
    stored.profiles.insert(id("anthropic:odd"), malformed);
    let order = ["a", "gone", "empty", "ended", "never", "lost", "broken"];
    let order = order.iter().map(|name| id(&format!("anthropic:{name}"))).collect();
    stored.order.insert(anthropic, order);
    let mut setup = Setup::new(&server.url(), stored);
    setup.config =
        "{models: {providers: {openai: {api: 'openai-responses', baseUrl: 'https://o.example'}}}}".to_owned();
    let report = probe(&setup.client(|builder| builder), &patient()).await;
    assert_eq!(
        all(&report),
        [
            ("anthropic:a", "ok", "-"),
            ("anthropic:out", "unknown", "excluded_by_auth_order"),
            ("anthropic:empty", "unknown", "missing_credential"),
            ("anthropic:ended", "unknown", "expired"),
            ("anthropic:never", "unknown", "invalid_expires"),
            ("anthropic:lost", "unknown", "unresolved_ref"),
            ("anthropic:broken", "unknown", "malformed"),
            ("anthropic:odd", "unknown", "malformed"),
            ("anthropic:gone", "unknown", "profile_missing"),
            ("openai:x", "unknown", "unsupported_protocol"),
            ("other:x", "unknown", "not_configured"),
        ]
    );
    // The one whose reference leads nowhere was to be probed.
    assert_eq!(report.total_targets, 2);
    let errors: Vec<_> = report.results.iter().map(|result| result.error.as_deref().unwrap_or("")).collect();
    assert_eq!(errors[1], "Excluded by auth.order for this provider.");
    assert_eq!(errors[2..5], ["Auth profile credentials are missing or expired."; 3]);
    assert_eq!(errors[5], "env:NOT_SET is not set or empty");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_credential_that_is_stored_nowhere_is_probed_where_it_would_serve() {
    let server = server();
    let config = "{models: {providers: {anthropic: {apiKey: '${CONFIGURED}'}}}}";
    let env = || Env::empty().with("ANTHROPIC_API_KEY", A).with("CONFIGURED", B);
    let alone = |stored| {
        let mut setup = Setup::new(&server.url(), stored);
        (setup.env, setup.config) = (env(), config.to_owned());
        setup.client(|builder| builder)
    };
    let report = probe(&alone(profiles([])), &patient()).await;
    assert_eq!(
        all(&report),
        [("env: ANTHROPIC_API_KEY", "ok", "-"), ("config: models.providers.anthropic.apiKey", "auth", "auth")]
    );
    let sources: Vec<_> = report.results.iter().map(|result| (result.source, result.profile_id.is_none())).collect();
    assert_eq!(sources, [("env", true), ("models.json", true)]);
    // A stored one keeps it out, also one whose reference leads nowhere; one that has ended does not.
    let report = probe(&alone(profiles([("anthropic:lost", by_variable("NOT_SET"))])), &patient()).await;
    assert_eq!(all(&report), [("anthropic:lost", "unknown", "unresolved_ref")]);
    let ended = setup_token(&token(), Expiry::At(Timestamp::from_secs(1)));
    let report = probe(&alone(profiles([("anthropic:ended", ended)])), &patient()).await;
    assert_eq!(report.results.len(), 3);
    // Asked for by its name, it is probed in any case.
    let named = patient().profile(openclaw_core::ProfileId::new("env:ANTHROPIC_API_KEY").unwrap());
    let report = probe(&alone(profiles([("anthropic:b", key(B))])), &named).await;
    assert_eq!(all(&report), [("env: ANTHROPIC_API_KEY", "ok", "-")]);
}

#[tokio::test]
async fn a_reference_is_resolved_and_sent() {
    let server = server();
    let mut setup = Setup::new(&server.url(), profiles([("anthropic:ref", by_variable("TEAM_KEY"))]));
    setup.env = Env::empty().with("TEAM_KEY", A);
    let report = probe(&setup.client(|builder| builder), &patient()).await;
    assert_eq!(all(&report), [("anthropic:ref", "ok", "-")]);
    assert_eq!(report.results[0].reference.as_deref(), Some("env:TEAM_KEY"));
    assert_eq!(server.requests()[0].credential(), Some(A));
}

#[tokio::test]
async fn a_message_needs_a_model() {
    let server = server();
    let stored = profiles([("gate:x", key(A))]);
    let mut setup = Setup::new(&server.url(), stored);
    setup.config =
        format!("{{models: {{providers: {{gate: {{api: 'anthropic-messages', baseUrl: '{}'}}}}}}}}", server.url());
    let client = setup.client(|builder| builder);
    assert_eq!(all(&probe(&client, &patient().message(None)).await), [("gate:x", "no_model", "no_model")]);
    assert_eq!(server.requests().len(), 0);
    assert_eq!(all(&probe(&client, &patient()).await), [("gate:x", "ok", "-")]);
}

#[tokio::test]
async fn a_choice_is_kept_to_and_an_unknown_name_is_an_error() {
    let server = server();
    let stored = profiles([("anthropic:a", key(A)), ("anthropic:b", key(B))]);
    let client = Setup::new(&server.url(), stored).client(|builder| builder);
    let report = probe(&client, &patient().profile(id("anthropic:b"))).await;
    assert_eq!(all(&report), [("anthropic:b", "auth", "auth")]);
    let error = client.probe(&patient().profile(id("anthropic:z")), |_| {}).await.unwrap_err();
    assert!(matches!(error, Error::ProfileNotFound { .. }), "{error}");
    let wrong = patient().provider(ProviderId::new("openai")).profile(id("anthropic:a"));
    let error = client.probe(&wrong, |_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "Auth profile \"anthropic:a\" is for anthropic, not openai.");
    let report = probe(&client, &patient().provider(ProviderId::new("openai"))).await;
    assert_eq!((report.results.len(), report.total_targets), (0, 0));
}

/// Blocked profiles are probed like the others, and health is the same before and after.
#[tokio::test]
async fn a_cooldown_is_ignored_and_health_is_left_alone() {
    let server = server();
    server.on(B, [Reply::rate_limited(Some(600))]);
    let agent = AgentId::main();
    let stored = profiles([("anthropic:a", key(A)), ("anthropic:b", key(B))]);
    let store = Arc::new(MemoryStore::with(agent.clone(), stored));
    for (name, reason) in [("anthropic:a", FailureReason::Billing), ("anthropic:b", FailureReason::Auth)] {
        let event = HealthEvent::Failed {
            provider: ProviderId::anthropic(),
            profile: id(name),
            model: "claude-opus-4-5".to_owned(),
            reason,
            scope: Scope::Profile,
            deadline: None,
            seen: Seen::default(),
            at: START,
            policy: Arc::new(CooldownPolicy::default()),
        };
        HealthStore::commit(&*store, &agent, &event).await.unwrap();
    }
    let before = HealthStore::load(&*store, &agent).await.unwrap();
    let shared = Arc::clone(&store);
    let client = Setup::new(&server.url(), profiles([]))
        .client(|builder| builder.store(shared).clock(Still(ManualClock::at(START))));
    for request in [patient(), patient().message(None)] {
        let report = probe(&client, &request).await;
        assert_eq!(all(&report), [("anthropic:a", "ok", "-"), ("anthropic:b", "rate_limit", "rate_limit")]);
    }
    client.failover().flush().await;
    assert_eq!(HealthStore::load(&*store, &agent).await.unwrap(), before);
}

/// A clock on which no time passes, so that nobody is late.
#[derive(Debug)]
struct Still(ManualClock);

#[async_trait::async_trait]
impl openclaw_core::Clock for Still {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn monotonic(&self) -> std::time::Duration {
        self.0.monotonic()
    }

    async fn sleep(&self, _duration: std::time::Duration) {
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn a_check_judges_what_is_in_use() {
    let server = server();
    server.on(B, [Reply::overloaded()]);
    let verdict = async |stored, in_use: &[&str]| {
        let client = Setup::new(&server.url(), stored).client(|builder| builder);
        let in_use: BTreeSet<_> = in_use.iter().map(|provider| ProviderId::new(provider)).collect();
        probe(&client, &ProbeRequest::new()).await.check(&in_use)
    };
    let bad = || ("anthropic:bad", key("sk-ant-api03-nobody-knows-this"));
    let (good, busy) = (|| ("anthropic:a", key(A)), || ("anthropic:b", key(B)));
    assert_eq!(verdict(profiles([good()]), &["anthropic"]).await, CheckVerdict::Ok);
    assert_eq!(verdict(profiles([good(), busy()]), &["anthropic"]).await, CheckVerdict::Ok);
    assert_eq!(verdict(profiles([busy()]), &["anthropic"]).await, CheckVerdict::Blocked);
    assert_eq!(verdict(profiles([good(), bad()]), &["anthropic"]).await, CheckVerdict::Broken);
    assert_eq!(verdict(profiles([good(), bad()]), &["openai"]).await, CheckVerdict::Ok);
    let lost = || ("anthropic:lost", by_variable("NOT_SET"));
    assert_eq!(verdict(profiles([good(), lost()]), &["anthropic"]).await, CheckVerdict::Broken);
}
