//! Which place of the configuration says what an agent's primary model is.

use super::super::ModelEdit;
use super::Installation;
use crate::config::ConfigSource;
use crate::error::Error;
use crate::id::{AgentId, ModelRef};
use crate::json5::Path;

/// What happens to an agent's primary model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelStep {
    /// The place that says it: `agents.defaults.model.primary`, or the agent's own.
    pub path: Path,
    /// The text that stands there now; `None` if nothing does.
    pub before: Option<String>,
    /// The model that serves afterwards.
    pub model: ModelRef,
    /// Whether the place is written. A model that serves already is not written down once more.
    pub changes: bool,
    /// Whose choice it is: an agent's that has its own, else everybody's.
    pub(super) of: Option<AgentId>,
}

impl Installation {
    /// What has to happen so that this is the agent's primary model.
    pub(super) fn model_step(&self, agent: &AgentId, model: &ModelRef) -> Result<ModelStep, Error> {
        let agents = &self.config.settings().agents;
        let own = agents.list.iter().position(|listed| {
            let primary = listed.model.as_ref().and_then(|own| own.primary.as_deref());
            listed.id == *agent && primary.is_some()
        });
        let place = match own {
            Some(at) => Path::keys(["agents", "list"]).index(at).key("model"),
            None => Path::keys(["agents", "defaults", "model"]),
        };
        // What is built in stands nowhere.
        let origin =
            |path: &Path| self.config.origin(path).filter(|origin| !matches!(origin.source(), ConfigSource::Default));
        let text = |path: &Path| {
            let value = self.config.get(path).filter(|_| origin(path).is_some())?;
            value.as_str().map(str::to_owned)
        };
        // A text alone is the primary; an object has it as a member.
        let (path, before) = match text(&place) {
            Some(before) => (place, Some(before)),
            None => {
                let path = place.key("primary");
                let before = text(&path);
                (path, before)
            }
        };
        let changes = self.models(agent)?.primary() != model;
        match origin(&path) {
            Some(origin) if changes && !matches!(origin.source(), ConfigSource::File(_)) => Err(Error::Setup(format!(
                "{path} stands in {origin}, which is no file: change it there; nothing was stored"
            ))),
            _ => {
                let of = own.map(|_| agent.clone());
                Ok(ModelStep { path, before, model: model.clone(), changes, of })
            }
        }
    }
}

impl ModelStep {
    /// What is to be edited, if anything.
    pub(super) fn edit(&self) -> Option<(Option<AgentId>, ModelEdit)> {
        self.changes.then(|| (self.of.clone(), ModelEdit::Primary { model: self.model.to_string() }))
    }
}
