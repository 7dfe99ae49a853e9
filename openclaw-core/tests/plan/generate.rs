//! Situations from a number: profiles, lists, health, environment, pins.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use fastrand::Rng;
use futures_executor::block_on;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
use openclaw_core::{
    AgentId, AuthProfiles, Blocked, Credential, Env, Expiry, Failover, Failure, FailureReason, Health, HealthEvent,
    HealthStore, ManualClock, MemoryStore, ModelRef, ModelSelection, NoJitter, Pin, PinKind, PlanRequest, Profile,
    ProfileId, ProviderId, RetryPolicy, Scope, Secret, SecretError, SecretRef, SecretRefSource, SecretSource, Seen,
    Session, StoreError, StoredProfile, Timestamp, ambient_credentials,
};
use secrecy::SecretString;
use serde_json::{Value, json};

pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000);

const MODELS: [&str; 4] = ["claude-opus-4-5", "claude-sonnet-4-5", "proxy/claude", "elsewhere/model"];
const NAMES: [&str; 5] = ["a", "b", "c", "d", "gone"];

pub(crate) fn id(name: &str) -> ProfileId {
    ProfileId::new(&format!("anthropic:{name}")).unwrap()
}

fn other(provider: &str) -> ProfileId {
    ProfileId::new(&format!("{provider}:x")).unwrap()
}

/// A vault that knows what is called `good`, and counts what it would have to run a command for.
#[derive(Debug, Default)]
pub(crate) struct Vault(AtomicUsize);

