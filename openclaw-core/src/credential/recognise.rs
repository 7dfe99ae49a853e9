//! Which kind of credential a text is, for those who are given one without a word about it.

use secrecy::{ExposeSecret as _, SecretString};

use super::parse::{CredentialError, clean_api_key};
use super::{Credential, Secret};

impl Credential {
    /// The credential that a text is, by Anthropic's public prefixes: an API key (`sk-ant-api…`) or a
    /// setup-token (`sk-ant-oat…`), cleaned and checked. `None` for a text that holds neither, such as the
    /// key of another server: what that is has to be said.
    ///
    /// ```
    /// use openclaw_core::{Credential, CredentialKind};
    /// let kind = |text: &str| Credential::recognise(&text.into()).map(|found| found.map(|found| found.kind()));
    /// assert_eq!(kind("export ANTHROPIC_API_KEY='sk-ant-api03-abc_DEF'\n"), Ok(Some(CredentialKind::ApiKey)));
    /// assert_eq!(kind("a key of some gateway"), Ok(None));
    /// assert!(kind("sk-ant-api03-abc sk-ant-api03-def").is_err());
    /// ```
    ///
    /// # Errors
    /// There are several, or the one that it begins to be is not whole.
    pub fn recognise(pasted: &SecretString) -> Result<Option<Self>, CredentialError> {
        #[expect(clippy::disallowed_methods, reason = "edge: looks for public prefixes in a pasted secret")]
        let marks = pasted.expose_secret().matches("sk-ant-").count();
        match marks {
            0 => return Ok(None),
            1 => {}
            _ => return Err(CredentialError::Several),
        }
        match clean_api_key(pasted) {
            Err(CredentialError::IsSetupToken) => Self::setup_token(pasted).map(Some),
            Err(error) => Err(error),
            Ok(key) if begins(&key, "sk-ant-api") => Ok(Some(Self::ApiKey { key: Secret::Plain(key) })),
            Ok(_) => Ok(None),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "edge: looks at a secret's public prefix")]
fn begins(secret: &SecretString, prefix: &str) -> bool {
    secret.expose_secret().starts_with(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::CredentialKind::{ApiKey, Token};

    #[test]
    fn a_credential_is_known_by_its_public_prefix() {
        let token = format!("sk-ant-oat01-{}", "A".repeat(80));
        let (head, tail) = token.split_at(50);
        for (text, expected) in [
            ("sk-ant-api03-abc_DEF".to_owned(), Ok(Some(ApiKey))),
            ("export K=\"sk-ant-api03-abc_DEF\";\r\n".into(), Ok(Some(ApiKey))),
            (format!("\u{feff}{head}\r\n  {tail}\n"), Ok(Some(Token))),
            (String::new(), Ok(None)),
            ("xai-1234567890".into(), Ok(None)),
            ("ANTHROPIC_API_KEY=sk-ant-api03-abc_DEF".into(), Ok(None)),
            ("sk-ant-admin01-abc".into(), Ok(None)),
            (format!("{token}\n{token}"), Err(CredentialError::Several)),
            (head.to_owned(), Err(CredentialError::TooShort)),
            (format!("{token}#state"), Err(CredentialError::Fragment)),
            ("sk-ant-ort01-abc".into(), Err(CredentialError::IsRefreshToken)),
        ] {
            let found = Credential::recognise(&text.as_str().into()).map(|found| found.map(|found| found.kind()));
            assert_eq!(found, expected, "{text}");
        }
    }
}
