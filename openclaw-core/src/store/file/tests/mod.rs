//! The store's file: who may write, what is refused, and what is left in the folder.
#![allow(clippy::disallowed_methods, reason = "a test makes files")]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use super::files::Files;
use crate::credential::Credential;
use crate::health::{Effect, HealthEvent, Seen};
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::profile::CredentialChange;
use crate::store::StoreError;
use crate::time::Timestamp;

mod cache;
mod faults;

const INPUT: &str = include_str!("../../../../tests/data/golden/input.auth-profiles.json");
const CANARY: &str = "sk-ant-api03-CANARY-CANARY-CANARY-0123456789";

/// A state folder whose default agent has a store.
struct Folder {
    dir: TempDir,
    store: Files,
}

impl Folder {
    fn empty() -> Self {
        let dir = TempDir::new().unwrap();
        let mut store = Files::new(dir.path().to_owned());
        store.patience = Duration::from_millis(60);
        Self { dir, store }
    }

    fn new(text: impl AsRef<[u8]>) -> Self {
        let folder = Self::empty();
        fs::create_dir_all(folder.agent()).unwrap();
        fs::write(folder.file(), text).unwrap();
        folder
    }

    fn agent(&self) -> PathBuf {
        self.store.agent_dir(&AgentId::main())
    }

    fn file(&self) -> PathBuf {
        self.store.path(&AgentId::main())
    }

    fn sidecar(&self) -> PathBuf {
        self.agent().join("auth-profiles.json.lock")
    }

