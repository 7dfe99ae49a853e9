//! How long windows are: policies are data.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use crate::config::CooldownSettings;
use crate::id::ProviderId;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A length that doubles with each failure in a row, up to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubling {
    /// The first length.
    pub first: Duration,
    /// The longest.
    pub max: Duration,
}

impl Doubling {
    /// The length after the n-th failure in a row (from 1).
    #[must_use]
    pub fn nth(&self, n: u32) -> Duration {
        let factor = 1u32 << n.saturating_sub(1).min(10);
        self.first.saturating_mul(factor).min(self.max.max(self.first))
    }
}

/// `{"firstMs": …, "maxMs": …}`
impl Serialize for Doubling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Doubling", 2)?;
        fields.serialize_field("firstMs", &millis(self.first))?;
        fields.serialize_field("maxMs", &millis(self.max))?;
        fields.end()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The lengths of all windows. The default is `2026.1`, the schedule of the OpenClaw release that
/// the provider page describes; a program may bring its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CooldownPolicy {
    /// Its name, as shown to people.
    pub name: &'static str,
    /// Cooldowns after the first, second, … failure in a row; the last one repeats.
    pub ladder: Vec<Duration>,
    /// `billing`
    pub billing: Doubling,
    /// First `billing` window of single providers.
    pub billing_by_provider: BTreeMap<ProviderId, Duration>,
    /// `auth_permanent`
    pub auth_permanent: Doubling,
    /// How long a profile stands behind the others after `overloaded`, `server_error` or `timeout`.
    pub demotion: Duration,
    /// Counters start again when nothing failed for longer than this. While a window is open nothing can
    /// fail: the time begins when it ends (upstream: with the last failure).
    pub failure_window: Duration,
    /// The shortest and the longest deadline a server may set.
    pub server_word: (Duration, Duration),
    /// How long a trial may take before another process may try: an attempt that has brought
    /// nothing by then has run into its own time-outs. It begins again with each retry of its owner.
    pub lease: Duration,
}

impl CooldownPolicy {
    /// OpenClaw 2026.1: 1 min, 5 min, 25 min, 1 h; billing 5 h doubling to 24 h.
    #[must_use]
    pub fn v2026_1() -> Self {
        Self {
            name: "2026.1",
            ladder: vec![MINUTE, 5 * MINUTE, 25 * MINUTE, HOUR],
            billing: Doubling { first: 5 * HOUR, max: DAY },
            billing_by_provider: BTreeMap::new(),
            auth_permanent: Doubling { first: 10 * MINUTE, max: HOUR },
            demotion: Duration::from_secs(30),
            failure_window: DAY,
            server_word: (Duration::from_secs(1), 7 * DAY),
            lease: Duration::from_secs(75),
        }
    }

    /// OpenClaw 2026.9: 30 s, 1 min, 5 min; billing 10 min doubling to 24 h.
    #[must_use]
    pub fn v2026_9() -> Self {
        Self {
            name: "2026.9",
            ladder: vec![MINUTE / 2, MINUTE, 5 * MINUTE],
            billing: Doubling { first: 10 * MINUTE, max: DAY },
            ..Self::v2026_1()
        }
    }

    /// This policy with `auth.cooldowns` of the configuration. As upstream, a number that is not
    /// positive and finite means the default, a first window is at least a minute, and the longest
    /// is never shorter than the first.
    #[must_use]
    pub fn with_settings(mut self, settings: &CooldownSettings) -> Self {
        let hours = |value: Option<f64>| {
            let value = value.filter(|hours| hours.is_finite() && *hours > 0.0)?;
            Duration::try_from_secs_f64(value * 3600.0).ok()
        };
        if let Some(first) = hours(settings.billing_backoff_hours) {
            self.billing.first = first.max(MINUTE);
        }
        if let Some(max) = hours(settings.billing_max_hours) {
            self.billing.max = max;
        }
        for (provider, value) in &settings.billing_backoff_hours_by_provider {
            if let Some(first) = hours(Some(*value)) {
                self.billing_by_provider.insert(provider.clone(), first.max(MINUTE));
            }
        }
        if let Some(window) = hours(settings.failure_window_hours) {
            self.failure_window = window;
        }
        self
    }

    /// The cooldown after the n-th failure in a row (from 1).
    #[must_use]
    pub fn rung(&self, n: u32) -> Duration {
        let index = usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
        let last = self.ladder.last().copied().unwrap_or(MINUTE);
        self.ladder.get(index).copied().unwrap_or(last)
    }

