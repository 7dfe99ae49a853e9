//! The health of profiles: windows during which a credential is not used, and how they open and close.

mod reason;

pub use reason::FailureReason;
