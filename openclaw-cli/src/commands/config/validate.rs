//! `openclaw config validate`.

use openclaw_core::{Error, Installation, StatePaths};
use serde::Serialize;

use crate::args::{Args, ConfigValidate};
use crate::diagnose::{self, Problem};
use crate::error::CliError;
use crate::host::Host;
use crate::output;

#[derive(Serialize)]
struct Verdict {
    valid: bool,
    path: String,
    warnings: Vec<Problem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    issues: Vec<Problem>,
}

pub(super) fn run(host: &mut Host, args: &Args, given: &ConfigValidate) -> Result<u8, CliError> {
    let paths = StatePaths::resolve(&host.env, &host.cwd, &|path| path.symlink_metadata().is_ok())?;
    let overrides = crate::commands::overrides(args)?;
    let (issues, warnings) = match Installation::open(&host.env, &host.cwd, overrides) {
        Ok(installation) => (Vec::new(), installation.config().warnings().iter().map(diagnose::warning).collect()),
        Err(Error::Config(error)) if given.json && !diagnose::problems(&error).is_empty() => {
            (diagnose::problems(&error), Vec::new())
        }
        Err(error) => return Err(CliError { headline: Some("Config invalid"), ..error.into() }),
    };
    let valid = issues.is_empty();
    if given.json {
        let path = paths.config_path.display().to_string();
        output::json(host, &Verdict { valid, path, warnings, issues })?;
    } else {
        let missing = if paths.config_path.exists() { "" } else { " (no such file: the defaults are valid)" };
        if !warnings.is_empty() {
            let text = diagnose::render(host, &warnings);
            output::note(host, &text);
        }
        let path = openclaw_core::printable(&host.short(&paths.config_path));
        output::line(host, &format!("Config valid: {path}{missing}"))?;
    }
    Ok(u8::from(!valid))
}
