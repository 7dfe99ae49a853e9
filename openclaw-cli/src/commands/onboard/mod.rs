//! `openclaw onboard`.

mod choice;
mod quiet;
mod test_call;
mod wizard;

use openclaw_core::{
    Advice, AgentId, Credential, Installation, ModelRef, Onboarding, ProviderId, parse_lifetime, printable,
};

use super::store::{Deposit, Done, carry_out, deposit};
use crate::args::{Args, Onboard};
use crate::error::CliError;
use crate::host::Host;
use crate::output;
use crate::secret_input::{self, Wanted};
use choice::Choice;
use quiet::Found;

const MISSING_KEY: &str =
    "Missing --anthropic-api-key (or ANTHROPIC_API_KEY in env, or existing anthropic API-key profile).";
const MISSING_TOKEN: &str =
    "Missing --token for --auth-choice token; run `claude setup-token`, then pipe it in with `--token -`.";

pub(crate) fn run(host: &mut Host, args: &Args, given: &Onboard) -> Result<u8, CliError> {
    let asks = !given.non_interactive && host.prompt.is_some();
    let choice = choice::choice(given)?;
    if let Some(text) = &given.token_expires_in {
        parse_lifetime(text).map_err(|error| CliError::usage(error.to_string()))?;
    }
    let unused = given.assistant.given();
    if !unused.is_empty() {
        let text = format!("note: {} set up OpenClaw, the assistant; they change nothing here", unused.join(", "));
        output::note(host, &text);
    }
    let installation = super::open(host, args)?;
    let agent = installation.agent(given.agent.as_deref())?;
    let model = given.model.as_deref().map(|text| model(&installation, &agent, text)).transpose()?;
    let mut test = false;
    let done = match (choice, secret_flag(given, choice)) {
        (Some(Choice::Skip), _) => carry_out(host, &installation, only(agent, model), given.dry_run)?,
        (Some(choice), Some(flag)) => {
            let credential = read(host, choice, Some(flag), asks)?;
            store(host, &installation, given, agent, model, credential)?
        }
        (choice, _) if asks && !quiet::is_settled(&installation, choice) => {
            let done;
            (done, test) = wizard::run(host, &installation, given, choice, agent, model)?;
            done
        }
        (choice, _) => match quiet::find(host, &installation, given, choice, &agent)? {
            Found::Given(credential) => store(host, &installation, given, agent, model, credential)?,
            Found::Stored(id) => {
                let wanted = only(agent, model).keep(ProviderId::anthropic(), id);
                carry_out(host, &installation, wanted, given.dry_run)?
            }
        },
    };
    if given.json {
        done.json(host)?;
    } else {
        report(host, &done)?;
    }
    if test {
        test_call::run(host, &installation, &done.plan)?;
    }
    Ok(0)
}

/// The flag that carries, or asks for, the secret.
fn secret_flag(given: &Onboard, choice: Option<Choice>) -> Option<&str> {
    match choice? {
        Choice::ApiKey => given.anthropic_api_key.as_deref(),
        Choice::Token => given.token.as_deref(),
        Choice::Skip => None,
    }
}

fn only(agent: AgentId, model: Option<ModelRef>) -> Onboarding {
    let wanted = Onboarding::new(agent);
    match model {
        Some(model) => wanted.model(model),
        None => wanted,
    }
}

fn model(installation: &Installation, agent: &AgentId, text: &str) -> Result<ModelRef, CliError> {
    installation.models(agent)?.choose(text).map_err(|error| CliError::usage(format!("--model: {error}")))
}

/// Takes the secret from its flag, from stdin or from a person.
fn read(host: &mut Host, choice: Choice, flag: Option<&str>, asks: bool) -> Result<Credential, CliError> {
    let wanted =
        |question, flag, missing| Wanted { question, flag, missing, ask: asks, limit: secret_input::CREDENTIAL };
    if choice == Choice::Token {
        let wanted = wanted(wizard::ASK_TOKEN, "--token", MISSING_TOKEN);
        return Ok(Credential::setup_token(&secret_input::read(host, flag, wanted)?)?);
    }
    let wanted = wanted(wizard::ASK_KEY, "--anthropic-api-key", MISSING_KEY);
    Ok(Credential::api_key(&secret_input::read(host, flag, wanted)?)?)
}

fn store(
    host: &mut Host,
    installation: &Installation,
    given: &Onboard,
    agent: AgentId,
    model: Option<ModelRef>,
    credential: Credential,
) -> Result<Done, CliError> {
    let deposited = Deposit {
        provider: ProviderId::anthropic(),
        provider_named: given.token_provider.is_some(),
        id: given.profile_id.as_deref().or(given.token_profile_id.as_deref()),
        usual: "default",
        credential,
        expires_in: given.token_expires_in.as_deref(),
        replace: given.replace,
        agent,
        model,
        dry_run: given.dry_run,
    };
    deposit(host, installation, deposited)
}

/// What was written, how to undo it, and what comes next.
fn report(host: &mut Host, done: &Done) -> Result<(), CliError> {
    done.tell(host)?;
    let plan = &done.plan;
    let nothing = !plan.changes_store() && plan.config().is_none();
    if plan.profile().is_none() && nothing {
        output::line(host, "Nothing to store: no credential was asked for.")?;
    }
    commands(host, "Undo", plan.undo())?;
    commands(host, "Next", plan.next())
}

/// One command a line, under one head.
fn commands(host: &mut Host, head: &str, advice: &[Advice]) -> Result<(), CliError> {
    let heads = std::iter::once(format!("{head:<12}:")).chain(std::iter::repeat(" ".repeat(13)));
    for (advice, head) in advice.iter().zip(heads) {
        let words = advice.command.as_deref().unwrap_or(&advice.text);
        output::line(host, &format!("{head} {}", printable(words)))?;
    }
    Ok(())
}
