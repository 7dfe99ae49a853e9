//! Secrets in files: one JSON object, or one secret alone.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::guard::{self, Closed};
use super::providers::Providers;
use super::{SecretError, usable};
use crate::config::{SecretFileMode, SecretProvider};
use crate::credential::{SINGLE_VALUE, SecretRef};
use crate::json5::{self, Kind, Limits, Node};

/// How long reading may take, and how long a file may be, as in OpenClaw.
const TIMEOUT_MS: u32 = 5000;
const BYTES: u32 = 1024 * 1024;

/// What is read, and how carefully.
struct Job {
    path: PathBuf,
    id: String,
    mode: SecretFileMode,
    most: usize,
    insecure: bool,
}

/// Asks a file. The reading is done on a thread of its own, so any executor will do, and a file system
/// that hangs stops nobody.
pub(super) async fn ask(
    providers: &Providers,
    provider: &SecretProvider,
    reference: &SecretRef,
) -> Result<SecretString, SecretError> {
    let place = format!("secrets.providers.{}", reference.provider);
    let failed = |problem| SecretError::Failed { reference: reference.clone(), problem };
    let path = providers.path(&format!("{place}.path"), provider.path.as_ref());
    let path = path.map_err(|problem| SecretError::Provider { reference: reference.clone(), problem })?;
    let mode = provider.mode.unwrap_or(SecretFileMode::Json);
    if let Some(problem) = misfit(mode, &reference.id, &place) {
        return Err(SecretError::Provider { reference: reference.clone(), problem });
    }
    let most = usize::try_from(provider.max_bytes.unwrap_or(BYTES)).unwrap_or(usize::MAX);
    let insecure = provider.allow_insecure_path.unwrap_or(false);
    let shown = crate::secret::printable(&path.display().to_string());
    let job = Job { path, id: reference.id.clone(), mode, most, insecure };
    let millis = provider.timeout_ms.unwrap_or(TIMEOUT_MS);
    let (send, receive) = oneshot::channel();
    let thread = std::thread::Builder::new().name("openclaw-secret-file".to_owned());
    let spawned = thread.spawn(move || drop(send.send(job.read())));
    spawned.map_err(|error| failed(format!("no thread could be started to read {shown}: {error}")))?;
    let patience = futures_timer::Delay::new(Duration::from_millis(u64::from(millis)));
    let read = match select(receive, patience).await {
        Either::Left((Ok(read), _)) => read,
        Either::Left((Err(_), _)) => Err(format!("the thread that read {shown} ended early")),
        Either::Right(_) => Err(format!("reading {shown} took longer than {millis} ms ({place}.timeoutMs)")),
    };
    usable(reference, read.map_err(failed)?)
}

/// Whether the id is one of the mode.
fn misfit(mode: SecretFileMode, id: &str, place: &str) -> Option<String> {
    match (mode, id == SINGLE_VALUE) {
        (SecretFileMode::SingleValue, false) => {
            Some(format!("{place} has mode \"singleValue\", so the id must be `{SINGLE_VALUE}`"))
        }
        (SecretFileMode::Json, true) => Some(format!(
            "{place} has mode \"json\", so the id must be a JSON pointer; for a file that is one secret set mode \
             \"singleValue\""
        )),
        _ => None,
    }
}

impl Job {
    fn read(&self) -> Result<SecretString, String> {
        let text = self.text()?;
        match self.mode {
            // The line's end is an editor's, not the secret's.
            SecretFileMode::SingleValue => {
                let line = text.strip_suffix('\n').unwrap_or(&text);
                Ok(SecretString::from(line.strip_suffix('\r').unwrap_or(line)))
            }
            SecretFileMode::Json => pointed(&text, &self.id).map_err(|problem| format!("{} {problem}", self.shown())),
        }
    }

    fn shown(&self) -> String {
        crate::secret::printable(&self.path.display().to_string())
    }

    /// The whole file, if it is one and nobody else can change or read it.
    fn text(&self) -> Result<Zeroizing<String>, String> {
        let shown = self.shown();
        let mut file = open(&self.path, self.insecure).map_err(|error| unopened(&shown, &error))?;
        let io = |error: io::Error| format!("{shown} cannot be read: {error}");
        let metadata = file.metadata().map_err(io)?;
        // Opening did not wait, and nothing is read before this: a pipe or a device cannot hang us.
        if !metadata.is_file() {
            return Err(format!("{shown} is not a regular file"));
        }
        if !self.insecure {
            guard::check(&self.path, &metadata, Closed::Private)?;
            single(&metadata, &shown)?;
        }
        let most = u64::try_from(self.most).unwrap_or(u64::MAX);
        let too_large = || format!("{shown} is longer than {most} bytes (maxBytes)");
        if metadata.len() > most {
            return Err(too_large());
        }
        // One buffer that does not grow: no copy of a secret stays behind in freed memory.
        let room = usize::try_from(metadata.len()).unwrap_or(0).saturating_add(1);
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        (&mut file).take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() > self.most {
            return Err(too_large());
        }
        utf8(bytes).ok_or_else(|| format!("{shown} is not UTF-8"))
    }
}

