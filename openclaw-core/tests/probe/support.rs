//! Profiles, clients over them, and results in short.

use std::sync::Arc;
use std::time::Duration;

use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
use openclaw_core::{
    AgentId, AuthProfiles, Client, Credential, Endpoints, Env, Expiry, Failover, FailoverBuilder, HttpSend,
    MemoryStore, ModelSelection, ProbeReport, ProbeRequest, ProbeResult, Profile, ProfileId, PromptCache, ProviderId,
    ReqwestSend, Secret, SecretRef, StoredProfile, Timestamp, ambient_credentials,
};

pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const A: &str = "sk-ant-api03-aaaaaaaaaaaaaaaaaaaa";
pub(crate) const B: &str = "sk-ant-api03-bbbbbbbbbbbbbbbbbbbb";

pub(crate) fn token() -> String {
    format!("sk-ant-oat01-{}", "t".repeat(80))
}

pub(crate) fn id(text: &str) -> ProfileId {
    ProfileId::new(text).unwrap()
}

pub(crate) fn key(secret: &str) -> Credential {
    Credential::ApiKey { key: Secret::Plain(secret.into()) }
}

pub(crate) fn by_variable(variable: &str) -> Credential {
    Credential::ApiKey { key: Secret::Reference(SecretRef::env(variable)) }
}

pub(crate) fn setup_token(secret: &str, expires: Expiry) -> Credential {
    Credential::Token { token: Secret::Plain(secret.into()), expires }
}

pub(crate) fn profiles(entries: impl IntoIterator<Item = (&'static str, Credential)>) -> AuthProfiles {
    let mut profiles = AuthProfiles::default();
    for (name, credential) in entries {
        let provider = ProviderId::new(name.split(':').next().unwrap());
        profiles.profiles.insert(id(name), StoredProfile::Valid(Profile::new(provider, credential)));
    }
    profiles
}

/// A client on a store, a configuration and an environment, which finds anthropic at `url`.
pub(crate) struct Setup {
    pub(crate) profiles: AuthProfiles,
    pub(crate) config: String,
    pub(crate) env: Env,
    pub(crate) url: String,
    pub(crate) http: Arc<dyn HttpSend>,
}

impl Setup {
    pub(crate) fn new(url: &str, profiles: AuthProfiles) -> Self {
        let http = Arc::new(ReqwestSend::default());
        Self { profiles, config: "{}".to_owned(), env: Env::empty(), url: url.to_owned(), http }
    }

    pub(crate) fn client(self, change: impl FnOnce(FailoverBuilder) -> FailoverBuilder) -> Client {
        let layer = ConfigLayer::parse(ConfigSource::Override, &self.config).unwrap();
        let config = Config::from_layers([layer], &self.env).unwrap();
        let settings = config.settings();
        let process = Env::empty().with("ANTHROPIC_BASE_URL", &self.url);
        let endpoints = Endpoints::from_settings(settings, &process).unwrap();
        let builder = Failover::builder(ModelSelection::from_settings(settings, &AgentId::main()).unwrap())
            .store(Arc::new(MemoryStore::with(AgentId::main(), self.profiles)))
            .ambient(ambient_credentials(&self.env, settings))
            .secrets(Arc::new(openclaw_core::SecretResolver::new(settings.secrets.clone(), self.env)))
            .auth(settings.auth.clone())
            .serves(endpoints.served());
        Client::new(change(builder).build(), self.http, endpoints, PromptCache::On, "")
    }
}

pub(crate) async fn probe(client: &Client, request: &ProbeRequest) -> ProbeReport {
    client.probe(request, |_| {}).await.unwrap()
}

/// Patience for a loaded machine, where an answer comes.
pub(crate) fn patient() -> ProbeRequest {
    ProbeRequest::new().timeout(Duration::from_secs(60))
}

/// The status and the exact reason.
pub(crate) fn found(result: &ProbeResult) -> (&'static str, &'static str) {
    (result.status.as_str(), result.reason_code.as_ref().map_or("-", |reason| reason.code()))
}

/// The label, the status and the exact reason.
pub(crate) fn all(report: &ProbeReport) -> Vec<(&str, &'static str, &'static str)> {
    let short = |result: &'_ ProbeResult| (found(result).0, found(result).1);
    report.results.iter().map(|result| (result.label.as_str(), short(result).0, short(result).1)).collect()
}
