//! From the configuration's words to models: aliases, candidates, parameters.

use thiserror::Error;

use super::{CacheTtl, PromptCache};
use crate::config::{
    AgentsSettings, CacheControlTtl, CacheRetention, DEFAULT_MODEL, ModelChoice, ModelEntry, ModelParams, Settings,
};
use crate::id::{AgentId, IdError, ModelRef};
use crate::secret::{printable, redact};

/// Shorthands of OpenClaw 2026.1. One applies only while its model is listed in
/// `agents.defaults.models` without an alias of its own.
const SHORTHANDS: [(&str, &str); 6] = [
    ("opus", "anthropic/claude-opus-4-5"),
    ("sonnet", "anthropic/claude-sonnet-4-5"),
    ("gpt", "openai/gpt-5.2"),
    ("gpt-mini", "openai/gpt-5-mini"),
    ("gemini", "google/gemini-3-pro-preview"),
    ("gemini-flash", "google/gemini-3-flash-preview"),
];

/// Why a text names no model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The text is neither an alias, nor a bare name, nor `provider/model`.
    #[error("{place} names no model: \"{}\"; write provider/model or an alias", printable(&redact(text)))]
    Invalid {
        /// Where the text stands: a path of the configuration, or `the request`.
        place: String,
        /// The text.
        text: String,
        /// What is wrong with it.
        #[source]
        source: IdError,
    },
}

/// What a request of a model carries unless the caller says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Params {
    /// Prompt caching; `None` when the configuration says nothing about it. `cacheRetention` wins
    /// over `cacheControlTtl`.
    pub cache: Option<PromptCache>,
    /// `temperature`
    pub temperature: Option<f64>,
    /// `maxTokens`
    pub max_tokens: Option<u32>,
}

/// The models that an agent is configured with, all references resolved.
///
/// ```
/// use openclaw_core::{ModelRef, ModelSelection};
/// let models = ModelSelection::new(ModelRef::parse("anthropic/claude-opus-4-5")?)
///     .with_fallbacks(vec![ModelRef::parse("anthropic/claude-sonnet-4-5")?]);
/// let requested = ModelRef::parse("anthropic/claude-haiku-4-5")?;
/// let candidates: Vec<_> = models.candidates(Some(&requested), None).iter().map(|m| m.model().to_owned()).collect();
/// assert_eq!(candidates, ["claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5"]);
/// # Ok::<(), openclaw_core::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSelection {
    primary: ModelRef,
    as_written: String,
    fallbacks: Vec<ModelRef>,
    aliases: Vec<(String, ModelRef)>,
    configured: Vec<ModelRef>,
    params: Vec<(ModelRef, Params)>,
}

impl ModelSelection {
    /// A selection without any configuration: one model.
    #[must_use]
    pub fn new(primary: ModelRef) -> Self {
        let as_written = primary.to_string();
        Self {
            primary,
            as_written,
            fallbacks: Vec::new(),
            aliases: Vec::new(),
            configured: Vec::new(),
            params: Vec::new(),
        }
    }

    /// The same selection with these fallbacks, in this order, each once.
    #[must_use]
    pub fn with_fallbacks(mut self, fallbacks: Vec<ModelRef>) -> Self {
        self.fallbacks = unique(fallbacks);
        self
    }

