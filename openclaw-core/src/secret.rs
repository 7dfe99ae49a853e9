//! Secrets as text: the few things one may do with them besides sending and storing.

use secrecy::{ExposeSecret, SecretString};

/// What people may see of a secret: its public prefix and its last four characters, and only when
/// it is at least 24 characters long; a shorter one shows nothing of itself.
///
/// ```
/// use openclaw_core::mask;
/// assert_eq!(mask(&"sk-ant-api03-abcdefghijklmnop-wxyz".into()), "sk-ant-api03-…wxyz");
/// assert_eq!(mask(&"sk-short".into()), "…");
/// ```
#[must_use]
#[expect(clippy::disallowed_methods, reason = "edge: shows the public part of a secret")]
pub fn mask(secret: &SecretString) -> String {
    const PUBLIC: [&str; 4] = ["sk-ant-api03-", "sk-ant-oat01-", "sk-ant-admin01-", "sk-"];
    let text = secret.expose_secret();
    if text.chars().count() < 24 {
        return "…".to_owned();
    }
    let prefix = PUBLIC.into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or("");
    let tail: String = text.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{prefix}…{}", printable(&tail))
}

/// Whether two secrets are the same.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "edge: compares two secrets, neither leaves")]
pub fn same_secret(a: &SecretString, b: &SecretString) -> bool {
    let (a, b) = (a.expose_secret().as_bytes(), b.expose_secret().as_bytes());
    a.len() == b.len() && a.iter().zip(b).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}

/// Whether a secret is empty or blank.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "edge: looks whether a secret is blank")]
pub fn is_blank(secret: &SecretString) -> bool {
    secret.expose_secret().trim().is_empty()
}

/// Text from data (a server's message, a file's content) made safe for a terminal: control
/// characters and the characters that reorder a line become `\u{…}`; line breaks become spaces.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => safe.push(' '),
            c if c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                safe.extend(c.escape_unicode());
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Replaces everything in a text that looks like an Anthropic credential by its public prefix and `***`.
///
/// ```
/// use openclaw_core::redact;
/// assert_eq!(redact("invalid x-api-key: sk-ant-api03-abc_DEF"), "invalid x-api-key: sk-ant-***");
/// ```
#[must_use]
pub fn redact(text: &str) -> String {
    const MARK: &str = "sk-ant-";
    // Alone they are the names of kinds, as in "a token starting with sk-ant-oat01-".
    const PREFIXES: [&str; 4] = [MARK, "sk-ant-api03-", "sk-ant-oat01-", "sk-ant-admin01-"];
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        let (before, found) = rest.split_at(at);
        rest = found.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let run = found.get(..found.len() - rest.len()).unwrap_or(MARK);
        clean.push_str(before);
        if PREFIXES.contains(&run) {
            clean.push_str(run);
        } else {
            clean.push_str(MARK);
            clean.push_str("***");
        }
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_shows_at_most_the_public_prefix_and_four_characters() {
        assert_eq!(mask(&"x".repeat(23).into()), "…");
        assert_eq!(mask(&"abcdefghijklmnopqrst1234".into()), "…1234");
        assert_eq!(mask(&format!("sk-ant-oat01-{}wxyz", "a".repeat(80)).into()), "sk-ant-oat01-…wxyz");
        assert_eq!(mask(&"sk-ant-api03-abcdefgh".into()), "…");
    }

    #[test]
    fn redaction_finds_every_credential() {
        assert_eq!(redact("a sk-ant-api03-x, sk-ant-oat01-y_z."), "a sk-ant-***, sk-ant-***.");
        assert_eq!(redact("nothing"), "nothing");
        assert_eq!(
            redact("starts with sk-ant-oat01-, not sk-ant-api03-x"),
            "starts with sk-ant-oat01-, not sk-ant-***"
        );
    }

    #[test]
    fn printable_text_cannot_steer_a_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{202e}d"), "a\\u{1b}[31mb c\\u{202e}d");
    }
}
