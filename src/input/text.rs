//! The plain-text reader.
//!
//! Comes in: a page of plain text. Goes out: its [`Document`], in which every non-blank line is one block.

use memchr::memchr_iter;

use crate::document::{Document, DocumentBuilder};

/// Pages of lines shorter than this, on average, have room made for their blocks bit by bit.
const SHORT_LINE_BYTES: usize = 32;

/// Reads a page of plain text: every line with a visible character is a block, in order, without the white space at
/// its ends. Lines end with `\n` or `\r\n` only.
///
/// ```
/// let document = pagesieve::input::text::read("Home  Sport\n\n  It rained.\r\n");
/// let blocks: Vec<_> = document.blocks().map(|block| (block.text(), block.source())).collect();
/// assert_eq!(blocks, [("Home  Sport", 0..11), ("It rained.", 15..25)]);
/// ```
pub fn read(text: &str) -> Document {
    let bytes = text.as_bytes();
    let line_ends = memchr_iter(b'\n', bytes);
    // Counting is cheaper than growing. A page of line ends alone must not ask for much.
    let lines = (line_ends.clone().count() + 1).min(text.len() / SHORT_LINE_BYTES + 1);
    let mut builder = DocumentBuilder::of_text(text, lines);
    let mut start = 0;
    for end in line_ends.chain([text.len()]) {
        let line = text[start..end].trim_start();
        let from = end - line.len();
        let visible = line.trim_end();
        if !visible.is_empty() {
            builder.part(from..from + visible.len());
        }
        start = end + 1;
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_line_feeds_end_lines() {
        let document = read("a\u{2028}b\u{85}c\rd\ne");
        assert_eq!(
            document.blocks().map(crate::document::Block::text).collect::<Vec<_>>(),
            ["a\u{2028}b\u{85}c\rd", "e"]
        );
    }

    #[test]
    fn blank_pages_have_no_blocks() {
        assert!(read("").is_empty());
        assert!(read(" \n\t\r\n\u{a0}\n").is_empty());
    }
}
