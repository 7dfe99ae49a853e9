//! The order: OpenClaw's algorithm (2026.1), with blocked profiles set apart instead of last.

use std::collections::HashSet;

use crate::health::{Block, BlockKind};
use crate::id::ProfileId;
use crate::profile::Profile;
use crate::resolver::eligible::{configured, eligible};
use crate::resolver::{Groups, OrderSource, Pin, PinKind, Resolution, ResolveInput, Unusable, UnusableReason, Usable};
use crate::time::Timestamp;

/// Decides who may serve. No I/O, no clock: the same input gives the same answer.
///
/// 1. The list: the store's `order` (an empty one is no list), else `auth.order` (an empty one means
///    nobody), else the ids of `auth.profiles`, else all stored profiles.
/// 2. Ids that are not eligible are refused with a reason; each id counts once.
/// 3. An explicit order stays as it is; otherwise logins before tokens before API keys, then the least
///    recently used. Demoted profiles go behind the others.
/// 4. Blocked profiles are set apart, the soonest first.
#[must_use]
pub fn resolve(input: &ResolveInput<'_>, now: Timestamp) -> Resolution {
    let listed = list(input);
    let settings = configured(&input.auth.profiles);
    let groups = quota_groups(input);
    let mut ranked = Vec::new();
    let mut blocked = Vec::new();
    let mut refused = Vec::new();
    let mut seen = HashSet::with_capacity(listed.ids.len());
    for id in &listed.ids {
        if !seen.insert(id.as_str()) {
            continue;
        }
        let stored = input.profiles.profiles.get(id.as_str());
        let unresolved = input.unresolved.contains(id.as_str());
        match eligible(stored, input.provider, settings.get(id.as_str()).copied(), unresolved, now) {
            Err(reason) => refused.push(Unusable { profile: (*id).clone(), reason }),
            Ok(profile) => match block(input, id, profile, &groups, now) {
                Some(block) => blocked.push((block.until, unusable(input, id, block))),
                None => ranked.push((*id, usable(input, id, profile, now))),
            },
        }
    }
    for (id, _) in input.profiles.of(input.provider).filter(|_| listed.source != OrderSource::Profiles) {
        if seen.insert(id.as_str()) {
            refused.push(Unusable { profile: id.clone(), reason: UnusableReason::ExcludedByAuthOrder });
        }
    }
    let explicit = matches!(listed.source, OrderSource::Stored | OrderSource::ConfigOrder);
    if !explicit {
        ranked.sort_by_cached_key(|(id, usable)| (usable.kind, input.health.of(id).last_used_or_zero(now)));
    }
    ranked.sort_by_key(|(_, usable)| usable.demoted_until.is_some());
    let mut usable: Vec<Usable> = ranked.into_iter().map(|(_, usable)| usable).collect();
    if let Some(pin) = input.pin {
        apply_pin(&mut usable, pin, explicit);
    }
    blocked.sort_by_key(|(until, _)| *until);
    let unusable = blocked.into_iter().map(|(_, unusable)| unusable).chain(refused).collect();
    Resolution { usable, unusable, source: listed.source, list_ignored: listed.ignored }
}

struct Listed<'a> {
    ids: Vec<&'a ProfileId>,
    source: OrderSource,
    ignored: bool,
}

fn list<'a>(input: &ResolveInput<'a>) -> Listed<'a> {
    let all =
        || input.profiles.profiles.iter().filter(|(_, stored)| stored.provider() == input.provider).map(|(id, _)| id);
    let known = |ids: &[&ProfileId]| ids.iter().any(|id| input.profiles.profiles.contains_key(id.as_str()));
    let stored = input.profiles.order.get(input.provider).filter(|order| !order.is_empty());
    let in_config: Vec<&ProfileId> =
        input.auth.profiles.iter().filter(|(_, entry)| entry.provider == *input.provider).map(|(id, _)| id).collect();
    let (ids, source) = if let Some(order) = stored {
        (order.iter().collect(), OrderSource::Stored)
    } else if let Some(order) = input.auth.order.get(input.provider) {
        // A cost policy: it counts even when nothing that it names exists.
        return Listed { ids: order.iter().collect(), source: OrderSource::ConfigOrder, ignored: false };
    } else if !in_config.is_empty() {
        (in_config, OrderSource::ConfigProfiles)
    } else {
        return Listed { ids: all().collect(), source: OrderSource::Profiles, ignored: false };
    };
    if known(&ids) || all().next().is_none() {
        Listed { ids, source, ignored: false }
    } else {
        Listed { ids: all().collect(), source: OrderSource::Profiles, ignored: true }
    }
}

/// Members of each quota group: they share the rate limits of one account.
fn quota_groups<'a>(input: &ResolveInput<'a>) -> Groups<'a> {
    let mut groups = Groups::new();
    for (id, profile) in input.profiles.of(input.provider) {
        if let Some(group) = &profile.quota_group {
            groups.entry(group.as_str()).or_default().push(id);
        }
    }
    groups
}

fn block(
    input: &ResolveInput<'_>,
    id: &ProfileId,
    profile: &Profile,
    groups: &Groups<'_>,
    now: Timestamp,
) -> Option<Block> {
    let of = |id: &ProfileId| input.health.of(id).block(input.model, now, input.policy);
    let own = of(id);
    let group = profile.quota_group.as_ref().and_then(|group| groups.get(group.as_str()));
    let shared = group.into_iter().flatten().filter_map(|member| of(member));
    let shared = shared.filter(|block| block.reason == Some(crate::health::FailureReason::RateLimit));
    own.into_iter().chain(shared).max_by_key(|block| block.until)
}

fn unusable(input: &ResolveInput<'_>, id: &ProfileId, block: Block) -> Unusable {
    let Block { kind, until, reason, model_only } = block;
    let model = input.model.filter(|_| model_only).map(str::to_owned);
    let reason = match kind {
        BlockKind::Cooldown => UnusableReason::Cooldown { until, reason, model },
        BlockKind::Disabled => UnusableReason::Disabled { until, reason },
        BlockKind::Trial => UnusableReason::OnTrial { until },
    };
    Unusable { profile: id.clone(), reason }
}

fn usable(input: &ResolveInput<'_>, id: &ProfileId, profile: &Profile, now: Timestamp) -> Usable {
    let stats = input.health.of(id);
    Usable {
        profile: id.clone(),
        kind: profile.kind(),
        needs_trial: stats.needs_trial(input.model, now, input.policy),
        demoted_until: stats.demoted(input.model, now, input.policy).map(|window| window.until),
        seen: stats.seen(input.model),
    }
}

fn apply_pin(usable: &mut Vec<Usable>, pin: &Pin, explicit: bool) {
    let at = usable.iter().position(|candidate| candidate.profile == pin.profile);
    if pin.kind == PinKind::Strict {
        usable.retain(|candidate| candidate.profile == pin.profile);
        return;
    }
    let Some(pinned) = at.and_then(|at| usable.get(at).map(|candidate| (at, candidate.demoted_until.is_some()))) else {
        return;
    };
    let (at, demoted) = pinned;
    // In an explicit order a session goes back to the preferred profile as soon as that recovers.
    let yields = pin.kind == PinKind::Session && (demoted || explicit);
    if !yields {
        let candidate = usable.remove(at);
        usable.insert(0, candidate);
    }
}
