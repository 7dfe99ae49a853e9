//! Credentials that are stored nowhere: from the environment and from the configuration.

use secrecy::SecretString;

use crate::config::{SecretInput, Settings};
use crate::credential::{Credential, CredentialKind, Expiry, Secret, SecretRef, looks_like_setup_token};
use crate::env::Env;
use crate::id::{ProfileId, ProviderId};
use crate::profile::{AuthProfiles, Profile, StoredProfile};

/// The variables that hold Anthropic's credentials, the first one that is set first.
const ANTHROPIC_VARIABLES: [(&str, CredentialKind); 3] = [
    ("ANTHROPIC_OAUTH_TOKEN", CredentialKind::Token),
    ("ANTHROPIC_API_KEY", CredentialKind::ApiKey),
    ("CLAUDE_CODE_OAUTH_TOKEN", CredentialKind::Token),
];

/// A credential that is stored nowhere. It serves only when its provider has no eligible stored
/// profile, and its health lives in memory.
#[derive(Debug, Clone)]
pub struct AmbientCredential {
    /// Whose.
    pub provider: ProviderId,
    /// Its name among the profiles: `env:ANTHROPIC_API_KEY`, `config:models.providers.x.apiKey`.
    pub id: ProfileId,
    /// Where it was found, as `models status` says it: `env: ANTHROPIC_API_KEY`.
    pub source: String,
    /// Its kind.
    pub kind: CredentialKind,
    /// The secret, or where it is found when it is needed.
    pub secret: Secret,
}

/// All ambient credentials: the environment's, then those of `models.providers.*.apiKey`. A reference
/// there is not resolved yet; one to a variable that is not set counts, and is refused when it is needed.
#[must_use]
pub fn ambient_credentials(env: &Env, settings: &Settings) -> Vec<AmbientCredential> {
    let anthropic = ProviderId::anthropic();
    let mut found = Vec::new();
    for (variable, kind) in ANTHROPIC_VARIABLES {
        if let Some(value) = env.get(variable) {
            found.push(AmbientCredential {
                provider: anthropic.clone(),
                id: ProfileId::verbatim(&format!("env:{variable}")),
                source: format!("env: {variable}"),
                kind,
                secret: Secret::Plain(SecretString::from(value.trim())),
            });
        }
    }
    for (provider, given) in &settings.models.providers {
        let secret = match (&given.api_key, given.api_key.as_ref().and_then(SecretInput::unset_variable)) {
            (Some(SecretInput::Text(secret)), _) => Some(match SecretRef::from_short_secret(secret) {
                Some(reference) => Secret::Reference(settings.secrets.by_default(reference)),
                None => Secret::Plain(secret.clone()),
            }),
            (Some(SecretInput::Reference(reference)), _) => {
                Some(Secret::Reference(settings.secrets.reference(reference)))
            }
            (_, Some(variable)) => Some(Secret::Reference(settings.secrets.by_default(SecretRef::env(variable)))),
            _ => None,
        };
        if let Some(secret) = secret {
            let path = format!("models.providers.{provider}.apiKey");
            found.push(AmbientCredential {
                provider: provider.clone(),
                id: ProfileId::verbatim(&format!("config:{path}")),
                source: format!("config: {path}"),
                kind: CredentialKind::ApiKey,
                secret,
            });
        }
    }
    for credential in &mut found {
        // Whatever holds it: a setup-token is one.
        if credential.provider == anthropic && credential.secret.plain().is_some_and(looks_like_setup_token) {
            credential.kind = CredentialKind::Token;
        }
    }
    found
}

/// The ambient credentials of a provider as profiles, in their order.
pub(crate) fn as_profiles(ambient: &[AmbientCredential], provider: &ProviderId) -> AuthProfiles {
    let mut profiles = AuthProfiles::default();
    for ambient in ambient.iter().filter(|ambient| ambient.provider == *provider) {
        let secret = ambient.secret.clone();
        let credential = match ambient.kind {
            CredentialKind::ApiKey => Credential::ApiKey { key: secret },
            CredentialKind::Token | CredentialKind::OAuth => {
                Credential::Token { token: secret, expires: Expiry::Never }
            }
        };
        let profile = Profile::new(provider.clone(), credential);
        profiles.profiles.insert(ambient.id.clone(), StoredProfile::Valid(profile));
    }
    let order: Vec<ProfileId> = profiles.profiles.keys().cloned().collect();
    if !order.is_empty() {
        profiles.order.insert(provider.clone(), order);
    }
    profiles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigLayer, ConfigSource};

    #[test]
    fn the_environment_comes_first_and_a_setup_token_is_one_wherever_it_stands() {
        let text = "{ models: { providers: {
            anthropic: { baseUrl: 'https://a.example', apiKey: 'sk-ant-oat01-in-the-wrong-place', models: [] },
            proxy: { baseUrl: 'https://p.example', api: 'anthropic-messages', models: [],
                     apiKey: { source: 'env', provider: 'default', id: 'PROXY_KEY' } },
        } } }";
        let env =
            Env::empty().with("ANTHROPIC_API_KEY", " key ").with("CLAUDE_CODE_OAUTH_TOKEN", "t").with("PROXY_KEY", "p");
        let layer = ConfigLayer::parse(ConfigSource::Override, text).unwrap();
        let config = Config::from_layers([layer], &env).unwrap();
        let found = ambient_credentials(&env, config.settings());
        let shown: Vec<_> = found.iter().map(|a| (a.source.as_str(), a.kind.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("env: ANTHROPIC_API_KEY", "api_key"),
                ("env: CLAUDE_CODE_OAUTH_TOKEN", "token"),
                ("config: models.providers.anthropic.apiKey", "token"),
                ("config: models.providers.proxy.apiKey", "api_key"),
            ]
        );
    }
}
