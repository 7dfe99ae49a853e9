//! One OpenClaw folder, read: its configuration, its environment, its agents and their stores.

mod adopt;
mod agents;
mod explain;
mod leftover;
mod models;
mod onboard;
mod probe;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::client::{Client, Endpoints, default_http};
use crate::config::{Config, ConfigLayer, load_default};
use crate::env::Env;
use crate::error::Error;
use crate::failover::{AmbientCredential, Failover, FailoverBuilder, ResolvedReference, ambient_credentials};
use crate::id::AgentId;
use crate::model::{ModelSelection, PromptCache};
use crate::paths::{StatePaths, default_agent, known_agents};
use crate::secret_source::SecretResolver;
use crate::store::FileStore;

pub use adopt::Adoption;
pub use agents::{AddedAgent, AgentError, NewAgent};
pub use models::{EditedModels, ModelEdit, ModelEditError};
pub use onboard::{ModelStep, Onboarding, OnboardingPlan, PlannedProfile, ProfileStep, free_profile_id};

/// An OpenClaw folder with its configuration: everything that a request or a command starts from.
///
/// ```no_run
/// use openclaw_core::{Env, Installation};
///
/// # async fn example() -> Result<(), openclaw_core::Error> {
/// let installation = Installation::open(&Env::from_process(), "/".as_ref(), Vec::new())?;
/// let agent = installation.agent(None)?;
/// let reply = installation.client(&agent)?.ask("Bonjour").await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Installation {
    paths: StatePaths,
    config: Config,
    process: Env,
    env: Env,
}

impl Installation {
    /// Finds and reads the folder that the process's environment names. `cwd` is what relative paths
    /// are relative to; `overrides` are the strongest layers of the configuration.
    ///
    /// # Errors
    /// No folder can be named, or the configuration cannot be used.
    pub fn open(process: &Env, cwd: &Path, overrides: Vec<ConfigLayer>) -> Result<Self, Error> {
        let paths = StatePaths::resolve(process, cwd, &|path| path.symlink_metadata().is_ok())?;
        let (config, env) = load_default(process, &paths, overrides)?;
        Ok(Self { paths, config, process: process.clone(), env })
    }

    /// The places.
    #[must_use]
    pub const fn paths(&self) -> &StatePaths {
        &self.paths
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The environment: process, then `<state>/.env`, then the configuration's `env` block.
    #[must_use]
    pub const fn env(&self) -> &Env {
        &self.env
    }

    /// The agent of that name, or the default agent.
    ///
    /// # Errors
    /// The configuration knows no such agent.
    pub fn agent(&self, name: Option<&str>) -> Result<AgentId, Error> {
        let settings = self.config.settings();
        let Some(name) = name else { return Ok(default_agent(settings)) };
        let agent = AgentId::new(name);
        // `..` and `../x` must not become an agent by losing characters.
        let path = |c: char| matches!(c, '/' | '\\') || c.is_control();
        let named = name.chars().any(|c| c.is_ascii_alphanumeric()) && !name.trim().contains(path);
        if named && known_agents(settings).contains(&agent) {
            return Ok(agent);
        }
        Err(Error::UnknownAgent { agent: crate::secret::printable(name.trim()) })
    }

    /// The agent's folder.
    #[must_use]
    pub fn agent_dir(&self, agent: &AgentId) -> PathBuf {
        self.paths.agent_dir(&self.process, self.config.settings(), agent)
    }

    /// The agent's credential store.
    #[must_use]
    pub fn auth_store(&self, agent: &AgentId) -> PathBuf {
        StatePaths::auth_store(&self.agent_dir(agent))
    }

    /// The store of all agents.
    #[must_use]
    pub fn store(&self) -> FileStore {
        let agents = known_agents(self.config.settings());
        agents.into_iter().fold(FileStore::new(&self.paths.state_dir), |store, agent| {
            let dir = self.agent_dir(&agent);
            store.with_agent_dir(agent, dir)
        })
    }

    /// Credentials that are stored nowhere: from the environment and the configuration.
    #[must_use]
    pub fn ambient(&self) -> Vec<AmbientCredential> {
        ambient_credentials(&self.env, self.config.settings())
    }

    /// Who resolves references: `secrets` of the configuration. Each call makes one that has kept nothing
    /// yet.
    #[must_use]
    pub fn secrets(&self) -> SecretResolver {
        let resolver = SecretResolver::new(self.config.settings().secrets.clone(), self.env.clone());
        // Only the process says where home is.
        match self.process.get("HOME") {
            Some(home) => resolver.home(home),
            None => resolver,
        }
    }

    /// Whether each reference of the agent leads to a secret: files are read and programs are run. To
    /// show references without that, see [`SecretSource::check`](crate::SecretSource::check).
    ///
    /// # Errors
    /// As [`failover`](Self::failover); or the stored profiles cannot be read.
    pub async fn resolve_references(&self, agent: &AgentId) -> Result<Vec<ResolvedReference>, Error> {
        Ok(self.failover(agent)?.build().resolve_references().await?)
    }

    /// The agent's models.
    ///
    /// # Errors
    /// A reference in the configuration names no model.
    pub fn models(&self, agent: &AgentId) -> Result<ModelSelection, Error> {
        Ok(ModelSelection::from_settings(self.config.settings(), agent)?)
    }

    /// Where each provider is reached.
    ///
    /// # Errors
    /// An address may not carry a credential.
    pub fn endpoints(&self) -> Result<Endpoints, Error> {
        Endpoints::from_settings(self.config.settings(), &self.process)
    }

    /// A failover over the agent's credentials, to be given a clock or an observer of your own.
    ///
    /// # Errors
    /// A reference in the configuration names no model, or an address may not carry a credential.
    pub fn failover(&self, agent: &AgentId) -> Result<FailoverBuilder, Error> {
        Ok(Failover::builder(self.models(agent)?)
            .agent(agent.clone())
            .store(Arc::new(self.store()))
            .place(self.auth_store(agent).display().to_string())
            .ambient(self.ambient())
            .secrets(Arc::new(self.secrets()))
            .auth(self.config.settings().auth.clone())
            .serves(self.endpoints()?.served()))
    }

    /// A client for the agent, with prompt caching on.
    ///
    /// # Errors
    /// As [`failover`](Self::failover); or the library was built without HTTP.
    pub fn client(&self, agent: &AgentId) -> Result<Client, Error> {
        self.client_with(self.failover(agent)?.build())
    }

    /// A client over a failover that was built from [`failover`](Self::failover).
    ///
    /// # Errors
    /// An address may not carry a credential, or the library was built without HTTP.
    pub fn client_with(&self, failover: Failover) -> Result<Client, Error> {
        Ok(Client::new(failover, default_http()?, self.endpoints()?, PromptCache::On, ""))
    }
}

impl Client {
    /// A client on the user's OpenClaw folder, for its default agent: as the process's environment says.
    ///
    /// # Errors
    /// The folder's configuration cannot be used.
    pub fn from_default_state() -> Result<Self, Error> {
        let cwd = current_dir();
        let installation = Installation::open(&Env::from_process(), &cwd, Vec::new())?;
        let agent = installation.agent(None)?;
        installation.client(&agent)
    }
}

#[expect(clippy::disallowed_methods, reason = "edge: relative paths of the environment are relative to it")]
fn current_dir() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}
