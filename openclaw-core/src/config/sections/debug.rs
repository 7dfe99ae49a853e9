//! `Debug` of the sections: a credential may stand where none belongs, such as a base URL or an e-mail.

use std::fmt::{self, Debug, Write as _};

use zeroize::Zeroizing;

use crate::config::print::REDACTED;
use crate::config::sensitive::is_secret_text;

/// Shows a value with `***` for every string that looks like a credential, keys included.
pub(super) struct Hidden<'t, T>(pub(super) &'t T);

impl<T: Debug> Debug for Hidden<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Zeroizing::new(String::new());
        if f.alternate() {
            write!(text, "{:#?}", self.0)?;
        } else {
            write!(text, "{:?}", self.0)?;
        }
        let mut rest = text.as_str();
        while let Some((before, from)) = rest.split_once('"') {
            let (string, after) = from.split_at(end(from));
            f.write_str(before)?;
            write!(f, "\"{}", if is_secret_text(string) { REDACTED } else { string })?;
            rest = after.strip_prefix('"').map_or(Ok(after), |after| f.write_str("\"").map(|()| after))?;
        }
        f.write_str(rest)
    }
}

/// Where the closing quote of a string stands.
fn end(string: &str) -> usize {
    let mut escaped = false;
    let quote = string.find(|c| match c {
        '\\' => {
            escaped = !escaped;
            false
        }
        c => !std::mem::take(&mut escaped) && c == '"',
    });
    quote.unwrap_or(string.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strings_that_look_like_a_credential_are_hidden() {
        let plain = (Some("a\\\"b"), vec!["https://host/@x:y", "\\"], ' ', 1.5, "é\n");
        assert_eq!(format!("{:?}", Hidden(&plain)), format!("{plain:?}"));
        assert_eq!(format!("{:#?}", Hidden(&plain)), format!("{plain:#?}"));
        let secrets = [("https://h", "https://u:a\"b@h"), ("x sk-ant-CANARY", "b\\")];
        assert_eq!(format!("{:?}", Hidden(&secrets)), r#"[("https://h", "***"), ("***", "b\\")]"#);
    }
}
