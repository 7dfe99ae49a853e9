//! Which credential serves this request to Claude, and what happens when it fails.

pub mod config;
pub mod json5;

mod credential;
mod env;
mod health;
mod id;
mod model;
mod secret;
mod time;

pub use credential::CredentialKind;
pub use env::Env;
pub use health::FailureReason;
pub use id::{AgentId, IdError, ModelRef, ProfileId, ProviderId};
pub use model::{CacheTtl, PromptCache};
pub use secret::{is_blank, mask, printable, redact, same_secret};
pub use time::{Clock, Jitter, RandomJitter, SystemClock, Timestamp};
#[cfg(any(test, feature = "test-util"))]
pub use time::{ManualClock, NoJitter};
