//! The wizard: every question comes before anything is written.

mod ask;

use openclaw_core::{
    AgentId, AuthProfiles, Credential, CredentialKind, CredentialStore as _, Installation, ModelRef, Onboarding,
    Profile, ProfileId, ProviderId, StoreError, StoredProfile, free_profile_id, mask, parse_lifetime, printable,
    redact, same_secret,
};

use super::choice::Choice;
use super::quiet::{InEnv, in_env};
use super::test_call::QUESTION;
use crate::args::Onboard;
use crate::commands::named;
use crate::commands::store::{Done, TERMS, block_on, carry_out, words};
use crate::error::CliError;
use crate::host::Host;
use ask::{choose, paste, prompt};

pub(super) use ask::{ASK_KEY, ASK_TOKEN};

/// The page's words.
const KEY: &str = "Anthropic API key";
const TOKEN: &str = "Anthropic token (paste setup-token)";

/// What can be chosen.
enum Offer {
    Env(Credential),
    Keep(ProfileId),
    Paste(Choice),
}

/// What serves from now on.
enum Chosen {
    New(Credential),
    Stored(ProfileId),
}

/// Asks, and writes. Also returns whether the person wants the call that tells whether it works.
pub(super) fn run(
    host: &mut Host,
    installation: &Installation,
    given: &Onboard,
    choice: Option<Choice>,
    agent: AgentId,
    model: Option<ModelRef>,
) -> Result<(Done, bool), CliError> {
    let store = installation.store();
    let stored = block_on(store.load(&agent))??;
    if let Some(marker) = store.newer_openclaw(&agent) {
        return Err(StoreError::NewerOpenClaw { marker }.into());
    }
    let place = printable(&host.short(&installation.auth_store(&agent)));
    let wizard = Wizard { installation, given, agent, stored };
    prompt(host)?.begin("openclaw onboard");
    prompt(host)?.say(&format!(
        "Credentials of agent {} go to\n{place}\nNothing is written before the last answer; Ctrl-C leaves all as it is.",
        printable(wizard.agent.as_str())
    ));
    let (wanted, changes) = match wizard.credential(host, choice)? {
        Chosen::Stored(id) => (Onboarding::new(wizard.agent.clone()).keep(ProviderId::anthropic(), id), false),
        Chosen::New(credential) => (wizard.place(host, credential)?, true),
    };
    let model = match model {
        Some(model) => model,
        None => wizard.model(host)?,
    };
    let test = !given.dry_run && !given.json && prompt(host)?.confirm(QUESTION).map_err(CliError::from_prompt)?;
    let done = carry_out(host, installation, wanted.model(model), given.dry_run)?;
    let last = match (given.dry_run, changes) {
        (true, _) => "This is what would be written.",
        (false, true) => "Done.",
        (false, false) => "The stored credential stays.",
    };
    prompt(host)?.end(last);
    Ok((done, test))
}

struct Wizard<'a> {
    installation: &'a Installation,
    given: &'a Onboard,
    agent: AgentId,
    stored: AuthProfiles,
}

