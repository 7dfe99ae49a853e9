//! Programs that are stopped: nothing of them is left behind.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures_executor::block_on;
use futures_util::future::{Either, select};
use openclaw_core::{Env, SecretRef, SecretSource as _};

use crate::support::{exec, folder, refused, resolver, script};

/// A script that notes its own number and that of a program it starts, then never ends.
fn endless(dir: &Path, noise: &str) -> String {
    let pids = dir.join("pids");
    let body = format!("sleep 600 &\necho $$ $! > '{0}.new'; mv '{0}.new' '{0}'\n{noise}\nsleep 600", pids.display());
    format!("command: '{}'", script(dir.join("endless"), &body).display())
}

/// Waits until a condition holds; a minute is for ever.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what}");
}

/// Neither the program nor what it started runs any more, and the program is no zombie.
fn gone(dir: &Path) {
    let text = fs::read_to_string(dir.join("pids")).unwrap();
    let mut pids = text.split_whitespace();
    let (program, started) = (pids.next().unwrap(), pids.next().unwrap());
    eventually("the program is reaped", || !Path::new("/proc").join(program).exists());
    // What it started is adopted by another process, which may take its time to reap it.
    eventually("what it started has ended", || {
        let stat = fs::read_to_string(format!("/proc/{started}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_none_or(|rest| matches!(rest.trim().chars().next(), None | Some('Z' | 'X')))
    });
}

#[test]
fn at_the_end_of_its_time() {
    let dir = folder();
    let noisy = endless(dir.path(), "while :; do echo x >&2; sleep 0.05; done");
    refused(exec(&format!("{noisy}, timeoutMs: 700"), Env::empty()), &["took longer than 700 ms (timeoutMs)"]);
    gone(dir.path());
}

#[test]
fn when_it_says_nothing() {
    let dir = folder();
    let silent = format!("{}, noOutputTimeoutMs: 500, timeoutMs: 60000", endless(dir.path(), ""));
    refused(exec(&silent, Env::empty()), &["said nothing for 500 ms (noOutputTimeoutMs)"]);
    gone(dir.path());
}

#[test]
fn when_what_it_started_holds_its_output_open() {
    let dir = folder();
    let body = format!("sleep 600 &\necho $$ $! > '{}'\necho CANARY", dir.path().join("pids").display());
    let command = script(dir.path().join("vault"), &body);
    let settings = format!("command: '{}', jsonOnly: false, timeoutMs: 700", command.display());
    refused(exec(&settings, Env::empty()), &["took longer than 700 ms"]);
    gone(dir.path());
}

#[test]
fn what_leaves_the_group_is_not_listened_to_any_more() {
    let dir = folder();
    let told = dir.path().join("told");
    let body = format!(
        "setsid sh -c 'trap \"\" PIPE; sleep 1.5; if echo x; then echo open > {0}.new; else echo closed > {0}.new; fi; \
         mv {0}.new {0}' &\necho CANARY",
        told.display()
    );
    let command = script(dir.path().join("vault"), &body);
    let settings = format!("command: '{}', jsonOnly: false, timeoutMs: 500", command.display());
    refused(exec(&settings, Env::empty()), &["took longer than 500 ms"]);
    eventually("what it started says what it found", || told.exists());
    assert_eq!(fs::read_to_string(told).unwrap(), "closed\n");
}

#[test]
fn when_it_says_all_and_does_not_end() {
    let dir = folder();
    let quiet = endless(dir.path(), "echo CANARY; exec >/dev/null 2>&1");
    let body = format!(
        "sleep 600 >/dev/null 2>&1 &\necho $$ $! > '{}'\necho x\nexec sleep 600 >/dev/null 2>&1",
        dir.path().join("pids").display()
    );
    let command = script(dir.path().join("vault"), &body);
    for settings in [quiet, format!("command: '{}'", command.display())] {
        refused(exec(&format!("{settings}, timeoutMs: 700"), Env::empty()), &["took longer than 700 ms"]);
        gone(dir.path());
    }
}

#[test]
fn when_nobody_waits_any_more() {
    let dir = folder();
    let pids = dir.path().join("pids");
    let providers = format!("{{x: {{source: 'exec', timeoutMs: 600000, {}}}}}", endless(dir.path(), ""));
    let resolver = resolver(&providers, Env::empty());
    let reference = SecretRef::new("exec", "x", "a/b");
    let started = async {
        while !pids.exists() {
            futures_timer::Delay::new(Duration::from_millis(10)).await;
        }
    };
    block_on(async {
        // Two wait for one program; it goes on while one of them does.
        let first = Box::pin(resolver.resolve(&reference));
        let second = Box::pin(resolver.resolve(&reference));
        let both = select(first, second);
        let Either::Right((_, both)) = select(both, Box::pin(started)).await else { panic!("it does not end") };
        drop(both);
    });
    gone(dir.path());
}
