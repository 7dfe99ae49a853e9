//! The targets and what they are measured against; the test suite includes the same two files.

pub mod oracle;
pub mod targets;