impl Vault {
    pub(crate) fn commands(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl SecretSource for Vault {
    async fn resolve(&self, reference: &SecretRef) -> Result<SecretString, SecretError> {
        if reference.source != SecretRefSource::Env {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
        match reference.id.as_str() {
            "GOOD" => Ok("sk-ant-api03-CANARY-from-the-vault".into()),
            _ => Err(SecretError::NotFound(reference.clone())),
        }
    }
}

/// A store and what looks into it.
#[derive(Debug)]
pub(crate) struct Store(pub(crate) Arc<MemoryStore>);

impl Store {
    pub(crate) async fn load_health(&self) -> Result<Health, StoreError> {
        HealthStore::load(&*self.0, &AgentId::main()).await
    }
}

#[derive(Debug)]
pub(crate) struct Generated {
    pub(crate) failover: Failover,
    pub(crate) clock: ManualClock,
    pub(crate) store: Store,
    pub(crate) vault: Arc<Vault>,
    pin: Option<Pin>,
    conversation: Option<&'static str>,
}

impl Generated {
    /// API keys of Anthropic under these names, and nothing that has happened.
    pub(crate) fn of(config: &Value, names: &[&str], env: &[(&str, &str)]) -> Self {
        let mut profiles = AuthProfiles::default();
        for name in names {
            let key = Credential::api_key(&format!("sk-ant-api03-CANARY-key-of-{name}-k").into()).unwrap();
            profiles.profiles.insert(id(name), StoredProfile::Valid(Profile::new(ProviderId::anthropic(), key)));
        }
        let env = env.iter().fold(Env::empty(), |env, (name, value)| env.with(name, value));
        Self::build(config, &env, profiles, 1, false)
    }

    fn build(config: &Value, env: &Env, profiles: AuthProfiles, models: usize, served: bool) -> Self {
        let layer = ConfigLayer::parse(ConfigSource::Override, &config.to_string()).unwrap();
        let config = Config::from_layers([layer], env).unwrap();
        let settings = config.settings();
        let (clock, vault) = (ManualClock::at(START), Arc::new(Vault::default()));
        let store = Arc::new(MemoryStore::with(AgentId::main(), profiles));
        let mut models = MODELS[..models].iter().map(|name| ModelRef::parse(name).unwrap());
        let first = models.next().unwrap();
        let mut builder = Failover::builder(ModelSelection::new(first).with_fallbacks(models.collect()))
            .store(Arc::clone(&store))
            .ambient(ambient_credentials(env, settings))
            .auth(settings.auth.clone())
            .secrets(Arc::clone(&vault) as Arc<_>)
            .retry(RetryPolicy { retries: 0, ..RetryPolicy::default() })
            .clock(clock.clone())
            .jitter(NoJitter);
        if served {
            let protocol = Some(Blocked::Protocol("openai-responses".to_owned()));
            let served = [(ProviderId::new("proxy"), None), (ProviderId::anthropic(), None)];
            builder = builder.serves(served.into_iter().chain([(ProviderId::new("elsewhere"), protocol)]).collect());
        }
        Self { failover: builder.build(), clock, store: Store(store), vault, pin: None, conversation: None }
    }

    pub(crate) fn new(seed: u64) -> Self {
        let rng = &mut Rng::with_seed(seed);
        let mut env = Env::empty();
        for variable in ["ANTHROPIC_OAUTH_TOKEN", "ANTHROPIC_API_KEY"] {
            if rng.u8(..4) == 0 {
                env = env.with(variable, &format!("sk-ant-api03-CANARY-{variable}"));
            }
        }
        let mut profiles = AuthProfiles::default();
        for name in NAMES.iter().filter(|name| **name != "gone") {
            if rng.u8(..3) > 0 {
                profiles.profiles.insert(id(name), profile(rng, name));
            }
        }
        if rng.u8(..4) == 0 {
            profiles.order.insert(ProviderId::anthropic(), ids(rng));
        }
        for provider in ["proxy", "elsewhere"] {
            if rng.u8(..6) == 0 {
                let key = Credential::api_key(&"sk-ant-api03-CANARY-other".into()).unwrap();
                let profile = Profile::new(ProviderId::new(provider), key);
                profiles.profiles.insert(other(provider), StoredProfile::Valid(profile));
            }
        }
        profiles.order.retain(|_, order| !order.is_empty());
        let models = rng.usize(1..=MODELS.len());
        let mut world = Self::build(&config(rng), &env, profiles, models, rng.bool());
        world.past(rng);
        world.conversation = rng.bool().then_some("talk");
        if rng.u8(..4) == 0 {
            let kind = [PinKind::User, PinKind::Strict, PinKind::Session][rng.usize(..3)];
            world.pin = Some(Pin { profile: id(NAMES[rng.usize(..NAMES.len())]), kind });
        }
        world
    }

    /// Requests that ended in all ways, and health that other processes wrote.
    fn past(&self, rng: &mut Rng) {
        block_on(async {
            for name in NAMES {
                if rng.u8(..3) == 0 {
                    let event = failed(rng, name, self.now());
                    HealthStore::commit(&*self.store.0, &AgentId::main(), &event).await.unwrap();
                }
            }
            for provider in ["proxy", "elsewhere"] {
                let mut event = failed(rng, "x", self.now());
                if let HealthEvent::Failed { profile, model, .. } = &mut event {
                    *profile = other(provider);
                    *model = MODELS[if provider == "proxy" { 2 } else { 3 }].split_once('/').unwrap().1.to_owned();
                }
                HealthStore::commit(&*self.store.0, &AgentId::main(), &event).await.unwrap();
            }
            self.clock.advance(Duration::from_secs(rng.u64(..90)));
            for _ in 0..rng.u8(..4) {
                let mut session = self.failover.session_of("talk");
                let mut dropped = false;
                while let Ok(Some(attempt)) = session.next().await {
                    let report = match rng.u8(..6) {
                        0 => attempt.report(Ok(())).await,
                        1 => attempt.report(fails(FailureReason::RateLimit)).await,
                        2 => attempt.report(fails(FailureReason::Billing)).await,
                        3 | 4 => attempt.report(fails(FailureReason::Overloaded)).await,
                        _ => {
                            drop(attempt);
                            dropped = true;
                            Ok(openclaw_core::Step::Next)
                        }
                    };
                    if dropped || report.is_err() {
                        break;
                    }
                }
                self.clock.advance(Duration::from_secs(rng.u64(..400)));
            }
            if rng.u8(..4) == 0 {
                let event = HealthEvent::TrialClaimed {
                    profile: id(NAMES[rng.usize(..4)]),
                    model: MODELS[0].to_owned(),
                    owner: "somebody else".to_owned(),
                    at: self.now(),
                    policy: Arc::default(),
                };
                HealthStore::commit(&*self.store.0, &AgentId::main(), &event).await.unwrap();
            }
            self.failover.flush().await;
        });
    }

    fn now(&self) -> Timestamp {
        openclaw_core::Clock::now(&self.clock)
    }

    /// Lets a profile cool down from now.
    pub(crate) fn cool(&self, name: &str, secs: u64) {
        let mut event = failed(&mut Rng::with_seed(0), name, self.now());
        if let HealthEvent::Failed { reason, deadline, .. } = &mut event {
            *reason = FailureReason::Auth;
            *deadline = Some(self.now().after(Duration::from_secs(secs)));
        }
        block_on(HealthStore::commit(&*self.store.0, &AgentId::main(), &event)).unwrap();
    }

    pub(crate) fn request(&self) -> PlanRequest {
        let request = PlanRequest::new();
        let request = self.pin.iter().fold(request, |request, pin| request.pin(pin.clone()));
        self.conversation.iter().fold(request, |request, conversation| request.conversation(conversation))
    }

    pub(crate) fn session(&self) -> Session {
        let session = match self.conversation {
            Some(conversation) => self.failover.session_of(conversation),
            None => self.failover.session(),
        };
        self.pin.iter().fold(session, |session, pin| session.pin(pin.clone()))
    }
}

fn fails(reason: FailureReason) -> Result<(), Failure> {
    Err(Failure::new(reason, "broken"))
}

fn ids(rng: &mut Rng) -> Vec<ProfileId> {
    let mut ids: Vec<ProfileId> = NAMES.iter().filter(|_| rng.bool()).map(|name| id(name)).collect();
    rng.shuffle(&mut ids);
    ids
}

fn profile(rng: &mut Rng, name: &str) -> StoredProfile {
    let anthropic = ProviderId::anthropic();
    let plain = Secret::Plain(format!("sk-ant-api03-CANARY-{name}").into());
    let secret = match rng.u8(..10) {
        0 => Secret::Reference(SecretRef::env("GOOD")),
        1 => Secret::Reference(SecretRef::env("UNSET")),
        2 => Secret::Reference(SecretRef::new("exec", "vault", "GOOD")),
        3 => Secret::Reference(SecretRef::new("exec", "vault", "UNKNOWN")),
        4 => Secret::Missing,
        _ => plain,
    };
    let expires = match rng.u8(..4) {
        0 => Expiry::At(START.after(Duration::from_secs(rng.u64(..600)))),
        1 if rng.bool() => Expiry::Invalid,
        _ => Expiry::Never,
    };
    let credential = match rng.u8(..4) {
        0 => Credential::Token { token: secret, expires },
        1 => Credential::OAuth { access: secret, expires, refreshable: rng.bool() },
        _ => Credential::ApiKey { key: secret },
    };
    if rng.u8(..12) == 0 {
        return StoredProfile::Malformed { provider: anthropic, problem: "the entry is not an object" };
    }
    let provider = if rng.u8(..12) == 0 { ProviderId::new("openai") } else { anthropic };
    let mut profile = Profile::new(provider, credential);
    profile.quota_group = (rng.u8(..4) == 0).then(|| "one account".to_owned());
    StoredProfile::Valid(profile)
}

fn config(rng: &mut Rng) -> Value {
    let names = |rng: &mut Rng| ids(rng).iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut config = json!({"models": {"providers": {}}, "auth": {}});
    if rng.u8(..4) == 0 {
        config["auth"]["order"] = json!({"anthropic": names(rng)});
    }
    if rng.u8(..4) == 0 {
        let mode = if rng.u8(..3) == 0 { "token" } else { "api_key" };
        let listed = names(rng).into_iter().map(|id| (id, json!({"provider": "anthropic", "mode": mode})));
        config["auth"]["profiles"] = listed.collect::<serde_json::Map<_, _>>().into();
    }
    for provider in ["anthropic", "proxy"] {
        if rng.u8(..3) == 0 {
            let settings = json!({"baseUrl": "https://p.example", "apiKey": "CANARY-config-key", "models": []});
            config["models"]["providers"][provider] = settings;
        }
    }
    config
}

fn failed(rng: &mut Rng, name: &str, at: Timestamp) -> HealthEvent {
    let reasons = [FailureReason::Auth, FailureReason::Billing, FailureReason::RateLimit, FailureReason::ServerError];
    HealthEvent::Failed {
        provider: ProviderId::anthropic(),
        profile: id(name),
        model: MODELS[rng.usize(..2)].to_owned(),
        reason: reasons[rng.usize(..4)],
        scope: if rng.bool() { Scope::Profile } else { Scope::Model },
        deadline: rng.bool().then(|| at.after(Duration::from_secs(rng.u64(1..600)))),
        seen: Seen::default(),
        at,
        policy: Arc::default(),
    }
}
