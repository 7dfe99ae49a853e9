//! The stored credentials of one agent: which cannot serve, or soon will not.

use std::time::Duration;

use super::finding::{Finding, FindingCode, Severity};
use super::patient::Patient;
use crate::advice::Advice;
use crate::credential::{
    Credential, CredentialError, CredentialKind, Expiry, Secret, clean_api_key, clean_setup_token,
};
use crate::failover::ambient_credentials;
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::profile::{AuthProfiles, Profile, StoredProfile};
use crate::secret_source::SecretSource as _;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn check(patient: &Patient, agent: &AgentId, profiles: &AuthProfiles) -> Vec<Finding> {
    if profiles.profiles.is_empty() {
        return none(patient, agent).into_iter().collect();
    }
    let path = patient.store.path(agent);
    let findings = profiles.profiles.iter().flat_map(|(id, stored)| match stored {
        StoredProfile::Malformed { problem, .. } => {
            let text = format!("{id} cannot be used: {problem}");
            vec![Finding::new(FindingCode::MalformedProfile, Severity::Warning, text).about(id)]
        }
        StoredProfile::Valid(profile) => of(patient, agent, id, profile, profiles),
    });
    findings.map(|finding| finding.at(&path).of(agent)).collect()
}

fn of(patient: &Patient, agent: &AgentId, id: &ProfileId, profile: &Profile, all: &AuthProfiles) -> Vec<Finding> {
    let named = patient.named(agent);
    let replace = |kind| Advice::replace(profile.provider.as_str(), id.as_str(), kind, named, all);
    let finding = |code, text: String| Finding::new(code, Severity::Warning, text).about(id);
    let mut findings = Vec::new();
    if id.as_str() == super::configuration::RETIRED_PROFILE {
        let text = format!("OpenClaw has given the profile {id} up (2026.8.1)");
        findings.push(Finding::new(FindingCode::RetiredName, Severity::Note, text).about(id));
    }
    match profile.credential.secret() {
        Secret::Reference(reference) => {
            if let Some(Err(error)) = patient.secrets.as_ref().map(|secrets| secrets.check(reference)) {
                let text = format!("{id} refers to what cannot be had: {error}");
                findings.push(finding(FindingCode::UnresolvedRef, text));
            }
        }
        // A login whose access token is gone has ended, and is told as that.
        secret if secret.is_missing() && profile.kind() != CredentialKind::OAuth => {
            let text = format!("{id} has no secret");
            findings.push(finding(FindingCode::MissingCredential, text).advised(replace(profile.kind())));
        }
        Secret::Plain(_) | Secret::Missing => findings.extend(wrong(id, profile, replace)),
    }
    findings
        .extend(ending(patient, id, profile).map(|(code, text)| finding(code, text).advised(replace(profile.kind()))));
    findings
}

/// A secret that is not what its profile says, or not all of it.
fn wrong(id: &ProfileId, profile: &Profile, replace: impl Fn(CredentialKind) -> Advice) -> Option<Finding> {
    let secret = profile.credential.secret().plain()?;
    if profile.provider != ProviderId::anthropic() {
        return None;
    }
    let problem = match &profile.credential {
        Credential::ApiKey { .. } => clean_api_key(secret).err()?,
        Credential::Token { .. } => clean_setup_token(secret).err()?,
        Credential::OAuth { .. } => return None,
    };
    let (what, kind) = match problem {
        CredentialError::IsSetupToken => ("is stored as an API key and is a setup-token", CredentialKind::Token),
        CredentialError::IsApiKey => ("is stored as a token and is an API key", CredentialKind::ApiKey),
        CredentialError::IsRefreshToken => ("is a refresh token, which cannot serve", profile.kind()),
        CredentialError::TooShort => ("is too short for a setup-token: a part of it is missing", profile.kind()),
        CredentialError::Fragment | CredentialError::Character { .. } => {
            ("holds characters that no credential has", profile.kind())
        }
        // Tokens of other servers under this provider have no shape that is known.
        _ => return None,
    };
    let mut advice = replace(kind);
    if kind != profile.kind() {
        advice.text = "store it once more, as what it is".to_owned();
        advice.command = advice.command.map(|command| format!("{command} --replace"));
    }
    let finding = Finding::new(FindingCode::WrongKind, Severity::Warning, format!("{id} {what}"));
    Some(finding.about(id).advised(advice))
}

/// What is to be said of a credential's end.
fn ending(patient: &Patient, id: &ProfileId, profile: &Profile) -> Option<(FindingCode, String)> {
    let now = patient.now;
    // Logins of other providers are renewed by OpenClaw whenever it uses them.
    if profile.kind() == CredentialKind::OAuth && profile.provider != ProviderId::anthropic() {
        return None;
    }
    match (&profile.credential, profile.credential.expires()) {
        (Credential::OAuth { access, refreshable: true, .. }, _) if access.is_missing() => {
            Some((FindingCode::Expired, format!("{id} has no access token any more")))
        }
        (_, Expiry::Invalid) => {
            Some((FindingCode::InvalidExpires, format!("the end that is stored for {id} is no moment")))
        }
        (Credential::OAuth { .. }, Expiry::At(end)) if now >= end => {
            Some((FindingCode::Expired, format!("{id} ended on {end} (\"OAuth token refresh failed\" elsewhere)")))
        }
        // An access token always ends within hours; OpenClaw renews it.
        (Credential::OAuth { .. }, _) => None,
        (_, Expiry::At(end)) if now >= end => Some((FindingCode::Expired, format!("{id} ended on {end}"))),
        (_, Expiry::At(end)) if end.since(now) <= DAY => Some((FindingCode::Expiring, format!("{id} ends on {end}"))),
        (Credential::Token { .. }, Expiry::Never) => {
            let text = format!("{id} is {}", profile.old_token(now)?);
            Some((FindingCode::Expiring, text))
        }
        _ => None,
    }
}

/// An agent that can ask nobody.
pub(super) fn none(patient: &Patient, agent: &AgentId) -> Option<Finding> {
    let config = patient.config.as_ref().ok()?;
    let models = crate::model::ModelSelection::from_settings(config.settings(), agent).ok()?;
    let provider = models.primary().provider();
    let ambient = ambient_credentials(&patient.env, config.settings());
    if ambient.iter().any(|ambient| ambient.provider == *provider) {
        return None;
    }
    let text = format!("agent {agent} has no credential for {provider}, whose model it uses");
    let advice = Advice::store(provider.as_str(), patient.named(agent));
    Some(Finding::new(FindingCode::NoCredentials, Severity::Note, text).of(agent).advised(advice))
}
