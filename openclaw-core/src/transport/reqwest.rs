//! HTTP through reqwest, with the settings that a credential needs.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use reqwest::redirect::Policy;

use super::{ByteStream, HttpSend, SendError, SendErrorKind};
use crate::base_url::is_literal_loopback;

/// Time-outs and connections.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReqwestSettings {
    /// How long connecting may take (default 10 s).
    pub connect: Duration,
    /// How long the line may be silent (default 60 s). A long answer is not a silent one, since
    /// answers are streamed.
    pub idle: Duration,
}

impl Default for ReqwestSettings {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), idle: Duration::from_secs(60) }
    }
}

/// Sends with reqwest and rustls: no redirects, no referer, no decompression, system proxies but
/// never for loopback, https only except on loopback.
///
/// The clients are built when the first request is sent: reading the system's certificates takes
/// milliseconds that a program which sends nothing should not pay. Needs a tokio runtime.
#[derive(Debug, Default)]
pub struct ReqwestSend {
    settings: ReqwestSettings,
    remote: OnceLock<Built>,
    loopback: OnceLock<Built>,
    plain: OnceLock<Built>,
}

type Built = Result<reqwest::Client, SendError>;

/// Where a request goes: each way has a client of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To another machine, by https.
    Remote,
    /// To this machine, by https.
    Loopback,
    /// To this machine, by plain http.
    Plain,
}

impl ReqwestSend {
    /// With other settings than the default.
    #[must_use]
    pub const fn new(settings: ReqwestSettings) -> Self {
        Self { settings, remote: OnceLock::new(), loopback: OnceLock::new(), plain: OnceLock::new() }
    }

    fn client(&self, way: Way) -> Result<&reqwest::Client, SendError> {
        let built = match way {
            Way::Remote => &self.remote,
            Way::Loopback => &self.loopback,
            Way::Plain => &self.plain,
        };
        built.get_or_init(|| self.build(way)).as_ref().map_err(Clone::clone)
    }

    fn build(&self, way: Way) -> Built {
        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(self.settings.connect)
            .read_timeout(self.settings.idle)
            .https_only(way != Way::Plain);
        if way != Way::Remote {
            // A proxy on another machine could not reach this one, and would see the credential.
            builder = builder.no_proxy();
        }
        if way == Way::Plain {
            builder = builder.tls_certs_only([]);
        }
        builder.build().map_err(|error| SendError::other(words("cannot set up HTTP", &error)))
    }
}

#[async_trait]
impl HttpSend for ReqwestSend {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<ByteStream>, SendError> {
        let plain = request.uri().scheme() == Some(&http::uri::Scheme::HTTP);
        let way = match (plain, request.uri().host().is_some_and(is_literal_loopback)) {
            (false, false) => Way::Remote,
            (false, true) => Way::Loopback,
            (true, true) => Way::Plain,
            (true, false) => {
                let message = "refused to send a credential over plain http to another host; use https";
                return Err(SendError::new(SendErrorKind::Refused, message));
            }
        };
        let request = reqwest::Request::try_from(request);
        let request = request.map_err(|error| SendError::other(words("cannot make the request", &error)))?;
        let mut answer = self.client(way)?.execute(request).await.map_err(|error| classify(&error))?;
        let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
        let body: ByteStream = Box::pin(answer.bytes_stream().map(|chunk| chunk.map_err(|error| classify(&error))));
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

fn classify(error: &reqwest::Error) -> SendError {
    if error.is_timeout() {
        let what = if error.is_connect() { "connecting took too long" } else { "nothing came for too long" };
        SendError::new(SendErrorKind::Timeout, what)
    } else if error.is_connect() {
        SendError::new(SendErrorKind::Connect, words("cannot connect", error))
    } else if error.is_body() || error.is_decode() || error.is_request() {
        SendError::new(SendErrorKind::Cut, words("the connection was cut", error))
    } else {
        SendError::other(words("the request failed", error))
    }
}

/// The deepest cause says it best, and unlike reqwest's own text it holds no URL.
fn words(what: &str, error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| what.to_owned(), |cause| format!("{what}: {}", crate::secret::printable(&cause.to_string())))
}
