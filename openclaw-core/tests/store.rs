//! The file store between threads, processes and their deaths. Children are this test program itself.
#![cfg(all(feature = "fs", unix))]
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test makes files and processes, and panics when it fails"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_executor::block_on;
use openclaw_core::{
    AgentId, AuthProfiles, Credential, CredentialChange, CredentialStore, Effect, FileStore, Health, HealthEvent,
    HealthStore, MemoryStore, Profile, ProfileId, ProviderId, Seen, StoreError, StoredProfile, Timestamp,
};
use tempfile::TempDir;

const ROLE: &str = "OPENCLAW_TEST_ROLE";
const FOLDER: &str = "OPENCLAW_TEST_FOLDER";
const UPDATES: i64 = 50;
const CANARY: &str = "sk-ant-api03-CANARY-CANARY-CANARY-0123456789";

fn profile(name: &str) -> ProfileId {
    ProfileId::new(&format!("anthropic:{name}")).unwrap()
}

fn upsert(name: &str) -> CredentialChange {
    let key = Credential::api_key(&CANARY.into()).unwrap();
    CredentialChange::upsert(profile(name), ProviderId::anthropic(), key)
}

fn used(name: &str, at: i64) -> HealthEvent {
    HealthEvent::Succeeded {
        provider: ProviderId::anthropic(),
        profile: profile(name),
        model: "claude-opus-4-5".to_owned(),
        seen: Seen::default(),
        at: Timestamp::from_millis(at),
    }
}

fn credentials(store: &FileStore) -> Result<AuthProfiles, StoreError> {
    block_on(CredentialStore::load(store, &AgentId::main()))
}

fn health(store: &FileStore) -> Result<Health, StoreError> {
    block_on(HealthStore::load(store, &AgentId::main()))
}

fn add(store: &FileStore, name: &str) -> Result<AuthProfiles, StoreError> {
    block_on(CredentialStore::commit(store, &AgentId::main(), upsert(name)))
}

fn touch(store: &FileStore, name: &str, at: i64) -> Result<Effect, StoreError> {
    block_on(HealthStore::commit(store, &AgentId::main(), &used(name, at))).map(|(_, effect)| effect)
}

/// Different profiles and the same one, credentials and health, in turn.
fn update(store: &FileStore, who: &str) {
    for n in 1..=UPDATES {
        match n % 5 {
            0 => drop(add(store, &format!("{who}-{n}")).unwrap()),
            _ => drop(touch(store, &format!("{who}-{n}"), n).unwrap()),
        }
    }
}

/// How many updates of `who` the store holds.
fn kept(store: &FileStore, who: &str) -> i64 {
    let (profiles, health) = (credentials(store).unwrap(), health(store).unwrap());
    let kept = |n: &i64| {
        let name = profile(&format!("{who}-{n}"));
        match n % 5 {
            0 => profiles.get(&name).is_some(),
            _ => health.of(&name).last_used == Some(Timestamp::from_millis(*n)),
        }
    };
    i64::try_from((1..=UPDATES).filter(kept).count()).unwrap()
}

fn child(role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["as_a_child", "--exact", "--nocapture"]).env(ROLE, role).env(FOLDER, folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// What the children do; as a test of its own it does nothing.
#[test]
fn as_a_child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let folder = std::env::var(FOLDER).unwrap();
    let store = FileStore::new(&folder);
    match role.split_once(' ').unwrap_or((&role, "")) {
        ("update", who) => update(&store, who),
        ("first", _) => drop(add(&store, "first").unwrap()),
        ("count", from) => {
            // A line for each update that was acknowledged, until it is killed.
            for n in from.parse::<i64>().unwrap().. {
                if n % 2 == 0 {
                    add(&store, &format!("n{}", n % 10)).unwrap();
                }
                touch(&store, "counter", n).unwrap();
                println!("done {n}");
            }
        }
        ("read-only", _) => {
            let event = touch(&store, "work", 5).unwrap_err();
            let change = add(&store, "new").unwrap_err();
            let readable = credentials(&store).unwrap().profiles.len();
            println!("done {readable}|{event}|{change}");
        }
        other => panic!("{other:?}"),
    }
}

/// The lines that a child printed with `done `, to the end.
fn done(child: &mut Child) -> Vec<String> {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    text.lines().filter_map(|line| Some(line.split_once("done ")?.1.to_owned())).collect()
}

fn no_leftovers(folder: &Path) {
    let names: Vec<String> = fs::read_dir(folder.join("agents/main/agent"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "the store and our lock: {names:?}");
}

#[test]
fn threads_lose_nothing() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = store.clone();
            scope.spawn(move || update(&store, &format!("t{thread}")));
        }
    });
    for thread in 0..8 {
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

#[test]
fn a_killed_writer_loses_nothing_that_was_acknowledged() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    let mut next = 1i64;
    for round in 0..50u64 {
        let mut writer = child(&format!("count {next}"), folder.path()).spawn().unwrap();
        let mut out = BufReader::new(writer.stdout.take().unwrap());
        let mut last = next - 1;
        let mut line = String::new();
        // Killed at another point of its work each time.
        let mut kill_after = Some(Duration::from_micros(137 * round));
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
        for entry in fs::read_dir(folder.path().join("agents/main/agent")).unwrap().flatten() {
            let metadata = entry.metadata().unwrap();
            assert!(metadata.is_dir() || metadata.mode().trailing_zeros() >= 6, "closed to others: {entry:?}");
        }
        next = counter + 1;
    }
    touch(&store, "counter", next).unwrap();
    no_leftovers(folder.path());
}

