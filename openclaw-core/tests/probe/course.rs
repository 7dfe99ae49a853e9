//! How probes run: for how long, how many at once, in which order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{
    ByteStream, Credential, HttpSend, ManualClock, ProbeRequest, Secret, SecretError, SecretRef, SecretSource,
    SendError,
};
use secrecy::SecretString;

use crate::support::{A, START, Setup, all, found, id, key, patient, probe, profiles};

/// A body that never ends, a byte every few milliseconds: no idle time-out ever sees a silent line.
#[derive(Debug)]
struct Dripping;

#[async_trait]
impl HttpSend for Dripping {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<ByteStream>, SendError> {
        let kind = if request.method() == "GET" { "application/json" } else { "text/event-stream" };
        let drops = futures_util::stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_millis(2)).await;
            Some((Ok(Bytes::from_static(b" ")), ()))
        });
        Ok(http::Response::builder().header("content-type", kind).body(Box::pin(drops) as ByteStream).unwrap())
    }
}

#[tokio::test]
async fn a_dripping_server_is_cut() {
    for request in [ProbeRequest::new(), ProbeRequest::new().message(None)] {
        let mut setup = Setup::new("http://127.0.0.1:9", profiles([("anthropic:a", key(A))]));
        setup.http = Arc::new(Dripping);
        let client = setup.client(|builder| builder);
        let report = probe(&client, &request.timeout(Duration::from_millis(100))).await;
        let result = &report.results[0];
        assert_eq!(found(result), ("timeout", "timeout"));
        assert_eq!(result.error.as_deref(), Some("no whole answer within 100 ms"));
        assert!(result.latency_ms.unwrap() >= 100);
    }
}

#[tokio::test]
async fn a_silent_server_and_one_that_is_not_there_are_time_outs() {
    let server = ScriptedServer::start().unwrap();
    server.on(A, [Reply::text("OK").delay(Duration::from_secs(600))]);
    let stored = || profiles([("anthropic:a", key(A))]);
    // On this clock waiting takes no time: it is over as soon as nothing else can be done.
    let clock = ManualClock::at(START);
    let client = Setup::new(&server.url(), stored()).client(|builder| builder.clock(clock.clone()));
    let report = probe(&client, &ProbeRequest::new()).await;
    assert_eq!(all(&report), [("anthropic:a", "timeout", "timeout")]);
    assert_eq!((report.results[0].latency_ms, report.duration_ms), (Some(8000), 8000));
    drop(server);
    let nobody = Setup::new("http://127.0.0.1:1", stored()).client(|builder| builder);
    let report = probe(&nobody, &patient()).await;
    assert_eq!(all(&report), [("anthropic:a", "timeout", "timeout")]);
    assert!(report.results[0].error.as_ref().unwrap().starts_with("cannot connect"), "{report:?}");
}

/// A source that never answers.
#[derive(Debug)]
struct Silent;

