//! Profiles with their own bytes: what only OpenClaw knows of a credential comes along where one is
//! imported or copied.

use zeroize::Zeroizing;

use super::files::Update;
use crate::credential::{CredentialKind, Secret};
use crate::disk::Durability;
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::json5::{self, Edit, Kind, Node, Path, quote};
use crate::profile::{AuthProfiles, Profile, StoredProfile};
use crate::secret::same_secret;
use crate::store::wire::{self, Snapshot};
use crate::store::{FileStore, StoreError};

/// An entry of `profiles` as it stands, or will stand, in a file. It holds a secret; `Debug` does not
/// show it.
#[derive(Clone)]
pub(crate) struct RawProfile {
    pub(crate) id: ProfileId,
    pub(crate) profile: Profile,
    text: Zeroizing<String>,
    /// `copyToAgents`, where it is said.
    portable: Option<bool>,
}

impl std::fmt::Debug for RawProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawProfile").field("id", &self.id).field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// Why a profile was not copied to another agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotCopied {
    /// A login: its refresh token has one owner, and two would log each other out.
    Login,
    /// The entry says `copyToAgents: false`.
    NotPortable,
    /// The entry cannot be read.
    Malformed,
    /// The agent has that id, or that secret, already.
    AlreadyThere,
}

impl std::fmt::Display for NotCopied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Login => "a login stays with the agent that refreshes it",
            Self::NotPortable => "it says copyToAgents: false",
            Self::Malformed => "the entry cannot be read",
            Self::AlreadyThere => "the agent has it already",
        })
    }
}

/// What was copied, and what was not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Copied {
    pub(crate) copied: Vec<ProfileId>,
    pub(crate) left: Vec<(ProfileId, NotCopied)>,
}

impl RawProfile {
    /// The entry `node` under an id, with members put in front that it does not have itself. An error
    /// tells what is wrong with it, without any value.
    pub(crate) fn new(id: &ProfileId, node: &Node, text: &str, more: &[(&str, &str)]) -> Result<Self, &'static str> {
        if !matches!(node.kind, Kind::Object(_)) {
            return Err("the entry is not an object");
        }
        let entry = object(node, text, more);
        let name = quote(id.as_str());
        let (head, tail) = ("{\"version\": 1, \"profiles\": {", "}}");
        let mut whole = Zeroizing::new(String::with_capacity(head.len() + name.len() + 2 + entry.len() + tail.len()));
        [head, name.as_str(), ": ", entry.as_str(), tail].into_iter().for_each(|part| whole.push_str(part));
        let snapshot = wire::parse(whole).map_err(|_| "the entry is not valid JSON")?;
        let portable = node.get("copyToAgents").and_then(|node| match node.kind {
            Kind::Bool(portable) => Some(portable),
            _ => None,
        });
        match snapshot.profiles.profiles.into_iter().next() {
            Some((id, StoredProfile::Valid(profile))) => Ok(Self { id, profile, text: entry, portable }),
            Some((_, StoredProfile::Malformed { problem, .. })) => Err(problem),
            None => Err("the entry cannot be read"),
        }
    }

    /// Whether the profile, or its secret under another id, is among these. A login is taken for the same
    /// as another one of its provider: its tokens change whenever it is refreshed.
    pub(crate) fn is_in(&self, profiles: &AuthProfiles) -> bool {
        let same = |other: &Profile| match (self.profile.credential.secret(), other.credential.secret()) {
            _ if other.provider != self.profile.provider => false,
            _ if other.kind() == CredentialKind::OAuth && self.profile.kind() == CredentialKind::OAuth => true,
            (Secret::Plain(own), Secret::Plain(other)) => same_secret(own, other),
            (Secret::Reference(own), Secret::Reference(other)) => own == other,
            _ => false,
        };
        profiles.profiles.contains_key(self.id.as_str())
            || profiles.profiles.values().filter_map(StoredProfile::valid).any(same)
    }

    fn portability(&self) -> Result<(), NotCopied> {
        match self.portable {
            _ if self.profile.kind() == CredentialKind::OAuth => Err(NotCopied::Login),
            Some(false) => Err(NotCopied::NotPortable),
            _ => Ok(()),
        }
    }
}

/// An object with a member a line, the values with their own bytes; of a key that stands twice the
/// last one.
fn object(node: &Node, text: &str, more: &[(&str, &str)]) -> Zeroizing<String> {
    let more = more.iter().filter(|(key, _)| node.get(key).is_none());
    let more = more.map(|(key, value)| (quote(key), quote(value)));
    let members = node.members();
    let counts = |at: usize, key: &str| !members.iter().skip(at + 1).any(|later| later.key == key);
    let own = members.iter().enumerate().filter(|(at, member)| counts(*at, &member.key));
    let own = own.map(|(_, member)| (quote(&member.key), Zeroizing::new(member.value.text(text).to_owned())));
    let lines: Vec<_> = more.chain(own).collect();
    // Enough from the start: a buffer that grows would leave a copy of a secret behind.
    let size: usize = lines.iter().map(|(key, value)| ",\n  : ".len() + key.len() + value.len()).sum();
    let mut object = Zeroizing::new(String::with_capacity("{\n}".len() + size));
    for (number, (key, value)) in lines.iter().enumerate() {
        let start = if number == 0 { "{\n  " } else { ",\n  " };
        [start, key.as_str(), ": ", value.as_str()].into_iter().for_each(|part| object.push_str(part));
    }
    object.push_str(if lines.is_empty() { "{}" } else { "\n}" });
    object
}

