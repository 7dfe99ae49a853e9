//! What probes found, with OpenClaw's fields in OpenClaw's order and ours behind them.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::ProbeRequest;
use crate::credential::CredentialKind;
use crate::health::FailureReason;
use crate::id::{ModelRef, ProfileId, ProviderId};
use crate::outcome::Failure;
use crate::resolver::UnusableReason;
use crate::status::CheckVerdict;
use crate::time::Timestamp;

/// What a probe asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProbeKind {
    /// `GET /v1/models`: whether the credential is accepted. Costs nothing.
    Auth,
    /// A message of a few tokens: whether a model answers it.
    Model,
}

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProbeStatus {
    /// The provider said so.
    Ok,
    /// The credential was refused.
    Auth,
    /// A limit was reached, or the provider has too much to do.
    RateLimit,
    /// The account cannot pay.
    Billing,
    /// No whole answer in time, or no connection.
    Timeout,
    /// The provider did not take the request.
    Format,
    /// Anything else, and whatever was not probed.
    Unknown,
    /// There is no model to ask, or not for this credential.
    NoModel,
}

impl ProbeStatus {
    /// The word used in JSON and for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Auth => "auth",
            Self::RateLimit => "rate_limit",
            Self::Billing => "billing",
            Self::Timeout => "timeout",
            Self::Format => "format",
            Self::Unknown => "unknown",
            Self::NoModel => "no_model",
        }
    }

    /// The status that a failure's class comes under. That a server has no list of models says nothing
    /// about a model.
    #[must_use]
    pub const fn of(reason: FailureReason, kind: ProbeKind) -> Self {
        match (reason, kind) {
            (FailureReason::Auth | FailureReason::AuthPermanent, _) => Self::Auth,
            (FailureReason::Billing, _) => Self::Billing,
            (FailureReason::RateLimit | FailureReason::Overloaded, _) => Self::RateLimit,
            (FailureReason::Timeout, _) => Self::Timeout,
            (FailureReason::Format | FailureReason::ContextOverflow, _) => Self::Format,
            (FailureReason::ModelNotFound, ProbeKind::Model) => Self::NoModel,
            (FailureReason::ModelNotFound | FailureReason::ServerError | FailureReason::Unknown, _) => Self::Unknown,
        }
    }
}

impl fmt::Display for ProbeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a probe is not `ok`, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeReason {
    /// It was sent and failed.
    Failed(FailureReason),
    /// It was not sent: the profile takes no part, or its secret cannot be had.
    Unusable(UnusableReason),
    /// It was not sent: there is no model to ask.
    NoModel,
    /// It was not sent: the provider speaks another protocol.
    Protocol,
    /// It was not sent: the provider is not configured so that it could be asked.
    Unconfigured,
}

impl ProbeReason {
    /// The word used in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Failed(reason) => reason.as_str(),
            Self::Unusable(reason) => reason.code(),
            Self::NoModel => "no_model",
            Self::Protocol => "unsupported_protocol",
            Self::Unconfigured => "not_configured",
        }
    }
}

impl Serialize for ProbeReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// All that was probed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProbeReport {
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// How long it took, in ms.
    pub duration_ms: u64,
    /// How many credentials were probed; the other results say why they were not.
    pub total_targets: usize,
    /// How it was probed.
    pub options: ProbeOptions,
    /// One for each credential: by provider, then in the order of the store.
    pub results: Vec<ProbeResult>,
}

impl ProbeReport {
    /// What the probes add to `models status --check`, for providers that are `in_use`: refused credentials
    /// are [`CheckVerdict::Broken`]; a provider that has none that answered is [`CheckVerdict::Blocked`].
    #[must_use]
    pub fn check(&self, in_use: &BTreeSet<ProviderId>) -> CheckVerdict {
        let refused = |result: &&ProbeResult| {
            matches!(result.status, ProbeStatus::Auth | ProbeStatus::Billing)
                || result.reason_code == Some(ProbeReason::Unusable(UnusableReason::UnresolvedRef))
        };
        let silent = |provider: &ProviderId| {
            let mut sent = self.of(provider).filter(|result| result.was_tried()).peekable();
            sent.peek().is_some() && sent.all(|result| result.status != ProbeStatus::Ok)
        };
        if in_use.iter().any(|provider| self.of(provider).any(|result| refused(&result))) {
            CheckVerdict::Broken
        } else if in_use.iter().any(silent) {
            CheckVerdict::Blocked
        } else {
            CheckVerdict::Ok
        }
    }

