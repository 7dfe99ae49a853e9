//! Streams: stdout is the answer, stderr is everything else.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use openclaw_core::{printable, redact};
use serde::Serialize;

use crate::args::Color;
use crate::diagnose::{self, Problem};
use crate::error::CliError;
use crate::host::Host;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// Whether to use colours: `--color`, then `NO_COLOR`, `CLICOLOR_FORCE` and `TERM`, then the terminal.
pub(crate) fn color(host: &Host, choice: Color, is_terminal: bool) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if host.env.get("NO_COLOR").is_some() => false,
        Color::Auto if host.env.get("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        Color::Auto => is_terminal && host.env.get("TERM") != Some("dumb"),
    }
}

/// Text in a style, or plain.
pub(crate) fn paint(host: &Host, style: Style, text: &str) -> String {
    if host.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Writes to stdout what a person asked for, as it is. A reader that is gone ends the program quietly.
pub(crate) fn out(host: &mut Host, text: &str) -> Result<(), CliError> {
    host.stdout.write_all(text.as_bytes()).and_then(|()| host.stdout.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => CliError::closed(),
        _ => CliError::failed("output", format!("cannot write to stdout: {error}")),
    })
}

/// Writes to stdout what is told. A credential may stand in any name: it is not shown.
pub(crate) fn text(host: &mut Host, text: &str) -> Result<(), CliError> {
    out(host, &redact(text))
}

/// A line of what is told.
pub(crate) fn line(host: &mut Host, text: &str) -> Result<(), CliError> {
    self::text(host, &format!("{text}\n"))
}

/// What is told, as JSON.
pub(crate) fn json(host: &mut Host, value: &impl Serialize) -> Result<(), CliError> {
    let text = pretty(value)?;
    self::text(host, &text)
}

/// What a person asked for, as JSON.
pub(crate) fn json_as_it_is(host: &mut Host, value: &impl Serialize) -> Result<(), CliError> {
    let text = pretty(value)?;
    out(host, &text)
}

fn pretty(value: &impl Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|_| CliError::failed("output", "the answer cannot be written as JSON"))?;
    Ok(escaped(&text) + "\n")
}

/// JSON may carry characters that steer a terminal as they are; they can only stand in strings.
pub(crate) fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        // Almost all of it is plain ASCII, which needs no closer look.
        let plain = c == '\n' || matches!(c, ' '..='~');
        if plain || printable(c.encode_utf8(&mut [0; 4])).chars().eq([c]) {
            safe.push(c);
        } else {
            // None of them is beyond U+FFFF.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        }
    }
    safe
}

/// A line on stderr; with `--json` as `{"note": …}`, so that every line there parses.
pub(crate) fn note(host: &mut Host, text: &str) {
    if host.json {
        let line = serde_json::json!({ "note": text }).to_string();
        say(host, &escaped(&line));
    } else {
        let text = host.homely(text);
        say(host, &text);
    }
}

/// Nothing can be done about a stderr that is gone. A credential may have been typed in the wrong
/// place, in any argument; it is not said again.
fn say(host: &mut Host, line: &str) {
    let _ = writeln!(host.stderr, "{}", redact(line));
}

/// The error of `--json`.
#[derive(Serialize)]
struct Failure<'a> {
    error: Body<'a>,
}

#[derive(Serialize)]
struct Body<'a> {
    kind: &'a str,
    message: &'a str,
    hints: Vec<Hint<'a>>,
    #[serde(skip_serializing_if = "<[Problem]>::is_empty")]
    problems: &'a [Problem],
}

#[derive(Serialize)]
struct Hint<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
}

fn failure_json(host: &mut Host, error: &CliError) {
    let CliError { kind, message, hints, problems, .. } = error;
    let hints = hints.iter().map(|advice| Hint { text: &advice.text, command: advice.command.as_deref() }).collect();
    let failure = Failure { error: Body { kind, message, hints, problems } };
    if let Ok(line) = serde_json::to_string(&failure) {
        say(host, &escaped(&line));
    }
}

/// Prints an error and returns its exit code.
pub(crate) fn failure(host: &mut Host, error: &CliError) -> u8 {
    if error.kind == "closed" {
        return error.exit;
    }
    if host.json {
        failure_json(host, error);
        return error.exit;
    }
    // It goes to stderr, and nothing follows on stdout.
    host.color = host.stderr_color;
    let head = if host.color { format!("{BAD}Error:{BAD:#}") } else { "Error:".to_owned() };
    let mut text = match error.problems.as_slice() {
        [] => format!("{head} {}", host.homely(&shown(&error.message))),
        problems => {
            let said = error.headline.unwrap_or("the configuration cannot be used");
            format!("{head} {said}\n{}", diagnose::render(host, problems))
        }
    };
    for advice in &error.hints {
        let _ = write!(text, "\n{} {}", paint(host, DIM, "hint:"), host.homely(&printable(&advice.text)));
        if let Some(command) = &advice.command {
            let _ = write!(text, "\n      {}", paint(host, BOLD, &printable(command)));
        }
    }
    say(host, &text);
    error.exit
}

/// A message may have lines of its own (a list of problems); everything else that steers is shown.
fn shown(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}
