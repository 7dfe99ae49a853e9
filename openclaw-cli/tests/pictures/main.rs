//! The pictures of the README, from real runs: a picture that no longer shows what the command says
//! fails. `UPDATE_PICTURES=1 cargo test -p openclaw-cli --test pictures` draws them anew.

#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test panics when it fails, and pictures are small"
)]

mod ansi;
#[path = "../common/mod.rs"]
mod common;
mod svg;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::inside::coloured;
use common::{KEY, OTHER_KEY, TOKEN, World, server};
use openclaw_core::testing::Reply;
use openclaw_core::{ManualClock, Timestamp};

/// 2026-11-22T10:00:00Z
const MORNING: i64 = 1_795_341_600_000;
const MINUTE: i64 = 60_000;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// What was typed, as a shell shows it.
fn typed(command: &str) -> String {
    format!("\u{1b}[32m$\u{1b}[0m \u{1b}[1m{command}\u{1b}[0m\n")
}

/// The picture in the folder is this one, and the README shows it.
#[track_caller]
fn assert_drawn(name: &str, title: &str, shows: &str, text: &str) {
    let picture = svg::window(title, shows, text);
    assert!(picture.len() < 30 * 1024, "{name} has {} bytes", picture.len());
    let path = workspace().join("docs/pictures").join(name);
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &picture).unwrap();
    }
    let drawn = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        drawn == picture,
        "docs/pictures/{name} does not show what is said now:\n{text}\n\
         Look at it, and draw it anew: UPDATE_PICTURES=1 cargo test -p openclaw-cli --test pictures"
    );
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    assert!(readme.contains(&format!("](docs/pictures/{name})")), "the README does not show {name}");
}

#[test]
fn the_quickstart() {
    let mut cargo = Command::new(env!("CARGO"));
    // From the workspace, as a reader runs it: what is built already is not built again.
    cargo.args(["run", "--quiet", "--locked", "--example", "quickstart"]).current_dir(workspace());
    let output = cargo.env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = typed("cargo run --example quickstart") + &String::from_utf8(output.stdout).unwrap();
    let shows = "The quickstart stores two credentials in a temporary folder, streams an answer, runs into a rate \
                 limit, fails over to the second credential, leaves the first alone as long as the server asked \
                 for, and goes back to it.";
    assert_drawn("quickstart.svg", "quickstart", shows, &text);
}

#[test]
fn the_status() {
    let (world, server) = (World::new(), server());
    let url = server.url();
    let at = |now: i64, args: &[&str]| {
        server.at(ManualClock::at(Timestamp::from_millis(now)));
        coloured(&world.home(), now, &[("ANTHROPIC_BASE_URL", &url)], args)
    };
    // The folder is made by what a user does, too: two credentials, and a limit on one of them.
    server.on(TOKEN, [Reply::rate_limited(Some(20 * 60))]);
    server.on(OTHER_KEY, [Reply::rate_limited(Some(60)), Reply::text("Oui")]);
    server.on(KEY, [Reply::text("Oui")]);
    let add = |args: &[&str]| assert_eq!(at(MORNING, &[&["models", "auth"], args].concat()).code, 0, "{args:?}");
    add(&["paste-api-key", "--provider", "anthropic", "--token", KEY]);
    add(&["paste-api-key", "--provider", "anthropic", "--profile-id", "anthropic:work", "--token", OTHER_KEY]);
    add(&["setup-token", "--yes", "--expires-in", "365d", "--token", TOKEN]);
    assert_eq!(at(MORNING, &["ask", "Bonjour"]).code, 0);
    let output = at(MORNING + 3 * MINUTE, &["models", "status"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    let shows = "openclaw models status names the configuration, the store and the default model, and says of each \
                 credential whether it serves now, and if not, why and until when.";
    assert_drawn("status.svg", "openclaw models status", shows, &(typed("openclaw models status") + &output.stdout));
}

#[test]
fn an_error_and_its_cure() {
    let world = World::new();
    let run = |args: &[&str]| coloured(&world.home(), MORNING, &[], args);
    assert_eq!(run(&["models", "auth", "paste-api-key", "--provider", "anthropic", "--token", KEY]).code, 0);
    world.write_config("{\n  agents: { defaults: { model: 'opus' } },\n  auth: { ordr: {} },  // who serves\n}\n");
    let failed = run(&["ask", "Bonjour"]);
    assert_eq!((failed.code, failed.stdout.as_str()), (1, ""));
    let mut text = typed("openclaw ask 'Bonjour'") + &failed.stderr;
    // Then what the error recommends, to the letter.
    let last = failed.stderr.lines().last().unwrap();
    let cure = last.split("openclaw ").nth(1).unwrap().replace("\u{1b}[0m", "");
    let cured = run(&cure.split(' ').collect::<Vec<_>>());
    assert_eq!(cured.code, 0, "{cured:?}");
    text += &format!("\n{}{}{}", typed(&format!("openclaw {cure}")), cured.stdout, cured.stderr);
    let shows = "A misspelt key in the configuration: the error shows its line, what was meant, and one command. \
                 That command is run and repairs the file.";
    assert_drawn("error.svg", "an error and its cure", shows, &text);
}
