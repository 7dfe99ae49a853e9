//! What references mean for requests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_executor::block_on;
use openclaw_core::{
    AgentId, AuthProfiles, Credential, Env, Error, ErrorKind, Failover, FailoverBuilder, Failure, FailureReason,
    ManualClock, MemoryStore, ModelRef, ModelSelection, NoJitter, Profile, ProfileId, ProviderId, Secret, SecretError,
    SecretRef, SecretSource, Step, StoredProfile, Timestamp, ambient_credentials,
};
use secrecy::SecretString;

use crate::support::{config, folder, private, resolver, runs, script};

const START: Timestamp = Timestamp::from_secs(1_800_000_000);

fn id(name: &str) -> ProfileId {
    ProfileId::new(&format!("anthropic:{name}")).unwrap()
}

fn vault(key: &str) -> Secret {
    Secret::Reference(SecretRef::new("exec", "vault", key))
}

fn plain(key: &str) -> Secret {
    Secret::Plain(key.into())
}

/// API keys in this order.
fn profiles(keys: Vec<(&str, Secret)>) -> AuthProfiles {
    let mut profiles = AuthProfiles::default();
    profiles.order.insert(ProviderId::anthropic(), keys.iter().map(|(name, _)| id(name)).collect());
    for (name, key) in keys {
        let profile = Profile::new(ProviderId::anthropic(), Credential::ApiKey { key });
        profiles.profiles.insert(id(name), StoredProfile::Valid(profile));
    }
    profiles
}

fn failover(profiles: AuthProfiles, change: impl FnOnce(FailoverBuilder) -> FailoverBuilder) -> Failover {
    let builder = Failover::builder(ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap()))
        .store(Arc::new(MemoryStore::with(AgentId::main(), profiles)))
        .place("memory")
        .clock(ManualClock::at(START))
        .jitter(NoJitter);
    change(builder).build()
}

/// Sends a request to a server that takes these keys and refuses all others: which keys it saw.
async fn send(failover: &Failover, good: &[&str]) -> (Vec<String>, Result<(), Error>) {
    send_to(failover, |key| {
        if good.contains(&key) { Ok(()) } else { Err(Failure::new(FailureReason::Auth, "invalid x-api-key")) }
    })
    .await
}

async fn send_to(
    failover: &Failover,
    answer: impl Fn(&str) -> Result<(), Failure>,
) -> (Vec<String>, Result<(), Error>) {
    let mut seen = Vec::new();
    let mut session = failover.session();
    loop {
        let attempt = match session.next().await {
            Ok(Some(attempt)) => attempt,
            Ok(None) => return (seen, Ok(())),
            Err(error) => return (seen, Err(error)),
        };
        let request = attempt.authorize(&http::Request::new(())).await.unwrap();
        let key = request.headers()["x-api-key"].to_str().unwrap().to_owned();
        let report = attempt.report(answer(&key)).await;
        seen.push(key);
        match report {
            Ok(Step::Done(()) | Step::Next) => {}
            Err(error) => return (seen, Err(error)),
        }
    }
}

async fn errors(failover: &Failover, name: &str) -> u32 {
    let health = failover.health().await;
    health.of(&id(name)).errors
}

/// A vault in memory that keeps its answers until they are forgotten, and counts its questions.
#[derive(Debug, Default)]
struct Vault {
    now: Mutex<Option<&'static str>>,
    kept: Mutex<Option<SecretString>>,
    asked: Mutex<usize>,
}

impl Vault {
    fn rotate(&self, key: Option<&'static str>) {
        *self.now.lock().unwrap() = key;
    }

