//! What to do about an error: the provider page's troubleshooting, as one exact command each.

mod shell;
#[cfg(test)]
mod tests;

use crate::config::{Origin, ProblemKind, REDACTED, shown_path};
use crate::credential::CredentialKind;
use crate::error::{Error, ErrorKind};
use crate::health::FailureReason;
use crate::id::{AgentId, ProfileId, ProviderId};
use crate::profile::{AuthProfiles, StoredProfile};
use crate::resolver::UnusableReason;
use crate::secret::redact;
use crate::store::StoreError;
use crate::time::Timestamp;
use shell::option;

pub(crate) use shell::{last_word, word};

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Advice {
    /// What to do, in words.
    pub text: String,
    /// The command that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl Advice {
    /// A piece of advice: what to do, and the command that does it. A command that cannot be shown
    /// whole, since something in it looks like a credential, would not work: it is left out. So is one
    /// that no shell can take.
    #[must_use]
    pub fn new(text: &str, command: impl Into<String>) -> Self {
        let command = command.into();
        let whole = redact(&command) == command && !command.contains("\\000");
        Self { text: redact(text), command: whole.then_some(command) }
    }

    /// A piece of advice that no command follows.
    #[must_use]
    pub fn words(text: &str) -> Self {
        Self { text: redact(text), command: None }
    }

    /// How to give a provider its first credential; `agent` when it is not the default one.
    #[must_use]
    pub fn store(provider: &str, agent: Option<&str>) -> Self {
        Self::new(
            "credentials are per agent, and new agents do not inherit them; store one for this agent",
            format!("openclaw models auth paste-api-key{}{}", option("provider", provider), agent_flag(agent)),
        )
    }

    /// How to store a credential of this kind beside those that are stored: under an id of its own where
    /// another kind has the usual one.
    #[must_use]
    pub fn store_beside(
        text: &str,
        provider: &str,
        kind: CredentialKind,
        agent: Option<&str>,
        stored: &AuthProfiles,
    ) -> Self {
        Self::store_as(text, provider, kind, agent, free_id(stored, &ProviderId::new(provider), kind).as_ref())
    }

    /// How to store one more API key, which serves everybody and takes nobody's place.
    #[must_use]
    pub fn store_another(text: &str, provider: &str, agent: Option<&str>, stored: &AuthProfiles) -> Self {
        let id = unused_id(stored, &ProviderId::new(provider));
        Self::store_as(text, provider, CredentialKind::ApiKey, agent, id.as_ref())
    }

    /// How to see of each profile why it does not serve, and where references lead.
    #[must_use]
    pub fn explain(agent: Option<&str>) -> Self {
        let command = format!("openclaw models auth explain --resolve{}", agent_flag(agent));
        Self::new("see why, and what helps", command)
    }

    pub(crate) fn store_as(
        text: &str,
        provider: &str,
        kind: CredentialKind,
        agent: Option<&str>,
        id: Option<&ProfileId>,
    ) -> Self {
        let command = if kind == CredentialKind::ApiKey { "paste-api-key" } else { "paste-token" };
        let id = id.map(|id| option("profile-id", id.as_str())).unwrap_or_default();
        let provider = option("provider", provider);
        Self::new(text, format!("openclaw models auth {command}{provider}{id}{}", agent_flag(agent)))
    }

    /// How to take away the order that is stored for an agent.
    #[must_use]
    pub fn clear_order(provider: &str, agent: Option<&str>) -> Self {
        let command = format!("openclaw models auth order clear{}{}", option("provider", provider), agent_flag(agent));
        Self::new("take the stored order away, so that the configuration or the kinds decide", command)
    }

    /// How to see which order applies, and why.
    #[must_use]
    pub fn see_order(provider: &str, agent: Option<&str>) -> Self {
        let command = format!("openclaw models auth order get{}{}", option("provider", provider), agent_flag(agent));
        Self::new("see which order applies, and why", command)
    }

    /// How to close a profile's windows by hand.
    #[must_use]
    pub fn clear_cooldown(profile: &str, agent: Option<&str>) -> Self {
        let command = format!("openclaw models auth cooldown clear{}{}", agent_flag(agent), last_word(profile));
        Self::new("close windows by hand, if the cause is gone", command)
    }

    /// How to put a new credential in the place of one that no longer serves. A login (`oauth`) is
    /// left as it is, since OpenClaw owns it: a setup-token takes its part under an id of its own, which
    /// none of the `stored` profiles has.
    #[must_use]
    pub fn replace(
        provider: &str,
        profile: &str,
        kind: CredentialKind,
        agent: Option<&str>,
        stored: &AuthProfiles,
    ) -> Self {
        let text = match kind {
            CredentialKind::ApiKey => "create a new API key in the provider's console and store it in its place",
            CredentialKind::Token => "run `claude setup-token` and paste the new token in its place",
            CredentialKind::OAuth => {
                let text = "OAuth logins are not refreshed here; run `claude setup-token` and paste the token";
                return Self::store_beside(text, provider, CredentialKind::Token, agent, stored);
            }
        };
        Self::store_as(text, provider, kind, agent, Some(&ProfileId::verbatim(profile)))
    }
}

