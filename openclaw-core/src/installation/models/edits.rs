//! From a change of models to edits of places, by what the files say.

use super::{ModelEdit, ModelEditError};
use crate::config::{Config, ConfigFiles, ModelChoice, SaveError, Settings, nearest};
use crate::error::Error;
use crate::id::{AgentId, ModelRef};
use crate::json5::{Edit, Path, quote};
use crate::model::{ModelSelection, shorthand};
use crate::secret::redact;

/// What edits are worked out from.
pub(super) struct Edits<'a> {
    files: &'a ConfigFiles,
    settings: &'a Settings,
    /// Aliases and listed models.
    names: ModelSelection,
    /// The place of the choice: the agent's own, or the default.
    base: Path,
    choice: Option<&'a ModelChoice>,
    /// Whether the choice is a string in the files.
    is_text: bool,
}

impl<'a> Edits<'a> {
    pub(super) fn new(files: &'a ConfigFiles, now: &'a Config, agent: Option<&AgentId>) -> Result<Self, Error> {
        let settings = now.settings();
        // A primary or a fallback that names no model is no reason to refuse: it may be the one that goes.
        let mut nameless = settings.clone();
        nameless.agents.defaults.model = ModelChoice::default();
        nameless.agents.list.clear();
        let names = ModelSelection::from_settings(&nameless, &AgentId::main())?;
        let (base, choice) = match listed(settings, agent) {
            Some(at) => (base_of(at), settings.agents.list.get(at).and_then(|listed| listed.model.as_ref())),
            None => (default_base(), Some(&settings.agents.defaults.model)),
        };
        let is_text = now.get(&base).is_some_and(|value| value.as_str().is_some());
        Ok(Self { files, settings, names, base, choice, is_text })
    }

    /// The place that an edit is about.
    pub(super) fn place(settings: &Settings, agent: Option<&AgentId>, edit: &ModelEdit) -> Path {
        match edit {
            ModelEdit::SetAlias { .. } | ModelEdit::RemoveAlias { .. } => entries(),
            _ => listed(settings, agent).map_or_else(default_base, base_of),
        }
    }

    pub(super) fn of(&self, edit: &ModelEdit) -> Result<Vec<Edit>, Error> {
        match edit {
            ModelEdit::Primary { model } => {
                let model = self.model(model)?;
                let place = if self.is_text { self.base.clone() } else { self.base.key("primary") };
                let primary = Edit::text(place, model.to_string());
                Ok(std::iter::once(primary).chain(self.entry(&model)).collect())
            }
            ModelEdit::AddFallback { model } => {
                let model = self.model(model)?;
                let (entry, there) = (self.entry(&model), self.fallbacks());
                if there.iter().any(|fallback| self.is(fallback, &model)) {
                    return Ok(entry.into_iter().collect());
                }
                let added = match self.own_fallbacks() {
                    Some(own) => Edit::text(self.list().index(own.len()), model.to_string()),
                    None => self.whole(there.iter().cloned().chain([model.to_string()]))?,
                };
                Ok(std::iter::once(added).chain(entry).collect())
            }
            ModelEdit::RemoveFallback { model } => self.remove_fallback(model),
            ModelEdit::ClearFallbacks if self.fallbacks().is_empty() => Ok(Vec::new()),
            ModelEdit::ClearFallbacks => Ok(vec![self.whole(std::iter::empty())?]),
            ModelEdit::SetAlias { alias, model } => self.set_alias(alias, model),
            ModelEdit::RemoveAlias { alias } => self.remove_alias(alias),
        }
    }

    fn remove_fallback(&self, text: &str) -> Result<Vec<Edit>, Error> {
        let there = self.fallbacks();
        let model = self.model(text);
        let goes = |fallback: &String| {
            fallback.trim() == text.trim() || model.as_ref().is_ok_and(|model| self.is(fallback, model))
        };
        if !there.iter().any(goes) {
            let model = model?.to_string();
            // Each as it resolves, since that is what the text was resolved to.
            let known: Vec<String> = there.iter().map(|text| self.resolved(text)).collect();
            let near = nearest(&model, known.iter().map(String::as_str)).map(str::to_owned);
            return Err(ModelEditError::FallbackNotFound { model, near }.into());
        }
        match self.own_fallbacks() {
            // From behind, since each that goes moves those after it.
            Some(own) => {
                let gone = own.iter().enumerate().rev().filter(|(_, fallback)| goes(fallback));
                Ok(gone.map(|(at, _)| Edit::unset(self.list().index(at))).collect())
            }
            None => Ok(vec![self.whole(there.iter().filter(|fallback| !goes(fallback)).cloned())?]),
        }
    }