    fn lock_file(&self) -> PathBuf {
        self.agent().join(".auth-profiles.json.openclaw-lock")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn read(&self) -> Result<usize, StoreError> {
        self.store.read(&AgentId::main()).map(|snapshot| snapshot.map_or(0, |s| s.profiles.profiles.len()))
    }

    /// Marks the profile as used: a change of health.
    fn used(&self, name: &str, at: i64) -> Result<Effect, StoreError> {
        let event = HealthEvent::Succeeded {
            provider: ProviderId::anthropic(),
            profile: ProfileId::new(name).unwrap(),
            model: "claude-opus-4-5".to_owned(),
            seen: Seen::default(),
            at: Timestamp::from_millis(at),
        };
        self.store.commit_event(&AgentId::main(), &event, self.store.patience).map(|(_, effect)| effect)
    }

    fn upsert(&self, name: &str, secret: &str) -> Result<(), StoreError> {
        let key = Credential::api_key(&secret.into()).unwrap();
        let change = CredentialChange::upsert(ProfileId::new(name).unwrap(), ProviderId::anthropic(), key);
        self.store.commit_change(&AgentId::main(), &change, self.store.patience).map(|_| ())
    }

    fn write_error(&self) -> String {
        self.upsert("anthropic:new", CANARY).unwrap_err().to_string()
    }

    /// All that is below the state folder.
    fn list(&self) -> Vec<String> {
        fn walk(dir: &Path, names: &mut Vec<String>) {
            for entry in fs::read_dir(dir).unwrap().flatten() {
                let path = entry.path();
                names.push(path.display().to_string());
                if path.is_dir() && !path.is_symlink() {
                    walk(&path, names);
                }
            }
        }
        let mut names = Vec::new();
        walk(self.dir.path(), &mut names);
        names.sort();
        names
    }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o777
}

fn age(path: &Path, age: Duration) {
    File::open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
}

/// The id of a process that has ended.
fn dead_pid() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_first_profile_makes_folder_and_file_closed_to_others() {
    let folder = Folder::empty();
    assert_eq!(folder.read().unwrap(), 0, "no file is an empty store");
    assert!(folder.list().is_empty(), "reading makes nothing");
    folder.upsert("anthropic:default", "sk-ant-api03-test-test-test-test-test-test").unwrap();
    assert_eq!(folder.text(), include_str!("../../../../tests/data/golden/onboard_key2.auth-profiles.json"));
    assert_eq!((mode(&folder.file()), mode(&folder.lock_file())), (0o600, 0o600));
    let mut dir = folder.agent();
    while dir != folder.dir.path() {
        assert_eq!(mode(&dir), 0o700, "{}", dir.display());
        dir.pop();
    }
    let names: Vec<String> = folder.list();
    assert!((5..=6).contains(&names.len()), "agents, main, agent, the store, its lock and our sidecar: {names:?}");
}

#[test]
fn a_store_that_others_may_read_is_closed_by_a_write() {
    let folder = Folder::new(INPUT);
    fs::set_permissions(folder.file(), Permissions::from_mode(0o644)).unwrap();
    folder.read().unwrap();
    assert_eq!(mode(&folder.file()), 0o644, "a read changes nothing");
    folder.used("anthropic:work", 1_795_331_700_000).unwrap();
    assert_eq!(mode(&folder.file()), 0o600);
}

#[test]
fn a_change_that_changes_nothing_writes_nothing() {
    let folder = Folder::new(INPUT);
    let before = fs::metadata(folder.file()).unwrap();
    folder.upsert("anthropic:default", "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789").unwrap();
    let after = fs::metadata(folder.file()).unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
    assert_eq!(folder.text(), INPUT);
}

#[test]
fn reading_never_makes_or_changes_anything() {
    for text in [INPUT, "", "{\"profiles\": ", "{} // note", "[]"] {
        let folder = Folder::new(text);
        fs::create_dir(folder.sidecar()).unwrap();
        let before = folder.list();
        let _ = folder.read();
        assert_eq!(folder.list(), before);
        assert_eq!(folder.text(), text);
    }
}

#[test]
fn what_cannot_be_read_is_an_error_and_never_overwritten() {
    let cut = |at: usize| INPUT.as_bytes()[..at].to_vec();
    let mut not_utf8 = INPUT.as_bytes().to_vec();
    not_utf8[40] = 0xff;
    let mut texts = vec![not_utf8, Vec::new(), b"\0\0\0\0".to_vec(), b"null".to_vec(), b"{}//".to_vec()];
    texts.extend([1, 300, INPUT.len() / 2, INPUT.len() - 2].map(cut));
    texts.push(format!("{{\"profiles\": {{\"a\": \"{CANARY}\"").into_bytes());
    texts.push(format!("{{\"profiles\": {CANARY}}}").into_bytes());
    texts.push(format!("{{\"usageStats\": \"{CANARY}\"}}").into_bytes());
    for text in texts {
        let folder = Folder::new(&text);
        let shown = String::from_utf8_lossy(&text).into_owned();
        let (read, write) = (folder.read().unwrap_err(), folder.upsert("anthropic:new", CANARY).unwrap_err());
        assert!(matches!(read, StoreError::Syntax { .. } | StoreError::Shape { .. }), "{shown}: {read:?}");
        assert!(matches!(write, StoreError::Syntax { .. } | StoreError::Shape { .. }), "{shown}: {write:?}");
        assert!(folder.used("anthropic:default", 5).is_err());
        assert_eq!(fs::read(folder.file()).unwrap(), text, "{shown}");
        assert!(!folder.sidecar().exists());
        for error in [read, write] {
            let said = format!("{error} {error:?}");
            assert!(!said.contains("CANARY") && said.contains("auth-profiles.json"), "{said}");
        }
    }
    let folder = Folder::new("{\n  \"profiles\": {},\n  // note\n}");
    let error = folder.read().unwrap_err().to_string();
    assert!(error.contains("auth-profiles.json:3:") && error.contains("move it away"), "{error}");
}

#[test]
fn a_newer_version_is_read_and_not_written() {
    let folder = Folder::new(INPUT.replace("\"version\":1", "\"version\":2"));
    let before = folder.text();
    assert_eq!(folder.read().unwrap(), 8);
    assert!(matches!(folder.upsert("anthropic:new", CANARY), Err(StoreError::NewerVersion { version: 2, .. })));
    assert!(folder.used("anthropic:work", 1_795_331_700_000).is_err());
    assert_eq!(folder.text(), before);
}

#[test]
fn a_version_that_is_no_whole_number_is_read_and_not_written() {
    for version in ["1.5", "\"2.0\"", "[2]", "true"] {
        let folder = Folder::new(INPUT.replace("\"version\":1", &format!("\"version\":{version}")));
        let before = folder.text();
        assert_eq!(folder.read().unwrap(), 8, "{version}");
        let error = folder.upsert("anthropic:new", CANARY).unwrap_err();
        assert!(matches!(error, StoreError::UnknownVersion { .. }), "{version}: {error}");
        assert!(error.to_string().contains("its version is no whole number"), "{error}");
        assert!(folder.used("anthropic:work", 1_795_331_700_000).is_err(), "{version}");
        assert_eq!(folder.text(), before);
    }
}

#[test]
fn the_folder_of_a_newer_openclaw_is_left_as_it_is() {
    for marker in [
        "openclaw.sqlite",
        "state/openclaw.sqlite",
        "agents/main/agent/openclaw-agent.sqlite",
        "agents/main/agent/openclaw.sqlite",
        "agents/main/agent/auth-state.json",
    ] {
        let folder = Folder::empty();
        let path = folder.dir.path().join(marker);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "").unwrap();
        let before = folder.list();
        let error = folder.write_error();
        assert!(error.contains("OPENCLAW_STATE_DIR") && error.contains("newer OpenClaw"), "{error}");
        assert!(matches!(folder.used("anthropic:work", 5), Err(StoreError::NewerOpenClaw { .. })));
        assert_eq!(folder.list(), before);
    }
}

