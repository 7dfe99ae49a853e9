//! The script: which reply is next for whom, and the record of what was asked.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, UNIX_EPOCH};

use super::http::RecordedRequest;
use super::render::{Asked, Route, Stamp};
use super::reply::Reply;
use crate::time::{Clock, ManualClock};

/// The first second that an HTTP-date cannot name: the year 10000.
const END_OF_HTTP_DATES: u64 = 253_402_300_800;

#[derive(Default)]
pub(super) struct Script {
    credentials: BTreeMap<String, Replies>,
    otherwise: Option<Queue>,
    clock: Option<ManualClock>,
    requests: Vec<RecordedRequest>,
    answered: u64,
}

/// What one credential gets.
#[derive(Default)]
struct Replies {
    any: Option<Queue>,
    by_model: BTreeMap<String, Queue>,
}

/// Replies that are given once each, except the last, which stays.
struct Queue {
    waiting: VecDeque<Reply>,
    last: Reply,
}

impl Queue {
    fn new(replies: impl IntoIterator<Item = Reply>) -> Option<Self> {
        let mut waiting: VecDeque<_> = replies.into_iter().collect();
        let last = waiting.pop_back()?;
        Some(Self { waiting, last })
    }

    fn take(&mut self) -> Reply {
        self.waiting.pop_front().unwrap_or_else(|| self.last.clone())
    }

    fn peek(&self) -> &Reply {
        self.waiting.front().unwrap_or(&self.last)
    }
}

impl Replies {
    fn queue_for(&mut self, model: &str) -> Option<&mut Queue> {
        self.by_model.get_mut(model).or(self.any.as_mut())
    }

    /// The reply that tells whether the credential is good. A model's queue speaks for it only when
    /// there is no other, and one that succeeds is enough.
    fn peek(&self) -> Option<&Reply> {
        let mut models = self.by_model.values().map(Queue::peek);
        let any = self.any.as_ref().map(Queue::peek);
        any.or_else(|| models.clone().find(|reply| reply.is_message())).or_else(|| models.next())
    }
}

impl Script {
    pub(super) fn on(&mut self, credential: &str, replies: impl IntoIterator<Item = Reply>) {
        self.edit(credential, |known| known.any = Queue::new(replies));
    }

    pub(super) fn on_model(&mut self, credential: &str, model: &str, replies: impl IntoIterator<Item = Reply>) {
        self.edit(credential, |known| {
            known.by_model.remove(model);
            known.by_model.extend(Queue::new(replies).map(|queue| (model.to_owned(), queue)));
        });
    }

    /// Edits what a credential gets; one that is left without replies is unknown again.
    fn edit(&mut self, credential: &str, change: impl FnOnce(&mut Replies)) {
        let mut known = self.credentials.remove(credential).unwrap_or_default();
        change(&mut known);
        if known.any.is_some() || !known.by_model.is_empty() {
            self.credentials.insert(credential.to_owned(), known);
        }
    }

    pub(super) fn otherwise(&mut self, replies: impl IntoIterator<Item = Reply>) {
        self.otherwise = Queue::new(replies);
    }

    pub(super) fn follow(&mut self, clock: ManualClock) {
        self.clock = Some(clock);
    }

    pub(super) fn requests(&self) -> &[RecordedRequest] {
        &self.requests
    }

    pub(super) fn forget(&mut self) {
        self.requests.clear();
    }

    /// Records the request and takes its reply: both in one step, so that the record's order is the
    /// order of the replies.
    pub(super) fn admit(&mut self, asked: &Asked, request: RecordedRequest) -> (Reply, Stamp) {
        self.requests.push(request);
        self.answered += 1;
        (self.choose(asked), Stamp { number: self.answered, date: self.date() })
    }

    fn choose(&mut self, asked: &Asked) -> Reply {
        let mut known = asked.credential.as_ref().and_then(|credential| self.credentials.get_mut(credential));
        let scripted = match asked.route {
            Route::Messages => {
                let queue = known.as_mut().and_then(|replies| replies.queue_for(&asked.model));
                queue.or(self.otherwise.as_mut()).map(Queue::take)
            }
            Route::Models => {
                let next = known.as_ref().and_then(|replies| replies.peek());
                next.or(self.otherwise.as_ref().map(Queue::peek)).map(Reply::for_model_list)
            }
            Route::Other => self.otherwise.as_mut().map(Queue::take),
        };
        scripted.unwrap_or_else(|| match (known, asked.route) {
            (None, _) => Reply::invalid_key(),
            (Some(_), Route::Messages) => Reply::not_found(&asked.model),
            (Some(_), Route::Models | Route::Other) => Reply::error(404, "not_found_error", "Not found"),
        })
    }

    fn date(&self) -> Option<String> {
        let secs = u64::try_from(self.clock.as_ref()?.now().as_millis().div_euclid(1000)).ok()?;
        (secs < END_OF_HTTP_DATES).then(|| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(secs)))
    }
}
