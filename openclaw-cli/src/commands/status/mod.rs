//! `openclaw models status`.

pub(crate) mod probe;
mod text;
mod todo;

use std::path::Path;

use openclaw_core::{
    AgentId, AuthProfiles, CooldownPolicy, Installation, PlanRequest, ProfileList, ProfileListInput, Status,
    StatusInput, Timestamp, printable,
};

use super::store::block_on;
use crate::args::{Args, StatusArgs};
use crate::error::CliError;
use crate::host::Host;
use crate::output;

pub(crate) fn run(host: &mut Host, args: &Args, given: &StatusArgs) -> Result<u8, CliError> {
    if given.json && given.plain {
        return Err(CliError::usage("Choose either --json or --plain, not both."));
    }
    if given.plain && given.probe.wanted() {
        return Err(CliError::usage("--probe cannot be used with --plain output."));
    }
    let installation = super::open(host, args)?;
    let agent = installation.agent(given.agent.as_deref())?;
    super::warn_newer(host, &installation, &agent);
    let now = host.clock.now();
    let (mut status, stored) = status(host, &installation, given, now)?;
    let mut verdict = status.check();
    if given.probe.wanted() {
        let report = probe::run(host, &installation, &agent, given.agent.as_deref(), &stored, &given.probe)?;
        verdict = verdict.max(probe::check(&report, &installation.models(&agent)?));
        status.auth.probes = Some(report);
    }
    if given.json {
        output::json(host, &status)?;
    } else if given.plain {
        output::line(host, &printable(&status.resolved_default))?;
    } else {
        let mut text = for_people(host, &installation, &agent, &status, &stored, now)?;
        if let Some(report) = &status.auth.probes {
            text = format!("{text}\n{}", probe::render(host, report, given.agent.as_deref(), &stored));
        }
        output::text(host, &text)?;
    }
    Ok(if given.check { verdict.exit_code() } else { 0 })
}

fn status(
    host: &Host,
    installation: &Installation,
    given: &StatusArgs,
    now: Timestamp,
) -> Result<(Status, AuthProfiles), CliError> {
    let agent = installation.agent(given.agent.as_deref())?;
    let store = installation.store();
    let profiles = openclaw_core::CredentialStore::load(&store, &agent);
    let profiles = block_on(profiles)??;
    let health = block_on(openclaw_core::HealthStore::load(&store, &agent))??;
    let models = installation.models(&agent)?;
    let policy = CooldownPolicy::default().with_settings(&installation.config().settings().auth.cooldowns);
    let status = Status::new(
        &StatusInput {
            config_path: &installation.paths().config_path,
            agent_dir: &installation.agent_dir(&agent),
            store_path: &installation.auth_store(&agent),
            config: installation.config(),
            env: installation.env(),
            agent: &agent,
            agent_named: given.agent.is_some(),
            models: &models,
            profiles: &profiles,
            health: &health,
            ambient: &installation.ambient(),
            policy: &policy,
            home: host.env.get("HOME").map(Path::new),
        },
        now,
    );
    Ok((status, profiles))
}

/// The status for people. No reference is resolved for it.
fn for_people(
    host: &Host,
    installation: &Installation,
    agent: &AgentId,
    status: &Status,
    stored: &AuthProfiles,
    now: Timestamp,
) -> Result<String, CliError> {
    let health = block_on(openclaw_core::HealthStore::load(&installation.store(), agent))??;
    let settings = installation.config().settings();
    let list = ProfileList::new(
        &ProfileListInput {
            agent,
            agent_dir: &installation.agent_dir(agent),
            store_path: &installation.auth_store(agent),
            provider: None,
            auth: &settings.auth,
            secrets: &installation.secrets(),
            profiles: stored,
            health: &health,
            policy: &CooldownPolicy::default().with_settings(&settings.auth.cooldowns),
        },
        now,
    );
    let failover = installation.failover(agent)?.shared_clock(std::sync::Arc::clone(&host.clock)).build();
    let plan = block_on(installation.plan(&failover, &PlanRequest::new()))?.ok();

    Ok(text::render(&text::Told { host, status, list: &list, plan: plan.as_ref(), stored, now }))
}
