//! Setting an agent up in one go: its credential, its place in the configuration, its model. What is
//! to be written is worked out first, as a value that can be shown; then it is written, or not.

mod model;
mod plan;
mod undo;

use std::path::PathBuf;
use std::time::Duration;

use super::{Adoption, Installation, ModelEdit};
use crate::advice::Advice;
use crate::config::{ConfigChange, ConfigFiles, Written, edit_config_with};
use crate::credential::{Credential, CredentialKind};
use crate::error::Error;
use crate::id::{AgentId, ModelRef, ProfileId, ProviderId};
use crate::json5::{Edit, Path};
use crate::profile::{CredentialChange, Replace};
use crate::store::CredentialStore as _;

pub use model::ModelStep;
pub use plan::free_profile_id;
pub(super) use undo::{set, unset};

/// What an agent is to be given: a credential, a model, or both.
///
/// ```
/// use openclaw_core::{Credential, Env, Installation, Onboarding, ProfileId, ProviderId, Timestamp};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let env = Env::empty().with("HOME", folder.path().to_str().unwrap());
/// let installation = Installation::open(&env, "/".as_ref(), Vec::new())?;
/// let (provider, key) = (ProviderId::anthropic(), "sk-ant-api03-abcdefghijklmnopqrstuvwxyz".into());
/// let wanted = Onboarding::new(installation.agent(None)?).credential(
///     provider.clone(),
///     ProfileId::named(&provider, "default"),
///     Credential::api_key(&key)?,
/// );
///
/// let plan = installation.plan_onboarding(wanted, Timestamp::from_millis(1_795_000_000_000)).await?;
/// assert!(!plan.store_path().exists(), "nothing is written yet");
/// assert_eq!(plan.undo()[0].command.as_deref(), Some("openclaw models auth remove anthropic:default"));
///
/// installation.onboard(&plan).await?;
/// assert!(plan.store_path().exists());
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Onboarding {
    agent: AgentId,
    deposit: Option<Deposit>,
    model: Option<ModelRef>,
}

/// A credential and how it is to be stored.
#[derive(Debug, Clone)]
struct Deposit {
    provider: ProviderId,
    id: ProfileId,
    /// `None`: the one that is stored.
    credential: Option<Credential>,
    lifetime: Option<Duration>,
    replace: Replace,
}

impl Onboarding {
    /// For this agent: nothing yet.
    #[must_use]
    pub const fn new(agent: AgentId) -> Self {
        Self { agent, deposit: None, model: None }
    }

    /// With this credential, under this id. It takes the place of one of the same kind.
    #[must_use]
    pub fn credential(mut self, provider: ProviderId, id: ProfileId, credential: Credential) -> Self {
        let credential = Some(credential);
        self.deposit = Some(Deposit { provider, id, credential, lifetime: None, replace: Replace::SameKind });
        self
    }

    /// With the credential that is stored under this id already: it is left as it is, and takes its place in
    /// the configuration if that would hide it.
    #[must_use]
    pub fn keep(mut self, provider: ProviderId, id: ProfileId) -> Self {
        self.deposit = Some(Deposit { provider, id, credential: None, lifetime: None, replace: Replace::SameKind });
        self
    }

    /// With a token that ends this long from now. A token that was stored with the same lifetime before
    /// keeps its end: storing it again makes it no younger. API keys have no stored end.
    #[must_use]
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        if let Some(deposit) = &mut self.deposit {
            deposit.lifetime = Some(lifetime);
        }
        self
    }

    /// Also in the place of a credential of another kind.
    #[must_use]
    pub const fn replacing(mut self) -> Self {
        if let Some(deposit) = &mut self.deposit {
            deposit.replace = Replace::Any;
        }
        self
    }

    /// With this model as the agent's primary.
    #[must_use]
    pub fn model(mut self, model: ModelRef) -> Self {
        self.model = Some(model);
        self
    }
}

