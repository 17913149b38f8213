//! The plain-text reader.
//!
//! Comes in: a page of plain text. Goes out: its [`Document`], in which every non-blank line is one block.

use memchr::memchr;

use crate::document::{Document, DocumentBuilder};

/// Reads a page of plain text: every line with a visible character is a block, in order, without the white space at
/// its ends. Lines end with `\n` or `\r\n` only.
///
/// ```
/// let document = pagesieve::input::text::read("Home  Sport\n\n  It rained.\r\n");
/// let blocks: Vec<_> = document.blocks().map(|block| (block.text(), block.source())).collect();
/// assert_eq!(blocks, [("Home  Sport", 0..11), ("It rained.", 15..25)]);
/// ```
pub fn read(text: &str) -> Document {
    let mut builder = DocumentBuilder::new(false);
    let mut start = 0;
    while start < text.len() {
        let end = memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |offset| start + offset);
        let line = &text[start..end];
        let visible = line.trim();
        let from = start + line.len() - line.trim_start().len();
        builder.block(visible, from..from + visible.len(), None, 0, false);
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
