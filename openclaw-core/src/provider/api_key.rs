//! An API key from Anthropic's console: `x-api-key`.

use async_trait::async_trait;
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

use super::{AuthError, AuthProvider, X_API_KEY, hide, sensitive, strip};
use crate::credential::{CredentialKind, looks_like_setup_token};

/// Sends `x-api-key: <key>`.
#[derive(Debug, Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// A key, as it is.
    #[must_use]
    pub const fn new(key: SecretString) -> Self {
        Self(key)
    }
}

#[async_trait]
impl AuthProvider for ApiKey {
    fn kind(&self) -> CredentialKind {
        CredentialKind::ApiKey
    }

    #[expect(clippy::disallowed_methods, reason = "edge: the secret becomes a header here")]
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<(), AuthError> {
        if looks_like_setup_token(&self.0) {
            return Err(AuthError::SetupTokenAsApiKey);
        }
        let value = sensitive(self.0.expose_secret(), CredentialKind::ApiKey)?;
        strip(headers);
        headers.insert(X_API_KEY, value);
        Ok(())
    }

    fn redact(&self, text: &str) -> String {
        hide(text, &self.0)
    }
}
