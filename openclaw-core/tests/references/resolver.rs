//! What is kept, asked once, and refused before anything is asked.

use std::sync::Arc;
use std::time::Duration;

use futures_executor::block_on;
use futures_util::future::join_all;
use openclaw_core::{Env, ManualClock, SecretRef, SecretResolver, SecretSource as _, Timestamp};

use crate::support::{answers, config, folder, is, private, refused, resolve, resolver, runs, script};

/// A vault that counts how often it is run, and its providers.
fn counted(dir: &std::path::Path, body: &str) -> String {
    let program = script(dir.join("vault"), &format!("echo x >> '{}'\n{body}", dir.join("runs").display()));
    format!("{{vault: {{source: 'exec', jsonOnly: false, command: '{}'}}}}", program.display())
}

#[test]
fn an_answer_counts_for_five_minutes_and_an_error_for_five_seconds() {
    let (dir, clock) = (folder(), ManualClock::at(Timestamp::from_secs(1_800_000_000)));
    let runs = || runs(&dir.path().join("runs"));
    let secret = dir.path().join("secret");
    let body = format!("cat '{}' 2>/dev/null || exit 1", secret.display());
    let vault = resolver(&counted(dir.path(), &body), Env::empty()).clock(Arc::new(clock.clone()));
    let reference = SecretRef::new("exec", "vault", "a");
    assert!(resolve(&vault, &reference).is_err() && resolve(&vault, &reference).is_err());
    assert_eq!(runs(), 1, "a helper that fails is not run at every request");
    private(&secret, "one");
    clock.advance(Duration::from_secs(5));
    assert_eq!(resolve(&vault, &reference).unwrap(), "one");
    private(&secret, "two");
    let other = vault.clone();
    clock.advance(Duration::from_secs(299));
    // The wall clock may say what it likes.
    clock.set(Timestamp::from_secs(1_900_000_000));
    assert_eq!((resolve(&other, &reference).unwrap().as_str(), runs()), ("one", 2), "clones share");
    clock.advance(Duration::from_secs(1));
    assert_eq!((resolve(&vault, &reference).unwrap().as_str(), runs()), ("two", 3));
    private(&secret, "three");
    vault.forget(&reference);
    assert_eq!((resolve(&vault, &reference).unwrap().as_str(), runs()), ("three", 4));
    private(&secret, "four");
    // What is refused is asked for anew, unless somebody has done so already.
    block_on(async {
        assert!(is(&vault.renew(&reference, &"an older one".into()).await.unwrap(), "three"));
        assert_eq!(runs(), 4);
        assert!(is(&vault.renew(&reference, &"three".into()).await.unwrap(), "four"));
        assert_eq!(runs(), 5);
    });
}

#[test]
fn who_asks_at_the_same_time_is_answered_by_one_run() {
    let dir = folder();
    let vault = resolver(&counted(dir.path(), "sleep 0.3; echo secret"), Env::empty());
    let reference = SecretRef::new("exec", "vault", "a");
    let found = block_on(join_all((0..8).map(|_| vault.resolve(&reference))));
    assert!(found.iter().all(|found| is(found.as_ref().unwrap(), "secret")));
    assert_eq!(runs(&dir.path().join("runs")), 1);
}

#[test]
fn who_is_refused_at_the_same_time_is_answered_by_one_run() {
    let dir = folder();
    let secret = private(dir.path().join("secret"), "old");
    let body = format!("sleep 0.5; cat '{}'", secret.display());
    let vault = resolver(&counted(dir.path(), &body), Env::empty());
    let reference = SecretRef::new("exec", "vault", "a");
    assert_eq!(resolve(&vault, &reference).unwrap(), "old");
    private(&secret, "new");
    std::thread::scope(|scope| {
        for n in 0..20 {
            let (vault, reference) = (&vault, &reference);
            scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(5 * n));
                assert!(is(&block_on(vault.renew(reference, &"old".into())).unwrap(), "new"));
            });
        }
    });
    assert_eq!(runs(&dir.path().join("runs")), 2);
}

