//! A request, a model and a credential's kind become headers and a body.
//!
//! Every attempt renders anew from the program's request, so that nothing of an earlier credential
//! can remain. The credential itself is added later, by whoever holds it.

use std::fmt;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT as USER_AGENT_HEADER};
use thiserror::Error;

use super::request::MessageRequest;
use super::{betas, body};
use crate::credential::CredentialKind;
use crate::id::ProviderId;
use crate::model::PromptCache;

/// The version of the API that is spoken (`anthropic-version`).
pub const ANTHROPIC_VERSION: &str = "2023-06-01";

/// How this library names itself (`user-agent`). It never names another product.
pub const USER_AGENT: &str = concat!("openclaw-core/", env!("CARGO_PKG_VERSION"));

/// The longest answer in tokens when nothing says otherwise: what every Claude model accepts.
pub const DEFAULT_MAX_TOKENS: u32 = 4096;

/// Headers that configuration cannot set: the credential is the attempt's alone, and what describes
/// the connection or the body is known only to us.
const OWN_HEADERS: [&str; 20] = [
    "accept",
    "accept-encoding",
    "anthropic-beta", // merged, not replaced
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent", // who we are is not configurable: never another product's name
    "x-api-key",
];

/// Configured headers whose values may be shown; every other one may be a secret.
const PUBLIC_HEADERS: [&str; 1] = ["anthropic-version"];

/// Why a request cannot be rendered. No variant shows a value, only names.
///
/// ```
/// use openclaw_core::messages::{MessageRequest, RenderError, RenderOptions, render};
/// use openclaw_core::{CredentialKind, ProviderId};
/// let provider = ProviderId::anthropic();
/// let options = RenderOptions::new(&provider, "claude-opus-4-5", CredentialKind::ApiKey);
/// let request = MessageRequest::user("Bonjour").field("model", "another");
/// let error = render(&request, &options).unwrap_err();
/// assert_eq!(error, RenderError::ReservedField("model"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RenderError {
    /// `extra` holds a field that has its own place.
    #[error("the request's extra field \"{0}\" is reserved: set it where it belongs, not as an extra field")]
    ReservedField(&'static str),
    /// A flag for `anthropic-beta` is empty or not plain ASCII.
    #[error("an anthropic-beta flag holds spaces, control or non-ASCII characters: check the provider's headers")]
    Beta,
    /// The program's name cannot be a header's value.
    #[error("the user agent cannot be sent: use printable ASCII without line breaks")]
    UserAgent,
    /// The temperature is infinite or not a number.
    #[error("the temperature is not a finite number: use a value from 0 to 1")]
    Temperature,
    /// More headers than one request can hold.
    #[error("the provider's configuration holds too many headers")]
    TooManyHeaders,
    /// The body could not be written as JSON.
    #[error("the request cannot be written as json")]
    Body,
}

/// What one attempt adds to the program's request. `Debug` shows configured headers by name only.
///
/// ```
/// use openclaw_core::messages::RenderOptions;
/// use openclaw_core::{CacheTtl, CredentialKind, PromptCache, ProviderId};
/// let provider = ProviderId::anthropic();
/// let mut options = RenderOptions::new(&provider, "claude-opus-4-5", CredentialKind::ApiKey);
/// options.cache = PromptCache::Ttl(CacheTtl::OneHour);
/// options.stream = true;
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RenderOptions<'a> {
    /// The provider that is asked; `anthropic` alone gets the flag for long caching.
    pub provider: &'a ProviderId,
    /// The model, as the provider names it.
    pub model: &'a str,
    /// The kind of the credential that will be added.
    pub kind: CredentialKind,
    /// Whether breakpoints of ours are set. They never are where the caller set one.
    pub cache: PromptCache,
    /// Whether the answer shall come as events.
    pub stream: bool,
    /// The program's own name, put before [`USER_AGENT`]; empty for none.
    pub user_agent: &'a str,
    /// The provider's configured headers. They win over ours, except that they cannot carry a
    /// credential, name another program, or describe the connection or the body; `anthropic-beta` is merged.
    pub headers: &'a [(HeaderName, HeaderValue)],
    /// The caller's `anthropic-beta` flags; `-flag` takes one out.
    pub betas: &'a [String],
    /// The longest answer in tokens when the request does not say.
    pub default_max_tokens: u32,
    /// The model's configured temperature; the request's wins.
    pub temperature: Option<f64>,
}

