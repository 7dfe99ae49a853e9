//! Credentials as data: what is stored, before anything is done with it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of a credential, in the words of OpenClaw's files. It decides headers and body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CredentialKind {
    /// An OAuth login that another program made.
    #[serde(rename = "oauth")]
    OAuth,
    /// A setup-token, made by `claude setup-token`.
    Token,
    /// An API key from Anthropic's console.
    ApiKey,
}

impl CredentialKind {
    /// The word used in files and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OAuth => "oauth",
            Self::Token => "token",
            Self::ApiKey => "api_key",
        }
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
