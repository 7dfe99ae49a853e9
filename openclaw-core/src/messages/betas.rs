//! The `anthropic-beta` header: a set that is merged from three sources and never replaced by one.

use http::HeaderValue;

use super::render::{RenderError, RenderOptions};
use crate::credential::CredentialKind;
use crate::id::ProviderId;

/// The flag without which the API answers a Bearer credential "OAuth authentication is currently not supported".
const OAUTH: &str = "oauth-2025-04-20";
/// The flag for prompts that are cached longer than five minutes; for API keys only.
const EXTENDED_CACHE: &str = "extended-cache-ttl-2025-04-11";
/// What every version of that flag begins with.
const EXTENDED_CACHE_FAMILY: &str = "extended-cache-ttl-";

/// The flags of one request, in the order in which they came in.
struct Betas<'a> {
    bearer: bool,
    flags: Vec<&'a str>,
}

impl<'a> Betas<'a> {
    fn new(provider: &ProviderId, kind: CredentialKind) -> Self {
        let flags = match kind {
            CredentialKind::Token | CredentialKind::OAuth => vec![OAUTH],
            CredentialKind::ApiKey if *provider == ProviderId::anthropic() => vec![EXTENDED_CACHE],
            CredentialKind::ApiKey => Vec::new(),
        };
        Self { bearer: kind != CredentialKind::ApiKey, flags }
    }

    /// Adds the flags of a comma-separated list; `-flag` takes one out. The later source has the last word.
    fn add(&mut self, list: &'a str) -> Result<(), RenderError> {
        for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (removes, flag) = match item.strip_prefix('-') {
                Some(flag) => (true, flag.trim_start()),
                None => (false, item),
            };
            if flag.is_empty() || !flag.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(RenderError::Beta);
            }
            let is_flag = |known: &&str| known.eq_ignore_ascii_case(flag);
            // A Bearer request without the OAuth flag always fails, and long caching is not for it.
            let fixed = self.bearer && if removes { is_flag(&OAUTH) } else { is_extended_cache(flag) };
            if fixed {
                continue;
            }
            if removes {
                self.flags.retain(|known| !is_flag(known));
            } else if !self.flags.iter().any(is_flag) {
                self.flags.push(flag);
            }
        }
        Ok(())
    }
}

fn is_extended_cache(flag: &str) -> bool {
    let family = flag.get(..EXTENDED_CACHE_FAMILY.len());
    family.is_some_and(|start| start.eq_ignore_ascii_case(EXTENDED_CACHE_FAMILY))
}

/// Whether a configured header is a list of flags that can be sent.
pub(crate) fn is_flag_list(value: &HeaderValue) -> bool {
    value.to_str().is_ok_and(|list| Betas { bearer: false, flags: Vec::new() }.add(list).is_ok())
}

/// The header's value: ours, then the provider's configured headers, then the caller's flags.
/// `None` when no flag is left.
pub(super) fn header(options: &RenderOptions<'_>) -> Result<Option<HeaderValue>, RenderError> {
    let mut betas = Betas::new(options.provider, options.kind);
    for (_, value) in options.headers.iter().filter(|(name, _)| name == "anthropic-beta") {
        betas.add(value.to_str().map_err(|_| RenderError::Beta)?)?;
    }
    for list in options.betas {
        betas.add(list)?;
    }
    if betas.flags.is_empty() {
        return Ok(None);
    }
    HeaderValue::from_str(&betas.flags.join(",")).map(Some).map_err(|_| RenderError::Beta)
}
