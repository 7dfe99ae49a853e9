//! `agents`: who there is, and which models they use.

use std::fmt;

use indexmap::IndexMap;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::declare::{section, words};
use super::read;
use crate::config::shape::{Any, Others, Shape, Shaped};
use crate::id::AgentId;

/// The model when nobody configured one, as in OpenClaw 2026.1.
pub const DEFAULT_MODEL: &str = "anthropic/claude-opus-4-5";

section! {
    /// The agents and their models. What is not described here belongs to the assistant.
    pub struct AgentsSettings: [Default] {
        /// What holds for every agent.
        "defaults" => defaults: AgentDefaults,
        /// The agents, in their order.
        "list" => list: Vec<AgentSettings>,
    }
    others: Others::Assistant;
}

section! {
    /// What holds for every agent. What is not described here belongs to the assistant.
    pub struct AgentDefaults: [Default] {
        /// The model, and those that follow when it fails.
        "model" => model: ModelChoice,
        /// Settings of single models by reference (`anthropic/claude-opus-4-5`), in their order.
        "models" => models: IndexMap<String, ModelEntry>,
    }
    others: Others::Assistant;
}

section! {
    /// An agent. What is not described here belongs to the assistant.
    pub struct AgentSettings: [] {
        /// The agent's name.
        required "id" => id: AgentId = "read::agent",
        /// Whether it serves when none is named; else the first one does.
        "default" => default: bool,
        /// Its folder, as written (default `<state>/agents/<id>/agent`).
        "agentDir" => agent_dir: Option<String>,
        /// Its own model. A string keeps the default fallbacks.
        "model" => model: Option<ModelChoice>,
    }
    others: Others::Assistant;
}

section! {
    /// A model and its fallbacks: a string, or `{primary, fallbacks}`.
    pub struct ModelChoice: [Default, PartialEq, Eq] by hand {
        /// The model as written: an alias, a bare name or `provider/model`.
        "primary" => primary: Option<String>,
        /// The fallbacks as written, in their order. Without the key an agent inherits the default
        /// ones; an empty list means none.
        "fallbacks" => fallbacks: Option<Vec<String>>,
        /// The longest time for an answer in milliseconds (later releases; not used by openclaw-core).
        "timeoutMs": f64,
    }
    others: Others::Refuse;
}

impl Shaped for ModelChoice {
    const SHAPE: &'static Shape =
        &Shape::Either(&[&Shape::Text, Self::OBJECT], "a string or an object {primary, fallbacks}");
}

impl<'de> Deserialize<'de> for ModelChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = ModelChoice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an object {primary, fallbacks}")
            }

            fn visit_str<E>(self, text: &str) -> Result<ModelChoice, E> {
                Ok(ModelChoice { primary: Some(text.to_owned()), fallbacks: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ModelChoice, A::Error> {
                Object::deserialize(MapAccessDeserializer::new(map)).map(Into::into)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

section! {
    /// Settings of one model.
    pub struct ModelEntry: [Default] {
        /// Another name for it, in any case.
        "alias" => alias: Option<String>,
        /// What its requests carry.
        "params" => params: ModelParams,
        /// Whether answers are streamed to the assistant (later releases; not used by openclaw-core).
        "streaming": bool,
        /// What runs the agent with this model (later releases; not used by openclaw-core).
        "agentRuntime": Any,
    }
    others: Others::Refuse;
}

section! {
    /// What the requests of a model carry. Other parameters belong to the assistant.
    pub struct ModelParams: [Default, PartialEq] {
        /// How long the server keeps a cached prompt (API keys only).
        "cacheControlTtl" => cache_control_ttl: Option<CacheControlTtl>,
        /// The later name of the same; wins over `cacheControlTtl`.
        "cacheRetention" => cache_retention: Option<CacheRetention>,
        /// The randomness of answers, as the provider defines it.
        "temperature" => temperature: Option<f64>,
        /// The longest answer in tokens, from 1.
        "maxTokens" => max_tokens: Option<u32>,
    }
    others: Others::Free;
}

words! {
    /// How long the server keeps a cached prompt.
    pub enum CacheControlTtl: "5m or 1h" {
        /// Five minutes, which is what Anthropic does by itself.
        FiveMinutes = "5m",
        /// An hour, for which writing to the cache costs more.
        OneHour = "1h",
    }
}

words! {
    /// How prompts are cached.
    pub enum CacheRetention: "one of none, short, long" {
        /// Not at all.
        None = "none",
        /// As long as the server likes: five minutes.
        Short = "short",
        /// An hour.
        Long = "long",
    }
}
