//! The configuration: whether it can be used, whom it names in vain, and which secrets stand in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::finding::{Finding, FindingCode, Severity};
use super::patient::Patient;
use crate::advice::{Advice, word};
use crate::config::{AuthMode, Config, ConfigError, ConfigValue, Origin, names_a_credential, shown_path};
use crate::disk;
use crate::failover::{AmbientCredential, ambient_credentials};
use crate::id::{ProfileId, ProviderId};
use crate::json5::{self, Limits, LineIndex, Node, Path, Position};
use crate::secret_source::SecretSource as _;

/// How many places are listed; the rest is counted.
const LISTED: usize = 10;
/// Larger than any file of a configuration may be.
const LIMIT: usize = 2 * 1024 * 1024;
/// A profile that stood for the `claude` command of the same machine, until OpenClaw 2026.8.1.
pub(super) const RETIRED_PROFILE: &str = "anthropic:claude-cli";

pub(super) fn check(patient: &Patient) -> Vec<Finding> {
    let config = match &patient.config {
        Ok(config) => config,
        Err(error) => return invalid(error),
    };
    let warnings = config.warnings().iter().map(|warning| {
        let text = warning.to_string();
        placed(
            Finding::new(FindingCode::ConfigWarning, Severity::Note, without(&warning.origin, &text)),
            &warning.origin,
        )
    });
    let mut findings: Vec<Finding> = warnings.collect();
    let shell = Path::keys(["env", "shellEnv", "enabled"]);
    if let Some(value) = config.get(&shell).filter(|value| value.as_bool() == Some(true)) {
        let text = "env.shellEnv: this program asks no login shell for variables; set them in the process or in .env";
        findings.push(placed(Finding::new(FindingCode::NotActedOn, Severity::Note, text), value.origin()));
    }
    findings.extend(missing_profiles(patient, config));
    findings.extend(unresolved_keys(patient, config));
    findings.extend(in_clear(config));
    findings
}

fn invalid(error: &ConfigError) -> Vec<Finding> {
    let finding = |origin: Option<&Origin>, text: &str| match origin {
        Some(origin) => {
            placed(Finding::new(FindingCode::ConfigInvalid, Severity::Error, without(origin, text)), origin)
        }
        None => Finding::new(FindingCode::ConfigInvalid, Severity::Error, text),
    };
    let mut findings: Vec<Finding> = match error.problems() {
        [] => {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
            vec![finding(error.origin(), &format!("{error}{cause}"))]
        }
        problems => problems.iter().map(|problem| finding(Some(&problem.origin), &problem.to_string())).collect(),
    };
    if let Some(last) = findings.last_mut() {
        let text = "correct the file by hand, then check it; it is never repaired by guessing";
        last.advice = Some(Advice::new(text, "openclaw config validate"));
    }
    findings
}

/// The text without the place, which the finding has apart.
fn without(origin: &Origin, text: &str) -> String {
    text.strip_prefix(&format!("{origin}: ")).unwrap_or(text).to_owned()
}

fn placed(finding: Finding, origin: &Origin) -> Finding {
    let position = origin.position();
    let (line, column) = (position.map(|at| at.line), position.map(|at| at.column));
    Finding { path: origin.source().file().map(std::path::Path::to_path_buf), line, column, ..finding }
}

