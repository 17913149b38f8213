//! Windows: what the blocks some way before and after a block are.
//!
//! Comes in: the probabilities of all blocks of a page. Goes out: their means over runs of blocks.

use std::ops::Range;

use crate::fusion::PerLabel;
use crate::label::MAX_LABELS;

/// Windows before and after a block, by their first and last block counted from it: near and far.
pub(super) const WINDOWS: [(isize, isize); 4] = [(-5, -2), (2, 5), (-25, -6), (6, 25)];

/// Mean probabilities of runs of blocks, in which each block counts by the logarithm of its words.
pub(super) struct Windows {
    /// Over all blocks before: weighted probabilities, and weights.
    sums: Vec<([f64; MAX_LABELS], f64)>,
}

impl Windows {
    pub fn new(probabilities: &[PerLabel], weights: &[f32]) -> Self {
        let mut sum = ([0.0; MAX_LABELS], 0.0);
        let mut sums = Vec::with_capacity(weights.len() + 1);
        sums.push(sum);
        for (probabilities, weight) in probabilities.iter().zip(weights) {
            for (sum, probability) in sum.0.iter_mut().zip(probabilities) {
                *sum += f64::from(probability * weight);
            }
            sum.1 += f64::from(*weight);
            sums.push(sum);
        }
        Self { sums }
    }

    /// Negative where no block with words is.
    pub fn mean(&self, blocks: Range<usize>) -> PerLabel {
        let ((before, weight_before), (after, weight_after)) =
            (self.sums[blocks.start], self.sums[blocks.end]);
        let weight = weight_after - weight_before;
        std::array::from_fn(|label| {
            if weight > 0.0 { ((after[label] - before[label]) / weight) as f32 } else { -0.2 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_weighted_and_say_when_there_is_nothing() {
        let row = |probability: f32| {
            let mut row = [0.0; MAX_LABELS];
            row[0] = probability;
            row
        };
        let windows = Windows::new(&[row(1.0), row(0.5), row(0.0)], &[1.0, 3.0, 0.0]);
        assert_eq!(windows.mean(0..2)[0], 0.625);
        assert_eq!(windows.mean(1..3)[0], 0.5);
        assert_eq!((windows.mean(2..3)[0], windows.mean(1..1)[0]), (-0.2, -0.2));
    }
}
