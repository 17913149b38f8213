//! Fusion: an additive model that weighs evidence of different kinds against each other.
//!
//! Comes in: a row of numbers (inputs). Goes out: one logit a label, as a sum of one contribution an input: each input
//! has its own piecewise-linear curve a label, so that any decision can be read as a list of contributions. With naive
//! Bayes scores as inputs this is the generative/discriminative hybrid of Raina et al. (NIPS 2003), with curves
//! (generalised additive models: Hastie and Tibshirani 1986) in place of single weights.

use crate::label::MAX_LABELS;

/// Knots of every curve.
pub(crate) const KNOTS: usize = 12;

/// One value a label; those beyond a model's labels are unused.
pub(crate) type PerLabel = [f32; MAX_LABELS];

/// A fitted additive model over a fixed list of inputs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fusion {
    labels: usize,
    bias: PerLabel,
    curves: Vec<Curve>,
}

/// The curves of one input: values at [`KNOTS`] knots, straight lines between them, constant beyond. Knots may fall
/// together: there a curve jumps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    /// Where the knots are, from the lowest.
    pub knots: [f32; KNOTS],
    /// Knot by knot, label by label: `KNOTS * labels` values.
    pub values: Vec<f32>,
}

impl Curve {
    /// A flat curve with these knots.
    pub fn flat(knots: [f32; KNOTS], labels: usize) -> Self {
        Self { knots, values: vec![0.0; KNOTS * labels] }
    }

    /// The knot at or below `input` and how far on to the next it stands, 0 to 1.
    #[inline]
    pub fn place(&self, input: f32) -> (usize, f32) {
        // All are compared: without branches, a dozen comparisons are two or three instructions.
        let reached = self.knots.iter().map(|knot| u32::from(*knot <= input)).sum::<u32>() as usize;
        if reached == 0 {
            return (0, 0.0);
        }
        if reached == KNOTS {
            return (KNOTS - 2, 1.0);
        }
        let (knot, next) = (self.knots[reached - 1], self.knots[reached]);
        (reached - 1, (input - knot) / (next - knot))
    }
}

impl Fusion {
    /// A fusion with these curves and label biases.
    pub fn new(labels: usize, bias: PerLabel, curves: Vec<Curve>) -> Self {
        debug_assert!(curves.iter().all(|curve| curve.values.len() == KNOTS * labels));
        Self { labels, bias, curves }
    }

    /// The curves, one an input.
    pub fn curves(&self) -> &[Curve] {
        &self.curves
    }

    /// What every label starts from.
    pub fn bias(&self) -> PerLabel {
        self.bias
    }

    /// The curves and biases, for fitting.
    pub fn parts_mut(&mut self) -> (&mut PerLabel, &mut [Curve]) {
        (&mut self.bias, &mut self.curves)
    }

    /// The logit of every label for one row of inputs.
    #[inline]
    pub fn logits(&self, inputs: &[f32]) -> PerLabel {
        debug_assert_eq!(inputs.len(), self.curves.len());
        let mut logits = self.bias;
        for (curve, input) in self.curves.iter().zip(inputs) {
            let (knot, after) = curve.place(*input);
            let start = knot * self.labels;
            let (here, next) = curve.values[start..start + 2 * self.labels].split_at(self.labels);
            for ((logit, here), next) in logits.iter_mut().zip(here).zip(next) {
                *logit += here + (next - here) * after;
            }
        }
        logits
    }

    /// How far each input can move a label: the widest span of its curves, in logits.
    pub fn spans(&self) -> impl Iterator<Item = f32> {
        self.curves.iter().map(|curve| {
            let span = |label: usize| {
                let values = curve.values.iter().skip(label).step_by(self.labels);
                let (low, high) =
                    values.fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
                high - low
            };
            (0..self.labels).map(span).fold(0.0, f32::max)
        })
    }
}

/// Probabilities from the first `labels` logits; the rest stay 0.
pub(crate) fn softmax(logits: &PerLabel, labels: usize) -> PerLabel {
    let logits = &logits[..labels];
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut probabilities = [0.0; MAX_LABELS];
    let mut sum = 0.0;
    for (probability, logit) in probabilities.iter_mut().zip(logits) {
        // libm's exponential is the same on every platform; the standard library's need not be.
        *probability = libm::expf(logit - most);
        sum += *probability;
    }
    probabilities.iter_mut().for_each(|probability| *probability /= sum);
    probabilities
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fusion() -> Fusion {
        let knots = std::array::from_fn(|knot| 2.0 * knot as f32 / (KNOTS - 1) as f32 - 1.0);
        let mut curve = Curve::flat(knots, 2);
        for knot in 0..KNOTS {
            curve.values[2 * knot] = knot as f32;
            curve.values[2 * knot + 1] = -(knot as f32);
        }
        Fusion::new(2, [0.5; MAX_LABELS], vec![curve.clone(), Curve::flat([3.0; KNOTS], 2)])
    }

    #[test]
    fn curves_are_straight_between_knots_and_flat_beyond() {
        let fusion = fusion();
        let middle = (KNOTS - 1) as f32 / 2.0;
        assert_eq!(fusion.logits(&[0.0, 9.0])[..2], [0.5 + middle, 0.5 - middle]);
        assert_eq!(fusion.logits(&[7.0, 0.0])[0], 0.5 + (KNOTS - 1) as f32);
        assert_eq!(fusion.logits(&[-7.0, 0.0])[0], 0.5);
    }

    #[test]
    fn spans_tell_strong_inputs_from_idle_ones() {
        assert_eq!(fusion().spans().collect::<Vec<_>>(), [(KNOTS - 1) as f32, 0.0]);
    }

    #[test]
    fn softmax_survives_large_logits() {
        let mut logits = [0.0; MAX_LABELS];
        logits[..3].copy_from_slice(&[1000.0, 0.0, -1000.0]);
        assert_eq!(softmax(&logits, 3)[..4], [1.0, 0.0, 0.0, 0.0]);
    }
}
