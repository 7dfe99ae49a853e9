//! From the text of a scalar to its value. The scanner has checked the grammar before.
//!
//! Strings are written out here rather than by the JSON5 parser: any string may be a secret, so the
//! buffer is wiped and never grows, and no copy stays behind in freed memory. Whole numbers are read
//! here, since the parser loses the sign of zero and refuses long hexadecimal ones; it reads the rest.

use std::ops::Deref;

use zeroize::Zeroizing;

/// The value of a string literal: a part of the text where nothing is escaped.
#[derive(Debug)]
pub(crate) enum Decoded<'t> {
    AsWritten(&'t str),
    Unescaped(Zeroizing<String>),
}

impl Deref for Decoded<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::AsWritten(text) => text,
            Self::Unescaped(text) => text,
        }
    }
}

/// The value of a string literal, quotes included in `literal`.
pub(crate) fn decode_string(literal: &str) -> Decoded<'_> {
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or("");
    if !inner.as_bytes().contains(&b'\\') {
        return Decoded::AsWritten(inner);
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
    Decoded::Unescaped(decoded)
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

/// The sign and the magnitude of a literal that says a whole number (`1000`, `0x3E8`, `1e3`, `1000.0`),
/// up to 128 bits. The digits decide, not a double: `0.99999999999999999999` is not 1.
pub(crate) fn decode_integer(literal: &str) -> Option<(bool, u128)> {
    let (negative, digits) = sign(literal);
    let magnitude = match hexadecimal(digits) {
        Some(hex) => u128::from_str_radix(hex, 16),
        // `parse` would take a second sign.
        None if digits.bytes().all(|b| b.is_ascii_digit()) => match digits.parse::<u64>() {
            Ok(small) => return Some((negative, small.into())),
            Err(_) => digits.parse(),
        },
        None => return Some((negative, whole(digits)?)),
    };
    Some((negative, magnitude.ok()?))
}

/// The whole number that decimal digits with a fraction or an exponent stand for.
fn whole(literal: &str) -> Option<u128> {
    let (digits, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let (mut value, mut zeros) = (0_u128, 0_u32);
    for digit in before.chars().chain(after.chars()) {
        match digit.to_digit(10)? {
            // Zeros count when a digit follows: those at the end may only be there for the point.
            0 => zeros += 1,
            digit if value == 0 => (value, zeros) = (digit.into(), 0),
            digit => {
                value = value.checked_mul(10_u128.checked_pow(zeros + 1)?)?.checked_add(digit.into())?;
                zeros = 0;
            }
        }
    }
    if value == 0 {
        return Some(0);
    }
    let places = exponent.parse::<i64>().ok()?.checked_add(zeros.into())?;
    let places = places.checked_sub(i64::try_from(after.len()).ok()?)?;
    value.checked_mul(10_u128.checked_pow(u32::try_from(places).ok()?)?)
}

/// The nearest double, as JavaScript has it: `1e400` is infinite.
pub(crate) fn decode_float(literal: &str) -> f64 {
    let (negative, digits) = sign(literal);
    let magnitude = match hexadecimal(digits) {
        Some(hex) => hexadecimal_float(hex),
        // Signs are ours: the parser reads `-0` as 0.
        None => ::json5::from_str(digits).unwrap_or(f64::NAN),
    };
    if negative { -magnitude } else { magnitude }
}

/// Of any length: digits behind the first 128 bits count as a place and as not being zero, which is all
/// that rounding needs. The parser refuses such a number, JavaScript has it.
fn hexadecimal_float(digits: &str) -> f64 {
    let digits = digits.trim_start_matches('0');
    let (first, rest) = digits.split_at(digits.len().min(32));
    let first = u128::from_str_radix(first, 16).unwrap_or(0);
    let rounded = first | u128::from(rest.bytes().any(|digit| digit != b'0'));
    rounded as f64 * 16_f64.powi(i32::try_from(rest.len()).unwrap_or(i32::MAX))
}

fn sign(literal: &str) -> (bool, &str) {
    match literal.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, literal.strip_prefix('+').unwrap_or(literal)),
    }
}

