//! Texts that would end a header and begin another, in every place whose text becomes a header.

use openclaw_core::messages::MessageRequest;
use openclaw_core::testing::{RecordedRequest, Reply, ScriptedServer};
use openclaw_core::{
    AgentId, AuthProfiles, Client, Credential, Endpoints, Env, Error, Expiry, Failover, ManualClock, MemoryStore,
    ModelRef, ModelSelection, Profile, ProfileId, PromptCache, ProviderId, Secret, StoredProfile, config,
};

use crate::support::{A, START, http, on, token};

/// What stands in every text here, and must stand in no error.
const MARK: &str = "canary";

/// Each with the mark in it; only the first two can be a header's value at all.
fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("blanks inside", format!("{MARK} two words")),
        ("a mebibyte", format!("{MARK}{}", "x".repeat(1 << 20))),
        ("LF", format!("{MARK}\nx-evil: 1")),
        ("CR LF", format!("{MARK}\r\nx-evil: 1\r\n\r\nGET / HTTP/1.1\r\n\r\n")),
        ("CR", format!("{MARK}\rx-evil: 1")),
        ("NUL", format!("{MARK}\0x-evil: 1")),
        ("DEL", format!("{MARK}\u{7f}")),
        ("escape", format!("{MARK}\u{1b}[31m")),
        ("vertical tab", format!("{MARK}\u{b}x-evil: 1")),
        ("next line", format!("{MARK}\u{85}x-evil: 1")),
        ("line separator", format!("{MARK}\u{2028}x-evil: 1")),
        ("letters whose low byte is LF", format!("{MARK}\u{10a}x-evil: 1")),
        ("not ASCII", format!("{MARK}é")),
    ]
}

fn server() -> ScriptedServer {
    let server = ScriptedServer::start().unwrap();
    server.otherwise([Reply::text("Bonjour")]);
    server
}

/// Nobody sent anything, or every request that was sent has its own headers and no other.
fn check(name: &str, server: &ScriptedServer, end: Result<(), Error>) {
    if let Err(error) = end {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(MARK) && shown.len() < 2000, "{name}: {shown}");
    }
    let names = |request: &RecordedRequest| {
        request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    for request in server.requests() {
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/messages"), "{name}");
        let names = names(&request);
        assert!(!names.contains(&"x-evil".to_owned()), "{name}");
        let credentials = names.iter().filter(|header| ["x-api-key", "authorization"].contains(&header.as_str()));
        assert_eq!(credentials.count(), 1, "{name}");
    }
}

async fn ask(client: Result<Client, Error>) -> Result<(), Error> {
    client?.ask("Bonjour").await.map(drop)
}

#[tokio::test]
async fn in_a_credential_that_is_given() {
    for (name, text) in texts() {
        for text in [text.clone(), format!(" {text} "), format!("\r\n{text}\r\n")] {
            let server = server();
            let builder = || on(&server, &ManualClock::at(START));
            check(name, &server, ask(builder().api_key("a", text.as_str()).build()).await);
            let long = format!("{}{text}", token());
            check(name, &server, ask(builder().setup_token("a", long.as_str()).build()).await);
        }
    }
}

/// As a file that somebody else wrote brings it in: cleaned by nobody.
#[tokio::test]
async fn in_a_credential_that_is_stored() {
    for (name, text) in texts() {
        let secret = || Secret::Plain(text.as_str().into());
        for credential in
            [Credential::ApiKey { key: secret() }, Credential::Token { token: secret(), expires: Expiry::Never }]
        {
            let server = server();
            let provider = ProviderId::anthropic();
            let mut profiles = AuthProfiles::default();
            let profile = StoredProfile::Valid(Profile::new(provider.clone(), credential));
            profiles.profiles.insert(ProfileId::named(&provider, "a"), profile);
            let failover = Failover::builder(ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap()))
                .store(std::sync::Arc::new(MemoryStore::with(AgentId::main(), profiles)))
                .clock(ManualClock::at(START))
                .build();
            let endpoints = Endpoints::anthropic(&server.url()).unwrap();
            let http = http(std::time::Duration::from_secs(20));
            let client = Client::new(failover, http, endpoints, PromptCache::Off, "");
            check(name, &server, ask(Ok(client)).await);
            let unsendable = !["blanks inside", "a mebibyte"].contains(&name);
            assert!(!unsendable || server.requests().is_empty(), "{name}: it was sent");
        }
    }
}

#[tokio::test]
async fn in_flags_and_in_the_name_of_the_program() {
    for (name, text) in texts() {
        let server = server();
        let client = on(&server, &ManualClock::at(START)).api_key("a", A).build().unwrap();
        let call = client.message(MessageRequest::user("Bonjour")).beta(text.as_str());
        check(name, &server, call.send().await.map(drop));
        let named = on(&server, &ManualClock::at(START)).api_key("a", A).user_agent(&text).build();
        check(name, &server, ask(named).await);
        let sent = server.requests().len();
        assert!(sent == 0 || ["blanks inside", "a mebibyte"].contains(&name), "{name}: {sent} were sent");
    }
}

#[tokio::test]
async fn in_configured_headers() {
    for (name, text) in texts() {
        for header in ["x-team".to_owned(), "anthropic-beta".to_owned(), text.clone()] {
            let server = server();
            let value = if header == text { "blue" } else { text.as_str() };
            let provider = config::ProviderSettings {
                base_url: Some(server.url()),
                headers: [(header.clone(), secrecy::SecretString::from(value).into())].into_iter().collect(),
                ..config::ProviderSettings::default()
            };
            let providers = [(ProviderId::anthropic(), provider)].into_iter().collect();
            let models = config::ModelsSettings { providers };
            let settings = config::Settings { models, ..config::Settings::default() };
            let end = match Endpoints::from_settings(&settings, &Env::empty()) {
                Ok(endpoints) => {
                    let failover = Failover::builder(ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap()))
                        .ambient(openclaw_core::ambient_credentials(
                            &Env::empty().with("ANTHROPIC_API_KEY", A),
                            &settings,
                        ))
                        .serves(endpoints.served())
                        .clock(ManualClock::at(START))
                        .build();
                    let http = http(std::time::Duration::from_secs(20));
                    ask(Ok(Client::new(failover, http, endpoints, PromptCache::Off, ""))).await
                }
                Err(error) => Err(error),
            };
            // The name of a header is told, so that it can be found.
            let end = if header == text { end.or(Ok(())) } else { end };
            check(name, &server, end);
        }
    }
}

/// What a server calls a request is shown to people.
#[tokio::test]
async fn in_the_name_of_a_request() {
    for id in ["\t", "é", "x\u{202e}y", "req 1", &"x".repeat(100_000), A] {
        for reply in [Reply::text("Bonjour"), Reply::invalid_request("no")] {
            let server = ScriptedServer::start().unwrap();
            server.on(A, [reply.header("request-id", id)]);
            let client = on(&server, &ManualClock::at(START)).api_key("a", A).build().unwrap();
            let shown = match client.ask("Bonjour").await {
                Ok(reply) => reply.served_by().request_id.clone().unwrap_or_default(),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains(A) && !shown.contains('\u{202e}') && !shown.contains('\t'), "{shown}");
            assert!(shown.len() < 4000, "{} bytes", shown.len());
        }
    }
}
