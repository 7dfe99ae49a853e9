//! A folder with a configuration.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use openclaw_core::Env;
use openclaw_core::config::{Config, ConfigFiles, ConfigLayer, SaveError, Written, edit_config};
use openclaw_core::json5::{self, Edit};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const ROOT: &str = "openclaw.json";

pub(crate) struct Folder(pub(crate) TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::new().unwrap());
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn files(&self) -> ConfigFiles {
        ConfigFiles::read(&self.path(ROOT), &Env::empty()).unwrap()
    }

    pub(crate) fn edit(&self, edits: &[Edit]) -> Result<Written, SaveError> {
        edit_config(&self.path(ROOT), &Env::empty(), edits)
    }

    pub(crate) fn set(&self, path: &str, value: &str) -> Result<Written, SaveError> {
        self.edit(&[set(path, value)])
    }

    pub(crate) fn unset(&self, path: &str) -> Result<Written, SaveError> {
        self.edit(&[unset(path)])
    }

    /// The merged configuration.
    pub(crate) fn value(&self) -> Value {
        self.merged().unwrap()
    }

    /// The merged configuration, if it can be read.
    pub(crate) fn merged(&self) -> Option<Value> {
        let layer = ConfigLayer::read(&self.path(ROOT), &Env::empty()).ok()??;
        Some(Config::from_layers([layer], &Env::empty()).ok()?.root().to_value())
    }

    /// The names in the folder, our locks left out.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| !name.ends_with(".openclaw-lock")).collect();
        names.sort();
        names
    }
}

pub(crate) fn path(text: &str) -> json5::Path {
    text.parse().unwrap()
}

pub(crate) fn set(at: &str, value: &str) -> Edit {
    Edit::set(path(at), value)
}

pub(crate) fn unset(at: &str) -> Edit {
    Edit::unset(path(at))
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o777
}

/// What shows whether a file was written.
pub(crate) fn stamp(path: &Path) -> (u64, i64, i64) {
    let metadata = fs::metadata(path).unwrap();
    (metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
}