/// An id for a credential of this kind, where the usual one (`default` for keys, `manual` for tokens) holds
/// something that it may not replace.
pub(crate) fn free_id(stored: &AuthProfiles, provider: &ProviderId, kind: CredentialKind) -> Option<ProfileId> {
    let (usual, own) = match kind {
        CredentialKind::ApiKey => ("default", "api-key"),
        CredentialKind::Token | CredentialKind::OAuth => ("manual", "setup-token"),
    };
    let may_take = |id: &ProfileId| match stored.profiles.get(id.as_str()) {
        None => true,
        Some(StoredProfile::Valid(profile)) => profile.kind() == kind && profile.provider == *provider,
        Some(StoredProfile::Malformed { .. }) => false,
    };
    if may_take(&ProfileId::named(provider, usual)) {
        return None;
    }
    let numbered = (2..).map(|number| ProfileId::named(provider, &format!("{own}-{number}")));
    std::iter::once(ProfileId::named(provider, own)).chain(numbered).find(|id| may_take(id))
}

/// An id for one more API key: the usual one, else one that no profile has.
fn unused_id(stored: &AuthProfiles, provider: &ProviderId) -> Option<ProfileId> {
    let is_free = |id: &ProfileId| !stored.profiles.contains_key(id.as_str());
    let usual = ProfileId::named(provider, "default");
    let numbered = (2..).map(|number| ProfileId::named(provider, &format!("api-key-{number}")));
    let own = std::iter::once(ProfileId::named(provider, "api-key")).chain(numbered);
    if is_free(&usual) { None } else { own.into_iter().find(is_free) }
}

pub(crate) fn agent_flag(agent: Option<&str>) -> String {
    agent.map(|agent| option("agent", agent)).unwrap_or_default()
}

/// Where an error happened, as far as a command needs to name it.
#[derive(Debug, Clone, Default)]
pub struct AdviceContext {
    /// The agent, when it is not the default one.
    pub agent: Option<AgentId>,
    /// The profile that failed last, and its kind.
    pub profile: Option<(ProfileId, CredentialKind)>,
    /// Its provider.
    pub provider: Option<String>,
    /// The model as it was asked for, with the profile that was pinned, when one was named.
    pub model: Option<String>,
    /// The agent's profiles, so that no command stores a credential under an id that is taken.
    pub stored: AuthProfiles,
    /// The moment, so that a time to come is also told as a duration.
    pub now: Option<Timestamp>,
    /// Whether the folder belongs to a newer OpenClaw, so that nothing can be stored there.
    pub newer: bool,
}

