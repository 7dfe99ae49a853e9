//! Which strings of a configuration are secrets.

use crate::json5::Segment;

/// Whether a string at this path is a secret whatever it says: the `env` block, anything under
/// `secrets`, headers and variables handed to other programs, and every key that looks like a
/// credential, also in the sections that belong to the assistant.
pub(super) fn is_secret_path(path: &[Segment]) -> bool {
    fn key(segment: Option<&Segment>) -> Option<&str> {
        match segment {
            Some(Segment::Key(key)) => Some(key),
            _ => None,
        }
    }
    if path.len() > 1 && matches!(key(path.first()), Some("env" | "secrets")) {
        return true;
    }
    let parent = path.len().checked_sub(2).and_then(|at| path.get(at));
    if matches!(key(parent), Some("headers" | "env")) {
        return true;
    }
    // An array under a credential's key holds credentials.
    let nearest = path.iter().rev().find(|segment| matches!(segment, Segment::Key(_)));
    key(nearest).is_some_and(names_a_credential)
}

/// Whether a string gives itself away: an Anthropic credential, or a URL with a password.
pub(super) fn is_secret_text(text: &str) -> bool {
    text.contains("sk-ant-") || has_password(text)
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
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    ANYWHERE.iter().any(|word| plain.contains(word)) || AT_THE_END.iter().any(|word| plain.ends_with(word))
}

fn has_password(text: &str) -> bool {
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
        let at = |path: &str| is_secret_path(path.parse::<Path>().unwrap().segments());
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
