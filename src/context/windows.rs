//! Windows: what the blocks some way before and after a block are.
//!
//! Comes in: the probabilities of all blocks of a page. Goes out: their means over runs of blocks.

use crate::fusion::PerLabel;

/// How far the windows are from a block, and how many blocks wide: near and far.
pub(super) const WINDOWS: [Window; 2] = [Window { apart: 1, width: 4 }, Window { apart: 5, width: 20 }];

/// A run of blocks before, and another after a block, with some blocks between.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub apart: usize,
    pub width: usize,
}

/// Mean probabilities of runs of blocks, in which each block counts by the logarithm of its words.
pub(super) struct Windows {
    /// For each label, over all blocks before: weighted probabilities.
    sums: Vec<Vec<f64>>,
    /// Over all blocks before: weights.
    weights: Vec<f64>,
}

impl Windows {
    pub fn new(probabilities: &[PerLabel], weights: &[f32], labels: usize) -> Self {
        let weighted = |label: usize| {
            let weighted = probabilities.iter().zip(weights);
            sums_before(weighted.map(move |(probabilities, weight)| f64::from(probabilities[label] * weight)))
        };
        Self {
            sums: (0..labels).map(weighted).collect(),
            weights: sums_before(weights.iter().map(|weight| f64::from(*weight))),
        }
    }

    /// The mean of `label` in a window before the block at `index`.
    #[inline]
    pub fn before(&self, window: Window, index: usize, label: usize) -> f32 {
        let end = index.saturating_sub(window.apart);
        self.mean(end.saturating_sub(window.width), end, label)
    }

    /// The mean of `label` in a window after the block at `index`.
    #[inline]
    pub fn after(&self, window: Window, index: usize, label: usize) -> f32 {
        let count = self.weights.len() - 1;
        let start = (index + 1 + window.apart).min(count);
        self.mean(start, (start + window.width).min(count), label)
    }

    /// Negative where no block with words is.
    #[inline]
    fn mean(&self, start: usize, end: usize, label: usize) -> f32 {
        let weight = self.weights[end] - self.weights[start];
        if weight > 0.0 { ((self.sums[label][end] - self.sums[label][start]) / weight) as f32 } else { -0.2 }
    }
}

/// The sums of all values before each, and at last of all.
fn sums_before(values: impl ExactSizeIterator<Item = f64>) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    sums.extend(values.map(|value| {
        sum += value;
        sum
    }));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::MAX_LABELS;

    #[test]
    fn means_are_weighted_and_say_when_there_is_nothing() {
        let row = |probability: f32| {
            let mut row = [0.0; MAX_LABELS];
            row[0] = probability;
            row
        };
        let windows = Windows::new(&[row(1.0), row(0.5), row(0.0)], &[1.0, 3.0, 0.0], 1);
        let beside = Window { apart: 0, width: 2 };
        assert_eq!([0, 1, 2].map(|index| windows.before(beside, index, 0)), [-0.2, 1.0, 0.625]);
        assert_eq!([0, 1, 2].map(|index| windows.after(beside, index, 0)), [0.5, -0.2, -0.2]);
        let apart = Window { apart: 1, width: 9 };
        assert_eq!((windows.before(apart, 2, 0), windows.after(apart, 0, 0)), (1.0, -0.2));
    }
}
