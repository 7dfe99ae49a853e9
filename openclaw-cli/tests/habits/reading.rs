//! What only looks neither writes nor connects nor starts anything. The kernel is asked: `strace` tells
//! every call of the process and its threads.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Command, Stdio};

use crate::common::inside::{CONFIG, CUSTOM, STORE};
use crate::common::{World, skipped};
use crate::tree::reading;

/// Calls that change something, lock something, start something or leave the machine.
const CHANGES: [&str; 32] = [
    "creat",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "truncate",
    "ftruncate",
    "fallocate",
    "utimensat",
    "mknod",
    "mknodat",
    "flock",
    "connect",
    "bind",
    "sendto",
    "sendmsg",
];

/// The calls of a run that a reading command does not make; `None` where nothing can be traced.
fn calls(world: &World, words: &[&str]) -> Option<Vec<String>> {
    let log = world.root().join("calls");
    let mut strace = Command::new("strace");
    strace.args([
        "-f",
        "-qq",
        "-o",
        log.to_str()?,
        "-e",
        "trace=file,network,process,fchmod,fchown,ftruncate,fallocate,flock",
        "--",
    ]);
    strace.arg(env!("CARGO_BIN_EXE_openclaw")).args(words).env_clear().env("PATH", "/usr/bin:/bin");
    strace.env("HOME", world.home()).env(CUSTOM.0, CUSTOM.1).current_dir(world.root());
    let output = strace.stdin(Stdio::null()).output().ok()?;
    let log = fs::read_to_string(log).ok()?;
    // Where it may not trace, it says so and runs nothing.
    let started = log.lines().any(|line| line.contains("execve(") && line.contains("openclaw"));
    (started && !output.stdout.is_empty()).then(|| log.lines().filter_map(forbidden).collect())
}

/// The call of a line `PID name(arguments) = result`, if it does more than look.
fn forbidden(line: &str) -> Option<String> {
    let call = line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let (name, rest) = call.split_once('(')?;
    let opens =
        name.starts_with("open") && ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|f| rest.contains(f));
    let to_a_file = opens && !rest.contains("\"/dev/");
    let leaves = name == "socket" && !rest.starts_with("AF_UNIX");
    let starts = name == "execve" && !rest.contains("/openclaw\"");
    (to_a_file || leaves || starts || CHANGES.contains(&name)).then(|| call.to_owned())
}

#[test]
fn the_commands_that_look_only_look() {
    let broken = "{ auth: { ordr: {} } }";
    let states = [("", ""), (CONFIG, STORE), (broken, STORE), (CONFIG, "{\"version\": 1,")];
    let control = World::with_key();
    let seen = calls(&control, &["config", "set", "auth.cooldowns.failureWindowHours", "2"]);
    let Some(seen) = seen else {
        skipped("strace, and the right to trace");
        return;
    };
    assert!(seen.iter().any(|call| call.starts_with("rename")), "what writes is seen: {seen:?}");
    for (config, store) in states {
        let world = World::new();
        if !config.is_empty() {
            world.write_config(config);
            world.write_store(store);
        }
        let before = world.everything();
        for leaf in reading() {
            for words in [leaf.words(), leaf.words_for_json()] {
                // Where it says what is wrong, there is no answer to tell a run by.
                let Some(calls) = calls(&world, &words) else {
                    assert!(config == broken || store.len() < 20, "{words:?} answers nothing");
                    continue;
                };
                assert_eq!(calls, Vec::<String>::new(), "{words:?}");
            }
        }
        assert!(world.everything() == before);
    }
}
