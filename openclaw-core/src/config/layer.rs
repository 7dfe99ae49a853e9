//! Layers: one text each, laid over one another from the weakest to the strongest.

use std::fmt;
use std::sync::Arc;

use super::include::{Builder, Files};
use super::merge::{Arrays, lay_over};
use super::place::Place;
use super::typed::is_meant_as_text;
use super::value::{Tree, Value};
use super::{ConfigError, ConfigSource, ConfigWarning, Origin, Problem, ProblemKind};
use crate::json5::{self, Limits, Segment, SyntaxErrorKind};

/// One source of configuration: a JSON5 text with the files it includes, or a single `path=value`; or
/// several of them, joined with [`then`](Self::then).
///
/// `Debug` shows where it came from and nothing of what it says.
#[derive(Clone)]
pub struct ConfigLayer {
    /// From the weakest to the strongest; whole texts next to each other are merged already.
    parts: Vec<Part>,
    warnings: Vec<ConfigWarning>,
}

/// A value and where it goes: the root, or the path of a `--set`.
#[derive(Clone)]
struct Part {
    path: json5::Path,
    tree: Tree,
}

impl ConfigLayer {
    /// Reads a layer from JSON5 text. `$include` is refused: only files have a folder to include from.
    ///
    /// ```
    /// use openclaw_core::config::{ConfigLayer, ConfigSource};
    /// let error = ConfigLayer::parse(ConfigSource::Override, "{ auth: }").unwrap_err();
    /// assert_eq!(error.to_string(), "override:1:9: expected a value");
    /// ```
    ///
    /// # Errors
    /// The text is not JSON5, not an object, above 2 MiB or nested deeper than 100 levels.
    pub fn parse(source: ConfigSource, text: &str) -> Result<Self, ConfigError> {
        Self::with_files(source, text, None)
    }

    /// The layer below all others: `agents.defaults.model.primary` when nobody configured one.
    #[must_use]
    pub fn defaults() -> Self {
        let origin = Origin::new(Arc::new(ConfigSource::Default), None);
        let primary = Tree::new(Value::Text(super::DEFAULT_MODEL.to_owned()), origin.clone());
        let tree = ["primary", "model", "defaults", "agents"]
            .into_iter()
            .fold(primary, |inner, key| Tree::new(Value::Object(vec![(key.to_owned(), inner)]), origin.clone()));
        Self::whole(tree, Vec::new())
    }

    /// `--set path=value`: the value is JSON5, or else taken as a string, as
    /// [`typed_edit`](super::typed_edit) takes it. Like every layer it merges
    /// into an object and replaces anything else; unlike a whole layer it reaches into arrays
    /// (`agents.list[0].model=…`).
    ///
    /// # Errors
    /// The value is JSON5 but too large or nested too deep at that path, or holds an `$include`.
    pub fn set(path: &json5::Path, value_json5: &str) -> Result<Self, ConfigError> {
        let top = Place::at(path.segments());
        let origin = || Origin::new(Arc::new(ConfigSource::Override), None);
        let limit = Limits::default().depth;
        if path.segments().len() > limit {
            let path = super::problem::hidden_path(path);
            return Err(ConfigError::TooDeep { origin: origin(), path, limit });
        }
        let mut builder = Builder::new(None);
        let scanned = json5::scan(value_json5, &Limits::default());
        let meant_as_text = scanned.is_ok_and(|document| is_meant_as_text(path.segments(), &document.root));
        let text = || Tree::string(value_json5, &top, origin());
        let tree = match builder.root(ConfigSource::Override, value_json5, &top) {
            Ok(_) if meant_as_text => text(),
            Err(ConfigError::Syntax { kind, .. })
                if !matches!(kind, SyntaxErrorKind::TooDeep(_) | SyntaxErrorKind::TooLarge(_)) =>
            {
                text()
            }
            other => other?,
        };
        Ok(Self::new(path.clone(), tree, builder.warnings))
    }

    pub(super) fn with_files(
        source: ConfigSource,
        text: &str,
        files: Option<&mut dyn Files>,
    ) -> Result<Self, ConfigError> {
        Self::read_tree(source, text, files).map(|(tree, warnings)| Self::whole(tree, warnings))
    }

    /// What a text and the files it includes say, variables not yet put in.
    pub(super) fn read_tree(
        source: ConfigSource,
        text: &str,
        files: Option<&mut dyn Files>,
    ) -> Result<(Tree, Vec<ConfigWarning>), ConfigError> {
        let mut builder = Builder::new(files);
        let tree = builder.root(source, text, &Place::at(&[]))?;
        if !matches!(tree.value, Value::Object(_)) {
            return Err(ConfigError::NotAnObject { found: tree.kind(), origin: tree.origin });
        }
        Ok((tree, builder.warnings))
    }

