//! Errors as the command tells them: kind, message, hints, exit code.

use openclaw_core::{Advice, AdviceContext};

/// An error on its way to stderr.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) hints: Vec<Advice>,
    pub(crate) exit: u8,
}

impl CliError {
    /// Wrong usage, or a value that is missing without a terminal.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { kind: "usage", message: message.into(), hints: Vec::new(), exit: 2 }
    }

    /// Something did not work.
    pub(crate) fn failed(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), exit: 1 }
    }

    /// Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self { kind: "interrupted", message: "interrupted; nothing was stored".into(), hints: Vec::new(), exit: 130 }
    }

    /// The reader of our output is gone: nothing is said.
    pub(crate) fn closed() -> Self {
        Self { kind: "closed", message: String::new(), hints: Vec::new(), exit: 141 }
    }

    /// An error of the library, with its advice.
    pub(crate) fn core(error: &openclaw_core::Error, context: &AdviceContext) -> Self {
        Self { kind: error.kind().as_str(), message: chain(error), hints: error.advice(context), exit: 1 }
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
