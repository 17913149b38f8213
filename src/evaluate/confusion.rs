//! Confusion: how often each label was taken for each other.
//!
//! Comes in: pairs of labels. Goes out: a matrix with precision, recall and F1 of each label.

use crate::label::{Label, MAX_LABELS};

/// How often each label was taken for each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    labels: usize,
    counts: [[u64; MAX_LABELS]; MAX_LABELS],
}

impl Confusion {
    /// An empty matrix for a number of labels.
    pub fn new(labels: usize) -> Self {
        Self { labels, counts: [[0; MAX_LABELS]; MAX_LABELS] }
    }

    /// Counts one block.
    pub fn count(&mut self, truth: Label, predicted: Label) {
        self.counts[truth.index()][predicted.index()] += 1;
    }

    /// Adds the counts of another matrix over the same labels.
    pub fn add(&mut self, other: &Self) {
        for (row, other) in self.counts.iter_mut().zip(&other.counts) {
            row.iter_mut().zip(other).for_each(|(count, other)| *count += other);
        }
    }

    /// Blocks of the label `truth` that were predicted to be `predicted`.
    pub fn get(&self, truth: Label, predicted: Label) -> u64 {
        self.counts[truth.index()][predicted.index()]
    }

    /// All blocks counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Blocks whose label is `truth`.
    pub fn support(&self, truth: Label) -> u64 {
        self.counts[truth.index()].iter().sum()
    }

    /// The share of blocks predicted to be `label` that are; 0 if none was.
    pub fn precision(&self, label: Label) -> f64 {
        let predicted: u64 = self.counts.iter().map(|row| row[label.index()]).sum();
        ratio(self.get(label, label), predicted)
    }

    /// The share of blocks of `label` that were predicted to be; 0 if there is none.
    pub fn recall(&self, label: Label) -> f64 {
        ratio(self.get(label, label), self.support(label))
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(&self, label: Label) -> f64 {
        let (precision, recall) = (self.precision(label), self.recall(label));
        if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
    }

    /// The mean of F1 over labels, each counting the same.
    pub fn macro_f1(&self) -> f64 {
        (0..self.labels).map(|label| self.f1(Label::new(label))).sum::<f64>() / self.labels as f64
    }

    /// The share of blocks predicted right.
    pub fn accuracy(&self) -> f64 {
        ratio((0..self.labels).map(|label| self.counts[label][label]).sum(), self.total())
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_small_matrix() {
        let mut confusion = Confusion::new(2);
        let [one, other] = [Label::new(0), Label::new(1)];
        for (truth, predicted, times) in [(one, one, 8), (one, other, 2), (other, one, 4), (other, other, 6)]
        {
            (0..times).for_each(|_| confusion.count(truth, predicted));
        }
        assert!((confusion.precision(one) - 8.0 / 12.0).abs() < 1e-12);
        assert!((confusion.recall(one) - 0.8).abs() < 1e-12);
        assert!((confusion.f1(one) - 8.0 / 11.0).abs() < 1e-12);
        assert!((confusion.accuracy() - 0.7).abs() < 1e-12);
        assert_eq!((confusion.support(other), confusion.total()), (10, 20));
    }

    #[test]
    fn empty_matrices_are_worth_nothing() {
        let confusion = Confusion::new(3);
        assert_eq!((confusion.accuracy(), confusion.macro_f1()), (0.0, 0.0));
    }
}
