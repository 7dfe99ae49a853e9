//! A value as a person types it.

use super::place::Place;
use super::sections::Settings;
use super::sensitive::is_secret_number_place;
use super::shape::Shaped;
use crate::json5::{self, Edit, Kind, Limits, Node, Path, Segment, SyntaxError, SyntaxErrorKind};

/// The edit that sets a path to what a person typed: JSON5 if it is JSON5, else the text itself.
///
/// Where the sections that are ours take nothing but text (`env.X`, `apiKey`, a header, a model), a
/// number, `true`, `false` or `null` is text as well. [`strict_edit`] takes it as it is.
///
/// ```
/// use openclaw_core::config::typed_edit;
/// use openclaw_core::json5::{Limits, edit};
/// let set = |path: &str, text: &str| {
///     let edits = [typed_edit(&path.parse().unwrap(), text).unwrap()];
///     edit("{a: 0}", &edits, &Limits::default()).unwrap().to_string()
/// };
/// assert_eq!(set("a", "0xff"), "{a: 0xff}");
/// assert_eq!(set("a", "opus"), "{a: \"opus\"}");
/// assert_eq!(set("env.PIN", "4711"), "{a: 0, env: {PIN: \"4711\"}}");
/// ```
///
/// # Errors
/// The text is JSON5 beyond the limits of size or depth.
pub fn typed_edit(path: &Path, text: &str) -> Result<Edit, SyntaxError> {
    match json5::scan(text, &Limits::default()) {
        Ok(document) if is_meant_as_text(path.segments(), &document.root) => Ok(Edit::text(path.clone(), text)),
        Ok(_) => Ok(Edit::set(path.clone(), text)),
        Err(error) if matches!(error.kind, SyntaxErrorKind::TooDeep(_) | SyntaxErrorKind::TooLarge(_)) => Err(error),
        Err(_) => Ok(Edit::text(path.clone(), text)),
    }
}

/// The edit that sets a path to a JSON5 value, which is never taken as anything else.
///
/// ```
/// use openclaw_core::config::strict_edit;
/// let path = "env.PIN".parse().unwrap();
/// assert!(strict_edit(&path, "'4711'").is_ok());
/// assert!(strict_edit(&path, "four seven").is_err());
/// ```
///
/// # Errors
/// The text is not JSON5, or beyond the limits of size or depth.
pub fn strict_edit(path: &Path, text: &str) -> Result<Edit, SyntaxError> {
    json5::scan(text, &Limits::default()).map(|_| Edit::set(path.clone(), text))
}

/// Whether a scalar that is no string is meant as one: a password `4711` or a variable `true`.
pub(super) fn is_meant_as_text(path: &[Segment], value: &Node) -> bool {
    matches!(value.kind, Kind::Null | Kind::Bool(_) | Kind::Number)
        && Settings::SHAPE.at(path).is_some_and(|shape| shape.takes_text_only())
}

/// Whether what is given for this path is a secret whatever it says: the `env` block, everything under
/// `secrets`, headers, and every key named like a credential; not amounts of tokens, nor what our own
/// sections take no text for.
///
/// ```
/// use openclaw_core::config::holds_secret;
/// assert!(holds_secret(&"models.providers.anthropic.apiKey".parse().unwrap()));
/// assert!(!holds_secret(&"agents.defaults.model.primary".parse().unwrap()));
/// assert!(!holds_secret(&"models.providers.anthropic.maxTokens".parse().unwrap()));
/// ```
#[must_use]
pub fn holds_secret(path: &Path) -> bool {
    is_secret_number_place(&Place::at(path.segments()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_text(path: &str, text: &str) -> bool {
        matches!(typed_edit(&path.parse().unwrap(), text).unwrap(), Edit::SetText { .. })
    }

    #[test]
    fn only_where_nothing_but_text_may_stand_a_scalar_is_text() {
        for path in [
            "env.X",
            "env.vars.X",
            "models.providers.x.apiKey",
            "models.providers.x.headers.X-Team",
            "agents.defaults.model.primary",
            "agents.list[0].id",
            "agents.list.0.id",
            "secrets.defaults.env",
        ] {
            for value in ["12", "true", "null", "-Infinity", "0x10"] {
                assert!(is_text(path, value), "{path} {value}");
            }
            for value in ["'12'", "{}", "[1]"] {
                assert!(!is_text(path, value), "{path} {value}");
            }
        }
        for path in [
            "env",
            "env.vars",
            "env.shellEnv.enabled",
            "env.shellEnv.timeoutMs",
            "models.providers.x.models[0].maxTokens",
            "models.providers.x.maxTokens",
            "secrets.resolution.maxBatchBytes",
            "channels.telegram.botToken",
            "gateway.auth.token",
            "agents.list.+0.id",
            "ui.x",
        ] {
            for value in ["12", "true", "null"] {
                assert!(!is_text(path, value), "{path} {value}");
            }
        }
    }

    #[test]
    fn settings_beside_secrets_hold_none() {
        let holds = |path: &str| holds_secret(&path.parse().unwrap());
        for path in ["env.X", "models.providers.x.headers.A", "channels.t.botToken", "tools.x.tokens[0]"] {
            assert!(holds(path), "{path}");
        }
        for path in ["env.shellEnv.enabled", "agents.defaults.contextTokens", "x.compaction.reserveTokens"] {
            assert!(!holds(path), "{path}");
        }
    }

    #[test]
    fn a_strict_value_is_never_text() {
        assert!(matches!(strict_edit(&"env.X".parse().unwrap(), "12"), Ok(Edit::Set { .. })));
    }
}
