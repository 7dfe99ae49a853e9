//! `openclaw models list`.

use openclaw_core::{CredentialStore as _, ModelFilter, ModelList, ModelListInput, ProviderId, printable};

use crate::args::{Args, ModelsList};
use crate::commands::store::block_on;
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, BAD, BOLD, DIM, GOOD, paint};

pub(super) fn run(host: &mut Host, args: &Args, given: &ModelsList) -> Result<u8, CliError> {
    if given.json && given.plain {
        return Err(CliError::usage("Choose either --json or --plain, not both."));
    }
    let installation = crate::commands::open(host, args)?;
    let agent = installation.agent(given.agent.as_deref())?;
    let profiles = block_on(installation.store().load(&agent))??;
    let provider = given.provider.as_deref().map(ProviderId::new);
    let list = ModelList::new(
        &ModelListInput {
            config: installation.config(),
            process: &host.env,
            models: &installation.models(&agent)?,
            profiles: &profiles,
            ambient: &installation.ambient(),
        },
        ModelFilter { described: given.all, local: given.local, provider: provider.as_ref() },
    );
    if given.json {
        output::json(host, &list)?;
        return Ok(0);
    }
    if given.plain {
        for model in &list.models {
            output::line(host, &printable(&model.key))?;
        }
        return Ok(0);
    }
    if list.models.is_empty() {
        return output::line(host, "No models found.").map(|()| 0);
    }
    let keys: Vec<String> = list.models.iter().map(|model| printable(&model.key)).collect();
    let width = keys.iter().map(|key| key.chars().count()).max().unwrap_or(0);
    for (model, key) in list.models.iter().zip(keys) {
        let space = " ".repeat(width - key.chars().count());
        let (style, credential) = if model.available { (GOOD, "credential   ") } else { (BAD, "no credential") };
        let tags = printable(&model.tags.join(", "));
        let (key, credential) = (paint(host, BOLD, &key), paint(host, style, credential));
        output::line(host, format!("{key}{space}  {credential}  {}", paint(host, DIM, &tags)).trim_end())?;
    }
    Ok(0)
}
