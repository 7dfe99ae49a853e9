//! Health over whole sequences: what holds for any events, of any number of processes, in any order,
//! from any state, whatever their clocks say.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

mod clocks;
#[cfg(feature = "fs")]
mod files;
mod generated;
mod identity;
mod late;
mod processes;
mod trials;
mod windows;
