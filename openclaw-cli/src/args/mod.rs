//! What can be typed.

mod agents;
mod auth;
mod config;
mod docs;
mod doctor;
mod models;
mod onboard;
mod probe;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use agents::{AgentsAdd, AgentsCommand, AgentsList, AgentsSub};
pub(crate) use auth::{
    AuthAdd, AuthCommand, AuthExplain, AuthList, AuthPolicy, AuthRemove, AuthSub, CooldownClear, CooldownList,
    CooldownSub, OrderClear, OrderGet, OrderSet, OrderSub, PasteArgs,
};
pub(crate) use config::{ConfigCommand, ConfigFile, ConfigGet, ConfigSet, ConfigSub, ConfigUnset, ConfigValidate};
pub(crate) use docs::{CompletionArgs, ManArgs};
pub(crate) use doctor::DoctorArgs;
pub(crate) use models::{
    AliasesAdd, AliasesCommand, AliasesList, AliasesRemove, AliasesSub, FallbacksCommand, FallbacksList, FallbacksSub,
    HowToWrite, ModelsList, ModelsSet,
};
pub(crate) use onboard::Onboard;
pub(crate) use probe::ProbeArgs;

/// Which credential serves a request to Claude, and what happens when it fails.
#[derive(Debug, Parser)]
#[command(
    name = "openclaw",
    version,
    long_version = concat!(env!("CARGO_PKG_VERSION"), " (", env!("OPENCLAW_COMMIT"), ", ", env!("OPENCLAW_TARGET"), ")"),
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Examples:
  printf '%s' \"$KEY\" | openclaw onboard --anthropic-api-key -
  openclaw models status
  openclaw ask 'Bonjour'

Exit codes: 0 done · 1 failed · 2 wrong usage, or a value that is missing without a terminal · 130 interrupted",
    after_long_help = "Examples:
  printf '%s' \"$KEY\" | openclaw onboard --anthropic-api-key -
  openclaw models auth setup-token --provider anthropic
  openclaw models status
  openclaw models auth explain
  openclaw ask 'Bonjour'

Places:
  ~/.openclaw/openclaw.json                              configuration (OPENCLAW_CONFIG_PATH)
  ~/.openclaw/agents/<agent>/agent/auth-profiles.json    credentials and health (OPENCLAW_STATE_DIR)

Exit codes: 0 done · 1 failed · 2 wrong usage, or a value that is missing without a terminal · 130 interrupted"
)]
pub(crate) struct Args {
    /// Set a value of the configuration for this run: PATH=VALUE (VALUE is JSON5, else text)
    #[arg(long, global = true, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,

    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Onboard(Box<Onboard>),
    Ask(Ask),
    /// Models and the credentials that serve them
    #[command(after_help = "Examples:
  openclaw models
  openclaw models list
  openclaw models set opus
  openclaw models auth list")]
    Models(Models),
    /// Agents: each has credentials of its own
    Agents(AgentsCommand),
    /// The configuration
    Config(ConfigCommand),
    Doctor(DoctorArgs),
    Completion(CompletionArgs),
    Man(ManArgs),
}

impl Command {
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            Self::Onboard(onboard) => onboard.json,
            Self::Ask(ask) => ask.json,
            Self::Agents(agents) => agents.wants_json(),
            Self::Doctor(doctor) => doctor.json,
            Self::Completion(_) | Self::Man(_) => false,
            Self::Config(config) => config.command.wants_json(),
            Self::Models(models) => match &models.command {
                None => models.status.json,
                Some(ModelsSub::Status(status)) => status.json,
                Some(ModelsSub::List(list)) => list.json,
                Some(ModelsSub::Set(set)) => set.how.json,
                Some(ModelsSub::Aliases(aliases)) => aliases.command.wants_json(),
                Some(ModelsSub::Fallbacks(fallbacks)) => fallbacks.command.wants_json(),
                Some(ModelsSub::Auth(auth)) => auth.command.wants_json(),
            },
        }
    }
}

/// Send one message; the answer goes to stdout
///
/// Send one message with failover over profiles and models. The answer streams to stdout; who
/// answered, and who was passed over, goes to stderr.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw ask 'What is a setup-token?'
  git diff | openclaw ask - --system 'Review this change'
  openclaw ask --model claude-sonnet-4-5@anthropic:work 'Bonjour'")]
pub(crate) struct Ask {
    /// The message; `-` reads it from stdin
    pub(crate) text: Option<String>,
    /// The model: alias, name or provider/model, with @PROFILE to put a profile first
    #[arg(long, value_name = "MODEL[@PROFILE]")]
    pub(crate) model: Option<String>,
    /// The system prompt
    #[arg(long, value_name = "TEXT")]
    pub(crate) system: Option<String>,
    /// The longest answer, in tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_tokens: Option<u32>,
    /// How long to wait for a blocked profile when none is free: 30s, 5m
    #[arg(long, value_name = "DURATION")]
    pub(crate) wait: Option<String>,
    /// With the credentials of which agent [default: the default agent]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Print the answer as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Ask the server for one whole answer instead of a stream
    #[arg(long)]
    pub(crate) no_stream: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Models {
    #[command(flatten)]
    pub(crate) status: StatusArgs,
    #[command(subcommand)]
    pub(crate) command: Option<ModelsSub>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsSub {
    Status(StatusArgs),
    List(ModelsList),
    Set(ModelsSet),
    /// Other names of models
    Aliases(AliasesCommand),
    /// The models that follow when the default one fails
    Fallbacks(FallbacksCommand),
    /// Credentials: store, list, remove, order, explain
    Auth(AuthCommand),
}

/// Which model and credential would serve now, and what is wrong
///
/// Which model and credential would serve now, what is wrong, until when. Nothing is written, and
/// nothing is sent unless a probe is asked for.
#[derive(Debug, Clone, ClapArgs)]
#[command(
    after_help = "With --check: 0 all is well · 1 something has ended or is missing · 2 something ends within 24 h · 3 every profile of a provider in use is blocked now
With --check and --probe also: 1 a credential of a provider in use was refused (auth, billing) or its reference leads nowhere · 3 no probed credential of a provider in use answered

Examples:
  openclaw models status
  openclaw models status --json
  openclaw models status --check --plain
  openclaw models status --probe
  openclaw models status --probe --check --json
  openclaw models status --probe-model claude-haiku-4-5 --probe-profile anthropic:default"
)]
pub(crate) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print only the default model
    #[arg(long)]
    pub(crate) plain: bool,
    /// Say by the exit code whether all is well
    #[arg(long)]
    pub(crate) check: bool,
    /// Of which agent [default: the default agent]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    #[command(flatten)]
    pub(crate) probe: ProbeArgs,
}
