//! What people paste, cleaned and checked before it is stored.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use zeroize::Zeroizing;

/// How every setup-token starts (case-sensitive).
pub const SETUP_TOKEN_PREFIX: &str = "sk-ant-oat01-";

/// The shortest setup-token upstream accepts.
const SETUP_TOKEN_LENGTH: usize = 80;

/// Why pasted text is not the credential that was asked for. Never holds the text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// Nothing was given.
    #[error("Required")]
    Required,
    /// Not a setup-token.
    #[error("Expected token starting with sk-ant-oat01-")]
    Prefix,
    /// A part of a setup-token.
    #[error("Token looks too short; paste the full setup-token")]
    TooShort,
    /// The token brought its `#state` along.
    #[error("the token must end before the `#`: paste only what `claude setup-token` printed as the token")]
    Fragment,
    /// A character that no credential has.
    #[error("the {what} holds a character that does not belong there ({name}); paste it again")]
    Character {
        /// `token` or `API key`.
        what: &'static str,
        /// What kind of character, without showing the text around it.
        name: String,
    },
    /// An API key where a token belongs.
    #[error(
        "this is an API key, not a setup-token; store it with `openclaw models auth paste-api-key --provider anthropic`"
    )]
    IsApiKey,
    /// A setup-token where an API key belongs.
    #[error(
        "this is a setup-token, not an API key; store it with `openclaw models auth paste-token --provider anthropic`"
    )]
    IsSetupToken,
    /// A refresh token, which is no credential of ours at all.
    #[error("this is an OAuth refresh token and cannot be used; create a setup-token with `claude setup-token`")]
    IsRefreshToken,
    /// More than one credential where one belongs.
    #[error("there is more than one credential in it; give one")]
    Several,
    /// A character that no header can carry, in a secret that is about to be used.
    #[error("it holds a character that no header can carry ({name}); store it anew without it")]
    Unsendable {
        /// What kind of character, without showing the text around it.
        name: String,
    },
    /// Not a duration.
    #[error("invalid duration \"{0}\": expected a number with ms, s, m, h or d (default d), such as 365d")]
    Lifetime(String),
}

/// Whether a secret is a setup-token, wherever it was found. Such a secret never goes out as `x-api-key`.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "edge: looks at a secret's public prefix")]
pub fn looks_like_setup_token(secret: &SecretString) -> bool {
    secret.expose_secret().trim_start().starts_with("sk-ant-oat")
}

/// Checks a setup-token by SPEC's rules: white space and line breaks inside are removed, then
/// prefix, alphabet `[A-Za-z0-9_-]` and length (at least 80) must be right.
///
/// # Errors
/// What is wrong, without the text.
#[expect(clippy::disallowed_methods, reason = "edge: checks a pasted secret")]
pub fn clean_setup_token(pasted: &SecretString) -> Result<SecretString, CredentialError> {
    let text = without_space(pasted.expose_secret());
    if text.is_empty() {
        return Err(CredentialError::Required);
    }
    if !text.starts_with(SETUP_TOKEN_PREFIX) {
        return Err(match kind_of(&text) {
            Some(Known::ApiKey) => CredentialError::IsApiKey,
            Some(Known::RefreshToken) => CredentialError::IsRefreshToken,
            _ => CredentialError::Prefix,
        });
    }
    if text.contains('#') {
        return Err(CredentialError::Fragment);
    }
    alphabet(&text, "token", |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))?;
    if text.len() < SETUP_TOKEN_LENGTH {
        return Err(CredentialError::TooShort);
    }
    Ok(SecretString::from(text.as_str()))
}

/// Checks an API key. `export X="…"`, quotes and backticks around it are taken off, as OpenClaw's
/// wizard does, and white space and line breaks inside are removed. Keys of other servers have no
/// common shape, so any printable ASCII text passes.
///
/// # Errors
/// What is wrong, without the text.
#[expect(clippy::disallowed_methods, reason = "edge: checks a pasted secret")]
pub fn clean_api_key(pasted: &SecretString) -> Result<SecretString, CredentialError> {
    let mut text = pasted.expose_secret().trim().trim_start_matches('\u{feff}').trim_end_matches(';').trim();
    if let Some(assignment) = text.strip_prefix("export ") {
        text = assignment.split_once('=').map_or(text, |(_, value)| value).trim();
    }
    for quote in ['"', '\'', '`'] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|inner| inner.strip_suffix(quote)) {
            text = inner.trim();
        }
    }
    let text = without_space(text);
    if text.is_empty() {
        return Err(CredentialError::Required);
    }
    match kind_of(&text) {
        Some(Known::SetupToken) => return Err(CredentialError::IsSetupToken),
        Some(Known::RefreshToken) => return Err(CredentialError::IsRefreshToken),
        Some(Known::ApiKey) | None => {}
    }
    alphabet(&text, "API key", |c| c.is_ascii_graphic())?;
    Ok(SecretString::from(text.as_str()))
}

