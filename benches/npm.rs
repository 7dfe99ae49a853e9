//! npm's json5, the parser that OpenClaw uses, on the same texts and in the same run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Prints what one parse of each text takes there, if the run is a measured one and asks for it, and
/// if node and the module are there.
pub(crate) fn measure(texts: &[(&str, &str)]) {
    let mut arguments = env::args().skip(1);
    let measured = env::args().any(|argument| argument == "--bench");
    let filtered = arguments.any(|argument| !argument.starts_with('-') && !"npm_json5".contains(&argument));
    if !measured || filtered {
        return;
    }
    if let Err(reason) = run(texts) {
        println!("npm_json5 is left out: {reason} (benches/README.md says how to install it)");
    }
}

fn run(texts: &[(&str, &str)]) -> Result<(), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/json5/parse.js");
    let folder = folder().ok_or("no target folder found")?;
    let modules = folder.join("node_modules");
    if !modules.join("json5").is_dir() {
        return Err(format!("{} has no json5", modules.display()));
    }
    let mut node = Command::new("node");
    node.arg(script).env("NODE_PATH", modules);
    for (name, text) in texts {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        node.arg(file);
    }
    let output = node.output().map_err(|error| format!("node does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("node failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    for (line, (name, _)) in String::from_utf8_lossy(&output.stdout).lines().zip(texts) {
        let mut words = line.rsplit(' ').map(|word| word.parse::<f64>().unwrap_or(f64::NAN) / 1000.0);
        let (median, best) = (words.next().unwrap_or(f64::NAN), words.next().unwrap_or(f64::NAN));
        println!("npm_json5  {name:<16} fastest {best:.1} µs  median {median:.1} µs");
    }
    Ok(())
}

/// Where the module is installed: beside what cargo builds, never in the tree.
fn folder() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    Some(program.ancestors().nth(3)?.join("peers/json5"))
}
