//! The schema against the validator: configurations made from the shapes, whole and damaged.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use boon::{Compiler, SchemaIndex, Schemas};
use fastrand::Rng;
use zeroize::Zeroizing;

use super::*;
use crate::config::include::Files;
use crate::config::{Config, ConfigError, ConfigLayer, ConfigSource, IncludeError, ProblemKind};
use crate::env::Env;

/// The schema, compiled.
struct Checker(Schemas, SchemaIndex);

impl Checker {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("urn:openclaw-core:config", json_schema()).unwrap();
        let index = compiler.compile("urn:openclaw-core:config", &mut schemas).unwrap();
        Self(schemas, index)
    }

    fn accepts(&self, file: &Value) -> bool {
        self.0.validate(file, self.1).is_ok()
    }
}

/// Files by name, for `$include`.
#[derive(Default)]
struct Folder(HashMap<PathBuf, String>);

impl Files for Folder {
    fn resolve(&self, _: &Path, target: &str) -> PathBuf {
        target.into()
    }

    fn load(&mut self, path: &Path, _: &str) -> Result<Zeroizing<String>, IncludeError> {
        Ok(Zeroizing::new(self.0[path].clone()))
    }
}

fn load(file: &Value, folder: &mut Folder, env: &Env) -> Result<Config, ConfigError> {
    let source = ConfigSource::File("openclaw.json".into());
    Config::from_layers([ConfigLayer::with_files(source, &file.to_string(), Some(folder))?], env)
}

/// Whether all that is wrong is what a schema cannot say.
fn beyond_a_schema(error: &ConfigError) -> bool {
    error.problems().iter().all(|problem| match &problem.kind {
        ProblemKind::BaseUrl(_) | ProblemKind::SameProvider { .. } => true,
        ProblemKind::UnknownKey { .. } => problem.path.to_string().starts_with("secrets"),
        _ => false,
    })
}

/// Something of this shape.
fn valid(shape: &'static Shape, rng: &mut Rng, depth: usize) -> Value {
    let few = |rng: &mut Rng| if depth > 12 { 0 } else { rng.usize(0..3) };
    let pick = |rng: &mut Rng, words: &[&str]| Value::from(*rng.choice(words).unwrap());
    match shape {
        Shape::Any => anything(rng, 2),
        Shape::Text => {
            pick(rng, &["", "x", " ", "anthropic/claude-opus-4-5", "https://h.example", "anthropic-messages"])
        }
        Shape::Filled => pick(rng, &["x", "anthropic", " y ", "\u{feff}"]),
        Shape::Profile => pick(rng, &["anthropic:default", "\u{feff}", " x "]),
        Shape::Bool => rng.bool().into(),
        Shape::Number => rng.choice([json!(0), json!(-1.5), json!(1e300), json!(7)]).unwrap(),
        Shape::Count => rng.choice([json!(1), json!(2.0), json!(u32::MAX)]).unwrap(),
        Shape::Word(words) => words.words[rng.usize(0..words.words.len())].0.into(),
        Shape::List(each) => (0..few(rng)).map(|_| valid(each, rng, depth + 1)).collect(),
        Shape::Map(_, each) => {
            let keys = ["anthropic", "p:q", "a/b"];
            let members = (0..few(rng)).map(|at| (keys[at].to_owned(), valid(each, rng, depth + 1)));
            Value::Object(members.collect())
        }
        Shape::Object(section) => {
            let mut members = Schema::new();
            for field in section.fields {
                if field.required || rng.u8(0..3) > 0 && depth < 12 {
                    members.insert(field.key.to_owned(), valid(field.shape, rng, depth + 1));
                }
            }
            match section.others {
                Others::Refuse | Others::RefuseTypos => {}
                Others::Assistant | Others::Free => {
                    members.insert("unrelated".to_owned(), anything(rng, 2));
                }
                Others::Each(shape) => {
                    members.insert("ANY".to_owned(), valid(shape, rng, depth + 1));
                }
            }
            Value::Object(members)
        }
        Shape::Either(shapes, _) => {
            let at = rng.usize(0..shapes.len());
            valid(shapes[at], rng, depth)
        }
    }
}

fn anything(rng: &mut Rng, depth: usize) -> Value {
    match rng.u8(0..if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => true.into(),
        2 => rng.choice([json!(-1), json!(0.5), json!(u64::MAX), json!(4_294_967_296_u64)]).unwrap(),
        3 => "".into(),
        4 => "\t".into(),
        5 => "1h".into(),
        6 => Value::Array(vec![anything(rng, depth - 1)]),
        _ => json!({ *rng.choice(["id", "mode", "x", "vars", "primary"]).as_ref().unwrap(): anything(rng, depth - 1) }),
    }
}

