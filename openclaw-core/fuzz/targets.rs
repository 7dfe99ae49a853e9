//! What is fuzzed. The test suite runs the same functions over the committed corpus.

use openclaw_core::Env;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
use openclaw_core::json5::{
    Edit, EditError, Kind, Limits, Node, Path, SyntaxErrorKind, edit, integer, number, scan, string,
};
use serde::de::IgnoredAny;

use crate::oracle::{Plain, check_edit};

/// Any text: the scanner accepts what the json5 crate accepts, and reads the same values.
pub fn scanner(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let limits = Limits::default();
    match scan(text, &limits) {
        Ok(document) => {
            let expected: Plain = json5::from_str(text).expect("the scanner accepts what the parser refuses");
            agrees(&document.root, text, &expected);
        }
        Err(error) => {
            assert!(error.offset <= text.len() && text.is_char_boundary(error.offset));
            if !matches!(error.kind, SyntaxErrorKind::TooDeep(_) | SyntaxErrorKind::TooLarge(_)) {
                assert!(json5::from_str::<IgnoredAny>(text).is_err(), "the scanner refuses what the parser accepts");
            }
        }
    }
    // However often a short text opens something, the stack holds.
    if (1..=16).contains(&text.len()) {
        let _ = scan(&text.repeat(2000), &Limits { depth: usize::MAX, ..limits });
    }
}

/// Whether a tree of spans says what the parser read.
fn agrees(node: &Node, text: &str, expected: &Plain) {
    let inside = |inner: &std::ops::Range<usize>| node.span.start < inner.start && inner.end < node.span.end;
    match (&node.kind, expected) {
        (Kind::Object(members), Plain::Object(expected)) => {
            assert_eq!(members.len(), expected.len());
            let mut end = node.span.start;
            for (member, (key, value)) in members.iter().zip(expected) {
                assert!(member.key == *key && inside(&member.key_span) && inside(&member.value.span));
                assert!(end < member.key_span.start && member.key_span.end < member.value.span.start);
                end = member.value.span.end;
                agrees(&member.value, text, value);
            }
        }
        (Kind::Array(elements), Plain::Array(expected)) => {
            assert_eq!(elements.len(), expected.len());
            for (element, value) in elements.iter().zip(expected) {
                assert!(inside(&element.span));
                agrees(element, text, value);
            }
        }
        (Kind::String, Plain::Text(expected)) => {
            assert_eq!(string(node, text).as_deref(), Some(expected));
        }
        (Kind::Number, Plain::Number(expected)) => {
            let float = number(node, text).expect("a number");
            assert_eq!(Plain::Number(float), Plain::Number(*expected));
            if let Ok(exact) = json5::from_str::<i64>(node.text(text)) {
                assert_eq!(integer(node, text), Some(exact));
            }
        }
        (Kind::Number, Plain::Integer(expected)) => {
            let exact = integer(node, text).expect("a number");
            assert_eq!(i128::from(exact), (*expected).clamp(i64::MIN.into(), i64::MAX.into()));
        }
        (Kind::Bool(value), Plain::Bool(expected)) => assert_eq!(value, expected),
        (Kind::Null, Plain::Null) => {}
        (kind, _) => panic!("the parser found no {}", kind.name()),
    }
}

/// A text, then paths and values in turns, with NUL between them; an empty value unsets.
pub fn edit_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parts = text.split('\0');
    let mut text = parts.next().unwrap_or("").to_owned();
    let limits = Limits::default();
    let mut edits = Vec::new();
    let original = text.clone();
    while let (Some(path), value) = (parts.next(), parts.next().unwrap_or("")) {
        let path = if path.is_empty() { Path::root() } else { path.parse().unwrap_or_default() };
        let one = if value.is_empty() { Edit::unset(path) } else { Edit::set(path, value) };
        match edit(&text, std::slice::from_ref(&one), &limits) {
            Ok(edited) => {
                check_edit(&text, &edited, &one);
                text = edited.to_string();
                edits.push(one);
            }
            Err(EditError::Unverified { path }) => panic!("a bug is reported at {path}"),
            Err(_) => {}
        }
    }
    if scan(&original, &limits).is_ok() {
        let at_once = edit(&original, &edits, &limits).expect("each edit was accepted alone");
        assert_eq!(at_once.as_str(), text, "edits at once are the edits one by one");
    }
}

/// A layer of the configuration: read, checked, printed; what was printed reads back as the same.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = |text: &str| {
        let layer = ConfigLayer::parse(ConfigSource::Override, text)?;
        Config::from_layers([layer], &Env::empty())
    };
    let Ok(config) = read(text) else { return };
    let printed = config.root().to_json(true);
    let redacted = config.root().to_json(false);
    assert!(serde_accepts(&printed) && serde_accepts(&redacted));
    let expected: Plain = json5::from_str(text).expect("the layer was read");
    let said: Plain = json5::from_str(&printed).expect("JSON is JSON5");
    // A `$${NAME}` is printed as the text it stands for, which would be a reference if it were read again.
    if !text.contains('$') && !printed.contains("${") {
        assert_eq!(said, expected.into_json());
        let again = read(&printed).expect("what was printed is read");
        assert_eq!(again.root().to_json(true).as_str(), printed.as_str());
    }
}

fn serde_accepts(text: &str) -> bool {
    let strict = scan(text, &Limits::default());
    strict.is_ok_and(|document| document.strict_json)
}
