use super::*;

fn shape(text: &str) -> Result<String, String> {
    fn show(node: &Node, text: &str) -> String {
        match &node.kind {
            Kind::Array(elements) => {
                format!("[{}]", elements.iter().map(|e| show(e, text)).collect::<Vec<_>>().join(","))
            }
            Kind::Object(members) => {
                let parts: Vec<_> = members.iter().map(|m| format!("{}={}", m.key, show(&m.value, text))).collect();
                format!("{{{}}}", parts.join(","))
            }
            _ => node.text(text).to_owned(),
        }
    }
    scan(text, &Limits::default()).map(|d| show(&d.root, text)).map_err(|e| e.to_string())
}

#[test]
fn shapes() {
    for (text, expected) in [
        ("{a:1,'b':[2,3,],\"c\":{}}", "{a=1,b=[2,3],c={}}"),
        ("/* x */ [ // y\n 1 ]", "[1]"),
        ("\u{feff}{\\u0061b: +Infinity}", "{ab=+Infinity}"),
        ("{'a\\tb':-.5e-3}", "{a\tb=-.5e-3}"),
        ("'a\\\r\nb'", "'a\\\r\nb'"),
        ("0xFf", "0xFf"),
        ("5.", "5."),
        // The ends of both halves of a pair.
        (
            "'\\ud800\\udc00\\ud800\\udfff\\udbff\\udc00\\udbff\\udfff'",
            "'\\ud800\\udc00\\ud800\\udfff\\udbff\\udc00\\udbff\\udfff'",
        ),
        ("'\\ud7ff\\ue000'", "'\\ud7ff\\ue000'"),
    ] {
        assert_eq!(shape(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn errors_say_what_and_where() {
    for (text, expected) in [
        ("", "expected a value at 1:1"),
        ("{a 1}", "expected `:` after the key at 1:4"),
        ("{a:1 b:2}", "expected `,` or `}` at 1:6"),
        ("[1,,2]", "expected a value at 1:4"),
        ("{,}", "expected a key at 1:2"),
        ("[1", "the array opened at 1:1 is not closed at 1:3"),
        ("{\n a: 'x", "the string opened at 2:5 is not closed at 2:7"),
        ("/* x", "the comment opened at 1:1 is not closed at 1:5"),
        ("'a\nb'", "a string must not span lines (end the line with a backslash) at 1:3"),
        ("'\\u12'", "invalid escape sequence at 1:4"),
        ("'\\1'", "invalid escape sequence at 1:2"),
        ("'\\ud800'", "a lone surrogate is no character at 1:2"),
        ("010", "invalid number at 1:1"),
        ("- -1", "invalid number at 1:1"),
        ("1 2", "expected the end of the text at 1:3"),
        ("nullx", "expected a value at 1:1"),
        ("[1 / 2]", "expected a comment after `/` at 1:4"),
        ("{1a: 1}", "expected a key at 1:2"),
        ("{á: 1, €: 2}", "expected a key (put it in quotes) at 1:9"),
        ("{\\x61: 1}", "invalid escape sequence at 1:2"),
        ("{a\\u00: 1}", "invalid escape sequence at 1:5"),
        ("[0x]", "invalid number at 1:2"),
        ("-0x80000000000000000000000000000001", "invalid number at 1:1"),
        ("'\\ud83d\\u😀'", "invalid escape sequence at 1:10"),
        ("'\\udc00'", "a lone surrogate is no character at 1:2"),
        ("'\\udfff\\udfff'", "a lone surrogate is no character at 1:2"),
        ("'\\udbff\\udbff'", "a lone surrogate is no character at 1:2"),
        ("'\\ud83d\\ue000'", "a lone surrogate is no character at 1:2"),
        ("'\\ud83d😀'", "a lone surrogate is no character at 1:2"),
    ] {
        assert_eq!(shape(text).unwrap_err(), expected, "{text:?}");
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(shape(&nested(100)).is_ok());
    assert_eq!(shape(&nested(101)).unwrap_err(), "nested deeper than 100 levels at 1:101");
    assert!(shape(&"{a:".repeat(100_000)).unwrap_err().contains("nested deeper"));
    let limits = Limits { bytes: 4, ..Limits::default() };
    assert_eq!(scan("[1,2]", &limits).unwrap_err().kind, SyntaxErrorKind::TooLarge(4));
    assert_eq!(scan("'aéé'", &limits).unwrap_err().position.to_string(), "1:4");
}

#[test]
fn no_limit_is_deep_enough_to_end_the_process() {
    let limits = Limits { depth: usize::MAX, ..Limits::default() };
    let nested = |n: usize| format!("{}0{}", "{a:[".repeat(n), "]}".repeat(n));
    assert!(scan(&nested(128), &limits).is_ok());
    assert!(::json5::from_str::<serde::de::IgnoredAny>(&nested(128)).is_ok());
    assert_eq!(scan(&nested(100_000), &limits).unwrap_err().kind, SyntaxErrorKind::TooDeep(256));
}

#[test]
fn duplicates_and_strictness_are_reported() {
    let document = scan("{a:1, 'a':2}", &Limits::default()).unwrap();
    assert_eq!(document.duplicates, [Duplicate { key: "a".into(), ignored: 1..2, kept: 6..9 }]);
    assert_eq!(document.root.get("a").map(|n| n.span.clone()), Some(10..11));
    for others in [0, 20] {
        let others: String = (0..others).map(|n| format!("x{n}: 0, ")).collect();
        let text = format!("{{{others}a: 1, b: 2, a: 3, a: 4}}");
        let document = scan(&text, &Limits::default()).unwrap();
        let at = |span: &Range<usize>| span.start - others.len();
        let found: Vec<_> = document.duplicates.iter().map(|d| (d.key.as_str(), at(&d.ignored), at(&d.kept))).collect();
        assert_eq!(found, [("a", 1, 13), ("a", 13, 19)]);
    }
    let strict = |text: &str| scan(text, &Limits::default()).unwrap().strict_json;
    assert!(strict("{\"a\": [1, -2.5e3, null, \"\\u00e9\"]}\n"));
    for text in ["{a:1}", "[1,]", "['x']", "[+1]", "[.5]", "[5.]", "// c\n1", "NaN", "\u{feff}1", "'\\x41'"] {
        assert!(!strict(text), "{text}");
    }
}
