//! Time as a value: nothing below the two ends of the library asks the operating system for it.

use std::fmt;
#[cfg(any(test, feature = "test-util"))]
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since the Unix epoch, the unit of every time in OpenClaw's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A moment given in milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// A moment given in whole seconds since the epoch.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this moment is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This moment plus a duration, saturating.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This moment minus a duration, saturating.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, to the second; a moment outside the calendar prints its milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0.div_euclid(1000)) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// Where time comes from and how it is waited for.
///
/// [`SystemClock`] is the real one; tests use a `ManualClock` (feature `test-util`).
///
/// ```
/// use std::time::Duration;
/// use openclaw_core::{Clock, Timestamp};
///
/// /// A clock that stands still and never makes anyone wait.
/// #[derive(Debug)]
/// struct Stopped;
///
/// #[async_trait::async_trait]
/// impl Clock for Stopped {
///     fn now(&self) -> Timestamp {
///         Timestamp::from_secs(1_800_000_000)
///     }
///     fn monotonic(&self) -> Duration {
///         Duration::ZERO
///     }
///     async fn sleep(&self, _duration: Duration) {}
/// }
/// assert_eq!(Stopped.now().to_string(), "2027-01-15T08:00:00Z");
/// ```
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync {
    /// The wall clock. It may jump in either direction.
    fn now(&self) -> Timestamp;
    /// Time since some fixed start; it never goes back. Deadlines and budgets are measured with it.
    fn monotonic(&self) -> Duration;
    /// Waits. Must work on any executor.
    async fn sleep(&self, duration: Duration);
}

/// Chance in back-off: a number in `0.0..1.0`.
pub trait Jitter: fmt::Debug + Send + Sync {
    /// The next number in `0.0..1.0`.
    fn fraction(&self) -> f64;
}

/// The operating system's clock, a timer that works on every executor, and a fast random source.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "edge: the one place that reads the system's clocks")]
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "edge: the one place that reads the system's clocks")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        if !duration.is_zero() {
            timer(duration).await;
        }
    }
}

/// A timer in real time, for what happens on a line or a disk. A time that no clock can show is as long
/// as any program runs.
pub(crate) fn timer(duration: Duration) -> futures_timer::Delay {
    const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
    futures_timer::Delay::new(duration.min(LONGEST))
}

/// Random jitter from a fast, non-cryptographic source.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomJitter;

impl Jitter for RandomJitter {
    fn fraction(&self) -> f64 {
        fastrand::f64()
    }
}

#[cfg(any(test, feature = "test-util"))]
/// Full jitter always at its largest: back-off takes exactly its ceiling. For tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoJitter;

#[cfg(any(test, feature = "test-util"))]
impl Jitter for NoJitter {
    fn fraction(&self) -> f64 {
        1.0
    }
}

#[cfg(any(test, feature = "test-util"))]
/// A clock that moves only when told to, or when somebody sleeps on it: sleeping takes no real time
/// and moves the clock by the time slept. Clones share one time.
#[derive(Debug, Clone)]
pub struct ManualClock {
    state: Arc<Mutex<ManualState>>,
}

#[cfg(any(test, feature = "test-util"))]
#[derive(Debug)]
struct ManualState {
    now: Timestamp,
    monotonic: Duration,
}

#[cfg(any(test, feature = "test-util"))]
impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { state: Arc::new(Mutex::new(ManualState { now, monotonic: Duration::ZERO })) }
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = state.now.after(duration);
        state.monotonic += duration;
    }

    /// Makes the wall clock jump, in either direction; monotonic time stays.
    pub fn set(&self, now: Timestamp) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).now = now;
    }
}

#[cfg(any(test, feature = "test-util"))]
#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).now
    }

    fn monotonic(&self) -> Duration {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).monotonic
    }

    async fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_too_long_for_a_timer() {
        let mut timer = std::pin::pin!(timer(Duration::MAX));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(timer.as_mut().poll(&mut context).is_pending());
    }

    #[test]
    fn differences_saturate() {
        let (early, late) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
        assert_eq!(early.since(late), Duration::ZERO);
        assert!(late.since(early) >= Duration::from_millis(i64::MAX.unsigned_abs()));
        assert_eq!(late.after(Duration::MAX), late);
        assert_eq!(late.to_string(), format!("{} ms", i64::MAX));
    }
}
