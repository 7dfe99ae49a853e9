//! Secrets that were found by reference appear nowhere: in no error, no `Debug`, no log.

use std::sync::Arc;

use futures_executor::block_on;
use openclaw_core::{
    AgentId, AuthProfiles, Credential, Env, Failover, Failure, FailureReason, MemoryStore, ModelRef, ModelSelection,
    Profile, ProfileId, ProviderId, Secret, SecretRef, Step, StoredProfile, ambient_credentials,
};

use crate::log::Log;
use crate::support::{config, folder, private, script};

#[test]
fn no_referenced_secret_appears_anywhere() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || block_on(flows(&log)));
    let all = log.all();
    for told in ["a referenced secret cannot be resolved", "there is another one by now", "attempt failed"] {
        assert!(all.contains(told), "{told}");
    }
    let leaks: Vec<&str> = all.lines().filter(|line| line.contains("CANARY") || line.contains("ANARY")).collect();
    assert_eq!(leaks, Vec::<&str>::new());
}

async fn flows(log: &Log) {
    let dir = folder();
    let json = private(dir.path().join("s.json"), "{\"good\": \"CANARY-of-a-file\", \"bad\": \"CAN\\nANARY\"}");
    let turn = dir.path().join("turn");
    let body = format!(
        "echo CANARY-complaint >&2; test \"$1\" = CANARY-argument || exit 9\n\
         grep -q fails && {{ echo CANARY; exit 1; }}\n\
         echo x >> '{0}'; echo CANARY-$(wc -l < '{0}' | tr -d ' ')",
        turn.display()
    );
    let program = script(dir.path().join("vault"), &body);
    let text = format!(
        "{{secrets: {{providers: {{file: {{source: 'file', path: '{}'}},
            vault: {{source: 'exec', jsonOnly: false, command: '{}', args: ['CANARY-argument'],
                     env: {{TOKEN: 'CANARY-env'}}, passEnv: ['GIVEN']}}}}}},
          models: {{providers: {{anthropic: {{baseUrl: 'https://a.example', models: [],
            apiKey: {{source: 'exec', provider: 'vault', id: 'ambient'}}}}}}}}}}",
        json.display(),
        program.display()
    );
    let env = Env::empty().with("GIVEN", "CANARY-given").with("BAD", "CAN\u{7}ANARY");
    let config = config(&text, &env);
    let secrets = openclaw_core::SecretResolver::new(config.settings().secrets.clone(), env.clone());
    log.add(&format!("{:?} {secrets:?} {:?}", config.settings(), config.settings().secrets));
    let mut profiles = AuthProfiles::default();
    for (name, reference) in [
        ("bad-file", SecretRef::new("file", "file", "/bad")),
        ("bad-env", SecretRef::env("BAD")),
        ("bad-exec", SecretRef::new("exec", "vault", "fails")),
        ("misplaced", SecretRef::new("file", "file", "CANARY")),
        ("file", SecretRef::new("file", "file", "/good")),
        ("exec", SecretRef::new("exec", "vault", "claude")),
    ] {
        let credential = Credential::ApiKey { key: Secret::Reference(reference) };
        let profile = Profile::new(ProviderId::anthropic(), credential);
        profiles.profiles.insert(ProfileId::named(&ProviderId::anthropic(), name), StoredProfile::Valid(profile));
    }
    log.add(&format!("{profiles:?} {:?}", ambient_credentials(&env, config.settings())));
    let failover = Failover::builder(ModelSelection::new(ModelRef::parse("claude-opus-4-5").unwrap()))
        .store(Arc::new(MemoryStore::with(AgentId::main(), profiles)))
        .secrets(Arc::new(secrets.clone()))
        .ambient(ambient_credentials(&env, config.settings()))
        .build();
    for _ in 0..2 {
        let mut session = failover.session();
        loop {
            match session.next().await {
                Ok(Some(attempt)) => {
                    log.add(&format!("{attempt:?}"));
                    // The server says back what it was sent.
                    let request = attempt.authorize(&http::Request::new(())).await.unwrap();
                    let key = request.headers()["x-api-key"].to_str().unwrap().to_owned();
                    assert!(key.starts_with("CANARY-"));
                    let refusal = Failure::new(FailureReason::Auth, &format!("bad key {key}"));
                    let step: Step<()> = attempt.report(Err(refusal)).await.unwrap();
                    log.add(&format!("{step:?}"));
                }
                Ok(None) => break,
                Err(error) => {
                    log.add(&format!("{error} {error:?}"));
                    break;
                }
            }
        }
    }
    log.add(&format!("{:?}", failover.session()));
    log.add(&format!("{:?}", failover.resolve_references().await.unwrap()));
    log.add(&format!("{failover:?} {secrets:?}"));
}
