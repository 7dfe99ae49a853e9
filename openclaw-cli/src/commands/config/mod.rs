//! `openclaw config …`: one file a command.

mod edit;
mod file;
mod get;
mod validate;

use openclaw_core::json5::{Path, PathError};

use crate::args::{Args, ConfigCommand, ConfigSub};
use crate::error::CliError;
use crate::host::Host;
use crate::output;

pub(crate) fn run(host: &mut Host, args: &Args, command: &ConfigCommand) -> Result<u8, CliError> {
    match &command.command {
        ConfigSub::Get(given) => get::run(host, args, given),
        ConfigSub::Set(given) => edit::set(host, args, given),
        ConfigSub::Unset(given) => edit::unset(host, args, given),
        ConfigSub::File(given) => file::run(host, given),
        ConfigSub::Validate(given) => validate::run(host, args, given),
        ConfigSub::Schema => output::json_as_it_is(host, &openclaw_core::config::json_schema()).map(|()| 0),
    }
}

fn path(text: &str) -> Result<Path, CliError> {
    text.parse().map_err(|error: PathError| CliError::usage(error.to_string()))
}

fn not_found(text: &str) -> CliError {
    CliError::failed("not_found", format!("Config path not found: {}", openclaw_core::redact(text)))
}
