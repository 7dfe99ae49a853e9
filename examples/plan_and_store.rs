//! Who would serve, and why the others would not: a dry run, and the pure decision below it.
//!
//!     cargo run --example plan_and_store

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use openclaw_core::config::AuthSettings;
use openclaw_core::{
    AgentId, Clock as _, CooldownPolicy, Credential, CredentialChange, CredentialStore as _, Failover, FailureReason,
    FileStore, HealthEvent, ModelRef, ModelSelection, ProfileId, ProviderId, ResolveInput, Scope, Seen, SystemClock,
    resolve,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = FileStore::new(folder.path());
    let (agent, anthropic) = (AgentId::main(), ProviderId::anthropic());
    for name in ["work", "home", "spare"] {
        let key = Credential::api_key(&format!("sk-ant-api03-example-key-of-{name}").into())?;
        let id = ProfileId::named(&anthropic, name);
        store.commit(&agent, CredentialChange::upsert(id, anthropic.clone(), key)).await?;
    }

    // Something happened to one of them: an event, applied by the store under its lock.
    let policy = Arc::new(CooldownPolicy::v2026_1());
    let now = SystemClock::new().now();
    let event = HealthEvent::Failed {
        provider: anthropic.clone(),
        profile: ProfileId::named(&anthropic, "work"),
        model: "claude-opus-4-5".to_owned(),
        reason: FailureReason::RateLimit,
        scope: Scope::Model,
        deadline: Some(now.after(Duration::from_secs(90))),
        seen: Seen::default(),
        at: now,
        policy: Arc::clone(&policy),
    };
    let (health, effect) = openclaw_core::HealthStore::commit(&store, &agent, &event).await?;
    println!("{effect:?}\n");

    // A dry run of a request: the same decisions, and nothing is sent, written or claimed.
    let model = ModelRef::parse("claude-opus-4-5")?;
    let store = Arc::new(store);
    let failover = Failover::builder(ModelSelection::new(model.clone())).store(Arc::clone(&store)).build();
    for candidate in failover.plan(&model).await?.models.iter().flat_map(|model| &model.candidates) {
        let (profile, mark) = (&candidate.profile_id, if candidate.chosen { "→" } else { " " });
        match &candidate.reason {
            Some(reason) => println!("{mark} {profile}: {reason}"),
            None => println!("{mark} {profile}: {}", candidate.credential.as_deref().unwrap_or("…")),
        }
    }

    // The decision below it is a pure function over documents that you may have from anywhere.
    let profiles = openclaw_core::CredentialStore::load(&*store, &agent).await?;
    let input = ResolveInput {
        provider: &anthropic,
        model: Some(model.model()),
        profiles: &profiles,
        health: &health,
        auth: &AuthSettings::default(),
        policy: &policy,
        unresolved: &HashSet::new(),
        pin: None,
    };
    let in_two_minutes = resolve(&input, now.after(Duration::from_secs(120)));
    println!("\nin two minutes {} may serve", in_two_minutes.usable.len());
    Ok(())
}