fn hexadecimal(digits: &str) -> Option<&str> {
    digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
            assert_eq!(*decode_string(literal), ::json5::from_str::<String>(literal).unwrap(), "{literal}");
        }
        assert!(matches!(decode_string("'plain'"), Decoded::AsWritten("plain")));
    }

    #[test]
    fn long_hexadecimal_numbers_are_what_javascript_has() {
        for (literal, value) in [
            ("0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", 3.741_444_191_567_111_5e50),
            ("-0x00000000000000000000000000000000000000000001", -1.0),
            ("0x100000000000008000000000000000000000000000000001", 3.923_188_584_616_676e56),
            ("0x100000000000008000000000000000000000000000000000", 3.923_188_584_616_675_5e56),
        ] {
            assert_eq!(decode_float(literal), value, "{literal}");
        }
        assert_eq!(decode_float(&format!("0x{}", "F".repeat(300))), f64::INFINITY);
        assert!(decode_float("-0x0").is_sign_negative());
    }

    #[test]
    fn whole_numbers_are_known_by_their_digits() {
        let most = u128::from(u64::MAX);
        for (literal, value) in [
            ("1e3", Some((false, 1000))),
            ("-1.50e1", Some((true, 15))),
            ("100e-2", Some((false, 1))),
            ("5.", Some((false, 5))),
            ("-.0", Some((true, 0))),
            ("0e-99999999999999999999", Some((false, 0))),
            ("0.0000000000000000000000000000000000000000001e43", Some((false, 1))),
            ("9007199254740993.0", Some((false, 9_007_199_254_740_993))),
            ("1.8446744073709551615E+19", Some((false, most))),
            ("9007199254740992.5", None),
            ("0.99999999999999999999", None),
            ("1e-400", None),
            (".5", None),
            ("1e39", None),
            ("1e99999999999999999999", None),
            ("Infinity", None),
            ("-NaN", None),
        ] {
            assert_eq!(decode_integer(literal), value, "{literal}");
        }
    }

    proptest! {
        #[test]
        fn every_string_survives_its_escaping(text in ".*") {
            let literal = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(&*decode_string(&literal), &text);
        }

        #[test]
        fn every_string_of_the_grammar_reads_as_the_parser_reads_it(body in r#"(\\[nrtbfv0'"\\/q]|\\x[0-9a-f]{2}|\\u[0-9a-c][0-9a-f]{3}|[a-z \u{e9}-\u{ff}]){0,20}"#) {
            let literal = format!("'{body}'");
            // `\0` before a digit is no JSON5; the scanner refuses it before.
            if let Ok(expected) = ::json5::from_str::<String>(&literal) {
                prop_assert_eq!(&*decode_string(&literal), &expected);
            }
        }

        #[test]
        fn every_number_of_the_grammar_reads_as_the_parser_reads_it(literal in r"[+-]?(0|[1-9][0-9]{0,40}|0[xX][0-9a-fA-F]{1,31}|(0|[1-9][0-9]{0,20})\.[0-9]{0,20}|\.[0-9]{1,20})([eE][+-]?[0-9]{1,3})?|[+-]?(Infinity|NaN)") {
            // A hexadecimal literal may end in what looks like an exponent with a sign.
            if let Ok(expected) = ::json5::from_str::<f64>(&literal) {
                let float = decode_float(&literal);
                prop_assert!(float == expected || (float.is_nan() && expected.is_nan()), "{literal}: {float} {expected}");
                let whole = decode_integer(&literal).and_then(|(negative, magnitude)| {
                    let magnitude = i128::try_from(magnitude).ok()?;
                    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
                });
                // The parser takes no fraction and no exponent for an integer.
                if !literal.contains('.') && (literal.contains(['x', 'X']) || !literal.contains(['e', 'E'])) {
                    prop_assert_eq!(whole, ::json5::from_str::<i64>(&literal).ok(), "{}", literal);
                }
            }
        }
    }
}
