use super::*;

fn text(text: &str) -> String {
    shown(text, Some(&[]), None).text
}

#[test]
fn secrets_go_and_everything_else_stays() {
    for (given, expected) in [
        ("{ a: 1, b: 'x' } // fine\n", "{ a: 1, b: 'x' } // fine\n"),
        ("{ env: { A: \"x\\u0041\" } }", "{ env: { A: \"***\" } }"),
        ("{ channels: { t: { botToken: 'abc', x: 'y' } } }", "{ channels: { t: { botToken: '***', x: 'y' } } }"),
        ("{ apiKey: '${NAME}', token: '$${NAME}' }", "{ apiKey: '${NAME}', token: '***' }"),
        ("{ x: 'https://u:p@h/' }", "{ x: '***' }"),
        ("{ 'sk-ant-api03-x': 1 }", "{ '***': 1 }"),
        (
            "{ gateway: { auth: { token: 123456 } }, maxTokens: 8192 }",
            "{ gateway: { auth: { token: *** } }, maxTokens: 8192 }",
        ),
        (
            "{ args: ['--token', 'x', '-v', 'y', '--pass', 12] }",
            "{ args: ['--token', '***', '-v', 'y', '--pass', ***] }",
        ),
        ("{ args: ['--token', '${X}'], a: 'sk-abcdefghij0123456789' }", "{ args: ['--token', '${X}'], a: '***' }"),
        ("{ a: 1, // apiKey: 'abc'\n}", "{ a: 1, //***\n}"),
        ("{ a: 1, /* \"apiKey\" = abc\n two */ }", "{ a: 1, /****\\\n*/ }"),
        ("{ a: 1 /* the token of the bot */ }", "{ a: 1 /* the token of the bot */ }"),
        ("{ token: 'a\\\nb', c: 1 }", "{ token: '***\\\n', c: 1 }"),
    ] {
        assert_eq!(text(given), expected, "{given}");
    }
}

#[test]
fn a_text_that_cannot_be_read_shows_no_string() {
    for (given, expected) in [
        ("{ a: 'x', b }", "{ a: '***', b }"),
        ("{ 'a': 'x', b: 1 c: 'y' }", "{ 'a': '***', b: 1 c…"),
        ("{ token: 'open\n c: 1", "{ token: '***\n…"),
        ("{ a: abcdefghijklmnopqrstuvw }", "{ a: a…"),
        ("{ pin: 87654321, port: 18789, b c", "{ pin: ***, port: 18789, b c"),
        ("{ // FOO=x\n a b", "{ //***\n a b"),
        ("{ a: 'it\\'s', // x\n ] ", "{ a: '***', // x\n ] "),
        ("{ ' a: 'one', b: 'two' }", "{ '***'o…"),
        ("", ""),
        ("'", "'***"),
        ("/*", "/*"),
    ] {
        assert_eq!(text(given), expected, "{given}");
    }
}

#[test]
fn among_secrets_a_comment_that_may_be_a_setting_goes() {
    for (given, expected) in [
        ("{ env: { // FOO: x\n } }", "{ env: { //***\n } }"),
        ("{ env: // FOO=x\n { A: 'b' } }", "{ env: //***\n { A: '***' } }"),
        ("{ env: { vars: { /* FOO=x */ } } }", "{ env: { vars: { /*****/ } } }"),
        ("{ m: { headers: { // X-A: y\n } } }", "{ m: { headers: { //***\n } } }"),
        ("{ secrets: { a: { // b: y\n } } }", "{ secrets: { a: { //***\n } } }"),
        ("{ apiKeys: [ // old: y\n ] }", "{ apiKeys: [ //***\n ] }"),
        ("{ env: { // for the bot\n } }", "{ env: { // for the bot\n } }"),
        ("{ ui: { // width: 3\n } }", "{ ui: { // width: 3\n } }"),
        ("{ // env: { FOO: x }\n }", "{ //***\n }"),
        ("{ env: { A: 'b' } // see: the wiki\n }", "{ env: { A: '***' } // see: the wiki\n }"),
    ] {
        assert_eq!(text(given), expected, "{given}");
    }
    let at = Path::keys(["env"]);
    assert_eq!(shown("// A: x\n{}", Some(at.segments()), None).text, "//***\n{}");
}

#[test]
fn a_changed_secret_says_so() {
    let shown =
        shown("{ env: { A: 'new', B: 'same', C: 'more' } }", Some(&[]), Some("{ env: { A: 'old', B: 'same' } }"));
    assert_eq!(shown.text, "{ env: { A: '*** (changed)', B: '***', C: '***' } }");
}

#[test]
fn the_place_of_the_text_decides_too() {
    let at = Path::keys(["env", "vars"]);
    assert_eq!(shown("{ A: 'x' }", Some(at.segments()), None).text, "{ A: '***' }");
}

#[test]
fn places_are_found_again() {
    let given = "{ env: { A: 'secret' }, b: [ 1, 'x' ] }";
    let shown = shown(given, Some(&[]), None);
    for word in ["env", "A", "b", "1", "x"] {
        let (from, to) = (given.find(word).unwrap(), shown.text.find(word).unwrap());
        assert_eq!(shown.at(from), to, "{word}");
    }
    assert_eq!(shown.at(given.len()), shown.text.len());
    let inside = shown.at(given.find("cret").unwrap());
    assert!(shown.text.get(..inside).unwrap().contains("A: '"));
}
