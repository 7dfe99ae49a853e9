//! What to do about an error: the provider page's troubleshooting, as one exact command each.

mod shell;

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
            ErrorKind::NoCredentials => vec![Advice::store(provider, named)],
            ErrorKind::ProfileNotFound => vec![Advice::new(
                "see which profiles this agent has, or store this one with models auth paste-token --profile-id",
                format!("openclaw models status{agent}"),
            )],
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
            ErrorKind::Unavailable | ErrorKind::Failed(FailureReason::RateLimit) => vec![Advice::new(
                &format!(
                    "see auth.unusableProfiles for who is blocked until when; wait, or add another profile{}",
                    self.soonest(context.now)
                ),
                format!("openclaw models status --json{agent}"),
            )],
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
    let advice = Advice::replace(provider, profile, kind, agent, &context.stored);
    Advice { text: format!("{why}; {}", advice.text), ..advice }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{Credential, Expiry, Secret};
    use crate::profile::Profile;

    #[test]
    fn a_token_that_only_other_products_may_use_leads_to_an_api_key() {
        use crate::failover::{Blocked, Exhausted, ModelRecord, Tried};
        use crate::id::{ModelRef, ProviderId};
        use crate::outcome::Failure;
        let message =
            "This credential is only authorized for use with Claude Code and cannot be used for other API requests.";
        let profile = ProfileId::named(&ProviderId::anthropic(), "manual");
        let failure = Failure::new(FailureReason::AuthPermanent, message);
        let tried = vec![Tried { profile: profile.clone(), kind: CredentialKind::Token, failure }];
        let model = ModelRef::parse("claude-opus-4-5").unwrap();
        let record = ModelRecord { model, tried, blocked: Blocked::NoProfile, unusable: Vec::new() };
        let (agent, place) = (AgentId::main(), String::new());
        let error = Error::Exhausted(Box::new(Exhausted {
            agent,
            place,
            models: vec![record],
            soonest: None,
            details: Default::default(),
        }));
        let context = AdviceContext { profile: Some((profile, CredentialKind::Token)), ..AdviceContext::default() };
        let commands: Vec<_> = error.advice(&context).into_iter().filter_map(|advice| advice.command).collect();
        assert_eq!(commands, ["openclaw models auth paste-api-key --provider anthropic"]);
    }

    #[test]
    fn a_command_that_cannot_be_shown_whole_is_left_out() {
        let none = AuthProfiles::default();
        let command = |id: &str| Advice::replace("anthropic", id, CredentialKind::Token, None, &none).command;
        assert_eq!(
            command("-x").as_deref(),
            Some("openclaw models auth paste-token --provider anthropic --profile-id=-x")
        );
        assert_eq!((command("anthropic:sk-ant-oat01-abc"), command("a\0b")), (None, None));
    }

    #[test]
    fn a_credential_of_another_kind_is_stored_beside_what_has_the_usual_id() {
        let provider = ProviderId::anthropic();
        let mut stored = AuthProfiles::default();
        let token = Credential::Token { token: Secret::Missing, expires: Expiry::Never };
        for (name, expected) in [
            ("x", None),
            ("default", Some("anthropic:api-key")),
            ("api-key", Some("anthropic:api-key-2")),
            ("api-key-2", Some("anthropic:api-key-3")),
        ] {
            let profile = StoredProfile::Valid(Profile::new(provider.clone(), token.clone()));
            stored.profiles.insert(ProfileId::named(&provider, name), profile);
            let free = free_id(&stored, &provider, CredentialKind::ApiKey);
            assert_eq!(free.as_ref().map(ProfileId::as_str), expected, "{name}");
            assert_eq!(free_id(&stored, &provider, CredentialKind::Token), None);
        }
    }

    #[test]
    fn a_login_is_not_replaced_under_its_own_id() {
        let advice = Advice::replace(
            "anthropic",
            "anthropic:me@x.org",
            CredentialKind::OAuth,
            Some("work"),
            &AuthProfiles::default(),
        );
        assert_eq!(
            advice.command.as_deref(),
            Some("openclaw models auth paste-token --provider anthropic --agent work")
        );
        assert!(advice.text.starts_with("OAuth logins are not refreshed here"));
    }
}
