//! Changes of the models that the configuration names.

use std::collections::BTreeMap;

use openclaw_core::{EditedModels, ModelEdit, ModelRef, ModelSelection, printable};
use serde::Serialize;

use super::saved::{self, Saved};
use crate::args::{Args, HowToWrite};
use crate::error::CliError;
use crate::host::Host;
use crate::output;

/// What was changed, for programs: what the files say now, unless nothing was written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    default_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallbacks: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aliases: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    saved: Saved,
}

pub(super) fn run(
    host: &mut Host,
    args: &Args,
    edit: &ModelEdit,
    agent: Option<&str>,
    how: HowToWrite,
) -> Result<u8, CliError> {
    let installation = crate::commands::open(host, args)?;
    let agent = agent.map(|name| installation.agent(Some(name))).transpose()?;
    if how.dry_run {
        let change = installation.plan_models(agent.as_ref(), edit).map_err(failed)?;
        let saved = Saved::planned(host, &change);
        if how.json {
            output::json(host, &Answer { default_model: None, fallbacks: None, aliases: None, saved })?;
        } else {
            saved.tell_plan(host)?;
        }
        return Ok(0);
    }
    let listed = !installation.config().settings().agents.defaults.models.is_empty();
    let edited = installation.edit_models(agent.as_ref(), edit).map_err(failed)?;
    let saved = Saved::written(&edited.written);
    if how.json {
        output::json(host, &answer(&edited, edit, saved))?;
    } else {
        tell(host, &edited, edit, &saved)?;
    }
    saved::warn_of_problems(host, &edited.written.problems);
    saved::warn_if_covered(host, args, &edited.place, true, false)?;
    if let Some(own) = &edited.own {
        let text = format!("warning: agent {own} has a choice of its own, which stays; --agent {own} changes it");
        output::note(host, &text);
    }
    if matches!(edit, ModelEdit::SetAlias { .. }) && !listed {
        let text = "note: agents.defaults.models lists a model now, and OpenClaw itself allows only listed ones; \
                    this program allows every one";
        output::note(host, text);
    }
    Ok(0)
}

fn answer(edited: &EditedModels, edit: &ModelEdit, saved: Saved) -> Answer {
    let models = edited.models.as_ref();
    let (primary, alias) = match edit {
        ModelEdit::Primary { .. } => (true, false),
        ModelEdit::SetAlias { .. } | ModelEdit::RemoveAlias { .. } => (false, true),
        _ => (false, false),
    };
    Answer {
        default_model: models.filter(|_| primary).map(|models| models.primary().to_string()),
        fallbacks: models.filter(|_| !primary && !alias).map(|models| names(models.fallbacks())),
        aliases: models.filter(|_| alias).map(aliases),
        saved,
    }
}

/// In OpenClaw's words.
fn tell(host: &mut Host, edited: &EditedModels, edit: &ModelEdit, saved: &Saved) -> Result<(), CliError> {
    for file in &saved.files {
        let text = format!("Updated {}", saved::short(host, file));
        output::line(host, &text)?;
    }
    if !saved.changed {
        output::note(host, "nothing had to change; nothing was written");
    }
    let Some(models) = &edited.models else { return Ok(()) };
    let text = match edit {
        ModelEdit::Primary { .. } => format!("Default model: {}", models.primary()),
        ModelEdit::ClearFallbacks => "Fallback list cleared.".to_owned(),
        ModelEdit::SetAlias { alias, .. } => match models.aliases().iter().find(|(own, _)| own == alias.trim()) {
            Some((alias, model)) => format!("Alias {alias} -> {model}"),
            None => return Ok(()),
        },
        ModelEdit::RemoveAlias { .. } if models.aliases().is_empty() => "No aliases configured.".to_owned(),
        ModelEdit::RemoveAlias { .. } => {
            let names: Vec<String> = models.aliases().iter().map(|(alias, _)| alias.clone()).collect();
            format!("Aliases: {}", names.join(", "))
        }
        _ if models.fallbacks().is_empty() => "Fallbacks: none".to_owned(),
        _ => format!("Fallbacks: {}", names(models.fallbacks()).join(", ")),
    };
    output::line(host, &printable(&text))
}

pub(super) fn names(models: &[ModelRef]) -> Vec<String> {
    models.iter().map(ToString::to_string).collect()
}

pub(super) fn aliases(models: &ModelSelection) -> BTreeMap<String, String> {
    models.aliases().iter().map(|(alias, model)| (alias.clone(), model.to_string())).collect()
}

fn failed(error: openclaw_core::Error) -> CliError {
    use openclaw_core::Error;
    match error {
        Error::Save(error) => saved::failed(error),
        Error::ModelEdit(problem) if problem.is_usage() => {
            CliError { exit: 2, kind: "usage", ..CliError::from(problem) }
        }
        other => CliError::from(other),
    }
}
