//! Folders that something is wrong with, and how they are looked at.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::common::{KEY, Output, World, skipped};

/// Everything below the home with its content and its mode.
pub(crate) fn tree(world: &World) -> BTreeMap<PathBuf, (Vec<u8>, u32)> {
    let mode = |path: &Path| path.symlink_metadata().unwrap().permissions().mode();
    world.everything().into_iter().map(|(path, content)| (path.clone(), (content, mode(&path)))).collect()
}

pub(crate) fn agent_dir(world: &World) -> PathBuf {
    world.store_path().parent().unwrap().to_path_buf()
}

/// Closes everything, as this program makes it.
pub(crate) fn close(world: &World) {
    let _ = fs::set_permissions(world.state(), Permissions::from_mode(0o700));
    for (path, _) in tree(world).into_iter().filter(|(path, _)| !path.is_symlink()) {
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "a file is made older than it is")]
pub(crate) fn age(path: &Path) {
    let then = SystemTime::now() - Duration::from_secs(60);
    fs::File::open(path).unwrap().set_modified(then).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a lock is made younger than new")]
pub(crate) fn date_ahead(path: &Path) {
    let then = SystemTime::now() + Duration::from_secs(86_400);
    fs::File::open(path).unwrap().set_modified(then).unwrap();
}

/// `severity code`, sorted.
pub(crate) fn codes(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap();
    let mut codes: Vec<String> =
        findings.iter().map(|f| format!("{} {}", text(&f["severity"]), text(&f["code"]))).collect();
    codes.sort();
    codes
}

pub(crate) fn finding<'r>(report: &'r Value, code: &str) -> &'r Value {
    let found = report["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {report:#}"))
}

pub(crate) fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A file that nobody else may read.
pub(crate) fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    chmod(path, 0o600);
}

pub(crate) fn config(world: &World, text: &str) {
    world.write_config(text);
    chmod(&world.config_path(), 0o600);
}

/// The store with this in the place of `…`: members of the top level.
pub(crate) fn store_with(world: &World, members: &str) {
    let text = world.store_text();
    let end = text.trim_end().strip_suffix('}').unwrap().trim_end();
    write(&world.store_path(), &format!("{end},\n  {members}\n}}\n"));
}

pub(crate) fn add_profile(world: &World, id: &str, entry: &str) {
    let text = world.store_text().replacen("\"profiles\": {", &format!("\"profiles\": {{\n    \"{id}\": {entry},"), 1);
    write(&world.store_path(), &text);
}

pub(crate) fn sick() -> World {
    let world = World::with_key();
    write(&agent_dir(&world).join("auth.json"), r#"{"groq": {"type": "api_key", "key": "gsk"}}"#);
    store_with(&world, r#""usageStats": {"anthropic:gone": {}}"#);
    let lost = agent_dir(&world).join(".auth-profiles.json.7-ab.openclaw-tmp");
    write(&lost, KEY);
    age(&lost);
    chmod(&world.store_path(), 0o644);
    world
}

/// As another user, since root may write anywhere; `None` where that cannot be tried.
pub(crate) fn as_nobody(world: &World, args: &[&str]) -> Option<Output> {
    let chown = Command::new("chown").args(["-R", "65534:65534"]).arg(world.root()).status();
    if !chown.is_ok_and(|status| status.success()) {
        skipped("the right to give files away");
        return None;
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_openclaw")]).args(args);
    let output = command.env_clear().env("HOME", world.home()).current_dir("/").output().ok();
    let Some(output) = output.filter(|output| output.status.code().is_some_and(|code| code < 126)) else {
        skipped("setpriv and a program that others may run");
        return None;
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let output = Output {
        code: output.status.code().unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        took: Duration::ZERO,
    };
    output.assert_no_secret();
    Some(output)
}
