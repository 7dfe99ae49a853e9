//! `openclaw agents …`.

use openclaw_core::json5::Path;
use openclaw_core::{AddedAgent, Advice, AgentId, Installation, NewAgent, ProviderId, known_agents, printable};
use serde::Serialize;

use crate::args::{AgentsAdd, AgentsCommand, AgentsList, AgentsSub, Args};
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, BOLD, GOOD};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Agent {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    is_default: bool,
    agent_dir: String,
    model: String,
}

pub(crate) fn run(host: &mut Host, args: &Args, command: &AgentsCommand) -> Result<u8, CliError> {
    match &command.command {
        AgentsSub::List(given) => list(host, args, given),
        AgentsSub::Add(given) => add(host, args, given),
    }
}

fn list(host: &mut Host, args: &Args, given: &AgentsList) -> Result<u8, CliError> {
    let installation = super::open(host, args)?;
    let default = installation.agent(None)?;
    let mut agents = Vec::new();
    for id in known_agents(installation.config().settings()) {
        agents.push(Agent {
            name: name_of(&installation, &id),
            is_default: id == default,
            agent_dir: installation.agent_dir(&id).display().to_string(),
            model: installation.models(&id)?.primary().to_string(),
            id: id.to_string(),
        });
    }
    if given.json {
        output::json(host, &agents)?;
        return Ok(0);
    }
    for agent in agents {
        let mark = if agent.is_default { " (default)" } else { "" };
        let dir = host.short(agent.agent_dir.as_ref());
        let line =
            format!("{}{mark}  {}  {}", output::paint(host, BOLD, &agent.id), printable(&agent.model), printable(&dir));
        output::line(host, &line)?;
    }
    Ok(0)
}

/// The name that the list gives an agent beside its id.
fn name_of(installation: &Installation, id: &AgentId) -> Option<String> {
    let at = installation.config().settings().agents.list.iter().position(|agent| agent.id == *id)?;
    let path = Path::keys(["agents", "list"]).index(at).key("name");
    installation.config().get(&path)?.as_str().map(str::to_owned)
}

/// What was added, for programs: OpenClaw's fields, then ours.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    agent_id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<String>,
    agent_dir: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    copied: Vec<String>,
    not_copied: Vec<Left>,
    config_files: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Left {
    profile_id: String,
    reason: openclaw_core::NotCopied,
}

fn add(host: &mut Host, args: &Args, given: &AgentsAdd) -> Result<u8, CliError> {
    let installation = super::open(host, args)?;
    let from = given.copy_auth_from.as_deref().map(|name| installation.agent(Some(name))).transpose()?;
    let new = NewAgent {
        name: given.name.clone(),
        agent_dir: given.agent_dir.clone(),
        workspace: given.workspace.clone(),
        model: given.model.clone(),
        copy_auth_from: from.clone(),
    };
    let added = installation.add_agent(&new)?;
    if given.json {
        let left = added.not_copied.iter();
        let answer = Added {
            agent_id: added.id.to_string(),
            name: given.name.trim().to_owned(),
            workspace: given.workspace.clone(),
            agent_dir: added.agent_dir.display().to_string(),
            model: given.model.clone(),
            copied: added.copied.iter().map(ToString::to_string).collect(),
            not_copied: left.map(|(id, reason)| Left { profile_id: id.to_string(), reason: *reason }).collect(),
            config_files: added.written.files.iter().map(|file| file.display().to_string()).collect(),
        };
        output::json(host, &answer)?;
        return Ok(0);
    }
    report(host, &installation, &added, given, from.as_ref())?;
    Ok(0)
}

fn report(
    host: &mut Host,
    installation: &Installation,
    added: &AddedAgent,
    given: &AgentsAdd,
    from: Option<&AgentId>,
) -> Result<(), CliError> {
    if given.name.trim() != added.id.as_str() {
        output::note(host, &format!("note: the id of \"{}\" is {}", printable(given.name.trim()), added.id));
    }
    output::line(host, &output::paint(host, GOOD, &format!("Added agent {}", added.id)))?;
    output::line(host, &format!("Folder      : {}", printable(&host.short(&added.agent_dir))))?;
    for file in &added.written.files {
        output::line(host, &format!("Updated {}", printable(&host.short(file))))?;
    }
    if let Some(from) = from {
        if added.copied.is_empty() {
            output::line(host, &format!("Copied nothing from {from}"))?;
        }
        for id in &added.copied {
            output::line(host, &format!("Copied {} from {from}", printable(id.as_str())))?;
        }
        for (id, reason) in &added.not_copied {
            output::line(host, &format!("Not copied: {}: {reason}", printable(id.as_str())))?;
        }
    }
    if !added.has_credentials {
        // The agent is added, whatever is wrong with the models.
        let models = installation.models(&added.id).ok();
        let given = given.model.as_deref().and_then(|model| models.as_ref()?.resolve(model).ok());
        let model = given.as_ref().or_else(|| models.as_ref().map(|models| models.primary()));
        let provider = model.map_or_else(ProviderId::anthropic, |model| model.provider().clone());
        let advice = Advice::store(provider.as_str(), Some(added.id.as_str()));
        output::line(host, "It has no credentials yet; give it one:")?;
        if let Some(command) = advice.command {
            output::line(host, &format!("      {}", printable(&command)))?;
        }
    }
    Ok(())
}
