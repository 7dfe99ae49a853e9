//! A configuration as it is written: every file with its own text, and what they merge to.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::super::include::Files;
use super::super::load::{self, Disk};
use super::super::value::Tree;
use super::super::{Config, ConfigError, ConfigLayer, ConfigSource, ConfigWarning, IncludeError, Origin};
use super::owner::Owner;
use crate::env::Env;
use crate::json5::{self, Document, Kind, Limits, LineIndex, Member, Node};

/// The key that includes files.
pub(super) const INCLUDE: &str = "$include";
/// What a file that is missing is taken for.
const EMPTY: &str = "{}\n";

/// The files of a configuration as their authors wrote them, and which of them owns what.
///
/// Read once, with the limits and the borders of [`ConfigLayer::read`]. `Debug` shows paths only.
#[derive(Clone)]
pub struct ConfigFiles {
    /// The root first, then in the order in which they were read.
    pub(super) files: Vec<Authored>,
    /// What they merge to, variables not put in.
    tree: Tree,
    warnings: Vec<ConfigWarning>,
    /// Every `$include` of a file, as often as it is followed.
    pub(super) includes: Vec<Include>,
    disk: Disk,
}

/// One file.
#[derive(Clone)]
pub(super) struct Authored {
    /// As it was named.
    pub(super) path: PathBuf,
    /// Where it really lies.
    pub(super) real: PathBuf,
    /// What it says; of a missing file the text that it is taken for.
    pub(super) text: Zeroizing<String>,
    pub(super) document: Document,
    /// Whether it is there.
    pub(super) exists: bool,
}

impl Authored {
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// Where a file is included.
#[derive(Clone)]
pub(super) struct Include {
    /// Where the included file really lies.
    pub(super) target: PathBuf,
    /// The file that includes it, and where it does.
    file: usize,
    offset: usize,
}

impl ConfigFiles {
    /// Reads a configuration file and what it includes. A missing file is an empty one, which the
    /// first edit makes.
    ///
    /// # Errors
    /// As [`ConfigLayer::read`].
    pub fn read(config_path: &Path, env: &Env) -> Result<Self, ConfigError> {
        let text = load::read_or_missing(config_path)?;
        let exists = text.is_some();
        let text = text.unwrap_or_else(|| Zeroizing::new(EMPTY.to_owned()));
        Self::assemble(config_path, Disk::new(config_path, env, 0), HashMap::new(), text, exists)
    }

    /// The same files with another text in one of them.
    pub(super) fn with_text(&self, file: usize, text: Zeroizing<String>) -> Result<Self, ConfigError> {
        let mut texts: HashMap<PathBuf, Zeroizing<String>> =
            self.files.iter().skip(1).map(|file| (file.real.clone(), file.text.clone())).collect();
        let Some(root) = self.files.first() else { return Ok(self.clone()) };
        let mut root_text = root.text.clone();
        match self.files.get(file).filter(|_| file > 0) {
            Some(edited) => drop(texts.insert(edited.real.clone(), text)),
            None => root_text = text,
        }
        Self::assemble(&root.path, self.disk.clone(), texts, root_text, root.exists)
    }

    fn assemble(
        path: &Path,
        disk: Disk,
        texts: HashMap<PathBuf, Zeroizing<String>>,
        text: Zeroizing<String>,
        exists: bool,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader { disk: disk.clone(), texts, read: Vec::new() };
        reader.disk.add(text.len());
        let source = ConfigSource::File(path.to_path_buf());
        let (tree, warnings) = ConfigLayer::read_tree(source, &text, Some(&mut reader))?;
        let real = load::real(path).unwrap_or_else(|_| path.to_path_buf());
        let authored = |path: PathBuf, real: PathBuf, text: Zeroizing<String>, exists| {
            // It was scanned before, so this does not fail.
            let document = json5::scan(&text, &Limits::default()).map_err(|error| ConfigError::Syntax {
                origin: Origin::new(Arc::new(ConfigSource::File(path.clone())), Some(error.position)),
                kind: error.kind,
            })?;
            Ok(Authored { path, real, text, document, exists })
        };
        let mut files = vec![authored(path.to_path_buf(), real, text, exists)?];
        for (path, real) in reader.read {
            if !files.iter().any(|file| file.path == path) {
                let text = reader.texts.get(&real).cloned().unwrap_or_default();
                files.push(authored(path, real, text, true)?);
            }
        }
        let mut read = Self { files, tree, warnings, includes: Vec::new(), disk };
        read.includes = read.find_includes();
        Ok(read)
    }

