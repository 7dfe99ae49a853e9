//! Paths into a document: `agents.defaults.models["anthropic/claude-opus-4-5"].params`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::secret::{printable, redact};

/// One step of a [`Path`]. `Debug` hides what looks like an Anthropic credential.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An element of an array, from 0.
    Index(usize),
}

impl Segment {
    /// The index that this step is where an array stands: OpenClaw reads `list.0` as `list[0]`. A key is
    /// one only in the spelling in which an index is printed; `01`, `+1` and `-0` are keys everywhere.
    ///
    /// ```
    /// use openclaw_core::json5::Segment;
    /// assert_eq!(Segment::Key("10".to_owned()).as_index(), Some(10));
    /// assert_eq!(Segment::Key("01".to_owned()).as_index(), None);
    /// ```
    #[must_use]
    pub fn as_index(&self) -> Option<usize> {
        match self {
            Self::Index(index) => Some(*index),
            Self::Key(key) => index_of(key),
        }
    }

    /// This step where nothing stands yet: `list.0` makes an array, as in OpenClaw. Any other number
    /// stays a key, since a new array has no such element, and ids of chats and guilds are numbers.
    #[must_use]
    pub fn in_new_container(&self) -> Self {
        match self.as_index() {
            Some(0) => Self::Index(0),
            _ => self.clone(),
        }
    }
}

/// `0`, or digits that do not begin with it.
pub(crate) fn index_of(key: &str) -> Option<usize> {
    let canonical = key == "0" || !key.starts_with('0');
    (canonical && key.bytes().all(|byte| byte.is_ascii_digit())).then(|| key.parse().ok()).flatten()
}

/// A way from the root of a document to a value.
///
/// Written with dots and brackets; a key in brackets may be quoted, and needs to be where it holds
/// a dot, a bracket or a quote. A bare number in brackets is an index.
///
/// ```
/// use openclaw_core::json5::Path;
/// let path: Path = r#"agents.list[0].models["anthropic/claude-opus-4-5"]"#.parse()?;
/// assert_eq!(path.to_string(), r#"agents.list[0].models["anthropic/claude-opus-4-5"]"#);
/// # Ok::<(), openclaw_core::json5::PathError>(())
/// ```
///
/// `Debug` hides what looks like an Anthropic credential; `Display` is what can be read again.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(Vec<Segment>);

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid path \"{}\": {problem} at character {at}", printable(&redact(text)))]
pub struct PathError {
    /// The text, without the white space around it.
    pub text: String,
    /// What is wrong.
    pub problem: &'static str,
    /// Where, from 1.
    pub at: usize,
}

impl Path {
    /// The path of the root.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// A path made of keys only.
    pub fn keys<I: IntoIterator<Item = S>, S: Into<String>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| Segment::Key(key.into())).collect())
    }

    /// This path with one more key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut longer = self.clone();
        longer.0.push(Segment::Key(key.to_owned()));
        longer
    }

    /// This path with one more index.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut longer = self.clone();
        longer.0.push(Segment::Index(index));
        longer
    }

    /// The steps.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }
}

