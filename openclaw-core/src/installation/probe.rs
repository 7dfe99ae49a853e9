//! Probes of an agent's credentials.

use super::Installation;
use crate::error::Error;
use crate::id::AgentId;
use crate::probe::{ProbeProgress, ProbeReport, ProbeRequest};

impl Installation {
    /// Asks the provider of each of the agent's credentials whether it is accepted: see [`Client::probe`].
    ///
    /// ```no_run
    /// use openclaw_core::{Env, Installation, ProbeRequest};
    ///
    /// # async fn example() -> Result<(), openclaw_core::Error> {
    /// let installation = Installation::open(&Env::from_process(), "/".as_ref(), Vec::new())?;
    /// let agent = installation.agent(None)?;
    /// let report = installation.probe(&agent, &ProbeRequest::new(), |_| {}).await?;
    /// for result in report.results {
    ///     println!("{}: {}", result.label, result.status);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`client`](Self::client) and [`Client::probe`].
    ///
    /// [`Client::probe`]: crate::Client::probe
    pub async fn probe(
        &self,
        agent: &AgentId,
        request: &ProbeRequest,
        progress: impl FnMut(ProbeProgress<'_>),
    ) -> Result<ProbeReport, Error> {
        self.client(agent)?.probe(request, progress).await
    }
}