/// Checks that a header can carry a secret: visible ASCII and blanks, which is all that no server and no
/// proxy reads in two ways (RFC 9110 §5.5).
///
/// # Errors
/// Which kind of character stands in the way, without the text.
#[expect(clippy::disallowed_methods, reason = "edge: looks at the characters of a secret")]
pub fn check_sendable(secret: &SecretString) -> Result<(), CredentialError> {
    let fits = |c: char| c.is_ascii_graphic() || c == ' ';
    let name = match secret.expose_secret().chars().find(|c| !fits(*c)) {
        None => return Ok(()),
        Some(c) if c.is_control() => format!("control character U+{:04X}", u32::from(c)),
        Some(_) => "not an ASCII character".to_owned(),
    };
    Err(CredentialError::Unsendable { name })
}

/// A secret without the white space around it, which files and commands add and no credential has.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "edge: takes white space off a secret")]
pub(crate) fn without_outer_space(secret: SecretString) -> SecretString {
    let text = secret.expose_secret();
    let inner = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if inner.len() == text.len() { secret } else { SecretString::from(inner) }
}

/// Cleans a token of another provider: white space inside is removed, and what is left must be
/// printable ASCII.
///
/// # Errors
/// What is wrong, without the text.
#[expect(clippy::disallowed_methods, reason = "edge: checks a pasted secret")]
pub fn clean_token(pasted: &SecretString) -> Result<SecretString, CredentialError> {
    let text = without_space(pasted.expose_secret());
    if text.is_empty() {
        return Err(CredentialError::Required);
    }
    alphabet(&text, "token", |c| c.is_ascii_graphic())?;
    Ok(SecretString::from(text.as_str()))
}

