//! Which content: what the words of content around a block say of its kind.
//!
//! Comes in: scores and probabilities of all blocks of a page. Goes out: evidence a label, for any run of blocks.

use std::ops::Range;

use super::Scores;
use crate::features::View;
use crate::fusion::PerLabel;
use crate::label::{Label, Labels, MAX_LABELS};

/// The views that read words.
pub(super) const WORD_VIEWS: [View; 3] = [View::Words, View::Pairs, View::Brief];

/// For each word view a value a label.
pub(super) type Evidence = [PerLabel; WORD_VIEWS.len()];

/// What the words of content say of which content it is, for any run of blocks. What they say of boilerplate is left
/// out: that is for each block by itself.
pub(super) struct ContentEvidence {
    content_labels: Vec<usize>,
    /// For each word view the sums over all blocks before: score by label and number of features, both as far as each
    /// block is content.
    sums: Vec<[(PerLabel, f32); WORD_VIEWS.len()]>,
}

impl ContentEvidence {
    pub fn new(scores: &[Scores], probabilities: &[PerLabel], labels: &Labels) -> Self {
        let boilerplate = labels.boilerplate();
        let content_labels: Vec<usize> =
            labels.iter().filter(|label| Some(*label) != boilerplate).map(Label::index).collect();
        let mut sum = [([0.0; MAX_LABELS], 0.0); WORD_VIEWS.len()];
        let mut sums = Vec::with_capacity(scores.len() + 1);
        sums.push(sum);
        for (scores, probabilities) in scores.iter().zip(probabilities) {
            let content = 1.0 - boilerplate.map_or(0.0, |label| probabilities[label.index()]);
            for ((evidence, features), view) in sum.iter_mut().zip(WORD_VIEWS) {
                let (score, count) = &scores[view.index()];
                *features += *count as f32 * content;
                content_labels.iter().for_each(|label| evidence[*label] += score[*label] * content);
            }
            sums.push(sum);
        }
        Self { content_labels, sums }
    }

    /// The evidence of a run of blocks; its mean over the content labels is 0.
    pub fn of(&self, blocks: Range<usize>) -> Evidence {
        let (before, after) = (&self.sums[blocks.start], &self.sums[blocks.end]);
        std::array::from_fn(|view| {
            let ((before, features_before), (after, features_after)) = (&before[view], &after[view]);
            let damped = 1.0 / (features_after - features_before + 4.0).max(4.0).sqrt();
            let difference = |label: usize| after[label] - before[label];
            let mean = self.content_labels.iter().copied().map(difference).sum::<f32>()
                / self.content_labels.len() as f32;
            let mut evidence = [0.0; MAX_LABELS];
            self.content_labels
                .iter()
                .for_each(|label| evidence[*label] = (difference(*label) - mean) * damped);
            evidence
        })
    }

    /// The evidence of each block with the `length` blocks before it, and of each with those after it.
    pub fn beside(&self, length: usize) -> [Vec<Evidence>; 2] {
        let count = self.sums.len() - 1;
        let before: Vec<Evidence> =
            (0..count).map(|index| self.of(index.saturating_sub(length)..index + 1)).collect();
        // What comes after a block comes before a later one, but for the last.
        let after =
            |index: usize| before.get(index + length).copied().unwrap_or_else(|| self.of(index..count));
        let after = (0..count).map(after).collect();
        [before, after]
    }
}
