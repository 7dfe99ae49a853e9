//! A store, changes of it, and this test program again in other roles.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use futures_executor::block_on;
use openclaw_core::{
    AgentId, AuthProfiles, CooldownPolicy, Credential, CredentialChange, CredentialStore, Effect, FailureReason,
    FileStore, Health, HealthEvent, HealthStore, ProfileId, ProviderId, Scope, Seen, StoreError, Timestamp,
};

pub(crate) const ROLE: &str = "OPENCLAW_TEST_ROLE";
pub(crate) const FOLDER: &str = "OPENCLAW_TEST_FOLDER";

/// How many updates each writer makes that adds entries.
pub(crate) const UPDATES: i64 = 50;

/// A size of a test: small in the suite, and as large as the environment says.
pub(crate) fn scale(name: &str, usual: i64) -> i64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

pub(crate) const CANARY: &str = "sk-ant-api03-CANARY-CANARY-CANARY-0123456789";

pub(crate) fn profile(name: &str) -> ProfileId {
    ProfileId::new(&format!("anthropic:{name}")).unwrap()
}

pub(crate) fn upsert(name: &str) -> CredentialChange {
    let key = Credential::api_key(&CANARY.into()).unwrap();
    CredentialChange::upsert(profile(name), ProviderId::anthropic(), key)
}

pub(crate) fn used(name: &str, at: i64) -> HealthEvent {
    HealthEvent::Succeeded {
        provider: ProviderId::anthropic(),
        profile: profile(name),
        model: "claude-opus-4-5".to_owned(),
        seen: Seen::default(),
        at: Timestamp::from_millis(at),
    }
}

pub(crate) fn credentials(store: &FileStore) -> Result<AuthProfiles, StoreError> {
    block_on(CredentialStore::load(store, &AgentId::main()))
}

pub(crate) fn health(store: &FileStore) -> Result<Health, StoreError> {
    block_on(HealthStore::load(store, &AgentId::main()))
}

pub(crate) fn add(store: &FileStore, name: &str) -> Result<AuthProfiles, StoreError> {
    block_on(CredentialStore::commit(store, &AgentId::main(), upsert(name)))
}

pub(crate) fn touch(store: &FileStore, name: &str, at: i64) -> Result<Effect, StoreError> {
    block_on(HealthStore::commit(store, &AgentId::main(), &used(name, at))).map(|(_, effect)| effect)
}

/// The server limits one model of a profile: an entry of its own, and durable.
pub(crate) fn limit(store: &FileStore, name: &str, model: &str) -> Result<Effect, StoreError> {
    let event = HealthEvent::Failed {
        provider: ProviderId::anthropic(),
        profile: profile(name),
        model: model.to_owned(),
        reason: FailureReason::RateLimit,
        scope: Scope::Model,
        deadline: None,
        seen: Seen::default(),
        at: Timestamp::from_secs(1_800_000_000),
        policy: Arc::new(CooldownPolicy::default()),
    };
    block_on(HealthStore::commit(store, &AgentId::main(), &event)).map(|(_, effect)| effect)
}

/// Different profiles and the same one, credentials and health, in turn.
pub(crate) fn update(store: &FileStore, who: &str) {
    for n in 1..=UPDATES {
        match n % 5 {
            0 => drop(add(store, &format!("{who}-{n}")).unwrap()),
            _ => drop(touch(store, &format!("{who}-{n}"), n).unwrap()),
        }
    }
}

/// Marks a profile of its own as used, again and again. Every answer tells of all writers: what was
/// written once never goes back.
pub(crate) fn count_up(store: &FileStore, who: &str, times: i64) {
    let mut seen = Health::default();
    for n in 1..=times {
        let event = used(who, n);
        let (health, _) = block_on(HealthStore::commit(store, &AgentId::main(), &event)).unwrap();
        for (id, stats) in &seen.profiles {
            let (now, before) = (health.of(id).last_used, stats.last_used);
            assert!(now >= before, "{who}: an update of {id} was lost, {before:?} became {now:?}");
        }
        assert_eq!(health.of(&profile(who)).last_used, Some(Timestamp::from_millis(n)), "{who}");
        seen = health;
    }
}

/// How many updates of `who` the store holds.
pub(crate) fn kept(store: &FileStore, who: &str) -> i64 {
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

pub(crate) fn child(role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["as_a_child", "--exact", "--nocapture"]).env(ROLE, role).env(FOLDER, folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// The lines that a child printed with `done `, to the end.
pub(crate) fn done(child: &mut Child) -> Vec<String> {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    text.lines().filter_map(|line| Some(line.split_once("done ")?.1.to_owned())).collect()
}

pub(crate) fn no_leftovers(folder: &Path) {
    let names: Vec<String> = fs::read_dir(folder.join("agents/main/agent"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let ours = ["auth-profiles.json", ".auth-profiles.json.openclaw-lock", ".auth-profiles.json.openclaw-sidecar"];
    assert!(names.iter().all(|name| ours.contains(&name.as_str())), "{names:?}");
}
