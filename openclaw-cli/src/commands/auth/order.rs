//! `openclaw models auth order get`, `set` and `clear`.

use openclaw_core::{
    CredentialChange, CredentialStore as _, ModelRef, PlanRequest, PlannedModel, ProfileId, ProviderId, printable,
};
use serde::Serialize;

use super::{Desk, print, text};
use crate::args::{Args, OrderClear, OrderGet, OrderSet};
use crate::commands::named;
use crate::commands::store::block_on;
use crate::error::CliError;
use crate::host::Host;
use crate::output;

/// OpenClaw's fields in OpenClaw's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    agent_id: &'a str,
    agent_dir: String,
    provider: &'a str,
    auth_store_path: String,
    order: Option<Vec<String>>,
    /// Which order applies where none is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    applies: Option<Applies>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Applies {
    source: openclaw_core::OrderSource,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// Who would be tried now, in this order.
    profiles: Vec<String>,
}

impl Applies {
    fn new(planned: &PlannedModel) -> Self {
        let ranked = planned.candidates.iter().filter(|candidate| candidate.rank.is_some());
        Self {
            source: planned.order.source,
            origin: planned.order.origin.clone(),
            profiles: ranked.map(|candidate| candidate.profile_id.to_string()).collect(),
        }
    }
}

pub(super) fn get(host: &mut Host, args: &Args, given: &OrderGet) -> Result<u8, CliError> {
    let provider = super::provider(given.provider.as_deref())?;
    let desk = Desk::open_to_read(host, args, given.of.agent.as_deref())?;
    let order = desk.profiles()?.order.get(&provider).cloned();
    let applies = match &order {
        Some(_) => None,
        None => applies(host, &desk, &provider)?,
    };
    if given.of.json {
        let answer = answer(host, &desk, &provider, order.as_deref(), applies.as_ref().map(Applies::new));
        output::json(host, &answer)?;
        return Ok(0);
    }
    let mut lines = head(&desk, &provider);
    lines.push(format!("Auth file: {}", printable(&host.short(&desk.store_path()))));
    match &order {
        Some(order) => lines.push(format!("Order override: {}", joined(order))),
        None => lines.push("Order override: (none)".to_owned()),
    }
    if let Some(planned) = &applies {
        lines.extend(text::wrap(&printable(&format!("What applies: {}", planned.order.source.words(&provider))), ""));
        let origin = planned.order.origin.as_ref();
        lines.extend(origin.map(|origin| format!("  {}", printable(&host.short(origin.as_ref())))));
        let ranked = Applies::new(planned).profiles;
        let tried = if ranked.is_empty() { "nobody".to_owned() } else { ranked.join(", ") };
        lines.extend(text::wrap(&printable(&format!("Tried now: {tried}")), ""));
    }
    print(host, &lines)?;
    Ok(0)
}

pub(super) fn set(host: &mut Host, args: &Args, given: &OrderSet) -> Result<u8, CliError> {
    let provider = super::provider(given.provider.as_deref())?;
    let missing = || CliError::usage("Missing profile ids. Provide one or more profile ids.");
    if given.ids.is_empty() {
        return Err(missing());
    }
    let desk = Desk::open(host, args, given.of.agent.as_deref())?;
    let profiles = desk.profiles()?.profiles;
    let ids = given.ids.iter().filter(|id| !id.trim().is_empty() || profiles.contains_key(id.as_str()));
    let ids = ids.map(|id| named::profile(id, profiles.keys())).collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Err(missing());
    }
    let order = commit(&desk, &provider, Some(ids))?;
    if given.of.json {
        let answer = answer(host, &desk, &provider, order.as_deref(), None);
        output::json(host, &answer)?;
        return Ok(0);
    }
    let mut lines = head(&desk, &provider);
    lines.push(format!("Order override: {}", joined(order.as_deref().unwrap_or_default())));
    print(host, &lines)?;
    Ok(0)
}

pub(super) fn clear(host: &mut Host, args: &Args, given: &OrderClear) -> Result<u8, CliError> {
    let provider = super::provider(given.provider.as_deref())?;
    let desk = Desk::open(host, args, given.of.agent.as_deref())?;
    if desk.profiles()?.order.contains_key(&provider) {
        commit(&desk, &provider, None)?;
    }
    if given.of.json {
        let answer = answer(host, &desk, &provider, None, None);
        output::json(host, &answer)?;
        return Ok(0);
    }
    let mut lines = head(&desk, &provider);
    lines.push("Cleared per-agent order override.".to_owned());
    print(host, &lines)?;
    Ok(0)
}

fn commit(
    desk: &Desk,
    provider: &ProviderId,
    order: Option<Vec<ProfileId>>,
) -> Result<Option<Vec<ProfileId>>, CliError> {
    let store = desk.installation.store();
    let change = CredentialChange::SetOrder { provider: provider.clone(), order };
    let profiles = block_on(store.commit(&desk.agent, change))?.map_err(|error| desk.refused(error))?;
    Ok(profiles.order.get(provider).cloned())
}

/// Which order applies to the provider, and who would be tried: as a plan of one of its models says.
fn applies(host: &Host, desk: &Desk, provider: &ProviderId) -> Result<Option<PlannedModel>, CliError> {
    let models = desk.installation.models(&desk.agent)?;
    let own = std::iter::once(models.primary()).chain(models.fallbacks()).find(|model| model.provider() == provider);
    let model = own.cloned().unwrap_or_else(|| ModelRef::new(provider.clone(), "any"));
    let failover = desk.installation.failover(&desk.agent)?.shared_clock(std::sync::Arc::clone(&host.clock)).build();
    let request = PlanRequest::new().models(vec![model]);
    let plan = block_on(desk.installation.plan(&failover, &request))??;
    Ok(plan.models.into_iter().next())
}

fn answer<'a>(
    host: &Host,
    desk: &'a Desk,
    provider: &'a ProviderId,
    order: Option<&[ProfileId]>,
    applies: Option<Applies>,
) -> Answer<'a> {
    Answer {
        agent_id: desk.agent.as_str(),
        agent_dir: desk.agent_dir(),
        provider: provider.as_str(),
        auth_store_path: host.short(&desk.store_path()),
        order: order.map(|order| order.iter().map(ToString::to_string).collect()),
        applies,
    }
}

fn head(desk: &Desk, provider: &ProviderId) -> Vec<String> {
    vec![format!("Agent: {}", desk.agent), format!("Provider: {}", printable(provider.as_str()))]
}

fn joined(order: &[ProfileId]) -> String {
    printable(&order.iter().map(ProfileId::as_str).collect::<Vec<_>>().join(", "))
}
