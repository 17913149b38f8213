//! Tallies: labels predicted right, wrongly and not at all, for the labels that have a meaning in every corpus.
//!
//! Comes in: true labels and predicted ones. Goes out: F1 a label, their mean and the share that is right.

use super::ranking::Accuracy;

/// The labels of a corpus, in the order of a [`Tally`]'s figures.
pub const CORPUS_LABELS: [&str; 3] = ["news", "listicle", crate::label::BOILERPLATE];

/// Counts for each of [`CORPUS_LABELS`].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    labels: [Counts; CORPUS_LABELS.len()],
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Counts {
    right: f64,
    /// Taken for the label, but of another.
    wrong: f64,
    /// Of the label, but not taken for it.
    missed: f64,
}

impl Tally {
    /// Counts one line or block by the indices of its labels in [`CORPUS_LABELS`]; a prediction may be none of them.
    pub fn count(&mut self, truth: usize, predicted: Option<usize>) {
        if predicted == Some(truth) {
            self.labels[truth].right += 1.0;
            return;
        }
        self.labels[truth].missed += 1.0;
        if let Some(predicted) = predicted {
            self.labels[predicted].wrong += 1.0;
        }
    }

    /// Adds another tally as often as `times` says.
    pub fn add(&mut self, other: &Self, times: f64) {
        for (label, other) in self.labels.iter_mut().zip(&other.labels) {
            label.right += times * other.right;
            label.wrong += times * other.wrong;
            label.missed += times * other.missed;
        }
    }

    /// How many were counted.
    pub fn total(&self) -> f64 {
        self.labels.iter().map(|label| label.right + label.missed).sum()
    }

    /// F1 of each label; 0 for one that was neither there nor predicted.
    pub fn f1(&self) -> [f64; CORPUS_LABELS.len()] {
        self.labels.map(|label| Accuracy::of(label.right, label.wrong, label.missed).f1())
    }

    /// The mean of F1 over the labels.
    pub fn macro_f1(&self) -> f64 {
        self.f1().iter().sum::<f64>() / CORPUS_LABELS.len() as f64
    }

    /// The share that was predicted right.
    pub fn accuracy(&self) -> f64 {
        let right: f64 = self.labels.iter().map(|label| label.right).sum();
        if self.total() > 0.0 { right / self.total() } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_small_tally() {
        let mut tally = Tally::default();
        for (truth, predicted) in [(0, Some(0)), (0, Some(1)), (1, Some(1)), (2, None)] {
            tally.count(truth, predicted);
        }
        let [news, listicle, boilerplate] = tally.f1();
        assert!((news - 2.0 / 3.0).abs() < 1e-12 && (listicle - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((boilerplate, tally.total(), tally.accuracy()), (0.0, 4.0, 0.5));
        assert!((tally.macro_f1() - 4.0 / 9.0).abs() < 1e-12);
        let mut nothing = Tally::default();
        nothing.add(&tally, 0.0);
        assert_eq!((nothing.macro_f1(), nothing.accuracy()), (0.0, 0.0));
    }
}
