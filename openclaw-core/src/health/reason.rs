//! Why an attempt failed, in the words that stand in OpenClaw's files.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The class of a failure. What follows from each is the table in `Outcome::classify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureReason {
    /// The credential was refused, perhaps for now: 401, 403.
    Auth,
    /// The credential will not work again by waiting: revoked, deactivated, not meant for this client.
    AuthPermanent,
    /// The account cannot pay: 402, or Anthropic's 400 "credit balance is too low".
    Billing,
    /// A limit was reached: 429.
    RateLimit,
    /// The provider has too much to do: 529.
    Overloaded,
    /// The provider failed: other 5xx, and refusals that did not come from the provider itself.
    ServerError,
    /// No answer in time, or the connection failed or was cut before the first content.
    Timeout,
    /// The model does not exist for this credential: 404.
    ModelNotFound,
    /// The request is malformed: 400, 422. Another credential would not help.
    Format,
    /// The request is too large for the model: 413, "prompt is too long".
    ContextOverflow,
    /// None of the above.
    Unknown,
}

impl FailureReason {
    /// All classes, in the order of the table.
    pub const ALL: [Self; 11] = [
        Self::Auth,
        Self::AuthPermanent,
        Self::Billing,
        Self::RateLimit,
        Self::Overloaded,
        Self::ServerError,
        Self::Timeout,
        Self::ModelNotFound,
        Self::Format,
        Self::ContextOverflow,
        Self::Unknown,
    ];

    /// The word used in files, in JSON and in messages: `rate_limit`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthPermanent => "auth_permanent",
            Self::Billing => "billing",
            Self::RateLimit => "rate_limit",
            Self::Overloaded => "overloaded",
            Self::ServerError => "server_error",
            Self::Timeout => "timeout",
            Self::ModelNotFound => "model_not_found",
            Self::Format => "format",
            Self::ContextOverflow => "context_overflow",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for FailureReason {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).ok_or(())
    }
}
