//! The events of a streamed answer, typed.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::WireError;
use super::error_body;
use super::response::{ContentBlock, Message, Usage, take_optional_text};
use super::sse::SseEvent;

/// A piece of a content block.
///
/// ```
/// use openclaw_core::messages::{BlockDelta, StreamEvent};
/// let event = StreamEvent::ContentBlockDelta { index: 0, delta: BlockDelta::Text("Bon".into()) };
/// assert!(event.is_content());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum BlockDelta {
    /// More text.
    Text(String),
    /// More of a tool's arguments, as a piece of JSON text.
    InputJson(String),
    /// More thinking.
    Thinking(String),
    /// The signature of the thinking.
    Signature(String),
    /// Any other piece (`citations_delta`, …), as it came.
    Other(Value),
}

/// An event of a streamed answer (Anthropic's documentation, "Streaming Messages").
///
/// ```
/// use openclaw_core::messages::{SseEvent, StreamEvent};
/// let sse = SseEvent { event: "ping".into(), data: r#"{"type": "ping"}"#.into() };
/// assert_eq!(StreamEvent::parse(&sse)?, StreamEvent::Ping);
/// let later = SseEvent { event: "aurora".into(), data: "not json".into() };
/// assert_eq!(StreamEvent::parse(&later)?, StreamEvent::Unknown);
/// # Ok::<(), openclaw_core::messages::WireError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StreamEvent {
    /// The answer begins.
    MessageStart {
        /// The message without content yet.
        message: Box<Message>,
    },
    /// A block begins.
    ContentBlockStart {
        /// The block's place in the answer, from 0.
        index: u64,
        /// The block without most of its content.
        block: ContentBlock,
    },
    /// A block goes on.
    ContentBlockDelta {
        /// The block's place in the answer, from 0.
        index: u64,
        /// The piece.
        delta: BlockDelta,
    },
    /// A block is complete.
    ContentBlockStop {
        /// The block's place in the answer, from 0.
        index: u64,
    },
    /// What is known only at the end.
    MessageDelta {
        /// Why the model stopped.
        stop_reason: Option<String>,
        /// The stop sequence that was met.
        stop_sequence: Option<String>,
        /// The tokens used, cumulative.
        usage: Usage,
    },
    /// The answer is complete.
    MessageStop,
    /// The provider is still there.
    Ping,
    /// The provider broke the answer off.
    Error {
        /// Such as `overloaded_error`.
        error_type: String,
        /// For people; what looks like a credential was replaced.
        message: String,
    },
    /// An event of a later API, to be ignored.
    Unknown,
}

