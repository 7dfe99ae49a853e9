//! Real sockets, on which some credentials find nobody at the other end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use openclaw_core::{ByteStream, HttpSend, ReqwestSend, SendError};

use crate::support::http;

/// Port 1 is tcpmux's, which no machine serves any more: connections are refused.
const NOBODY: &str = "127.0.0.1:1";

/// A credential and a model.
type Who = (String, String);

/// Sends with `ReqwestSend`, and keeps a record of every call, since a refused connection leaves none
/// at the server.
#[derive(Debug)]
pub(crate) struct Routed {
    http: Arc<ReqwestSend>,
    refused: Vec<Who>,
    calls: Mutex<Vec<Who>>,
}

impl Routed {
    /// These go to a port that nobody listens on, the rest where it should.
    pub(crate) fn new(idle: Duration, refused: Vec<Who>) -> Self {
        Self { http: http(idle), refused, calls: Mutex::default() }
    }

    /// The calls since the last look.
    pub(crate) fn take(&self) -> Vec<Who> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

#[async_trait]
impl HttpSend for Routed {
    async fn send(&self, mut request: http::Request<Bytes>) -> Result<http::Response<ByteStream>, SendError> {
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let key = request.headers().get("x-api-key").unwrap().to_str().unwrap();
        let who = (key.to_owned(), body["model"].as_str().unwrap().to_owned());
        self.calls.lock().unwrap().push(who.clone());
        if self.refused.contains(&who) {
            let uri = format!("http://{NOBODY}{}", request.uri().path());
            *request.uri_mut() = uri.parse().unwrap();
        }
        self.http.send(request).await
    }
}
