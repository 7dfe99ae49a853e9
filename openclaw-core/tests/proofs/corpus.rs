//! The corpus of the fuzz targets, replayed without libFuzzer.

use std::path::Path;

use crate::targets;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 5, "{} files of {target}", files.len());
    for file in files {
        let data = std::fs::read(&file).unwrap();
        let outcome = std::panic::catch_unwind(|| run(&data));
        assert!(outcome.is_ok(), "{} fails: {}", file.display(), String::from_utf8_lossy(&data));
    }
}

#[test]
fn the_scanner_reads_like_the_parser() {
    replay("scanner", targets::scanner);
}

#[test]
fn edits_change_what_they_should() {
    replay("edit", targets::edit_text);
}

#[test]
fn configurations_print_what_they_read() {
    replay("config", targets::config);
}
