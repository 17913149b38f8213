//! Labels: which blocks of a page hold its main text, or text that a reader labelled.
//!
//! Comes in: a document and a text of the same page cut differently. Goes out: a set of labels a block, found by the
//! words that both share in the same order.

use super::alignment::align;
use super::record::Line;
use super::{Kinds, UNKNOWN};
use crate::document::{Block, Document};
use crate::label::LabelSet;
use crate::token::{TokenKind, tokens};

/// The words of a text, as hashes: what two versions of it are aligned by.
fn words(text: &str) -> impl Iterator<Item = u64> {
    tokens(text).filter(|token| token.kind != TokenKind::Sign).map(|token| token.hash)
}

/// For each word of each block of `document` the index of the word of `gold` it is aligned with.
fn aligned(document: &Document, gold: &[u64]) -> Vec<Vec<Option<usize>>> {
    let page: Vec<Vec<u64>> = document.blocks().map(|block| words(block.text()).collect()).collect();
    let flat: Vec<u64> = page.iter().flatten().copied().collect();
    let mut partners = align(&flat, gold).into_iter();
    page.iter().map(|words| partners.by_ref().take(words.len()).collect()).collect()
}

/// Share of a block's words that must be aligned with the main text for it to be content.
const ALIGNED_SHARE: f32 = 0.6;

pub(super) fn labels_from_text(
    document: &Document,
    gold: &str,
    content: LabelSet,
    kinds: &Kinds,
) -> Vec<LabelSet> {
    let gold: Vec<u64> = words(gold).collect();
    let partners = aligned(document, &gold);
    let label = |(block, partners): (Block<'_>, &Vec<Option<usize>>)| {
        let matched: Vec<usize> = partners.iter().flatten().copied().collect();
        // Words strewn over the main text are there by chance.
        let close = match (matched.first(), matched.last()) {
            (Some(first), Some(last)) => last - first < 2 * matched.len() + 2,
            _ => false,
        };
        let share = matched.len() as f32 / partners.len().max(1) as f32;
        if block.is_headline() || close && share >= ALIGNED_SHARE {
            content
        } else if share > 0.3 && partners.len() > 8 {
            // Some of it: the page's cut and the reader's differ.
            UNKNOWN
        } else {
            kinds.boilerplate
        }
    };
    document.blocks().zip(&partners).map(label).collect()
}

pub(super) fn labels_from_blocks(
    document: &Document,
    gold: &[Line],
    content: LabelSet,
    kinds: &Kinds,
) -> Vec<LabelSet> {
    let mut gold_words = Vec::new();
    let mut owners = Vec::new();
    for (index, block) in gold.iter().enumerate() {
        gold_words.extend(words(&block.text));
        owners.resize(gold_words.len(), index);
    }
    let label = |partners: Vec<Option<usize>>| {
        let mut votes: Vec<(LabelSet, usize)> = Vec::new();
        for word in partners.iter().flatten() {
            let set = match gold[owners[*word]].label.as_str() {
                "headline" => content,
                label => kinds.of(label),
            };
            match votes.iter_mut().find(|(known, _)| *known == set) {
                Some((_, count)) => *count += 1,
                None => votes.push((set, 1)),
            }
        }
        let most = votes.into_iter().max_by_key(|(_, count)| *count);
        most.filter(|(_, count)| 2 * count >= partners.len()).map_or(UNKNOWN, |(set, _)| set)
    };
    aligned(document, &gold_words).into_iter().map(label).collect()
}
