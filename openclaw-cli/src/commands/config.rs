//! `openclaw config get`.

use openclaw_core::json5::Path;

use crate::args::{Args, ConfigCommand, ConfigGet, ConfigSub};
use crate::error::CliError;
use crate::host::Host;
use crate::output;

pub(crate) fn run(host: &mut Host, args: &Args, command: &ConfigCommand) -> Result<u8, CliError> {
    let ConfigSub::Get(get) = &command.command;
    self::get(host, args, get)
}

fn get(host: &mut Host, args: &Args, get: &ConfigGet) -> Result<u8, CliError> {
    let path: Path =
        get.path.parse().map_err(|error: openclaw_core::json5::PathError| CliError::usage(error.to_string()))?;
    let installation = super::open(host, args)?;
    let value = installation.config().get(&path);
    let value = value.ok_or_else(|| CliError::failed("not_found", format!("Config path not found: {}", get.path)))?;
    let text = match value.as_str() {
        Some(text) if !get.json => text.to_owned(),
        _ => {
            let json = value.to_json(get.reveal);
            // A bare secret prints bare, like every other text.
            match serde_json::from_str::<String>(&json) {
                Ok(text) if !get.json => text,
                _ => json.to_string(),
            }
        }
    };
    if !get.origin {
        output::line(host, &text)?;
    } else if get.json {
        let origin = value.origin().to_string();
        output::line(
            host,
            &format!(
                "{{\n  \"value\": {},\n  \"origin\": {}\n}}",
                text.replace('\n', "\n  "),
                serde_json::json!(origin)
            ),
        )?;
    } else {
        output::line(host, &text)?;
        output::line(host, &format!("# {}", value.origin()))?;
    }
    Ok(0)
}
