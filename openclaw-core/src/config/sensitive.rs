//! Which strings of a configuration are secrets.

use super::place::{Place, Step};
use crate::json5::Segment;

/// Whether a string at this path is a secret whatever it says: the `env` block, anything under
/// `secrets`, headers and variables handed to other programs, and every key that looks like a
/// credential, also in the sections that belong to the assistant.
pub(super) fn is_secret_place(place: &Place<'_>) -> bool {
    let mut nearest = None;
    let mut first = None;
    for (above, step) in place.upwards().enumerate() {
        let key = match step {
            Step::Key(key) => Some(key),
            Step::Index(_) => None,
        };
        if above == 1 && matches!(key, Some("headers" | "env")) {
            return true;
        }
        // An array under a credential's key holds credentials.
        nearest = nearest.or(key);
        first = key;
    }
    (place.depth() > 1 && matches!(first, Some("env" | "secrets"))) || nearest.is_some_and(names_a_credential)
}

/// The same of a path that is at hand as a whole.
pub(super) fn is_secret_path(path: &[Segment]) -> bool {
    is_secret_place(&Place::at(path))
}

/// Whether a string gives itself away: an Anthropic credential, or a URL with a password.
pub(super) fn is_secret_text(text: &str) -> bool {
    contains(text.as_bytes(), b"sk-ant-") || has_password(text)
}

/// Whether a key or a variable is named like a credential: `apiKey`, `botToken`, `DB_PASSWORD`.
pub(super) fn names_a_credential(name: &str) -> bool {
    const ANYWHERE: [&str; 6] = ["apikey", "password", "passphrase", "passwd", "secret", "credential"];
    const AT_THE_END: [&str; 10] = [
        "token",
        "tokens",
        "privatekey",
        "accesskey",
        "signingkey",
        "encryptionkey",
        "authkey",
        "authorization",
        "cookie",
        "cookies",
    ];
    // Every string of a configuration asks, so the usual name is looked at without a heap.
    let mut buffer = [0; 64];
    let plain = if name.is_ascii() && name.len() <= buffer.len() {
        let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
        let length = buffer.iter_mut().zip(letters).map(|(slot, byte)| *slot = byte.to_ascii_lowercase()).count();
        buffer.get(..length).unwrap_or(&[])
    } else {
        &name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>().into_bytes()
    };
    ANYWHERE.iter().any(|word| contains(plain, word.as_bytes()))
        || AT_THE_END.iter().any(|word| plain.ends_with(word.as_bytes()))
}

/// For the short texts here, cheaper than the searcher that `str::contains` sets up first.
fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

fn has_password(text: &str) -> bool {
    if !text.as_bytes().contains(&b'@') {
        return false;
    }
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json5::Path;

    #[test]
    fn secrets_are_known_by_their_place_or_their_look() {
        let at = |path: &str| is_secret_place(&Place::at(path.parse::<Path>().unwrap().segments()));
        for path in [
            "env.X",
            "env.vars.X",
            "secrets.providers.vault.command",
            "models.providers.x.apiKey",
            "models.providers.x.headers.X-Team",
            "channels.telegram.botToken",
            "channels.x.accounts[0].token",
            "gateway.auth.password",
            "tools.x.apiKeys[2]",
            "mcp.servers.x.env.ANY",
        ] {
            assert!(at(path), "{path}");
        }
        for path in ["models.providers.x.baseUrl", "gateway.auth.mode", "models.providers.x.apiKey.source", "a.env"] {
            assert!(!at(path), "{path}");
        }
        assert!(is_secret_text("Bearer sk-ant-api03-x") && is_secret_text("redis://u:p@h/0"));
        assert!(!is_secret_text("https://example.com/@me:x"));
    }
}
