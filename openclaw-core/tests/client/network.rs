//! Where a credential may travel: no redirect, no proxy and no address that only looks like this machine
//! takes it elsewhere. Refused connections.

use std::net::TcpListener;
use std::process::Command;

use openclaw_core::testing::{Reply, ScriptedServer};
use openclaw_core::{
    Client, ErrorKind, FailureReason, HttpSend, ManualClock, NoJitter, SendErrorKind, check_base_url, messages_url,
};

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

#[tokio::test]
async fn no_redirect_is_followed_wherever_it_leads() {
    let elsewhere = ScriptedServer::start().unwrap();
    elsewhere.otherwise([Reply::text("mine now")]);
    let host = elsewhere.url().trim_start_matches("http://").to_owned();
    let port = host.rsplit(':').next().unwrap();
    for target in [
        format!("http://{host}/v1/messages"),
        format!("http://localhost:{port}/v1/messages"),
        format!("https://{host}/v1/messages"),
        format!("//{host}/v1/messages"),
        "/v1/messages/again".to_owned(),
        "?again".to_owned(),
    ] {
        for status in [300, 301, 302, 303, 304, 305, 306, 307, 308] {
            let server = ScriptedServer::start().unwrap();
            let redirect = Reply::raw(status, "text/html", "").header("location", &target);
            server.on(A, [redirect.header("refresh", &format!("0; url={target}"))]);
            server.otherwise([Reply::text("again")]);
            let client = on(&server, &ManualClock::at(START)).api_key("a", A).build().unwrap();
            let error = client.ask("Bonjour").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Failed(FailureReason::Unknown), "{status} {target}");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(A) && !shown.contains(port), "{shown}");
            let requests = server.requests();
            assert_eq!(requests.len(), 1, "{status} {target}");
            assert!(requests[0].header("referer").is_none());
        }
    }
    assert!(elsewhere.requests().is_empty());
}

/// Refused when the client is made, and again by the transport, whoever calls it.
#[tokio::test]
async fn what_only_looks_like_this_machine_gets_no_plain_http() {
    for host in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "localhost.evil.test",
        "127.0.0.1.nip.io",
        "127.0.0.1.",
        "127.0.0.1.evil.test",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.01",
        "0.0.0.0",
        "0",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[::1%25lo]",
        "[::1].evil.test",
        "user@127.0.0.1",
        "127.0.0.1@evil.test",
        "127.0.0.1:80@evil.test",
        "127.0.0.1%2eevil.test",
        "127.0.0.1%00.evil.test",
        "127.0.0.1\\@evil.test",
        "127.0.0.1\t.evil.test",
        "１２７.0.0.1",
        "evil.test#@127.0.0.1",
        "evil.test?@127.0.0.1",
        "evil.test\\@127.0.0.1",
    ] {
        let url = format!("http://{host}");
        check_base_url(&url).expect_err(&url);
        let error = Client::builder().api_key("a", A).base_url(&url).build().unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.kind() == ErrorKind::Config && !shown.contains("evil"), "{shown}");
        // Whoever it names, that one is this machine.
        if host == "user@127.0.0.1" {
            continue;
        }
        if let Ok(request) = http::Request::post(messages_url(&url)).body(bytes::Bytes::new()) {
            let refused = http(std::time::Duration::from_secs(1)).send(request).await.err().unwrap();
            // Other: what is sent by does not take it for an address at all.
            assert!(matches!(refused.kind, SendErrorKind::Refused | SendErrorKind::Other), "{url}: {refused}");
            assert!(refused.message.starts_with("refused") || refused.message.starts_with("cannot make"), "{refused}");
        }
    }
}

/// What a program with these variables asks of a proxy when it speaks to another machine by https; `.invalid`
/// names no machine.
#[test]
fn proxies_of_the_environment_see_where_to_and_no_more() {
    let host = "api.anthropic.invalid";
    for (variables, asked) in [
        (&["HTTPS_PROXY"][..], true),
        (&["https_proxy"], true),
        (&["ALL_PROXY"], true),
        (&["HTTP_PROXY"], false),
        (&["HTTPS_PROXY", "NO_PROXY"], false),
        (&["ALL_PROXY", "no_proxy"], false),
        (&[], false),
    ] {
        let proxy = ScriptedServer::start().unwrap();
        proxy.otherwise([Reply::raw(403, "text/html", "")]);
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "network::child_that_speaks_to_another_machine", "--nocapture", "--include-ignored"]);
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_ascii_lowercase());
        }
        for name in variables {
            let value = if name.eq_ignore_ascii_case("NO_PROXY") { host.to_owned() } else { proxy.url() };
            command.env(name, value);
        }
        let output = command.env(CHILD, host).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains("nobody answered"), "{text}");
        let requests = proxy.requests();
        assert_eq!(!requests.is_empty(), asked, "{variables:?}");
        for request in requests {
            assert_eq!((request.method.as_str(), request.path.as_str()), ("CONNECT", "api.anthropic.invalid:443"));
            assert!(request.credential().is_none() && request.body.is_empty());
            assert!(request.headers.iter().all(|(_, value)| !value.contains(A)));
        }
    }
}

#[tokio::test]
#[ignore = "runs as the child of the test above"]
async fn child_that_speaks_to_another_machine() {
    let Ok(host) = std::env::var(CHILD) else { return };
    if host == "1" {
        return;
    }
    let builder = Client::builder().base_url(&format!("https://{host}")).api_key("a", A);
    let client = builder.clock(ManualClock::at(START)).jitter(NoJitter).build().unwrap();
    let error = client.ask("Bonjour").await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(A) && !shown.contains(&host), "{shown}");
    assert_eq!(error.kind(), ErrorKind::Failed(FailureReason::Timeout));
    println!("nobody answered");
}
