//! `openclaw models list|set|aliases|fallbacks`

use clap::{Args as ClapArgs, Subcommand};

/// Print the models that the configuration names
///
/// Print the models that the configuration names: which is the default one, which follow, their aliases,
/// and whether there is a credential for them. There is no catalogue: nothing else is known.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models list
  openclaw models list --all --provider anthropic
  openclaw models list --json")]
pub(crate) struct ModelsList {
    /// Also models that models.providers describes and nothing uses
    #[arg(long)]
    pub(crate) all: bool,
    /// Only models on this machine
    #[arg(long)]
    pub(crate) local: bool,
    /// Only models of this provider
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    /// Of which agent [default: the default agent]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print only the references
    #[arg(long)]
    pub(crate) plain: bool,
}

/// Choose the default model
///
/// Choose the default model. The file keeps its comments and everything else; the fallbacks stay.
/// Shorthands such as `opus` are written in full.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models set opus
  openclaw models set anthropic/claude-sonnet-4-5 --dry-run
  openclaw models set sonnet --agent work")]
pub(crate) struct ModelsSet {
    /// Alias, name or provider/model
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Only for this agent [default: for all that have no model of their own]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    #[command(flatten)]
    pub(crate) how: HowToWrite,
}

// What commands share that write the configuration. (A doc comment would replace theirs.)
#[derive(Debug, Clone, Copy, ClapArgs)]
pub(crate) struct HowToWrite {
    /// Show what would change and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models aliases list
  openclaw models aliases add fast anthropic/claude-haiku-4-5")]
pub(crate) struct AliasesCommand {
    #[command(subcommand)]
    pub(crate) command: AliasesSub,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AliasesSub {
    List(AliasesList),
    Add(AliasesAdd),
    Remove(AliasesRemove),
}

/// Print the aliases that apply
///
/// Print the aliases that apply: those of the configuration, and built-in ones of models that it lists.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models aliases list
  openclaw models aliases list --json")]
pub(crate) struct AliasesList {
    /// Print JSON
    #[arg(long, conflicts_with = "plain")]
    pub(crate) json: bool,
    /// Print ALIAS MODEL, one a line
    #[arg(long)]
    pub(crate) plain: bool,
}

/// Give a model another name
///
/// Give a model another name, in place of the one that it may have. Wherever a model is named, the name
/// may stand instead, in any case.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models aliases add fast anthropic/claude-haiku-4-5
  openclaw models aliases add best opus --dry-run")]
pub(crate) struct AliasesAdd {
    /// Letters, digits, dots, underscores, colons and dashes
    #[arg(value_name = "ALIAS")]
    pub(crate) alias: String,
    /// Alias, name or provider/model
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    #[command(flatten)]
    pub(crate) how: HowToWrite,
}

/// Take a name away
///
/// Take a name away. The model and its settings stay.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models aliases remove fast")]
pub(crate) struct AliasesRemove {
    /// The name, in any case
    #[arg(value_name = "ALIAS")]
    pub(crate) alias: String,
    #[command(flatten)]
    pub(crate) how: HowToWrite,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models fallbacks list
  openclaw models fallbacks add sonnet")]
pub(crate) struct FallbacksCommand {
    #[command(subcommand)]
    pub(crate) command: FallbacksSub,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FallbacksSub {
    List(FallbacksList),
    /// Add a model behind the others
    Add(FallbacksChange),
    /// Take a model out
    #[command(after_help = "Examples:
  openclaw models fallbacks remove anthropic/claude-sonnet-4-5
  openclaw models fallbacks remove sonnet --agent work")]
    Remove(FallbacksChange),
    Clear(FallbacksClear),
}

/// Print the models that follow when the default one fails
///
/// Print the models that follow when the default one fails, in their order.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models fallbacks list
  openclaw models fallbacks list --agent work --json")]
pub(crate) struct FallbacksList {
    /// Of which agent [default: the default agent]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "plain")]
    pub(crate) json: bool,
    /// Print only the references
    #[arg(long)]
    pub(crate) plain: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models fallbacks add anthropic/claude-sonnet-4-5
  openclaw models fallbacks add sonnet --agent work")]
pub(crate) struct FallbacksChange {
    /// Alias, name or provider/model
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Only for this agent, which gets a list of its own [default: for all without one]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    #[command(flatten)]
    pub(crate) how: HowToWrite,
}

/// Take all of them away
///
/// Take all fallbacks away: when the default model fails, the request has failed.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models fallbacks clear
  openclaw models fallbacks clear --agent work --dry-run")]
pub(crate) struct FallbacksClear {
    /// Only for this agent, which gets an empty list of its own [default: for all without one]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    #[command(flatten)]
    pub(crate) how: HowToWrite,
}

impl AliasesSub {
    pub(super) const fn wants_json(&self) -> bool {
        match self {
            Self::List(given) => given.json,
            Self::Add(given) => given.how.json,
            Self::Remove(given) => given.how.json,
        }
    }
}

impl FallbacksSub {
    pub(super) const fn wants_json(&self) -> bool {
        match self {
            Self::List(given) => given.json,
            Self::Add(given) | Self::Remove(given) => given.how.json,
            Self::Clear(given) => given.how.json,
        }
    }
}