#[test]
fn nothing_is_open_to_others_even_without_a_umask() {
    let folder = TempDir::new().unwrap();
    let program = std::env::current_exe().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 0; exec \"$0\" as_a_child --exact"]).arg(program);
    assert!(shell.env(ROLE, "first").env(FOLDER, folder.path()).stdout(Stdio::null()).status().unwrap().success());
    for (path, mode) in [
        ("agents", 0o700),
        ("agents/main/agent", 0o700),
        ("agents/main/agent/auth-profiles.json", 0o600),
        ("agents/main/agent/.auth-profiles.json.openclaw-lock", 0o600),
    ] {
        assert_eq!(fs::metadata(folder.path().join(path)).unwrap().mode() & 0o777, mode, "{path}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_can_be_read() {
    let folder = TempDir::new().unwrap();
    add(&FileStore::new(folder.path()), "first").unwrap();
    let agent = folder.path().join("agents/main/agent");
    fs::remove_file(agent.join(".auth-profiles.json.openclaw-lock")).unwrap();
    let file = agent.join("auth-profiles.json");
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    open(&file, 0o644);
    for dir in ["", "agents", "agents/main", "agents/main/agent"] {
        open(&folder.path().join(dir), 0o755);
    }
    let before = fs::read(&file).unwrap();
    // A program of root's may write anywhere; it becomes somebody else if it can run as that.
    let is_root = fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
    let mut command = child("read-only", folder.path());
    if is_root {
        command.uid(65_534).gid(65_534);
    } else {
        open(&agent, 0o555);
    }
    let Ok(mut reader) = command.spawn() else { return };
    let lines = done(&mut reader);
    assert!(reader.wait().unwrap().success());
    let [said] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(said.starts_with("1|cannot lock") && said.contains("openclaw-lock"), "{said}");
    assert!(!said.contains("CANARY"));
    open(&agent, 0o755);
    assert_eq!(fs::read(&file).unwrap(), before);
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

#[test]
fn both_stores_answer_alike() {
    let folder = TempDir::new().unwrap();
    let stores: [(&dyn CredentialStore, &dyn HealthStore); 2] = {
        let file: &'static FileStore = Box::leak(Box::new(FileStore::new(folder.path())));
        let memory: &'static MemoryStore = Box::leak(Box::default());
        [(file, file), (memory, memory)]
    };
    let agent = AgentId::main();
    let [file, memory] = stores.map(|(credentials, health)| {
        let mut said = Vec::new();
        let change = |change| block_on(credentials.commit(&agent, change)).map(|profiles| profiles.profiles.len());
        let order = Some(vec![profile("b"), profile("a")]);
        let order = CredentialChange::SetOrder { provider: ProviderId::anthropic(), order };
        for step in [upsert("a"), upsert("b"), order, upsert("a"), CredentialChange::Remove { id: profile("zz") }] {
            said.push(format!("{:?}", change(step)));
        }
        for event in [used("a", 5), used("a", 4), used("b", 9), HealthEvent::Cleared { profile: None, model: None }] {
            said.push(format!("{:?}", block_on(health.commit(&agent, &event)).unwrap()));
        }
        said.push(format!("{:?}", change(CredentialChange::Remove { id: profile("b") })));
        said.push(format!("{:?}", block_on(health.load(&agent)).unwrap()));
        said.push(format!("{:?}", block_on(credentials.load(&agent)).unwrap()));
        said
    });
    assert_eq!(file, memory);
}

#[test]
fn no_public_type_shows_a_secret() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path());
    let profiles = add(&store, "a").unwrap();
    let stored = profiles.profiles.get("anthropic:a").unwrap();
    let StoredProfile::Valid(Profile { credential, .. }) = stored else { panic!("{stored:?}") };
    let memory = MemoryStore::with(AgentId::main(), profiles.clone());
    let other = CredentialChange::upsert(
        profile("a"),
        ProviderId::anthropic(),
        Credential::setup_token(&format!("sk-ant-oat01-CANARY{}", "A".repeat(80)).into()).unwrap(),
    );
    let refused = block_on(CredentialStore::commit(&store, &AgentId::main(), other.clone())).unwrap_err();
    let foreign = CredentialChange::upsert(profile("a"), ProviderId::new("x"), credential.clone());
    let foreign_refused = block_on(CredentialStore::commit(&store, &AgentId::main(), foreign)).unwrap_err();
    let shown = format!(
        "{profiles:?} {stored:?} {credential:?} {memory:?} {store:?} {other:?} {refused:?} {refused} {:?} {:?} {foreign_refused}",
        credential.secret(),
        upsert("a"),
    );
    assert!(shown.contains("Plain(…)") && !shown.contains("CANARY"), "{shown}");
    // The file itself has it, and nothing else in the folder does.
    let mut found = 0;
    for entry in fs::read_dir(folder.path().join("agents/main/agent")).unwrap().flatten() {
        found += usize::from(fs::read_to_string(entry.path()).unwrap().contains("CANARY"));
    }
    assert_eq!(found, 1);
}

#[test]
fn what_root_writes_in_the_folder_of_a_user_is_the_users() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path().join("state"));
    fs::create_dir(folder.path().join("state")).unwrap();
    // Only root can give a folder away.
    if std::os::unix::fs::chown(folder.path().join("state"), Some(65_534), Some(65_534)).is_err() {
        return;
    }
    add(&store, "first").unwrap();
    touch(&store, "first", 5).unwrap();
    let agent = folder.path().join("state/agents/main/agent");
    for name in ["", "auth-profiles.json", ".auth-profiles.json.openclaw-lock"] {
        let metadata = fs::metadata(agent.join(name)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid(), metadata.mode() & 0o077), (65_534, 65_534, 0), "{name}");
    }
}
