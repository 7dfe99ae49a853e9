//! `openclaw config file`.

use openclaw_core::StatePaths;
use serde::Serialize;

use crate::args::ConfigFile;
use crate::error::CliError;
use crate::host::Host;
use crate::output;

#[derive(Serialize)]
struct Answer {
    path: String,
    exists: bool,
}

/// Says which file it is without reading it: that works on a broken one too.
pub(super) fn run(host: &mut Host, given: &ConfigFile) -> Result<u8, CliError> {
    let paths = StatePaths::resolve(&host.env, &host.cwd, &|path| path.symlink_metadata().is_ok())?;
    let path = paths.config_path.display().to_string();
    if given.json {
        output::json(host, &Answer { path, exists: paths.config_path.exists() })?;
    } else {
        output::line(host, &openclaw_core::printable(&path))?;
    }
    Ok(0)
}