    fn asked(&self) -> usize {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

#[async_trait]
impl SecretSource for Vault {
    async fn resolve(&self, reference: &SecretRef) -> Result<SecretString, SecretError> {
        let mut kept = self.kept.lock().unwrap();
        if let Some(kept) = &*kept {
            return Ok(kept.clone());
        }
        *self.asked.lock().unwrap() += 1;
        let now = *self.now.lock().unwrap();
        *kept = now.map(SecretString::from);
        kept.clone().ok_or_else(|| SecretError::NotFound(reference.clone()))
    }

    fn forget(&self, _: &SecretRef) {
        *self.kept.lock().unwrap() = None;
    }
}

fn with_vault(key: Option<&'static str>, profiles: AuthProfiles) -> (Arc<Vault>, Failover) {
    let vault = Arc::new(Vault::default());
    vault.rotate(key);
    let secrets = Arc::clone(&vault) as Arc<dyn SecretSource>;
    (vault, failover(profiles, |builder| builder.secrets(secrets)))
}

#[test]
fn a_vault_that_rotates_costs_one_call_and_no_window() {
    let dir = folder();
    let key = private(dir.path().join("key"), "sk-ant-api03-old");
    let count = dir.path().join("runs");
    let program =
        script(dir.path().join("vault"), &format!("echo x >> '{}'; cat '{}'", count.display(), key.display()));
    let providers = format!("{{vault: {{source: 'exec', jsonOnly: false, command: '{}'}}}}", program.display());
    let secrets = resolver(&providers, Env::empty());
    block_on(async {
        let stored = profiles(vec![("vault", vault("claude")), ("spare", plain("sk-ant-api03-spare"))]);
        let failover = failover(stored, |builder| builder.secrets(Arc::new(secrets)));
        assert_eq!(send(&failover, &["sk-ant-api03-old"]).await.0, ["sk-ant-api03-old"]);
        private(&key, "sk-ant-api03-new");
        let good = ["sk-ant-api03-new", "sk-ant-api03-spare"];
        let (seen, end) = send(&failover, &good).await;
        assert!(end.is_ok());
        assert_eq!(seen, ["sk-ant-api03-old", "sk-ant-api03-new"], "one call is wasted, and nobody else serves");
        assert_eq!((errors(&failover, "vault").await, runs(&count)), (0, 2));
        assert_eq!(send(&failover, &good).await.0, ["sk-ant-api03-new"], "the new one is kept");
        assert_eq!(runs(&count), 2);
    });
}

#[test]
fn a_refusal_is_booked_when_there_is_no_other_secret() {
    block_on(async {
        for after in [Some("sk-ant-api03-old"), None] {
            let stored = profiles(vec![("vault", vault("claude")), ("spare", plain("sk-ant-api03-spare"))]);
            let (vault, failover) = with_vault(Some("sk-ant-api03-old"), stored);
            send(&failover, &["sk-ant-api03-old"]).await.1.unwrap();
            assert_eq!(vault.asked(), 1);
            vault.rotate(after);
            let (seen, end) = send(&failover, &["sk-ant-api03-spare"]).await;
            assert!(end.is_ok());
            assert_eq!(seen, ["sk-ant-api03-old", "sk-ant-api03-spare"]);
            assert_eq!((errors(&failover, "vault").await, vault.asked()), (1, 1), "{after:?}");
        }
    });
}

#[test]
fn a_secret_is_asked_for_once_more_and_not_for_ever() {
    block_on(async {
        let (vault, failover) = with_vault(Some("sk-ant-api03-1"), profiles(vec![("vault", vault("claude"))]));
        send(&failover, &["sk-ant-api03-1"]).await.1.unwrap();
        vault.rotate(Some("sk-ant-api03-2"));
        let (seen, end) = send(&failover, &[]).await;
        assert_eq!(seen, ["sk-ant-api03-1", "sk-ant-api03-2"]);
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Failed(FailureReason::Auth));
        assert_eq!((errors(&failover, "vault").await, vault.asked()), (1, 2), "the first answer and one more");
    });
}

#[test]
fn other_failures_and_plain_secrets_ask_for_nothing() {
    block_on(async {
        let (vault, failover) = with_vault(Some("sk-ant-api03-1"), profiles(vec![("vault", vault("claude"))]));
        for reason in [FailureReason::RateLimit, FailureReason::Billing] {
            vault.forget(&SecretRef::env("X"));
            let (seen, _) = send_to(&failover, |_| Err(Failure::new(reason, "no"))).await;
            assert_eq!(vault.asked(), seen.len(), "{reason}");
        }
        let (vault, failover) = with_vault(Some("sk-ant-api03-2"), profiles(vec![("a", plain("sk-ant-api03-1"))]));
        assert_eq!(send(&failover, &["sk-ant-api03-2"]).await.0, ["sk-ant-api03-1"]);
        assert_eq!((errors(&failover, "a").await, vault.asked()), (1, 0));
    });
}

#[test]
fn a_disabled_key_may_have_been_replaced_too() {
    block_on(async {
        let (vault, failover) = with_vault(Some("sk-ant-api03-1"), profiles(vec![("vault", vault("claude"))]));
        send(&failover, &["sk-ant-api03-1"]).await.1.unwrap();
        vault.rotate(Some("sk-ant-api03-2"));
        let revoked = |key: &str| match key {
            "sk-ant-api03-2" => Ok(()),
            _ => Err(Failure::new(FailureReason::AuthPermanent, "revoked")),
        };
        let (seen, end) = send_to(&failover, revoked).await;
        assert!(end.is_ok());
        assert_eq!(seen, ["sk-ant-api03-1", "sk-ant-api03-2"]);
    });
}

#[test]
fn a_reference_that_leads_nowhere_lets_no_key_of_the_environment_serve() {
    block_on(async {
        let env = Env::empty().with("ANTHROPIC_API_KEY", "sk-ant-api03-paid");
        let ambient = || ambient_credentials(&env, config("{}", &env).settings());
        let alone = failover(profiles(vec![("vault", vault("claude"))]), |builder| builder.ambient(ambient()));
        let (seen, end) = send(&alone, &["sk-ant-api03-paid"]).await;
        assert_eq!(seen, Vec::<String>::new());
        let error = end.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(
            error.to_string(),
            "No available auth profile for anthropic (all in cooldown or unavailable). anthropic:vault: unresolved_ref \
             (exec:vault:claude refers to a source that this program cannot ask)"
        );
        // The next stored profile does serve.
        let stored = profiles(vec![("vault", vault("claude")), ("spare", plain("sk-ant-api03-spare"))]);
        let two = failover(stored, |builder| builder.ambient(ambient()));
        assert_eq!(send(&two, &["sk-ant-api03-spare"]).await.0, ["sk-ant-api03-spare"]);
        // And without stored profiles the environment's key does.
        let none = failover(AuthProfiles::default(), |builder| builder.ambient(ambient()));
        assert_eq!(send(&none, &["sk-ant-api03-paid"]).await.0, ["sk-ant-api03-paid"]);
    });
}

#[test]
fn a_stored_key_that_cannot_be_sent_is_malformed_and_not_refused_by_anybody() {
    block_on(async {
        let stored = profiles(vec![("bad", plain("sk-ant-api03-CAN\r\nARY")), ("good", plain(" sk-ant-api03-good\n"))]);
        let failover = failover(stored, |builder| builder);
        assert_eq!(send(&failover, &["sk-ant-api03-good"]).await.0, ["sk-ant-api03-good"]);
        assert_eq!(errors(&failover, "bad").await, 0);
        let error = send(&failover, &[]).await.1.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed(FailureReason::Auth));
        let error = send(&failover, &[]).await.1.unwrap_err().to_string();
        assert!(
            error.contains(
                "anthropic:bad: malformed (it holds a character that no header can carry (control character U+000D)"
            ),
            "{error}"
        );
        assert!(!error.contains("CAN"), "{error}");
    });
}

