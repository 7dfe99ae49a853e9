//! Texts of JSON5 in the hands of many authors, from a seed.

use std::fmt::Write;

use fastrand::Rng;
use openclaw_core::json5::{Kind, Node, Path};

/// The habits of one author.
struct Author {
    rng: Rng,
    eol: &'static str,
    unit: &'static str,
    /// Of ten gaps, how many hold a comment.
    comments: u8,
    quotes: &'static [Quote],
    trailing_comma: bool,
    layout: Layout,
    number: usize,
}

#[derive(Clone, Copy)]
enum Quote {
    Bare,
    Single,
    Double,
}

#[derive(Clone, Copy, PartialEq)]
enum Layout {
    Lines,
    OneLine,
    Minified,
    /// Every gap is something else.
    Wild,
}

/// A document; the same one for the same seed.
pub fn document(seed: u64) -> String {
    let mut rng = Rng::with_seed(seed);
    let strict = rng.u8(..8) == 0;
    let layout =
        pick(&mut rng, &[Layout::Lines, Layout::Lines, Layout::Lines, Layout::OneLine, Layout::Minified, Layout::Wild]);
    let quotes: &[Quote] = match rng.u8(..6) {
        _ if strict => &[Quote::Double],
        0 => &[Quote::Bare],
        1 => &[Quote::Single],
        2 => &[Quote::Double],
        _ => &[Quote::Bare, Quote::Bare, Quote::Double, Quote::Single],
    };
    let mut author = Author {
        eol: pick(
            &mut rng,
            if strict { &["\n", "\r\n", "\r"] } else { &["\n", "\n", "\r\n", "\r\n", "\r", "\u{2028}"] },
        ),
        unit: pick(&mut rng, &["  ", "  ", "    ", "\t", " "]),
        comments: if strict { 0 } else { pick(&mut rng, &[0, 1, 3, 7]) },
        trailing_comma: !strict && rng.bool(),
        quotes,
        layout,
        number: 0,
        rng,
    };
    let mut text = String::new();
    if !strict && author.rng.u8(..6) == 0 {
        text.push('\u{feff}');
    }
    author.gap(&mut text, 0, false);
    author.value(&mut text, 0, true);
    author.gap(&mut text, 0, false);
    if author.rng.bool() {
        text.push_str(author.eol);
    }
    text
}

/// A value to be set, as a command would hand it over.
pub fn value(rng: &mut Rng, strict: bool) -> String {
    let plain = [
        "1",
        "true",
        "null",
        "\"new\"",
        "[]",
        "{}",
        "[1, {\"a\": 2}]",
        "{\n  \"x\": [\n    1,\n    2\n  ]\n}",
        "-0.5e3",
    ];
    let loose = [
        "'new'",
        "{x: 1,}",
        "[1, /* one */ 2]",
        "{\n  // why\n  x: 1,\n}",
        "+.5",
        "0xff",
        " // around\n 7 ",
        "'a\\\nb'",
        "NaN",
    ];
    if strict || rng.bool() { pick(rng, &plain).to_owned() } else { pick(rng, &loose).to_owned() }
}

/// A path at which the document can be edited, and whether something stands there.
pub fn place(rng: &mut Rng, root: &Node) -> (Path, bool) {
    let mut all = Vec::new();
    paths(root, &Path::root(), &mut all);
    let (there, node) = pick(rng, &all);
    match (&node.kind, rng.u8(..6)) {
        (Kind::Object(_), 0 | 1) => (there.key("new"), false),
        (Kind::Object(_), 2) => (there.key("a new \"one\"").key("b").index(0).index(0).key("c.d"), false),
        (Kind::Array(elements), 0 | 1) => (there.index(elements.len()), false),
        (Kind::Array(elements), 2) => (there.index(elements.len()).key("x").index(0), false),
        _ => (there, true),
    }
}

fn paths<'n>(node: &'n Node, here: &Path, all: &mut Vec<(Path, &'n Node)>) {
    all.push((here.clone(), node));
    for member in node.members() {
        paths(&member.value, &here.key(&member.key), all);
    }
    for (index, element) in node.elements().iter().enumerate() {
        paths(element, &here.index(index), all);
    }
}

fn pick<T: Clone>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())].clone()
}

impl Author {
    fn value(&mut self, out: &mut String, depth: usize, container: bool) {
        match self.rng.u8(..if container { 5 } else { 10 }) {
            0..=2 if depth < 5 => self.container(out, depth, true),
            3 | 4 if depth < 5 => self.container(out, depth, false),
            _ => self.scalar(out),
        }
    }