/// Opens without waiting for whoever writes into a pipe, and through no link unless that is allowed: who
/// can change a link decides which file is read.
#[expect(clippy::disallowed_methods, reason = "edge: files of secrets are opened here")]
fn open(path: &Path, follow: bool) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        let link = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY | link).bits().cast_signed());
    }
    #[cfg(not(unix))]
    if !follow && path.is_symlink() {
        return Err(io::Error::other("it is a link"));
    }
    options.open(path)
}

fn unopened(shown: &str, error: &io::Error) -> String {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return format!("{shown} is a link; name the file itself, or set allowInsecurePath");
    }
    format!("{shown} cannot be opened: {error}")
}

/// A second name of a file may lie where others can change it through.
#[cfg(unix)]
fn single(metadata: &std::fs::Metadata, shown: &str) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    match metadata.nlink() {
        0 | 1 => Ok(()),
        names => Err(format!("{shown} has {names} names (hard links); copy it into a file of its own")),
    }
}

#[cfg(not(unix))]
fn single(_metadata: &std::fs::Metadata, _shown: &str) -> Result<(), String> {
    Ok(())
}

/// Bytes as text, wiped if they are none.
pub(super) fn utf8(mut bytes: Zeroizing<Vec<u8>>) -> Option<Zeroizing<String>> {
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Some(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            None
        }
    }
}

/// The string at a JSON pointer. The text is scanned, not parsed: no value but this one leaves it.
fn pointed(text: &str, pointer: &str) -> Result<SecretString, String> {
    let text = text.trim_start_matches('\u{feff}');
    let limits = Limits { bytes: text.len(), ..Limits::default() };
    let document = json5::scan(text, &limits)
        .map_err(|error| format!("is not JSON: line {}, column {}", error.position.line, error.position.column))?;
    if !matches!(document.root.kind, Kind::Object(_)) {
        return Err("is not a JSON object".to_owned());
    }
    let node = pointer.split('/').skip(1).try_fold(&document.root, |node, step| below(node, step));
    match node {
        None => Err("has nothing at this place".to_owned()),
        Some(node) => {
            json5::secret(node, text).ok_or_else(|| format!("has {} at this place, not a string", node.kind.name()))
        }
    }
}

/// One step of a pointer (RFC 6901 §4): `~1` is `/`, then `~0` is `~`; an element has its plain number.
fn below<'n>(node: &'n Node, step: &str) -> Option<&'n Node> {
    let step = step.replace("~1", "/").replace("~0", "~");
    match &node.kind {
        Kind::Object(_) => node.get(&step),
        Kind::Array(elements) => {
            let plain = step == "0" || (!step.starts_with('0') && step.bytes().all(|b| b.is_ascii_digit()));
            elements.get(step.parse::<usize>().ok().filter(|_| plain)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::same_secret;

    #[test]
    fn pointers() {
        let text = r#"{"": "empty", "a/b": {"c~d": ["zero", "one"]}, "~1": "odd", "n": 1, "u": "\u0041"}"#;
        for (pointer, expected) in
            [("/", "empty"), ("/a~1b/c~0d/1", "one"), ("/a~1b/c~0d/0", "zero"), ("/~01", "odd"), ("/u", "A")]
        {
            let found = pointed(text, pointer).unwrap_or_else(|problem| panic!("{pointer}: {problem}"));
            assert!(same_secret(&found, &expected.into()), "{pointer}");
        }
        for (pointer, problem) in [
            ("/n", "has number at this place, not a string"),
            ("/a~1b", "has object at this place, not a string"),
            ("/a~1b/c~0d/00", "has nothing at this place"),
            ("/a~1b/c~0d/2", "has nothing at this place"),
            ("/a~1b/c~0d/-", "has nothing at this place"),
            ("/n/x", "has nothing at this place"),
            ("/missing", "has nothing at this place"),
        ] {
            assert_eq!(pointed(text, pointer).unwrap_err(), problem, "{pointer}");
        }
        assert_eq!(pointed("[\"CANARY\"]", "/0").unwrap_err(), "is not a JSON object");
        assert_eq!(pointed("{\"a\": CANARY}", "/a").unwrap_err(), "is not JSON: line 1, column 7");
    }
}
