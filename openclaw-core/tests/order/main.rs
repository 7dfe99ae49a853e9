//! Who serves, in which order: against a plain reading of OpenClaw's algorithm (2026.1), over generated
//! stores, configurations and healths; and that nobody who is blocked is ever chosen, at any size.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod reference;
mod shortcut;
mod size;
#[cfg(feature = "fs")]
mod spelling;
#[cfg(feature = "fs")]
mod vectors;
mod world;
