//! `openclaw config set` and `openclaw config unset`.

use openclaw_core::config::{
    ConfigFiles, ConfigSource, edit_config, holds_secret, shown_path, strict_edit, typed_edit,
};
use openclaw_core::json5::{Edit, Path};
use openclaw_core::{Installation, StatePaths};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::args::{Args, ConfigSet, ConfigUnset};
use crate::diagnose;
use crate::error::CliError;
use crate::host::Host;
use crate::secret_input::{self, Wanted};
use crate::{diff, output};

/// No value is longer than a whole file of the configuration.
const LIMIT: u64 = 2 * 1024 * 1024;

/// What was done, for programs.
#[derive(Serialize)]
struct Answer {
    path: String,
    action: &'static str,
    changed: bool,
    dry_run: bool,
    /// Files that changed, or would change.
    files: Vec<String>,
    backups: Vec<String>,
    deleted_backups: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
}

/// One edit and how it was asked for.
struct Task<'a> {
    path: &'a Path,
    /// The path as it was typed.
    named: &'a str,
    edit: Edit,
    done: &'static str,
    dry_run: bool,
    json: bool,
}

pub(super) fn set(host: &mut Host, args: &Args, given: &ConfigSet) -> Result<u8, CliError> {
    let path = place(&given.path)?;
    let value = value(host, &path, given)?;
    #[expect(clippy::disallowed_methods, reason = "edge: what was typed goes into the file")]
    let text = value.expose_secret();
    let edit = if given.strict_json || given.json {
        let refused = |_| CliError::usage("the value is not JSON5; put a text into quotes within quotes: '\"text\"'");
        strict_edit(&path, text).map_err(refused)?
    } else {
        typed_edit(&path, text).map_err(|error| CliError::usage(format!("the value: {error}")))?
    };
    let task =
        Task { path: &path, named: &given.path, edit, done: "Updated", dry_run: given.dry_run, json: given.json };
    task.run(host, args)
}

pub(super) fn unset(host: &mut Host, args: &Args, given: &ConfigUnset) -> Result<u8, CliError> {
    let path = place(&given.path)?;
    let edit = Edit::unset(path.clone());
    let task =
        Task { path: &path, named: &given.path, edit, done: "Removed", dry_run: given.dry_run, json: given.json };
    task.run(host, args)
}

fn place(text: &str) -> Result<Path, CliError> {
    let path = super::path(text)?;
    if path.segments().is_empty() {
        return Err(CliError::usage("the path is empty; name the value, as in agents.defaults.model.primary"));
    }
    Ok(path)
}

