//! What an edit would change, as a unified diff.

use openclaw_core::printable;
use similar::{ChangeTag, TextDiff};

use crate::host::Host;
use crate::output::{self, BAD, BOLD, DIM, GOOD};

/// Lines around a change.
const CONTEXT: usize = 3;
/// No line is shown longer: a minified file is one line.
const WIDTH: usize = 400;

/// The diff of two texts that hold no secrets any more.
pub(crate) fn unified(host: &Host, name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut lines =
        vec![output::paint(host, BOLD, &format!("--- {name}")), output::paint(host, BOLD, &format!("+++ {name}"))];
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(output::paint(host, DIM, &hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let text = change.value().trim_end_matches(['\n', '\r']);
            let text = cut(&printable(&text.replace('\t', "    ")));
            lines.push(match change.tag() {
                ChangeTag::Delete => output::paint(host, BAD, &format!("-{text}")),
                ChangeTag::Insert => output::paint(host, GOOD, &format!("+{text}")),
                ChangeTag::Equal => format!(" {text}"),
            });
        }
    }
    lines.join("\n")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
        None => text.to_owned(),
    }
}
