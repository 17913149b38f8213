//! Text within HTML as words and the white space between them.
//!
//! Comes in: the text of one token. Goes out: its [`Piece`]s in order.

use std::ops::Range;

/// A piece of text: white space or a run without any.
pub(super) enum Piece {
    /// White space with so many line ends.
    White { line_ends: usize },
    /// A word, by its bytes in the text.
    Word(Range<usize>),
}

/// Splits text into white space and words.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let first = rest.chars().next()?;
        let start = at;
        if first.is_whitespace() {
            let white = rest.len() - rest.trim_start().len();
            at += white;
            let line_ends = rest[..white].matches('\n').count();
            Some(Piece::White { line_ends })
        } else {
            at += rest.find(char::is_whitespace).unwrap_or(rest.len());
            Some(Piece::Word(start..at))
        }
    })
}