impl FileStore {
    /// Adds profiles whose id is free and whose secret is not there yet, in one write; returns their ids.
    /// Where an order is stored for a provider, they come last in it: they would be hidden otherwise.
    pub(crate) fn add_raw(&self, agent: &AgentId, profiles: &[RawProfile]) -> Result<Vec<ProfileId>, StoreError> {
        self.files.update(agent, self.files.patience, |before| {
            let mut edits = Vec::new();
            let null = before.document.root.get("profiles").is_some_and(|node| matches!(node.kind, Kind::Null));
            let new: Vec<&RawProfile> = profiles.iter().filter(|raw| !raw.is_in(&before.profiles)).collect();
            if null && !new.is_empty() {
                edits.push(Edit::set(Path::keys(["profiles"]), "{}"));
            }
            edits.extend(new.iter().map(|raw| Edit::set(path(&raw.id), raw.text.as_str())));
            edits.extend(at_the_end(before, &new));
            let value = new.iter().map(|raw| raw.id.clone()).collect();
            Ok(Update { value, edits, durability: Durability::Durable })
        })
    }

    /// Copies what may be copied from one agent to another, in one write: API keys and tokens, references
    /// as they are. Neither health nor order nor logins (as OpenClaw's portability rule has it).
    pub(crate) fn copy_portable(&self, from: &AgentId, to: &AgentId) -> Result<Copied, StoreError> {
        let Some(source) = self.files.read(from)? else { return Ok(Copied::default()) };
        let mut copied = Copied::default();
        let mut portable = Vec::new();
        for (id, raw) in raw_profiles(&source) {
            match raw.map_err(|_| NotCopied::Malformed).and_then(|raw| raw.portability().map(|()| raw)) {
                Ok(raw) => portable.push(raw),
                Err(reason) => copied.left.push((id, reason)),
            }
        }
        if portable.is_empty() {
            return Ok(copied);
        }
        copied.copied = self.add_raw(to, &portable)?;
        let left = portable.into_iter().map(|raw| raw.id).filter(|id| !copied.copied.contains(id));
        copied.left.extend(left.map(|id| (id, NotCopied::AlreadyThere)));
        Ok(copied)
    }
}

/// The edits that put profiles behind the stored order of their providers.
fn at_the_end(before: &Snapshot, new: &[&RawProfile]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for member in before.document.root.get("order").map(Node::members).unwrap_or_default() {
        let provider = ProviderId::new(&member.key);
        // An empty list is no list.
        let length = member.value.elements().len();
        let listed = before.profiles.order.get(&provider).filter(|_| length > 0);
        let of = |raw: &&&RawProfile| {
            raw.profile.provider == provider && listed.is_some_and(|order| !order.contains(&raw.id))
        };
        let list = Path::keys(["order", member.key.as_str()]);
        let elements = new.iter().filter(of).enumerate();
        edits.extend(elements.map(|(at, raw)| Edit::set(list.index(length + at), quote(raw.id.as_str()).as_str())));
    }
    edits
}

fn path(id: &ProfileId) -> Path {
    Path::keys(["profiles", id.as_str()])
}

/// All entries of a file with their own bytes.
fn raw_profiles(snapshot: &Snapshot) -> Vec<(ProfileId, Result<RawProfile, &'static str>)> {
    let nodes = snapshot.document.root.get("profiles");
    let entry = |id: &ProfileId| match nodes.and_then(|nodes| nodes.get(id.as_str())) {
        Some(node) => RawProfile::new(id, node, &snapshot.text, &[]),
        None => Err("the entry is missing"),
    };
    snapshot.profiles.profiles.keys().map(|id| (id.clone(), entry(id))).collect()
}

/// The entries of a file that was OpenClaw's before `auth-profiles.json`: `{<provider>: <credential>}`,
/// each to become `<provider>:default`; those that cannot be taken with the reason. `None` if the text
/// is no such file. `kind` is the type of entries that name none (`oauth.json`).
pub(crate) fn legacy_profiles(
    text: &str,
    kind: Option<CredentialKind>,
) -> Option<Vec<(ProfileId, Result<RawProfile, &'static str>)>> {
    let document = json5::scan(text, &super::LIMITS).ok().filter(|document| document.strict_json)?;
    let Kind::Object(members) = &document.root.kind else { return None };
    // A store that was given the old name is no old file.
    if members.iter().any(|member| member.key == "profiles") {
        return None;
    }
    let entry = |key: &str| {
        let id = ProfileId::verbatim(&format!("{}:default", ProviderId::new(key)));
        let node = document.root.get(key)?;
        let kind = kind.map(|kind| ("type", kind.as_str()));
        let more: Vec<(&str, &str)> = kind.into_iter().chain([("provider", key)]).collect();
        let raw = RawProfile::new(&id, node, text, &more);
        Some((id, raw))
    };
    let mut found: Vec<(ProfileId, Result<RawProfile, &'static str>)> = Vec::new();
    for (id, raw) in members.iter().filter_map(|member| entry(&member.key)) {
        if !found.iter().any(|(other, _)| *other == id) {
            found.push((id, raw));
        }
    }
    Some(found)
}
