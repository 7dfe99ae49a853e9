//! Paths as people write them, and homes that are missing, odd or relative.

use std::fs;

use crate::common::inside::{CONFIG, CUSTOM, STORE};
use crate::common::{KEY, World};
use crate::tree::{command, leaves, reading};

#[test]
fn people_read_their_home_as_a_tilde() {
    let plant: [fn(&World); 6] = [
        |_| {},
        |world| {
            world.write_config(CONFIG);
            world.write_store(STORE);
        },
        |world| world.write_config("{ auth: { ordr: {} } }"),
        |world| world.write_config("{ $include: './nope.json5' }"),
        |world| world.write_store("{\"version\": 1,"),
        |world| fs::create_dir_all(world.config_path()).unwrap(),
    ];
    for (at, plant) in plant.into_iter().enumerate() {
        for leaf in leaves().filter(|leaf| !matches!(leaf.path, "config file" | "ask")) {
            let world = World::new();
            plant(&world);
            let output = world.run(&leaf.words()).env(CUSTOM.0, CUSTOM.1).stdin(leaf.stdin).out();
            let home = world.home();
            for text in [&output.stdout, &output.stderr] {
                assert!(!text.contains(home.to_str().unwrap()), "{at} {}: {output:?}", leaf.path);
            }
        }
    }
}

#[test]
fn scripts_get_the_whole_path() {
    let world = World::new();
    let path = world.run(&["config", "file"]).ok().stdout;
    assert_eq!(path.trim_end(), world.config_path().to_str().unwrap());
}

#[test]
fn without_a_home_the_way_out_is_named_and_nothing_is_written() {
    let world = World::new();
    for leaf in leaves() {
        for home in [None, Some(""), Some("  ")] {
            let mut command = command(&world, &leaf.words());
            command.env_remove("HOME").envs(home.map(|home| ("HOME", home)));
            let output = command.output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            let needs_none = output.status.code() == Some(0);
            let told = stderr.contains("HOME") && stderr.contains("OPENCLAW_STATE_DIR");
            // A credential that is missing is told before the place where it would go.
            assert!(needs_none || told || output.status.code() == Some(2), "{} {home:?}: {stderr}", leaf.path);
        }
    }
    assert_eq!(world.everything().len(), 0);
}

#[test]
fn a_relative_folder_is_below_the_one_where_the_command_runs() {
    for (name, value, folder) in [("HOME", "h", "h/.openclaw"), ("OPENCLAW_STATE_DIR", "s", "s")] {
        let world = World::new();
        let run = |words: &[&str]| command(&world, words).env(name, value).output().unwrap();
        assert!(run(&["onboard", "--anthropic-api-key", KEY]).status.success());
        assert!(world.root().join(folder).join("agents/main/agent/auth-profiles.json").is_file(), "{name}");
        let status = String::from_utf8(run(&["models", "status"]).stdout).unwrap();
        assert!(status.contains("anthropic:default"), "{status}");
        let file = String::from_utf8(run(&["config", "file"]).stdout).unwrap();
        assert_eq!(file.trim_end(), world.root().join(folder).join("openclaw.json").to_str().unwrap());
        assert_eq!(world.everything().len(), 0, "nothing goes to another place");
    }
}

#[test]
fn a_home_that_does_not_exist_is_an_empty_one() {
    let world = World::new();
    for leaf in reading() {
        let output = command(&world, &leaf.words()).env("HOME", "/nonexistent").output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{}", leaf.path);
    }
}

#[cfg(unix)]
#[test]
fn a_home_that_is_no_text_is_told() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::new();
    let odd = std::ffi::OsStr::from_bytes(b"/tmp/\xff");
    for leaf in leaves() {
        for name in ["HOME", "OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH"] {
            let output = command(&world, &leaf.words()).env(name, odd).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(matches!(output.status.code(), Some(0..=2)) && !stderr.contains("panicked"), "{stderr}");
        }
        let output = command(&world, &[]).arg(odd).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
    }
}
