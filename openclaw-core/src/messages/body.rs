//! The JSON body, written in a stable order straight from the borrowed request.
//!
//! Two things are changed on the way: breakpoints of ours are added, and a Bearer request loses
//! every `ttl` of a `cache_control`.

use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value};

use super::render::{RenderError, RenderOptions};
use super::request::{Content, InputMessage, MessageRequest, Role};
use crate::credential::CredentialKind;
use crate::model::{CacheTtl, PromptCache};

/// Fields that are not the extra map's to set.
const RESERVED: [&str; 7] = ["model", "max_tokens", "system", "messages", "temperature", "stop_sequences", "stream"];

/// Data of tools and schemas: whatever stands there belongs to the caller and means nothing to the API's caching.
const OPAQUE: [&str; 4] = ["input", "input_examples", "input_schema", "schema"];

const CACHE_CONTROL: &str = "cache_control";

pub(super) fn render(request: &MessageRequest, options: &RenderOptions<'_>) -> Result<Bytes, RenderError> {
    if let Some(field) = RESERVED.into_iter().find(|field| request.extra.contains_key(*field)) {
        return Err(RenderError::ReservedField(field));
    }
    let temperature = request.temperature.or(options.temperature);
    if temperature.is_some_and(|value| !value.is_finite()) {
        return Err(RenderError::Temperature);
    }
    let strip = options.kind != CredentialKind::ApiKey;
    let body = Body { request, options, temperature, marks: Marks::place(request, options), strip };
    serde_json::to_vec(&body).map(Bytes::from).map_err(|_| RenderError::Body)
}

/// `{"type":"ephemeral"}`, with the life of the cache where that may be said.
#[derive(Clone, Copy)]
struct Mark(Option<CacheTtl>);

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "ephemeral")?;
        if let Some(ttl) = self.0 {
            map.serialize_entry("ttl", ttl.as_str())?;
        }
        map.end()
    }
}

/// A mark and the position of the block, tool or turn that bears it.
type Marked = Option<(usize, Mark)>;

/// Where our breakpoints go. The API allows four; these are at most three.
#[derive(Default)]
struct Marks {
    system: Marked,
    tool: Marked,
    /// The turn, and the block in it.
    turn: Option<(usize, (usize, Mark))>,
}

impl Marks {
    fn place(request: &MessageRequest, options: &RenderOptions<'_>) -> Self {
        let mark = match options.cache {
            PromptCache::Off => return Self::default(),
            PromptCache::Ttl(ttl) if options.kind == CredentialKind::ApiKey => Mark(Some(ttl)),
            PromptCache::Ttl(_) | PromptCache::On => Mark(None),
        };
        if has_breakpoint(request) {
            return Self::default();
        }
        let in_content = |content: &Content| match content {
            Content::Text(text) => (!text.trim().is_empty()).then_some((0, mark)),
            Content::Blocks(blocks) => blocks.iter().rposition(can_bear_mark).map(|at| (at, mark)),
        };
        let tools = request.extra.get("tools").and_then(Value::as_array);
        let turn = request.messages.iter().rposition(|turn| turn.role == Role::User);
        Self {
            system: request.system.as_ref().and_then(in_content),
            tool: tools.and_then(|tools| tools.iter().rposition(tool_can_bear_mark)).map(|at| (at, mark)),
            turn: turn.and_then(|at| Some((at, in_content(&request.messages.get(at)?.content)?))),
        }
    }
}

/// The API refuses a breakpoint on empty text and on thinking.
fn can_bear_mark(block: &Value) -> bool {
    let Value::Object(fields) = block else { return false };
    match fields.get("type").and_then(Value::as_str) {
        Some("thinking" | "redacted_thinking") | None => false,
        Some("text") => fields.get("text").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty()),
        Some(_) => true,
    }
}

/// The API refuses a breakpoint on a tool that is loaded only when searched for.
fn tool_can_bear_mark(tool: &Value) -> bool {
    tool.is_object() && tool.get("defer_loading") != Some(&Value::Bool(true))
}

fn has_breakpoint(request: &MessageRequest) -> bool {
    let in_content = |content: &Content| match content {
        Content::Text(_) => false,
        Content::Blocks(blocks) => blocks.iter().any(value_has_breakpoint),
    };
    request.system.as_ref().is_some_and(in_content)
        || request.messages.iter().any(|turn| in_content(&turn.content))
        || map_has_breakpoint(&request.extra)
}

fn value_has_breakpoint(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(value_has_breakpoint),
        Value::Object(fields) => map_has_breakpoint(fields),
        _ => false,
    }
}

fn map_has_breakpoint(fields: &Map<String, Value>) -> bool {
    fields.iter().any(|(name, value)| match name.as_str() {
        CACHE_CONTROL => !value.is_null(),
        name => !OPAQUE.contains(&name) && value_has_breakpoint(value),
    })
}

