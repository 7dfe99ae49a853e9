//! Where an OpenClaw installation keeps its things. Pure: the environment, the current folder and
//! what exists are passed in.

use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use crate::config::Settings;
use crate::env::Env;
use crate::id::AgentId;

/// Folders of the state, today's name first.
const STATE_DIRS: [&str; 4] = [".openclaw", ".clawdbot", ".moltbot", ".moldbot"];
/// Names of the configuration file, today's first.
const CONFIG_FILES: [&str; 4] = ["openclaw.json", "clawdbot.json", "moltbot.json", "moldbot.json"];

/// Why no place could be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PathsError {
    /// Neither a state folder nor a home folder is known.
    #[error("the home folder is unknown; set HOME or OPENCLAW_STATE_DIR")]
    NoHome,
    /// A variable that names a place is not UTF-8: taking another place would be a surprise.
    #[error("the variable {name} is not UTF-8; name the place with a link that is, or rename it")]
    NotUtf8 {
        /// The variable.
        name: &'static str,
    },
}

/// The places of one OpenClaw installation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatePaths {
    /// The state folder, usually `~/.openclaw`.
    pub state_dir: PathBuf,
    /// The configuration file, usually `~/.openclaw/openclaw.json`. It may not exist.
    pub config_path: PathBuf,
    /// What relative paths are relative to.
    cwd: PathBuf,
}

impl StatePaths {
    /// Places that are known; relative agent folders then lie in the state folder.
    #[must_use]
    pub fn new(state_dir: impl Into<PathBuf>, config_path: impl Into<PathBuf>) -> Self {
        let state_dir = state_dir.into();
        Self { cwd: state_dir.clone(), state_dir, config_path: config_path.into() }
    }

    /// Finds the places as OpenClaw does.
    ///
    /// State: `OPENCLAW_STATE_DIR`, else `CLAWDBOT_STATE_DIR`, else `~/.openclaw`, or the first folder
    /// of an older name when that does not exist. Configuration: `OPENCLAW_CONFIG_PATH`, else
    /// `CLAWDBOT_CONFIG_PATH`, else the first existing `openclaw.json` (or older name) in the state
    /// folder, and, unless a variable named that folder, in the folders of the older names; else
    /// `openclaw.json` in the state folder. `~` is `HOME` (`USERPROFILE` on Windows).
    ///
    /// # Errors
    /// [`PathsError::NoHome`] when a home folder is needed and unknown, [`PathsError::NotUtf8`] when a
    /// variable that names a place cannot be read.
    pub fn resolve(env: &Env, cwd: &Path, exists: &dyn Fn(&Path) -> bool) -> Result<Self, PathsError> {
        let places = ["OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "CLAWDBOT_STATE_DIR", "CLAWDBOT_CONFIG_PATH"];
        if let Some(name) = places.into_iter().find(|name| env.is_unreadable(name)) {
            return Err(PathsError::NotUtf8 { name });
        }
        let given = |names: [&str; 2]| names.into_iter().find_map(|name| env.get(name));
        let place = |text: &str| {
            if starts_at_home(text) && home(env).is_none() {
                Err(PathsError::NoHome)
            } else {
                Ok(absolute(env, cwd, text))
            }
        };
        let named = given(["OPENCLAW_STATE_DIR", "CLAWDBOT_STATE_DIR"]).map(place).transpose()?;
        let mut folders = Vec::new();
        let state_dir = match named {
            Some(state_dir) => state_dir,
            None => {
                let home = resolve_path(cwd, Path::new(home(env).ok_or(PathsError::NoHome)?));
                folders = STATE_DIRS.map(|name| home.join(name)).to_vec();
                let found = folders.iter().find(|folder| exists(folder)).cloned();
                found.unwrap_or_else(|| home.join(".openclaw"))
            }
        };
        let config_path = match given(["OPENCLAW_CONFIG_PATH", "CLAWDBOT_CONFIG_PATH"]) {
            Some(text) => place(text)?,
            None => {
                let mut candidates = [&state_dir]
                    .into_iter()
                    .chain(&folders)
                    .flat_map(|folder| CONFIG_FILES.map(|name| folder.join(name)));
                candidates.find(|path| exists(path)).unwrap_or_else(|| state_dir.join("openclaw.json"))
            }
        };
        Ok(Self { state_dir, config_path, cwd: cwd.to_path_buf() })
    }

    /// The folder of an agent: `OPENCLAW_AGENT_DIR`, else `PI_CODING_AGENT_DIR` (both for the default
    /// agent only), else `agents.list[].agentDir`, else `<state>/agents/<id>/agent`.
    #[must_use]
    pub fn agent_dir(&self, env: &Env, settings: &Settings, agent: &AgentId) -> PathBuf {
        let from_env = || ["OPENCLAW_AGENT_DIR", "PI_CODING_AGENT_DIR"].into_iter().find_map(|name| env.get(name));
        let from_env = (*agent == default_agent(settings)).then(from_env).flatten();
        let listed = settings.agents.list.iter().find(|listed| listed.id == *agent);
        let listed = listed.and_then(|listed| listed.agent_dir.as_deref()).filter(|text| !text.trim().is_empty());
        match from_env.or(listed) {
            Some(text) => absolute(env, &self.cwd, text),
            None => self.state_dir.join("agents").join(agent.as_str()).join("agent"),
        }
    }

    /// The credential store in an agent's folder.
    #[must_use]
    pub fn auth_store(agent_dir: &Path) -> PathBuf {
        agent_dir.join("auth-profiles.json")
    }
}

/// The agent when none is named: the entry of `agents.list` with `default: true`, else the first, else `main`.
#[must_use]
pub fn default_agent(settings: &Settings) -> AgentId {
    let marked = settings.agents.list.iter().find(|agent| agent.default);
    marked.or(settings.agents.list.first()).map_or_else(AgentId::main, |agent| agent.id.clone())
}

/// The agents of `agents.list` in its order, each once; `main` when it is empty.
#[must_use]
pub fn known_agents(settings: &Settings) -> Vec<AgentId> {
    let mut known: Vec<AgentId> = Vec::new();
    for agent in &settings.agents.list {
        if !known.contains(&agent.id) {
            known.push(agent.id.clone());
        }
    }
    if known.is_empty() {
        known.push(AgentId::main());
    }
    known
}

fn home(env: &Env) -> Option<&str> {
    env.get("HOME").or_else(|| if cfg!(windows) { env.get("USERPROFILE") } else { None })
}

fn starts_at_home(text: &str) -> bool {
    text.trim().strip_prefix('~').is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
}

/// A path as a person writes it: trimmed, `~` expanded, absolute.
fn absolute(env: &Env, cwd: &Path, text: &str) -> PathBuf {
    let text = text.trim();
    match home(env).filter(|_| starts_at_home(text)) {
        Some(home) => {
            let rest = text.trim_start_matches('~').trim_start_matches(['/', '\\']);
            resolve_path(&resolve_path(cwd, Path::new(home)), Path::new(rest))
        }
        None => resolve_path(cwd, Path::new(text)),
    }
}

/// `path` in the folder `base`, without `.` and `..`, as far as names alone tell.
pub(crate) fn resolve_path(base: &Path, path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match resolved.components().next_back() {
                Some(Component::Normal(_)) => {
                    resolved.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => resolved.push(component),
            },
            other => resolved.push(other),
        }
    }
    resolved
}

#[cfg(test)]
#[path = "paths_tests.rs"]
mod tests;
