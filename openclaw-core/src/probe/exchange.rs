//! One probe: its secret, its request, and what the answer says.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use http::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::ProbeRequest;
use super::view::{ProbeKind, ProbeReason, ProbeResult, ProbeStatus, millis};
use crate::client::{Answer, Client, End, read_up_to, refusal, request_id};
use crate::failover::{Referenced, Unsendable};
use crate::health::FailureReason;
use crate::messages::{MessageRequest, RenderError, RenderOptions, StreamEvent, bodiless_headers, parse_error, render};
use crate::outcome::Failure;
use crate::profile::Profile;
use crate::provider::{AuthProvider, provider_for};
use crate::resolver::UnusableReason;
use crate::secret::same_secret;
use crate::secret_source::usable;
use crate::time::Timestamp;
use crate::transport::{ByteStream, SendError};

/// The most of an answer that is read: a list of models takes some 10 KiB.
const LIMIT: usize = 1024 * 1024;

/// What a server says for 200: a list of models, and not the page of a captive portal.
#[derive(Deserialize)]
struct ModelList {
    #[expect(dead_code, reason = "that it is there is what counts")]
    data: Vec<IgnoredAny>,
}

/// What each probe of one request needs.
pub(super) struct Prober {
    client: Client,
    timeout: Duration,
    max_tokens: u32,
}

