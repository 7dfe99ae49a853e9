//! `openclaw config …`

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw config get agents.defaults.model.primary
  openclaw config set agents.defaults.model.primary anthropic/claude-sonnet-4-5
  openclaw config validate")]
pub(crate) struct ConfigCommand {
    #[command(subcommand)]
    pub(crate) command: ConfigSub,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigSub {
    Get(ConfigGet),
    Set(ConfigSet),
    Unset(ConfigUnset),
    File(ConfigFile),
    Validate(ConfigValidate),
    /// Print the JSON Schema of the sections that this program reads
    #[command(after_help = "Examples:
  openclaw config schema > openclaw.schema.json
  openclaw config set '$schema' ./openclaw.schema.json")]
    Schema,
}

impl ConfigSub {
    pub(super) const fn wants_json(&self) -> bool {
        match self {
            Self::Get(given) => given.json,
            Self::Set(given) => given.json,
            Self::Unset(given) => given.json,
            Self::File(given) => given.json,
            Self::Validate(given) => given.json,
            Self::Schema => true,
        }
    }
}

/// Print a value of the configuration, or all of it
///
/// Print a value of the configuration after includes, layers and variables. Secrets are blanked.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw config get agents.defaults.model.primary --origin
  openclaw config get 'agents.defaults.models[\"anthropic/claude-opus-4-5\"]' --json")]
pub(crate) struct ConfigGet {
    /// Dots and brackets; a key in brackets may be quoted [default: everything]
    pub(crate) path: Option<String>,
    /// Print JSON, also for a single text
    #[arg(long)]
    pub(crate) json: bool,
    /// Say where each value was written
    #[arg(long)]
    pub(crate) origin: bool,
    /// Show secrets
    #[arg(long)]
    pub(crate) reveal: bool,
}

/// Write a value; comments, order and everything else in the file stay
///
/// Write a value into the file that owns its path, which may be an included one. Comments, order,
/// quotes and every other byte stay; a file that would become invalid is not written. The file as it
/// was is kept beside it as `.bak`, unless it holds a secret that was replaced.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw config set agents.defaults.model.primary anthropic/claude-sonnet-4-5
  openclaw config set auth.order.anthropic '[\"anthropic:work\", \"anthropic:default\"]' --dry-run
  printf '%s' \"$KEY\" | openclaw config set models.providers.anthropic.apiKey -")]
pub(crate) struct ConfigSet {
    /// Dots and brackets; a key in brackets may be quoted
    pub(crate) path: String,
    /// JSON5, else taken as text; `-` reads it from stdin (on a terminal: asks, without showing it)
    #[arg(allow_hyphen_values = true)]
    pub(crate) value: String,
    /// Refuse a value that is not JSON5
    #[arg(long)]
    pub(crate) strict_json: bool,
    /// Show what would change and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON; the value must be JSON5, as in OpenClaw
    #[arg(long)]
    pub(crate) json: bool,
}

/// Take a value away
///
/// Take a value away, with its line and the comment behind it; every other byte stays. Also works on
/// a file that other commands refuse, so that it can be repaired.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw config unset auth.cooldowns.billingBackoffHours
  openclaw config unset 'agents.defaults.models[\"anthropic/claude-opus-4-5\"]' --dry-run")]
pub(crate) struct ConfigUnset {
    /// Dots and brackets; a key in brackets may be quoted
    pub(crate) path: String,
    /// Show what would change and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print which file is the configuration
///
/// Print which file is the configuration. It is not read and may not exist.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw config file
  $EDITOR \"$(openclaw config file)\"")]
pub(crate) struct ConfigFile {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Check the configuration and show every problem with its line
///
/// Check the configuration with everything it includes, and show every problem with its line.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw config validate
  openclaw config validate --json")]
pub(crate) struct ConfigValidate {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
