//! What is set up, what would serve now, what is wrong, until when: the view behind
//! `openclaw models status`, with OpenClaw's fields in OpenClaw's order.

mod build;
mod judged;
mod models;
mod policy;
mod profiles;
mod relative;
mod view;
mod windows;

pub use build::StatusInput;
pub use models::{ModelFilter, ModelList, ModelListInput, ModelStatus};
pub use policy::{DoublingView, PolicySetting, PolicyView, RetryView};
pub use profiles::{ProfileEntry, ProfileList, ProfileListInput};
pub use relative::relative_time;
pub use view::{
    AuthStatus, CheckVerdict, Effective, EligibilityStatus, Expiring, ExpiringProfile, ExpiringProvider, ModelSources,
    ProfileCounts, ProviderStatus, ShellEnv, Source, Status, UnusableStatus,
};
pub use windows::{WindowKind, WindowStatus, window_list};
