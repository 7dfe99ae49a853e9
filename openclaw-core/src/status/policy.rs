//! What follows from failures, as it is in force: the table, the windows, and what changed them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::config::{Config, ConfigValue};
use crate::failover::RetryPolicy;
use crate::health::{CooldownPolicy, Doubling};
use crate::id::ProviderId;
use crate::json5::Path;
use crate::outcome::{CLASSIFICATION, Classification};

/// The keys of `auth.cooldowns` that this library acts on.
const USED: [&str; 4] =
    ["billingBackoffHours", "billingBackoffHoursByProvider", "billingMaxHours", "failureWindowHours"];

/// Classification and windows, as data. Lengths are milliseconds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PolicyView {
    /// The policy's name.
    pub name: &'static str,
    /// Cooldowns after the first, second, … failure in a row; the last one repeats.
    pub ladder_ms: Vec<u64>,
    /// `billing`: doubles with each failure in a row.
    pub billing: DoublingView,
    /// The first `billing` window of single providers.
    pub billing_by_provider_ms: BTreeMap<ProviderId, u64>,
    /// `auth_permanent`: doubles with each failure in a row.
    pub auth_permanent: DoublingView,
    /// How long a profile stands behind the others after `overloaded`, `server_error`, `timeout`.
    pub demotion_ms: u64,
    /// Counters start again when nothing failed for longer than this.
    pub failure_window_ms: u64,
    /// The shortest deadline that a server may set.
    pub shortest_deadline_ms: u64,
    /// The longest deadline that a server may set.
    pub longest_deadline_ms: u64,
    /// How long one attempt may hold the trial of a half-open profile.
    pub lease_ms: u64,
    /// How the same profile is tried again.
    pub retry: RetryView,
    /// What the configuration says about it.
    pub settings: Vec<PolicySetting>,
    /// The classes of failures, where each comes from and what follows.
    #[serde(flatten)]
    pub classification: Classification,
}

/// A length that doubles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoublingView {
    /// The first.
    pub first_ms: u64,
    /// The longest.
    pub max_ms: u64,
}

/// Retries on the same profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryView {
    /// How many.
    pub retries: u32,
    /// The first ceiling of the random wait; it doubles.
    pub first_ms: u64,
    /// The last ceiling.
    pub max_ms: u64,
    /// The time for retries and waits in all.
    pub budget_ms: u64,
}

/// One setting of `auth.cooldowns`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PolicySetting {
    /// Its path in the configuration.
    pub path: String,
    /// What it says.
    pub value: f64,
    /// Where it is written.
    pub origin: String,
    /// Whether it counts here: a number that is not above zero, or no length of time, means the default,
    /// and some keys are the assistant's alone.
    pub used: bool,
}

impl PolicyView {
    /// The policy that a configuration makes.
    #[must_use]
    pub fn new(config: &Config, retry: &RetryPolicy) -> Self {
        let policy = CooldownPolicy::default().with_settings(&config.settings().auth.cooldowns);
        let by_provider = policy.billing_by_provider.iter().map(|(provider, first)| (provider.clone(), millis(*first)));
        Self {
            name: policy.name,
            ladder_ms: policy.ladder.iter().copied().map(millis).collect(),
            billing: policy.billing.into(),
            billing_by_provider_ms: by_provider.collect(),
            auth_permanent: policy.auth_permanent.into(),
            demotion_ms: millis(policy.demotion),
            failure_window_ms: millis(policy.failure_window),
            shortest_deadline_ms: millis(policy.server_word.0),
            longest_deadline_ms: millis(policy.server_word.1),
            lease_ms: millis(policy.lease),
            retry: RetryView {
                retries: retry.retries,
                first_ms: millis(retry.first),
                max_ms: millis(retry.max),
                budget_ms: millis(retry.budget),
            },
            settings: settings(config),
            classification: CLASSIFICATION,
        }
    }
}

impl From<Doubling> for DoublingView {
    fn from(doubling: Doubling) -> Self {
        Self { first_ms: millis(doubling.first), max_ms: millis(doubling.max.max(doubling.first)) }
    }
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

fn settings(config: &Config) -> Vec<PolicySetting> {
    let path = Path::keys(["auth", "cooldowns"]);
    let mut found = Vec::new();
    for (key, value) in config.get(&path).into_iter().flat_map(|section| section.members().collect::<Vec<_>>()) {
        let used = USED.contains(&key);
        let path = path.key(key);
        let below: Vec<_> = value.members().map(|(provider, value)| (path.key(provider), value)).collect();
        let leaves = if below.is_empty() { vec![(path, value)] } else { below };
        found.extend(leaves.into_iter().filter_map(|(path, value)| setting(&path, &value, used)));
    }
    found
}

fn setting(path: &Path, value: &ConfigValue<'_>, used: bool) -> Option<PolicySetting> {
    let number = value.as_f64()?;
    Some(PolicySetting {
        path: path.to_string(),
        value: number,
        origin: value.origin().to_string(),
        used: used && number > 0.0 && Duration::try_from_secs_f64(number * 3600.0).is_ok(),
    })
}
