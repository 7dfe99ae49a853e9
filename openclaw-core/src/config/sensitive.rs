//! Which values of a configuration are secrets.

use zeroize::Zeroizing;

use super::looks::announces_a_credential;
use super::place::{Place, Step};
use super::sections::Settings;
use super::shape::Shaped;
use crate::json5::{self, Kind, Node, Path, Segment, index_of};

pub(super) use super::looks::is_secret_text;
pub(super) use super::names::names_a_credential;
use super::names::names_an_amount;

/// Whether a string at this path is a secret whatever it says: the `env` block, anything under
/// `secrets`, headers and variables handed to other programs, every key that looks like a credential,
/// also in the sections that belong to the assistant, and everything below one of these: what stands
/// there in a wrong shape is no less secret. Only a reference `{source, provider, id}` says where a
/// secret is kept, and not the secret.
pub(super) fn is_secret_place(place: &Place<'_>) -> bool {
    let (mut first, mut named) = (None, None);
    for (above, step) in place.upwards().enumerate() {
        let key = match step {
            // `list.0` reaches into an array as `list[0]` does.
            Step::Key(key) => Some(key).filter(|key| index_of(key).is_none()),
            Step::Index(_) => None,
        };
        let holds_secrets = above > 0 && matches!(key, Some("headers" | "env"));
        if named.is_none() && (holds_secrets || key.is_some_and(names_a_credential)) {
            // How far above: a name stands at its value, a container one step higher.
            named = Some(above - usize::from(holds_secrets));
        }
        first = key;
    }
    let leaf = place.upwards().next();
    let in_a_reference = named == Some(1) && matches!(leaf, Some(Step::Key("source" | "provider" | "id")));
    (place.depth() > 1 && matches!(first, Some("env" | "secrets"))) || (named.is_some() && !in_a_reference)
}

/// The same of a path that is at hand as a whole.
pub(super) fn is_secret_path(path: &[Segment]) -> bool {
    is_secret_place(&Place::at(path))
}

/// Whether a number at this path is a secret: where a string is one, but for amounts of tokens and for
/// what our own sections take no text for, as `env.shellEnv.timeoutMs`.
pub(super) fn is_secret_number_place(place: &Place<'_>) -> bool {
    if !is_secret_place(place) || matches!(place.upwards().next(), Some(Step::Key(key)) if names_an_amount(key)) {
        return false;
    }
    Settings::SHAPE.at(place.path().segments()).is_none_or(|shape| shape.accepts("string"))
}

/// The text of a string or a number that is a secret by its path or its look; that of a number as
/// it is written. `announced` is what [`announces_next`] says of the element before.
pub(super) fn secret_text(node: &Node, text: &str, path: &[Segment], announced: bool) -> Option<Zeroizing<String>> {
    match node.kind {
        Kind::String => {
            let value = json5::string(node, text).unwrap_or_default();
            (announced || is_secret_path(path) || is_secret_text(&value)).then_some(value)
        }
        Kind::Number => {
            (announced || is_secret_number_place(&Place::at(path))).then(|| Zeroizing::new(node.text(text).to_owned()))
        }
        _ => None,
    }
}

/// Whether an element of an array is an argument such as `--token`, so that the next one is a secret.
pub(super) fn announces_next(node: &Node, text: &str) -> bool {
    json5::string(node, text).is_some_and(|argument| announces_a_credential(&argument))
}

/// A path fit to be shown: keys are data, and a credential that became one is `***`.
#[must_use]
pub fn shown_path(path: &Path) -> String {
    crate::secret::printable(&super::problem::hidden_path(path).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(path: &str, ask: fn(&Place<'_>) -> bool) -> bool {
        ask(&Place::at(path.parse::<Path>().unwrap().segments()))
    }

    #[test]
    fn secrets_are_known_by_their_place() {
        for path in [
            "env.X",
            "env.vars.X",
            "secrets.providers.vault.command",
            "models.providers.x.apiKey",
            "models.providers.x.headers.X-Team",
            "channels.telegram.botToken",
            "channels.x.accounts[0].token",
            "gateway.auth.password",
            "tools.x.apiKeys[2]",
            "tools.x.apiKeys.2",
            "mcp.servers.x.env.ANY",
            "models.providers.x.headers.A[0]",
            "models.providers.x.headers.A.v",
            "models.providers.x.headers.id",
            "models.providers.x.apiKey.key",
            "models.providers.x.apiKey.value.id",
            "x.credentials.id.pass",
            "x.params.headers.A.b.c",
        ] {
            assert!(asked(path, is_secret_place) && asked(path, is_secret_number_place), "{path}");
        }
        for path in [
            "models.providers.x.baseUrl",
            "gateway.auth.mode",
            "models.providers.x.apiKey.source",
            "models.providers.x.headers.A.id",
            "a.env",
        ] {
            assert!(!asked(path, is_secret_place), "{path}");
        }
    }

    #[test]
    fn numbers_that_are_settings_are_no_secrets() {
        for path in [
            "models.providers.x.maxTokens",
            "models.providers.x.models[0].maxTokens",
            "agents.defaults.contextTokens",
            "agents.defaults.compaction.reserve_tokens",
            "env.shellEnv.timeoutMs",
            "secrets.resolution.maxBatchBytes",
            "gateway.port",
        ] {
            assert!(!asked(path, is_secret_number_place), "{path}");
        }
    }

    #[test]
    fn a_credential_in_a_path_is_not_shown() {
        let path = Path::keys(["x", "https://me:pw@host", "sk-ant-api03-abc", "y\u{1b}"]).index(3);
        assert_eq!(shown_path(&path), "x[\"***\"][\"sk-ant-***\"][\"y\\u{1b}\"][3]");
    }
}
