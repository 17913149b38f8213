//! A frozen naive Bayes table: for each slot of a view and each label one weight.

use crate::fusion::PerLabel;
use crate::label::MAX_LABELS;

/// Weights are kept in steps of 1/512 nat: sums of integers are exact in any order, and 16 bits reach ±64 nat, beyond
/// what a count of 10^18 against none gives.
const STEPS_PER_NAT: f64 = 512.0;

/// The weights of one view, slot by slot, label by label, so that the labels of a slot lie together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    labels: usize,
    weights: Vec<i16>,
}

/// Nats in steps, to the nearest.
fn stepped(nats: f64) -> i16 {
    // A cast cuts towards 0, and saturates.
    (nats * STEPS_PER_NAT + 0.5f64.copysign(nats)) as i16
}

impl Table {
    /// A table from `log_probability(label, slot)` of `slots` features: each weight is the log-probability less the
    /// mean over labels, which changes no decision and makes a feature that says nothing weigh nothing.
    pub fn freeze(labels: usize, slots: usize, log_probability: impl Fn(usize, usize) -> f64) -> Self {
        let mut weights = Vec::with_capacity(labels * slots);
        let mut row = [0.0; MAX_LABELS];
        for slot in 0..slots {
            (0..labels).for_each(|label| row[label] = log_probability(label, slot));
            let mean = row[..labels].iter().sum::<f64>() / labels as f64;
            weights.extend(row[..labels].iter().map(|value| stepped(value - mean)));
        }
        Self { labels, weights }
    }

    /// A table from weights in nats, slot by slot, label by label.
    pub fn from_nats(labels: usize, nats: impl Iterator<Item = f32>) -> Self {
        Self { labels, weights: nats.map(|value| stepped(f64::from(value))).collect() }
    }

    /// The weights in nats.
    pub fn nats(&self) -> impl ExactSizeIterator<Item = f32> {
        self.weights.iter().map(|weight| f32::from(*weight) / STEPS_PER_NAT as f32)
    }

    /// The sum of two tables.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let sums = self.weights.iter().zip(&other.weights).map(|(one, other)| one.saturating_add(*other));
        Self { labels: self.labels, weights: sums.collect() }
    }

    /// A table from the weights of a model file.
    pub fn from_weights(labels: usize, weights: Vec<i16>) -> Self {
        Self { labels, weights }
    }

    /// The weights as they go into a model file.
    pub fn weights(&self) -> &[i16] {
        &self.weights
    }

    /// The score of every label in nats: the sum of the weights of `slots`.
    #[inline]
    pub fn score(&self, slots: &[u32]) -> PerLabel {
        let mut sums = [0i64; MAX_LABELS];
        for slot in slots {
            let start = *slot as usize * self.labels;
            for (sum, weight) in sums.iter_mut().zip(&self.weights[start..start + self.labels]) {
                *sum += i64::from(*weight);
            }
        }
        sums.map(|sum| sum as f32 / STEPS_PER_NAT as f32)
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

    #[test]
    fn the_rarest_feature_still_fits() {
        let table = Table::freeze(2, 1, |label, _| if label == 0 { 0.0 } else { -43.0 });
        assert!((table.score(&[0])[0] - 21.5).abs() < 0.01);
    }
}