impl StreamEvent {
    /// Reads an event. Its JSON says what it is; the name that the stream gave counts only where
    /// the JSON does not say, and to tell a damaged event from one that is not Anthropic's.
    ///
    /// # Errors
    /// [`WireError::Json`] or [`WireError::Shape`] for a known event that is damaged. An error event
    /// is not an error here: it is [`StreamEvent::Error`].
    pub fn parse(event: &SseEvent) -> Result<Self, WireError> {
        if let Ok(PlainDelta { r#type: DeltaType::Delta, index, delta }) = serde_json::from_str(&event.data) {
            let PlainText { r#type: TextType::Text, text } = delta;
            return Ok(Self::ContentBlockDelta { index, delta: BlockDelta::Text(text) });
        }
        let mut fields: Map<String, Value> = match serde_json::from_str(&event.data) {
            Ok(fields) => fields,
            // `[DONE]` is how some gateways end any stream, after Anthropic's own end.
            Err(_) if !is_known(&event.event) || event.data == "[DONE]" => return Ok(Self::Unknown),
            Err(error) => return Err(WireError::json("an event of the answer", &error)),
        };
        let kind = match fields.get("type") {
            Some(Value::String(kind)) => kind.clone(),
            _ => event.event.clone(),
        };
        match kind.as_str() {
            "message_start" => {
                let message = Message::from_value(fields.remove("message").unwrap_or_default())?;
                Ok(Self::MessageStart { message: Box::new(message) })
            }
            "content_block_start" => {
                let index = index(&fields)?;
                let block = fields.remove("content_block").ok_or(WireError::Shape("a block starts without a block"))?;
                Ok(Self::ContentBlockStart { index, block: ContentBlock::from_value(block) })
            }
            "content_block_delta" => {
                let index = index(&fields)?;
                let delta = fields.remove("delta").ok_or(WireError::Shape("a delta is missing"))?;
                Ok(Self::ContentBlockDelta { index, delta: parse_delta(delta)? })
            }
            "content_block_stop" => Ok(Self::ContentBlockStop { index: index(&fields)? }),
            "message_delta" => {
                let mut delta = match fields.remove("delta") {
                    Some(Value::Object(delta)) => delta,
                    _ => Map::new(),
                };
                Ok(Self::MessageDelta {
                    stop_reason: take_optional_text(&mut delta, "stop_reason"),
                    stop_sequence: take_optional_text(&mut delta, "stop_sequence"),
                    usage: Usage::from_value(fields.get("usage")),
                })
            }
            "message_stop" => Ok(Self::MessageStop),
            "ping" => Ok(Self::Ping),
            "error" => {
                let error = error_body::from_fields(&fields)
                    .ok_or(WireError::Shape("an error event does not say which error"))?;
                Ok(Self::Error { error_type: error.error_type, message: error.message })
            }
            _ => Ok(Self::Unknown),
        }
    }

    /// Whether this is content: text that is not empty, or the start of a tool call. Until then an
    /// attempt may still fail over without the reader noticing.
    #[must_use]
    pub fn is_content(&self) -> bool {
        match self {
            Self::ContentBlockDelta { delta: BlockDelta::Text(text), .. }
            | Self::ContentBlockStart { block: ContentBlock::Text { text, .. }, .. } => !text.is_empty(),
            Self::ContentBlockStart { block: ContentBlock::ToolUse { .. }, .. } => true,
            // Tools that run at the provider: `server_tool_use`, `mcp_tool_use`.
            Self::ContentBlockStart { block: ContentBlock::Other(block), .. } => {
                block.get("type").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("tool_use"))
            }
            _ => false,
        }
    }
}

/// Almost every event of an answer is a piece of text and nothing else. Read as what it is, it costs a
/// third of what a map of values does; whatever differs from this in any way is read as a map.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainDelta {
    r#type: DeltaType,
    index: u64,
    delta: PlainText,
}

#[derive(Deserialize)]
enum DeltaType {
    #[serde(rename = "content_block_delta")]
    Delta,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainText {
    r#type: TextType,
    text: String,
}

#[derive(Deserialize)]
enum TextType {
    #[serde(rename = "text_delta")]
    Text,
}

/// The names of Anthropic's events, and the name of an event without one.
fn is_known(name: &str) -> bool {
    const KNOWN: [&str; 9] = [
        "content_block_delta",
        "content_block_start",
        "content_block_stop",
        "error",
        "message",
        "message_delta",
        "message_start",
        "message_stop",
        "ping",
    ];
    KNOWN.contains(&name)
}

fn index(fields: &Map<String, Value>) -> Result<u64, WireError> {
    fields.get("index").and_then(Value::as_u64).ok_or(WireError::Shape("an event does not say which block it is about"))
}

fn parse_delta(delta: Value) -> Result<BlockDelta, WireError> {
    let (make, field): (fn(String) -> BlockDelta, _) = match delta.get("type").and_then(Value::as_str) {
        Some("text_delta") => (BlockDelta::Text, "text"),
        Some("input_json_delta") => (BlockDelta::InputJson, "partial_json"),
        Some("thinking_delta") => (BlockDelta::Thinking, "thinking"),
        Some("signature_delta") => (BlockDelta::Signature, "signature"),
        _ => return Ok(BlockDelta::Other(delta)),
    };
    match delta {
        Value::Object(mut fields) => take_optional_text(&mut fields, field).map(make),
        _ => None,
    }
    .ok_or(WireError::Shape("a delta lacks its text"))
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
