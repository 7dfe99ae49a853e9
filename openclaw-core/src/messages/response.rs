//! What the model answered.
//!
//! Reading is lenient: unknown fields and kinds of blocks never fail, since the API adds both
//! without a new version. What makes an answer a message must be there.

use serde_json::{Map, Value};

use super::error::WireError;
use super::error_body;
use super::request::Role;

/// The tokens of one answer, as the provider counted them. Missing counts are 0.
///
/// ```
/// use openclaw_core::messages::Message;
/// let message = Message::from_json(br#"{"content":[],"usage":{"input_tokens":7,"cache_read_input_tokens":null}}"#)?;
/// assert_eq!((message.usage.input_tokens, message.usage.cache_read_input_tokens), (7, 0));
/// # Ok::<(), openclaw_core::messages::WireError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens read that were neither written to nor found in the cache.
    pub input_tokens: u64,
    /// Tokens written by the model.
    pub output_tokens: u64,
    /// Tokens written to the cache.
    pub cache_creation_input_tokens: u64,
    /// Tokens found in the cache.
    pub cache_read_input_tokens: u64,
}

impl Usage {
    pub(super) fn from_value(value: Option<&Value>) -> Self {
        let count = |name| value.and_then(|usage| usage.get(name)).and_then(Value::as_u64).unwrap_or(0);
        Self {
            input_tokens: count("input_tokens"),
            output_tokens: count("output_tokens"),
            cache_creation_input_tokens: count("cache_creation_input_tokens"),
            cache_read_input_tokens: count("cache_read_input_tokens"),
        }
    }

    /// Takes in a later report of the same answer. Counts of a stream are cumulative, and a report
    /// may leave some out: the larger one is the newer one.
    pub(super) fn absorb(&mut self, later: &Self) {
        self.input_tokens = self.input_tokens.max(later.input_tokens);
        self.output_tokens = self.output_tokens.max(later.output_tokens);
        self.cache_creation_input_tokens = self.cache_creation_input_tokens.max(later.cache_creation_input_tokens);
        self.cache_read_input_tokens = self.cache_read_input_tokens.max(later.cache_read_input_tokens);
    }
}

/// One block of an answer. `extra` holds the fields without a place of their own (`citations`, …),
/// so that a block can be sent back as it came ([`Content::from`](super::Content)).
///
/// ```
/// use openclaw_core::messages::ContentBlock;
/// use serde_json::json;
/// let block = ContentBlock::from_value(json!({"type": "tool_use", "id": "t1", "name": "clock", "input": {}}));
/// assert!(matches!(&block, ContentBlock::ToolUse { name, .. } if name == "clock"));
/// let newer = json!({"type": "hologram", "x": 1});
/// assert_eq!(ContentBlock::from_value(newer.clone()), ContentBlock::Other(newer));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ContentBlock {
    /// Text for the reader.
    Text {
        /// The text.
        text: String,
        /// Further fields.
        extra: Map<String, Value>,
    },
    /// The model's thinking.
    Thinking {
        /// The thinking, perhaps only a summary of it.
        thinking: String,
        /// Anthropic's signature, without which it cannot be sent back; empty when there is none.
        signature: String,
        /// Further fields.
        extra: Map<String, Value>,
    },
    /// The model asks for a tool of the program's.
    ToolUse {
        /// The name that the tool's result must carry.
        id: String,
        /// Which tool.
        name: String,
        /// The tool's arguments. An object, unless the model was cut short in the middle of it
        /// (`stop_reason` is `max_tokens`): then the text that arrived, as a string.
        input: Value,
        /// Further fields.
        extra: Map<String, Value>,
    },
    /// Any other block, as it came.
    Other(Value),
}

impl ContentBlock {
    /// Reads a block. One that lacks what its kind needs is [`Self::Other`].
    #[must_use]
    pub fn from_value(value: Value) -> Self {
        let Value::Object(mut fields) = value else { return Self::Other(value) };
        let is_text = |name: &str| fields.get(name).is_some_and(Value::is_string);
        match fields.get("type").and_then(Value::as_str) {
            Some("text") if is_text("text") => {
                let text = take_text(&mut fields, "text");
                Self::Text { text, extra: without_type(fields) }
            }
            Some("thinking") if is_text("thinking") => {
                let thinking = take_text(&mut fields, "thinking");
                let signature = take_text(&mut fields, "signature");
                Self::Thinking { thinking, signature, extra: without_type(fields) }
            }
            Some("tool_use") if is_text("id") && is_text("name") => {
                let (id, name) = (take_text(&mut fields, "id"), take_text(&mut fields, "name"));
                let input = fields.remove("input").unwrap_or_default();
                Self::ToolUse { id, name, input, extra: without_type(fields) }
            }
            _ => Self::Other(Value::Object(fields)),
        }
    }

    /// The block as it stands on the wire.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let (kind, own, extra) = match self {
            Self::Other(value) => return value.clone(),
            Self::Text { text, extra } => ("text", vec![("text", Value::from(text.as_str()))], extra),
            Self::Thinking { thinking, signature, extra } => {
                let mut own = vec![("thinking", Value::from(thinking.as_str()))];
                if !signature.is_empty() {
                    own.push(("signature", Value::from(signature.as_str())));
                }
                ("thinking", own, extra)
            }
            Self::ToolUse { id, name, input, extra } => {
                let own = vec![("id", id.as_str().into()), ("name", name.as_str().into()), ("input", input.clone())];
                ("tool_use", own, extra)
            }
        };
        let mut fields = extra.clone();
        fields.insert("type".to_owned(), kind.into());
        fields.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Value::Object(fields)
    }
}

