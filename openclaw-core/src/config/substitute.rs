//! `${VAR}` in the strings of a tree.

use zeroize::Zeroizing;

use super::looks::announces_a_credential;
use super::names::names_a_credential;
use super::place::Place;
use super::sections::Settings;
use super::sensitive::is_secret_place;
use super::shape::Shaped as _;
use super::value::{Tree, Value};
use super::{Problem, ProblemKind};
use crate::env::Env;

/// Replaces `${NAME}` (`[A-Z_][A-Z0-9_]*`) in every string but those of the `env` block, which is
/// taken literally. `$${NAME}` becomes the text `${NAME}`; any other form stays; what was put in is
/// not looked at again.
///
/// `env` is what is put in, and `outside` the part of it that does not come from the configuration:
/// a value of its `env` block is a secret wherever it goes, except in a field of our own sections that
/// holds none (a `baseUrl`); others are by their name or their look.
///
/// All variables together may put in 16 MiB, as much as all files may have: a short text that names a
/// long variable again and again would fill the memory otherwise.
///
/// A string that refers to an unset or empty variable becomes [`Value::Missing`]. On a secret path
/// that makes the one credential unusable; elsewhere it is a problem.
pub(super) fn substitute(root: &mut Tree, env: &Env, outside: &Env, problems: &mut Vec<Problem>) {
    visit(root, &Place::at(&[]), &mut Variables { env, outside, left: BUDGET }, problems);
}

const BUDGET: usize = 16 * 1024 * 1024;

struct Variables<'e> {
    env: &'e Env,
    outside: &'e Env,
    /// How many bytes may still be put in.
    left: usize,
}

fn visit(tree: &mut Tree, place: &Place<'_>, variables: &mut Variables<'_>, problems: &mut Vec<Problem>) {
    let is_secret = matches!(tree.value, Value::Secret(_));
    match &mut tree.value {
        Value::Array(elements) => {
            let mut announced = false;
            for (at, element) in elements.iter_mut().enumerate() {
                visit(element, &place.index(at), variables, problems);
                if announced {
                    element.hide();
                }
                announced = element.text().is_some_and(announces_a_credential);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                if place.depth() > 0 || key != "env" {
                    visit(value, &place.key(key), variables, problems);
                }
            }
        }
        _ => {
            let expanded = match tree.text() {
                Some(text) if text.as_bytes().contains(&b'$') && text.contains("${") => expand(text, variables),
                _ => return,
            };
            match expanded {
                Ok(Expanded { text, secret, own }) if !(is_secret || secret || (own && !holds_none(place))) => {
                    *tree = Tree::string(&text, place, tree.origin.clone());
                }
                Ok(Expanded { text, .. }) => tree.value = Value::Secret(text.as_str().into()),
                Err(Unset(name)) => {
                    if !is_secret_place(place) {
                        let kind = ProblemKind::MissingVariable { name: name.clone() };
                        problems.push(Problem { path: place.path(), origin: tree.origin.clone(), kind });
                    }
                    tree.value = Value::Missing(name);
                }
                Err(TooMuch) => {
                    let kind = ProblemKind::TooMuchPutIn { limit: BUDGET };
                    problems.push(Problem { path: place.path(), origin: tree.origin.clone(), kind });
                    // One is enough to say it.
                    variables.left = usize::MAX;
                }
            }
        }
    }
}

/// A text with its variables put in.
struct Expanded {
    text: Zeroizing<String>,
    /// Whether one of the variables is named like a credential.
    secret: bool,
    /// Whether one of them is the configuration's own.
    own: bool,
}

/// Why there is no such text.
enum Refused {
    /// The first variable that is not set.
    Unset(String),
    TooMuch,
}

use Refused::{TooMuch, Unset};

/// Whether the section of this library that has the place wants a plain text there.
fn holds_none(place: &Place<'_>) -> bool {
    !is_secret_place(place) && Settings::SHAPE.at(place.path().segments()).is_some()
}

/// The text with its variables put in.
fn expand(text: &str, variables: &mut Variables<'_>) -> Result<Expanded, Refused> {
    let mut pieces: Vec<&str> = Vec::new();
    let (mut secret, mut own) = (false, false);
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        let Some((name, after)) = variable(from) else {
            let (plain, next) = rest.split_at(at + 1);
            pieces.push(plain);
            rest = next;
            continue;
        };
        if let Some(before) = before.strip_suffix('$') {
            pieces.push(before);
            pieces.push(from.get(..from.len() - after.len()).unwrap_or(""));
        } else {
            pieces.push(before);
            let value = variables.env.get(name).ok_or_else(|| Unset(name.to_owned()))?;
            variables.left = variables.left.checked_sub(value.len()).ok_or(TooMuch)?;
            pieces.push(value);
            secret |= names_a_credential(name);
            own |= variables.outside.get(name).is_none();
        }
        rest = after;
    }
    pieces.push(rest);
    // The buffer never grows: no half-built secret stays behind in freed memory.
    let mut expanded = Zeroizing::new(String::with_capacity(pieces.iter().map(|piece| piece.len()).sum()));
    pieces.iter().for_each(|piece| expanded.push_str(piece));
    Ok(Expanded { text: expanded, secret, own })
}

/// Whether a text is `${NAME}` and nothing else.
pub(super) fn is_reference(text: &str) -> bool {
    matches!(variable(text), Some((_, "")))
}

/// Splits `${NAME}rest` into the name and the rest.
fn variable(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix("${")?.split_once('}')?;
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_uppercase() || b == b'_');
    let valid = first && bytes.all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    valid.then_some((name, after))
}

#[cfg(test)]
#[path = "substitute_tests.rs"]
mod tests;
