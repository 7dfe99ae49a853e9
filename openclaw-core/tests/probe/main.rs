//! Probes: what is sent for each credential, and what every answer counts as.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test panics when it fails")]

mod answers;
mod course;
mod support;
mod targets;
mod wire;
