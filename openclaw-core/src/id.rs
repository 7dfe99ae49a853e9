//! The names things go by: providers, profiles, agents and models.
//!
//! Each is a small, cheaply cloned value that was normalised once, where it was
//! parsed, so that two equal names are equal everywhere.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is not a usable name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IdError {
    /// The text is empty or blank.
    #[error("a {0} must not be empty")]
    Empty(&'static str),
    /// A model reference lacks a half: `provider/` or `/model`.
    #[error("invalid model reference \"{0}\": expected provider/model")]
    ModelReference(String),
    /// The text holds a control character, which no name may carry to a terminal or a file.
    #[error("a {0} must not hold control characters")]
    Control(&'static str),
}

macro_rules! name {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name! {
    /// A provider of models, in the spelling that everything else compares: trimmed, lower case,
    /// with OpenClaw's older spellings replaced (`z.ai` becomes `zai`).
    ProviderId
}

impl ProviderId {
    /// The provider this library speaks to by itself.
    #[must_use]
    pub fn anthropic() -> Self {
        Self(Arc::from("anthropic"))
    }

    /// Normalises a provider's name. Blank text stays blank and equals nothing that is configured.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let lower = text.trim().to_lowercase();
        Self(Arc::from(match lower.as_str() {
            "z.ai" | "z-ai" => "zai",
            "opencode-zen" => "opencode",
            "qwen" => "qwen-portal",
            "kimi-code" => "kimi-coding",
            other => other,
        }))
    }
}

impl<'de> Deserialize<'de> for ProviderId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

name! {
    /// The name of one stored credential, conventionally `<provider>:<name>`. Taken verbatim.
    ProfileId
}

impl ProfileId {
    /// A profile id exactly as given.
    ///
    /// # Errors
    /// Blank text and text with control characters is refused.
    pub fn new(text: &str) -> Result<Self, IdError> {
        if text.trim().is_empty() {
            return Err(IdError::Empty("profile id"));
        }
        if text.chars().any(char::is_control) {
            return Err(IdError::Control("profile id"));
        }
        Ok(Self(Arc::from(text)))
    }

    /// A profile id that was read from a file: whatever stands there, since it must be written back.
    pub(crate) fn verbatim(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// `<provider>:<slug of name>`, as OpenClaw makes it: lower case, runs of anything but
    /// `[a-z0-9._-]` become one `-`, none at either end, and an empty name is `default`.
    #[must_use]
    pub fn named(provider: &ProviderId, name: &str) -> Self {
        let mut slug = String::with_capacity(name.len());
        for c in name.trim().to_lowercase().chars() {
            let kept = matches!(c, 'a'..='z' | '0'..='9' | '.' | '_');
            if kept {
                slug.push(c);
            } else if !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let slug = slug.trim_matches('-');
        let slug = if slug.is_empty() { "default" } else { slug };
        Self(Arc::from(format!("{provider}:{slug}")))
    }
}

impl<'de> Deserialize<'de> for ProfileId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::verbatim(&text))
    }
}

name! {
    /// The name of an agent: at most 64 characters of `[a-z0-9_-]`, so it is safe as a folder's name.
    AgentId
}

impl AgentId {
    /// The agent that exists without any configuration.
    #[must_use]
    pub fn main() -> Self {
        Self(Arc::from("main"))
    }

    /// Normalises an agent's name: trimmed, lower case, every other character becomes `-`, at most
    /// 64 characters. Blank text, or text of which nothing is left, is `main`.
    ///
    /// ```
    /// use openclaw_core::AgentId;
    /// assert_eq!(AgentId::new("../Work Mail").as_str(), "work-mail");
    /// assert_eq!(AgentId::new("..").as_str(), "main");
    /// ```
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut id = String::with_capacity(text.len().min(64));
        for c in text.trim().to_lowercase().chars() {
            if matches!(c, 'a'..='z' | '0'..='9' | '_' | '-') {
                id.push(c);
            } else if !id.ends_with('-') {
                id.push('-');
            }
        }
        let id: String = id.trim_matches('-').chars().take(64).collect();
        let id = id.trim_end_matches('-');
        if id.is_empty() { Self::main() } else { Self(Arc::from(id)) }
    }
}

impl Default for AgentId {
    fn default() -> Self {
        Self::main()
    }
}

/// A model of a provider, written `provider/model`.
///
/// The provider is normalised, the model keeps its case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelRef {
    provider: ProviderId,
    model: Arc<str>,
}

