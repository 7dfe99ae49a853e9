//! From what is wanted to what has to be written.

use super::undo::{next, undo};
use super::{ConfigEdits, Deposit, Installation, Onboarding, OnboardingPlan, PlannedProfile, ProfileStep};
use crate::config::ConfigFiles;
use crate::credential::{Credential, CredentialKind, Expiry, Secret};
use crate::error::Error;
use crate::id::{ProfileId, ProviderId};
use crate::json5::{Edit, Path};
use crate::profile::{AuthProfiles, CredentialChange, Profile};
use crate::secret::{mask, same_secret};
use crate::store::{CredentialStore as _, StoreError};
use crate::time::Timestamp;

impl Installation {
    /// Works out what has to be written, and checks that it can be. Nothing is written.
    ///
    /// # Errors
    /// The credential that is to be kept is not there; another kind of credential, another provider's or an entry that cannot be read stands under the
    /// id; the folder belongs to a newer OpenClaw; or the configuration, which would hide the profile or
    /// says the model, cannot be edited.
    pub async fn plan_onboarding(&self, wanted: Onboarding, now: Timestamp) -> Result<OnboardingPlan, Error> {
        let Onboarding { agent, deposit, model } = wanted;
        let store = self.store();
        let stored = store.load(&agent).await?;
        let model = model.map(|model| self.model_step(&agent, &model)).transpose()?;
        let mut edits =
            ConfigEdits { model: model.as_ref().and_then(super::ModelStep::edit), ..ConfigEdits::default() };
        let (mut profile, mut change) = (None, None);
        if let Some(mut deposit) = deposit {
            let given = deposit.credential.take();
            let keeps = given.is_none();
            let credential = match given.or_else(|| Some(stored.get(&deposit.id)?.credential.clone())) {
                Some(credential) => credential,
                None => {
                    let place = self.auth_store(&agent).display().to_string();
                    return Err(Error::ProfileNotFound { profile: deposit.id, agent, place });
                }
            };
            let kind = credential.kind();
            edits.adoption = Some(self.adoption(&deposit.provider, &deposit.id, kind)?);
            let shown = credential.secret().plain().map(mask).unwrap_or_default();
            let step;
            (step, change) = if keeps { (ProfileStep::Keep, None) } else { judge(&deposit, credential, &stored, now)? };
            if let (Some(_), Some(marker)) = (&change, store.newer_openclaw(&agent)) {
                return Err(StoreError::NewerOpenClaw { marker }.into());
            }
            let Deposit { provider, id, .. } = deposit;
            profile = Some(PlannedProfile { id, provider, kind, shown, step });
        }
        let (mut config, mut listed) = (None, Vec::new());
        if edits.is_needed() {
            let files = ConfigFiles::read(&self.paths.config_path, &self.process)?;
            let found = edits.of(self, &files)?;
            let models = Path::keys(["agents", "defaults", "models"]);
            let under = |path: &&Path| path.segments().starts_with(models.segments());
            listed = found.iter().map(Edit::path).filter(under).cloned().collect();
            config = Some(files.plan(&found, &self.env)?);
        }
        let mut plan = OnboardingPlan {
            store_path: self.auth_store(&agent),
            agent,
            profile,
            model,
            undo: Vec::new(),
            next: Vec::new(),
            change,
            edits,
            listed,
            config,
        };
        plan.undo = undo(self, &plan);
        plan.next = next(self, &plan);
        Ok(plan)
    }
}

/// What storing it comes to, and the change that does it.
fn judge(
    deposit: &Deposit,
    mut credential: Credential,
    stored: &AuthProfiles,
    now: Timestamp,
) -> Result<(ProfileStep, Option<CredentialChange>), StoreError> {
    if let (Some(lifetime), Credential::Token { expires, .. }) = (deposit.lifetime, &mut credential) {
        *expires = Expiry::At(now.after(lifetime));
    }
    let there = stored.get(&deposit.id);
    let same = there.is_some_and(|there| same_profile(there, &deposit.provider, &credential));
    if same && there.is_some_and(|there| says_the_same(there, deposit, &credential, now)) {
        return Ok((ProfileStep::Keep, None));
    }
    let step = match there {
        None => ProfileStep::Add,
        Some(_) if same => ProfileStep::Update,
        Some(there) => ProfileStep::Replace(there.kind()),
    };
    let mut profile = Profile::new(deposit.provider.clone(), credential);
    profile.added = (profile.kind() == CredentialKind::Token).then_some(now);
    let change =
        CredentialChange::Upsert { id: deposit.id.clone(), profile: Box::new(profile), replace: deposit.replace };
    // What the store would refuse is refused before anything is asked or written.
    change.apply(&mut stored.clone())?;
    Ok((step, Some(change)))
}

fn same_profile(there: &Profile, provider: &ProviderId, credential: &Credential) -> bool {
    let same = match (there.credential.secret(), credential.secret()) {
        (Secret::Plain(a), Secret::Plain(b)) => same_secret(a, b),
        _ => false,
    };
    same && there.provider == *provider && there.kind() == credential.kind()
}

/// Whether the end that is stored is the one that is wanted. Without a lifetime what is known is kept,
/// unless that would leave a credential that has ended; with the lifetime that it was stored with, too.
fn says_the_same(there: &Profile, deposit: &Deposit, wanted: &Credential, now: Timestamp) -> bool {
    let known = match there.credential.expires() {
        Expiry::Never => None,
        Expiry::At(end) if now < end => Some(end),
        Expiry::At(_) | Expiry::Invalid => return false,
    };
    match (wanted.expires(), deposit.lifetime, there.added) {
        (Expiry::Never, ..) => true,
        (_, Some(lifetime), Some(added)) => known == Some(added.after(lifetime)),
        _ => false,
    }
}

/// An id that nothing is stored under yet, for a credential that is to stand beside the others:
/// `default` or `manual`, then `api-key` or `setup-token`, then these with a number.
#[must_use]
pub fn free_profile_id(stored: &AuthProfiles, provider: &ProviderId, kind: CredentialKind) -> ProfileId {
    let (usual, own) = match kind {
        CredentialKind::ApiKey => ("default", "api-key"),
        CredentialKind::Token | CredentialKind::OAuth => ("manual", "setup-token"),
    };
    let mut names = [usual.to_owned(), own.to_owned()].into_iter().chain((2..).map(|n: u64| format!("{own}-{n}")));
    let free = names.find_map(|name| {
        let id = ProfileId::named(provider, &name);
        (!stored.profiles.contains_key(id.as_str())).then_some(id)
    });
    free.unwrap_or_else(|| ProfileId::named(provider, usual))
}
