//! Told to end while a program looks up a secret, the command takes that program with it.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test starts processes, and panics when it fails"
)]

mod common;

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use common::{KEY, World, server};
use openclaw_core::testing::Reply;

/// A store with a reference to a helper that says where it runs, and never answers.
fn with_helper() -> World {
    let world = World::new();
    let (helper, pids) = (world.root().join("helper"), world.root().join("pids"));
    let body =
        format!("#!/bin/sh\nsleep 300 &\necho $$ $! > '{0}.new'; mv '{0}.new' '{0}'\nsleep 300\n", pids.display());
    // Another process writes it: one that is started meanwhile would inherit the open file, and it could not be run.
    let mut made = Command::new("/bin/sh");
    made.args(["-c", "printf %s \"$2\" > \"$1\" && chmod 700 \"$1\"", "sh"]);
    assert!(made.arg(&helper).arg(body).status().unwrap().success());
    world.write_config(&format!(
        "{{secrets: {{providers: {{vault: {{source: 'exec', timeoutMs: 60000, command: '{}'}}}}}}}}",
        helper.display()
    ));
    world.write_store(
        r#"{"version":1,"profiles":{"anthropic:a":{"type":"api_key","provider":"anthropic",
        "keyRef":{"source":"exec","provider":"vault","id":"claude"}}}}"#,
    );
    world
}

/// Waits until a condition holds.
#[track_caller]
fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn start(world: &World, command: &mut Command, env: &[(&str, &str)]) -> Child {
    command.env_clear().env("HOME", world.home()).envs(env.iter().copied()).current_dir(world.root());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn openclaw(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw"));
    command.args(args);
    command
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap().success());
}

fn ended(child: &mut Child) -> ExitStatus {
    eventually("the command ends", || child.try_wait().unwrap())
}

/// Whether whoever started this test had a signal ignored, which children inherit.
fn is_ignored(number: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() >> (number - 1) & 1 == 1
}

fn is_running(pid: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    stat.rsplit(')').next().and_then(|rest| rest.trim().chars().next()).is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

#[test]
fn a_signal_leaves_no_helper_behind() {
    for (signal, number) in
        [("INT", 2_u32), ("TERM", 15), ("HUP", 1)].into_iter().filter(|(_, number)| !is_ignored(*number))
    {
        for args in [
            &["ask", "hi"][..],
            &["ask", "hi", "--json"],
            &["models", "auth", "explain", "--resolve"],
            &["models", "status", "--probe", "--probe-timeout", "60000"],
        ] {
            for _ in 0..4 {
                let world = with_helper();
                let mut command = start(&world, &mut openclaw(args), &[]);
                let pids = eventually("the helper runs", || fs::read_to_string(world.root().join("pids")).ok());
                let started = Instant::now();
                send(signal, &command);
                let status = ended(&mut command);
                assert_eq!(status.code(), Some(128 + number.cast_signed()), "{signal} {args:?}: {status:?}");
                assert!(started.elapsed() < Duration::from_secs(2), "{signal} {args:?}: {:?}", started.elapsed());
                for pid in pids.split_whitespace() {
                    // Killed before the command has ended; it is only its last moment that may be seen.
                    let start = Instant::now();
                    while is_running(pid) {
                        assert!(start.elapsed() < Duration::from_secs(2), "{signal} {args:?}: {pid} was left behind");
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            }
        }
    }
}

/// On a terminal the error would stand behind the words otherwise.
#[test]
fn what_came_before_a_signal_stands_on_a_line_of_its_own() {
    use std::io::Read as _;
    let world = World::with_key();
    let server = server();
    server.on(KEY, [Reply::text("Premier mot puis silence").stall_after(4)]);
    let mut ask = start(&world, &mut openclaw(&["ask", "hi"]), &[("ANTHROPIC_BASE_URL", &server.url())]);
    let mut stdout = ask.stdout.take().unwrap();
    let mut first = [0; 8];
    stdout.read_exact(&mut first).unwrap();
    send("TERM", &ask);
    assert_eq!(ended(&mut ask).code(), Some(143));
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!((&first, rest.as_str()), (b"Premier ", "\n"));
}

#[test]
fn a_hang_up_that_is_to_be_ignored_is_ignored() {
    let world = with_helper();
    let script = "trap '' HUP; exec \"$0\" ask hi";
    let mut shell = Command::new("/bin/sh");
    let mut command = start(&world, shell.args(["-c", script, env!("CARGO_BIN_EXE_openclaw")]), &[]);
    let pids = eventually("the helper runs", || fs::read_to_string(world.root().join("pids")).ok());
    send("HUP", &command);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(command.try_wait().unwrap(), None, "as nohup has it");
    send("TERM", &command);
    assert_eq!(ended(&mut command).code(), Some(143));
    assert!(pids.split_whitespace().all(|pid| eventually("it is gone", || (!is_running(pid)).then_some(true))));
}

#[test]
fn a_reader_that_stands_still_keeps_nobody_from_ending_it() {
    let world = World::with_key();
    let server = server();
    server.on(KEY, [Reply::text(&"a long answer. ".repeat(40_000))]);
    let mut ask = start(&world, &mut openclaw(&["ask", "hi"]), &[("ANTHROPIC_BASE_URL", &server.url())]);
    // Nobody reads: it stands still as soon as the pipe is full.
    eventually("it asks", || (!server.requests().is_empty()).then_some(()));
    std::thread::sleep(Duration::from_millis(500));
    send("TERM", &ask);
    let status = ended(&mut ask);
    assert!(status.code() == Some(143) && status.signal().is_none(), "{status:?}");
}