#[test]
fn the_key_of_a_provider_may_be_a_reference_of_any_kind() {
    let dir = folder();
    let key = private(dir.path().join("key"), "from-a-file");
    let program = script(dir.path().join("vault"), "echo from-a-program");
    let env = Env::empty().with("KEY", "from-a-variable");
    block_on(async {
        for (reference, expected) in [
            ("'$KEY'", "from-a-variable"),
            ("'${KEY}'", "from-a-variable"),
            ("{source: 'env', id: 'KEY'}", "from-a-variable"),
            ("{source: 'file', provider: 'main', id: 'value'}", "from-a-file"),
            ("{source: 'exec', id: 'any'}", "from-a-program"),
        ] {
            let text = format!(
                "{{secrets: {{defaults: {{exec: 'vault'}}, providers: {{
                    main: {{source: 'file', mode: 'singleValue', path: '{}'}},
                    vault: {{source: 'exec', jsonOnly: false, command: '{}'}}}}}},
                  models: {{providers: {{anthropic: {{baseUrl: 'https://a.example', models: [], apiKey: {reference}}}}}}}}}",
                key.display(),
                program.display()
            );
            let config = config(&text, &env);
            let settings = config.settings();
            let secrets = openclaw_core::SecretResolver::new(settings.secrets.clone(), env.clone());
            let failover = failover(AuthProfiles::default(), |builder| {
                builder.secrets(Arc::new(secrets)).ambient(ambient_credentials(&env, settings))
            });
            assert_eq!(send(&failover, &[expected]).await.0, [expected], "{reference}");
        }
    });
}

