//! Everything the command touches, as one value.

use std::fmt;
use std::io::{self, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use openclaw_core::{Clock, Env, SystemClock};
use secrecy::SecretString;

use crate::prompt::TerminalPrompt;

/// The world of one run.
pub struct Host {
    /// The arguments, the program's name first.
    pub args: Vec<std::ffi::OsString>,
    /// The environment.
    pub env: Env,
    /// The current folder.
    pub cwd: PathBuf,
    /// The input.
    pub stdin: Box<dyn Read>,
    /// Answers and nothing else.
    pub stdout: Box<dyn Write>,
    /// Everything else.
    pub stderr: Box<dyn Write>,
    /// Whether stdin is a terminal: what a person types there is seen.
    pub stdin_is_terminal: bool,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether stderr is a terminal, where a line may be written over.
    pub stderr_is_terminal: bool,
    /// Who can be asked; `None` without a terminal.
    pub prompt: Option<Box<dyn Prompt>>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whether to use colours on stdout; decided by `run`.
    pub color: bool,
    /// Whether to use colours on stderr, which may be a file while stdout is a terminal; decided by `run`.
    pub stderr_color: bool,
    /// Whether stderr is for programs too, a JSON object a line; decided by `run`.
    pub json: bool,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Arguments may hold a secret.
        f.debug_struct("Host").field("env", &self.env).field("cwd", &self.cwd).finish_non_exhaustive()
    }
}

/// A person at a terminal.
pub trait Prompt {
    /// Asks for a secret, which is not shown. Reads the whole paste, so that no tail of it reaches
    /// the shell.
    ///
    /// # Errors
    /// The person gave up, or the terminal is gone.
    fn secret(&mut self, question: &str) -> Result<SecretString, PromptError>;

    /// Asks for one of several choices and returns its index.
    ///
    /// # Errors
    /// The person gave up, or the terminal is gone.
    fn choose(&mut self, question: &str, choices: &[&str]) -> Result<usize, PromptError>;

    /// Asks for yes or no.
    ///
    /// # Errors
    /// The person gave up, or the terminal is gone.
    fn confirm(&mut self, question: &str) -> Result<bool, PromptError>;

    /// Asks for a text. Whoever cannot be asked for one answers with what is usual.
    ///
    /// # Errors
    /// The person gave up, or the terminal is gone.
    fn text(&mut self, question: &str, usual: &str) -> Result<String, PromptError> {
        let _ = question;
        Ok(usual.to_owned())
    }

    /// Begins a series of questions that belong together.
    fn begin(&mut self, title: &str) {
        let _ = title;
    }

    /// Says something between questions, in one or more lines.
    fn say(&mut self, text: &str) {
        let _ = text;
    }

    /// Ends the series.
    fn end(&mut self, text: &str) {
        let _ = text;
    }
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum PromptError {
    /// Ctrl-C, or the end of the input.
    Interrupted,
    /// More than can be taken at once: nothing of it is.
    TooLong,
    /// The terminal cannot be used.
    Io(io::Error),
}

impl Host {
    /// The real world.
    #[must_use]
    pub fn from_process() -> Self {
        let asks = io::stdin().is_terminal() && io::stderr().is_terminal();
        Self {
            args: std::env::args_os().collect(),
            env: Env::from_process(),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            stdin: Box::new(io::stdin()),
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            stdin_is_terminal: io::stdin().is_terminal(),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            prompt: asks.then(|| Box::new(TerminalPrompt::default()) as Box<dyn Prompt>),
            clock: Arc::new(SystemClock::new()),
            color: false,
            stderr_color: false,
            json: false,
        }
    }

    /// A path as people write it: below the home folder with `~`.
    pub(crate) fn short(&self, path: &Path) -> String {
        let home = self.env.get("HOME").map(Path::new).filter(|home| home.is_absolute());
        match home.and_then(|home| path.strip_prefix(home).ok()) {
            Some(rest) => format!("~/{}", rest.display()),
            None => path.display().to_string(),
        }
    }

    /// A text with the paths in it as people write them. Not for commands: a shell expands no `~` in quotes.
    pub(crate) fn homely(&self, text: &str) -> String {
        let home = self.env.get("HOME").map(|home| home.trim_end_matches('/')).unwrap_or_default();
        if !home.starts_with('/') {
            return text.to_owned();
        }
        let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        let (mut homely, mut rest) = (String::with_capacity(text.len()), text);
        while let Some((before, after)) = rest.split_once(home) {
            homely.push_str(before);
            let inside = homely.chars().next_back().is_some_and(|c| goes_on(c) || c == '/');
            homely.push_str(if inside || after.starts_with(goes_on) { home } else { "~" });
            rest = after;
        }
        homely + rest
    }
}
