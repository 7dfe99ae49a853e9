//! The house has floors, and nothing points to a higher one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};

const FLOORS: [&[&str]; 5] = [
    &["env", "id", "secret", "time"],
    &["base_url", "config", "credential", "disk", "health", "json5", "paths", "profile"],
    &["messages", "model", "outcome", "resolver"],
    &["provider", "secret_source", "store", "transport"],
    &["advice", "client", "doctor", "error", "failover", "installation", "probe", "status", "testing"],
];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a line names through `crate::`, in any of its forms. Documentation may point up.
fn named(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or("");
    let modules = code.split("crate::").skip(1).filter(|_| code.contains("crate::"));
    let word =
        |text: &str| text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_' || c.is_ascii_digit()).collect();
    modules.map(word).filter(|module: &String| floor(module).is_some()).collect()
}

#[test]
fn no_module_points_to_a_higher_floor() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let module = relative.components().next().unwrap().as_os_str().to_string_lossy();
        let module = module.trim_end_matches(".rs").trim_end_matches("_tests").to_owned();
        if module == "lib" || relative.to_string_lossy().contains("test") {
            continue;
        }
        let own =
            floor(&module).unwrap_or_else(|| panic!("{module} has no floor: give it one here and in ARCHITECTURE.md"));
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for line in code.lines() {
            for other in named(line) {
                arrows += 1;
                if floor(&other).unwrap() > own {
                    wrong.push(format!("{}: {}", relative.display(), line.trim()));
                }
            }
        }
    }
    assert!(arrows > 100, "the test reads nothing: {arrows}");
    assert!(wrong.is_empty(), "these point to a higher floor:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_edges_touch_the_world() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let relative = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap();
        let decisions = ["resolver/", "outcome/", "messages/", "health/", "profile/", "json5/", "model"];
        let pure = decisions.iter().any(|prefix| relative.starts_with(prefix)) && !relative.contains("test");
        for banned in ["std::fs", "std::net", "SystemTime", "Instant::now", "std::env::", "tokio::"] {
            let code = text.split("#[cfg(test)]").next().unwrap();
            let named = code.lines().any(|line| line.split("//").next().unwrap_or("").contains(banned));
            assert!(!(pure && named), "{relative} is a pure decision and names {banned}");
        }
    }
}

#[test]
fn no_file_is_two_ideas() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines", file.display());
    }
}
