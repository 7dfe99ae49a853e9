//! `models auth …`: what is stored, in which order it is tried, what blocks it, and why.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

#[path = "../common/mod.rs"]
mod common;

mod add;
mod cooldown;
mod explain;
mod list;
mod order;
mod policy;
mod refusals;
mod remove;
mod support;