    fn set_alias(&self, alias: &str, model: &str) -> Result<Vec<Edit>, Error> {
        let alias = alias.trim();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
        if alias.is_empty() || !alias.chars().all(allowed) || redact(alias) != alias {
            return Err(ModelEditError::AliasName.into());
        }
        let model = self.model(model)?;
        if let Some((key, _)) = self.named(alias).find(|(key, _)| !is_key_of(key, &model)) {
            return Err(ModelEditError::AliasTaken { alias: alias.to_owned(), model: key.clone() }.into());
        }
        let key = self.key(&model).map_or_else(|| model.to_string(), str::to_owned);
        Ok(vec![Edit::text(entries().key(&key).key("alias"), alias)])
    }

    fn remove_alias(&self, alias: &str) -> Result<Vec<Edit>, Error> {
        let alias = alias.trim();
        let edits: Vec<Edit> = self.named(alias).map(|(key, _)| Edit::unset(entries().key(key).key("alias"))).collect();
        if edits.is_empty() {
            let known = self.settings.agents.defaults.models.values().filter_map(|entry| entry.alias.as_deref());
            return Err(ModelEditError::AliasNotFound {
                alias: alias.to_owned(),
                built_in: shorthand(alias).map(str::to_owned),
                near: nearest(alias, known).map(str::to_owned),
            }
            .into());
        }
        Ok(edits)
    }

    /// The model that was typed.
    fn model(&self, text: &str) -> Result<ModelRef, ModelEditError> {
        let text = text.trim();
        // A credential in the wrong place would be kept, and sent as a name.
        if redact(text) != text {
            return Err(ModelEditError::Model { text: text.to_owned() });
        }
        if ModelRef::split_profile(text).1.is_some() {
            return Err(ModelEditError::Profile { text: text.to_owned() });
        }
        self.names.choose(text).map_err(|_| ModelEditError::Model { text: text.to_owned() })
    }

    fn resolved(&self, text: &str) -> String {
        self.names.resolve(text).map_or_else(|_| text.to_owned(), |model| model.to_string())
    }

    fn is(&self, text: &str, model: &ModelRef) -> bool {
        self.names.resolve(text).is_ok_and(|found| found == *model)
    }

    /// The fallbacks that the choice has itself.
    fn own_fallbacks(&self) -> Option<&'a [String]> {
        self.choice.and_then(|choice| choice.fallbacks.as_deref())
    }

    /// The fallbacks that count: its own, or the default ones.
    fn fallbacks(&self) -> &'a [String] {
        let default = self.settings.agents.defaults.model.fallbacks.as_deref();
        self.own_fallbacks().or(default).unwrap_or_default()
    }

    fn list(&self) -> Path {
        self.base.key("fallbacks")
    }

    /// A whole list of fallbacks. A string becomes an object that holds it as it was written.
    fn whole(&self, fallbacks: impl Iterator<Item = String>) -> Result<Edit, Error> {
        let quoted: Vec<String> = fallbacks.map(|fallback| quote(&fallback).to_string()).collect();
        let list = format!("[{}]", quoted.join(", "));
        if !self.is_text {
            return Ok(Edit::set(self.list(), list));
        }
        let owner = self.files.owner(&self.base).map_err(SaveError::from)?;
        let authored = self.files.authored(&owner).and_then(|(text, node)| text.get(node.span.clone()));
        Ok(Edit::set(
            self.base.clone(),
            format!("{{ \"primary\": {}, \"fallbacks\": {list} }}", authored.unwrap_or("\"\"")),
        ))
    }

    /// The entry that a model needs where only listed ones are allowed.
    fn entry(&self, model: &ModelRef) -> Option<Edit> {
        let lists = !self.settings.agents.defaults.models.is_empty();
        (lists && self.key(model).is_none()).then(|| Edit::set(entries().key(&model.to_string()), "{}"))
    }

    /// The key of a model's entry, as it is spelled.
    fn key(&self, model: &ModelRef) -> Option<&'a str> {
        self.settings.agents.defaults.models.keys().find(|key| is_key_of(key, model)).map(String::as_str)
    }

    /// The entries that have this alias, in any case.
    fn named(&self, alias: &str) -> impl Iterator<Item = (&'a String, &'a str)> {
        let wanted = alias.to_lowercase();
        let all = self.settings.agents.defaults.models.iter();
        let all = all.filter_map(|(key, entry)| Some((key, entry.alias.as_deref()?.trim())));
        all.filter(move |(_, own)| !own.is_empty() && own.to_lowercase() == wanted)
    }
}

fn entries() -> Path {
    Path::keys(["agents", "defaults", "models"])
}

fn default_base() -> Path {
    Path::keys(["agents", "defaults", "model"])
}

fn base_of(at: usize) -> Path {
    Path::keys(["agents", "list"]).index(at).key("model")
}

/// Where the agent stands in the list. One that is in none has no place of its own.
fn listed(settings: &Settings, agent: Option<&AgentId>) -> Option<usize> {
    let agent = agent?;
    settings.agents.list.iter().position(|listed| listed.id == *agent)
}

fn is_key_of(key: &str, model: &ModelRef) -> bool {
    ModelRef::parse(key).is_ok_and(|found| found == *model)
}