impl ModelRef {
    /// A reference made of its two halves.
    #[must_use]
    pub fn new(provider: ProviderId, model: &str) -> Self {
        Self { provider, model: Arc::from(model.trim()) }
    }

    /// Parses `provider/model`, split at the first `/`. A bare name is a model of Anthropic, and
    /// OpenClaw's short spellings `opus-4.5` and `sonnet-4.5` are understood.
    ///
    /// ```
    /// use openclaw_core::ModelRef;
    /// assert_eq!(ModelRef::parse("opus-4.5")?.to_string(), "anthropic/claude-opus-4-5");
    /// assert_eq!(ModelRef::parse("OpenRouter/a/b")?.to_string(), "openrouter/a/b");
    /// assert!(ModelRef::parse("x/").is_err());
    /// # Ok::<(), openclaw_core::IdError>(())
    /// ```
    ///
    /// # Errors
    /// A blank text or a blank half is refused.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(IdError::Empty("model reference"));
        }
        if text.chars().any(char::is_control) {
            return Err(IdError::Control("model reference"));
        }
        let (provider, model) = match text.split_once('/') {
            Some((provider, model)) => (ProviderId::new(provider), model.trim()),
            None => (ProviderId::anthropic(), text),
        };
        if provider.as_str().is_empty() || model.is_empty() {
            return Err(IdError::ModelReference(text.to_owned()));
        }
        let model = match (provider.as_str(), model.to_lowercase().as_str()) {
            ("anthropic", "opus-4.5") => "claude-opus-4-5",
            ("anthropic", "sonnet-4.5") => "claude-sonnet-4-5",
            _ => model,
        };
        Ok(Self { provider, model: Arc::from(model) })
    }

    /// Splits a request such as `opus@anthropic:work` into the model and the pinned profile, at the
    /// first `@` that is followed by a provider's name and a colon.
    #[must_use]
    pub fn split_profile(text: &str) -> (&str, Option<&str>) {
        for (at, _) in text.match_indices('@') {
            let (model, profile) = (text.get(..at).unwrap_or(""), text.get(at + 1..).unwrap_or(""));
            let provider = profile.split_once(':').map_or("", |(provider, _)| provider);
            let named =
                !provider.is_empty() && provider.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
            if named {
                return (model, Some(profile));
            }
        }
        (text, None)
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The model's name as the provider knows it.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

impl Serialize for ModelRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_names_become_slugs() {
        let slug = |name| ProfileId::named(&ProviderId::anthropic(), name).to_string();
        for (name, id) in [
            ("", "anthropic:default"),
            ("My Work!", "anthropic:my-work"),
            ("--x--", "anthropic:x"),
            ("a..b", "anthropic:a..b"),
            ("a@b.co", "anthropic:a-b.co"),
            ("ü", "anthropic:default"),
            ("a--b", "anthropic:a-b"),
        ] {
            assert_eq!(slug(name), id, "{name:?}");
        }
    }

    #[test]
    fn agents_are_safe_folder_names() {
        for (text, id) in [("Work", "work"), ("a/b", "a-b"), ("..", "main"), ("", "main"), ("a\0b", "a-b")] {
            assert_eq!(AgentId::new(text).as_str(), id, "{text:?}");
        }
        assert_eq!(AgentId::new(&"x".repeat(4096)).as_str().len(), 64);
    }

    #[test]
    fn a_pinned_profile_is_split_off_at_the_first_provider() {
        assert_eq!(ModelRef::split_profile("opus@anthropic:a@b.co"), ("opus", Some("anthropic:a@b.co")));
        assert_eq!(ModelRef::split_profile("p/m@2026@anthropic:x"), ("p/m@2026", Some("anthropic:x")));
        assert_eq!(ModelRef::split_profile("p/m@2026"), ("p/m@2026", None));
    }

    #[test]
    fn model_references() {
        for (text, expected) in [
            ("claude-opus-4-5", Some("anthropic/claude-opus-4-5")),
            ("Anthropic/Claude-X", Some("anthropic/Claude-X")),
            ("z.ai/glm", Some("zai/glm")),
            ("x/", None),
            ("/x", None),
            (" ", None),
        ] {
            assert_eq!(ModelRef::parse(text).ok().map(|m| m.to_string()).as_deref(), expected, "{text:?}");
        }
    }
}
