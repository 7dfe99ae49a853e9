//! How many calls a broken profile costs. Two profiles, of which the first is broken in one way after
//! the other; twenty requests, one a second, on a clock that nobody waits for, over real sockets. Every
//! request must be answered, and no fault may cost more than is promised: then the program fails.
//!
//!     cargo bench -p openclaw-benches --bench wasted
//!
//! Beside it, printed and bounded by nothing: five requests at once each second, and two `Failover`s that
//! know of each other only by one `auth-profiles.json`, as two processes do.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops when its input is not what it should be"
)]

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{
    AgentId, ByteStream, Client, Credential, CredentialChange, CredentialStore, Endpoints, Failover, FileStore,
    HealthStore, HttpSend, ManualClock, MemoryStore, ModelRef, ModelSelection, ProfileId, PromptCache, ProviderId,
    ReqwestSend, SendError, Timestamp,
};

const BROKEN: &str = "sk-ant-api03-broken-0123456789";
const SOUND: &str = "sk-ant-api03-sound-0123456789";
const REQUESTS: usize = 20;

/// Nobody listens on port 1, tcpmux's.
const CLOSED: &str = "http://127.0.0.1:1/v1/messages";

struct Fault {
    name: &'static str,
    /// `None`: the connection is refused.
    reply: Option<Reply>,
    /// The most calls that twenty requests may waste.
    most: usize,
    /// What LiteLLM's Router wasted.
    litellm: &'static str,
}

fn faults() -> Vec<Fault> {
    let fault = |name, reply, most, litellm| Fault { name, reply: Some(reply), most, litellm };
    vec![
        fault("401", Reply::invalid_key(), 1, "5"),
        fault("402", Reply::billing(), 1, "5"),
        fault("400 credit balance is too low", Reply::credit_too_low(), 1, "20"),
        fault("403", Reply::permission(), 1, ""),
        fault("429, retry-after 7", Reply::rate_limited(Some(7)), 3, "3"),
        fault("529", Reply::overloaded(), 3, "8"),
        fault("500", Reply::api_error(), 3, ""),
        Fault { name: "connection refused", reply: None, most: 3, litellm: "" },
        fault("stream cut before its content", Reply::text("Bonjour").cut_after(3), 3, ""),
    ]
}

fn main() -> ExitCode {
    // Filters are those of the other benches: `cargo bench -p openclaw-benches -- one_event`.
    let mut filters = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    if filters.peek().is_some() && !filters.any(|filter| "wasted".contains(&filter)) {
        return ExitCode::SUCCESS;
    }
    println!(
        "calls that hit the broken profile, of {REQUESTS} requests at one a second; 5 at once: of {}\n",
        5 * REQUESTS
    );
    println!(
        "{:<30} {:>5} {:>8} {:>8} {:>14} {:>9} {:>8}",
        "", "ours", "at most", "failed", "two, one file", "5 at once", "LiteLLM"
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut kept = true;
    for fault in faults() {
        let run = |world: World, at_once| runtime.block_on(world.run(at_once));
        let ours = run(World::in_memory(&fault), 1);
        let two = run(World::in_two_with_one_file(&fault), 1);
        let at_once = run(World::in_memory(&fault), 5);
        let failed = ours.failed + two.failed + at_once.failed;
        println!(
            "{:<30} {:>5} {:>8} {:>8} {:>14} {:>9} {:>8}",
            fault.name, ours.wasted, fault.most, failed, two.wasted, at_once.wasted, fault.litellm
        );
        kept &= failed == 0 && (1..=fault.most).contains(&ours.wasted);
    }
    println!(
        "\nLiteLLM: its Router 1.106.2, two deployments, 20 requests at one a second. OpenClaw 2026.1.30 sends 12\n\
         calls for its first 429 alone, and never passes over a profile that answers 500 (recorded runs). Two,\n\
         one file: two Failovers take turns, each with a FileStore of its own on one auth-profiles.json."
    );
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What came of all requests.
struct Sum {
    wasted: usize,
    failed: usize,
}

struct World {
    http: Arc<Counting>,
    clock: ManualClock,
    /// One for each store.
    clients: Vec<Client>,
    _server: ScriptedServer,
    _folder: Option<tempfile::TempDir>,
}

impl World {
    fn in_memory(fault: &Fault) -> Self {
        Self::new(fault, None, &[Arc::new(MemoryStore::new())])
    }

    /// Nothing but the file connects them.
    fn in_two_with_one_file(fault: &Fault) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let stores = [0, 1].map(|_| Arc::new(FileStore::new(folder.path())));
        Self::new(fault, Some(folder), &stores)
    }

    fn new<S: CredentialStore + HealthStore + 'static>(
        fault: &Fault,
        folder: Option<tempfile::TempDir>,
        stores: &[Arc<S>],
    ) -> Self {
        futures_executor::block_on(fill(&*stores[0]));
        let server = ScriptedServer::start().unwrap();
        let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
        server.at(clock.clone());
        server.on(SOUND, [Reply::text("Bonjour")]);
        server.on(BROKEN, fault.reply.clone());
        let http = Arc::new(Counting::new(fault.reply.is_none()));
        let clients = stores.iter().map(|store| {
            let failover = Failover::builder(ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap()));
            let failover = failover.store(Arc::clone(store)).clock(clock.clone()).build();
            let endpoints = Endpoints::anthropic(&server.url()).unwrap();
            Client::new(failover, http.clone(), endpoints, PromptCache::Off, "")
        });
        Self { clients: clients.collect(), http, clock, _server: server, _folder: folder }
    }

    async fn run(self, at_once: usize) -> Sum {
        let mut failed = 0;
        for number in 0..REQUESTS {
            let client = &self.clients[number % self.clients.len()];
            let answers = join_all((0..at_once).map(|_| client.ask("Bonjour"))).await;
            failed +=
                answers.iter().filter(|answer| !answer.as_ref().is_ok_and(|reply| reply.text() == "Bonjour")).count();
            self.clock.advance(Duration::from_secs(1));
        }
        Sum { wasted: self.http.wasted.load(Ordering::Relaxed), failed }
    }
}

/// Two keys, the broken one first.
async fn fill(store: &dyn CredentialStore) {
    let (agent, provider) = (AgentId::main(), ProviderId::anthropic());
    let mut order = Vec::new();
    for (name, key) in [("anthropic:broken", BROKEN), ("anthropic:sound", SOUND)] {
        let id = ProfileId::new(name).unwrap();
        let change = CredentialChange::upsert(id.clone(), provider.clone(), Credential::api_key(&key.into()).unwrap());
        store.commit(&agent, change).await.unwrap();
        order.push(id);
    }
    let change = CredentialChange::SetOrder { provider, order: Some(order) };
    store.commit(&agent, change).await.unwrap();
}

/// Counts the calls with the broken key, also those that find nobody.
#[derive(Debug)]
struct Counting {
    http: ReqwestSend,
    refused: bool,
    wasted: AtomicUsize,
}

impl Counting {
    fn new(refused: bool) -> Self {
        Self { http: ReqwestSend::default(), refused, wasted: AtomicUsize::new(0) }
    }
}

#[async_trait]
impl HttpSend for Counting {
    async fn send(&self, mut request: http::Request<Bytes>) -> Result<http::Response<ByteStream>, SendError> {
        if request.headers()["x-api-key"] == BROKEN {
            self.wasted.fetch_add(1, Ordering::Relaxed);
            if self.refused {
                *request.uri_mut() = CLOSED.parse().unwrap();
            }
        }
        self.http.send(request).await
    }
}
