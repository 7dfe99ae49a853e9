//! `openclaw models auth …`.

mod add;
mod cooldown;
mod explain;
mod list;
mod order;
mod paste;
mod policy;
mod remove;
pub(super) mod text;

use openclaw_core::{
    Advice, AgentId, AuthProfiles, ChangeError, CooldownPolicy, Health, Installation, ProfileId, ProviderId,
    StoreError, printable,
};

use super::store::block_on;
use crate::args::{Args, AuthCommand, AuthSub, CooldownSub, OrderSub};
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, DIM, paint};

pub(crate) fn run(host: &mut Host, args: &Args, auth: &AuthCommand) -> Result<u8, CliError> {
    match &auth.command {
        AuthSub::List(given) => list::run(host, args, given),
        AuthSub::Add(given) => add::run(host, args, given),
        AuthSub::Remove(given) => remove::run(host, args, given),
        AuthSub::SetupToken(given) => paste::setup_token(host, args, given),
        AuthSub::PasteToken(given) => paste::token(host, args, given),
        AuthSub::PasteApiKey(given) => paste::api_key(host, args, given),
        AuthSub::Order(order) => match &order.command {
            OrderSub::Get(given) => order::get(host, args, given),
            OrderSub::Set(given) => order::set(host, args, given),
            OrderSub::Clear(given) => order::clear(host, args, given),
        },
        AuthSub::Cooldown(cooldown) => match &cooldown.command {
            CooldownSub::List(given) => cooldown::list(host, args, given),
            CooldownSub::Clear(given) => cooldown::clear(host, args, given),
        },
        AuthSub::Explain(given) => explain::run(host, args, given),
        AuthSub::Policy(given) => policy::run(host, args, given),
    }
}

/// One agent of the folder that a command works on.
struct Desk {
    installation: Installation,
    agent: AgentId,
    /// The agent as advice names it: nothing for the default one.
    named: Option<AgentId>,
}

impl Desk {
    fn open(host: &mut Host, args: &Args, agent: Option<&str>) -> Result<Self, CliError> {
        let installation = super::open(host, args)?;
        let agent = installation.agent(agent)?;
        let named = (installation.agent(None)? != agent).then(|| agent.clone());
        Ok(Self { installation, agent, named })
    }

    /// The same for commands that only read: a folder in which nothing can be stored is told.
    fn open_to_read(host: &mut Host, args: &Args, agent: Option<&str>) -> Result<Self, CliError> {
        let desk = Self::open(host, args, agent)?;
        super::warn_newer(host, &desk.installation, &desk.agent);
        Ok(desk)
    }

    fn profiles(&self) -> Result<AuthProfiles, CliError> {
        let store = self.installation.store();
        Ok(block_on(openclaw_core::CredentialStore::load(&store, &self.agent))??)
    }

    fn health(&self) -> Result<Health, CliError> {
        let store = self.installation.store();
        Ok(block_on(openclaw_core::HealthStore::load(&store, &self.agent))??)
    }

    fn policy(&self) -> CooldownPolicy {
        CooldownPolicy::default().with_settings(&self.installation.config().settings().auth.cooldowns)
    }

    fn agent_dir(&self) -> String {
        self.installation.agent_dir(&self.agent).display().to_string()
    }

    fn store_path(&self) -> std::path::PathBuf {
        self.installation.auth_store(&self.agent)
    }

    fn named(&self) -> Option<&str> {
        self.named.as_ref().map(AgentId::as_str)
    }

    /// ` --agent work`, where a command needs it.
    fn flag(&self) -> String {
        self.named().map(|agent| format!(" --agent {agent}")).unwrap_or_default()
    }

    /// The lines that every answer for people starts with.
    fn head(&self, host: &Host) -> Vec<String> {
        let store = printable(&host.short(&self.store_path()));
        [("Agent", self.agent.to_string()), ("Auth store", store)]
            .into_iter()
            .map(|(name, value)| format!("{} {value}", paint(host, DIM, &format!("{name:<11}:"))))
            .collect()
    }

    /// A refused change, in the words of OpenClaw where it has them.
    fn refused(&self, error: StoreError) -> CliError {
        let message = match &error {
            StoreError::Change(ChangeError::NotFound { id }) => return self.not_found(id),
            StoreError::Change(error @ ChangeError::OtherProvider { .. }) => format!("{error}."),
            _ => return error.into(),
        };
        self.with_list(CliError::failed("profile_not_found", message))
    }

    fn not_found(&self, id: &ProfileId) -> CliError {
        let message = format!("Auth profile \"{id}\" not found in {}.", self.agent_dir());
        self.with_list(CliError::failed("profile_not_found", message))
    }

    fn with_list(&self, mut error: CliError) -> CliError {
        let command = format!("openclaw models auth list{}", self.flag());
        error.hints.push(Advice::new("see which profiles this agent has", command));
        error
    }
}

fn provider(given: Option<&str>) -> Result<ProviderId, CliError> {
    let provider = given.map(ProviderId::new).filter(|provider| !provider.as_str().is_empty());
    provider.ok_or_else(|| CliError::usage("Missing --provider."))
}

/// Prints lines as one text.
fn print(host: &mut Host, lines: &[String]) -> Result<(), CliError> {
    output::line(host, &lines.join("\n"))
}

/// Advice below an answer.
fn advise(lines: &mut Vec<String>, advice: &Advice, indent: usize) {
    let indent = " ".repeat(indent);
    lines.extend(text::wrap(&printable(&advice.text), &indent));
    lines.extend(advice.command.as_ref().map(|command| format!("{indent}{}", printable(command))));
}
