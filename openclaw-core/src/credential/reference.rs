//! Secrets by reference: where a secret is found when it is needed.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::secret::{printable, redact};

/// The id of the one secret of a file that holds nothing else.
pub(crate) const SINGLE_VALUE: &str = "value";

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

impl SecretRefSource {
    /// The word used in files and messages.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Env => "env",
            Self::File => "file",
            Self::Exec => "exec",
            Self::Other(other) => other,
        }
    }
}

/// `{source, provider, id}`, or the short forms `"${VAR}"` and `"$VAR"`. It names a secret and holds
/// none; all the same, what breaks the grammar is `***` in `Display` and `Debug`, since it may be a
/// secret that was put into the wrong field.
///
/// ```
/// use openclaw_core::SecretRef;
/// assert_eq!(SecretRef::env("VAULT_KEY").to_string(), "env:VAULT_KEY");
/// assert_eq!(SecretRef::new("exec", "vault", "claude/key").to_string(), "exec:vault:claude/key");
/// assert!(SecretRef::new("exec", "vault", "../key").problem().is_some());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
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

    /// The short forms as the whole text: `${VAR}` with `[A-Z_][A-Z0-9_]*`, as in the configuration,
    /// and `$VAR` with `[A-Z][A-Z0-9_]{0,127}`, as in OpenClaw's secret fields.
    #[must_use]
    pub fn from_short(text: &str) -> Option<Self> {
        let name = text.strip_prefix('$')?;
        match name.strip_prefix('{') {
            Some(braced) => {
                let name = braced.strip_suffix('}')?;
                let first = name.bytes().next().is_some_and(|b| b.is_ascii_uppercase() || b == b'_');
                (first && name.bytes().all(is_of_a_variable)).then(|| Self::env(name))
            }
            None => is_variable(name).then(|| Self::env(name)),
        }
    }

    /// The short forms, where a secret may stand as well. Blanks around them do not count.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "edge: tells a reference from a secret")]
    pub fn from_short_secret(secret: &SecretString) -> Option<Self> {
        Self::from_short(secret.expose_secret().trim())
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

    /// What breaks OpenClaw's grammar of references, in words; `None` if nothing does. For a source that
    /// is not known here, only the provider is looked at.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        if !is_provider(&self.provider) {
            return Some("the provider must match ^[a-z][a-z0-9_-]{0,63}$");
        }
        match &self.source {
            SecretRefSource::Other(source) if source.is_empty() => Some("it has no source (env, file or exec)"),
            SecretRefSource::Env if !is_variable(&self.id) => {
                Some("the id must be the name of a variable: ^[A-Z][A-Z0-9_]{0,127}$")
            }
            SecretRefSource::File if !is_pointer(&self.id) => Some(
                "the id must be a JSON pointer such as /claude/key (`~` as ~0, `/` as ~1), or `value` for a file that \
                 holds one secret",
            ),
            SecretRefSource::Exec if !is_exec_id(&self.id) => {
                Some("the id must match ^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,255}$, without `.` or `..` between slashes")
            }
            _ => None,
        }
    }
}

impl fmt::Display for SecretRef {
    /// `env:VAR`, `file:vault:/claude/key`, `exec:vault:claude/key`: the provider of a variable only
    /// where it is not `default`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self.source.as_str()))?;
        let provider = is_provider(&self.provider);
        if self.source != SecretRefSource::Env || self.provider != "default" {
            write!(f, ":{}", if provider { &self.provider } else { "***" })?;
        }
        // A wrong provider hides a right id, too: which of them was meant is not known.
        if self.problem().is_some() { f.write_str(":***") } else { write!(f, ":{}", shown(&self.id)) }
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretRef({self})")
    }
}

fn shown(text: &str) -> String {
    printable(&redact(text))
}

const fn is_of_a_variable(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}

/// `^[A-Z][A-Z0-9_]{0,127}$`
fn is_variable(name: &str) -> bool {
    name.len() <= 128
        && name.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
        && name.bytes().all(is_of_a_variable)
}

