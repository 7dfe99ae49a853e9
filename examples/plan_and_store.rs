//! Who would serve, and why the others would not: the pure decision, without sending anything.
//!
//!     cargo run --example plan_and_store

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use openclaw_core::config::AuthSettings;
use openclaw_core::{
    AgentId, Clock as _, CooldownPolicy, Credential, CredentialChange, CredentialStore as _, FailureReason, FileStore,
    HealthEvent, ProfileId, ProviderId, ResolveInput, Scope, Seen, SystemClock, resolve,
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

    let profiles = openclaw_core::CredentialStore::load(&store, &agent).await?;
    let resolution = resolve(
        &ResolveInput {
            provider: &anthropic,
            model: Some("claude-opus-4-5"),
            profiles: &profiles,
            health: &health,
            auth: &AuthSettings::default(),
            policy: &policy,
            unresolved: &HashSet::new(),
            pin: None,
        },
        now,
    );
    for usable in &resolution.usable {
        println!("may serve: {}", usable.profile);
    }
    for unusable in &resolution.unusable {
        println!("may not:   {}: {}", unusable.profile, unusable.reason);
    }
    Ok(())
}
