//! Every command has help with examples, and every example does what it says: each is run by a shell, in a
//! folder that is prepared for it, against a server on loopback.

#![cfg(unix)]
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod common;

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use common::{KEY, OTHER_KEY, TOKEN, World, server};
use openclaw_core::testing::Reply;

/// What asks on a terminal, and what it says is missing without one.
const ASKS: [(&str, &str); 9] = [
    ("openclaw onboard", "--anthropic-api-key"),
    ("openclaw models auth add", "terminal"),
    ("openclaw models auth add --provider openrouter --agent work", "terminal"),
    ("openclaw models auth setup-token", "terminal"),
    ("openclaw models auth setup-token --provider anthropic", "terminal"),
    ("openclaw models auth paste-token --provider anthropic", "stdin"),
    ("openclaw models auth paste-api-key --provider anthropic", "stdin"),
    ("openclaw models auth remove anthropic:work", "--yes"),
    ("openclaw config set models.providers.anthropic.apiKey -", "stdin"),
];

/// Programs that examples use beside ours, and what stands in for them.
const PROGRAMS: [(&str, &str); 4] = [
    ("git", "#!/bin/sh\necho '-old'\necho '+new'\n"),
    ("man", "#!/bin/sh\ngrep -q '^.TH OPENCLAW' \n"),
    ("editor", "#!/bin/sh\ntest \"${1##*/}\" = openclaw.json\n"),
    ("claude", "#!/bin/sh\nexit 1\n"),
];

const CONFIG: &str = "{
  agents: {
    defaults: {
      model: { primary: 'anthropic/claude-opus-4-5', fallbacks: ['anthropic/claude-sonnet-4-5'] },
      models: {
        'anthropic/claude-opus-4-5': { params: { cacheRetention: 'short' } },
        'anthropic/claude-sonnet-4-5': {},
        'anthropic/claude-haiku-4-5': { alias: 'fast' },
      },
    },
    list: [{ id: 'main', default: true }WORK],
  },
  auth: { cooldowns: { billingBackoffHours: 5 } },
}
";

/// A command, the words that name it and its examples.
struct Described {
    words: String,
    long: Vec<String>,
    short: Vec<String>,
}

fn described(command: &clap::Command, words: &str, found: &mut Vec<Described>) {
    let short = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let long = command.get_after_long_help().map_or_else(|| short.clone(), ToString::to_string);
    found.push(Described { words: words.to_owned(), long: examples(&long), short: examples(&short) });
    for below in command.get_subcommands() {
        described(below, &format!("{words} {}", below.get_name()), found);
    }
}

/// The indented lines below the heading.
fn examples(help: &str) -> Vec<String> {
    let below = help.split_once("Examples:\n").map(|(_, below)| below).unwrap_or_default();
    below.lines().map_while(|line| line.strip_prefix("  ")).map(str::to_owned).collect()
}

fn commands() -> Vec<Described> {
    let mut found = Vec::new();
    described(&openclaw_cli::command(), "openclaw", &mut found);
    found
}

/// Folders to be copied for each example, since it takes a dozen commands to make one.
#[derive(Default)]
struct Folders(HashMap<(bool, bool), World>);

impl Folders {
    /// A folder in which there is something to see, to take away and to change.
    fn prepared(&mut self, example: &str) -> World {
        // What stores a first credential, or adds an agent, finds none yet.
        let first = ["onboard", "models auth setup-token", "models auth paste-", "models auth add"];
        let first = first.iter().any(|words| example.contains(&format!("openclaw {words}")));
        let adds_agent = example.contains("agents add");
        let folder = self.0.entry((first, adds_agent)).or_insert_with(|| made(first, adds_agent));
        let world = World::new();
        for (part, to) in [("home", world.home()), ("cwd", world.cwd()), ("bin", world.programs())] {
            let from = folder.root().join(part).join(".");
            fs::create_dir_all(&to).unwrap();
            assert!(Command::new("cp").arg("-pR").args([from, to]).status().unwrap().success());
        }
        world
    }
}

fn made(first: bool, adds_agent: bool) -> World {
    let world = World::with_key();
    fs::write(world.config_path(), CONFIG.replace("WORK", if adds_agent { "" } else { ", { id: 'work' }" })).unwrap();
    fs::set_permissions(world.config_path(), fs::Permissions::from_mode(0o600)).unwrap();
    world.run(&["models", "auth", "remove", "anthropic:default", "--yes"]).ok();
    for agent in ["main", "work"].into_iter().filter(|agent| !first && (*agent == "main" || !adds_agent)) {
        let store = |command: &str, id: &str, secret: &str| {
            let args = ["models", "auth", command, "--provider", "anthropic", "--profile-id", id, "--agent", agent];
            world.run(&args).stdin(secret).ok();
        };
        store("paste-api-key", "anthropic:default", KEY);
        store("paste-api-key", "anthropic:work", OTHER_KEY);
        store("paste-token", "anthropic:manual", TOKEN);
    }
    fs::write(world.cwd().join("token.txt"), format!("{TOKEN}\n")).unwrap();
    for folder in [".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"] {
        fs::create_dir_all(world.home().join(folder)).unwrap();
    }
    fs::create_dir(world.programs()).unwrap();
    for (name, text) in PROGRAMS {
        let program = world.programs().join(name);
        fs::write(&program, text).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    world
}

#[test]
fn every_command_says_what_it_does_and_shows_an_example_of_itself() {
    let all = commands();
    assert!(all.len() > 40, "{}", all.len());
    for Described { words, long, short } in &all {
        let own = |example: &&String| example.contains(words.as_str());
        assert!(long.iter().any(|example| own(&example)), "the help of `{words}` has no example of it");
        assert!(short.iter().all(|example| long.contains(example)) && !short.is_empty(), "{words}");
    }
    let mut commands = vec![openclaw_cli::command()];
    while let Some(command) = commands.pop() {
        assert!(command.get_about().is_some_and(|about| !about.to_string().is_empty()), "{}", command.get_name());
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty(), "{} of {}", argument.get_id(), command.get_name());
        }
        commands.extend(command.get_subcommands().cloned());
    }
}

#[test]
fn every_example_does_what_it_says() {
    let mut examples: Vec<String> = commands().into_iter().flat_map(|described| described.long).collect();
    examples.sort();
    examples.dedup();
    let mut folders = Folders::default();
    let (mut asked, mut wrong) = (Vec::new(), Vec::new());
    for example in &examples {
        let world = folders.prepared(example);
        let server = server();
        server.otherwise(vec![Reply::text("Bonjour"); 8]);
        let variables = [("KEY", KEY), ("EDITOR", "editor"), ("SHELL", "/bin/bash")];
        let run = world.shell(example).env("ANTHROPIC_BASE_URL", &server.url());
        let output = variables.iter().fold(run, |run, (name, value)| run.env(name, value)).out();
        let asks = ASKS.iter().find(|(asks, _)| asks == example);
        let right = match asks {
            Some((_, missing)) => output.code == 2 && output.stdout.is_empty() && output.stderr.contains(missing),
            None => output.code == 0 && (!example.contains("openclaw ask") || output.stdout == "Bonjour\n"),
        };
        asked.extend(asks.map(|(asks, _)| *asks));
        if !right {
            wrong.push(format!("`{example}`: {output:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(examples.len() > 80, "{}", examples.len());
    assert!(asked.len() >= 7, "{asked:?}");
}
