//! Checks the sections this library owns and finds every problem at once.

use super::schema::{OWNED, Others, ROOT, Shape, TOP_LEVEL};
use super::value::{Number, Tree, Value};
use super::{ConfigWarning, Problem, ProblemKind, WarningKind};
use crate::base_url::check_base_url;
use crate::id::{ProfileId, ProviderId};
use crate::json5::Path;

/// Checks a tree after substitution.
///
/// Numbers: `NaN`, infinities and what overflows a double (`1e400`) are problems in the sections we
/// own. Elsewhere they pass, as OpenClaw reads them; printed as JSON they are `null`, as there.
pub(super) fn validate(root: &Tree, problems: &mut Vec<Problem>, warnings: &mut Vec<ConfigWarning>) {
    Walk { path: Path::root(), problems }.shape(root, &ROOT);
    for keys in OWNED {
        if let Some(tree) = root.at(keys) {
            finite(tree, &Path::keys(keys.iter().copied()), problems);
        }
    }
    base_urls(root, problems);
    for (key, value) in root.members() {
        if !TOP_LEVEL.contains(&key.as_str()) {
            let kind = WarningKind::UnknownTopLevel { nearest: nearest(key, TOP_LEVEL.into_iter()) };
            warnings.push(ConfigWarning { path: Path::root().key(key), origin: value.origin.clone(), kind });
        }
    }
}

struct Walk<'p> {
    path: Path,
    problems: &'p mut Vec<Problem>,
}

impl Walk<'_> {
    fn problem(&mut self, tree: &Tree, kind: ProblemKind) {
        self.problems.push(Problem { path: self.path.clone(), origin: tree.origin.clone(), kind });
    }

    fn wrong_type(&mut self, tree: &Tree, expected: &'static str) {
        self.problem(tree, ProblemKind::WrongType { expected, found: tree.kind() });
    }

    fn inside(&mut self, path: Path, tree: &Tree, shape: &'static Shape) {
        let outer = std::mem::replace(&mut self.path, path);
        self.shape(tree, shape);
        self.path = outer;
    }

    fn shape(&mut self, tree: &Tree, shape: &'static Shape) {
        // A reference to an unset variable has been reported where it matters; it has no text to check.
        if matches!(tree.value, Value::Missing(_)) && accepts(shape, "string") {
            return;
        }
        match shape {
            Shape::Any => {}
            Shape::Object(known, others, required) if tree.kind() == "object" => {
                self.object(tree, known, others, required);
            }
            Shape::Map(each) | Shape::Profiles(each) if tree.kind() == "object" => {
                for (key, value) in tree.members() {
                    let path = self.path.key(key);
                    if matches!(shape, Shape::Profiles(_)) && ProfileId::new(key).is_err() {
                        self.problem(value, ProblemKind::WrongValue { expected: PROFILE });
                    }
                    self.inside(path, value, each);
                }
            }
            Shape::List(each) if tree.kind() == "array" => {
                for (at, value) in tree.elements().iter().enumerate() {
                    self.inside(self.path.index(at), value, each);
                }
            }
            Shape::Either(shapes, expected) => match shapes.iter().find(|shape| accepts(shape, tree.kind())) {
                Some(shape) => self.shape(tree, shape),
                None => self.wrong_type(tree, expected),
            },
            _ if !accepts(shape, tree.kind()) => self.wrong_type(tree, name(shape)),
            Shape::Word(words, expected) if !tree.text().is_some_and(|text| words.contains(&text)) => {
                self.problem(tree, ProblemKind::WrongValue { expected });
            }
            Shape::Filled if tree.text().is_none_or(|text| text.trim().is_empty()) => {
                self.problem(tree, ProblemKind::WrongValue { expected: "a string with something in it" });
            }
            Shape::Profile if tree.text().is_none_or(|text| ProfileId::new(text).is_err()) => {
                self.problem(tree, ProblemKind::WrongValue { expected: PROFILE });
            }
            Shape::Count if !is_count(tree) => {
                self.problem(tree, ProblemKind::WrongValue { expected: "a whole number from 1 to 4294967295" });
            }
            _ => {}
        }
    }

    fn object(
        &mut self,
        tree: &Tree,
        known: &'static [(&'static str, Shape)],
        others: &Others,
        required: &[&'static str],
    ) {
        for key in required {
            if tree.get(key).is_none() {
                self.problem(tree, ProblemKind::RequiredKey { key });
            }
        }
        for (key, value) in tree.members() {
            if let Some((_, shape)) = known.iter().find(|(name, _)| name == key) {
                self.inside(self.path.key(key), value, shape);
                continue;
            }
            // Comparing spellings is the dearest part: only where something may be refused.
            let nearest = || nearest(key, known.iter().map(|(name, _)| *name));
            match others {
                Others::Accept => {}
                Others::Each(shape) => self.inside(self.path.key(key), value, shape),
                Others::Refuse => {
                    self.problem(value, ProblemKind::UnknownKey { key: key.clone(), nearest: nearest() });
                }
                Others::RefuseTypos => {
                    if let Some(nearest) = nearest() {
                        self.problem(value, ProblemKind::UnknownKey { key: key.clone(), nearest: Some(nearest) });
                    }
                }
            }
        }
    }
}

const PROFILE: &str = "a profile id such as anthropic:default";

/// The word for a shape in `expected …`.
const fn name(shape: &Shape) -> &'static str {
    match shape {
        Shape::Any => "anything",
        Shape::Text | Shape::Filled | Shape::Word(..) | Shape::Profile => "a string",
        Shape::Bool => "true or false",
        Shape::Number | Shape::Count => "a number",
        Shape::List(_) => "an array",
        Shape::Map(_) | Shape::Profiles(_) | Shape::Object(..) => "an object",
        Shape::Either(_, expected) => expected,
    }
}

fn accepts(shape: &Shape, kind: &str) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Text | Shape::Filled | Shape::Word(..) | Shape::Profile => kind == "string",
        Shape::Bool => kind == "boolean",
        Shape::Number | Shape::Count => kind == "number",
        Shape::List(_) => kind == "array",
        Shape::Map(_) | Shape::Profiles(_) | Shape::Object(..) => kind == "object",
        Shape::Either(shapes, _) => shapes.iter().any(|shape| accepts(shape, kind)),
    }
}

fn is_count(tree: &Tree) -> bool {
    match tree.value {
        Value::Number(number) => {
            number.as_u64().is_some_and(|count| (1..=u64::from(u32::MAX)).contains(&count))
                || !number.as_f64().is_finite()
        }
        _ => false,
    }
}

/// The known key within two edits, and nearer than a rewrite.
fn nearest(key: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let distance = |other: &str| strsim::damerau_levenshtein(&key.to_lowercase(), &other.to_lowercase());
    let best = known.map(|other| (distance(other), other)).min_by_key(|(distance, _)| *distance);
    best.filter(|(distance, other)| *distance <= 2 && *distance < other.len()).map(|(_, other)| other)
}

fn finite(tree: &Tree, path: &Path, problems: &mut Vec<Problem>) {
    match &tree.value {
        Value::Number(Number::Float(value)) if !value.is_finite() => {
            problems.push(Problem { path: path.clone(), origin: tree.origin.clone(), kind: ProblemKind::NotFinite });
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(at, element)| finite(element, &path.index(at), problems));
        }
        Value::Object(members) => members.iter().for_each(|(key, value)| finite(value, &path.key(key), problems)),
        _ => {}
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
