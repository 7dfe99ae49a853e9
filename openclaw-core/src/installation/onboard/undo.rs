//! How to take back what onboarding wrote, and what comes next.

use std::borrow::Cow;

use super::{Installation, OnboardingPlan, ProfileStep};
use crate::advice::{Advice, agent_flag, last_word, word};
use crate::config::typed_edit;
use crate::json5::{Edit, Path, quote};
use crate::paths::default_agent;

/// One command for each thing that is written.
pub(super) fn undo(installation: &Installation, plan: &OnboardingPlan) -> Vec<Advice> {
    let mut found = Vec::new();
    if let Some(profile) = &plan.profile {
        match profile.step {
            ProfileStep::Add => {
                let agent = agent(installation, plan);
                let command = format!("openclaw models auth remove{agent}{}", last_word(profile.id.as_str()));
                found.push(Advice::new("remove the profile", command));
            }
            ProfileStep::Replace(_) => found.push(Advice {
                text: "the credential that was replaced is not kept: store it again to have it back".to_owned(),
                command: None,
            }),
            ProfileStep::Update | ProfileStep::Keep => {}
        }
    }
    if let (Some(adoption), Some(profile)) = (&plan.edits.adoption, &plan.profile) {
        found.extend(installation.undo_adoption(adoption, &profile.provider));
    }
    if let Some(model) = plan.model.as_ref().filter(|model| model.changes) {
        found.push(match &model.before {
            Some(before) => set("have the model of before", &model.path, &typed(&model.path, before)),
            None => unset("leave the model to the default", &model.path),
        });
    }
    found.extend(plan.listed.iter().map(|path| unset("list the model no longer", path)));
    found
}

/// A text as it is typed for `config set`: in quotes only where it would be taken for something else.
fn typed<'a>(path: &Path, text: &'a str) -> Cow<'a, str> {
    match typed_edit(path, text) {
        Ok(Edit::SetText { .. }) => Cow::Borrowed(text),
        _ => Cow::Owned(quote(text).to_string()),
    }
}

/// What a person does next.
pub(super) fn next(installation: &Installation, plan: &OnboardingPlan) -> Vec<Advice> {
    let agent = agent(installation, plan);
    vec![
        Advice::new("ask something", format!("openclaw ask{agent} 'Bonjour'")),
        Advice::new("see who serves", format!("openclaw models status{agent}")),
    ]
}

/// ` --agent x`, when it is not the default one.
fn agent(installation: &Installation, plan: &OnboardingPlan) -> String {
    let other = default_agent(installation.config().settings()) != plan.agent;
    agent_flag(other.then(|| plan.agent.as_str()))
}

pub(crate) fn set(text: &str, path: &Path, value: &str) -> Advice {
    Advice::new(text, format!("openclaw config set {} {}", word(&path.to_string()), word(value)))
}

pub(crate) fn unset(text: &str, path: &Path) -> Advice {
    Advice::new(text, format!("openclaw config unset {}", word(&path.to_string())))
}
