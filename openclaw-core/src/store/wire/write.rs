//! From changes to edits of single fields, so that everything else keeps its bytes.

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Snapshot;
use crate::credential::{Credential, Expiry, Secret, SecretRef, SecretRefSource};
use crate::health::{Health, ModelStats, Trial, UsageStats, Window};
use crate::json5::{Edit, Path, quote};
use crate::profile::{AuthProfiles, Profile, StoredProfile};

/// What a missing file is taken for.
pub(in crate::store) const EMPTY_STORE: &str = "{\n  \"version\": 1,\n  \"profiles\": {}\n}\n";

/// A field of an object: its name and its text, or `None` where it must not stand.
type Field = (&'static str, Option<Zeroizing<String>>);

/// The edits that turn the snapshot's profiles and order into `after`.
pub(in crate::store) fn credential_edits(before: &Snapshot, after: &AuthProfiles) -> Vec<Edit> {
    let mut edits = Vec::new();
    let root = Path::keys(["profiles"]);
    for (id, stored) in &after.profiles {
        let StoredProfile::Valid(profile) = stored else { continue };
        let path = root.key(id.as_str());
        match before.profiles.get(id) {
            Some(old) if old.kind() == profile.kind() => {
                edits.extend(changed_fields(&path, &profile_fields(old), &profile_fields(profile)));
            }
            _ => edits.push(Edit::set(path, object(&profile_fields(profile)).as_str())),
        }
    }
    for id in before.profiles.profiles.keys().filter(|id| !after.profiles.contains_key(id.as_str())) {
        edits.push(Edit::unset(root.key(id.as_str())));
    }
    for (provider, order) in &after.order {
        if before.profiles.order.get(provider) != Some(order) {
            let ids: Vec<_> = order.iter().map(|id| format!("\n  {}", quote(id.as_str()).as_str())).collect();
            edits.push(Edit::set(
                Path::keys(["order", &key_of(before, "order", provider.as_str())]),
                format!("[{}\n]", ids.join(",")),
            ));
        }
    }
    for provider in before.profiles.order.keys().filter(|provider| !after.order.contains_key(*provider)) {
        edits.push(Edit::unset(Path::keys(["order", &key_of(before, "order", provider.as_str())])));
    }
    edits
}

/// The edits that turn the snapshot's health into `after`.
pub(in crate::store) fn health_edits(before: &Snapshot, after: &Health) -> Vec<Edit> {
    let mut edits = Vec::new();
    let root = Path::keys(["usageStats"]);
    for (id, stats) in &after.profiles {
        let path = root.key(id.as_str());
        match before.health.profiles.get(id) {
            Some(old) if old == stats => {}
            Some(old) => edits.extend(stats_edits(&path, old, stats)),
            None => edits.push(Edit::set(path, stats_object(stats).as_str())),
        }
    }
    for id in before.health.profiles.keys().filter(|id| !after.profiles.contains_key(id.as_str())) {
        edits.push(Edit::unset(root.key(id.as_str())));
    }
    for (provider, id) in &after.last_good {
        if before.health.last_good.get(provider) != Some(id) {
            let key = key_of(before, "lastGood", provider.as_str());
            edits.push(Edit::set(Path::keys(["lastGood", &key]), quote(id.as_str()).as_str()));
        }
    }
    for provider in before.health.last_good.keys().filter(|provider| !after.last_good.contains_key(*provider)) {
        edits.push(Edit::unset(Path::keys(["lastGood", &key_of(before, "lastGood", provider.as_str())])));
    }
    edits
}

/// The key as the file spells it (`Anthropic`), or the normalised one where it is new.
fn key_of(before: &Snapshot, section: &str, provider: &str) -> String {
    let members = before.document.root.get(section).map(crate::json5::Node::members).unwrap_or_default();
    let same = members.iter().rev().find(|member| crate::id::ProviderId::new(&member.key).as_str() == provider);
    same.map_or(provider, |member| &member.key).to_owned()
}

fn changed_fields(path: &Path, old: &[Field], new: &[Field]) -> Vec<Edit> {
    let before = |name: &str| old.iter().find(|(key, _)| *key == name).and_then(|(_, value)| value.as_ref());
    let mut edits = Vec::new();
    for (name, value) in new {
        match value {
            Some(value) if before(name) != Some(value) => edits.push(Edit::set(path.key(name), value.as_str())),
            None if before(name).is_some() => edits.push(Edit::unset(path.key(name))),
            _ => {}
        }
    }
    edits
}

fn number(value: impl Into<i64>) -> Zeroizing<String> {
    Zeroizing::new(value.into().to_string())
}

fn object(fields: &[Field]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::from("{"));
    for (name, value) in fields {
        let Some(value) = value else { continue };
        let first = text.len() == 1;
        text.push_str(if first { "\n  " } else { ",\n  " });
        text.push_str(&quote(name));
        text.push_str(": ");
        text.push_str(&value.replace('\n', "\n  "));
    }
    let empty = text.len() == 1;
    text.push_str(if empty { "}" } else { "\n}" });
    text
}

