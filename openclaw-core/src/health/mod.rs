//! The health of profiles: windows during which a credential is not used, and how they open and close.
//!
//! All of it is pure: [`HealthEvent::apply`] turns one [`Health`] into the next, and a store makes
//! that atomic. Each (profile) and each (profile, model) is a small state machine:
//!
//! ```text
//!            failure                          `until` passes
//! closed ───────────────▶ open(until) ───────────────────────▶ half-open ──┐ one trial, by lease
//!    ▲                      │  ▲  │ failures change nothing,       │  │     │
//!    │                      │  │  │ a later server deadline        │  │     │
//!    │                      │  └──┘ raises `until`                 │  │     │
//!    │                      │            next rung of the ladder    │  │     │
//!    │                      └◀──────────────────────── failure ────┘  │     │
//!    └──────────────────────────────────────────────── success ───────┘◀────┘ a dropped or dead trial frees its lease
//! ```
//!
//! What an attempt reports counts for the windows it knew of when it began, and for the secret it
//! carried: [`Seen`] says which.

mod apply;
mod event;
mod policy;
mod reason;
mod stats;

pub use event::{Effect, HealthEvent, Scope};
pub use policy::{CooldownPolicy, Doubling};
pub use reason::FailureReason;
pub use stats::{Block, BlockKind, Health, ModelStats, Seen, State, Trial, UsageStats, Window};

#[cfg(test)]
mod tests;
