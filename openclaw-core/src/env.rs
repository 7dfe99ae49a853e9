//! The environment as a value that is passed down. Nothing here reads or changes the process's own
//! environment except [`Env::from_process`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use zeroize::Zeroizing;

/// Environment variables. `Debug` shows names only, since values may be secrets.
///
/// ```
/// use openclaw_core::Env;
/// let env = Env::empty().with("ANTHROPIC_API_KEY", "sk-ant-api03-secret");
/// assert!(env.get("ANTHROPIC_API_KEY").is_some());
/// assert_eq!(format!("{env:?}"), "Env([\"ANTHROPIC_API_KEY\"])");
/// ```
#[derive(Clone, Default)]
pub struct Env {
    vars: BTreeMap<String, Zeroizing<String>>,
    /// Variables of the process whose value is not UTF-8.
    unreadable: BTreeSet<String>,
}

impl Env {
    /// An environment without variables.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A copy of the process's environment. Variables that are not UTF-8 are left out, and remembered
    /// by name ([`is_unreadable`](Self::is_unreadable)).
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "edge: the one place that reads the process environment")]
    pub fn from_process() -> Self {
        let mut env = Self::empty();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => env = env.with(&name, &value),
                Err(_) => drop(env.unreadable.insert(name)),
            }
        }
        env
    }

    /// Whether the process has this variable with a value that is not UTF-8: it is set, and yet
    /// nobody can act on it.
    #[must_use]
    pub fn is_unreadable(&self, name: &str) -> bool {
        self.unreadable.contains(name)
    }

    /// This environment with one variable set.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.to_owned(), Zeroizing::new(value.to_owned()));
        self
    }

    /// Sets a variable unless it already has a value that is not blank: how a weaker source
    /// (`<state>/.env`, the config's `env` block) fills up a stronger one.
    pub fn fill(&mut self, name: &str, value: &str) {
        if self.get(name).is_none() && !value.trim().is_empty() {
            self.vars.insert(name.to_owned(), Zeroizing::new(value.to_owned()));
        }
    }

    /// The variable's value, untrimmed; `None` when it is unset or blank.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(|value| value.as_str()).filter(|value| !value.trim().is_empty())
    }

    /// The names of all variables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.vars.keys().map(String::as_str)
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Env").field(&self.names().collect::<Vec<_>>()).finish()
    }
}
