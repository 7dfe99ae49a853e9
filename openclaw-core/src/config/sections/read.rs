//! How single fields are read where their type alone does not say it.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer};

use super::SecretInput;
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::secret::is_blank;

/// Blank text counts as none, as in later releases.
pub(super) fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.filter(|text| !text.trim().is_empty()))
}

/// Blank text counts as none, as in OpenClaw.
pub(super) fn filled_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretInput>, D::Error> {
    let given = Option::<SecretInput>::deserialize(deserializer)?;
    Ok(given.filter(|input| input.text().is_none_or(|secret| !is_blank(secret))))
}

pub(super) fn agent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AgentId, D::Error> {
    String::deserialize(deserializer).map(|text| AgentId::new(&text))
}

/// Ids in an order are trimmed, as in OpenClaw; keys of `auth.profiles` are not.
pub(super) fn order<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<ProviderId, Vec<ProfileId>>, D::Error> {
    struct Trimmed(ProfileId);
    impl<'de> Deserialize<'de> for Trimmed {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer).map(|id| Self(ProfileId::verbatim(id.trim())))
        }
    }
    let order = BTreeMap::<ProviderId, Vec<Trimmed>>::deserialize(deserializer)?;
    Ok(order.into_iter().map(|(id, ids)| (id, ids.into_iter().map(|Trimmed(id)| id).collect())).collect())
}
