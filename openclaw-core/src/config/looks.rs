//! Which texts give themselves away as credentials, whatever they are called.
//!
//! Every string of a configuration is asked, so each text is gone through once, and only signs that
//! are rare in other texts (`-`, `_`, `:`, `=`, …) are looked at more closely.

use super::names::names_a_credential;

/// Web hooks: who knows the address may post.
const HOOKS: &[u8] = b"hooks.slack.com/services";

/// Whether a text holds something that looks like a credential: a key of Anthropic, another `sk-…`, a
/// token of GitHub, Slack or AWS, a JSON Web Token, a private key, a URL with a password or with a
/// parameter named like a credential, or an argument `--token=…`.
///
/// The looks are those that the services document for their own secret scanners.
pub(super) fn is_secret_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| match byte {
        b'-' => dashed(bytes, at),
        b'_' => github(bytes, at),
        b'A' => amazon(bytes, at),
        b'J' => web_token(bytes, at),
        b'/' => bytes.get(..at).is_some_and(|before| before.ends_with(HOOKS)),
        b':' => password(text, at),
        b'=' => parameter(text, at),
        _ => false,
    })
}

/// Whether an argument such as `--token` says that the next one is a credential.
pub(super) fn announces_a_credential(argument: &str) -> bool {
    argument.starts_with('-') && !argument.contains(['=', ' ']) && names_a_credential(argument)
}

/// Whether the bytes up to `end` end with `word`, and that begins there.
fn word_before(bytes: &[u8], end: usize, word: &[u8]) -> bool {
    let Some(before) = bytes.get(..end).and_then(|before| before.strip_suffix(word)) else { return false };
    before.last().is_none_or(|byte| !is_key(*byte))
}

/// How many bytes from `from` on may stand in a key.
fn key_length(bytes: &[u8], from: usize) -> usize {
    bytes.get(from..).unwrap_or(&[]).iter().take_while(|byte| is_key(**byte)).count()
}

const fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn dashed(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at + 1..).unwrap_or(&[]);
    // Ours, also in the middle of a word.
    if rest.starts_with(b"ant-") && bytes.get(..at).is_some_and(|before| before.ends_with(b"sk")) {
        return true;
    }
    const SLACK: [&[u8]; 6] = [b"xoxa", b"xoxb", b"xoxp", b"xoxr", b"xoxs", b"xapp"];
    (word_before(bytes, at, b"sk") && key_length(bytes, at + 1) >= 20)
        || SLACK.iter().any(|word| word_before(bytes, at, word))
        || rest.strip_prefix(b"----BEGIN ").is_some_and(private_key)
}

/// `RSA PRIVATE KEY-----`, up to the end of the line.
fn private_key(rest: &[u8]) -> bool {
    const MARK: &[u8] = b"PRIVATE KEY";
    let line = rest.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or(rest);
    line.windows(MARK.len()).any(|window| window == MARK)
}

fn github(bytes: &[u8], at: usize) -> bool {
    const WORDS: [&[u8]; 6] = [b"ghp", b"gho", b"ghu", b"ghs", b"ghr", b"github_pat"];
    WORDS.iter().any(|word| word_before(bytes, at, word))
}

fn amazon(bytes: &[u8], at: usize) -> bool {
    let id = bytes.get(at..).and_then(|rest| rest.strip_prefix(b"AKIA")).and_then(|rest| rest.get(..16));
    id.is_some_and(|id| id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()))
}

/// `eyJ….eyJ…`: two JSON objects in base64.
fn web_token(bytes: &[u8], at: usize) -> bool {
    if !word_before(bytes, at, b"ey") {
        return false;
    }
    let dot = at + key_length(bytes, at);
    bytes.get(dot..).is_some_and(|rest| rest.starts_with(b".eyJ"))
}

/// `://name:password@`
fn password(text: &str, at: usize) -> bool {
    let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix("://")) else { return false };
    let authority = rest.split(|c: char| matches!(c, '/' | '?' | '#') || c.is_whitespace()).next().unwrap_or("");
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

/// `?api_key=…`, `&token=…`, `--token=…`; a variable in the place of the value is no credential.
fn parameter(text: &str, at: usize) -> bool {
    /// Names of parameters that carry one in URLs, and mean something else elsewhere.
    const IN_URLS: [&str; 4] = ["key", "sig", "signature", "auth"];
    let (Some(before), Some(value)) = (text.get(..at), text.get(at + 1..)) else { return false };
    let name_at = before.rfind(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'));
    let name = before.get(name_at.map_or(0, |last| last + before.get(last..).map_or(1, first_length))..).unwrap_or("");
    let in_url = name_at.and_then(|last| before.as_bytes().get(last)).is_some_and(|c| matches!(c, b'?' | b'&' | b'#'));
    let given = !value.is_empty() && !value.starts_with(['&', '#', ' ']) && !value.starts_with("${");
    given && (in_url || name.starts_with('-')) && (names_a_credential(name) || (in_url && IN_URLS.contains(&name)))
}

fn first_length(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_give_themselves_away() {
        for text in [
            "Bearer sk-ant-api03-x",
            "desk-sk-ant-oat01",
            "sk-proj-abcdefghij0123456789",
            "key=sk-abcdefghij0123456789",
            "ghp_abc",
            "token gho_abc",
            "github_pat_11ABC",
            "xoxb-1-2",
            "xapp-1-A",
            "AKIAIOSFODNN7EXAMPLE",
            "-----BEGIN PRIVATE KEY-----\nx",
            "x\n-----BEGIN RSA PRIVATE KEY-----",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
            "redis://u:p@h/0",
            "see http://a and http://u:p@h",
            "https://h/x?api_key=abc",
            "https://h/x?a=1&access_token=abc#y",
            "/hook?key=abc",
            "https://hooks.slack.com/services/T0/B0/x",
            "--api-key=abc",
            "run -x --token=abc",
            "é?token=é",
        ] {
            assert!(is_secret_text(text), "{text}");
        }
    }

    #[test]
    fn other_texts_do_not() {
        for text in [
            "",
            "https://example.com/@me:x",
            "http://a b:c@d",
            "sk-SK",
            "task-management-and-planning-tool",
            "https://example.com/sk-short",
            "claude-opus-4-5-20251101",
            "my_ghp_name",
            "boxoxb-x",
            "AKIAIOSFODNN",
            "akiaiosfodnn7example",
            "-----BEGIN CERTIFICATE-----\nPRIVATE KEY",
            "eyJhbGciOiJIUzI1NiJ9 eyJ",
            "keyJ.eyJ",
            "https://h/?q=token&page=2",
            "https://h/?token=${TOKEN}",
            "https://h/?token=",
            "token = what a request costs",
            "a=b?c",
            "=",
            "https://hooks.slack.com/",
            "key=value",
        ] {
            assert!(!is_secret_text(text), "{text}");
        }
    }

    #[test]
    fn an_argument_announces_the_next_one() {
        for argument in ["--token", "--api-key", "-password", "--DB_PASSWORD"] {
            assert!(announces_a_credential(argument), "{argument}");
        }
        for argument in ["token", "--verbose", "--token=x", "--", "- the token"] {
            assert!(!announces_a_credential(argument), "{argument}");
        }
    }
}
