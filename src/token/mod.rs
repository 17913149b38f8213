//! Tokens: the words and telling signs of a block of text, as hashes.
//!
//! Comes in: text. Goes out: one [`Token`] after another, found in one pass and without allocation.

mod letters;

use std::iter::FusedIterator;
use std::ops::Range;

pub(crate) use letters::LetterRun;
use letters::{eight_bytes, fold_run};

/// Goes up whenever the same text gives other tokens, so that a model is never read with foreign tokens.
pub const TOKENIZER_VERSION: u16 = 3;

/// What kind of thing a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A word that starts with a letter.
    Word,
    /// A word that starts with a digit; each digit reads as 0, so that 1999 and 2024 are one token.
    Number,
    /// Two neighbouring characters of a script without spaces between words (Chinese, Japanese, Thai).
    Bigram,
    /// One telling sign, such as `?`, `"`, `©` or `|`.
    Sign,
}

/// A token of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// A hash of the case-folded token, the same on every platform.
    pub hash: u64,
    /// Its kind.
    pub kind: TokenKind,
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// Whether its first letter is upper case.
    pub capital: bool,
}

const SEED: u64 = 0xCBF2_9CE4_8422_2325;

/// Folds one more value into a hash: FNV-1a's order (xor, multiply) with a 64-bit odd multiplier, which mixes
/// better in the high bits, the ones that slots are taken from. The hash is turned first, so that the order of two small
/// numbers matters: bins are such.
#[inline]
pub(crate) const fn mix(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(7) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
}

/// Hashes a text as it is.
pub(crate) const fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = mix(SEED, bytes.len() as u64);
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk() {
        hash = mix(hash, u64::from_le_bytes(*word));
        rest = after;
    }
    let mut at = 0;
    while at < rest.len() {
        hash = mix(hash, rest[at] as u64);
        at += 1;
    }
    hash
}

/// What a byte is to the tokenizer; the ASCII part of the alphabet is read by this table alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Alphanumeric,
    Sign,
    Other,
    Wide,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => Class::Alphanumeric,
            b'?' | b'!' | b'"' | b'|' | b'$' | b'%' | b'#' | b'@' | b'+' | b'*' => Class::Sign,
            0x80..=0xFF => Class::Wide,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

/// The hash of a folded word in the making: of its UTF-8, eight bytes at a time.
struct Folded {
    hash: u64,
    /// Bytes that are not hashed yet, the first in the lowest place.
    pending: u64,
    bits: u32,
}

impl Folded {
    /// Takes the lowest `count` of eight bytes; those above must be 0.
    #[inline]
    fn push(&mut self, bytes: u64, count: u32) {
        let (pending, bits) = (self.pending | bytes << self.bits, self.bits + 8 * count);
        *self = if bits < u64::BITS {
            Self { pending, bits, ..*self }
        } else {
            let rest = bytes.checked_shr(u64::BITS - self.bits).unwrap_or(0);
            Self { hash: mix(self.hash, pending), pending: rest, bits: bits - u64::BITS }
        };
    }

    fn push_char(&mut self, c: char) {
        let mut bytes = [0; 4];
        let count = c.encode_utf8(&mut bytes).len();
        self.push(u64::from(u32::from_le_bytes(bytes)), count as u32);
    }

    /// No word has a byte 0, so that a short rest is like no other.
    fn hash(self) -> u64 {
        mix(self.hash, self.pending)
    }
}

/// The tokens of `text` in order.
///
/// ```
/// use pagesieve::token::tokens;
/// let words = |text: &'static str| -> Vec<_> { tokens(text).map(|token| &text[token.range]).collect() };
/// assert_eq!(words("Don't miss: 10 tips!"), ["Don't", "miss", "10", "tips", "!"]);
/// assert_eq!(words("経済成長"), ["経済", "済成", "成長"]);
/// ```
pub fn tokens(text: &str) -> Tokens<'_> {
    Tokens { text, at: 0, last_wide: None }
}

/// The iterator behind [`tokens`].
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// The character just before, with its start, if it is of a script without spaces.
    last_wide: Option<(char, usize)>,
}

/// Whether `c` is of a script that sets no spaces between words.
fn is_spaceless(c: char) -> bool {
    matches!(c as u32,
        0x0E00..=0x0EFF // Thai, Lao
        | 0x1000..=0x109F | 0x1780..=0x17FF // Burmese, Khmer
        | 0x3041..=0x30FF // kana
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF // ideographs
    )
}

/// Joins words without being seen: soft hyphen, zero-width space and joiners, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}')
}

