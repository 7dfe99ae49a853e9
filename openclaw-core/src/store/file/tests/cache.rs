//! What is read anew, and what is not.
#![allow(clippy::disallowed_methods, reason = "a test makes files")]

use std::fs::{self, File};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{CANARY, Folder, INPUT, age};
use crate::disk::plan;

/// How often the file is opened when it is read.
fn reads(folder: &Folder) -> usize {
    let (result, reached) = plan(None, false, || folder.read());
    result.unwrap();
    reached.iter().filter(|step| **step == "read").count()
}

/// The time of the last change of a file's data or mode cannot be set: it has to pass.
fn settle() {
    std::thread::sleep(Duration::from_millis(70));
}

#[test]
fn a_file_that_nobody_changed_is_read_once() {
    let folder = Folder::new(INPUT);
    settle();
    assert_eq!([reads(&folder), reads(&folder), reads(&folder)], [1, 0, 0]);
    folder.upsert("anthropic:new", CANARY).unwrap();
    settle();
    assert_eq!([reads(&folder), reads(&folder)], [1, 0], "after a write of ours once more");
    assert_eq!(folder.read().unwrap(), 9);
}

#[test]
fn a_file_that_was_changed_a_moment_ago_is_not_trusted() {
    let folder = Folder::new(INPUT);
    let both = [reads(&folder), reads(&folder)];
    // On a machine that stood still in between the file had time to settle.
    assert!(both == [1, 1] || both == [1, 0]);
    let changed = INPUT.replacen("anthropic:work", "anthropic:WORK", 1);
    assert_eq!(changed.len(), INPUT.len());
    for n in 0..200 {
        // In place, of the same length, within one step of the kernel's clock.
        let text = if n % 2 == 0 { changed.as_str() } else { INPUT };
        fs::write(folder.file(), text).unwrap();
        let profiles = folder.store.read(&crate::id::AgentId::main()).unwrap().unwrap();
        assert_eq!(profiles.text.as_str(), text, "round {n}");
    }
}

#[test]
fn a_file_system_that_keeps_whole_seconds_is_not_trusted_within_two() {
    let folder = Folder::new(INPUT);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let second = UNIX_EPOCH + Duration::from_secs(since.as_secs());
    File::options().write(true).open(folder.file()).unwrap().set_modified(second).unwrap();
    settle();
    let both = [reads(&folder), reads(&folder)];
    // On a machine that stood still in between the file had time to settle.
    assert!(both == [1, 1] || second.elapsed().unwrap() > Duration::from_secs(2), "{both:?}");
    std::thread::sleep(Duration::from_millis(2100));
    assert_eq!([reads(&folder), reads(&folder)], [1, 0]);
}

#[test]
fn a_change_in_place_shows_even_if_length_and_time_do_not() {
    let folder = Folder::new(INPUT);
    settle();
    assert_eq!([reads(&folder), reads(&folder)], [1, 0]);
    let before = fs::metadata(folder.file()).unwrap().modified().unwrap();
    fs::write(folder.file(), INPUT.replacen("anthropic:work", "anthropic:WORK", 1)).unwrap();
    File::options().write(true).open(folder.file()).unwrap().set_modified(before).unwrap();
    assert_eq!(reads(&folder), 1);
    age(&folder.file(), Duration::from_secs(3600));
    settle();
    assert_eq!([reads(&folder), reads(&folder)], [1, 0]);
    fs::remove_file(folder.file()).unwrap();
    assert_eq!(folder.read().unwrap(), 0);
}

#[test]
fn what_was_read_before_hides_no_damage() {
    let folder = Folder::new(INPUT);
    settle();
    folder.read().unwrap();
    fs::write(folder.file(), &INPUT[..200]).unwrap();
    assert!(folder.read().is_err());
    fs::write(folder.file(), INPUT).unwrap();
    assert_eq!(folder.read().unwrap(), 8);
}