#[async_trait]
impl SecretSource for Silent {
    async fn resolve(&self, _reference: &SecretRef) -> Result<SecretString, SecretError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn the_time_includes_looking_up_the_secret() {
    let reference = Credential::ApiKey { key: Secret::Reference(SecretRef::env("X")) };
    let client = Setup::new("http://127.0.0.1:1", profiles([("anthropic:a", reference)]))
        .client(|builder| builder.secrets(Arc::new(Silent)).clock(ManualClock::at(START)));
    let report = probe(&client, &ProbeRequest::new()).await;
    let result = &report.results[0];
    assert_eq!((found(result), result.was_sent()), (("timeout", "timeout"), false));
    assert_eq!(result.error.as_deref(), Some("its reference led to no secret within 8000 ms"));
}

/// A source that hands out another secret each time it is asked anew.
#[derive(Debug, Default)]
struct Rotating(AtomicUsize);

#[async_trait]
impl SecretSource for Rotating {
    async fn resolve(&self, _reference: &SecretRef) -> Result<SecretString, SecretError> {
        Ok(if self.0.fetch_add(1, Ordering::Relaxed) == 0 { "the-old-one".into() } else { A.into() })
    }
}

#[tokio::test]
async fn a_secret_that_was_exchanged_meanwhile_is_probed_instead() {
    let server = ScriptedServer::start().unwrap();
    server.on(A, [Reply::text("OK")]);
    let reference = Credential::ApiKey { key: Secret::Reference(SecretRef::env("X")) };
    let client = Setup::new(&server.url(), profiles([("anthropic:a", reference)]))
        .client(|builder| builder.secrets(Arc::new(Rotating::default())));
    let report = probe(&client, &patient()).await;
    assert_eq!(all(&report), [("anthropic:a", "ok", "-")]);
    assert_eq!((&report.results[0].error, report.results[0].http_status), (&None, None));
    assert_eq!(server.requests().len(), 2);
}

/// Counts how many requests are under way; those asked first end last.
#[derive(Debug, Default)]
struct Counting {
    running: AtomicUsize,
    most: AtomicUsize,
    seen: AtomicUsize,
}

#[async_trait]
impl HttpSend for Counting {
    async fn send(&self, _request: http::Request<Bytes>) -> Result<http::Response<ByteStream>, SendError> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        let number = self.seen.fetch_add(1, Ordering::SeqCst);
        for _ in 0..40_usize.saturating_sub(number * 4) {
            tokio::task::yield_now().await;
        }
        self.running.fetch_sub(1, Ordering::SeqCst);
        let body: ByteStream = Box::pin(futures_util::stream::iter([Ok(Bytes::from_static(b"{\"data\":[]}"))]));
        Ok(http::Response::new(body))
    }
}

#[tokio::test]
async fn no_more_run_at_once_than_were_allowed_and_the_order_is_the_stores() {
    const NAMES: [&str; 7] =
        ["anthropic:g", "anthropic:a", "anthropic:f", "anthropic:b", "anthropic:e", "anthropic:c", "anthropic:d"];
    for (allowed, expected) in [(0, 1), (1, 1), (2, 2), (3, 3), (500, 7)] {
        let http = Arc::new(Counting::default());
        let mut setup = Setup::new("http://127.0.0.1:9", profiles(NAMES.map(|name| (name, key(A)))));
        setup.http = Arc::clone(&http) as Arc<dyn HttpSend>;
        let client = setup.client(|builder| builder);
        let told = Mutex::new(Vec::new());
        let mut ended = Vec::new();
        let report = client
            .probe(&patient().concurrency(allowed), |progress| {
                told.lock().unwrap().push((progress.done, progress.total));
                ended.extend(progress.last.map(|result| result.label.clone()));
            })
            .await
            .unwrap();
        assert_eq!(http.most.load(Ordering::SeqCst), expected, "{allowed}");
        assert_eq!(report.results.iter().map(|result| result.label.as_str()).collect::<Vec<_>>(), NAMES);
        assert_eq!(told.into_inner().unwrap(), (0..=7).map(|done| (done, 7)).collect::<Vec<_>>());
        // As they come, which is another order as soon as there are several.
        assert_eq!(ended == NAMES, expected == 1, "{allowed}: {ended:?}");
    }
}

#[tokio::test]
async fn whoever_drops_it_ends_it_and_it_can_be_spawned() {
    let server = ScriptedServer::start().unwrap();
    server.on(A, [Reply::text("OK").delay(Duration::from_secs(600))]);
    let client = Setup::new(&server.url(), profiles([("anthropic:a", key(A))])).client(|builder| builder);
    let request = patient().profile(id("anthropic:a"));
    let probing = tokio::spawn(async move { client.probe(&request, |_| {}).await.map(drop) });
    while server.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    probing.abort();
    assert!(probing.await.unwrap_err().is_cancelled());
}