#[test]
fn who_asks_from_other_threads_is_answered_too() {
    let dir = folder();
    let vault = resolver(&counted(dir.path(), "sleep 0.3; echo secret"), Env::empty());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(resolve(&vault, &SecretRef::new("exec", "vault", "a")).unwrap(), "secret"));
        }
    });
    assert_eq!(runs(&dir.path().join("runs")), 1);
}

#[test]
fn variables_are_looked_up_as_their_provider_allows() {
    let env = Env::empty().with("A", " a\n").with("B", "b").with("BAD", "CAN\nARY");
    let providers =
        "{some: {source: 'env', allowlist: ['A']}, none: {source: 'env', allowlist: []}, all: {source: 'env'}}";
    let secrets = resolver(providers, env);
    let found = |provider: &str, id: &str| resolve(&secrets, &SecretRef::new("env", provider, id));
    assert_eq!(found("default", "A").unwrap(), "a");
    assert_eq!(found("all", "B").unwrap(), "b");
    assert_eq!(found("some", "A").unwrap(), "a");
    refused(found("some", "B"), &["env:some:B", "secrets.providers.some.allowlist does not have it"]);
    refused(found("none", "A"), &["secrets.providers.none.allowlist does not have it"]);
    refused(found("default", "C"), &["env:C is not set or empty"]);
    assert!(!refused(found("all", "BAD"), &["env:all:BAD", "U+000A"]).contains("CAN"));
}

#[test]
fn a_reference_means_one_provider_or_none() {
    let dir = folder();
    let key = private(dir.path().join("key"), "secret");
    let env = Env::empty().with("A", "a");
    let text = format!(
        "{{secrets: {{defaults: {{env: 'team', file: 'main'}}, providers: {{
            main: {{source: 'file', mode: 'singleValue', path: '{0}'}}, team: {{source: 'file', path: '{0}'}}}}}}}}",
        key.display()
    );
    let config = config(&text, &env);
    let secrets = SecretResolver::new(config.settings().secrets.clone(), env);
    let found = |source: &str, provider: &str, id: &str| resolve(&secrets, &SecretRef::new(source, provider, id));
    assert_eq!(found("file", "main", "value").unwrap(), "secret");
    assert_eq!(found("env", "team", "A").unwrap(), "a", "the default name of variables needs no entry of its own");
    refused(found("env", "default", "A"), &["secrets.providers.default is not configured"]);
    refused(found("exec", "main", "a"), &["secrets.providers.main has source \"file\", not \"exec\""]);
    refused(found("file", "default", "value"), &["secrets.providers.default is not configured"]);
    refused(found("store", "default", "A"), &["a source that this program cannot ask"]);
    for (source, id) in [("env", "a"), ("file", "key"), ("exec", "../a")] {
        refused(found(source, "main", id), &["is not valid: the id must"]);
    }
    refused(found("env", "../x", "A"), &["is not valid: the provider must match"]);
}

#[test]
fn looking_at_a_reference_reads_and_runs_nothing() {
    let dir = folder();
    let vault = resolver(&counted(dir.path(), "echo secret"), Env::empty().with("A", "a"));
    assert_eq!(vault.check(&SecretRef::new("exec", "vault", "a")), Ok(()));
    assert_eq!(vault.check(&SecretRef::env("A")), Ok(()));
    for reference in [SecretRef::env("B"), SecretRef::new("exec", "other", "a"), SecretRef::new("exec", "vault", "..")]
    {
        assert!(vault.check(&reference).is_err(), "{reference}");
    }
    assert_eq!(runs(&dir.path().join("runs")), 0);
    assert!(format!("{vault:?}").contains("vault"));
}

#[test]
fn the_answer_of_the_protocol_is_by_id() {
    let dir = folder();
    let program = script(dir.path().join("vault"), &answers("other", "CANARY"));
    let vault = resolver(&format!("{{vault: {{source: 'exec', command: '{}'}}}}", program.display()), Env::empty());
    let told =
        refused(resolve(&vault, &SecretRef::new("exec", "vault", "a")), &["answered without a value for this id"]);
    assert!(!told.contains("CANARY"));
}
