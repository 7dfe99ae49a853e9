//! What to do about an error: the provider page's troubleshooting, as one exact command each.

use crate::credential::CredentialKind;
use crate::error::{Error, ErrorKind};
use crate::health::FailureReason;
use crate::id::{AgentId, ProfileId};

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Advice {
    /// What to do, in words.
    pub text: String,
    /// The command that does it.
    pub command: Option<String>,
}

impl Advice {
    fn new(text: &str, command: impl Into<String>) -> Self {
        Self { text: text.to_owned(), command: Some(command.into()) }
    }
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
}

impl Error {
    /// What to do about it; nothing where the message says it all.
    #[must_use]
    pub fn advice(&self, context: &AdviceContext) -> Vec<Advice> {
        let agent = context.agent.as_ref().map(|agent| format!(" --agent {agent}")).unwrap_or_default();
        let provider = context.provider.as_deref().unwrap_or("anthropic");
        match self.kind() {
            ErrorKind::NoCredentials => vec![Advice::new(
                "credentials are per agent, and new agents do not inherit them; store one for this agent",
                format!("openclaw models auth paste-api-key --provider {provider}{agent}"),
            )],
            ErrorKind::ProfileNotFound => vec![Advice::new(
                "see which profiles this agent has, or store this one with models auth paste-token --profile-id",
                format!("openclaw models status{agent}"),
            )],
            ErrorKind::Unavailable => vec![Advice::new(
                "see auth.unusableProfiles for who is blocked until when; wait, or add another profile",
                format!("openclaw models status --json{agent}"),
            )],
            ErrorKind::Failed(FailureReason::Auth) | ErrorKind::Failed(FailureReason::AuthPermanent) => {
                vec![refused(context, provider, &agent)]
            }
            ErrorKind::Failed(FailureReason::Billing) => vec![Advice {
                text: "buy credits in Anthropic's console (Plans & Billing), then try again".to_owned(),
                command: None,
            }],
            ErrorKind::Failed(FailureReason::RateLimit) => vec![Advice::new(
                "see auth.unusableProfiles for who is blocked until when; wait, or add another profile",
                format!("openclaw models status --json{agent}"),
            )],
            _ => Vec::new(),
        }
    }
}

fn refused(context: &AdviceContext, provider: &str, agent: &str) -> Advice {
    match &context.profile {
        Some((profile, CredentialKind::ApiKey)) => Advice::new(
            "the API key was refused; create a new one in Anthropic's console and store it in its place",
            format!("openclaw models auth paste-api-key --provider {provider} --profile-id {profile}{agent}"),
        ),
        Some((profile, CredentialKind::Token)) => Advice::new(
            "the setup-token has expired or was revoked; run `claude setup-token` and paste the new one in its place",
            format!("openclaw models auth paste-token --provider {provider} --profile-id {profile}{agent}"),
        ),
        _ => Advice::new(
            "the credential was refused; run `claude setup-token` and paste the token",
            format!("openclaw models auth paste-token --provider {provider}{agent}"),
        ),
    }
}
