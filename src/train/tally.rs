//! The tally: features on their way into the counts.
//!
//! Comes in: the slots of one block after another. Goes out: [`Counts`]. All tables of counts together are larger than
//! what a processor has at hand, and every block falls into others; so slots wait until there are many for one table.

use crate::features::{VIEWS, View};
use crate::label::MAX_LABELS;
use crate::model::{Counts, FOLDS, Fold};

/// How many slots wait for one table at most, unless a single block has more.
const BATCH: usize = 1 << 14;

/// Counts, and slots that are not counted yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    counts: Counts,
    waiting: [[[Vec<u32>; MAX_LABELS]; VIEWS]; FOLDS],
}

impl Tally {
    /// A tally that goes on from `counts`.
    pub fn new(counts: Counts) -> Self {
        Self { counts, ..Self::default() }
    }

    /// Counts one block's features for `label`.
    pub fn count(&mut self, fold: usize, view: View, label: usize, slots: &[u32]) {
        let waiting = &mut self.waiting[fold][view.index()][label];
        if waiting.len() + slots.len() > BATCH {
            self.counts.fold_mut(fold).count(view, label, waiting);
            waiting.clear();
        }
        waiting.extend_from_slice(slots);
    }

    /// What is counted of a fold besides features.
    pub fn fold_mut(&mut self, fold: usize) -> &mut Fold {
        self.counts.fold_mut(fold)
    }

    /// Adds the counts of another data set, its labels numbered the same.
    pub fn add(&mut self, counts: &Counts) {
        self.counts.add(counts);
    }

    /// The counts, when nothing waits any more.
    pub fn finish(mut self) -> Counts {
        for (fold, views) in self.waiting.iter().enumerate() {
            for (view, labels) in View::ALL.into_iter().zip(views) {
                for (label, slots) in labels.iter().enumerate() {
                    self.counts.fold_mut(fold).count(view, label, slots);
                }
            }
        }
        self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_lose_nothing() {
        let mut tally = Tally::default();
        let mut counts = Counts::default();
        for block in 0..200usize {
            let slots: Vec<u32> = (0..block as u32 * 7).map(|nth| nth * nth % 4096).collect();
            let (fold, label) = (block % FOLDS, block % 3);
            tally.count(fold, View::Shape, label, &slots);
            counts.fold_mut(fold).count(View::Shape, label, &slots);
        }
        let long = vec![9; 2 * BATCH];
        tally.count(0, View::Shape, 0, &long);
        counts.fold_mut(0).count(View::Shape, 0, &long);
        assert_eq!(tally.finish(), counts);
    }
}
