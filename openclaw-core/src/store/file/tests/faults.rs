//! Every system call of a write fails in turn, and nothing is lost.
#![allow(clippy::disallowed_methods, reason = "a test makes files")]

use std::fs;

use rustix::io::Errno;

use super::{CANARY, Folder, INPUT};
use crate::disk::{Fault, plan};
use crate::store::StoreError;

type Change = fn(&Folder) -> Result<(), StoreError>;

/// A durable change, and one that may be lost in a power cut.
const CHANGES: [(Change, &str); 2] = [
    (|folder| folder.upsert("anthropic:new", CANARY), "anthropic:new"),
    (|folder| folder.used("anthropic:work", 1_795_331_799_000).map(drop), "1795331799000"),
];

fn left_behind(folder: &Folder) -> Vec<String> {
    folder.list().into_iter().filter(|name| name.ends_with(".openclaw-tmp")).collect()
}

/// One change with one fault; false when there is no k-th call.
fn fails_at(k: usize, fault: fn(i32) -> Fault, errno: Errno, short: bool, (change, mark): (Change, &str)) -> bool {
    let folder = Folder::new(INPUT);
    let errno = errno.raw_os_error();
    let (result, reached) = plan(Some((k, fault(errno))), short, || change(&folder));
    let Some(step) = reached.get(k) else { return false };
    let case = format!("{step} (call {k} of {reached:?}) fails with {errno}, short {short}");
    let text = folder.text();
    match result {
        // Interrupted or unimportant.
        Ok(()) => assert!(text.contains(mark) && serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{case}"),
        Err(error) => {
            assert_eq!(text, INPUT, "{case}");
            let StoreError::Io { path, source, .. } = &error else { panic!("{case}: {error:?}") };
            assert!(path.starts_with(folder.agent()) && source.raw_os_error() == Some(errno), "{case}: {error:?}");
            let said = error.to_string();
            assert!(said.starts_with("cannot ") && said.contains("auth-profiles.json"), "{case}: {said}");
        }
    }
    assert_eq!(left_behind(&folder), Vec::<String>::new(), "{case}");
    let may_stay = reached.iter().skip(k).any(|step| *step == "remove the sidecar");
    assert!(may_stay || !folder.sidecar().exists(), "{case}");
    folder.upsert("anthropic:next", CANARY).unwrap_or_else(|error| panic!("{case}: and then {error}"));
    assert!(folder.text().contains("anthropic:next") && !folder.sidecar().exists(), "{case}");
    true
}

#[test]
fn whatever_call_fails_the_old_or_the_new_content_stands_whole() {
    let mut failed = 0;
    for change in CHANGES {
        for short in [false, true] {
            for errno in [Errno::IO, Errno::NOSPC, Errno::INTR, Errno::ACCESS] {
                for fault in [Fault::Once, Fault::Forever] {
                    // A write that is interrupted for ever never ends, as it should not.
                    let ends = !matches!((fault(0), errno), (Fault::Forever(_), Errno::INTR));
                    failed += (0..).take_while(|k| ends && fails_at(*k, fault, errno, short, change)).count();
                }
            }
        }
    }
    assert!(failed > 300, "the seam is gone: {failed}");
}

#[test]
fn a_first_write_that_fails_leaves_no_file() {
    let mut k = 0;
    loop {
        let folder = Folder::empty();
        let fault = Some((k, Fault::Once(Errno::NOSPC.raw_os_error())));
        let (result, reached) = plan(fault, false, || folder.upsert("anthropic:new", CANARY));
        let Some(step) = reached.get(k) else { break };
        assert_eq!(folder.file().exists(), result.is_ok(), "{step}");
        assert_eq!(left_behind(&folder), Vec::<String>::new(), "{step}");
        folder.upsert("anthropic:next", CANARY).unwrap();
        k += 1;
    }
    assert!(k > 5);
}

#[test]
fn short_writes_make_a_whole_file() {
    let folder = Folder::new(INPUT);
    let (result, reached) = plan(None, true, || folder.upsert("anthropic:new", CANARY));
    result.unwrap();
    assert!(reached.iter().filter(|step| **step == "write").count() > 5, "{reached:?}");
    let whole = Folder::new(INPUT);
    whole.upsert("anthropic:new", CANARY).unwrap();
    let without_time = |text: String| text.lines().filter(|line| !line.contains("addedAt")).collect::<String>();
    assert_eq!(without_time(folder.text()), without_time(whole.text()));
}

#[test]
fn what_a_failed_write_may_have_left_is_swept_by_the_next() {
    let folder = Folder::new(INPUT);
    folder.upsert("anthropic:first", CANARY).unwrap();
    let (_, calls) = plan(None, false, || folder.upsert("anthropic:second", CANARY));
    let rename = calls.iter().position(|step| *step == "replace").unwrap();
    let fault = Fault::Forever(Errno::IO.raw_os_error());
    let (result, _) = plan(Some((rename, fault)), false, || folder.upsert("anthropic:new", CANARY));
    result.unwrap_err();
    let left = folder.agent().join(".auth-profiles.json.1-a.openclaw-tmp");
    fs::write(&left, CANARY).unwrap();
    folder.upsert("anthropic:third", CANARY).unwrap();
    assert!(!left.exists());
}

#[test]
fn what_must_last_is_synced_and_a_plain_success_is_not() {
    let syncs = |change: Change| {
        let folder = Folder::new(INPUT);
        let (result, reached) = plan(None, false, || change(&folder));
        result.unwrap();
        reached.into_iter().filter(|step| step.starts_with("sync")).collect::<Vec<_>>()
    };
    let [(durable, _), (used, _)] = CHANGES;
    assert_eq!(syncs(durable), ["sync", "sync the folder"]);
    assert_eq!(syncs(used), Vec::<&str>::new());
}
