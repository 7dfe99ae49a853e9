//! `openclaw models status`.

pub(crate) mod probe;

use std::path::Path;

use openclaw_core::{
    Advice, AuthProfiles, CooldownPolicy, CredentialKind, EligibilityStatus, Installation, Status, StatusInput,
    Timestamp, printable,
};

use super::store::block_on;
use crate::args::{Args, StatusArgs};
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, paint};

pub(crate) fn run(host: &mut Host, args: &Args, given: &StatusArgs) -> Result<u8, CliError> {
    if given.json && given.plain {
        return Err(CliError::usage("Choose either --json or --plain, not both."));
    }
    if given.plain && given.probe.wanted() {
        return Err(CliError::usage("--probe cannot be used with --plain output."));
    }
    let installation = super::open(host, args)?;
    let agent = installation.agent(given.agent.as_deref())?;
    super::warn_newer(host, &installation, &agent);
    let now = host.clock.now();
    let (mut status, stored) = status(host, &installation, given, now)?;
    let mut verdict = status.check();
    if given.probe.wanted() {
        let report = probe::run(host, &installation, &agent, given.agent.as_deref(), &stored, &given.probe)?;
        verdict = verdict.max(probe::check(&report, &installation.models(&agent)?));
        status.auth.probes = Some(report);
    }
    if given.json {
        output::json(host, &status)?;
    } else if given.plain {
        output::line(host, &printable(&status.resolved_default))?;
    } else {
        let mut text = render(host, &status, &stored, now);
        if let Some(report) = &status.auth.probes {
            text = format!("{text}\n{}", probe::render(host, report, given.agent.as_deref(), &stored));
        }
        output::text(host, &text)?;
    }
    Ok(if given.check { verdict.exit_code() } else { 0 })
}

fn status(
    host: &Host,
    installation: &Installation,
    given: &StatusArgs,
    now: Timestamp,
) -> Result<(Status, AuthProfiles), CliError> {
    let agent = installation.agent(given.agent.as_deref())?;
    let store = installation.store();
    let profiles = openclaw_core::CredentialStore::load(&store, &agent);
    let profiles = block_on(profiles)??;
    let health = block_on(openclaw_core::HealthStore::load(&store, &agent))??;
    let models = installation.models(&agent)?;
    let policy = CooldownPolicy::default().with_settings(&installation.config().settings().auth.cooldowns);
    let status = Status::new(
        &StatusInput {
            config_path: &installation.paths().config_path,
            agent_dir: &installation.agent_dir(&agent),
            store_path: &installation.auth_store(&agent),
            config: installation.config(),
            env: installation.env(),
            agent: &agent,
            agent_named: given.agent.is_some(),
            models: &models,
            profiles: &profiles,
            health: &health,
            ambient: &installation.ambient(),
            policy: &policy,
            home: host.env.get("HOME").map(Path::new),
        },
        now,
    );
    Ok((status, profiles))
}

