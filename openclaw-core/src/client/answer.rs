//! From an HTTP answer to events: the body of one attempt.

use std::collections::VecDeque;
use std::fmt;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::future::select;
use futures_util::{FutureExt as _, StreamExt as _};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::response::Parts;

use crate::health::FailureReason;
use crate::messages::{Accumulator, Message, SseDecoder, StreamEvent, WireError};
use crate::outcome::{Failure, Outcome, tidy};
use crate::time::{Clock as _, SystemClock, Timestamp, timer};
use crate::transport::ByteStream;

/// The most of a refusal that is read.
const ERROR_BODY: usize = 64 * 1024;

/// How long the words of a refusal are waited for: its head has said already what it is about, and a server
/// that drips them must not hold up the next attempt. Real time, as [`GRACE`].
const ERROR_PATIENCE: Duration = Duration::from_secs(5);

/// The most events that are held back before the first content: several times the longest thinking there is.
/// Each takes more memory than it takes bytes on the line.
const HELD: usize = 1 << 20;

/// The most of a plain JSON answer that is read.
const WHOLE_BODY: usize = 8 * 1024 * 1024;

/// An answer whose first content is there: no other profile will serve this request.
pub(crate) struct Answer {
    pub(crate) request_id: Option<String>,
    held: VecDeque<StreamEvent>,
    /// An answer that came in one piece, until somebody asks for its events.
    whole: Option<Message>,
    rest: Option<Rest>,
}

struct Rest {
    body: ByteStream,
    decoder: SseDecoder,
    progress: Progress,
    /// When the rest of the message is no longer waited for.
    deadline: Option<futures_timer::Delay>,
    /// After the message.
    grace: Option<Grace>,
    /// What came after the message, in bytes.
    surplus: usize,
}

/// A connection can serve the next request only if this answer was read to HTTP's end, which comes
/// right behind the message; a server that holds it back costs no more than this. Real time, whatever
/// clock the program has: the line is real.
const GRACE: Duration = Duration::from_millis(100);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

impl Answer {
    /// Reads the head of an answer and everything up to its first content, which is held back. `stall`: how
    /// long the message may stand still though bytes come.
    pub(crate) async fn open(
        response: http::Response<ByteStream>,
        now: Timestamp,
        stall: Duration,
    ) -> Result<Self, Failure> {
        let (head, body) = response.into_parts();
        let request_id = request_id(&head.headers);
        if !head.status.is_success() {
            return Err(refusal(&head, body, now).await);
        }
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !content_type.trim_start().to_ascii_lowercase().starts_with("text/event-stream") {
            let whole = whole(body, stall).await.map_err(|failure| failure.of_request(request_id.as_deref()));
            let whole = Some(whole?);
            return Ok(Self { request_id, held: VecDeque::new(), whole, rest: None });
        }
        let mut answer = Self {
            request_id,
            held: VecDeque::new(),
            whole: None,
            rest: Some(Rest {
                body,
                decoder: SseDecoder::default(),
                progress: Progress::new(stall),
                deadline: None,
                grace: None,
                surplus: 0,
            }),
        };
        let mut held = VecDeque::new();
        let mut order = Accumulator::default();
        while let Some(event) = answer.next().await {
            let event = event?;
            // What says nothing says it now, or not at all.
            if matches!(event, StreamEvent::Ping | StreamEvent::Unknown) {
                continue;
            }
            if held.len() >= HELD {
                return Err(Failure::new(FailureReason::ServerError, "too many events came before any content"));
            }
            // What makes no message is no answer, and while nothing of it was given away another may serve.
            order.push(&event).map_err(|error| Failure::new(FailureReason::ServerError, &error.to_string()))?;
            let last = event.is_content() || matches!(event, StreamEvent::MessageStop);
            held.push_back(event);
            if last {
                answer.held = held;
                return Ok(answer);
            }
        }
        Err(cut())
    }

    /// Lets the answer break off if more of it has to be read after this time. What is there already is given out.
    pub(super) fn end_within(&mut self, left: Duration) {
        if let Some(rest) = &mut self.rest {
            rest.deadline = Some(timer(left));
        }
    }

    /// The whole answer, if it came in one piece and none of its events was given away.
    pub(super) const fn take_whole(&mut self) -> Option<Message> {
        self.whole.take()
    }
}

/// The provider's id of the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    headers.get("request-id").and_then(|value| value.to_str().ok()).map(tidy)
}

/// What an answer means whose status is no success.
pub(crate) async fn refusal(head: &Parts, body: ByteStream, now: Timestamp) -> Failure {
    // What could be read of it is enough; a cut one is told by its status.
    let mut said = Vec::new();
    {
        let read = pin!(read_into(&mut said, body, ERROR_BODY, ERROR_PATIENCE));
        select(read, timer(ERROR_PATIENCE)).await;
    }
    match Outcome::classify(head.status, &head.headers, &said, now) {
        Outcome::Failure(failure) => failure,
        Outcome::Success => Failure::new(FailureReason::Unknown, "unexpected answer"),
    }
}

fn cut() -> Failure {
    Failure::connection("the stream ended before the message did")
}

impl Stream for Answer {
    type Item = Result<StreamEvent, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(whole) = self.whole.take() {
            self.held = whole.into_events().into();
        }
        if let Some(event) = self.held.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        let Some(rest) = &mut self.rest else { return Poll::Ready(None) };
        let result = ready!(rest.poll(cx));
        let result = result.map(|event| event.map_err(|failure| failure.of_request(self.request_id.as_deref())));
        // After an error or the end there is nothing more to come, and the connection is let go.
        if !matches!(result, Some(Ok(_))) {
            self.rest = None;
        }
        Poll::Ready(result)
    }
}

