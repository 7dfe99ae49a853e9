//! The order: OpenClaw's algorithm (2026.1), with blocked profiles set apart instead of last.

use std::collections::HashSet;

use crate::health::{Block, BlockKind};
use crate::id::ProfileId;
use crate::resolver::judge::{Fit, Judge, Verdict};
use crate::resolver::list::List;
use crate::resolver::{OrderSource, Pin, PinKind, Resolution, ResolveInput, Unusable, UnusableReason, Usable};
use crate::time::Timestamp;

/// Decides who may serve. No I/O, no clock: the same input gives the same answer.
///
/// 1. The list: the store's `order` (an empty one is no list), else `auth.order` (an empty one means
///    nobody), else the ids of `auth.profiles`, else all stored profiles.
/// 2. Ids that are not eligible are refused with a reason; each id counts once.
/// 3. An explicit order stays as it is; otherwise logins before tokens before API keys, then the least
///    recently used. Demoted profiles go behind the others, and last those whose quota group is to be
///    tried by another member first.
/// 4. Blocked profiles are set apart, the soonest first.
///
/// Where only the first usable profile matters, [`first_usable`] finds it faster.
#[must_use]
pub fn resolve(input: &ResolveInput<'_>, now: Timestamp) -> Resolution {
    let list = List::of(input);
    let judge = Judge::new(input, now);
    // Sorted as what they are judged by; the answer is made in its order, once.
    let mut fit = Vec::with_capacity(list.len());
    let mut blocked = Vec::new();
    let mut refused = Vec::new();
    // By place in the store: who is on the list, so that each counts once and those left out are known.
    let mut answered = vec![false; input.profiles.profiles.len()];
    let mut absent = HashSet::new();
    for (id, stored) in list.entries() {
        let again = match stored.and_then(|(place, _)| answered.get_mut(place)) {
            Some(answered) => std::mem::replace(answered, true),
            None => !absent.insert(id.as_str()),
        };
        if again {
            continue;
        }
        match judge.verdict(id, stored.map(|(_, stored)| stored)) {
            Verdict::Fit(one) => fit.push((id, one)),
            Verdict::Blocked(block) => blocked.push((id, block)),
            Verdict::Refused(reason) => refused.push(Unusable { profile: id.clone(), reason }),
        }
    }
    if list.source != OrderSource::Profiles {
        let left_out = input.profiles.profiles.iter().zip(&answered).filter(|(_, answered)| !**answered);
        let left_out =
            left_out.filter(|((_, stored), _)| stored.valid().is_some_and(|p| p.provider == *input.provider));
        let reason = UnusableReason::ExcludedByAuthOrder;
        refused.extend(left_out.map(|((id, _), _)| Unusable { profile: id.clone(), reason: reason.clone() }));
    }
    if is_explicit(list.source) {
        fit.sort_by_key(|(_, fit)| fit.level());
    } else {
        fit.sort_by_key(|(_, fit)| fit.rank());
    }
    blocked.sort_by_key(|(_, block)| block.until);
    let mut resolution = Resolution {
        eligible: !fit.is_empty() || !blocked.is_empty(),
        usable: fit.iter().map(|(id, fit)| judge.usable(id, fit)).collect(),
        unusable: blocked.into_iter().map(|(id, block)| unusable(input, id, block)).chain(refused).collect(),
        source: list.source,
        list_ignored: list.ignored,
    };
    if let Some(pin) = input.pin {
        apply_pin(&mut resolution, input, pin);
    }
    resolution
}

/// As [`resolve`], with another pin on top of the input's: while its profile is blocked, the input's
/// pin says who stands in.
pub(crate) fn resolve_pinned(input: &ResolveInput<'_>, pin: Option<&Pin>, now: Timestamp) -> Resolution {
    let mut resolution = resolve(input, now);
    if let Some(pin) = pin {
        apply_pin(&mut resolution, input, pin);
    }
    resolution
}

/// The first of [`resolve`]'s usable profiles that is not in `tried`, without the rest of the answer:
/// with an explicit order it looks no further than that profile, otherwise once at each.
#[must_use]
pub fn first_usable(input: &ResolveInput<'_>, now: Timestamp, tried: &HashSet<ProfileId>) -> Option<Usable> {
    let list = List::of(input);
    let judge = Judge::new(input, now);
    let explicit = is_explicit(list.source);
    let fit = |id: &ProfileId, stored| match judge.verdict(id, stored) {
        Verdict::Fit(fit) => Some(fit),
        Verdict::Blocked(_) | Verdict::Refused(_) => None,
    };
    if let Some(pin) = input.pin {
        let strict = pin.kind == PinKind::Strict;
        let wanted = strict || !(pin.kind == PinKind::Session && explicit);
        if wanted && !tried.contains(pin.profile.as_str()) && list.contains(&pin.profile) {
            let found = fit(&pin.profile, input.profiles.profiles.get(pin.profile.as_str()));
            let found = found.filter(|fit| pin.kind != PinKind::Session || fit.level() == FIRST);
            if let Some(fit) = found {
                return Some(judge.usable(&pin.profile, &fit));
            }
        }
        if strict {
            return None;
        }
    }
    let mut best: Option<(&ProfileId, Fit<'_>)> = None;
    for (id, stored) in list.entries().filter(|(id, _)| !tried.contains(id.as_str())) {
        let Some(fit) = fit(id, stored.map(|(_, stored)| stored)) else { continue };
        if explicit && fit.level() == FIRST {
            return Some(judge.usable(id, &fit));
        }
        // Of equals the first stays.
        let better = |best: &Fit<'_>| if explicit { fit.level() < best.level() } else { fit.rank() < best.rank() };
        if best.as_ref().is_none_or(|(_, best)| better(best)) {
            best = Some((id, fit));
        }
    }
    best.map(|(id, fit)| judge.usable(id, &fit))
}

/// The level of profiles that stand behind nobody.
const FIRST: (bool, bool) = (false, false);

const fn is_explicit(source: OrderSource) -> bool {
    matches!(source, OrderSource::Stored | OrderSource::ConfigOrder)
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

fn apply_pin(resolution: &mut Resolution, input: &ResolveInput<'_>, pin: &Pin) {
    let explicit = is_explicit(resolution.source);
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
    let behind = usable.get(at).is_some_and(|candidate| candidate.demoted_until.is_some() || candidate.after_trial);
    // In an explicit order a session goes back to the preferred profile as soon as that recovers.
    let yields = pin.kind == PinKind::Session && (behind || explicit);
    if !yields {
        let candidate = usable.remove(at);
        usable.insert(0, candidate);
    }
}