fn profile_fields(profile: &Profile) -> Vec<Field> {
    let mut fields: Vec<Field> =
        vec![("type", Some(quote(profile.kind().as_str()))), ("provider", Some(quote(profile.provider.as_str())))];
    let expires = |expires: &Expiry| expires.moment().map(|moment| number(moment.as_millis()));
    match &profile.credential {
        Credential::ApiKey { key } => {
            fields.push(("key", plain(key)));
            fields.push(("keyRef", reference(key)));
        }
        Credential::Token { token, expires: end } => {
            fields.push(("token", plain(token)));
            fields.push(("tokenRef", reference(token)));
            fields.push(("expires", expires(end)));
        }
        // A login is never changed by us; these fields compare equal.
        Credential::OAuth { access, expires: end, .. } => {
            fields.push(("access", plain(access)));
            fields.push(("expires", expires(end)));
        }
    }
    fields.push(("email", profile.email.as_deref().map(quote)));
    fields.push(("addedAt", profile.added.map(|added| number(added.as_millis()))));
    fields.push(("quotaGroup", profile.quota_group.as_deref().map(quote)));
    fields
}

fn plain(secret: &Secret) -> Option<Zeroizing<String>> {
    match secret {
        Secret::Plain(secret) => Some(quoted_secret(secret)),
        Secret::Reference(_) | Secret::Missing => None,
    }
}

#[expect(clippy::disallowed_methods, reason = "edge: the secret is written into its file here")]
fn quoted_secret(secret: &SecretString) -> Zeroizing<String> {
    quote(secret.expose_secret())
}

fn reference(secret: &Secret) -> Option<Zeroizing<String>> {
    let SecretRef { source, provider, id } = secret.reference()?;
    let source = match source {
        SecretRefSource::Env => "env",
        SecretRefSource::File => "file",
        SecretRefSource::Exec => "exec",
        SecretRefSource::Other(other) => other,
    };
    Some(object(&[("source", Some(quote(source))), ("provider", Some(quote(provider))), ("id", Some(quote(id)))]))
}

fn window_fields(window: Option<Window>, until: &'static str, reason: &'static str) -> [Field; 2] {
    [
        (until, window.map(|window| number(window.until.as_millis()))),
        (reason, window.and_then(|window| window.reason).map(|reason| quote(reason.as_str()))),
    ]
}

fn trial_field(trial: Option<&Trial>) -> Field {
    let text = trial.map(|Trial { owner, until }| {
        object(&[("owner", Some(quote(owner))), ("until", Some(number(until.as_millis())))])
    });
    ("trial", text)
}

fn own_fields(stats: &UsageStats) -> Vec<Field> {
    let counts: Vec<Field> = stats.counts.iter().map(|(reason, n)| (reason.as_str(), Some(number(*n)))).collect();
    let mut fields: Vec<Field> = vec![
        ("lastUsed", stats.last_used.map(|time| number(time.as_millis()))),
        ("errorCount", Some(number(stats.errors))),
    ];
    fields.extend(window_fields(stats.cooldown, "cooldownUntil", "cooldownReason"));
    fields.extend(window_fields(stats.disabled, "disabledUntil", "disabledReason"));
    fields.push(("failureCounts", (!counts.is_empty()).then(|| object(&counts))));
    fields.push(("lastFailureAt", stats.last_failure_at.map(|time| number(time.as_millis()))));
    fields.push(trial_field(stats.trial.as_ref()));
    fields
}

fn model_fields(stats: &ModelStats) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    if stats.errors > 0 {
        fields.push(("errorCount", Some(number(stats.errors))));
    } else {
        fields.push(("errorCount", None));
    }
    fields.extend(window_fields(stats.cooldown, "cooldownUntil", "cooldownReason"));
    fields.extend(window_fields(stats.demoted, "demotedUntil", "demotedReason"));
    fields.push(("lastFailureAt", stats.last_failure_at.map(|time| number(time.as_millis()))));
    fields.push(trial_field(stats.trial.as_ref()));
    fields
}

fn stats_object(stats: &UsageStats) -> Zeroizing<String> {
    let mut fields = own_fields(stats);
    if stats.errors == 0 {
        fields.retain(|(name, _)| *name != "errorCount");
    }
    let models: Vec<(&str, Zeroizing<String>)> =
        stats.models.iter().map(|(model, stats)| (model.as_str(), object(&model_fields(stats)))).collect();
    if !models.is_empty() {
        let entries: Vec<String> = models
            .iter()
            .map(|(model, stats)| format!("\n  {}: {}", quote(model).as_str(), stats.replace('\n', "\n  ")))
            .collect();
        fields.push(("models", Some(Zeroizing::new(format!("{{{}\n}}", entries.join(","))))));
    }
    object(&fields)
}

fn stats_edits(path: &Path, old: &UsageStats, new: &UsageStats) -> Vec<Edit> {
    let mut edits = changed_fields(path, &own_fields(old), &own_fields(new));
    let models = path.key("models");
    for (model, stats) in &new.models {
        let path = models.key(model);
        match old.models.get(model) {
            Some(old) => edits.extend(changed_fields(&path, &model_fields(old), &model_fields(stats))),
            None => edits.push(Edit::set(path, object(&model_fields(stats)).as_str())),
        }
    }
    if new.models.is_empty() && !old.models.is_empty() {
        edits.push(Edit::unset(models));
    } else {
        for model in old.models.keys().filter(|model| !new.models.contains_key(*model)) {
            edits.push(Edit::unset(models.key(model)));
        }
    }
    edits
}
