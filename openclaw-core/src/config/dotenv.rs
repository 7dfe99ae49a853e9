//! `.env` files: `NAME=value` lines that fill up an environment.

use std::fmt;

use zeroize::Zeroizing;

use crate::env::Env;

/// Whether a variable counts only when the process environment itself sets it: what decides where the
/// program looks and whom it talks to must not come from a file beside the credentials.
///
/// `OPENCLAW_*` and its older spellings, `HOME`, `PATH`, the dynamic linker's variables, proxies,
/// trusted certificates and base URLs, in any case.
pub(super) fn only_from_process(name: &str) -> bool {
    const NAMES: [&str; 5] = ["HOME", "USERPROFILE", "PATH", "PI_CODING_AGENT_DIR", "NODE_EXTRA_CA_CERTS"];
    const STARTS: [&str; 6] = ["OPENCLAW_", "CLAWDBOT_", "MOLTBOT_", "LD_", "DYLD_", "SSL_CERT_"];
    const ENDS: [&str; 3] = ["_PROXY", "_BASE_URL", "_BASEURL"];
    let name = name.trim().to_ascii_uppercase();
    NAMES.contains(&name.as_str())
        || STARTS.iter().any(|start| name.starts_with(start))
        || ENDS.iter().any(|end| name.ends_with(end))
}

/// The content of a `.env` file, as the `dotenv` package reads it: `NAME=value` or `NAME: value`, an
/// optional `export`, values plain, in `'…'`, `"…"` or `` `…` `` (these may span lines; `\n` and `\r`
/// mean line breaks in double quotes only), comments from `#`. Nothing is expanded.
///
/// ```
/// use openclaw_core::{Env, config::Dotenv};
/// let file = Dotenv::parse("# keys\nexport A='x # y'\nB=two # comment\nOPENCLAW_HOME=/elsewhere\n");
/// let mut env = Env::empty().with("B", "stronger");
/// file.fill(&mut env);
/// assert_eq!((env.get("A"), env.get("B"), env.get("OPENCLAW_HOME")), (Some("x # y"), Some("stronger"), None));
/// ```
#[derive(Clone, Default)]
pub struct Dotenv {
    vars: Vec<(String, Zeroizing<String>)>,
    ignored: Vec<usize>,
}

impl Dotenv {
    /// Reads the text; there is no text that fails.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut line = 1;
        while !rest.is_empty() {
            let (end, next) = line_end(rest);
            let content = rest.get(..end).unwrap_or("").trim();
            let mut used = next;
            if !content.is_empty() && !content.starts_with('#') {
                match assignment(rest, end) {
                    Some((name, value, after)) => {
                        file.vars.push((name.to_owned(), value));
                        used = after;
                    }
                    None => file.ignored.push(line),
                }
            }
            let (done, left) = rest.split_at(used);
            line += done.bytes().filter(|byte| *byte == b'\n').count();
            rest = left;
        }
        file
    }

    /// Sets the variables that `env` does not have, but none of those that count only from the
    /// process (`OPENCLAW_*`, `HOME`, `PATH`, proxies, base URLs). Of a name that stands twice the
    /// last one counts.
    pub fn fill(&self, env: &mut Env) {
        for (name, value) in self.vars.iter().rev().filter(|(name, _)| !only_from_process(name)) {
            env.fill(name, value);
        }
    }

    /// The names, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.vars.iter().map(|(name, _)| name.as_str())
    }

    /// The numbers, from 1, of lines that are neither an assignment nor a comment.
    #[must_use]
    pub fn ignored_lines(&self) -> &[usize] {
        &self.ignored
    }
}

impl fmt::Debug for Dotenv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dotenv").field(&self.names().collect::<Vec<_>>()).finish()
    }
}

/// Where the first line ends and the next one starts.
fn line_end(text: &str) -> (usize, usize) {
    match text.find('\n') {
        Some(at) => (at, at + 1),
        None => (text.len(), text.len()),
    }
}

/// Name, value and where the text goes on; `end` is the end of the first line.
fn assignment(text: &str, end: usize) -> Option<(&str, Zeroizing<String>, usize)> {
    let line = text.get(..end)?;
    let separator = line.find(['=', ':'])?;
    let (name, value) = (line.get(..separator)?.trim(), separator + 1);
    if line.as_bytes().get(separator) == Some(&b':') && !line.get(value..)?.starts_with([' ', '\t']) {
        return None;
    }
    let name = match name.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => name,
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')) {
        return None;
    }
    let blanks = line.get(value..)?.len() - line.get(value..)?.trim_start().len();
    if let Some((value, after)) = quoted(text, value + blanks) {
        return Some((name, value, after));
    }
    let plain = line.get(value..)?.split('#').next()?.trim();
    Some((name, Zeroizing::new(plain.to_owned()), line_end(text).1))
}

