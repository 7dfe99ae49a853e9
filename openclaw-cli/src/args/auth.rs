//! `openclaw models auth …`

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth list
  openclaw models auth setup-token
  openclaw models auth explain")]
pub(crate) struct AuthCommand {
    #[command(subcommand)]
    pub(crate) command: AuthSub,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthSub {
    List(AuthList),
    Add(AuthAdd),
    Remove(AuthRemove),
    /// Store a token that `claude setup-token` made
    #[command(after_help = "Examples:
  openclaw models auth setup-token --provider anthropic
  openclaw models auth setup-token --token - < token.txt")]
    SetupToken(PasteArgs),
    /// Store a token that was made on another machine
    #[command(after_help = "Examples:
  openclaw models auth paste-token --provider anthropic
  openclaw models auth paste-token --provider anthropic --profile-id anthropic:work < token.txt")]
    PasteToken(PasteArgs),
    /// Store an API key
    #[command(after_help = "Examples:
  openclaw models auth paste-api-key --provider anthropic
  printf '%s' \"$KEY\" | openclaw models auth paste-api-key --provider anthropic --agent work")]
    PasteApiKey(PasteArgs),
    /// The order in which an agent's profiles are tried
    Order(OrderCommand),
    /// Windows during which profiles are not used
    Cooldown(CooldownCommand),
    Explain(AuthExplain),
    Policy(AuthPolicy),
}

impl AuthSub {
    pub(super) const fn wants_json(&self) -> bool {
        match self {
            Self::List(given) => given.of.json,
            Self::Add(_) => false,
            Self::Remove(given) => given.json,
            Self::SetupToken(given) | Self::PasteToken(given) | Self::PasteApiKey(given) => given.json,
            Self::Order(order) => match &order.command {
                OrderSub::Get(given) => given.of.json,
                OrderSub::Set(given) => given.of.json,
                OrderSub::Clear(given) => given.of.json,
            },
            Self::Cooldown(cooldown) => match &cooldown.command {
                CooldownSub::List(given) => given.of.json,
                CooldownSub::Clear(given) => given.of.json,
            },
            Self::Explain(given) => given.of.json,
            Self::Policy(given) => given.json,
        }
    }
}