    /// The text of the value that an edit would replace, and where in it the elements of an array
    /// stand; `None` if nothing stands there. It may hold secrets.
    pub(crate) fn authored(&self, owner: &Owner) -> Option<(&str, &Node)> {
        let file = self.files.get(owner.number)?;
        Some((&file.text, file.document.root.at(&owner.path)?))
    }

    /// What the files merge to.
    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The files as one layer.
    pub(super) fn layer(&self) -> ConfigLayer {
        ConfigLayer::whole(self.tree.clone(), self.warnings.clone())
    }

    /// The place of a value.
    pub(super) fn origin(&self, file: usize, offset: usize) -> Origin {
        let position = |file: &Authored| LineIndex::new(&file.text).position(&file.text, offset);
        let file = self.files.get(file);
        let path = file.map(|file| file.path.clone()).unwrap_or_default();
        Origin::new(Arc::new(ConfigSource::File(path)), file.map(position))
    }

    /// What the files say, variables put in, checked.
    pub(crate) fn config(&self, env: &Env) -> Result<Config, ConfigError> {
        Config::from_layers([self.layer()], env)
    }

    /// Where a file is included, as often as it is.
    pub(super) fn includes_of(&self, file: &Authored) -> Vec<Origin> {
        let of = self.includes.iter().filter(|include| include.target == file.real);
        of.map(|include| self.origin(include.file, include.offset)).collect()
    }

    /// The files that an object includes, in order, and the offset at which each is named.
    pub(super) fn included(&self, file: usize, object: &Node) -> Vec<(usize, usize)> {
        let Some((authored, value)) = self.files.get(file).zip(object.get(INCLUDE)) else { return Vec::new() };
        let targets = match &value.kind {
            Kind::Array(elements) => elements.as_slice(),
            _ => std::slice::from_ref(value),
        };
        let found = targets.iter().filter_map(|target| {
            let name = json5::string(target, &authored.text).unwrap_or_default();
            let path = self.disk.resolve(&authored.path, &name);
            Some((self.files.iter().position(|file| file.path == path)?, target.span.start))
        });
        found.collect()
    }

    /// Whether a later member with the same key takes its place.
    pub(super) fn is_ignored(&self, file: usize, member: &Member) -> bool {
        let duplicates = self.files.get(file).map(|file| file.document.duplicates.as_slice());
        duplicates.unwrap_or_default().iter().any(|duplicate| duplicate.ignored == member.key_span)
    }

    fn find_includes(&self) -> Vec<Include> {
        let mut found = Vec::new();
        if let Some(root) = self.files.first() {
            self.visit(0, &root.document.root, &mut found);
        }
        found
    }

    fn visit(&self, file: usize, node: &Node, found: &mut Vec<Include>) {
        node.elements().iter().for_each(|element| self.visit(file, element, found));
        for (target, offset) in self.included(file, node) {
            if let Some(authored) = self.files.get(target) {
                found.push(Include { target: authored.real.clone(), file, offset });
                self.visit(target, &authored.document.root, found);
            }
        }
        let counts = |member: &&Member| member.key != INCLUDE && !self.is_ignored(file, member);
        for member in node.members().iter().filter(counts) {
            self.visit(file, &member.value, found);
        }
    }
}

impl fmt::Debug for ConfigFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: Vec<_> = self.files.iter().map(|file| &file.path).collect();
        f.debug_tuple("ConfigFiles").field(&paths).finish()
    }
}

/// Included files: each is read once, or stands here already.
struct Reader {
    disk: Disk,
    texts: HashMap<PathBuf, Zeroizing<String>>,
    /// As named, and where it really lies.
    read: Vec<(PathBuf, PathBuf)>,
}

impl Files for Reader {
    fn resolve(&self, from: &Path, target: &str) -> PathBuf {
        self.disk.resolve(from, target)
    }

    fn load(&mut self, path: &Path, target: &str) -> Result<Zeroizing<String>, IncludeError> {
        let real = self.disk.admit(path, target)?;
        let text = match self.texts.get(&real) {
            Some(text) => text.clone(),
            None => load::read_included(&real, path, target)?,
        };
        self.texts.insert(real.clone(), text.clone());
        self.read.push((path.to_path_buf(), real));
        self.disk.count(text, target)
    }
}
