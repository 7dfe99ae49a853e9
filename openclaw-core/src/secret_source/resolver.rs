//! The resolver: `secrets` of the configuration as one source.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use secrecy::SecretString;

use super::kept::{Answer, Asking, Kept};
use super::providers::Providers;
use super::{SecretError, SecretSource};
use crate::config::SecretsSettings;
use crate::credential::SecretRef;
use crate::env::Env;
use crate::secret::same_secret;
use crate::time::{Clock, SystemClock};

/// Resolves references by `secrets.providers` and `secrets.defaults`: variables, files and programs
/// (files and programs need the feature `fs`).
///
/// - Nothing is read or run before a reference is resolved. A file's or a program's answer counts for 5
///   minutes and an error for 5 s, by the monotonic clock; variables are looked up each time.
/// - Whoever asks for a reference that is being asked for waits for the same answer. When nobody waits
///   any more, the program is killed.
/// - What is found loses the white space around it and must fit into a header ([`check_sendable`]).
///
/// Clones share what they keep.
///
/// ```
/// use openclaw_core::config::SecretsSettings;
/// use openclaw_core::{Env, SecretRef, SecretResolver, SecretSource as _};
///
/// let env = Env::empty().with("TEAM_KEY", "sk-ant-api03-secret");
/// let secrets = SecretResolver::new(SecretsSettings::default(), env);
/// # futures_executor::block_on(async {
/// assert!(secrets.resolve(&SecretRef::env("TEAM_KEY")).await.is_ok());
/// let error = secrets.resolve(&SecretRef::new("exec", "vault", "claude")).await.unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "exec:vault:claude cannot be asked for: secrets.providers.vault is not configured; add it with source \"exec\""
/// );
/// # });
/// ```
///
/// [`check_sendable`]: crate::check_sendable
#[derive(Clone)]
pub struct SecretResolver {
    providers: Arc<Providers>,
    clock: Arc<dyn Clock>,
    kept: Arc<Mutex<Kept>>,
}

impl SecretResolver {
    /// A resolver for `secrets` of a configuration. `env` is where variables are found: process, then
    /// `<state>/.env`, then the configuration's `env` block, as it was put together.
    #[must_use]
    pub fn new(settings: SecretsSettings, env: Env) -> Self {
        Self {
            providers: Arc::new(Providers { settings, env, home: None }),
            clock: Arc::new(SystemClock::new()),
            kept: Arc::default(),
        }
    }

    /// The folder that `~/` means in paths.
    #[must_use]
    pub fn home(mut self, home: impl Into<PathBuf>) -> Self {
        Arc::make_mut(&mut self.providers).home = Some(home.into());
        self.kept = Arc::default();
        self
    }

    /// The clock by which answers grow old. (Time-outs of files and programs are real time.)
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn state(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer that counts, or the question under way, which may have to be asked first.
    fn begin(&self, reference: &SecretRef) -> Result<Asking, Answer> {
        let mut state = self.state();
        if let Some(answer) = state.answer(reference, self.clock.monotonic()) {
            return Err(answer);
        }
        if let Some(asking) = state.asking(reference) {
            return Ok(asking);
        }
        let number = state.number();
        let (resolver, of) = (self.clone(), reference.clone());
        let question = async move {
            let answer = resolver.providers.ask(&of).await;
            resolver.state().end(&of, number, &answer, resolver.clock.monotonic());
            answer
        };
        let asking = question.boxed().shared();
        state.begin(reference.clone(), number, &asking);
        Ok(asking)
    }
}

#[async_trait]
impl SecretSource for SecretResolver {
    async fn resolve(&self, reference: &SecretRef) -> Result<SecretString, SecretError> {
        if self.providers.provider(reference)?.is_none() {
            return self.providers.ask(reference).await;
        }
        let asking = match self.begin(reference) {
            Ok(asking) => asking,
            Err(answer) => return answer,
        };
        asking.await
    }

    /// Its grammar, its provider, and whether its variable is set; no file is read and no program is run.
    fn check(&self, reference: &SecretRef) -> Result<(), SecretError> {
        self.providers.check(reference)
    }

    fn forget(&self, reference: &SecretRef) {
        self.state().forget(reference);
    }

    async fn renew(&self, reference: &SecretRef, refused: &SecretString) -> Result<SecretString, SecretError> {
        let under_way = {
            let mut state = self.state();
            let kept = state.answer(reference, self.clock.monotonic());
            if let Some(Ok(other)) = kept.filter(|kept| kept.as_ref().is_ok_and(|kept| !same_secret(kept, refused))) {
                // Somebody else was refused before us and has asked anew.
                return Ok(other);
            }
            // What is being asked was asked after the refused one had been given.
            let under_way = state.asking(reference);
            if under_way.is_none() {
                state.forget(reference);
            }
            under_way
        };
        match under_way {
            Some(asking) => asking.await,
            None => self.resolve(reference).await,
        }
    }
}

impl fmt::Debug for SecretResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let providers = self.providers.settings.providers.keys().collect::<Vec<_>>();
        f.debug_struct("SecretResolver").field("providers", &providers).finish_non_exhaustive()
    }
}
