//! Storing one credential, as every command that takes one does it.

use openclaw_core::config::Written;
use openclaw_core::{
    AgentId, Credential, CredentialKind, CredentialStore as _, Installation, ModelRef, Onboarding, OnboardingPlan,
    Profile, ProfileId, ProfileStep, ProviderId, parse_lifetime, printable, redact,
};
use serde::Serialize;

use super::named;
use crate::error::CliError;
use crate::host::Host;
use crate::{diff, output};

/// What is to be stored, and how.
pub(crate) struct Deposit<'a> {
    pub(crate) provider: ProviderId,
    /// Whether the provider was given by the caller, and is not the only one that comes into question.
    pub(crate) provider_named: bool,
    /// Under which id; `None` for the usual one of its kind.
    pub(crate) id: Option<&'a str>,
    pub(crate) usual: &'static str,
    pub(crate) credential: Credential,
    pub(crate) expires_in: Option<&'a str>,
    pub(crate) replace: bool,
    pub(crate) agent: AgentId,
    /// The agent's primary model from now on.
    pub(crate) model: Option<ModelRef>,
    /// Whether to find out only.
    pub(crate) dry_run: bool,
}

/// What was planned, and what came of it.
pub(crate) struct Done {
    pub(crate) plan: OnboardingPlan,
    /// `None` when nothing was to be written.
    written: Option<Written>,
}

/// Whether models of a provider could be named.
pub(crate) fn check_provider(provider: &ProviderId) -> Result<(), CliError> {
    if !provider.as_str().contains(|c: char| c == '/' || c.is_control()) {
        return Ok(());
    }
    let provider = printable(provider.as_str());
    let text = format!("invalid provider \"{provider}\": models are written PROVIDER/MODEL, so its name holds no /");
    Err(CliError::usage(text))
}

/// Stores it: checks everything first, writes the store, then the configuration if that would hide it.
pub(crate) fn deposit(host: &mut Host, installation: &Installation, deposit: Deposit<'_>) -> Result<Done, CliError> {
    let Deposit { provider, credential, agent, .. } = deposit;
    let kind = credential.kind();
    let lifetime = deposit.expires_in.map(parse_lifetime).transpose();
    let lifetime = lifetime.map_err(|error| CliError::usage(error.to_string()))?;
    check_provider(&provider)?;
    let stored = block_on(installation.store().load(&agent))??;
    let id = match deposit.id {
        Some(text) => named::place(text, &provider, deposit.provider_named, &stored)?,
        None => ProfileId::named(&provider, deposit.usual),
    };
    let mut wanted = Onboarding::new(agent).credential(provider, id.clone(), credential);
    if let Some(lifetime) = lifetime {
        wanted = wanted.lifetime(lifetime);
    }
    if let Some(model) = deposit.model {
        wanted = wanted.model(model);
    }
    let other = stored.get(&id).map(Profile::kind).filter(|stored| *stored != kind);
    if deposit.replace {
        wanted = wanted.replacing();
    } else if let (Some(stored), Some(prompt)) = (other, host.prompt.as_mut()) {
        let question = redact(&printable(id.as_str()));
        let question = format!("{question} holds {}. Replace it?", words(stored));
        if !prompt.confirm(&question).map_err(CliError::from_prompt)? {
            return Err(CliError::failed("unchanged", "nothing was stored; choose another id with --profile-id"));
        }
        wanted = wanted.replacing();
    }
    carry_out(host, installation, wanted, deposit.dry_run)
}

/// Plans and, if that is wanted, writes.
pub(crate) fn carry_out(
    host: &Host,
    installation: &Installation,
    wanted: Onboarding,
    dry_run: bool,
) -> Result<Done, CliError> {
    let plan = block_on(installation.plan_onboarding(wanted, host.clock.now()))??;
    let written = if dry_run { None } else { Some(block_on(installation.onboard(&plan))??) };
    Ok(Done { plan, written })
}

/// The summary of `--json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    mode: &'static str,
    auth_choice: &'static str,
    agent_id: &'a str,
    auth_store_path: String,
    profile_id: Option<&'a str>,
    provider: Option<&'a str>,
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    /// Whether the store changed, or would change.
    changed: bool,
    config_changed: bool,
    /// The files of the configuration that changed, or would; an included one may be among them.
    config_files: Vec<String>,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<Model<'a>>,
    undo: &'a [openclaw_core::Advice],
    /// What would change in the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
}

