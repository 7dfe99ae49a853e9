//! Exact bytes: headers and bodies for both kinds of credentials.

use futures_util::StreamExt as _;
use openclaw_core::messages::MessageRequest;
use openclaw_core::testing::{RecordedRequest, Reply, ScriptedServer};
use openclaw_core::{
    AgentId, AuthProfiles, CacheTtl, Client, CredentialKind, Endpoints, Env, Failover, ManualClock, MemoryStore,
    ModelSelection, PromptCache, config,
};
use secrecy::SecretString;

use crate::support::{A, START, http, on, token};

fn sorted(request: &RecordedRequest) -> Vec<String> {
    let mut headers: Vec<_> = request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    headers.sort();
    headers
}

fn body(request: &RecordedRequest) -> &str {
    std::str::from_utf8(&request.body).unwrap()
}

const AGENT: &str = concat!("user-agent: openclaw-core/", env!("CARGO_PKG_VERSION"));

fn expected(server: &ScriptedServer, accept: &str, beta: &str, length: usize, credential: &str) -> Vec<String> {
    let mut all = vec![
        format!("accept: {accept}"),
        format!("anthropic-beta: {beta}"),
        "anthropic-version: 2023-06-01".to_owned(),
        format!("content-length: {length}"),
        "content-type: application/json".to_owned(),
        format!("host: {}", server.url().trim_start_matches("http://")),
        AGENT.to_owned(),
        credential.to_owned(),
    ];
    all.sort();
    all
}

const STREAM: &str =
    r#"{"model":"claude-opus-4-5","max_tokens":4096,"messages":[{"role":"user","content":"Bonjour"}],"stream":true}"#;

#[tokio::test]
async fn both_kinds_whole_streamed_and_unstreamed() {
    let (key, bearer) = (format!("x-api-key: {A}"), format!("authorization: Bearer {}", token()));
    let unstreamed = STREAM.replace("true", "false");
    for (kind, beta, credential) in [
        (CredentialKind::ApiKey, "extended-cache-ttl-2025-04-11", &key),
        (CredentialKind::Token, "oauth-2025-04-20", &bearer),
    ] {
        let server = ScriptedServer::start().unwrap();
        server.on(A, [Reply::text("Bon jour")]);
        server.on(&token(), [Reply::text("Bon jour")]);
        let builder = on(&server, &ManualClock::at(START));
        let client = match kind {
            CredentialKind::ApiKey => builder.api_key("x", A),
            _ => builder.setup_token("x", token()),
        }
        .build()
        .unwrap();

        let whole = client.ask("Bonjour").await.unwrap();
        assert_eq!((whole.text().as_str(), whole.served_by().kind), ("Bon jour", kind));
        assert_eq!(whole.served_by().request_id.as_deref(), Some("req_000000000000000000000001"));
        assert_eq!((whole.usage().input_tokens, whole.usage().output_tokens), (12, 2));

        let mut stream = client.stream("Bonjour").await.unwrap();
        let mut pieces = Vec::new();
        while let Some(text) = stream.next_text().await.unwrap() {
            pieces.push(text);
        }
        assert_eq!(pieces, ["Bon ", "jour"]);
        assert_eq!(stream.finish().await.unwrap().text(), "Bon jour");

        let call = client.message(MessageRequest::user("Bonjour")).unstreamed();
        assert_eq!(call.send().await.unwrap().text(), "Bon jour");

        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        for (request, (accept, text)) in requests.iter().zip([
            ("text/event-stream", STREAM),
            ("text/event-stream", STREAM),
            ("application/json", unstreamed.as_str()),
        ]) {
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/messages"));
            assert_eq!(sorted(request), expected(&server, accept, beta, text.len(), credential));
            assert_eq!(body(request), text);
        }
    }
}

