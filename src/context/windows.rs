//! Windows: what the blocks some way before and after a block are.
//!
//! Comes in: the probabilities of all blocks of a page. Goes out: their means over runs of blocks.

/// How far the windows are from a block, and how many blocks wide: near and far.
pub(super) const WINDOWS: [Window; 2] = [Window { apart: 1, width: 4 }, Window { apart: 5, width: 20 }];

/// A run of blocks before, and another after a block, with some blocks between.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub apart: usize,
    pub width: usize,
}

/// Mean probabilities of runs of blocks, in which each block counts by the logarithm of its words.
pub(super) struct Windows<'a> {
    /// Over all blocks before: weighted probabilities.
    sums: Vec<f64>,
    /// Over all blocks before: weights.
    weights: &'a [f64],
}

impl<'a> Windows<'a> {
    /// The windows over a label with these probabilities, whose [`sums_before`] over the weights are given.
    pub fn new(
        probabilities: impl ExactSizeIterator<Item = f32>,
        weights: &[f32],
        weights_before: &'a [f64],
    ) -> Self {
        let weighted = probabilities.zip(weights).map(|(probability, weight)| probability * weight);
        Self { sums: sums_before(weighted), weights: weights_before }
    }

    /// The mean in a window before the block at `index`.
    #[inline]
    pub fn before(&self, window: Window, index: usize) -> f32 {
        let end = index.saturating_sub(window.apart);
        self.mean(end.saturating_sub(window.width), end)
    }

    /// The mean in a window after the block at `index`.
    #[inline]
    pub fn after(&self, window: Window, index: usize) -> f32 {
        let count = self.weights.len() - 1;
        let start = (index + 1 + window.apart).min(count);
        self.mean(start, (start + window.width).min(count))
    }

    /// Negative where no block with words is.
    #[inline]
    fn mean(&self, start: usize, end: usize) -> f32 {
        let weight = self.weights[end] - self.weights[start];
        if weight > 0.0 { ((self.sums[end] - self.sums[start]) / weight) as f32 } else { -0.2 }
    }
}

/// The sums of all values before each, and at last of all.
pub(super) fn sums_before(values: impl ExactSizeIterator<Item = f32>) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    sums.extend(values.map(|value| {
        sum += f64::from(value);
        sum
    }));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_weighted_and_say_when_there_is_nothing() {
        let weights = [1.0, 3.0, 0.0];
        let before = sums_before(weights.iter().copied());
        let windows = Windows::new([1.0, 0.5, 0.0].into_iter(), &weights, &before);
        let beside = Window { apart: 0, width: 2 };
        assert_eq!([0, 1, 2].map(|index| windows.before(beside, index)), [-0.2, 1.0, 0.625]);
        assert_eq!([0, 1, 2].map(|index| windows.after(beside, index)), [0.5, -0.2, -0.2]);
        let apart = Window { apart: 1, width: 9 };
        assert_eq!((windows.before(apart, 2), windows.after(apart, 0)), (1.0, -0.2));
    }
}
