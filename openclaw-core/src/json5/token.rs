//! The words of the language: white space, comments, keys, strings, numbers.

use std::collections::HashMap;

use serde::de::IgnoredAny;

use super::scan::{Scan, Scanner};
use super::{Kind, SyntaxErrorKind, decode_string};

impl Scanner<'_> {
    /// White space and comments.
    pub(super) fn skip(&mut self) -> Scan<()> {
        loop {
            match self.byte() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') => self.comment()?,
                Some(0x0b | 0x0c) => {
                    self.strict = false;
                    self.at += 1;
                }
                Some(byte) if !byte.is_ascii() => match self.char() {
                    Some(c) if is_space(c) => {
                        self.strict = false;
                        self.at += c.len_utf8();
                    }
                    _ => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Scan<()> {
        self.strict = false;
        let start = self.at;
        let rest = self.text.get(start + 1..).unwrap_or("");
        if rest.starts_with('/') {
            // `\u{2028}` and `\u{2029}` start with this byte; so do others, and a look at the character tells.
            let stop = |from: usize| rest.bytes().skip(from).position(|b| matches!(b, b'\n' | b'\r' | 0xe2));
            let mut line = 0;
            while let Some(found) = stop(line) {
                line += found;
                if rest.get(line..).is_some_and(|rest| rest.starts_with(['\n', '\r', '\u{2028}', '\u{2029}'])) {
                    self.at = start + 1 + line;
                    return Ok(());
                }
                line += 1;
            }
            self.at = self.text.len();
            Ok(())
        } else if let Some(body) = rest.strip_prefix('*') {
            let end = body.find("*/").ok_or_else(|| self.unclosed("comment", start))?;
            self.at = start + 2 + end + 2;
            Ok(())
        } else {
            Err(self.fail(SyntaxErrorKind::Expected("a comment after `/`")))
        }
    }

    pub(super) fn word(&mut self) -> Scan<Kind> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let words: [(&str, Kind, bool); 5] = [
            ("null", Kind::Null, true),
            ("true", Kind::Bool(true), true),
            ("false", Kind::Bool(false), true),
            ("Infinity", Kind::Number, false),
            ("NaN", Kind::Number, false),
        ];
        for (word, kind, strict) in words {
            if let Some(after) = rest.strip_prefix(word) {
                if after.chars().next().is_some_and(goes_on) {
                    break;
                }
                self.strict &= strict;
                self.at += word.len();
                return Ok(kind);
            }
        }
        Err(self.fail(SyntaxErrorKind::Expected("a value")))
    }

    pub(super) fn key(&mut self) -> Scan<String> {
        let start = self.at;
        if let Some(b'"' | b'\'') = self.byte() {
            self.string()?;
            return Ok(decode_string(self.slice(start..self.at)).to_owned());
        }
        self.identifier()
    }

    /// An unquoted key. Beyond ASCII, and where escapes stand, the parser behind the scanner is asked:
    /// what a letter is depends on the version of Unicode, and the two must not disagree.
    fn identifier(&mut self) -> Scan<String> {
        self.strict = false;
        let start = self.at;
        let mut plain = true;
        self.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'));
        while let Some(c) = self.char().filter(|c| goes_on(*c)) {
            plain &= c.is_ascii() && c != '\\';
            self.at += c.len_utf8();
            if c == '\\' {
                if self.byte() != Some(b'u') {
                    return Err(self.fail_at(self.at - 1, SyntaxErrorKind::Escape));
                }
                self.at += 1;
                self.hex(4)?;
            }
        }
        let name = self.slice(start..self.at);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.fail_at(start, SyntaxErrorKind::Expected("a key")));
        }
        if plain {
            return Ok(name.to_owned());
        }
        let object: Result<HashMap<String, IgnoredAny>, _> = ::json5::from_str(&format!("{{{name}:0}}"));
        let key = object.ok().and_then(|object| object.into_keys().next());
        key.ok_or_else(|| self.fail_at(start, SyntaxErrorKind::Expected("a key (put it in quotes)")))
    }

    pub(super) fn string(&mut self) -> Scan<()> {
        let start = self.at;
        let Some(quote) = self.byte() else { return Err(self.unclosed("string", start)) };
        self.strict &= quote == b'"';
        self.at += 1;
        loop {
            self.run(|byte| byte != quote && byte != b'\\' && byte >= 0x20);
            match self.byte() {
                None => return Err(self.unclosed("string", start)),
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\n' | b'\r') => return Err(self.fail(SyntaxErrorKind::LineBreakInString)),
                Some(b'\\') => self.escape(start)?,
                Some(_) => {
                    self.strict = false;
                    self.at += 1;
                }
            }
        }
    }

    /// Goes on over bytes of one sort, which must end at the start of a character.
    fn run(&mut self, sort: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
        self.at += rest.iter().position(|byte| !sort(*byte)).unwrap_or(rest.len());
    }

    fn escape(&mut self, string: usize) -> Scan<()> {
        self.at += 1;
        let Some(c) = self.char() else { return Err(self.unclosed("string", string)) };
        let start = self.at;
        self.at += c.len_utf8();
        match c {
            '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {}
            'u' => {
                let unit = self.hex(4)?;
                if matches!(unit, 0xdc00..=0xdfff) {
                    return Err(self.fail_at(start - 1, SyntaxErrorKind::Surrogate));
                }
                if matches!(unit, 0xd800..=0xdbff) {
                    let paired = self.slice(self.at..self.at + 2) == "\\u";
                    self.at += if paired { 2 } else { 0 };
                    if !paired || !matches!(self.hex(4)?, 0xdc00..=0xdfff) {
                        return Err(self.fail_at(start - 1, SyntaxErrorKind::Surrogate));
                    }
                }
            }
            other => {
                self.strict = false;
                match other {
                    'x' => {
                        self.hex(2)?;
                    }
                    '0' if self.byte().is_some_and(|b| b.is_ascii_digit()) => {
                        return Err(self.fail_at(start - 1, SyntaxErrorKind::Escape));
                    }
                    '1'..='9' => return Err(self.fail_at(start - 1, SyntaxErrorKind::Escape)),
                    '\r' if self.byte() == Some(b'\n') => self.at += 1,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn hex(&mut self, digits: usize) -> Scan<u32> {
        let text = self.text.get(self.at..self.at + digits);
        let value =
            text.filter(|t| t.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|t| u32::from_str_radix(t, 16).ok());
        let value = value.ok_or_else(|| self.fail(SyntaxErrorKind::Escape))?;
        self.at += digits;
        Ok(value)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        self.run(|byte| byte.is_ascii_digit());
        self.at - start
    }

    pub(super) fn number(&mut self) -> Scan<Kind> {
        let start = self.at;
        let negative = self.byte() == Some(b'-');
        if let Some(b'+' | b'-') = self.byte() {
            self.strict &= negative;
            self.at += 1;
        }
        let rest = self.text.get(self.at..).unwrap_or("");
        if let Some(word) = ["Infinity", "NaN"].into_iter().find(|word| rest.starts_with(word)) {
            self.strict = false;
            self.at += word.len();
        } else if rest.starts_with("0x") || rest.starts_with("0X") {
            self.strict = false;
            self.at += 2;
            let first = self.at;
            self.run(|byte| byte.is_ascii_hexdigit());
            // The parser keeps hexadecimal numbers in 128 bits and refuses longer ones.
            let most = if negative { i128::MIN.unsigned_abs() } else { u128::MAX };
            if !u128::from_str_radix(self.slice(first..self.at), 16).is_ok_and(|number| number <= most) {
                return Err(self.fail_at(start, SyntaxErrorKind::Number));
            }
        } else {
            let zero = self.byte() == Some(b'0');
            let whole = self.digits();
            let mut valid = !(zero && whole > 1);
            self.strict &= whole > 0;
            if self.byte() == Some(b'.') {
                self.at += 1;
                let fraction = self.digits();
                self.strict &= fraction > 0;
                valid &= whole + fraction > 0;
            } else {
                valid &= whole > 0;
            }
            if let Some(b'e' | b'E') = self.byte() {
                self.at += 1;
                if let Some(b'+' | b'-') = self.byte() {
                    self.at += 1;
                }
                valid &= self.digits() > 0;
            }
            if !valid {
                return Err(self.fail_at(start, SyntaxErrorKind::Number));
            }
        }
        if self.char().is_some_and(|c| goes_on(c) || c == '.') {
            return Err(self.fail_at(start, SyntaxErrorKind::Number));
        }
        Ok(Kind::Number)
    }
}

/// White space of JSON5 beyond ASCII: ES5's list plus the category Zs.
pub(super) const fn is_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

/// Whether a word that stands before this character is not over yet.
const fn goes_on(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '$' | '_' | '\\') || (!c.is_ascii() && !is_space(c))
}
