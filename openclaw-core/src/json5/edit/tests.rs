use super::*;

fn path(text: &str) -> Path {
    if text.is_empty() { Path::root() } else { text.parse().unwrap() }
}

fn set_in(text: &str, at: &str, value: &str) -> Result<String, EditError> {
    edit(text, &[Edit::set(path(at), value)], &Limits::default()).map(|text| text.to_string())
}

fn unset_in(text: &str, at: &str) -> Result<String, EditError> {
    edit(text, &[Edit::unset(path(at))], &Limits::default()).map(|text| text.to_string())
}

#[track_caller]
fn sets(text: &str, at: &str, value: &str, expected: &str) {
    assert_eq!(set_in(text, at, value).as_deref(), Ok(expected), "{text:?} {at} = {value:?}");
}

#[track_caller]
fn unsets(text: &str, at: &str, expected: &str) {
    assert_eq!(unset_in(text, at).as_deref(), Ok(expected), "{text:?} without {at}");
}

#[test]
fn a_value_is_replaced_in_its_place() {
    sets("{a: 1, // one\n b: [2, '3']}", "b[1]", "\"drei\"", "{a: 1, // one\n b: [2, \"drei\"]}");
    sets("{a: /* x */ 1 /* y */}", "a", " /* z */ 2 // w\n", "{a: /* x */ 2 /* y */}");
    sets("\u{feff}// c\n1 // d\n", "", "{\n b: 1}", "\u{feff}// c\n{\n b: 1} // d\n");
    sets(
        "{\r\n\ta: 1\r\n}\r\n",
        "a",
        "{\n  \"b\": [\n    1\n  ]\n}",
        "{\r\n\ta: {\r\n\t\t\"b\": [\r\n\t\t\t1\r\n\t\t]\r\n\t}\r\n}\r\n",
    );
    sets("{\n    a: 1\n}", "a", "{\n  b: 'x\\\n  y'\n}", "{\n    a: {\n        b: 'x\\\n  y'\n    }\n}");
}

