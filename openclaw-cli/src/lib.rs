//! The command `openclaw`: parses, calls the library, prints.
//!
//! Whatever a second front end would need lives in `openclaw-core`. [`run`] takes everything it
//! touches as a [`Host`], so tests inject arguments, environment, streams and time.

mod args;
mod commands;
mod diagnose;
mod diff;
mod error;
mod host;
mod output;
mod prompt;
mod secret_input;
mod stop;
mod usage;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

pub use host::{Host, Prompt, PromptError};

use args::{Args, Command};
use error::CliError;

/// Runs the command and returns its exit code: 0 done, 1 failed, 2 wrong usage or a value that is
/// missing without a terminal, 130 interrupted (143 by SIGTERM, 129 by a hang-up, where work had to be
/// ended first). `models status --check` has codes of its own.
#[must_use]
pub fn run(mut host: Host) -> ExitCode {
    let args = match Args::try_parse_from(&host.args).map_err(|error| with_descriptions(&host, error)) {
        Ok(args) => args,
        Err(error) => return usage::tell(&mut host, error),
    };
    host.json = args.command.wants_json();
    host.color = !host.json && output::color(&host, args.color, host.stdout_is_terminal);
    host.stderr_color = !host.json && output::color(&host, args.color, host.stderr_is_terminal);
    prompt::color(args.color);
    match dispatch(&mut host, &args) {
        Ok(code) => ExitCode::from(code),
        Err(error) => ExitCode::from(output::failure(&mut host, &error)),
    }
}

/// The tree of commands: what is parsed, and what help, completion and manual pages are made of. Public
/// for tests that walk it.
#[doc(hidden)]
#[must_use]
pub fn command() -> clap::Command {
    described(Args::command())
}

/// Descriptions are only needed where they are shown, and putting them in place takes a third of the time of a
/// command that only looks.
fn with_descriptions(host: &Host, error: clap::Error) -> clap::Error {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            command().try_get_matches_from(&host.args).err().unwrap_or(error)
        }
        _ => error,
    }
}

/// The first paragraph of a description is for lists of commands, the rest for the command's own page.
fn described(command: clap::Command) -> clap::Command {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let own = long.strip_prefix(&about).map(|rest| rest.trim_start().to_owned()).filter(|rest| !rest.is_empty());
    let command = match own {
        Some(own) => command.long_about(own),
        None => command,
    };
    command.mut_subcommands(described)
}

fn dispatch(host: &mut Host, args: &Args) -> Result<u8, CliError> {
    // Wrong usage is told before anything is done.
    commands::overrides(args)?;
    match &args.command {
        Command::Onboard(onboard) => commands::onboard::run(host, args, onboard),
        Command::Ask(ask) => commands::ask::run(host, args, ask),
        Command::Models(models) => commands::models::run(host, args, models),
        Command::Agents(agents) => commands::agents::run(host, args, agents),
        Command::Config(config) => commands::config::run(host, args, config),
        Command::Doctor(doctor) => commands::doctor::run(host, args, doctor),
        Command::Completion(completion) => commands::docs::completion(host, completion),
        Command::Man(man) => commands::docs::man(host, man),
    }
}
