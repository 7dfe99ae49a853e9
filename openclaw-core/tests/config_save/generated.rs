//! Edits of generated configurations: what is written is what was asked for, or nothing is.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use openclaw_core::json5::{Edit, Path, Segment};

use crate::support::{Folder, ROOT};

const FILES: [&str; 3] = [ROOT, "x.json5", "y.json5"];

fn value(depth: u32) -> BoxedStrategy<Value> {
    let scalar = prop_oneof![Just(Value::Null), (0..3).prop_map(|n| json!(n)), Just(json!("t"))];
    if depth == 0 {
        return scalar.boxed();
    }
    prop_oneof![
        1 => scalar,
        1 => prop::collection::vec(value(depth - 1), 0..3).prop_map(Value::Array),
        3 => object(depth),
    ]
    .boxed()
}

fn object(depth: u32) -> BoxedStrategy<Value> {
    prop::collection::btree_map("[abc]", value(depth - 1), 0..4)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
        .boxed()
}

/// The root object with an `$include` in one of its places.
fn included(mut root: Value, place: &str, targets: &Value) -> Value {
    let members = root.as_object_mut().unwrap();
    match place {
        "" => {
            members.insert("$include".to_owned(), targets.clone());
        }
        // Alone, and beside keys.
        "alone" => {
            members.insert("a".to_owned(), json!({"$include": targets}));
        }
        key => {
            let mut inner = members.get(key).and_then(Value::as_object).cloned().unwrap_or_else(Map::new);
            inner.insert("$include".to_owned(), targets.clone());
            members.insert(key.to_owned(), Value::Object(inner));
        }
    }
    root
}

fn step() -> impl Strategy<Value = Segment> {
    prop_oneof![4 => "[abc]".prop_map(Segment::Key), 1 => (0usize..4).prop_map(Segment::Index)]
}

/// What the merged configuration has to be; `None` if the edit has no such place.
fn edited(mut root: Value, path: &[Segment], new: Option<&Value>) -> Option<Value> {
    fn go(at: &mut Value, path: &[Segment], new: Option<&Value>) -> Option<()> {
        let (step, below) = path.split_first()?;
        let key = match step {
            Segment::Key(key) => key.clone(),
            Segment::Index(index) => index.to_string(),
        };
        let fresh = || if matches!(below.first(), Some(Segment::Index(_))) { json!([]) } else { json!({}) };
        match at {
            Value::Object(members) => match (new, below.is_empty()) {
                (None, true) => drop(members.remove(&key)?),
                (None, false) => go(members.get_mut(&key)?, below, new)?,
                (Some(new), true) => drop(members.insert(key, new.clone())),
                (Some(_), false) => go(members.entry(key).or_insert_with(fresh), below, new)?,
            },
            Value::Array(elements) => {
                let index: usize = key.parse().ok()?;
                if index == elements.len() && new.is_some() {
                    elements.push(fresh());
                }
                match (new, below.is_empty()) {
                    (None, true) if index < elements.len() => drop(elements.remove(index)),
                    (Some(new), true) => *elements.get_mut(index)? = new.clone(),
                    _ => go(elements.get_mut(index)?, below, new)?,
                }
            }
            _ => return None,
        }
        Some(())
    }
    go(&mut root, path, new).map(|()| root)
}

#[test]
fn an_edit_does_what_was_asked_for_or_nothing() {
    let (written, refused) = (Cell::new(0), Cell::new(0));
    let folder = Folder::new(&[]);
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(600) });
    let targets = prop_oneof![
        Just(json!("./x.json5")),
        Just(json!(["./x.json5", "./y.json5"])),
        Just(json!(["./x.json5", "./x.json5"])),
    ];
    let places = prop::sample::select(vec!["", "alone", "a", "b"]);
    let cases = (
        object(3),
        value(2),
        object(2),
        places,
        targets,
        prop::collection::vec(step(), 1..4),
        prop::option::of(value(2)),
    );
    let test =
        |(root, x, y, place, targets, steps, new): (Value, Value, Value, &str, Value, Vec<Segment>, Option<Value>)| {
            folder.write(ROOT, &included(root, place, &targets).to_string());
            folder.write("x.json5", &x.to_string());
            folder.write("y.json5", &y.to_string());
            let Some(before) = folder.merged() else { return Ok(()) };
            let texts = FILES.map(|name| folder.text(name));
            let path: Path = steps.iter().cloned().collect();
            let edit = match &new {
                Some(new) => Edit::set(path, new.to_string()),
                None => Edit::unset(path),
            };
            let intended = edited(before, &steps, new.as_ref());
            match folder.edit(&[edit]) {
                Ok(report) if !report.absent.is_empty() => {
                    prop_assert_eq!(intended, None);
                    prop_assert_eq!(FILES.map(|name| folder.text(name)), texts);
                }
                Ok(_) => {
                    written.set(written.get() + 1);
                    prop_assert_eq!(folder.merged(), intended);
                }
                Err(_) => {
                    refused.set(refused.get() + 1);
                    prop_assert_eq!(FILES.map(|name| folder.text(name)), texts);
                }
            }
            Ok(())
        };
    runner.run(&cases, test).unwrap();
    assert!(written.get() > 100 && refused.get() > 50, "{} written, {} refused", written.get(), refused.get());
}