impl Rest {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent, Failure>>> {
        loop {
            if let Some(event) = self.decoder.next_event().filter(|_| self.grace.is_none()) {
                let event = event.map_err(|error| error.to_string());
                let event = event.and_then(|event| StreamEvent::parse(&event).map_err(|error| error.to_string()));
                return Poll::Ready(Some(match event {
                    Ok(StreamEvent::Error { error_type, message }) => Err(Failure::stream_error(&error_type, &message)),
                    Ok(event) => {
                        match event {
                            StreamEvent::MessageStop => self.grace = Some(Grace::default()),
                            StreamEvent::Ping | StreamEvent::Unknown => {}
                            _ => self.progress.made = true,
                        }
                        Ok(event)
                    }
                    Err(problem) => Err(Failure::new(FailureReason::ServerError, &problem)),
                }));
            }
            if let Some(grace) = &mut self.grace {
                // What comes after the message is nobody's.
                match self.body.as_mut().poll_next(cx) {
                    Poll::Ready(Some(Ok(bytes))) if self.surplus < ERROR_BODY => self.surplus += bytes.len(),
                    Poll::Ready(_) => return Poll::Ready(None),
                    Poll::Pending => {
                        ready!(grace.poll(cx));
                        return Poll::Ready(None);
                    }
                }
                continue;
            }
            if self.progress.is_stalled() {
                return Poll::Ready(Some(Err(Failure::connection(
                    "bytes came, but the message stood still for too long",
                ))));
            }
            // Asked before the line is: a reader that takes its time always finds something there.
            if self.deadline.as_mut().is_some_and(|deadline| Pin::new(deadline).poll(cx).is_ready()) {
                return Poll::Ready(Some(Err(Failure::connection("the deadline passed"))));
            }
            match ready!(self.body.as_mut().poll_next(cx)) {
                Some(Ok(bytes)) => {
                    self.decoder.push(&bytes);
                    self.progress.fed = true;
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(Failure::connection(&error.message)))),
                None => return Poll::Ready(Some(Err(cut()))),
            }
        }
    }
}

/// How long HTTP's own end is waited for. It mostly comes within a few turns of the executor, and a timer means
/// waking a thread.
#[derive(Default)]
struct Grace {
    turns: u8,
    timer: Option<futures_timer::Delay>,
}

impl Grace {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.turns < 4 {
            self.turns += 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.timer.get_or_insert_with(|| timer(GRACE)).poll_unpin(cx)
    }
}

/// Whether the message goes on. A server that only says that it is still there keeps the line busy, so no
/// idle time-out notices. In real time, as [`GRACE`].
struct Progress {
    clock: SystemClock,
    stall: Duration,
    /// When the message last went on.
    last: Duration,
    /// Whether it went on since then.
    made: bool,
    /// Whether bytes came since it was last asked.
    fed: bool,
}

impl Progress {
    fn new(stall: Duration) -> Self {
        Self { clock: SystemClock::new(), stall, last: Duration::ZERO, made: false, fed: false }
    }

    fn is_stalled(&mut self) -> bool {
        if !std::mem::take(&mut self.fed) {
            return false;
        }
        let now = self.clock.monotonic();
        if std::mem::take(&mut self.made) {
            self.last = now;
        }
        now.saturating_sub(self.last) > self.stall
    }
}

async fn whole(body: ByteStream, patience: Duration) -> Result<Message, Failure> {
    let (bytes, end) = read_up_to(body, WHOLE_BODY, patience).await;
    match end {
        End::Complete => Message::from_json(&bytes).map_err(|error| match error {
            // Some gateways say 200 and mean the error in the body.
            WireError::Api(error) => Failure::stream_error(&error.error_type, &error.message),
            error => Failure::new(FailureReason::ServerError, &format!("the answer is no message: {error}")),
        }),
        End::TooLong => Err(Failure::new(FailureReason::ServerError, "the answer is too long")),
        End::TooSlow => Err(Failure::connection("the answer came too slowly")),
        End::Cut(message) => Err(Failure::connection(&message)),
    }
}

/// How the body of an answer ended.
pub(crate) enum End {
    Complete,
    TooLong,
    TooSlow,
    Cut(String),
}

/// What came of a body up to a size and a time.
pub(crate) async fn read_up_to(body: ByteStream, limit: usize, patience: Duration) -> (Vec<u8>, End) {
    let mut all = Vec::new();
    let end = read_into(&mut all, body, limit, patience).await;
    (all, end)
}

/// Reads a body. The time is looked at when something comes: that nothing does is the transport's to notice, and
/// a timer means waking a thread, which costs more than reading a short answer.
async fn read_into(all: &mut Vec<u8>, mut body: ByteStream, limit: usize, patience: Duration) -> End {
    let clock = SystemClock::new();
    while let Some(chunk) = body.next().await {
        let chunk: Bytes = match chunk {
            Ok(chunk) => chunk,
            Err(error) => return End::Cut(error.message),
        };
        let room = limit - all.len();
        all.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if chunk.len() > room {
            return End::TooLong;
        }
        if clock.monotonic() > patience {
            return End::TooSlow;
        }
    }
    End::Complete
}
