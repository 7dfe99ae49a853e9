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
    /// The longest rate limit within each quota group: its members are one account. Few have groups.
    groups: OnceCell<HashMap<&'a str, Block>>,
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
}

impl Fit<'_> {
    /// Where it stands without an explicit order: the demoted behind, logins before tokens before keys,
    /// the least recently used first.
    pub(super) const fn rank(&self) -> (bool, CredentialKind, Timestamp) {
        (self.demoted_until.is_some(), self.kind, self.last_used)
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
        let shared = profile.quota_group.as_deref().and_then(|group| self.groups().get(group).copied());
        match shared.into_iter().chain(own).max_by_key(|block| block.until) {
            Some(block) => Verdict::Blocked(block),
            None => Verdict::Fit(Fit {
                kind: profile.kind(),
                last_used: stats.last_used_or_zero(now),
                stats,
                demoted_until: stats.demoted(input.model, now, input.policy).map(|window| window.until),
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
            seen: fit.stats.seen(model),
        }
    }

    fn groups(&self) -> &HashMap<&'a str, Block> {
        self.groups.get_or_init(|| {
            let mut groups: HashMap<&str, Block> = HashMap::new();
            for (id, profile) in self.input.profiles.of(self.input.provider) {
                let Some(group) = profile.quota_group.as_deref() else { continue };
                if let Some(limit) = self.input.health.of(id).rate_limit(self.input.model, self.now, self.input.policy)
                {
                    let longest = groups.entry(group).or_insert(limit);
                    if limit.until > longest.until {
                        *longest = limit;
                    }
                }
            }
            groups
        })
    }
}
