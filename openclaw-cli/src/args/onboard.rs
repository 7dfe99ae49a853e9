//! `openclaw onboard`: what it takes, and what scripts for the assistant give it besides.

use clap::Args as ClapArgs;

/// Store a credential: a wizard on a terminal, flags or stdin anywhere
///
/// Store a credential for Claude. On a terminal, without flags, a wizard asks; a credential given by
/// flag, stdin or environment asks nothing.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Without a terminal, or with --non-interactive, nothing is asked. The credential is the one of the flags; else the one on stdin, known by its prefix; else the one in ANTHROPIC_API_KEY, ANTHROPIC_OAUTH_TOKEN or CLAUDE_CODE_OAUTH_TOKEN. Where that could be several, none is taken. With --non-interactive and one in the environment, stdin is not read.

Examples:
  openclaw onboard
  printf '%s' \"$KEY\" | openclaw onboard --anthropic-api-key -
  openclaw onboard --auth-choice setup-token --token - < token.txt
  printf '%s' \"$KEY\" | openclaw onboard --model claude-sonnet-4-5 --dry-run"
)]
pub(crate) struct Onboard {
    /// An API key from Anthropic's console; `-` reads it from stdin
    #[arg(long, value_name = "KEY")]
    pub(crate) anthropic_api_key: Option<String>,
    /// What to store: apiKey, setup-token or token (inferred from the other flags), or skip
    #[arg(long, value_name = "CHOICE")]
    pub(crate) auth_choice: Option<String>,
    /// A token made by `claude setup-token`; `-` reads it from stdin
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// Whose token it is (only anthropic)
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) token_provider: Option<String>,
    /// Under which profile id to store the token [default: anthropic:default]
    #[arg(long, value_name = "ID", conflicts_with = "profile_id")]
    pub(crate) token_profile_id: Option<String>,
    /// When the token ends, from now: 365d, 12h (default unit: days)
    #[arg(long, value_name = "DURATION")]
    pub(crate) token_expires_in: Option<String>,
    /// Under which profile id to store the credential [default: anthropic:default]
    #[arg(long, value_name = "ID")]
    pub(crate) profile_id: Option<String>,
    /// Replace a credential of another kind under the same id
    #[arg(long)]
    pub(crate) replace: bool,
    /// The model that answers by default: alias, name or provider/model
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// For which agent [default: the default agent]
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Never ask
    #[arg(long)]
    pub(crate) non_interactive: bool,
    /// Accepted for compatibility with OpenClaw
    #[arg(long)]
    pub(crate) accept_risk: bool,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print a JSON summary
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) assistant: Assistant,
}

const UNUSED: &str = "Sets up OpenClaw, the assistant; without effect here";

/// Flags that set up the assistant itself: accepted in scripts, and without effect here. `--reset` is not
/// among them: whoever gives it wants everything deleted, and must learn that it is not.
#[derive(Debug, ClapArgs)]
pub(crate) struct Assistant {
    #[arg(long, hide = true, help = UNUSED)]
    mode: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    flow: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    workspace: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    skip_channels: bool,
    #[arg(long, hide = true, help = UNUSED)]
    skip_skills: bool,
    #[arg(long, hide = true, help = UNUSED)]
    skip_health: bool,
    #[arg(long, hide = true, help = UNUSED)]
    skip_ui: bool,
    #[arg(long, hide = true, help = UNUSED)]
    skip_daemon: bool,
    #[arg(long, hide = true, help = UNUSED)]
    no_install_daemon: bool,
    #[arg(long, hide = true, help = UNUSED)]
    install_daemon: bool,
    #[arg(long, hide = true, help = UNUSED)]
    daemon_runtime: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    node_manager: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    gateway_port: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    gateway_bind: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    gateway_auth: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    gateway_token: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    gateway_password: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    tailscale: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    tailscale_reset_on_exit: bool,
    #[arg(long, hide = true, help = UNUSED)]
    remote_url: Option<String>,
    #[arg(long, hide = true, help = UNUSED)]
    remote_token: Option<String>,
}

impl Assistant {
    /// The names of those that were given; what they say is nobody's business here.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let flags = [
            (self.mode.is_some(), "--mode"),
            (self.flow.is_some(), "--flow"),
            (self.workspace.is_some(), "--workspace"),
            (self.skip_channels, "--skip-channels"),
            (self.skip_skills, "--skip-skills"),
            (self.skip_health, "--skip-health"),
            (self.skip_ui, "--skip-ui"),
            (self.skip_daemon, "--skip-daemon"),
            (self.no_install_daemon, "--no-install-daemon"),
            (self.install_daemon, "--install-daemon"),
            (self.daemon_runtime.is_some(), "--daemon-runtime"),
            (self.node_manager.is_some(), "--node-manager"),
            (self.gateway_port.is_some(), "--gateway-port"),
            (self.gateway_bind.is_some(), "--gateway-bind"),
            (self.gateway_auth.is_some(), "--gateway-auth"),
            (self.gateway_token.is_some(), "--gateway-token"),
            (self.gateway_password.is_some(), "--gateway-password"),
            (self.tailscale.is_some(), "--tailscale"),
            (self.tailscale_reset_on_exit, "--tailscale-reset-on-exit"),
            (self.remote_url.is_some(), "--remote-url"),
            (self.remote_token.is_some(), "--remote-token"),
        ];
        flags.into_iter().filter(|(given, _)| *given).map(|(_, name)| name).collect()
    }
}
