//! The JSON5 scanner and editor against the public corpus, against the `json5` crate, and against
//! themselves on generated texts.

#![expect(clippy::disallowed_methods, reason = "edge: reads the corpus")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::ops::Range;
use std::path::{Path as File, PathBuf};

use openclaw_core::json5::{Edit, EditError, Kind, Limits, Node, Path, Segment, edit, integer, number, scan, string};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::IgnoredAny;
use serde_json::Value;

fn corpus() -> Vec<PathBuf> {
    let root = File::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/json5-tests");
    let folders = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())).collect()
}

/// The value of a tree, each scalar read from its own bytes.
fn value(node: &Node, text: &str) -> Value {
    match &node.kind {
        Kind::Object(members) => members.iter().map(|m| (m.key.clone(), value(&m.value, text))).collect(),
        Kind::Array(elements) => elements.iter().map(|element| value(element, text)).collect(),
        _ => json5::from_str(node.text(text)).unwrap(),
    }
}

fn accepts(text: &str) -> bool {
    scan(text, &Limits::default()).is_ok()
}

#[test]
fn the_corpus_is_read_as_it_says() {
    let files = corpus();
    assert!(files.len() > 100, "{} files", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let extension = file.extension().unwrap().to_str().unwrap();
        let expected = match extension {
            "json" | "json5" => true,
            "js" | "txt" => false,
            other => panic!("what is a .{other} file?"),
        };
        let scanned = scan(&text, &Limits::default());
        assert_eq!(scanned.is_ok(), expected, "{} {scanned:?}", file.display());
        let Ok(document) = scanned else { continue };
        assert_eq!(value(&document.root, &text), json5::from_str::<Value>(&text).unwrap(), "{}", file.display());
        assert_eq!(document.strict_json, serde_json::from_str::<Value>(&text).is_ok(), "{}", file.display());
    }
}

#[test]
fn every_character_means_the_same_to_the_parser() {
    for c in '\0'..='\u{ffff}' {
        for text in [format!("{{{c}:0}}"), format!("{{a{c}:0}}"), format!("[0{c},'{c}\\{c}']")] {
            assert_eq!(accepts(&text), json5::from_str::<IgnoredAny>(&text).is_ok(), "{text:?}");
        }
    }
}

#[test]
fn numbers_mean_the_same_to_the_parser() {
    let (edge, beyond) = ("f".repeat(32), "f".repeat(33));
    for text in [
        format!("0x{edge}"),
        format!("0x{beyond}"),
        format!("0x00{edge}"),
        format!("-0x{edge}"),
        format!("-0x8{}", "0".repeat(31)),
        "9".repeat(400),
        format!("-{}", "9".repeat(39)),
        "1e400".to_owned(),
    ] {
        assert_eq!(accepts(&text), json5::from_str::<f64>(&text).is_ok(), "{text}");
    }
}

// ---- texts ----

fn gap() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        6 => select(vec!["", " "]),
        4 => select(vec!["\n", "\n  ", "\r\n\t", "\n\n    ", "\r"]),
        2 => select(vec!["/* x */", " /* ] */ ", " // it's\n", "// \"}\r\n  ", "/* x\n , */", "// é\u{2028}", "/***/ "]),
        1 => select(vec!["\u{2029}", "\u{a0}", "\u{feff}", "\u{b}\u{c}", "\u{3000}"]),
    ]
}

fn scalar() -> impl Strategy<Value = &'static str> {
    select(vec![
        "null",
        "true",
        "false",
        "0",
        "-1",
        "+.5e-3",
        "5.",
        "0xFf",
        "Infinity",
        "-NaN",
        "1e400",
        "9007199254740993",
        "'it\\'s'",
        "\"a\\u00e9\\\n  b\"",
        "'/* , } */'",
        "\"\\ud83d\\ude00\u{2028}\"",
        "'//'",
        "\"\"",
        "\"\\\"\"",
        "\"sk-ant-api03-x\"",
    ])
}

/// A key in one of many spellings; the number makes it the only one of its object.
fn key(number: usize) -> impl Strategy<Value = String> {
    select(vec![0, 0, 1, 2, 3, 4]).prop_map(move |spelling| match spelling {
        0 => format!("$k{number}"),
        1 => format!("'k {number}'"),
        2 => format!("\"k\\\"{number}\""),
        3 => format!("é\\u0061{number}"),
        _ => format!("\"k-{number}\""),
    })
}