    fn of<'a>(&'a self, provider: &'a ProviderId) -> impl Iterator<Item = &'a ProbeResult> {
        self.results.iter().filter(move |result| result.provider == *provider)
    }
}

/// How it was probed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProbeOptions {
    /// Only this provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// Only these profiles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profile_ids: Vec<ProfileId>,
    /// How long one probe may take, in ms.
    pub timeout_ms: u64,
    /// How many run at the same time.
    pub concurrency: usize,
    /// The longest answer in tokens.
    pub max_tokens: u32,
    /// What is asked.
    pub probe: ProbeKind,
    /// The model that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRef>,
}

impl ProbeOptions {
    pub(super) fn of(request: &ProbeRequest) -> Self {
        Self {
            provider: request.provider.clone(),
            profile_ids: request.profiles.clone(),
            timeout_ms: millis(request.timeout),
            concurrency: request.at_once(),
            max_tokens: request.max_tokens,
            probe: request.kind,
            model: request.model.clone(),
        }
    }
}

/// What was found for one credential. Its texts hold no secrets and no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProbeResult {
    /// Whose credential.
    pub provider: ProviderId,
    /// The model that was asked; absent where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRef>,
    /// The stored profile; absent for a credential that is stored nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_id: Option<ProfileId>,
    /// The profile's id, or where the credential was found: `env: ANTHROPIC_API_KEY`.
    pub label: String,
    /// `profile`, `env` or `models.json` (the configuration).
    pub source: &'static str,
    /// The kind of the credential, as it goes on the wire where it was sent; `None` if it cannot be read.
    pub mode: Option<CredentialKind>,
    /// What was found.
    pub status: ProbeStatus,
    /// What is wrong: the server's words where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long the server took, in ms; absent if nothing was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// What is wrong, exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<ProbeReason>,
    /// What was asked.
    pub probe: ProbeKind,
    /// The HTTP status of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The provider's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Until when the server wants to be left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The reference that the secret was found by, or was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl ProbeResult {
    /// Whether a request was sent.
    #[must_use]
    pub const fn was_sent(&self) -> bool {
        self.latency_ms.is_some()
    }

    /// Whether the credential takes part and was to be probed, even if its secret could not be had.
    #[must_use]
    pub const fn was_tried(&self) -> bool {
        self.was_sent()
            || matches!(self.reason_code, Some(ProbeReason::Unusable(UnusableReason::UnresolvedRef)))
            || matches!(self.reason_code, Some(ProbeReason::Failed(_)))
    }

    /// Nothing is sent, for this reason.
    pub(super) fn not_sent(mut self, status: ProbeStatus, reason: ProbeReason, error: &str) -> Self {
        self.status = status;
        self.reason_code = Some(reason);
        self.error = Some(crate::secret::printable(&crate::secret::redact(error)));
        self
    }

    /// It was sent and failed.
    pub(super) fn failed(mut self, failure: &Failure) -> Self {
        self.status = ProbeStatus::of(failure.reason, self.probe);
        self.error = Some(failure.to_string());
        self.reason_code = Some(ProbeReason::Failed(failure.reason));
        self.http_status = failure.status;
        self.request_id = failure.request_id.clone();
        self.until = failure.deadline;
        self
    }
}

/// How far probing is.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ProbeProgress<'a> {
    /// How many probes have ended.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// The one that ended now; `None` at the beginning.
    pub last: Option<&'a ProbeResult>,
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
