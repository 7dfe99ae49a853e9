//! Asking the provider itself whether each credential is accepted: the work behind
//! `openclaw models status --probe`.
//!
//! Every probe is pinned to one credential, whatever cools down, and says what the server said. Nothing
//! is written: neither health nor who was used last.

mod advice;
mod exchange;
mod targets;
mod view;

use std::time::Duration;

use futures_util::StreamExt as _;

use crate::client::Client;
use crate::error::Error;
use crate::id::{ModelRef, ProfileId, ProviderId};

use exchange::Prober;
pub use view::{ProbeKind, ProbeOptions, ProbeProgress, ProbeReason, ProbeReport, ProbeResult, ProbeStatus};

/// The most probes at the same time.
const MOST_AT_ONCE: usize = 32;

/// What is probed, and how.
///
/// ```
/// use std::time::Duration;
/// use openclaw_core::{ProbeRequest, ProviderId};
///
/// let request = ProbeRequest::new().provider(ProviderId::anthropic()).timeout(Duration::from_secs(3));
/// assert_eq!(request.max_tokens, 8);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeRequest {
    /// Only credentials of this provider.
    pub provider: Option<ProviderId>,
    /// Only these profiles; all when empty.
    pub profiles: Vec<ProfileId>,
    /// What is asked (default [`ProbeKind::Auth`]).
    pub kind: ProbeKind,
    /// The model of [`ProbeKind::Model`], for its provider; other providers are asked for the one that the
    /// configuration names first.
    pub model: Option<ModelRef>,
    /// How long one probe may take in all, from looking up its secret to the last byte of the answer
    /// (default 8 s).
    pub timeout: Duration,
    /// How many probes run at the same time (default 2; 1 to 32).
    pub concurrency: usize,
    /// The longest answer of [`ProbeKind::Model`] in tokens (default 8).
    pub max_tokens: u32,
}

impl Default for ProbeRequest {
    fn default() -> Self {
        Self {
            provider: None,
            profiles: Vec::new(),
            kind: ProbeKind::Auth,
            model: None,
            timeout: Duration::from_secs(8),
            concurrency: 2,
            max_tokens: 8,
        }
    }
}

impl ProbeRequest {
    /// All credentials that could serve, without cost.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only credentials of this provider.
    #[must_use]
    pub fn provider(mut self, provider: ProviderId) -> Self {
        self.provider = Some(provider);
        self
    }

    /// This profile, and others that are named so. A credential that is stored nowhere is named as it is
    /// shown: `env:ANTHROPIC_API_KEY`.
    #[must_use]
    pub fn profile(mut self, profile: ProfileId) -> Self {
        self.profiles.push(profile);
        self
    }

    /// A real message, which costs a few tokens; to the configured model when none is given.
    #[must_use]
    pub fn message(mut self, model: Option<ModelRef>) -> Self {
        self.kind = ProbeKind::Model;
        self.model = model;
        self
    }

    /// How long one probe may take in all.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many probes run at the same time, from 1 to 32.
    #[must_use]
    pub const fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// The longest answer in tokens.
    #[must_use]
    pub const fn max_tokens(mut self, tokens: u32) -> Self {
        self.max_tokens = tokens;
        self
    }

    const fn at_once(&self) -> usize {
        match self.concurrency {
            0 => 1,
            many if many > MOST_AT_ONCE => MOST_AT_ONCE,
            some => some,
        }
    }
}

impl Client {
    /// Probes each credential by itself: the stored ones, or those of environment and configuration where
    /// they would serve. Blocked ones are probed like the others; those that take no part are listed with
    /// the reason. References are resolved, since a probe is a request.
    ///
    /// `progress` hears of the beginning and of each result as it comes; the report has them in a fixed
    /// order. Dropping the future ends all probes. Nothing is written.
    ///
    /// ```
    /// use openclaw_core::testing::{Reply, ScriptedServer};
    /// use openclaw_core::{Client, ProbeRequest, ProbeStatus};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let server = ScriptedServer::start()?;
    /// server.on("sk-ant-api03-good", [Reply::text("OK")]);
    /// let client = Client::builder()
    ///     .api_key("work", "sk-ant-api03-good")
    ///     .api_key("old", "sk-ant-api03-revoked")
    ///     .base_url(&server.url())
    ///     .build()?;
    /// let report = client.probe(&ProbeRequest::new(), |_| {}).await?;
    /// let found: Vec<_> = report.results.iter().map(|result| (result.label.as_str(), result.status)).collect();
    /// assert_eq!(found, [("anthropic:work", ProbeStatus::Ok), ("anthropic:old", ProbeStatus::Auth)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// The stored profiles cannot be read, or a profile that was named does not exist. A probe that fails is
    /// no error.
    pub async fn probe(
        &self,
        request: &ProbeRequest,
        mut progress: impl FnMut(ProbeProgress<'_>),
    ) -> Result<ProbeReport, Error> {
        let inner = &self.inner.failover.inner;
        let stored = inner.credentials.load(&inner.agent).await?;
        let (started_at, began) = (inner.clock.now(), inner.clock.monotonic());
        let targets = targets::select(inner, &stored, request, started_at)?;
        let total = targets.iter().filter(|target| target.profile.is_some()).count();
        let mut results = Vec::with_capacity(targets.len());
        let mut waiting = Vec::with_capacity(total);
        for (place, target) in targets.into_iter().enumerate() {
            match target.profile {
                Some(profile) => {
                    let prober = Prober::new(self, request);
                    waiting.push(async move { (place, prober.run(target.result, profile).await) });
                }
                None => results.push((place, target.result)),
            }
        }
        progress(ProbeProgress { done: 0, total, last: None });
        let mut running = futures_util::stream::iter(waiting).buffer_unordered(request.at_once());
        let mut done = 0;
        while let Some((place, result)) = running.next().await {
            done += 1;
            progress(ProbeProgress { done, total, last: Some(&result) });
            results.push((place, result));
        }
        results.sort_by_key(|(place, _)| *place);
        let took = inner.clock.monotonic().saturating_sub(began);
        Ok(ProbeReport {
            started_at,
            finished_at: inner.clock.now(),
            duration_ms: view::millis(took),
            total_targets: total,
            options: ProbeOptions::of(request),
            results: results.into_iter().map(|(_, result)| result).collect(),
        })
    }
}
