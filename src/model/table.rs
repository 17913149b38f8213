//! A frozen naive Bayes table: for each slot of a view and each label one weight.

use crate::fusion::{NARROW, PerLabel};
use crate::label::MAX_LABELS;

/// Weights are kept in steps of 1/512 nat: sums of integers are exact in any order, and 16 bits reach ±64 nat, beyond
/// what a count of 10^18 against none gives.
const STEPS_PER_NAT: f64 = 512.0;

/// The weights of one view, slot by slot: a row of one weight a label, so that the labels of a slot lie together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    labels: usize,
    /// Weights a row: the labels, and zeros up to a width that a processor adds up at once.
    width: usize,
    weights: Vec<i16>,
}

/// The width of rows for more labels than [`NARROW`].
const WIDE: usize = MAX_LABELS;

/// Slots whose weights, whatever they are, add up to less than an `i32` holds.
const SUMMED_SLOTS: usize = 1 << 15;

/// Nats in steps, to the nearest.
fn stepped(nats: f64) -> i16 {
    // A cast cuts towards 0, and saturates.
    (nats * STEPS_PER_NAT + 0.5f64.copysign(nats)) as i16
}

/// The weight of `steps` in nats.
pub(crate) fn nats(steps: i16) -> f32 {
    f32::from(steps) / STEPS_PER_NAT as f32
}

impl Table {
    /// A table from `log_probability(label, slot)` of `slots` features: each weight is the log-probability less the
    /// mean over labels, which changes no decision and makes a feature that says nothing weigh nothing.
    pub fn freeze(labels: usize, slots: usize, log_probability: impl Fn(usize, usize) -> f64) -> Self {
        let mut table = Self::empty(labels, slots);
        for (slot, weights) in table.weights.chunks_exact_mut(table.width).enumerate() {
            let mut row = [0.0; MAX_LABELS];
            (0..labels).for_each(|label| row[label] = log_probability(label, slot));
            let mean = row[..labels].iter().sum::<f64>() / labels as f64;
            (0..labels).for_each(|label| weights[label] = stepped(row[label] - mean));
        }
        table
    }

    /// One table after the other, if they are of the same labels.
    #[cfg(feature = "train")]
    pub fn extend(&mut self, other: &Self) {
        self.weights.extend_from_slice(&other.weights);
    }

    /// A table of so many slots that say nothing.
    pub fn empty(labels: usize, slots: usize) -> Self {
        let width = if labels <= NARROW { NARROW } else { WIDE };
        Self { labels, width, weights: vec![0; slots * width] }
    }

    /// The weights row by row, if the labels are few enough for narrow rows; those beyond the labels are 0.
    #[cfg(feature = "train")]
    pub fn narrow_rows(&self) -> Option<&[[i16; NARROW]]> {
        (self.width == NARROW).then(|| self.weights.as_chunks().0)
    }

    /// The same of wide rows.
    #[cfg(feature = "train")]
    pub fn wide_rows(&self) -> &[[i16; WIDE]] {
        self.weights.as_chunks().0
    }

    /// The sum of two tables.
    #[must_use]
    #[cfg(feature = "train")]
    pub fn plus(&self, other: &Self) -> Self {
        let sums = self.weights.iter().zip(&other.weights).map(|(one, other)| one.saturating_add(*other));
        Self { weights: sums.collect(), ..*self }
    }

    /// What must be added to `other` to give this table.
    #[must_use]
    #[cfg(feature = "train")]
    pub fn minus(&self, other: &Self) -> Self {
        let rests = self.weights.iter().zip(&other.weights).map(|(one, other)| one.saturating_sub(*other));
        Self { weights: rests.collect(), ..*self }
    }

    /// A table of `slots` features from the weight of each slot and label in nats.
    #[cfg(feature = "train")]
    pub fn from_nats(labels: usize, slots: usize, nats: impl Fn(usize, usize) -> f32) -> Self {
        let mut table = Self::empty(labels, slots);
        for (slot, weights) in table.weights.chunks_exact_mut(table.width).enumerate() {
            (0..labels).for_each(|label| weights[label] = stepped(f64::from(nats(slot, label))));
        }
        table
    }

