//! A new value brought into the shape of the document around it.

use zeroize::Zeroizing;

use super::lexer::{Class, Piece, pieces};

/// How a new text is laid out. Only white space between its words changes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layout<'t> {
    /// On several lines, if it is on several lines: each one indented by its depth.
    Lines {
        /// The end of a line.
        eol: &'t str,
        /// The indentation of the line where the text starts.
        base: &'t str,
        /// The indentation of one level.
        unit: &'t str,
    },
    /// On one line, unless a comment forbids it.
    OneLine {
        /// Whether white space goes altogether.
        compact: bool,
        /// What stands inside the braces of an object.
        padding: &'t str,
        /// The end of a line, for comments that need one.
        eol: &'t str,
    },
}

/// The text in its new layout.
pub(super) fn lay_out(text: &str, layout: Layout<'_>) -> Zeroizing<String> {
    let whole = || pieces(text, 0..text.len());
    let layout = match layout {
        Layout::OneLine { eol, .. } if whole().any(|piece| piece.class == Class::LineComment) => {
            Layout::Lines { eol, base: "", unit: "" }
        }
        layout => layout,
    };
    // Twice, so that the buffer has its size from the start: growing would leave a copy of a secret behind.
    let mut length = 0;
    write(text, whole(), layout, &mut |part| length += part.len());
    let mut result = Zeroizing::new(String::with_capacity(length));
    write(text, whole(), layout, &mut |part| result.push_str(part));
    result
}

fn write(text: &str, pieces: impl Iterator<Item = Piece>, layout: Layout<'_>, out: &mut dyn FnMut(&str)) {
    let mut depth = 0_usize;
    let mut breaks = 0;
    let mut space = "";
    let mut before: Option<(Class, &str)> = None;
    for piece in pieces {
        let part = text.get(piece.span).unwrap_or("");
        match piece.class {
            Class::Space => {
                space = part;
                continue;
            }
            Class::Break => {
                breaks += 1;
                continue;
            }
            Class::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        match layout {
            Layout::Lines { eol, base, unit } if breaks > 0 => {
                (0..breaks).for_each(|_| out(eol));
                out(base);
                (0..depth).for_each(|_| out(unit));
            }
            Layout::OneLine { compact: true, .. } => {}
            Layout::OneLine { padding, .. } if breaks > 0 => out(match (before, piece.class, part) {
                (Some((Class::Open, "{")), ..) | (_, Class::Close, "}") => padding,
                (Some((Class::Open, _)), ..) | (_, Class::Close, _) => "",
                _ => " ",
            }),
            _ => out(space),
        }
        out(part);
        depth += usize::from(piece.class == Class::Open);
        before = Some((piece.class, part));
        (breaks, space) = (0, "");
    }
}
