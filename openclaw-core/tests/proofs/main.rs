//! Edits and configurations by the thousand: generated ones, awkward files as people write them, and
//! everything that fuzzing has kept.

#![expect(clippy::disallowed_methods, reason = "edge: reads the files of the corpus")]
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test panics when it fails"
)]
#![allow(missing_docs, missing_debug_implementations, unreachable_pub, reason = "shared with the fuzz targets")]

#[path = "../../fuzz/oracle.rs"]
mod oracle;
#[path = "../../fuzz/targets.rs"]
mod targets;

mod awkward;
mod corpus;
mod generate;
mod generated;