fn is_sign(c: char) -> bool {
    matches!(
        c,
        '©' | '®'
            | '»'
            | '›'
            | '→'
            | '•'
            | '·'
            | '…'
            | '€'
            | '£'
            | '¥'
            | '“'
            | '”'
            | '„'
            | '«'
            | '★'
            | '✓'
            | '¿'
    )
}

/// The quotation marks of all languages count as one.
fn folded_sign(c: char) -> char {
    match c {
        '“' | '”' | '„' | '«' | '»' => '"',
        '›' | '→' => '»',
        _ => c,
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    #[allow(clippy::inline_always)] // a token goes through memory otherwise, and few words take as long as that
    #[inline(always)]
    fn next(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            let byte = *bytes.get(start)?;
            // Tests in the order of how often they hold: a jump by class would be guessed wrong at every word.
            let class = CLASSES[usize::from(byte)];
            if class == Class::Alphanumeric || class == Class::Wide && self.is_wide_word(start) {
                return Some(self.word(start));
            }
            if class == Class::Wide {
                if let Some(token) = self.wide(start) {
                    return Some(token);
                }
                continue;
            }
            self.at += 1;
            self.last_wide = None;
            if class == Class::Sign {
                return Some(self.sign(start, char::from(byte)));
            }
        }
    }
}

impl FusedIterator for Tokens<'_> {}

impl Tokens<'_> {
    fn char_at(&self, at: usize) -> char {
        self.text[at..].chars().next().unwrap_or('\0')
    }

    /// Whether the character beyond ASCII at `start` starts a word.
    #[cold]
    fn is_wide_word(&self, start: usize) -> bool {
        let c = self.char_at(start);
        c.is_alphanumeric() && !is_spaceless(c)
    }

    /// Reads the character beyond ASCII at `start`, which starts no word; none if it is no token yet.
    #[cold]
    fn wide(&mut self, start: usize) -> Option<Token> {
        let c = self.char_at(start);
        if is_spaceless(c) {
            self.at += c.len_utf8();
            let before = self.last_wide.replace((c, start));
            let followed = self.text[self.at..].chars().next().is_some_and(is_spaceless);
            return match before {
                Some((last, last_start)) => Some(self.bigram(last_start, last, c)),
                // A lone character is its own token.
                None if !followed => Some(self.bigram(start, '\0', c)),
                None => None,
            };
        }
        self.at += c.len_utf8();
        self.last_wide = None;
        is_sign(c).then(|| self.sign(start, folded_sign(c)))
    }

    fn sign(&self, start: usize, sign: char) -> Token {
        let hash = mix(mix(SEED, 1), u64::from(sign));
        Token { hash, kind: TokenKind::Sign, range: start..self.at, capital: false }
    }

    fn bigram(&self, start: usize, first: char, second: char) -> Token {
        let hash = mix(mix(mix(SEED, 2), u64::from(first)), u64::from(second));
        Token { hash, kind: TokenKind::Bigram, range: start..self.at, capital: false }
    }

    /// Reads the word at `start`: letters, digits and marks, with apostrophes inside.
    #[inline]
    fn word(&mut self, start: usize) -> Token {
        let bytes = self.text.as_bytes();
        let (mut hash, mut at) = (SEED, start);
        let (run, count) = loop {
            let (run, count) = fold_run(eight_bytes(bytes, at));
            at += count as usize;
            if count < 8 {
                break (run, count);
            }
            hash = mix(hash, run);
        };
        let mut folded = Folded { hash, pending: run, bits: 8 * count };
        // Most words are of letters of ASCII alone.
        if bytes.get(at).is_some_and(|byte| !byte.is_ascii() || *byte == b'\'') {
            (at, folded) = self.rest_of_word(at, folded);
        }
        self.at = at;
        self.last_wide = None;
        let first = bytes[start];
        let (is_number, capital) = if first.is_ascii() {
            (first.is_ascii_digit(), first.is_ascii_uppercase())
        } else {
            self.wide_start(start)
        };
        let kind = if is_number { TokenKind::Number } else { TokenKind::Word };
        Token { hash: folded.hash(), kind, range: start..at, capital }
    }

    /// Whether a word that starts beyond ASCII is a number, and whether with a capital.
    #[cold]
    fn wide_start(&self, start: usize) -> (bool, bool) {
        let first = self.char_at(start);
        (first.is_numeric(), first.is_uppercase())
    }

    /// Reads on in a word at `at`, where something else than letters and digits of ASCII stands; gives its end.
    #[cold]
    fn rest_of_word(&self, mut at: usize, mut folded: Folded) -> (usize, Folded) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(at) {
            if byte >= 0x80 {
                let c = self.char_at(at);
                if matches!(c, 'ß'..='ö' | 'ø'..='ÿ') {
                    // Lower case already, and common.
                    folded.push_char(c);
                } else if is_spaceless(c) {
                    break;
                } else if c.is_alphanumeric() || is_combining(c) {
                    for lower in c.to_lowercase() {
                        folded.push_char(if lower.is_numeric() { '0' } else { lower });
                    }
                } else if c == '’' && self.continues(at + c.len_utf8()) {
                    folded.push(u64::from(b'\''), 1);
                } else if !is_invisible(c) {
                    break;
                }
                at += c.len_utf8();
            } else if byte == b'\'' && self.continues(at + 1) {
                folded.push(u64::from(b'\''), 1);
                at += 1;
            } else {
                break;
            }
            loop {
                let (run, count) = fold_run(eight_bytes(bytes, at));
                folded.push(run, count);
                at += count as usize;
                if count < 8 {
                    break;
                }
            }
        }
        (at, folded)
    }

    /// Whether a letter stands at `at`, so that the apostrophe before it is within a word.
    fn continues(&self, at: usize) -> bool {
        self.text[at..].chars().next().is_some_and(char::is_alphabetic)
    }
}

