//! OpenClaw's algorithm (2026.1), written down step by step without any regard to speed, with the
//! differences that are meant: what has ended or cannot be read does not serve, lists of missing ids are
//! passed over, demoted profiles stand behind, and pins do not bring blocked ones forward.

use openclaw_core::{
    Credential, CredentialKind, Expiry, OrderSource, PinKind, ProfileId, ProviderId, StoredProfile, Timestamp,
};
use proptest::prelude::*;

use super::world::{KINDS, MODEL, NOW, World, names, world};

/// The ids that count, in their order, each once.
fn base(world: &World) -> (Vec<ProfileId>, bool) {
    let anthropic = ProviderId::anthropic();
    let stored: Vec<ProfileId> = world
        .profiles
        .profiles
        .iter()
        .filter(|(_, stored)| *stored.provider() == anthropic)
        .map(|(id, _)| id.clone())
        .collect();
    let exists = |ids: &[ProfileId]| ids.iter().any(|id| world.profiles.profiles.contains_key(id));
    let configured: Vec<ProfileId> =
        world.auth.profiles.iter().filter(|(_, entry)| entry.provider == anthropic).map(|(id, _)| id.clone()).collect();
    let of_store = world.profiles.order.get(&anthropic).filter(|order| !order.is_empty() && exists(order));
    let (list, explicit) = match (of_store, world.auth.order.get(&anthropic)) {
        (Some(order), _) | (None, Some(order)) => (order.clone(), true),
        (None, None) if exists(&configured) => (configured, false),
        (None, None) => (stored, false),
    };
    let mut once: Vec<ProfileId> = Vec::new();
    for id in list {
        if !once.contains(&id) {
            once.push(id);
        }
    }
    (once, explicit)
}

fn has_text(credential: &Credential) -> bool {
    credential.secret().plain().is_some_and(|secret| !openclaw_core::is_blank(secret))
        || credential.secret().reference().is_some()
}

fn eligible(world: &World, id: &ProfileId) -> bool {
    let anthropic = ProviderId::anthropic();
    let Some(StoredProfile::Valid(profile)) = world.profiles.profiles.get(id) else { return false };
    let mode_fits = world.auth.profiles.get(id).is_none_or(|entry| {
        let token_for_login = entry.mode == CredentialKind::OAuth && profile.kind() == CredentialKind::Token;
        entry.provider == anthropic && (entry.mode == profile.kind() || token_for_login)
    });
    let ended = match profile.credential.expires() {
        Expiry::Never => false,
        Expiry::At(end) => NOW >= end,
        Expiry::Invalid => true,
    };
    profile.provider == anthropic
        && mode_fits
        && has_text(&profile.credential)
        && !ended
        && !world.unresolved.contains(id)
}

/// Until when the profile is blocked for the model, read off the stored fields.
fn blocked(world: &World, id: &ProfileId) -> Option<Timestamp> {
    let stats = world.health.of(id);
    let of_model = stats.models.get(MODEL);
    let windows = [stats.cooldown, stats.disabled, of_model.and_then(|model| model.cooldown)];
    let open = windows.into_iter().flatten().map(|window| window.until).filter(|until| *until > NOW).max();
    let profile_has = [stats.cooldown, stats.disabled].into_iter().flatten().any(|w| w.until <= NOW)
        && ![stats.cooldown, stats.disabled].into_iter().flatten().any(|w| w.until > NOW);
    let trial = stats.trial.as_ref().map(|trial| trial.until).filter(|until| profile_has && *until > NOW);
    open.into_iter().chain(trial).max()
}

fn demoted(world: &World, id: &ProfileId) -> bool {
    let model = world.health.of(id).models.get(MODEL);
    model.and_then(|model| model.demoted).is_some_and(|window| window.until > NOW)
}

/// Usable ids in order, then blocked ones in order.
fn reference(world: &World) -> (Vec<ProfileId>, Vec<ProfileId>) {
    let (ids, explicit) = base(world);
    let ids: Vec<ProfileId> = ids.into_iter().filter(|id| eligible(world, id)).collect();
    let (mut cooling, mut usable): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| blocked(world, id).is_some());
    cooling.sort_by_key(|id| blocked(world, id));
    if !explicit {
        let used = |id: &ProfileId| {
            let used = world.health.of(id).last_used.map_or(0, Timestamp::as_millis);
            if used > NOW.as_millis() + 5000 { 0 } else { used }
        };
        let kind = |id: &ProfileId| {
            let kind = world.profiles.get(id).unwrap().kind();
            KINDS.iter().position(|other| *other == kind)
        };
        usable.sort_by_key(|id| (kind(id), used(id)));
    }
    usable.sort_by_key(|id| demoted(world, id));
    if let Some(pin) = &world.pin {
        let first = usable.iter().position(|id| *id == pin.profile);
        match (pin.kind, first) {
            (PinKind::Strict, _) => {
                usable.retain(|id| *id == pin.profile);
                cooling.retain(|id| *id == pin.profile);
            }
            (PinKind::Session, Some(at)) if explicit || demoted(world, &usable[at]) => {}
            (_, Some(at)) => usable[..=at].rotate_right(1),
            (_, None) => {}
        }
    }
    (usable, cooling)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_is_that_of_the_plain_reading(world in world(false)) {
        let resolution = world.resolve();
        let (usable, cooling) = reference(&world);
        prop_assert_eq!(names(resolution.usable.iter().map(|usable| &usable.profile)), names(usable.iter()));
        let blocked = resolution.unusable.iter().filter(|unusable| unusable.reason.until().is_some());
        prop_assert_eq!(names(blocked.map(|unusable| &unusable.profile)), names(cooling.iter()));
        prop_assert_eq!(resolution.soonest(), cooling.iter().filter_map(|id| blocked_until(&world, id)).min());
    }

    #[test]
    fn everybody_gets_one_answer(world in world(true)) {
        let resolution = world.resolve();
        let usable = resolution.usable.iter().map(|usable| &usable.profile);
        let mut all = names(usable.chain(resolution.unusable.iter().map(|unusable| &unusable.profile)));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), count, "nobody twice");
        let strict = world.pin.as_ref().filter(|pin| pin.kind == PinKind::Strict);
        if let Some(pin) = strict {
            prop_assert_eq!(all, vec![pin.profile.as_str()]);
        } else {
            for (id, profile) in world.profiles.of(&ProviderId::anthropic()) {
                prop_assert!(all.contains(&id.as_str()), "{} ({:?}) has no answer", id, profile.kind());
            }
        }
        let explicit = matches!(resolution.source, OrderSource::Stored | OrderSource::ConfigOrder);
        let stored = world.profiles.order.get(&ProviderId::anthropic());
        prop_assert!(!explicit || stored.is_some() || !world.auth.order.is_empty());
        for usable in &resolution.usable {
            prop_assert!(blocked(&world, &usable.profile).is_none(), "{} is blocked", usable.profile);
        }
    }
}

fn blocked_until(world: &World, id: &ProfileId) -> Option<Timestamp> {
    blocked(world, id)
}