/// A whole answer.
///
/// ```
/// use openclaw_core::messages::Message;
/// let message = Message::from_json(
///     br#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-5",
///          "content":[{"type":"text","text":"Bonjour"}],"stop_reason":"end_turn","usage":{"output_tokens":3}}"#,
/// )?;
/// assert_eq!(message.text(), "Bonjour");
/// assert_eq!(message.stop_reason.as_deref(), Some("end_turn"));
/// # Ok::<(), openclaw_core::messages::WireError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Message {
    /// The answer's name, `msg_…`.
    pub id: String,
    /// The model that answered, in the provider's spelling.
    pub model: String,
    /// Who speaks: the assistant.
    pub role: Role,
    /// The blocks of the answer.
    pub content: Vec<ContentBlock>,
    /// Why the model stopped: `end_turn`, `max_tokens`, `stop_sequence`, `tool_use`, `refusal`, or a later word.
    pub stop_reason: Option<String>,
    /// The stop sequence that was met.
    pub stop_sequence: Option<String>,
    /// The tokens used.
    pub usage: Usage,
}

impl Message {
    /// Reads a whole JSON answer.
    ///
    /// # Errors
    /// [`WireError::Json`] when it is not JSON, [`WireError::Api`] when it is an error in the provider's
    /// shape (some gateways send one with status 200), [`WireError::Shape`] when it is neither.
    pub fn from_json(body: &[u8]) -> Result<Self, WireError> {
        let value: Value = serde_json::from_slice(body).map_err(|error| WireError::json("the answer", &error))?;
        match value.as_object().and_then(error_body::from_fields) {
            Some(error) => Err(WireError::Api(error)),
            None => Self::from_value(value),
        }
    }

    pub(super) fn from_value(value: Value) -> Result<Self, WireError> {
        let Value::Object(mut fields) = value else { return Err(WireError::Shape("a message is not an object")) };
        if fields.get("type").is_some_and(|kind| kind != "message") {
            return Err(WireError::Shape("the type of a message is not \"message\""));
        }
        let Some(Value::Array(content)) = fields.remove("content") else {
            return Err(WireError::Shape("a message has no content"));
        };
        if !content.iter().all(Value::is_object) {
            return Err(WireError::Shape("a block is not an object"));
        }
        Ok(Self {
            id: take_text(&mut fields, "id"),
            model: take_text(&mut fields, "model"),
            role: if fields.get("role").is_some_and(|role| role == "user") { Role::User } else { Role::Assistant },
            content: content.into_iter().map(ContentBlock::from_value).collect(),
            stop_reason: take_optional_text(&mut fields, "stop_reason"),
            stop_sequence: take_optional_text(&mut fields, "stop_sequence"),
            usage: Usage::from_value(fields.get("usage")),
        })
    }

    /// The text of the answer: its text blocks, joined as they are.
    #[must_use]
    pub fn text(&self) -> String {
        let texts = self.content.iter().filter_map(|block| match block {
            ContentBlock::Text { text, .. } => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

pub(super) fn take_optional_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn take_text(fields: &mut Map<String, Value>, name: &str) -> String {
    take_optional_text(fields, name).unwrap_or_default()
}

fn without_type(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.remove("type");
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_block_goes_back_as_it_came() {
        for block in [
            json!({"type": "text", "text": "a", "citations": [{"cited_text": "b"}]}),
            json!({"type": "thinking", "thinking": "hm", "signature": "sig"}),
            json!({"type": "thinking", "thinking": "hm"}),
            json!({"type": "redacted_thinking", "data": "x"}),
            json!({"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}, "caller": {"type": "direct"}}),
            json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}),
            json!({"type": "text"}),
            json!({"type": "tool_use", "id": 1, "name": "n"}),
            json!({"no": "type"}),
            json!("text"),
            json!(null),
        ] {
            assert_eq!(ContentBlock::from_value(block.clone()).to_value(), block);
        }
    }

    #[test]
    fn an_answer_of_a_later_api_is_read() {
        let message = Message::from_json(
            br#"{"type":"message","id":null,"new":{"a":1},"role":"assistant","stop_reason":"pause_turn","stop_sequence":7,
                "content":[{"type":"hologram"},{"type":"text","text":"a"},{"type":"text","text":"b"}],
                "usage":{"input_tokens":-1,"output_tokens":"3","cache_read_input_tokens":5,"server_tool_use":{"x":1}}}"#,
        )
        .unwrap();
        assert_eq!((message.id.as_str(), message.text().as_str()), ("", "ab"));
        assert_eq!((message.stop_reason.as_deref(), message.stop_sequence), (Some("pause_turn"), None));
        assert_eq!(message.usage, Usage { cache_read_input_tokens: 5, ..Usage::default() });
    }

    #[test]
    fn what_is_no_message_is_refused_without_being_quoted() {
        for body in [
            "",
            "{\"content\": CANARY",
            "[\"CANARY\"]",
            "{\"CANARY\": 1}",
            "{\"content\": \"CANARY\"}",
            "{\"content\": [\"CANARY\"]}",
            "{\"type\": \"CANARY\", \"content\": []}",
            &"[".repeat(100_000),
        ] {
            let error = Message::from_json(body.as_bytes()).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("CANARY"), "{error:?}");
        }
        assert!(matches!(Message::from_json(b"{\"content\":[],\"id\":\"\xff\"}"), Err(WireError::Json { .. })));
        assert!(matches!(Message::from_json(b"{}"), Err(WireError::Shape(_))));
    }
}
