//! Why models are not changed, and what was perhaps meant.

use thiserror::Error;

use crate::advice::{Advice, agent_flag, last_word};
use crate::secret::{printable, redact};

/// Why the models of the configuration are not changed. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelEditError {
    /// The text names no model, or is a credential (upstream's words).
    #[error("Invalid model reference: {}", shown(text))]
    Model {
        /// The text.
        text: String,
    },
    /// A profile stands behind the model, which only a request can have.
    #[error("Invalid model reference: {}: a profile can be named for one request only", shown(text))]
    Profile {
        /// The text.
        text: String,
    },
    /// The name has other characters, or none (upstream's words).
    #[error("Alias must use letters, numbers, dots, underscores, colons, or dashes.")]
    AliasName,
    /// Another model has the name (upstream's words).
    #[error("Alias {} already points to {}.", shown(alias), shown(model))]
    AliasTaken {
        /// The name.
        alias: String,
        /// The model that has it.
        model: String,
    },
    /// No model has the name (upstream's words).
    #[error("Alias not found: {}", shown(alias))]
    AliasNotFound {
        /// The name.
        alias: String,
        /// The model, where it is a built-in shorthand, which stands in no file.
        built_in: Option<String>,
        /// An alias that was perhaps meant.
        near: Option<String>,
    },
    /// It is no fallback (upstream's words).
    #[error("Fallback not found: {}", shown(model))]
    FallbackNotFound {
        /// The model.
        model: String,
        /// A fallback that was perhaps meant.
        near: Option<String>,
    },
}

fn shown(text: &str) -> String {
    printable(&redact(text))
}

impl ModelEditError {
    /// Whether what was typed cannot be right, whatever the configuration says.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Model { .. } | Self::Profile { .. } | Self::AliasName)
    }

    /// What to do about it.
    pub(crate) fn advice(&self, agent: Option<&str>) -> Option<Advice> {
        let agent = agent_flag(agent);
        Some(match self {
            Self::Model { .. } => Advice::new(
                "write provider/model, an alias or a name; see those that there are",
                "openclaw models list",
            ),
            Self::Profile { .. } => Advice::new(
                "which profiles serve, and in which order, is stored apart from the model",
                "openclaw models auth order get --provider anthropic",
            ),
            Self::AliasTaken { alias, .. } => {
                Advice::new("take it away there first", format!("openclaw models aliases remove{}", last_word(alias)))
            }
            Self::AliasNotFound { built_in: Some(model), alias, .. } => Advice {
                text: format!("{} is a built-in name of {model}, which stands in no file", shown(alias)),
                command: None,
            },
            Self::AliasNotFound { near: Some(near), .. } => {
                Advice::new("did you mean this one?", format!("openclaw models aliases remove{}", last_word(near)))
            }
            Self::AliasNotFound { .. } => Advice::new("see which there are", "openclaw models aliases list"),
            Self::FallbackNotFound { near: Some(near), .. } => Advice::new(
                "did you mean this one?",
                format!("openclaw models fallbacks remove{agent}{}", last_word(near)),
            ),
            Self::FallbackNotFound { .. } => {
                Advice::new("see which there are", format!("openclaw models fallbacks list{agent}"))
            }
            Self::AliasName => return None,
        })
    }
}
