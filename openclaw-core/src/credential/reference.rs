//! Secrets by reference: where a secret is found when it is needed.

use std::fmt;

/// The source of a referenced secret (OpenClaw's SecretRef).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretRefSource {
    /// An environment variable.
    Env,
    /// A file named in `secrets.providers`.
    File,
    /// A command named in `secrets.providers`.
    Exec,
    /// A source that this version does not know.
    Other(String),
}

/// `{source, provider, id}`, or the short form `"${VAR}"`. It names a secret and holds none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretRef {
    /// Which kind of source.
    pub source: SecretRefSource,
    /// The name under `secrets.providers`; `default` when not given.
    pub provider: String,
    /// What to ask the source for: a variable's name, a JSON pointer, …
    pub id: String,
}

impl SecretRef {
    /// A reference to an environment variable.
    #[must_use]
    pub fn env(variable: &str) -> Self {
        Self { source: SecretRefSource::Env, provider: "default".to_owned(), id: variable.to_owned() }
    }

    /// The short form `${VAR}`, as the whole text: `[A-Z_][A-Z0-9_]*`.
    #[must_use]
    pub fn from_short(text: &str) -> Option<Self> {
        let name = text.strip_prefix("${")?.strip_suffix('}')?;
        let first = name.bytes().next().is_some_and(|b| b.is_ascii_uppercase() || b == b'_');
        let rest = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        (first && rest).then(|| Self::env(name))
    }

    /// A reference from its parts.
    #[must_use]
    pub fn new(source: &str, provider: &str, id: &str) -> Self {
        let source = match source {
            "env" => SecretRefSource::Env,
            "file" => SecretRefSource::File,
            "exec" => SecretRefSource::Exec,
            other => SecretRefSource::Other(other.to_owned()),
        };
        Self { source, provider: provider.to_owned(), id: id.to_owned() }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            SecretRefSource::Env => "env",
            SecretRefSource::File => "file",
            SecretRefSource::Exec => "exec",
            SecretRefSource::Other(other) => other,
        };
        write!(f, "{source}:{}", self.id)
    }
}
