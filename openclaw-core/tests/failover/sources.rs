//! Credentials that are stored nowhere, references, and providers that are not served.

use std::collections::HashMap;
use std::sync::Arc;

use futures_executor::block_on;
use openclaw_core::FailureReason::{Auth, Billing};
use openclaw_core::{
    AgentId, AmbientCredential, AuthProfiles, Blocked, Client, Credential, CredentialKind, Env, ErrorKind, Expiry,
    Failover, HealthStore as _, MemoryStore, Pin, PinKind, Profile, ProfileId, ProviderId, Secret, SecretRef, Session,
    StoredProfile, ambient_credentials, config,
};

use crate::support::{START, World, drive, fails, id, keys, model, secs, who};

fn ambient(variables: &[(&str, &str)]) -> Vec<AmbientCredential> {
    let env = variables.iter().fold(Env::empty(), |env, (name, value)| env.with(name, value));
    ambient_credentials(&env, &config::Settings::default())
}

fn world(profiles: AuthProfiles, variables: &[(&str, &str)]) -> World {
    World::with(profiles, &[], |builder| builder.ambient(ambient(variables)))
}

const KEY: (&str, &str) = ("ANTHROPIC_API_KEY", "sk-ant-api03-from-env");

fn token(expires: Expiry) -> AuthProfiles {
    let mut profiles = AuthProfiles::default();
    let credential = Credential::Token { token: Secret::Plain("sk-ant-oat01-x".into()), expires };
    let profile = Profile::new(ProviderId::anthropic(), credential);
    profiles.profiles.insert(id("old"), StoredProfile::Valid(profile));
    profiles
}

#[test]
fn a_variable_serves_only_without_an_eligible_stored_profile() {
    block_on(async {
        let world = world(keys(&["a"]), &[KEY]);
        assert_eq!(world.served().await, "a@opus");
        // A paid key never starts to serve because a profile cools down.
        world.fail_once("a", Billing).await;
        assert!(world.served().await.starts_with("No available auth profile for anthropic"));

        let world = self::world(AuthProfiles::default(), &[KEY]);
        let mut session = world.failover.session();
        let attempt = session.next().await.unwrap().unwrap();
        assert_eq!((attempt.profile().as_str(), attempt.kind()), ("env:ANTHROPIC_API_KEY", CredentialKind::ApiKey));
        attempt.report(Ok(())).await.unwrap();

        // An expired one is not eligible, and is named.
        let world = self::world(token(Expiry::At(START)), &[KEY]);
        assert_eq!(world.served().await, "ANTHROPIC_API_KEY@opus");
        assert_eq!(world.heard.take()[0], "skip anthropic:old opus expired");
        let session = world.failover.session().pin(Pin { profile: id("old"), kind: PinKind::Strict });
        let error = who(session).await;
        assert!(error.contains("anthropic:old: expired since 2027-01-15T08:00:00Z"), "{error}");
    });
}

#[test]
fn the_health_of_a_variable_lives_in_memory() {
    block_on(async {
        let world = world(AuthProfiles::default(), &[("ANTHROPIC_OAUTH_TOKEN", "sk-ant-oat01-env"), KEY]);
        let (tried, end) =
            drive(
                world.failover.session(),
                |name, _| {
                    if name == "ANTHROPIC_OAUTH_TOKEN" { fails(Auth) } else { Ok(()) }
                },
            )
            .await;
        end.unwrap();
        assert_eq!(tried, ["ANTHROPIC_OAUTH_TOKEN@opus", "ANTHROPIC_API_KEY@opus"]);
        assert_eq!(world.served().await, "ANTHROPIC_API_KEY@opus");
        let stored = world.store.load(&AgentId::main()).await.unwrap();
        assert_eq!((stored.profiles.len(), world.flaky.commits()), (0, 0));
        // Half-open: one tries, the other takes the next.
        world.clock.advance(secs(60));
        let mut session = world.failover.session();
        let trial = session.next().await.unwrap().unwrap();
        assert_eq!((trial.profile().as_str(), trial.kind()), ("env:ANTHROPIC_OAUTH_TOKEN", CredentialKind::Token));
        assert_eq!(world.served().await, "ANTHROPIC_API_KEY@opus");
        drop(trial);
        assert_eq!(world.served().await, "ANTHROPIC_OAUTH_TOKEN@opus");
    });
}