impl Error {
    /// What to do about it; nothing where the message says it all.
    #[must_use]
    pub fn advice(&self, context: &AdviceContext) -> Vec<Advice> {
        let named = context.agent.as_ref().map(AgentId::as_str);
        let agent = agent_flag(named);
        let provider = context.provider.as_deref().unwrap_or("anthropic");
        #[cfg(feature = "fs")]
        if let Self::ModelEdit(error) = self {
            return error.advice(named).into_iter().collect();
        }
        match self.kind() {
            ErrorKind::Config => self.config_advice().into_iter().collect(),
            ErrorKind::Store if self.is_no_store() => vec![Advice::new(
                "if it cannot be corrected, have it moved out of the way, beside its place",
                format!("openclaw doctor --fix{agent}"),
            )],
            ErrorKind::Store if matches!(self, Self::Store(StoreError::NewerOpenClaw { .. })) => vec![elsewhere()],
            ErrorKind::NoCredentials if context.newer => vec![elsewhere()],
            ErrorKind::NoCredentials => vec![Advice::store(provider, named)],
            ErrorKind::ProfileNotFound => self.missing_profile(context),
            ErrorKind::Unavailable if self.has_ended() => {
                // Which kind it was is not known here; a setup-token helps in any case, under an id of its own.
                let text = "the credential has ended (\"OAuth token refresh failed\" elsewhere); authenticate again: run \
                            `claude setup-token` and paste the token";
                vec![Advice::store_beside(text, provider, CredentialKind::Token, named, &context.stored)]
            }
            ErrorKind::Unavailable if self.has_no_end() => vec![Advice::new(
                "waiting does not help here: see why each profile cannot serve",
                self.explain(context),
            )],
            ErrorKind::Failed(FailureReason::AuthPermanent) if self.refuses_this_program() => {
                let text = "Anthropic accepts this setup-token only in its own products; use an API key here";
                vec![Advice::store_beside(text, provider, CredentialKind::ApiKey, named, &context.stored)]
            }
            ErrorKind::Unavailable | ErrorKind::Failed(FailureReason::RateLimit) => {
                vec![self.blocked(context, provider)]
            }
            ErrorKind::Failed(FailureReason::Auth) | ErrorKind::Failed(FailureReason::AuthPermanent) => {
                vec![refused(context, provider, named)]
            }
            ErrorKind::Failed(FailureReason::Billing) => vec![Advice {
                text: "buy credits in Anthropic's console (Plans & Billing), then try again".to_owned(),
                command: None,
            }],
            _ => Vec::new(),
        }
    }

    /// How to store the profile that was asked for. Its name is all that is known of it; what this program
    /// calls a token by itself is taken for one.
    fn missing_profile(&self, context: &AdviceContext) -> Vec<Advice> {
        let Self::ProfileNotFound { profile, .. } = self else { return Vec::new() };
        let agent = context.agent.as_ref().map(AgentId::as_str);
        let (provider, name) = profile.as_str().split_once(':').unwrap_or(("anthropic", profile.as_str()));
        let is_token = provider == "anthropic" && (name == "manual" || name.starts_with("setup-token"));
        let (kind, what, other) = if is_token {
            (CredentialKind::Token, "a setup-token", "paste-api-key takes an API key")
        } else {
            (CredentialKind::ApiKey, "an API key", "paste-token takes a setup-token")
        };
        let text = format!(
            "see which profiles there are with openclaw models status{}, or store {what} under this name ({other})",
            agent_flag(agent)
        );
        vec![Advice::store_as(&text, provider, kind, agent, Some(profile))]
    }

    /// What helps while every profile is blocked: waiting, or one more. An API key serves everybody, and
    /// under a name of its own it takes nobody's place.
    fn blocked(&self, context: &AdviceContext, provider: &str) -> Advice {
        let agent = context.agent.as_ref().map(AgentId::as_str);
        if let Some((profile, kind)) = self.all_refused(context) {
            let context = AdviceContext { profile: Some((profile, kind)), ..context.clone() };
            return refused(&context, provider, agent);
        }
        let text = format!(
            "wait, or add another profile; openclaw models status --json{} tells in auth.unusableProfiles who is \
             blocked until when{}",
            agent_flag(agent),
            self.soonest(context.now)
        );
        Advice::store_another(&text, provider, agent, &context.stored)
    }

    /// The first of the blocked profiles, if a refusal blocks each of them: waiting would not help then.
    fn all_refused(&self, context: &AdviceContext) -> Option<(ProfileId, CredentialKind)> {
        let Self::Exhausted(exhausted) = self else { return None };
        let unusable = exhausted.models.iter().flat_map(|record| &record.unusable);
        let mut blocked = unusable.filter(|one| one.reason.until().is_some()).peekable();
        let first = blocked.peek()?.profile.clone();
        let refused = |reason: &UnusableReason| {
            matches!(reason, UnusableReason::Cooldown { reason: Some(FailureReason::Auth), .. })
        };
        let kind = context.stored.get(&first)?.kind();
        blocked.all(|one| refused(&one.reason)).then_some((first, kind))
    }

    /// What repairs the configuration: a key that nobody knows can be taken away by a command, which
    /// also works on a file that is refused; anything else a person has to write.
    fn config_advice(&self) -> Option<Advice> {
        let Self::Config(error) = self else { return None };
        let in_a_file = |origin: &Origin| origin.source().file().is_some();
        let unknown = error.problems().iter().find_map(|problem| match &problem.kind {
            ProblemKind::UnknownKey { key, .. } if in_a_file(&problem.origin) => {
                let path = problem.path.key(key);
                // A command with a hidden part would not work.
                let whole = !key.contains(REDACTED) && shown_path(&path) == path.to_string();
                whole.then(|| path.to_string())
            }
            _ => None,
        });
        if let Some(path) = unknown {
            let command = format!("openclaw config unset {}", word(&path));
            return Some(Advice::new("correct the key in the file, or take it away", command));
        }
        error.origin().filter(|origin| in_a_file(origin))?;
        Some(Advice::new("correct the file at this place, then check it", "openclaw config validate"))
    }

