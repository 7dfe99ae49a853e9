//! The configuration: JSON5 layers merged into one tree in which every value knows where it came from.
//!
//! ```
//! use openclaw_core::Env;
//! use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
//!
//! let file = "{\n  agents: { defaults: { model: 'anthropic/claude-opus-4-5' } },\n  gateway: { auth: { token: 'hidden' } },\n}";
//! let layer = ConfigLayer::parse(ConfigSource::File("openclaw.json".into()), file)?;
//! let config = Config::from_layers([layer], &Env::empty())?;
//!
//! let path = "agents.defaults.model".parse()?;
//! assert_eq!(config.settings().agents.defaults.model.primary.as_deref(), Some("anthropic/claude-opus-4-5"));
//! assert_eq!(config.origin(&path).unwrap().to_string(), "openclaw.json:2:32");
//! assert!(!format!("{config:?}").contains("hidden"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The sections that this library acts on come as [`Settings`]. A program reads its own ones into its
//! own types, with the same exactness and with errors that name the place and never the value:
//!
//! ```
//! # use openclaw_core::Env;
//! # use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
//! use secrecy::SecretString;
//!
//! #[derive(serde::Deserialize)]
//! struct Telegram {
//!     #[serde(rename = "botToken")]
//!     token: SecretString,
//!     #[serde(default)]
//!     retries: u8,
//! }
//!
//! let file = "{\n  channels: { telegram: { botToken: 'hidden', retries: 300 } },\n}";
//! let layer = ConfigLayer::parse(ConfigSource::File("openclaw.json".into()), file)?;
//! let config = Config::from_layers([layer], &Env::empty())?;
//!
//! let error = config.section::<Telegram>(&"channels.telegram".parse()?).err().unwrap();
//! assert_eq!(error.to_string(), "openclaw.json:2:56: channels.telegram.retries: expected u8");
//! assert!(config.section::<Telegram>(&"channels.signal".parse()?)?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The way of a text: scan → `$include` → layers merged → `${VAR}` → checked → [`Settings`]. The
//! texts of errors are those of OpenClaw where it has them, preceded by file, line and column.
//!
//! What JSON5 allows and not every reader keeps is decided here, and never silently:
//!
//! - Whole numbers are exact within 64 bits, signed or unsigned, also when written `1e3` or `1000.0`.
//!   Beyond them they are the nearest double, as in JavaScript, and are printed as that.
//! - `NaN`, `Infinity` and what no double holds (`1e400`) are refused in the sections described by
//!   [`Settings`]. Elsewhere they are read, told as [`WarningKind::NotInJson`], and printed as `null`,
//!   since JSON has no such number.
//! - Half a surrogate pair (`\ud800`) is no text that Rust or UTF-8 can hold; the scanner refuses it
//!   and says where.

mod decode;
mod deserialize;
mod dotenv;
mod error;
mod excerpt;
mod include;
mod json_schema;
mod layer;
#[cfg(feature = "fs")]
mod load;
mod looks;
mod merge;
mod names;
mod origin;
mod place;
mod print;
mod problem;
#[cfg(feature = "fs")]
mod save;
mod sections;
mod sensitive;
mod shape;
mod shown;
mod substitute;
mod typed;
mod validate;
mod value;
mod view;

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use deserialize::{SectionError, SectionErrorKind};
pub use dotenv::Dotenv;
pub use error::{ConfigError, IncludeError, IncludeFailure};
pub use excerpt::Excerpt;
pub use json_schema::json_schema;
pub use layer::ConfigLayer;
#[cfg(feature = "fs")]
pub use load::{load_default, state_env};
#[cfg(feature = "fs")]
pub(crate) use names::names_a_credential;
pub use origin::{ConfigSource, OVERRIDES_VARIABLE, Origin};
pub(crate) use print::REDACTED;
pub use problem::{ConfigWarning, Problem, ProblemKind, WarningKind};
#[cfg(feature = "fs")]
pub(crate) use save::edit_config_with;
#[cfg(feature = "fs")]
pub use save::{ConfigChange, ConfigFiles, FileChange, Owner, OwnerError, Preview, SaveError, Written, edit_config};
pub use sections::{
    AgentDefaults, AgentSettings, AgentsSettings, AuthMode, AuthProfileSettings, AuthSettings, CacheControlTtl,
    CacheRetention, CooldownSettings, DEFAULT_MODEL, ModelChoice, ModelEntry, ModelParams, ModelsSettings,
    ProviderAuth, ProviderSettings, SecretDefaults, SecretFileMode, SecretInput, SecretProvider, SecretReference,
    SecretReferenceSource, SecretsSettings, Settings,
};
pub use sensitive::shown_path;
pub use typed::{holds_secret, strict_edit, typed_edit};
#[cfg(feature = "fs")]
pub(crate) use validate::nearest;
pub use view::ConfigValue;

