//! `openclaw agents …`.

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw agents list
  openclaw agents add work --copy-auth-from main")]
pub(crate) struct AgentsCommand {
    #[command(subcommand)]
    pub(crate) command: AgentsSub,
}

impl AgentsCommand {
    pub(crate) const fn wants_json(&self) -> bool {
        match &self.command {
            AgentsSub::List(list) => list.json,
            AgentsSub::Add(add) => add.json,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum AgentsSub {
    List(AgentsList),
    Add(AgentsAdd),
}

/// Print the configured agents
///
/// Print the configured agents, their folders and their models.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw agents list
  openclaw agents list --json")]
pub(crate) struct AgentsList {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Add an agent with a folder of its own
///
/// Add an agent with a folder of its own. It has no credentials until it is given some: store one for it,
/// or copy those of another agent. Logins and what is remembered of failures are never copied.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw agents add work
  openclaw agents add work --copy-auth-from main --model anthropic/claude-sonnet-4-5")]
pub(crate) struct AgentsAdd {
    /// Its name: letters, digits, - and _; others become -
    #[arg(value_name = "ID")]
    pub(crate) name: String,
    /// Copy the API keys and tokens of this agent
    #[arg(long, value_name = "ID")]
    pub(crate) copy_auth_from: Option<String>,
    /// Its model: alias, name or provider/model [default: that of all agents]
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Its folder [default: agents/ID/agent in the state folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) agent_dir: Option<String>,
    /// Its workspace, for the assistant
    #[arg(long, value_name = "DIR")]
    pub(crate) workspace: Option<String>,
    /// Accepted for compatibility with OpenClaw: nothing is asked
    #[arg(long)]
    pub(crate) non_interactive: bool,
    /// Print a JSON summary
    #[arg(long)]
    pub(crate) json: bool,
}
