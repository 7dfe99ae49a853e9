//! Who may serve a provider, as far as it can be told without resolving a reference.

use std::collections::{BTreeMap, HashSet};

use crate::config::AuthSettings;
use crate::failover::{malformed_left_out, set_unsendable_apart};
use crate::health::{CooldownPolicy, Health};
use crate::id::{ProfileId, ProviderId};
use crate::profile::{AuthProfiles, StoredProfile};
use crate::resolver::{Resolution, ResolveInput, resolve};
use crate::secret::{printable, redact};
use crate::secret_source::SecretSource;
use crate::time::Timestamp;

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) provider: &'a ProviderId,
    pub(super) model: Option<&'a str>,
    pub(super) profiles: &'a AuthProfiles,
    pub(super) health: &'a Health,
    pub(super) auth: &'a AuthSettings,
    pub(super) policy: &'a CooldownPolicy,
    pub(super) secrets: &'a dyn SecretSource,
}

/// The answer.
pub(super) struct Judged {
    /// Who may serve; every other profile of the provider is refused with a reason.
    pub(super) resolution: Resolution,
    /// What is wrong in words, where a reason alone does not say it.
    pub(super) problems: BTreeMap<ProfileId, String>,
}

impl Case<'_> {
    pub(super) fn judge(&self, now: Timestamp) -> Judged {
        let Case { provider, model, profiles, health, auth, policy, secrets } = *self;
        let mut problems = BTreeMap::new();
        let mut unresolved = HashSet::new();
        for (id, stored) in profiles.profiles.iter().filter(|(_, stored)| stored.provider() == provider) {
            let problem = match stored {
                StoredProfile::Malformed { problem, .. } => Some((*problem).to_owned()),
                StoredProfile::Valid(profile) => {
                    let reference = profile.credential.secret().reference();
                    let problem = reference.and_then(|reference| secrets.check(reference).err());
                    unresolved.extend(problem.as_ref().map(|_| id.clone()));
                    problem.map(|problem| redact(&printable(&problem.to_string())))
                }
            };
            problems.extend(problem.map(|problem| (id.clone(), problem)));
        }
        let unresolved = &unresolved;
        let input = ResolveInput { provider, model, profiles, health, auth, policy, unresolved, pin: None };
        let mut resolution = resolve(&input, now);
        set_unsendable_apart(&mut resolution, profiles);
        let left_out = malformed_left_out(&resolution, profiles, provider);
        resolution.unusable.extend(left_out);
        Judged { resolution, problems }
    }
}