use crate::env::Env;
use crate::json5::Path;
use value::Tree;

/// A merged configuration. Cheap to clone; never changes.
///
/// `Debug` is redacted JSON.
#[derive(Clone)]
pub struct Config(Arc<Inner>);

struct Inner {
    root: Tree,
    settings: Settings,
    warnings: Vec<ConfigWarning>,
}

impl Config {
    /// Merges layers from the weakest to the strongest, puts `${VAR}` in and checks the result.
    ///
    /// Variables come from `env`, then from the configuration's own `env` block.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every problem at once.
    pub fn from_layers(layers: impl IntoIterator<Item = ConfigLayer>, env: &Env) -> Result<Self, ConfigError> {
        Self::build(layers, env, Vec::new())
    }

    fn build(
        layers: impl IntoIterator<Item = ConfigLayer>,
        env: &Env,
        mut warnings: Vec<ConfigWarning>,
    ) -> Result<Self, ConfigError> {
        let mut root = Tree::object(Origin::new(Arc::new(ConfigSource::Default), None));
        let mut problems = Vec::new();
        for layer in layers {
            layer.apply(&mut root, &mut problems, &mut warnings);
        }
        let mut filled = env.clone();
        if let Some(block) = root.get("env") {
            fill(&mut filled, &deserialize::read_with(block, sections::env_variables).unwrap_or_default());
        }
        substitute::substitute(&mut root, &filled, env, &mut problems);
        validate::validate(&root, &mut problems, &mut warnings);
        if !problems.is_empty() {
            problems.sort_by(|a, b| a.origin.cmp(&b.origin));
            return Err(ConfigError::Invalid { problems });
        }
        let settings = deserialize::read::<Settings>(&root)
            .map_err(|error| ConfigError::Invalid { problems: vec![error.into_problem(&root.origin)] })?;
        for (name, _) in settings.env.iter().filter(|(name, _)| dotenv::only_from_process(name)) {
            let path = [Path::keys(["env", name]), Path::keys(["env", "vars", name])];
            let found = path.into_iter().find_map(|path| Some((root.walk(path.segments())?.origin.clone(), path)));
            warnings.extend(found.map(|(origin, path)| {
                let kind = WarningKind::OnlyFromProcess { name: problem::hidden(name) };
                ConfigWarning { path, origin, kind }
            }));
        }
        Ok(Self(Arc::new(Inner { root, settings, warnings })))
    }

    /// The configuration of someone who has none.
    #[must_use]
    pub fn empty() -> Self {
        let root = Tree::object(Origin::new(Arc::new(ConfigSource::Default), None));
        Self(Arc::new(Inner { root, settings: Settings::default(), warnings: Vec::new() }))
    }

    /// The sections this library acts on.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The whole tree.
    #[must_use]
    pub fn root(&self) -> ConfigValue<'_> {
        ConfigValue(&self.0.root)
    }

    /// The value at a path, after substitution.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<ConfigValue<'_>> {
        self.0.root.walk(path.segments()).map(ConfigValue)
    }

    /// The value at a path, read into any type that serde can read: a program's own sections. `None` if
    /// there is no such value. What holds for secrets and numbers is said at
    /// [`ConfigValue::deserialize`].
    ///
    /// # Errors
    /// The value does not fit the type: path, file, line, column and what is expected, never the value.
    pub fn section<'c, T: Deserialize<'c>>(&'c self, path: &Path) -> Result<Option<T>, SectionError> {
        let read = |value: ConfigValue<'c>| value.deserialize().map_err(|error| error.below(path));
        self.get(path).map(read).transpose()
    }

    /// Where the value at a path was written: `openclaw.json:12:18`, `OPENCLAW_CONFIG_OVERRIDES:1:5`,
    /// `override:1:1` or `default`.
    #[must_use]
    pub fn origin(&self, path: &Path) -> Option<Origin> {
        self.get(path).map(|value| value.origin().clone())
    }

    /// What is worth telling: duplicate keys, unknown top-level keys, numbers that JSON does not have,
    /// variables that only the process may set.
    #[must_use]
    pub fn warnings(&self) -> &[ConfigWarning] {
        &self.0.warnings
    }

    /// `process` filled up with the configuration's `env` block, without the variables that count only
    /// from the process (`OPENCLAW_*`, `HOME`, `PATH`, proxies, base URLs).
    #[must_use]
    pub fn effective_env(&self, process: &Env) -> Env {
        let mut env = process.clone();
        fill(&mut env, &self.settings().env);
        env
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Config").field(&self.root()).finish()
    }
}

#[expect(clippy::disallowed_methods, reason = "edge: variables of the `env` block go into the environment")]
fn fill(env: &mut Env, block: &IndexMap<String, SecretString>) {
    for (name, value) in block.iter().filter(|(name, _)| !dotenv::only_from_process(name)) {
        env.fill(name, value.expose_secret());
    }
}
