//! A value as a person types it.

use super::sensitive::is_secret_path;
use crate::json5::{self, Edit, Kind, Limits, Path, SyntaxError, SyntaxErrorKind};

/// The edit that sets a path to what a person typed: JSON5 if it is JSON5, else the text itself.
///
/// In places that hold secrets only a string, an object or an array counts as JSON5: a password
/// `007` or `null` is meant as it was typed.
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
/// assert_eq!(set("env.PIN", "007"), "{a: 0, env: {PIN: \"007\"}}");
/// ```
///
/// # Errors
/// The text is JSON5 beyond the limits of size or depth.
pub fn typed_edit(path: &Path, text: &str) -> Result<Edit, SyntaxError> {
    let literal = match json5::scan(text, &Limits::default()) {
        Ok(document) => {
            let whole = matches!(document.root.kind, Kind::String | Kind::Object(_) | Kind::Array(_));
            whole || !is_secret_path(path.segments())
        }
        Err(error) if matches!(error.kind, SyntaxErrorKind::TooDeep(_) | SyntaxErrorKind::TooLarge(_)) => {
            return Err(error);
        }
        Err(_) => false,
    };
    Ok(if literal { Edit::set(path.clone(), text) } else { Edit::text(path.clone(), text) })
}

/// Whether what stands at this path is a secret whatever it says: the `env` block, everything under
/// `secrets`, headers, and every key named like a credential.
///
/// ```
/// use openclaw_core::config::holds_secret;
/// assert!(holds_secret(&"models.providers.anthropic.apiKey".parse().unwrap()));
/// assert!(!holds_secret(&"agents.defaults.model.primary".parse().unwrap()));
/// ```
#[must_use]
pub fn holds_secret(path: &Path) -> bool {
    is_secret_path(path.segments())
}
