//! What somebody else saves while a change is being written.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "a test makes files")]

use std::fs;

use tempfile::TempDir;

use super::*;

const TEXT: &str = "{ui: {n: 1, $include: './x.json5'}}";

fn change(folder: &TempDir) -> ConfigChange {
    let config = folder.path().join("openclaw.json");
    fs::write(&config, TEXT).unwrap();
    fs::write(folder.path().join("x.json5"), "{a: 1}").unwrap();
    let edit = Edit::set("ui.n".parse().unwrap(), "2");
    ConfigFiles::read(&config, &Env::empty()).unwrap().plan(&[edit], &Env::empty()).unwrap()
}

#[test]
fn what_is_saved_while_the_new_text_is_written_is_not_replaced() {
    // As editors save: in place, or by another file that takes the place.
    type Save = fn(&Path, &str);
    let in_place: Save = |path, text| fs::write(path, text).unwrap();
    let by_rename: Save = |path, text| {
        let other = path.with_extension("new");
        fs::write(&other, text).unwrap();
        fs::rename(other, path).unwrap();
    };
    for save in [in_place, by_rename] {
        // Whichever file it is: the change was checked with all of them.
        for (name, text) in [("openclaw.json", "{ui: {n: 1, theirs: 1}}"), ("x.json5", "{a: 2}")] {
            let folder = TempDir::new().unwrap();
            let change = change(&folder);
            let (root, _lock) = lock_root(&folder.path().join("openclaw.json")).unwrap();
            let prepared = change.prepare(&root).unwrap();
            save(&folder.path().join(name), text);
            let error = prepared.commit().unwrap_err();
            assert!(matches!(&error, SaveError::Changed { path } if path.ends_with(name)), "{error}");
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text);
            let left = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name());
            let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("tmp")).collect();
            assert!(left.is_empty() && !folder.path().join("openclaw.json.bak").exists(), "{left:?}");
        }
    }
}

#[test]
fn what_nobody_changed_is_written() {
    let folder = TempDir::new().unwrap();
    let change = change(&folder);
    let (root, _lock) = lock_root(&folder.path().join("openclaw.json")).unwrap();
    change.prepare(&root).unwrap().commit().unwrap();
    assert_eq!(fs::read_to_string(root).unwrap(), TEXT.replace("n: 1", "n: 2"));
    assert_eq!(fs::read_to_string(folder.path().join("openclaw.json.bak")).unwrap(), TEXT);
}
