//! From the text of a number to its value. The scanner has checked the grammar before.

use super::value::Number;
use crate::json5::{decode_float, decode_integer};

/// The value of a number literal: exact for whole numbers that fit 64 bits, however they are written,
/// else the nearest double, as JavaScript has it (`1e400` is infinite).
pub(super) fn number(literal: &str) -> Number {
    let exact = decode_integer(literal).and_then(|(negative, magnitude)| {
        // No integer says minus zero, which JavaScript tells from zero.
        if negative && magnitude == 0 {
            return None;
        }
        let magnitude = i128::try_from(magnitude).ok()?;
        let value = if negative { -magnitude } else { magnitude };
        i64::try_from(value).map(Number::Int).or_else(|_| u64::try_from(value).map(Number::Uint)).ok()
    });
    exact.unwrap_or_else(|| Number::Float(decode_float(literal)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_where_they_can_be() {
        for (literal, value) in [
            ("0", Number::Int(0)),
            ("+7", Number::Int(7)),
            ("-0", Number::Float(-0.0)),
            ("-0x1F", Number::Int(-31)),
            ("-9223372036854775808", Number::Int(i64::MIN)),
            ("18446744073709551615", Number::Uint(u64::MAX)),
            ("0xFFFFFFFFFFFFFFFF", Number::Uint(u64::MAX)),
            ("18446744073709551616", Number::Float(18_446_744_073_709_551_616.0)),
            ("-0xFFFFFFFFFFFFFFFF", Number::Float(-18_446_744_073_709_551_616.0)),
            (".5", Number::Float(0.5)),
            ("5.", Number::Int(5)),
            ("1e3", Number::Int(1000)),
            ("-0.0", Number::Float(-0.0)),
            ("9007199254740993.0", Number::Int(9_007_199_254_740_993)),
            ("0.99999999999999999999", Number::Float(1.0)),
            ("1e-400", Number::Float(0.0)),
            ("1e400", Number::Float(f64::INFINITY)),
            ("-Infinity", Number::Float(f64::NEG_INFINITY)),
        ] {
            assert_eq!(number(literal), value, "{literal}");
        }
        assert!(number("-0").as_f64().is_sign_negative());
        assert!(matches!(number("NaN"), Number::Float(x) if x.is_nan()));
    }
}
