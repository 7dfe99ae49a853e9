//! What a program asks, before a model and a credential are chosen.

use serde_json::{Map, Value};

use super::response::{ContentBlock, Message};

/// Who speaks in a message.
///
/// ```
/// use openclaw_core::messages::Role;
/// assert_eq!(Role::Assistant.as_str(), "assistant");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The person or program that asks.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// The content of a message or of the system prompt.
///
/// Blocks are Anthropic's content blocks as JSON. They pass through unread, but for one thing:
/// `cache_control` is looked for, outside of the data of tools (`input`, `input_schema`, …).
///
/// ```
/// use openclaw_core::messages::Content;
/// use serde_json::json;
/// assert_eq!(Content::from("Bonjour"), Content::Text("Bonjour".to_owned()));
/// let blocks = Content::from(vec![json!({"type": "text", "text": "Bonjour"})]);
/// assert!(matches!(blocks, Content::Blocks(blocks) if blocks.len() == 1));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Content blocks.
    Blocks(Vec<Value>),
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<Value>> for Content {
    fn from(blocks: Vec<Value>) -> Self {
        Self::Blocks(blocks)
    }
}

/// The model's answer as a turn of the conversation, so that a program can add the results of the
/// tools it asked for. Thinking keeps its signature, as the API demands.
impl From<&Message> for Content {
    fn from(message: &Message) -> Self {
        Self::Blocks(message.content.iter().map(ContentBlock::to_value).collect())
    }
}

/// One turn of the conversation that is sent.
///
/// ```
/// use openclaw_core::messages::{InputMessage, Role};
/// let turn = InputMessage::new(Role::User, "Bonjour");
/// assert_eq!(turn.role, Role::User);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct InputMessage {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Content,
}

impl InputMessage {
    /// A turn.
    pub fn new(role: Role, content: impl Into<Content>) -> Self {
        Self { role, content: content.into() }
    }
}

/// A request to the Messages API. It names neither model nor credential: both are chosen for each
/// attempt, and [`render`](super::render()) makes the request of that attempt.
///
/// ```
/// use openclaw_core::messages::{MessageRequest, Role};
/// use serde_json::json;
/// let request = MessageRequest::user("Quelle heure est-il ?")
///     .system("Réponds en français.")
///     .max_tokens(200)
///     .message(Role::Assistant, "Il est")
///     .field("tool_choice", json!({"type": "auto"}));
/// assert_eq!(request.messages.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct MessageRequest {
    /// The system prompt.
    pub system: Option<Content>,
    /// The conversation, oldest turn first.
    pub messages: Vec<InputMessage>,
    /// The longest answer in tokens, at least 1. `None`: the default of the attempt.
    pub max_tokens: Option<u32>,
    /// The randomness of the answer, 0 to 1; wins over the model's configured one.
    pub temperature: Option<f64>,
    /// Texts at which the model stops.
    pub stop_sequences: Vec<String>,
    /// Every other field of the API (`tools`, `tool_choice`, `thinking`, `metadata`, `top_p`, …),
    /// sent as it is. A field that has its own place above, `model` and `stream` are refused when
    /// the request is rendered.
    pub extra: Map<String, Value>,
}

impl MessageRequest {
    /// A request without any turn.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A request with one turn of the user.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::new().message(Role::User, content)
    }

    /// Adds a turn at the end.
    #[must_use]
    pub fn message(mut self, role: Role, content: impl Into<Content>) -> Self {
        self.messages.push(InputMessage::new(role, content));
        self
    }

    /// Sets the system prompt.
    #[must_use]
    pub fn system(mut self, system: impl Into<Content>) -> Self {
        self.system = Some(system.into());
        self
    }

    /// Sets the longest answer in tokens.
    #[must_use]
    pub const fn max_tokens(mut self, tokens: u32) -> Self {
        self.max_tokens = Some(tokens);
        self
    }

    /// Sets the randomness, 0 to 1.
    #[must_use]
    pub const fn temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Adds a text at which the model stops.
    #[must_use]
    pub fn stop_sequence(mut self, text: impl Into<String>) -> Self {
        self.stop_sequences.push(text.into());
        self
    }

    /// Sets any other field of the API.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }
}
