//! Many writers at once, and their deaths.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::process::Child;
use std::time::Duration;

use openclaw_core::{AgentId, CredentialStore, FileStore};
use tempfile::TempDir;

use crate::support::*;

#[test]
fn threads_lose_nothing() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    let threads = 8;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let store = store.clone();
            scope.spawn(move || update(&store, &format!("t{thread}")));
        }
    });
    for thread in 0..threads {
        assert_eq!(kept(&store, &format!("t{thread}")), UPDATES);
    }
    no_leftovers(folder.path());
}

#[test]
fn processes_lose_nothing() {
    let folder = TempDir::new().unwrap();
    let children: Vec<Child> = (0..4).map(|n| child(&format!("update p{n}"), folder.path()).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = FileStore::new(folder.path());
    for n in 0..4 {
        assert_eq!(kept(&store, &format!("p{n}")), UPDATES);
    }
    no_leftovers(folder.path());
}

/// `OPENCLAW_TEST_PROCESSES=16 OPENCLAW_TEST_UPDATES=1000 … -- --nocapture` for the long form and its rate.
#[test]
fn what_processes_write_never_goes_back() {
    let folder = TempDir::new().unwrap();
    let (processes, each) = (scale("OPENCLAW_TEST_PROCESSES", 4), scale("OPENCLAW_TEST_UPDATES", 50));
    let start = std::time::Instant::now();
    let children: Vec<Child> =
        (0..processes).map(|n| child(&format!("up {each} p{n}"), folder.path()).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    println!("processes: {:.0} updates a second", (processes * each) as f64 / start.elapsed().as_secs_f64());
    let health = health(&FileStore::new(folder.path())).unwrap();
    for n in 0..processes {
        assert_eq!(health.of(&profile(&format!("p{n}"))).last_used.unwrap().as_millis(), each);
    }
    no_leftovers(folder.path());
}

/// `OPENCLAW_TEST_THREADS=64 OPENCLAW_TEST_UPDATES=1000 … -- --nocapture` for the long form and its rate.
#[test]
fn what_threads_write_never_goes_back() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    let (threads, each) = (scale("OPENCLAW_TEST_THREADS", 16), scale("OPENCLAW_TEST_UPDATES", 50));
    let start = std::time::Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let store = store.clone();
            scope.spawn(move || count_up(&store, &format!("t{thread}"), each));
        }
    });
    println!("threads: {:.0} updates a second", (threads * each) as f64 / start.elapsed().as_secs_f64());
    no_leftovers(folder.path());
}

/// All of them one profile, and every update an entry of its own below it.
#[test]
fn processes_that_change_one_profile_lose_nothing() {
    let folder = TempDir::new().unwrap();
    let (processes, each) = (4, UPDATES);
    let children: Vec<Child> =
        (0..processes).map(|_| child(&format!("models {each}"), folder.path()).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let stats = health(&FileStore::new(folder.path())).unwrap().of(&profile("one")).clone();
    assert_eq!(i64::try_from(stats.models.len()).unwrap(), processes * each, "each made an entry of its own");
}

/// Both kinds of write are killed: with the syncs (a profile is added) and without (it was used).
/// `OPENCLAW_TEST_ROUNDS=1000` for the long form.
#[test]
fn a_killed_writer_loses_nothing_that_was_acknowledged() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    let mut next = 1i64;
    for round in 0..u64::try_from(scale("OPENCLAW_TEST_ROUNDS", 60)).unwrap() {
        let mut writer = child(&format!("count {next}"), folder.path()).spawn().unwrap();
        let mut out = BufReader::new(writer.stdout.take().unwrap());
        let mut last = next - 1;
        let mut line = String::new();
        // Killed at another point of its work each time.
        let mut kill_after = Some(Duration::from_micros(137 * (round % 75)));
        while out.read_line(&mut line).unwrap() > 0 {
            if let Some(n) = line.trim_end().split_once("done ").and_then(|(_, n)| n.parse().ok()) {
                last = n;
                if let Some(pause) = kill_after.take() {
                    std::thread::sleep(pause);
                    writer.kill().unwrap();
                }
            }
            line.clear();
        }
        writer.wait().unwrap();
        assert!(last >= next, "round {round}: the writer got to work at once");
        let text = fs::read_to_string(folder.path().join("agents/main/agent/auth-profiles.json")).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["profiles"].is_object(), "round {round}");
        let counter = health(&store).unwrap().of(&profile("counter")).last_used.unwrap().as_millis();
        assert!(counter == last || counter == last + 1, "round {round}: {counter} after {last}");
        let mut temporary = 0;
        for entry in fs::read_dir(folder.path().join("agents/main/agent")).unwrap().flatten() {
            let metadata = entry.metadata().unwrap();
            temporary += usize::from(entry.file_name().to_string_lossy().ends_with(".openclaw-tmp"));
            assert!(metadata.is_dir() || metadata.mode().trailing_zeros() >= 6, "closed to others: {entry:?}");
        }
        assert!(temporary <= 1, "round {round}: the one before was swept");
        next = counter + 1;
    }
    touch(&store, "counter", next).unwrap();
    no_leftovers(folder.path());
}

#[test]
fn a_caller_that_stops_waiting_leaves_a_whole_change() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    for n in 0..20 {
        let agent = AgentId::main();
        let name = format!("n{n}");
        let mut commit = CredentialStore::commit(&store, &agent, upsert(&name));
        let waker = std::task::Waker::noop();
        let _ = commit.as_mut().poll(&mut std::task::Context::from_waker(waker));
    }
    add(&store, "last").unwrap();
    let complete = || (0..20).all(|n| credentials(&store).unwrap().get(&profile(&format!("n{n}"))).is_some());
    let start = std::time::Instant::now();
    while !complete() {
        assert!(start.elapsed() < Duration::from_secs(9), "a change that was begun is finished");
        std::thread::sleep(Duration::from_millis(5));
    }
}
