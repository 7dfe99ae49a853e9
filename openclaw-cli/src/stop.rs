//! Being told to stop: Ctrl-C, `kill`, a terminal that is closed.
//!
//! While a request is under way a program may be running that looks up a secret. A process that just ends
//! leaves it behind, so work that may run one is dropped first, which ends the program.

#[cfg(unix)]
use std::task::Poll;
use std::time::Duration;

use crate::error::CliError;

/// A signal that asks the process to end, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop(u8);

impl From<Stop> for CliError {
    /// As a shell tells of a process that a signal ended.
    fn from(Stop(number): Stop) -> Self {
        let message = if number == INTERRUPT { "interrupted" } else { "stopped by a signal" };
        Self { message: message.into(), exit: 128 + number, ..Self::interrupted() }
    }
}

const INTERRUPT: u8 = 2;

/// How long a process that was told to end may still tidy up.
const GRACE: Duration = Duration::from_secs(2);

/// Does the work, or drops it when the process is told to end. Told twice, or [`GRACE`] later, the process
/// ends wherever it is: it may be waiting for whoever reads its output.
pub(crate) async fn unless_stopped<F: Future>(work: F) -> Result<F::Output, Stop> {
    // Without the thread a stop is only noticed here.
    let _ = std::thread::Builder::new().name("openclaw-stop".to_owned()).spawn(insist);
    tokio::select! {
        // Listening begins before the work does.
        biased;
        stop = stopped() => Err(stop),
        done = work => Ok(done),
    }
}

fn insist() {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    let Stop(number) = runtime.block_on(async {
        let stop = stopped().await;
        let _ = tokio::time::timeout(GRACE, stopped()).await;
        stop
    });
    std::process::exit(128 + i32::from(number));
}

/// Waits for a signal. From its first call on they end the process only by way of it.
#[cfg(unix)]
async fn stopped() -> Stop {
    use tokio::signal::unix::{SignalKind, signal};
    // Who started us with a signal ignored (`nohup`, a shell in the background) wants that.
    let listened = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
        .into_iter()
        .filter_map(|kind| Some((u8::try_from(kind.as_raw_value()).ok()?, kind)))
        .filter(|(number, _)| !is_ignored(*number));
    let mut signals: Vec<_> = listened.filter_map(|(number, kind)| Some((number, signal(kind).ok()?))).collect();
    std::future::poll_fn(|context| {
        for (number, signal) in &mut signals {
            if signal.poll_recv(context).is_ready() {
                return Poll::Ready(Stop(*number));
            }
        }
        Poll::Pending
    })
    .await
}

#[cfg(not(unix))]
async fn stopped() -> Stop {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Stop(INTERRUPT),
        Err(_) => std::future::pending().await,
    }
}

/// Whether a signal is ignored. Where that cannot be told, only a hang-up may be.
#[cfg(unix)]
fn is_ignored(number: u8) -> bool {
    const HANG_UP: u8 = 1;
    let mask = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    });
    mask.map_or(number == HANG_UP, |mask| (mask >> (number - 1)) & 1 == 1)
}