#[test]
fn a_variable_that_is_not_set_is_named_with_its_place() {
    block_on(async {
        for key in ["'${UNSET}'", "'$UNSET'", "{source: 'env', provider: 'default', id: 'UNSET'}"] {
            let text = format!(
                "{{models: {{providers: {{anthropic: {{baseUrl: 'https://a.example', models: [], apiKey: {key}}}}}}}}}"
            );
            let config = config(&text, &Env::empty());
            let ambient = ambient_credentials(&Env::empty(), config.settings());
            let failover = failover(AuthProfiles::default(), |builder| builder.ambient(ambient));
            let error = send(&failover, &[]).await.1.unwrap_err().to_string();
            assert!(
                error.ends_with(
                    "config:models.providers.anthropic.apiKey: unresolved_ref (env:UNSET is not set or empty)"
                ),
                "{error}"
            );
        }
    });
}

#[test]
fn references_are_resolved_when_a_command_asks_for_it() {
    block_on(async {
        let stored = profiles(vec![("a", vault("a")), ("b", plain("sk-ant-api03-b")), ("c", vault("c"))]);
        let (vault, failover) = with_vault(Some("sk-ant-oat01-token"), stored.clone());
        let resolved = failover.resolve_references().await.unwrap();
        let shown: Vec<_> = resolved
            .iter()
            .map(|one| (one.profile.as_str(), one.reference.to_string(), one.outcome.as_ref().unwrap().as_str()))
            .collect();
        let token = |name: &'static str| (name, format!("exec:vault:{}", &name[10..]), "token");
        assert_eq!(shown, [token("anthropic:a"), token("anthropic:c")]);
        assert_eq!(vault.asked(), 1);
        let (_, failover) = with_vault(None, stored);
        let resolved = failover.resolve_references().await.unwrap();
        assert!(resolved.iter().all(|one| one.outcome == Err(SecretError::NotFound(one.reference.clone()))));
    });
}

/// A vault that takes its time.
#[derive(Debug)]
struct Slow(ManualClock, Mutex<u32>);

#[async_trait]
impl SecretSource for Slow {
    async fn resolve(&self, _: &SecretRef) -> Result<SecretString, SecretError> {
        self.0.advance(Duration::from_secs(3));
        let mut asked = self.1.lock().unwrap();
        *asked += 1;
        Ok(format!("sk-ant-api03-{asked}").into())
    }
}

#[test]
fn nothing_is_tried_after_a_deadline_that_a_vault_has_used_up() {
    block_on(async {
        for (seconds, attempts) in [(2, 0), (5, 1), (7, 2)] {
            let clock = ManualClock::at(START);
            let vault_of = Arc::new(Slow(clock.clone(), Mutex::default()));
            let failover =
                failover(profiles(vec![("vault", vault("claude"))]), |builder| builder.clock(clock).secrets(vault_of));
            let mut session = failover.session().deadline(Duration::from_secs(seconds));
            let mut tried = 0;
            let error = loop {
                match session.next().await {
                    Ok(attempt) => {
                        tried += 1;
                        let refused = Failure::new(FailureReason::Auth, "invalid x-api-key");
                        attempt.unwrap().report::<()>(Err(refused)).await.unwrap();
                    }
                    Err(error) => break error,
                }
            };
            assert_eq!(tried, attempts, "{seconds} s");
            if let Error::Deadline(exhausted) = &error {
                let told: usize = exhausted.models.iter().map(|record| record.tried.len()).sum();
                assert_eq!(told, attempts, "the refusal is told");
            } else {
                assert_eq!(attempts, 2, "{error}");
            }
        }
    });
}
