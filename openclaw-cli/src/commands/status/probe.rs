//! `openclaw models status --probe`: asks the providers, shows how far it is, and tells what was said.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use openclaw_core::{
    Advice, AgentId, AuthProfiles, CheckVerdict, Installation, ModelSelection, ProbeKind, ProbeProgress, ProbeReport,
    ProbeRequest, ProbeResult, ProbeStatus, ProviderId, printable,
};

use crate::args::ProbeArgs;
use crate::commands::named;
use crate::commands::store::block_on;
use crate::error::CliError;
use crate::host::Host;
use crate::output::{BAD, BOLD, DIM, GOOD, WARN, paint};
use crate::stop::unless_stopped;

/// Probes what the flags ask for; `named_agent` when the agent was named.
pub(super) fn run(
    host: &mut Host,
    installation: &Installation,
    agent: &AgentId,
    named_agent: Option<&str>,
    stored: &AuthProfiles,
    given: &ProbeArgs,
) -> Result<ProbeReport, CliError> {
    let request = request(&installation.models(agent)?, stored, given)?;
    let report = ask(host, installation, agent, &request)?;
    if let (Some(provider), []) = (&request.provider, report.results.as_slice()) {
        let provider = printable(provider.as_str());
        let mut error = CliError::failed(
            "no_credentials",
            format!("No API key found for provider \"{provider}\": nothing to probe"),
        );
        error.hints.push(Advice::store(&provider, named_agent));
        return Err(error);
    }
    Ok(report)
}

/// Asks the providers, and shows how far it is.
pub(crate) fn ask(
    host: &mut Host,
    installation: &Installation,
    agent: &AgentId,
    request: &ProbeRequest,
) -> Result<ProbeReport, CliError> {
    let failover = installation.failover(agent)?.shared_clock(std::sync::Arc::clone(&host.clock)).build();
    let client = installation.client_with(failover)?;
    let mut line = ProgressLine::new(host);
    let probed = block_on(unless_stopped(client.probe(request, |progress| line.show(progress))));
    line.clear();
    Ok(probed???)
}

fn request(models: &ModelSelection, stored: &AuthProfiles, given: &ProbeArgs) -> Result<ProbeRequest, CliError> {
    let mut request = ProbeRequest::new();
    request.provider = given.probe_provider.as_deref().map(ProviderId::new);
    for text in given.probe_profile.iter().filter(|text| !text.trim().is_empty()) {
        request = request.profile(named::profile(text, stored.profiles.keys())?);
    }
    if let Some(millis) = given.probe_timeout {
        request = request.timeout(Duration::from_millis(millis));
    }
    if let Some(concurrency) = given.probe_concurrency {
        request = request.concurrency(concurrency.into());
    }
    if let Some(tokens) = given.probe_max_tokens {
        request = request.max_tokens(tokens);
    }
    if let Some(text) = given.probe_model.as_deref() {
        let resolve = |text| models.resolve(text).map_err(|error| CliError::usage(error.to_string()));
        request = request.message(Some(text.trim()).filter(|text| !text.is_empty()).map(resolve).transpose()?);
    }
    Ok(request)
}

/// A line on stderr that is written over, where a person sees it; nothing anywhere else.
struct ProgressLine<'h> {
    stderr: Option<&'h mut dyn std::io::Write>,
}

impl<'h> ProgressLine<'h> {
    fn new(host: &'h mut Host) -> Self {
        let shown = host.stderr_is_terminal && !host.json && host.env.get("TERM") != Some("dumb");
        Self { stderr: shown.then_some(&mut *host.stderr) }
    }

    fn show(&mut self, progress: ProbeProgress<'_>) {
        // Short enough for every terminal: a line that wraps could not be taken back.
        self.write(&format!("\r\x1b[KProbing credentials: {} of {}", progress.done, progress.total));
    }

    fn clear(&mut self) {
        self.write("\r\x1b[K");
    }

    /// Nothing can be done about a stderr that is gone.
    fn write(&mut self, text: &str) {
        if let Some(stderr) = &mut self.stderr {
            let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
        }
    }
}

/// What the probes add to the verdict of `--check`: the default model and its fallbacks are in use.
pub(super) fn check(report: &ProbeReport, models: &ModelSelection) -> CheckVerdict {
    let in_use = std::iter::once(models.primary()).chain(models.fallbacks());
    let in_use: BTreeSet<ProviderId> = in_use.map(|model| model.provider().clone()).collect();
    report.check(&in_use)
}

/// For people: a line for each credential, and what helps those that are not fine.
pub(crate) fn render(host: &Host, report: &ProbeReport, agent: Option<&str>, stored: &AuthProfiles) -> String {
    let what = match report.options.probe {
        ProbeKind::Model => "a message of a few tokens each",
        _ => "GET /v1/models, without cost",
    };
    let mut lines = vec![format!("{} · {what}", paint(host, BOLD, "Probes"))];
    if report.results.is_empty() {
        lines.push("  no credential to probe".to_owned());
    }
    let mut given: Vec<Advice> = Vec::new();
    for result in &report.results {
        lines.push(line(host, result));
        // What helps several is said once.
        let Some(advice) = result.advice(agent, stored).filter(|advice| !given.contains(advice)) else { continue };
        lines.push(format!("      {}", printable(&advice.text)));
        lines.extend(advice.command.iter().map(|command| format!("      {}", printable(command))));
        given.push(advice);
    }
    lines.push(String::new());
    lines.join("\n")
}

/// `✓ anthropic:work · authenticated · 120 ms`, `✗ anthropic:old · auth: 401 …`, `· … · not probed: …`
fn line(host: &Host, result: &ProbeResult) -> String {
    let label = printable(&result.label);
    let model = result.model.as_ref().map(|model| format!(" · {}", printable(&model.to_string()))).unwrap_or_default();
    let took = result.latency_ms.map(|ms| paint(host, DIM, &format!(" · {ms} ms"))).unwrap_or_default();
    let error = printable(result.error.as_deref().unwrap_or_default());
    match (result.status, result.was_tried()) {
        (ProbeStatus::Ok, _) => {
            let said = if result.probe == ProbeKind::Model { "answered" } else { "authenticated" };
            format!("  {} {label}{model} · {}{took}", paint(host, GOOD, "✓"), paint(host, GOOD, said))
        }
        (status, true) => {
            // What could not be had has no status of the server.
            let code = result.reason_code.as_ref().map_or(status.as_str(), |reason| reason.code());
            let status = if status == ProbeStatus::Unknown { code } else { status.as_str() };
            format!("  {} {label}{model} · {}: {error}{took}", paint(host, BAD, "✗"), paint(host, BAD, status))
        }
        (_, false) => {
            let code = result.reason_code.as_ref().map_or("", |reason| reason.code());
            format!("  {} {label} · not probed ({code}): {error}", paint(host, WARN, "·"))
        }
    }
}
