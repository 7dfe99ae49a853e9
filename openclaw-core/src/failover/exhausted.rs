//! Why nothing answered: everything that was tried and everything that was passed over.

use std::collections::BTreeMap;
use std::fmt;

use crate::credential::CredentialKind;
use crate::health::FailureReason;
use crate::id::{AgentId, ModelRef, ProfileId};
use crate::outcome::Failure;
use crate::resolver::{Unusable, UnusableReason};
use crate::time::Timestamp;

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// With this profile.
    pub profile: ProfileId,
    /// The kind of its credential.
    pub kind: CredentialKind,
    /// How it ended.
    pub failure: Failure,
}

/// Why a model could not be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Blocked {
    /// Its provider has no credential at all.
    NoCredentials,
    /// Its provider speaks a protocol that this program does not.
    Protocol(String),
    /// The configuration lacks something: a base URL, a variable.
    Unconfigured(String),
    /// No profile may serve it now.
    NoProfile,
}

impl fmt::Display for Blocked {
    /// On one line, without the model.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentials => f.write_str("its provider has no credentials"),
            Self::Protocol(api) => {
                write!(f, "its provider speaks \"{api}\", which this program does not (it speaks anthropic-messages)")
            }
            Self::Unconfigured(what) => f.write_str(what),
            Self::NoProfile => f.write_str("no profile may serve it now"),
        }
    }
}

/// One candidate model, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRecord {
    /// The model.
    pub model: ModelRef,
    /// The attempts, in order; retries on the same profile count once, the last failure stands.
    pub tried: Vec<Tried>,
    /// Why there was no further attempt.
    pub blocked: Blocked,
    /// The profiles that could not serve in the end, and why.
    pub unusable: Vec<Unusable>,
}

/// Every candidate model was tried or passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exhausted {
    /// The agent whose credentials were looked at.
    pub agent: AgentId,
    /// Where they are kept.
    pub place: String,
    /// The candidates, in order.
    pub models: Vec<ModelRecord>,
    /// When the first blocked profile may serve again.
    pub soonest: Option<Timestamp>,
    /// Why the secret of a profile could not be used, in words and without it: what stands behind
    /// `unresolved_ref`, and behind `malformed` where the stored secret cannot be sent.
    pub details: BTreeMap<ProfileId, String>,
}

impl Exhausted {
    /// The reason that best tells what is wrong: of the last failed attempt, else of the windows.
    #[must_use]
    pub fn reason(&self) -> Option<FailureReason> {
        let tried = self.models.iter().flat_map(|record| &record.tried).last().map(|tried| tried.failure.reason);
        let windows =
            self.models.iter().flat_map(|record| &record.unusable).find_map(|unusable| match unusable.reason {
                UnusableReason::Cooldown { reason, .. } | UnusableReason::Disabled { reason, .. } => reason,
                _ => None,
            });
        tried.or(windows)
    }

    /// Whether no candidate's provider has any credential.
    #[must_use]
    pub fn no_credentials(&self) -> bool {
        !self.models.is_empty()
            && self.models.iter().all(|record| record.tried.is_empty() && record.blocked == Blocked::NoCredentials)
    }
}

impl ModelRecord {
    fn soonest(&self) -> Option<Timestamp> {
        self.unusable.iter().filter_map(|unusable| unusable.reason.until()).min()
    }

    /// What is wrong with this model, on one line.
    fn explain(&self, f: &mut fmt::Formatter<'_>, all: &Exhausted) -> fmt::Result {
        let Exhausted { place, agent, details, .. } = all;
        let provider = self.model.provider();
        if let [only] = self.tried.as_slice() {
            return write!(f, "{}", only.failure);
        }
        if !self.tried.is_empty() {
            let each = self.tried.iter().map(|tried| format!("{}: {}", tried.profile, tried.failure));
            return f.write_str(&each.collect::<Vec<_>>().join("; "));
        }
        match &self.blocked {
            Blocked::NoCredentials => {
                write!(f, "No API key found for provider \"{provider}\". Agent: {agent}. Auth store: {place}.")
            }
            Blocked::Protocol(api) => {
                write!(
                    f,
                    "provider {provider} speaks \"{api}\", which this program does not (it speaks anthropic-messages)"
                )
            }
            Blocked::Unconfigured(what) => f.write_str(what),
            Blocked::NoProfile => {
                write!(f, "No available auth profile for {provider} (all in cooldown or unavailable).")?;
                for (at, unusable) in self.unusable.iter().enumerate() {
                    write!(f, "{} {}: {}", if at == 0 { "" } else { ";" }, unusable.profile, unusable.reason)?;
                    let about_the_secret =
                        matches!(unusable.reason, UnusableReason::UnresolvedRef | UnusableReason::Malformed);
                    if let Some(detail) = details.get(&unusable.profile).filter(|_| about_the_secret) {
                        write!(f, " ({detail})")?;
                    }
                }
                match self.soonest() {
                    Some(soonest) => write!(f, ". Soonest: {soonest}"),
                    None => Ok(()),
                }
            }
        }
    }

    fn reason(&self) -> &'static str {
        match (self.tried.last(), &self.blocked) {
            (Some(tried), _) => tried.failure.reason.as_str(),
            (None, Blocked::NoCredentials) => "no_credentials",
            (None, Blocked::Protocol(_) | Blocked::Unconfigured(_)) => "unsupported",
            (None, Blocked::NoProfile) => {
                self.unusable.first().map_or("unavailable", |unusable| match unusable.reason {
                    UnusableReason::Cooldown { reason: Some(reason), .. }
                    | UnusableReason::Disabled { reason: Some(reason), .. } => reason.as_str(),
                    ref other => other.code(),
                })
            }
        }
    }
}

impl fmt::Display for Exhausted {
    /// One candidate: its own error. Several: `All models failed (N): p/m: err (reason) | …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.models.as_slice() {
            [] => return f.write_str("no model was given to ask"),
            [only] => return only.explain(f, self),
            _ => {}
        }
        write!(f, "All models failed ({}): ", self.models.len())?;
        for (at, record) in self.models.iter().enumerate() {
            write!(f, "{}{}: ", if at == 0 { "" } else { " | " }, record.model)?;
            record.explain(f, self)?;
            write!(f, " ({})", record.reason())?;
        }
        Ok(())
    }
}

impl fmt::Display for UnusableReason {
    /// `cooldown (rate_limit, only claude-opus-4-5) until 2026-11-22T10:00:00Z`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window =
            |f: &mut fmt::Formatter<'_>, reason: &Option<FailureReason>, model: Option<&String>, until: &Timestamp| {
                let why = reason.map(|reason| reason.as_str().to_owned());
                let only = model.map(|model| format!("only {model}"));
                let notes: Vec<String> = why.into_iter().chain(only).collect();
                if !notes.is_empty() {
                    write!(f, " ({})", notes.join(", "))?;
                }
                write!(f, " until {until}")
            };
        f.write_str(self.code())?;
        match self {
            Self::Cooldown { until, reason, model } => window(f, reason, model.as_ref(), until),
            Self::Disabled { until, reason } => window(f, reason, None, until),
            Self::OnTrial { until } => write!(f, ", at the latest until {until}"),
            Self::Expired { at } if *at > Timestamp::default() => write!(f, " since {at}"),
            _ => Ok(()),
        }
    }
}
