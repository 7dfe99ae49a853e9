//! `openclaw models auth explain`.

use std::sync::Arc;

use openclaw_core::{
    Advice, AdviceContext, AuthProfiles, Blocked, Candidate, CandidateSource, CredentialKind, ModelRef, Pin, PinKind,
    Plan, PlanRequest, PlannedModel, PlannedReference, ProviderId, SourceKind, Timestamp, UnusableReason, Unused,
    printable,
};

use super::{Desk, advise, print, text};
use crate::args::{Args, AuthExplain};
use crate::commands::named;
use crate::commands::store::block_on;
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, paint};
use crate::stop::unless_stopped;

pub(super) fn run(host: &mut Host, args: &Args, given: &AuthExplain) -> Result<u8, CliError> {
    let desk = Desk::open_to_read(host, args, given.of.agent.as_deref())?;
    let request = request(&desk, given)?;
    let failover = desk.installation.failover(&desk.agent)?.shared_clock(Arc::clone(&host.clock)).build();
    // A reference may run a program.
    let plan = block_on(unless_stopped(desk.installation.plan(&failover, &request)))??;
    let context = AdviceContext { agent: desk.named.clone(), ..AdviceContext::default() };
    let plan = plan.map_err(|error| CliError::core(&error, &context))?;
    if given.of.json {
        output::json(host, &plan)?;
        return Ok(0);
    }
    let lines = render(host, &desk, &plan, &desk.profiles()?);
    print(host, &lines)?;
    Ok(0)
}

fn request(desk: &Desk, given: &AuthExplain) -> Result<PlanRequest, CliError> {
    let mut request = PlanRequest::new();
    if let Some(text) = &given.model {
        let (model, pin) = ModelRef::split_profile(text);
        if !model.trim().is_empty() {
            request = request.model(desk.installation.models(&desk.agent)?.choose(model)?);
        }
        if let Some(id) = pin {
            request = request
                .pin(Pin { profile: named::profile(id, desk.profiles()?.profiles.keys())?, kind: PinKind::User });
        }
    }
    Ok(if given.resolve { request.resolve_references() } else { request })
}

fn render(host: &Host, desk: &Desk, plan: &Plan, stored: &AuthProfiles) -> Vec<String> {
    let mut lines = desk.head(host);
    let field = |name: &str, value: String| format!("{} {value}", paint(host, DIM, &format!("{name:<11}:")));
    lines.push(match &plan.serving {
        Some(serving) => {
            let profile = paint(host, GOOD, &printable(serving.profile_id.as_str()));
            field("Serves now", format!("{profile} for {}", printable(&serving.model.to_string())))
        }
        None => field("Serves now", paint(host, BAD, "nobody")),
    });
    if let (None, Some(soonest)) = (&plan.serving, plan.soonest) {
        lines.push(field("Soonest", text::until(soonest, plan.at)));
    }
    for (at, model) in plan.models.iter().enumerate() {
        lines.push(String::new());
        let same = |other: &&PlannedModel| other.candidates == model.candidates && other.blocked == model.blocked;
        match plan.models.iter().take(at).find(same).filter(|other| other.provider == model.provider) {
            Some(other) => {
                lines.push(format!("{}. {}", at + 1, paint(host, BOLD, &printable(&model.model.to_string()))));
                lines.push(printable(&format!("   as {}", other.model)));
            }
            None => lines.extend(of_model(host, desk, plan.at, at + 1, model)),
        }
    }
    if plan.serving.is_none() {
        for (provider, candidate) in ended(plan) {
            let (id, kind) = (candidate.profile_id.as_str(), candidate.kind.unwrap_or(CredentialKind::OAuth));
            lines.push(String::new());
            lines.push(printable(&format!("{id} has ended:")));
            advise(&mut lines, &Advice::replace(provider.as_str(), id, kind, desk.named(), stored), 2);
        }
    }
    for warning in &plan.warnings {
        lines.push(String::new());
        let said = format!("warning: {}", printable(&warning.to_string()));
        lines.extend(text::wrap(&said, "").iter().map(|line| paint(host, WARN, line)));
        if let Some(advice) = warning.advice(desk.named()) {
            advise(&mut lines, &advice, 2);
        }
    }
    let unchecked = |reference: &&PlannedReference| reference.resolved.is_none();
    let candidates = plan.models.iter().flat_map(|model| &model.candidates);
    if candidates.filter_map(|candidate| candidate.reference.as_ref()).any(|reference| unchecked(&reference)) {
        lines.push(String::new());
        lines.extend(text::wrap("Not every reference was looked up, which may run a command; this does it:", ""));
        lines.push(format!("  openclaw models auth explain --resolve{}", desk.flag()));
    }
    lines
}

