//! Which file an edit goes to, and which edits are refused.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Folder, ROOT, path, unset};

/// Files beside a root file, a path, and the owner (`file path`) or a part of the error.
type Case<'c> = (&'c [(&'c str, &'c str)], &'c str, Result<&'c str, &'c [&'c str]>);

fn check(cases: &[Case<'_>]) {
    for (files, at, expected) in cases {
        let folder = Folder::new(files);
        match (folder.files().owner(&path(at)), expected) {
            (Ok(owner), Ok(expected)) => {
                let file = owner.file.file_name().unwrap().to_str().unwrap();
                assert_eq!(format!("{file} {}", owner.path), **expected, "{at} in {files:?}");
            }
            (Err(error), Err(parts)) => {
                let said = error.to_string();
                assert!(parts.iter().all(|part| said.contains(part)), "{at} in {files:?}: {said}");
            }
            (found, _) => panic!("{at} in {files:?}: {found:?}"),
        }
    }
}

#[test]
fn one_file_owns_what_stands_there() {
    check(&[
        (&[(ROOT, "{a: {b: 1}}")], "a.b", Ok("openclaw.json a.b")),
        (&[(ROOT, "{a: {b: 1}}")], "a", Ok("openclaw.json a")),
        (&[(ROOT, "{a: {}}")], "a.b.c", Ok("openclaw.json a.b.c")),
        (&[(ROOT, "{a: [{x: 1}]}")], "a[0].x", Ok("openclaw.json a[0].x")),
        (&[(ROOT, "{a: [{x: 1}]}")], "a.0.x", Ok("openclaw.json a[0].x")),
        (&[(ROOT, "{a: {'0': 1}}")], "a[0]", Ok("openclaw.json a.0")),
        (&[(ROOT, "{a: [1]}")], "a[1]", Ok("openclaw.json a[1]")),
        (&[], "a.b", Ok("openclaw.json a.b")),
    ]);
}

#[test]
fn an_include_alone_is_written_through() {
    let x = ("x.json5", "{b: 1, list: [{id: 'q'}]}");
    check(&[
        (&[(ROOT, "{a: {$include: './x.json5'}}"), x], "a", Ok("x.json5 ")),
        (&[(ROOT, "{a: {$include: './x.json5'}}"), x], "a.b", Ok("x.json5 b")),
        (&[(ROOT, "{a: {$include: './x.json5'}}"), x], "a.new.key", Ok("x.json5 new.key")),
        (&[(ROOT, "{a: {$include: './x.json5'}}"), x], "a.list[0].id", Ok("x.json5 list[0].id")),
        (&[(ROOT, "{a: {$include: './x.json5'}}"), x], "other", Ok("openclaw.json other")),
        (&[(ROOT, "{$include: './x.json5'}"), x], "b", Ok("x.json5 b")),
        (&[(ROOT, "{$include: ['./x.json5']}"), x], "new", Ok("x.json5 new")),
        (&[(ROOT, "{a: [1, {$include: './x.json5'}]}"), x], "a[1].b", Ok("x.json5 b")),
        (&[(ROOT, "{a: {$include: './y.json5'}}"), ("y.json5", "{$include: './x.json5'}"), x], "a.b", Ok("x.json5 b")),
        (&[(ROOT, "{a: {$include: './x.json5'}}"), ("x.json5", "[1, 2]")], "a[2]", Ok("x.json5 [2]")),
        (&[(ROOT, "{a: {$include: './x.json5'}}"), ("x.json5", "'text'")], "a", Ok("x.json5 ")),
        (&[(ROOT, "{a: {$include: []}}")], "a.b", Ok("openclaw.json a.b")),
    ]);
}

#[test]
fn keys_beside_an_include_win_and_take_what_is_new() {
    let x = ("x.json5", "{a: {b: 1, deep: {x: 1}}, s: 1}");
    let root = (ROOT, "{$include: './x.json5', a: {c: 2, deep: {y: 1}}, s: 2}");
    check(&[
        (&[root, x], "a.b", Ok("x.json5 a.b")),
        (&[root, x], "a.c", Ok("openclaw.json a.c")),
        (&[root, x], "a.new", Ok("openclaw.json a.new")),
        (&[root, x], "a.deep.new.er", Ok("openclaw.json a.deep.new.er")),
        (&[root, x], "new", Ok("openclaw.json new")),
        // The later scalar replaces the earlier one.
        (&[root, x], "s", Ok("openclaw.json s")),
        (
            &[root, x],
            "a.deep",
            Err(&["cannot set a.deep", "composed of", "x.json5:1:18", "openclaw.json:1:41", "set the keys"]),
        ),
        (&[root, x], "a", Err(&["composed of"])),
    ]);
}

#[test]
fn several_files_without_a_word_of_the_including_one_are_ambiguous() {
    let (x, y) = (("x.json5", "{a: {x: 1}, s: 1, o: {}}"), ("y.json5", "{a: {y: 1}, s: 2, o: 5}"));
    let root = (ROOT, "{$include: ['./x.json5', './y.json5']}");
    check(&[
        (&[root, x, y], "a.x", Ok("x.json5 a.x")),
        (&[root, x, y], "a.y", Ok("y.json5 a.y")),
        (&[root, x, y], "s", Ok("y.json5 s")),
        (&[root, x, y], "o", Ok("y.json5 o")),
        (&[root, x, y], "a.z", Err(&["cannot set a.z", "x.json5:1:5", " or at ", "y.json5:1:5", "by hand"])),
        (&[root, x, y], "z", Err(&["x.json5:1:1", "y.json5:1:1"])),
        (&[(ROOT, "{$include: ['./x.json5', './y.json5'], gateway: {}}"), x, y], "z", Ok("openclaw.json z")),
        // Keys stand beside the include of one of the files, but not beside both.
        (
            &[root, x, ("y.json5", "{$include: './z.json5', a: {y: 1}}"), ("z.json5", "{a: {z: 1}}")],
            "a.new",
            Err(&["x.json5:1:5", "z.json5:1:5", "y.json5:1:28"]),
        ),
        // What is replaced in the middle does not count.
        (&[root, ("x.json5", "[1]"), ("y.json5", "{k: 1}")], "k2", Ok("y.json5 k2")),
    ]);
}

#[test]
fn elements_belong_to_the_file_that_has_them() {
    let x = ("x.json5", "{list: [{id: 'a'}, {id: 'b'}]}");
    let root = (ROOT, "{$include: './x.json5', list: [{id: 'c'}]}");
    check(&[
        (&[root, x], "list[0]", Ok("x.json5 list[0]")),
        (&[root, x], "list[1].id", Ok("x.json5 list[1].id")),
        (&[root, x], "list[2].id", Ok("openclaw.json list[0].id")),
        (&[root, x], "list.2.new", Ok("openclaw.json list[0].new")),
        (&[root, x], "list[3]", Ok("openclaw.json list[1]")),
        (&[root, x], "list[4]", Err(&["list has 3 elements", "openclaw.json:1:31"])),
        (&[root, x], "list", Err(&["composed of"])),
        (&[root, x], "list.name", Err(&["openclaw.json:1:31", "list is of type array, not object"])),
    ]);
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let x = ("x.json5", "{b: 1}");
    check(&[
        (&[(ROOT, "{a: {$include: './x.json5'}}"), x], "a.$include", Err(&["a.$include", "by hand"])),
        (&[(ROOT, "{$include: './x.json5'}"), x], "[\"$include\"][0]", Err(&["$include"])),
        (
            &[(ROOT, "{a: {b: 1},\n a: {b: 2}}")],
            "a.b",
            Err(&["openclaw.json:2:2", "key a stands", "openclaw.json:1:2", "by hand"]),
        ),
        (&[(ROOT, "{a: {b: 1, b: 2, c: 3}}")], "a.b", Err(&["more than once"])),
        (&[(ROOT, "{a: {b: 1, b: 2, c: 3}}")], "a.c", Ok("openclaw.json a.c")),
        (&[(ROOT, "{a: 5}")], "a.b", Err(&["openclaw.json:1:5", "a is of type number, not object"])),
        (&[(ROOT, "{a: null}")], "a[0]", Err(&["a is of type null, not array"])),
        (
            &[(ROOT, "{a: {$include: './x.json5'}, b: {$include: './x.json5'}}"), x],
            "a.b",
            Err(&["x.json5", "included more than once", "openclaw.json:1:16", "openclaw.json:1:44"]),
        ),
        (
            &[
                (ROOT, "{a: {$include: './y.json5'}, b: {$include: './z.json5'}}"),
                ("y.json5", "{$include: './x.json5'}"),
                ("z.json5", "{$include: './x.json5', c: 1}"),
                x,
            ],
            "a.b",
            Err(&["included more than once", "y.json5:1:12", "z.json5:1:12"]),
        ),
        (&[(ROOT, "{$include: ['./x.json5', './x.json5']}"), x], "new", Err(&["included more than once"])),
    ]);
}

#[test]
fn an_alias_by_another_name_is_an_alias() {
    let folder =
        Folder::new(&[(ROOT, "{a: {$include: './x.json5'}, b: {$include: './y.json5'}}"), ("x.json5", "{c: 1}")]);
    symlink("x.json5", folder.path("y.json5")).unwrap();
    for at in ["a.c", "b.c"] {
        let error = folder.set(at, "2").unwrap_err().to_string();
        assert!(error.contains("included more than once"), "{error}");
    }
    assert_eq!(folder.text("x.json5"), "{c: 1}");
}

#[test]
fn removal_needs_one_place() {
    let x = ("x.json5", "{a: {b: 1, s: 1}, only: 1, list: [1, 2]}");
    let root = "{$include: './x.json5', a: {c: 2, s: 2}, list: [3], sub: {$include: './y.json5'}}";
    let y = ("y.json5", "{k: 1}");
    let folder = || Folder::new(&[(ROOT, root), x, y]);
    for (at, file, after) in [
        ("a.b", "x.json5", "{a: {s: 1}, only: 1, list: [1, 2]}"),
        ("only", "x.json5", "{a: {b: 1, s: 1}, list: [1, 2]}"),
        ("list[1]", "x.json5", "{a: {b: 1, s: 1}, only: 1, list: [1]}"),
        ("list[2]", ROOT, "{$include: './x.json5', a: {c: 2, s: 2}, list: [], sub: {$include: './y.json5'}}"),
        // The include goes, the file that it named stays.
        ("sub", ROOT, "{$include: './x.json5', a: {c: 2, s: 2}, list: [3]}"),
        ("sub.k", "y.json5", "{}"),
    ] {
        let folder = folder();
        let written = folder.unset(at).unwrap();
        assert_eq!(written.files, [folder.path(file)], "{at}");
        assert_eq!(folder.text(file), after, "{at}");
    }
    for (at, parts) in [
        ("a.s", ["x.json5:1:15", "openclaw.json:1:38"]),
        ("a", ["stands at", "removing one would leave the other"]),
        ("list", ["x.json5:1:34", "openclaw.json:1:48"]),
        ("sub.$include", ["$include", "by hand"]),
    ] {
        let error = folder().unset(at).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{at}: {error}");
    }
    for absent in ["nothing", "a.nothing", "only.below", "list[3]", "list.x"] {
        let folder = folder();
        let written = folder.edit(&[unset(absent)]).unwrap();
        assert_eq!((written.absent.as_slice(), written.files.len()), ([path(absent)].as_slice(), 0), "{absent}");
        assert_eq!(folder.names().len(), 3, "{absent}");
        assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 3, "not even a lock is made");
    }
}