#[test]
fn one_line_stays_one_line() {
    sets(r#"{"a":1}"#, "b.c", "[\n  1,\n  {\n    \"d\": \"x y\"\n  }\n]", r#"{"a":1,"b":{"c":[1,{"d":"x y"}]}}"#);
    sets("{ a: 1 }\n", "b.c", "[\n  1,\n  {\n    d: 2\n  }\n]", "{ a: 1, b: { c: [1, { d: 2 }] } }\n");
    sets("{a: 1 /* one */, }", "b", "2", "{a: 1 /* one */, b: 2, }");
    sets("{a: 1 /* one */}", "b", "2", "{a: 1, /* one */ b: 2}");
    sets("[1,2]", "[2]", "3", "[1,2,3]");
    sets("[1, 2,]", "[2]", "3", "[1, 2, 3,]");
    sets("{a:{}}", "a.b", "2", "{a:{b:2}}");
    sets("{a:1}", "b", "{ // c\n  d: 1 }", "{a:1,b:{ // c\nd: 1 }}");
    sets("{a: [ ]}", "a[0].b", "1", "{a: [{b: 1}]}");
}

#[test]
fn a_member_goes_to_the_end_on_its_own_line() {
    sets("{\n  a: 1\n}\n", "b", "2", "{\n  a: 1,\n  b: 2\n}\n");
    sets("{\n  a: 1, // one\n  // end\n}\n", "b", "2", "{\n  a: 1, // one\n  b: 2,\n  // end\n}\n");
    sets("{\n  a: 1 // one\n}\n", "b", "2", "{\n  a: 1, // one\n  b: 2\n}\n");
    sets("{\n  a: 1 /* on\ne */ }\n", "b", "2", "{\n  a: 1, /* on\ne */\n  b: 2 }\n");
    sets("{a: 1 // one\n}", "b", "2", "{a: 1, // one\n  b: 2\n}");
    sets(
        "{\n\ta: {\n\t\tb: 1\n\t}\n}",
        "a.c[0].d",
        "[\n  1\n]",
        "{\n\ta: {\n\t\tb: 1,\n\t\tc: [\n\t\t\t{\n\t\t\t\td: [\n\t\t\t\t\t1\n\t\t\t\t]\n\t\t\t}\n\t\t]\n\t}\n}",
    );
    sets("{\r\n    a: 1,\r\n}\r\n", "b.c", "2", "{\r\n    a: 1,\r\n    b: {\r\n        c: 2\r\n    },\r\n}\r\n");
    sets("[\n  {a: 1},\n  {a: 2}\n]", "[2]", "{a: 3}", "[\n  {a: 1},\n  {a: 2},\n  {a: 3}\n]");
    sets("{\n  a: 1\n  , b: 2\n}", "c", "3", "{\n  a: 1\n  , b: 2,\n  c: 3\n}");
    sets("// \u{2028}{a: 1 // x\u{2028}}", "b", "2", "// \u{2028}{a: 1, // x\n  b: 2\u{2028}}");
}

#[test]
fn an_empty_container_opens_up() {
    sets("{}", "a.b", "1", "{\n  \"a\": {\n    \"b\": 1\n  }\n}");
    sets("{ /* none */ }\n", "a", "1", "{ /* none */\n  a: 1\n}\n");
    sets("{\n  // none yet\n}\n", "a", "1", "{\n  // none yet\n  a: 1\n}\n");
    sets(
        "{\n    a: {},\n    b: { c: [] }\n}\n",
        "a.x",
        "1",
        "{\n    a: {\n        x: 1\n    },\n    b: { c: [] }\n}\n",
    );
    sets("{\n    a: {},\n    b: { c: [] }\n}\n", "b.c[0]", "1", "{\n    a: {},\n    b: { c: [1] }\n}\n");
    sets("{a: {/* x */}}", "a.b", "1", "{a: {/* x */ b: 1}}");
}

#[test]
fn keys_look_like_their_siblings() {
    sets("{a: 1}", "b-c", "2", "{a: 1, \"b-c\": 2}");
    sets("{a: '1'}", "b-c", "2", "{a: '1', 'b-c': 2}");
    sets("{'a': 1}", "b", "2", "{'a': 1, 'b': 2}");
    sets("{'a': 1}", "it's", "2", "{'a': 1, 'it\\'s': 2}");
    sets("{'a b': 1, c: 2}", "d.e f", "2", "{'a b': 1, c: 2, d: {'e f': 2}}");
    sets("{\"a\" : 1}", "é", "2", "{\"a\" : 1, \"é\" : 2}");
    sets("{a: 1}", "é", "2", "{a: 1, \"é\": 2}");
}

#[test]
fn strict_json_stays_strict() {
    sets("{\"a\": [1]}\n", "b.c", "\"x\"", "{\"a\": [1], \"b\": {\"c\": \"x\"}}\n");
    for (value, written) in [
        ("'x'", "\"x\""),
        ("{a: 1}", "{\"a\": 1}"),
        ("[1,]", "[1]"),
        ("+1", "1"),
        ("-0x10", "-16"),
        ("{\"a\": 1 /* c */}", "{\"a\": 1}"),
    ] {
        sets("{\"a\": 1}", "a", value, &format!("{{\"a\": {written}}}"));
    }
    for value in ["NaN", "[-Infinity]"] {
        assert_eq!(set_in("{\"a\": 1}", "a", value), Err(EditError::NotStrict { path: path("a") }), "{value}");
    }
    sets("{\"a\": 1}", "a", "// around\n2", "{\"a\": 2}");
    unsets("{\"a\": 1, \"b\": 2}", "b", "{\"a\": 1}");
    unsets("[\n  1,\n  2\n]", "[1]", "[\n  1\n]");
}

#[test]
fn a_text_takes_the_quotes_around_it() {
    for (before, place, after) in [
        ("{a: 'x', b: \"y\"}", "a", "{a: 'it\\'s', b: \"y\"}"),
        ("{a: 'x', b: \"y\"}", "b", "{a: 'x', b: \"it's\"}"),
        ("{a: ['x'], b: {c: 1}}", "b.d", "{a: ['x'], b: {c: 1, d: 'it\\'s'}}"),
        ("{'a': 1}", "a", "{'a': 'it\\'s'}"),
        ("{a: 1}", "a", "{a: \"it's\"}"),
        ("{\"a\": 1}", "a", "{\"a\": \"it's\"}"),
    ] {
        let edited = edit(before, &[Edit::text(path(place), "it's")], &Limits::default()).unwrap();
        assert_eq!(*edited, after, "{before}");
    }
}

#[test]
fn a_member_leaves_with_its_line() {
    unsets("{\n  // a\n  a: 1, // one\n  // b\n  b: 2,\n}", "a", "{\n  // a\n  // b\n  b: 2,\n}");
    unsets("{\n  a: 1,\n  b: 2 // two\n}", "b", "{\n  a: 1\n}");
    unsets("{\n  a: 1, // one\n  b: 2 // two\n}", "b", "{\n  a: 1 // one\n}");
    unsets("{\n  a: 1,\n  b: {\n    c: 2\n  },\n  d: 3\n}", "b", "{\n  a: 1,\n  d: 3\n}");
    unsets("{\n  a: 1,\n  b: 2 }", "b", "{\n  a: 1\n  }");
    unsets("{\n  a: 1, b: 2,\n  c: 3\n}", "a", "{\n  b: 2,\n  c: 3\n}");
    unsets("{\n  a: 1, b: 2, // both\n  c: 3\n}", "b", "{\n  a: 1,\n  c: 3\n}");
    unsets("{\r\n\ta: 1,\r\n\tb: 2,\r\n}", "a", "{\r\n\tb: 2,\r\n}");
    unsets("{\n  a: 1\n  , b: 2\n  , c: 3\n}", "b", "{\n  a: 1\n  , c: 3\n}");
    unsets("{\n  a: 1\n  , b: 2\n  , c: 3\n}", "c", "{\n  a: 1\n  , b: 2\n}");
    unsets("{\n  a: 1\n  , b: 2\n}", "a", "{\n  b: 2\n}");
    unsets("{\n  a: 1 // one\n  // two\n  , b: 2\n}", "a", "{\n  // two\n  b: 2\n}");
    unsets("{a: 1, // x\u{2028}b: 2}", "b", "{a: 1 // x\u{2028}}");
    unsets("{\n  /* x\n  */ a: 1,\n  b: 2\n}", "a", "{\n  /* x\n  */\n  b: 2\n}");
    unsets("{\n  /* one */ a: 1,\n  b: 2\n}", "a", "{\n  b: 2\n}");
    unsets("{\n  a: 1, /* x\n  */ b: 2\n}", "a", "{\n  /* x\n  */ b: 2\n}");
}

#[test]
fn blank_lines_do_not_pile_up() {
    unsets("{\n  a: 1,\n\n  b: 2,\n\n  c: 3\n}", "b", "{\n  a: 1,\n\n  c: 3\n}");
    unsets("{\n  a: 1,\n\n  b: 2,\n}", "a", "{\n  b: 2,\n}");
    unsets("{\n  a: 1,\n\n  b: 2,\n}", "b", "{\n  a: 1,\n}");
    unsets("{\r\n  a: 1,\r\n\r\n  b: 2\r\n}", "b", "{\r\n  a: 1\r\n}");
    unsets("{\n  a: 1,\n\n  b: 2,\n  c: 3\n}", "b", "{\n  a: 1,\n\n  c: 3\n}");
    unsets("{\n  // head\n\n  a: 1,\n\n  // foot\n}", "a", "{\n  // head\n\n  // foot\n}");
}

#[test]
fn members_leave_a_line_in_order() {
    unsets("{a: 1, b: 2, c: 3}", "a", "{b: 2, c: 3}");
    unsets("{ a: 1, b: 2, c: 3 }", "b", "{ a: 1, c: 3 }");
    unsets("{ a: 1, b: 2, c: 3 }", "c", "{ a: 1, b: 2 }");
    unsets("[1, 2,]", "[1]", "[1,]");
    unsets("[1,2]", "[0]", "[2]");
    unsets("[1, /* two */ 2, /* three */ 3]", "[1]", "[1, /* three */ 3]");
    unsets("[1 /* one */, 2 /* two */]", "[1]", "[1 /* one */]");
    unsets("[1 /* one */, 2 /* two */]", "[0]", "[2 /* two */]");
}

#[test]
fn the_last_member_leaves_a_sane_object() {
    for (text, expected) in [
        ("{a: 1}", "{}"),
        ("{ a: 1, }", "{}"),
        ("{\n  a: 1, // one\n}", "{}"),
        ("{\n\n  a: 1 }", "{}"),
        ("{\n  // kept\n  a: 1,\n}", "{\n  // kept\n}"),
        ("{ // kept\n  a: 1\n}", "{ // kept\n}"),
        ("{a: 1\n, // kept\n}", "{\n// kept\n}"),
        ("{x: {a: 1}}", "{x: {a: 1}}"),
    ] {
        unsets(text, "a", expected);
    }
    unsets("{x: {a: 1}}", "x.a", "{x: {}}");
}

#[test]
fn what_is_not_there_is_not_removed() {
    let text = "\u{feff}{a: [1], /* c */ }\r\n";
    for at in ["b", "a.b", "a[1]", "a[0].c", "[0]", "b.c.d"] {
        unsets(text, at, text);
    }
    assert_eq!(unset_in(text, ""), Err(EditError::Root));
}

#[test]
fn refusals_name_the_place() {
    let text = "{a: 'sk-secret', b: [1], c: 1, c: 2, d: {}, e: null}";
    for (at, message) in [
        ("a.b.c", "cannot set a.b.c: a is of type string, not object"),
        ("a[0]", "cannot set a[0]: a is of type string, not array"),
        ("b.x", "cannot set b.x: b is of type array, not object"),
        ("d[0]", "cannot set d[0]: d is of type object, not array"),
        ("[0]", "cannot set [0]: the whole document is of type object, not array"),
        ("b[2]", "cannot set b[2]: b has 1 elements"),
        ("d.x[1]", "cannot set d.x[1]: d.x has 0 elements"),
        ("c", "cannot edit c: the key stands more than once there, remove all but one by hand"),
        ("c.x", "cannot edit c: the key stands more than once there, remove all but one by hand"),
        ("e.x", "cannot set e.x: e is of type null, not object"),
    ] {
        assert_eq!(set_in(text, at, "1").unwrap_err().to_string(), message);
    }
    assert_eq!(unset_in(text, "c"), Err(EditError::Duplicate { path: path("c") }));
    assert!(matches!(set_in("{", "a", "1"), Err(EditError::Text(_))));
    for value in ["", "sk-secret", "1 2", "1, b: 2", "1} //"] {
        let error = set_in(text, "d", value).unwrap_err();
        assert!(matches!(error, EditError::Value { .. }) && !format!("{error:?}").contains("secret"), "{value}");
    }
}

#[test]
fn limits_hold_for_the_result() {
    let limits = Limits { depth: 3, bytes: 20 };
    let set = |at: &str, value: &str| edit("{a: {}}", &[Edit::set(path(at), value)], &limits).map(|_| ());
    assert!(set("a.b", "[1]").is_ok());
    for (at, value) in [("a.b", "[[1]]"), ("a.b.c.d", "1"), ("a.b", "'123456789012'")] {
        assert!(matches!(set(at, value), Err(EditError::Limit { .. })), "{at} {value}");
    }
    let long = Path::keys((0..100_000).map(|n| n.to_string()));
    let error = edit("{}", &[Edit::set(long, "1")], &Limits::default()).unwrap_err();
    assert!(matches!(error, EditError::Limit { .. }));
}

#[test]
fn edits_see_the_ones_before_them() {
    let edits = [
        Edit::set(path("a"), "[1]"),
        Edit::set(path("a[1].b"), "2"),
        Edit::unset(path("a[0]")),
        Edit::set(path("a[0].b"), "3"),
        Edit::unset(path("x")),
    ];
    assert_eq!(*edit("{x: 1}", &edits, &Limits::default()).unwrap(), "{a: [{b: 3}]}");
    assert!(edit("{x: 1}", &[Edit::unset(path("x")), Edit::set(path("y[1]"), "1")], &Limits::default()).is_err());
}

#[test]
fn a_value_is_never_shown() {
    let edit = Edit::set(path("a"), "'sk-secret'");
    assert!(!format!("{edit:?}").contains("secret") && format!("{edit:?}").contains("Set"));
}

#[test]
fn the_check_notices_what_an_edit_must_not_do() {
    let holds = |old: &str, new: &str, at: &str, value: Option<&str>| {
        let (before, after) = (scan(old, &Limits::default()).unwrap(), scan(new, &Limits::default()).unwrap());
        verify::holds(verify::Tree::new(&before, old), verify::Tree::new(&after, new), path(at).segments(), value)
    };
    assert!(holds("{a: 1, b: {c: 2}}", "{a: 1, b: {c: [\n3]}}", "b.c", Some("[3]")));
    assert!(!holds("{a: 1, b: {c: 2}}", "{a: 1, b: {c: 'x y'}}", "b.c", Some("'xy'")));
    assert!(!holds("{a: 1, b: {c: 2}}", "{a: 1.0, b: {c: 3}}", "b.c", Some("3")));
    assert!(!holds("{a: 1, b: 2}", "{'a': 1, b: 3}", "b", Some("3")));
    assert!(!holds("{a: 1, b: 2}", "{b: 3, a: 1}", "b", Some("3")));
    assert!(holds("{a: 1}", "{a: 1, b: {c: 3}}", "b.c", Some("3")));
    assert!(!holds("{a: 1}", "{a: 1, b: {c: 3, d: 4}}", "b.c", Some("3")));
    assert!(!holds("{a: 1}", "{b: {c: 3}, a: 1}", "b.c", Some("3")));
    assert!(holds("{a: 1, b: 2}", "{b: 2}", "a", None));
    assert!(!holds("{a: 1, b: 2}", "{}", "a", None));
    assert!(!holds("{a: 1, b: 2}", "{a: 1, b: 2}", "a", None));
}
