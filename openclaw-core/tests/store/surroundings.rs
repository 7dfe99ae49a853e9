//! Whose files they are, who may write, and disks that take nothing more.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use openclaw_core::FileStore;
use tempfile::TempDir;

use crate::support::*;

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

/// A file system of its own for a test, unmounted at its end.
struct Mounted(std::path::PathBuf);

impl Mounted {
    fn new(at: &Path, arguments: &[&str]) -> Option<Self> {
        let mount = Command::new("mount").args(arguments).arg(at).stderr(Stdio::null()).status();
        if mount.is_ok_and(|status| status.success()) {
            return Some(Self(at.to_owned()));
        }
        eprintln!("left out: nothing may be mounted here");
        None
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Counts the warnings of this thread: the session's, since threads of the store give none.
#[derive(Default)]
struct Warnings(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::WARN
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// Requests over a store that takes nothing more: served, with one warning, and the window counts.
fn served_from_memory(store: &FileStore) -> openclaw_core::Failover {
    use openclaw_core::{Failover, Failure, FailureReason, ModelRef, ModelSelection, Step};
    let failover = Failover::builder(ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap()))
        .store(std::sync::Arc::new(store.clone()))
        .build();
    let count = std::sync::Arc::default();
    tracing::subscriber::with_default(Warnings(std::sync::Arc::clone(&count)), || {
        for round in 0..5 {
            futures_executor::block_on(async {
                let mut session = failover.session();
                let mut tried = Vec::new();
                while let Some(attempt) = session.next().await.unwrap() {
                    tried.push(attempt.profile().to_string());
                    let broken = attempt.profile() == &profile("first");
                    let result = if broken { Err(Failure::new(FailureReason::Auth, "broken")) } else { Ok(()) };
                    if let Step::Done(()) = attempt.report(result).await.unwrap() {
                        break;
                    }
                }
                let expected = ["anthropic:first", "anthropic:second"];
                assert_eq!(tried, if round == 0 { &expected[..] } else { &expected[1..] }, "round {round}");
            });
        }
    });
    assert!(failover.is_degraded() && failover.why_degraded().is_some());
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1, "one warning");
    failover
}

#[test]
fn a_full_disk_stops_no_request_and_harms_nothing() {
    let folder = TempDir::new().unwrap();
    let Some(mounted) = Mounted::new(folder.path(), &["-t", "tmpfs", "-o", "size=64k", "tmpfs"]) else { return };
    let store = FileStore::new(folder.path());
    add(&store, "first").unwrap();
    add(&store, "second").unwrap();
    let ballast = folder.path().join("ballast");
    let mut full = fs::File::create(&ballast).unwrap();
    while std::io::Write::write_all(&mut full, &[0; 512]).is_ok() {}
    let before = fs::read(store.path(&openclaw_core::AgentId::main())).unwrap();
    let error = add(&store, "third").unwrap_err();
    assert!(error.to_string().starts_with("cannot "), "{error}");
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("No space left"), "{error:?}");
    assert_eq!(credentials(&store).unwrap().profiles.len(), 2);
    let failover = served_from_memory(&store);
    assert_eq!(fs::read(store.path(&openclaw_core::AgentId::main())).unwrap(), before);
    no_leftovers(folder.path());
    // With room again, what waited is written.
    drop(full);
    fs::remove_file(&ballast).unwrap();
    assert!(futures_executor::block_on(failover.flush()) && !failover.is_degraded());
    assert!(health(&store).unwrap().of(&profile("first")).cooldown.is_some());
    drop(mounted);
}

#[test]
fn a_disk_that_is_mounted_read_only_can_be_read() {
    let folder = TempDir::new().unwrap();
    let (real, seen) = (folder.path().join("real"), folder.path().join("seen"));
    fs::create_dir(&seen).unwrap();
    let writable = FileStore::new(&real);
    add(&writable, "first").unwrap();
    add(&writable, "second").unwrap();
    let Some(_mounted) = Mounted::new(&seen, &["--bind", "-o", "ro", &real.display().to_string()]) else { return };
    if fs::write(seen.join("probe"), "").is_ok() {
        eprintln!("left out: a bind mount is not read-only here");
        return;
    }
    let store = FileStore::new(&seen);
    let error = add(&store, "third").unwrap_err();
    assert!(error.to_string().contains("openclaw-lock"), "{error}");
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("Read-only"), "{error:?}");
    assert_eq!(credentials(&store).unwrap().profiles.len(), 2);
    served_from_memory(&store);
}

#[test]
fn a_lock_that_root_left_closed_is_named_with_what_helps() {
    let folder = TempDir::new().unwrap();
    let store = FileStore::new(folder.path().join("state"));
    add(&store, "first").unwrap();
    let agent = store.agent_dir(&openclaw_core::AgentId::main());
    // Everything is the user's but the lock, as a run of root's of long ago left it.
    let mut path = agent.clone();
    while path != folder.path() {
        if std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).is_err() {
            return;
        }
        path.pop();
    }
    std::os::unix::fs::chown(agent.join("auth-profiles.json"), Some(65_534), Some(65_534)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut reader = child("read-only", &folder.path().join("state")).uid(65_534).gid(65_534).spawn().unwrap();
    let lines = done(&mut reader);
    reader.wait().unwrap();
    let [said] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(said.starts_with("1|") && said.contains("belongs to user 0") && said.contains("rm '"), "{said}");
    assert!(said.contains(".auth-profiles.json.openclaw-lock"), "{said}");
}

#[test]
fn names_of_agents_lead_nowhere_else() {
    let folder = TempDir::new().unwrap();
    let state = folder.path().join("state");
    let store = FileStore::new(&state);
    let long = "x".repeat(4096);
    for name in ["..", "../..", "a/b", "a\\b", "\0", "a\0b", "CON", ".", "", "\u{202e}nimda", "MAIN", &long] {
        let agent = openclaw_core::AgentId::new(name);
        let dir = store.agent_dir(&agent);
        let id = dir.parent().unwrap().file_name().unwrap().to_str().unwrap();
        assert!(dir.starts_with(state.join("agents")) && dir.ends_with(format!("{id}/agent")), "{name:?}: {dir:?}");
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        assert!(!id.is_empty() && id.len() <= 64 && id.chars().all(allowed), "{name:?}: {id}");
    }
    // A profile's id is a key in the file and never a path.
    for name in ["anthropic:..", "anthropic:a/b", "anthropic:../../x", "anthropic:CON", "anthropic:\u{202e}x"] {
        let id = openclaw_core::ProfileId::new(name).unwrap();
        let key = openclaw_core::Credential::api_key(&CANARY.into()).unwrap();
        let change = openclaw_core::CredentialChange::upsert(id.clone(), openclaw_core::ProviderId::anthropic(), key);
        let agent = openclaw_core::AgentId::main();
        futures_executor::block_on(openclaw_core::CredentialStore::commit(&store, &agent, change)).unwrap();
        assert!(credentials(&store).unwrap().get(&id).is_some(), "{name}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    no_leftovers(&state);
}