type Deadline<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl Prober {
    pub(super) fn new(client: &Client, request: &ProbeRequest) -> Self {
        Self { client: client.clone(), timeout: request.timeout, max_tokens: request.max_tokens }
    }

    /// Probes one profile, for at most the time there is for it.
    pub(super) async fn run(self, mut result: ProbeResult, profile: Profile) -> ProbeResult {
        let inner = Arc::clone(&self.client.inner.failover.inner);
        let mut deadline: Deadline<'_> = inner.clock.sleep(self.timeout);
        let (provider, referenced) = match within(inner.sendable(&profile), &mut deadline).await {
            Some(Ok(found)) => found,
            Some(Err(Unsendable::Unresolved(why))) => {
                let reason = ProbeReason::Unusable(UnusableReason::UnresolvedRef);
                return result.not_sent(ProbeStatus::Unknown, reason, &why);
            }
            Some(Err(Unsendable::Malformed(why))) => {
                let reason = ProbeReason::Unusable(UnusableReason::Malformed);
                return result.not_sent(ProbeStatus::Unknown, reason, &format!("The secret cannot be sent: {why}"));
            }
            None => {
                let reason = ProbeReason::Failed(FailureReason::Timeout);
                let text = format!("its reference led to no secret within {} ms", self.timeout.as_millis());
                return result.not_sent(ProbeStatus::Timeout, reason, &text);
            }
        };
        self.ask(&mut result, provider, &mut deadline).await;
        let refused = matches!(result.status, ProbeStatus::Auth).then_some(referenced).flatten();
        if let Some(Referenced { reference, secret }) = refused {
            // As a request does: another secret may be there by now, and what was refused is no longer it.
            let renewed = within(inner.secrets.renew(&reference, &secret), &mut deadline).await;
            let renewed = renewed.and_then(|found| usable(&reference, found.ok()?).ok());
            if let Some(renewed) = renewed.filter(|renewed| !same_secret(renewed, &secret)) {
                self.ask(&mut result, provider_for(profile.kind(), renewed), &mut deadline).await;
            }
        }
        result
    }

    /// Sends it with this credential and enters what comes of it.
    async fn ask(&self, result: &mut ProbeResult, provider: Arc<dyn AuthProvider>, deadline: &mut Deadline<'_>) {
        let clock = &self.client.inner.failover.inner.clock;
        let began = clock.monotonic();
        let answered = within(self.exchange(result, provider.as_ref()), deadline).await;
        let took = millis(clock.monotonic().saturating_sub(began));
        let answered = answered.unwrap_or_else(|| {
            Err(Failure::connection(&format!("no whole answer within {} ms", self.timeout.as_millis())))
        });
        result.mode = Some(provider.kind());
        result.latency_ms = Some(took);
        match answered {
            Ok(id) => {
                result.status = ProbeStatus::Ok;
                result.request_id = id.map(|id| provider.redact(&id));
                (result.error, result.reason_code, result.http_status, result.until) = (None, None, None, None);
            }
            Err(mut failure) => {
                failure.hide(|text| provider.redact(text));
                *result = result.clone().failed(&failure);
            }
        }
    }

    /// The provider's id of a request that it answered as it should.
    async fn exchange(&self, target: &ProbeResult, provider: &dyn AuthProvider) -> Result<Option<String>, Failure> {
        let client = &self.client.inner;
        let mut request = self.request(target, provider)?;
        if let Err(error) = provider.authorize(request.headers_mut()).await {
            return Err(ours(&error.to_string()));
        }
        let answer = client.http.send(request).await;
        let response = answer.map_err(|error| Failure::connection(&error.message))?;
        let now = client.failover.inner.clock.now();
        // The deadline of the whole probe comes before it.
        let slack = self.timeout.saturating_mul(2);
        match target.probe {
            ProbeKind::Auth => listed(response, now, slack).await,
            ProbeKind::Model => answered(response, now, slack).await,
        }
    }

    /// The request without its credential: the very same headers, whatever is asked.
    fn request(&self, target: &ProbeResult, provider: &dyn AuthProvider) -> Result<http::Request<Bytes>, Failure> {
        let client = &self.client.inner;
        let Some(endpoint) = client.endpoints.get(&target.provider) else {
            return Err(ours(&format!("no address is known for provider {}", target.provider)));
        };
        let model = target.model.as_ref().map_or("", |model| model.model());
        let mut options = RenderOptions::new(&target.provider, model, provider.kind());
        options.user_agent = &client.user_agent;
        options.headers = &endpoint.headers;
        let unrendered = |error: RenderError| Failure::new(FailureReason::Format, &error.to_string());
        let (method, url, headers, body) = match target.probe {
            ProbeKind::Auth => {
                (Method::GET, &endpoint.models_url, bodiless_headers(&options).map_err(unrendered)?, Bytes::new())
            }
            ProbeKind::Model => {
                options.stream = true;
                let message = MessageRequest::user("Reply with OK.").max_tokens(self.max_tokens);
                let rendered = render(&message, &options).map_err(unrendered)?;
                (Method::POST, &endpoint.messages_url, rendered.headers, rendered.body)
            }
        };
        let mut request = http::Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = url.parse().map_err(|_| ours("the address is no URL"))?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// Something that no server said.
fn ours(message: &str) -> Failure {
    Failure::new(FailureReason::Unknown, message)
}

/// Whether a list of models came back.
async fn listed(
    response: http::Response<ByteStream>,
    now: Timestamp,
    patience: Duration,
) -> Result<Option<String>, Failure> {
    let (head, body) = response.into_parts();
    if !head.status.is_success() {
        return Err(refusal(&head, body, now).await);
    }
    let (bytes, end) = read_up_to(body, LIMIT, patience).await;
    match end {
        End::TooLong => Err(Failure::new(FailureReason::ServerError, TOO_LONG)),
        End::TooSlow => Err(Failure::connection("the answer came too slowly")),
        End::Cut(message) => Err(Failure::connection(&message)),
        // Some gateways say 200 and mean the error in the body.
        End::Complete => match (parse_error(&bytes), serde_json::from_slice::<ModelList>(&bytes)) {
            (Some(error), _) => Err(Failure::stream_error(&error.error_type, &error.message)),
            (None, Ok(_)) => Ok(request_id(&head.headers)),
            (None, Err(_)) => {
                let text = format!("HTTP {} without a list of models: this is not the provider", head.status.as_u16());
                Err(Failure::new(FailureReason::ServerError, &text))
            }
        },
    }
}

const TOO_LONG: &str = "the answer is longer than 1 MiB";

/// Whether a message came back, to its end.
async fn answered(
    response: http::Response<ByteStream>,
    now: Timestamp,
    stall: Duration,
) -> Result<Option<String>, Failure> {
    let over = Arc::new(AtomicBool::new(false));
    let response = response.map(|body| capped(body, Arc::clone(&over)));
    let read = async {
        let mut answer = Answer::open(response, now, stall).await?;
        while let Some(event) = answer.next().await {
            if matches!(event?, StreamEvent::MessageStop) {
                break;
            }
        }
        Ok(answer.request_id)
    };
    let read: Result<Option<String>, Failure> = read.await;
    match read {
        Err(_) if over.load(Ordering::Relaxed) => Err(Failure::new(FailureReason::ServerError, TOO_LONG)),
        read => read,
    }
}

/// A body that breaks off where it becomes too long, and says so.
fn capped(body: ByteStream, over: Arc<AtomicBool>) -> ByteStream {
    let read = AtomicUsize::new(0);
    Box::pin(body.map(move |chunk| {
        let chunk = chunk?;
        if read.fetch_add(chunk.len(), Ordering::Relaxed).saturating_add(chunk.len()) > LIMIT {
            over.store(true, Ordering::Relaxed);
            return Err(SendError::other(TOO_LONG));
        }
        Ok(chunk)
    }))
}

/// The work, if it ends before the deadline does.
async fn within<T>(work: impl Future<Output = T>, deadline: &mut Deadline<'_>) -> Option<T> {
    match select(pin!(work), deadline).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
