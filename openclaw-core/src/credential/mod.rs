//! Credentials as data: what is stored, before anything is done with it.

mod kind;
mod parse;
mod recognise;
mod reference;

use std::fmt;

use secrecy::SecretString;

use crate::secret::is_blank;
use crate::time::Timestamp;

pub use kind::CredentialKind;
pub(crate) use parse::without_outer_space;
pub use parse::{
    CredentialError, SETUP_TOKEN_PREFIX, check_sendable, clean_api_key, clean_setup_token, clean_token,
    looks_like_setup_token, parse_lifetime,
};
#[cfg(feature = "fs")]
pub(crate) use reference::SINGLE_VALUE;
pub use reference::{SecretRef, SecretRefSource};

/// A secret, or where it is found when it is needed.
#[derive(Clone)]
#[non_exhaustive]
pub enum Secret {
    /// The secret itself.
    Plain(SecretString),
    /// A reference, resolved when needed.
    Reference(SecretRef),
    /// The field is absent.
    Missing,
}

impl Secret {
    /// Whether there is neither a secret nor a reference.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Plain(secret) => is_blank(secret),
            Self::Reference(_) => false,
            Self::Missing => true,
        }
    }

    /// The secret itself, if it stands here.
    #[must_use]
    pub const fn plain(&self) -> Option<&SecretString> {
        match self {
            Self::Plain(secret) => Some(secret),
            Self::Reference(_) | Self::Missing => None,
        }
    }

    /// The reference, if it is one.
    #[must_use]
    pub const fn reference(&self) -> Option<&SecretRef> {
        match self {
            Self::Reference(reference) => Some(reference),
            Self::Plain(_) | Self::Missing => None,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(_) => f.write_str("Plain(…)"),
            Self::Reference(reference) => f.debug_tuple("Reference").field(reference).finish(),
            Self::Missing => f.write_str("Missing"),
        }
    }
}

/// When a credential ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expiry {
    /// No end is stored.
    #[default]
    Never,
    /// It ends then.
    At(Timestamp),
    /// What is stored is no moment: not a number, before 1973 (so zero, negative, or rather seconds), or beyond the calendar.
    Invalid,
}

impl Expiry {
    /// The last millisecond that an ECMAScript date can hold; OpenClaw refuses what lies beyond.
    const LAST: Timestamp = Timestamp::from_millis(8_640_000_000_000_000);

    /// Before this a number of milliseconds is rather one of seconds: 3 March 1973.
    const FIRST: Timestamp = Timestamp::from_millis(100_000_000_000);

    /// Reads the stored number of milliseconds.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        let moment = Timestamp::from_millis(millis);
        if moment >= Self::FIRST && moment <= Self::LAST { Self::At(moment) } else { Self::Invalid }
    }

    /// The moment, if there is one.
    #[must_use]
    pub const fn moment(self) -> Option<Timestamp> {
        match self {
            Self::At(moment) => Some(moment),
            Self::Never | Self::Invalid => None,
        }
    }
}

/// One credential.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Credential {
    /// An API key from Anthropic's console.
    ApiKey {
        /// The key.
        key: Secret,
    },
    /// A setup-token.
    Token {
        /// The token.
        token: Secret,
        /// When it ends, if that is known.
        expires: Expiry,
    },
    /// A login that OpenClaw made. It is used while its access token is valid and never changed.
    OAuth {
        /// The access token.
        access: Secret,
        /// When the access token ends.
        expires: Expiry,
        /// Whether there is a refresh token. We do not refresh: that would mean acting as another
        /// product's OAuth client.
        refreshable: bool,
    },
}

impl Credential {
    /// An API key, cleaned and checked.
    ///
    /// # Errors
    /// What is wrong with it, and which command takes it if it is another kind of credential.
    pub fn api_key(pasted: &SecretString) -> Result<Self, CredentialError> {
        Ok(Self::ApiKey { key: Secret::Plain(clean_api_key(pasted)?) })
    }

    /// A setup-token, cleaned and checked; without a stored end.
    ///
    /// ```
    /// use openclaw_core::Credential;
    /// let wrapped = format!("sk-ant-oat01-{}\n  {}\n", "a".repeat(60), "b".repeat(40));
    /// assert!(Credential::setup_token(&wrapped.into()).is_ok());
    /// let error = Credential::setup_token(&"sk-ant-oat01-short".into()).unwrap_err();
    /// assert_eq!(error.to_string(), "Token looks too short; paste the full setup-token");
    /// ```
    ///
    /// # Errors
    /// What is wrong with it, and which command takes it if it is another kind of credential.
    pub fn setup_token(pasted: &SecretString) -> Result<Self, CredentialError> {
        Ok(Self::Token { token: Secret::Plain(clean_setup_token(pasted)?), expires: Expiry::Never })
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self {
            Self::ApiKey { .. } => CredentialKind::ApiKey,
            Self::Token { .. } => CredentialKind::Token,
            Self::OAuth { .. } => CredentialKind::OAuth,
        }
    }

    /// The secret that is sent.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        match self {
            Self::ApiKey { key } => key,
            Self::Token { token, .. } => token,
            Self::OAuth { access, .. } => access,
        }
    }

    /// When it ends.
    #[must_use]
    pub const fn expires(&self) -> Expiry {
        match self {
            Self::ApiKey { .. } => Expiry::Never,
            Self::Token { expires, .. } | Self::OAuth { expires, .. } => *expires,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_moment_in_milliseconds() {
        for millis in [0, -1, 1_795_331_303, 8_640_000_000_000_001, i64::MAX, i64::MIN] {
            assert_eq!(Expiry::from_millis(millis), Expiry::Invalid, "{millis}");
        }
        let end = Timestamp::from_millis(1_795_331_303_000);
        assert_eq!(Expiry::from_millis(end.as_millis()).moment(), Some(end));
    }
}
