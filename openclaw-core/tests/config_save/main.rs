//! Editing the configuration on disk: which file owns what, what is proved before anything is written,
//! and what is left on the disk when something goes wrong.
#![cfg(all(feature = "fs", unix))]
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test makes files and processes, and panics when it fails"
)]

mod backups;
mod edits;
mod generated;
mod owner;
mod processes;
mod secrets;
mod support;
