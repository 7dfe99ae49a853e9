//! A terminal window as SVG. Every piece of a line has its own place and length, so columns stay
//! columns in whatever font a reader has.

use std::fmt::Write as _;

use crate::ansi::{self, Line, Look, Piece};

/// The screen is as wide as its longest line, and at most this many columns.
const COLUMNS: usize = 104;
const NARROWEST: usize = 72;

/// Lengths in px. A tenth of one is enough: numbers are written short, and the same everywhere.
const COLUMN: f64 = 8.0;
const LINE: f64 = 19.0;
const BAR: f64 = 34.0;
const PADDING: f64 = 18.0;

const PLAIN: &str = "#e6edf3";
const DIM: &str = "#9aa4af";
/// Black is not black: it would not be seen.
const COLOURS: [&str; 16] = [
    "#9aa4af", "#ff7b72", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3", //
    "#9aa4af", "#ffa198", "#7ee787", "#f2cc60", "#a5d6ff", "#e2c5ff", "#76e3ea", "#ffffff",
];

/// A window with this title bar, and for those who cannot see it, what it shows.
pub(crate) fn window(title: &str, shows: &str, text: &str) -> String {
    let lines = ansi::lines(text, COLUMNS);
    let width = lines.iter().map(columns).max().unwrap_or(0).max(NARROWEST);
    let (w, h) = (width as f64 * COLUMN + 2.0 * PADDING, lines.len() as f64 * LINE + BAR + 2.0 * PADDING - 4.0);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" aria-labelledby="title desc">
<title id="title">{title}</title>
<desc id="desc">{shows}</desc>
<style>
text {{ font: 13.3px ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; fill: {PLAIN}; white-space: pre; }}
.b {{ font-weight: 700; }}
.d {{ fill: {DIM}; }}
.u {{ text-decoration: underline; }}
"##,
        title = escaped(title),
        shows = escaped(shows),
    );
    for (number, colour) in COLOURS.iter().enumerate() {
        if lines.iter().flatten().any(|piece| piece.look.colour.map(usize::from) == Some(number)) {
            let _ = writeln!(svg, ".c{number} {{ fill: {colour}; }}");
        }
    }
    let _ = write!(
        svg,
        r##"</style>
<rect x="0.5" y="0.5" width="{}" height="{}" rx="10" fill="#0d1117" stroke="#3d444d"/>
<path d="M0.5 {BAR}V10.5a10 10 0 0 1 10 -10H{}a10 10 0 0 1 10 10V{BAR}z" fill="#1c2128" stroke="#3d444d"/>
<circle cx="20" cy="17" r="6" fill="#ff5f57"/><circle cx="40" cy="17" r="6" fill="#febc2e"/><circle cx="60" cy="17" r="6" fill="#28c840"/>
<text class="d" x="{}" y="21.5" text-anchor="middle">{}</text>
<g xml:space="preserve">
"##,
        w - 1.0,
        h - 1.0,
        w - 10.5,
        w / 2.0,
        escaped(title),
    );
    for (row, line) in lines.iter().enumerate() {
        let y = BAR + PADDING + 10.0 + row as f64 * LINE;
        for piece in line {
            svg.push_str(&placed(piece, y));
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// A piece without the blanks around it, which show nothing.
fn placed(piece: &Piece, y: f64) -> String {
    let text = piece.text.trim_end();
    let blanks = text.len() - text.trim_start().len();
    let text = text.trim_start();
    if text.is_empty() {
        return String::new();
    }
    let (x, length) = (PADDING + (piece.column + blanks) as f64 * COLUMN, width(text) as f64 * COLUMN);
    let class = class(piece.look);
    let class = if class.is_empty() { class } else { format!(" class=\"{class}\"") };
    format!("<text{class} x=\"{x}\" y=\"{y}\" textLength=\"{length}\">{}</text>\n", escaped(text))
}

fn class(look: Look) -> String {
    let colour = look.colour.map(|number| format!("c{number}"));
    let flags = [(look.bold, "b"), (look.dim, "d"), (look.underline, "u")];
    let flags = flags.into_iter().filter(|(set, _)| *set).map(|(_, name)| name.to_owned());
    flags.chain(colour).collect::<Vec<_>>().join(" ")
}

fn columns(line: &Line) -> usize {
    line.last().map_or(0, |piece| piece.column + width(piece.text.trim_end()))
}

fn width(text: &str) -> usize {
    text.chars().map(ansi::width).sum()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[test]
fn text_is_placed_by_its_columns_and_cannot_end_an_element() {
    let svg = window("a & b", "\"x\"", "\u{1b}[1;31m<\u{1b}[0m界 y</text>\n\n  z\n");
    assert!(svg.contains("<title id=\"title\">a &amp; b</title>\n<desc id=\"desc\">&quot;x&quot;</desc>"), "{svg}");
    assert!(svg.contains("<text class=\"b c1\" x=\"18\" y=\"62\" textLength=\"8\">&lt;</text>"), "{svg}");
    assert!(svg.contains("<text x=\"26\" y=\"62\" textLength=\"88\">界 y&lt;/text&gt;</text>"), "{svg}");
    assert!(svg.contains("<text x=\"34\" y=\"100\" textLength=\"8\">z</text>"), "{svg}");
    assert!(svg.contains(".c1 {") && !svg.contains(".c2 {"), "{svg}");
}