/// `auth.order` and `auth.profiles` that name what no agent has.
fn missing_profiles(patient: &Patient, config: &Config) -> Vec<Finding> {
    let mut stored: BTreeSet<ProfileId> = BTreeSet::new();
    for agent in patient.stores.keys() {
        // What is in a store that cannot be read, nobody knows.
        let Some(profiles) = patient.profiles(agent) else { return Vec::new() };
        stored.extend(profiles.profiles.into_keys());
    }
    let missing = |id: &str| !stored.contains(id);
    let mut findings = Vec::new();
    let order = Path::keys(["auth", "order"]);
    for (provider, list) in config.get(&order).iter().flat_map(ConfigValue::members) {
        let path = order.key(provider);
        let ids: Vec<(usize, ConfigValue<'_>, &str)> =
            list.elements().enumerate().filter_map(|(at, value)| Some((at, value, value.as_str()?))).collect();
        if !ids.is_empty() && ids.iter().all(|(_, _, id)| missing(id)) {
            let text = format!("{}: no agent has any of these profiles, so nobody serves", shown_path(&path));
            let advice = "take the list away, so that every stored profile serves";
            findings.push(orphan(Severity::Error, &text, &path, list.origin(), advice));
            continue;
        }
        // From the back: each command leaves the indexes of those that follow it.
        for (at, value, id) in ids.into_iter().rev().filter(|(_, _, id)| missing(id)) {
            let path = path.index(at);
            let text = format!("{}: no agent has the profile {id}", shown_path(&path));
            findings.push(orphan(Severity::Warning, &text, &path, value.origin(), "take it out of the list"));
        }
    }
    let profiles = Path::keys(["auth", "profiles"]);
    for (id, entry) in config.get(&profiles).iter().flat_map(ConfigValue::members) {
        let path = profiles.key(id);
        let mode = config.settings().auth.profiles.get(id).map(|entry| entry.mode);
        if id == RETIRED_PROFILE {
            let text = format!("{}: OpenClaw has given this profile up (2026.8.1)", shown_path(&path));
            let finding = orphan(Severity::Note, &text, &path, entry.origin(), "take it away");
            findings.push(Finding { code: FindingCode::RetiredName, ..finding });
        } else if missing(id) && mode != Some(AuthMode::AwsSdk) {
            let text = format!("{}: no agent has this profile", shown_path(&path));
            findings.push(orphan(
                Severity::Warning,
                &text,
                &path,
                entry.origin(),
                "store the credential, or take it away",
            ));
        }
    }
    findings
}

/// `apiKey` of providers that refers to what cannot be had: a request is refused then, and falls back to
/// no other secret.
fn unresolved_keys(patient: &Patient, config: &Config) -> Vec<Finding> {
    let Some(secrets) = &patient.secrets else { return Vec::new() };
    let ambient = ambient_credentials(&patient.env, config.settings());
    let providers = Path::keys(["models", "providers"]);
    let finding = |ambient: &AmbientCredential| {
        let error = secrets.check(ambient.secret.reference()?).err()?;
        let own = |key: &&str| ProviderId::new(key) == ambient.provider;
        let key = config.get(&providers)?.members().map(|(key, _)| key).find(own)?;
        let path = providers.key(key).key("apiKey");
        let text = format!("{} refers to what cannot be had: {error}", shown_path(&path));
        let advice = "set it or correct the reference; who serves meanwhile, and why, is shown by";
        let finding = placed(
            Finding::new(FindingCode::UnresolvedRef, Severity::Warning, text),
            config.origin(&path).as_ref().unwrap_or(config.get(&providers)?.origin()),
        );
        Some(finding.advised(Advice::new(advice, "openclaw models auth explain")))
    };
    ambient.iter().filter_map(finding).collect()
}

fn orphan(severity: Severity, text: &str, path: &Path, origin: &Origin, advice: &str) -> Finding {
    let finding = placed(Finding::new(FindingCode::OrphanedConfig, severity, text), origin);
    // A command with a hidden part would not work, and nobody can edit what stands in no file.
    let whole = shown_path(path) == path.to_string() && origin.source().file().is_some();
    let command = whole.then(|| format!("openclaw config unset {}", word(&path.to_string())));
    finding.advised(Advice { text: advice.to_owned(), command })
}

/// Secrets where `${VAR}` or a reference could stand. `env` takes neither.
fn in_clear(config: &Config) -> Option<Finding> {
    let mut places = clear_secrets(config);
    places.retain(|(path, _)| !is_env(path) && !is_setting_of_secrets(path));
    let (_, first) = places.first()?;
    let listed: Vec<String> =
        places.iter().take(LISTED).map(|(path, origin)| format!("{} ({origin})", shown_path(path))).collect();
    let more = places.len().saturating_sub(LISTED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let text = format!("{} secret(s) stand in the configuration itself: {}{more}", places.len(), listed.join(", "));
    let advice =
        "write ${VARIABLE} there, and put the secret into .env beside the configuration or into the environment";
    let finding = placed(Finding::new(FindingCode::SecretsInConfig, Severity::Note, text), first);
    Some(finding.advised(Advice { text: advice.to_owned(), command: None }))
}

fn is_env(path: &Path) -> bool {
    matches!(path.segments().first(), Some(json5::Segment::Key(key)) if key == "env")
}

/// Whether a value under `secrets` only says where secrets are and how they are asked for: all but the
/// variables of a program that are named like a credential.
fn is_setting_of_secrets(path: &Path) -> bool {
    let keys = path.segments().iter().filter_map(|segment| match segment {
        json5::Segment::Key(key) => Some(key.as_str()),
        json5::Segment::Index(_) => None,
    });
    let keys: Vec<&str> = keys.collect();
    match keys.as_slice() {
        ["secrets", "providers", _, "env", variable] => !names_a_credential(variable),
        ["secrets", ..] => true,
        _ => false,
    }
}

/// The files that secrets stand in, included ones too.
pub(super) fn files_with_secrets(patient: &Patient) -> BTreeSet<PathBuf> {
    let secrets = patient.config.as_ref().map(clear_secrets).unwrap_or_default();
    secrets.iter().filter_map(|(_, origin)| Some(origin.source().file()?.to_path_buf())).collect()
}

/// Where secrets are written out in files, in the order of the configuration.
fn clear_secrets(config: &Config) -> Vec<(Path, Origin)> {
    let mut found = Vec::new();
    visit(config.root(), &Path::root(), &mut found);
    let mut files: BTreeMap<PathBuf, BTreeSet<Position>> = BTreeMap::new();
    found.retain(|(_, origin)| {
        let (Some(file), Some(position)) = (origin.source().file(), origin.position()) else { return false };
        !files.entry(file.to_path_buf()).or_insert_with(|| references(file)).contains(&position)
    });
    found
}

fn visit(value: ConfigValue<'_>, path: &Path, found: &mut Vec<(Path, Origin)>) {
    if value.as_secret().is_some_and(|secret| !crate::secret::is_blank(secret)) {
        found.push((path.clone(), value.origin().clone()));
    }
    for (key, member) in value.members() {
        visit(member, &path.key(key), found);
    }
    for (at, element) in value.elements().enumerate() {
        visit(element, &path.index(at), found);
    }
}

/// Where strings with a `${VAR}` stand in a file: what such a string became is no secret of the file.
fn references(file: &std::path::Path) -> BTreeSet<Position> {
    let mut found = BTreeSet::new();
    if let Ok(text) = disk::read(file, LIMIT)
        && let Ok(document) = json5::scan(&text, &Limits::default())
    {
        let lines = LineIndex::new(&text);
        collect(&document.root, &text, &lines, &mut found);
    }
    found
}

fn collect(node: &Node, text: &str, lines: &LineIndex, found: &mut BTreeSet<Position>) {
    if node.text(text).contains("${") {
        if matches!(node.kind, json5::Kind::String) {
            found.insert(lines.position(text, node.span.start));
        }
        node.elements().iter().for_each(|element| collect(element, text, lines, found));
        node.members().iter().for_each(|member| collect(&member.value, text, lines, found));
    }
}
