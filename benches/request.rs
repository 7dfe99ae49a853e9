//! What one request costs over bare reqwest: `Client::message(..).send()` with a key in memory, against
//! the scripted server on loopback, over one connection that is kept alive. The rival posts the same
//! bytes with the same headers and reads the whole answer, without looking at it. One runtime with one
//! thread serves both. The clearest number is the last one printed: the difference, taken in turns.
//!
//!     cargo bench -p openclaw-benches --bench request

#![allow(clippy::unwrap_used, reason = "a bench stops when its input is not what it should be")]

mod paired;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use divan::Bencher;
use http::HeaderMap;
use openclaw_core::messages::MessageRequest;
use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{ByteStream, Client, HttpSend, SendError};
use tokio::runtime::Runtime;

const KEY: &str = "sk-ant-api03-0123456789abcdefghijklmnopqrstuvwxyz";
const ANSWER: &str = "Bonjour, que puis-je faire pour vous aujourd'hui ?";

fn main() {
    divan::main();
    if paired::wanted() {
        for streamed in [true, false] {
            let world = World::new(streamed);
            let title = if streamed { "streamed answer" } else { "whole answer" };
            paired::compare(title, 5000, || world.server.forget(), || world.ours(), || world.bare());
        }
    }
}

/// Our client; whether the answer is streamed.
#[divan::bench(args = [true, false])]
fn ours(bencher: Bencher<'_, '_>, streamed: bool) {
    let world = World::new(streamed);
    bencher.with_inputs(|| world.server.forget()).bench_local_values(|()| world.ours());
}

/// Bare reqwest with the same bytes.
#[divan::bench(args = [true, false])]
fn bare_reqwest(bencher: Bencher<'_, '_>, streamed: bool) {
    let world = World::new(streamed);
    bencher.with_inputs(|| world.server.forget()).bench_local_values(|()| world.bare());
}

/// Our client over an HTTP that has the answer already: what the layer itself costs.
#[divan::bench(args = [true, false])]
fn ours_without_http(bencher: Bencher<'_, '_>, streamed: bool) {
    let world = World::new(streamed);
    let (runtime, client) = (&world.runtime, client("http://127.0.0.1:9", Some(Arc::new(world.canned()))));
    bencher.bench_local(|| runtime.block_on(ask(&client, streamed)));
}

struct World {
    server: ScriptedServer,
    runtime: Runtime,
    client: Client,
    reqwest: reqwest::Client,
    /// What our client sent, for the rival to send as well.
    headers: HeaderMap,
    body: Bytes,
    url: String,
    streamed: bool,
}

impl World {
    fn new(streamed: bool) -> Self {
        let server = ScriptedServer::start().unwrap();
        server.on(KEY, [Reply::text(ANSWER)]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = client(&server.url(), None);
        assert_eq!(runtime.block_on(ask(&client, streamed)), ANSWER);
        let sent = server.requests().pop().unwrap();
        // The rest is reqwest's own.
        let ours = sent.headers.iter().filter(|(name, _)| name != "host" && name != "content-length");
        let headers = ours.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let reqwest = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(60))
            .no_proxy();
        let url = format!("{}/v1/messages", server.url());
        let (body, reqwest) = (Bytes::from(sent.body.clone()), reqwest.build().unwrap());
        let world = Self { server, runtime, client, reqwest, headers, body, url, streamed };
        assert!(world.bare().windows(4).any(|window| window == b"Bonj"));
        let again = world.server.requests().pop().unwrap();
        assert_eq!((&again.headers, &again.body), (&sent.headers, &sent.body), "the rival sends something else");
        world
    }

    fn ours(&self) -> String {
        self.runtime.block_on(ask(&self.client, self.streamed))
    }

    fn bare(&self) -> Bytes {
        self.runtime.block_on(async {
            let request = self.reqwest.post(&self.url).headers(self.headers.clone()).body(self.body.clone());
            let response = request.send().await.unwrap();
            assert!(response.status().is_success());
            response.bytes().await.unwrap()
        })
    }

    fn canned(&self) -> Canned {
        let content_type = if self.streamed { "text/event-stream" } else { "application/json" };
        Canned(content_type, self.bare())
    }
}

fn client(url: &str, http: Option<Arc<dyn HttpSend>>) -> Client {
    let builder = Client::builder().api_key("work", KEY).base_url(url);
    http.into_iter().fold(builder, |builder, http| builder.http(http)).build().unwrap()
}

async fn ask(client: &Client, streamed: bool) -> String {
    let call = client.message(MessageRequest::user("Bonjour").max_tokens(256));
    let call = if streamed { call } else { call.unstreamed() };
    call.send().await.unwrap().text()
}

/// Answers at once.
#[derive(Debug)]
struct Canned(&'static str, Bytes);

#[async_trait]
impl HttpSend for Canned {
    async fn send(&self, _request: http::Request<Bytes>) -> Result<http::Response<ByteStream>, SendError> {
        let body = self.1.clone();
        let body: ByteStream = Box::pin(futures_util::stream::once(async { Ok(body) }));
        Ok(http::Response::builder().header("content-type", self.0).body(body).unwrap())
    }
}
