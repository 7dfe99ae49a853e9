//! What a doctor says of credentials as time goes by, and what its findings are for a program.

#![cfg(all(unix, feature = "fs"))]
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, clippy::disallowed_methods)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use openclaw_core::{Doctor, Env, Finding, FindingCode, Fix, Report, Severity, Timestamp};
use serde_json::json;
use tempfile::TempDir;

const DAY: u64 = 24 * 60 * 60;
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn token() -> String {
    format!("sk-ant-oat01-{}", "CANARY-".repeat(12))
}

/// A folder with one profile, closed to others.
fn folder(entry: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let agent = folder.path().join("agents/main/agent");
    fs::create_dir_all(&agent).unwrap();
    let text = format!(r#"{{"version": 1, "profiles": {{"anthropic:x": {entry}}}}}"#);
    fs::write(agent.join("auth-profiles.json"), text).unwrap();
    for name in ["agents/main/agent", "agents/main", "agents", "."] {
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::set_permissions(agent.join("auth-profiles.json"), fs::Permissions::from_mode(0o600)).unwrap();
    folder
}

fn doctor(folder: &TempDir) -> Doctor {
    let env = Env::empty().with("OPENCLAW_STATE_DIR", folder.path().to_str().unwrap());
    Doctor::new(&env, "/".as_ref(), Vec::new())
}

fn examine(entry: &str) -> Vec<Finding> {
    let report = doctor(&folder(entry)).examine(NOW).unwrap();
    assert!(!format!("{report:?}").contains("CANARY-CANARY"), "{report:?}");
    report.findings
}

#[test]
fn a_setup_token_is_worth_a_word_from_day_335() {
    let added = |age: u64| {
        let added = NOW.before(Duration::from_secs(age)).as_millis();
        examine(&format!(r#"{{"type": "token", "provider": "anthropic", "token": "{}", "addedAt": {added}}}"#, token()))
    };
    assert_eq!(added(335 * DAY - 1), []);
    for (age, words) in
        [(335 * DAY, "335 days old"), (365 * DAY - 1, "will soon end"), (365 * DAY, "has probably ended")]
    {
        let [finding] = added(age).try_into().unwrap();
        assert_eq!((finding.code, finding.severity), (FindingCode::Expiring, Severity::Warning));
        assert!(finding.message.contains(words), "{}", finding.message);
        let command = finding.advice.unwrap().command.unwrap();
        assert_eq!(command, "openclaw models auth paste-token --provider anthropic --profile-id anthropic:x");
    }
}

#[test]
fn ends_are_told_a_day_before() {
    let ends = |left: i64| {
        let end = NOW.as_millis() + left * 1000;
        let entry = format!(
            r#"{{"type": "token", "provider": "anthropic", "token": "{}", "expires": {end}, "addedAt": 1}}"#,
            token()
        );
        examine(&entry).into_iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(ends(86_401), []);
    assert_eq!(ends(86_400), [FindingCode::Expiring]);
    assert_eq!(ends(1), [FindingCode::Expiring]);
    assert_eq!(ends(0), [FindingCode::Expired]);
}

#[test]
fn a_finding_is_data() {
    let folder = folder(&format!(r#"{{"type": "token", "provider": "anthropic", "token": "{}"}}"#, token()));
    let store = folder.path().join("agents/main/agent/auth-profiles.json");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o604)).unwrap();
    let doctor = doctor(&folder);
    let report: Report = doctor.examine(NOW).unwrap();
    assert_eq!(report.findings[0].fix, Some(Fix::Close { path: store.clone() }));
    assert_eq!(
        serde_json::to_value(&report).unwrap(),
        json!({
            "stateDir": folder.path(),
            "configPath": folder.path().join("openclaw.json"),
            "agents": ["main"],
            "repairs": [],
            "findings": [{
                "code": "open_to_others",
                "severity": "warning",
                "path": store,
                "message": "others may read it (mode 0604), and it may hold credentials",
                "fix": {"action": "close", "path": store},
            }],
        })
    );
    assert!(!report.ok());
    let report = doctor.fix(NOW).unwrap();
    assert!(report.ok() && report.findings.is_empty());
    let message = format!("closed {} to others", store.display());
    assert_eq!(
        serde_json::to_value(&report.repairs).unwrap(),
        json!([{"code": "open_to_others", "done": true, "message": message}])
    );
}

#[test]
fn an_unknown_agent_is_an_error() {
    let folder = folder("{}");
    for name in ["nobody", "..", "../main", "", "main\0"] {
        assert!(doctor(&folder).agent(name).examine(NOW).is_err(), "{name:?}");
    }
    assert_eq!(doctor(&folder).agent("MAIN").examine(NOW).unwrap().agents[0].as_str(), "main");
}
