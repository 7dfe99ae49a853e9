//! Choosing the models of the configuration: the primary, its fallbacks, aliases.

mod edits;
mod error;

use super::Installation;
use crate::config::{ConfigChange, ConfigFiles, Settings, Written, edit_config_with};
use crate::error::Error;
use crate::id::AgentId;
use crate::json5::Path;
use crate::model::ModelSelection;
use crate::paths::default_agent;
use edits::Edits;

pub use error::ModelEditError;

/// A change of the models that the configuration names. Models are given as typed: an alias, a bare name
/// or `provider/model`; built-in shorthands such as `opus` are understood (see [`ModelSelection::choose`]).
/// They are written in full.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelEdit {
    /// Makes a model the primary one. Its fallbacks stay; a `model` that is a string stays one.
    Primary {
        /// The model.
        model: String,
    },
    /// Puts a model behind the other fallbacks, if it is not among them.
    AddFallback {
        /// The model.
        model: String,
    },
    /// Takes a model out of the fallbacks, as often as it stands there.
    RemoveFallback {
        /// The model, or the text of the entry.
        model: String,
    },
    /// Takes all fallbacks away.
    ClearFallbacks,
    /// Gives a model another name, in place of the one that it may have.
    SetAlias {
        /// The name: letters, digits, `.`, `_`, `:` and `-`.
        alias: String,
        /// The model.
        model: String,
    },
    /// Takes a name away.
    RemoveAlias {
        /// The name, in any case.
        alias: String,
    },
}

/// What was changed, and what the files say now.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EditedModels {
    /// What was written.
    pub written: Written,
    /// The models as the files have them; `None` while they hold one that names no model. What overrides
    /// say is not in it.
    pub models: Option<ModelSelection>,
    /// The place in the configuration that the change is about.
    pub place: Path,
    /// The default agent, where what was changed does not reach it: it has its own. Always `None` when an
    /// agent was named.
    pub own: Option<AgentId>,
}

impl Installation {
    /// Works out a change of models, of all agents or of one that has, or is given, its own. Nothing is
    /// written.
    ///
    /// # Errors
    /// As [`edit_models`](Self::edit_models).
    pub fn plan_models(&self, agent: Option<&AgentId>, edit: &ModelEdit) -> Result<ConfigChange, Error> {
        let files = ConfigFiles::read(&self.paths.config_path, &self.process)?;
        let edits = self.model_edits(&files, agent, edit)?;
        Ok(files.plan(&edits, &self.env)?)
    }

    /// Changes the models of the configuration, of all agents or of one: in one write, in the files as they
    /// were written. An agent without fallbacks of its own gets a copy of those it inherits before they
    /// are changed. A model gets an entry in `agents.defaults.models` only where that lists models already,
    /// or to hold an alias: OpenClaw allows no others once there is one.
    ///
    /// ```
    /// use openclaw_core::{Env, Installation, ModelEdit};
    ///
    /// # let home = tempfile::tempdir()?;
    /// # let env = Env::empty().with("HOME", home.path().to_str().unwrap());
    /// let installation = Installation::open(&env, "/".as_ref(), Vec::new())?;
    /// let edit = ModelEdit::Primary { model: "sonnet".into() };
    /// let models = installation.edit_models(None, &edit)?.models.unwrap();
    /// assert_eq!(models.primary().to_string(), "anthropic/claude-sonnet-4-5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelEditError`], or the configuration cannot be edited; it is unchanged then.
    pub fn edit_models(&self, agent: Option<&AgentId>, edit: &ModelEdit) -> Result<EditedModels, Error> {
        let edits = |files: &ConfigFiles| self.model_edits(files, agent, edit);
        let written = edit_config_with(&self.paths.config_path, &self.env, edits)?;
        let now = ConfigFiles::read(&self.paths.config_path, &self.process)?.config(&self.env)?;
        let settings = now.settings();
        let default = default_agent(settings);
        Ok(EditedModels {
            written,
            models: ModelSelection::from_settings(settings, agent.unwrap_or(&default)).ok(),
            place: Edits::place(settings, agent, edit),
            own: (agent.is_none() && has_own(settings, &default, edit)).then_some(default),
        })
    }

    pub(super) fn model_edits(
        &self,
        files: &ConfigFiles,
        agent: Option<&AgentId>,
        edit: &ModelEdit,
    ) -> Result<Vec<crate::json5::Edit>, Error> {
        let now = files.config(&self.env)?;
        Edits::new(files, &now, agent)?.of(edit)
    }
}

/// Whether an agent has what an edit of the defaults changes as its own.
fn has_own(settings: &Settings, agent: &AgentId, edit: &ModelEdit) -> bool {
    let listed = settings.agents.list.iter().find(|listed| listed.id == *agent);
    let Some(own) = listed.and_then(|listed| listed.model.as_ref()) else { return false };
    match edit {
        ModelEdit::Primary { .. } => own.primary.is_some(),
        ModelEdit::SetAlias { .. } | ModelEdit::RemoveAlias { .. } => false,
        _ => own.fallbacks.is_some(),
    }
}