    fn container(&mut self, out: &mut String, depth: usize, object: bool) {
        let layout = self.layout;
        if layout == Layout::Lines && self.rng.u8(..4) == 0 {
            self.layout = Layout::OneLine;
        }
        out.push(if object { '{' } else { '[' });
        let count = pick(&mut self.rng, &[0, 1, 2, 2, 3, 4]);
        for index in 0..count {
            self.gap(out, depth + 1, true);
            if object {
                self.key(out);
                self.small_gap(out);
                out.push(':');
                if self.layout != Layout::Minified {
                    out.push(' ');
                }
                self.small_gap(out);
            }
            self.value(out, depth + 1, false);
            self.small_gap(out);
            if index + 1 < count || (self.trailing_comma && self.layout != Layout::Minified) {
                out.push(',');
            }
            if self.layout == Layout::Lines && self.commented() {
                let _ = write!(out, " // side {}", self.next());
            }
        }
        self.gap(out, depth, true);
        out.push(if object { '}' } else { ']' });
        self.layout = layout;
    }

    fn key(&mut self, out: &mut String) {
        let number = self.next();
        let spelled = match (pick(&mut self.rng, self.quotes), self.rng.u8(..6)) {
            (Quote::Bare, 0) => format!("é\\u0061{number}"),
            (Quote::Bare, _) => format!("$k_{number}"),
            (Quote::Single, _) => format!("'k \"{number}\" // no comment'"),
            (Quote::Double, 0) => format!("\"k\\\"{number}\\u00e9\""),
            (Quote::Double, _) => format!("\"provider/k-{number}\""),
        };
        out.push_str(&spelled);
    }

    fn scalar(&mut self, out: &mut String) {
        let strict = [
            "null",
            "true",
            "false",
            "0",
            "-1",
            "1.5e-3",
            "9007199254740993",
            "\"\"",
            "\"a\\u00e9\"",
            "\"${VAR}\"",
            "\"// { ] ,\"",
        ];
        let loose = [
            "'it\\'s'",
            "+.5",
            "5.",
            "0xFf",
            "-Infinity",
            "1e400",
            "'/* , } */'",
            "'a\\\n b'",
            "\"\u{2028}\"",
            "\"\\ud83d\\ude00\"",
            "\"sk-ant-api03-x\"",
        ];
        let is_strict = matches!(self.quotes, [Quote::Double]) && self.comments == 0 && !self.trailing_comma;
        let from: &[&str] = if is_strict || self.rng.bool() { &strict } else { &loose };
        out.push_str(pick(&mut self.rng, from));
    }

    /// Between two words on a line.
    fn small_gap(&mut self, out: &mut String) {
        if self.layout != Layout::Minified && self.rng.u8(..4) == 0 && self.commented() {
            let _ = write!(out, " /* {} */ ", self.next());
        } else if self.layout == Layout::Wild && self.comments > 0 {
            out.push_str(pick(&mut self.rng, &["", " ", "\t", "\n", "\r\n\t", "\u{a0}", "// \"}\n", "/**/"]));
        }
    }

    /// Before a child, and before the end of a container.
    fn gap(&mut self, out: &mut String, depth: usize, inside: bool) {
        match self.layout {
            Layout::Minified => {}
            Layout::OneLine => {
                if out.ends_with([',', '{', '}']) && inside {
                    out.push(' ');
                }
                if self.commented() {
                    let _ = write!(out, "/* {} */ ", self.next());
                }
            }
            Layout::Wild => self.small_gap(out),
            Layout::Lines => {
                if self.commented() {
                    if inside {
                        self.line(out, depth);
                    }
                    let text = pick(&mut self.rng, &["// it's", "/* ] */", "/* two\n lines , */", "// é {", "/***/"]);
                    let _ = write!(out, "{text} {}", if text.starts_with("//") { self.eol } else { "" });
                }
                if inside {
                    if self.rng.u8(..8) == 0 {
                        out.push_str(self.eol);
                    }
                    self.line(out, depth);
                }
            }
        }
    }

    fn line(&self, out: &mut String, depth: usize) {
        out.push_str(self.eol);
        (0..depth).for_each(|_| out.push_str(self.unit));
    }

    fn commented(&mut self) -> bool {
        self.rng.u8(..10) < self.comments
    }

    fn next(&mut self) -> usize {
        self.number += 1;
        self.number
    }
}
