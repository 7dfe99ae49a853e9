//! Settings in comments: `// botToken: "old"` was one, and says what a backup may say too.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::json5::{self, Kind, Limits, Node, Segment};

/// The comments of a text.
pub(super) struct Comments<'t> {
    text: &'t str,
    bodies: Vec<Range<usize>>,
}

/// A name and what it is given in a comment.
#[derive(Debug)]
pub(super) struct Setting {
    /// Where the comment stands.
    pub(super) offset: usize,
    pub(super) name: String,
    pub(super) value: Zeroizing<String>,
}

impl<'t> Comments<'t> {
    /// Those between the strings of a document: nothing else can look like one.
    pub(super) fn of(text: &'t str, root: &Node) -> Self {
        let mut strings = Vec::new();
        quoted(root, &mut strings);
        strings.sort_unstable_by_key(|span: &Range<usize>| span.start);
        let mut bodies = Vec::new();
        let mut at = 0;
        for string in strings.into_iter().chain(std::iter::once(text.len()..text.len())) {
            while let Some(found) = text.get(at..string.start).and_then(|between| between.find('/')) {
                let body = at + found + 2;
                let Some(rest) = text.get(body..) else { break };
                let (length, end) = if text.get(at + found..body) == Some("/*") {
                    let length = rest.find("*/").unwrap_or(rest.len());
                    (length, body + length + 2)
                } else {
                    let length = rest.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(rest.len());
                    (length, body + length)
                };
                bodies.push(body..body + length);
                at = end;
            }
            at = at.max(string.end);
        }
        Self { text, bodies }
    }

    /// What looks like a setting in them: a name, a colon or an equals sign, a text in quotes or a word.
    pub(super) fn settings(&self) -> impl Iterator<Item = Setting> {
        self.bodies.iter().flat_map(|span| {
            let body = self.text.get(span.clone()).unwrap_or("");
            body.match_indices([':', '=']).filter_map(|(at, _)| {
                let name = name_before(body.get(..at)?)?;
                let value = value_of(body.get(at + 1..)?.trim_start())?;
                Some(Setting { offset: span.start, name: name.to_owned(), value })
            })
        })
    }
}

/// Strings and keys in quotes.
fn quoted(node: &Node, spans: &mut Vec<Range<usize>>) {
    if matches!(node.kind, Kind::String) {
        spans.push(node.span.clone());
    }
    node.elements().iter().for_each(|element| quoted(element, spans));
    for member in node.members() {
        spans.push(member.key_span.clone());
        quoted(&member.value, spans);
    }
}

fn name_before(before: &str) -> Option<&str> {
    let before = before.trim_end_matches([' ', '\t', '"', '\'']);
    let name = before.rsplit(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '$')).next()?;
    (!name.is_empty()).then_some(name)
}

/// The text in quotes that a text begins with, decoded, or its first word.
fn value_of(text: &str) -> Option<Zeroizing<String>> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let word = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '}' | ']')).next()?;
        return (!word.is_empty()).then(|| Zeroizing::new(word.to_owned()));
    };
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    // Without its end it is what is there.
    let literal = end.and_then(|(end, _)| text.get(..=end));
    let decoded = literal.and_then(|literal| {
        let document = json5::scan(literal, &Limits::default()).ok()?;
        json5::string(&document.root, literal)
    });
    decoded.or_else(|| Some(Zeroizing::new(text.get(1..)?.trim_end().to_owned())))
}

/// The path of the innermost object or array around an offset.
pub(super) fn enclosing(root: &Node, offset: usize) -> Vec<Segment> {
    let mut path = Vec::new();
    let mut at = Some(root);
    let around = |node: &Node| node.span.start < offset && offset < node.span.end;
    while let Some(node) = at {
        let member = node.members().partition_point(|member| member.value.span.end <= offset);
        let element = node.elements().partition_point(|element| element.span.end <= offset);
        at = match (node.members().get(member), node.elements().get(element)) {
            (Some(member), _) if around(&member.value) => {
                path.push(Segment::Key(member.key.clone()));
                Some(&member.value)
            }
            (_, Some(inner)) if around(inner) => {
                path.push(Segment::Index(element));
                Some(inner)
            }
            _ => None,
        };
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json5::Path;

    fn found(text: &str) -> Vec<String> {
        let document = json5::scan(text, &Limits::default()).unwrap();
        let comments = Comments::of(text, &document.root);
        let shown = |setting: Setting| {
            let mut path: Vec<Segment> = enclosing(&document.root, setting.offset);
            path.push(Segment::Key(setting.name));
            format!("{}={}", path.into_iter().collect::<Path>(), setting.value.as_str())
        };
        comments.settings().map(shown).collect()
    }

    #[test]
    fn settings_in_comments_are_found_with_their_place() {
        for (text, expected) in [
            ("{a: {b: 1, // botToken: \"o\\x6cd\"\n}}", vec!["a.botToken=old"]),
            ("{a: [1, {/* 'x': 'y', z = w; */}]}", vec!["a[1].x=y", "a[1].z=w"]),
            ("// k: 'it\\'s'\n{a: '// no: 1', '/*b: 2*/': 3}\n/* l: 'open */", vec!["k=it's", "l=open"]),
            (
                "{env: { // A: x\n }, b: { /* work: {apiKey: \"k\"} */ } }",
                vec!["env.A=x", "b.work={apiKey:", "b.apiKey=k"],
            ),
            ("{a: 1} // prose, without any", vec![]),
            ("{u: 'x'/**/, v: 'y' //\n}", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
