//! What an edit must do, said without the code that does it: values from the json5 crate, the edit
//! applied to them here, and bytes compared.

use std::fmt;
use std::ops::Range;

use openclaw_core::json5::{Edit, Kind, Limits, Node, Path, Segment, scan};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value as the json5 crate reads it, members in order and repeated ones kept.
#[derive(Debug, Clone)]
pub enum Plain {
    Null,
    Bool(bool),
    Integer(i128),
    Number(f64),
    Text(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl PartialEq for Plain {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::Integer(a), Self::Number(b)) | (Self::Number(b), Self::Integer(a)) => *a as f64 == *b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => a == b,
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Plain;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E>(self) -> Result<Plain, E> {
                Ok(Plain::Null)
            }
            fn visit_none<E>(self) -> Result<Plain, E> {
                Ok(Plain::Null)
            }
            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Plain, D::Error> {
                Plain::deserialize(inner)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Plain, E> {
                Ok(Plain::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Plain, E> {
                Ok(Plain::Integer(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Plain, E> {
                Ok(Plain::Integer(value.into()))
            }
            fn visit_i128<E>(self, value: i128) -> Result<Plain, E> {
                Ok(Plain::Integer(value))
            }
            fn visit_u128<E>(self, value: u128) -> Result<Plain, E> {
                Ok(i128::try_from(value).map_or(Plain::Number(value as f64), Plain::Integer))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Plain, E> {
                Ok(Plain::Number(value))
            }
            fn visit_str<E>(self, value: &str) -> Result<Plain, E> {
                Ok(Plain::Text(value.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Plain, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = access.next_element()? {
                    elements.push(element);
                }
                Ok(Plain::Array(elements))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Plain, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = access.next_entry()? {
                    members.push(member);
                }
                Ok(Plain::Object(members))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl Plain {
    /// Reads a text with the json5 crate.
    pub fn read(text: &str) -> Self {
        json5::from_str(text).expect("the text is JSON5")
    }

    /// What JSON can say of it: the last of repeated members, and no number that is none.
    pub fn into_json(self) -> Self {
        match self {
            Self::Number(value) if !value.is_finite() => Self::Null,
            // Beyond 64 bits a number is the nearest double.
            Self::Integer(value) if i64::try_from(value).is_err() && u64::try_from(value).is_err() => {
                Self::Number(value as f64)
            }
            Self::Array(elements) => Self::Array(elements.into_iter().map(Self::into_json).collect()),
            Self::Object(members) => {
                let mut last: Vec<(String, Self)> = Vec::new();
                for (key, value) in members {
                    last.retain(|(earlier, _)| *earlier != key);
                    last.push((key, value.into_json()));
                }
                Self::Object(last)
            }
            other => other,
        }
    }

    /// Does an edit that is known to be possible. What is new goes to the end.
    pub fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::Set { path, value } => self.set(path.segments(), Self::read(value)),
            Edit::Unset { path } => self.unset(path.segments()),
            other => panic!("{other:?} is unknown here"),
        }
    }

    fn set(&mut self, path: &[Segment], value: Self) {
        match (path, &mut *self) {
            ([], _) => *self = value,
            ([Segment::Key(key), below @ ..], Self::Object(members)) => {
                let at = members.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                    members.push((key.clone(), Self::empty(below)));
                    members.len() - 1
                });
                members[at].1.set(below, value);
            }
            ([Segment::Index(index), below @ ..], Self::Array(elements)) => {
                if *index == elements.len() {
                    elements.push(Self::empty(below));
                }
                elements[*index].set(below, value);
            }
            (path, place) => panic!("{path:?} does not lead into {place:?}"),
        }
    }

    /// What is made for the steps that follow.
    fn empty(path: &[Segment]) -> Self {
        match path.first() {
            Some(Segment::Key(_)) => Self::Object(Vec::new()),
            Some(Segment::Index(_)) => Self::Array(Vec::new()),
            None => Self::Null,
        }
    }

    fn unset(&mut self, path: &[Segment]) {
        match (path, self) {
            ([Segment::Key(key)], Self::Object(members)) => members.retain(|(name, _)| name != key),
            ([Segment::Index(index)], Self::Array(elements)) if *index < elements.len() => {
                elements.remove(*index);
            }
            ([Segment::Key(key), below @ ..], Self::Object(members)) => {
                if let Some((_, inner)) = members.iter_mut().find(|(name, _)| name == key) {
                    inner.unset(below);
                }
            }
            ([Segment::Index(index), below @ ..], Self::Array(elements)) => {
                if let Some(inner) = elements.get_mut(*index) {
                    inner.unset(below);
                }
            }
            _ => {}
        }
    }
}

/// That a text was edited as it should, and that no byte of anybody else differs.
pub fn check_edit(before: &str, after: &str, edit: &Edit) {
    let mut expected = Plain::read(before);
    expected.apply(edit);
    assert_eq!(Plain::read(after), expected, "{edit:?}\n{before}\n---\n{after}");
    if before == after {
        return;
    }
    let root = scan(before, &Limits::default()).expect("the text was edited").root;
    let there = root.at(edit.path());
    let (allowed, child) = surroundings(&root, edit.path());
    let told = || format!("{edit:?} changed too much of\n{before}\n---\n{after}");
    assert!(only_within(before, after, &allowed), "{}", told());
    match (edit, there) {
        (Edit::Set { .. }, Some(node)) => {
            assert!(only_within(before, after, &node.span), "{}", told());
        }
        (Edit::Set { value, .. }, None) => {
            // Nothing but white space makes room, and nothing but the value and its comma is new.
            let value = bare(value);
            let (old, new) = (words(before), words(after));
            // Strict JSON takes the value as JSON has it: without comments, and with other words.
            let strict = scan(before, &Limits::default()).is_ok_and(|document| document.strict_json);
            let made = if strict { 1 } else { words(&value).len() };
            let kept = if strict { 0 } else { comments(&value).count() };
            assert!(is_subsequence(&old, &new) && new.len() >= old.len() + made, "{}", told());
            assert_eq!(comments(before).count() + kept, comments(after).count(), "{}", told());
        }
        _ => {
            let (old, new) = (words(before), words(after));
            assert!(is_subsequence(&new, &old), "{}", told());
            // One comma goes with the child, and with a last one perhaps the trailing one as well.
            let gone = old.len() - new.len() - words(&before[child.clone()]).len();
            let comments_gone = comments(before).count() - comments(after).count();
            assert!(gone <= comments_gone + 1, "{}", told());
            let line = line_start(before, child.start)..line_end(before, child.end);
            let own = comments(before).filter(|(at, text)| at + text.len() > line.start && *at < line.end).count();
            assert!(comments_gone <= own, "a comment of another line is gone: {}", told());
        }
    }
}

/// The value without what stands around it.
fn bare(value: &str) -> String {
    let root = scan(value, &Limits::default()).expect("the value was taken").root;
    root.text(value).to_owned()
}

/// Whether the texts are the same before and behind a part of the first one.
fn only_within(before: &str, after: &str, part: &Range<usize>) -> bool {
    let kept = part.start + before.len() - part.end;
    after.len() >= kept && after.starts_with(&before[..part.start]) && after.ends_with(&before[part.end..])
}

/// The bytes between the neighbours of a place, and those of the place with its key. Of what is not
/// there: at the end of the container that is.
fn surroundings(root: &Node, path: &Path) -> (Range<usize>, Range<usize>) {
    let mut container = root;
    for (depth, segment) in path.segments().iter().enumerate() {
        let children: Vec<_> = match &container.kind {
            Kind::Array(elements) => elements.iter().map(|element| (element.span.clone(), element)).collect(),
            _ => container.members().iter().map(|m| (m.key_span.start..m.value.span.end, &m.value)).collect(),
        };
        let index = match segment {
            Segment::Index(index) => Some(*index).filter(|index| *index < children.len()),
            Segment::Key(key) => container.members().iter().position(|member| member.key == *key),
        };
        let last = depth + 1 == path.segments().len();
        if let (Some(index), false) = (index, last) {
            container = children[index].1;
            continue;
        }
        let at = index.unwrap_or(children.len());
        let start = at.checked_sub(1).map_or(container.span.start + 1, |at| children[at].0.end);
        let end = children.get(at + 1).map_or(container.span.end - 1, |(next, _)| next.start);
        let child = children.get(at).map_or(start..start, |(child, _)| child.clone());
        return (start..end, child);
    }
    (root.span.clone(), root.span.clone())
}

const BREAKS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].char_indices().rev().find(|(_, c)| BREAKS.contains(c)).map_or(0, |(at, c)| at + c.len_utf8())
}

fn line_end(text: &str, offset: usize) -> usize {
    text[offset..].find(BREAKS).map_or(text.len(), |at| offset + at)
}

fn is_subsequence(few: &[&str], many: &[&str]) -> bool {
    let mut many = many.iter();
    few.iter().all(|word| many.any(|other| other == word))
}

fn comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    lex(text).into_iter().filter(|(_, word)| word.starts_with("//") || word.starts_with("/*"))
}

fn words(text: &str) -> Vec<&str> {
    lex(text).into_iter().map(|(_, word)| word).collect()
}

/// The words of a JSON5 text with their places: comments, strings, brackets and the rest.
fn lex(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match c {
            c if c.is_whitespace() || c == '\u{feff}' => c.len_utf8(),
            '/' if rest.starts_with("//") => rest.find(BREAKS).unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            '"' | '\'' => {
                let mut chars = rest.char_indices().skip(1);
                let mut length = rest.len();
                while let Some((at, inner)) = chars.next() {
                    if inner == '\\' {
                        chars.next();
                    } else if inner == c {
                        length = at + 1;
                        break;
                    }
                }
                length
            }
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => {
                let ends = |c: char| c.is_whitespace() || c == '\u{feff}' || "{}[],:/\"'".contains(c);
                rest.find(ends).unwrap_or(rest.len())
            }
        };
        if !(c.is_whitespace() || c == '\u{feff}') {
            found.push((at, &rest[..length]));
        }
        at += length.max(1);
    }
    found
}