    /// The command that shows of each profile why it does not serve, what its reference leads to included.
    fn explain(&self, context: &AdviceContext) -> String {
        let unresolved = match self {
            Self::Exhausted(exhausted) => {
                let mut unusable = exhausted.models.iter().flat_map(|record| &record.unusable);
                unusable.any(|one| one.reason == UnusableReason::UnresolvedRef)
            }
            _ => false,
        };
        let resolve = if unresolved { " --resolve" } else { "" };
        let model = context.model.as_ref().map(|model| option("model", model)).unwrap_or_default();
        let agent = agent_flag(context.agent.as_ref().map(AgentId::as_str));
        format!("openclaw models auth explain{resolve}{model}{agent}")
    }

    /// Whether a file stands in the place of a store that is none, and that a doctor sets aside.
    const fn is_no_store(&self) -> bool {
        matches!(self, Self::Store(StoreError::Syntax { .. } | StoreError::Shape { .. }))
    }

    /// Whether no time to come will free a profile, and one has ended.
    fn has_ended(&self) -> bool {
        let Self::Exhausted(exhausted) = self else { return false };
        let mut unusable = exhausted.models.iter().flat_map(|record| &record.unusable);
        exhausted.soonest.is_none() && unusable.any(|one| matches!(one.reason, UnusableReason::Expired { .. }))
    }

    /// Whether no time to come will free a profile.
    const fn has_no_end(&self) -> bool {
        matches!(self, Self::Exhausted(exhausted) if exhausted.soonest.is_none())
    }

    /// Whether the last word was that a credential is not meant for programs like this one.
    fn refuses_this_program(&self) -> bool {
        let Self::Exhausted(exhausted) = self else { return false };
        let tried = exhausted.models.iter().flat_map(|record| &record.tried);
        tried.last().is_some_and(|tried| tried.failure.message.contains("only authorized for use with Claude Code"))
    }

    /// When the first blocked profile is free again, as the end of a sentence.
    fn soonest(&self, now: Option<Timestamp>) -> String {
        let (Self::Exhausted(exhausted) | Self::Deadline(exhausted)) = self else { return String::new() };
        match (exhausted.soonest, now) {
            (Some(soonest), Some(now)) => {
                let seconds = soonest.since(now).as_millis().div_ceil(1000);
                let left = match seconds {
                    0..120 => format!("{seconds} s"),
                    120..7200 => format!("{} min", seconds.div_ceil(60)),
                    _ => format!("{} h", seconds.div_ceil(3600)),
                };
                format!(". The first is free again at {soonest}, in {left}")
            }
            (Some(soonest), None) => format!(". The first is free again at {soonest}"),
            (None, _) => String::new(),
        }
    }
}

/// The way out of a folder in which nothing may be written.
fn elsewhere() -> Advice {
    let text = "use a folder of your own, store a credential there, and try again; this is for the shell at hand";
    Advice::new(text, "export OPENCLAW_STATE_DIR=~/.openclaw-core")
}

fn refused(context: &AdviceContext, provider: &str, agent: Option<&str>) -> Advice {
    let (profile, kind) = match &context.profile {
        Some((profile, kind)) => (profile.as_str(), *kind),
        None => ("", CredentialKind::OAuth),
    };
    let why = match kind {
        CredentialKind::ApiKey => "the API key was refused",
        CredentialKind::Token => "the setup-token has expired or was revoked",
        CredentialKind::OAuth => "the credential was refused",
    };
    let is_stored = context.stored.profiles.contains_key(profile);
    let advice = if is_stored || profile.is_empty() {
        Advice::replace(provider, profile, kind, agent, &context.stored)
    } else {
        // It stands in the environment or in the configuration; a stored one goes before it.
        let text = match kind {
            CredentialKind::ApiKey => "correct it where it stands, or store a new API key, which goes before it",
            _ => "run `claude setup-token` and store the new token, which goes before the old one",
        };
        Advice::store_beside(text, provider, kind, agent, &context.stored)
    };
    Advice { text: format!("{why}; {}", advice.text), ..advice }
}