#[test]
fn a_link_of_ours_is_written_through() {
    let folder = Folder::empty();
    let shared = folder.dir.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::write(shared.join("store.json"), INPUT).unwrap();
    fs::create_dir_all(folder.agent()).unwrap();
    symlink("../../../shared/store.json", folder.file()).unwrap();
    assert_eq!(folder.read().unwrap(), 8);
    folder.upsert("anthropic:new", CANARY).unwrap();
    assert!(folder.file().is_symlink() && fs::symlink_metadata(shared.join("store.json")).unwrap().is_file());
    assert!(fs::read_to_string(shared.join("store.json")).unwrap().contains("anthropic:new"));
    assert_eq!(mode(&shared.join("store.json")), 0o600);
    assert!(shared.join(".store.json.openclaw-lock").exists(), "whoever comes by another link meets the same lock");
    assert!(!folder.lock_file().exists());
}

#[test]
fn a_second_hard_link_keeps_the_old_content() {
    let folder = Folder::new(INPUT);
    let twin = folder.dir.path().join("twin.json");
    fs::hard_link(folder.file(), &twin).unwrap();
    folder.upsert("anthropic:new", CANARY).unwrap();
    assert!(folder.text().contains("anthropic:new"));
    assert_eq!(fs::read_to_string(&twin).unwrap(), INPUT, "as the documentation of `FileStore` says");
}

/// Whoever looks meanwhile finds a file, another one or a pipe, and is never kept waiting.
#[test]
fn what_is_swapped_while_it_is_read_is_read_or_refused() {
    let folder = Folder::new(INPUT);
    let stop = Arc::new(AtomicBool::new(false));
    let swapper = std::thread::spawn({
        let (path, stop) = (folder.file(), Arc::clone(&stop));
        let (pipe, file) = (path.with_extension("pipe"), path.with_extension("file"));
        move || {
            while !stop.load(Ordering::Relaxed) {
                fifo(&pipe);
                fs::rename(&pipe, &path).unwrap();
                fs::write(&file, INPUT).unwrap();
                fs::rename(&file, &path).unwrap();
            }
        }
    });
    for _ in 0..2000 {
        match folder.read() {
            Ok(profiles) => assert_eq!(profiles, 8),
            Err(error) => assert!(matches!(error, StoreError::Refused { .. }), "{error:?}"),
        }
    }
    stop.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
}

