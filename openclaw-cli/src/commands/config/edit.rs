//! `openclaw config set` and `openclaw config unset`.

use openclaw_core::StatePaths;
use openclaw_core::config::{ConfigFiles, edit_config, holds_secret, shown_path, strict_edit, typed_edit};
use openclaw_core::json5::{Edit, Path};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::args::{Args, ConfigSet, ConfigUnset};
use crate::commands::saved::{self, Saved};
use crate::error::CliError;
use crate::host::Host;
use crate::output;
use crate::secret_input::{self, Wanted};

/// No value is longer than a whole file of the configuration.
const LIMIT: u64 = 2 * 1024 * 1024;

/// What was done, for programs.
#[derive(Serialize)]
struct Answer {
    path: String,
    action: &'static str,
    #[serde(flatten)]
    saved: Saved,
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
        let (saved, problems) = if self.dry_run {
            let change = ConfigFiles::read(&paths.config_path, &env)?.plan(&edits, &env).map_err(saved::failed)?;
            self.check_found(change.absent().is_empty())?;
            (Saved::planned(host, &change), change.problems().to_vec())
        } else {
            let written = edit_config(&paths.config_path, &env, &edits).map_err(saved::failed)?;
            self.check_found(written.absent.is_empty())?;
            (Saved::written(&written), written.problems)
        };
        self.tell(host, saved)?;
        if !problems.is_empty() {
            saved::warn_of_problems(host, &problems);
        } else if !self.dry_run {
            saved::warn_if_covered(host, args, self.path, self.sets(), true)?;
        }
        Ok(0)
    }

    const fn sets(&self) -> bool {
        !matches!(self.edit, Edit::Unset { .. })
    }

    fn check_found(&self, found: bool) -> Result<(), CliError> {
        if found { Ok(()) } else { Err(super::not_found(self.named)) }
    }

    fn tell(&self, host: &mut Host, saved: Saved) -> Result<(), CliError> {
        if self.json {
            let action = if self.sets() { "set" } else { "unset" };
            return output::json(host, &Answer { path: shown_path(self.path), action, saved });
        }
        let named = openclaw_core::redact(&openclaw_core::printable(self.named));
        if saved.dry_run {
            return saved.tell_plan(host);
        }
        if !saved.changed {
            return output::line(host, &format!("{named} says that already; nothing was written."));
        }
        output::line(host, &format!("{} {named}. Restart the gateway to apply.", self.done))?;
        for file in &saved.files {
            let text = format!("written: {}", saved::short(host, file));
            output::note(host, &text);
        }
        if !saved.deleted_backups.is_empty() {
            let count = saved.deleted_backups.len();
            output::note(host, &format!("{count} backup(s) that held the secret were deleted"));
        }
        Ok(())
    }
}
