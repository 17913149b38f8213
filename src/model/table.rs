//! A frozen naive Bayes table: for each slot of a view and each label one weight.

use std::borrow::Cow;

use crate::fusion::PerLabel;
use crate::label::MAX_LABELS;

/// Weights are kept in steps of 1/512 nat: sums of integers are exact in any order, and 16 bits reach ±64 nat, beyond
/// what a count of 10^18 against none gives.
const STEPS_PER_NAT: f64 = 512.0;

/// Bytes of a weight.
const WEIGHT_BYTES: usize = size_of::<i16>();

/// The weights of one view, slot by slot: a row of one weight a label, so that the labels of a slot lie together. They stay
/// bytes, little-endian, as in a model file, so that the table of an embedded model is used where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    labels: usize,
    weights: Cow<'static, [u8]>,
}

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
    /// The bytes that `slots` rows of weights for so many labels take.
    pub fn bytes_of(labels: usize, slots: usize) -> usize {
        slots * labels * WEIGHT_BYTES
    }

    /// A table of these bytes, rows of little-endian weights for so many labels.
    pub fn from_bytes(labels: usize, weights: Cow<'static, [u8]>) -> Self {
        debug_assert_eq!(weights.len() % Self::bytes_of(labels, 1), 0);
        Self { labels, weights }
    }

    /// The weights as [`from_bytes`](Self::from_bytes) takes them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.weights
    }

    /// A table of so many slots that say nothing.
    pub fn empty(labels: usize, slots: usize) -> Self {
        Self { labels, weights: vec![0; Self::bytes_of(labels, slots)].into() }
    }

    /// A table from `log_probability(label, slot)` of `slots` features: each weight is the log-probability less the
    /// mean over labels, which changes no decision and makes a feature that says nothing weigh nothing.
    pub fn freeze(labels: usize, slots: usize, log_probability: impl Fn(usize, usize) -> f64) -> Self {
        let mut row = [0.0; MAX_LABELS];
        Self::from_rows(labels, slots, |slot, weights| {
            (0..labels).for_each(|label| row[label] = log_probability(label, slot));
            let mean = row[..labels].iter().sum::<f64>() / labels as f64;
            (0..labels).for_each(|label| weights[label] = stepped(row[label] - mean));
        })
    }

    /// A table of `slots` features from the weight of each slot and label in nats.
    #[cfg(feature = "train")]
    pub fn from_nats(labels: usize, slots: usize, nats: impl Fn(usize, usize) -> f32) -> Self {
        Self::from_rows(labels, slots, |slot, weights| {
            (0..labels).for_each(|label| weights[label] = stepped(f64::from(nats(slot, label))));
        })
    }

    /// A table of so many slots, each row as `fill` leaves it.
    fn from_rows(labels: usize, slots: usize, mut fill: impl FnMut(usize, &mut [i16; MAX_LABELS])) -> Self {
        let mut bytes = Vec::with_capacity(Self::bytes_of(labels, slots));
        let mut row = [0; MAX_LABELS];
        for slot in 0..slots {
            fill(slot, &mut row);
            row[..labels].iter().for_each(|weight| bytes.extend_from_slice(&weight.to_le_bytes()));
        }
        Self { labels, weights: bytes.into() }
    }

    /// How many slots the table has.
    #[cfg(feature = "train")]
    pub fn slots(&self) -> usize {
        self.weights.len() / Self::bytes_of(self.labels, 1)
    }

    /// One table after the other, if they are of the same labels.
    #[cfg(feature = "train")]
    pub fn extend(&mut self, other: &Self) {
        self.weights.to_mut().extend_from_slice(&other.weights);
    }

    /// The sum of two tables.
    #[must_use]
    #[cfg(feature = "train")]
    pub fn plus(&self, other: &Self) -> Self {
        self.with(other, i16::saturating_add)
    }

    /// What must be added to `other` to give this table.
    #[must_use]
    #[cfg(feature = "train")]
    pub fn minus(&self, other: &Self) -> Self {
        self.with(other, i16::saturating_sub)
    }

    /// A table made weight by weight of this one and another.
    #[cfg(feature = "train")]
    fn with(&self, other: &Self, joined: fn(i16, i16) -> i16) -> Self {
        let weights = self.weights().zip(other.weights());
        let bytes = weights.flat_map(|(one, other)| joined(one, other).to_le_bytes());
        Self { labels: self.labels, weights: bytes.collect() }
    }

    /// The rows of `slots` alone, in that order.
    #[must_use]
    #[cfg(feature = "train")]
    pub fn rows_of(&self, slots: &[u32]) -> Self {
        let width = Self::bytes_of(self.labels, 1);
        let mut bytes = Vec::with_capacity(slots.len() * width);
        let rows = slots.iter().map(|slot| &self.weights[*slot as usize * width..][..width]);
        rows.for_each(|row| bytes.extend_from_slice(row));
        Self { labels: self.labels, weights: bytes.into() }
    }

    /// A table of so many `slots` whose rows are these at the slots of `places`, and 0 elsewhere.
    #[must_use]
    #[cfg(feature = "train")]
    pub fn spread(&self, places: &[u32], slots: usize) -> Self {
        let width = Self::bytes_of(self.labels, 1);
        let mut bytes = vec![0; slots * width];
        for (place, row) in places.iter().zip(self.weights.chunks_exact(width)) {
            bytes[*place as usize * width..][..width].copy_from_slice(row);
        }
        Self { labels: self.labels, weights: bytes.into() }
    }

    /// All weights, slot by slot, label by label.
    #[cfg(feature = "train")]
    pub fn weights(&self) -> impl Iterator<Item = i16> + '_ {
        self.weights.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes))
    }

    /// The weights in nats, slot by slot, those of labels that the table does not have 0.
    #[cfg(feature = "train")]
    pub fn rows_in_nats<const WIDTH: usize>(&self) -> impl Iterator<Item = [f32; WIDTH]> + '_ {
        self.weights.chunks_exact(Self::bytes_of(self.labels, 1)).map(|row| {
            let mut in_nats = [0.0; WIDTH];
            let weights = row.as_chunks().0.iter().map(|bytes| nats(i16::from_le_bytes(*bytes)));
            in_nats.iter_mut().zip(weights).for_each(|(place, weight)| *place = weight);
            in_nats
        })
    }

    /// The score of every label in nats: the sum of the weights of `slots`.
    #[inline]
    pub fn score(&self, slots: &[u32]) -> PerLabel {
        // Rows of a width that is known when the program is compiled are read without loops.
        match self.labels {
            2 => self.sum::<4>(slots),
            3 => self.sum::<6>(slots),
            4 => self.sum::<8>(slots),
            5 => self.sum::<10>(slots),
            6 => self.sum::<12>(slots),
            7 => self.sum::<14>(slots),
            _ => self.sum::<{ MAX_LABELS * WEIGHT_BYTES }>(slots),
        }
    }

    /// The same for rows of `BYTES` bytes.
    #[inline]
    fn sum<const BYTES: usize>(&self, slots: &[u32]) -> PerLabel {
        let rows = self.weights.as_chunks::<BYTES>().0;
        let mut total = [0_i64; MAX_LABELS];
        for slots in slots.chunks(SUMMED_SLOTS) {
            let mut sums = [0_i32; MAX_LABELS];
            for slot in slots {
                let weights = rows[*slot as usize].as_chunks::<WEIGHT_BYTES>().0;
                let weights = weights.iter().map(|bytes| i32::from(i16::from_le_bytes(*bytes)));
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
            }
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += i64::from(sum));
        }
        total.map(|steps| steps as f32 / STEPS_PER_NAT as f32)
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
        let table = |weights: &[i16]| {
            let bytes: Vec<u8> = weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
            Table::from_bytes(2, bytes.into())
        };
        let whole = table(&[1, 2, 3, 4, 5, 6]);
        assert_eq!(whole.rows_of(&[2, 0]), table(&[5, 6, 1, 2]));
        assert_eq!(whole.rows_of(&[1]).spread(&[2], 3), table(&[0, 0, 0, 0, 3, 4]));
        assert_eq!(whole.plus(&whole).minus(&whole), whole);
        let in_nats: Vec<[f32; 4]> = whole.rows_in_nats().collect();
        assert_eq!(in_nats[1], [nats(3), nats(4), 0.0, 0.0]);
    }

    #[test]
    fn tables_of_any_number_of_labels_are_summed() {
        for labels in 2..=MAX_LABELS {
            let table = Table::freeze(labels, 3, |label, slot| (label * slot) as f64);
            let mean = (labels - 1) as f32 / 2.0;
            let expected: Vec<f32> = (0..labels).map(|label| 3.0 * (label as f32 - mean)).collect();
            let score = table.score(&[1, 0, 2]);
            assert_eq!(score[..labels], expected);
            assert!(score[labels..].iter().all(|rest| *rest == 0.0));
        }
    }

    #[test]
    fn the_rarest_feature_still_fits() {
        let table = Table::freeze(2, 1, |label, _| if label == 0 { 0.0 } else { -43.0 });
        assert!((table.score(&[0])[0] - 21.5).abs() < 0.01);
    }
}