#[tokio::test]
async fn the_life_of_a_cache_is_for_api_keys_only() {
    let server = ScriptedServer::start().unwrap();
    server.on(A, [Reply::overloaded()]);
    server.on(&token(), [Reply::text("Bonjour")]);
    let client = on(&server, &ManualClock::at(START))
        .api_key("key", A)
        .setup_token("max", token())
        .cache(PromptCache::Ttl(CacheTtl::OneHour))
        .user_agent("tester/1")
        .build()
        .unwrap();
    let call = client.message(MessageRequest::user("Bonjour").system("Réponds.")).beta("extra-1");
    let reply = call.beta("extended-cache-ttl-2025-04-11").send().await.unwrap();
    assert_eq!(reply.served_by().profile.as_str(), "anthropic:max");
    let requests = server.requests();
    assert_eq!(requests.len(), 4, "the key three times, then the token");
    let (key, bearer) = (&requests[0], &requests[3]);
    let mark = |life: &str| format!(r#""cache_control":{{"type":"ephemeral"{life}}}"#);
    assert_eq!(body(key).matches(&mark(r#","ttl":"1h""#)).count(), 2);
    assert_eq!(body(bearer).matches(&mark("")).count(), 2);
    assert!(!body(bearer).contains("ttl"));
    assert_eq!(key.header("anthropic-beta"), Some("extended-cache-ttl-2025-04-11,extra-1"));
    assert_eq!(bearer.header("anthropic-beta"), Some("oauth-2025-04-20,extra-1"));
    for (request, present, absent) in [(key, "x-api-key", "authorization"), (bearer, "authorization", "x-api-key")] {
        assert!(request.header(present).is_some() && request.header(absent).is_none());
        assert_eq!(
            request.header("user-agent").unwrap(),
            concat!("tester/1 openclaw-core/", env!("CARGO_PKG_VERSION"))
        );
    }
}

/// A client over a configuration, with one key in the environment.
fn configured(settings: &config::Settings, process: &Env) -> Result<Client, openclaw_core::Error> {
    let endpoints = Endpoints::from_settings(settings, process)?;
    let models = ModelSelection::from_settings(settings, &AgentId::main())?;
    let failover = Failover::builder(models)
        .store(std::sync::Arc::new(MemoryStore::with(AgentId::main(), AuthProfiles::default())))
        .ambient(openclaw_core::ambient_credentials(&Env::empty().with("ANTHROPIC_API_KEY", A), settings))
        .serves(endpoints.served())
        .build();
    Ok(Client::new(failover, http(std::time::Duration::from_secs(5)), endpoints, PromptCache::Off, ""))
}

/// `models.providers.anthropic`
fn anthropic(provider: config::ProviderSettings) -> config::Settings {
    let providers = [(openclaw_core::ProviderId::anthropic(), provider)].into_iter().collect();
    config::Settings { models: config::ModelsSettings { providers }, ..config::Settings::default() }
}

#[tokio::test]
async fn configured_headers_go_along_but_replace_no_credential() {
    let server = ScriptedServer::start().unwrap();
    server.on(A, [Reply::text("Bonjour")]);
    let provider = config::ProviderSettings {
        base_url: Some(format!("{}/v1/", server.url())),
        headers: [
            ("X-Team", "blue"),
            ("x-api-key", "evil"),
            ("Authorization", "Bearer evil"),
            ("anthropic-beta", "mine-1"),
        ]
        .map(|(name, value)| (name.to_owned(), SecretString::from(value).into()))
        .into_iter()
        .collect(),
        ..config::ProviderSettings::default()
    };
    let settings = anthropic(provider);
    // The configuration's address comes before that of the environment.
    let process = Env::empty().with("ANTHROPIC_BASE_URL", "https://elsewhere.example");
    let client = configured(&settings, &process).unwrap();
    client.ask("Bonjour").await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.path, "/v1/messages");
    assert_eq!((request.header("x-team"), request.header("x-api-key")), (Some("blue"), Some(A)));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("anthropic-beta"), Some("extended-cache-ttl-2025-04-11,mine-1"));
}

#[tokio::test]
async fn a_header_without_its_variable_makes_the_provider_unusable() {
    let server = ScriptedServer::start().unwrap();
    let provider = config::ProviderSettings {
        base_url: Some(server.url()),
        headers: [("X-Team".to_owned(), config::SecretInput::Unset { variable: "TEAM".to_owned() })]
            .into_iter()
            .collect(),
        ..config::ProviderSettings::default()
    };
    let settings = anthropic(provider);
    let client = configured(&settings, &Env::empty()).unwrap();
    assert_eq!(
        client.ask("Bonjour").await.unwrap_err().to_string(),
        "models.providers.anthropic.headers[\"X-Team\"] is ${TEAM}, which is not set"
    );
    assert!(server.requests().is_empty());
}

/// Sent or left out, the request would not be the one that was configured; another provider may serve.
#[tokio::test]
async fn a_beta_header_that_is_no_list_of_flags_makes_the_provider_unusable() {
    let server = ScriptedServer::start().unwrap();
    server.on(A, [Reply::text("Bonjour")]);
    let endpoint = |flags: &str| config::ProviderSettings {
        base_url: Some(server.url()),
        api: Some("anthropic-messages".to_owned()),
        headers: [("Anthropic-Beta".to_owned(), SecretString::from(flags).into())].into_iter().collect(),
        ..config::ProviderSettings::default()
    };
    for bad in ["mine 1", "-", "é"] {
        let client = configured(&anthropic(endpoint(bad)), &Env::empty()).unwrap();
        let text = "models.providers.anthropic.headers[\"Anthropic-Beta\"] is no list of flags: they are plain words, \
                    with commas between them";
        assert_eq!(client.ask("Bonjour").await.unwrap_err().to_string(), text, "{bad}");
        let mut settings = anthropic(endpoint("mine-1, -other,"));
        settings.models.providers.insert(
            openclaw_core::ProviderId::new("proxy"),
            config::ProviderSettings { api_key: Some(SecretString::from(A).into()), ..endpoint(bad) },
        );
        settings.agents.defaults.model.primary = Some("proxy/m".to_owned());
        settings.agents.defaults.model.fallbacks = Some(vec!["claude-opus-4-5".to_owned()]);
        let reply = configured(&settings, &Env::empty()).unwrap().ask("Bonjour").await.unwrap();
        assert_eq!(reply.served_by().model.to_string(), "anthropic/claude-opus-4-5", "{bad}");
    }
}

#[tokio::test]
async fn plain_http_to_another_host_is_refused() {
    for url in ["http://example.com", "http://localhost:1", "ftp://127.0.0.1"] {
        let error = Client::builder().api_key("a", A).base_url(url).build().unwrap_err();
        assert_eq!(error.kind(), openclaw_core::ErrorKind::Config, "{url}");
        let process = Env::empty().with("ANTHROPIC_BASE_URL", url);
        assert!(configured(&config::Settings::default(), &process).is_err(), "{url}");
    }
    // Also by the transport itself, whoever calls it.
    let request = http::Request::post("http://example.com/").body(bytes::Bytes::new()).unwrap();
    let error = openclaw_core::HttpSend::send(&*http(std::time::Duration::from_secs(1)), request).await.err().unwrap();
    assert_eq!(error.kind, openclaw_core::SendErrorKind::Refused);
}

#[tokio::test]
async fn a_plain_json_answer_to_a_stream_request_is_accepted() {
    let server = ScriptedServer::start().unwrap();
    let message = serde_json::json!({"type": "message", "id": "msg_1", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": "Bonjour"}], "stop_reason": "end_turn", "usage": {"output_tokens": 1}});
    server.on(A, [Reply::message(message)]);
    let client = on(&server, &ManualClock::at(START)).api_key("a", A).build().unwrap();
    let stream = client.stream("Bonjour").await.unwrap();
    let events: Vec<_> = stream.map(Result::unwrap).collect().await;
    assert!(
        events.first().is_some_and(|event| matches!(event, openclaw_core::messages::StreamEvent::MessageStart { .. }))
    );
    assert_eq!(client.ask("Bonjour").await.unwrap().text(), "Bonjour");
}
