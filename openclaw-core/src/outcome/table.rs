//! The classification and what follows from it, as data. `openclaw models auth policy` prints it.
//!
//! Types and statuses are Anthropic's documented ones (docs.claude.com/en/api/errors); the beginnings of
//! messages are those that users of its API have reported in public, each exercised by a test.

use std::fmt;

use serde::Serialize;

use crate::health::FailureReason;

/// What a failure does to the profile that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProfileEffect {
    /// A cooldown of the whole profile, by the ladder.
    Cooldown,
    /// A cooldown for the model that was asked, by the ladder or the server's word.
    ModelCooldown,
    /// The whole profile is disabled, doubling.
    Disabled,
    /// The profile stands behind the others for that model for a while.
    Demoted,
    /// Nothing: the credential is not to blame.
    None,
}

/// What to do next in the same request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Try the next profile.
    Rotate,
    /// Retry the same profile a little later, then try one other.
    RetryThenRotateOnce,
    /// Try the next model.
    NextModel,
    /// Give the failure to the caller.
    Return,
}

/// What the server's own deadline does to the window that a failure opens. Deadlines are kept within
/// [`CooldownPolicy::server_word`](crate::CooldownPolicy), and within
/// [`Classification::stranger_deadline_ms`] where the answer is not in the provider's shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeadlineRule {
    /// It is the end of the window for the first two failures in a row; from the third on the longer
    /// of it and the ladder holds. While the window is open, a later deadline moves its end.
    EndsWindow,
    /// It lengthens the demotion, and no retry comes before it.
    LengthensDemotion,
    /// Nothing: there is no window.
    Ignored,
}

impl fmt::Display for ProfileEffect {
    /// For people, at most 30 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cooldown => "cooldown",
            Self::ModelCooldown => "cooldown for that model",
            Self::Disabled => "disabled",
            Self::Demoted => "behind others for that model",
            Self::None => "unchanged",
        })
    }
}

impl fmt::Display for Action {
    /// For people, at most 30 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Rotate => "next profile",
            Self::RetryThenRotateOnce => "retry, then one other profile",
            Self::NextModel => "next model",
            Self::Return => "returned to the caller",
        })
    }
}

impl fmt::Display for DeadlineRule {
    /// For people, at most 30 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EndsWindow => "ends the window",
            Self::LengthensDemotion => "lengthens the demotion",
            Self::Ignored => "ignored",
        })
    }
}

/// One row: a class, where it comes from and what follows.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PolicyRow {
    /// The class.
    pub reason: FailureReason,
    /// HTTP statuses of this class, when neither message nor type says otherwise.
    pub statuses: &'static [u16],
    /// Anthropic's `error.type`s of this class.
    pub types: &'static [&'static str],
    /// How the provider's message starts (lower case, after an article): stronger than type and status.
    pub messages: &'static [&'static str],
    /// What it does to the profile.
    pub profile: ProfileEffect,
    /// What to do within the same model. `NextModel` means that no other profile would help.
    pub action: Action,
    /// Whether another model may serve once no profile is left.
    pub next_model: bool,
    /// What the server's deadline does.
    pub deadline: DeadlineRule,
}

const fn row(reason: FailureReason, profile: ProfileEffect, action: Action, next_model: bool) -> PolicyRow {
    let deadline = match profile {
        ProfileEffect::Cooldown | ProfileEffect::ModelCooldown | ProfileEffect::Disabled => DeadlineRule::EndsWindow,
        ProfileEffect::Demoted => DeadlineRule::LengthensDemotion,
        ProfileEffect::None => DeadlineRule::Ignored,
    };
    PolicyRow { reason, statuses: &[], types: &[], messages: &[], profile, action, next_model, deadline }
}

