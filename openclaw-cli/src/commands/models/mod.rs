//! `openclaw models …`.

mod aliases;
mod edit;
mod fallbacks;
mod list;

use openclaw_core::ModelEdit;

use super::{auth, saved, status};
use crate::args::{Args, Models, ModelsSub};
use crate::error::CliError;
use crate::host::Host;

pub(crate) fn run(host: &mut Host, args: &Args, models: &Models) -> Result<u8, CliError> {
    match &models.command {
        None => status::run(host, args, &models.status),
        Some(ModelsSub::Status(own)) => status::run(host, args, own),
        Some(ModelsSub::List(given)) => list::run(host, args, given),
        Some(ModelsSub::Set(given)) => {
            let edit = ModelEdit::Primary { model: given.model.clone() };
            edit::run(host, args, &edit, given.agent.as_deref(), given.how)
        }
        Some(ModelsSub::Aliases(given)) => aliases::run(host, args, &given.command),
        Some(ModelsSub::Fallbacks(given)) => fallbacks::run(host, args, &given.command),
        Some(ModelsSub::Auth(auth)) => self::auth::run(host, args, auth),
    }
}
