//! What the configuration must say so that a new profile is not hidden by it.

use super::Installation;
use zeroize::Zeroizing;

use crate::config::ConfigSource;
use crate::credential::CredentialKind;
use crate::error::Error;
use crate::id::{ProfileId, ProviderId};
use crate::json5::{self, Document, Edit, EditError, Limits, Path, quote};
use crate::store::{edit_text_file, read_text_file};

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

    /// The configuration's text with the profile in it.
    fn apply(&self, text: &str) -> Result<Zeroizing<String>, EditError> {
        let limits = Limits::default();
        let mut edits: Vec<Edit> = self.profile.iter().cloned().collect();
        if let Some(front) = &self.front {
            let document = json5::scan(text, &limits).map_err(EditError::Text)?;
            edits.push(front.edit(text, &document));
        }
        json5::edit(text, &edits, &limits)
    }
}

impl Front {
    /// The list as it is written, comments and layout included, with the id before its first element.
    fn edit(&self, text: &str, document: &Document) -> Edit {
        let id = quote(self.id.as_str());
        let list = document.root.at(&self.list);
        let split = list.zip(list.and_then(|list| list.elements().first())).and_then(|(list, first)| {
            let before = text.get(list.span.start..first.span.start)?;
            Some((before, text.get(first.span.start..list.span.end)?))
        });
        let Some((before, rest)) = split else { return Edit::set(self.list.clone(), format!("[{}]", *id)) };
        // A list with an element a line stays one.
        let gap = before.rfind('\n').and_then(|line| before.get(line..)).unwrap_or(" ");
        let gap = if gap.trim().is_empty() { gap } else { " " };
        Edit::set(self.list.clone(), format!("{before}{},{gap}{rest}", *id))
    }
}

impl Installation {
    /// What must change in the configuration so that the profile takes part: nothing where the
    /// configuration does not list the provider; else its place in `auth.profiles`, and the front of
    /// `auth.order`.
    ///
    /// # Errors
    /// The list stands in an included file or in overrides, and has to be edited there by hand.
    pub fn adoption(&self, provider: &ProviderId, id: &ProfileId, kind: CredentialKind) -> Result<Adoption, Error> {
        let auth = &self.config.settings().auth;
        let mut adoption = Adoption { profile: None, front: None };
        let listed = auth.profiles.iter().any(|(_, entry)| entry.provider == *provider);
        let entry = auth.profiles.iter().find(|(listed, _)| listed == id).map(|(_, entry)| entry);
        if listed && entry.is_none_or(|entry| entry.provider != *provider || entry.mode != kind) {
            let path = Path::keys(["auth", "profiles"]);
            self.check_owner(&path)?;
            let text = format!(
                "{{\n  \"provider\": {},\n  \"mode\": {}\n}}",
                *quote(provider.as_str()),
                *quote(kind.as_str())
            );
            adoption.profile = Some(Edit::set(path.key(id.as_str()), text));
        }
        if auth.order.get(provider).is_some_and(|order| !order.contains(id)) {
            let list = Path::keys(["auth", "order", &self.order_key(provider)]);
            self.check_owner(&list)?;
            adoption.front = Some(Front { list, id: id.clone() });
        }
        Ok(adoption)
    }

    /// Writes what [`adoption`](Self::adoption) found.
    ///
    /// # Errors
    /// The file cannot be edited or written; it is unchanged then.
    pub fn adopt(&self, adoption: &Adoption) -> Result<(), Error> {
        if !adoption.is_needed() {
            return Ok(());
        }
        edit_text_file(&self.paths.config_path, |text| adoption.apply(text)).map_err(Error::from)
    }

    /// The provider's key in `auth.order` as the file spells it.
    fn order_key(&self, provider: &ProviderId) -> String {
        let order = self.config.get(&Path::keys(["auth", "order"]));
        let mut keys = order.into_iter().flat_map(|order| order.members().map(|(key, _)| key).collect::<Vec<_>>());
        keys.find(|key| ProviderId::new(key) == *provider).map_or_else(|| provider.to_string(), str::to_owned)
    }

    /// The list must stand in the configuration file itself: not in an included one, not in overrides.
    fn check_owner(&self, path: &Path) -> Result<(), Error> {
        let text = read_text_file(&self.paths.config_path)?;
        let document = text.as_ref().and_then(|text| json5::scan(text, &Limits::default()).ok());
        let node = document.as_ref().and_then(|document| document.root.at(path));
        let included = node.is_none_or(|node| node.get("$include").is_some());
        let origin = self.config.origin(path);
        let here = origin.as_ref().is_some_and(|origin| match origin.source() {
            ConfigSource::File(file) => *file == self.paths.config_path,
            _ => false,
        });
        if here && !included {
            return Ok(());
        }
        let place = origin.map_or_else(|| "the configuration".to_owned(), |origin| origin.to_string());
        Err(Error::Setup(format!(
            "{path} stands at {place}, outside {}, and lists this provider's profiles: a new one would be hidden. \
             Add it there by hand first; nothing was stored",
            self.paths.config_path.display()
        )))
    }
}
