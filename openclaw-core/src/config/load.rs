//! The edge: configuration from disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::include::Files;
use super::{
    Config, ConfigError, ConfigLayer, ConfigSource, ConfigWarning, Dotenv, IncludeError, OVERRIDES_VARIABLE, Origin,
    WarningKind,
};
use crate::env::Env;
use crate::json5::{self, LineIndex, Position};
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
    let mut env = process.clone();
    let mut warnings = Vec::new();
    let dotenv_path = paths.state_dir.join(".env");
    if let Some(text) = read_or_missing(&dotenv_path)? {
        let dotenv = Dotenv::parse(&text);
        dotenv.fill(&mut env);
        warnings = dotenv_warnings(dotenv_path, &dotenv);
    }
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
    let names = names.map(|name| warning(None, WarningKind::OnlyFromProcess { name: name.to_owned() }));
    lines.chain(names).collect()
}

/// Included files on disk, within the limits of one configuration.
struct Disk {
    /// Folders, links resolved, in which an included file must lie.
    roots: Vec<PathBuf>,
    /// The folder of the root file as given.
    folder: PathBuf,
    files: usize,
    bytes: usize,
}

impl Disk {
    fn new(root: &Path, env: &Env, bytes: usize) -> Self {
        let folder = folder_of(root);
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
}

impl Files for Disk {
    fn resolve(&self, from: &Path, target: &str) -> PathBuf {
        resolve_path(&folder_of(from), Path::new(target))
    }

    fn load(&mut self, path: &Path, target: &str) -> Result<Zeroizing<String>, IncludeError> {
        let named = || target.to_owned();
        if target.is_empty() || target.contains('\0') || target.len() >= MAX_NAME {
            return Err(IncludeError::Name { limit: MAX_NAME });
        }
        let real = self.check_place(path, target)?;
        self.files += 1;
        if self.files > MAX_FILES {
            return Err(IncludeError::TooMany { limit: MAX_FILES, target: named() });
        }
        let text = read(&real).map_err(|problem| match problem {
            Unreadable::Io(source) => IncludeError::Read { target: named(), resolved: path.to_path_buf(), source },
            Unreadable::NotRegular => IncludeError::NotRegular { target: named() },
            Unreadable::TooLarge => IncludeError::TooLarge { what: "the file is", limit: MAX_FILE, target: named() },
            Unreadable::Encoding(position) => IncludeError::Encoding { target: named(), position },
        })?;
        self.bytes += text.len();
        if self.bytes > MAX_ALL {
            return Err(IncludeError::TooLarge { what: "all files together are", limit: MAX_ALL, target: named() });
        }
        Ok(text)
    }
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

enum Unreadable {
    Io(io::Error),
    NotRegular,
    TooLarge,
    Encoding(Position),
}

fn read_or_missing(path: &Path) -> Result<Option<Zeroizing<String>>, ConfigError> {
    let named = || path.to_path_buf();
    match read(path) {
        Ok(text) => Ok(Some(text)),
        Err(Unreadable::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(Unreadable::Io(source)) => Err(ConfigError::Read { path: named(), source }),
        Err(Unreadable::NotRegular) => Err(ConfigError::NotRegular { path: named() }),
        Err(Unreadable::TooLarge) => Err(ConfigError::TooLarge { path: named(), limit: MAX_FILE }),
        Err(Unreadable::Encoding(position)) => Err(ConfigError::Encoding { path: named(), position }),
    }
}

#[expect(clippy::disallowed_methods, reason = "edge: looks where a configuration file really lies")]
fn real(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// Reads a regular file. A pipe or a device would block or never end, so they are not even opened.
#[expect(clippy::disallowed_methods, reason = "edge: reads configuration files")]
fn read(path: &Path) -> Result<Zeroizing<String>, Unreadable> {
    if !fs::metadata(path).map_err(Unreadable::Io)?.is_file() {
        return Err(Unreadable::NotRegular);
    }
    let file = File::open(path).map_err(Unreadable::Io)?;
    let metadata = file.metadata().map_err(Unreadable::Io)?;
    if !metadata.is_file() {
        return Err(Unreadable::NotRegular);
    }
    // One buffer that does not grow: no copy of a secret stays behind in freed memory.
    let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if length > MAX_FILE {
        return Err(Unreadable::TooLarge);
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
    file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(Unreadable::Io)?;
    if bytes.len() > MAX_FILE {
        return Err(Unreadable::TooLarge);
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = Zeroizing::new(error.into_bytes());
            let text = String::from_utf8_lossy(bytes.get(..valid).unwrap_or(&[]));
            Err(Unreadable::Encoding(LineIndex::new(&text).position(&text, valid)))
        }
    }
}
