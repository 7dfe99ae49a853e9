//! `openclaw models …`.

use super::{paste, status};
use crate::args::{Args, AuthSub, Models, ModelsSub};
use crate::error::CliError;
use crate::host::Host;

pub(crate) fn run(host: &mut Host, args: &Args, models: &Models) -> Result<u8, CliError> {
    match &models.command {
        None => status::run(host, args, &models.status),
        Some(ModelsSub::Status(own)) => status::run(host, args, own),
        Some(ModelsSub::Auth(auth)) => match &auth.command {
            AuthSub::SetupToken(given) => paste::setup_token(host, args, given),
            AuthSub::PasteToken(given) => paste::token(host, args, given),
            AuthSub::PasteApiKey(given) => paste::api_key(host, args, given),
        },
    }
}
