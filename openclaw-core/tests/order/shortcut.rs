//! The first usable profile alone is the first of the complete answer.

use std::collections::HashSet;

use openclaw_core::{ProfileId, ProviderId, first_usable};
use proptest::prelude::*;

use super::world::{MODEL, NAMES, NOW, id, world};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_alone_is_the_first_of_all(
        world in world(true),
        tried in prop::collection::hash_set(0..NAMES.len(), 0..4),
        with_model in any::<bool>(),
    ) {
        let anthropic = ProviderId::anthropic();
        let input = world.input(&anthropic, Some(MODEL).filter(|_| with_model));
        let tried: HashSet<ProfileId> = tried.into_iter().map(|name| id(NAMES[name])).collect();
        let all = openclaw_core::resolve(&input, NOW).usable;
        let first = all.into_iter().find(|usable| !tried.contains(&usable.profile));
        prop_assert_eq!(first_usable(&input, NOW, &tried), first);
    }
}