fn container(inner: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let element = (gap(), inner.clone(), gap()).prop_map(|(before, value, after)| [before, &value, after].concat());
    let array = (prop::collection::vec(element, 0..5), gap(), any::<bool>()).prop_map(|(elements, end, comma)| {
        let comma = if comma && !elements.is_empty() { "," } else { "" };
        format!("[{}{comma}{end}]", elements.join(","))
    });
    let members = prop::collection::vec((gap(), gap(), gap(), inner, gap()), 0..5).prop_flat_map(|members| {
        let keys: Vec<_> = (0..members.len()).map(key).collect();
        (keys, Just(members))
    });
    let object = (members, gap(), any::<bool>()).prop_map(|((keys, members), end, comma)| {
        let comma = if comma && !members.is_empty() { "," } else { "" };
        let members = keys.iter().zip(members).map(|(key, (a, b, c, value, d))| format!("{a}{key}{b}:{c}{value}{d}"));
        format!("{{{}{comma}{end}}}", members.collect::<Vec<_>>().join(","))
    });
    prop_oneof![1 => array, 2 => object].boxed()
}

fn any_value() -> BoxedStrategy<String> {
    scalar().prop_map(str::to_owned).prop_recursive(5, 40, 5, container).boxed()
}

fn any_document() -> impl Strategy<Value = String> {
    let root = prop_oneof![1 => any_value(), 4 => container(any_value())];
    (gap(), root, gap()).prop_map(|(before, value, after)| [before, &value, after].concat())
}

fn soup() -> impl Strategy<Value = String> {
    let words = vec![
        "{", "}", "[", "]", ",", ":", "'", "\"", "\\", "\\u", "\\ud83d", "\\udE00", "\\x4", "1", "0", "0x", ".", "e",
        "-", "+", "a", "é", "null", "true", "NaN", "Infinity", "//", "/*", "*/", "\n", "\r", "\u{2028}", " ", "😀",
        "$", "u",
    ];
    prop::collection::vec(select(words), 0..40).prop_map(|words| words.concat())
}

fn paths(node: &Node, here: &Path, all: &mut Vec<Path>) {
    all.push(here.clone());
    for member in node.members() {
        paths(&member.value, &here.key(&member.key), all);
    }
    for (index, element) in node.elements().iter().enumerate() {
        paths(element, &here.index(index), all);
    }
}

// ---- edits, done on a value ----

fn set_value(place: &mut Value, path: &[Segment], new: Value) {
    let Some((segment, below)) = path.split_first() else {
        *place = new;
        return;
    };
    if place.is_null() {
        *place =
            if matches!(segment, Segment::Key(_)) { Value::Object(Default::default()) } else { Value::Array(vec![]) };
    }
    let inner = match segment {
        Segment::Key(key) => place.as_object_mut().unwrap().entry(key.clone()).or_insert(Value::Null),
        Segment::Index(index) => {
            let elements = place.as_array_mut().unwrap();
            if *index == elements.len() {
                elements.push(Value::Null);
            }
            &mut elements[*index]
        }
    };
    set_value(inner, below, new);
}

fn unset_value(place: &mut Value, path: &[Segment]) {
    match path {
        [Segment::Key(key)] => drop(place.as_object_mut().unwrap().remove(key)),
        [Segment::Index(index)] => drop(place.as_array_mut().unwrap().remove(*index)),
        [Segment::Key(key), below @ ..] => unset_value(&mut place[key], below),
        [Segment::Index(index), below @ ..] => unset_value(&mut place[*index], below),
        [] => {}
    }
}

/// Where the neighbours of a child end and start, and the bytes of the child with its key.
fn surroundings(root: &Node, path: &Path) -> (usize, usize, Range<usize>) {
    let (last, above) = path.segments().split_last().unwrap();
    let container = root.at(&above.iter().cloned().collect()).unwrap();
    let children: Vec<_> = match &container.kind {
        Kind::Array(elements) => elements.iter().map(|element| element.span.clone()).collect(),
        _ => container.members().iter().map(|m| m.key_span.start..m.value.span.end).collect(),
    };
    let index = match last {
        Segment::Index(index) => *index,
        Segment::Key(key) => container.members().iter().position(|m| m.key == *key).unwrap_or(children.len()),
    };
    let before = index.checked_sub(1).map_or(container.span.start + 1, |index| children[index].end);
    let after = children.get(index + 1).map_or(container.span.end - 1, |next| next.start);
    (before, after, children.get(index).cloned().unwrap_or(before..before))
}

