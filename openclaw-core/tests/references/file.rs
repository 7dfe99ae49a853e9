//! Secrets in files.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use openclaw_core::{Env, SecretRef};

use crate::support::{file, folder, mode, private, refused, resolve, resolver};

#[test]
fn one_file_holds_many_secrets_or_one() {
    let dir = folder();
    let json = private(dir.path().join("s.json"), "\u{feff}{\"claude\": {\"a/b\": [\"first\", \" second\\n\"]}}\n");
    let path = format!("path: '{}'", json.display());
    assert_eq!(file(&path, "/claude/a~1b/0").unwrap(), "first");
    assert_eq!(file(&path, "/claude/a~1b/1").unwrap(), "second");
    refused(file(&path, "/claude/a~1b/2"), &["s.json has nothing at this place"]);
    refused(file(&path, "/claude"), &["has object at this place, not a string"]);
    for text in ["one secret", "one secret\n", "one secret\r\n", "\u{feff}one secret\n\n"] {
        let single = private(dir.path().join("single"), text);
        let settings = format!("mode: 'singleValue', path: '{}'", single.display());
        assert_eq!(file(&settings, "value").unwrap(), "one secret", "{text:?}");
    }
}

#[test]
fn the_id_must_be_one_of_the_mode() {
    refused(file("path: '/nowhere'", "value"), &["mode \"json\"", "JSON pointer", "singleValue"]);
    refused(file("mode: 'singleValue', path: '/nowhere'", "/a"), &["the id must be `value`"]);
}

#[test]
fn paths_are_absolute_or_below_home() {
    let dir = folder();
    private(dir.path().join("key"), "at home");
    let found = resolver("{f: {source: 'file', mode: 'singleValue', path: '~/key'}}", Env::empty());
    let reference = SecretRef::new("file", "f", "value");
    refused(resolve(&found, &reference), &["secrets.providers.f.path begins with ~", "unknown"]);
    assert_eq!(resolve(&found.home(dir.path()), &reference).unwrap(), "at home");
    refused(file("path: 'key'", "/a"), &["secrets.providers.f.path must be an absolute path or begin with ~/"]);
    refused(file("", "/a"), &["secrets.providers.f.path is missing"]);
}

#[test]
fn nobody_else_may_read_or_change_the_file() {
    let dir = folder();
    let key = private(dir.path().join("the key"), "secret");
    let settings = format!("mode: 'singleValue', path: '{}'", key.display());
    let insecure = format!("allowInsecurePath: true, {settings}");
    for open in [0o640, 0o604, 0o620, 0o602, 0o644, 0o601] {
        mode(&key, open);
        let told = refused(file(&settings, "value"), &["others may read or write"]);
        assert!(told.ends_with(&format!("run `chmod 600 '{}'`", key.display())), "{told}");
        assert_eq!(file(&insecure, "value").unwrap(), "secret", "{open:o}");
    }
    mode(&key, 0o400);
    assert_eq!(file(&settings, "value").unwrap(), "secret");
    mode(dir.path(), 0o777);
    refused(file(&settings, "value"), &["everybody may put files into the folder", "chmod o-w"]);
    mode(dir.path(), 0o1777);
    assert_eq!(file(&settings, "value").unwrap(), "secret", "nobody replaces another's file in a sticky folder");
    mode(dir.path(), 0o700);
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&key, Some(54_321), None).unwrap();
        refused(file(&settings, "value"), &["belongs to another user (54321)"]);
        assert_eq!(file(&insecure, "value").unwrap(), "secret");
    }
}

#[test]
fn links_and_second_names_are_refused() {
    let dir = folder();
    let key = private(dir.path().join("key"), "secret");
    let link = dir.path().join("link");
    symlink(&key, &link).unwrap();
    let settings = format!("mode: 'singleValue', path: '{}'", link.display());
    refused(file(&settings, "value"), &["link is a link", "allowInsecurePath"]);
    assert_eq!(file(&format!("allowInsecurePath: true, {settings}"), "value").unwrap(), "secret");
    fs::hard_link(&key, dir.path().join("second")).unwrap();
    let settings = format!("mode: 'singleValue', path: '{}'", key.display());
    refused(file(&settings, "value"), &["has 2 names (hard links)"]);
    assert_eq!(file(&format!("allowInsecurePath: true, {settings}"), "value").unwrap(), "secret");
}

#[test]
fn what_is_no_file_is_refused_and_hangs_nobody() {
    let dir = folder();
    let fifo = dir.path().join("fifo");
    assert!(Command::new("mkfifo").arg("-m").arg("600").arg(&fifo).status().unwrap().success());
    for insecure in [false, true] {
        for path in [fifo.as_path(), dir.path(), "/dev/zero".as_ref(), "/dev/null".as_ref()] {
            let settings = format!("mode: 'singleValue', allowInsecurePath: {insecure}, path: '{}'", path.display());
            refused(file(&settings, "value"), &["is not a regular file"]);
        }
    }
    refused(file("path: '/nowhere/at/all'", "/a"), &["/nowhere/at/all cannot be opened"]);
}

#[test]
fn size_and_encoding_are_checked() {
    let dir = folder();
    let key = private(dir.path().join("key"), "12345");
    let settings = |most: &str| format!("mode: 'singleValue', {most} path: '{}'", key.display());
    refused(file(&settings("maxBytes: 4,"), "value"), &["is longer than 4 bytes (maxBytes)"]);
    assert_eq!(file(&settings("maxBytes: 5,"), "value").unwrap(), "12345");
    private(&key, vec![b'x'; 1024 * 1024 + 1]);
    refused(file(&settings(""), "value"), &["is longer than 1048576 bytes"]);
    private(&key, vec![b'x'; 1024 * 1024]);
    assert_eq!(file(&settings(""), "value").unwrap().len(), 1024 * 1024);
    private(&key, b"CANARY\xff");
    assert!(!refused(file(&settings(""), "value"), &["is not UTF-8"]).contains("CANARY"));
    private(&key, "\n");
    refused(file(&settings(""), "value"), &["file:f:value is not set or empty"]);
}

#[test]
fn json_that_is_none_is_told_by_its_place() {
    let dir = folder();
    for (text, problem) in [
        ("{\"a\": \"CANARY\"", "is not JSON: line 1"),
        ("[\"CANARY\"]", "is not a JSON object"),
        ("CANARY", "is not JSON: line 1, column 1"),
    ] {
        let json = private(dir.path().join("s.json"), text);
        let told = refused(file(&format!("path: '{}'", json.display()), "/a"), &[problem]);
        assert!(!told.contains("CANARY"), "{told}");
    }
}

#[test]
fn what_no_header_can_carry_is_refused() {
    let dir = folder();
    for (written, name) in [
        ("CAN\\r\\nARY", "U+000D"),
        ("CAN\\nARY", "U+000A"),
        ("CAN\\u0000ARY", "U+0000"),
        ("CAN\u{e9}ARY", "not an ASCII character"),
    ] {
        let json = private(dir.path().join("s.json"), format!("{{\"a\": \"{written}\"}}"));
        let answer = file(&format!("path: '{}'", json.display()), "/a");
        let told = refused(answer, &["file:f:/a gave a secret that cannot be used", name]);
        assert!(!told.contains("CAN") && !told.contains("ARY"), "{told}");
    }
}
