//! The status for people: who serves, what is wrong, until when, and what to do, at a glance.

use std::path::Path;

use openclaw_core::{
    AuthProfiles, Candidate, CredentialKind, EligibilityStatus, Plan, ProfileEntry, ProfileList, ProviderStatus,
    Source, Status, Timestamp, UnusableReason, WindowKind, WindowStatus, printable, relative_time,
};

use super::todo;
use crate::commands::auth::text::wrap;
use crate::host::Host;
use crate::output::{BAD, BOLD, DIM, GOOD, WARN, paint};

const WIDTH: usize = 80;
/// Where what does not fit beside a profile goes on.
const INDENT: &str = "      ";
/// Ids up to this length stand in a column; a longer one pushes only its own line.
const LONGEST_ID: usize = 30;

/// What is told.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) host: &'a Host,
    pub(super) status: &'a Status,
    pub(super) list: &'a ProfileList,
    /// Where a request would go; `None` if that cannot be planned.
    pub(super) plan: Option<&'a Plan>,
    pub(super) stored: &'a AuthProfiles,
    pub(super) now: Timestamp,
}

pub(super) fn render(told: &Told<'_>) -> String {
    let mut lines = head(told);
    let auth = &told.status.auth;
    let mut names: Vec<&str> = auth.providers.iter().map(|provider| provider.provider.as_str()).collect();
    let more = auth.missing_providers_in_use.iter().chain(auth.eligibility.keys());
    for name in more {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    for name in names {
        lines.push(String::new());
        lines.extend(provider(told, name));
    }
    lines.push(String::new());
    lines.extend(todo::lines(told));
    lines.push(String::new());
    lines.join("\n")
}

/// The model, who serves it, and where all that is written.
fn head(told: &Told<'_>) -> Vec<String> {
    let Told { host, status, .. } = *told;
    let from = if status.default_model == status.resolved_default {
        String::new()
    } else {
        printable(&format!(" (from {})", status.default_model))
    };
    let field = |name: &str, value: &str| format!("{} {value}", paint(host, DIM, &format!("{name:<12}:")));
    let mut lines = vec![
        field("Default", &format!("{}{from}", paint(host, BOLD, &printable(&status.resolved_default)))),
        field("Serves now", &serves(told)),
    ];
    let chosen = told.plan.and_then(Plan::chosen).map(|(model, _)| model.model.to_string());
    if let Some(other) = chosen.filter(|model| *model != status.resolved_default) {
        lines.push(format!("              with the fallback {}", printable(&other)));
    }
    if !status.fallbacks.is_empty() {
        let all = wrap(&printable(&status.fallbacks.join(", ")), "              ");
        lines.push(field("Fallbacks", all.join("\n").trim_start()));
    }
    lines.push(field("Config", &host.short(Path::new(&status.config_path))));
    lines.push(field("Auth store", &host.short(Path::new(&status.auth.store_path))));
    lines
}

/// `anthropic:work · setup-token · sk-ant-oat01-…AAAA`, or that nobody does.
fn serves(told: &Told<'_>) -> String {
    let Told { host, now, .. } = *told;
    let Some((_, candidate)) = told.plan.and_then(Plan::chosen) else {
        let back = told.plan.and_then(|plan| plan.soonest).filter(|soonest| *soonest > now);
        let back =
            back.map(|soonest| format!(" · again in {} ({})", relative_time(soonest, now), moment(soonest, now)));
        return format!("{}{}", paint(host, BAD, "nobody"), back.unwrap_or_default());
    };
    let Candidate { profile_id, kind, credential, reference, .. } = candidate;
    let shown = credential.clone().or_else(|| reference.as_ref().map(|reference| format!("ref({})", reference.text)));
    let more = [kind.map(in_words).map(str::to_owned), shown].into_iter().flatten();
    let more: String = more.map(|word| format!(" · {}", printable(&word))).collect();
    format!("{}{more}", paint(host, GOOD, &printable(profile_id.as_str())))
}

/// One provider: who serves it, and its profiles as a table.
fn provider(told: &Told<'_>, name: &str) -> Vec<String> {
    let Told { host, status, list, .. } = *told;
    let auth = &status.auth;
    let shown = printable(name);
    if auth.missing_providers_in_use.iter().any(|missing| missing == name) {
        let mut lines = vec![format!("{} · {}", paint(host, BOLD, &shown), paint(host, BAD, "no credential"))];
        lines.extend(unlisted(told, name, &[]));
        return lines;
    }
    let serving = auth.active_profile.get(name).and_then(Option::as_deref);
    let verdict = match serving {
        Some(profile) => format!("{} {}", paint(host, GOOD, "served by"), printable(profile)),
        None => paint(host, BAD, "nobody can serve now"),
    };
    let mut lines = vec![format!("{} · {verdict}", paint(host, BOLD, &shown))];
    let mut own: Vec<&ProfileEntry> =
        list.profiles.iter().filter(|entry| entry.provider.as_str() == name && entry.kind.is_some()).collect();
    own.sort_by_key(|entry| {
        let id = entry.profile_id.as_str();
        (serving != Some(id), refusal(status, name, id).is_some(), entry.order.unwrap_or(usize::MAX))
    });
    let cells: Vec<[String; 3]> = own.iter().map(|entry| cells(entry)).collect();
    let width = |column: usize| {
        let lengths = cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        lengths.filter(|length| *length <= LONGEST_ID).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    for (entry, row) in own.iter().zip(&cells) {
        lines.extend(profile(told, entry, serving, row, widths));
    }
    let listed: Vec<&str> = own.iter().map(|entry| entry.profile_id.as_str()).collect();
    lines.extend(unlisted(told, name, &listed));
    let entry = auth.providers.iter().find(|provider| provider.provider == name);
    lines.extend(entry.into_iter().flat_map(|entry| sources(host, entry, serving)));
    lines
}

/// Credentials that are stored nowhere.
fn sources(host: &Host, provider: &ProviderStatus, serving: Option<&str>) -> Vec<String> {
    let line = |source: &Source| {
        let serves = serving.is_some_and(|id| id.replacen(':', ": ", 1) == source.source);
        let mark = if serves { paint(host, GOOD, "✓") } else { paint(host, DIM, "–") };
        let stored = provider.profiles.count > 0 && !serves;
        let note = if stored { paint(host, DIM, "  not used while profiles are stored") } else { String::new() };
        format!("  {mark} {}  {}{note}", printable(&source.source), printable(&source.value))
    };
    [&provider.env, &provider.models_json].into_iter().flatten().map(line).collect()
}

/// Profiles without a line of the table: they cannot be read, are only named by a list, or are stored nowhere.
fn unlisted(told: &Told<'_>, provider: &str, listed: &[&str]) -> Vec<String> {
    let Told { host, status, now, .. } = *told;
    let refused = status.auth.eligibility.get(provider).into_iter().flatten();
    let mut lines = Vec::new();
    for refused in refused.filter(|refused| !listed.contains(&refused.profile_id.as_str())) {
        lines.push(format!("  {} {}", paint(host, BAD, "✗"), printable(&refused.profile_id)));
        let words = wrap(&printable(&why_not(refused, now)), INDENT);
        lines.extend(words.iter().map(|line| paint(host, WARN, line)));
    }
    lines
}

/// Id, kind, and the masked credential or the account.
fn cells(entry: &ProfileEntry) -> [String; 3] {
    let reference = || entry.reference.as_ref().map(|reference| format!("ref({reference})"));
    let account = entry.email.clone().filter(|_| entry.kind == Some(CredentialKind::OAuth));
    let shown = account.or_else(|| entry.credential.clone()).or_else(reference);
    let kind = entry.kind.map(in_words).unwrap_or_default();
    [printable(entry.profile_id.as_str()), kind.to_owned(), printable(shown.as_deref().unwrap_or("–"))]
}

/// A line of the table. What does not fit beside it goes on below.
fn profile(
    told: &Told<'_>,
    entry: &ProfileEntry,
    serving: Option<&str>,
    [id, kind, shown]: &[String; 3],
    [first, second, third]: [usize; 3],
) -> Vec<String> {
    let Told { host, status, now, .. } = *told;
    let refused = refusal(status, entry.provider.as_str(), entry.profile_id.as_str());
    let (mark, style) = match refused {
        Some(_) => (paint(host, BAD, "✗"), WARN),
        None if serving == Some(entry.profile_id.as_str()) => (paint(host, GOOD, "✓"), DIM),
        None => (paint(host, DIM, "–"), DIM),
    };
    let row = format!("{id:<first$}  {kind:<second$}  {shown:<third$}");
    let notes = notes(told, entry, refused, now);
    let beside = printable(&notes.join(" · "));
    // Two columns before the mark, one behind it, two before the notes.
    if row.chars().count() + beside.chars().count() + 6 <= WIDTH {
        let tail = if beside.is_empty() { String::new() } else { format!("  {}", paint(host, style, &beside)) };
        return vec![format!("  {mark} {}", format!("{row}{tail}").trim_end())];
    }
    let mut lines = vec![format!("  {mark} {}", row.trim_end())];
    let below = notes.iter().flat_map(|note| wrap(&printable(note), INDENT));
    lines.extend(below.map(|line| paint(host, style, &line)));
    lines
}

/// What is to be said of a profile: why it cannot serve, what stands against it, when it ends and was used.
fn notes(told: &Told<'_>, entry: &ProfileEntry, refused: Option<&EligibilityStatus>, now: Timestamp) -> Vec<String> {
    let mut notes: Vec<String> = refused.map(|refused| why_not(refused, now)).into_iter().collect();
    let said = |window: &&WindowStatus| match refused.map(|refused| &refused.reason) {
        Some(UnusableReason::Cooldown { model, until, .. }) => window.model == *model && window.until == *until,
        Some(UnusableReason::Disabled { .. }) => window.model.is_none(),
        _ => false,
    };
    notes.extend(entry.windows.iter().filter(|window| !said(window)).map(|window| window_words(window, now)));
    if let Some(end) = entry.expires_at.filter(|end| *end > now) {
        notes.push(format!("expires in {} ({})", relative_time(end, now), moment(end, now)));
    }
    // Also of one that does not take part: its place would be free.
    let told_already = matches!(refused.map(|refused| &refused.reason), Some(UnusableReason::Expired { .. }));
    if let Some(end) = entry.expires_at.filter(|end| *end <= now && !told_already) {
        notes.push(format!("expired {} ago", relative_time(end, now)));
    }
    let ending = told.status.auth.oauth.profiles.iter().find(|ending| ending.profile_id == entry.profile_id.as_str());
    notes.extend(ending.and_then(|ending| ending.age_note.clone()));
    let used = entry.last_used.filter(|used| *used <= now);
    notes.extend(used.map(|used| format!("used {} ago", relative_time(used, now))));
    notes
}

/// `cooldown: rate_limit, claude-opus-4-5 only, 12 min left (until 10:20 UTC)`
pub(super) fn why_not(refused: &EligibilityStatus, now: Timestamp) -> String {
    let problem = refused.problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
    match &refused.reason {
        UnusableReason::Cooldown { until, reason, model } => {
            let only = model.as_ref().map(|model| format!("{} only", name(model)));
            blocked("cooldown", reason.map(|reason| reason.as_str().to_owned()), only, *until, now)
        }
        UnusableReason::Disabled { until, reason } => {
            blocked("disabled", reason.map(|reason| reason.as_str().to_owned()), None, *until, now)
        }
        UnusableReason::OnTrial { .. } => "another request is trying it at this moment".to_owned(),
        UnusableReason::Expired { at } => format!("expired {} ago", relative_time(*at, now)),
        UnusableReason::ExcludedByAuthOrder => "excluded by the order".to_owned(),
        UnusableReason::ProfileMissing => "named by a list, stored nowhere".to_owned(),
        UnusableReason::ProviderMismatch => "belongs to another provider".to_owned(),
        UnusableReason::ModeMismatch => "auth.profiles says another kind than is stored".to_owned(),
        UnusableReason::MissingCredential => "has no secret".to_owned(),
        UnusableReason::Malformed => format!("cannot be read{problem}"),
        UnusableReason::InvalidExpires => "its stored end is no moment".to_owned(),
        UnusableReason::UnresolvedRef => format!("its reference leads nowhere{problem}"),
        other => format!("{other}{problem}"),
    }
}

fn window_words(window: &WindowStatus, now: Timestamp) -> String {
    let only = window.model.as_ref().map(|model| format!("{} only", name(model)));
    let kind = match window.kind {
        WindowKind::Disabled => "disabled",
        WindowKind::Demoted => {
            let why = window.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let only = only.map(|only| format!(", {only}")).unwrap_or_default();
            return format!("demoted {}{why}{only}", relative_time(window.until, now));
        }
        _ => "cooldown",
    };
    if window.half_open {
        return format!("{kind} is over: the next request tries it");
    }
    blocked(kind, window.reason.clone(), only, window.until, now)
}

fn blocked(kind: &str, reason: Option<String>, only: Option<String>, until: Timestamp, now: Timestamp) -> String {
    let left = format!("{} left (until {})", relative_time(until, now), moment(until, now));
    let parts: Vec<String> = [reason, only, Some(left)].into_iter().flatten().collect();
    format!("{kind}: {}", parts.join(", "))
}

/// The model without its provider, which the table stands under.
fn name(model: &str) -> &str {
    model.split_once('/').map_or(model, |(_, name)| name)
}

/// `10:20 UTC`, with the date unless it is today's.
fn moment(at: Timestamp, now: Timestamp) -> String {
    let (at, now) = (at.to_string(), now.to_string());
    let Some((day, time)) = at.split_once('T') else { return at };
    let time = time.get(..5).unwrap_or(time);
    if now.starts_with(day) { format!("{time} UTC") } else { format!("{day} {time} UTC") }
}

fn refusal<'a>(status: &'a Status, provider: &str, id: &str) -> Option<&'a EligibilityStatus> {
    status.auth.eligibility.get(provider)?.iter().find(|refused| refused.profile_id == id)
}

/// What people call a kind.
const fn in_words(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ApiKey => "API key",
        CredentialKind::Token => "setup-token",
        _ => "login",
    }
}