#[test]
fn what_is_no_file_of_ours_is_refused() {
    let dangling = Folder::empty();
    fs::create_dir_all(dangling.agent()).unwrap();
    symlink("nowhere", dangling.file()).unwrap();
    let pipe = Folder::empty();
    fs::create_dir_all(pipe.agent()).unwrap();
    fifo(&pipe.file());
    let dir = Folder::empty();
    fs::create_dir_all(dir.file()).unwrap();
    let device = Folder::empty();
    fs::create_dir_all(device.agent()).unwrap();
    symlink("/dev/zero", device.file()).unwrap();
    let refused = [(pipe, "not a regular file"), (dir, "not a regular file"), (device, "not a regular file")];
    for (folder, problem) in refused.into_iter().chain([(dangling, "does not exist")]) {
        let read = folder.read().unwrap_err();
        assert!(matches!(read, StoreError::Refused { .. }) && read.to_string().contains(problem), "{read}");
        let write = folder.write_error();
        assert!(write.contains(problem), "{write}");
        assert!(!folder.agent().join("nowhere").exists());
    }
    let foreign = Folder::new(INPUT);
    let link = foreign.agent().join("link");
    symlink(foreign.file(), &link).unwrap();
    // Only root can give a link away.
    if std::os::unix::fs::lchown(&link, Some(65_534), Some(65_534)).is_ok() {
        let error = crate::disk::target(&link).unwrap_err();
        assert!(error.to_string().contains("belongs to another user"), "{error}");
    }
}

#[test]
fn what_a_killed_writer_left_is_swept() {
    let folder = Folder::new(INPUT);
    let ours = folder.agent().join(".auth-profiles.json.123-abc.openclaw-tmp");
    let other = folder.agent().join(".other.json.123-abc.openclaw-tmp");
    for path in [&ours, &other] {
        fs::write(path, CANARY).unwrap();
    }
    folder.read().unwrap();
    assert!(ours.exists());
    folder.used("anthropic:work", 1_795_331_700_000).unwrap();
    assert!(!ours.exists() && other.exists());
}

#[test]
fn a_live_sidecar_is_waited_for_and_named() {
    let folder = Folder::new(INPUT);
    fs::create_dir(folder.sidecar()).unwrap();
    let start = Instant::now();
    let error = folder.write_error();
    assert!(start.elapsed() >= folder.store.patience && start.elapsed() < Duration::from_secs(5));
    assert!(error.contains("locked by OpenClaw"), "{error}");
    assert!(folder.sidecar().exists() && folder.text() == INPUT, "never stolen");
    assert_eq!(folder.read().unwrap(), 8, "a read does not wait");

    fs::remove_dir(folder.sidecar()).unwrap();
    fs::write(folder.sidecar(), format!("{{\"pid\": {}, \"createdAt\": 1}}", std::process::id())).unwrap();
    let error = folder.write_error();
    assert!(error.contains(&format!("OpenClaw (process {})", std::process::id())), "{error}");
    fs::write(folder.sidecar(), "garbage").unwrap();
    assert!(matches!(folder.used("anthropic:work", 5), Err(StoreError::Locked { .. })));

    let sidecar = folder.sidecar();
    let mut patient = folder;
    patient.store.patience = Duration::from_secs(10);
    let holder = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        fs::remove_file(sidecar).unwrap();
    });
    patient.upsert("anthropic:new", CANARY).unwrap();
    holder.join().unwrap();
    assert!(!patient.sidecar().exists());
}

#[test]
fn a_dead_sidecar_is_removed() {
    type Plant = fn(&Path);
    let plants: [(&str, Plant); 4] = [
        ("an old folder", |path| {
            fs::create_dir(path).unwrap();
            age(path, Duration::from_secs(31));
        }),
        ("an old file of a live process", |path| {
            fs::write(path, format!("{{\"pid\": {}}}", std::process::id())).unwrap();
            age(path, Duration::from_secs(31));
        }),
        ("a file of a dead process", |path| fs::write(path, format!("{{\"pid\": {}}}", dead_pid())).unwrap()),
        ("an old garbage file", |path| {
            fs::write(path, "x").unwrap();
            age(path, Duration::from_secs(31));
        }),
    ];
    for (what, plant) in plants {
        let folder = Folder::new(INPUT);
        plant(&folder.sidecar());
        folder.upsert("anthropic:new", CANARY).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(!folder.sidecar().exists(), "{what}");
    }
    let folder = Folder::new(INPUT);
    fs::create_dir_all(folder.sidecar().join("full")).unwrap();
    age(&folder.sidecar(), Duration::from_secs(31));
    let error = folder.write_error();
    assert!(error.contains("left behind and cannot be removed"), "{error}");
}

