//! The check by the stretch must see what the check of the whole text sees, and never more than it.

use super::super::super::{Path, scan};
use super::*;
use zeroize::Zeroizing;

/// What the window of a path says of one splice, and whether the whole text would agree.
fn reread(text: &str, path: &str, old: &str, new: &str, value: Option<&str>) -> (bool, bool) {
    let limits = Limits::default();
    let document = scan(text, &limits).unwrap();
    let path: Path = path.parse().unwrap();
    let start = text.find(old).unwrap();
    let splice = Splice { span: start..start + old.len(), with: Zeroizing::new(new.to_owned()) };
    let edited = text.replacen(old, new, 1);
    let window = Window::around(&document.root, path.segments()).unwrap();
    let by_window = window.reread(&document.root, text, &edited, &[splice], value, &limits).is_some();
    let by_all = scan(&edited, &limits).is_ok_and(|after| {
        let (old, new) = (verify::Tree::new(&document, text), verify::Tree::new(&after, &edited));
        verify::holds(old, new, path.segments(), value)
    });
    (by_window, by_all)
}

#[test]
fn what_an_edit_does_is_seen_in_its_window() {
    for (text, path, old, new, value) in [
        ("{a: 1, b: {c: 2, d: 3}, e: 4}", "b.c", "2", "[5]", Some("[5]")),
        ("{a: 1, b: {c: 2, d: 3}, e: 4}", "b.d", ", d: 3", "", None),
        ("{a: 1, b: {c: 2, d: 3}, e: 4}", "b", "{c: 2, d: 3}", "7", Some("7")),
        ("{a:1,b:{ }}", "b.x[0]", " ", " x: [1] ", Some("1")),
        ("[1,2,3]", "[1]", "2", "22", Some("22")),
        ("[1,2,3]", "[0]", "1,", "", None),
        ("[[1],[2 ]]", "[1][1]", " ", ", 3", Some("3")),
        ("{a: null /* x */, b: 1}", "a", "a: null /* x */, ", "", None),
    ] {
        assert_eq!(reread(text, path, old, new, value), (true, true), "{text} {path}");
    }
}

#[test]
fn what_an_edit_must_not_do_is_seen_in_its_window() {
    for (text, path, old, new, value) in [
        // Beyond the window.
        ("{a: 1, b: 2, c: 3}", "a", "3", "4", Some("1")),
        ("{a: {b: 1}, c: 2}", "a.b", "a:", "x:", Some("1")),
        // Something else than was promised.
        ("{a: 1, b: 2, c: 3}", "b", "2", "4", Some("3")),
        ("{a: 1, b: 2, c: 3}", "b", "b: 2", "x: 4", Some("4")),
        ("{a: 1, b: 2, c: 3}", "b", "2", "4, d: 5", Some("4")),
        ("{a: 1, b: 2, c: 3}", "b", "2", "4", None),
        ("{a: 1, c: 3}", "b", "3", "3, d: 4", Some("4")),
        // Words that run into a neighbour.
        ("[1,2,3]", "[1]", "2,", "2", Some("2")),
        ("[1,2,3]", "[1]", ",2", "2", None),
        ("{a: 1, b: 2, c: 3}", "b", " b: 2, ", " x", None),
        ("{a: 1, b: 2, c: 3}", "b", " b: 2,", " //", None),
        ("{a: 1, b: 2, c: 3}", "b", ", b: 2", ".5", None),
        ("{a: 1, b: 2}", "b", "2", "2 /*", Some("2")),
        // Out of the container.
        ("{a: {b: 1}, c: 2}", "a.b", "1", "1}, x: {y: 2", Some("1")),
        ("[[1], [2]]", "[0][0]", "1", "1], [3", Some("1")),
    ] {
        assert_eq!(reread(text, path, old, new, value), (false, false), "{text} {path} {new}");
    }
}

#[test]
fn a_window_knows_how_deep_it_stands() {
    let (open, close) = ("[".repeat(99), "]".repeat(99));
    let text = format!("{open}1{close}");
    let path = "[0]".repeat(99);
    assert_eq!(reread(&text, &path, "1", "[2]", Some("[2]")), (true, true));
    assert_eq!(reread(&text, &path, "1", "[[2]]", Some("[[2]]")), (false, false));
}
