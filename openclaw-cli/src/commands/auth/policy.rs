//! `openclaw models auth policy`.

use openclaw_core::{Action, Classification, PolicyRow, PolicyView, RetryPolicy, printable};

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
    for row in view.classification.table {
        lines.extend(failure(host, row, &view.classification));
    }
    lines.extend(rules(&view.classification));
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

fn failure(host: &Host, row: &PolicyRow, rules: &Classification) -> Vec<String> {
    let name = paint(host, BOLD, &format!("{:<16}", row.reason.as_str()));
    let model = if row.next_model && row.action != Action::NextModel { ", then the next model" } else { "" };
    let mut lines = text::wrap(&format!("{}; {}{model}", row.profile, row.action), INDENT);
    if let Some(first) = lines.first_mut() {
        *first = format!("  {name} {}", first.trim_start());
    }
    let statuses = row.statuses.iter().map(ToString::to_string);
    let types = row.types.iter().map(|kind| (*kind).to_owned());
    let mut from: Vec<String> = statuses.chain(types).collect();
    from.extend((row.reason == rules.other_5xx).then(|| "other 5xx".to_owned()));
    from.extend((row.reason == rules.otherwise).then(|| "anything else".to_owned()));
    let mut dim = if from.is_empty() { Vec::new() } else { text::wrap(&format!("from {}", from.join(", ")), INDENT) };
    dim.extend(row.messages.iter().flat_map(|start| text::wrap(&format!("from \"{start} …\""), INDENT)));
    lines.extend(dim.iter().map(|line| paint(host, DIM, line)));
    lines
}

/// What holds for all classes.
fn rules(rules: &Classification) -> Vec<String> {
    let list = |words: &mut dyn Iterator<Item = String>| words.collect::<Vec<_>>().join(", ");
    let statuses = list(&mut rules.message_statuses.iter().map(ToString::to_string));
    let ours = list(&mut rules.not_from_strangers.iter().map(ToString::to_string));
    let longest = text::length(rules.stranger_deadline_ms);
    let from = rules.from_strangers;
    [
        format!("The beginning of the message counts before the type, for {statuses}; the type before the status."),
        format!(
            "An answer that is not in Anthropic's error shape is never {ours} but {from}, and a deadline that it sets \
             counts for {longest} at most."
        ),
    ]
    .iter()
    .flat_map(|rule| text::wrap(rule, "  "))
    .collect()
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
