//! The views of words: single tokens, pairs of neighbours, and both again for short blocks, titles and whole pages.

use std::ops::Range;

use super::tokens::{Token, Tokens};
use super::{Collect, Facts, Standing, View};
use crate::document::{Block, Document};
use crate::token::{TokenKind, mix};

/// Stands before the first and after the last token of a block.
const EDGE: u64 = 0x5851_F42D_4C95_7F2D;

/// The longest block that the view of short ones reads, in words.
const BRIEF_WORDS: usize = 18;

/// The longest title, in tokens.
const TITLE_TOKENS: usize = 40;

/// Blocks with fewer words than this are menus and labels rather than what the page is about.
const TELLING_WORDS: usize = 4;

/// Which of the views read a block, besides those of words and of pairs, which read all.
#[derive(Debug, Clone, Copy)]
struct Readers {
    brief: bool,
    /// It is the page's own headline, or a page's only block.
    title: bool,
    /// It says what the page is about. A page of one block has none such: it is a title.
    page: bool,
}

impl Readers {
    fn of(block: Block<'_>, tokens: &[Token], facts: &Facts, is_alone: bool) -> Self {
        Self {
            brief: facts.words <= BRIEF_WORDS,
            title: (is_alone || block.is_headline()) && tokens.len() <= TITLE_TOKENS,
            page: !is_alone && facts.words >= TELLING_WORDS && !facts.is_teaser(),
        }
    }
}

/// Whether each block of a document is its page's only one.
fn is_alone(document: &Document, standing: Standing) -> bool {
    standing == Standing::Alone || document.len() == 1
}

/// The slots of a document's words and pairs.
#[derive(Debug, Default)]
pub(super) struct WordSlots {
    /// Block by block those of its words, then those of its pairs.
    apart: Vec<u32>,
    /// The same words and pairs in the views of short blocks and of the page, where one of these reads them.
    both: Vec<u32>,
    /// Words and pairs of titles.
    titles: Vec<u32>,
    blocks: Vec<Bounds>,
    /// Each slot once of the blocks that say what the page is about.
    page: Vec<u32>,
    /// One bit a slot of the page's: whether it is in `page`.
    seen: Vec<u64>,
    /// What the slots of one block's words, then those of its pairs, are made of.
    mixed: Vec<u64>,
}

/// Where the slots of a block are.
#[derive(Debug, Clone)]
struct Bounds {
    words: Range<usize>,
    pairs: Range<usize>,
    brief: Range<usize>,
    title: Range<usize>,
}

impl WordSlots {
    pub fn fill(&mut self, document: &Document, tokens: &Tokens, standing: Standing, facts: &[Facts]) {
        self.apart.clear();
        self.both.clear();
        self.titles.clear();
        self.blocks.clear();
        self.page.clear();
        let is_alone = is_alone(document, standing);
        if !is_alone {
            self.seen.clear();
            self.seen.resize(View::Page.slots() / 64, 0);
        }
        for ((block, tokens), facts) in document.blocks().zip(tokens.blocks()).zip(facts) {
            self.mix(tokens);
            self.add_block(tokens.len(), Readers::of(block, tokens, facts, is_alone));
        }
    }

    /// Makes ready what the slots of a block's words, then those of its pairs, are made of.
    fn mix(&mut self, tokens: &[Token]) {
        let Self { mixed, .. } = self;
        mixed.clear();
        mixed.extend(tokens.iter().map(|token| View::mixed_word(token.hash)));
        // Room for all pairs there may be: to ask for it at each would take longer.
        mixed.resize(2 * tokens.len() + 1, 0);
        let (room, mut count) = (&mut mixed[tokens.len()..], 0);
        pairs(tokens).for_each(|pair| {
            room[count] = View::mixed_word(pair.hash);
            count += 1;
        });
        mixed.truncate(tokens.len() + count);
    }

    /// Adds the slots of a block, of which the first so many are those of words.
    fn add_block(&mut self, words: usize, readers: Readers) {
        let Self { mixed, apart, both, titles, .. } = self;
        let (start, both_start, titles_start) = (apart.len(), both.len(), titles.len());
        let middle = start + words;
        apart.extend(mixed[..words].iter().map(|mixed| View::Words.slot_of_word(*mixed)));
        apart.extend(mixed[words..].iter().map(|mixed| View::Pairs.slot_of_word(*mixed)));
        if readers.brief || readers.page {
            both.extend(mixed.iter().map(|mixed| View::Page.slot_of_word(*mixed)));
        }
        if readers.title {
            titles.extend(mixed.iter().map(|mixed| View::Title.slot_of_word(*mixed)));
        }
        self.blocks.push(Bounds {
            words: start..middle,
            pairs: middle..apart.len(),
            brief: if readers.brief { both_start..both.len() } else { 0..0 },
            title: titles_start..titles.len(),
        });
        if readers.page {
            self.add_to_page(both_start);
        }
    }

