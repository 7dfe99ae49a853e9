//! The folder as it is at one moment: read once, looked at from every side.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Doctor, Finding, Repair, Report};
use super::{configuration, legacy, places, stores, surroundings};
use crate::config::{Config, ConfigError, Settings, load_default};
use crate::disk;
use crate::env::Env;
use crate::error::Error;
use crate::id::{AgentId, ProfileId};
use crate::paths::{StatePaths, default_agent, known_agents, resolve_path};
use crate::profile::AuthProfiles;
use crate::secret::printable;
use crate::secret_source::SecretResolver;
use crate::store::{Examined, FileStore, StoreError, Version};
use crate::time::Timestamp;

/// Everything that the checks look at.
pub(super) struct Patient {
    pub(super) process: Env,
    /// The process's environment, filled up from files.
    pub(super) env: Env,
    pub(super) paths: StatePaths,
    cwd: PathBuf,
    pub(super) config: Result<Config, ConfigError>,
    /// Who resolves references; `None` while the configuration cannot be read.
    pub(super) secrets: Option<SecretResolver>,
    pub(super) store: FileStore,
    pub(super) default: AgentId,
    /// The agents to be looked at.
    pub(super) agents: Vec<AgentId>,
    /// The stores of all agents.
    pub(super) stores: BTreeMap<AgentId, Result<Option<Examined>, StoreError>>,
    pub(super) now: Timestamp,
}

impl Patient {
    pub(super) fn admit(doctor: &Doctor, now: Timestamp) -> Result<Self, Error> {
        let process = doctor.process.clone();
        let paths = StatePaths::resolve(&process, &doctor.cwd, &|path| path.symlink_metadata().is_ok())?;
        let (config, env) = match load_default(&process, &paths, doctor.overrides.clone()) {
            Ok((config, env)) => (Ok(config), env),
            Err(error) => (Err(error), process.clone()),
        };
        let secrets = config.as_ref().ok().map(|config: &Config| {
            let resolver = SecretResolver::new(config.settings().secrets.clone(), env.clone());
            process.get("HOME").map_or_else(|| resolver.clone(), |home| resolver.clone().home(home))
        });
        let empty = Settings::default();
        let settings = config.as_ref().map_or(&empty, Config::settings);
        let mut all = known_agents(settings);
        // Credentials of an agent that nobody lists any more lie around all the same.
        let on_disk = disk::entries(&paths.state_dir.join("agents"));
        let on_disk = on_disk.iter().filter(|name| paths.state_dir.join("agents").join(name).join("agent").is_dir());
        for agent in on_disk.map(|name| (AgentId::new(name), name)).filter(|(agent, name)| agent.as_str() == *name) {
            if !all.contains(&agent.0) {
                all.push(agent.0);
            }
        }
        let store = all.iter().fold(FileStore::new(&paths.state_dir), |store, agent| {
            store.with_agent_dir(agent.clone(), paths.agent_dir(&process, settings, agent))
        });
        let default = default_agent(settings);
        let agents = match &doctor.only {
            None => all.clone(),
            Some(name) => {
                let agent = AgentId::new(name);
                let path = |c: char| matches!(c, '/' | '\\') || c.is_control();
                if !all.contains(&agent) || name.trim().contains(path) || name.trim().trim_matches('.').is_empty() {
                    return Err(Error::UnknownAgent { agent: printable(name.trim()) });
                }
                vec![agent]
            }
        };
        let stores = all.iter().map(|agent| (agent.clone(), store.examine(agent))).collect();
        Ok(Self { process, env, paths, cwd: doctor.cwd.clone(), config, secrets, store, default, agents, stores, now })
    }

    pub(super) fn report(&self, findings: Vec<Finding>, repairs: Vec<Repair>) -> Report {
        Report {
            state_dir: self.paths.state_dir.clone(),
            config_path: self.paths.config_path.clone(),
            agents: self.agents.clone(),
            repairs,
            findings,
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = places::check(self);
        findings.extend(configuration::check(self));
        for agent in &self.agents {
            findings.extend(stores::check(self, agent));
            findings.extend(legacy::check(self, agent));
        }
        findings.extend(surroundings::check(self));
        // Two agents may share a store by a link, and all share the state folder.
        let mut seen: Vec<Finding> = Vec::new();
        for finding in findings {
            if !seen.contains(&finding) {
                seen.push(finding);
            }
        }
        seen
    }

    /// The agent's name for a command, where it has to be said.
    pub(super) fn named<'a>(&self, agent: &'a AgentId) -> Option<&'a str> {
        (*agent != self.default).then(|| agent.as_str())
    }

    /// The agent's profiles, none where there is no store; `None` if it cannot be read.
    pub(super) fn profiles(&self, agent: &AgentId) -> Option<AuthProfiles> {
        match self.stores.get(agent)? {
            Ok(examined) => Some(examined.as_ref().map(|e| e.profiles.clone()).unwrap_or_default()),
            Err(_) => None,
        }
    }

    /// Whether a command may name the agent: the configuration knows it, or nobody can tell.
    pub(super) fn is_listed(&self, agent: &AgentId) -> bool {
        self.config.as_ref().map_or(true, |config| known_agents(config.settings()).contains(agent))
    }

    /// Whether the agent's store may be written.
    pub(super) fn is_writable(&self, agent: &AgentId) -> bool {
        let foreign = |examined: &Examined| examined.version != Version::Known;
        self.store.newer_openclaw(agent).is_none()
            && !matches!(self.stores.get(agent), Some(Ok(Some(examined))) if foreign(examined))
    }

    /// The ids that an agent's store may name although it has no such profile: those of the main agent,
    /// whose profiles OpenClaw's later releases lend to the others, and those that wait in old files to
    /// be imported. `None` if they cannot be read.
    pub(super) fn known_elsewhere(&self, agent: &AgentId) -> Option<BTreeSet<ProfileId>> {
        let lenders = [AgentId::main(), self.default.clone()];
        let mut ids = legacy::waiting(self, agent)?;
        for lender in lenders.iter().filter(|lender| *lender != agent && self.stores.contains_key(*lender)) {
            ids.extend(self.profiles(lender)?.profiles.into_keys());
            ids.extend(legacy::waiting(self, lender)?);
        }
        Some(ids)
    }

    /// Where OpenClaw kept logins before `auth-profiles.json`: `OPENCLAW_OAUTH_DIR`, else
    /// `<state>/credentials`.
    pub(super) fn oauth_dir(&self) -> PathBuf {
        let Some(dir) = self.process.get("OPENCLAW_OAUTH_DIR").map(str::trim) else {
            return self.paths.state_dir.join("credentials");
        };
        match (dir.strip_prefix("~/"), self.process.get("HOME")) {
            (Some(below), Some(home)) => resolve_path(&self.cwd, Path::new(home)).join(below),
            _ => resolve_path(&self.cwd, Path::new(dir)),
        }
    }
}
