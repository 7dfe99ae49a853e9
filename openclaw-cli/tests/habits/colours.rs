//! Colours where they are wanted, and not one escape sequence elsewhere.

use crate::common::{World, skipped};
use crate::tree::{command, leaves};

type Variables<'a> = &'a [(&'a str, &'a str)];

fn is_coloured(world: &World, words: &[&str], env: &[(&str, &str)]) -> bool {
    let output = command(world, words).envs(env.iter().copied()).output().unwrap();
    output.stdout.contains(&0x1b) || output.stderr.contains(&0x1b)
}

#[test]
fn the_variables_and_the_option_decide_in_this_order() {
    let world = World::with_key();
    let cases: [(&[&str], Variables, bool); 11] = [
        (&[], &[], false),
        (&["--color", "always"], &[], true),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("CLICOLOR_FORCE", "0")], false),
        (&[], &[("CLICOLOR_FORCE", "")], false),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        // https://no-color.org: an empty one does not count.
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], true),
        (&["--json", "--color", "always"], &[], false),
        (&["--json"], &[("CLICOLOR_FORCE", "1")], false),
    ];
    for words in [&["models", "status"][..], &["models", "auth", "remove", "anthropic:nope"]] {
        for (options, env, expected) in cases {
            let words = [words, options].concat();
            assert_eq!(is_coloured(&world, &words, env), expected, "{words:?} {env:?}");
        }
    }
}

#[test]
fn nothing_for_programs_is_ever_coloured() {
    let world = World::with_key();
    world.write_config("{ auth: { ordr: {} } }");
    for leaf in leaves().filter(|leaf| leaf.json) {
        let words = [leaf.words_for_json(), vec!["--color", "always"]].concat();
        assert!(!is_coloured(&world, &words, &[("CLICOLOR_FORCE", "1")]), "{}", leaf.path);
    }
}

/// On a terminal of its own, made by `script` of util-linux.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_has_colours_and_a_file_beside_it_has_none() {
    let world = World::with_key();
    let program = env!("CARGO_BIN_EXE_openclaw");
    let shown = |line: &str, term: &str| {
        let mut script = std::process::Command::new("script");
        script.args(["--quiet", "--return", "--command", line, "/dev/null"]).env_clear();
        script.env("HOME", world.home()).env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh").env("TERM", term);
        let output = script.current_dir(world.root()).stdin(std::process::Stdio::null()).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let status = format!("{program} models status");
    let Some(text) = shown(&status, "xterm").filter(|text| text.contains("anthropic:default")) else {
        skipped("script of util-linux");
        return;
    };
    assert!(text.contains('\u{1b}'), "{text:?}");
    assert!(!shown(&status, "dumb").unwrap().contains('\u{1b}'));
    let wrong = format!("{program} models status --agent nope");
    assert!(shown(&wrong, "xterm").unwrap().contains("\u{1b}[1m\u{1b}[31mError:"));
    shown(&format!("{wrong} 2> errors"), "xterm");
    let errors = std::fs::read_to_string(world.root().join("errors")).unwrap();
    assert!(errors.starts_with("Error: Unknown agent id"), "{errors:?}");
    shown(&format!("{status} > answer"), "xterm");
    assert!(!std::fs::read_to_string(world.root().join("answer")).unwrap().contains('\u{1b}'));
}
