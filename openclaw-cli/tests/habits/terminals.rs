//! Narrow terminals, other languages, wide letters: nothing is cut inside a letter, nothing is lost.

use serde_json::json;

use crate::common::{KEY, World, skipped};
use crate::tree::reading;

const WIDE: &str = "anthropic:界界🦀é-a-name-that-is-longer-than-a-line-of-forty-columns-界";

fn world() -> World {
    let world = World::new();
    let key = json!({"type": "api_key", "provider": "anthropic", "key": KEY});
    let stats = json!({WIDE: {"cooldownUntil": 4_102_444_800_000_i64, "lastFailureAt": 1_795_341_600_000_i64}});
    let order = json!({"anthropic": [WIDE]});
    world.write_store(json!({"version": 1, "profiles": {WIDE: key}, "order": order, "usageStats": stats}).to_string());
    world.write_config(&json!({"auth": {"order": {"anthropic": [WIDE]}}}).to_string());
    world
}

#[test]
fn the_surroundings_change_no_answer() {
    let world = world();
    let surroundings: [&[(&str, &str)]; 7] = [
        &[("LANG", "C")],
        &[("LC_ALL", "C"), ("TERM", "vt100")],
        &[("LC_ALL", "POSIX"), ("COLUMNS", "40")],
        &[("LANG", "tr_TR.ISO-8859-9"), ("COLUMNS", "1")],
        &[("COLUMNS", "0"), ("LINES", "0")],
        &[("COLUMNS", "wide"), ("TERM", "")],
        &[("COLUMNS", "99999999999999999999")],
    ];
    for leaf in reading() {
        // A time that is left may be another one a moment later.
        let steady = |text: String| -> String { text.split(", ").filter(|part| !part.contains("left")).collect() };
        let usual = world.run(&leaf.words()).out();
        for env in surroundings {
            let run = env.iter().fold(world.run(&leaf.words()), |run, (name, value)| run.env(name, value));
            let output = run.out();
            assert_eq!(
                (output.code, steady(output.stdout)),
                (usual.code, steady(usual.stdout.clone())),
                "{} {env:?}",
                leaf.path
            );
        }
    }
}

#[test]
fn a_wide_name_stays_whole() {
    let world = world();
    let naming = ["models status", "models auth list", "models auth explain", "models auth order get", "config get"];
    for leaf in reading().filter(|leaf| naming.contains(&leaf.path) || leaf.path == "models auth cooldown list") {
        for words in [leaf.words(), leaf.words_for_json()] {
            let output = world.run(&words).env("COLUMNS", "40").ok();
            assert!(output.stdout.contains(WIDE), "{words:?}: {}", output.stdout);
        }
    }
}

#[test]
fn help_fits_every_width() {
    let world = World::new();
    for columns in ["40", "1", "x"] {
        for leaf in crate::tree::leaves() {
            let words: Vec<&str> = leaf.path.split(' ').chain(["--help"]).collect();
            let help = world.run(&words).env("COLUMNS", columns).ok();
            assert!(help.stdout.contains("Usage: openclaw "), "{help:?}");
        }
    }
}

/// On a terminal of forty columns and one of a single one, made by `script` of util-linux.
#[cfg(target_os = "linux")]
#[test]
fn a_narrow_terminal_gets_whole_letters() {
    let world = world();
    for columns in [40, 1] {
        for leaf in reading() {
            for words in [leaf.words().join(" "), format!("{} --help", leaf.path)] {
                let line = format!("stty cols {columns} rows 9; {} {words}", env!("CARGO_BIN_EXE_openclaw"));
                let mut script = std::process::Command::new("script");
                script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env_clear();
                script.env("HOME", world.home()).env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh");
                script.env("TERM", "xterm").env("LC_ALL", "C").current_dir(world.root());
                let output = script.stdin(std::process::Stdio::null()).output();
                let Some(output) = output.ok().filter(|output| !output.stdout.is_empty()) else {
                    skipped("script of util-linux");
                    return;
                };
                let shown = String::from_utf8(output.stdout).unwrap_or_else(|error| panic!("{words}: {error}"));
                assert!(!shown.contains("panicked") && !shown.contains('\u{fffd}'), "{words}: {shown}");
                let names = words.starts_with("models auth list") || words.starts_with("models status");
                assert!(!names || words.ends_with("--help") || shown.contains(WIDE), "{words}: {shown}");
            }
        }
    }
}
