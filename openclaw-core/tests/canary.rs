//! A secret that must appear nowhere but on the wire. Alone in its program, since it listens to
//! everything that is logged there.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics when it fails")]

mod log;

use std::sync::Arc;

use log::Log;
use openclaw_core::messages::MessageRequest;
use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{
    ApiKey, AuthProvider as _, Client, Credential, Env, Event, ManualClock, NoJitter, Observer, ReqwestSend, Secret,
    SetupToken, Timestamp, ambient_credentials, config,
};

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

/// What stands in every secret of these tests.
const MARK: &str = "CANARY";

impl Observer for Log {
    fn event(&self, event: &Event) {
        self.add(&format!("{event:?}"));
    }
}

/// Everything a server can do with a secret that it was sent: say it back in every place.
fn echoes(secret: &str) -> Vec<Reply> {
    let long = format!("{}{secret}", "x".repeat(490));
    vec![
        Reply::error(401, "authentication_error", &format!("invalid key {secret}")),
        Reply::error(403, secret, secret),
        Reply::error(402, "billing_error", &long),
        Reply::error(429, "rate_limit_error", secret).header("request-id", secret).header("retry-after", secret),
        Reply::error(500, "api_error", &format!("{{\"key\":\"{secret}\"}}")),
        Reply::invalid_request(secret),
        Reply::not_found(secret),
        Reply::raw(401, "text/html", format!("<html>{secret}</html>")),
        Reply::raw(200, "application/json", format!("{{\"{secret}\": ")),
        Reply::raw(200, "text/event-stream", format!("data: {{\"type\":\"{secret}\n\n")),
        Reply::raw(302, "text/plain", secret).header("location", secret),
        Reply::text("un deux").error_event_after(1, "api_error", secret),
        Reply::text("un deux").error_event_after(4, secret, secret),
        Reply::text("un deux").cut_after(4).header("request-id", secret),
        Reply::reset(),
    ]
}

#[test]
fn no_secret_appears_anywhere() {
    let log = Log::default();
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(flows(&log));
    let all = log.all();
    // The log is not empty: attempts and windows were traced, and all flows were run.
    for told in ["window opened", "attempt failed", "fell back", "WindowOpened {"] {
        assert!(all.contains(told), "{told}");
    }
    assert_eq!(all.matches("flow ").count(), 45);
    let leaks: Vec<&str> = all.lines().filter(|line| line.contains(MARK) || line.contains("anary-")).collect();
    assert_eq!(leaks, Vec::<&str>::new());
}

async fn flows(log: &Log) {
    let token = format!("sk-ant-oat01-{}{MARK}", "t".repeat(80));
    let keys = [format!("sk-ant-api03-{MARK}aaaaaaaaaaaaaaaa"), format!("canary-of-a-gateway/{MARK}+1")];
    for (name, secret) in [("key", &keys[0]), ("own", &keys[1]), ("token", &token)] {
        for reply in echoes(secret) {
            let server = ScriptedServer::start().unwrap();
            server.on(secret, [reply]);
            let builder = Client::builder()
                .base_url(&server.url())
                .clock(ManualClock::at(START))
                .jitter(NoJitter)
                .http(Arc::new(ReqwestSend::default()))
                .observer(Arc::new(log.clone()))
                .fallback("claude-sonnet-4-5");
            let given = if name == "token" {
                builder.setup_token(name, token.as_str())
            } else {
                builder.api_key(name, secret.as_str())
            };
            log.add(&format!("flow {given:?}"));
            let client = given.build().unwrap();
            let call = client.message(MessageRequest::user("Bonjour"));
            log.add(&format!("{client:?} {call:?} {:?} {:?}", client.failover(), client.failover().session()));
            match call.stream().await {
                Ok(stream) => {
                    log.add(&format!("{stream:?} {:?}", stream.served_by()));
                    match stream.finish().await {
                        Ok(reply) => log.add(&format!("{reply:?}")),
                        Err(error) => shown(log, &error),
                    }
                }
                Err(error) => shown(log, &error),
            }
            log.add(&format!("{:?}", client.failover().health().await));
            log.add(&format!("{:?}", client.failover().profiles().await.unwrap()));
            log.add(&format!("{server:?}"));
            let mut session = client.failover().session();
            if let Ok(Some(attempt)) = session.next().await {
                let request = attempt.authorize(&http::Request::new(())).await.unwrap();
                log.add(&format!("{attempt:?} {request:?} {:?}", request.headers()));
            }
        }
    }
    values(log, &keys, &token).await;
}

fn shown(log: &Log, error: &openclaw_core::Error) {
    log.add(&format!("{error} {error:?} {:?}", error.kind()));
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        log.add(&format!("{deeper} {deeper:?}"));
        cause = deeper.source();
    }
}

/// `Debug` of what holds a secret, and errors about one.
async fn values(log: &Log, keys: &[String], token: &str) {
    let env = Env::empty().with("ANTHROPIC_API_KEY", &keys[0]).with("ANTHROPIC_OAUTH_TOKEN", token);
    let mut headers = http::HeaderMap::new();
    for key in keys {
        ApiKey::new(key.as_str().into()).authorize(&mut headers).await.unwrap();
        log.add(&format!("{headers:?} {:?}", Credential::api_key(&key.as_str().into()).unwrap()));
        log.add(&format!("{:?} {:?}", ApiKey::new(key.as_str().into()), Secret::Plain(key.as_str().into())));
        log.add(&format!("{:?}", Credential::setup_token(&key.as_str().into()).unwrap_err()));
    }
    SetupToken::new(token.into()).authorize(&mut headers).await.unwrap();
    log.add(&format!("{headers:?} {:?} {:?}", SetupToken::new(token.into()), Credential::setup_token(&token.into())));
    log.add(&format!("{:?}", ambient_credentials(&env, &config::Settings::default())));
    for bad in [format!("{MARK}\r\nx: y"), format!("{MARK}é")] {
        let error = ApiKey::new(bad.as_str().into()).authorize(&mut headers).await.unwrap_err();
        log.add(&format!("{error} {error:?}"));
        let error = Credential::api_key(&format!("{bad}\0").as_str().into()).unwrap_err();
        log.add(&format!("{error} {error:?}"));
    }
    let provider = config::ProviderSettings {
        base_url: Some(format!("https://user:{MARK}@gateway.example/?key={MARK}")),
        api_key: Some(secrecy::SecretString::from(keys[1].as_str()).into()),
        headers: [("x-secret".to_owned(), secrecy::SecretString::from(keys[1].as_str()).into())].into_iter().collect(),
        api: Some("anthropic-messages".to_owned()),
        ..config::ProviderSettings::default()
    };
    let providers = [(openclaw_core::ProviderId::new("gateway"), provider)].into_iter().collect();
    let settings = config::Settings { models: config::ModelsSettings { providers }, ..config::Settings::default() };
    shown(log, &openclaw_core::Endpoints::from_settings(&settings, &Env::empty()).unwrap_err());
    log.add(&format!("{:?}", ambient_credentials(&Env::empty(), &settings)));
}
