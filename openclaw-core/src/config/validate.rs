//! Checks the sections this library owns and finds every problem at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::place::Place;
use super::problem::hidden;
use super::sections::{Settings, TOP_LEVEL};
use super::shape::{Keys, Others, Section, Shape, Shaped};
use super::value::{Number, Tree, Value};
use super::{ConfigWarning, Origin, Problem, ProblemKind, WarningKind};
use crate::base_url::check_base_url;
use crate::id::{ProfileId, ProviderId};
use crate::json5::Path;

/// Checks a tree after substitution.
pub(super) fn validate(root: &Tree, problems: &mut Vec<Problem>, warnings: &mut Vec<ConfigWarning>) {
    Walk { problems, warnings }.value(root, Settings::SHAPE, &Place::at(&[]));
    base_urls(root, problems);
    for (key, value) in root.members() {
        if !TOP_LEVEL.contains(&key.as_str()) {
            let kind = WarningKind::UnknownTopLevel { nearest: nearest(key, TOP_LEVEL.into_iter()) };
            warnings.push(ConfigWarning { path: Path::root().key(key), origin: value.origin.of_key(), kind });
        }
    }
}

struct Walk<'p> {
    problems: &'p mut Vec<Problem>,
    warnings: &'p mut Vec<ConfigWarning>,
}

impl Walk<'_> {
    fn problem(&mut self, place: &Place<'_>, origin: Origin, kind: ProblemKind) {
        self.problems.push(Problem { path: place.path(), origin, kind });
    }

    fn value(&mut self, tree: &Tree, shape: &'static Shape, place: &Place<'_>) {
        // A reference to an unset variable has been reported where it matters; it has no text to check.
        if matches!(tree.value, Value::Missing(_)) && shape.accepts("string") {
            return;
        }
        let wrong = |expected| Some(ProblemKind::WrongValue { expected });
        let kind = match shape {
            Shape::Either(shapes, expected) => match shapes.iter().find(|shape| shape.accepts(tree.kind())) {
                Some(shape) => return self.value(tree, shape, place),
                None => Some(ProblemKind::WrongType { expected, found: tree.kind() }),
            },
            _ if !shape.accepts(tree.kind()) => {
                Some(ProblemKind::WrongType { expected: shape.name(), found: tree.kind() })
            }
            Shape::Any => {
                self.numbers(tree, place, true);
                None
            }
            Shape::Object(section) => {
                self.object(tree, section, place);
                None
            }
            Shape::Map(keys, each) => {
                if *keys == Keys::Providers {
                    self.spellings(tree, place);
                }
                for (key, value) in tree.members() {
                    let place = place.key(key);
                    if *keys == Keys::Profiles && ProfileId::new(key).is_err() {
                        self.problem(&place, value.origin.of_key(), ProblemKind::WrongKey { expected: PROFILE });
                    }
                    self.value(value, each, &place);
                }
                None
            }
            Shape::List(each) => {
                for (at, value) in tree.elements().iter().enumerate() {
                    self.value(value, each, &place.index(at));
                }
                None
            }
            Shape::Number | Shape::Count if !is_finite(tree) => Some(ProblemKind::NotFinite),
            Shape::Count if !is_count(tree) => wrong("a whole number from 1 to 4294967295"),
            Shape::Word(list) if !tree.text().is_some_and(|text| list.words.iter().any(|(word, _)| *word == text)) => {
                wrong(list.expected)
            }
            Shape::Filled if tree.text().is_none_or(|text| text.trim().is_empty()) => {
                wrong("a string with something in it")
            }
            Shape::Profile if tree.text().is_none_or(|text| ProfileId::new(text).is_err()) => wrong(PROFILE),
            _ => None,
        };
        if let Some(kind) = kind {
            self.problem(place, tree.origin.clone(), kind);
        }
    }

    /// Keys that name the same provider: a map that is read would keep one of them and lose the rest,
    /// with what they say about where a key may go.
    fn spellings(&mut self, tree: &Tree, place: &Place<'_>) {
        let mut seen: HashMap<ProviderId, (&str, Origin)> = HashMap::new();
        for (key, value) in tree.members() {
            match seen.entry(ProviderId::new(key)) {
                Entry::Vacant(entry) => {
                    entry.insert((key, value.origin.of_key()));
                }
                Entry::Occupied(entry) => {
                    let (first, origin) = entry.get();
                    let kind = ProblemKind::SameProvider { first: hidden(first), first_origin: origin.clone() };
                    self.problem(&place.key(key), value.origin.of_key(), kind);
                }
            }
        }
    }

    fn object(&mut self, tree: &Tree, section: &'static Section, place: &Place<'_>) {
        for field in section.fields.iter().filter(|field| field.required) {
            if tree.get(field.key).is_none() {
                self.problem(place, tree.origin.clone(), ProblemKind::RequiredKey { key: field.key });
            }
        }
        for (key, value) in tree.members() {
            let inside = place.key(key);
            if let Some(field) = section.fields.iter().find(|field| field.key == key) {
                self.value(value, field.shape, &inside);
                continue;
            }
            // Comparing spellings is the dearest part: only where something may be refused.
            let nearest = || nearest(key, section.fields.iter().map(|field| field.key));
            let nearest = match section.others {
                Others::Assistant => {
                    self.numbers(value, &inside, false);
                    continue;
                }
                Others::Free => {
                    self.numbers(value, &inside, true);
                    continue;
                }
                Others::Each(shape) => {
                    self.value(value, shape, &inside);
                    continue;
                }
                Others::Refuse => nearest(),
                Others::RefuseTypos => match nearest() {
                    None => {
                        self.numbers(value, &inside, true);
                        continue;
                    }
                    found => found,
                },
            };
            let kind = ProblemKind::UnknownKey { key: hidden(key), nearest };
            self.problem(place, value.origin.of_key(), kind);
        }
    }

    /// Numbers that JSON does not have, where anything may stand: a problem in the sections we own,
    /// elsewhere a warning, since OpenClaw reads them and prints `null`.
    fn numbers(&mut self, tree: &Tree, place: &Place<'_>, owned: bool) {
        match &tree.value {
            Value::Number(_) | Value::SecretNumber(_) if is_finite(tree) => {}
            Value::Number(_) | Value::SecretNumber(_) if owned => {
                self.problem(place, tree.origin.clone(), ProblemKind::NotFinite);
            }
            Value::Number(_) | Value::SecretNumber(_) => self.warnings.push(ConfigWarning {
                path: place.path(),
                origin: tree.origin.clone(),
                kind: WarningKind::NotInJson,
            }),
            Value::Array(elements) => {
                for (at, element) in elements.iter().enumerate() {
                    self.numbers(element, &place.index(at), owned);
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    self.numbers(value, &place.key(key), owned);
                }
            }
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::Secret(_) | Value::Missing(_) => {}
        }
    }
}