#[test]
fn nothing_at_all_names_agent_and_store() {
    block_on(async {
        let world = world(AuthProfiles::default(), &[]);
        let (_, end) = drive(world.failover.session(), |_, _| Ok(())).await;
        let error = end.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoCredentials);
        assert_eq!(error.to_string(), "No API key found for provider \"anthropic\". Agent: main. Auth store: memory.");
    });
}

#[test]
fn a_reference_that_cannot_be_resolved_is_a_reason() {
    block_on(async {
        let mut profiles = keys(&["a", "b"]);
        let key = Secret::Reference(SecretRef::new("env", "default", "NOT_SET"));
        let profile = Profile::new(ProviderId::anthropic(), Credential::ApiKey { key });
        profiles.profiles.insert(id("a"), StoredProfile::Valid(profile));
        let world = world(profiles, &[]);
        assert_eq!(world.served().await, "b@opus");
        assert_eq!(world.heard.take()[0], "skip anthropic:a opus unresolved_ref");
    });
}

#[test]
fn models_of_providers_that_are_not_served_are_passed_over_with_the_reason() {
    block_on(async {
        let served = HashMap::from([
            (ProviderId::anthropic(), None),
            (ProviderId::new("openai"), Some(Blocked::Protocol("openai-responses".into()))),
            (ProviderId::new("proxy"), Some(Blocked::Unconfigured("provider proxy has no base URL".into()))),
        ]);
        let fallbacks = ["openai/gpt-5.2", "proxy/m", "nobody/m"];
        let world = World::with(keys(&["a"]), &fallbacks, |builder| builder.serves(served));
        let (tried, end) = drive(world.failover.session(), |_, _| fails(Auth)).await;
        assert_eq!(tried, ["a@opus"]);
        assert_eq!(
            end.unwrap_err().to_string(),
            "All models failed (4): anthropic/opus: broken (auth) \
             | openai/gpt-5.2: provider openai speaks \"openai-responses\", which this program does not \
             (it speaks anthropic-messages) (unsupported) \
             | proxy/m: provider proxy has no base URL (unsupported) \
             | nobody/m: provider nobody is not configured; set models.providers.nobody with api \
             \"anthropic-messages\" and a baseUrl (unsupported)"
        );
        let first = [model("openai/gpt-5.2"), model("opus")].to_vec();
        world.clock.advance(secs(60));
        world.heard.take();
        assert_eq!(who(world.failover.session().models(first)).await, "a@opus");
        let passed = "pass openai/gpt-5.2: its provider speaks \"openai-responses\", which this program does not \
                      (it speaks anthropic-messages)";
        assert_eq!(world.heard.take()[..2], [passed, "fall gpt-5.2 opus"]);
    });
}

#[test]
fn a_profile_of_any_name_can_be_pinned() {
    block_on(async {
        let mut profiles = keys(&["a"]);
        let own = ProfileId::new("team:shared").unwrap();
        let key = Credential::api_key(&"sk-ant-api03-own".into()).unwrap();
        profiles.profiles.insert(own.clone(), StoredProfile::Valid(Profile::new(ProviderId::anthropic(), key)));
        profiles.order.clear();
        let world = world(profiles, &[]);
        let session = world.failover.session().pin(Pin { profile: own, kind: PinKind::User });
        assert_eq!(who(session).await, "shared@opus");
    });
}

/// Everything moves into spawned tasks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_work_inside_spawned_tasks() {
    fn moves<T: Send + 'static>() {}
    fn shared<T: Send + Sync + 'static>() {}
    moves::<Session>();
    shared::<Failover>();
    shared::<Client>();
    moves::<openclaw_core::ReplyStream>();

    let store = Arc::new(MemoryStore::with(AgentId::main(), keys(&["a", "b"])));
    let failover = Failover::builder(openclaw_core::ModelSelection::new(model("opus"))).store(store).build();
    let tasks = (0..16).map(|_| {
        let session = failover.session();
        tokio::spawn(async move {
            drive(session, |name, _| if name == "a" { fails(Auth) } else { Ok(()) }).await.1.unwrap();
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    // Sixteen failures at once are one rung of the ladder, not sixteen.
    let health = failover.health().await;
    assert_eq!(health.of(&id("a")).errors, 1);
}
