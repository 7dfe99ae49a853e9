//! Errors as the command tells them: kind, message, hints, exit code.

use openclaw_core::{Advice, AdviceContext};

use crate::diagnose::{self, Problem};

/// An error on its way to stderr.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) hints: Vec<Advice>,
    /// What is said above `problems` instead of the message, which lists them.
    pub(crate) headline: Option<&'static str>,
    /// Places in the configuration that it is about.
    pub(crate) problems: Vec<Problem>,
    pub(crate) exit: u8,
}

impl CliError {
    fn new(kind: &'static str, message: impl Into<String>, exit: u8) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), headline: None, problems: Vec::new(), exit }
    }

    /// Wrong usage, or a value that is missing without a terminal.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new("usage", message, 2)
    }

    /// Something did not work.
    pub(crate) fn failed(kind: &'static str, message: impl Into<String>) -> Self {
        Self::new(kind, message, 1)
    }

    /// Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::new("interrupted", "interrupted; nothing was stored", 130)
    }

    /// The reader of our output is gone: nothing is said.
    pub(crate) fn closed() -> Self {
        Self::new("closed", "", 141)
    }

    /// An error of the library, with its advice.
    pub(crate) fn core(error: &openclaw_core::Error, context: &AdviceContext) -> Self {
        let problems = match error {
            openclaw_core::Error::Config(error) => diagnose::problems(error),
            _ => Vec::new(),
        };
        Self { hints: error.advice(context), problems, ..Self::new(error.kind().as_str(), chain(error), 1) }
    }
}

impl<E: Into<openclaw_core::Error>> From<E> for CliError {
    fn from(error: E) -> Self {
        Self::core(&error.into(), &AdviceContext::default())
    }
}

/// The message and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let words = deeper.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = deeper.source();
    }
    text
}
