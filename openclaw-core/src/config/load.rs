//! The edge: configuration from disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::include::Files;
use super::{
    Config, ConfigError, ConfigLayer, ConfigSource, ConfigWarning, Dotenv, IncludeError, OVERRIDES_VARIABLE, Origin,
    WarningKind,
};
use crate::disk::{self, Unreadable, folder};
use crate::env::Env;
use crate::json5::{self, Position};
use crate::paths::{StatePaths, resolve_path};

const MAX_FILE: usize = 2 * 1024 * 1024;
const MAX_ALL: usize = 16 * 1024 * 1024;
const MAX_FILES: usize = 256;
/// `PATH_MAX` on Linux, as in OpenClaw.
const MAX_NAME: usize = 4096;
/// More folders from which files may be included, separated like `PATH`.
const ROOTS_VARIABLE: &str = "OPENCLAW_INCLUDE_ROOTS";

impl ConfigLayer {
    /// Reads a configuration file and what it includes; `None` if there is no such file.
    ///
    /// Included files must lie, after links are resolved, in the folder of `path` or in one of
    /// `OPENCLAW_INCLUDE_ROOTS`. Only regular files are opened. A file may have 2 MiB, all together
    /// 16 MiB and 256 files.
    ///
    /// # Errors
    /// The file or one that it includes cannot be read or is not JSON5.
    pub fn read(path: &Path, env: &Env) -> Result<Option<Self>, ConfigError> {
        let Some(text) = read_or_missing(path)? else { return Ok(None) };
        let mut disk = Disk::new(path, env, text.len());
        Self::with_files(ConfigSource::File(path.to_path_buf()), &text, Some(&mut disk)).map(Some)
    }
}

/// Reads the configuration of an OpenClaw folder: defaults, then the file, then the variable
/// `OPENCLAW_CONFIG_OVERRIDES` (JSON5), then `overrides`. A missing file is an empty one.
///
/// The second value is the environment to go on with: `process`, filled up from `<state>/.env`, then
/// from the configuration's `env` block.
///
/// # Errors
/// A file that exists and cannot be used: it is never taken as empty.
pub fn load_default(
    process: &Env,
    paths: &StatePaths,
    overrides: Vec<ConfigLayer>,
) -> Result<(Config, Env), ConfigError> {
    let (env, warnings) = with_dotenv(process, paths)?;
    let mut layers = vec![ConfigLayer::defaults()];
    layers.extend(ConfigLayer::read(&paths.config_path, process)?);
    if let Some(text) = process.get(OVERRIDES_VARIABLE) {
        layers.push(ConfigLayer::parse(ConfigSource::Environment(OVERRIDES_VARIABLE), text)?);
    }
    layers.extend(overrides);
    let config = Config::build(layers, &env, warnings)?;
    let env = config.effective_env(&env);
    Ok((config, env))
}

/// The environment that `${VAR}` of a configuration is filled from before its own `env` block is
/// known: `process`, filled up from `<state>/.env`.
///
/// # Errors
/// The `.env` file exists and cannot be read.
pub fn state_env(process: &Env, paths: &StatePaths) -> Result<Env, ConfigError> {
    with_dotenv(process, paths).map(|(env, _)| env)
}

fn with_dotenv(process: &Env, paths: &StatePaths) -> Result<(Env, Vec<ConfigWarning>), ConfigError> {
    let mut env = process.clone();
    let path = paths.state_dir.join(".env");
    let Some(text) = read_or_missing(&path)? else { return Ok((env, Vec::new())) };
    let dotenv = Dotenv::parse(&text);
    dotenv.fill(&mut env);
    let warnings = dotenv_warnings(path, &dotenv);
    Ok((env, warnings))
}

fn dotenv_warnings(path: PathBuf, dotenv: &Dotenv) -> Vec<ConfigWarning> {
    let source = Arc::new(ConfigSource::File(path));
    let warning = |position, kind| ConfigWarning {
        path: json5::Path::root(),
        origin: Origin::new(Arc::clone(&source), position),
        kind,
    };
    let lines = dotenv.ignored_lines().iter();
    let lines = lines.map(|line| warning(Some(Position { line: *line, column: 1 }), WarningKind::DotenvLine));
    let names = dotenv.names().filter(|name| super::dotenv::only_from_process(name));
    let names = names.map(|name| warning(None, WarningKind::OnlyFromProcess { name: super::problem::hidden(name) }));
    lines.chain(names).collect()
}

/// Included files on disk, within the limits of one configuration.
#[derive(Clone)]
pub(super) struct Disk {
    /// Folders, links resolved, in which an included file must lie.
    roots: Vec<PathBuf>,
    /// The folder of the root file as given.
    folder: PathBuf,
    files: usize,
    bytes: usize,
}