    /// The models of an agent. Its own `model` in `agents.list` may replace the primary, and the
    /// fallbacks where it names some, even none (`[]`); a string inherits them, as does an object
    /// without `fallbacks`. With nothing configured the primary is `anthropic/claude-opus-4-5`.
    ///
    /// # Errors
    /// A primary or fallback that names no model.
    pub fn from_settings(settings: &Settings, agent: &AgentId) -> Result<Self, ModelError> {
        let AgentsSettings { defaults, list } = &settings.agents;
        let listed = list.iter().enumerate().find(|(_, listed)| listed.id == *agent);
        let own = listed.and_then(|(at, listed)| Some((at, listed.model.as_ref()?)));
        let primary = own.and_then(|(at, own)| Some((format!("agents.list[{at}].model"), own.primary.as_deref()?)));
        let fallbacks = own.and_then(|(at, own)| Some((format!("agents.list[{at}].model"), own.fallbacks.as_deref()?)));
        let by_default = || "agents.defaults.model".to_owned();
        let ModelChoice { primary: default_primary, fallbacks: default_fallbacks } = &defaults.model;
        let (primary_at, primary) = primary
            .or_else(|| Some((by_default(), default_primary.as_deref()?)))
            .unwrap_or_else(|| (by_default(), DEFAULT_MODEL));
        let (fallbacks_at, fallbacks) =
            fallbacks.unwrap_or_else(|| (by_default(), default_fallbacks.as_deref().unwrap_or_default()));

        let entries: Vec<(ModelRef, &ModelEntry)> =
            defaults.models.iter().filter_map(|(key, entry)| Some((ModelRef::parse(key).ok()?, entry))).collect();
        let aliases = aliases(&entries);
        let resolve = |place: String, text: &str| lookup(&aliases, place, text);
        let resolved = resolve(primary_at, primary)?;
        let fallbacks = fallbacks.iter().enumerate();
        let fallbacks = fallbacks.map(|(at, text)| resolve(format!("{fallbacks_at}.fallbacks[{at}]"), text));
        let fallbacks = unique(fallbacks.collect::<Result<_, _>>()?);
        Ok(Self {
            primary: resolved,
            as_written: primary.trim().to_owned(),
            fallbacks,
            aliases,
            params: entries.iter().map(|(model, entry)| (model.clone(), params(&entry.params))).collect(),
            configured: unique(entries.into_iter().map(|(model, _)| model).collect()),
        })
    }

    /// The model that serves when the request names none.
    #[must_use]
    pub fn primary(&self) -> &ModelRef {
        &self.primary
    }

    /// The primary as the configuration has it: perhaps an alias.
    #[must_use]
    pub fn primary_as_written(&self) -> &str {
        &self.as_written
    }

    /// The models that follow, each once.
    #[must_use]
    pub fn fallbacks(&self) -> &[ModelRef] {
        &self.fallbacks
    }

    /// Aliases and shorthands that apply, in the order of `agents.defaults.models`.
    #[must_use]
    pub fn aliases(&self) -> &[(String, ModelRef)] {
        &self.aliases
    }

    /// The models of `agents.defaults.models`, in its order.
    #[must_use]
    pub fn configured(&self) -> &[ModelRef] {
        &self.configured
    }

    /// The model that a text names: an alias in any case, a bare name (of Anthropic), or
    /// `provider/model`.
    ///
    /// # Errors
    /// A blank text or a blank half.
    pub fn resolve(&self, text: &str) -> Result<ModelRef, ModelError> {
        lookup(&self.aliases, "the request".to_owned(), text)
    }

    /// The model that a person means who names one by hand: as
    /// [`resolve`](Self::resolve), but a built-in shorthand (`opus`, `sonnet`, …) is its model also
    /// where that one is not listed yet, unless a model of that very name is.
    ///
    /// ```
    /// use openclaw_core::{ModelRef, ModelSelection};
    /// let models = ModelSelection::new(ModelRef::parse("x/y")?);
    /// assert_eq!(models.choose("Opus")?.to_string(), "anthropic/claude-opus-4-5");
    /// assert_eq!(models.choose("anthropic/opus")?.to_string(), "anthropic/opus");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn choose(&self, text: &str) -> Result<ModelRef, ModelError> {
        let named = self.resolve(text)?;
        // Models with aliases are listed too.
        match shorthand(text).filter(|_| !self.configured.contains(&named)) {
            Some(target) => self.resolve(target),
            None => Ok(named),
        }
    }

    /// The models to try, in order, each once: the requested one or the primary, the fallbacks, the
    /// primary. A caller's own fallbacks replace everything after the first. (OpenClaw 2026.1 drops
    /// fallbacks that are not in `agents.defaults.models`; later releases and this library do not.)
    #[must_use]
    pub fn candidates(&self, requested: Option<&ModelRef>, own_fallbacks: Option<&[ModelRef]>) -> Vec<ModelRef> {
        let first = requested.unwrap_or(&self.primary);
        let rest: Vec<&ModelRef> = match own_fallbacks {
            Some(own) => own.iter().collect(),
            None => self.fallbacks.iter().chain([&self.primary]).collect(),
        };
        unique([first].into_iter().chain(rest).cloned().collect())
    }

    /// What `agents.defaults.models.<model>.params` says; nothing for a model that is not listed.
    #[must_use]
    pub fn params(&self, model: &ModelRef) -> Params {
        self.params.iter().find(|(listed, _)| listed == model).map(|(_, params)| *params).unwrap_or_default()
    }
}

