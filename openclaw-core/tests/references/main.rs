//! Secrets by reference: what is found in variables, files and programs, what is refused, and what that
//! means for requests.
#![cfg(all(feature = "fs", unix))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test panics when it fails, and makes files and programs"
)]

mod canary;
mod exec;
mod failover;
mod file;
#[path = "../log/mod.rs"]
mod log;
mod resolver;
mod stopped;
mod support;
mod views;
mod wiped;
