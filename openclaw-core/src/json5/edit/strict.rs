//! A JSON5 value as strict JSON, for documents that other programs read as such.

use zeroize::Zeroizing;

use super::super::{Kind, Node, decode_float, decode_integer, quote, string};
use super::concat;

/// The value as strict JSON on one line; `None` if JSON cannot say it (`NaN`, infinities).
///
/// Numbers keep their text where JSON has it too.
pub(super) fn strict(node: &Node, text: &str) -> Option<Zeroizing<String>> {
    let literal = node.text(text);
    Some(match &node.kind {
        Kind::Null | Kind::Bool(_) => Zeroizing::new(literal.to_owned()),
        Kind::String => quote(&string(node, text)?),
        Kind::Number => {
            if serde_json::from_str::<serde::de::IgnoredAny>(literal).is_ok() {
                return Some(Zeroizing::new(literal.to_owned()));
            }
            // `5.` stays a fraction, as it was meant.
            let fraction = !literal.contains(['x', 'X']) && literal.contains(['.', 'e', 'E']);
            let exact = decode_integer(literal).filter(|(negative, magnitude)| !negative || *magnitude > 0);
            let exact = exact.filter(|_| !fraction);
            let number = match exact {
                Some((negative, magnitude)) => format!("{}{magnitude}", if negative { "-" } else { "" }),
                None => serde_json::Number::from_f64(decode_float(literal))?.to_string(),
            };
            Zeroizing::new(number)
        }
        Kind::Array(elements) => {
            let parts = elements.iter().map(|element| strict(element, text)).collect::<Option<Vec<_>>>()?;
            joined("[", parts.iter().map(|part| vec![part.as_str()]), "]")
        }
        Kind::Object(members) => {
            let part = |value: &Node, key: &str| Some((quote(key), strict(value, text)?));
            let parts = members.iter().map(|member| part(&member.value, &member.key)).collect::<Option<Vec<_>>>()?;
            joined("{", parts.iter().map(|(key, value)| vec![key.as_str(), ": ", value]), "}")
        }
    })
}

fn joined<'p>(open: &'p str, parts: impl Iterator<Item = Vec<&'p str>>, close: &'p str) -> Zeroizing<String> {
    let mut all = vec![open];
    for (at, part) in parts.enumerate() {
        if at > 0 {
            all.push(", ");
        }
        all.extend(part);
    }
    if all.len() == 1 {
        return concat(&[open.trim(), close.trim()]);
    }
    all.push(close);
    concat(&all)
}

#[cfg(test)]
mod tests {
    use super::super::super::{Limits, scan};
    use super::*;

    #[test]
    fn every_value_that_json_has() {
        for (given, expected) in [
            (
                "{a: 'x', \"b\": [1, 0xff, +1, .5, 5., 1e3, -0x10,], /* c */ c: {}, d: [],}",
                Some(r#"{"a": "x", "b": [1, 255, 1, 0.5, 5.0, 1e3, -16], "c": {}, "d": []}"#),
            ),
            ("18446744073709551615", Some("18446744073709551615")),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            (r"'it\'s \x41'", Some(r#""it's A""#)),
            ("[null, true]", Some("[null, true]")),
            ("[NaN]", None),
            ("-Infinity", None),
            ("1e400", Some("1e400")),
        ] {
            let document = scan(given, &Limits::default()).unwrap();
            assert_eq!(strict(&document.root, given).as_deref().map(String::as_str), expected, "{given}");
        }
    }
}
