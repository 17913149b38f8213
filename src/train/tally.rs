//! The tally: features on their way into the counts.
//!
//! Comes in: the slots of one block after another. Goes out: [`Counts`]. All tables of counts together are larger than
//! what a processor has at hand, and every block falls into others; so slots wait until there are many for one table,
//! and are counted by bytes first.

use crate::features::{VIEWS, View};
use crate::label::MAX_LABELS;
use crate::model::{Counts, FOLDS, Fold};

/// How many slots wait for one table at most, unless a single block has more.
const BATCH: usize = 1 << 13;

/// What a byte holds one less than.
const FULL_BYTE: u32 = 1 << u8::BITS;

/// Counts, and slots that are not counted yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    counts: Counts,
    recent: [[[Recent; MAX_LABELS]; VIEWS]; FOLDS],
}

/// What is not in the counts yet of one fold, view and label.
#[derive(Debug, Clone, Default)]
struct Recent {
    waiting: Vec<u32>,
    /// By slot, the count since it last went over a byte.
    bytes: Vec<u8>,
}

impl Recent {
    /// Counts what waits; slots whose byte is full are passed to `carry`.
    fn settle(&mut self, view: View, carry: impl FnMut(u32)) {
        let mut waiting = std::mem::take(&mut self.waiting);
        self.count(view, &waiting, carry);
        waiting.clear();
        self.waiting = waiting;
    }

    /// Counts slots, passing over those that wait.
    fn count(&mut self, view: View, slots: &[u32], mut carry: impl FnMut(u32)) {
        if self.bytes.is_empty() && !slots.is_empty() {
            self.bytes.resize(view.slots(), 0);
        }
        for slot in slots {
            let byte = &mut self.bytes[*slot as usize];
            *byte = byte.wrapping_add(1);
            if *byte == 0 {
                carry(*slot);
            }
        }
    }
}

impl Tally {
    /// Counts one block's features for `label`.
    pub fn count(&mut self, fold: usize, view: View, label: usize, slots: &[u32]) {
        let recent = &mut self.recent[fold][view.index()][label];
        if recent.waiting.len() + slots.len() > BATCH {
            let fold = self.counts.fold_mut(fold);
            recent.settle(view, |slot| fold.count(view, label, std::iter::once((slot, FULL_BYTE))));
        }
        recent.waiting.extend_from_slice(slots);
    }

    /// Counts the features of many blocks for `label`, one after another, at once.
    pub fn count_many<'a>(
        &mut self,
        fold: usize,
        view: View,
        label: usize,
        blocks: impl Iterator<Item = &'a [u32]>,
    ) {
        let recent = &mut self.recent[fold][view.index()][label];
        let fold = self.counts.fold_mut(fold);
        for slots in blocks {
            recent.count(view, slots, |slot| fold.count(view, label, std::iter::once((slot, FULL_BYTE))));
        }
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
        for (fold, views) in self.recent.iter_mut().enumerate() {
            let fold = self.counts.fold_mut(fold);
            for (view, labels) in View::ALL.into_iter().zip(views) {
                for (label, recent) in labels.iter_mut().enumerate() {
                    recent.settle(view, |slot| fold.count(view, label, std::iter::once((slot, FULL_BYTE))));
                    fold.count_all(view, label, &std::mem::take(&mut recent.bytes));
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
            if block % 7 == 0 {
                tally.count_many(fold, View::Shape, label, slots.chunks(10));
            } else {
                tally.count(fold, View::Shape, label, &slots);
            }
            counts.fold_mut(fold).count(View::Shape, label, slots.into_iter().map(|slot| (slot, 1)));
        }
        // Longer than a batch, and more than a byte holds.
        let long = vec![9; 2 * BATCH];
        tally.count(0, View::Shape, 0, &long);
        counts.fold_mut(0).count(View::Shape, 0, std::iter::once((9, 2 * BATCH as u32)));
        assert_eq!(tally.finish(), counts);
    }
}
