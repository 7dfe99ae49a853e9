//! What helps a credential whose probe is not `ok`.

use super::view::{ProbeKind, ProbeReason, ProbeResult};
use crate::advice::{Advice, agent_flag};
use crate::credential::CredentialKind;
use crate::health::FailureReason;
use crate::profile::AuthProfiles;
use crate::resolver::UnusableReason;

impl ProbeResult {
    /// What to do about it; `agent` when it is not the default one. Nothing where all is well, or where the
    /// error says it all.
    #[must_use]
    pub fn advice(&self, agent: Option<&str>, stored: &AuthProfiles) -> Option<Advice> {
        let flag = agent_flag(agent);
        let provider = self.provider.as_str();
        Some(match self.reason_code.as_ref()? {
            ProbeReason::Failed(reason) => return self.after_failure(*reason, agent, stored),
            ProbeReason::Unusable(reason) => match reason {
                UnusableReason::MissingCredential | UnusableReason::Expired { .. } | UnusableReason::InvalidExpires => {
                    self.replace(agent, stored)?
                }
                UnusableReason::UnresolvedRef => Advice::new(
                    "see what each reference leads to, and correct it there",
                    format!("openclaw models auth explain --resolve{flag}"),
                ),
                UnusableReason::Malformed => {
                    Advice::new("see what is wrong with the store", format!("openclaw doctor{flag}"))
                }
                _ => Advice::see_order(provider, agent),
            },
            ProbeReason::NoModel => {
                words("name a model of this provider after --probe-model, or in agents.defaults.model")
            }
            ProbeReason::Protocol | ProbeReason::Unconfigured => return None,
        })
    }

    fn after_failure(&self, reason: FailureReason, agent: Option<&str>, stored: &AuthProfiles) -> Option<Advice> {
        let flag = agent_flag(agent);
        Some(match reason {
            FailureReason::Auth | FailureReason::AuthPermanent => self.refused(agent, stored)?,
            FailureReason::Billing => words("buy credits in the provider's console (Plans & Billing)"),
            FailureReason::RateLimit | FailureReason::Overloaded => match self.until {
                Some(until) => words(&format!("wait until {until}, or let another credential serve")),
                None => words("wait a little, or let another credential serve"),
            },
            FailureReason::Timeout => Advice::new(
                "check the network and the provider's address, or give it more time",
                format!("openclaw models status --probe --probe-timeout 30000{flag}"),
            ),
            // A gateway need not have a list of models.
            FailureReason::ModelNotFound if self.probe == ProbeKind::Auth => Advice::new(
                "this server lists no models; a message tells whether it takes the credential, and costs a few tokens",
                format!("openclaw models status --probe-model{flag}"),
            ),
            FailureReason::ModelNotFound => words("name another model after --probe-model"),
            _ => return None,
        })
    }

    /// The credential was refused by the server itself.
    fn refused(&self, agent: Option<&str>, stored: &AuthProfiles) -> Option<Advice> {
        let provider = self.provider.as_str();
        if self.error.as_ref().is_some_and(|error| error.contains("only authorized for use with Claude Code")) {
            let text = "Anthropic accepts this setup-token only in its own products; use an API key here";
            return Some(Advice::store_beside(text, provider, CredentialKind::ApiKey, agent, stored));
        }
        if let Some(reference) = &self.reference {
            return Some(words(&format!("the secret that {reference} leads to was refused; put another one there")));
        }
        self.replace(agent, stored)
    }

    /// Another credential in its place.
    fn replace(&self, agent: Option<&str>, stored: &AuthProfiles) -> Option<Advice> {
        let (provider, kind) = (self.provider.as_str(), self.mode?);
        let Some(profile) = &self.profile_id else {
            let text = format!("change it where it stands ({}), or store one, which then serves instead", self.label);
            return Some(Advice::store_beside(&text, provider, kind, agent, stored));
        };
        // Stored under this kind, whatever it was sent as: nothing else may take its place unasked.
        let kind = stored.get(profile).map_or(kind, crate::profile::Profile::kind);
        Some(Advice::replace(provider, profile.as_str(), kind, agent, stored))
    }
}

fn words(text: &str) -> Advice {
    Advice { text: text.to_owned(), command: None }
}
