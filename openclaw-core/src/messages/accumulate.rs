//! Events become a message, and a message events.

use std::collections::BTreeMap;
use std::mem;

use serde_json::{Map, Value};

use super::error::WireError;
use super::error_body::ApiError;
use super::response::{ContentBlock, Message, Usage};
use super::stream::{BlockDelta, StreamEvent};

/// Folds the events of a streamed answer into the [`Message`] that a plain answer would have been.
///
/// ```
/// use openclaw_core::messages::{Accumulator, Message, WireError};
/// let message = Message::from_json(br#"{"id":"msg_1","content":[{"type":"text","text":"Bonjour"}]}"#)?;
/// let mut events = message.clone().into_events();
/// let mut answer = Accumulator::default();
/// for event in &events {
///     answer.push(event)?;
/// }
/// assert_eq!(answer.finish()?, message);
///
/// events.pop();
/// let mut cut = Accumulator::default();
/// events.iter().try_for_each(|event| cut.push(event))?;
/// assert_eq!(cut.finish(), Err(WireError::Cut));
/// # Ok::<(), WireError>(())
/// ```
#[derive(Debug, Default)]
pub struct Accumulator {
    message: Option<Message>,
    /// By index, which a hostile stream may choose at will.
    blocks: BTreeMap<u64, Partial>,
    complete: bool,
}

/// A block as far as it has come.
#[derive(Debug)]
struct Partial {
    fields: Map<String, Value>,
    /// The pieces of a tool's arguments; JSON only when all are there.
    input: String,
}

impl Accumulator {
    /// Takes in the next event. After `message_stop` events are ignored.
    ///
    /// # Errors
    /// [`WireError::Api`] when the provider broke off, [`WireError::Shape`] when events come in an
    /// impossible order.
    pub fn push(&mut self, event: &StreamEvent) -> Result<(), WireError> {
        if self.complete {
            return Ok(());
        }
        match event {
            StreamEvent::Ping | StreamEvent::Unknown => Ok(()),
            StreamEvent::Error { error_type, message } => Err(WireError::Api(ApiError {
                error_type: error_type.clone(),
                message: message.clone(),
                request_id: None,
            })),
            StreamEvent::MessageStart { message } => match self.message {
                None => {
                    self.message = Some(Message { content: Vec::new(), ..Message::clone(message) });
                    Ok(())
                }
                Some(_) => Err(WireError::Shape("a message starts twice")),
            },
            event => self.push_into_message(event),
        }
    }

    fn push_into_message(&mut self, event: &StreamEvent) -> Result<(), WireError> {
        let message = self.message.as_mut().ok_or(WireError::Shape("an event comes before message_start"))?;
        match event {
            StreamEvent::ContentBlockStart { index, block } => {
                let Value::Object(fields) = block.to_value() else {
                    return Err(WireError::Shape("a block is not an object"));
                };
                if self.blocks.insert(*index, Partial { fields, input: String::new() }).is_some() {
                    return Err(WireError::Shape("a block starts twice"));
                }
            }
            StreamEvent::ContentBlockDelta { index, delta } => {
                let block = self.blocks.get_mut(index).ok_or(WireError::Shape("a delta comes before its block"))?;
                block.push(delta);
            }
            StreamEvent::MessageDelta { stop_reason, stop_sequence, usage } => {
                message.stop_reason = stop_reason.clone().or(message.stop_reason.take());
                message.stop_sequence = stop_sequence.clone().or(message.stop_sequence.take());
                message.usage.absorb(usage);
            }
            StreamEvent::MessageStop => self.complete = true,
            _ => {}
        }
        Ok(())
    }

    /// Whether `message_stop` has come, so that nothing more needs to be read.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The whole message.
    ///
    /// # Errors
    /// [`WireError::Cut`] without `message_stop`: a cut stream is an error, not a short answer.
    pub fn finish(self) -> Result<Message, WireError> {
        match self.message {
            Some(message) if self.complete => {
                Ok(Message { content: self.blocks.into_values().map(Partial::finish).collect(), ..message })
            }
            _ => Err(WireError::Cut),
        }
    }
}

impl Partial {
    fn push(&mut self, delta: &BlockDelta) {
        match delta {
            BlockDelta::Text(text) => self.append("text", text),
            BlockDelta::Thinking(text) => self.append("thinking", text),
            BlockDelta::Signature(text) => self.append("signature", text),
            BlockDelta::InputJson(json) => self.input.push_str(json),
            BlockDelta::Other(delta) => {
                if let Some(citation) = delta.get("citation") {
                    match self.fields.get_mut("citations") {
                        Some(Value::Array(citations)) => citations.push(citation.clone()),
                        _ => drop(self.fields.insert("citations".to_owned(), Value::from(vec![citation.clone()]))),
                    }
                }
            }
        }
    }

    fn append(&mut self, field: &str, more: &str) {
        match self.fields.get_mut(field) {
            Some(Value::String(text)) => text.push_str(more),
            _ => drop(self.fields.insert(field.to_owned(), Value::from(more))),
        }
    }

    fn finish(mut self) -> ContentBlock {
        if !self.input.is_empty() {
            let input = serde_json::from_str(&self.input).unwrap_or(Value::String(self.input));
            self.fields.insert("input".to_owned(), input);
        }
        ContentBlock::from_value(Value::Object(self.fields))
    }
}

impl Message {
    /// The events that would have brought this message, for a provider that answers a stream
    /// request with plain JSON. An [`Accumulator`] makes the same message of them again.
    #[must_use]
    pub fn into_events(mut self) -> Vec<StreamEvent> {
        let content = mem::take(&mut self.content);
        let end = StreamEvent::MessageDelta {
            stop_reason: self.stop_reason.take(),
            stop_sequence: self.stop_sequence.take(),
            usage: self.usage,
        };
        let start = Self { usage: Usage { output_tokens: 0, ..self.usage }, ..self };
        let mut events = vec![StreamEvent::MessageStart { message: Box::new(start) }];
        for (index, block) in (0..).zip(content) {
            let (block, deltas) = taken_apart(block);
            events.push(StreamEvent::ContentBlockStart { index, block });
            events.extend(deltas.into_iter().map(|delta| StreamEvent::ContentBlockDelta { index, delta }));
            events.push(StreamEvent::ContentBlockStop { index });
        }
        events.extend([end, StreamEvent::MessageStop]);
        events
    }
}

/// A block's beginning and its pieces, as a stream would bring them.
fn taken_apart(mut block: ContentBlock) -> (ContentBlock, Vec<BlockDelta>) {
    let deltas = match &mut block {
        ContentBlock::Text { text, .. } => vec![BlockDelta::Text(mem::take(text))],
        ContentBlock::Thinking { thinking, signature, .. } => {
            vec![BlockDelta::Thinking(mem::take(thinking)), BlockDelta::Signature(mem::take(signature))]
        }
        ContentBlock::ToolUse { input, .. } => {
            let input = mem::replace(input, Value::Object(Map::new()));
            vec![BlockDelta::InputJson(input.to_string())]
        }
        ContentBlock::Other(_) => Vec::new(),
    };
    (block, deltas)
}

#[cfg(test)]
#[path = "accumulate_tests.rs"]
mod tests;
