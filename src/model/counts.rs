//! Feature counts: exact sums over training blocks, by view, label and fold.

use serde::{Deserialize, Serialize};

use super::bytes::{Reader, damaged, write_varint, write_varints};
use crate::error::Result;
use crate::features::{VIEWS, View};
use crate::label::MAX_LABELS;
use crate::segment::TransitionCounts;

/// Pages are dealt into this many folds; scores for fitting come from a model that has not seen the page's fold.
pub(crate) const FOLDS: usize = 5;

/// Everything that is counted in training. Sums are exact and commute: counting two data sets one after the other, or
/// apart and added up, gives the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    folds: [Fold; FOLDS],
}

/// The counts of one fold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fold {
    pub pages: u64,
    pub blocks: [u64; MAX_LABELS],
    pub transitions: TransitionCounts,
    /// For each view and label the count of every slot; empty while nothing was counted.
    features: [[Vec<u32>; MAX_LABELS]; VIEWS],
}

impl Fold {
    /// Counts features for `label`: slots, and how often each is there.
    pub fn count(&mut self, view: View, label: usize, features: impl IntoIterator<Item = (u32, u32)>) {
        let counts = &mut self.features[view.index()][label];
        for (slot, times) in features {
            if counts.is_empty() {
                counts.resize(view.slots(), 0);
            }
            let count = &mut counts[slot as usize];
            *count = count.saturating_add(times);
        }
    }

    /// Adds to the count of every slot for `label` what it was counted besides.
    pub fn count_all(&mut self, view: View, label: usize, times: &[u8]) {
        add_counts(&mut self.features[view.index()][label], times);
    }

    /// The counts of a view and label; empty if all are 0.
    pub fn features(&self, view: View, label: usize) -> &[u32] {
        &self.features[view.index()][label]
    }

    /// Replaces the counts of a view and label.
    pub fn set_features(&mut self, view: View, label: usize, counts: Vec<u32>) {
        self.features[view.index()][label] = counts;
    }

    fn add(&mut self, other: &Self) {
        self.pages += other.pages;
        self.blocks.iter_mut().zip(other.blocks).for_each(|(count, other)| *count += other);
        self.transitions.add(&other.transitions);
        for (labels, others) in self.features.iter_mut().zip(&other.features) {
            for (counts, others) in labels.iter_mut().zip(others) {
                add_counts(counts, others);
            }
        }
    }

    /// The same counts with labels renumbered: `to[old] = new`.
    fn renumber(mut self, to: &[usize]) -> Self {
        let mut renumbered = Self { pages: self.pages, ..Self::default() };
        for (old, new) in to.iter().copied().enumerate() {
            renumbered.blocks[new] = self.blocks[old];
            renumbered.transitions.first[new] = self.transitions.first[old];
            renumbered.transitions.all[new] = self.transitions.all[old];
            for (old_to, new_to) in to.iter().copied().enumerate() {
                renumbered.transitions.steps[new][new_to] = self.transitions.steps[old][old_to];
            }
            for view in 0..VIEWS {
                renumbered.features[view][new] = std::mem::take(&mut self.features[view][old]);
            }
        }
        renumbered
    }
}

/// Adds counts slot by slot; no counts are counts of 0.
fn add_counts<N: Copy + Into<u32>>(counts: &mut Vec<u32>, others: &[N]) {
    let others = others.iter().map(|other| (*other).into());
    if counts.is_empty() {
        counts.extend(others);
    } else {
        counts.iter_mut().zip(others).for_each(|(count, other)| *count = count.saturating_add(other));
    }
}

impl Counts {
    pub fn fold(&self, fold: usize) -> &Fold {
        &self.folds[fold]
    }

    pub fn fold_mut(&mut self, fold: usize) -> &mut Fold {
        &mut self.folds[fold]
    }

    /// Adds the counts of another data set, its labels numbered the same.
    pub fn add(&mut self, other: &Self) {
        self.folds.iter_mut().zip(&other.folds).for_each(|(fold, other)| fold.add(other));
    }

    /// The same counts with labels renumbered: `to[old] = new`.
    pub fn renumber(self, to: &[usize]) -> Self {
        Self { folds: self.folds.map(|fold| fold.renumber(to)) }
    }

    /// The sum over all folds.
    pub fn total(&self) -> Fold {
        let mut total = Fold::default();
        self.folds.iter().for_each(|fold| total.add(fold));
        total
    }

    /// All counts in one fold: what stays if nothing will be fitted from them again.
    pub fn merged(&self) -> Self {
        let mut merged = Self::default();
        merged.folds[0] = self.total();
        merged
    }

    /// The counts of the first `labels` labels as bytes.
    pub fn to_bytes(&self, labels: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for fold in (0..FOLDS).map(|fold| self.fold(fold)) {
            write_varint(&mut out, fold.pages);
            for label in 0..labels {
                write_varint(&mut out, fold.blocks[label]);
                write_varint(&mut out, fold.transitions.first[label]);
                write_varint(&mut out, fold.transitions.all[label]);
                fold.transitions.steps[label][..labels]
                    .iter()
                    .for_each(|count| write_varint(&mut out, *count));
                for view in View::ALL {
                    let features = fold.features(view, label);
                    write_varint(&mut out, features.len() as u64);
                    write_varints(&mut out, features);
                }
            }
        }
        out
    }

    /// Counts from the bytes that [`to_bytes`](Self::to_bytes) gave for as many labels.
    ///
    /// # Errors
    /// If the bytes are something else.
    pub fn from_bytes(bytes: &[u8], labels: usize) -> Result<Self> {
        let mut reader = Reader(bytes);
        let mut counts = Self::default();
        for fold in 0..FOLDS {
            let fold = counts.fold_mut(fold);
            fold.pages = reader.varint()?;
            for label in 0..labels {
                fold.blocks[label] = reader.varint()?;
                fold.transitions.first[label] = reader.varint()?;
                fold.transitions.all[label] = reader.varint()?;
                for to in 0..labels {
                    fold.transitions.steps[label][to] = reader.varint()?;
                }
                for view in View::ALL {
                    let length = reader.varint()? as usize;
                    if length != 0 && length != view.slots() {
                        return Err(damaged("its counts are of another vocabulary"));
                    }
                    let count = |_| {
                        u32::try_from(reader.varint()?).map_err(|_| damaged("a count in it is too large"))
                    };
                    fold.set_features(view, label, (0..length).map(count).collect::<Result<_>>()?);
                }
            }
        }
        reader.end()?;
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(fold: usize, label: usize, slots: &[u32]) -> Counts {
        let mut counts = Counts::default();
        counts.fold_mut(fold).count(View::Words, label, slots.iter().map(|slot| (*slot, 1)));
        counts.fold_mut(fold).blocks[label] += 1;
        counts
    }

    #[test]
    fn totals_are_sums_over_folds() {
        let mut counts = counted(0, 0, &[1, 1, 2]);
        counts.fold_mut(3).count(View::Words, 0, [(2, 1)]);
        assert_eq!(counts.total().features(View::Words, 0)[..3], [0, 2, 2]);
        assert_eq!(counts.merged().total(), counts.total());
    }

    #[test]
    fn labels_can_be_renumbered() {
        let counts = counted(2, 0, &[7]).renumber(&[2, 0, 1, 3, 4, 5, 6, 7]);
        assert_eq!(counts.fold(2).features(View::Words, 2)[7], 1);
        assert_eq!(counts.fold(2).blocks[2], 1);
        assert!(counts.fold(2).features(View::Words, 0).is_empty());
    }
}
