//! What people see of a configuration's text holds no secret, however broken the text is.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use openclaw_core::config::Excerpt;
use openclaw_core::json5::{Limits, LineIndex, Path, Position, scan};

/// Parts of every secret below; nothing else in the texts looks like them.
const MARK: &str = "QmVTx7";

const TEXTS: [&str; 6] = [
    "{\n  env: { A: 'QmVTx7-one', vars: { B: \"QmVTx7\\u002dtwo\" } },\n  models: { providers: { x: { apiKey: 'QmVTx7-three', headers: { 'X-Team': 'QmVTx7-four' } } } },\n}\n",
    "{ // apiKey: 'QmVTx7-five'\n  /* token = QmVTx7-six\n     and more */ a: 1,\n  list: [{ token: ['QmVTx7-seven', 'QmVTx7-eight'] }], }",
    "{\"url\":\"https://me:QmVTx7@host/\",\"b\":\"Bearer sk-ant-api03-QmVTx7\",\"sk-ant-oat01-QmVTx7\":1,\"c\":{\"password\":\"QmVTx7\"}}",
    "{ token: 'QmVTx7 over \\\n two lines QmVTx7', b: 2 }",
    "\u{feff}{\r\n\tsecrets: { x: 'QmVTx7' },\r\n\tgateway: { auth: { password: \"it's \\\"QmVTx7\\\"\" } },\r\n}",
    "{ channels: { t: { botToken: 'QmVTx7' // the bot's\n } } }",
];

fn check(text: &str) {
    let index = LineIndex::new(text);
    let offsets = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    for offset in offsets {
        let position = index.position(text, offset);
        // With the path of the root the text stands there; without one, nobody knows where.
        let excerpts = [Excerpt::of(text, position), Excerpt::at(text, position, &Path::root())];
        for excerpt in excerpts.into_iter().flatten() {
            assert!(!excerpt.text.contains(MARK), "at {position} of {text:?}: {:?}", excerpt.text);
            assert!(excerpt.text.get(excerpt.span.clone()).is_some(), "{excerpt:?}");
            assert!(!excerpt.text.contains(['\n', '\r', '\u{1b}']));
        }
    }
}

#[test]
fn no_position_of_a_text_shows_a_secret() {
    for text in TEXTS {
        check(text);
    }
}

#[test]
fn nor_of_one_that_ends_too_early_or_has_a_byte_too_many() {
    // A stray byte in a comment or a string makes another one of it, which may say what it likes.
    for text in TEXTS.iter().filter(|text| !text.contains("/*")) {
        let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for cut in cuts.iter().step_by(3) {
            check(&text[..*cut]);
            for word in ["}", "'", "\"", "//", "/*", ":", "\n"] {
                let broken = format!("{}{word}{}", &text[..*cut], &text[*cut..]);
                if scan(&broken, &Limits::default()).is_ok() {
                    continue;
                }
                let position = LineIndex::new(&broken).position(&broken, *cut);
                for line in position.line.saturating_sub(1)..=position.line + 1 {
                    if let Some(excerpt) = Excerpt::of(&broken, Position { line, column: 1 }) {
                        // A secret that was cut in two by the stray byte is no secret any more.
                        assert!(!excerpt.text.contains(MARK), "{broken:?}: {:?}", excerpt.text);
                    }
                }
            }
        }
    }
}

#[test]
fn the_path_of_a_value_tells_where_its_file_is_included() {
    let text = "{ MYVAR: 'QmVTx7', OTHER: 5 }";
    let position = Position { line: 1, column: 27 };
    for (path, secret) in
        [("env.vars.OTHER", true), ("models.providers.x.headers.OTHER", true), ("ui.theme.OTHER", false)]
    {
        let excerpt = Excerpt::at(text, position, &path.parse().unwrap()).unwrap();
        assert_eq!(excerpt.text.contains(MARK), !secret, "{path}: {excerpt:?}");
        // A number is one too, in places of secrets.
        assert_eq!(&excerpt.text[excerpt.span], if secret { "***" } else { "5" });
    }
    // A path that does not lead there tells nothing.
    assert!(!Excerpt::at(text, position, &"ui.theme.ANOTHER".parse().unwrap()).unwrap().text.contains(MARK));
}