impl FromIterator<Segment> for Path {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let text = text.trim();
        let chars: Vec<char> = text.chars().collect();
        let fail = |problem, at: usize| PathError { text: text.to_owned(), problem, at: at + 1 };
        let mut segments = Vec::new();
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            if c == '[' {
                at += 1;
                let quote = chars.get(at).copied().filter(|c| matches!(c, '"' | '\''));
                let mut inner = String::new();
                if quote.is_some() {
                    at += 1;
                }
                loop {
                    match chars.get(at) {
                        None => return Err(fail("the bracket is not closed", at)),
                        Some('\\') if quote.is_some() => {
                            inner.push(*chars.get(at + 1).ok_or_else(|| fail("nothing follows the backslash", at))?);
                            at += 2;
                        }
                        Some(c) if Some(*c) == quote => {
                            at += 1;
                            if chars.get(at) != Some(&']') {
                                return Err(fail("expected ] after the quoted key", at));
                            }
                            break;
                        }
                        Some(']') if quote.is_none() => break,
                        Some(c) => {
                            inner.push(*c);
                            at += 1;
                        }
                    }
                }
                at += 1;
                if inner.is_empty() && quote.is_none() {
                    return Err(fail("the brackets are empty", at));
                }
                segments.push(if quote.is_none() && inner.bytes().all(|b| b.is_ascii_digit()) {
                    if inner.len() > 1 && inner.starts_with('0') {
                        return Err(fail("an index does not begin with 0", at - 1));
                    }
                    Segment::Index(index_of(&inner).ok_or_else(|| fail("the index is too large", at - 1))?)
                } else {
                    Segment::Key(inner)
                });
                if !matches!(chars.get(at), None | Some('.' | '[')) {
                    return Err(fail("expected . or [ after the bracket", at));
                }
            } else {
                let mut key = String::new();
                while let Some(&c) = chars.get(at).filter(|c| !matches!(c, '.' | '[')) {
                    if c == '\\' {
                        at += 1;
                        key.push(*chars.get(at).ok_or_else(|| fail("nothing follows the backslash", at))?);
                    } else {
                        key.push(c);
                    }
                    at += 1;
                }
                if key.is_empty() {
                    return Err(fail("a key is empty", at));
                }
                segments.push(Segment::Key(key));
            }
            if chars.get(at) == Some(&'.') {
                at += 1;
                if at == chars.len() {
                    return Err(fail("the path ends with a dot", at));
                }
                if chars.get(at) == Some(&'[') {
                    return Err(fail("a key is empty", at));
                }
            }
        }
        if segments.is_empty() { Err(fail("the path is empty", 0)) } else { Ok(Self(segments)) }
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.debug_tuple("Key").field(&redact(key)).finish(),
            Self::Index(index) => f.debug_tuple("Index").field(index).finish(),
        }
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Path").field(&self.0).finish()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) => {
                    let plain =
                        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'));
                    if !plain {
                        write!(f, "[\"{}\"]", key.replace('\\', "\\\\").replace('"', "\\\""))?;
                    } else if at == 0 {
                        f.write_str(key)?;
                    } else {
                        write!(f, ".{key}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_among_the_keys_is_not_shown() {
        let path = Path::keys(["auth", "sk-ant-api03-CANARY"]).index(1);
        assert_eq!(format!("{path:?}"), r#"Path([Key("auth"), Key("sk-ant-***"), Index(1)])"#);
        assert_eq!(path.to_string(), "auth.sk-ant-api03-CANARY[1]");
    }

    #[test]
    fn paths_read_and_print() {
        for (text, printed) in [
            ("a.b", "a.b"),
            ("a[0][1]", "a[0][1]"),
            (r#"a["b.c"].d"#, r#"a["b.c"].d"#),
            ("a['x/y']", r#"a["x/y"]"#),
            ("a[x/y]", r#"a["x/y"]"#),
            (r"a.b\.c", r#"a["b.c"]"#),
            (r#"a["0"]"#, "a.0"),
        ] {
            assert_eq!(text.parse::<Path>().unwrap().to_string(), printed, "{text}");
        }
        for bad in [
            "",
            "a.",
            ".a",
            "a[",
            "a[]",
            "a['x",
            "a['x'y]",
            "a[0]b",
            "a..b",
            "a.[0]",
            "a\\",
            "a[99999999999999999999999]",
            "a[01]",
        ] {
            assert!(bad.parse::<Path>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_error_shows_no_credential() {
        let error = "auth.sk-ant-api03-abc_DEF[".parse::<Path>().unwrap_err();
        assert_eq!(error.to_string(), "invalid path \"auth.sk-ant-***[\": the bracket is not closed at character 27");
    }

    #[test]
    fn only_the_printed_spelling_of_an_index_is_one() {
        let key = |key: &str| Segment::Key(key.to_owned());
        for (text, index) in [("0", Some(0)), ("7", Some(7)), ("10", Some(10))] {
            assert_eq!(key(text).as_index(), index);
        }
        for text in ["", "+1", "-1", "01", "00", "1 ", "1.0", "\u{661}", "99999999999999999999999"] {
            assert_eq!(key(text).as_index(), None, "{text}");
        }
        assert_eq!((key("0").in_new_container(), key("1").in_new_container()), (Segment::Index(0), key("1")));
        assert_eq!(Segment::Index(2).in_new_container(), Segment::Index(2));
    }
}
