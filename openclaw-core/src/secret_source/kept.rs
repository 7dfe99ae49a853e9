//! What was asked for a short time ago, and what is being asked at this moment.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::{BoxFuture, Shared, WeakShared};
use secrecy::SecretString;

use super::SecretError;
use crate::credential::SecretRef;

/// How long an answer counts.
const SECRET: Duration = Duration::from_secs(5 * 60);

/// How long an error counts: a helper that fails is not run again at every request.
const ERROR: Duration = Duration::from_secs(5);

pub(super) type Answer = Result<SecretString, SecretError>;

/// A question under way. It goes on while somebody waits for it.
pub(super) type Asking = Shared<BoxFuture<'static, Answer>>;

/// Answers, with the time at which they were given (monotonic). Secrets are wiped as they go.
#[derive(Default)]
pub(super) struct Kept {
    answers: HashMap<SecretRef, (Answer, Duration)>,
    asking: HashMap<SecretRef, (u64, WeakShared<BoxFuture<'static, Answer>>)>,
    numbers: u64,
}

impl Kept {
    /// An answer that still counts. All that do not any more are dropped.
    pub(super) fn answer(&mut self, reference: &SecretRef, now: Duration) -> Option<Answer> {
        self.answers.retain(|_, (answer, at)| {
            let life = if answer.is_ok() { SECRET } else { ERROR };
            now.saturating_sub(*at) < life
        });
        self.answers.get(reference).map(|(answer, _)| answer.clone())
    }

    /// The question under way.
    pub(super) fn asking(&self, reference: &SecretRef) -> Option<Asking> {
        self.asking.get(reference).and_then(|(_, asking)| asking.upgrade())
    }

    /// A number for a new question.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Notes a new question.
    pub(super) fn begin(&mut self, reference: SecretRef, number: u64, asking: &Asking) {
        self.asking.retain(|_, (_, asking)| asking.upgrade().is_some());
        if let Some(weak) = asking.downgrade() {
            self.asking.insert(reference, (number, weak));
        }
    }

    /// Keeps the answer of a question, unless it was forgotten meanwhile.
    pub(super) fn end(&mut self, reference: &SecretRef, number: u64, answer: &Answer, now: Duration) {
        if self.asking.get(reference).is_some_and(|(of, _)| *of == number) {
            self.asking.remove(reference);
            self.answers.insert(reference.clone(), (answer.clone(), now));
        }
    }

    /// Forgets the answer, and whatever a question under way will bring.
    pub(super) fn forget(&mut self, reference: &SecretRef) {
        self.answers.remove(reference);
        self.asking.remove(reference);
    }
}
