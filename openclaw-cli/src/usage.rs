//! Help, version and wrong usage: clap's words, what was meant, and commands that only the assistant has.

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use openclaw_core::{Advice, redact};

use crate::error::CliError;
use crate::host::Host;
use crate::output::{failure, out};

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

/// Prints what clap has to say, and returns the exit code.
pub(crate) fn tell(host: &mut Host, mut error: clap::Error) -> ExitCode {
    host.json = host.args.iter().any(|argument| argument == "--json");
    if !error.use_stderr() {
        return match out(host, &error.render().to_string()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => ExitCode::from(failure(host, &error)),
        };
    }
    if let Some((command, here)) = assistant_command(host, &error) {
        let text = format!(
            "`{command}` belongs to OpenClaw, the assistant (npm package openclaw), and is not part of this program"
        );
        let hints = here.map(|here| Advice::new("what comes nearest here", here)).into_iter().collect();
        return ExitCode::from(failure(host, &CliError { hints, ..CliError::usage(text) }));
    }
    if let Some(meant) = meant(host, &error) {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![meant]));
    }
    let rendered = error.render().to_string();
    if host.json {
        // The first paragraph, which may be a list: of arguments that are missing, of possible values.
        let lines = rendered.lines().take_while(|line| !line.is_empty()).map(str::trim);
        let message = lines.collect::<Vec<_>>().join(" ");
        let message = message.trim_start_matches("error: ");
        return ExitCode::from(failure(host, &CliError { hints: hints(host, &error), ..CliError::usage(message) }));
    }
    let _ = write!(host.stderr, "{}", redact(&rendered));
    ExitCode::from(2)
}

/// The command as far as it exists, with its name.
fn reached(host: &Host) -> (String, clap::Command) {
    let (mut name, mut command) = ("openclaw".to_owned(), crate::command());
    for argument in host.args.iter().skip(1).filter_map(|argument| argument.to_str()) {
        if let Some(next) = command.find_subcommand(argument) {
            (name, command) = (format!("{name} {}", next.get_name()), next.clone());
        }
    }
    (name, command)
}

/// The subcommand that was meant. clap compares letters by their places, and finds nothing or something
/// farther away where two of them changed places.
fn meant(host: &Host, error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let (_, command) = reached(host);
    let names = command.get_subcommands().map(clap::Command::get_name);
    let near = names.map(|name| (strsim::damerau_levenshtein(typed, name), name));
    let (distance, name) = near.filter(|(distance, name)| *distance <= 2 && *distance < name.len()).min()?;
    let clap_knows = error.get(ContextKind::SuggestedSubcommand).is_some();
    (distance == 1 || !clap_knows).then(|| name.to_owned())
}

/// What clap thinks was meant, and where to look.
fn hints(host: &Host, error: &clap::Error) -> Vec<Advice> {
    let kinds = [
        (ContextKind::SuggestedSubcommand, "subcommand"),
        (ContextKind::SuggestedArg, "argument"),
        (ContextKind::SuggestedValue, "value"),
    ];
    let named = kinds.into_iter().find_map(|(kind, what)| match error.get(kind)? {
        ContextValue::String(name) => Some(format!("a similar {what} exists: {name}")),
        ContextValue::Strings(names) => Some(format!("a similar {what} exists: {}", names.join(", "))),
        _ => None,
    });
    let text = named.unwrap_or_else(|| "see what can be typed".to_owned());
    vec![Advice::new(&text, format!("{} --help", reached(host).0))]
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
