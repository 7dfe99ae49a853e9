//! One file a command.

pub(crate) mod agents;
pub(crate) mod ask;
pub(crate) mod auth;
pub(crate) mod config;
pub(crate) mod docs;
pub(crate) mod doctor;
pub(crate) mod models;
mod named;
pub(crate) mod onboard;
mod saved;
pub(crate) mod status;
mod store;

use openclaw_core::Installation;
use openclaw_core::config::ConfigLayer;
use openclaw_core::json5::Path;

use crate::args::Args;
use crate::error::CliError;
use crate::host::Host;
use crate::output;

/// Says so when the folder belongs to a newer OpenClaw, in which nothing can be stored.
pub(crate) fn warn_newer(host: &mut Host, installation: &Installation, agent: &openclaw_core::AgentId) {
    if let Some(marker) = installation.store().newer_openclaw(agent) {
        let error = openclaw_core::StoreError::NewerOpenClaw { marker };
        output::note(host, &format!("warning: {}", openclaw_core::printable(&error.to_string())));
    }
}

/// The layers of `--set`.
pub(crate) fn overrides(args: &Args) -> Result<Vec<ConfigLayer>, CliError> {
    let mut overrides = Vec::new();
    for assignment in &args.set {
        let (path, value) = assignment.split_once('=').ok_or_else(|| {
            CliError::usage(format!("--set {}: expected PATH=VALUE", openclaw_core::printable(assignment)))
        })?;
        let path: Path = path.parse().map_err(|error| CliError::usage(format!("--set: {error}")))?;
        overrides.push(ConfigLayer::set(&path, value).map_err(|error| CliError::usage(format!("--set: {error}")))?);
    }
    Ok(overrides)
}

/// Reads the folder with the overrides of `--set`. Warnings of the configuration go to stderr.
pub(crate) fn open(host: &mut Host, args: &Args) -> Result<Installation, CliError> {
    let installation = Installation::open(&host.env, &host.cwd, overrides(args)?)?;
    for warning in installation.config().warnings() {
        output::note(host, &format!("warning: {warning}"));
    }
    Ok(installation)
}
