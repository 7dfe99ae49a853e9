//! Proxies, refused connections.

use std::net::TcpListener;
use std::process::Command;

use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{Client, ErrorKind, FailureReason, ManualClock, NoJitter};

use crate::support::{A, START, http, on};

#[tokio::test]
async fn a_refused_connection_is_retried_and_named_without_its_address() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let client = Client::builder()
        .base_url(&format!("http://127.0.0.1:{port}"))
        .api_key("a", A)
        .clock(ManualClock::at(START))
        .jitter(NoJitter)
        .http(http(std::time::Duration::from_secs(5)))
        .build()
        .unwrap();
    let error = client.ask("Bonjour").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed(FailureReason::Timeout));
    let text = error.to_string();
    assert!(text.starts_with("cannot connect: ") && !text.contains(&port.to_string()), "{text}");
}

const CHILD: &str = "OPENCLAW_TEST_CHILD_OF_PROXY";

/// A proxy in the environment would see the credential in clear: loopback goes around it.
#[test]
fn proxies_of_the_environment_are_not_used_for_loopback() {
    let proxy = ScriptedServer::start().unwrap();
    proxy.otherwise([Reply::text("from the proxy")]);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "network::child_of_the_proxy_test", "--nocapture", "--include-ignored"])
        .env(CHILD, "1")
        .envs(["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"].map(|name| (name, proxy.url())))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains("served directly"), "{text}");
    assert!(proxy.requests().is_empty(), "{:?}", proxy.requests());
}

#[tokio::test]
#[ignore = "runs as the child of the test above"]
async fn child_of_the_proxy_test() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let server = ScriptedServer::start().unwrap();
    server.on(A, [Reply::text("Bonjour")]);
    let client = on(&server, &ManualClock::at(START)).api_key("a", A).build().unwrap();
    assert_eq!(client.ask("Bonjour").await.unwrap().text(), "Bonjour");
    // Also by https, where nothing but a handshake would reach a proxy.
    let secure = server.url().replace("http:", "https:");
    let client = Client::builder().base_url(&secure).api_key("a", A).clock(ManualClock::at(START)).build().unwrap();
    assert!(client.ask("Bonjour").await.is_err());
    println!("served directly");
}
