//! Locks and replaced files: whose they are, what stands in their place, and what a death leaves.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "a test makes files and processes")]

use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, lchown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::*;

const ROLE: &str = "OPENCLAW_TEST_ROLE";
const FILE: &str = "OPENCLAW_TEST_FILE";
const SHORT: Duration = Duration::from_millis(50);

fn folder() -> (TempDir, PathBuf, PathBuf) {
    let folder = TempDir::new().unwrap();
    let (target, lock) = (folder.path().join("x.json"), folder.path().join(".x.json.openclaw-lock"));
    (folder, target, lock)
}

/// This test program again, in another role.
fn child(role: &str, target: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["disk::tests::as_a_child", "--exact", "--nocapture"]).env(ROLE, role).env(FILE, target);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// What a child did, as somebody else; `None` where nobody can become somebody else.
fn as_user(role: &str, target: &Path, uid: u32, gid: u32) -> Option<String> {
    let output = child(role, target).uid(uid).gid(gid).output().ok()?;
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| Some(line.split_once("done ")?.1.to_owned()))
}

/// What the children do; as a test of its own it does nothing.
#[test]
fn as_a_child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let target = PathBuf::from(std::env::var(FILE).unwrap());
    match role.as_str() {
        "locks" => loop {
            drop(FileLock::acquire(&target, PATIENCE).unwrap());
            println!("done");
        },
        "holds" => {
            let _held = FileLock::acquire(&target, PATIENCE).unwrap();
            println!("done");
            std::thread::sleep(Duration::from_secs(60));
        }
        "replaces" | "replaces private" => {
            let access = if role == "replaces" { Access::AsBefore } else { Access::Private };
            println!("done {}", replace(&target, access).map_or_else(|error| error.to_string(), |()| "it".to_owned()));
        }
        other => panic!("{other}"),
    }
}

fn replace(target: &Path, access: Access<'_>) -> Result<(), DiskError> {
    let _lock = FileLock::acquire(target, SHORT)?;
    Staged::write(target, b"new", Durability::Lazy, access)?.commit()
}

fn of(path: &Path) -> (u32, u32, u32) {
    let metadata = fs::symlink_metadata(path).unwrap();
    (metadata.uid(), metadata.gid(), metadata.mode() & 0o777)
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_killed_holder_is_never_waited_for() {
    let (_folder, target, _) = folder();
    let sidecar = target.with_extension("json.lock");
    let mut deaths = 0;
    for round in 0..100_u64 {
        let mut holder: Child = child("locks", &target).spawn().unwrap();
        let mut out = BufReader::new(holder.stdout.take().unwrap());
        let mut line = String::new();
        // It waits for nobody either: the one before it was killed as well.
        while !line.contains("done") {
            line.clear();
            assert!(out.read_line(&mut line).unwrap() > 0, "round {round}: it could not lock");
        }
        std::thread::sleep(Duration::from_micros(7 * round));
        holder.kill().unwrap();
        holder.wait().unwrap();
        let left = sidecar.exists();
        deaths += usize::from(left);
        // Every second time nobody cleans up between two deaths.
        if round % 2 == 0 {
            let taken = FileLock::acquire(&target, Duration::from_secs(1)).unwrap();
            assert_eq!(taken.after_a_death(), left, "round {round}");
        }
    }
    assert!(deaths > 0, "nobody was ever killed at its work");
}

/// A process that holds the lock by now.
fn holder(target: &Path) -> Child {
    let mut holder = child("holds", target).spawn().unwrap();
    let mut out = BufReader::new(holder.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("done") {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "it could not lock");
    }
    // What it writes to stays open, whatever it still has to say.
    holder.stdout = Some(out.into_inner());
    holder
}

#[test]
fn a_holder_that_was_killed_for_certain_is_not_waited_for() {
    let (_folder, target, lock) = folder();
    let mut holder = holder(&target);
    let error = FileLock::acquire(&target, SHORT).unwrap_err().to_string();
    assert!(error.contains(&format!("another process of this program (process {})", holder.id())), "{error}");
    assert_eq!(fs::read_to_string(&lock).unwrap(), format!("{:>10}\n", holder.id()));
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(target.with_extension("json.lock").exists());
    let start = std::time::Instant::now();
    let taken = FileLock::acquire(&target, PATIENCE).unwrap();
    let waited = start.elapsed();
    assert!(taken.after_a_death() && waited < Duration::from_millis(500), "{waited:?}");
    assert_eq!(fs::read_to_string(&lock).unwrap(), format!("{:>10}\n", std::process::id()), "who holds it now");
}

#[test]
fn a_holder_that_stands_still_is_waited_for_and_named() {
    let (_folder, target, _) = folder();
    let mut holder = holder(&target);
    let signal = |signal| rustix::process::kill_process(rustix::process::Pid::from_child(&holder), signal).unwrap();
    signal(rustix::process::Signal::STOP);
    let start = std::time::Instant::now();
    let error = FileLock::acquire(&target, Duration::from_secs(1)).unwrap_err();
    let waited = start.elapsed();
    let named = format!("another process of this program (process {})", holder.id());
    assert!(matches!(&error, DiskError::Locked { holder, .. } if *holder == named), "{error}");
    assert!(waited >= Duration::from_secs(1) && waited < Duration::from_secs(3), "{waited:?}");
    // Killed where it stands.
    signal(rustix::process::Signal::KILL);
    holder.wait().unwrap();
    let start = std::time::Instant::now();
    FileLock::acquire(&target, PATIENCE).unwrap();
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
}

#[test]
fn a_lock_that_was_taken_over_is_noticed_and_left_to_its_new_holder() {
    let (_folder, target, _) = folder();
    let sidecar = target.with_extension("json.lock");
    let held = FileLock::acquire(&target, SHORT).unwrap();
    held.still_held(&target).unwrap();
    // As OpenClaw does with one that it takes for dead.
    fs::remove_dir(&sidecar).unwrap();
    assert!(held.still_held(&target).is_err());
    fs::create_dir(&sidecar).unwrap();
    let error = held.still_held(&target).unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("OpenClaw took the lock over"), "{error}");
    drop(held);
    assert!(sidecar.exists(), "the lock of somebody else");
}

