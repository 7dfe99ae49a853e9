//! Base URLs of providers: which ones may carry a credential, and where their messages go.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;
use thiserror::Error;

/// Why a text is not a usable base URL. Never holds the text: a URL may carry a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// The text is no absolute URL.
    #[error("is not a URL; write it as https://host or https://host/path")]
    Invalid,
    /// Neither `https` nor `http`.
    #[error("must start with https://")]
    Scheme,
    /// `http` to another machine would send the credential in clear.
    #[error(
        "must be https, since the credential would travel in clear; http is for a literal loopback address (127.0.0.1, [::1])"
    )]
    PlainHttp,
    /// A user name or password before the host.
    #[error("must not hold a user name or password; credentials belong in a profile or in `apiKey`")]
    UserInfo,
    /// A query or fragment, which would end up before `/v1/messages`.
    #[error("must not hold a query or a fragment")]
    Query,
}

/// Checks that a base URL may carry a credential: `https`, or `http` to a literal loopback address
/// (`127.0.0.0/8`, `[::1]`; a name such as `localhost` can be made to point elsewhere), without user
/// info, query and fragment.
///
/// ```
/// use openclaw_core::{check_base_url, BaseUrlError};
/// assert!(check_base_url("https://api.anthropic.com/v1/").is_ok());
/// assert!(check_base_url("http://127.0.0.1:8080").is_ok());
/// assert_eq!(check_base_url("http://localhost:8080"), Err(BaseUrlError::PlainHttp));
/// ```
///
/// # Errors
/// The first rule that the text breaks.
pub fn check_base_url(text: &str) -> Result<(), BaseUrlError> {
    let text = text.trim();
    if text.contains(['?', '#']) {
        return Err(BaseUrlError::Query);
    }
    let uri: Uri = text.parse().map_err(|_| BaseUrlError::Invalid)?;
    let scheme = uri.scheme_str().ok_or(BaseUrlError::Invalid)?;
    let authority = uri.authority().ok_or(BaseUrlError::Invalid)?;
    if authority.as_str().contains('@') {
        return Err(BaseUrlError::UserInfo);
    }
    let host = authority.host();
    let port = authority.as_str().strip_prefix(host).unwrap_or_default();
    if host.is_empty() || (!port.is_empty() && authority.port_u16().is_none()) {
        return Err(BaseUrlError::Invalid);
    }
    match scheme {
        "https" => Ok(()),
        "http" if is_literal_loopback(host) => Ok(()),
        "http" => Err(BaseUrlError::PlainHttp),
        _ => Err(BaseUrlError::Scheme),
    }
}

/// Where a provider's messages go: `{base}/v1/messages`. A base that already ends in `/v1` or `/` is
/// tolerated, since both spellings are in use.
///
/// ```
/// use openclaw_core::messages_url;
/// for base in ["https://a.example", "https://a.example/", "https://a.example/v1", "https://a.example/v1/"] {
///     assert_eq!(messages_url(base), "https://a.example/v1/messages");
/// }
/// ```
#[must_use]
pub fn messages_url(base: &str) -> String {
    format!("{}/v1/messages", root(base))
}

/// Where a provider lists its models: `{base}/v1/models`, by the same rules.
pub(crate) fn models_url(base: &str) -> String {
    format!("{}/v1/models", root(base))
}

/// A base URL without the endings that are tolerated.
fn root(base: &str) -> &str {
    let base = base.trim().trim_end_matches('/');
    // A host may have that name too.
    base.strip_suffix("/v1").filter(|rest| !rest.ends_with(":/")).unwrap_or(base).trim_end_matches('/')
}

pub(crate) fn is_literal_loopback(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match v6 {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback()),
        None => host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_be_named_like_the_end_of_a_path() {
        for base in ["https://v1", "https://v1/", "https://v1/v1"] {
            assert_eq!(messages_url(base), "https://v1/v1/messages", "{base}");
        }
        assert_eq!(messages_url("https://a.example//v1//"), "https://a.example/v1/messages");
    }

    #[test]
    fn only_encrypted_or_local_urls_may_carry_a_credential() {
        for good in ["https://x", "HTTPS://x/y", "http://127.9.0.1:1", "http://[::1]:8080/v1", " https://x "] {
            assert_eq!(check_base_url(good), Ok(()), "{good}");
        }
        for (bad, error) in [
            ("", BaseUrlError::Invalid),
            ("x", BaseUrlError::Invalid),
            ("/v1", BaseUrlError::Invalid),
            ("https://", BaseUrlError::Invalid),
            ("https://x:99999", BaseUrlError::Invalid),
            ("ftp://x", BaseUrlError::Scheme),
            ("http://x", BaseUrlError::PlainHttp),
            ("http://localhost", BaseUrlError::PlainHttp),
            ("http://127.0.0.1.evil.example", BaseUrlError::PlainHttp),
            ("http://[::2]", BaseUrlError::PlainHttp),
            ("http://0.0.0.0", BaseUrlError::PlainHttp),
            ("https://user:pw@x", BaseUrlError::UserInfo),
            ("http://127.0.0.1@evil.example", BaseUrlError::UserInfo),
            ("https://x?a=b", BaseUrlError::Query),
            ("https://x/#f", BaseUrlError::Query),
        ] {
            assert_eq!(check_base_url(bad), Err(error), "{bad}");
        }
    }
}
