//! `openclaw agents list`.

use openclaw_core::{known_agents, printable};
use serde::Serialize;

use crate::args::{AgentsCommand, AgentsList, AgentsSub, Args};
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, BOLD};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Agent {
    id: String,
    is_default: bool,
    agent_dir: String,
    model: String,
}

pub(crate) fn run(host: &mut Host, args: &Args, command: &AgentsCommand) -> Result<u8, CliError> {
    let AgentsSub::List(list) = &command.command;
    self::list(host, args, list)
}

fn list(host: &mut Host, args: &Args, given: &AgentsList) -> Result<u8, CliError> {
    let installation = super::open(host, args)?;
    let default = installation.agent(None)?;
    let mut agents = Vec::new();
    for id in known_agents(installation.config().settings()) {
        agents.push(Agent {
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