struct Body<'a> {
    request: &'a MessageRequest,
    options: &'a RenderOptions<'a>,
    temperature: Option<f64>,
    marks: Marks,
    strip: bool,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { request, options, temperature, ref marks, strip } = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", options.model)?;
        map.serialize_entry("max_tokens", &request.max_tokens.unwrap_or(options.default_max_tokens))?;
        if let Some(content) = &request.system {
            map.serialize_entry("system", &WireContent { content, mark: marks.system, strip })?;
        }
        map.serialize_entry("messages", &Turns { turns: &request.messages, mark: marks.turn, strip })?;
        if let Some(temperature) = temperature {
            map.serialize_entry("temperature", &temperature)?;
        }
        if !request.stop_sequences.is_empty() {
            map.serialize_entry("stop_sequences", &request.stop_sequences)?;
        }
        map.serialize_entry("stream", &options.stream)?;
        for (name, value) in &request.extra {
            match (name.as_str(), value) {
                ("tools", Value::Array(items)) => {
                    map.serialize_entry(name, &Items { items, mark: marks.tool, strip })?;
                }
                _ => entry(&mut map, name, value, strip)?,
            }
        }
        map.end()
    }
}

struct Turns<'a> {
    turns: &'a [InputMessage],
    mark: Option<(usize, (usize, Mark))>,
    strip: bool,
}

impl Serialize for Turns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.turns.iter().enumerate().map(|(at, turn)| Turn {
            turn,
            mark: self.mark.filter(|mark| mark.0 == at).map(|mark| mark.1),
            strip: self.strip,
        }))
    }
}

struct Turn<'a> {
    turn: &'a InputMessage,
    mark: Marked,
    strip: bool,
}

impl Serialize for Turn<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("role", self.turn.role.as_str())?;
        let content = &self.turn.content;
        map.serialize_entry("content", &WireContent { content, mark: self.mark, strip: self.strip })?;
        map.end()
    }
}

struct WireContent<'a> {
    content: &'a Content,
    mark: Marked,
    strip: bool,
}

impl Serialize for WireContent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.content, self.mark) {
            (Content::Text(text), None) => serializer.serialize_str(text),
            (Content::Text(text), Some((_, mark))) => serializer.collect_seq([TextBlock { text, mark }]),
            (Content::Blocks(items), mark) => Items { items, mark, strip: self.strip }.serialize(serializer),
        }
    }
}

/// Plain text as the block that a breakpoint needs.
struct TextBlock<'a> {
    text: &'a str,
    mark: Mark,
}

impl Serialize for TextBlock<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("type", "text")?;
        map.serialize_entry("text", self.text)?;
        map.serialize_entry(CACHE_CONTROL, &self.mark)?;
        map.end()
    }
}

/// Blocks or tools, one of which may bear a mark.
struct Items<'a> {
    items: &'a [Value],
    mark: Marked,
    strip: bool,
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.items.len()))?;
        for (at, value) in self.items.iter().enumerate() {
            let mark = self.mark.filter(|mark| mark.0 == at).map(|mark| mark.1);
            seq.serialize_element(&Wire { value, mark, strip: self.strip })?;
        }
        seq.end()
    }
}

/// A value of the caller's.
struct Wire<'a> {
    value: &'a Value,
    mark: Option<Mark>,
    strip: bool,
}

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            value if !self.strip && self.mark.is_none() => value.serialize(serializer),
            Value::Array(items) => Items { items, mark: None, strip: self.strip }.serialize(serializer),
            Value::Object(fields) => {
                let mut map = serializer.serialize_map(None)?;
                // Where a mark goes, the caller's own can only be null.
                for (name, value) in fields.iter().filter(|(name, _)| self.mark.is_none() || *name != CACHE_CONTROL) {
                    entry(&mut map, name, value, self.strip)?;
                }
                if let Some(mark) = self.mark {
                    map.serialize_entry(CACHE_CONTROL, &mark)?;
                }
                map.end()
            }
            value => value.serialize(serializer),
        }
    }
}

fn entry<M: SerializeMap>(map: &mut M, name: &str, value: &Value, strip: bool) -> Result<(), M::Error> {
    match value {
        _ if !strip || OPAQUE.contains(&name) => map.serialize_entry(name, value),
        Value::Object(fields) if name == CACHE_CONTROL => map.serialize_entry(name, &WithoutTtl(fields)),
        value => map.serialize_entry(name, &Wire { value, mark: None, strip }),
    }
}

struct WithoutTtl<'a>(&'a Map<String, Value>);

impl Serialize for WithoutTtl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().filter(|(name, _)| *name != "ttl"))
    }
}