/// A value somewhere inside, each equally likely.
fn somewhere<'v>(value: &'v mut Value, rng: &mut Rng) -> &'v mut Value {
    fn count(value: &Value) -> usize {
        1 + match value {
            Value::Array(elements) => elements.iter().map(count).sum(),
            Value::Object(members) => members.values().map(count).sum(),
            _ => 0,
        }
    }
    fn nth(value: &mut Value, mut at: usize) -> &mut Value {
        if at == 0 {
            return value;
        }
        at -= 1;
        let inside: Vec<&mut Value> = match value {
            Value::Array(elements) => elements.iter_mut().collect(),
            Value::Object(members) => members.values_mut().collect(),
            _ => Vec::new(),
        };
        for inner in inside {
            let size = count(inner);
            if at < size {
                return nth(inner, at);
            }
            at -= size;
        }
        panic!("counted wrongly")
    }
    let at = rng.usize(0..count(value));
    nth(value, at)
}

/// Breaks something, or perhaps not.
fn damage(file: &mut Value, rng: &mut Rng) {
    let place = somewhere(file, rng);
    match (rng.u8(0..4), &mut *place) {
        (0, Value::Object(members)) => {
            members.insert("bogus".to_owned(), 1.into());
        }
        (1, Value::Object(members)) if !members.is_empty() => {
            let key = members.keys().nth(rng.usize(0..members.len())).unwrap().clone();
            members.remove(&key);
        }
        (2, Value::Object(members)) => {
            members.insert("\t".to_owned(), json!({ "provider": "x", "mode": "token" }));
        }
        _ => *place = anything(rng, 2),
    }
}

#[test]
fn the_schema_and_the_validator_agree() {
    let (checker, mut rng) = (Checker::new(), Rng::with_seed(7));
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..4000 {
        let mut file = valid(Settings::SHAPE, &mut rng, 0);
        for _ in 0..rng.usize(0..3) {
            damage(&mut file, &mut rng);
        }
        if !file.is_object() {
            continue;
        }
        match (load(&file, &mut Folder::default(), &Env::empty()), checker.accepts(&file)) {
            (Ok(_), true) => accepted += 1,
            (Err(_), false) => refused += 1,
            (Err(error), true) => assert!(beyond_a_schema(&error), "only the schema accepts {file:#}: {error}"),
            (Ok(_), false) => {
                panic!("only the validator accepts {file:#}: {}", checker.0.validate(&file, checker.1).unwrap_err())
            }
        }
    }
    assert!(accepted > 500 && refused > 500, "{accepted} accepted, {refused} refused");
}

/// Moves a part of the file into another one.
fn split(file: &mut Value, folder: &mut Folder, rng: &mut Rng) {
    let name = format!("{}.json", folder.0.len());
    let moved = match somewhere(file, rng) {
        Value::String(text) if text.ends_with(".json") => return,
        Value::Object(members) if rng.bool() && !members.contains_key("$include") => {
            let (moved, kept): (Schema, Schema) = std::mem::take(members).into_iter().partition(|_| rng.bool());
            *members = kept;
            members.insert("$include".to_owned(), name.as_str().into());
            Value::Object(moved)
        }
        place => std::mem::replace(place, json!({ "$include": name })),
    };
    folder.0.insert(name.into(), moved.to_string());
}

/// Puts a variable in place of a text.
fn substitute(file: &mut Value, env: Env, rng: &mut Rng) -> Env {
    let name = format!("V{}", rng.u32(..));
    let place = somewhere(file, rng);
    match place {
        Value::String(text) if !text.trim().is_empty() && !text.contains('$') && !text.contains(".json") => {
            let env = env.with(&name, text);
            *place = format!("${{{name}}}").into();
            env
        }
        _ => env,
    }
}

#[test]
fn what_is_put_together_from_files_and_variables_is_accepted_in_parts() {
    let (checker, mut rng) = (Checker::new(), Rng::with_seed(11));
    let mut accepted = 0;
    for _ in 0..4000 {
        let mut file = valid(Settings::SHAPE, &mut rng, 0);
        let (mut folder, mut env) = (Folder::default(), Env::empty());
        for _ in 0..rng.usize(0..4) {
            env = substitute(&mut file, env, &mut rng);
        }
        for _ in 0..rng.usize(0..3) {
            split(&mut file, &mut folder, &mut rng);
        }
        if load(&file, &mut folder, &env).is_ok() {
            accepted += 1;
            let verdict = checker.0.validate(&file, checker.1);
            assert!(
                verdict.is_ok(),
                "only the validator accepts {file:#} with {:?}: {}",
                folder.0,
                verdict.unwrap_err()
            );
        }
    }
    assert!(accepted > 2000, "{accepted}");
}

#[test]
fn every_key_is_described() {
    let schema = json_schema();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            let described = property["description"].is_string() || key == "$include" || !property["$ref"].is_null();
            assert!(described, "{name}.{key}");
        }
    }
    let cooldowns = &schema["$defs"]["CooldownSettings"]["properties"];
    assert_eq!(cooldowns["billingMaxHours"]["description"], "Longest billing window in hours (default 24).");
    assert_eq!(schema["$defs"]["CacheControlTtl"]["anyOf"][1]["const"], "1h");
}
