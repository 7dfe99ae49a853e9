//! `secrets.providers` put to use: which of them a reference means, and how it is asked.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{SecretError, variable};
use crate::config::{SecretInput, SecretProvider, SecretReferenceSource, SecretsSettings};
use crate::credential::{SecretRef, SecretRefSource};
use crate::env::Env;

/// The configured places, and what they are asked with.
#[derive(Debug, Clone, Default)]
pub(super) struct Providers {
    pub(super) settings: SecretsSettings,
    pub(super) env: Env,
    pub(super) home: Option<PathBuf>,
}

impl Providers {
    /// Checks the grammar and finds the file or the program to be asked; none for a variable.
    pub(super) fn provider(&self, reference: &SecretRef) -> Result<Option<&SecretProvider>, SecretError> {
        if let Some(problem) = reference.problem() {
            return Err(SecretError::Invalid { reference: reference.clone(), problem });
        }
        let source = match &reference.source {
            SecretRefSource::Env => SecretReferenceSource::Env,
            SecretRefSource::File => SecretReferenceSource::File,
            SecretRefSource::Exec => SecretReferenceSource::Exec,
            SecretRefSource::Other(_) => return Err(SecretError::Unsupported(reference.clone())),
        };
        let named = self.settings.providers.get(&reference.provider);
        match (named.filter(|provider| provider.source == source), source) {
            (Some(provider), SecretReferenceSource::Env) => self.allows(provider, reference).map(|()| None),
            (Some(provider), _) => Ok(Some(provider)),
            // The environment needs no entry under its default name, even where that is another's.
            (None, SecretReferenceSource::Env)
                if reference.provider == self.settings.default_provider(&reference.source) =>
            {
                Ok(None)
            }
            (None, _) => {
                let place = format!("secrets.providers.{}", reference.provider);
                let wanted = source.as_str();
                let problem = named.map_or_else(
                    || format!("{place} is not configured; add it with source \"{wanted}\""),
                    |other| format!("{place} has source \"{}\", not \"{wanted}\"", other.source.as_str()),
                );
                Err(SecretError::Provider { reference: reference.clone(), problem })
            }
        }
    }

    fn allows(&self, provider: &SecretProvider, reference: &SecretRef) -> Result<(), SecretError> {
        let Some(allowed) = &provider.allowlist else { return Ok(()) };
        if allowed.iter().filter_map(text).any(|name| *name == reference.id) {
            return Ok(());
        }
        let problem = format!("secrets.providers.{}.allowlist does not have it", reference.provider);
        Err(SecretError::Provider { reference: reference.clone(), problem })
    }

    /// Everything that can be known without touching a file or running a program.
    pub(super) fn check(&self, reference: &SecretRef) -> Result<(), SecretError> {
        match self.provider(reference)? {
            None => variable(&self.env, reference).map(drop),
            Some(_) => Ok(()),
        }
    }

    /// The secret.
    pub(super) async fn ask(&self, reference: &SecretRef) -> Result<SecretString, SecretError> {
        match self.provider(reference)? {
            None => variable(&self.env, reference),
            #[cfg(feature = "fs")]
            Some(provider) if provider.source == SecretReferenceSource::File => {
                super::file::ask(self, provider, reference).await
            }
            #[cfg(feature = "fs")]
            Some(provider) if provider.source == SecretReferenceSource::Exec => {
                super::exec::ask(self, provider, reference).await
            }
            Some(_) => Err(SecretError::Unsupported(reference.clone())),
        }
    }
}

#[cfg(feature = "fs")]
impl Providers {
    /// An absolute path from the configuration; `~/` is the home folder of the process.
    pub(super) fn path(&self, place: &str, given: Option<&SecretInput>) -> Result<PathBuf, String> {
        let text = required(place, given)?;
        let text = text.trim();
        let path = match (text.strip_prefix("~/"), &self.home) {
            (Some(below), Some(home)) => home.join(below),
            (Some(_), None) => return Err(format!("{place} begins with ~, and the home folder is unknown")),
            (None, _) => PathBuf::from(text),
        };
        if path.is_absolute() { Ok(path) } else { Err(format!("{place} must be an absolute path or begin with ~/")) }
    }
}

/// A setting that must be there.
#[cfg(feature = "fs")]
pub(super) fn required(place: &str, given: Option<&SecretInput>) -> Result<Zeroizing<String>, String> {
    let given = given.ok_or_else(|| format!("{place} is missing"))?;
    if let Some(variable) = given.unset_variable() {
        return Err(format!("{place} needs the variable {variable}, which is not set"));
    }
    text(given).ok_or_else(|| format!("{place} is not a text"))
}

/// A setting as text, if it is one. Everything under `secrets` is kept as a secret: arguments may be.
#[expect(clippy::disallowed_methods, reason = "edge: names, paths and arguments among the settings are put to use")]
pub(super) fn text(given: &SecretInput) -> Option<Zeroizing<String>> {
    given.text().map(|text| Zeroizing::new(text.expose_secret().to_owned()))
}
