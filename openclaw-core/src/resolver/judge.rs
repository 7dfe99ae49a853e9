//! What becomes of one profile on the list: fit to serve, blocked for a while, or refused.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::credential::CredentialKind;
use crate::health::{Block, UsageStats};
use crate::id::ProfileId;
use crate::profile::StoredProfile;
use crate::resolver::eligible::eligible;
use crate::resolver::{ResolveInput, UnusableReason, Usable};
use crate::time::Timestamp;

/// Judges the profiles of one input at one moment.
pub(super) struct Judge<'i, 'a> {
    input: &'i ResolveInput<'a>,
    now: Timestamp,
    /// What the members of each quota group share, since they are one account. Few have groups.
    groups: OnceCell<HashMap<&'a str, Group>>,
}

/// The rate limits within a quota group.
#[derive(Default)]
struct Group {
    /// The longest that is open, or the trial after one.
    block: Option<Block>,
    /// When the last one ended that must be tried first.
    passed: Option<Timestamp>,
    /// When a member last answered.
    used: Timestamp,
}

impl Group {
    /// Whether nobody has found out yet that the limit is over.
    fn is_untried(&self) -> bool {
        self.passed.is_some_and(|end| self.used < end)
    }
}

pub(super) enum Verdict<'a> {
    Fit(Fit<'a>),
    Blocked(Block),
    Refused(UnusableReason),
}

/// A profile that may serve.
pub(super) struct Fit<'a> {
    kind: CredentialKind,
    last_used: Timestamp,
    stats: &'a UsageStats,
    pub(super) demoted_until: Option<Timestamp>,
    pub(super) after_trial: bool,
}

impl Fit<'_> {
    /// Where it stands in any order: behind the others while demoted, and last while another of its quota
    /// group is to be tried first.
    pub(super) const fn level(&self) -> (bool, bool) {
        (self.after_trial, self.demoted_until.is_some())
    }

    /// Where it stands without an explicit order: logins before tokens before keys, the least recently
    /// used first.
    pub(super) const fn rank(&self) -> ((bool, bool), CredentialKind, Timestamp) {
        (self.level(), self.kind, self.last_used)
    }
}

impl<'i, 'a> Judge<'i, 'a> {
    pub(super) const fn new(input: &'i ResolveInput<'a>, now: Timestamp) -> Self {
        Self { input, now, groups: OnceCell::new() }
    }

    pub(super) fn verdict(&self, id: &ProfileId, stored: Option<&'a StoredProfile>) -> Verdict<'a> {
        let (input, now) = (self.input, self.now);
        let unresolved = input.unresolved.contains(id.as_str());
        let profile = match eligible(stored, input.provider, input.auth.profiles.get(id.as_str()), unresolved, now) {
            Ok(profile) => profile,
            Err(reason) => return Verdict::Refused(reason),
        };
        let stats = input.health.of(id);
        let own = stats.block(input.model, now, input.policy);
        let group = profile.quota_group.as_deref().and_then(|group| self.groups().get(group));
        let is_limited = || stats.passed_rate_limit(input.model, now, input.policy).is_some();
        match group.and_then(|group| group.block).into_iter().chain(own).max_by_key(|block| block.until) {
            Some(block) => Verdict::Blocked(block),
            None => Verdict::Fit(Fit {
                kind: profile.kind(),
                last_used: stats.last_used_or_zero(now),
                stats,
                demoted_until: stats.demoted(input.model, now, input.policy).map(|window| window.until),
                after_trial: group.is_some_and(Group::is_untried) && !is_limited(),
            }),
        }
    }

    pub(super) fn usable(&self, id: &ProfileId, fit: &Fit<'_>) -> Usable {
        let ResolveInput { model, policy, .. } = *self.input;
        Usable {
            profile: id.clone(),
            kind: fit.kind,
            needs_trial: fit.stats.needs_trial(model, self.now, policy),
            demoted_until: fit.demoted_until,
            after_trial: fit.after_trial,
            seen: fit.stats.seen(model),
        }
    }

    fn groups(&self) -> &HashMap<&'a str, Group> {
        self.groups.get_or_init(|| {
            let ResolveInput { model, policy, health, .. } = *self.input;
            let mut groups: HashMap<&str, Group> = HashMap::new();
            for (id, profile) in self.input.profiles.of(self.input.provider) {
                let Some(name) = profile.quota_group.as_deref() else { continue };
                let (group, stats) = (groups.entry(name).or_default(), health.of(id));
                let passed = stats.passed_rate_limit(model, self.now, policy);
                let blocks =
                    [group.block, stats.rate_limit(model, self.now, policy), passed.and_then(|(_, trial)| trial)];
                group.block = blocks.into_iter().flatten().max_by_key(|block| block.until);
                group.passed = group.passed.max(passed.map(|(end, _)| end));
                group.used = group.used.max(stats.last_used_or_zero(self.now));
            }
            groups
        })
    }
}
