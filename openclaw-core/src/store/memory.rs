//! Credentials and health in memory: for programs that bring their own, and for tests.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::health::{Effect, Health, HealthEvent};
use crate::id::AgentId;
use crate::profile::{AuthProfiles, CredentialChange};
use crate::store::{CredentialStore, HealthStore, StoreError};

/// A store that forgets everything when the program ends.
#[derive(Debug, Default)]
pub struct MemoryStore {
    agents: Mutex<HashMap<AgentId, (AuthProfiles, Health)>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A store in which one agent has these credentials.
    #[must_use]
    pub fn with(agent: AgentId, profiles: AuthProfiles) -> Self {
        Self { agents: Mutex::new(HashMap::from([(agent, (profiles, Health::default()))])) }
    }

    fn agents(&self) -> MutexGuard<'_, HashMap<AgentId, (AuthProfiles, Health)>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CredentialStore for MemoryStore {
    async fn load(&self, agent: &AgentId) -> Result<AuthProfiles, StoreError> {
        Ok(self.agents().get(agent).map(|(profiles, _)| profiles.clone()).unwrap_or_default())
    }

    async fn commit(&self, agent: &AgentId, change: CredentialChange) -> Result<AuthProfiles, StoreError> {
        let mut agents = self.agents();
        let (profiles, health) = agents.entry(agent.clone()).or_default();
        let consequence = change.apply(profiles)?;
        change.refresh_health(consequence, health);
        Ok(profiles.clone())
    }
}

#[async_trait]
impl HealthStore for MemoryStore {
    async fn load(&self, agent: &AgentId) -> Result<Health, StoreError> {
        Ok(self.agents().get(agent).map(|(_, health)| health.clone()).unwrap_or_default())
    }

    async fn commit(&self, agent: &AgentId, event: &HealthEvent) -> Result<(Health, Effect), StoreError> {
        let mut agents = self.agents();
        let (_, health) = agents.entry(agent.clone()).or_default();
        let effect = event.apply(health);
        Ok((health.clone(), effect))
    }
}
