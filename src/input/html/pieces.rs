//! Text within HTML as words and the white space between them.
//!
//! Comes in: the text of one token. Goes out: its [`Piece`]s in order.

use std::ops::Range;

/// A piece of text: white space or words.
pub(super) enum Piece {
    /// White space with so many line ends.
    White { line_ends: usize },
    /// Words with single spaces between them, by their bytes in the text.
    Words { range: Range<usize>, spaces: usize },
}

/// What a byte is to the splitting of text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    White,
    /// May start a character of white space beyond ASCII.
    Lead,
    /// NUL is no character of a page: it is passed over, and parts no words.
    Nul,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Word; 256];
    let mut white = b'\t';
    while white <= b'\r' {
        classes[white as usize] = Class::White;
        white += 1;
    }
    classes[b' ' as usize] = Class::White;
    classes[0xC2] = Class::Lead;
    classes[0xE1] = Class::Lead;
    classes[0xE2] = Class::Lead;
    classes[0xE3] = Class::Lead;
    classes[0] = Class::Nul;
    classes
};

/// Splits text into white space and words.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        while *bytes.get(at)? == 0 {
            at += 1;
        }
        let start = at;
        let mut line_ends = 0;
        loop {
            // Indentation first: most white space is that.
            while bytes[at..].starts_with(&[b' '; 8]) {
                at += 8;
            }
            while let Some(b' ' | b'\t') = bytes.get(at) {
                at += 1;
            }
            let Some(length) = white_bytes(text, at) else { break };
            line_ends += usize::from(bytes[at] == b'\n');
            at += length;
        }
        if at > start {
            return Some(Piece::White { line_ends });
        }
        let mut spaces = 0;
        loop {
            while let Some(within) = bytes.get(at..).and_then(<[u8]>::first_chunk).and_then(spaces_in_prose) {
                spaces += within;
                at += PROSE_BYTES;
            }
            while bytes.get(at).copied().is_some_and(is_word) {
                at += 1;
            }
            match bytes.get(at) {
                // The space between two words.
                Some(b' ') if bytes.get(at + 1).copied().is_some_and(is_word) => spaces += 1,
                Some(byte) if class(*byte) == Class::Lead && white_bytes(text, at).is_none() => {}
                _ => return Some(Piece::Words { range: start..at, spaces }),
            }
            at += 1;
        }
    })
}

/// How many bytes of text are looked at together.
const PROSE_BYTES: usize = 16;

/// The single spaces among the first [`PROSE_BYTES`] of `bytes` if these hold nothing but words and single spaces, each
/// with a word behind it. All bytes are looked at, with no branch between them, so that the compiler takes them at once:
/// to go on word by word costs a branch that nobody can foresee at the end of each.
#[expect(clippy::needless_bitwise_bool, reason = "lazy operators would be branches")]
fn spaces_in_prose(bytes: &[u8; PROSE_BYTES + 1]) -> Option<usize> {
    // Control characters and all leads are left to the exact way.
    let is_letter = |byte: u8| (byte > b' ') & (byte != 0xC2) & (byte.wrapping_sub(0xE1) > 2);
    let (mut is_prose, mut spaces) = (true, 0_u8);
    for at in 0..PROSE_BYTES {
        let is_space = bytes[at] == b' ';
        is_prose &= is_letter(bytes[at]) | (is_space & is_letter(bytes[at + 1]));
        spaces += u8::from(is_space);
    }
    is_prose.then_some(usize::from(spaces))
}

fn class(byte: u8) -> Class {
    CLASSES[usize::from(byte)]
}

fn is_word(byte: u8) -> bool {
    class(byte) == Class::Word
}

/// The length of the character of white space at `at`; none if another stands there.
#[inline]
fn white_bytes(text: &str, at: usize) -> Option<usize> {
    let class = class(*text.as_bytes().get(at)?);
    if class == Class::White {
        return Some(1);
    }
    // A chain of tests and no table of jumps: almost always the first says it.
    if class != Class::Lead {
        return None;
    }
    let c = text[at..].chars().next()?;
    c.is_whitespace().then(|| c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_white_or_not_as_unicode_has_it() {
        for c in (1..=0x0010_FFFF).filter_map(char::from_u32) {
            let text = c.to_string();
            let is_white = matches!(pieces(&text).next(), Some(Piece::White { .. }));
            assert_eq!(is_white, c.is_whitespace(), "{c:?}");
        }
    }

    #[test]
    fn words_stay_together_at_single_spaces() {
        let written = |text: &str| -> String {
            let write = |piece| match piece {
                Piece::White { line_ends } => format!("{line_ends};"),
                Piece::Words { range, spaces } => format!("[{}]{spaces};", &text[range]),
            };
            pieces(text).map(write).collect()
        };
        assert_eq!(written(" a b  c\n\nd "), "0;[a b]1;0;[c]0;2;[d]0;0;");
        assert_eq!(written("a\u{a0}b é 東"), "[a]0;0;[b é 東]2;");
        assert_eq!(written("\0a\0b \0 c\0"), "[a]0;[b]0;0;0;[c]0;");
        assert_eq!(written("\0\0"), "");
        assert_eq!(written("a word and another one, and so on"), "[a word and another one, and so on]7;");
        assert_eq!(
            written("fifteen letters  and more of them than that "),
            "[fifteen letters]1;0;[and more of them than that]5;0;"
        );
        assert_eq!(written("sixteen letters, \u{a0}a"), "[sixteen letters,]1;0;[a]0;");
    }
}
