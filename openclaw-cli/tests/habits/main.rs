//! The habits of a good command, for every command that exists: what stands on which stream, what is
//! read, written and sent, and what it does in odd surroundings.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

#[path = "../common/mod.rs"]
mod common;

mod colours;
mod places;
mod questions;
mod reading;
mod states;
mod streams;
mod terminals;
mod tree;