/// `^[a-z][a-z0-9_-]{0,63}$`
fn is_provider(name: &str) -> bool {
    name.len() <= 64
        && name.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
}

/// RFC 6901, but for the pointer to the whole document; or `value`.
fn is_pointer(id: &str) -> bool {
    let escaped = |part: &str| part.starts_with('0') || part.starts_with('1');
    id == SINGLE_VALUE || (id.starts_with('/') && id.split('~').skip(1).all(escaped))
}

/// `^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,255}$`, and no segment that a path could climb with.
fn is_exec_id(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'/' | b'#' | b'-');
    id.len() <= 256
        && id.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && id.bytes().all(allowed)
        && !id.split('/').any(|segment| matches!(segment, "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_right(source: &str, provider: &str, id: &str) -> bool {
        SecretRef::new(source, provider, id).problem().is_none()
    }

    #[test]
    fn the_grammar_of_references() {
        let (long, longer) = ("A".repeat(128), "A".repeat(129));
        let (exec, too_long) = ("a".repeat(256), "a".repeat(257));
        for (source, id) in [
            ("env", "A"),
            ("env", "A_1"),
            ("env", long.as_str()),
            ("file", "value"),
            ("file", "/"),
            ("file", "/a/b~0c~1d"),
            ("file", "/a b/ü"),
            ("exec", "vault/claude:key#field"),
            ("exec", "a..b"),
            ("exec", "a/.b"),
            ("exec", exec.as_str()),
            ("store", "anything at all"),
        ] {
            assert!(is_right(source, "default", id), "{source} {id}");
        }
        for (source, id) in [
            ("env", ""),
            ("env", "a"),
            ("env", "_A"),
            ("env", "1A"),
            ("env", "A-B"),
            ("env", longer.as_str()),
            ("file", ""),
            ("file", "a/b"),
            ("file", "VALUE"),
            ("file", "/a~2"),
            ("file", "/a~"),
            ("exec", ""),
            ("exec", "/a"),
            ("exec", "a/../b"),
            ("exec", "a/."),
            ("exec", "a b"),
            ("exec", "é"),
            ("exec", too_long.as_str()),
            ("", "A"),
        ] {
            assert!(!is_right(source, "default", id), "{source} {id}");
        }
        let (long, longer) = ("a".repeat(64), "a".repeat(65));
        for provider in ["a", "vault-2_b", long.as_str()] {
            assert!(is_right("env", provider, "A"), "{provider}");
        }
        for provider in ["", "A", "2a", "-a", "a.b", longer.as_str()] {
            assert!(!is_right("env", provider, "A"), "{provider}");
        }
    }

    #[test]
    fn short_forms() {
        for text in ["${KEY}", "$KEY"] {
            assert_eq!(SecretRef::from_short(text), Some(SecretRef::env("KEY")), "{text}");
        }
        assert_eq!(SecretRef::from_short_secret(&" $KEY\n".into()), Some(SecretRef::env("KEY")));
        for text in ["", "$", "${}", "${KEY", "$KEY}", "$key", "$_KEY", "$KEY-1", "x$KEY", "$${KEY}", "$$KEY", "${a}"] {
            assert_eq!(SecretRef::from_short(text), None, "{text}");
        }
    }

    #[test]
    fn a_secret_in_the_wrong_field_is_not_shown() {
        for reference in [
            SecretRef::env("sk-ant-api03-CANARY"),
            SecretRef::new("exec", "vault", "sk-ant-api03-CANARY"),
            SecretRef::new("file", "vault", "CANARY"),
            SecretRef::new("env", "CANARY", "KEY"),
            SecretRef::new("sk-ant-api03-CANARY", "default", "x"),
        ] {
            let shown = format!("{reference} {reference:?}");
            assert!(!shown.contains("CANARY"), "{shown}");
        }
        assert_eq!(SecretRef::new("env", "team", "KEY").to_string(), "env:team:KEY");
        assert_eq!(format!("{:?}", SecretRef::env("KEY")), "SecretRef(env:KEY)");
    }
}
