//! Commands as a shell takes them: names that come from files may hold anything.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::secret::printable;

/// A word of a command. What a terminal would not show is written as its octal bytes (`$'a\033b'`),
/// which bash, zsh, ksh and POSIX 2024 read.
pub(crate) fn word(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    if printable(text) == text {
        return Cow::Owned(format!("'{}'", text.replace('\'', "'\\''")));
    }
    let mut quoted = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            c if printable(c.encode_utf8(&mut [0; 4])) == c.to_string() => quoted.push(c),
            c => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
        }
    }
    quoted.push('\'');
    Cow::Owned(quoted)
}

/// ` --name value`, also for a value that looks like an option.
pub(crate) fn option(name: &str, value: &str) -> String {
    let glue = if value.starts_with('-') { '=' } else { ' ' };
    format!(" --{name}{glue}{}", word(value))
}

/// The last word of a command, also if it looks like an option.
pub(crate) fn last_word(text: &str) -> String {
    let end_of_options = if text.starts_with('-') { " --" } else { "" };
    format!("{end_of_options} {}", word(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stays_one_word() {
        for (text, expected) in [
            ("anthropic:me@x.org", "anthropic:me@x.org"),
            ("a b; rm -rf $HOME", "'a b; rm -rf $HOME'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("a\u{1b}[31mb", r"$'a\033[31mb'"),
            ("it's\t\\\u{85}1", r"$'it\'s\011\\\302\2051'"),
        ] {
            assert_eq!(word(text), expected);
        }
        assert_eq!((option("profile-id", "-x"), last_word("-x")), (" --profile-id=-x".into(), " -- -x".into()));
    }
}
