//! The order: OpenClaw's algorithm (2026.1), with blocked profiles set apart instead of last.

use std::collections::{HashMap, HashSet};

use crate::health::{Block, BlockKind, UsageStats};
use crate::id::ProfileId;
use crate::profile::{Profile, StoredProfile};
use crate::resolver::eligible::eligible;
use crate::resolver::{OrderSource, Pin, PinKind, Resolution, ResolveInput, Unusable, UnusableReason, Usable};
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
    let groups = quota_groups(input, now);
    let mut ranked = Vec::with_capacity(listed.entries.len());
    let mut blocked = Vec::new();
    let mut refused = Vec::new();
    for (id, stored) in &listed.entries {
        let unresolved = input.unresolved.contains(id.as_str());
        match eligible(*stored, input.provider, input.auth.profiles.get(id.as_str()), unresolved, now) {
            Err(reason) => refused.push(Unusable { profile: (*id).clone(), reason }),
            Ok(profile) => {
                let stats = input.health.of(id);
                match block(input, stats, profile, &groups, now) {
                    Some(block) => blocked.push((block.until, unusable(input, id, block))),
                    None => ranked.push((stats.last_used_or_zero(now), usable(input, id, stats, profile, now))),
                }
            }
        }
    }
    if listed.source != OrderSource::Profiles {
        refused.extend(excluded(input, &listed.entries));
    }
    let explicit = matches!(listed.source, OrderSource::Stored | OrderSource::ConfigOrder);
    if explicit {
        ranked.sort_by_key(|(_, usable)| usable.demoted_until.is_some());
    } else {
        ranked.sort_by_key(|(used, usable)| (usable.demoted_until.is_some(), usable.kind, *used));
    }
    blocked.sort_by_key(|(until, _)| *until);
    let mut resolution = Resolution {
        eligible: !ranked.is_empty() || !blocked.is_empty(),
        usable: ranked.into_iter().map(|(_, usable)| usable).collect(),
        unusable: blocked.into_iter().map(|(_, unusable)| unusable).chain(refused).collect(),
        source: listed.source,
        list_ignored: listed.ignored,
    };
    if let Some(pin) = input.pin {
        apply_pin(&mut resolution, input, pin, explicit);
    }
    resolution
}

/// A name on the list and what is stored under it; each name once.
type Entry<'a> = (&'a ProfileId, Option<&'a StoredProfile>);

struct Listed<'a> {
    entries: Vec<Entry<'a>>,
    source: OrderSource,
    ignored: bool,
}

fn list<'a>(input: &ResolveInput<'a>) -> Listed<'a> {
    let profiles = &input.profiles.profiles;
    let all = || profiles.iter().filter(|(_, stored)| stored.provider() == input.provider);
    let entries = |ids: &mut dyn Iterator<Item = &'a ProfileId>| -> Vec<Entry<'a>> {
        let mut seen = HashSet::new();
        ids.filter(|id| seen.insert(id.as_str())).map(|id| (id, profiles.get(id.as_str()))).collect()
    };
    // A list that names nobody who exists, while others do, was left over: it would only hide them.
    let left_over =
        |entries: &[Entry<'_>]| entries.iter().all(|(_, stored)| stored.is_none()) && all().next().is_some();
    let mut ignored = false;
    if let Some(order) = input.profiles.order.get(input.provider).filter(|order| !order.is_empty()) {
        let entries = entries(&mut order.iter());
        if !left_over(&entries) {
            return Listed { entries, source: OrderSource::Stored, ignored };
        }
        ignored = true;
    }
    if let Some(order) = input.auth.order.get(input.provider) {
        // A cost policy: it counts even when nothing that it names exists.
        return Listed { entries: entries(&mut order.iter()), source: OrderSource::ConfigOrder, ignored };
    }
    let configured = input.auth.profiles.iter().filter(|(_, entry)| entry.provider == *input.provider);
    let entries = entries(&mut configured.map(|(id, _)| id));
    if !entries.is_empty() {
        if !left_over(&entries) {
            return Listed { entries, source: OrderSource::ConfigProfiles, ignored };
        }
        ignored = true;
    }
    let entries = all().map(|(id, stored)| (id, Some(stored))).collect();
    Listed { entries, source: OrderSource::Profiles, ignored }
}

/// The stored profiles that the list leaves out.
fn excluded(input: &ResolveInput<'_>, listed: &[Entry<'_>]) -> Vec<Unusable> {
    let listed: HashSet<&str> = listed.iter().map(|(id, _)| id.as_str()).collect();
    let left_out = input.profiles.of(input.provider).filter(|(id, _)| !listed.contains(id.as_str()));
    left_out.map(|(id, _)| Unusable { profile: id.clone(), reason: UnusableReason::ExcludedByAuthOrder }).collect()
}

/// The longest rate limit within each quota group: its members are one account.
fn quota_groups<'a>(input: &ResolveInput<'a>, now: Timestamp) -> HashMap<&'a str, Block> {
    let mut groups: HashMap<&str, Block> = HashMap::new();
    for (id, profile) in input.profiles.of(input.provider) {
        let Some(group) = profile.quota_group.as_deref() else { continue };
        if let Some(limit) = input.health.of(id).rate_limit(input.model, now, input.policy) {
            let longest = groups.entry(group).or_insert(limit);
            if limit.until > longest.until {
                *longest = limit;
            }
        }
    }
    groups
}

fn block(
    input: &ResolveInput<'_>,
    stats: &UsageStats,
    profile: &Profile,
    groups: &HashMap<&str, Block>,
    now: Timestamp,
) -> Option<Block> {
    let own = stats.block(input.model, now, input.policy);
    let shared = profile.quota_group.as_deref().and_then(|group| groups.get(group).copied());
    shared.into_iter().chain(own).max_by_key(|block| block.until)
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

fn usable(input: &ResolveInput<'_>, id: &ProfileId, stats: &UsageStats, profile: &Profile, now: Timestamp) -> Usable {
    Usable {
        profile: id.clone(),
        kind: profile.kind(),
        needs_trial: stats.needs_trial(input.model, now, input.policy),
        demoted_until: stats.demoted(input.model, now, input.policy).map(|window| window.until),
        seen: stats.seen(input.model),
    }
}

fn apply_pin(resolution: &mut Resolution, input: &ResolveInput<'_>, pin: &Pin, explicit: bool) {
    let Resolution { usable, unusable, .. } = resolution;
    if pin.kind == PinKind::Strict {
        // Nothing else counts, neither as an answer nor as a moment to wait for.
        usable.retain(|candidate| candidate.profile == pin.profile);
        unusable.retain(|refused| refused.profile == pin.profile);
        resolution.eligible = true;
        if usable.is_empty() && unusable.is_empty() {
            let reason = match input.profiles.profiles.get(pin.profile.as_str()) {
                None => UnusableReason::ProfileMissing,
                Some(stored) if stored.provider() != input.provider => UnusableReason::ProviderMismatch,
                Some(_) => UnusableReason::ExcludedByAuthOrder,
            };
            unusable.push(Unusable { profile: pin.profile.clone(), reason });
        }
        return;
    }
    let Some(at) = usable.iter().position(|candidate| candidate.profile == pin.profile) else { return };
    let demoted = usable.get(at).is_some_and(|candidate| candidate.demoted_until.is_some());
    // In an explicit order a session goes back to the preferred profile as soon as that recovers.
    let yields = pin.kind == PinKind::Session && (demoted || explicit);
    if !yields {
        let candidate = usable.remove(at);
        usable.insert(0, candidate);
    }
}
