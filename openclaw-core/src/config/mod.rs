//! The configuration: JSON5 layers merged into one tree in which every value knows where it came from.

mod settings;

pub use settings::{
    AgentSettings, AuthProfileSettings, AuthSettings, CooldownSettings, ModelChoice, ModelEntry, ModelParams,
    ProviderSettings, Settings,
};
