//! What is plain to see of a block: the inputs of all fusions that say nothing of labels.
//!
//! Comes in: a document with its facts. Goes out: columns of numbers, one value a block.

use std::ops::Range;

use super::{Columns, log, log_count};
use crate::document::{Block, Document};
use crate::features::Facts;

/// Inputs in a row of [`plain_facts`].
pub(super) const FACTS: usize = 14;
/// Their names.
pub(super) const FACT_NAMES: [&str; FACTS] = [
    "own words",
    "share of links",
    "position on the page",
    "words on the page",
    "blocks on the page",
    "blocks after the headline",
    "sentences",
    "share of capitals",
    "copies on the page",
    "commas a word",
    "discussion nearby",
    "discussion before",
    "discussion after",
    "dates nearby",
];

/// The inputs of every block that say nothing of labels. `words` are those of the page.
pub(super) fn plain_facts(document: &Document, facts: &[Facts], words: f32) -> Columns {
    let headline = document.blocks().position(Block::is_headline);
    let offset = |headline: usize, index: usize| (index as f32 - headline as f32).clamp(-20.0, 40.0);
    let count = facts.len();
    let mut columns = Columns::new(count, FACTS);
    let mut add_fact = |fact: fn(&Facts) -> f32| columns.add(|index| fact(&facts[index]));
    add_fact(|facts| log_count(facts.words));
    add_fact(|facts| facts.link_bytes as f32 / facts.bytes.max(1) as f32);
    let mut before = 0.0;
    columns.add(|index| {
        let own = facts[index].words as f32;
        let position = (before + own / 2.0) / words.max(1.0);
        before += own;
        position
    });
    columns.add_same(log(words));
    columns.add_same(log_count(count));
    match headline {
        Some(headline) => columns.add(|index| offset(headline, index)),
        None => columns.add_same(-30.0),
    }
    let mut add_fact = |fact: fn(&Facts) -> f32| columns.add(|index| fact(&facts[index]));
    add_fact(|facts| log_count(facts.sentences));
    add_fact(|facts| facts.capitals as f32 / (facts.words as f32).max(1.0));
    add_fact(|facts| log_count(facts.copies));
    add_fact(|facts| facts.commas as f32 / (facts.words as f32).max(1.0));
    let discussion = Marked::new(facts, |facts| facts.discussion);
    columns.add(|index| discussion.nearby(index));
    columns.add(|index| log_count(discussion.within(0..index)));
    columns.add(|index| log_count(discussion.within(index + 1..count)));
    let dates = Marked::new(facts, Facts::is_dateline);
    columns.add(|index| dates.nearby(index));
    columns
}

/// How many blocks of a kind stand within a run of blocks.
struct Marked {
    /// Those before each block, and at last all.
    before: Vec<u32>,
}

/// How many blocks before and after a block are near enough to be about it.
const BESIDE: usize = 3;

impl Marked {
    fn new(facts: &[Facts], is_marked: impl Fn(&Facts) -> bool) -> Self {
        let mut count = 0;
        let mut before = Vec::with_capacity(facts.len() + 1);
        before.push(count);
        before.extend(facts.iter().map(|facts| {
            count += u32::from(is_marked(facts));
            count
        }));
        Self { before }
    }

    fn within(&self, blocks: Range<usize>) -> usize {
        (self.before[blocks.end] - self.before[blocks.start]) as usize
    }

    /// Those beside a block, itself left out.
    fn nearby(&self, block: usize) -> f32 {
        let end = (block + 1 + BESIDE).min(self.before.len() - 1);
        (self.within(block.saturating_sub(BESIDE)..end) - self.within(block..block + 1)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_a_block_leaves_itself_out() {
        let facts: Vec<Facts> =
            [1, 1, 0, 0, 1, 0, 0, 0, 1].map(|words| Facts { words, ..Facts::default() }).to_vec();
        let marked = Marked::new(&facts, |facts| facts.words > 0);
        assert_eq!([0, 1, 4, 8].map(|block| marked.nearby(block)), [1.0, 2.0, 1.0, 0.0]);
        assert_eq!((marked.within(0..4), marked.within(5..9), marked.within(9..9)), (2, 1, 0));
        assert_eq!(Marked::new(&[], |_| true).within(0..0), 0);
    }
}
