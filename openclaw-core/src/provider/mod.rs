//! How a credential is applied to a request.

mod api_key;
mod setup_token;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use crate::credential::{CredentialKind, looks_like_setup_token};

pub use api_key::ApiKey;
pub use setup_token::{OAUTH_BETA, SetupToken};

/// The header of an API key.
pub(crate) const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Puts a credential on a request.
///
/// Each attempt gets fresh headers: an implementation replaces every credential that stands there,
/// so nothing of an earlier attempt can remain.
///
/// ```
/// use async_trait::async_trait;
/// use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
/// use openclaw_core::{AuthError, AuthProvider, CredentialKind};
///
/// /// A token that a gateway hands out for a short time.
/// #[derive(Debug)]
/// struct Gateway;
///
/// #[async_trait]
/// impl AuthProvider for Gateway {
///     fn kind(&self) -> CredentialKind {
///         CredentialKind::Token
///     }
///     async fn authorize(&self, headers: &mut HeaderMap) -> Result<(), AuthError> {
///         let mut value = HeaderValue::from_static("Bearer from-the-gateway");
///         value.set_sensitive(true);
///         headers.insert(AUTHORIZATION, value);
///         headers.remove("x-api-key");
///         Ok(())
///     }
/// }
/// # futures_executor::block_on(async {
/// let mut headers = HeaderMap::new();
/// Gateway.authorize(&mut headers).await?;
/// assert!(headers[AUTHORIZATION].is_sensitive());
/// # Ok::<(), AuthError>(()) }).unwrap();
/// ```
#[async_trait]
pub trait AuthProvider: fmt::Debug + Send + Sync {
    /// The kind of credential: it decides headers and body of the request.
    fn kind(&self) -> CredentialKind;

    /// Puts the credential into the headers, in place of any other.
    ///
    /// # Errors
    /// Why there is no usable credential.
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<(), AuthError>;

    /// Takes the credential out of a text of the server, which may quote it. The default knows
    /// only what all of Anthropic's credentials look like.
    fn redact(&self, text: &str) -> String {
        crate::secret::redact(text)
    }
}

/// Why a credential cannot be put on a request. Never holds the credential.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthError {
    /// It holds bytes that no header can carry.
    #[error("the {0} holds a character that no header can carry; store it again")]
    NotAHeader(CredentialKind),
    /// A setup-token stands where an API key belongs; it never goes out as `x-api-key`.
    #[error(
        "a setup-token is stored as an API key; store it with `openclaw models auth paste-token --provider anthropic`"
    )]
    SetupTokenAsApiKey,
    /// The secret is not there.
    #[error("{0}")]
    Unavailable(String),
}

/// The provider for a stored secret. A setup-token is sent as one even if it is stored as an API key.
#[must_use]
pub(crate) fn provider_for(kind: CredentialKind, secret: SecretString) -> Arc<dyn AuthProvider> {
    match kind {
        CredentialKind::ApiKey if !looks_like_setup_token(&secret) => Arc::new(ApiKey::new(secret)),
        CredentialKind::OAuth => Arc::new(SetupToken::oauth(secret)),
        CredentialKind::ApiKey | CredentialKind::Token => Arc::new(SetupToken::new(secret)),
    }
}

/// Replaces a secret wherever it stands in a text, and its beginning at the end of a shortened one.
#[expect(clippy::disallowed_methods, reason = "edge: looks for a secret in a text, to take it out")]
fn hide(text: &str, secret: &SecretString) -> String {
    /// Shorter texts are no secrets, and part of many words.
    const SHORTEST: usize = 4;
    let text = crate::secret::redact(text);
    let secret = secret.expose_secret().trim();
    if secret.len() < SHORTEST {
        return text;
    }
    let text = text.replace(secret, "***");
    let cut = text.strip_suffix('…').and_then(|whole| {
        let starts = (SHORTEST..secret.len()).rev().filter_map(|length| secret.get(..length));
        starts.into_iter().find_map(|start| whole.strip_suffix(start))
    });
    cut.map_or_else(|| text.clone(), |before| format!("{before}***…"))
}

