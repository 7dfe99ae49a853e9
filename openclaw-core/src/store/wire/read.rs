//! From text to profiles and health, leniently where upstream is lenient.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{Snapshot, Version, WireError};
use crate::credential::{Credential, Expiry, Secret, SecretRef};
use crate::health::{BlockKind, FailureReason, Health, ModelStats, Trial, UsageStats, Window};
use crate::id::{ProfileId, ProviderId};
use crate::json5::{self, Kind, Limits, Node};
use crate::profile::{AuthProfiles, Profile, StoredProfile};
use crate::time::Timestamp;

/// Room for tens of thousands of profiles; a larger file is not a store.
const LIMITS: Limits = Limits { depth: 100, bytes: 16 * 1024 * 1024 };

/// Reads a store.
pub(in crate::store) fn parse(text: Zeroizing<String>) -> Result<Snapshot, WireError> {
    let document = json5::scan(&text, &LIMITS).map_err(|error| {
        let problem = error.kind.to_string();
        WireError::Syntax { position: error.position, problem }
    })?;
    if !document.strict_json {
        return Err(not_strict(&text));
    }
    let shape = |problem: &str| WireError::Shape { problem: problem.to_owned() };
    if !matches!(document.root.kind, Kind::Object(_)) {
        return Err(shape("expected an object"));
    }
    let section = |key: &str| match document.root.get(key) {
        None => Ok(None),
        Some(node) if matches!(node.kind, Kind::Object(_)) => Ok(Some(node)),
        Some(node) if matches!(node.kind, Kind::Null) => Ok(None),
        Some(_) => Err(shape(&format!("`{key}` is not an object"))),
    };
    let reader = Reader { text: &text };
    let version = document.root.get("version").map_or(Version::Known, |node| reader.version(node));
    let mut profiles = AuthProfiles::default();
    for member in section("profiles")?.map(Node::members).unwrap_or_default() {
        profiles.profiles.insert(ProfileId::verbatim(&member.key), reader.profile(&member.key, &member.value));
    }
    for member in section("order")?.map(Node::members).unwrap_or_default() {
        let ids: Vec<ProfileId> = member.value.elements().iter().filter_map(|node| reader.id(node)).collect();
        if !ids.is_empty() {
            profiles.order.insert(ProviderId::new(&member.key), ids);
        }
    }
    let mut health = Health::default();
    for member in section("usageStats")?.map(Node::members).unwrap_or_default() {
        health.profiles.insert(ProfileId::verbatim(&member.key), reader.stats(&member.value));
    }
    for member in section("lastGood")?.map(Node::members).unwrap_or_default() {
        if let Some(id) = reader.id(&member.value) {
            health.last_good.insert(ProviderId::new(&member.key), id);
        }
    }
    Ok(Snapshot { version, profiles, health, document, text })
}

/// OpenClaw reads this file as JSON and would take JSON5 for an empty store.
fn not_strict(text: &str) -> WireError {
    if text.starts_with('\u{feff}') {
        let problem = "a byte-order mark does not belong here, since OpenClaw would not read the file".to_owned();
        return WireError::Syntax { position: json5::Position { line: 1, column: 1 }, problem };
    }
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err();
    let position = error.map_or(json5::Position { line: 1, column: 1 }, |error| json5::Position {
        line: error.line(),
        column: error.column().max(1),
    });
    let problem = "comments, trailing commas and other JSON5 do not belong here, since OpenClaw would not read them";
    WireError::Syntax { position, problem: problem.to_owned() }
}

struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn string(&self, node: &Node) -> Option<String> {
        json5::string(node, self.text).map(|text| text.to_string())
    }

    fn integer(&self, node: &Node) -> Option<i64> {
        json5::integer(node, self.text)
    }

    /// Upstream takes a number in quotes for a number, and `null` for nothing said.
    fn version(&self, node: &Node) -> Version {
        if matches!(node.kind, Kind::Null) {
            return Version::Known;
        }
        let is_whole = json5::number(node, self.text).is_some_and(|number| number.fract() == 0.0);
        let number = is_whole.then(|| self.integer(node)).flatten();
        Version::of(number.or_else(|| self.string(node)?.trim().parse().ok()))
    }

    fn id(&self, node: &Node) -> Option<ProfileId> {
        let text = self.string(node)?;
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| ProfileId::verbatim(trimmed))
    }

    fn time(&self, node: &Node, key: &str) -> Option<Timestamp> {
        let millis = self.integer(node.get(key)?)?;
        (millis > 0).then(|| Timestamp::from_millis(millis))
    }

    fn text(&self, node: &Node, key: &str) -> Option<String> {
        self.string(node.get(key)?).filter(|text| !text.trim().is_empty())
    }

    fn profile(&self, id: &str, node: &Node) -> StoredProfile {
        let provider = self.text(node, "provider").map(|text| ProviderId::new(&text));
        let named = || ProviderId::new(id.split_once(':').map_or(id, |(provider, _)| provider));
        let malformed =
            |problem| StoredProfile::Malformed { provider: provider.clone().unwrap_or_else(named), problem };
        if !matches!(node.kind, Kind::Object(_)) {
            return malformed("the entry is not an object");
        }
        let Some(known) = provider.clone() else { return malformed("the entry names no provider") };
        let credential = match self.text(node, "type").as_deref() {
            Some("api_key") => self.secret(node, "key", "keyRef").map(|key| Credential::ApiKey { key }),
            Some("token") => self
                .secret(node, "token", "tokenRef")
                .map(|token| Credential::Token { token, expires: self.expiry(node) }),
            // A login's token cannot be a reference, as upstream has it.
            Some("oauth") => match self.secret(node, "access", "accessRef") {
                Ok(Secret::Reference(_)) | Err(()) => Err(()),
                Ok(access) => {
                    let refreshable = self.text(node, "refresh").is_some();
                    Ok(Credential::OAuth { access, expires: self.expiry(node), refreshable })
                }
            },
            Some(_) => return malformed("the type is not known to this version"),
            None => return malformed("the entry has no type"),
        };
        let Ok(credential) = credential else { return malformed("the secret is neither a text nor a reference") };
        StoredProfile::Valid(Profile {
            provider: known,
            credential,
            email: self.text(node, "email"),
            added: self.time(node, "addedAt"),
            quota_group: self.text(node, "quotaGroup"),
        })
    }

    /// A reference beats plain text.
    fn secret(&self, node: &Node, key: &str, reference: &str) -> Result<Secret, ()> {
        let plain = node.get(key);
        let inline = plain.filter(|node| matches!(node.kind, Kind::Object(_)));
        if let Some(node) = node.get(reference).filter(|node| !matches!(node.kind, Kind::Null)).or(inline) {
            let part = |key: &str| self.text(node, key);
            // What is left of a reference is still one, which leads nowhere: nothing else steps in for it.
            let (source, id) = (part("source").unwrap_or_default(), part("id").unwrap_or_default());
            let provider = part("provider").unwrap_or_else(|| "default".to_owned());
            return Ok(Secret::Reference(SecretRef::new(&source, &provider, &id)));
        }
        match plain {
            None => Ok(Secret::Missing),
            Some(node) if matches!(node.kind, Kind::Null) => Ok(Secret::Missing),
            Some(node) => {
                let secret = json5::secret(node, self.text).ok_or(())?;
                Ok(short_reference(&secret).map_or(Secret::Plain(secret), Secret::Reference))
            }
        }
    }

    fn expiry(&self, node: &Node) -> Expiry {
        match node.get("expires") {
            None => Expiry::Never,
            Some(node) if matches!(node.kind, Kind::Null) => Expiry::Never,
            Some(node) => self.integer(node).map_or(Expiry::Invalid, Expiry::from_millis),
        }
    }

    fn count(&self, node: &Node) -> u32 {
        self.integer(node).and_then(|n| u32::try_from(n.clamp(0, i64::from(u32::MAX))).ok()).unwrap_or(0)
    }

    fn window(&self, node: &Node, until: &str, reason: &str) -> Option<Window> {
        let reason = self.text(node, reason).and_then(|text| text.parse::<FailureReason>().ok());
        Some(Window { until: self.time(node, until)?, reason })
    }

    fn trial(&self, node: &Node) -> Option<Trial> {
        let trial = node.get("trial")?;
        Some(Trial { owner: self.text(trial, "owner")?, until: self.time(trial, "until")? })
    }

    fn stats(&self, node: &Node) -> UsageStats {
        let mut counts = BTreeMap::new();
        for member in node.get("failureCounts").map(Node::members).unwrap_or_default() {
            if let Ok(reason) = member.key.parse::<FailureReason>() {
                counts.insert(reason, self.count(&member.value));
            }
        }
        let models = node.get("models").map(Node::members).unwrap_or_default();
        let mut stats = UsageStats {
            last_used: self.time(node, "lastUsed"),
            errors: node.get("errorCount").map_or(0, |node| self.count(node)),
            last_failure_at: self.time(node, "lastFailureAt"),
            counts,
            cooldown: self.window(node, "cooldownUntil", "cooldownReason"),
            disabled: self.window(node, "disabledUntil", "disabledReason"),
            trial: self.trial(node),
            models: models.iter().map(|member| (member.key.clone(), self.model(&member.value))).collect(),
            credential: node
                .get("credentialGeneration")
                .and_then(|node| u64::try_from(self.integer(node)?).ok())
                .unwrap_or(0),
            foreign_reasons: [(BlockKind::Cooldown, "cooldownReason"), (BlockKind::Disabled, "disabledReason")]
                .into_iter()
                .filter_map(|(kind, key)| Some((kind, self.text(node, key)?)))
                .collect(),
        };
        stats.forget_foreign_reasons();
        stats
    }

    fn model(&self, node: &Node) -> ModelStats {
        ModelStats {
            errors: node.get("errorCount").map_or(0, |node| self.count(node)),
            last_failure_at: self.time(node, "lastFailureAt"),
            cooldown: self.window(node, "cooldownUntil", "cooldownReason"),
            demoted: self.window(node, "demotedUntil", "demotedReason"),
            demoted_at: self.time(node, "demotedAt"),
            trial: self.trial(node),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "edge: tells a reference from a secret")]
fn short_reference(secret: &SecretString) -> Option<SecretRef> {
    SecretRef::from_short(secret.expose_secret().trim())
}