/// Combining marks: the vowel signs of Indic scripts and accents set apart belong to the word.
fn is_combining(c: char) -> bool {
    matches!(c as u32, 0x0300..=0x036F | 0x0591..=0x05C7 | 0x064B..=0x065F | 0x0900..=0x0DFF | 0x20D0..=0x20FF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).map(|token| &text[token.range]).collect()
    }

    fn hashes(text: &str) -> Vec<u64> {
        tokens(text).map(|token| token.hash).collect()
    }

    #[test]
    fn words_of_many_scripts() {
        assert_eq!(words("L’État, c'est moi 'so'"), ["L’État", "c'est", "moi", "so"]);
        assert_eq!(words("Das ist Donau\u{AD}dampf."), ["Das", "ist", "Donau\u{AD}dampf"]);
        assert_eq!(words("हिन्दी में"), ["हिन्दी", "में"]);
        assert_eq!(words("a東b 京"), ["a", "東", "b", "京"]);
        assert_eq!(words("$5.99 | © 2020"), ["$", "5", "99", "|", "©", "2020"]);
    }

    #[test]
    fn the_order_of_what_is_mixed_matters() {
        let mut mixed: Vec<u64> = (0..32).flat_map(|one| (0..32).map(move |other| mix(one, other))).collect();
        mixed.sort_unstable();
        mixed.dedup();
        assert_eq!(mixed.len(), 32 * 32);
        let [this, that] = ["this", "that"].map(|word| hash_bytes(word.as_bytes()));
        assert_ne!(mix(this, that), mix(that, this));
    }

    #[test]
    fn case_digits_and_quotes_are_folded() {
        assert_eq!(hashes("ÉTAT Breaking 1999"), hashes("état breaking 2024"));
        assert_eq!(hashes("“a” „b“"), hashes("\"a\" \"b\""));
        assert_eq!(hashes("Donau\u{AD}dampf don’t"), hashes("donaudampf don't"));
        assert_ne!(hashes("10"), hashes("100"));
    }

    #[test]
    fn words_of_any_length_have_hashes_of_their_own() {
        // The hash of a word as it is defined: eight bytes after eight, and at last those that are left.
        let defined = |word: &str| {
            let (words, rest) = word.as_bytes().as_chunks::<8>();
            let hash = words.iter().fold(SEED, |hash, word| mix(hash, u64::from_le_bytes(*word)));
            mix(hash, rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)))
        };
        for word in
            ["a", "sevenéy", "eightéyz", "nineteen", "sixteenlettersxx", "éa’être-", "abcdefgé", "łódź'dé"]
        {
            let folded = word.replace('’', "'").replace('-', "");
            assert_eq!(hashes(word), [defined(&folded)], "{word}");
        }
    }

    #[test]
    fn kinds_and_capitals() {
        let kinds: Vec<_> = tokens("7th Über 東京?").map(|token| (token.kind, token.capital)).collect();
        let expected = [
            (TokenKind::Number, false),
            (TokenKind::Word, true),
            (TokenKind::Bigram, false),
            (TokenKind::Sign, false),
        ];
        assert_eq!(kinds, expected);
    }
}
