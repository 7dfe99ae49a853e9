//! `openclaw models auth cooldown list` and `clear`.

use openclaw_core::{
    Advice, Effect, Health, HealthEvent, HealthStore as _, ProfileId, Timestamp, WindowKind, WindowStatus, printable,
    window_list,
};
use serde::Serialize;

use super::{Desk, advise, print, text};
use crate::args::{Args, CooldownClear, CooldownList};
use crate::commands::named;
use crate::commands::store::block_on;
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, BOLD, paint};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    agent_id: &'a str,
    auth_store_path: String,
    windows: &'a [WindowStatus],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cleared<'a> {
    agent_id: &'a str,
    auth_store_path: String,
    changed: bool,
    cleared: &'a [WindowStatus],
}

pub(super) fn list(host: &mut Host, args: &Args, given: &CooldownList) -> Result<u8, CliError> {
    let desk = Desk::open_to_read(host, args, given.of.agent.as_deref())?;
    let now = host.clock.now();
    let windows = window_list(&desk.profiles()?, &desk.health()?, &desk.policy(), now);
    if given.of.json {
        let auth_store_path = desk.store_path().display().to_string();
        output::json(host, &Listed { agent_id: desk.agent.as_str(), auth_store_path, windows: &windows })?;
        return Ok(0);
    }
    let mut lines = desk.head(host);
    lines.push(String::new());
    if windows.is_empty() {
        lines.push("No windows: every profile may be used.".to_owned());
    }
    for window in &windows {
        lines.push(paint(host, BOLD, &printable(window.profile_id.as_str())));
        lines.extend(text::wrap(&printable(&words(window, now)), "  "));
    }
    if let Some(first) = windows.first() {
        lines.push(String::new());
        advise(&mut lines, &Advice::clear_cooldown(first.profile_id.as_str(), desk.named()), 0);
    }
    print(host, &lines)?;
    Ok(0)
}

/// `cooldown (rate_limit, only claude-opus-4-5) until …, 4m left`
pub(super) fn words(window: &WindowStatus, now: Timestamp) -> String {
    let what = what(window, now);
    match (window.half_open, window.on_trial_until) {
        (true, Some(until)) => format!("{what}: somebody is trying it, at the latest until {until}"),
        (true, None) => format!("{what}: the next attempt tries whether it serves again"),
        (false, _) if window.kind == WindowKind::Demoted => format!("{what}: tried after the others"),
        (false, _) => what,
    }
}

/// The same without what follows from it.
fn what(window: &WindowStatus, now: Timestamp) -> String {
    let kind = match window.kind {
        WindowKind::Disabled => "disabled",
        WindowKind::Demoted => "demoted",
        _ => "cooldown",
    };
    let only = window.model.as_ref().map(|model| format!("only {model}"));
    let notes: Vec<String> = window.reason.iter().cloned().chain(only).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    if window.half_open {
        format!("{kind}{notes}, half-open since {}", window.until)
    } else {
        format!("{kind}{notes} until {}", text::until(window.until, now))
    }
}

pub(super) fn clear(host: &mut Host, args: &Args, given: &CooldownClear) -> Result<u8, CliError> {
    let desk = Desk::open(host, args, given.of.agent.as_deref())?;
    if given.id.is_none() && !given.all && given.model.is_none() {
        return Err(CliError::usage("nothing named to clear: give a profile id, --model MODEL, or --all"));
    }
    let (profiles, health) = (desk.profiles()?, desk.health()?);
    let known = || profiles.profiles.keys().chain(health.profiles.keys());
    let id = given.id.as_deref().map(|text| named::profile(text, known())).transpose()?;
    if let Some(id) = &id
        && !profiles.profiles.contains_key(id.as_str())
        && !health.profiles.contains_key(id.as_str())
    {
        return Err(desk.not_found(id));
    }
    let model = given.model.as_deref().map(|text| model(&desk, &health, text)).transpose()?;
    let event = HealthEvent::Cleared { profile: id.clone(), model: model.clone() };
    // What changes nothing needs no write, which may be refused here.
    let mut changed = event.apply(&mut health.clone()) != Effect::Unchanged;
    let windows = window_list(&profiles, &health, &desk.policy(), host.clock.now());
    let hit = |window: &WindowStatus| {
        id.as_ref().is_none_or(|id| *id == window.profile_id)
            && model.as_ref().is_none_or(|model| window.model.as_ref().is_some_and(|of| *of == printable(model)))
    };
    let mut cleared: Vec<WindowStatus> = windows.into_iter().filter(hit).collect();
    if changed {
        let store = desk.installation.store();
        let (_, effect) = block_on(store.commit(&desk.agent, &event))??;
        changed = effect != Effect::Unchanged;
    }
    if !changed {
        cleared.clear();
    }
    if given.of.json {
        let auth_store_path = desk.store_path().display().to_string();
        let answer = Cleared { agent_id: desk.agent.as_str(), auth_store_path, changed, cleared: &cleared };
        output::json(host, &answer)?;
        return Ok(0);
    }
    tell(host, id.as_ref(), changed, &cleared)?;
    Ok(0)
}

fn tell(host: &mut Host, id: Option<&ProfileId>, changed: bool, cleared: &[WindowStatus]) -> Result<(), CliError> {
    let now = host.clock.now();
    if !changed {
        let of = id.map(|id| format!(" of {id}")).unwrap_or_default();
        return output::line(host, &printable(&format!("Nothing to clear: no windows or failures{of} are recorded.")));
    }
    if cleared.is_empty() {
        return output::line(host, "No window was open; the counters of earlier failures are cleared.");
    }
    let mut lines = vec!["Cleared:".to_owned()];
    for window in cleared {
        let text = format!("{}: {}", window.profile_id, what(window, now));
        lines.extend(text::wrap(&printable(&text), "  "));
    }
    print(host, &lines)
}

/// The model as health knows it: as it is written there, or what an alias or `provider/model` stands for.
fn model(desk: &Desk, health: &Health, text: &str) -> Result<String, CliError> {
    let text = text.trim();
    if health.profiles.values().any(|stats| stats.models.contains_key(text)) {
        return Ok(text.to_owned());
    }
    Ok(desk.installation.models(&desk.agent)?.resolve(text)?.model().to_owned())
}
