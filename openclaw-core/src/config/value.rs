//! The merged tree: values with their origins, secrets kept apart.
//!
//! Not a `serde_json::Value`: that one turns long integers into floats, forgets where a value stood,
//! and leaves every secret behind in freed memory.

use secrecy::{CloneableSecret, ExposeSecret, SecretBox, SecretString};
use zeroize::Zeroize;

use super::Origin;
use super::place::Place;
use super::sensitive::{is_secret_number_place, is_secret_place, is_secret_text};
use crate::json5::Segment;

/// A value and the place it was written at.
#[derive(Clone)]
pub(super) struct Tree {
    pub(super) value: Value,
    pub(super) origin: Origin,
    /// Whether a container wiped what was below it, and would wipe what is put there later: see
    /// [`merge`](super::merge).
    pub(super) sealed: bool,
}

/// A value.
#[derive(Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Secret(SecretString),
    /// A number in a place of secrets: a PIN, a password of digits.
    SecretNumber(SecretBox<Number>),
    /// A string that refers to a variable which is not set; holds the variable's name.
    Missing(String),
    Array(Vec<Tree>),
    /// The members in the order of the text, no key twice.
    Object(Vec<(String, Tree)>),
}

/// A number: every whole one that fits 64 bits is an `Int` or a `Uint`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Uint(u64),
    /// Minus zero, or what no integer of 64 bits says: it may have been rounded, also to a whole number,
    /// and it may be infinite or no number at all.
    Float(f64),
}

impl Zeroize for Number {
    fn zeroize(&mut self) {
        match self {
            Self::Int(value) => value.zeroize(),
            Self::Uint(value) => value.zeroize(),
            Self::Float(value) => value.zeroize(),
        }
    }
}

impl CloneableSecret for Number {}

impl Number {
    pub(super) fn as_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Uint(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// The whole number that was written.
    pub(super) fn as_i64(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value),
            Self::Uint(value) => i64::try_from(value).ok(),
            Self::Float(value) => (value == 0.0 && value.is_sign_negative()).then_some(0),
        }
    }
}

impl Tree {
    pub(super) fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin, sealed: false }
    }

    pub(super) fn object(origin: Origin) -> Self {
        Self::new(Value::Object(Vec::new()), origin)
    }

    /// A string that is a secret or not, by its place and its look.
    pub(super) fn string(text: &str, place: &Place<'_>, origin: Origin) -> Self {
        let secret = is_secret_place(place) || is_secret_text(text);
        let value = if secret { Value::Secret(SecretString::from(text)) } else { Value::Text(text.to_owned()) };
        Self::new(value, origin)
    }

    /// A number that is a secret or not, by its place.
    pub(super) fn numeric(number: Number, place: &Place<'_>, origin: Origin) -> Self {
        let mut tree = Self::new(Value::Number(number), origin);
        if is_secret_number_place(place) {
            tree.hide();
        }
        tree
    }

    /// Makes a secret of a string or a number.
    pub(super) fn hide(&mut self) {
        match &mut self.value {
            Value::Text(text) => self.value = Value::Secret(std::mem::take(text).into()),
            Value::Number(number) => self.value = Value::SecretNumber(SecretBox::new(Box::new(*number))),
            _ => {}
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) | Value::SecretNumber(_) => "number",
            Value::Text(_) | Value::Secret(_) | Value::Missing(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// The text of a string, secret or not.
    #[expect(clippy::disallowed_methods, reason = "edge: the typed view and substitution read secrets in place")]
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Secret(secret) => Some(secret.expose_secret()),
            _ => None,
        }
    }

    /// A number, secret or not.
    #[expect(clippy::disallowed_methods, reason = "edge: the typed view and the checks read secrets in place")]
    pub(super) fn number(&self) -> Option<Number> {
        match &self.value {
            Value::Number(number) => Some(*number),
            Value::SecretNumber(secret) => Some(*secret.expose_secret()),
            _ => None,
        }
    }

    pub(super) fn members(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    pub(super) fn elements(&self) -> &[Self] {
        match &self.value {
            Value::Array(elements) => elements,
            _ => &[],
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value behind a path of keys.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// The value behind a path. `list.0` reaches into an array as `list[0]` does, as in OpenClaw.
    pub(super) fn walk(&self, path: &[Segment]) -> Option<&Self> {
        path.iter().try_fold(self, |tree, segment| match (segment, &tree.value) {
            (segment, Value::Array(elements)) => elements.get(segment.as_index()?),
            (Segment::Key(key), _) => tree.get(key),
            (Segment::Index(index), _) => tree.get(&index.to_string()),
        })
    }
}