const PROFILE: &str = "a profile id such as anthropic:default";

fn is_finite(tree: &Tree) -> bool {
    !matches!(tree.number(), Some(Number::Float(value)) if !value.is_finite())
}

fn is_count(tree: &Tree) -> bool {
    tree.number().and_then(Number::as_i64).is_some_and(|count| (1..=i64::from(u32::MAX)).contains(&count))
}

/// The most edits between a key and the known one that was meant.
const MOST_EDITS: usize = 2;

/// The known key within two edits, and nearer than a rewrite.
pub(crate) fn nearest<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let key = key.to_lowercase();
    let sketch = Sketch::of(&key);
    let near = known.filter_map(|other| {
        let lower = other.to_lowercase();
        let may_be_near = sketch.may_be_near(&Sketch::of(&lower));
        may_be_near.then(|| (strsim::damerau_levenshtein(&key, &lower), other))
    });
    let best = near.min_by_key(|(distance, _)| *distance);
    best.filter(|(distance, other)| *distance <= MOST_EDITS && *distance < other.len()).map(|(_, other)| other)
}

/// What of a text shows at once that another one is far from it. The distance itself takes a table of
/// both lengths, and a file may have tens of thousands of unknown keys, or one of a megabyte.
struct Sketch {
    length: usize,
    /// A bit for each sort of characters in it.
    characters: u32,
}

impl Sketch {
    fn of(text: &str) -> Self {
        let sketch = Self { length: 0, characters: 0 };
        text.chars().fold(sketch, |sketch, c| Self {
            length: sketch.length + 1,
            characters: sketch.characters | 1 << (u32::from(c) % u32::BITS),
        })
    }

    /// An edit changes the length by one at most, and brings or takes one character at most.
    fn may_be_near(&self, other: &Self) -> bool {
        let most = |bits: u32| bits.count_ones() as usize <= MOST_EDITS;
        self.length.abs_diff(other.length) <= MOST_EDITS
            && most(self.characters & !other.characters)
            && most(other.characters & !self.characters)
    }
}

/// Base URLs of the providers that this library talks to itself. Those of other protocols are the
/// assistant's business: `http://localhost:11434` of a local model is fine there.
fn base_urls(root: &Tree, problems: &mut Vec<Problem>) {
    let providers = root.at(&["models", "providers"]);
    for (id, provider) in providers.map(Tree::members).unwrap_or_default() {
        let api = provider.get("api").and_then(Tree::text);
        let ours =
            api.map_or_else(|| ProviderId::new(id) == ProviderId::anthropic(), |api| api == "anthropic-messages");
        let Some(url) = provider.get("baseUrl").filter(|_| ours) else { continue };
        let Some(Err(error)) = url.text().filter(|text| !text.trim().is_empty()).map(check_base_url) else { continue };
        problems.push(Problem {
            path: Path::keys(["models", "providers", id.as_str(), "baseUrl"]),
            origin: url.origin.clone(),
            kind: ProblemKind::BaseUrl(error),
        });
    }
}