    /// Adds the slots from `start` on to those of the page, if they are not there yet.
    fn add_to_page(&mut self, start: usize) {
        let Self { both, seen, page, .. } = self;
        // Each is written, and kept by counting it: whether a slot is new could not be guessed.
        let (new, mut count) = (&both[start..], page.len());
        page.resize(count + new.len(), 0);
        for slot in new {
            let (word, bit) = (&mut seen[*slot as usize / 64], slot % 64);
            page[count] = *slot;
            count += usize::from(*word >> bit & 1 == 0);
            *word |= 1 << bit;
        }
        page.truncate(count);
    }

    /// The slots of the block at `block` in a view that reads words.
    pub fn of(&self, view: View, block: usize) -> &[u32] {
        let bounds = &self.blocks[block];
        match view {
            View::Words => &self.apart[bounds.words.clone()],
            View::Pairs => &self.apart[bounds.pairs.clone()],
            View::Brief => &self.both[bounds.brief.clone()],
            View::Title => &self.titles[bounds.title.clone()],
            View::Page => &self.page,
            View::Shape | View::Place | View::Neighbours | View::Container => &[],
        }
    }
}

/// Adds what `view` reads, block by block.
pub(super) fn extract(
    view: View,
    document: &Document,
    tokens: &Tokens,
    standing: Standing,
    facts: &[Facts],
    out: &mut impl Collect,
) {
    let is_alone = is_alone(document, standing);
    for ((block, tokens), facts) in document.blocks().zip(tokens.blocks()).zip(facts) {
        let readers = Readers::of(block, tokens, facts, is_alone);
        let (words, pairs) = match view {
            View::Words => (true, false),
            View::Pairs => (false, true),
            View::Brief => (readers.brief, readers.brief),
            View::Title => (readers.title, readers.title),
            View::Page => (readers.page, readers.page),
            View::Shape | View::Place | View::Neighbours | View::Container => (false, false),
        };
        if words {
            add_words(block, tokens, out);
        }
        if pairs {
            add_pairs(block, tokens, out);
        }
        out.end_block();
    }
}

/// Adds the tokens of a block.
fn add_words(block: Block<'_>, tokens: &[Token], out: &mut impl Collect) {
    for token in tokens {
        out.add(token.hash, || shown(block.text(), token));
    }
}

/// Adds the pairs of a block.
fn add_pairs(block: Block<'_>, tokens: &[Token], out: &mut impl Collect) {
    let shown =
        |token: Option<&Token>, edge: &str| token.map_or(edge.into(), |token| shown(block.text(), token));
    for Pair { hash, first, second } in pairs(tokens) {
        out.add(hash, || format!("{} {}", shown(first, "^"), shown(second, "$")));
    }
}

/// Two tokens beside each other; none stands for the edge of the block.
struct Pair<'a> {
    hash: u64,
    first: Option<&'a Token>,
    second: Option<&'a Token>,
}

/// The pairs of a block. Characters of scripts without spaces are pairs already.
fn pairs(tokens: &[Token]) -> impl Iterator<Item = Pair<'_>> {
    let (mut hash, mut first) = (EDGE, None);
    let inner = tokens.iter().filter_map(move |token| {
        let pair = Pair { hash: mix(hash, token.hash), first, second: Some(token) };
        (hash, first) = (token.hash, Some(token));
        (token.kind != TokenKind::Bigram).then_some(pair)
    });
    inner.chain(tokens.last().map(|last| Pair {
        hash: mix(last.hash, EDGE),
        first: Some(last),
        second: None,
    }))
}

/// The token as it is counted: in lower case, digits as 0.
fn shown(text: &str, token: &Token) -> String {
    let lower = text[token.range()].to_lowercase();
    lower.chars().map(|c| if c.is_numeric() { '0' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use crate::features::{View, names};
    use crate::input::text;

    #[test]
    fn pairs_reach_over_the_edges() {
        let document = text::read("10 Tips\nShare");
        assert_eq!(names(View::Words, &document), [vec!["00", "tips"], vec!["share"]]);
        assert_eq!(
            names(View::Pairs, &document),
            [vec!["^ 00", "00 tips", "tips $"], vec!["^ share", "share $"]]
        );
    }
}