impl Wizard<'_> {
    /// Which credential: one that is there, or one to paste.
    fn credential(&self, host: &mut Host, choice: Option<Choice>) -> Result<Chosen, CliError> {
        let mut offers = Vec::new();
        for found in in_env(self.installation, choice) {
            match found.credential() {
                Ok(credential) if self.holder(&credential).is_none() => {
                    offers.push((env_label(&found, &credential), Offer::Env(credential)));
                }
                // It is offered as what is stored.
                Ok(_) => {}
                Err(error) => {
                    prompt(host)?.say(&format!("{} is set, but cannot be used: {}", found.variable, error.message));
                }
            }
        }
        for (id, profile) in self.stored.of(&ProviderId::anthropic()) {
            let fits = match choice {
                Some(Choice::ApiKey) => profile.kind() == CredentialKind::ApiKey,
                Some(Choice::Token) => profile.kind() == CredentialKind::Token,
                _ => profile.kind() != CredentialKind::OAuth,
            };
            if fits && !profile.credential.secret().is_missing() {
                offers.push((format!("Keep {} ({})", name(id), what(profile)), Offer::Keep(id.clone())));
            }
        }
        for (label, kind) in [(KEY, Choice::ApiKey), (TOKEN, Choice::Token)] {
            if choice.is_none_or(|choice| choice == kind) {
                offers.push((label.to_owned(), Offer::Paste(kind)));
            }
        }
        let labels: Vec<&str> = offers.iter().map(|(label, _)| label.as_str()).collect();
        let at = if labels.len() == 1 { 0 } else { choose(host, "How should Claude be reached?", &labels)? };
        let offer = offers.into_iter().nth(at).map(|(_, offer)| offer);
        let credential = match offer {
            Some(Offer::Keep(id)) => return Ok(Chosen::Stored(id)),
            Some(Offer::Env(credential)) => credential,
            Some(Offer::Paste(kind)) => paste(host, kind)?,
            None => return Err(CliError::usage(super::MISSING_KEY)),
        };
        // Pasted once more, it is no second credential.
        let unnamed = self.given.profile_id.is_none() && self.given.token_profile_id.is_none();
        let known = self.holder(&credential).filter(|_| unnamed && self.given.token_expires_in.is_none());
        Ok(match known {
            Some(id) => {
                prompt(host)?.say(&format!("It is stored already, as {}.", name(&id)));
                Chosen::Stored(id)
            }
            None => Chosen::New(credential),
        })
    }

    /// Who holds the same secret.
    fn holder(&self, credential: &Credential) -> Option<ProfileId> {
        let provider = ProviderId::anthropic();
        let secret = credential.secret().plain()?;
        let mut same = self.stored.of(&provider).filter(|(_, profile)| {
            profile.kind() == credential.kind()
                && profile.credential.secret().plain().is_some_and(|stored| same_secret(stored, secret))
        });
        same.next().map(|(id, _)| id.clone())
    }

    /// Under which id: whatever stands there is only replaced by intent.
    fn place(&self, host: &mut Host, credential: Credential) -> Result<Onboarding, CliError> {
        let provider = ProviderId::anthropic();
        let named = self.given.profile_id.as_deref().or(self.given.token_profile_id.as_deref());
        let mut id = match named {
            Some(text) => named::place(text, &provider, self.given.token_provider.is_some(), &self.stored)?,
            None => ProfileId::named(&provider, "default"),
        };
        let (secret, kind) = (credential.secret().plain().cloned(), credential.kind());
        let same = |profile: &Profile| match (&secret, profile.credential.secret().plain()) {
            (Some(one), Some(other)) => same_secret(one, other) && profile.kind() == kind,
            _ => false,
        };
        let mut replaces = self.given.replace;
        let there = self.stored.profiles.get(id.as_str());
        if let (Some(there), false) = (there, replaces || there.and_then(StoredProfile::valid).is_some_and(same)) {
            let beside = free_profile_id(&self.stored, &provider, kind);
            let (holds, may_replace) = match there {
                StoredProfile::Valid(profile) => (what(profile), profile.provider == provider),
                StoredProfile::Malformed { .. } => ("an entry that cannot be read".to_owned(), false),
            };
            let question = format!("{} holds {holds}. What about it?", name(&id));
            let next = format!("Keep it, and store {} beside it as {}", words(kind), name(&beside));
            let mut choices = vec![next.as_str(), "Cancel"];
            if may_replace {
                choices.insert(1, "Replace it (it cannot be brought back)");
            }
            match choices.get(choose(host, &question, &choices)?) {
                Some(&"Cancel") | None => return Err(CliError::failed("unchanged", "nothing was stored")),
                Some(chosen) if *chosen == next => id = beside,
                Some(_) => replaces = true,
            }
        }
        let mut wanted = Onboarding::new(self.agent.clone()).credential(provider, id, credential);
        if replaces {
            wanted = wanted.replacing();
        }
        if let Some(text) = &self.given.token_expires_in {
            wanted = wanted.lifetime(parse_lifetime(text).map_err(|error| CliError::usage(error.to_string()))?);
        }
        Ok(wanted)
    }

    /// Which model answers by default.
    fn model(&self, host: &mut Host) -> Result<ModelRef, CliError> {
        const OTHER: &str = "Another one (type it)";
        let models = self.installation.models(&self.agent)?;
        let mut offered = vec![models.primary().clone()];
        for model in models.fallbacks().iter().chain(models.configured()) {
            if !offered.contains(model) {
                offered.push(model.clone());
            }
        }
        let mut labels: Vec<String> = offered.iter().map(|model| redact(&printable(&model.to_string()))).collect();
        if let Some(first) = labels.first_mut() {
            first.push_str(" (as now)");
        }
        labels.push(OTHER.to_owned());
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let at = choose(host, "Which model answers by default?", &labels)?;
        if let Some(model) = offered.into_iter().nth(at) {
            return Ok(model);
        }
        loop {
            let usual = models.primary().to_string();
            let text = prompt(host)?.text("Model (provider/model, or an alias)", &usual);
            match models.choose(&text.map_err(CliError::from_prompt)?) {
                Ok(model) => return Ok(model),
                Err(error) => prompt(host)?.say(&printable(&error.to_string())),
            }
        }
    }
}

fn name(id: &ProfileId) -> String {
    redact(&printable(id.as_str()))
}

/// `an API key, sk-ant-api03-…wxyz`
fn what(profile: &Profile) -> String {
    let shown = profile.credential.secret().plain().map(|secret| format!(", {}", mask(secret)));
    format!("{}{}", words(profile.kind()), shown.unwrap_or_default())
}

fn env_label(found: &InEnv, credential: &Credential) -> String {
    let shown = credential.secret().plain().map(mask).unwrap_or_default();
    format!("Use {} from the environment ({}, {shown})", found.variable, words(credential.kind()))
}

/// What is said before a token is pasted.
fn about_tokens() -> String {
    let terms = TERMS.replacen(" may be", "\nmay be", 1);
    format!("`claude setup-token` makes one, on any machine with Claude Code.\n{terms}")
}
