//! What to do about what is wrong: one exact command for each problem, and one line when there is none.

use std::collections::BTreeSet;

use openclaw_core::{
    Advice, CheckVerdict, CredentialKind, EligibilityStatus, FailureReason, Plan, UnusableReason, printable,
    relative_time,
};

use super::text::Told;
use crate::commands::auth::text::wrap;
use crate::output::{BOLD, GOOD, paint};

pub(super) fn lines(told: &Told<'_>) -> Vec<String> {
    let Told { host, status, .. } = *told;
    let pieces = pieces(told);
    if pieces.is_empty() {
        let serves = told.plan.and_then(Plan::chosen).map(|(_, candidate)| printable(candidate.profile_id.as_str()));
        let blocked = in_use(told).into_iter().any(|name| {
            status.auth.eligibility.get(name).into_iter().flatten().any(|refused| refused.reason.until().is_some())
        });
        return vec![match serves {
            Some(serves) if blocked => format!("Nothing to do: {serves} serves meanwhile."),
            _ if status.check() == CheckVerdict::Ok => paint(host, GOOD, "All is well."),
            _ => "Nothing to do.".to_owned(),
        }];
    }
    let mut lines = vec![paint(host, BOLD, "What to do:")];
    for (about, advice) in pieces {
        lines.extend(wrap(&printable(&format!("{about}: {}", advice.text)), "  "));
        lines.extend(advice.command.map(|command| format!("    {}", paint(host, BOLD, &printable(&command)))));
    }
    lines
}

/// The providers of the default model and its fallbacks.
fn in_use<'a>(told: &Told<'a>) -> BTreeSet<&'a str> {
    let models = std::iter::once(&told.status.resolved_default).chain(&told.status.fallbacks);
    models.filter_map(|model| model.split_once('/')).map(|(provider, _)| provider).collect()
}

/// Each problem with what helps; no help is told twice.
fn pieces(told: &Told<'_>) -> Vec<(String, Advice)> {
    let Told { status, stored, .. } = *told;
    let auth = &status.auth;
    let agent = status.agent_id.as_deref();
    let mut all: Vec<(String, Advice)> = Vec::new();
    let mut add = |about: &str, advice: Advice| {
        if !all.iter().any(|(_, other)| other.command == advice.command) {
            all.push((about.to_owned(), advice));
        }
    };
    for provider in &auth.missing_providers_in_use {
        add(provider, Advice::store(provider, agent));
    }
    for provider in in_use(told) {
        for refused in auth.eligibility.get(provider).into_iter().flatten() {
            if let Some(advice) = blocked(told, provider, refused) {
                add(&refused.profile_id, advice);
            }
        }
    }
    for ending in &auth.oauth.profiles {
        let old = ending.age_note.is_some();
        if old || matches!(ending.status, "expired" | "expiring" | "missing") {
            let kind = kind(ending.kind);
            let advice = Advice::replace(&ending.provider, &ending.profile_id, kind, agent, stored);
            add(&ending.profile_id, advice);
        }
    }
    for provider in in_use(told) {
        if let Some(advice) = idle(told, provider) {
            add(provider, advice);
        }
    }
    all
}

/// What helps a profile that a person has to do something about, whoever serves meanwhile.
fn blocked(told: &Told<'_>, provider: &str, refused: &EligibilityStatus) -> Option<Advice> {
    let agent = told.status.agent_id.as_deref();
    let reason = match &refused.reason {
        UnusableReason::UnresolvedRef | UnusableReason::Malformed | UnusableReason::ModeMismatch => {
            return Some(Advice::explain(agent));
        }
        UnusableReason::Cooldown { reason, .. } | UnusableReason::Disabled { reason, .. } => (*reason)?,
        _ => return None,
    };
    match reason {
        FailureReason::Billing => {
            let clear = Advice::clear_cooldown(&refused.profile_id, agent);
            let text = "buy credits in the provider's console (Plans & Billing), then let it serve again at once";
            Some(Advice::new(text, clear.command?))
        }
        FailureReason::Auth | FailureReason::AuthPermanent => {
            let profile = told.list.profiles.iter().find(|entry| entry.profile_id.as_str() == refused.profile_id)?;
            Some(Advice::replace(provider, &refused.profile_id, profile.kind?, agent, told.stored))
        }
        _ => None,
    }
}

/// What helps a provider that nobody can serve now.
fn idle(told: &Told<'_>, provider: &str) -> Option<Advice> {
    let Told { status, stored, now, .. } = *told;
    let agent = status.agent_id.as_deref();
    status.auth.active_profile.get(provider).filter(|serving| serving.is_none())?;
    let refused: Vec<_> = status.auth.eligibility.get(provider).into_iter().flatten().collect();
    if let Some(soonest) = refused.iter().filter_map(|refused| refused.reason.until()).min() {
        let text = format!("wait {}, or add another profile", relative_time(soonest, now));
        return Some(Advice::store_another(&text, provider, agent, stored));
    }
    if refused.iter().any(|refused| matches!(refused.reason, UnusableReason::Expired { .. })) {
        return None;
    }
    let listed = |reason: &UnusableReason| {
        matches!(reason, UnusableReason::ExcludedByAuthOrder | UnusableReason::ProfileMissing)
    };
    let all_listed = refused.iter().all(|refused| listed(&refused.reason));
    Some(if all_listed { Advice::see_order(provider, agent) } else { Advice::explain(agent) })
}

fn kind(name: &str) -> CredentialKind {
    match name {
        "api_key" => CredentialKind::ApiKey,
        "token" => CredentialKind::Token,
        _ => CredentialKind::OAuth,
    }
}
