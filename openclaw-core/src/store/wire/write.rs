//! From changes to edits of single fields, so that everything else keeps its bytes.

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Snapshot;
use crate::credential::{Credential, Expiry, Secret, SecretRef, SecretRefSource};
use crate::health::{FailureReason, Health, ModelStats, Trial, UsageStats, Window};
use crate::id::{ProfileId, ProviderId};
use crate::json5::{Edit, Kind, Node, Path, quote};
use crate::profile::{AuthProfiles, ChangeError, Consequence, CredentialChange, Profile, StoredProfile};

/// What a missing file is taken for.
pub(in crate::store) const EMPTY_STORE: &str = "{\n  \"version\": 1,\n  \"profiles\": {}\n}\n";

/// A field of an object: its name and its text, or `None` where it must not stand.
type Field<'n> = (&'n str, Option<Zeroizing<String>>);

/// The edits that turn the snapshot's profiles and order into `after`.
pub(in crate::store) fn credential_edits(before: &Snapshot, after: &AuthProfiles) -> Vec<Edit> {
    let mut edits = Vec::new();
    edits.extend(make_section(before, "profiles", !after.profiles.is_empty()));
    edits.extend(make_section(before, "order", !after.order.is_empty()));
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
        edits.extend(unset_all(before, "order", provider));
    }
    edits
}

/// The edits that turn the snapshot's health into `after`.
pub(in crate::store) fn health_edits(before: &Snapshot, after: &Health) -> Vec<Edit> {
    let mut edits = Vec::new();
    edits.extend(make_section(before, "usageStats", !after.profiles.is_empty()));
    edits.extend(make_section(before, "lastGood", !after.last_good.is_empty()));
    let root = Path::keys(["usageStats"]);
    let nodes = before.document.root.get("usageStats");
    for (id, stats) in &after.profiles {
        let path = root.key(id.as_str());
        let node = nodes.and_then(|nodes| nodes.get(id.as_str())).filter(|node| is_object(node));
        match (before.health.profiles.get(id), node) {
            (Some(old), _) if old == stats => {}
            (Some(old), Some(node)) => edits.extend(stats_edits(&path, node, old, stats)),
            _ => edits.push(Edit::set(path, stats_object(stats).as_str())),
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
        edits.extend(unset_all(before, "lastGood", provider));
    }
    edits
}

/// The edits that a change to the credentials makes, and the profiles after it.
pub(in crate::store) fn change_edits(
    before: &Snapshot,
    change: &CredentialChange,
) -> Result<(AuthProfiles, Vec<Edit>), ChangeError> {
    let mut profiles = before.profiles.clone();
    let consequence = change.apply(&mut profiles)?;
    let mut edits = credential_edits(before, &profiles);
    let mut health = before.health.clone();
    change.refresh_health(consequence, &mut health);
    edits.extend(health_edits(before, &health));
    if consequence == Consequence::Removed {
        edits.extend(change.profile().and_then(|id| whole_entry(&health, id)));
    }
    Ok((profiles, edits))
}

/// The entry as this version alone would write it: what others have put there goes.
fn whole_entry(after: &Health, id: &ProfileId) -> Option<Edit> {
    let stats = after.profiles.get(id.as_str())?;
    Some(Edit::set(Path::keys(["usageStats", id.as_str()]), stats_object(stats).as_str()))
}

/// A section that is `null` becomes an object before something is put into it.
fn make_section(before: &Snapshot, key: &str, needed: bool) -> Option<Edit> {
    let null = before.document.root.get(key).is_some_and(|node| matches!(node.kind, Kind::Null));
    (needed && null).then(|| Edit::set(Path::keys([key]), "{}"))
}

fn is_object(node: &Node) -> bool {
    matches!(node.kind, Kind::Object(_))
}

/// Takes a provider's entry away in every spelling: another one would count once the last is gone.
fn unset_all(before: &Snapshot, section: &str, provider: &ProviderId) -> Vec<Edit> {
    let members = before.document.root.get(section).map(Node::members).unwrap_or_default();
    let same = members.iter().filter(|member| ProviderId::new(&member.key) == *provider);
    same.map(|member| Edit::unset(Path::keys([section, member.key.as_str()]))).collect()
}

/// The key as the file spells it (`Anthropic`), or the normalised one where it is new.
fn key_of(before: &Snapshot, section: &str, provider: &str) -> String {
    let members = before.document.root.get(section).map(Node::members).unwrap_or_default();
    let same = members.iter().rev().find(|member| ProviderId::new(&member.key).as_str() == provider);
    same.map_or(provider, |member| &member.key).to_owned()
}

fn changed_fields(path: &Path, old: &[Field<'_>], new: &[Field<'_>]) -> Vec<Edit> {
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

fn object(fields: &[Field<'_>]) -> Zeroizing<String> {
    const AROUND: usize = ",\n  \"\": ".len();
    let fields: Vec<_> = fields.iter().filter_map(|(name, value)| Some((quote(name), value.as_ref()?))).collect();
    // Enough from the start: a buffer that grows would leave a copy of a secret behind.
    let size = |(name, value): &(Zeroizing<String>, &Zeroizing<String>)| {
        AROUND + name.len() + value.len() + 2 * value.matches('\n').count()
    };
    let mut text = Zeroizing::new(String::with_capacity("{\n}".len() + fields.iter().map(size).sum::<usize>()));
    text.push('{');
    for (n, (name, value)) in fields.iter().enumerate() {
        text.push_str(if n == 0 { "\n  " } else { ",\n  " });
        text.push_str(name);
        text.push_str(": ");
        for (n, line) in value.split('\n').enumerate() {
            text.push_str(if n == 0 { "" } else { "\n  " });
            text.push_str(line);
        }
    }
    let empty = text.len() == 1;
    text.push_str(if empty { "}" } else { "\n}" });
    text
}

fn profile_fields(profile: &Profile) -> Vec<Field<'static>> {
    let mut fields: Vec<Field<'static>> =
        vec![("type", Some(quote(profile.kind().as_str()))), ("provider", Some(quote(profile.provider.as_str())))];
    let expires = |expires: &Expiry| match expires {
        Expiry::Never => None,
        Expiry::At(moment) => Some(number(moment.as_millis())),
        // As good as any other end that is no moment; what stands in the file stays while it is meant.
        Expiry::Invalid => Some(number(0)),
    };
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

fn window_fields(window: Option<Window>, until: &'static str, reason: &'static str) -> [Field<'static>; 2] {
    // A reason that we do not know is `null` here: it stays with its window, and goes with it.
    let word = |reason: Option<FailureReason>| reason.map_or("null".to_owned().into(), |reason| quote(reason.as_str()));
    [(until, window.map(|window| number(window.until.as_millis()))), (reason, window.map(|window| word(window.reason)))]
}

fn trial_field(trial: Option<&Trial>) -> Field<'static> {
    let text = trial.map(|Trial { owner, until }| {
        object(&[("owner", Some(quote(owner))), ("until", Some(number(until.as_millis())))])
    });
    ("trial", text)
}

/// How often each class failed: `None` for those that did not.
fn count_fields(stats: &UsageStats) -> Vec<Field<'static>> {
    let count = |reason: &FailureReason| stats.counts.get(reason).map(|n| number(*n));
    FailureReason::ALL.iter().map(|reason| (reason.as_str(), count(reason))).collect()
}

fn own_fields(stats: &UsageStats) -> Vec<Field<'static>> {
    let mut fields: Vec<Field<'static>> = vec![
        ("lastUsed", stats.last_used.map(|time| number(time.as_millis()))),
        ("errorCount", Some(number(stats.errors))),
    ];
    fields.extend(window_fields(stats.cooldown, "cooldownUntil", "cooldownReason"));
    fields.extend(window_fields(stats.disabled, "disabledUntil", "disabledReason"));
    fields.push(("failureCounts", (!stats.counts.is_empty()).then(|| object(&count_fields(stats)))));
    fields.push(("lastFailureAt", stats.last_failure_at.map(|time| number(time.as_millis()))));
    fields.push(trial_field(stats.trial.as_ref()));
    fields.push((
        "credentialGeneration",
        (stats.credential > 0).then(|| number(i64::try_from(stats.credential).unwrap_or(i64::MAX))),
    ));
    fields
}

