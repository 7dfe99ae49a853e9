//! What is set up, what would serve now, what is wrong, until when: the view behind
//! `openclaw models status`, with OpenClaw's fields in OpenClaw's order.

mod build;
mod view;

pub use build::StatusInput;
pub use view::{
    AuthStatus, CheckVerdict, Effective, EligibilityStatus, Expiring, ExpiringProfile, ExpiringProvider, ModelSources,
    ProfileCounts, ProviderStatus, ShellEnv, Source, Status, UnusableStatus,
};