    /// A layer that goes to the root.
    pub(super) fn whole(tree: Tree, warnings: Vec<ConfigWarning>) -> Self {
        Self::new(json5::Path::root(), tree, warnings)
    }

    /// This layer and a stronger one over it, as one layer.
    ///
    /// Joined layers give the same configuration as the same layers one by one, however they are
    /// grouped: same values, same order of keys, same origins, same problems.
    ///
    /// ```
    /// use openclaw_core::Env;
    /// use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
    /// let layer = |text| ConfigLayer::parse(ConfigSource::Override, text);
    /// let rest = layer("{ ui: 1 }")?.then(layer("{ ui: { b: 2 } }")?);
    /// let config = Config::from_layers([layer("{ ui: { a: 1 } }")?, rest], &Env::empty())?;
    /// assert_eq!(config.root().to_value(), serde_json::json!({ "ui": { "b": 2 } }), "the 1 wiped a");
    /// # Ok::<(), openclaw_core::config::ConfigError>(())
    /// ```
    #[must_use]
    pub fn then(mut self, stronger: Self) -> Self {
        self.warnings.extend(stronger.warnings);
        for part in stronger.parts {
            match self.parts.last_mut() {
                Some(last) if last.is_whole() && part.is_whole() => {
                    lay_over(&mut last.tree, part.tree, Arrays::Replace);
                }
                _ => self.parts.push(part),
            }
        }
        self
    }

    fn new(path: json5::Path, tree: Tree, warnings: Vec<ConfigWarning>) -> Self {
        Self { parts: vec![Part { path, tree }], warnings }
    }

    /// Lays this layer over what is there.
    pub(super) fn apply(self, root: &mut Tree, problems: &mut Vec<Problem>, warnings: &mut Vec<ConfigWarning>) {
        for Part { path, tree } in self.parts {
            let origin = tree.origin.clone();
            if let Err(kind) = put(root, path.segments(), tree) {
                problems.push(Problem { path, origin, kind });
            }
        }
        warnings.extend(self.warnings);
    }
}

impl Part {
    fn is_whole(&self) -> bool {
        self.path.segments().is_empty()
    }
}

impl fmt::Debug for ConfigLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ConfigLayer");
        for part in &self.parts {
            debug.field("source", part.tree.origin.source()).field("path", &super::shown_path(&part.path));
        }
        debug.finish_non_exhaustive()
    }
}

/// Merges `value` into `tree` at `path`. Missing objects are made, and a missing array where the next
/// step is an index or the key `0`, as `config set` of OpenClaw does.
fn put(tree: &mut Tree, path: &[Segment], value: Tree) -> Result<(), ProblemKind> {
    let Some((step, rest)) = path.split_first() else {
        lay_over(tree, value, Arrays::Replace);
        return Ok(());
    };
    let index = match (step, &tree.value) {
        (Segment::Index(index), Value::Object(_)) => Err(index.to_string()),
        (Segment::Index(index), _) => Ok(*index),
        (Segment::Key(key), Value::Array(_)) => step.as_index().ok_or_else(|| key.clone()),
        (Segment::Key(key), Value::Object(_)) => Err(key.clone()),
        (Segment::Key(key), _) => match step.in_new_container() {
            Segment::Index(index) => Ok(index),
            Segment::Key(_) => Err(key.clone()),
        },
    };
    // The empty slot stands for nothing yet: whatever is merged into it replaces it.
    let slot = Tree::new(Value::Null, value.origin.clone());
    match index {
        Ok(index) => {
            if !matches!(tree.value, Value::Array(_)) {
                *tree = Tree::new(Value::Array(Vec::new()), value.origin.clone());
            }
            let Value::Array(elements) = &mut tree.value else { return Ok(()) };
            if index == elements.len() {
                elements.push(slot);
            }
            let len = elements.len();
            put(elements.get_mut(index).ok_or(ProblemKind::NoSuchElement { len })?, rest, value)
        }
        Err(key) => {
            if !matches!(tree.value, Value::Object(_)) {
                *tree = Tree::object(value.origin.clone());
            }
            let Value::Object(members) = &mut tree.value else { return Ok(()) };
            let at = members.iter().position(|(name, _)| *name == key).unwrap_or(members.len());
            if at == members.len() {
                members.push((key, slot));
            }
            members.get_mut(at).map_or(Ok(()), |(_, inner)| put(inner, rest, value))
        }
    }
}

#[cfg(test)]
#[path = "layer_tests.rs"]
mod tests;
