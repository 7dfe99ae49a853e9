//! `auth`: which stored credentials take part.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::declare::{section, words};
use super::read;
use crate::config::shape::Others;
use crate::credential::CredentialKind;
use crate::id::{ProfileId, ProviderId};

section! {
    /// Which stored credentials take part, in which order, and how long they rest after a failure.
    pub struct AuthSettings: [Default] {
        /// The profiles that take part, by id (`anthropic:default`). A provider of which none is
        /// listed takes all its stored profiles.
        "profiles" => profiles: IndexMap<ProfileId, AuthProfileSettings>,
        /// The order of each provider's profiles. An empty list is meaningful: no profile at all.
        "order" => order: BTreeMap<ProviderId, Vec<ProfileId>> = "read::order",
        /// How long profiles rest after failures.
        "cooldowns" => cooldowns: CooldownSettings,
    }
    others: Others::Refuse;
}

section! {
    /// What a stored profile must be, to take part.
    pub struct AuthProfileSettings: [PartialEq, Eq] {
        /// The provider it must belong to.
        required "provider" => provider: ProviderId,
        /// The kind it must have; `oauth` also accepts a stored token.
        required "mode" => mode: AuthMode,
        /// The account's address, for display.
        "email" => email: Option<String>,
        /// Another name for it, for display (later releases).
        "displayName": String,
    }
    others: Others::Refuse;
}

words! {
    /// The kind of credential that a profile must hold.
    pub enum AuthMode: "one of api_key, token, oauth, aws-sdk" {
        /// An API key.
        ApiKey = "api_key",
        /// A token, such as a setup-token.
        Token = "token",
        /// An OAuth login.
        OAuth = "oauth",
        /// The AWS SDK's own credentials (later releases). No stored profile is of this kind, so such
        /// an entry never serves a request here.
        AwsSdk = "aws-sdk",
    }
}

impl From<CredentialKind> for AuthMode {
    fn from(kind: CredentialKind) -> Self {
        match kind {
            CredentialKind::ApiKey => Self::ApiKey,
            CredentialKind::Token => Self::Token,
            CredentialKind::OAuth => Self::OAuth,
        }
    }
}

impl PartialEq<CredentialKind> for AuthMode {
    fn eq(&self, kind: &CredentialKind) -> bool {
        *self == Self::from(*kind)
    }
}

section! {
    /// How long profiles rest after failures. A number that is not above zero means the default, as in
    /// OpenClaw.
    pub struct CooldownSettings: [Default, PartialEq] {
        /// First billing window in hours (default 5).
        "billingBackoffHours" => billing_backoff_hours: Option<f64>,
        /// First billing window of single providers, in hours.
        "billingBackoffHoursByProvider" => billing_backoff_hours_by_provider: BTreeMap<ProviderId, f64>,
        /// Longest billing window in hours (default 24).
        "billingMaxHours" => billing_max_hours: Option<f64>,
        /// Hours without a failure after which counters start again (default 24).
        "failureWindowHours" => failure_window_hours: Option<f64>,
        /// First window after a credential was refused for good, in minutes (2026.4 and later; not
        /// used by openclaw-core).
        "authPermanentBackoffMinutes": f64,
        /// Longest such window in minutes (2026.4 and later; not used by openclaw-core).
        "authPermanentMaxMinutes": f64,
        /// How many other profiles are tried when a model is overloaded (2026.4 and later; not used by
        /// openclaw-core).
        "overloadedProfileRotations": f64,
        /// The wait before such a try in milliseconds (2026.4 and later; not used by openclaw-core).
        "overloadedBackoffMs": f64,
        /// How many other profiles are tried after a rate limit (2026.4 and later; not used by
        /// openclaw-core).
        "rateLimitedProfileRotations": f64,
    }
    others: Others::Refuse;
}
