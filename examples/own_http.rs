//! Your own HTTP: the session gives an authorised request for each attempt, you send it and say how
//! it went. Works inside a spawned task, with any HTTP client, against any provider.
//!
//!     cargo run --example own_http
//!     cargo test --example own_http        (the test shows how to test your own integration)

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use openclaw_core::{
    AgentId, Credential, CredentialChange, CredentialStore as _, Failover, Failure, ManualClock, MemoryStore, ModelRef,
    ModelSelection, Outcome, ProfileId, ProviderId, Step, Timestamp,
};

/// The stand-in for your HTTP client: the first key is rate limited, the second is fine.
async fn my_http(request: http::Request<&'static str>) -> http::Response<String> {
    let limited = request.headers()["x-api-key"] == "sk-ant-api03-first";
    let (status, body) = if limited {
        (429, r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#)
    } else {
        (200, "Bonjour")
    };
    let mut response = http::Response::new(body.to_owned());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
}

async fn ask(failover: &Failover) -> Result<String, Box<dyn Error + Send + Sync>> {
    let base = http::Request::post("https://api.anthropic.com/v1/messages").body("{…}")?;
    let mut session =
        failover.session_of("chat-42").deadline(Duration::from_secs(20)).wait_up_to(Duration::from_secs(5));
    while let Some(attempt) = session.next().await? {
        println!("trying {} on {}", attempt.profile(), attempt.model());
        let response = my_http(attempt.authorize(&base).await?).await;
        // `classify` reads Anthropic's answers; for another provider make the `Failure` yourself.
        let (head, body) = response.into_parts();
        let outcome = Outcome::classify(head.status, &head.headers, body.as_bytes(), Timestamp::default());
        let result: Result<String, Failure> = outcome.into_result(body);
        if let Step::Done(text) = attempt.report(result).await? {
            return Ok(text);
        }
    }
    Err("the session ended".into())
}

async fn failover(clock: ManualClock) -> Result<Failover, Box<dyn Error + Send + Sync>> {
    let store = Arc::new(MemoryStore::new());
    for name in ["first", "second"] {
        let key = Credential::api_key(&format!("sk-ant-api03-{name}").into())?;
        let id = ProfileId::named(&ProviderId::anthropic(), name);
        store.commit(&AgentId::main(), CredentialChange::upsert(id, ProviderId::anthropic(), key)).await?;
    }
    let models = ModelSelection::new(ModelRef::parse("anthropic/claude-opus-4-5")?);
    Ok(Failover::builder(models).store(store).clock(clock).build())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let failover = failover(ManualClock::at(Timestamp::from_secs(1_800_000_000))).await?;
    // The session owns what it needs, so it can move into a task.
    let answer = tokio::spawn(async move { ask(&failover).await }).await??;
    println!("{answer}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_key_answers_and_the_first_is_left_alone() -> Result<(), Box<dyn Error + Send + Sync>> {
        let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
        let failover = failover(clock.clone()).await?;
        assert_eq!(ask(&failover).await?, "Bonjour");
        let health = failover.health().await;
        let first = ProfileId::new("anthropic:first")?;
        assert!(health.of(&first).models.contains_key("claude-opus-4-5"), "the limit is remembered for its model");
        Ok(())
    }
}