#[test]
fn a_lock_that_is_dated_ahead_is_watched_and_not_waited_for_for_ever() {
    type Make = fn(&Path);
    let folder: Make = |path| fs::create_dir(path).unwrap();
    let file: Make = |path| fs::write(path, format!("{{\"pid\":{}}}", std::process::id())).unwrap();
    let date = |path: &Path, ahead: u64| {
        let then = std::time::SystemTime::now() + Duration::from_secs(ahead);
        File::open(path).unwrap().set_modified(then).unwrap();
    };
    // How far ahead, whether it is dated anew all the time, and whether it may be taken over.
    let cases = [
        (folder, 3_600_000, false, true),
        (file, 40, false, true),
        (folder, 3_600_000, true, false),
        (folder, 20, false, false),
    ];
    std::thread::scope(|scope| {
        for (make, ahead, is_touched, is_taken) in cases {
            scope.spawn(move || {
                let (_folder, target, _) = self::folder();
                let sidecar = target.with_extension("json.lock");
                make(&sidecar);
                date(&sidecar, ahead);
                let start = std::time::Instant::now();
                let waiting =
                    std::thread::spawn(move || FileLock::acquire(&target, Duration::from_millis(7500)).map(drop));
                while is_touched && !waiting.is_finished() {
                    date(&sidecar, ahead);
                    std::thread::sleep(Duration::from_millis(500));
                }
                let (taken, waited) = (waiting.join().unwrap(), start.elapsed());
                assert_eq!(taken.is_ok(), is_taken, "{ahead} s: {taken:?}");
                assert_eq!(sidecar.exists(), !is_taken, "{ahead} s");
                assert!(waited >= Duration::from_secs(5), "it was watched: {waited:?}");
                if is_touched {
                    let error = taken.unwrap_err().to_string();
                    assert!(error.contains("locked by OpenClaw, whose lock is dated ahead of the clock"), "{error}");
                }
            });
        }
    });
}

