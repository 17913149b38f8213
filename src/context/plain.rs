//! What is plain to see of a block: the inputs of all fusions that say nothing of labels.
//!
//! Comes in: a document with its facts. Goes out: one row of numbers a block.

use super::log;
use crate::document::{Block, Document};
use crate::features::Facts;

/// Inputs in a row of [`plain_facts`].
pub(super) const FACTS: usize = 10;
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
];

/// The inputs of every block that say nothing of labels. `words` are those of the page.
pub(super) fn plain_facts(document: &Document, facts: &[Facts], words: f32) -> Vec<[f32; FACTS]> {
    let headline = document.blocks().position(Block::is_headline);
    let (log_words, log_blocks) = (log(words), log(facts.len() as f32));
    let mut before = 0.0;
    let plain = |(index, facts): (usize, &Facts)| {
        let own = facts.words as f32;
        let offset = headline.map_or(-30.0, |headline| (index as f32 - headline as f32).clamp(-20.0, 40.0));
        let position = (before + own / 2.0) / words.max(1.0);
        before += own;
        [
            log(own),
            facts.link_bytes as f32 / facts.bytes.max(1) as f32,
            position,
            log_words,
            log_blocks,
            offset,
            log(facts.sentences as f32),
            facts.capitals as f32 / own.max(1.0),
            log(facts.copies as f32),
            facts.commas as f32 / own.max(1.0),
        ]
    };
    facts.iter().enumerate().map(plain).collect()
}
