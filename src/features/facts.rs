//! Facts: what is counted of each block once, for several views and for the inputs of the fusions.
//!
//! Comes in: a document and its tokens. Goes out: [`Facts`] for every block.

use std::ops::Range;
use std::sync::LazyLock;

use super::tokens::{Token, Tokens};
use super::wordlist::WordList;
use super::{Standing, bin, tenths};
use crate::document::{Block, Document};
use crate::token::{LetterRun, TokenKind, hash_bytes};

/// What is counted of a block once and used by several views.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    /// Words; a character of a script without spaces counts as half a word.
    pub words: usize,
    /// Words with a capital first letter.
    pub capitals: usize,
    /// Words that start with a digit.
    pub numbers: usize,
    /// Tokens that are signs.
    pub signs: usize,
    /// Commas of any script.
    pub commas: usize,
    /// Sentence ends of any script that more text or the end of the block follows.
    pub sentences: usize,
    /// Bytes of text and of links in it.
    pub bytes: usize,
    pub link_bytes: usize,
    /// What the block starts and ends with.
    pub first: Mark,
    pub last: Mark,
    /// Whether a month, weekday or clock time seems to be in it.
    pub date: bool,
    /// Starts like an item of a list: "3.", "•", "#2".
    pub item: bool,
    pub quotes: bool,
    pub upper: bool,
    pub address: bool,
    /// How many blocks of the page say the same.
    pub copies: usize,
    /// Whether it is furniture of a discussion: "Reply", "Ann says:".
    pub discussion: bool,
}

/// The kind of a character at the edge of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mark {
    #[default]
    Other,
    Lower,
    Upper,
    Digit,
    Letter,
    Stop,
    Question,
    Exclamation,
    Colon,
    Ellipsis,
    Quote,
    Bracket,
    Comma,
    Dash,
    Bullet,
    Arrow,
}

/// The marks of all characters of alphabets that are common on the web, found once: Latin, Greek and Cyrillic.
static MARKS: LazyLock<[Mark; 0x530]> = LazyLock::new(|| {
    std::array::from_fn(|c| char::from_u32(c as u32).map(Mark::looked_up).unwrap_or_default())
});

/// Whether a byte is to be looked at: it is a mark that counts wherever it stands, or not ASCII. Others, most of any text,
/// are passed over.
static TELLING: LazyLock<[bool; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| match (byte as u8, MARKS[byte]) {
        (b'@' | b'/' | 0x80.., _) | (_, Mark::Comma | Mark::Quote) => true,
        (_, mark) => mark.may_end_a_sentence(),
    })
});

impl Mark {
    fn may_end_a_sentence(self) -> bool {
        matches!(self, Self::Stop | Self::Question | Self::Exclamation | Self::Ellipsis)
    }

    fn of(c: char) -> Self {
        MARKS.get(c as usize).copied().unwrap_or_else(|| Self::looked_up(c))
    }

    fn looked_up(c: char) -> Self {
        match c {
            '.' | '。' | '．' | '।' | '։' | '۔' => Self::Stop,
            '?' | '？' | '؟' | ';' => Self::Question,
            '!' | '！' => Self::Exclamation,
            ':' | '：' => Self::Colon,
            '…' => Self::Ellipsis,
            '"' | '“' | '”' | '„' | '«' | '»' | '\'' | '‘' | '’' | '「' | '」' | '『' | '』' => {
                Self::Quote
            }
            '(' | ')' | '[' | ']' | '（' | '）' | '{' | '}' => Self::Bracket,
            ',' | '，' | '、' | '،' => Self::Comma,
            '-' | '–' | '—' | '|' | '_' => Self::Dash,
            '•' | '·' | '*' | '▪' | '●' | '■' => Self::Bullet,
            '›' | '→' | '>' | '▶' => Self::Arrow,
            _ if c.is_lowercase() => Self::Lower,
            _ if c.is_numeric() => Self::Digit,
            _ if c.is_uppercase() => Self::Upper,
            _ if c.is_alphabetic() => Self::Letter,
            _ => Self::Other,
        }
    }
}

/// Ends of the bins for numbers of words.
pub(super) const WORDS: [u32; 11] = [1, 2, 3, 4, 6, 9, 13, 20, 32, 50, 90];

impl Facts {
    /// The bin of the block's length.
    pub fn words_bin(&self) -> u64 {
        bin(self.words, &WORDS)
    }

    /// The share of links in the block, in tenths.
    pub fn link_tenths(&self) -> u64 {
        tenths(self.link_bytes, self.bytes)
    }

    /// Whether there is a letter or digit in it, of any script.
    pub fn says_something(&self) -> bool {
        self.words > 0
    }

    /// Whether it is a link of several words, as to another story. What it is follows from where it stands, not from
    /// its words: beside an article it is furniture, in a list of posts it is content.
    pub fn is_teaser(&self) -> bool {
        self.words >= 4 && self.link_bytes * 2 > self.bytes
    }

    /// Whether it is a short block with a date or a time in it.
    pub fn is_dateline(&self) -> bool {
        self.date && self.words < 10
    }

