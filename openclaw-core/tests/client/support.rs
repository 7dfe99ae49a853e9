//! A server, a clock, and clients with two credentials.

use std::sync::Arc;
use std::time::Duration;

use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{Client, ClientBuilder, ManualClock, NoJitter, ReqwestSend, ReqwestSettings, Timestamp};

pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const A: &str = "sk-ant-api03-aaaaaaaaaaaaaaaaaaaa";
pub(crate) const B: &str = "sk-ant-api03-bbbbbbbbbbbbbbbbbbbb";

pub(crate) fn token() -> String {
    format!("sk-ant-oat01-{}", "t".repeat(80))
}

/// Real sockets with a short patience for silent lines.
pub(crate) fn http(idle: Duration) -> Arc<ReqwestSend> {
    let mut settings = ReqwestSettings::default();
    settings.idle = idle;
    Arc::new(ReqwestSend::new(settings))
}

pub(crate) fn on(server: &ScriptedServer, clock: &ManualClock) -> ClientBuilder {
    Client::builder().base_url(&server.url()).clock(clock.clone()).jitter(NoJitter).http(http(Duration::from_secs(5)))
}

/// A server on which `B` always answers and `A` does what it is told; a client with both; a clock
/// on which waiting takes no time.
pub(crate) fn pair(a: impl IntoIterator<Item = Reply>) -> (ScriptedServer, Client, ManualClock) {
    let server = ScriptedServer::start().unwrap();
    let clock = ManualClock::at(START);
    server.at(clock.clone());
    server.on(A, a);
    server.on(B, [Reply::text("Bonjour à vous")]);
    let client = on(&server, &clock).api_key("a", A).api_key("b", B).build().unwrap();
    (server, client, clock)
}

/// How many requests came with this credential.
pub(crate) fn calls(server: &ScriptedServer, credential: &str) -> usize {
    server.requests().iter().filter(|request| request.credential() == Some(credential)).count()
}
