//! `openclaw completion` and `openclaw man`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap_complete::Shell;

/// Print a script that completes commands in a shell
///
/// Print a script that completes commands and options in a shell.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw completion bash > ~/.local/share/bash-completion/completions/openclaw
  openclaw completion zsh > ~/.zfunc/_openclaw
  openclaw completion fish > ~/.config/fish/completions/openclaw.fish
  openclaw completion powershell > openclaw.ps1")]
pub(crate) struct CompletionArgs {
    /// For which shell [default: as SHELL says]
    #[arg(value_enum)]
    pub(crate) shell: Option<Shell>,
}

/// Print or write manual pages
///
/// Print the manual page of a command, or write those of all commands.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  openclaw man | man -l -
  openclaw man models set | man -l -
  openclaw man --dir ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The command, as in `models set` [default: openclaw itself]
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands into this folder, which is made
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) dir: Option<PathBuf>,
}