    /// Whether it reads as prose: sentences of some length, not in a link.
    pub fn is_prose(&self) -> bool {
        self.words >= 10 && self.sentences > 0 && self.link_bytes * 2 < self.bytes
    }
}

/// Fills `facts` with those of all blocks.
pub(super) fn fill(document: &Document, tokens: &Tokens, standing: Standing, facts: &mut Vec<Facts>) {
    facts.clear();
    // Looked up once: whether they are there yet is asked of what is made late at every use.
    let (telling, dates) = (&*TELLING, &*DATES);
    let blocks = document.blocks().zip(tokens.blocks());
    facts.extend(blocks.map(|(block, tokens)| facts_of(block, tokens, telling, dates)));
    if standing == Standing::Alone || facts.len() < 2 {
        return;
    }
    let hashes = document.blocks().map(|block| hash_bytes(block.text().as_bytes()));
    let mut blocks: Vec<(u64, usize)> = hashes.zip(0..).collect();
    blocks.sort_unstable();
    for copies in blocks.chunk_by(|(one, _), (other, _)| one == other) {
        copies.iter().for_each(|(_, block)| facts[*block].copies = copies.len());
    }
}

fn facts_of(block: Block<'_>, tokens: &[Token], telling: &[bool; 256], dates: &WordList) -> Facts {
    let text = block.text();
    let mut facts =
        Facts { bytes: text.len(), link_bytes: block.link_bytes(), copies: 1, ..Facts::default() };
    facts.count_tokens(text, tokens, dates);
    facts.count_marks(text, tokens, telling);
    facts.upper = is_upper(text);
    facts.first = text.chars().next().map(Mark::of).unwrap_or_default();
    facts.last = text.chars().next_back().map(Mark::of).unwrap_or_default();
    facts.item = is_item(text);
    facts
}

impl Facts {
    /// Words, numbers, signs and dates.
    fn count_tokens(&mut self, text: &str, tokens: &[Token], dates: &WordList) {
        let mut half_words = 0;
        for token in tokens {
            match token.kind {
                TokenKind::Word => {
                    half_words += 2;
                    self.capitals += usize::from(token.capital);
                    self.date |= is_date_word(token, dates);
                }
                TokenKind::Number => {
                    half_words += 2;
                    self.numbers += 1;
                    let range = token.range();
                    self.date |= text.as_bytes().get(range.end) == Some(&b':') && range.len() <= 2;
                }
                TokenKind::Bigram => half_words += 1,
                TokenKind::Sign => self.signs += 1,
            }
        }
        self.words = usize::div_ceil(half_words, 2);
    }

    /// Commas, sentences and other marks.
    fn count_marks(&mut self, text: &str, tokens: &[Token], telling: &[bool; 256]) {
        if !text.is_ascii() {
            return self.count_marks_in(text, 0..text.len(), telling);
        }
        // No mark that counts is in a word of ASCII, so that what stands between words is enough.
        let mut end = 0;
        for word in tokens.iter().filter(|token| token.kind != TokenKind::Sign) {
            let range = word.range();
            let between = end..range.start;
            end = range.end;
            if text.as_bytes()[between.clone()] != *b" " {
                self.count_marks_in(text, between, telling);
            }
        }
        self.count_marks_in(text, end..text.len(), telling);
    }

    fn count_marks_in(&mut self, text: &str, range: Range<usize>, telling: &[bool; 256]) {
        let bytes = &text.as_bytes()[..range.end];
        let mut at = range.start;
        while let Some(&byte) = bytes.get(at) {
            if !telling[usize::from(byte)] {
                at += 1;
                continue;
            }
            let (start, c) = (at, char_from(text, at));
            at += c.len_utf8();
            match Mark::of(c) {
                Mark::Comma => self.commas += 1,
                Mark::Quote => self.quotes |= !(byte == b'\'' || c == '’'),
                mark if mark.may_end_a_sentence() => {
                    self.sentences += usize::from(ends_sentence(text, start..at));
                }
                Mark::Other if byte == b'@' || bytes[start..].starts_with(b"//") => self.address = true,
                _ => {}
            }
        }
    }
}

/// Whether there are letters, and more than four of five are capitals.
fn is_upper(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut lowers, mut uppers, mut at) = (0, 0, 0);
    // Once there are so many small letters that all the rest could be capitals, the rest is not looked at.
    while at < bytes.len() && lowers * 5 < bytes.len() {
        let run = LetterRun::of(bytes, at);
        lowers += run.lowers;
        uppers += run.uppers;
        at += run.bytes;
        if run.bytes == 8 {
            continue;
        }
        match bytes.get(at) {
            Some(0x80..) => {
                let c = char_from(text, at);
                at += c.len_utf8();
                match Mark::of(c) {
                    Mark::Upper => uppers += 1,
                    Mark::Lower => lowers += 1,
                    _ => {}
                }
            }
            _ => at += 1,
        }
    }
    let letters = lowers + uppers;
    letters > 1 && uppers * 10 > letters * 8
}

