//! One attempt: a credential, a model, and the duty to say how it went.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use super::choose::Chosen;
use super::{Event, Session};
use crate::credential::CredentialKind;
use crate::error::Error;
use crate::health::{Effect, HealthEvent};
use crate::id::{ModelRef, ProfileId};
use crate::outcome::Failure;
use crate::provider::{AuthError, AuthProvider};

/// A credential to be tried on a model.
///
/// Say how it went with [`report`](Self::report). An attempt that is dropped instead changes nothing,
/// and frees the trial it may have held.
#[derive(Debug)]
#[must_use = "send the request and report how it went"]
pub struct Attempt<'s> {
    session: &'s mut Session,
    chosen: Option<Chosen>,
    provider: Arc<dyn AuthProvider>,
    profile: ProfileId,
    model: ModelRef,
    retry: u32,
}

/// What follows a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<T> {
    /// The request is answered.
    Done(T),
    /// Ask the session for the next attempt.
    Next,
}

impl<'s> Attempt<'s> {
    pub(super) fn new(session: &'s mut Session, chosen: Chosen, retry: u32) -> Self {
        let (profile, model) = (chosen.profile.clone(), chosen.model.clone());
        let provider = Arc::clone(&chosen.provider);
        Self { session, chosen: Some(chosen), provider, profile, model, retry }
    }

    /// Whose credential it is.
    #[must_use]
    pub const fn profile(&self) -> &ProfileId {
        &self.profile
    }

    /// Which model to ask.
    #[must_use]
    pub const fn model(&self) -> &ModelRef {
        &self.model
    }

    /// The kind of the credential as it goes on the wire: a setup-token that is stored as an API
    /// key counts as a token.
    #[must_use]
    pub fn kind(&self) -> CredentialKind {
        self.provider.kind()
    }

    /// 0, or the number of the retry on the same profile.
    #[must_use]
    pub const fn retry(&self) -> u32 {
        self.retry
    }

    /// How long the request may still take; `None` without a [deadline](Session::deadline). An attempt that is
    /// still under way then should be ended and reported as [`Failure::connection`].
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.session.time_left()
    }

    /// What puts the credential on requests, and takes it out of texts.
    pub(crate) fn provider(&self) -> Arc<dyn AuthProvider> {
        Arc::clone(&self.provider)
    }

    /// A fresh, authorised copy of a request that holds no credential yet.
    ///
    /// # Errors
    /// The credential cannot be put on a request.
    pub async fn authorize<B: Clone>(&self, base: &http::Request<B>) -> Result<http::Request<B>, AuthError> {
        let mut request = http::Request::new(base.body().clone());
        *request.method_mut() = base.method().clone();
        *request.uri_mut() = base.uri().clone();
        *request.version_mut() = base.version();
        *request.extensions_mut() = base.extensions().clone();
        let mut headers = base.headers().clone();
        self.apply(&mut headers).await?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// Puts the credential into headers, in place of any other.
    ///
    /// # Errors
    /// The credential cannot be put on a request.
    pub async fn apply(&self, headers: &mut HeaderMap) -> Result<(), AuthError> {
        self.provider.authorize(headers).await
    }

    /// Says how the attempt went. A failure is recorded before this returns.
    ///
    /// # Errors
    /// The failure itself, if neither another profile nor another model would help (`format`,
    /// `context_overflow`).
    pub async fn report<T>(mut self, result: Result<T, Failure>) -> Result<Step<T>, Error> {
        // Taken only after the health is recorded: a cancelled report leaves the trial to be freed by drop.
        let Some(chosen) = self.chosen.clone() else { return Ok(Step::Next) };
        let inner = self.session.inner.clone();
        let mut failure = match result {
            Ok(value) => {
                let at = inner.clock.now();
                let (provider, profile) = (chosen.model.provider().clone(), chosen.profile.clone());
                let model = chosen.model.model().to_owned();
                let event = HealthEvent::Succeeded { provider, profile, model, seen: chosen.seen, at };
                if inner.commit(chosen.ambient, event).await == Effect::Recovered {
                    inner.emit(&Event::Recovered { profile: chosen.profile.clone(), model: chosen.model.clone() });
                }
                self.chosen = None;
                self.session.finish(chosen, at);
                return Ok(Step::Done(value));
            }
            Err(failure) => failure,
        };
        failure.hide(|text| self.provider.redact(text));
        inner.tell_failed(&chosen, &failure);
        if let Some(renewed) = self.session.renew(&chosen, &failure).await {
            // What was refused is no longer the profile's secret: that says nothing about the profile.
            self.chosen = None;
            self.session.try_renewed(renewed, self.retry, failure);
            return Ok(Step::Next);
        }
        inner.record(&chosen, &failure).await;
        self.chosen = None;
        let retries = self.retry;
        self.session.advance(chosen, retries, failure)?;
        Ok(Step::Next)
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let Some(chosen) = self.chosen.take() {
            self.session.inner.give_back(&chosen);
        }
    }
}
