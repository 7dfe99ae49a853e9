//! Every command, found by asking for help.

use std::process::{Command, Stdio};

use crate::common::{KEY, TOKEN, World};

/// A command with arguments with which it does its work.
pub(crate) struct Leaf {
    pub(crate) path: &'static str,
    pub(crate) args: &'static str,
    pub(crate) stdin: &'static str,
    /// It only looks.
    pub(crate) reads: bool,
    /// It knows `--json`.
    pub(crate) json: bool,
}

const fn reads(path: &'static str, args: &'static str) -> Leaf {
    Leaf { path, args, stdin: "", reads: true, json: true }
}

const fn writes(path: &'static str, args: &'static str) -> Leaf {
    Leaf { path, args, stdin: "", reads: false, json: true }
}

pub(crate) const LEAVES: [Leaf; 32] = [
    Leaf { stdin: KEY, ..writes("onboard", "--anthropic-api-key -") },
    writes("ask", "Bonjour"),
    reads("models status", ""),
    reads("models list", ""),
    writes("models set", "anthropic/claude-sonnet-4-5"),
    reads("models aliases list", ""),
    writes("models aliases add", "work anthropic/claude-sonnet-4-5"),
    writes("models aliases remove", "work"),
    reads("models fallbacks list", ""),
    writes("models fallbacks add", "anthropic/claude-haiku-4-5"),
    writes("models fallbacks remove", "anthropic/claude-haiku-4-5"),
    writes("models fallbacks clear", ""),
    reads("models auth list", ""),
    Leaf { json: false, ..writes("models auth add", "--provider anthropic") },
    writes("models auth remove", "anthropic:default --yes"),
    Leaf { stdin: TOKEN, ..writes("models auth setup-token", "--token -") },
    Leaf { stdin: TOKEN, ..writes("models auth paste-token", "--provider anthropic") },
    Leaf { stdin: KEY, ..writes("models auth paste-api-key", "--provider anthropic --profile-id anthropic:new") },
    reads("models auth order get", "--provider anthropic"),
    writes("models auth order set", "--provider anthropic anthropic:default"),
    writes("models auth order clear", "--provider anthropic"),
    reads("models auth cooldown list", ""),
    writes("models auth cooldown clear", "--all"),
    reads("models auth explain", ""),
    reads("models auth policy", ""),
    reads("agents list", ""),
    writes("agents add", "work --copy-auth-from main"),
    reads("config get", ""),
    writes("config set", "auth.cooldowns.billingBackoffHours 2"),
    writes("config unset", "agents.defaults.model"),
    reads("config file", ""),
    reads("config validate", ""),
];

/// More that need no second run with `--json`.
pub(crate) const ODD: [Leaf; 4] = [
    Leaf { json: false, ..reads("config schema", "") },
    Leaf { json: true, ..reads("doctor", "") },
    Leaf { json: false, ..reads("completion", "bash") },
    Leaf { json: false, ..reads("man", "") },
];

pub(crate) fn leaves() -> impl Iterator<Item = &'static Leaf> {
    LEAVES.iter().chain(&ODD)
}

pub(crate) fn reading() -> impl Iterator<Item = &'static Leaf> {
    leaves().filter(|leaf| leaf.reads)
}

impl Leaf {
    pub(crate) fn words(&self) -> Vec<&'static str> {
        self.path.split(' ').chain(self.args.split(' ')).filter(|word| !word.is_empty()).collect()
    }

    pub(crate) fn words_for_json(&self) -> Vec<&'static str> {
        if ["config schema", "completion", "man"].contains(&self.path) {
            self.words()
        } else {
            [self.words(), vec!["--json"]].concat()
        }
    }
}

/// The command itself, to be given streams and surroundings.
pub(crate) fn command(world: &World, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw"));
    command.args(words).env_clear().env("HOME", world.home()).current_dir(world.root()).stdin(Stdio::null());
    command
}

/// The names under `Commands:` in the help of a command.
pub(crate) fn subcommands(world: &World, path: &str) -> Vec<String> {
    let words: Vec<&str> = path.split(' ').filter(|word| !word.is_empty()).chain(["--help"]).collect();
    let help = world.run(&words).ok().stdout;
    let Some((_, rest)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let lines = rest.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn walk(world: &World, path: &str, found: &mut Vec<String>) {
    let names = subcommands(world, path);
    if names.is_empty() {
        found.push(path.to_owned());
    }
    for name in names {
        walk(world, format!("{path} {name}").trim(), found);
    }
}

#[test]
fn no_command_is_left_out_here() {
    let mut found = Vec::new();
    walk(&World::new(), "", &mut found);
    let mut known: Vec<&str> = leaves().map(|leaf| leaf.path).collect();
    known.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, known, "a new command belongs into LEAVES, so that its habits are tested");
}