#[test]
fn a_link_or_a_pipe_is_no_lock() {
    let (folder, target, lock) = folder();
    let precious = folder.path().join("precious");
    fs::write(&precious, "a text that is longer than a record of the lock").unwrap();
    let plants: [(&str, &dyn Fn()); 4] = [
        ("a link", &|| symlink(&precious, &lock).unwrap()),
        ("a link", &|| symlink(folder.path().join("nowhere"), &lock).unwrap()),
        ("not a regular file", &|| assert!(Command::new("mkfifo").arg(&lock).status().unwrap().success())),
        ("not a regular file", &|| fs::create_dir(&lock).unwrap()),
    ];
    for (problem, plant) in plants {
        plant();
        let error = FileLock::acquire(&target, SHORT).unwrap_err();
        assert!(matches!(error, DiskError::Refused { .. }) && error.to_string().contains(problem), "{error}");
        let _ = fs::remove_file(&lock).or_else(|_| fs::remove_dir(&lock));
    }
    assert_eq!(fs::read_to_string(&precious).unwrap().len(), 47);
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn who_may_write_the_file_may_lock_it() {
    for (file, expected) in [(0o600, 0o600), (0o644, 0o600), (0o660, 0o660), (0o664, 0o660), (0o666, 0o666)] {
        let (_folder, target, lock) = folder();
        fs::write(&target, "old").unwrap();
        chmod(&target, file);
        drop(FileLock::acquire(&target, SHORT).unwrap());
        assert_eq!(of(&lock).2, expected, "{file:o}");
    }
}

#[test]
fn root_leaves_everything_to_the_owner_of_the_folder() {
    let (folder, _, _) = folder();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    // Only root can give a folder away.
    if chown(&state, Some(65_534), Some(65_533)).is_err() {
        return;
    }
    chmod(folder.path(), 0o755);
    chmod(&state, 0o700);
    let target = state.join("deep/er/x.json");
    make_folder(&super::folder(&target)).unwrap();
    replace(&target, Access::Private).unwrap();
    Backup::write(&target, b"old").unwrap().rotate().unwrap();
    for (name, mode) in [("", 0o700), ("x.json", 0o600), ("x.json.bak", 0o600), (".x.json.openclaw-lock", 0o600)] {
        let path = super::folder(&target).join(name);
        assert_eq!(of(&path), (65_534, 65_533, mode), "{name}");
    }
    assert_eq!(of(&state.join("deep")), (65_534, 65_533, 0o700));
    // What he has stays his.
    replace(&target, Access::Private).unwrap();
    assert_eq!(of(&target), (65_534, 65_533, 0o600));
    if let Some(said) = as_user("replaces", &target, 65_534, 65_533) {
        assert_eq!(said, "it");
    }
    // A lock that root left before: he may read it, and that is enough.
    let lock = super::folder(&target).join(".x.json.openclaw-lock");
    chown(&lock, Some(0), Some(0)).unwrap();
    chmod(&lock, 0o644);
    if let Some(said) = as_user("replaces", &target, 65_534, 65_533) {
        assert_eq!(said, "it");
    }
}

#[test]
fn root_writes_through_a_link_of_an_owner_to_his_own_file_and_no_other() {
    let (folder, link, _) = folder();
    let real = folder.path().join("real.json");
    fs::write(&real, "old").unwrap();
    chmod(&real, 0o600);
    symlink("real.json", &link).unwrap();
    if lchown(&link, Some(65_534), Some(65_533)).is_err() {
        return;
    }
    let error = target(&link).unwrap_err().to_string();
    assert!(error.contains("a link that belongs to another user"), "he may not read root's file: {error}");
    chown(&real, Some(65_534), Some(65_533)).unwrap();
    let found = target(&link).unwrap();
    assert_eq!(found, real.canonicalize().unwrap());
    replace(&found, Access::Private).unwrap();
    assert_eq!((fs::read_to_string(&link).unwrap().as_str(), of(&real)), ("new", (65_534, 65_533, 0o600)));
    assert!(link.is_symlink());
    chown(&real, Some(65_532), None).unwrap();
    assert!(target(&link).is_err(), "nor that of a third");
    fs::remove_file(&real).unwrap();
    assert!(target(&link).is_err(), "nor one that is not there");
}

#[test]
fn a_file_that_a_group_shares_stays_shared() {
    let (folder, target, lock) = folder();
    fs::write(&target, "old").unwrap();
    let plant = |mode| {
        fs::write(&target, "old").unwrap();
        chmod(&target, mode);
        let _ = fs::remove_file(&lock);
        chown(&target, Some(65_532), Some(65_533))
    };
    if chown(folder.path(), Some(65_532), Some(65_533)).is_err() {
        return;
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o2777)).unwrap();
    // One of the group: the group and the mode stay.
    plant(0o660).unwrap();
    let Some(said) = as_user("replaces", &target, 65_534, 65_533) else { return };
    assert_eq!((said.as_str(), of(&target)), ("it", (65_534, 65_533, 0o660)));
    assert_eq!(of(&lock), (65_534, 65_533, 0o660), "and the owner before can lock it");
    fs::remove_file(&lock).unwrap();
    // What would be closed to its owner is not replaced.
    for (mode, role, gid) in [(0o606, "replaces private", 65_533), (0o602, "replaces", 65_533)] {
        plant(mode).unwrap();
        let said = as_user(role, &target, 65_534, gid).unwrap();
        assert!(said.contains("belongs to another user, who could not read it any more"), "{mode:o}: {said}");
        assert_eq!((fs::read_to_string(&target).unwrap().as_str(), of(&target)), ("old", (65_532, 65_533, mode)));
    }
    // One who is not in the group: it is closed to theirs.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    plant(0o666).unwrap();
    let said = as_user("replaces", &target, 65_534, 65_531).unwrap();
    assert_eq!((said.as_str(), of(&target)), ("it", (65_534, 65_531, 0o606)));
    let names = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name());
    assert!(names.count() <= 3, "the file, its lock and our sidecar");
    File::open(&target).unwrap();
}
