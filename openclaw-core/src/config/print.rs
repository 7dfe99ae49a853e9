//! A tree as JSON text, in the order of the files.

use zeroize::Zeroizing;

use super::sensitive::is_secret_text;
use super::value::{Number, Tree, Value};

/// What stands for a secret.
pub(crate) const REDACTED: &str = "***";

/// Pretty JSON with two spaces, secrets as `***` unless `reveal`.
pub(super) fn json(tree: &Tree, reveal: bool) -> Zeroizing<String> {
    // Revealed text is built without ever growing the buffer, which would leave copies behind.
    let mut out = Zeroizing::new(String::with_capacity(bound(tree, 0, reveal)));
    write(&mut out, tree, 0, reveal);
    out
}

fn write(out: &mut String, tree: &Tree, indent: usize, reveal: bool) {
    match &tree.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Secret(_) | Value::SecretNumber(_) if !reveal => string(out, REDACTED),
        // The text of a secret number is wiped as the buffer is that it goes to.
        Value::Number(_) | Value::SecretNumber(_) => {
            out.push_str(&Zeroizing::new(tree.number().map_or_else(String::new, number)));
        }
        Value::Text(_) | Value::Secret(_) => string(out, tree.text().unwrap_or("")),
        Value::Missing(name) => string(out, &format!("${{{name}}}")),
        Value::Array(elements) if elements.is_empty() => out.push_str("[]"),
        Value::Object(members) if members.is_empty() => out.push_str("{}"),
        Value::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                next(out, at, indent + 1);
                write(out, element, indent + 1, reveal);
            }
            line(out, indent);
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            let keys = if reveal { Keys::revealed(members) } else { Keys::shown(members) };
            for (at, (_, value)) in members.iter().enumerate() {
                next(out, at, indent + 1);
                string(out, keys.at(at));
                out.push_str(": ");
                write(out, value, indent + 1, reveal);
            }
            line(out, indent);
            out.push('}');
        }
    }
}

/// The keys of an object as they are printed.
struct Keys<'t> {
    members: &'t [(String, Tree)],
    /// What stands for keys that are secrets, by their number: none twice, and none that is there already.
    hidden: Vec<(usize, String)>,
}

impl<'t> Keys<'t> {
    const fn revealed(members: &'t [(String, Tree)]) -> Self {
        Self { members, hidden: Vec::new() }
    }

    fn shown(members: &'t [(String, Tree)]) -> Self {
        let mut keys = Self::revealed(members);
        let mut names = std::iter::once(REDACTED.to_owned())
            .chain((2..).map(|number| format!("{REDACTED} ({number})")))
            .filter(|name| members.iter().all(|(key, _)| key != name));
        for (at, _) in members.iter().enumerate().filter(|(_, (key, _))| is_secret_text(key)) {
            keys.hidden.extend(names.next().map(|name| (at, name)));
        }
        keys
    }

    fn at(&self, at: usize) -> &str {
        match self.hidden.binary_search_by_key(&at, |(at, _)| *at) {
            Ok(found) => self.hidden.get(found).map_or(REDACTED, |(_, name)| name),
            Err(_) => self.members.get(at).map_or("", |(key, _)| key),
        }
    }
}

fn next(out: &mut String, at: usize, indent: usize) {
    if at > 0 {
        out.push(',');
    }
    line(out, indent);
}