/// A lifetime such as `365d`, `12h`, `1.5h` or `30` (days): `\d+(\.\d+)?(ms|s|m|h|d)?`, as upstream.
///
/// # Errors
/// The text, if it is not a positive duration of at most 100 years.
pub fn parse_lifetime(text: &str) -> Result<Duration, CredentialError> {
    let invalid = || CredentialError::Lifetime(crate::secret::printable(text));
    let trimmed = text.trim().to_ascii_lowercase();
    let digits = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match trimmed.get(digits.len()..).unwrap_or("") {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "" | "d" => 86_400.0,
        _ => return Err(invalid()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !numeric(fraction) {
        return Err(invalid());
    }
    let seconds = digits.parse::<f64>().map_err(|_| invalid())? * unit;
    let limit = 100.0 * 366.0 * 86_400.0;
    if seconds <= 0.0 || seconds > limit {
        return Err(invalid());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid())
}

enum Known {
    ApiKey,
    SetupToken,
    RefreshToken,
}

fn kind_of(text: &str) -> Option<Known> {
    let kinds = [("sk-ant-api", Known::ApiKey), ("sk-ant-oat", Known::SetupToken), ("sk-ant-ort", Known::RefreshToken)];
    kinds.into_iter().find(|(prefix, _)| text.starts_with(prefix)).map(|(_, kind)| kind)
}

fn without_space(text: &str) -> Zeroizing<String> {
    let mut clean = Zeroizing::new(String::with_capacity(text.len()));
    clean.extend(text.chars().filter(|c| !c.is_whitespace() && *c != '\u{feff}'));
    clean
}

fn alphabet(text: &str, what: &'static str, allowed: fn(char) -> bool) -> Result<(), CredentialError> {
    match text.chars().find(|c| !allowed(*c)) {
        None => Ok(()),
        Some(c) if c.is_control() => {
            Err(CredentialError::Character { what, name: format!("control character U+{:04X}", u32::from(c)) })
        }
        Some(c) => Err(CredentialError::Character { what, name: format!("`{c}`") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Result<SecretString, CredentialError> {
        clean_setup_token(&text.into())
    }

    #[test]
    fn setup_tokens() {
        let body = "A".repeat(67);
        assert!(token(&format!("{SETUP_TOKEN_PREFIX}{body}")).is_ok(), "80 characters");
        assert_eq!(token(&format!("{SETUP_TOKEN_PREFIX}{}", &body[1..])).unwrap_err(), CredentialError::TooShort);
        let wrapped = token(&format!("  {SETUP_TOKEN_PREFIX}{body}\r\n  {body}\n")).unwrap();
        assert!(crate::secret::same_secret(&wrapped, &format!("{SETUP_TOKEN_PREFIX}{body}{body}").into()));
        for (text, expected) in [
            (String::new(), "Required"),
            ("  \n".into(), "Required"),
            ("nonsense".into(), "Expected token starting with sk-ant-oat01-"),
            (format!("SK-ANT-OAT01-{body}"), "Expected token starting with sk-ant-oat01-"),
        ] {
            assert_eq!(token(&text).unwrap_err().to_string(), expected);
        }
        assert_eq!(token(&format!("{SETUP_TOKEN_PREFIX}{body}#state")).unwrap_err(), CredentialError::Fragment);
        assert_eq!(token(&format!("sk-ant-api03-{body}")).unwrap_err(), CredentialError::IsApiKey);
        let error = token(&format!("{SETUP_TOKEN_PREFIX}{body}\u{7}")).unwrap_err().to_string();
        assert!(error.contains("U+0007") && !error.contains("AAA"), "{error}");
    }

    #[test]
    fn api_keys() {
        let same = |text: &str| {
            crate::secret::same_secret(&clean_api_key(&text.into()).unwrap(), &"sk-ant-api03-abc_DEF".into())
        };
        for text in [
            "sk-ant-api03-abc_DEF",
            " \"sk-ant-api03-abc_DEF\" ",
            "export ANTHROPIC_API_KEY=\"sk-ant-api03-abc_DEF\";",
            "`sk-ant-api03-abc_DEF`\n",
            "\u{feff}sk-ant-api03-\r\nabc_DEF",
        ] {
            assert!(same(text), "{text:?}");
        }
        assert_eq!(clean_api_key(&"sk-ant-oat01-x".into()).unwrap_err(), CredentialError::IsSetupToken);
        assert_eq!(clean_api_key(&"".into()).unwrap_err(), CredentialError::Required);
        assert!(clean_api_key(&"key\0x".into()).is_err());
        assert!(clean_api_key(&"clé".into()).is_err());
    }

    #[test]
    fn what_headers_cannot_carry() {
        for text in ["sk-ant-api03-abc_DEF", "a key of a gateway", "~!@#"] {
            assert_eq!(check_sendable(&text.into()), Ok(()), "{text}");
        }
        for (text, name) in [
            ("CAN\r\nARY", "control character U+000D"),
            ("CAN\nARY", "control character U+000A"),
            ("CAN\0ARY", "control character U+0000"),
            ("CAN\tARY", "control character U+0009"),
            ("CAN\u{7f}ARY", "control character U+007F"),
            ("CANéARY", "not an ASCII character"),
        ] {
            let error = check_sendable(&text.into()).unwrap_err().to_string();
            assert!(error.contains(name) && !error.contains("CAN") && !error.contains('é'), "{error}");
        }
        let clean = without_outer_space("\u{feff} key\r\n".to_owned().into());
        assert!(crate::secret::same_secret(&clean, &"key".into()));
    }

    #[test]
    fn lifetimes() {
        for (text, seconds) in
            [("365d", 365.0 * 86_400.0), ("1.5h", 5400.0), ("30", 30.0 * 86_400.0), ("500ms", 0.5), ("2M", 120.0)]
        {
            assert_eq!(parse_lifetime(text).unwrap().as_secs_f64(), seconds, "{text}");
        }
        for bad in ["", "soon", "1w", "-1d", "1.d", ".5d", "0", "1e9d", "999999999999d", "1 d"] {
            assert!(parse_lifetime(bad).is_err(), "{bad}");
        }
    }
}
