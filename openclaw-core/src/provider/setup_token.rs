//! A setup-token (or the access token of a login): `authorization: Bearer`.

use async_trait::async_trait;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{AuthError, AuthProvider, hide, sensitive, strip};
use crate::credential::CredentialKind;

/// The beta flag without which Anthropic refuses a Bearer token.
pub const OAUTH_BETA: &str = "oauth-2025-04-20";

/// What the flags of prompt caching's longer life begin with, which subscriptions do not have.
const EXTENDED_CACHE: &str = "extended-cache-ttl-";

/// Sends `authorization: Bearer <token>` with [`OAUTH_BETA`], under our own name: neither this type
/// nor any other of the library claims to be another product.
#[derive(Debug, Clone)]
pub struct SetupToken {
    token: SecretString,
    kind: CredentialKind,
}

impl SetupToken {
    /// A setup-token, as it is.
    #[must_use]
    pub const fn new(token: SecretString) -> Self {
        Self { token, kind: CredentialKind::Token }
    }

    /// The access token of a login.
    #[must_use]
    pub const fn oauth(access: SecretString) -> Self {
        Self { token: access, kind: CredentialKind::OAuth }
    }
}

#[async_trait]
impl AuthProvider for SetupToken {
    fn kind(&self) -> CredentialKind {
        self.kind
    }

    #[expect(clippy::disallowed_methods, reason = "edge: the secret becomes a header here")]
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<(), AuthError> {
        let bearer = Zeroizing::new(format!("Bearer {}", self.token.expose_secret()));
        let value = sensitive(&bearer, self.kind)?;
        strip(headers);
        headers.insert(AUTHORIZATION, value);
        complete_beta(headers);
        Ok(())
    }

    fn redact(&self, text: &str) -> String {
        hide(text, &self.token)
    }
}

/// Adds our flag to what the request asks for, and takes off the one that only API keys may carry.
fn complete_beta(headers: &mut HeaderMap) {
    let given: Vec<&str> = headers.get_all("anthropic-beta").iter().filter_map(|value| value.to_str().ok()).collect();
    let mut flags: Vec<String> = given.join(",").split(',').map(|flag| flag.trim().to_owned()).collect();
    flags.retain(|flag| !flag.is_empty() && !flag.to_ascii_lowercase().starts_with(EXTENDED_CACHE));
    if !flags.iter().any(|flag| flag.eq_ignore_ascii_case(OAUTH_BETA)) {
        flags.insert(0, OAUTH_BETA.to_owned());
    }
    if let Ok(value) = HeaderValue::from_str(&flags.join(",")) {
        headers.insert("anthropic-beta", value);
    }
}
