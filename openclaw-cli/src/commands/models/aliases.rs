//! `openclaw models aliases`.

use openclaw_core::{ModelEdit, printable};

use super::edit;
use crate::args::{AliasesAdd, AliasesList, AliasesRemove, AliasesSub, Args};
use crate::error::CliError;
use crate::host::Host;
use crate::output;

pub(super) fn run(host: &mut Host, args: &Args, command: &AliasesSub) -> Result<u8, CliError> {
    match command {
        AliasesSub::List(given) => list(host, args, given),
        AliasesSub::Add(AliasesAdd { alias, model, how }) => {
            let edit = ModelEdit::SetAlias { alias: alias.clone(), model: model.clone() };
            edit::run(host, args, &edit, None, *how)
        }
        AliasesSub::Remove(AliasesRemove { alias, how }) => {
            edit::run(host, args, &ModelEdit::RemoveAlias { alias: alias.clone() }, None, *how)
        }
    }
}

fn list(host: &mut Host, args: &Args, given: &AliasesList) -> Result<u8, CliError> {
    let installation = crate::commands::open(host, args)?;
    let models = installation.models(&installation.agent(None)?)?;
    if given.json {
        output::json(host, &serde_json::json!({ "aliases": edit::aliases(&models) }))?;
        return Ok(0);
    }
    let all = models.aliases();
    if !given.plain {
        output::line(host, &format!("Aliases ({}):", all.len()))?;
    }
    for (alias, model) in all {
        let text = if given.plain { format!("{alias} {model}") } else { format!("- {alias} -> {model}") };
        output::line(host, &printable(&text))?;
    }
    if all.is_empty() && !given.plain {
        output::line(host, "- none")?;
    }
    Ok(0)
}
