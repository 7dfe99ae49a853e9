//! Whether references lead anywhere: for commands that were asked to find out.

use super::Failover;
use crate::credential::{CredentialKind, Secret, SecretRef, looks_like_setup_token};
use crate::id::{ProfileId, ProviderId};
use crate::secret_source::{SecretError, usable};
use crate::store::StoreError;

/// A profile whose secret is a reference, and what that leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedReference {
    /// Which profile; `config:models.providers.<p>.apiKey` for one of the configuration.
    pub profile: ProfileId,
    /// Whose.
    pub provider: ProviderId,
    /// The reference.
    pub reference: SecretRef,
    /// The kind of credential that was found, as it would be sent; or why there is none.
    pub outcome: Result<CredentialKind, SecretError>,
}

impl Failover {
    /// Resolves every reference of the agent, one after the other: files are read and programs are run.
    /// What is found is not shown, and goes no further than into what the source keeps.
    ///
    /// # Errors
    /// The stored profiles cannot be read. A reference that leads nowhere is no error.
    pub async fn resolve_references(&self) -> Result<Vec<ResolvedReference>, StoreError> {
        let stored = self.profiles().await?;
        let profiles = stored.profiles.iter().filter_map(|(id, stored)| {
            let profile = stored.valid()?;
            Some((id, &profile.provider, profile.kind(), profile.credential.secret()))
        });
        let ambient = &self.inner.ambient;
        let ambient = ambient.iter().map(|ambient| (&ambient.id, &ambient.provider, ambient.kind, &ambient.secret));
        let mut resolved = Vec::new();
        for (profile, provider, kind, secret) in profiles.chain(ambient) {
            let Secret::Reference(reference) = secret else { continue };
            let found = self.inner.secrets.resolve(reference).await.and_then(|secret| usable(reference, secret));
            let kind = |token: bool| if token && kind == CredentialKind::ApiKey { CredentialKind::Token } else { kind };
            resolved.push(ResolvedReference {
                profile: profile.clone(),
                provider: provider.clone(),
                reference: reference.clone(),
                outcome: found.map(|secret| kind(looks_like_setup_token(&secret))),
            });
        }
        Ok(resolved)
    }
}