    /// The billing window of a provider after the n-th billing failure in a row (from 1).
    #[must_use]
    pub fn billing_window(&self, provider: &ProviderId, n: u32) -> Duration {
        let first = self.billing_by_provider.get(provider).copied().unwrap_or(self.billing.first);
        Doubling { first, max: self.billing.max }.nth(n)
    }

    /// The longest window that anything can open. What claims to last longer was written by a
    /// clock that was wrong.
    #[must_use]
    pub fn longest(&self) -> Duration {
        let by_provider = self.billing_by_provider.values().copied().max().unwrap_or_default();
        let ladder = self.ladder.iter().copied().max().unwrap_or_default();
        let windows = [self.billing.max, self.billing.first, by_provider, self.auth_permanent.max, ladder];
        windows.into_iter().fold(self.server_word.1, Duration::max)
    }
}

/// All lengths in milliseconds, under keys that end in `Ms`.
impl Serialize for CooldownPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ladder: Vec<u64> = self.ladder.iter().copied().map(millis).collect();
        let by_provider: BTreeMap<&ProviderId, u64> =
            self.billing_by_provider.iter().map(|(provider, first)| (provider, millis(*first))).collect();
        let mut fields = serializer.serialize_struct("CooldownPolicy", 10)?;
        fields.serialize_field("name", self.name)?;
        fields.serialize_field("ladderMs", &ladder)?;
        fields.serialize_field("billing", &self.billing)?;
        fields.serialize_field("billingByProviderMs", &by_provider)?;
        fields.serialize_field("authPermanent", &self.auth_permanent)?;
        fields.serialize_field("demotionMs", &millis(self.demotion))?;
        fields.serialize_field("failureWindowMs", &millis(self.failure_window))?;
        fields.serialize_field("shortestDeadlineMs", &millis(self.server_word.0))?;
        fields.serialize_field("longestDeadlineMs", &millis(self.server_word.1))?;
        fields.serialize_field("leaseMs", &millis(self.lease))?;
        fields.end()
    }
}

impl Default for CooldownPolicy {
    fn default() -> Self {
        Self::v2026_1()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_data() {
        let mut policy = CooldownPolicy { lease: Duration::MAX, ..CooldownPolicy::default() };
        policy.billing_by_provider.insert(ProviderId::new("z.ai"), MINUTE);
        assert_eq!(
            serde_json::to_value(&policy).unwrap(),
            serde_json::json!({
                "name": "2026.1",
                "ladderMs": [60_000, 300_000, 1_500_000, 3_600_000],
                "billing": {"firstMs": 18_000_000, "maxMs": 86_400_000},
                "billingByProviderMs": {"zai": 60_000},
                "authPermanent": {"firstMs": 600_000, "maxMs": 3_600_000},
                "demotionMs": 30_000,
                "failureWindowMs": 86_400_000,
                "shortestDeadlineMs": 1000,
                "longestDeadlineMs": 604_800_000,
                "leaseMs": u64::MAX,
            })
        );
    }

    #[test]
    fn the_keys_of_the_configuration() {
        let other = ProviderId::new("other");
        let with = |settings: CooldownSettings| CooldownPolicy::default().with_settings(&settings);
        let settings = CooldownSettings {
            billing_backoff_hours: Some(2.0),
            billing_max_hours: Some(3.0),
            billing_backoff_hours_by_provider: BTreeMap::from([(other.clone(), 0.001)]),
            failure_window_hours: Some(1.0),
        };
        let policy = with(settings);
        assert_eq!([1, 2].map(|n| policy.billing_window(&ProviderId::anthropic(), n)), [2 * HOUR, 3 * HOUR]);
        assert_eq!(policy.billing_window(&other, 1), MINUTE, "at least a minute");
        assert_eq!(policy.failure_window, HOUR);
        let short = with(CooldownSettings { billing_max_hours: Some(1.0), ..CooldownSettings::default() });
        assert_eq!(short.billing_window(&other, 9), 5 * HOUR, "the longest is never shorter than the first");
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            let settings = CooldownSettings {
                billing_backoff_hours: Some(wrong),
                billing_max_hours: Some(wrong),
                billing_backoff_hours_by_provider: BTreeMap::from([(other.clone(), wrong)]),
                failure_window_hours: Some(wrong),
            };
            assert_eq!(with(settings), CooldownPolicy::default(), "{wrong}");
        }
    }
}
