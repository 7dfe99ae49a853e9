//! Configuration with provenance: layers, `${VAR}`, where every value came from, and sections of your
//! own in types of your own.
//!
//!     cargo run --example configuration

use openclaw_core::Env;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
use openclaw_core::json5::Path;
use serde::Deserialize;

const FILE: &str = r#"{
  // the model for everything
  agents: { defaults: { model: {
    primary: "anthropic/claude-opus-4-5",
    fallbacks: ["anthropic/claude-sonnet-4-5"],
  } } },
  models: { providers: { anthropic: { baseUrl: "https://${PROXY_HOST}/claude", apiKey: "${ANTHROPIC_API_KEY}" } } },
  myProgram: { retries: 3, hosts: ["a.example.org", "b.example.org"] },
}"#;

#[derive(Debug, Deserialize)]
struct MyProgram {
    retries: u8,
    hosts: Vec<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let env = Env::empty().with("PROXY_HOST", "ai.example.org").with("ANTHROPIC_API_KEY", "sk-ant-api03-secret");
    let config = Config::from_layers(
        [
            ConfigLayer::parse(ConfigSource::File("openclaw.json".into()), FILE)?,
            // What your program or its flags say is stronger than the file.
            ConfigLayer::set(&"agents.defaults.model.primary".parse()?, "anthropic/claude-haiku-4-5")?,
        ],
        &env,
    )?;
    for path in [
        "agents.defaults.model.primary",
        "agents.defaults.model.fallbacks[0]",
        "models.providers.anthropic.baseUrl",
        "models.providers.anthropic.apiKey",
    ] {
        let path: Path = path.parse()?;
        let Some(value) = config.get(&path) else { continue };
        println!("{:<36} {:<32} {}", path.to_string(), value.to_json(false).as_str(), value.origin());
    }

    let mine: Option<MyProgram> = config.section(&"myProgram".parse()?)?;
    if let Some(MyProgram { retries, hosts }) = mine {
        println!("\nmy program: {retries} retries on {} hosts", hosts.len());
    }

    // Every problem at once, with its place, and never a value.
    let wrong = "{ agents: { defaults: { model: { primry: 'x' } } }, auth: { order: { anthropic: 'sk-ant-secret' } } }";
    let layer = ConfigLayer::parse(ConfigSource::File("wrong.json".into()), wrong)?;
    if let Err(error) = Config::from_layers([layer], &env) {
        println!("\n{error}");
    }
    Ok(())
}
