//! `openclaw onboard`: the page's commands, scripts, the wizard, a real terminal, recorded runs.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test panics when it fails")]

#[path = "../common/mod.rs"]
mod common;

mod dry_run;
mod golden;
mod page;
mod person;
mod quiet;
#[cfg(target_os = "linux")]
mod terminal;
mod wizard;
