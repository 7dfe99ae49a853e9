//! The call that the wizard offers at its end: whether the provider accepts what was stored.

use openclaw_core::{CredentialStore as _, Installation, OnboardingPlan, ProbeRequest, printable};

use crate::commands::status::probe;
use crate::commands::store::block_on;
use crate::error::CliError;
use crate::host::Host;
use crate::output;

/// What the wizard asks.
pub(super) const QUESTION: &str = "Ask Anthropic now whether it accepts the credential? That costs nothing.";

/// Asks, and tells what was said. Whatever that is, the credential is stored.
///
/// # Errors
/// The person has stopped it, or stdout is gone.
pub(super) fn run(host: &mut Host, installation: &Installation, plan: &OnboardingPlan) -> Result<(), CliError> {
    let Some(profile) = plan.profile() else { return Ok(()) };
    let request = ProbeRequest::new().profile(profile.id.clone());
    let report = match probe::ask(host, installation, plan.agent(), &request) {
        Ok(report) => report,
        Err(stopped) if stopped.exit > 2 => return Err(stopped),
        Err(error) => {
            output::note(host, &printable(&format!("the call could not be made: {}", error.message)));
            return Ok(());
        }
    };
    let default = installation.agent(None).ok();
    let named = Some(plan.agent().as_str()).filter(|_| default.as_ref() != Some(plan.agent()));
    let stored = block_on(installation.store().load(plan.agent()))??;
    let told = probe::render(host, &report, named, &stored);
    output::text(host, &told)
}
