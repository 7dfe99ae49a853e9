//! `secrets`: where secrets are kept that are given by reference. Accepted; read where references are
//! resolved.

use std::collections::BTreeMap;

use super::declare::section;
use crate::config::shape::{Free, Others};

section! {
    /// Where secrets are kept that are given by reference (2026.2.26 and later).
    shape Secrets {
        /// The places by name: each has a `source` (`env`, `file`, `exec`) and what belongs to it.
        "providers": BTreeMap<String, Free>,
        /// The place that a reference means when it names none, for each source.
        "defaults": BTreeMap<String, String>,
        /// Limits of resolving.
        "resolution": Resolution,
    }
    others: Others::RefuseTypos;
}

section! {
    /// Limits of resolving.
    shape Resolution {
        /// How many places are asked at once.
        "maxProviderConcurrency": f64,
        /// How many references one place is asked for.
        "maxRefsPerProvider": f64,
        /// The longest answer in bytes.
        "maxBatchBytes": f64,
    }
    others: Others::RefuseTypos;
}
