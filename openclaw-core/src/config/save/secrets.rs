//! Secrets that an edit takes out of a configuration: no backup may keep them.

use std::collections::HashSet;

use zeroize::Zeroizing;

use super::super::sensitive::{announces_next, is_secret_path, is_secret_text, secret_text};
use super::comments::{Comments, enclosing};
use super::files::{Authored, ConfigFiles, INCLUDE};
use crate::json5::{self, Kind, Limits, Node, Segment};

/// From this length on a secret is looked for inside other texts as well; a shorter one (`1`, `on`)
/// only as a whole string, or it would be found everywhere.
const LONG: usize = 8;

/// Secrets that are gone.
#[derive(Default)]
pub(super) struct Gone(Vec<Zeroizing<String>>);

impl Gone {
    /// The secrets of the files that stand in none of the texts. A secret stands there as a whole: the
    /// one that replaces it may begin with it.
    pub(super) fn new(before: &ConfigFiles, after: &[&str]) -> Self {
        let mut secrets = before.secrets();
        let mut kept: Vec<Zeroizing<String>> = Vec::new();
        for text in after {
            kept.extend(Searched::new(text).strings.unwrap_or_default());
            kept.extend(credentials(text));
        }
        let kept: HashSet<&str> = kept.iter().map(|kept| kept.as_str()).collect();
        secrets.retain(|secret| !kept.contains(secret.as_str()));
        Self(secrets)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a text holds one of them, in whatever spelling.
    pub(super) fn stand_in(&self, text: &str) -> bool {
        let text = Searched::new(text);
        self.0.iter().any(|secret| text.holds(secret))
    }
}

/// A text and its strings, decoded, those of settings in comments among them, and its numbers as they
/// are written.
struct Searched<'t> {
    text: &'t str,
    strings: Option<Vec<Zeroizing<String>>>,
}

impl<'t> Searched<'t> {
    fn new(text: &'t str) -> Self {
        let strings = json5::scan(text, &Limits { bytes: usize::MAX, ..Limits::default() }).map(|document| {
            let mut strings = Vec::new();
            collect(text, &document.root, &mut strings);
            strings.extend(Comments::of(text, &document.root).settings().map(|setting| setting.value));
            strings
        });
        Self { text, strings: strings.ok() }
    }

    fn holds(&self, secret: &str) -> bool {
        let is_long = secret.len() >= LONG;
        // What is no JSON5 has no strings to tell apart.
        if (is_long || self.strings.is_none()) && self.text.contains(secret) {
            return true;
        }
        let mut strings = self.strings.iter().flatten().map(|string| string.as_str());
        strings.any(|string| if is_long { string.contains(secret) } else { string == secret })
    }
}

fn collect(text: &str, node: &Node, strings: &mut Vec<Zeroizing<String>>) {
    match node.kind {
        Kind::String => strings.push(json5::string(node, text).unwrap_or_default()),
        Kind::Number => strings.push(Zeroizing::new(node.text(text).to_owned())),
        _ => {}
    }
    node.elements().iter().for_each(|element| collect(text, element, strings));
    for member in node.members() {
        strings.push(Zeroizing::new(member.key.clone()));
        collect(text, &member.value, strings);
    }
}

impl ConfigFiles {
    /// Every secret in the files, also where it does not count: under a key that stands again, below
    /// a value that another file replaces, in a comment if it looks like one of Anthropic's or stands
    /// there as a setting that was put out of use.
    fn secrets(&self) -> Vec<Zeroizing<String>> {
        let mut found = Vec::new();
        if let Some(root) = self.files.first() {
            self.find_secrets(0, &root.document.root, (&mut Vec::new(), false), true, &mut found);
            Self::find_in_comments(root, &[], &mut found);
        }
        self.files.iter().for_each(|file| found.extend(credentials(&file.text)));
        found.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        found.dedup();
        found
    }

    fn find_secrets(
        &self,
        file: usize,
        node: &Node,
        (path, announced): (&mut Vec<Segment>, bool),
        counts: bool,
        found: &mut Vec<Zeroizing<String>>,
    ) {
        let Some(authored) = self.files.get(file) else { return };
        let secret = secret_text(node, &authored.text, path, announced);
        found.extend(secret.filter(|text| !text.trim().is_empty() && !is_variable(text)));
        let mut announced = false;
        for (at, element) in node.elements().iter().enumerate() {
            path.push(Segment::Index(at));
            self.find_secrets(file, element, (path, announced), counts, found);
            path.pop();
            announced = announces_next(element, &authored.text);
        }
        // An `$include` that does not count may go in circles.
        for (target, _) in self.included(file, node).into_iter().filter(|_| counts) {
            if let Some(included) = self.files.get(target) {
                self.find_secrets(target, &included.document.root, (path, false), counts, found);
                Self::find_in_comments(included, path, found);
            }
        }
        for member in node.members().iter().filter(|member| member.key != INCLUDE) {
            path.push(Segment::Key(member.key.clone()));
            self.find_secrets(file, &member.value, (path, false), counts && !self.is_ignored(file, member), found);
            path.pop();
        }
    }

    /// Secrets in comments: what a setting says that would be a secret where the comment stands.
    fn find_in_comments(file: &Authored, at: &[Segment], found: &mut Vec<Zeroizing<String>>) {
        let root = &file.document.root;
        for setting in Comments::of(&file.text, root).settings() {
            let mut path = at.to_vec();
            path.extend(enclosing(root, setting.offset));
            path.push(Segment::Key(setting.name));
            if is_secret(&path, &setting.value) {
                found.push(setting.value);
            }
        }
    }
}

fn is_secret(path: &[Segment], text: &str) -> bool {
    (is_secret_path(path) || is_secret_text(text)) && !text.trim().is_empty() && !is_variable(text)
}

/// What looks like a whole Anthropic credential, wherever it stands.
fn credentials(text: &str) -> impl Iterator<Item = Zeroizing<String>> {
    const WHOLE: usize = 24;
    text.match_indices("sk-ant-").filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(rest.len());
        rest.get(..end).filter(|found| found.len() >= WHOLE).map(|found| Zeroizing::new(found.to_owned()))
    })
}

/// Whether a text is `${NAME}` and nothing else: no secret, but where one is kept.
fn is_variable(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_secrets_are_whole_strings_and_long_ones_may_be_parts() {
        let gone = Gone(vec![Zeroizing::new("on".to_owned()), Zeroizing::new("long-secret".to_owned())]);
        for text in [
            "{a: 'on'}",
            "{a: 'o\\x6e'}",
            "{a: 'Bearer long-secret'}",
            "// long-secret\n{}",
            "{'l\\x6fng-secret': 1}",
            "broken on",
        ] {
            assert!(gone.stand_in(text), "{text}");
        }
        for text in ["{a: 'once'}", "{on_: 1} // on", "{a: 'long-secre'}"] {
            assert!(!gone.stand_in(text), "{text}");
        }
    }

    #[test]
    fn a_variable_is_where_a_secret_is_kept() {
        assert!(is_variable("${A_1}") && is_variable("${_}"));
        for text in ["${a}", "x${A}", "${A}x", "$${A}", "${}", "${1A}"] {
            assert!(!is_variable(text), "{text}");
        }
    }

    #[test]
    fn whole_credentials_are_found_anywhere() {
        let key = "sk-ant-api03-abcdefghijklmnop_-";
        let found: Vec<_> = credentials(&format!("// was {key}, not sk-ant-api03-...\n{{}}")).collect();
        assert_eq!(found.iter().map(|found| found.as_str()).collect::<Vec<_>>(), [key]);
    }
}
