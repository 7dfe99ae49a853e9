//! Lines and columns for people, from byte offsets.

use std::fmt;

/// A place in a text: line and column count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1. `\n`, `\r\n` and a lone `\r` end a line.
    pub line: usize,
    /// The column, from 1, in characters. A byte-order mark at the start does not count.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Where each line of a text starts, so that many offsets can be turned into positions quickly,
/// also in a text that is one long line.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
    /// How many bytes before each block only continue a character.
    continuations: Vec<usize>,
}

/// Bytes between two counts of [`LineIndex::continuations`].
const BLOCK: usize = 256;

impl LineIndex {
    /// Reads the text once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends_line {
                starts.push(at + 1);
            }
        }
        let mut continuations = Vec::with_capacity(bytes.len() / BLOCK + 1);
        let mut seen = 0;
        for block in bytes.chunks(BLOCK) {
            continuations.push(seen);
            seen += count_continuations(block);
        }
        continuations.push(seen);
        Self { starts, continuations }
    }

    /// The position of a byte offset in the text that the index was made from; an offset inside a
    /// character counts as the start of that character, one behind the end as the end.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let mark = usize::from(start == 0 && offset > 0 && text.starts_with('\u{feff}'));
        let characters = self.characters_before(text, offset).saturating_sub(self.characters_before(text, start));
        Position { line, column: characters.saturating_sub(mark) + 1 }
    }

    fn characters_before(&self, text: &str, offset: usize) -> usize {
        let block = offset / BLOCK;
        let rest = text.as_bytes().get(block * BLOCK..offset).unwrap_or(&[]);
        let continuations = self.continuations.get(block).copied().unwrap_or(0) + count_continuations(rest);
        offset.saturating_sub(continuations)
    }
}

fn count_continuations(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 == 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_ending_counts_once() {
        let text = "\u{feff}a\nb\r\nc\rdé!";
        let index = LineIndex::new(text);
        let at = |needle: &str| index.position(text, text.find(needle).unwrap()).to_string();
        assert_eq!((at("a"), at("b"), at("c"), at("!")), ("1:1".into(), "2:1".into(), "3:1".into(), "4:3".into()));
        assert_eq!(index.position(text, 9999).line, 4);
    }
    #[test]
    fn columns_count_characters_in_long_lines_and_never_split_one() {
        let text = format!("x\n{}", "aé漢😀".repeat(300));
        let index = LineIndex::new(&text);
        let mut column = 0;
        for offset in 2..text.len() {
            column += usize::from(text.is_char_boundary(offset));
            assert_eq!(index.position(&text, offset), Position { line: 2, column }, "{offset}");
        }
    }

    #[test]
    fn a_text_the_index_was_not_made_from_is_no_reason_to_panic() {
        let index = LineIndex::new(&"é".repeat(1000));
        for offset in [0, 1, 2, 3, 9] {
            let _ = index.position("\u{feff}a", offset);
        }
    }
}
