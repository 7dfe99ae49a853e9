//! Adding an agent: its place in the configuration, its folder, and credentials if they are asked for.

use std::path::{Path as FilePath, PathBuf};

use thiserror::Error;

use super::Installation;
use crate::config::{AgentSettings, ConfigFiles, ConfigSource, SaveError, Settings, Written, edit_config_with};
use crate::disk::{self, Entry};
use crate::error::Error;
use crate::id::{AgentId, ProfileId};
use crate::json5::{Edit, Path, quote};
use crate::paths::known_agents;
use crate::secret::printable;
use crate::store::{Copied, FileStore, NotCopied, StoreError};

/// An agent to be added.
#[derive(Debug, Clone, Default)]
pub struct NewAgent {
    /// Its name, as typed. The id is what [`AgentId::new`] makes of it.
    pub name: String,
    /// Its folder (default `<state>/agents/<id>/agent`); a relative one is relative to the current one.
    pub agent_dir: Option<String>,
    /// Its workspace, which only the assistant uses.
    pub workspace: Option<String>,
    /// Its model: an alias, a name or `provider/model`. The default fallbacks stay.
    pub model: Option<String>,
    /// The agent whose credentials are copied: API keys and tokens, never logins and never health.
    pub copy_auth_from: Option<AgentId>,
}

/// What was added.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AddedAgent {
    /// Its id.
    pub id: AgentId,
    /// Its folder, which nobody else may enter (0700).
    pub agent_dir: PathBuf,
    /// The profiles that were copied.
    pub copied: Vec<ProfileId>,
    /// Those that were not, and why.
    pub not_copied: Vec<(ProfileId, NotCopied)>,
    /// Whether it has credentials now, copied ones or those of an earlier agent of that name.
    pub has_credentials: bool,
    /// What was written of the configuration.
    pub written: Written,
}

/// Why an agent was not added. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The name cannot become an id: it is blank, or would lose a separator or a control character.
    #[error("invalid agent id \"{name}\": use letters, digits, - and _")]
    Name {
        /// The name, fit to be shown.
        name: String,
    },
    /// There is one already (upstream's words).
    #[error("Agent \"{id}\" already exists.")]
    Exists {
        /// Its id.
        id: AgentId,
    },
    /// The folder is another agent's: the two would share their credentials.
    #[error("{} is the folder of agent \"{of}\", and credentials are per agent; choose another folder", shown(dir))]
    SharedFolder {
        /// The folder.
        dir: PathBuf,
        /// Whose it is.
        of: AgentId,
    },
    /// The folder is there, others may enter it, and it does not lie in the state folder.
    #[error(
        "others may enter {}, where credentials would lie; close it first (chmod 700), or choose another folder",
        shown(dir)
    )]
    OpenFolder {
        /// The folder.
        dir: PathBuf,
    },
    /// The list of agents does not stand in a file.
    #[error("agents.list stands in {origin}, which is no file; add the agent there")]
    NoFile {
        /// Where it stands.
        origin: String,
    },
}

fn shown(path: &FilePath) -> String {
    printable(&path.display().to_string())
}

impl Installation {
    /// Adds an agent: makes its folder, copies credentials, then lists it. Whoever was the default agent
    /// stays it; where no list stood, the agent `main` that was there without one is listed first.
    ///
    /// ```
    /// use openclaw_core::{Env, Installation, NewAgent};
    ///
    /// # let home = tempfile::tempdir()?;
    /// # let env = Env::empty().with("HOME", home.path().to_str().unwrap());
    /// let installation = Installation::open(&env, "/".as_ref(), Vec::new())?;
    /// let added = installation.add_agent(&NewAgent { name: "Work".into(), ..NewAgent::default() })?;
    /// assert_eq!(added.id.as_str(), "work");
    ///
    /// let installation = Installation::open(&env, "/".as_ref(), Vec::new())?;
    /// assert_eq!(installation.agent(None)?.as_str(), "main");
    /// assert_eq!(installation.agent(Some("work"))?, added.id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The name, the folder or the model cannot be used, the configuration cannot be edited, or a store
    /// cannot be read or written. The configuration is unchanged then.
    pub fn add_agent(&self, new: &NewAgent) -> Result<AddedAgent, Error> {
        let id = id_of(&new.name)?;
        let settings = self.config.settings();
        if known_agents(settings).contains(&id) {
            return Err(AgentError::Exists { id }.into());
        }
        if let Some(model) = &new.model {
            self.models(&self.agent(None)?)?.resolve(model)?;
        }
        let dir = self.dir_of(&id, new);
        self.check_folder(&dir)?;
        self.check_list()?;
        let store = self.store().with_agent_dir(id.clone(), dir.clone());
        // Whatever can be refused is refused while nothing is written.
        let edits = |files: &ConfigFiles| self.listing(files, &id, new, &dir);
        let files = ConfigFiles::read(&self.paths.config_path, &self.process)?;
        files.plan(&edits(&files)?, &self.env)?;
        if let Some(from) = &new.copy_auth_from {
            if !known_agents(settings).contains(from) {
                return Err(Error::UnknownAgent { agent: from.to_string() });
            }
            check_copy(&store, from, &id)?;
        }

        disk::make_folder(&dir).map_err(StoreError::from)?;
        disk::close(&dir).map_err(StoreError::from)?;
        let copied = match &new.copy_auth_from {
            Some(from) => store.copy_portable(from, &id)?,
            None => Copied::default(),
        };
        let written = edit_config_with(&self.paths.config_path, &self.env, edits)?;
        let has_credentials = store.examine(&id)?.is_some_and(|examined| !examined.profiles.profiles.is_empty());
        Ok(AddedAgent { id, agent_dir: dir, copied: copied.copied, not_copied: copied.left, has_credentials, written })
    }

