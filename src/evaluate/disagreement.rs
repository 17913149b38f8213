//! Disagreements: where a model contradicts whoever labelled a page, which one of them should look at again.
//!
//! Comes in: a page with its labels and its analysis. Goes out: the blocks, or the page, with another label.

use serde::Serialize;

use crate::classifier::Analysis;
use crate::document::Document;
use crate::label::{Label, LabelSet, Labels};

/// A block, or a whole page, whose label is not the predicted one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disagreement {
    /// What the page is called.
    pub page: String,
    /// The index of the block; none if the page as a whole is meant.
    pub block: Option<usize>,
    /// The label it was given.
    pub label: String,
    /// The label it was predicted to have.
    pub predicted: String,
    /// The probability of the predicted label, 0 to 1.
    pub probability: f32,
    /// What it says; of a page the first block.
    pub text: String,
}

impl Disagreement {
    /// The blocks of `document` that were predicted to have another label than the one they have.
    pub fn on_blocks(
        page: &str,
        document: &Document,
        labels: &[LabelSet],
        analysis: &Analysis,
        names: &Labels,
    ) -> Vec<Self> {
        let found = labels.iter().zip(&analysis.blocks).enumerate().filter_map(|(block, (truth, found))| {
            let truth = truth.single().filter(|truth| *truth != found.label)?;
            Some(Self {
                page: page.to_owned(),
                block: Some(block),
                label: names.name(truth).to_owned(),
                predicted: names.name(found.label).to_owned(),
                probability: found.probability,
                text: document.block(block).text().to_owned(),
            })
        });
        found.collect()
    }

    /// The page, if its content was predicted to be something else than `truth`.
    pub fn on_page(
        page: &str,
        document: &Document,
        truth: Label,
        analysis: &Analysis,
        names: &Labels,
    ) -> Option<Self> {
        (analysis.label != truth).then(|| Self {
            page: page.to_owned(),
            block: None,
            label: names.name(truth).to_owned(),
            predicted: names.name(analysis.label).to_owned(),
            probability: analysis.probabilities[analysis.label.index()],
            text: document.blocks().next().map_or("", |block| block.text()).to_owned(),
        })
    }

    /// The `most` of each kind, blocks and pages, whose predictions are surest; of equals, those that came first.
    pub fn surest(mut all: Vec<Self>, most: usize) -> Vec<Self> {
        all.sort_by(|one, other| {
            let by_kind = one.block.is_some().cmp(&other.block.is_some());
            by_kind.then(other.probability.total_cmp(&one.probability))
        });
        let pages = all.partition_point(|one| one.block.is_none());
        let blocks = all.split_off(pages);
        all.truncate(most);
        all.extend(blocks.into_iter().take(most));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disagreement(block: Option<usize>, probability: f32) -> Disagreement {
        let [page, label, predicted, text] = ["p", "news", "listicle", "x"].map(str::to_owned);
        Disagreement { page, block, label, predicted, probability, text }
    }

    #[test]
    fn the_surest_of_each_kind_come_first() {
        let all = [(Some(0), 0.6), (None, 0.5), (Some(1), 0.9), (Some(2), 0.7), (None, 0.8)];
        let all = all.map(|(block, probability)| disagreement(block, probability)).to_vec();
        let found: Vec<_> =
            Disagreement::surest(all, 2).into_iter().map(|one| (one.block, one.probability)).collect();
        assert_eq!(found, [(None, 0.8), (None, 0.5), (Some(1), 0.9), (Some(2), 0.7)]);
    }
}
