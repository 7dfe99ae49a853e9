//! Editing the configuration as it was written: comments, order, quotes, `${VAR}` and `$include` stay,
//! and only the bytes of the edit change, in the file that owns them.
//!
//! [`ConfigFiles`] reads all files, [`ConfigFiles::plan`] works out a [`ConfigChange`] and proves that
//! the files will merge to what was asked for, [`ConfigChange::write`] writes it if nobody else wrote in
//! between. [`edit_config`] does the three under one lock.

mod comments;
mod error;
mod files;
mod intended;
mod owner;
mod plan;
mod secrets;
mod write;

pub use error::{OwnerError, SaveError};
pub use files::ConfigFiles;
pub use owner::Owner;
pub use plan::{ConfigChange, FileChange, Preview};
pub(crate) use write::edit_config_with;
pub use write::{Written, edit_config};
