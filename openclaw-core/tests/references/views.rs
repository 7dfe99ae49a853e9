//! Commands that only show: they run nothing.

use std::fs;

use futures_executor::block_on;
use openclaw_core::{
    CheckVerdict, CooldownPolicy, CredentialStore as _, Env, Health, Installation, Status, StatusInput, Timestamp,
};

use crate::support::{folder, private, runs, script};

#[test]
fn status_shows_references_and_resolves_none() {
    let home = folder();
    let state = home.path().join("state");
    let agent_dir = state.join("agents/main/agent");
    fs::create_dir_all(&agent_dir).unwrap();
    let count = home.path().join("runs");
    let body = format!("echo x >> '{}'; echo sk-ant-api03-from-the-vault", count.display());
    let program = script(home.path().join("vault"), &body);
    private(home.path().join("key"), "sk-ant-api03-at-home");
    private(
        state.join("openclaw.json"),
        format!(
            "{{secrets: {{providers: {{vault: {{source: 'exec', jsonOnly: false, command: '{}'}},
                home: {{source: 'file', mode: 'singleValue', path: '~/key'}}}}}},
              models: {{providers: {{proxy: {{baseUrl: 'https://p.example', api: 'anthropic-messages', models: [],
                apiKey: {{source: 'exec', provider: 'vault', id: 'proxy'}}}}}}}}}}",
            program.display()
        ),
    );
    private(
        agent_dir.join("auth-profiles.json"),
        r#"{"version": 1, "profiles": {
            "anthropic:vault": {"type": "api_key", "provider": "anthropic", "key": "sk-ant-api03-beside-the-reference",
                "keyRef": {"source": "exec", "provider": "vault", "id": "claude/key"}},
            "anthropic:home": {"type": "api_key", "provider": "anthropic",
                "key": {"source": "file", "provider": "home", "id": "value"}},
            "anthropic:unset": {"type": "api_key", "provider": "anthropic", "key": "$UNSET"},
            "anthropic:wrong": {"type": "api_key", "provider": "anthropic",
                "keyRef": {"source": "exec", "provider": "vault", "id": "../key"}},
            "anthropic:broken": {"type": "api_key", "provider": "anthropic", "key": "sk-ant-api03-CAN\nARY"},
            "anthropic:login": {"type": "oauth", "provider": "anthropic", "refresh": "r", "expires": 1,
                "access": {"source": "env", "provider": "default", "id": "HOME"}}
        }}"#,
    );
    let process = Env::empty()
        .with("HOME", home.path().to_str().unwrap())
        .with("OPENCLAW_STATE_DIR", state.to_str().unwrap())
        .with("ANTHROPIC_API_KEY", "sk-ant-api03-paid-paid-paid-paid");
    let installation = Installation::open(&process, home.path(), Vec::new()).unwrap();
    let agent = installation.agent(None).unwrap();
    let profiles = block_on(installation.store().load(&agent)).unwrap();
    let status = Status::new(
        &StatusInput {
            config_path: &installation.paths().config_path,
            agent_dir: &agent_dir,
            store_path: &installation.auth_store(&agent),
            config: installation.config(),
            env: installation.env(),
            agent: &agent,
            agent_named: false,
            models: &installation.models(&agent).unwrap(),
            profiles: &profiles,
            health: &Health::default(),
            ambient: &installation.ambient(),
            policy: &CooldownPolicy::default(),
            home: None,
        },
        Timestamp::from_secs(1_800_000_000),
    );
    let anthropic = status.auth.providers.iter().find(|one| one.provider == "anthropic").unwrap();
    for label in [
        "anthropic:vault=ref(exec:vault:claude/key)",
        "anthropic:home=ref(file:home:value)",
        "anthropic:unset=ref(env:UNSET)",
        "anthropic:wrong=ref(exec:vault:***)",
    ] {
        assert!(anthropic.profiles.labels.iter().any(|one| one == label), "{label}: {:?}", anthropic.profiles.labels);
    }
    let refused: Vec<_> =
        status.auth.eligibility["anthropic"].iter().map(|one| (one.profile_id.as_str(), one.reason.code())).collect();
    assert_eq!(
        refused,
        [
            ("anthropic:unset", "unresolved_ref"),
            ("anthropic:wrong", "unresolved_ref"),
            ("anthropic:login", "malformed"),
            ("anthropic:broken", "malformed")
        ]
    );
    let proxy = status.auth.providers.iter().find(|one| one.provider == "proxy").unwrap();
    assert_eq!(proxy.models_json.as_ref().unwrap().value, "ref(exec:vault:proxy)");
    assert_eq!(status.check(), CheckVerdict::Ok);
    assert_eq!(runs(&count), 0, "status runs nothing");

    let resolved = block_on(installation.resolve_references(&agent)).unwrap();
    let found: Vec<_> = resolved.iter().map(|one| (one.profile.as_str(), one.outcome.is_ok())).collect();
    assert_eq!(
        found,
        [
            ("anthropic:vault", true),
            ("anthropic:home", true),
            ("anthropic:unset", false),
            ("anthropic:wrong", false),
            ("config:models.providers.proxy.apiKey", true),
        ]
    );
    assert_eq!(runs(&count), 2);
}

#[test]
fn status_agrees_that_nothing_serves_in_place_of_a_reference() {
    let home = folder();
    let agent_dir = home.path().join("agents/main/agent");
    fs::create_dir_all(&agent_dir).unwrap();
    private(
        agent_dir.join("auth-profiles.json"),
        r#"{"version": 1, "profiles": {"anthropic:a": {"type": "token", "provider": "anthropic", "tokenRef":
            {"source": "env", "provider": "default", "id": "UNSET"}}}}"#,
    );
    let process = Env::empty()
        .with("OPENCLAW_STATE_DIR", home.path().to_str().unwrap())
        .with("ANTHROPIC_API_KEY", "sk-ant-api03-paid-paid-paid-paid");
    let installation = Installation::open(&process, home.path(), Vec::new()).unwrap();
    let agent = installation.agent(None).unwrap();
    let profiles = block_on(installation.store().load(&agent)).unwrap();
    let (models, ambient) = (installation.models(&agent).unwrap(), installation.ambient());
    let (store, health, policy) = (installation.auth_store(&agent), Health::default(), CooldownPolicy::default());
    let input = StatusInput {
        config_path: &installation.paths().config_path,
        agent_dir: &agent_dir,
        store_path: &store,
        config: installation.config(),
        env: installation.env(),
        agent: &agent,
        agent_named: false,
        models: &models,
        profiles: &profiles,
        health: &health,
        ambient: &ambient,
        policy: &policy,
        home: None,
    };
    let status = Status::new(&input, Timestamp::from_secs(1_800_000_000));
    assert_eq!(status.auth.active_profile["anthropic"], None);
    assert_eq!(status.check(), CheckVerdict::Broken);
    let mut session = installation.failover(&agent).unwrap().build().session();
    let error = block_on(session.next()).unwrap_err().to_string();
    assert!(error.contains("anthropic:a: unresolved_ref (env:UNSET is not set or empty)"), "{error}");
}