/// The table, one row for each class. Statuses that stand in no row: other 5xx are `server_error`,
/// the rest is `unknown`.
pub const POLICY_TABLE: [PolicyRow; 11] = [
    PolicyRow {
        statuses: &[401, 403],
        types: &["authentication_error", "permission_error"],
        ..row(FailureReason::Auth, ProfileEffect::Cooldown, Action::Rotate, true)
    },
    PolicyRow {
        messages: &[
            "credential is only authorized for use with claude code",
            "api key has been revoked",
            "api key has been deactivated",
            "api key has been disabled",
            "api key has been deleted",
            "api key is revoked",
            "api key is deactivated",
            "api key is disabled",
            "api key was revoked",
            "api key revoked",
            "oauth token revoked",
            "oauth token has been revoked",
            "token has been revoked",
            "organization has been disabled",
            "organization has been deactivated",
            "organization has been suspended",
            "organization is disabled",
            "organization has disabled claude subscription access",
            "account has been disabled",
            "account has been deactivated",
            "account has been suspended",
            "account is disabled",
            "account is deactivated",
            "workspace has been disabled",
            "workspace has been archived",
            "account is no longer a member of the organization",
            "oauth authentication is currently not allowed for this organization",
            "oauth token does not meet scope requirement",
        ],
        ..row(FailureReason::AuthPermanent, ProfileEffect::Disabled, Action::Rotate, true)
    },
    PolicyRow {
        statuses: &[402],
        types: &["billing_error"],
        messages: &[
            "credit balance is too low",
            "you have reached your specified api usage limits",
            "you have reached your specified workspace api usage limits",
            "you're out of extra usage",
            "you are out of extra usage",
            "third-party apps now draw from your extra usage",
        ],
        ..row(FailureReason::Billing, ProfileEffect::Disabled, Action::Rotate, true)
    },
    PolicyRow {
        statuses: &[429],
        types: &["rate_limit_error"],
        ..row(FailureReason::RateLimit, ProfileEffect::ModelCooldown, Action::Rotate, true)
    },
    PolicyRow {
        statuses: &[529],
        types: &["overloaded_error"],
        ..row(FailureReason::Overloaded, ProfileEffect::Demoted, Action::RetryThenRotateOnce, true)
    },
    PolicyRow {
        types: &["api_error"],
        ..row(FailureReason::ServerError, ProfileEffect::Demoted, Action::RetryThenRotateOnce, true)
    },
    PolicyRow {
        statuses: &[408, 504],
        types: &["timeout_error"],
        ..row(FailureReason::Timeout, ProfileEffect::Demoted, Action::RetryThenRotateOnce, true)
    },
    PolicyRow {
        statuses: &[404],
        types: &["not_found_error"],
        ..row(FailureReason::ModelNotFound, ProfileEffect::None, Action::NextModel, true)
    },
    PolicyRow {
        statuses: &[400, 422],
        types: &["invalid_request_error"],
        ..row(FailureReason::Format, ProfileEffect::None, Action::Return, false)
    },
    PolicyRow {
        statuses: &[413],
        types: &["request_too_large"],
        messages: &[
            "prompt is too long",
            "input length and `max_tokens` exceed context limit",
            "input length and max_tokens exceed context limit",
        ],
        ..row(FailureReason::ContextOverflow, ProfileEffect::None, Action::Return, false)
    },
    row(FailureReason::Unknown, ProfileEffect::None, Action::NextModel, true),
];

/// Everything that decides what an answer means, as one value that can be printed.
///
/// In this order: how the message begins (for some statuses), the `error.type`, the status. An answer
/// that is not in the provider's shape has neither message nor type, and never one of the classes
/// `not_from_strangers`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Classification {
    /// One row for each class.
    pub table: &'static [PolicyRow],
    /// Statuses whose message is looked at.
    pub message_statuses: &'static [u16],
    /// What a 5xx is that stands in no row.
    pub other_5xx: FailureReason,
    /// What any other status is that stands in no row.
    pub otherwise: FailureReason,
    /// Classes that only the provider itself can tell: a captive portal's 401 says nothing about a
    /// credential.
    pub not_from_strangers: &'static [FailureReason],
    /// What a stranger's answer of such a class is instead.
    pub from_strangers: FailureReason,
    /// The longest deadline of a stranger, in milliseconds.
    pub stranger_deadline_ms: u64,
}

/// The rules that [`Outcome::classify`](crate::Outcome::classify) follows.
pub const CLASSIFICATION: Classification = Classification {
    table: &POLICY_TABLE,
    message_statuses: &[400, 401, 402, 403, 404, 422, 429],
    other_5xx: FailureReason::ServerError,
    otherwise: FailureReason::Unknown,
    not_from_strangers: &[FailureReason::Auth, FailureReason::AuthPermanent, FailureReason::Billing],
    from_strangers: FailureReason::ServerError,
    stranger_deadline_ms: 5 * 60 * 1000,
};

/// The row of a class.
pub(crate) fn row_of(reason: FailureReason) -> &'static PolicyRow {
    static TABLE: [PolicyRow; 11] = POLICY_TABLE;
    static UNKNOWN: PolicyRow = row(FailureReason::Unknown, ProfileEffect::None, Action::NextModel, true);
    TABLE.iter().find(|row| row.reason == reason).unwrap_or(&UNKNOWN)
}

/// The class that a provider's message tells by its first words. Anchored there, so that a message
/// which merely quotes such words ("messages.0: …credit balance is too low…") tells nothing.
pub(super) fn from_message(status: u16, message: &str) -> Option<FailureReason> {
    if !CLASSIFICATION.message_statuses.contains(&status) {
        return None;
    }
    let lower = message.trim_start().to_lowercase().replace('’', "'");
    let bare = ["your ", "this ", "the ", "an "].into_iter().find_map(|article| lower.strip_prefix(article));
    let says = |start: &&str| lower.starts_with(*start) || bare.is_some_and(|text| text.starts_with(*start));
    POLICY_TABLE.iter().find(|row| row.messages.iter().any(&says)).map(|row| row.reason)
}

pub(super) fn from_type(error_type: &str) -> Option<FailureReason> {
    POLICY_TABLE.iter().find(|row| row.types.contains(&error_type)).map(|row| row.reason)
}

pub(super) fn from_status(status: u16) -> FailureReason {
    let listed = POLICY_TABLE.iter().find(|row| row.statuses.contains(&status)).map(|row| row.reason);
    let other = if (500..600).contains(&status) { CLASSIFICATION.other_5xx } else { CLASSIFICATION.otherwise };
    listed.unwrap_or(other)
}

/// The class of an answer that is not in the provider's shape.
pub(super) fn from_stranger(status: u16) -> FailureReason {
    let reason = from_status(status);
    if CLASSIFICATION.not_from_strangers.contains(&reason) { CLASSIFICATION.from_strangers } else { reason }
}
