//! Help, version and wrong usage, as clap tells them; and commands that only the assistant has.

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use openclaw_core::{Advice, redact};

use crate::error::CliError;
use crate::host::Host;
use crate::output;

/// Commands of OpenClaw that this program does not have, and the command here that comes nearest.
const ASSISTANT: [(&str, Option<&str>); 54] = [
    ("acp", None),
    ("agent", Some("openclaw ask")),
    ("agents bind", None),
    ("agents bindings", None),
    ("agents delete", None),
    ("agents set-identity", None),
    ("agents unbind", None),
    ("approvals", None),
    ("browser", None),
    ("channels", None),
    ("clawbot", None),
    ("configure", Some("openclaw onboard")),
    ("cron", None),
    ("daemon", None),
    ("dashboard", None),
    ("devices", None),
    ("directory", None),
    ("dns", None),
    ("docs", None),
    ("gateway", None),
    ("health", Some("openclaw models status")),
    ("hooks", None),
    ("logs", None),
    ("memory", None),
    ("message", None),
    ("models auth accounts", Some("openclaw models auth list")),
    ("models auth activate", Some("openclaw models auth order get --provider anthropic")),
    ("models auth login", Some("openclaw models auth setup-token")),
    ("models auth login-github-copilot", None),
    ("models auth logout", Some("openclaw models auth list")),
    ("models auth refresh", Some("openclaw models auth setup-token")),
    ("models image-fallbacks", None),
    ("models scan", Some("openclaw models list")),
    ("models set-image", None),
    ("node", None),
    ("nodes", None),
    ("pairing", None),
    ("plugins", None),
    ("qr", None),
    ("reset", None),
    ("sandbox", None),
    ("secrets", Some("openclaw models auth explain --resolve")),
    ("security", Some("openclaw doctor")),
    ("sessions", None),
    ("setup", Some("openclaw onboard")),
    ("skills", None),
    ("status", Some("openclaw models status")),
    ("system", None),
    ("tui", None),
    ("uninstall", None),
    ("update", None),
    ("voicecall", None),
    ("webhooks", None),
    ("wizard", Some("openclaw onboard")),
];

/// Says it, and returns the exit code.
pub(crate) fn tell(host: &mut Host, error: &clap::Error) -> ExitCode {
    host.json = host.args.iter().any(|argument| argument == "--json");
    if let Some((command, here)) = assistant_command(host, error) {
        let text = format!(
            "`{command}` belongs to OpenClaw, the assistant (npm package openclaw), and is not part of this program"
        );
        let mut error = CliError::usage(text);
        error.hints = here.map(|here| Advice::new("what comes nearest here", here)).into_iter().collect();
        return ExitCode::from(output::failure(host, &error));
    }
    let text = error.render().to_string();
    if error.use_stderr() {
        if host.json {
            let message = text.lines().next().unwrap_or("").trim_start_matches("error: ");
            let mut error = CliError::usage(message);
            let tips = text.lines().filter_map(|line| line.strip_prefix("  tip: "));
            error.hints = tips.map(Advice::words).collect();
            return ExitCode::from(output::failure(host, &error));
        }
        let _ = write!(host.stderr, "{}", redact(&text));
        return ExitCode::from(2);
    }
    match output::out(host, &text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(error.exit),
    }
}

/// The command that was typed, if only the assistant has it.
fn assistant_command(host: &Host, error: &clap::Error) -> Option<(&'static str, Option<&'static str>)> {
    let name = match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(name))) => name,
        _ => return None,
    };
    let root = crate::command();
    let (mut command, mut path) = (&root, Vec::new());
    // Words that are no commands on the way are values of options.
    for word in host.args.iter().skip(1).filter_map(|word| word.to_str()).take_while(|word| word != name) {
        if let Some(below) = command.find_subcommand(word) {
            command = below;
            path.push(word);
        }
    }
    path.push(name);
    let typed = path.join(" ");
    ASSISTANT.into_iter().find(|(command, _)| *command == typed)
}