    /// The rows of `slots` alone, in that order.
    #[must_use]
    #[cfg(feature = "train")]
    pub fn rows_of(&self, slots: &[u32]) -> Self {
        let row = |slot: &u32| &self.weights[*slot as usize * self.width..][..self.width];
        Self { weights: slots.iter().flat_map(row).copied().collect(), ..*self }
    }

    /// A table of so many `slots` whose rows are these at the slots of `places`, and 0 elsewhere.
    #[must_use]
    #[cfg(feature = "train")]
    pub fn spread(&self, places: &[u32], slots: usize) -> Self {
        let mut spread = Self::empty(self.labels, slots);
        for (place, row) in places.iter().zip(self.weights.chunks_exact(self.width)) {
            spread.weights[*place as usize * self.width..][..self.width].copy_from_slice(row);
        }
        spread
    }

    /// A table from all weights, slot by slot, label by label.
    pub fn from_weights(labels: usize, slots: usize, weights: impl Iterator<Item = i16>) -> Self {
        let mut table = Self::empty(labels, slots);
        let places = table.weights.chunks_exact_mut(table.width).flat_map(|row| &mut row[..labels]);
        places.zip(weights).for_each(|(place, weight)| *place = weight);
        table
    }

    /// The weights of each slot, label by label.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[i16]> {
        self.weights.chunks_exact(self.width).map(|row| &row[..self.labels])
    }

    /// The score of every label in nats: the sum of the weights of `slots`.
    #[inline]
    pub fn score(&self, slots: &[u32]) -> PerLabel {
        if self.width == NARROW { self.sum::<NARROW>(slots) } else { self.sum::<WIDE>(slots) }
    }

    fn sum<const WIDTH: usize>(&self, slots: &[u32]) -> PerLabel {
        let (rows, _) = self.weights.as_chunks::<WIDTH>();
        let mut score = [0.0; MAX_LABELS];
        let mut total = [0i64; WIDTH];
        for slots in slots.chunks(SUMMED_SLOTS) {
            let mut sums = [0i32; WIDTH];
            for slot in slots {
                let row = &rows[*slot as usize];
                (0..WIDTH).for_each(|label| sums[label] += i32::from(row[label]));
            }
            (0..WIDTH).for_each(|label| total[label] += i64::from(sums[label]));
        }
        (0..WIDTH).for_each(|label| score[label] = total[label] as f32 / STEPS_PER_NAT as f32);
        score
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_centred_log_likelihoods() {
        let probabilities = [[0.5, 0.25], [0.5, 0.75]];
        let table = Table::freeze(2, 2, |label, slot| f64::ln(probabilities[slot][label]));
        let score = table.score(&[0, 1, 1]);
        let expected = f64::ln(0.5 * 0.5 * 0.5) - f64::ln(0.25 * 0.75 * 0.75);
        assert!((f64::from(score[0] - score[1]) - expected).abs() < 3.0 / STEPS_PER_NAT);
        assert_eq!(table.score(&[]), [0.0; MAX_LABELS]);
    }

    #[cfg(feature = "train")]
    #[test]
    fn rows_go_apart_and_come_back() {
        let table = Table::from_weights(2, 3, 1..=6);
        assert_eq!(table.rows_of(&[2, 0]), Table::from_weights(2, 2, [5, 6, 1, 2].into_iter()));
        assert_eq!(
            table.rows_of(&[1]).spread(&[2], 3),
            Table::from_weights(2, 3, [0, 0, 0, 0, 3, 4].into_iter())
        );
    }

    #[test]
    fn the_rarest_feature_still_fits() {
        let table = Table::freeze(2, 1, |label, _| if label == 0 { 0.0 } else { -43.0 });
        assert!((table.score(&[0])[0] - 21.5).abs() < 0.01);
    }
}
