//! The wire of Anthropic's Messages API as plain values: what is sent for a request, and what an
//! answer means. Nothing here opens a connection, reads a clock or knows a secret.
//!
//! Going out, a [`MessageRequest`] is rendered anew for every attempt ([`render`]), because the
//! model and the kind of the credential decide headers and body. Coming back, bytes become
//! [`SseEvent`]s ([`SseDecoder`]), those become [`StreamEvent`]s, and an [`Accumulator`] folds them
//! into a [`Message`]. A plain JSON answer goes through [`Message::from_json`] and, where events are
//! wanted, [`Message::into_events`]. A refusal is read by [`parse_error`].
//!
//! ```
//! use openclaw_core::messages::{Accumulator, SseDecoder, StreamEvent};
//!
//! let mut decoder = SseDecoder::default();
//! let mut answer = Accumulator::default();
//! for bytes in [
//!     r#"data: {"type":"message_start","message":{"id":"msg_1","content":[]}}"#, "\n\n",
//!     r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#, "\n\n",
//!     r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Bonjour"}}"#, "\n\n",
//!     r#"data: {"type":"message_stop"}"#, "\n\n",
//! ] {
//!     decoder.push(bytes.as_bytes());
//!     while let Some(event) = decoder.next_event() {
//!         answer.push(&StreamEvent::parse(&event?)?)?;
//!     }
//! }
//! assert_eq!(answer.finish()?.text(), "Bonjour");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accumulate;
mod betas;
mod body;
mod error;
mod error_body;
mod render;
mod request;
mod response;
mod sse;
mod stream;

pub use accumulate::Accumulator;
pub(crate) use betas::is_flag_list;
pub use error::WireError;
pub use error_body::{ApiError, parse_error};
pub(crate) use render::bodiless_headers;
pub use render::{ANTHROPIC_VERSION, DEFAULT_MAX_TOKENS, RenderError, RenderOptions, Rendered, USER_AGENT, render};
pub use request::{Content, InputMessage, MessageRequest, Role};
pub use response::{ContentBlock, Message, Usage};
pub use sse::{SseDecoder, SseError, SseEvent, SseLimits};
pub use stream::{BlockDelta, StreamEvent};