#[test]
fn a_sidecar_that_a_killed_process_of_ours_left_goes_at_once_with_its_temporary_file() {
    let folder = Folder::new(INPUT);
    folder.upsert("anthropic:first", CANARY).unwrap();
    fs::create_dir(folder.sidecar()).unwrap();
    fs::set_permissions(folder.sidecar(), Permissions::from_mode(0o500)).unwrap();
    let left = folder.agent().join(".auth-profiles.json.123-abc.openclaw-tmp");
    fs::write(&left, CANARY).unwrap();
    folder.upsert("anthropic:new", CANARY).unwrap();
    assert!(!folder.sidecar().exists() && !left.exists());
    // As OpenClaw makes it, under any usual umask.
    for mode in [0o777, 0o775, 0o755, 0o750, 0o700] {
        fs::create_dir(folder.sidecar()).unwrap();
        fs::set_permissions(folder.sidecar(), Permissions::from_mode(mode)).unwrap();
        assert!(folder.write_error().contains("locked by OpenClaw"), "{mode:o}: not ours");
        assert!(folder.write_error().contains("locked by OpenClaw"), "nor does our waiting make it ours");
        fs::remove_dir(folder.sidecar()).unwrap();
    }
}

#[test]
fn the_lock_among_ourselves_names_its_holder_and_ends_with_it() {
    let folder = Folder::new(INPUT);
    fs::write(folder.lock_file(), "4711\n").unwrap();
    let file = File::options().read(true).write(true).open(folder.lock_file()).unwrap();
    file.lock().unwrap();
    let error = folder.write_error();
    assert!(error.contains("another process of this program (process 4711)"), "{error}");
    assert_eq!((folder.read().unwrap(), folder.text().as_str()), (8, INPUT));
    drop(file);
    folder.upsert("anthropic:new", CANARY).unwrap();
}

#[test]
fn no_sidecar_is_left_behind_by_a_refused_change() {
    let folder = Folder::new(INPUT);
    let missing = CredentialChange::Remove { id: ProfileId::new("anthropic:none").unwrap() };
    assert!(matches!(
        folder.store.commit_change(&AgentId::main(), &missing, folder.store.patience),
        Err(StoreError::Change(_))
    ));
    assert!(!folder.sidecar().exists());
    assert!(!folder.list().iter().any(|name| name.contains("-tmp") || name.ends_with(".lock")));
}

#[test]
fn a_torn_read_is_repeated() {
    let mut folder = Folder::new(INPUT);
    folder.store.patience = crate::disk::PATIENCE;
    let stop = Arc::new(AtomicBool::new(false));
    // As upstream writes: truncate, then write, in place.
    let writer = std::thread::spawn({
        let (path, stop) = (folder.file(), Arc::clone(&stop));
        move || {
            while !stop.load(Ordering::Relaxed) {
                fs::write(&path, "").unwrap();
                fs::write(&path, INPUT).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    });
    let torn = (0..300).filter(|_| folder.read().map(|profiles| assert_eq!(profiles, 8)).is_err()).count();
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    assert_eq!(torn, 0);
}

#[test]
fn a_reader_waits_for_a_slow_writer_that_holds_the_sidecar() {
    for torn in [&INPUT.as_bytes()[..100], b"{\"a\": \"\xc3"] {
        let mut folder = Folder::new(torn);
        folder.store.patience = Duration::from_secs(10);
        fs::create_dir(folder.sidecar()).unwrap();
        let writer = std::thread::spawn({
            let (path, sidecar) = (folder.file(), folder.sidecar());
            move || {
                std::thread::sleep(Duration::from_millis(150));
                fs::write(path, INPUT).unwrap();
                fs::remove_dir(sidecar).unwrap();
            }
        });
        assert_eq!(folder.read().unwrap(), 8);
        writer.join().unwrap();
    }
}
