//! Secrets from programs: a vault's client, a keychain, a wrapper around either.
//!
//! The protocol is OpenClaw's, version 1: the program reads one line of JSON from its standard input and
//! writes one JSON object to its standard output.
//!
//! ```text
//! {"protocolVersion":1,"provider":"vault","ids":["claude/key"]}
//! {"protocolVersion":1,"values":{"claude/key":"…"},"errors":{"other":{"code":"NOT_FOUND"}}}
//! ```

mod answer;
mod child;
mod command;

use std::sync::{Arc, mpsc};
use std::time::Duration;

use futures_channel::oneshot;
use secrecy::SecretString;

use super::providers::{Providers, required};
use super::{SecretError, usable};
use crate::config::SecretProvider;
use crate::credential::SecretRef;
use child::{Event, Job, Leash};

/// How long an answer may take, and how long it may be, as in OpenClaw.
const TIMEOUT_MS: u32 = 5000;
const BYTES: u32 = 1024 * 1024;

/// Asks a program. It is run and watched by a thread of its own, so any executor will do. Dropping the
/// future kills it.
pub(super) async fn ask(
    providers: &Providers,
    provider: &SecretProvider,
    reference: &SecretRef,
) -> Result<SecretString, SecretError> {
    let misconfigured = |problem| SecretError::Provider { reference: reference.clone(), problem };
    let failed = |problem| SecretError::Failed { reference: reference.clone(), problem };
    let place = format!("secrets.providers.{}", reference.provider);
    let job = job(providers, provider, reference, &place).map_err(misconfigured)?;
    let (program, id) = (job.shown(), reference.id.clone());
    let json_only = provider.json_only.unwrap_or(true);
    let (events, heard) = mpsc::channel();
    let leash = Arc::new(Leash::default());
    let abandoned = Abandoned { leash: Arc::clone(&leash), events: events.clone() };
    let (send, receive) = oneshot::channel();
    let thread = std::thread::Builder::new().name("openclaw-secret-exec".to_owned());
    let spawned = thread.spawn(move || {
        let finished = child::run(&job, &leash, &events, &heard);
        drop(send.send(finished.and_then(|output| answer::read(output, &id, json_only))));
    });
    spawned.map_err(|error| failed(format!("no thread could be started to run {program}: {error}")))?;
    let answer = receive.await;
    drop(abandoned);
    let early = || Err(format!("the thread that ran {program} ended early"));
    let secret = answer.unwrap_or_else(|_| early()).map_err(|problem| failed(format!("{program} {problem}")))?;
    usable(reference, secret)
}

/// Ends the program when nobody waits any more, and tells the thread.
struct Abandoned {
    leash: Arc<Leash>,
    events: mpsc::Sender<Event>,
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.leash.kill();
        let _ = self.events.send(Event::Abandoned);
    }
}

fn job(providers: &Providers, provider: &SecretProvider, reference: &SecretRef, place: &str) -> Result<Job, String> {
    let given = providers.path(&format!("{place}.command"), provider.command.as_ref())?;
    let all = |key: &str, list: &[crate::config::SecretInput]| {
        let place = format!("{place}.{key}");
        list.iter().map(|input| required(&place, Some(input))).collect::<Result<Vec<_>, _>>()
    };
    let trusted = provider.trusted_dirs.iter().map(|dir| providers.path(&format!("{place}.trustedDirs"), Some(dir)));
    let trusted = trusted.collect::<Result<Vec<_>, _>>()?;
    let mut env = Vec::new();
    for name in all("passEnv", &provider.pass_env)? {
        if let Some(value) = providers.env.get(&name) {
            env.push((name.to_string(), value.to_owned().into()));
        }
    }
    for (name, value) in &provider.env {
        env.push((name.clone(), required(&format!("{place}.env.{name}"), Some(value))?));
    }
    let timeout = provider.timeout_ms.unwrap_or(TIMEOUT_MS);
    let millis = |millis: u32| Duration::from_millis(u64::from(millis));
    Ok(Job {
        command: command::Command {
            given,
            trusted,
            may_be_a_link: provider.allow_symlink_command.unwrap_or(false),
            insecure: provider.allow_insecure_path.unwrap_or(false),
        },
        args: all("args", &provider.args)?,
        env,
        request: request(reference),
        timeout: millis(timeout),
        quiet: millis(provider.no_output_timeout_ms.unwrap_or(timeout)),
        most: usize::try_from(provider.max_output_bytes.unwrap_or(BYTES)).unwrap_or(usize::MAX),
    })
}

/// The request, which holds no secret. The grammar leaves nothing to be escaped in either text.
fn request(SecretRef { provider, id, .. }: &SecretRef) -> String {
    format!("{{\"protocolVersion\":1,\"provider\":\"{provider}\",\"ids\":[\"{id}\"]}}\n")
}
