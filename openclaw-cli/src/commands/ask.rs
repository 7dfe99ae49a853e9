//! `openclaw ask`.

use std::cell::Cell;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openclaw_core::messages::MessageRequest;
use openclaw_core::{
    AdviceContext, Call, CredentialStore, Event, Failover, ModelRef, Observer, Pin, PinKind, ProfileId, Reply,
    ReplyStream, parse_lifetime,
};
use serde::Serialize;

use super::store::block_on;
use crate::args::{Args, Ask};
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, DIM};
use crate::stop::unless_stopped;

/// No prompt is larger.
const LIMIT: u64 = 32 * 1024 * 1024;

/// Remembers what happened on the way, to be told afterwards.
#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl Observer for Log {
    fn event(&self, event: &Event) {
        let text = match event {
            Event::Skipped { profile, model, reason } => format!("skipped {profile} for {model}: {reason}"),
            Event::Failed { profile, model, reason } => format!("{profile} failed for {model}: {reason}"),
            Event::PassedOver { model, why } => format!("skipped {model}: {why}"),
            Event::FellBack { from, to } => format!("fell back from {from} to {to}"),
            Event::Recovered { profile, .. } => format!("{profile} recovered"),
            _ => return,
        };
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if log.last() != Some(&text) {
            log.push(text);
        }
    }
}

pub(crate) fn run(host: &mut Host, args: &Args, ask: &Ask) -> Result<u8, CliError> {
    let text = text(host, ask)?;
    let wait =
        ask.wait.as_deref().map(parse_lifetime).transpose().map_err(|error| CliError::usage(error.to_string()))?;
    let installation = super::open(host, args)?;
    let agent = installation.agent(ask.agent.as_deref())?;
    let log = Arc::new(Log::default());
    let failover = installation
        .failover(&agent)?
        .shared_clock(Arc::clone(&host.clock))
        .observer(Arc::clone(&log) as Arc<dyn Observer>)
        .build();
    let mut request = MessageRequest::user(text);
    if let Some(system) = &ask.system {
        request = request.system(system.as_str());
    }
    if let Some(tokens) = ask.max_tokens {
        request = request.max_tokens(tokens);
    }
    let client = installation.client_with(failover.clone())?;
    let mut call = client.message(request);
    if let Some(model) = &ask.model {
        let (model, pin) = pinned(&failover, model)?;
        call = call.model(model);
        if let Some(pin) = pin {
            call = call.pin(pin);
        }
    }
    if let Some(patience) = wait {
        call = call.wait_up_to(patience);
    }
    if ask.no_stream {
        call = call.unstreamed();
    }
    super::warn_newer(host, &installation, &agent);
    let last = Cell::new(None);
    let answered = block_on(async {
        let answered = unless_stopped(async {
            let opened = open_stream(host, &log, call).await;
            tell(host, &log);
            match opened {
                Ok(stream) if ask.json => match stream.finish().await {
                    Ok(reply) => Ok(reply),
                    Err(error) => Err(fail(host, &installation, &agent, ask, &error).await),
                },
                Ok(stream) => print(host, stream, &last).await,
                Err(error) => Err(fail(host, &installation, &agent, ask, &error).await),
            }
        });
        let reply = match answered.await {
            Ok(reply) => reply,
            Err(stop) => {
                tell(host, &log);
                // The dropped attempt has given back the trial that it may have held.
                failover.flush().await;
                // The signal is what it ends by, though nobody may be there to read on.
                let _ = end_line(host, &last);
                return Err(stop.into());
            }
        };
        // A store that failed a moment ago would make us wait again.
        if !failover.is_degraded() {
            failover.flush().await;
        }
        if let Some(why) = failover.why_degraded() {
            let text = "warning: who answered and who is blocked could not be stored; the next run does not know";
            output::note(host, &format!("{text}: {}", openclaw_core::printable(&why)));
        }
        reply
    })?;
    let reply = answered?;
    if ask.json {
        output::json_as_it_is(host, &summary(&reply))?;
    } else {
        let (served, usage) = (reply.served_by(), reply.usage());
        let text = format!(
            "{} · {} · {} tokens in, {} out",
            served.profile, served.model, usage.input_tokens, usage.output_tokens
        );
        let text = if host.stderr_color { format!("{DIM}{text}{DIM:#}") } else { text };
        output::note(host, &text);
    }
    Ok(0)
}

/// How often what happened on the way is told while the answer is waited for.
const TELL: Duration = Duration::from_millis(100);

/// Waits for the first words, telling on the way.
async fn open_stream(host: &mut Host, log: &Log, call: Call) -> Result<ReplyStream, openclaw_core::Error> {
    let mut stream = std::pin::pin!(call.stream());
    loop {
        tokio::select! {
            opened = &mut stream => return opened,
            () = tokio::time::sleep(TELL) => tell(host, log),
        }
    }
}

