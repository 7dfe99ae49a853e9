//! The plan as data: what stands in it, in the words and keys of `models status`.

use serde::{Serialize, Serializer};

use super::PlanWarning;
use crate::credential::CredentialKind;
use crate::failover::Blocked;
use crate::id::{AgentId, ModelRef, ProfileId, ProviderId};
use crate::resolver::{OrderSource, PinKind, UnusableReason};
use crate::time::Timestamp;

/// What a request would do at this moment: who would serve, who would be passed over, why, until when.
///
/// Everything is data and serialisable; times are milliseconds since the epoch. No secret stands in
/// it: credentials are masked (see [`mask`](crate::mask)), references are names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plan {
    /// The agent whose credentials were looked at.
    pub agent_id: AgentId,
    /// Where they are kept, as [`FailoverBuilder::place`](crate::FailoverBuilder::place) says it.
    pub auth_store_path: String,
    /// The moment that the plan is about.
    pub at: Timestamp,
    /// Who would serve; `None` if nobody can now.
    pub serving: Option<Serving>,
    /// When the first blocked profile may serve again, of those that a request would look at.
    pub soonest: Option<Timestamp>,
    /// The candidate models, in the order in which they are asked.
    pub models: Vec<PlannedModel>,
    /// What looks unintended: sources that disagree, lists that name nobody.
    pub warnings: Vec<PlanWarning>,
}

/// Who would serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Serving {
    /// The model that would be asked.
    pub model: ModelRef,
    /// The profile that would serve it.
    pub profile_id: ProfileId,
    /// Where its credential comes from.
    pub source: CandidateSource,
}

/// One candidate model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedModel {
    /// The model.
    pub model: ModelRef,
    /// Its provider.
    pub provider: ProviderId,
    /// Why nobody can serve it now; `None` if somebody can.
    #[serde(serialize_with = "blocked")]
    pub blocked: Option<Blocked>,
    /// The profile that should be first, and who says so.
    pub pin: Option<PlannedPin>,
    /// The list that decides who takes part.
    pub order: PlannedOrder,
    /// Every profile of the provider that is stored, listed, or found in environment and
    /// configuration: those that may serve by rank, then the others.
    pub candidates: Vec<Candidate>,
    /// When the first blocked profile may serve this model again.
    pub soonest: Option<Timestamp>,
}

/// A pin as it is planned with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedPin {
    /// The profile.
    pub profile_id: ProfileId,
    /// `session`, `user` or `strict`.
    #[serde(serialize_with = "pin_kind")]
    pub kind: PinKind,
}

/// Which list decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedOrder {
    /// Where the order came from. Without an explicit one profiles are ranked by kind (logins,
    /// tokens, API keys), then the least recently used first.
    pub source: OrderSource,
    /// The list as it is written; empty where all stored profiles take part.
    pub profiles: Vec<ProfileId>,
    /// Stronger lists that name only profiles which do not exist, and so were passed over.
    pub ignored: Vec<OrderSource>,
    /// Where a list of the configuration is written: `openclaw.json:12:18`. Known to plans that
    /// are made from an [`Installation`](crate::Installation).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// One profile, and what would become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Candidate {
    /// Which.
    pub profile_id: ProfileId,
    /// Where its credential comes from.
    pub source: CandidateSource,
    /// The kind of its credential; `None` if the entry cannot be read or does not exist.
    #[serde(rename = "type")]
    pub kind: Option<CredentialKind>,
    /// The masked credential, where it stands there as text.
    pub credential: Option<String>,
    /// The reference that stands there instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<PlannedReference>,
    /// Its place among those that would be tried, from 1; `None` if it would not be tried.
    pub rank: Option<usize>,
    /// Whether it is the first to be tried on this model.
    pub chosen: bool,
    /// Its window has passed, and one attempt may try whether it serves again.
    pub needs_trial: bool,
    /// Until then it stands behind the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demoted_until: Option<Timestamp>,
    /// Why it may not serve: `code`, and `until`, `reason` and `model` where they apply.
    #[serde(flatten)]
    pub reason: Option<UnusableReason>,
    /// How long the reason holds from now, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<i64>,
    /// Why it is not looked at, although nothing is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unused: Option<Unused>,
}

/// Why a profile with which nothing is wrong is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unused {
    /// It is from the environment or the configuration, and stored profiles take part. Even blocked
    /// ones do: a paid key never starts silently while a profile cools down.
    StoredProfiles,
    /// Another profile is pinned strictly.
    StrictPin,
    /// The provider cannot be spoken to.
    Provider,
}

/// Where a credential comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CandidateSource {
    /// What kind of place.
    pub kind: SourceKind,
    /// The store's path, the variable's name, or the path in the configuration.
    pub detail: String,
    /// Where a value of the configuration is written (`openclaw.json:12:18`), or where a variable
    /// was set. Known to plans that are made from an [`Installation`](crate::Installation).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// The kinds of places that credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SourceKind {
    /// The credential store.
    Store,
    /// An environment variable.
    Env,
    /// The configuration.
    Config,
}

/// A secret that is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedReference {
    /// `env`, `file` or `exec`.
    pub source: String,
    /// The whole reference as people read it: `env:VAULT_KEY`.
    pub text: String,
    /// Whether it leads to a secret; `None` if nobody looked, see
    /// [`PlanRequest::resolve_references`](crate::PlanRequest::resolve_references).
    pub resolved: Option<bool>,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Plan {
    /// The model and the candidate that would serve.
    #[must_use]
    pub fn chosen(&self) -> Option<(&PlannedModel, &Candidate)> {
        self.models.iter().find_map(|model| Some((model, model.chosen()?)))
    }
}

impl PlannedModel {
    /// The candidate that would be tried first.
    #[must_use]
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.chosen)
    }
}

impl PinKind {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::User => "user",
            Self::Strict => "strict",
        }
    }
}

fn pin_kind<S: Serializer>(kind: &PinKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_str())
}

#[derive(Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
enum BlockedWords<'a> {
    NoCredentials,
    NoProfile,
    Protocol { api: &'a str },
    Unconfigured { problem: &'a str },
}

fn blocked<S: Serializer>(blocked: &Option<Blocked>, serializer: S) -> Result<S::Ok, S::Error> {
    let words = blocked.as_ref().map(|blocked| match blocked {
        Blocked::NoCredentials => BlockedWords::NoCredentials,
        Blocked::NoProfile => BlockedWords::NoProfile,
        Blocked::Protocol(api) => BlockedWords::Protocol { api },
        Blocked::Unconfigured(problem) => BlockedWords::Unconfigured { problem },
    });
    words.serialize(serializer)
}
