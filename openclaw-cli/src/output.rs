//! Streams: stdout is the answer, stderr is everything else.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use openclaw_core::printable;
use serde::Serialize;

use crate::args::Color;
use crate::error::CliError;
use crate::host::Host;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// Whether to use colours: `--color`, then `NO_COLOR`, `CLICOLOR_FORCE` and `TERM`, then the terminal.
pub(crate) fn color(host: &Host, choice: Color) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if host.env.get("NO_COLOR").is_some() => false,
        Color::Auto if host.env.get("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        Color::Auto => host.stdout_is_terminal && host.env.get("TERM") != Some("dumb"),
    }
}

/// Text in a style, or plain.
pub(crate) fn paint(host: &Host, style: Style, text: &str) -> String {
    if host.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Writes to stdout. A reader that is gone ends the program quietly.
pub(crate) fn out(host: &mut Host, text: &str) -> Result<(), CliError> {
    host.stdout.write_all(text.as_bytes()).and_then(|()| host.stdout.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => CliError::closed(),
        _ => CliError::failed("output", format!("cannot write to stdout: {error}")),
    })
}

/// A line on stdout.
pub(crate) fn line(host: &mut Host, text: &str) -> Result<(), CliError> {
    out(host, &format!("{text}\n"))
}

/// JSON on stdout.
pub(crate) fn json(host: &mut Host, value: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|_| CliError::failed("output", "the answer cannot be written as JSON"))?;
    line(host, &text)
}

/// A line on stderr. Nothing can be done about a stderr that is gone.
pub(crate) fn note(host: &mut Host, text: &str) {
    let _ = writeln!(host.stderr, "{}", text);
}

/// Prints an error and returns its exit code.
pub(crate) fn failure(host: &mut Host, error: &CliError, json: bool) -> u8 {
    if error.kind == "closed" {
        return error.exit;
    }
    if json {
        let hints: Vec<String> = error.hints.iter().map(hint).collect();
        let body = serde_json::json!({ "error": { "kind": error.kind, "message": error.message, "hints": hints } });
        note(host, &body.to_string());
        return error.exit;
    }
    let mut text = format!(
        "{} {}",
        if host.color { format!("{BAD}Error:{BAD:#}") } else { "Error:".to_owned() },
        shown(&error.message)
    );
    for advice in &error.hints {
        let _ = write!(text, "\nhint: {}", shown(&hint(advice)));
    }
    note(host, &text);
    error.exit
}

/// A message may have lines of its own (a list of problems); everything else that steers is shown.
fn shown(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

fn hint(advice: &openclaw_core::Advice) -> String {
    match &advice.command {
        Some(command) => format!("{}\n      {command}", advice.text),
        None => advice.text.clone(),
    }
}

/// Help, version and wrong usage, as clap tells them.
pub(crate) fn usage(host: &mut Host, error: &clap::Error) -> ExitCode {
    let rendered = error.render();
    if error.use_stderr() {
        let wants_json = host.args.iter().any(|argument| argument == "--json");
        if wants_json {
            let text = rendered.to_string();
            let message = text.lines().next().unwrap_or("").trim_start_matches("error: ").to_owned();
            let body = serde_json::json!({ "error": { "kind": "usage", "message": message, "hints": [] } });
            note(host, &body.to_string());
        } else {
            let _ = write!(host.stderr, "{rendered}");
        }
        return ExitCode::from(2);
    }
    match out(host, &rendered.to_string()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(error.exit),
    }
}