fn model_fields(stats: &ModelStats) -> Vec<Field<'static>> {
    let mut fields: Vec<Field<'static>> = vec![("errorCount", (stats.errors > 0).then(|| number(stats.errors)))];
    fields.extend(window_fields(stats.cooldown, "cooldownUntil", "cooldownReason"));
    fields.extend(window_fields(stats.demoted, "demotedUntil", "demotedReason"));
    fields.push(("demotedAt", stats.demoted_at.map(|time| number(time.as_millis()))));
    fields.push(("lastFailureAt", stats.last_failure_at.map(|time| number(time.as_millis()))));
    fields.push(trial_field(stats.trial.as_ref()));
    fields
}

fn stats_object(stats: &UsageStats) -> Zeroizing<String> {
    let mut fields = own_fields(stats);
    if stats.errors == 0 {
        fields.retain(|(name, _)| *name != "errorCount");
    }
    let models: Vec<Field<'_>> =
        stats.models.iter().map(|(model, stats)| (model.as_str(), Some(object(&model_fields(stats))))).collect();
    fields.push(("models", (!models.is_empty()).then(|| object(&models))));
    object(&fields)
}

/// The edits of an entry that is an object.
fn stats_edits(path: &Path, node: &Node, old: &UsageStats, new: &UsageStats) -> Vec<Edit> {
    let (mut before, mut after) = (own_fields(old), own_fields(new));
    let mut edits = Vec::new();
    if !new.counts.is_empty() && node.get("failureCounts").is_some_and(is_object) {
        // Field by field: classes that only OpenClaw knows keep their counts.
        let is_own = |(name, _): &Field<'_>| *name != "failureCounts";
        before.retain(is_own);
        after.retain(is_own);
        edits.extend(changed_fields(&path.key("failureCounts"), &count_fields(old), &count_fields(new)));
    }
    edits.extend(changed_fields(path, &before, &after));
    let models = path.key("models");
    let nodes = node.get("models").filter(|nodes| is_object(nodes));
    if nodes.is_none() && node.get("models").is_some() && !new.models.is_empty() {
        edits.push(Edit::set(models.clone(), "{}"));
    }
    for (model, stats) in &new.models {
        let path = models.key(model);
        let node = nodes.and_then(|nodes| nodes.get(model)).filter(|node| is_object(node));
        match old.models.get(model).filter(|_| node.is_some()) {
            Some(old) => edits.extend(changed_fields(&path, &model_fields(old), &model_fields(stats))),
            None if old.models.get(model) == Some(stats) => {}
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