#[derive(Debug, Serialize)]
struct Model<'a> {
    path: String,
    before: Option<&'a str>,
    after: String,
    changed: bool,
}

impl Done {
    const fn dry_run(&self) -> bool {
        self.written.is_none()
    }

    /// The files of the configuration that changed, or would.
    fn files(&self) -> Vec<String> {
        let planned = self.plan.config().map(|change| change.files()).unwrap_or_default();
        match &self.written {
            Some(written) => written.files.iter().map(|file| file.display().to_string()).collect(),
            None => planned.iter().map(|file| file.path().display().to_string()).collect(),
        }
    }

    fn diff(&self, host: &Host) -> Option<String> {
        let files = self.plan.config().filter(|_| self.dry_run())?.files().iter();
        let diffs = files.map(|file| {
            let preview = file.preview();
            diff::unified(host, &host.short(file.path()), &preview.before, &preview.after)
        });
        Some(diffs.collect::<Vec<_>>().join("\n"))
    }

    /// As JSON.
    pub(crate) fn json(&self, host: &mut Host) -> Result<(), CliError> {
        let plan = &self.plan;
        let profile = plan.profile();
        let files = self.files();
        let summary = Summary {
            mode: "local",
            auth_choice: match profile.map(|profile| profile.kind) {
                None => "skip",
                Some(CredentialKind::ApiKey) => "apiKey",
                Some(_) => "token",
            },
            agent_id: plan.agent().as_str(),
            auth_store_path: plan.store_path().display().to_string(),
            profile_id: profile.map(|profile| profile.id.as_str()),
            provider: profile.map(|profile| profile.provider.as_str()),
            kind: profile.map(|profile| profile.kind.as_str()),
            changed: plan.changes_store(),
            config_changed: !files.is_empty(),
            config_files: files,
            dry_run: self.dry_run(),
            model: plan.model().map(|model| Model {
                path: model.path.to_string(),
                before: model.before.as_deref(),
                after: model.model.to_string(),
                changed: model.changes,
            }),
            undo: plan.undo(),
            diff: self.diff(host),
        };
        output::json(host, &summary)
    }

    /// Says what was done, or would be.
    pub(crate) fn tell(&self, host: &mut Host) -> Result<(), CliError> {
        let plan = &self.plan;
        if let Some(profile) = plan.profile() {
            let verb = match (profile.step, self.dry_run()) {
                (ProfileStep::Keep, _) => "Already stored:",
                (_, true) => "Would store",
                (_, false) => "Stored",
            };
            let what = if profile.kind == CredentialKind::ApiKey { "API key" } else { "setup-token" };
            let text = format!("{verb} {what} {}", profile.shown);
            output::line(host, &output::paint(host, output::GOOD, text.trim_end()))?;
            let kind = profile.kind.as_str();
            output::line(host, &printable(&format!("Auth profile: {} ({}/{kind})", profile.id, profile.provider)))?;
            let store = printable(&host.short(plan.store_path()));
            output::line(host, &format!("Auth store  : {store}"))?;
        }
        if let Some(model) = plan.model() {
            let as_before = if model.changes { "" } else { " (as before)" };
            output::line(host, &printable(&format!("Model       : {}{as_before}", model.model)))?;
        }
        if self.dry_run() {
            if let Some(diff) = self.diff(host) {
                output::line(host, &diff)?;
            }
            output::note(host, "nothing was written (--dry-run)");
            return Ok(());
        }
        for file in self.files() {
            let path = printable(&host.short(file.as_ref()));
            output::line(host, &format!("Updated {path}"))?;
        }
        if plan.profile().is_some_and(|profile| profile.kind == CredentialKind::Token) {
            output::line(host, &format!("Note: {TERMS}"))?;
        }
        Ok(())
    }
}

/// What is said of every setup-token that is stored.
pub(crate) const TERMS: &str = "Anthropic's terms decide whether a Claude subscription may be used in this program.";

pub(crate) const fn words(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ApiKey => "an API key",
        CredentialKind::Token => "a setup-token",
        _ => "an OAuth login",
    }
}

/// Runs one piece of asynchronous work.
pub(crate) fn block_on<F: Future>(work: F) -> Result<F::Output, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CliError::failed("setup", format!("cannot start: {error}")))?;
    Ok(runtime.block_on(work))
}