/// The status for people: who would serve, what is wrong, until when.
fn render(host: &Host, status: &Status, stored: &AuthProfiles, now: Timestamp) -> String {
    let mut lines = Vec::new();
    let agent = status.agent_id.as_deref();
    let from = if status.default_model == status.resolved_default {
        String::new()
    } else {
        format!(" (from {})", status.default_model)
    };
    let mut field =
        |name: &str, value: String| lines.push(format!("{} {value}", paint(host, DIM, &format!("{name:<12}:"))));
    field("Config", host.short(Path::new(&status.config_path)));
    field("Auth store", host.short(Path::new(&status.auth.store_path)));
    field("Default", format!("{}{from}", paint(host, BOLD, &printable(&status.resolved_default))));
    if !status.fallbacks.is_empty() {
        field("Fallbacks", printable(&status.fallbacks.join(", ")));
    }
    for provider in &status.auth.missing_providers_in_use {
        lines.push(String::new());
        lines.push(format!("{} {provider}", paint(host, BAD, "no credential for")));
        lines.extend(Advice::store(provider, agent).command.map(|command| format!("  {}", printable(&command))));
    }
    for provider in &status.auth.providers {
        lines.push(String::new());
        let serving = status.auth.active_profile.get(&provider.provider).and_then(Option::as_ref);
        let verdict = match serving {
            Some(profile) => format!("{} {}", paint(host, GOOD, "served by"), printable(profile)),
            None => paint(host, BAD, "nobody can serve now"),
        };
        lines.push(format!("{} · {verdict}", paint(host, BOLD, &printable(&provider.provider))));
        let refused = status.auth.eligibility.get(&provider.provider);
        for label in &provider.profiles.labels {
            // The window is told below, with its end.
            let label = label.split(" [").next().unwrap_or(label);
            let id = label.split_once('=').map_or(label, |(id, _)| id);
            let why = refused.into_iter().flatten().find(|refused| refused.profile_id == id);
            let mark = if why.is_some() { paint(host, WARN, "✗") } else { paint(host, GOOD, "✓") };
            let why = why.map(|refused| format!("\n      {}", printable(&why_not(refused, now))));
            lines.push(format!("  {mark} {}{}", printable(label), why.unwrap_or_default()));
        }
        let labelled = |id: &str| provider.profiles.labels.iter().any(|label| label.starts_with(&format!("{id}=")));
        for refused in refused.into_iter().flatten().filter(|refused| !labelled(&refused.profile_id)) {
            lines.push(unlabelled(host, refused, now));
        }
        for source in [&provider.env, &provider.models_json].into_iter().flatten() {
            let used = if provider.profiles.count == 0 { "" } else { " (not used while profiles are stored)" };
            lines.push(format!("  {} {} {}{used}", paint(host, DIM, "·"), printable(&source.source), source.value));
        }
    }
    let shown = |name: &String| status.auth.providers.iter().any(|provider| provider.provider == *name);
    for (provider, refused) in status.auth.eligibility.iter().filter(|(provider, _)| !shown(provider)) {
        lines.push(String::new());
        lines.push(format!("{} · {}", paint(host, BOLD, &printable(provider)), paint(host, BAD, "nobody can serve")));
        lines.extend(refused.iter().map(|refused| unlabelled(host, refused, now)));
    }
    let ending = status
        .auth
        .oauth
        .profiles
        .iter()
        .filter(|profile| matches!(profile.status, "expired" | "expiring" | "missing"));
    for profile in ending {
        let kind = match profile.kind {
            "api_key" => CredentialKind::ApiKey,
            "token" => CredentialKind::Token,
            _ => CredentialKind::OAuth,
        };
        let advice = Advice::replace(&profile.provider, &profile.profile_id, kind, agent, stored);
        lines.push(String::new());
        lines.push(format!(
            "{} {}",
            paint(host, WARN, &format!("{}:", profile.status)),
            printable(&profile.profile_id)
        ));
        lines.push(format!("  {}", advice.text));
        lines.extend(advice.command.map(|command| format!("  {}", printable(&command))));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// A profile that has no label of its own: it cannot be read, is only named by a list, or is stored nowhere.
fn unlabelled(host: &Host, refused: &EligibilityStatus, now: Timestamp) -> String {
    let why = printable(&why_not(refused, now));
    format!("  {} {}\n      {why}", paint(host, WARN, "✗"), printable(&refused.profile_id))
}

/// `cooldown (rate_limit) until …, 4m left`, `unresolved_ref: env:default:KEY is not set or empty`
fn why_not(refused: &EligibilityStatus, now: Timestamp) -> String {
    let left = refused.reason.until().map(|until| format!(", {} left", left(until, now)));
    let problem = refused.problem.as_ref().map(|problem| format!(": {problem}"));
    format!("{}{}{}", refused.reason, left.unwrap_or_default(), problem.unwrap_or_default())
}

/// How long until then: `45s`, `12m`, `3h`, `2d`.
pub(crate) fn left(until: Timestamp, now: Timestamp) -> String {
    let seconds = until.since(now).as_secs();
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}