    /// The folder that the agent will have.
    fn dir_of(&self, id: &AgentId, new: &NewAgent) -> PathBuf {
        let mut settings = Settings::default();
        let entry = AgentSettings { id: id.clone(), default: false, agent_dir: new.agent_dir.clone(), model: None };
        // Behind another one: the variables for the default agent's folder are not about it.
        let first = AgentSettings { id: AgentId::main(), default: true, agent_dir: None, model: None };
        settings.agents.list = vec![first, entry];
        self.paths.agent_dir(&self.process, &settings, id)
    }

    fn check_folder(&self, dir: &FilePath) -> Result<(), AgentError> {
        let real = |path: &FilePath| Entry::at(path).map_or_else(|| path.to_path_buf(), |entry| entry.real);
        for other in known_agents(self.config.settings()) {
            if real(&self.agent_dir(&other)) == real(dir) {
                return Err(AgentError::SharedFolder { dir: dir.to_path_buf(), of: other });
            }
        }
        let inside = real(dir).starts_with(real(&self.paths.state_dir));
        match Entry::at(dir) {
            Some(entry) if entry.is_open() && !inside => Err(AgentError::OpenFolder { dir: dir.to_path_buf() }),
            _ => Ok(()),
        }
    }

    /// Nobody can write into overrides, and what they say of the list covers what a file says.
    fn check_list(&self) -> Result<(), AgentError> {
        match self.config.origin(&list()) {
            Some(origin) if !matches!(origin.source(), ConfigSource::File(_)) => {
                Err(AgentError::NoFile { origin: origin.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// The edits that list the agent, by what the files say now.
    fn listing(&self, files: &ConfigFiles, id: &AgentId, new: &NewAgent, dir: &FilePath) -> Result<Vec<Edit>, Error> {
        let now = files.config(&self.env)?;
        if known_agents(now.settings()).contains(id) {
            return Err(AgentError::Exists { id: id.clone() }.into());
        }
        let entry = entry(id, new, dir);
        let length = now.settings().agents.list.len();
        if length > 0 {
            return Ok(vec![Edit::set(list().index(length), entry)]);
        }
        // The agent that was there without a list stays the default one: the first of the list is.
        let main = format!("{{ \"id\": {} }}", *quote(AgentId::main().as_str()));
        files.owner(&list()).map_err(SaveError::from)?;
        Ok(vec![Edit::set(list(), format!("[{main}, {entry}]"))])
    }
}

fn list() -> Path {
    Path::keys(["agents", "list"])
}

fn id_of(name: &str) -> Result<AgentId, AgentError> {
    let trimmed = name.trim();
    // `..` and `../x` must not become an agent by losing characters.
    let path = |c: char| matches!(c, '/' | '\\') || c.is_control();
    if trimmed.contains(path) || !trimmed.chars().any(|c| c.is_ascii_alphanumeric()) {
        return Err(AgentError::Name { name: printable(trimmed) });
    }
    Ok(AgentId::new(trimmed))
}

/// The agent's entry. The name is kept where the id lost something of it.
fn entry(id: &AgentId, new: &NewAgent, dir: &FilePath) -> String {
    let name = new.name.trim();
    let absolute = |text: &str| {
        let text = text.trim();
        if text.starts_with('~') || FilePath::new(text).is_absolute() { text.to_owned() } else { shown(dir) }
    };
    let fields = [
        ("id", Some(id.to_string())),
        ("name", (name != id.as_str()).then(|| name.to_owned())),
        ("workspace", new.workspace.clone()),
        ("agentDir", new.agent_dir.as_deref().filter(|text| !text.trim().is_empty()).map(absolute)),
        ("model", new.model.as_ref().map(|model| model.trim().to_owned())),
    ];
    let fields = fields.into_iter().filter_map(|(key, value)| Some(format!("\"{key}\": {}", *quote(&value?))));
    format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
}

fn check_copy(store: &FileStore, from: &AgentId, to: &AgentId) -> Result<(), StoreError> {
    if let Some(marker) = store.newer_openclaw(to) {
        return Err(StoreError::NewerOpenClaw { marker });
    }
    store.examine(from)?;
    store.examine(to)?;
    Ok(())
}
