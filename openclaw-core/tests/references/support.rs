//! A folder with files and programs, and a resolver over it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use futures_executor::block_on;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
use openclaw_core::{Env, SecretError, SecretRef, SecretResolver, SecretSource as _, same_secret};
use tempfile::TempDir;

pub(crate) fn folder() -> TempDir {
    tempfile::Builder::new().prefix("references").tempdir().unwrap()
}

/// A private file.
pub(crate) fn private(path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
    let path = path.as_ref().to_owned();
    fs::write(&path, text).unwrap();
    mode(&path, 0o600);
    path
}

pub(crate) fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A shell script. Another process writes it: while this one had it open for writing, a program that is
/// started at that moment would inherit that, and nobody could run the script.
pub(crate) fn script(path: impl AsRef<Path>, body: &str) -> PathBuf {
    let path = path.as_ref().to_owned();
    let mut shell = Command::new("/bin/sh")
        .args(["-c", "cat > \"$1\" && chmod 700 \"$1\"", "sh"])
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{body}\n").as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
    path
}

/// A script that answers by the protocol.
pub(crate) fn answers(id: &str, secret: &str) -> String {
    format!("printf '%s' '{{\"protocolVersion\":1,\"values\":{{\"{id}\":\"{secret}\"}}}}'")
}

pub(crate) fn config(text: &str, env: &Env) -> Config {
    Config::from_layers([ConfigLayer::parse(ConfigSource::Override, text).unwrap()], env).unwrap()
}

/// A resolver for these providers (`{name: {…}}`).
pub(crate) fn resolver(providers: &str, env: Env) -> SecretResolver {
    let config = config(&format!("{{secrets: {{providers: {providers}}}}}"), &env);
    SecretResolver::new(config.settings().secrets.clone(), env)
}

pub(crate) fn resolve(resolver: &SecretResolver, reference: &SecretRef) -> Result<String, SecretError> {
    use secrecy::ExposeSecret as _;
    block_on(resolver.resolve(reference)).map(|secret| secret.expose_secret().to_owned())
}

/// What the file provider `f` with these settings says of an id.
pub(crate) fn file(settings: &str, id: &str) -> Result<String, SecretError> {
    let resolver = resolver(&format!("{{f: {{source: 'file', {settings}}}}}"), Env::empty());
    resolve(&resolver, &SecretRef::new("file", "f", id))
}

/// What the program provider `x` with these settings says of the id `a/b`.
pub(crate) fn exec(settings: &str, env: Env) -> Result<String, SecretError> {
    let resolver = resolver(&format!("{{x: {{source: 'exec', {settings}}}}}"), env);
    resolve(&resolver, &SecretRef::new("exec", "x", "a/b"))
}

/// The error's text, which must hold these words.
pub(crate) fn refused(answer: Result<String, SecretError>, words: &[&str]) -> String {
    let text = answer.unwrap_err().to_string();
    for word in words {
        assert!(text.contains(word), "{word} is not in: {text}");
    }
    text
}

/// How often a program was run that adds a line to this file each time.
pub(crate) fn runs(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

pub(crate) fn is(secret: &secrecy::SecretString, expected: &str) -> bool {
    same_secret(secret, &expected.into())
}
