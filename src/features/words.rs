//! The views of words: single tokens, pairs of neighbours, and both again for short blocks.

use super::{Collect, Facts, Tokens};
use crate::document::{Block, Document};
use crate::token::{Token, TokenKind, mix};

/// Stands before the first and after the last token of a block.
const EDGE: u64 = 0x5851_F42D_4C95_7F2D;

/// Adds every token.
pub(super) fn words(document: &Document, tokens: &Tokens, out: &mut impl Collect) {
    for (block, tokens) in document.blocks().zip(tokens.blocks()) {
        add_words(block, tokens, out);
        out.end_block();
    }
}

/// Adds every two neighbouring tokens, and the first and the last with the edge of the block.
pub(super) fn pairs(document: &Document, tokens: &Tokens, out: &mut impl Collect) {
    for (block, tokens) in document.blocks().zip(tokens.blocks()) {
        add_pairs(block, tokens, out);
        out.end_block();
    }
}

/// The longest block in [`brief`], in words.
const BRIEF_WORDS: usize = 18;

/// Adds every token and every two neighbouring tokens of short blocks.
pub(super) fn brief(document: &Document, tokens: &Tokens, facts: &[Facts], out: &mut impl Collect) {
    for ((block, tokens), facts) in document.blocks().zip(tokens.blocks()).zip(facts) {
        if facts.words <= BRIEF_WORDS {
            add_words(block, tokens, out);
            add_pairs(block, tokens, out);
        }
        out.end_block();
    }
}

/// Adds the tokens of a block.
/// The longest title, in tokens.
const TITLE_TOKENS: usize = 40;

/// Adds words and pairs of the page's own headline, or of a page's only block.
pub(super) fn title(document: &Document, tokens: &Tokens, out: &mut impl Collect) {
    let is_alone = document.len() == 1;
    for (block, tokens) in document.blocks().zip(tokens.blocks()) {
        if (is_alone || block.is_headline()) && tokens.len() <= TITLE_TOKENS {
            add_words(block, tokens, out);
            add_pairs(block, tokens, out);
        }
        out.end_block();
    }
}

/// Blocks with fewer words than this are menus and labels rather than what the page is about.
const TELLING_WORDS: usize = 4;

/// Adds words and pairs of all blocks that say what the page is about. A page of one block has none: it is a title.
pub(super) fn page(document: &Document, tokens: &Tokens, facts: &[Facts], out: &mut impl Collect) {
    for ((block, tokens), facts) in document.blocks().zip(tokens.blocks()).zip(facts) {
        if document.len() > 1 && facts.words >= TELLING_WORDS && !facts.is_teaser() {
            add_words(block, tokens, out);
            add_pairs(block, tokens, out);
        }
        out.end_block();
    }
}

fn add_words(block: Block<'_>, tokens: &[Token], out: &mut impl Collect) {
    for token in tokens {
        out.add(token.hash, || shown(block.text(), token));
    }
}

/// Adds the pairs of a block. Characters of scripts without spaces are pairs already.
fn add_pairs(block: Block<'_>, tokens: &[Token], out: &mut impl Collect) {
    let text = block.text();
    let mut before: Option<&Token> = None;
    for token in tokens {
        if token.kind != TokenKind::Bigram {
            let hash = before.map_or(EDGE, |before| before.hash);
            let first = || before.map_or("^".into(), |before| shown(text, before));
            out.add(mix(hash, token.hash), || format!("{} {}", first(), shown(text, token)));
        }
        before = Some(token);
    }
    if let Some(last) = before {
        out.add(mix(last.hash, EDGE), || format!("{} $", shown(text, last)));
    }
}

/// The token as it is counted: in lower case, digits as 0.
fn shown(text: &str, token: &Token) -> String {
    let lower = text[token.range.clone()].to_lowercase();
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
