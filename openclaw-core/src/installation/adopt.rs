//! What the configuration must say so that a new profile is not hidden by it.

use super::Installation;
use super::onboard::{set, unset};
use crate::advice::Advice;
use crate::config::{ConfigFiles, ConfigSource, SaveError, Written, edit_config_with};
use crate::credential::CredentialKind;
use crate::error::Error;
use crate::id::{ProfileId, ProviderId};
use crate::json5::{Edit, Path, Segment, quote, string};

/// The configuration lists the provider's profiles and must list the new one too, or it would be
/// hidden. Made before the credential is stored, so that a configuration that cannot be edited is
/// found out while nothing is written yet.
#[derive(Debug, Clone)]
pub struct Adoption {
    profile: Option<Edit>,
    front: Option<Front>,
}

/// The list of `auth.order` that an id is put in front of.
#[derive(Debug, Clone)]
struct Front {
    list: Path,
    id: ProfileId,
}

impl Adoption {
    /// Whether the configuration has to change.
    #[must_use]
    pub const fn is_needed(&self) -> bool {
        self.profile.is_some() || self.front.is_some()
    }

    /// What to edit, by what the files say now.
    pub(super) fn edits(&self, files: &ConfigFiles) -> Result<Vec<Edit>, SaveError> {
        let front = self.front.as_ref().map(|front| front.edit(files)).transpose()?;
        Ok(self.profile.iter().cloned().chain(front.flatten()).collect())
    }
}

impl Front {
    /// The list as it is written, comments and layout included, with the id before its first element;
    /// nothing if another process has put it in meanwhile.
    fn edit(&self, files: &ConfigFiles) -> Result<Option<Edit>, SaveError> {
        let id = quote(self.id.as_str());
        let owner = files.owner(&self.list)?;
        let list = files.authored(&owner);
        let is_id = |text, element| string(element, text).is_some_and(|found| *found == self.id.as_str());
        if list.is_some_and(|(text, list)| list.elements().iter().any(|element| is_id(text, element))) {
            return Ok(None);
        }
        let split = list.and_then(|(text, list)| {
            let first = list.elements().first()?.span.start;
            Some((text.get(list.span.start..first)?, text.get(first..list.span.end)?))
        });
        let Some((before, rest)) = split else { return Ok(Some(Edit::set(self.list.clone(), format!("[{}]", *id)))) };
        // A list with an element a line stays one.
        let gap = before.rfind('\n').and_then(|line| before.get(line..)).unwrap_or(" ");
        let gap = if gap.trim().is_empty() { gap } else { " " };
        Ok(Some(Edit::set(self.list.clone(), format!("{before}{},{gap}{rest}", *id))))
    }
}

impl Installation {
    /// What must change in the configuration so that the profile takes part: nothing where the
    /// configuration does not list the provider; else its place in `auth.profiles`, and the front of
    /// `auth.order`.
    ///
    /// # Errors
    /// The list stands in overrides, or is merged from several files: it has to be edited by hand.
    pub fn adoption(&self, provider: &ProviderId, id: &ProfileId, kind: CredentialKind) -> Result<Adoption, Error> {
        let auth = &self.config.settings().auth;
        let mut adoption = Adoption { profile: None, front: None };
        let listed = auth.profiles.values().any(|entry| entry.provider == *provider);
        let entry = auth.profiles.get(id);
        if listed && entry.is_none_or(|entry| entry.provider != *provider || entry.mode != kind) {
            let path = Path::keys(["auth", "profiles"]);
            self.check_source(&path)?;
            let text = format!(
                "{{\n  \"provider\": {},\n  \"mode\": {}\n}}",
                *quote(provider.as_str()),
                *quote(kind.as_str())
            );
            adoption.profile = Some(Edit::set(path.key(id.as_str()), text));
        }
        if auth.order.get(provider).is_some_and(|order| !order.contains(id)) {
            let list = Path::keys(["auth", "order", &self.order_key(provider)]);
            self.check_source(&list)?;
            adoption.front = Some(Front { list, id: id.clone() });
        }
        if adoption.is_needed() {
            let files = ConfigFiles::read(&self.paths.config_path, &self.process)?;
            let planned = adoption.edits(&files).and_then(|edits| files.plan(&edits, &self.env));
            planned.map_err(|error| hidden(&error.to_string()))?;
        }
        Ok(adoption)
    }

    /// Writes what [`adoption`](Self::adoption) found, worked out anew from what the files say by now.
    ///
    /// # Errors
    /// A file cannot be edited or written; the configuration is unchanged then.
    pub fn adopt(&self, adoption: &Adoption) -> Result<Written, Error> {
        if !adoption.is_needed() {
            return Ok(Written::default());
        }
        Ok(edit_config_with(&self.paths.config_path, &self.env, |files| adoption.edits(files))?)
    }

    /// How to take back what [`adopt`](Self::adopt) writes, by what the configuration says before.
    pub(super) fn undo_adoption(&self, adoption: &Adoption, provider: &ProviderId) -> Vec<Advice> {
        let auth = &self.config.settings().auth;
        let mut found = Vec::new();
        if let Some(edit) = &adoption.profile {
            let path = edit.path();
            let id = path.segments().last().and_then(|last| match last {
                Segment::Key(id) => auth.profiles.get(id.as_str()),
                Segment::Index(_) => None,
            });
            found.push(match id {
                Some(entry) => set("list the profile as before", &path.key("mode"), &quote(entry.mode.as_str())),
                None => unset("list the profile no longer", path),
            });
        }
        if let Some(Front { list, .. }) = &adoption.front {
            let order = auth.order.get(provider).into_iter().flatten();
            let ids: Vec<String> = order.map(|id| quote(id.as_str()).to_string()).collect();
            found.push(set("have the order of before", list, &format!("[{}]", ids.join(", "))));
        }
        found
    }

    /// The provider's key in `auth.order` as the file spells it.
    pub(super) fn order_key(&self, provider: &ProviderId) -> String {
        let order = self.config.get(&Path::keys(["auth", "order"]));
        let mut keys = order.into_iter().flat_map(|order| order.members().map(|(key, _)| key).collect::<Vec<_>>());
        keys.find(|key| ProviderId::new(key) == *provider).map_or_else(|| provider.to_string(), str::to_owned)
    }

    /// The list must stand in a file: nobody can write into overrides.
    fn check_source(&self, path: &Path) -> Result<(), Error> {
        match self.config.origin(path) {
            Some(origin) if !matches!(origin.source(), ConfigSource::File(_)) => {
                Err(hidden(&format!("{path} stands in {origin}, which is no file")))
            }
            _ => Ok(()),
        }
    }
}

fn hidden(reason: &str) -> Error {
    Error::Setup(format!(
        "{reason}. The configuration lists this provider's profiles, so a new one would be hidden: \
         add it there by hand first; nothing was stored"
    ))
}
