//! What a terminal shows: lines of styled text, from text with SGR sequences.

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Look {
    pub(crate) bold: bool,
    pub(crate) dim: bool,
    pub(crate) underline: bool,
    /// 0 to 15, as terminals number them; `None` is the colour of plain text.
    pub(crate) colour: Option<u8>,
}

/// A piece of a line in one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) column: usize,
    pub(crate) text: String,
    pub(crate) look: Look,
}

/// One line on the screen.
pub(crate) type Line = Vec<Piece>;

/// The lines of a text on a terminal that is so many columns wide.
///
/// # Panics
/// On a sequence that is not known here, so that nothing is dropped silently.
pub(crate) fn lines(text: &str, columns: usize) -> Vec<Line> {
    let mut screen = Screen { columns, ..Screen::default() };
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\n' => screen.end(),
            '\u{1b}' => {
                assert_eq!(rest.next(), Some('['), "a sequence other than SGR");
                let codes: String = rest.by_ref().take_while(|c| *c != 'm').collect();
                screen.look = turned(screen.look, &codes);
            }
            _ => screen.put(c),
        }
    }
    screen.lines
}

#[derive(Default)]
struct Screen {
    columns: usize,
    lines: Vec<Line>,
    line: Line,
    column: usize,
    look: Look,
}

impl Screen {
    fn put(&mut self, c: char) {
        let width = width(c);
        if self.column + width > self.columns {
            self.end();
        }
        match self.line.last_mut() {
            Some(piece) if piece.look == self.look => piece.text.push(c),
            _ => self.line.push(Piece { column: self.column, text: c.into(), look: self.look }),
        }
        self.column += width;
    }

    fn end(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.column = 0;
    }
}

/// The look after a sequence.
fn turned(mut look: Look, codes: &str) -> Look {
    for code in codes.split(';') {
        match code.parse::<u8>().unwrap_or_else(|_| panic!("the sequence `{codes}m`")) {
            0 => look = Look::default(),
            1 => look.bold = true,
            2 => look.dim = true,
            4 => look.underline = true,
            22 => (look.bold, look.dim) = (false, false),
            24 => look.underline = false,
            code @ 30..=37 => look.colour = Some(code - 30),
            39 => look.colour = None,
            code @ 90..=97 => look.colour = Some(code - 90 + 8),
            code => panic!("the code {code} of `{codes}m`"),
        }
    }
    look
}

/// How many columns a character takes: none that joins the one before, two for the wide ones of East
/// Asia and for emoji, else one.
pub(crate) const fn width(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[test]
fn looks_columns_and_ends_of_lines() {
    let piece = |column, text: &str, look| Piece { column, text: text.into(), look };
    let (plain, red) = (Look::default(), Look { bold: true, colour: Some(1), ..Look::default() });
    assert_eq!(
        lines("a \u{1b}[1m\u{1b}[31mb界c\u{1b}[0m d\n\nefghijk\n", 7),
        [
            vec![piece(0, "a ", plain), piece(2, "b界c", red), piece(6, " ", plain)],
            vec![piece(0, "d", plain)],
            vec![],
            vec![piece(0, "efghijk", plain)],
        ]
    );
    assert_eq!(lines("\u{1b}[2;92mx\u{1b}[22;39my\n", 9)[0][1], piece(1, "y", plain));
}
