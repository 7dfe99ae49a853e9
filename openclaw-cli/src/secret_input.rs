//! Where a secret comes from: a flag, stdin or a person.

use std::io::Read as _;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::host::{Host, PromptError};
use crate::output;

/// No credential is longer.
pub(crate) const CREDENTIAL: u64 = 64 * 1024;

/// What is asked for, and how it can be given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// The question on a terminal.
    pub(crate) question: &'static str,
    /// The flag that takes it.
    pub(crate) flag: &'static str,
    /// The error when it is given nowhere.
    pub(crate) missing: &'static str,
    /// Whether a terminal may be asked.
    pub(crate) ask: bool,
    /// How many bytes stdin may bring.
    pub(crate) limit: u64,
}

/// Reads the secret: `-` and a stdin that is no terminal are read, a terminal is asked.
pub(crate) fn read(host: &mut Host, flag: Option<&str>, wanted: Wanted) -> Result<SecretString, CliError> {
    match flag {
        // On a terminal stdin is a person, whose typing must not be seen.
        Some("-") => match host.prompt.as_mut() {
            Some(prompt) => prompt.secret(wanted.question).map_err(CliError::from_prompt),
            None => from_stdin(host, wanted),
        },
        Some(value) => {
            if value.trim().is_empty() {
                return Err(CliError::usage(format!(
                    "{} is empty; is the variable set that it was taken from?",
                    wanted.flag
                )));
            }
            let warning = format!(
                "warning: a secret on the command line can be seen by others on this machine; `{} -` reads it from stdin",
                wanted.flag
            );
            output::note(host, &warning);
            Ok(SecretString::from(value))
        }
        None => match host.prompt.as_mut() {
            Some(prompt) if wanted.ask => prompt.secret(wanted.question).map_err(CliError::from_prompt),
            Some(_) => Err(CliError::usage(wanted.missing)),
            None => from_stdin(host, wanted),
        },
    }
}

fn from_stdin(host: &mut Host, wanted: Wanted) -> Result<SecretString, CliError> {
    // With stderr elsewhere nobody can be asked, and what is typed would be seen.
    if host.stdin_is_terminal {
        return Err(CliError::usage(wanted.missing));
    }
    piped(host, wanted.limit)?.ok_or_else(|| CliError::usage(wanted.missing))
}

/// What comes on stdin, up to `limit` bytes; `None` if that is blank.
pub(crate) fn piped(host: &mut Host, limit: u64) -> Result<Option<SecretString>, CliError> {
    // One buffer that does not grow leaves no copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(limit).unwrap_or(0) + 1));
    let failed = |error: std::io::Error| CliError::failed("input", format!("cannot read stdin: {error}"));
    host.stdin.by_ref().take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        let text = format!("what came on stdin is too long (above {} KiB); nothing was stored", limit / 1024);
        return Err(CliError::usage(text));
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| CliError::usage("what came on stdin is not UTF-8; nothing was stored"))?;
    let blank = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty();
    Ok((!blank).then(|| SecretString::from(text)))
}

impl CliError {
    /// A question without an answer.
    pub(crate) fn from_prompt(error: PromptError) -> Self {
        match error {
            PromptError::Interrupted => Self::interrupted(),
            PromptError::TooLong => Self::usage("what was pasted is too long; nothing was stored"),
            PromptError::Io(error) => Self::failed("terminal", format!("cannot use the terminal: {error}")),
        }
    }
}
