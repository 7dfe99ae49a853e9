//! The file store between threads, processes and their deaths. Children are this test program itself.
#![cfg(all(feature = "fs", unix))]
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test makes files and processes, and panics when it fails"
)]

mod openclaw;
mod processes;
mod requests;
mod support;
mod surroundings;

use std::fs;

use futures_executor::block_on;
use openclaw_core::{
    AgentId, Credential, CredentialChange, CredentialStore, FileStore, HealthEvent, HealthStore, MemoryStore, Profile,
    ProviderId, StoredProfile,
};
use tempfile::TempDir;

use support::*;

/// What the children do; as a test of its own it does nothing.
#[test]
fn as_a_child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let folder = std::env::var(FOLDER).unwrap();
    let store = FileStore::new(&folder);
    match role.split_once(' ').unwrap_or((&role, "")) {
        ("update", who) => update(&store, who),
        ("up", rest) => {
            let (each, who) = rest.split_once(' ').unwrap();
            count_up(&store, who, each.parse().unwrap());
        }
        ("models", each) => {
            let me = std::process::id();
            for n in 0..each.parse::<i64>().unwrap() {
                limit(&store, "one", &format!("{me}-{n}")).unwrap();
            }
        }
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
        found += usize::from(fs::read_to_string(entry.path()).is_ok_and(|text| text.contains("CANARY")));
    }
    assert_eq!(found, 1);
}