/// Stored credentials that have ended: no time to come heals that.
fn ended(plan: &Plan) -> impl Iterator<Item = (&ProviderId, &Candidate)> {
    let first = plan.models.first().into_iter();
    let candidates = first.flat_map(|model| model.candidates.iter().map(|candidate| (&model.provider, candidate)));
    candidates.filter(|(_, candidate)| matches!(candidate.reason, Some(UnusableReason::Expired { .. })))
}

fn of_model(host: &Host, desk: &Desk, now: Timestamp, number: usize, model: &PlannedModel) -> Vec<String> {
    let mut lines = vec![format!("{number}. {}", paint(host, BOLD, &printable(&model.model.to_string())))];
    if let Some(blocked) = &model.blocked {
        let why = match blocked {
            Blocked::NoCredentials => format!("no credential for {}", model.provider),
            Blocked::NoProfile => "no profile may serve it now".to_owned(),
            Blocked::Protocol(api) => {
                format!(
                    "{} speaks \"{api}\", which this program does not (it speaks anthropic-messages)",
                    model.provider
                )
            }
            Blocked::Unconfigured(what) => what.clone(),
            _ => "it cannot be asked".to_owned(),
        };
        let lined = text::wrap(&printable(&format!("passed over: {why}")), "   ");
        lines.extend(lined.iter().map(|line| paint(host, BAD, line)));
        if *blocked == Blocked::NoCredentials {
            let advice = Advice::store(model.provider.as_str(), desk.named());
            advise(&mut lines, &advice, 5);
        }
    }
    if model.candidates.is_empty() {
        return lines;
    }
    let order = format!("order: {}", model.order.source.words(&model.provider));
    let wrapped = text::wrap(&printable(&order), "   ");
    lines.extend(wrapped.iter().map(|line| paint(host, DIM, line)));
    lines.extend(model.order.origin.iter().map(|origin| paint(host, DIM, &format!("     {}", place(host, origin)))));
    if let Some(pin) = &model.pin {
        let kind = match pin.kind {
            PinKind::Strict => "only",
            _ => "first",
        };
        lines.push(printable(&format!("   {kind}: {} ({})", pin.profile_id, pin.kind.as_str())));
    }
    for candidate in &model.candidates {
        lines.extend(of_candidate(host, now, candidate));
    }
    lines
}

fn of_candidate(host: &Host, now: Timestamp, candidate: &Candidate) -> Vec<String> {
    let mark = match (candidate.chosen, candidate.rank, &candidate.reason) {
        (true, ..) => paint(host, GOOD, "→"),
        (_, Some(_), _) => paint(host, GOOD, "✓"),
        (.., Some(_)) => paint(host, WARN, "✗"),
        _ => paint(host, DIM, "·"),
    };
    let rank = candidate.rank.map_or_else(|| " ".to_owned(), |rank| rank.to_string());
    let kind = candidate.kind.map(|kind| kind.as_str());
    let reference = candidate.reference.as_ref().map(|reference| format!("ref({})", reference.text));
    let shown = candidate.credential.as_ref().or(reference.as_ref()).map(String::as_str);
    let words = [Some(candidate.profile_id.as_str()), kind, shown].into_iter().flatten().collect::<Vec<_>>().join("  ");
    let mut lines = vec![format!("   {mark} {rank} {}", printable(&words))];
    let mut detail = |text: &str| lines.extend(text::wrap(&printable(text), "       "));
    if candidate.source.kind != SourceKind::Store {
        detail(&from(host, &candidate.source));
    }
    if let Some(reason) = &candidate.reason {
        detail(&text::reason(reason, now));
    }
    if let Some(PlannedReference { resolved: Some(resolved), problem, .. }) = &candidate.reference {
        match problem {
            Some(problem) => detail(&format!("the reference does not resolve: {problem}")),
            None if *resolved => detail("the reference resolves"),
            None => detail("the reference does not resolve"),
        }
    }
    if let Some(until) = candidate.demoted_until {
        detail(&format!("demoted until {}: tried after the others", text::until(until, now)));
    }
    if candidate.needs_trial {
        detail("its window has passed: one attempt tries whether it serves again");
    }
    match candidate.unused {
        Some(Unused::StoredProfiles) => detail("not used while profiles are stored"),
        Some(Unused::StrictPin) => detail("not used: another profile is pinned strictly"),
        Some(Unused::Provider) => detail("not used: the provider cannot be asked"),
        _ => {}
    }
    lines
}

/// Where a credential that is stored nowhere was found.
fn from(host: &Host, source: &CandidateSource) -> String {
    match (source.kind, source.origin.as_deref()) {
        (SourceKind::Env, Some("process")) => "a variable of this process".to_owned(),
        (SourceKind::Env, Some(origin)) => format!("a variable from {}", place(host, origin)),
        (_, Some(origin)) => format!("from {}", place(host, origin)),
        (_, None) => "from the configuration".to_owned(),
    }
}

fn place(host: &Host, origin: &str) -> String {
    printable(&host.short(origin.as_ref()))
}
