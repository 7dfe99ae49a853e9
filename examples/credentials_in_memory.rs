//! Credentials that the program has, no file at all: from your own secret manager to an answer.
//!
//!     ANTHROPIC_API_KEY=sk-ant-… cargo run --example credentials_in_memory

use openclaw_core::{Client, Env};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let env = Env::from_process();
    let key = env.get("ANTHROPIC_API_KEY").ok_or("set ANTHROPIC_API_KEY, or run the quickstart, which needs no key")?;

    // More credentials may follow: they serve in this order, and the next one when one fails.
    let client = Client::builder()
        .api_key("work", key)
        .model("anthropic/claude-opus-4-5")
        .fallback("anthropic/claude-sonnet-4-5")
        .user_agent("my-program/1.0")
        .build()?;
    let reply = client.ask("Say hello in five languages.").await?;

    println!("{}", reply.text());
    println!(
        "— {} with {}, {} tokens",
        reply.served_by().model,
        reply.served_by().profile,
        reply.usage().output_tokens
    );
    Ok(())
}
