//! A dry run: who would serve a request now, who would be passed over, why, until when. It reads
//! credentials and health and decides as a [`Session`](super::Session) does; it sends nothing, writes
//! nothing and claims no trial.

mod build;
mod view;
mod warning;

use std::collections::{BTreeSet, HashMap};

use super::{Failover, Inner, as_profiles};
use crate::credential::{Secret, SecretRefSource};
use crate::error::Error;
use crate::id::{ModelRef, ProfileId, ProviderId};
use crate::profile::AuthProfiles;
use crate::resolver::{Pin, PinKind};
use crate::secret_source::usable;
use build::{Pins, Situation};

pub use view::{
    Candidate, CandidateSource, Plan, PlannedModel, PlannedOrder, PlannedPin, PlannedReference, Serving, SourceKind,
    Unused,
};
pub use warning::PlanWarning;

/// What a [`Plan`] is asked about. The default is a request without wishes: the agent's own models,
/// no pin, references unresolved.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    models: Vec<ModelRef>,
    only: bool,
    pin: Option<Pin>,
    conversation: Option<String>,
    resolve: bool,
}

impl PlanRequest {
    /// A request without wishes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for this model first, then the configured fallbacks, as [`Session::model`](super::Session::model).
    #[must_use]
    pub fn model(mut self, model: ModelRef) -> Self {
        (self.models, self.only) = (vec![model], false);
        self
    }

    /// Asks for exactly these models, as [`Session::models`](super::Session::models).
    #[must_use]
    pub fn models(mut self, models: Vec<ModelRef>) -> Self {
        (self.models, self.only) = (models, true);
        self
    }

    /// Puts a profile first, as [`Session::pin`](super::Session::pin).
    #[must_use]
    pub fn pin(mut self, pin: Pin) -> Self {
        self.pin = Some(pin);
        self
    }

    /// Asks for a conversation, as [`Failover::session_of`].
    #[must_use]
    pub fn conversation(mut self, conversation: &str) -> Self {
        self.conversation = Some(conversation.to_owned());
        self
    }

    /// Resolves every reference, which may read files and run commands. Without it only what
    /// [`SecretSource::check`](crate::SecretSource::check) knows without asking counts against a reference.
    #[must_use]
    pub const fn resolve_references(mut self) -> Self {
        self.resolve = true;
        self
    }
}

/// What became of references that were looked up: `Err` says why one leads nowhere.
type Resolved = HashMap<ProfileId, Result<(), String>>;

impl Failover {
    /// Who would serve this model now, who would be passed over, why, until when; and the same for
    /// the fallbacks behind it.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use openclaw_core::{
    ///     AgentId, Credential, CredentialChange, CredentialStore, Failover, MemoryStore, ModelRef, ModelSelection,
    ///     ProfileId, ProviderId,
    /// };
    ///
    /// # futures_executor::block_on(async {
    /// let store = Arc::new(MemoryStore::new());
    /// let id = ProfileId::named(&ProviderId::anthropic(), "work");
    /// let key = Credential::api_key(&"sk-ant-api03-abcdefghijklmnop-wxyz".into())?;
    /// store.commit(&AgentId::main(), CredentialChange::upsert(id, ProviderId::anthropic(), key)).await?;
    ///
    /// let model = ModelRef::parse("claude-opus-4-5")?;
    /// let failover = Failover::builder(ModelSelection::new(model.clone())).store(store).build();
    /// let plan = failover.plan(&model).await?;
    /// let (_, candidate) = plan.chosen().unwrap();
    /// assert_eq!(candidate.profile_id.as_str(), "anthropic:work");
    /// assert_eq!(candidate.credential.as_deref(), Some("sk-ant-api03-…wxyz"));
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// The credentials cannot be read.
    pub async fn plan(&self, model: &ModelRef) -> Result<Plan, Error> {
        self.plan_of(&PlanRequest::new().model(model.clone())).await
    }

    /// The plan of any request.
    ///
    /// # Errors
    /// The credentials cannot be read, or a person's pin names a profile that does not exist: what
    /// the request itself would answer.
    pub async fn plan_of(&self, request: &PlanRequest) -> Result<Plan, Error> {
        let inner = &*self.inner;
        let models = match request.models.as_slice() {
            models if request.only => models.to_vec(),
            models => inner.models.candidates(models.first(), None),
        };
        let stored = inner.credentials.load(&inner.agent).await?;
        let health = inner.health.load(&inner.agent).await;
        let providers: BTreeSet<&ProviderId> = models.iter().map(ModelRef::provider).collect();
        let mut situation = Situation {
            inner,
            stored: &stored,
            health: &health,
            ambient_health: inner.ambient_health(),
            resolved: Resolved::new(),
            now: inner.clock.now(),
        };
        for provider in &providers {
            situation.resolved.extend(inner.look_up(&stored, provider, request.resolve).await);
            let ambient = as_profiles(&inner.ambient, provider);
            situation.resolved.extend(inner.look_up(&ambient, provider, request.resolve).await);
        }
        let mut planned = Vec::with_capacity(models.len());
        for model in &models {
            let pins = inner.planned_pins(request, &stored, model.provider())?;
            planned.push(situation.model(model, &pins));
        }
        let warnings = providers.into_iter().flat_map(|provider| situation.warnings(provider)).collect();
        let chosen = planned.iter().find_map(|model| Some((model, model.chosen()?)));
        Ok(Plan {
            agent_id: inner.agent.clone(),
            auth_store_path: inner.place.clone(),
            at: situation.now,
            serving: chosen.map(|(model, candidate)| Serving {
                model: model.model.clone(),
                profile_id: candidate.profile_id.clone(),
                source: candidate.source.clone(),
            }),
            soonest: planned.iter().filter_map(|model| model.soonest).min(),
            models: planned,
            warnings,
        })
    }
}

impl Inner {
    /// What references of a provider's profiles lead to, as far as it may be looked up.
    async fn look_up(&self, profiles: &AuthProfiles, provider: &ProviderId, all: bool) -> Resolved {
        let mut resolved = Resolved::new();
        for (id, profile) in profiles.of(provider) {
            let Secret::Reference(reference) = profile.credential.secret() else { continue };
            let answer = if all {
                self.secrets.resolve(reference).await.and_then(|secret| usable(reference, secret)).map(drop)
            } else {
                self.secrets.check(reference)
            };
            if all || answer.is_err() || reference.source == SecretRefSource::Env {
                resolved.insert(id.clone(), answer.map_err(|error| error.to_string()));
            }
        }
        resolved
    }

    /// The pins that a request would have for this provider.
    fn planned_pins(&self, request: &PlanRequest, stored: &AuthProfiles, provider: &ProviderId) -> Result<Pins, Error> {
        let kept = request.conversation.as_deref().and_then(|conversation| self.pinned(conversation, provider));
        let kept = kept.map(|profile| Pin { profile, kind: PinKind::Session });
        // A provider that cannot be spoken to is not looked at, nor is what was pinned for it.
        if self.unserved(provider).is_some() {
            return Ok(Pins::default());
        }
        Ok(Pins { own: self.pin_for(stored, provider, request.pin.as_ref())?.cloned(), kept })
    }
}