// What commands share that show or change one agent's store. (A doc comment would replace theirs.)
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct OneAgent {
    /// Of which agent [default: the default agent]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print the stored profiles: credential, health, place in the order
///
/// Print the stored profiles of an agent: what each holds, how it is, its place in the order. Secrets
/// are masked, references are shown and not resolved. Nothing is sent or written.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth list
  openclaw models auth list --provider anthropic --agent work --json")]
pub(crate) struct AuthList {
    /// Only profiles of this provider
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    #[command(flatten)]
    pub(crate) of: OneAgent,
}

/// Store a credential: asks which one on a terminal
///
/// Store a credential: asks which kind, and for the credential, on a terminal. In scripts use
/// `paste-api-key` or `paste-token`, which read stdin.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth add
  openclaw models auth add --provider openrouter --agent work")]
pub(crate) struct AuthAdd {
    /// Whose credential it is [default: asks]
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    /// Under which profile id to store it
    #[arg(long, value_name = "ID")]
    pub(crate) profile_id: Option<String>,
    /// For which agent [default: the default agent]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
}

/// Remove a profile, its place in the order and its health
///
/// Remove a profile from an agent's store, with its place in the order and its health, in one write.
/// The configuration is not changed; what it still says about the profile is told.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth remove anthropic:work
  openclaw models auth remove anthropic:work --agent work --yes")]
pub(crate) struct AuthRemove {
    /// The profile
    #[arg(value_name = "PROFILE")]
    pub(crate) id: String,
    /// From which agent [default: the default agent]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth order get --provider anthropic
  openclaw models auth order set --provider anthropic anthropic:manual anthropic:default")]
pub(crate) struct OrderCommand {
    #[command(subcommand)]
    pub(crate) command: OrderSub,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrderSub {
    Get(OrderGet),
    Set(OrderSet),
    Clear(OrderClear),
}

/// Print the stored order, or which one applies without it
///
/// Print the order that is stored for an agent. Without one: which order applies instead, and why.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth order get --provider anthropic
  openclaw models auth order get --provider anthropic --agent work --json")]
pub(crate) struct OrderGet {
    /// Whose profiles
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    #[command(flatten)]
    pub(crate) of: OneAgent,
}

/// Store an order; profiles that it leaves out do not serve
///
/// Store the order in which an agent's profiles are tried. It is stronger than the configuration;
/// profiles that it leaves out do not serve.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth order set --provider anthropic anthropic:manual anthropic:default")]
pub(crate) struct OrderSet {
    /// Whose profiles
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    #[command(flatten)]
    pub(crate) of: OneAgent,
    /// The profiles, the first one first
    #[arg(value_name = "PROFILE")]
    pub(crate) ids: Vec<String>,
}

/// Take the stored order away
///
/// Take the stored order away: the configuration decides again, or kind and last use.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth order clear --provider anthropic")]
pub(crate) struct OrderClear {
    /// Whose profiles
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    #[command(flatten)]
    pub(crate) of: OneAgent,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth cooldown list
  openclaw models auth cooldown clear anthropic:default")]
pub(crate) struct CooldownCommand {
    #[command(subcommand)]
    pub(crate) command: CooldownSub,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CooldownSub {
    List(CooldownList),
    Clear(CooldownClear),
}

/// Print open and half-open windows and demotions
///
/// Print the windows during which profiles are not used, those after which one attempt may try
/// (half-open), and demotions: why, until when.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth cooldown list
  openclaw models auth cooldown list --json")]
pub(crate) struct CooldownList {
    #[command(flatten)]
    pub(crate) of: OneAgent,
}

/// Close windows by hand, and start their counters again
///
/// Close windows by hand and start their counters again: of a profile with all its models, of one
/// model, or all.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth cooldown clear anthropic:default
  openclaw models auth cooldown clear anthropic:default --model claude-opus-4-5
  openclaw models auth cooldown clear --all")]
pub(crate) struct CooldownClear {
    /// The profile
    #[arg(value_name = "PROFILE")]
    pub(crate) id: Option<String>,
    /// Only windows of this model
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Every profile
    #[arg(long, conflicts_with = "id")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) of: OneAgent,
}

/// Say who would serve now, who would not, why, until when
///
/// Say who would serve a request now, who would be passed over, why, until when: profiles, environment
/// and configuration, for the model and its fallbacks. Nothing is sent, written or run.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth explain
  openclaw models auth explain --model claude-sonnet-4-5@anthropic:work
  openclaw models auth explain --resolve --json")]
pub(crate) struct AuthExplain {
    /// The model: alias, name or provider/model, with @PROFILE to put a profile first
    #[arg(long, value_name = "MODEL[@PROFILE]")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) of: OneAgent,
    /// Look up references to secrets, which may read files and run commands; no secret is shown
    #[arg(long)]
    pub(crate) resolve: bool,
}

/// Print what follows from each kind of failure, and how long profiles rest
///
/// Print what follows from each kind of failure, and how long profiles rest: the table and the
/// windows in force, with the settings that changed them.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw models auth policy
  openclaw models auth policy --json")]
pub(crate) struct AuthPolicy {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A credential to be stored: asked for on a terminal, else read from stdin.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct PasteArgs {
    /// Whose credential it is
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    /// Under which profile id to store it
    #[arg(long, value_name = "ID")]
    pub(crate) profile_id: Option<String>,
    /// The credential; `-` reads it from stdin
    #[arg(long, value_name = "SECRET", visible_alias = "key")]
    pub(crate) token: Option<String>,
    /// When it ends, from now: 365d, 12h (default unit: days)
    #[arg(long, value_name = "DURATION")]
    pub(crate) expires_in: Option<String>,
    /// Replace a credential of another kind under the same id
    #[arg(long)]
    pub(crate) replace: bool,
    /// For which agent [default: the default agent]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Do not ask whether `claude setup-token` was run
    #[arg(long)]
    pub(crate) yes: bool,
    /// Print a JSON summary
    #[arg(long)]
    pub(crate) json: bool,
}