const BREAKS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];

fn comments(text: &str) -> Vec<&str> {
    const WORDS: [&str; 6] = ["/* x */", "/* ] */", "// it's", "// \"}", "/* x\n , */", "// é"];
    let mut found: Vec<_> = WORDS.iter().flat_map(|word| text.match_indices(word)).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, word)| word).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_like_the_parser_does(text in prop_oneof![any::<String>(), soup()]) {
        let scanned = scan(&text, &Limits::default());
        prop_assert_eq!(scanned.is_ok(), json5::from_str::<IgnoredAny>(&text).is_ok(), "{:?}", scanned);
        if let Err(error) = scanned {
            prop_assert!(error.offset <= text.len() && text.is_char_boundary(error.offset));
        }
    }

    #[test]
    fn a_damaged_document_is_read_like_the_parser_does(text in any_document(), at in any::<Index>(), word in soup()) {
        let boundaries: Vec<_> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        let at = at.get(&boundaries);
        let (before, after) = text.split_at(*at);
        let cut: String = after.chars().skip(1).collect();
        for text in [[before, &word, after].concat(), [before, &cut].concat(), before.to_owned()] {
            prop_assert_eq!(accepts(&text), json5::from_str::<IgnoredAny>(&text).is_ok(), "{:?}", text);
        }
    }

    #[test]
    fn a_document_has_the_value_that_the_parser_finds(text in any_document()) {
        let document = scan(&text, &Limits::default()).unwrap();
        prop_assert_eq!(value(&document.root, &text), json5::from_str::<Value>(&text).unwrap());
        prop_assert!(!document.strict_json || serde_json::from_str::<IgnoredAny>(&text).is_ok());
        prop_assert!(document.duplicates.is_empty());
    }

    #[test]
    fn scalars_are_read_like_the_parser_does(text in scalar()) {
        let root = scan(text, &Limits::default()).unwrap().root;
        prop_assert_eq!(string(&root, text).map(|s| s.to_string()), json5::from_str::<String>(text).ok());
        if let Ok(whole) = json5::from_str::<i64>(text) {
            prop_assert_eq!(integer(&root, text), Some(whole));
        }
        prop_assert_eq!(number(&root, text).map(f64::to_bits), json5::from_str::<f64>(text).ok().map(f64::to_bits));
    }

    #[test]
    fn setting_changes_the_value_and_no_other_byte(
        text in any_document(), new in any_value(), at in any::<Index>(), missing in 0_usize..5,
    ) {
        let limits = Limits::default();
        let document = scan(&text, &limits).unwrap();
        let mut all = Vec::new();
        paths(&document.root, &Path::root(), &mut all);
        let there = at.get(&all);
        let node = document.root.at(there).unwrap();
        let path = match (&node.kind, missing) {
            (Kind::Object(_), 1) => there.key("new"),
            (Kind::Object(_), 2) => there.key("a new \"one\"").key("b").index(0).index(0).key("c"),
            (Kind::Array(elements), 1) => there.index(elements.len()),
            (Kind::Array(elements), 2) => there.index(elements.len()).key("x").index(0),
            _ => there.clone(),
        };
        let result = edit(&text, &[Edit::set(path.clone(), new.clone())], &limits);
        let value: Value = json5::from_str(&new).unwrap();
        if document.strict_json && ["NaN", "Infinity"].iter().any(|word| new.contains(word)) {
            prop_assert_eq!(result.map(|_| ()), Err(EditError::NotStrict { path }));
            return Ok(());
        }
        let edited = result.unwrap();
        let mut expected: Value = json5::from_str(&text).unwrap();
        set_value(&mut expected, path.segments(), value);
        prop_assert_eq!(json5::from_str::<Value>(&edited).unwrap(), expected, "{}", edited.as_str());

        if path == *there {
            prop_assert!(edited.starts_with(&text[..node.span.start]) && edited.ends_with(&text[node.span.end..]));
        } else {
            let made = path.segments().iter().take(there.segments().len() + 1).cloned().collect();
            let (before, after, _) = surroundings(&document.root, &made);
            prop_assert!(edited.starts_with(&text[..before]) && edited.ends_with(&text[after..]), "{}", edited.as_str());
            // Strict JSON has no comments: a value with some loses them on its way into it.
            let kept = if document.strict_json { 0 } else { comments(&new).len() };
            prop_assert_eq!(comments(&edited).len(), comments(&text).len() + kept);
        }
    }

    #[test]
    fn unsetting_removes_the_value_and_no_other_byte(text in any_document(), at in any::<Index>()) {
        let document = scan(&text, &Limits::default()).unwrap();
        let mut all = Vec::new();
        paths(&document.root, &Path::root(), &mut all);
        let path = at.get(&all);
        if path.segments().is_empty() {
            return Ok(());
        }
        let edited = edit(&text, &[Edit::unset(path.clone())], &Limits::default()).unwrap();
        let mut expected: Value = json5::from_str(&text).unwrap();
        unset_value(&mut expected, path.segments());
        prop_assert_eq!(json5::from_str::<Value>(&edited).unwrap(), expected, "{}", edited.as_str());
        let (before, after, child) = surroundings(&document.root, path);
        let (child_start, child_end) = (child.start, child.end);
        prop_assert!(edited.starts_with(&text[..before]) && edited.ends_with(&text[after..]), "{}", edited.as_str());
        let lines_before = text[..before].len() + text[before..child_start].rfind(BREAKS).unwrap_or(0);
        let lines_after = child_end + text[child_end..].find(BREAKS).unwrap_or(text.len() - child_end);
        let kept = comments(&text[..lines_before]).len() + comments(&text[lines_after..]).len();
        prop_assert!(comments(&edited).len() >= kept, "{}", edited.as_str());
        let again = edit(&edited, &[Edit::unset(path.clone())], &Limits::default()).unwrap();
        prop_assert!(matches!(path.segments().last(), Some(Segment::Index(_))) || again == edited);
    }

    #[test]
    fn what_was_set_in_a_tidy_document_can_be_unset_without_a_trace(
        unit in select(vec!["  ", "    ", "\t"]),
        eol in select(vec!["\n", "\r\n"]),
        trailing in any::<bool>(),
        comment in select(vec!["", " // about it", " /* about it */"]),
        members in 1_usize..5,
        inner in any::<bool>(),
        new in any_value(),
    ) {
        let indent = if inner { unit.repeat(2) } else { unit.to_owned() };
        let mut lines = Vec::new();
        for number in 0..members {
            let comma = if trailing || number + 1 < members { "," } else { "" };
            lines.push(format!("{indent}// number {number}{eol}{indent}k{number}: [{number}, 'x']{comma}{comment}{eol}"));
        }
        let text = if inner {
            format!("{{{eol}{unit}in: {{{eol}{}{unit}}}{eol}}}{eol}", lines.concat())
        } else {
            format!("// top{eol}{{{eol}{}}}{eol}", lines.concat())
        };
        let path = if inner { Path::keys(["in", "new", "x"]) } else { Path::keys(["new", "x"]) };
        let parent = path.segments().split_last().unwrap().1.iter().cloned().collect();
        let set = edit(&text, &[Edit::set(path, new)], &Limits::default()).unwrap();
        prop_assert!(set.contains(&format!("{eol}{indent}new: {{{eol}{indent}{unit}x: ")), "{}", set.as_str());
        let unset = edit(&set, &[Edit::unset(parent)], &Limits::default()).unwrap();
        prop_assert_eq!(unset.as_str(), text);
    }

    #[test]
    fn paths_read_back(keys in prop::collection::vec(prop_oneof![any::<String>().prop_map(Segment::Key), any::<usize>().prop_map(Segment::Index)], 1..6)) {
        let path: Path = keys.into_iter().collect();
        prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
    }

    #[test]
    fn any_text_is_a_path_or_an_error(text in any::<String>()) {
        if let Ok(path) = text.parse::<Path>() {
            prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
        }
    }
}
