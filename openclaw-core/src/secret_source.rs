//! Where referenced secrets are found.

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;
use thiserror::Error;

use crate::credential::{SecretRef, SecretRefSource};
use crate::env::Env;

/// Resolves a [`SecretRef`] when it is needed.
///
/// ```
/// use async_trait::async_trait;
/// use openclaw_core::{SecretError, SecretRef, SecretSource};
/// use secrecy::SecretString;
///
/// /// A vault that knows one secret.
/// #[derive(Debug)]
/// struct Vault;
///
/// #[async_trait]
/// impl SecretSource for Vault {
///     async fn resolve(&self, reference: &SecretRef) -> Result<SecretString, SecretError> {
///         match reference.id.as_str() {
///             "claude/key" => Ok("sk-ant-api03-from-the-vault".into()),
///             _ => Err(SecretError::NotFound(reference.clone())),
///         }
///     }
/// }
/// # futures_executor::block_on(async {
/// assert!(Vault.resolve(&SecretRef::new("exec", "vault", "claude/key")).await.is_ok());
/// # });
/// ```
#[async_trait]
pub trait SecretSource: fmt::Debug + Send + Sync {
    /// The secret.
    ///
    /// # Errors
    /// Why it cannot be had. The profile is unusable then; nothing else takes its place silently.
    async fn resolve(&self, reference: &SecretRef) -> Result<SecretString, SecretError>;
}

/// Why a referenced secret cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The source does not have it.
    #[error("{0} is not set or empty")]
    NotFound(SecretRef),
    /// Nobody here can ask that source.
    #[error("{0} refers to a source that this program cannot ask")]
    Unsupported(SecretRef),
}

/// Resolves references to environment variables, and no others.
#[derive(Debug, Clone, Default)]
pub struct EnvSecrets {
    env: Env,
}

impl EnvSecrets {
    /// Variables of this environment.
    #[must_use]
    pub const fn new(env: Env) -> Self {
        Self { env }
    }
}

#[async_trait]
impl SecretSource for EnvSecrets {
    async fn resolve(&self, reference: &SecretRef) -> Result<SecretString, SecretError> {
        if reference.source != SecretRefSource::Env {
            return Err(SecretError::Unsupported(reference.clone()));
        }
        let value = self.env.get(&reference.id).ok_or_else(|| SecretError::NotFound(reference.clone()))?;
        Ok(SecretString::from(value.trim()))
    }
}
