//! How long a durable change of health takes in a store of 3 KB on the disk of the target folder:
//! `FileStore` with its locks, its checks and its own thread, beside the bare system calls that no
//! durable change can do without (lock, read, write a temporary file, fsync, rename, fsync of the
//! folder). Both in one run, and in turns.
//!
//!     cargo bench -p openclaw-benches --bench store

#![allow(clippy::unwrap_used, reason = "a bench stops when its input is not what it should be")]

mod paired;

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use divan::Bencher;
use futures_executor::block_on;
use openclaw_core::{
    AgentId, CooldownPolicy, CredentialChange, CredentialStore, Effect, Failover, FailureReason, FileStore,
    HealthEvent, HealthStore, MemoryStore, ModelRef, ModelSelection, ProfileId, ProviderId, Scope, Seen, Step,
    Timestamp,
};
use serde_json::{Map, json};
use tempfile::TempDir;

const NOW: i64 = 1_800_000_000_000;

fn main() {
    divan::main();
    if paired::wanted() {
        let (mut ours, bare) = (Ours::new(), Bare::new());
        paired::compare("durable change", 1000, || {}, || ours.commit(), || bare.commit());
    }
}

#[divan::bench(sample_count = 500, sample_size = 1)]
fn file_store(bencher: Bencher<'_, '_>) {
    let mut ours = Ours::new();
    bencher.bench_local(|| ours.commit());
    ours.check();
}

#[divan::bench(sample_count = 500, sample_size = 1)]
fn bare_system_calls(bencher: Bencher<'_, '_>) {
    let bare = Bare::new();
    bencher.bench_local(|| bare.commit());
}

/// Reading takes no lock, and does not read what did not change, but asks a thread of its own.
#[divan::bench]
fn file_store_load(bencher: Bencher<'_, '_>) {
    let ours = Ours::new();
    bencher.bench_local(|| block_on(CredentialStore::load(&ours.store, &ours.agent)).unwrap());
}

/// What choosing and recording cost a request that succeeds, without HTTP: two looks at the file, and a
/// write once a minute.
#[divan::bench(sample_count = 200, sample_size = 10)]
fn request_over_file_store(bencher: Bencher<'_, '_>) {
    let ours = Ours::new();
    let failover = failover(Arc::new(ours.store));
    // What was written a moment ago is not trusted unread.
    std::thread::sleep(std::time::Duration::from_millis(100));
    bencher.bench_local(|| request(&failover));
}

#[divan::bench(sample_count = 200, sample_size = 10)]
fn request_over_memory_store(bencher: Bencher<'_, '_>) {
    let ours = Ours::new();
    let profiles = block_on(CredentialStore::load(&ours.store, &ours.agent)).unwrap();
    let failover = failover(Arc::new(MemoryStore::with(AgentId::main(), profiles)));
    bencher.bench_local(|| request(&failover));
}

fn failover<S: CredentialStore + HealthStore + 'static>(store: Arc<S>) -> Failover {
    let id = |name| ProfileId::new(name).unwrap();
    let order = Some(vec![id("anthropic:account-0"), id("anthropic:account-1")]);
    let change = CredentialChange::SetOrder { provider: ProviderId::anthropic(), order };
    block_on(CredentialStore::commit(&*store, &AgentId::main(), change)).unwrap();
    Failover::builder(ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap())).store(store).build()
}

fn request(failover: &Failover) {
    block_on(async {
        let mut session = failover.session();
        let attempt = session.next().await.unwrap().unwrap();
        assert!(matches!(attempt.report(Ok::<(), _>(())).await.unwrap(), Step::Done(())));
    });
}

struct Ours {
    store: FileStore,
    agent: AgentId,
    word: i64,
    _dir: TempDir,
}

impl Ours {
    fn new() -> Self {
        let (dir, agent) = (folder(), AgentId::main());
        let store = FileStore::new(dir.path());
        fs::create_dir_all(store.agent_dir(&agent)).unwrap();
        fs::write(store.path(&agent), text()).unwrap();
        Self { store, agent, word: NOW + 60_000, _dir: dir }
    }

    /// The server's later word moves the end of a window: one number in the file changes, and must last.
    fn commit(&mut self) {
        self.word += 1;
        let event = HealthEvent::Failed {
            provider: ProviderId::anthropic(),
            profile: ProfileId::new("anthropic:account-3").unwrap(),
            model: "claude-opus-4-5".to_owned(),
            reason: FailureReason::RateLimit,
            scope: Scope::Model,
            deadline: Some(Timestamp::from_millis(self.word)),
            seen: Seen::default(),
            at: Timestamp::from_millis(NOW),
            policy: Arc::new(CooldownPolicy::default()),
        };
        let (_, effect) = block_on(HealthStore::commit(&self.store, &self.agent, &event)).unwrap();
        assert!(matches!(effect, Effect::WindowOpened { .. }), "{effect:?}");
    }

    fn check(&self) {
        let written = fs::read_to_string(self.store.path(&self.agent)).unwrap();
        assert!(written.contains(&self.word.to_string()), "the last change is not in the file");
    }
}

struct Bare {
    file: PathBuf,
    dir: TempDir,
}

impl Bare {
    fn new() -> Self {
        let dir = folder();
        let file = dir.path().join("store.json");
        fs::write(&file, text()).unwrap();
        Self { file, dir }
    }

    fn commit(&self) {
        let private = |name, new| {
            let mut options = OpenOptions::new();
            options.write(true).create(true).create_new(new).open(self.dir.path().join(name)).unwrap()
        };
        let lock = private("lock", false);
        lock.lock().unwrap();
        let mut content = Vec::with_capacity(4096);
        File::open(&self.file).unwrap().read_to_end(&mut content).unwrap();
        let mut temporary = private("temporary", true);
        temporary.write_all(&content).unwrap();
        temporary.sync_all().unwrap();
        fs::rename(self.dir.path().join("temporary"), &self.file).unwrap();
        File::open(self.dir.path()).unwrap().sync_all().unwrap();
    }
}

/// Beside the build, hence on a real disk: `/tmp` is memory on many machines.
fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// Eight profiles of which two cool down, in the layout of OpenClaw: 3 KB.
fn text() -> String {
    let (mut profiles, mut usage) = (Map::new(), Map::new());
    for number in 0..8 {
        let id = format!("anthropic:account-{number}");
        let key = format!("sk-ant-api03-{number:095}");
        profiles.insert(id.clone(), json!({"type": "api_key", "provider": "anthropic", "key": key}));
        let mut stats = json!({"lastUsed": NOW - 60_000 * number, "errorCount": 0});
        if number % 4 == 3 {
            let window = json!({"errorCount": 1, "cooldownUntil": NOW + 60_000, "lastFailureAt": NOW - 1000});
            stats = json!({"lastUsed": NOW, "errorCount": 0, "models": {"claude-opus-4-5": window}});
        }
        usage.insert(id, stats);
    }
    let last_good = json!({"anthropic": "anthropic:account-0"});
    let store = json!({"version": 1, "profiles": profiles, "lastGood": last_good, "usageStats": usage});
    let text = serde_json::to_string_pretty(&store).unwrap();
    assert!((2900..=3300).contains(&text.len()), "{} bytes", text.len());
    text
}
