//! `${VAR}` in the strings of a tree.

use zeroize::Zeroizing;

use super::looks::announces_a_credential;
use super::names::names_a_credential;
use super::place::Place;
use super::sensitive::is_secret_place;
use super::value::{Tree, Value};
use super::{Problem, ProblemKind};
use crate::env::Env;

/// Replaces `${NAME}` (`[A-Z_][A-Z0-9_]*`) in every string but those of the `env` block, which is
/// taken literally. `$${NAME}` becomes the text `${NAME}`; any other form stays; what was put in is
/// not looked at again.
///
/// `env` is what is put in, and `outside` the part of it that does not come from the configuration:
/// a value of its `env` block is a secret wherever it goes, others are by their name or their look.
///
/// A string that refers to an unset or empty variable becomes [`Value::Missing`]. On a secret path
/// that makes the one credential unusable; elsewhere it is a problem.
pub(super) fn substitute(root: &mut Tree, env: &Env, outside: &Env, problems: &mut Vec<Problem>) {
    visit(root, &Place::at(&[]), Variables { env, outside }, problems);
}

#[derive(Clone, Copy)]
struct Variables<'e> {
    env: &'e Env,
    outside: &'e Env,
}

fn visit(tree: &mut Tree, place: &Place<'_>, variables: Variables<'_>, problems: &mut Vec<Problem>) {
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
                Ok(Expanded { text, secret: false }) if !is_secret => {
                    *tree = Tree::string(&text, place, tree.origin.clone());
                }
                Ok(Expanded { text, .. }) => tree.value = Value::Secret(text.as_str().into()),
                Err(name) => {
                    if !is_secret_place(place) {
                        problems.push(Problem {
                            path: place.path(),
                            origin: tree.origin.clone(),
                            kind: ProblemKind::MissingVariable { name: name.clone() },
                        });
                    }
                    tree.value = Value::Missing(name);
                }
            }
        }
    }
}

/// A text with its variables put in.
struct Expanded {
    text: Zeroizing<String>,
    /// Whether one of the variables is named like a credential, or is the configuration's own.
    secret: bool,
}

/// The text with its variables put in, or the name of the first one that is not set.
fn expand(text: &str, variables: Variables<'_>) -> Result<Expanded, String> {
    let mut pieces: Vec<&str> = Vec::new();
    let mut secret = false;
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
            pieces.push(variables.env.get(name).ok_or_else(|| name.to_owned())?);
            secret |= names_a_credential(name) || variables.outside.get(name).is_none();
        }
        rest = after;
    }
    pieces.push(rest);
    // The buffer never grows: no half-built secret stays behind in freed memory.
    let mut expanded = Zeroizing::new(String::with_capacity(pieces.iter().map(|piece| piece.len()).sum()));
    pieces.iter().for_each(|piece| expanded.push_str(piece));
    Ok(Expanded { text: expanded, secret })
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
