//! Our own stores keep what every store promises, and the suites notice one that does not.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test makes files and panics when it fails")]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use async_trait::async_trait;
use futures_executor::block_on;
use openclaw_core::testing::conformance;
use openclaw_core::{
    AgentId, AuthProfiles, Credential, CredentialChange, CredentialStore, Effect, Expiry, Health, HealthEvent,
    HealthStore, MemoryStore, StoreError,
};

#[test]
fn the_store_in_memory_keeps_its_promises() {
    block_on(async {
        conformance::credential_store(async || MemoryStore::new()).await;
        conformance::health_store(async || MemoryStore::new()).await;
        conformance::combined_store(async || MemoryStore::new()).await;
    });
}

#[cfg(feature = "fs")]
#[test]
fn the_store_of_files_keeps_its_promises() {
    let (folder, number) = (tempfile::tempdir().unwrap(), Cell::new(0));
    let fresh = async || {
        number.set(number.get() + 1);
        openclaw_core::FileStore::new(folder.path().join(number.get().to_string()))
    };
    block_on(async {
        conformance::credential_store(fresh).await;
        conformance::health_store(fresh).await;
        conformance::combined_store(fresh).await;
    });
}

/// How a store may go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It forgets every third change of credentials.
    DropsChanges,
    /// It reads, lets others go first, and writes what it read.
    LosesUpdates,
    /// It grants whatever is claimed.
    GrantsAll,
    /// All agents are one.
    MixesAgents,
    /// A refused change stays.
    KeepsRefused,
    /// It says that nothing happened.
    SaysNothing,
    /// Tokens lose their end.
    ForgetsEnds,
    /// It answers the document before a removal.
    AnswersBefore,
    /// What one agent removes goes from another, too.
    RemovesElsewhere,
    /// Who clears one profile clears all.
    ClearsAll,
    /// It does not know that a secret was replaced.
    ForgetsReplacements,
}

/// A store that keeps its promises but for one.
#[derive(Debug)]
struct Wrong {
    fault: Fault,
    inner: MemoryStore,
    health: Mutex<std::collections::HashMap<AgentId, Health>>,
    count: Mutex<usize>,
}

impl Wrong {
    fn new(fault: Fault) -> Self {
        Self { fault, inner: MemoryStore::new(), health: Mutex::default(), count: Mutex::default() }
    }

    fn agent(&self, agent: &AgentId) -> AgentId {
        if self.fault == Fault::MixesAgents { AgentId::main() } else { agent.clone() }
    }
}

#[async_trait]
impl CredentialStore for Wrong {
    async fn load(&self, agent: &AgentId) -> Result<AuthProfiles, StoreError> {
        CredentialStore::load(&self.inner, &self.agent(agent)).await
    }

    async fn commit(&self, agent: &AgentId, change: CredentialChange) -> Result<AuthProfiles, StoreError> {
        let agent = self.agent(agent);
        let number = {
            let mut count = self.count.lock().unwrap();
            *count += 1;
            *count
        };
        if self.fault == Fault::DropsChanges && number.is_multiple_of(3) {
            return CredentialStore::load(&self.inner, &agent).await;
        }
        let mut change = change;
        match (self.fault, &mut change) {
            (Fault::ForgetsEnds, CredentialChange::Upsert { profile, .. }) => {
                if let Credential::Token { expires, .. } = &mut profile.credential {
                    *expires = Expiry::Never;
                }
            }
            (Fault::AnswersBefore, CredentialChange::Remove { .. }) => {
                let before = CredentialStore::load(&self.inner, &agent).await?;
                return CredentialStore::commit(&self.inner, &agent, change).await.map(|_| before);
            }
            (Fault::RemovesElsewhere, CredentialChange::Remove { .. }) => {
                let _ = CredentialStore::commit(&self.inner, &AgentId::new("other"), change.clone()).await;
            }
            _ => {}
        }
        let result = CredentialStore::commit(&self.inner, &agent, change.clone()).await;
        if let (Fault::KeepsRefused, Err(_), CredentialChange::Upsert { id, profile, .. }) =
            (self.fault, &result, change)
        {
            let replace = openclaw_core::Replace::Any;
            let forced = CredentialChange::Upsert { id, profile, replace };
            let _ = CredentialStore::commit(&self.inner, &agent, forced).await;
        }
        result
    }
}

#[async_trait]
impl HealthStore for Wrong {
    async fn load(&self, agent: &AgentId) -> Result<Health, StoreError> {
        Ok(self.health.lock().unwrap().get(&self.agent(agent)).cloned().unwrap_or_default())
    }

    async fn commit(&self, agent: &AgentId, event: &HealthEvent) -> Result<(Health, Effect), StoreError> {
        let mut health = HealthStore::load(self, agent).await?;
        if self.fault == Fault::LosesUpdates {
            let mut first = true;
            std::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::take(&mut first) { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
            })
            .await;
        }
        let all = HealthEvent::Cleared { profile: None, model: None };
        let event = if self.fault == Fault::ClearsAll && matches!(event, HealthEvent::Cleared { profile: Some(_), .. })
        {
            &all
        } else {
            event
        };
        let mut effect = event.apply(&mut health);
        self.health.lock().unwrap().insert(self.agent(agent), health.clone());
        match self.fault {
            Fault::GrantsAll if matches!(effect, Effect::TrialRefused { .. }) => effect = Effect::TrialGranted,
            Fault::SaysNothing => effect = Effect::Unchanged,
            _ => {}
        }
        Ok((health, effect))
    }
}

/// What the suites say of a store with that fault.
fn said(fault: Fault) -> String {
    let suites = || {
        block_on(async {
            conformance::credential_store(async || Wrong::new(fault)).await;
            conformance::health_store(async || Wrong::new(fault)).await;
            conformance::combined_store(async || Wrong::new(fault)).await;
        });
    };
    let panic = catch_unwind(AssertUnwindSafe(suites)).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_store_that_breaks_a_promise_is_told_which() {
    for (fault, rule) in [
        (Fault::DropsChanges, "a secret of the same kind replaces the old one"),
        (Fault::MixesAgents, "an agent sees its own profiles only"),
        (Fault::KeepsRefused, "another kind under the same id is refused and changes nothing"),
        (Fault::LosesUpdates, "of 40 at once none is lost"),
        (Fault::GrantsAll, "a claim while the window is open has its effect"),
        (Fault::SaysNothing, "a first success has its effect"),
        (Fault::ForgetsEnds, "a credential is answered with all that belongs to it"),
        (Fault::AnswersBefore, "every change answers the document after it"),
        (Fault::RemovesElsewhere, "no change of one agent shows in another"),
        (Fault::ClearsAll, "clearing one model takes that and nothing else"),
        (Fault::ForgetsReplacements, "what an attempt with the old secret reports changes nothing"),
    ] {
        let said = said(fault);
        assert!(said.contains("breaks a rule") && said.contains(rule), "{fault:?}: {said}");
        assert!(!said.contains("sk-ant-"), "{said}");
    }
}
