//! `doctor`: each thing that can be wrong, before a repair, by it, and after it.

#![cfg(unix)]
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

#[path = "../common/mod.rs"]
mod common;
mod findings;
mod older_releases;
mod repairs;
mod support;
