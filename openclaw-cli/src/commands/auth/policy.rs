//! `openclaw models auth policy`.

use openclaw_core::{Action, PolicyRow, PolicyView, ProfileEffect, RetryPolicy, printable};

use super::{print, text};
use crate::args::{Args, AuthPolicy};
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, BOLD, DIM, paint};

/// Below the names of the table.
const INDENT: &str = "                   ";

pub(super) fn run(host: &mut Host, args: &Args, given: &AuthPolicy) -> Result<u8, CliError> {
    let installation = crate::commands::open(host, args)?;
    let view = PolicyView::new(installation.config(), &RetryPolicy::default());
    if given.json {
        output::json(host, &view)?;
        return Ok(0);
    }
    let mut lines = vec![paint(host, BOLD, "What follows from a failure")];
    for row in &view.table {
        lines.extend(failure(host, row));
    }
    lines.push(String::new());
    lines.push(paint(host, BOLD, &format!("How long (policy {})", view.name)));
    lines.extend(windows(&view));
    if !view.settings.is_empty() {
        lines.push(String::new());
        lines.push(paint(host, BOLD, "Set in the configuration"));
    }
    for setting in &view.settings {
        let unused = if setting.used { "" } else { " (has no effect here)" };
        lines.push(printable(&format!("  {} = {}{unused}", setting.path, setting.value)));
        let origin = printable(&host.short(setting.origin.as_ref()));
        lines.push(paint(host, DIM, &format!("    {origin}")));
    }
    print(host, &lines)?;
    Ok(0)
}

fn failure(host: &Host, row: &PolicyRow) -> Vec<String> {
    let name = paint(host, BOLD, &format!("{:<16}", row.reason.as_str()));
    let mut lines = text::wrap(&effect(row), INDENT);
    if let Some(first) = lines.first_mut() {
        *first = format!("  {name} {}", first.trim_start());
    }
    let statuses = row.statuses.iter().map(ToString::to_string);
    let types = row.types.iter().map(|kind| (*kind).to_owned());
    let mut from: Vec<String> = statuses.chain(types).collect();
    if !row.messages.is_empty() {
        from.push(format!("{} known messages", row.messages.len()));
    }
    if from.is_empty() {
        from.push("anything else".to_owned());
    }
    let from = text::wrap(&format!("from {}", from.join(", ")), INDENT);
    lines.extend(from.iter().map(|line| paint(host, DIM, line)));
    lines
}

fn effect(row: &PolicyRow) -> String {
    let profile = match row.profile {
        ProfileEffect::Cooldown => "cooldown",
        ProfileEffect::ModelCooldown => "cooldown for the model",
        ProfileEffect::Disabled => "disabled",
        ProfileEffect::Demoted => "behind the others for the model",
        _ => "no window",
    };
    let action = match row.action {
        Action::Rotate => "next profile",
        Action::RetryThenRotateOnce => "retries, one other profile",
        Action::Return => "returned",
        _ => "next model",
    };
    let model = if row.next_model && row.action != Action::NextModel { ", then the next model" } else { "" };
    format!("{profile}; {action}{model}")
}

fn windows(view: &PolicyView) -> Vec<String> {
    let row = |name: &str, value: String| format!("  {name:<16} {value}");
    let ladder: Vec<String> = view.ladder_ms.iter().copied().map(text::length).collect();
    let doubling = |first: u64, max: u64| format!("{}, doubling to {}", text::length(first), text::length(max));
    let mut lines =
        vec![row("cooldown", ladder.join(", ")), row("billing", doubling(view.billing.first_ms, view.billing.max_ms))];
    for (provider, first) in &view.billing_by_provider_ms {
        let value = doubling(*first, view.billing.max_ms.max(*first));
        lines.push(row("", printable(&format!("{provider}: {value}"))));
    }
    lines.push(row("auth_permanent", doubling(view.auth_permanent.first_ms, view.auth_permanent.max_ms)));
    lines.push(row("demotion", text::length(view.demotion_ms)));
    let (shortest, longest) = (text::length(view.shortest_deadline_ms), text::length(view.longest_deadline_ms));
    lines.push(row("server's word", format!("{shortest} to {longest}")));
    lines.push(row("trial", format!("one attempt, at most {}", text::length(view.lease_ms))));
    let retry = &view.retry;
    let waits = format!("waits up to {} doubling to {}", text::length(retry.first_ms), text::length(retry.max_ms));
    lines.push(row("retries", format!("{}, {waits}, {} in all", retry.retries, text::length(retry.budget_ms))));
    lines.push(row("start again", format!("after {} without a failure", text::length(view.failure_window_ms))));
    lines
}
