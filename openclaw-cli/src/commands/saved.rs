//! What became of edits of the configuration, as every command tells it that makes some.

use std::path::PathBuf;

use openclaw_core::config::{ConfigChange, ConfigSource, Origin, Problem, SaveError, Written};
use openclaw_core::json5::Path;
use openclaw_core::{Installation, printable};
use serde::Serialize;

use crate::args::Args;
use crate::error::CliError;
use crate::host::Host;
use crate::{diagnose, diff, output};

/// What was written, or would be, for programs.
#[derive(Serialize)]
pub(crate) struct Saved {
    pub(crate) changed: bool,
    pub(crate) dry_run: bool,
    /// Files that changed, or would change.
    pub(crate) files: Vec<String>,
    backups: Vec<String>,
    pub(crate) deleted_backups: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
}

impl Saved {
    /// A change that is not made.
    pub(crate) fn planned(host: &Host, change: &ConfigChange) -> Self {
        let diffs = change.files().iter().map(|file| {
            let preview = file.preview();
            diff::unified(host, &host.short(file.path()), &preview.before, &preview.after)
        });
        Self {
            changed: !change.is_empty(),
            dry_run: true,
            files: change.files().iter().map(|file| file.path().display().to_string()).collect(),
            backups: Vec::new(),
            deleted_backups: Vec::new(),
            diff: Some(diffs.collect::<Vec<_>>().join("\n")),
        }
    }

    pub(crate) fn written(written: &Written) -> Self {
        let names = |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect();
        Self {
            changed: !written.files.is_empty(),
            dry_run: false,
            files: names(&written.files),
            backups: names(&written.backups),
            deleted_backups: names(&written.deleted_backups),
            diff: None,
        }
    }

    /// Prints the diff of a change that is not made.
    pub(crate) fn tell_plan(&self, host: &mut Host) -> Result<(), CliError> {
        if let Some(diff) = self.diff.as_ref().filter(|_| self.changed) {
            output::line(host, diff)?;
        }
        let text = if self.changed { "nothing was written (--dry-run)" } else { "nothing would change (--dry-run)" };
        output::note(host, text);
        Ok(())
    }
}

/// An edit that was refused.
pub(crate) fn failed(error: SaveError) -> CliError {
    let invalid = matches!(error, SaveError::Invalid { .. });
    let problems: Vec<_> = error.problems().to_vec();
    let mut failed = CliError::from(error);
    if invalid {
        // The edited text is nowhere on disk: the problems are told without its lines.
        let listed: Vec<String> = problems.iter().map(diagnose::without_place).collect();
        failed.message = format!("Config validation failed: {}", listed.join("\n"));
        failed.problems.clear();
    }
    failed
}

/// Says that the configuration has problems that the edit left.
pub(crate) fn warn_of_problems(host: &mut Host, problems: &[Problem]) {
    if !problems.is_empty() {
        let count = problems.len();
        let text = format!("warning: the configuration still has {count} problem(s); see `openclaw config validate`");
        output::note(host, &text);
    }
}

/// A stronger layer may say something else. `sets`: whether there is a value now. Warnings of the
/// configuration are told too where it is read for the first time.
pub(crate) fn warn_if_covered(
    host: &mut Host,
    args: &Args,
    place: &Path,
    sets: bool,
    warnings: bool,
) -> Result<(), CliError> {
    let Ok(installation) = Installation::open(&host.env, &host.cwd, super::overrides(args)?) else {
        return Ok(());
    };
    for warning in installation.config().warnings().iter().filter(|_| warnings) {
        output::note(host, &format!("warning: {warning}"));
    }
    // Where an override says something else, nothing may stand at the path itself any more.
    let mut path = place.segments();
    while let Some((_, above)) = path.split_last() {
        let found = installation.config().origin(&path.iter().cloned().collect());
        match found.as_ref().map(Origin::source) {
            Some(ConfigSource::Environment(_) | ConfigSource::Override) => {
                let origin = found.map(|origin| origin.to_string()).unwrap_or_default();
                output::note(host, &format!("warning: what counts is still the value of {origin}"));
                break;
            }
            None if sets => path = above,
            _ => break,
        }
    }
    Ok(())
}

/// A file, as people write it.
pub(crate) fn short(host: &Host, file: &str) -> String {
    printable(&host.short(file.as_ref()))
}
