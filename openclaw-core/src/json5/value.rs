//! Scalars read from their place in the text, and strings written for it.

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::{Kind, Node, decode_float, decode_integer, decode_string};

/// The string that a node stands for, unquoted and unescaped; `None` if it is no string.
#[must_use]
pub fn string(node: &Node, text: &str) -> Option<Zeroizing<String>> {
    matches!(node.kind, Kind::String).then(|| Zeroizing::new(decode_string(node.text(text)).to_owned()))
}

/// The string that a node stands for, as a secret; `None` if it is no string.
///
/// It is copied once, into the secret itself; what was unescaped on the way is wiped.
#[must_use]
pub fn secret(node: &Node, text: &str) -> Option<SecretString> {
    matches!(node.kind, Kind::String).then(|| SecretString::from(&*decode_string(node.text(text))))
}

/// The number that a node stands for, as near as a double comes; `None` if it is no number.
#[must_use]
pub fn number(node: &Node, text: &str) -> Option<f64> {
    matches!(node.kind, Kind::Number).then(|| decode_float(node.text(text)))
}

/// The whole number that a node stands for; `None` if it is no number or NaN.
///
/// Every integer of 64 bits is exact. A fraction is cut off (`5.0` and `5.9` are 5), and what is out
/// of range becomes the nearest end of it, `Infinity` included.
#[must_use]
pub fn integer(node: &Node, text: &str) -> Option<i64> {
    let nearest = number(node, text)?;
    let exact = decode_integer(node.text(text)).and_then(|(negative, magnitude)| {
        let magnitude = i128::try_from(magnitude).ok()?;
        i64::try_from(if negative { -magnitude } else { magnitude }).ok()
    });
    // A cast from a float cuts the fraction and saturates.
    exact.or_else(|| (!nearest.is_nan()).then_some(nearest as i64))
}

/// A text as a string literal of JSON (RFC 8259), which is one of JSON5 as well.
///
/// ```
/// use openclaw_core::json5::quote;
/// assert_eq!(*quote("a \"b\"\n"), r#""a \"b\"\n""#);
/// ```
#[must_use]
pub fn quote(text: &str) -> Zeroizing<String> {
    quote_with(text, '"')
}

/// A text as a string literal of JSON5 in the given quotes.
pub(super) fn quote_with(text: &str, quote: char) -> Zeroizing<String> {
    // A buffer that grows would leave a copy of a secret behind: this is the most it can take.
    let room: usize = text.chars().map(|c| if needs_escape(c, quote) { 6 } else { c.len_utf8() }).sum();
    let mut literal = Zeroizing::new(String::with_capacity(room + 2));
    literal.push(quote);
    for c in text.chars() {
        if !needs_escape(c, quote) {
            literal.push(c);
            continue;
        }
        match c {
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c == quote || c == '\\' => literal.extend(['\\', c]),
            c => {
                literal.push_str("\\u");
                let digits = [12, 8, 4, 0].map(|shift| char::from_digit((u32::from(c) >> shift) & 0xf, 16));
                literal.extend(digits.into_iter().flatten());
            }
        }
    }
    literal.push(quote);
    literal
}

/// What a literal cannot hold as it is, and the two separators that JSON5 advises to escape.
const fn needs_escape(c: char, quote: char) -> bool {
    c as u32 == quote as u32 || matches!(c, '\\' | '\0'..='\x1f' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "edge: compares a secret")]
mod tests {
    use secrecy::ExposeSecret;

    use super::super::{Limits, Path, scan};
    use super::*;

    fn first<T>(text: &str, read: impl Fn(&Node, &str) -> Option<T>) -> Option<T> {
        let document = scan(text, &Limits::default()).unwrap();
        read(document.root.at(&"a[0]".parse().unwrap()).unwrap(), text)
    }

    #[test]
    fn strings_are_unescaped() {
        for (literal, expected) in
            [("'é\"'", "é\""), (r#""\u00e9\x41\n""#, "éA\n"), ("'a\\\nb'", "ab"), ("''", ""), (r"'\ud83d\ude00'", "😀")]
        {
            let text = format!("{{a: [{literal}]}}");
            assert_eq!(first(&text, string).unwrap().as_str(), expected, "{literal}");
            assert_eq!(first(&text, secret).unwrap().expose_secret(), expected, "{literal}");
        }
        assert!(first("{a: [1]}", string).is_none() && first("{a: [null]}", secret).is_none());
    }

    #[test]
    fn numbers_are_read_in_every_spelling() {
        for (literal, float, whole) in [
            ("9007199254740993", 9_007_199_254_740_992.0, Some(9_007_199_254_740_993)),
            ("-9223372036854775808", -9_223_372_036_854_775_808.0, Some(i64::MIN)),
            ("9223372036854775808", 9_223_372_036_854_775_808.0, Some(i64::MAX)),
            ("-0x10", -16.0, Some(-16)),
            ("1e3", 1000.0, Some(1000)),
            ("5.", 5.0, Some(5)),
            ("-5.9", -5.9, Some(-5)),
            ("+Infinity", f64::INFINITY, Some(i64::MAX)),
            ("-1e400", f64::NEG_INFINITY, Some(i64::MIN)),
        ] {
            let text = format!("{{a: [{literal}]}}");
            assert_eq!((first(&text, number), first(&text, integer)), (Some(float), whole), "{literal}");
        }
        assert!(first("{a: [NaN]}", number).unwrap().is_nan());
        assert_eq!(first("{a: [NaN]}", integer), None);
        assert_eq!((first("{a: ['1']}", number), first("{a: ['1']}", integer)), (None, None));
    }

    #[test]
    fn literals_read_back() {
        let text = "\0\u{1f}\"'\\/\n\r\t\u{7f}é\u{2028}\u{2029}😀";
        let literal = quote(text);
        assert_eq!(serde_json::from_str::<String>(&literal).unwrap(), text);
        assert!(literal.contains("\\u001f") && literal.contains("\\u2028"));
        assert_eq!(::json5::from_str::<String>(&quote_with(text, '\'')).unwrap(), text);
        assert_eq!(literal.capacity(), quote(text).capacity());
    }

    #[test]
    fn paths_lead_to_the_value_that_counts() {
        let text = "{a: [{b: 1, b: 2}]}";
        let document = scan(text, &Limits::default()).unwrap();
        let at = |path: &str| document.root.at(&path.parse().unwrap()).map(|node| node.text(text));
        assert_eq!((at("a[0].b"), at("a[1]"), at("a.b"), at("[0]")), (Some("2"), None, None, None));
        assert_eq!(document.root.at(&Path::root()).map(|node| node.text(text)), Some(text));
    }
}