fn text(host: &mut Host, ask: &Ask) -> Result<String, CliError> {
    let text = match ask.text.as_deref() {
        Some("-") => from_stdin(host)?,
        Some(text) => text.to_owned(),
        None if host.prompt.is_none() => from_stdin(host)?,
        None => return Err(CliError::usage("nothing to ask: give the message, or - to read it from stdin")),
    };
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() {
        return Err(CliError::usage("the message is empty: give it as an argument, or - to read it from stdin"));
    }
    Ok(text)
}

fn from_stdin(host: &mut Host) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    let failed = |error: std::io::Error| CliError::failed("input", format!("cannot read stdin: {error}"));
    host.stdin.by_ref().take(LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LIMIT {
        return Err(CliError::usage("what came on stdin is larger than 32 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| CliError::usage("what came on stdin is not UTF-8"))
}

/// `model[@profile]`: the profile is put first, as a person's choice.
fn pinned(failover: &Failover, text: &str) -> Result<(ModelRef, Option<Pin>), CliError> {
    let (model, profile) = ModelRef::split_profile(text);
    let model = failover.models().choose(model).map_err(|error| CliError::usage(error.to_string()))?;
    let pin = profile.map(|profile| {
        let profile = ProfileId::new(profile).map_err(|error| CliError::usage(error.to_string()))?;
        Ok::<_, CliError>(Pin { profile, kind: PinKind::User })
    });
    Ok((model, pin.transpose()?))
}

/// Prints the words as they come. `last` is the last character of them, for whoever has to go on.
async fn print(host: &mut Host, mut stream: ReplyStream, last: &Cell<Option<char>>) -> Result<Reply, CliError> {
    loop {
        let text = match stream.next_text().await {
            Ok(Some(text)) => text,
            Ok(None) => break,
            Err(error) => {
                // What came stands on a line of its own, apart from the error.
                end_line(host, last)?;
                return Err(error.into());
            }
        };
        // An answer may hold anything; on a terminal it must not steer it.
        let shown = if host.stdout_is_terminal { for_terminal(&text) } else { text };
        output::out(host, &shown)?;
        last.set(shown.chars().last().or(last.get()));
    }
    end_line(host, last)?;
    Ok(stream.finish().await?)
}

fn end_line(host: &mut Host, last: &Cell<Option<char>>) -> Result<(), CliError> {
    if last.replace(None).is_some_and(|last| last != '\n') { output::out(host, "\n") } else { Ok(()) }
}

fn for_terminal(text: &str) -> String {
    let safe = |c: &char| matches!(c, '\n' | '\t') || !c.is_control();
    text.chars().filter(safe).collect()
}

/// Who was passed over, on stderr.
fn tell(host: &mut Host, log: &Log) {
    let log = std::mem::take(&mut *log.0.lock().unwrap_or_else(PoisonError::into_inner));
    for text in log {
        output::note(host, &openclaw_core::printable(&text));
    }
}

async fn fail(
    host: &Host,
    installation: &openclaw_core::Installation,
    agent: &openclaw_core::AgentId,
    ask: &Ask,
    error: &openclaw_core::Error,
) -> CliError {
    let store = installation.store();
    let default = installation.agent(None).ok();
    let mut context = AdviceContext {
        agent: Some(agent.clone()).filter(|agent| default.as_ref() != Some(agent)),
        now: Some(host.clock.now()),
        newer: store.newer_openclaw(agent).is_some(),
        model: ask.model.clone(),
        // Without them the advice is less exact.
        stored: CredentialStore::load(&store, agent).await.unwrap_or_default(),
        ..AdviceContext::default()
    };
    if let openclaw_core::Error::Exhausted(exhausted) = error {
        let record = exhausted.models.last();
        context.provider = record.map(|record| record.model.provider().to_string());
        context.profile =
            record.and_then(|record| record.tried.last()).map(|tried| (tried.profile.clone(), tried.kind));
    }
    CliError::core(error, &context)
}

/// The answer of `--json`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    text: String,
    model: String,
    profile_id: String,
    request_id: Option<&'a str>,
    stop_reason: Option<&'a str>,
    usage: Tokens,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_input_tokens: u64,
    cache_read_input_tokens: u64,
}

fn summary(reply: &Reply) -> Summary<'_> {
    let (served, usage) = (reply.served_by(), reply.usage());
    Summary {
        text: reply.text(),
        model: served.model.to_string(),
        profile_id: served.profile.to_string(),
        request_id: served.request_id.as_deref(),
        stop_reason: reply.message().stop_reason.as_deref(),
        usage: Tokens {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cache_creation_input_tokens: usage.cache_creation_input_tokens,
            cache_read_input_tokens: usage.cache_read_input_tokens,
        },
    }
}