/// Whether the mark at `range`, which may end a sentence, does.
fn ends_sentence(text: &str, range: Range<usize>) -> bool {
    let byte = text.as_bytes()[range.start];
    let ends = byte >= 0x80
        || text[range.end..]
            .chars()
            .next()
            .is_none_or(|next| next.is_whitespace() || matches!(Mark::of(next), Mark::Quote | Mark::Bracket));
    let before = text[..range.start].chars().next_back().map(Mark::of).unwrap_or_default();
    // A stop after a lone letter or a digit ends an abbreviation or an item number.
    ends && before != Mark::Digit && (byte != b'.' || before != Mark::Upper)
}

/// The character of `text` that starts at the byte `at`.
fn char_from(text: &str, at: usize) -> char {
    text[at..].chars().next().unwrap_or('\0')
}

/// Whether a block starts as an item of a list does: a bullet, or a short number with a stop, bracket or hash sign.
fn is_item(text: &str) -> bool {
    let rest = text.strip_prefix('#').unwrap_or(text);
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = rest.len() - after.len();
    let numbered =
        (1..=3).contains(&digits) && (rest.len() < text.len() || after.starts_with(['.', ')', ':']));
    numbered
        || text.starts_with(['•', '·', '▪', '●', '■', '✓', '✔'])
        || text.starts_with("* ")
        || text.starts_with("- ")
}

/// Words for months and weekdays in the larger European languages, in full or cut short.
const DATE_WORDS: [&str; 76] = [
    "abril",
    "agosto",
    "ago",
    "août",
    "apr",
    "april",
    "aprile",
    "aug",
    "august",
    "avril",
    "dec",
    "december",
    "dez",
    "dezember",
    "dezembro",
    "dic",
    "dicembre",
    "diciembre",
    "dienstag",
    "domingo",
    "donnerstag",
    "décembre",
    "enero",
    "feb",
    "febbraio",
    "febrero",
    "februar",
    "february",
    "fevereiro",
    "freitag",
    "fri",
    "friday",
    "février",
    "gennaio",
    "giugno",
    "jan",
    "janeiro",
    "januar",
    "january",
    "janvier",
    "jeudi",
    "jul",
    "juli",
    "julio",
    "julho",
    "july",
    "juillet",
    "jun",
    "june",
    "juni",
    "junho",
    "junio",
    "lunes",
    "maart",
    "marzo",
    "martes",
    "mayo",
    "mercredi",
    "mittwoch",
    "mon",
    "monday",
    "märz",
    "março",
    "nov",
    "november",
    "noviembre",
    "oct",
    "october",
    "okt",
    "oktober",
    "octubre",
    "samstag",
    "sept",
    "september",
    "tuesday",
    "wednesday",
];

static DATES: LazyLock<WordList> = LazyLock::new(|| WordList::new(&DATE_WORDS));

/// Whether the token is a month or weekday.
fn is_date_word(token: &Token, dates: &WordList) -> bool {
    // In this order, since the length of a word is hard to guess, and that it is in no list is not.
    dates.has(token.hash) && (3..=10).contains(&token.range().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Features;
    use crate::input::{html, text};

    fn facts_of_line(line: &str) -> Facts {
        Features::of(&text::read(line)).facts()[0].clone()
    }

    #[test]
    fn prose_and_furniture_differ() {
        let prose = facts_of_line(
            "The council voted on Monday, after a long debate, to close the bridge. \"We had no choice,\" he said.",
        );
        assert!(prose.is_prose() && prose.quotes && prose.date);
        assert_eq!((prose.words, prose.commas, prose.sentences), (19, 3, 2));
        assert!(
            !facts_of_line("Home News Sport Weather Contact us Terms Privacy Jobs Shop Login").is_prose()
        );
    }

    #[test]
    fn edges_and_items() {
        assert_eq!(facts_of_line("Read more…").last, Mark::Ellipsis);
        assert_eq!(facts_of_line("10 tips").first, Mark::Digit);
        for item in ["3. Creative", "#2 Paint", "• One", "12) x"] {
            assert!(facts_of_line(item).item, "{item}");
        }
        for other in ["1999", "10 Tips for you", "A. B.", "2020. It was"] {
            assert!(!facts_of_line(other).item, "{other}");
        }
        assert!(facts_of_line("BREAKING NEWS").upper);
        assert!(facts_of_line("write to a@b.example").address);
    }

    #[test]
    fn copies_and_links_are_counted() {
        let features = Features::of(&html::read("<p><a>Share</a> now</p><p>x</p><p>Share now</p>"));
        let all = features.facts();
        assert_eq!(all.iter().map(|facts| facts.copies).collect::<Vec<_>>(), [2, 1, 2]);
        assert_eq!((all[0].link_tenths(), all[2].link_tenths()), (5, 0));
    }

    #[test]
    fn scripts_without_spaces_have_words_too() {
        let facts = facts_of_line("港特首梁振英就住宅违建事件道歉。");
        assert_eq!((facts.words, facts.last), (7, Mark::Stop));
    }
}
