//! The sections of an OpenClaw configuration that this library acts on: each is declared once, and
//! the declaration is the type, what validation checks and what the JSON Schema says.
//!
//! They accept what OpenClaw's releases 2026.1 to 2026.9 accept between them. Everything else in the
//! file belongs to the assistant and passes through untouched.

mod agents;
mod auth;
mod debug;
mod declare;
mod env;
mod models;
mod read;
mod secret;
mod secrets;

use indexmap::IndexMap;
use secrecy::SecretString;

pub use agents::{
    AgentDefaults, AgentSettings, AgentsSettings, CacheControlTtl, CacheRetention, DEFAULT_MODEL, ModelChoice,
    ModelEntry, ModelParams,
};
pub use auth::{AuthMode, AuthProfileSettings, AuthSettings, CooldownSettings};
pub use models::{ModelsSettings, ProviderAuth, ProviderSettings};
pub use secret::{SecretInput, SecretReference, SecretReferenceSource};
pub use secrets::{SecretDefaults, SecretFileMode, SecretProvider, SecretsSettings};

pub(super) use env::variables as env_variables;
pub(super) use secret::UNSET;

use super::shape::Others;
use declare::section;

section! {
    /// The configuration of OpenClaw. Described here are the sections that openclaw-core reads; all
    /// others belong to the assistant and may hold anything.
    pub struct Settings: [Default] {
        /// The schema of this file, for editors.
        "$schema": String,
        /// Environment variables for what is not set in the process or in `<state>/.env`. Taken
        /// literally: no `${VAR}`.
        "env" => env: IndexMap<String, SecretString> as env::Env = "env::variables",
        /// Which stored credentials take part, in which order, and how long they rest after a failure.
        "auth" => auth: AuthSettings,
        /// Where secrets are kept that are given by reference.
        "secrets" => secrets: SecretsSettings,
        /// The agents and their models.
        "agents" => agents: AgentsSettings,
        /// The providers of models.
        "models" => models: ModelsSettings,
    }
    others: Others::Assistant;
}

/// Every top-level key that some release of OpenClaw has.
pub(super) const TOP_LEVEL: [&str; 43] = [
    "$schema",
    "accessGroups",
    "acp",
    "agents",
    "approvals",
    "audio",
    "auth",
    "bindings",
    "bridge",
    "broadcast",
    "browser",
    "canvasHost",
    "channels",
    "cli",
    "commands",
    "crestodian",
    "cron",
    "diagnostics",
    "discovery",
    "env",
    "gateway",
    "hooks",
    "logging",
    "marketplaces",
    "mcp",
    "media",
    "memory",
    "messages",
    "meta",
    "models",
    "nodeHost",
    "plugins",
    "proxy",
    "secrets",
    "session",
    "skills",
    "surfaces",
    "talk",
    "tools",
    "ui",
    "update",
    "web",
    "wizard",
];
