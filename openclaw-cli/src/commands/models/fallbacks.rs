//! `openclaw models fallbacks`.

use openclaw_core::{ModelEdit, printable};

use super::edit;
use crate::args::{Args, FallbacksList, FallbacksSub};
use crate::error::CliError;
use crate::host::Host;
use crate::output;

pub(super) fn run(host: &mut Host, args: &Args, command: &FallbacksSub) -> Result<u8, CliError> {
    let (edit, agent, how) = match command {
        FallbacksSub::List(given) => return list(host, args, given),
        FallbacksSub::Add(given) => (ModelEdit::AddFallback { model: given.model.clone() }, &given.agent, given.how),
        FallbacksSub::Remove(given) => {
            (ModelEdit::RemoveFallback { model: given.model.clone() }, &given.agent, given.how)
        }
        FallbacksSub::Clear(given) => (ModelEdit::ClearFallbacks, &given.agent, given.how),
    };
    edit::run(host, args, &edit, agent.as_deref(), how)
}

fn list(host: &mut Host, args: &Args, given: &FallbacksList) -> Result<u8, CliError> {
    let installation = crate::commands::open(host, args)?;
    let models = installation.models(&installation.agent(given.agent.as_deref())?)?;
    let all = edit::names(models.fallbacks());
    if given.json {
        output::json(host, &serde_json::json!({ "fallbacks": all }))?;
        return Ok(0);
    }
    if !given.plain {
        output::line(host, &format!("Fallbacks ({}):", all.len()))?;
    }
    for model in &all {
        let text = if given.plain { model.clone() } else { format!("- {model}") };
        output::line(host, &printable(&text))?;
    }
    if all.is_empty() && !given.plain {
        output::line(host, "- none")?;
    }
    Ok(0)
}