impl<'a> RenderOptions<'a> {
    /// Options without caching, streaming, extra headers or flags.
    #[must_use]
    pub const fn new(provider: &'a ProviderId, model: &'a str, kind: CredentialKind) -> Self {
        Self {
            provider,
            model,
            kind,
            cache: PromptCache::Off,
            stream: false,
            user_agent: "",
            headers: &[],
            betas: &[],
            default_max_tokens: DEFAULT_MAX_TOKENS,
            temperature: None,
        }
    }
}

impl fmt::Debug for RenderOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderOptions")
            .field("provider", &self.provider)
            .field("model", &self.model)
            .field("kind", &self.kind)
            .field("cache", &self.cache)
            .field("stream", &self.stream)
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("betas", &self.betas)
            .finish_non_exhaustive()
    }
}

/// A request that lacks only its address and its credential. `Debug` shows the body's size only.
///
/// ```
/// use openclaw_core::messages::{MessageRequest, RenderOptions, Rendered, render};
/// use openclaw_core::{CredentialKind, ProviderId};
/// let provider = ProviderId::anthropic();
/// let options = RenderOptions::new(&provider, "claude-opus-4-5", CredentialKind::Token);
/// let Rendered { headers, body, .. } = render(&MessageRequest::user("Bonjour"), &options)?;
/// assert_eq!(headers["anthropic-beta"], "oauth-2025-04-20");
/// assert!(body.starts_with(br#"{"model":"claude-opus-4-5","max_tokens":4096,"#));
/// # Ok::<(), openclaw_core::messages::RenderError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// All headers except the credential's.
    pub headers: HeaderMap,
    /// The JSON body.
    pub body: Bytes,
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered").field("headers", &self.headers).field("body_bytes", &self.body.len()).finish()
    }
}

/// Renders a request for one attempt.
///
/// Rules that the kind decides (the provider page and Anthropic's documentation): an API key of
/// provider `anthropic` carries the flag `extended-cache-ttl-2025-04-11`, and custom headers drop it
/// only with an explicit `-extended-cache-ttl-2025-04-11`. A setup-token or OAuth token carries
/// `oauth-2025-04-20`, which cannot be dropped, and neither the flag for long caching nor any `ttl`,
/// wherever these come from.
///
/// # Errors
/// [`RenderError`]: a reserved extra field, a temperature that is no number, or a text that no header can hold.
pub fn render(request: &MessageRequest, options: &RenderOptions<'_>) -> Result<Rendered, RenderError> {
    Ok(Rendered { headers: headers(options)?, body: body::render(request, options)? })
}

/// The headers of a request that has no body: the same, but for what describes a body.
///
/// # Errors
/// As [`render`].
pub(crate) fn bodiless_headers(options: &RenderOptions<'_>) -> Result<HeaderMap, RenderError> {
    let mut headers = headers(options)?;
    headers.remove(CONTENT_TYPE);
    Ok(headers)
}

fn headers(options: &RenderOptions<'_>) -> Result<HeaderMap, RenderError> {
    let mut headers = HeaderMap::with_capacity(8 + options.headers.len().min(64));
    let mut set = |name: HeaderName, value: HeaderValue| {
        headers.try_insert(name, value).map(drop).map_err(|_| RenderError::TooManyHeaders)
    };
    let accept = if options.stream { "text/event-stream" } else { "application/json" };
    set(ACCEPT, HeaderValue::from_static(accept))?;
    set(CONTENT_TYPE, HeaderValue::from_static("application/json"))?;
    set(HeaderName::from_static("anthropic-version"), HeaderValue::from_static(ANTHROPIC_VERSION))?;
    set(USER_AGENT_HEADER, user_agent(options.user_agent)?)?;
    for (name, value) in options.headers {
        if !OWN_HEADERS.contains(&name.as_str()) {
            let mut value = value.clone();
            value.set_sensitive(!PUBLIC_HEADERS.contains(&name.as_str()));
            set(name.clone(), value)?;
        }
    }
    if let Some(value) = betas::header(options)? {
        set(HeaderName::from_static("anthropic-beta"), value)?;
    }
    Ok(headers)
}

fn user_agent(program: &str) -> Result<HeaderValue, RenderError> {
    match program.trim() {
        "" => Ok(HeaderValue::from_static(USER_AGENT)),
        program if program.bytes().all(|b| matches!(b, b' '..=b'~')) => {
            HeaderValue::from_str(&format!("{program} {USER_AGENT}")).map_err(|_| RenderError::UserAgent)
        }
        _ => Err(RenderError::UserAgent),
    }
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
