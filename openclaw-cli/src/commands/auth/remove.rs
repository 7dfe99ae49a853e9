//! `openclaw models auth remove`.

use openclaw_core::{Advice, CredentialChange, CredentialStore as _, ProfileId, known_agents, printable};
use serde::Serialize;

use super::{Desk, print};
use crate::args::{Args, AuthRemove};
use crate::commands::named;
use crate::commands::store::block_on;
use crate::error::CliError;
use crate::host::Host;
use crate::output;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    agent_id: &'a str,
    auth_store_path: String,
    profile_id: &'a str,
    provider: String,
    removed: bool,
    /// Other agents that have a profile of that name.
    other_agents: Vec<String>,
    /// Places of the configuration that still name it.
    mentions: Vec<Mention<'a>>,
}

#[derive(Serialize)]
struct Mention<'a> {
    text: &'a str,
    command: Option<&'a str>,
}

impl<'a> Mention<'a> {
    fn new(advice: &'a Advice) -> Self {
        Self { text: &advice.text, command: advice.command.as_deref() }
    }
}

pub(super) fn run(host: &mut Host, args: &Args, given: &AuthRemove) -> Result<u8, CliError> {
    let desk = Desk::open(host, args, given.agent.as_deref())?;
    let profiles = desk.profiles()?;
    let id = named::profile(&given.id, profiles.profiles.keys())?;
    let stored = profiles.profiles.get(id.as_str()).ok_or_else(|| desk.not_found(&id))?;
    let provider = stored.provider().to_string();
    if !given.yes {
        let Some(prompt) = host.prompt.as_mut() else {
            return Err(CliError::usage(format!("removing {id} cannot be undone: confirm with --yes")));
        };
        let question =
            printable(&format!("Remove {id} of agent {}? Its credential cannot be brought back.", desk.agent));
        let interrupted = |error| match CliError::from_prompt(error) {
            error if error.kind == "interrupted" => {
                CliError { message: "interrupted; nothing was removed".to_owned(), ..error }
            }
            error => error,
        };
        if !prompt.confirm(&question).map_err(interrupted)? {
            return Err(CliError::failed("unchanged", "nothing was removed"));
        }
    }
    let store = desk.installation.store();
    let change = CredentialChange::Remove { id: id.clone() };
    block_on(store.commit(&desk.agent, change))?.map_err(|error| desk.refused(error))?;
    let others = others(&desk, &id)?;
    let mentions = desk.installation.mentions(&id);
    if given.json {
        let answer = Answer {
            agent_id: desk.agent.as_str(),
            auth_store_path: desk.store_path().display().to_string(),
            profile_id: id.as_str(),
            provider,
            removed: true,
            other_agents: others,
            mentions: mentions.iter().map(Mention::new).collect(),
        };
        output::json(host, &answer)?;
        return Ok(0);
    }
    let mut lines = vec![printable(&format!("Removed {id} ({provider}) of agent {}", desk.agent))];
    lines.push(format!("Auth store : {}", printable(&host.short(&desk.store_path()))));
    if !mentions.is_empty() && !others.is_empty() {
        let text =
            format!("The configuration still names it, for agents that have one of that name: {}", others.join(", "));
        lines.extend(super::text::wrap(&printable(&text), ""));
    } else {
        for advice in &mentions {
            lines.extend(super::text::wrap(&printable(&advice.text), ""));
            lines.extend(advice.command.as_ref().map(|command| format!("  {}", printable(command))));
        }
    }
    print(host, &lines)?;
    Ok(0)
}

/// Other agents that have a profile of that name; one whose store cannot be read may have it.
fn others(desk: &Desk, id: &ProfileId) -> Result<Vec<String>, CliError> {
    let store = desk.installation.store();
    let mut found = Vec::new();
    for agent in known_agents(desk.installation.config().settings()) {
        if agent == desk.agent || store.path(&agent) == store.path(&desk.agent) {
            continue;
        }
        let profiles = block_on(store.load(&agent))?;
        if profiles.map_or(true, |profiles| profiles.profiles.contains_key(id.as_str())) {
            found.push(agent.to_string());
        }
    }
    Ok(found)
}
