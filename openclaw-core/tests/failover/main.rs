//! Sessions over stores in memory and a manual clock: who is tried, what is remembered, what is said.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test panics when it fails, and looks at real clocks, files and variables"
)]

mod classes;
mod groups;
mod health;
mod patience;
mod pins;
mod retries;
mod sources;
mod support;
mod trials;