/// What happens to the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileStep {
    /// It is new.
    Add,
    /// A credential of this kind is replaced, and cannot be brought back.
    Replace(CredentialKind),
    /// The same secret is stored, and its end or its place in the stored order changes.
    Update,
    /// It is stored like that already: the store is not written.
    Keep,
}

/// The profile of a plan.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PlannedProfile {
    /// Its id.
    pub id: ProfileId,
    /// Whose credential it is.
    pub provider: ProviderId,
    /// Its kind.
    pub kind: CredentialKind,
    /// Its secret, masked.
    pub shown: String,
    /// What happens to it.
    pub step: ProfileStep,
}

/// What onboarding would write, and how to undo it. Made by [`Installation::plan_onboarding`].
#[derive(Debug)]
pub struct OnboardingPlan {
    agent: AgentId,
    store_path: PathBuf,
    profile: Option<PlannedProfile>,
    model: Option<ModelStep>,
    undo: Vec<Advice>,
    next: Vec<Advice>,
    change: Option<CredentialChange>,
    edits: ConfigEdits,
    /// Places that are made so that the model may be used.
    listed: Vec<Path>,
    config: Option<ConfigChange>,
}

/// The edits of the configuration, worked out anew from what its files say when it is written.
#[derive(Debug, Clone, Default)]
struct ConfigEdits {
    adoption: Option<Adoption>,
    model: Option<(Option<AgentId>, ModelEdit)>,
}

impl ConfigEdits {
    fn of(&self, installation: &Installation, files: &ConfigFiles) -> Result<Vec<Edit>, Error> {
        let adoption = self.adoption.as_ref().map(|adoption| adoption.edits(files)).transpose()?;
        let model = self.model.as_ref().map(|(of, edit)| installation.model_edits(files, of.as_ref(), edit));
        Ok(adoption.into_iter().flatten().chain(model.transpose()?.into_iter().flatten()).collect())
    }

    fn is_needed(&self) -> bool {
        self.model.is_some() || self.adoption.as_ref().is_some_and(Adoption::is_needed)
    }
}

impl OnboardingPlan {
    /// Which agent.
    #[must_use]
    pub const fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// Its credential store.
    #[must_use]
    pub fn store_path(&self) -> &std::path::Path {
        &self.store_path
    }

    /// What happens to its profile; `None` when only the model is set.
    #[must_use]
    pub const fn profile(&self) -> Option<&PlannedProfile> {
        self.profile.as_ref()
    }

    /// What happens to its primary model; `None` when that was no question.
    #[must_use]
    pub const fn model(&self) -> Option<&ModelStep> {
        self.model.as_ref()
    }

    /// What happens to the configuration, with previews; `None` when it stays as it is.
    #[must_use]
    pub fn config(&self) -> Option<&ConfigChange> {
        self.config.as_ref().filter(|change| !change.is_empty())
    }

    /// Whether the store is written.
    #[must_use]
    pub const fn changes_store(&self) -> bool {
        self.change.is_some()
    }

    /// How to undo what is written, one command each. A secret that is replaced cannot be brought
    /// back: that piece of advice says so, and has no command.
    #[must_use]
    pub fn undo(&self) -> &[Advice] {
        &self.undo
    }

    /// What a person does next, one command each.
    #[must_use]
    pub fn next(&self) -> &[Advice] {
        &self.next
    }
}

impl Installation {
    /// Writes what was planned: the store, then the configuration. Where nothing changes, no file is
    /// touched. Returns what happened to the configuration.
    ///
    /// # Errors
    /// The store refuses the change, by what it says by now, or a file cannot be written. The
    /// configuration is unchanged then.
    pub async fn onboard(&self, plan: &OnboardingPlan) -> Result<Written, Error> {
        if let Some(change) = &plan.change {
            self.store().commit(&plan.agent, change.clone()).await?;
        }
        if !plan.edits.is_needed() {
            return Ok(Written::default());
        }
        edit_config_with(&self.paths.config_path, &self.env, |files| plan.edits.of(self, files))
    }
}