/// The quoted value that starts at `at`, if only a comment follows on its last line.
fn quoted(text: &str, at: usize) -> Option<(Zeroizing<String>, usize)> {
    let body = text.get(at..)?;
    let quote = body.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inner = body.get(1..)?;
    let close = inner.char_indices().scan(false, |escaped, (at, c)| {
        let open = c != quote || *escaped;
        *escaped = c == '\\' && !*escaped;
        Some((at, open))
    });
    let close = close.into_iter().find(|(_, open)| !open).map(|(at, _)| at)?;
    let after = inner.get(close + 1..)?;
    let (end, next) = line_end(after);
    let tail = after.get(..end)?.trim();
    if !tail.is_empty() && !tail.starts_with('#') {
        return None;
    }
    let raw = inner.get(..close)?;
    let value = if quote == '"' { breaks(raw) } else { Zeroizing::new(raw.to_owned()) };
    Some((value, at + 1 + close + 1 + next))
}

fn breaks(raw: &str) -> Zeroizing<String> {
    let mut value = Zeroizing::new(String::with_capacity(raw.len()));
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let (decoded, used) = match rest.get(..2) {
            Some("\\n") => ('\n', 2),
            Some("\\r") => ('\r', 2),
            _ => (c, c.len_utf8()),
        };
        value.push(decoded);
        rest = rest.get(used..).unwrap_or("");
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        Dotenv::parse(text).vars.iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
    }

    #[test]
    fn every_form_of_a_line() {
        for (text, name, value) in [
            ("A=b", "A", "b"),
            ("  export A = b c  # d\r\n", "A", "b c"),
            ("A: b", "A", "b"),
            ("A=", "A", ""),
            ("A='x # \\n'", "A", "x # \\n"),
            ("A=\"x\\ny\" # c", "A", "x\ny"),
            ("A=`it's`", "A", "it's"),
            ("A=\"two\nlines\"", "A", "two\nlines"),
            ("A=\"open\nB=c", "A", "\"open"),
            ("A=it's", "A", "it's"),
            ("A=x=y:z", "A", "x=y:z"),
            ("\u{feff}A=b", "A", "b"),
        ] {
            assert_eq!(pairs(text).first(), Some(&(name.to_owned(), value.to_owned())), "{text:?}");
        }
        assert_eq!(pairs("A=\"open\nB=c").len(), 2);
    }

    #[test]
    fn lines_that_mean_nothing_are_counted() {
        let file = Dotenv::parse("# ok\n\nnothing\nA='1\n2'\nb c=1\nURL:x\n");
        assert_eq!(file.ignored_lines(), [3, 6, 7]);
        assert_eq!(file.names().collect::<Vec<_>>(), ["A"]);
    }

    #[test]
    fn the_last_of_a_name_counts_and_the_process_is_stronger() {
        let mut env = Env::empty().with("P", "process");
        Dotenv::parse("A=1\nA=2\nP=file\nE=\n").fill(&mut env);
        assert_eq!((env.get("A"), env.get("P"), env.get("E")), (Some("2"), Some("process"), None));
    }

    #[test]
    fn what_redirects_the_program_counts_only_from_the_process() {
        let names = "HOME PATH OPENCLAW_STATE_DIR CLAWDBOT_STATE_DIR HTTPS_PROXY https_proxy no_proxy ALL_PROXY ANTHROPIC_BASE_URL LD_PRELOAD SSL_CERT_FILE USERPROFILE";
        for name in names.split(' ') {
            let mut env = Env::empty();
            Dotenv::parse(&format!("{name}=x")).fill(&mut env);
            assert_eq!(env.names().count(), 0, "{name}");
        }
        assert!(!only_from_process("ANTHROPIC_API_KEY") && !only_from_process("HOMEPAGE"));
    }

    #[test]
    fn debug_shows_names_only() {
        assert_eq!(format!("{:?}", Dotenv::parse("A=canary")), "Dotenv([\"A\"])");
    }
}