/// The model behind a built-in shorthand, listed or not.
pub(crate) fn shorthand(text: &str) -> Option<&'static str> {
    let wanted = text.trim().to_lowercase();
    SHORTHANDS.into_iter().find(|(name, _)| *name == wanted).map(|(_, target)| target)
}

/// Explicit aliases first, then the shorthands of models without one. Of an alias that stands twice
/// the last one counts, as in OpenClaw.
fn aliases(entries: &[(ModelRef, &ModelEntry)]) -> Vec<(String, ModelRef)> {
    let own =
        |entry: &ModelEntry| entry.alias.as_deref().map(str::trim).filter(|alias| !alias.is_empty()).map(str::to_owned);
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let explicit: Vec<String> = entries.iter().filter_map(|(_, entry)| own(entry)).collect();
    let shorthand = |model: &ModelRef| {
        let (name, _) = SHORTHANDS.into_iter().find(|(_, target)| *target == model.to_string())?;
        explicit.iter().all(|alias| !same(alias, name)).then(|| name.to_owned())
    };
    let mut found: Vec<(String, ModelRef)> = Vec::new();
    for (model, entry) in entries {
        // An alias that is given, even an empty one, switches the shorthand off.
        let name = if entry.alias.is_some() { own(entry) } else { shorthand(model) };
        let Some(name) = name else { continue };
        found.retain(|(other, _)| !same(other, &name));
        found.push((name, model.clone()));
    }
    found
}

fn lookup(aliases: &[(String, ModelRef)], place: String, text: &str) -> Result<ModelRef, ModelError> {
    let wanted = text.trim().to_lowercase();
    if let Some((_, model)) = aliases.iter().find(|(alias, _)| !wanted.contains('/') && alias.to_lowercase() == wanted)
    {
        return Ok(model.clone());
    }
    ModelRef::parse(text).map_err(|source| ModelError::Invalid { place, text: text.to_owned(), source })
}

fn params(raw: &ModelParams) -> Params {
    let retention = raw.cache_retention.map(|retention| match retention {
        CacheRetention::None => PromptCache::Off,
        CacheRetention::Short => PromptCache::On,
        CacheRetention::Long => PromptCache::Ttl(CacheTtl::OneHour),
    });
    let ttl = raw.cache_control_ttl.map(|ttl| match ttl {
        CacheControlTtl::FiveMinutes => PromptCache::Ttl(CacheTtl::FiveMinutes),
        CacheControlTtl::OneHour => PromptCache::Ttl(CacheTtl::OneHour),
    });
    Params { cache: retention.or(ttl), temperature: raw.temperature, max_tokens: raw.max_tokens }
}

fn unique(models: Vec<ModelRef>) -> Vec<ModelRef> {
    let mut seen = Vec::with_capacity(models.len());
    for model in models {
        if !seen.contains(&model) {
            seen.push(model);
        }
    }
    seen
}

#[cfg(test)]
#[path = "selection_tests.rs"]
mod tests;