/// The value as it was typed, or from stdin. Line ends behind it belong to the pipe.
fn value(host: &mut Host, path: &Path, given: &ConfigSet) -> Result<SecretString, CliError> {
    if given.value != "-" {
        // A reference to a variable is no secret, and JSON with one inside is the caller's business.
        if holds_secret(path) && !given.value.contains("${") {
            let text = "warning: a secret on the command line can be seen by others on this machine; \
                        `config set PATH -` reads it from stdin";
            output::note(host, text);
        }
        return Ok(SecretString::from(given.value.as_str()));
    }
    let wanted = Wanted {
        question: "Value",
        flag: "VALUE",
        missing: "nothing came on stdin; for an empty text write '\"\"' instead of -",
        ask: true,
        limit: LIMIT,
    };
    let read = secret_input::read(host, Some("-"), wanted)?;
    #[expect(clippy::disallowed_methods, reason = "edge: line ends behind a piped value are cut off")]
    let text = read.expose_secret();
    Ok(SecretString::from(text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r'])))
}

impl Task<'_> {
    fn run(self, host: &mut Host, args: &Args) -> Result<u8, CliError> {
        let paths = StatePaths::resolve(&host.env, &host.cwd, &|path| path.symlink_metadata().is_ok())?;
        let env = openclaw_core::config::state_env(&host.env, &paths)?;
        let edits = [self.edit.clone()];
        let (answer, problems) = if self.dry_run {
            let change = ConfigFiles::read(&paths.config_path, &env)?.plan(&edits, &env).map_err(failed)?;
            self.check_found(change.absent().is_empty())?;
            let diffs = change.files().iter().map(|file| {
                let preview = file.preview();
                diff::unified(host, &host.short(file.path()), &preview.before, &preview.after)
            });
            let diff = diffs.collect::<Vec<_>>().join("\n");
            let files = change.files().iter().map(|file| file.path().display().to_string()).collect();
            (Answer { diff: Some(diff), files, ..self.answer() }, change.problems().to_vec())
        } else {
            let written = edit_config(&paths.config_path, &env, &edits).map_err(failed)?;
            self.check_found(written.absent.is_empty())?;
            let names = |paths: &[std::path::PathBuf]| paths.iter().map(|path| path.display().to_string()).collect();
            let answer = Answer {
                files: names(&written.files),
                backups: names(&written.backups),
                deleted_backups: names(&written.deleted_backups),
                ..self.answer()
            };
            (answer, written.problems)
        };
        let answer = Answer { changed: !answer.files.is_empty(), ..answer };
        self.tell(host, &answer)?;
        if !problems.is_empty() {
            let count = problems.len();
            output::note(
                host,
                &format!("warning: the configuration still has {count} problem(s); see `openclaw config validate`"),
            );
        } else if !self.dry_run {
            self.warn_if_covered(host, args)?;
        }
        Ok(0)
    }

    fn answer(&self) -> Answer {
        Answer {
            path: shown_path(self.path),
            action: if self.sets() { "set" } else { "unset" },
            changed: false,
            dry_run: self.dry_run,
            files: Vec::new(),
            backups: Vec::new(),
            deleted_backups: Vec::new(),
            diff: None,
        }
    }

    const fn sets(&self) -> bool {
        !matches!(self.edit, Edit::Unset { .. })
    }

    fn check_found(&self, found: bool) -> Result<(), CliError> {
        if found { Ok(()) } else { Err(super::not_found(self.named)) }
    }

    fn tell(&self, host: &mut Host, answer: &Answer) -> Result<(), CliError> {
        if self.json {
            return output::json(host, answer);
        }
        let named = openclaw_core::redact(&openclaw_core::printable(self.named));
        if let Some(diff) = &answer.diff {
            if answer.changed {
                output::line(host, diff)?;
            }
            let text =
                if answer.changed { "nothing was written (--dry-run)" } else { "nothing would change (--dry-run)" };
            output::note(host, text);
            return Ok(());
        }
        if !answer.changed {
            return output::line(host, &format!("{named} says that already; nothing was written."));
        }
        output::line(host, &format!("{} {named}. Restart the gateway to apply.", self.done))?;
        for file in &answer.files {
            let text = format!("written: {}", openclaw_core::printable(&host.short(file.as_ref())));
            output::note(host, &text);
        }
        if !answer.deleted_backups.is_empty() {
            let count = answer.deleted_backups.len();
            output::note(host, &format!("{count} backup(s) that held the secret were deleted"));
        }
        Ok(())
    }

    /// A stronger layer may say something else.
    fn warn_if_covered(&self, host: &mut Host, args: &Args) -> Result<(), CliError> {
        let Ok(installation) = Installation::open(&host.env, &host.cwd, crate::commands::overrides(args)?) else {
            return Ok(());
        };
        for warning in installation.config().warnings() {
            output::note(host, &format!("warning: {warning}"));
        }
        // Where an override says something else, nothing may stand at the path itself any more.
        let mut path = self.path.segments();
        while let Some((_, above)) = path.split_last() {
            let found = installation.config().origin(&path.iter().cloned().collect());
            match found.as_ref().map(openclaw_core::config::Origin::source) {
                Some(ConfigSource::Environment(_) | ConfigSource::Override) => {
                    let origin = found.map(|origin| origin.to_string()).unwrap_or_default();
                    output::note(host, &format!("warning: what counts is still the value of {origin}"));
                    break;
                }
                None if self.sets() => path = above,
                _ => break,
            }
        }
        Ok(())
    }
}

fn failed(error: openclaw_core::config::SaveError) -> CliError {
    use openclaw_core::config::SaveError;
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
