//! Setup-tokens without a stored end: how old one is, and what that means.

use std::fmt;
use std::time::Duration;

use super::Profile;
use crate::credential::{Credential, Expiry};
use crate::time::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// From this age on, in days, a setup-token without a stored end is worth a word.
const OLD: u64 = 335;
/// How long setup-tokens usually last, in days.
const YEAR: u64 = 365;

/// A setup-token that was stored so long ago that it will soon end, or has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OldToken {
    days: u64,
}

impl fmt::Display for OldToken {
    /// `340 days old; setup-tokens usually last a year, so it will soon end`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = if self.days >= YEAR { "has probably ended" } else { "will soon end" };
        write!(f, "{} days old; setup-tokens usually last a year, so it {tail}", self.days)
    }
}

impl Profile {
    /// Whether it is a setup-token whose end is not known and whose year is almost over.
    pub(crate) fn old_token(&self, now: Timestamp) -> Option<OldToken> {
        let (Credential::Token { .. }, Expiry::Never) = (&self.credential, self.credential.expires()) else {
            return None;
        };
        let days = now.since(self.added?).as_secs() / DAY.as_secs();
        (days >= OLD).then_some(OldToken { days })
    }
}
