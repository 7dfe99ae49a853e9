//! `openclaw doctor`.

use clap::Args as ClapArgs;

/// Find what is wrong with the folder as a whole, and repair what is safe
///
/// Look at the whole folder: who may get at it, what was left in it, the configuration, every agent's
/// credentials, the environment. Nothing is written without --fix, and nothing is sent.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Exit codes: 0 nothing is left to do (notes do not count) · 1 something is

Examples:
  openclaw doctor
  openclaw doctor --fix
  openclaw doctor --agent work --json")]
pub(crate) struct DoctorArgs {
    /// Repair what is safe, and say what was done
    #[arg(long)]
    pub(crate) fix: bool,
    /// Only the folder of this agent, beside the configuration and the environment
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