fn line(out: &mut String, indent: usize) {
    out.push('\n');
    (0..indent).for_each(|_| out.push_str("  "));
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // C1 controls steer terminals too, and are as good escaped.
            c if c.is_control() => {
                out.push_str("\\u");
                out.push_str(&format!("{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// As JavaScript prints it, with `null` for what JSON cannot say; but integers of 64 bits are exact, and
/// minus zero keeps its sign.
fn number(value: Number) -> String {
    match value {
        Number::Int(value) => value.to_string(),
        Number::Uint(value) => value.to_string(),
        // The shortest digits that read back as this double, without an exponent.
        Number::Float(value) if value == 0.0 || (1e-6..1e21).contains(&value.abs()) => value.to_string(),
        Number::Float(value) => {
            serde_json::Number::from_f64(value).map_or_else(|| "null".to_owned(), |n| n.to_string())
        }
    }
}

/// An upper bound for the length of the text.
fn bound(tree: &Tree, indent: usize, reveal: bool) -> usize {
    let line = 2 + 2 * (indent + 1);
    let quoted = |text: &str| 2 + text.len() * 6;
    match &tree.value {
        Value::Null | Value::Bool(_) => 5,
        Value::Secret(_) | Value::SecretNumber(_) if !reveal => 5,
        Value::Number(_) | Value::SecretNumber(_) => 32,
        Value::Text(_) | Value::Secret(_) => quoted(tree.text().unwrap_or("")),
        Value::Missing(name) => quoted(name) + 3,
        Value::Array(elements) => {
            2 + line + elements.iter().map(|e| line + bound(e, indent + 1, reveal)).sum::<usize>()
        }
        Value::Object(members) => {
            // No key that is hidden becomes longer by it.
            let member = |(key, value): &(String, Tree)| line + quoted(key) + 2 + bound(value, indent + 1, reveal);
            2 + line + members.iter().map(member).sum::<usize>()
        }
    }
}

/// The value for programs: secrets are always `***`, since nothing wipes a `serde_json::Value`.
pub(super) fn value(tree: &Tree) -> serde_json::Value {
    use serde_json::Value as Json;
    match &tree.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(Number::Int(value)) => (*value).into(),
        Value::Number(Number::Uint(value)) => (*value).into(),
        Value::Number(Number::Float(value)) => (*value).into(),
        Value::Text(text) => Json::String(text.clone()),
        Value::Secret(_) | Value::SecretNumber(_) => Json::String(REDACTED.to_owned()),
        Value::Missing(name) => Json::String(format!("${{{name}}}")),
        Value::Array(elements) => Json::Array(elements.iter().map(value).collect()),
        Value::Object(members) => {
            let keys = Keys::shown(members);
            let shown = |(at, (_, tree)): (usize, &(String, Tree))| (keys.at(at).to_owned(), value(tree));
            Json::Object(members.iter().enumerate().map(shown).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigSource, include::Builder, place::Place};

    fn tree(text: &str) -> Tree {
        Builder::new(None).root(ConfigSource::Override, text, &Place::at(&[])).unwrap()
    }

    #[test]
    fn text_keeps_order_and_numbers() {
        let tree = tree(
            "{b: 1e3, a: [0xFF, 18446744073709551615, 1.5, NaN, 1e400, -0.0], e: [], o: {}, s: 'é\"\\x1b\\x85\\n', token: 'abc'}",
        );
        let expected = "{\n  \"b\": 1000,\n  \"a\": [\n    255,\n    18446744073709551615,\n    1.5,\n    null,\n    null,\n    -0\n  ],\n  \"e\": [],\n  \"o\": {},\n  \"s\": \"é\\\"\\u001b\\u0085\\n\",\n  \"token\": \"***\"\n}";
        assert_eq!(*json(&tree, false), expected);
        assert_eq!(*json(&tree, true), expected.replace("***", "abc"));
        assert_eq!(value(&tree)["token"], "***");
    }

    #[test]
    fn doubles_are_printed_as_javascript_does() {
        for (literal, printed) in [
            ("1e16", "10000000000000000"),
            ("123456789012345678901", "123456789012345680000"),
            ("-1e20", "-100000000000000000000"),
            ("999999999999999999999", "1e+21"),
            ("1.5e300", "1.5e+300"),
            ("0.1", "0.1"),
            ("1e-6", "0.000001"),
            ("1.2345678901234567e-6", "0.0000012345678901234567"),
            ("1e-7", "1e-7"),
            ("-5e-324", "-5e-324"),
            ("9007199254740993", "9007199254740993"),
            ("-0", "-0"),
        ] {
            assert_eq!(*json(&tree(literal), false), printed, "{literal}");
        }
    }

    #[test]
    fn numbers_in_places_of_secrets_are_hidden() {
        let tree = tree(
            "{gateway: {auth: {token: 123456789012}}, env: {vars: {PIN: 0x2A}, shellEnv: {timeoutMs: 5}}, maxTokens: 8192}",
        );
        let shown = serde_json::json!({
            "gateway": {"auth": {"token": "***"}},
            "env": {"vars": {"PIN": "***"}, "shellEnv": {"timeoutMs": 5}},
            "maxTokens": 8192
        });
        assert_eq!(value(&tree), shown);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json(&tree, false)).unwrap(), shown);
        let revealed = serde_json::from_str::<serde_json::Value>(&json(&tree, true)).unwrap();
        assert_eq!(
            (&revealed["gateway"]["auth"]["token"], &revealed["env"]["vars"]["PIN"]),
            (&123_456_789_012_u64.into(), &42.into())
        );
    }

    #[test]
    fn keys_that_are_secrets_are_hidden_and_stay_apart() {
        let tree = tree("{'sk-ant-api03-a': 1, b: {'https://u:p@h': 2}, '*** (2)': 3, 'sk-ant-api03-b': 4}");
        let expected = "{\n  \"***\": 1,\n  \"b\": {\n    \"***\": 2\n  },\n  \"*** (2)\": 3,\n  \"*** (3)\": 4\n}";
        assert_eq!(*json(&tree, false), expected);
        assert_eq!(value(&tree), serde_json::json!({"***": 1, "b": {"***": 2}, "*** (2)": 3, "*** (3)": 4}));
        assert!(json(&tree, true).contains("sk-ant-api03-b"));
    }

    #[test]
    fn the_buffer_never_grows() {
        let tree =
            tree("{a: ['\\x01\\x02', {b: {c: [[], {}, null, true, -1.7976931348623157e308]}}], \"\\x01\": '${X}'}");
        let text = json(&tree, true);
        assert_eq!(text.capacity(), bound(&tree, 0, true));
    }
}
