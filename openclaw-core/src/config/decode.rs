//! From the text of a scalar to its value. The scanner has checked the grammar before.

use zeroize::Zeroizing;

use super::value::Number;

/// The value of a string literal, quotes included in `literal`.
///
/// Written here rather than left to the JSON5 parser because any string may be a secret: the buffer
/// is wiped and never grows, so no copy stays behind in freed memory.
pub(super) fn string(literal: &str) -> Zeroizing<String> {
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or("");
    if !inner.contains('\\') {
        return Zeroizing::new(inner.to_owned());
    }
    // No escape is shorter than the UTF-8 it stands for.
    let mut decoded = Zeroizing::new(String::with_capacity(inner.len()));
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            escape(&mut chars, &mut decoded);
        } else {
            decoded.push(c);
        }
    }
    decoded
}

fn escape(chars: &mut std::str::Chars<'_>, decoded: &mut String) {
    let Some(c) = chars.next() else { return };
    match c {
        'n' => decoded.push('\n'),
        't' => decoded.push('\t'),
        'r' => decoded.push('\r'),
        'b' => decoded.push('\u{8}'),
        'f' => decoded.push('\u{c}'),
        'v' => decoded.push('\u{b}'),
        '0' => decoded.push('\0'),
        'x' => decoded.extend(char::from_u32(hex(chars, 2))),
        'u' => decoded.extend(unicode(chars)),
        // A backslash at the end of a line continues the string on the next one.
        '\r' => {
            if chars.as_str().starts_with('\n') {
                chars.next();
            }
        }
        '\n' | '\u{2028}' | '\u{2029}' => {}
        other => decoded.push(other),
    }
}

fn unicode(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let first = hex(chars, 4);
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    // The scanner has seen the second half of the pair.
    let low = chars.as_str().strip_prefix("\\u")?;
    *chars = low.chars();
    let second = hex(chars, 4);
    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second.saturating_sub(0xdc00))
}

fn hex(chars: &mut std::str::Chars<'_>, digits: usize) -> u32 {
    let mut value = 0;
    for _ in 0..digits {
        value = value * 16 + chars.next().and_then(|c| c.to_digit(16)).unwrap_or(0);
    }
    value
}

/// The value of a number literal: exact for integers that fit 64 bits, else the nearest double, as
/// JavaScript has it (`1e400` is infinite).
pub(super) fn number(literal: &str) -> Number {
    let digits = literal.trim_start_matches(['+', '-']);
    let integer = digits.starts_with("0x") || digits.starts_with("0X") || digits.bytes().all(|b| b.is_ascii_digit());
    if integer {
        if let Ok(value) = json5::from_str::<i64>(literal) {
            return Number::Int(value);
        }
        if let Ok(value) = json5::from_str::<u64>(literal) {
            return Number::Uint(value);
        }
    }
    Number::Float(json5::from_str::<f64>(literal).unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_exact_where_they_can_be() {
        for (literal, value) in [
            ("0", Number::Int(0)),
            ("+7", Number::Int(7)),
            ("-0x1F", Number::Int(-31)),
            ("-9223372036854775808", Number::Int(i64::MIN)),
            ("18446744073709551615", Number::Uint(u64::MAX)),
            ("0xFFFFFFFFFFFFFFFF", Number::Uint(u64::MAX)),
            ("18446744073709551616", Number::Float(18_446_744_073_709_551_616.0)),
            (".5", Number::Float(0.5)),
            ("5.", Number::Float(5.0)),
            ("1e3", Number::Float(1000.0)),
            ("1e400", Number::Float(f64::INFINITY)),
            ("-Infinity", Number::Float(f64::NEG_INFINITY)),
        ] {
            assert_eq!(number(literal), value, "{literal}");
        }
        assert!(matches!(number("NaN"), Number::Float(x) if x.is_nan()));
    }

    #[test]
    fn escapes_mean_what_the_parser_says() {
        for literal in [
            r#""""#,
            r"'\'\\\/'",
            r"'\n\t\r\b\f\v\0'",
            r"'\x41\u00e9\ud83d\ude00z'",
            "'a\\\r\nb\\\nc\\\rd\\\u{2028}e'",
            r"'\q\ü'",
            "\"plain ü\"",
        ] {
            assert_eq!(*string(literal), json5::from_str::<String>(literal).unwrap(), "{literal}");
        }
    }

    proptest! {
        #[test]
        fn every_string_survives_its_escaping(text in ".*") {
            let literal = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(&*string(&literal), &text);
        }

        #[test]
        fn every_string_of_the_grammar_reads_as_the_parser_reads_it(body in r#"(\\[nrtbfv0'"\\/q]|\\x[0-9a-f]{2}|\\u[0-9a-c][0-9a-f]{3}|[a-z \u{e9}-\u{ff}]){0,20}"#) {
            let literal = format!("'{body}'");
            // `\0` before a digit is no JSON5; the scanner refuses it before.
            if let Ok(expected) = json5::from_str::<String>(&literal) {
                prop_assert_eq!(&*string(&literal), &expected);
            }
        }
    }
}
