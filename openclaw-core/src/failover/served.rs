//! Who answered, for what comes after the first content.

use std::fmt;
use std::sync::Arc;

use super::choose::Chosen;
use super::{Event, Inner};
use crate::health::{Effect, HealthEvent, Seen};
use crate::id::{ModelRef, ProfileId};
use crate::outcome::{Failure, ProfileEffect};
use crate::time::Timestamp;

/// The attempt that answered. Keep it while the rest of an answer is read: the provider may still say
/// that something is wrong with the credential.
///
/// An attempt counts as a success when its first content is there, since from then on nothing is
/// retried. What breaks off later is told with [`broke_off`](Self::broke_off).
///
/// ```
/// use std::sync::Arc;
/// use openclaw_core::{
///     AgentId, Credential, CredentialChange, CredentialStore, Failover, Failure, MemoryStore, ModelRef, ModelSelection,
///     ProfileId, ProviderId,
/// };
///
/// # futures_executor::block_on(async {
/// # let store = Arc::new(MemoryStore::new());
/// # let id = ProfileId::named(&ProviderId::anthropic(), "work");
/// # let key = Credential::api_key(&"sk-ant-api03-one".into())?;
/// # store.commit(&AgentId::main(), CredentialChange::upsert(id, ProviderId::anthropic(), key)).await?;
/// # let models = ModelSelection::new(ModelRef::parse("claude-opus-4-5")?);
/// # let failover = Failover::builder(models).store(store).build();
/// let mut session = failover.session();
/// if let Some(attempt) = session.next().await? {
///     // The first words are there …
///     attempt.report(Ok(())).await?;
/// }
/// // … and then the provider ends the stream with an event of its own.
/// let failure = Failure::stream_error("overloaded_error", "Overloaded");
/// session.served().expect("somebody answered").broke_off(&failure).await;
/// assert!(failover.health().await.profiles.values().all(|stats| stats.models["claude-opus-4-5"].demoted.is_some()));
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Served {
    inner: Arc<Inner>,
    chosen: Chosen,
}

impl Served {
    /// `at`: when the success was reported.
    pub(super) fn new(inner: Arc<Inner>, mut chosen: Chosen, at: Timestamp) -> Self {
        // What is known after this success: it has closed what the attempt started under.
        chosen.seen = Seen { model: None, demoted: None, used: Some(at), ..chosen.seen };
        chosen.trial = None;
        Self { inner, chosen }
    }

    /// Whose credential it was.
    #[must_use]
    pub const fn profile(&self) -> &ProfileId {
        &self.chosen.profile
    }

    /// Which model.
    #[must_use]
    pub const fn model(&self) -> &ModelRef {
        &self.chosen.model
    }

    /// Says how the answer broke off. It is recorded as its class if it concerns the profile even now
    /// ([`Failure::counts_after_content`]); a line that was cut says nothing about it. Nothing is retried.
    pub async fn broke_off(&self, failure: &Failure) {
        if !failure.counts_after_content() {
            return;
        }
        self.inner.tell_failed(&self.chosen, failure);
        self.inner.record(&self.chosen, failure).await;
    }

    /// The failure without the credential: some servers quote it.
    pub(crate) fn hidden(&self, mut failure: Failure) -> Failure {
        failure.hide(|text| self.chosen.provider.redact(text));
        failure
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").field("profile", self.profile()).field("model", self.model()).finish_non_exhaustive()
    }
}

impl Inner {
    pub(super) fn tell_failed(&self, chosen: &Chosen, failure: &Failure) {
        let (profile, model) = (chosen.profile.clone(), chosen.model.clone());
        self.emit(&Event::Failed { profile, model, reason: failure.reason });
    }

    /// Records a failure, durably, if its class concerns the profile.
    pub(super) async fn record(&self, chosen: &Chosen, failure: &Failure) {
        if failure.policy().profile == ProfileEffect::None {
            return;
        }
        let event = HealthEvent::Failed {
            provider: chosen.model.provider().clone(),
            profile: chosen.profile.clone(),
            model: chosen.model.model().to_owned(),
            reason: failure.reason,
            scope: failure.scope,
            deadline: failure.deadline,
            seen: chosen.seen,
            at: self.clock.now(),
            policy: Arc::clone(&self.policy),
        };
        if let Effect::WindowOpened { scope, until, reason } = self.commit(chosen.ambient, event).await {
            let (profile, model) = (chosen.profile.clone(), chosen.model.clone());
            self.emit(&Event::WindowOpened { profile, model, scope, until, reason });
        }
    }
}
