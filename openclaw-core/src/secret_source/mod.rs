//! Where referenced secrets are found.
//!
//! ```text
//! SecretRef ──▶ SecretResolver ──▶ grammar ─▶ secrets.providers ─▶ env · file · exec ─▶ can a header carry it?
//!                    │ keeps an answer for at most 5 minutes; asks once for all who want it at the same time
//! ```

#[cfg(feature = "fs")]
mod exec;
#[cfg(feature = "fs")]
mod file;
#[cfg(feature = "fs")]
mod guard;
mod kept;
mod providers;
mod resolver;

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;
use thiserror::Error;

use crate::credential::{CredentialError, SecretRef, SecretRefSource, check_sendable, without_outer_space};
use crate::env::Env;
use crate::secret::is_blank;

pub use resolver::SecretResolver;

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

    /// What can be said of a reference without asking: for commands that only show. By default nothing is
    /// wrong with it.
    ///
    /// # Errors
    /// Why [`resolve`](Self::resolve) could not succeed.
    fn check(&self, _reference: &SecretRef) -> Result<(), SecretError> {
        Ok(())
    }

    /// Forgets what it may have kept of a secret, so that the next [`resolve`](Self::resolve) asks anew.
    /// A source that keeps nothing does nothing.
    fn forget(&self, _reference: &SecretRef) {}

    /// The secret once more, after a server refused `refused`: what was kept does not count unless it
    /// is another one by now.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    async fn renew(&self, reference: &SecretRef, _refused: &SecretString) -> Result<SecretString, SecretError> {
        self.forget(reference);
        self.resolve(reference).await
    }
}

/// Why a referenced secret cannot be had. Never holds a secret, nor what a helper wrote.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The source does not have it.
    #[error("{0} is not set or empty")]
    NotFound(SecretRef),
    /// Nobody here can ask that source.
    #[error("{0} refers to a source that this program cannot ask")]
    Unsupported(SecretRef),
    /// The reference breaks OpenClaw's grammar.
    #[error("the reference {reference} is not valid: {problem}")]
    Invalid {
        /// Which.
        reference: SecretRef,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Its provider is not configured, or not in a way that it could be asked.
    #[error("{reference} cannot be asked for: {problem}")]
    Provider {
        /// Which.
        reference: SecretRef,
        /// What is wrong with `secrets.providers`.
        problem: String,
    },
    /// Its provider was asked and gave nothing.
    #[error("{reference} gave no secret: {problem}")]
    Failed {
        /// Which.
        reference: SecretRef,
        /// Why.
        problem: String,
    },
    /// What it gave cannot be sent.
    #[error("{reference} gave a secret that cannot be used: {problem}")]
    Unusable {
        /// Which.
        reference: SecretRef,
        /// What is wrong with it.
        problem: CredentialError,
    },
}

impl SecretError {
    /// The reference.
    #[must_use]
    pub const fn reference(&self) -> &SecretRef {
        match self {
            Self::NotFound(reference) | Self::Unsupported(reference) => reference,
            Self::Invalid { reference, .. }
            | Self::Provider { reference, .. }
            | Self::Failed { reference, .. }
            | Self::Unusable { reference, .. } => reference,
        }
    }
}

/// Resolves references to environment variables, and no others: for programs without `secrets.providers`.
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
        match (&reference.source, reference.problem()) {
            (SecretRefSource::Env, None) => variable(&self.env, reference),
            (_, Some(problem)) => Err(SecretError::Invalid { reference: reference.clone(), problem }),
            (_, None) => Err(SecretError::Unsupported(reference.clone())),
        }
    }

    fn check(&self, reference: &SecretRef) -> Result<(), SecretError> {
        match (&reference.source, reference.problem()) {
            (SecretRefSource::Env, None) => variable(&self.env, reference).map(drop),
            (_, Some(problem)) => Err(SecretError::Invalid { reference: reference.clone(), problem }),
            (_, None) => Err(SecretError::Unsupported(reference.clone())),
        }
    }
}

/// The value of a variable.
fn variable(env: &Env, reference: &SecretRef) -> Result<SecretString, SecretError> {
    if env.is_unreadable(&reference.id) {
        let problem = "its value is not UTF-8".to_owned();
        return Err(SecretError::Failed { reference: reference.clone(), problem });
    }
    let value = env.get(&reference.id).ok_or_else(|| SecretError::NotFound(reference.clone()))?;
    usable(reference, value.into())
}

/// What a source gave, without the white space around it, if it can be sent at all.
pub(crate) fn usable(reference: &SecretRef, secret: SecretString) -> Result<SecretString, SecretError> {
    if is_blank(&secret) {
        return Err(SecretError::NotFound(reference.clone()));
    }
    let secret = without_outer_space(secret);
    let unusable = |problem| SecretError::Unusable { reference: reference.clone(), problem };
    check_sendable(&secret).map_err(unusable)?;
    Ok(secret)
}
