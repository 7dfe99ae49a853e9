//! `openclaw config get`.

use openclaw_core::config::{ConfigValue, shown_path};
use openclaw_core::json5::Path;
use openclaw_core::printable;
use serde_json::json;

use crate::args::{Args, ConfigGet};
use crate::error::CliError;
use crate::host::Host;
use crate::output;

pub(super) fn run(host: &mut Host, args: &Args, get: &ConfigGet) -> Result<u8, CliError> {
    let path = get.path.as_deref().map_or_else(|| Ok(Path::root()), super::path)?;
    let installation = crate::commands::open(host, args)?;
    let value = installation.config().get(&path);
    let value = value.ok_or_else(|| super::not_found(get.path.as_deref().unwrap_or_default()))?;
    match (get.json, get.origin) {
        (true, true) => {
            let mut origins = serde_json::Map::new();
            for_each_leaf(value, &path, &mut |path, leaf| {
                origins.insert(shown_path(path), json!(leaf.origin().to_string()));
            });
            let indented = |text: &str| text.replace('\n', "\n  ");
            let origins = serde_json::to_string_pretty(&origins).unwrap_or_default();
            let text = format!(
                "{{\n  \"value\": {},\n  \"origin\": {},\n  \"origins\": {}\n}}",
                indented(&value.to_json(get.reveal)),
                json!(value.origin().to_string()),
                indented(&origins)
            );
            output::out(host, &format!("{}\n", output::escaped(&text)))?;
        }
        (true, false) => output::out(host, &format!("{}\n", output::escaped(&value.to_json(get.reveal))))?,
        (false, true) => {
            let mut lines = Vec::new();
            for_each_leaf(value, &path, &mut |at, leaf| {
                // The value that was asked for needs no name.
                let name = if *at == path { String::new() } else { format!("{} = ", shown_path(at)) };
                let text =
                    if name.is_empty() { bare(leaf, get.reveal) } else { output::escaped(&leaf.to_json(get.reveal)) };
                lines.push((format!("{name}{}", for_a_person(host, text)), leaf.origin().to_string()));
            });
            for (text, origin) in lines {
                output::out(host, &format!("{text}\n# {origin}\n"))?;
            }
        }
        (false, false) => {
            let text = for_a_person(host, bare(value, get.reveal));
            output::out(host, &format!("{text}\n"))?;
        }
    }
    Ok(0)
}

/// On a terminal nothing in a text may steer it; a program gets the text as it is.
fn for_a_person(host: &Host, text: String) -> String {
    if host.stdout_is_terminal { text.lines().map(printable).collect::<Vec<_>>().join("\n") } else { text }
}

/// A text without quotes, anything else as JSON.
fn bare(value: ConfigValue<'_>, reveal: bool) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let json = value.to_json(reveal);
    // A secret prints bare, like every other text.
    serde_json::from_str::<String>(&json).unwrap_or_else(|_| output::escaped(&json))
}

/// Scalars, and containers with nothing in them.
fn for_each_leaf<'c>(value: ConfigValue<'c>, path: &Path, visit: &mut dyn FnMut(&Path, ConfigValue<'c>)) {
    let mut leaf = true;
    for (key, member) in value.members() {
        leaf = false;
        for_each_leaf(member, &path.key(key), visit);
    }
    for (at, element) in value.elements().enumerate() {
        leaf = false;
        for_each_leaf(element, &path.index(at), visit);
    }
    if leaf {
        visit(path, value);
    }
}