impl Disk {
    pub(super) fn new(root: &Path, env: &Env, bytes: usize) -> Self {
        let folder = folder(root);
        let more = env.get(ROOTS_VARIABLE).map(|list| std::env::split_paths(list).collect::<Vec<_>>());
        let more = more.unwrap_or_default().into_iter().filter(|root| root.is_absolute());
        let roots = more.chain([folder.clone()]).filter_map(|root| real(&root).ok()).collect();
        Self { roots, folder, files: 1, bytes }
    }

    fn check_place(&self, path: &Path, target: &str) -> Result<PathBuf, IncludeError> {
        let outside = || IncludeError::Outside { target: target.to_owned() };
        match real(path) {
            Ok(real) if self.roots.iter().any(|root| real.starts_with(root)) => Ok(real),
            Ok(_) => Err(outside()),
            // Whether a file outside exists is nobody's business.
            Err(source) => {
                let inside = path.starts_with(&self.folder) || self.roots.iter().any(|root| path.starts_with(root));
                let read = IncludeError::Read { target: target.to_owned(), resolved: path.to_path_buf(), source };
                Err(if inside { read } else { outside() })
            }
        }
    }

    /// Whether one more file may be read, by its name, its place and the number of files: where it
    /// really lies.
    pub(super) fn admit(&mut self, path: &Path, target: &str) -> Result<PathBuf, IncludeError> {
        if target.is_empty() || target.contains('\0') || target.len() >= MAX_NAME {
            return Err(IncludeError::Name { limit: MAX_NAME });
        }
        let real = self.check_place(path, target)?;
        self.files += 1;
        if self.files > MAX_FILES {
            return Err(IncludeError::TooMany { limit: MAX_FILES, target: target.to_owned() });
        }
        Ok(real)
    }

    /// Counts bytes that were read elsewhere.
    pub(super) fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Counts the text of an admitted file.
    pub(super) fn count(&mut self, text: Zeroizing<String>, target: &str) -> Result<Zeroizing<String>, IncludeError> {
        self.bytes += text.len();
        if self.bytes > MAX_ALL {
            let target = target.to_owned();
            return Err(IncludeError::TooLarge { what: "all files together are", limit: MAX_ALL, target });
        }
        Ok(text)
    }
}

impl Files for Disk {
    fn resolve(&self, from: &Path, target: &str) -> PathBuf {
        resolve_path(&folder(from), Path::new(target))
    }

    fn load(&mut self, path: &Path, target: &str) -> Result<Zeroizing<String>, IncludeError> {
        let real = self.admit(path, target)?;
        self.count(read_included(&real, path, target)?, target)
    }
}

/// Reads an admitted file.
pub(super) fn read_included(real: &Path, path: &Path, target: &str) -> Result<Zeroizing<String>, IncludeError> {
    let target = target.to_owned();
    disk::read(real, MAX_FILE).map_err(|problem| match problem {
        Unreadable::Missing(source) | Unreadable::Io(source) => {
            IncludeError::Read { target, resolved: path.to_path_buf(), source }
        }
        Unreadable::NotRegular => IncludeError::NotRegular { target },
        Unreadable::TooLarge => IncludeError::TooLarge { what: "the file is", limit: MAX_FILE, target },
        Unreadable::Encoding(position) => IncludeError::Encoding { target, position },
    })
}

/// The text of a configuration file; `None` if there is none. A link that leads nowhere is not none:
/// somebody meant a file, and without it the configuration would be another one.
pub(super) fn read_or_missing(path: &Path) -> Result<Option<Zeroizing<String>>, ConfigError> {
    let named = || path.to_path_buf();
    match disk::read(path, MAX_FILE) {
        Ok(text) => Ok(Some(text)),
        Err(Unreadable::Missing(_)) if path.is_symlink() => {
            let nowhere = io::Error::new(io::ErrorKind::NotFound, "a link to a file that does not exist");
            Err(ConfigError::Read { path: named(), source: nowhere })
        }
        Err(Unreadable::Missing(_)) => Ok(None),
        Err(Unreadable::Io(source)) => Err(ConfigError::Read { path: named(), source }),
        Err(Unreadable::NotRegular) => Err(ConfigError::NotRegular { path: named() }),
        Err(Unreadable::TooLarge) => Err(ConfigError::TooLarge { path: named(), limit: MAX_FILE }),
        Err(Unreadable::Encoding(position)) => Err(ConfigError::Encoding { path: named(), position }),
    }
}

#[expect(clippy::disallowed_methods, reason = "edge: looks where a configuration file really lies")]
pub(super) fn real(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}
