//! What `openclaw --version` says of this build: the commit and the target, so that a report names them.
//! Outside a git checkout of this project the commit is unknown.

#![allow(clippy::disallowed_macros, reason = "this is how a build script talks to cargo")]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let commit = commit().unwrap_or_else(|| "unknown commit".to_owned());
    println!("cargo::rustc-env=OPENCLAW_COMMIT={commit}");
    let target = std::env::var_os("TARGET").and_then(|target| target.into_string().ok());
    println!("cargo::rustc-env=OPENCLAW_TARGET={}", target.unwrap_or_else(|| "unknown target".to_owned()));
}

fn commit() -> Option<String> {
    // The repository of this project, and not another one into which its source was copied.
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.canonicalize().ok()? {
        return None;
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    // These change when HEAD does. One that does not exist would have cargo build every time.
    for name in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--path-format=absolute", "--git-path", name])?;
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    Some(commit)
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