/// A credential as a header's value: visible ASCII, which is all that no server and no proxy reads
/// in two ways (RFC 9110 §5.5), and never shown by `Debug`.
fn sensitive(text: &str, kind: CredentialKind) -> Result<HeaderValue, AuthError> {
    let value = HeaderValue::from_str(text).ok().filter(|value| value.to_str().is_ok());
    let mut value = value.ok_or(AuthError::NotAHeader(kind))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Takes every credential off.
fn strip(headers: &mut HeaderMap) {
    headers.remove(X_API_KEY);
    headers.remove(AUTHORIZATION);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorized(provider: &dyn AuthProvider, mut headers: HeaderMap) -> Result<HeaderMap, AuthError> {
        futures_executor::block_on(provider.authorize(&mut headers)).map(|()| headers)
    }

    fn beta(headers: &HeaderMap) -> Vec<&str> {
        headers.get_all("anthropic-beta").iter().map(|v| v.to_str().unwrap()).collect()
    }

    #[test]
    fn a_credential_replaces_every_other() {
        let mut before = HeaderMap::new();
        before.insert(X_API_KEY, HeaderValue::from_static("old"));
        before.insert(AUTHORIZATION, HeaderValue::from_static("Bearer old"));
        let key = authorized(&ApiKey::new("new".into()), before.clone()).unwrap();
        assert_eq!((key.get(X_API_KEY).unwrap(), key.get(AUTHORIZATION)), (&HeaderValue::from_static("new"), None));
        let token = authorized(&SetupToken::new("new".into()), before).unwrap();
        assert_eq!(token.get(AUTHORIZATION).unwrap(), "Bearer new");
        assert_eq!(token.get(X_API_KEY), None);
        assert!(key[X_API_KEY].is_sensitive() && token[AUTHORIZATION].is_sensitive());
    }

    #[test]
    fn a_token_brings_its_beta_and_leaves_the_cache_flag() {
        let mut before = HeaderMap::new();
        before.insert("anthropic-beta", HeaderValue::from_static("a-2025, extended-cache-ttl-2025-04-11"));
        let token = authorized(&SetupToken::new("t".into()), before.clone()).unwrap();
        assert_eq!(beta(&token), ["oauth-2025-04-20,a-2025"]);
        let again = authorized(&SetupToken::new("t".into()), token).unwrap();
        assert_eq!(beta(&again), ["oauth-2025-04-20,a-2025"]);
        let key = authorized(&ApiKey::new("k".into()), before).unwrap();
        assert_eq!(beta(&key), ["a-2025, extended-cache-ttl-2025-04-11"]);
    }

    #[test]
    fn a_setup_token_never_goes_out_as_an_api_key() {
        let error = authorized(&ApiKey::new("sk-ant-oat01-x".into()), HeaderMap::new()).unwrap_err();
        assert_eq!(error, AuthError::SetupTokenAsApiKey);
        let provider = provider_for(CredentialKind::ApiKey, "sk-ant-oat01-x".into());
        assert_eq!(provider.kind(), CredentialKind::Token);
        let error = authorized(&ApiKey::new("a\r\nb: CANARY".into()), HeaderMap::new()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("CANARY"));
    }

    #[test]
    fn a_quoted_credential_is_taken_out_of_texts() {
        let key = ApiKey::new("gateway/secret+1".into());
        assert_eq!(key.redact("bad gateway/secret+1, sk-ant-api03-x"), "bad ***, sk-ant-***");
        assert_eq!(key.redact("cut here: gateway/se…"), "cut here: ***…");
        assert_eq!(key.redact("a gateway timed out"), "a gateway timed out");
        assert_eq!(SetupToken::new("bearer-secret".into()).redact("not bearer-secret!"), "not ***!");
        assert_eq!(ApiKey::new("k".into()).redact("unknown key"), "unknown key");
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?} {:?}", ApiKey::new("CANARY".into()), SetupToken::new("CANARY".into()));
        assert!(!shown.contains("CANARY"), "{shown}");
    }
}
