//! `openclaw models auth list`.

use openclaw_core::{
    Advice, ProfileEntry, ProfileList, ProfileListInput, ProviderId, Timestamp, UnusableReason, WindowStatus, printable,
};

use super::{Desk, advise, cooldown, print, text};
use crate::args::{Args, AuthList};
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, BOLD, DIM, GOOD, WARN, paint};

pub(super) fn run(host: &mut Host, args: &Args, given: &AuthList) -> Result<u8, CliError> {
    let desk = Desk::open_to_read(host, args, given.of.agent.as_deref())?;
    let provider = given.provider.as_deref().map(|text| super::provider(Some(text))).transpose()?;
    let (profiles, health, now) = (desk.profiles()?, desk.health()?, host.clock.now());
    let list = ProfileList::new(
        &ProfileListInput {
            agent: &desk.agent,
            agent_dir: &desk.installation.agent_dir(&desk.agent),
            store_path: &desk.store_path(),
            provider: provider.as_ref(),
            auth: &desk.installation.config().settings().auth,
            secrets: &desk.installation.secrets(),
            profiles: &profiles,
            health: &health,
            policy: &desk.policy(),
        },
        now,
    );
    if given.of.json {
        output::json(host, &list)?;
        return Ok(0);
    }
    let mut lines = desk.head(host);
    lines.push(String::new());
    if list.profiles.is_empty() {
        let of = provider.as_ref().map(|provider| format!(" of {provider}")).unwrap_or_default();
        lines.push(printable(&format!("No profiles{of} are stored for this agent.")));
        let provider = provider.unwrap_or_else(ProviderId::anthropic);
        advise(&mut lines, &Advice::store(provider.as_str(), desk.named()), 2);
    }
    let mut providers: Vec<&ProviderId> = list.profiles.iter().map(|entry| &entry.provider).collect();
    providers.sort();
    providers.dedup();
    for (at, provider) in providers.into_iter().enumerate() {
        if at > 0 {
            lines.push(String::new());
        }
        lines.push(paint(host, BOLD, &printable(provider.as_str())));
        let mut own: Vec<&ProfileEntry> = list.profiles.iter().filter(|entry| entry.provider == *provider).collect();
        own.sort_by_key(|entry| entry.order.unwrap_or(usize::MAX));
        for entry in own {
            lines.extend(profile(host, entry, now));
        }
    }
    print(host, &lines)?;
    Ok(0)
}

fn profile(host: &Host, entry: &ProfileEntry, now: Timestamp) -> Vec<String> {
    let mark = if entry.reason.is_some() { paint(host, WARN, "✗") } else { paint(host, GOOD, "✓") };
    let place = entry.order.map_or_else(|| " ".to_owned(), |place| place.to_string());
    let kind = entry.kind.map(|kind| kind.as_str());
    let shown =
        entry.credential.clone().or_else(|| entry.reference.as_ref().map(|reference| format!("ref({reference})")));
    let words = [Some(entry.profile_id.as_str()), kind, shown.as_deref(), entry.email.as_deref()];
    let words = words.into_iter().flatten().collect::<Vec<_>>().join("  ");
    let mut lines = vec![format!("  {mark} {place} {}", printable(&words))];
    let mut detail = |text: String| lines.extend(text::wrap(&printable(&text), "      "));
    if let Some(reason) = &entry.reason {
        let problem = entry.problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
        detail(format!("{}{problem}", text::reason(reason, now)));
    }
    // The profile's own open window is what stands above, unless it knows a reason that the line lacks.
    let (blocked, unexplained) = match &entry.reason {
        Some(UnusableReason::Cooldown { reason, .. } | UnusableReason::Disabled { reason, .. }) => {
            (true, reason.is_none())
        }
        _ => (false, false),
    };
    let told = |window: &WindowStatus| {
        blocked && window.model.is_none() && !window.half_open && !(unexplained && window.reason.is_some())
    };
    for window in entry.windows.iter().filter(|window| !told(window)) {
        detail(cooldown::words(window, now));
    }
    let mut notes = Vec::new();
    notes.extend(entry.last_used.map(|at| format!("last used {}", text::since(at, now))));
    notes.extend(entry.added_at.map(|at| format!("added {}", text::since(at, now))));
    notes.extend(entry.expires_at.filter(|end| *end > now).map(|end| format!("ends {}", text::until(end, now))));
    lines.extend(notes.into_iter().map(|note| format!("      {}", paint(host, DIM, &note))));
    lines
}
