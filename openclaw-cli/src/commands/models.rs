//! `openclaw models …`.

use super::{auth, status};
use crate::args::{Args, Models, ModelsSub};
use crate::error::CliError;
use crate::host::Host;

pub(crate) fn run(host: &mut Host, args: &Args, models: &Models) -> Result<u8, CliError> {
    match &models.command {
        None => status::run(host, args, &models.status),
        Some(ModelsSub::Status(own)) => status::run(host, args, own),
        Some(ModelsSub::Auth(auth)) => self::auth::run(host, args, auth),
    }
}
