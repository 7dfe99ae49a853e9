//! What the configuration still says about a profile that is gone.

use super::Installation;
use crate::advice::{Advice, word};
use crate::id::ProfileId;
use crate::json5::{Path, quote};

impl Installation {
    /// The places of `auth.profiles` and `auth.order` that name the profile, each with the command
    /// that takes it out. The configuration is shared by all agents, so whether it should go is for a
    /// person to say: another agent may have a profile of that name.
    #[must_use]
    pub fn mentions(&self, id: &ProfileId) -> Vec<Advice> {
        let auth = &self.config.settings().auth;
        let mut found = Vec::new();
        if auth.profiles.contains_key(id.as_str()) {
            let path = Path::keys(["auth", "profiles", id.as_str()]);
            let command = format!("openclaw config unset {}", word(&path.to_string()));
            found.push(Advice::new("auth.profiles of the configuration still lists it", command));
        }
        for (provider, order) in auth.order.iter().filter(|(_, order)| order.contains(id)) {
            let path = self.order_path(provider);
            let rest: Vec<String> =
                order.iter().filter(|other| *other != id).map(|other| quote(other.as_str()).to_string()).collect();
            let command = if rest.is_empty() {
                // An empty list would mean that nobody may serve.
                format!("openclaw config unset {}", word(&path.to_string()))
            } else {
                let list = format!("[{}]", rest.join(", "));
                format!("openclaw config set {} {}", word(&path.to_string()), word(&list))
            };
            found.push(Advice::new(&format!("{path} of the configuration still names it"), command));
        }
        found
    }
}
