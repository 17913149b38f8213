//! Fusion: an additive model that weighs evidence of different kinds against each other.
//!
//! Comes in: a row of numbers (inputs). Goes out: one logit a label, as a sum of one contribution an input: each input
//! has its own piecewise-linear curve a label, so that any decision can be read as a list of contributions. With naive
//! Bayes scores as inputs this is the generative/discriminative hybrid of Raina et al. (NIPS 2003), with curves
//! (generalised additive models: Hastie and Tibshirani 1986) in place of single weights.

use crate::label::MAX_LABELS;

/// Knots of every curve.
pub(crate) const KNOTS: usize = 12;

/// Labels whose values a processor adds up at once.
pub(crate) const NARROW: usize = 4;

/// Rows whose places on a curve are found side by side.
pub(crate) const TOGETHER: usize = 8;

/// One value a label; those beyond a model's labels are unused.
pub(crate) type PerLabel = [f32; MAX_LABELS];

/// A fitted additive model over a fixed list of inputs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fusion {
    labels: usize,
    bias: PerLabel,
    curves: Vec<Curve>,
    /// The same curves as they are added up; those of the width that the labels need.
    narrow: Vec<Pieces<NARROW>>,
    wide: Vec<Pieces<MAX_LABELS>>,
}

/// The curves of one input: values at [`KNOTS`] knots, straight lines between them, constant beyond. Knots may fall
/// together: there a curve jumps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    /// Where the knots are, from the lowest.
    pub knots: [f32; KNOTS],
    /// Knot by knot; values of labels that the fusion does not have stay 0.
    pub values: [PerLabel; KNOTS],
}

impl Curve {
    /// A flat curve with these knots.
    pub fn flat(knots: [f32; KNOTS]) -> Self {
        Self { knots, values: [[0.0; MAX_LABELS]; KNOTS] }
    }

    /// The knot at or below `input` and how far on to the next it stands, 0 to 1.
    #[inline]
    pub fn place(&self, input: f32) -> (usize, f32) {
        // All knots are compared: without branches, a dozen comparisons are two or three instructions.
        let reached = self.knots.iter().map(|knot| u32::from(*knot <= input)).sum::<u32>() as usize;
        let knot = reached.clamp(1, KNOTS - 1) - 1;
        let (here, next) = (self.knots[knot], self.knots[knot + 1]);
        let after = (input - here) / (next - here);
        let after = if reached == 0 { 0.0 } else { after };
        (knot, if reached == KNOTS { 1.0 } else { after })
    }

    /// Adds the values at a place on the curve to `logits`.
    #[inline]
    fn add(&self, (knot, after): (usize, f32), logits: &mut PerLabel) {
        let (here, next) = (&self.values[knot], &self.values[knot + 1]);
        for label in 0..MAX_LABELS {
            logits[label] += here[label] + (next[label] - here[label]) * after;
        }
    }
}

/// A curve cut into its straight pieces, with the differences between knots taken once: what it says of an input is the
/// same to the last bit.
#[derive(Debug, Clone, PartialEq)]
struct Pieces<const WIDTH: usize> {
    /// Where one piece ends and the next one starts.
    bounds: [f32; KNOTS - 2],
    pieces: [Piece<WIDTH>; KNOTS - 1],
}

/// A straight line from one knot to the next, for the first `WIDTH` labels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece<const WIDTH: usize> {
    start: f32,
    length: f32,
    values: [f32; WIDTH],
    rises: [f32; WIDTH],
}

impl<const WIDTH: usize> Pieces<WIDTH> {
    fn of(curve: &Curve) -> Self {
        let Curve { knots, values } = curve;
        Self {
            bounds: std::array::from_fn(|bound| knots[bound + 1]),
            pieces: std::array::from_fn(|knot| Piece {
                start: knots[knot],
                length: knots[knot + 1] - knots[knot],
                values: std::array::from_fn(|label| values[knot][label]),
                rises: std::array::from_fn(|label| values[knot + 1][label] - values[knot][label]),
            }),
        }
    }

    /// The piece that each of some inputs is on.
    #[inline]
    fn reached<const INPUTS: usize>(&self, inputs: &[f32; INPUTS]) -> [u32; INPUTS] {
        // All bounds are compared, each with all inputs: without branches, that is a few instructions.
        let mut reached = [0; INPUTS];
        for bound in self.bounds {
            (0..INPUTS).for_each(|input| reached[input] += u32::from(bound <= inputs[input]));
        }
        reached
    }

    /// What the curve says of `input`.
    #[inline]
    fn at(&self, input: f32) -> [f32; WIDTH] {
        let [reached] = self.reached(&[input]);
        self.pieces[reached as usize].at(input)
    }
}

impl<const WIDTH: usize> Piece<WIDTH> {
    #[inline]
    fn at(&self, input: f32) -> [f32; WIDTH] {
        let after = (input - self.start) / self.length;
        // Beyond the outermost knots the curve is flat; at a last one that falls together with the one before, `after` is
        // no number. Written out, each is one instruction.
        let after = if after < 1.0 { after } else { 1.0 };
        let after = if after > 0.0 { after } else { 0.0 };
        std::array::from_fn(|label| self.values[label] + self.rises[label] * after)
    }
}

impl Fusion {
    /// A fusion with these curves and label biases.
    pub fn new(labels: usize, bias: PerLabel, curves: Vec<Curve>) -> Self {
        let (mut narrow, mut wide) = (Vec::new(), Vec::new());
        if labels <= NARROW {
            narrow.extend(curves.iter().map(Pieces::of));
        } else {
            wide.extend(curves.iter().map(Pieces::of));
        }
        Self { labels, bias, curves, narrow, wide }
    }

    /// The curves, one an input.
    pub fn curves(&self) -> &[Curve] {
        &self.curves
    }

    /// What every label starts from.
    pub fn bias(&self) -> PerLabel {
        self.bias
    }

    /// The logit of every label for one row of inputs.
    #[inline]
    pub fn logits(&self, inputs: &[f32]) -> PerLabel {
        debug_assert_eq!(inputs.len(), self.curves.len());
        if self.labels <= NARROW { self.sum(&self.narrow, inputs) } else { self.sum(&self.wide, inputs) }
    }

    /// The logits of so many rows of inputs, whose columns stand end to end, each filled up to whole groups.
    pub fn logits_of_columns(&self, rows: usize, columns: &[[f32; TOGETHER]]) -> Vec<PerLabel> {
        debug_assert_eq!(columns.len(), rows.div_ceil(TOGETHER) * self.curves.len());
        if self.labels <= NARROW {
            self.sums(&self.narrow, rows, columns)
        } else {
            self.sums(&self.wide, rows, columns)
        }
    }

    #[inline]
    fn sum<const WIDTH: usize>(&self, curves: &[Pieces<WIDTH>], inputs: &[f32]) -> PerLabel {
        let mut logits = self.bias;
        for (curve, input) in curves.iter().zip(inputs) {
            add(curve.at(*input), &mut logits);
        }
        logits
    }

    /// Goes curve by curve, so that each is at hand for all rows; every row's sum is in the order of the curves all the same.
    fn sums<const WIDTH: usize>(
        &self,
        curves: &[Pieces<WIDTH>],
        rows: usize,
        columns: &[[f32; TOGETHER]],
    ) -> Vec<PerLabel> {
        let mut logits = vec![self.bias; rows];
        for (curve, column) in curves.iter().zip(columns.chunks_exact(rows.div_ceil(TOGETHER).max(1))) {
            // Much is the same for all blocks of a page, and needs to be looked up only once.
            let first = column[0][0];
            if column.as_flattened().iter().all(|input| input.to_bits() == first.to_bits()) {
                let said = curve.at(first);
                logits.iter_mut().for_each(|logits| add(said, logits));
                continue;
            }
            for (logits, inputs) in logits.chunks_mut(TOGETHER).zip(column) {
                let reached = curve.reached(inputs);
                for ((logits, input), reached) in logits.iter_mut().zip(inputs).zip(reached) {
                    add(curve.pieces[reached as usize].at(*input), logits);
                }
            }
        }
        logits
    }

    /// What the logits of one row are the sum of: the bias, then what each input adds.
    pub fn contributions(&self, inputs: &[f32]) -> impl Iterator<Item = PerLabel> {
        let of_input = |(curve, input): (&Curve, &f32)| {
            let mut added = [0.0; MAX_LABELS];
            curve.add(curve.place(*input), &mut added);
            added
        };
        std::iter::once(self.bias).chain(self.curves.iter().zip(inputs).map(of_input))
    }

    /// How far each input can move a label: the widest span of its curves, in logits.
    pub fn spans(&self) -> impl Iterator<Item = f32> {
        self.curves.iter().map(|curve| {
            let span = |label: usize| {
                let values = curve.values.iter().map(|values| values[label]);
                let (low, high) =
                    values.fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)));
                high - low
            };
            (0..self.labels).map(span).fold(0.0, f32::max)
        })
    }
}

#[inline]
fn add<const WIDTH: usize>(said: [f32; WIDTH], logits: &mut PerLabel) {
    (0..WIDTH).for_each(|label| logits[label] += said[label]);
}

/// Probabilities from the first `labels` logits; the rest stay 0.
#[inline]
pub(crate) fn softmax(logits: &PerLabel, labels: usize) -> PerLabel {
    if labels <= NARROW {
        softmax_of::<NARROW>(logits, labels)
    } else {
        softmax_of::<MAX_LABELS>(logits, labels)
    }
}

/// The same where no label is numbered `WIDTH` or higher.
#[inline]
fn softmax_of<const WIDTH: usize>(logits: &PerLabel, labels: usize) -> PerLabel {
    let most = logits[..labels].iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut powers: [f32; WIDTH] = std::array::from_fn(|label| exponential(logits[label] - most));
    powers[labels..].fill(0.0);
    let sum = powers.iter().sum::<f32>();
    let mut probabilities = [0.0; MAX_LABELS];
    (0..WIDTH).for_each(|label| probabilities[label] = powers[label] / sum);
    probabilities
}

/// `e` to the power of an `x` that is not above 0, to within two units in the last place; below -60 as of -60.
///
/// The same on every platform, as the standard library's need not be, and without a branch, so that several are computed
/// at once: `x` is split into a multiple of ln 2, which goes into the exponent, and a rest of at most half of it, for which
/// the power series is cut after the seventh power (Cody and Waite 1980, chapter 6, with a series in place of the quotient).
#[inline]
pub(crate) fn exponential(x: f32) -> f32 {
    /// Added and taken off again, it rounds to a whole number: beyond it an `f32` has no places for a fraction.
    const ROUNDER: f32 = 12_582_912.0;
    /// ln 2 in two parts, the first of so few digits that its multiples are exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = x.max(-60.0);
    let whole = x * std::f32::consts::LOG2_E + ROUNDER;
    let power = whole - ROUNDER;
    let rest = (x - power * LN_2[0]) - power * LN_2[1];
    // In parts that do not wait for each other (Estrin's scheme).
    let square = rest * rest;
    let low = (1.0 + rest) + square * (0.5 + rest * (1.0 / 6.0));
    let high = (1.0 / 24.0 + rest * (1.0 / 120.0)) + square * (1.0 / 720.0 + rest * (1.0 / 5040.0));
    let value = low + square * square * high;
    // The lowest bits of `whole` are those of the whole number.
    let exponent = whole.to_bits().wrapping_sub(ROUNDER.to_bits()) as i32;
    value * f32::from_bits(((exponent + 127) << 23) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fusion() -> Fusion {
        let knots = std::array::from_fn(|knot| 2.0 * knot as f32 / (KNOTS - 1) as f32 - 1.0);
        let mut curve = Curve::flat(knots);
        for knot in 0..KNOTS {
            curve.values[knot][..2].copy_from_slice(&[knot as f32, -(knot as f32)]);
        }
        Fusion::new(2, [0.5; MAX_LABELS], vec![curve.clone(), Curve::flat([3.0; KNOTS])])
    }

    #[test]
    fn curves_are_straight_between_knots_and_flat_beyond() {
        let fusion = fusion();
        let middle = (KNOTS - 1) as f32 / 2.0;
        assert_eq!(fusion.logits(&[0.0, 9.0])[..2], [0.5 + middle, 0.5 - middle]);
        assert_eq!(fusion.logits(&[7.0, 0.0])[0], 0.5 + (KNOTS - 1) as f32);
        assert_eq!(fusion.logits(&[-7.0, 0.0])[0], 0.5);
        let columns = [[0.3, -0.7, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3], [9.0; TOGETHER]];
        let rows = [[0.3, 9.0], [-0.7, 9.0]].map(|row| fusion.logits(&row));
        assert_eq!(fusion.logits_of_columns(2, &columns), rows);
        assert!(fusion.logits_of_columns(0, &[]).is_empty());
    }

    #[test]
    fn pieces_say_what_their_curve_says() {
        let knots = [-1.0, -1.0, -0.5, -0.5, 0.0, 0.3, 0.3, 0.3, 1.0, 2.5, 7.0, 7.0];
        let mut curve = Curve::flat(knots);
        for (knot, values) in curve.values.iter_mut().enumerate() {
            *values = std::array::from_fn(|label| libm::sinf((7 * knot + label) as f32));
        }
        let pieces = Pieces::of(&curve);
        for input in (-40..300).map(|step| step as f32 / 40.0) {
            let mut said = [0.0; MAX_LABELS];
            curve.add(curve.place(input), &mut said);
            assert_eq!(pieces.at(input), said, "{input}");
        }
    }

    #[test]
    fn spans_tell_strong_inputs_from_idle_ones() {
        assert_eq!(fusion().spans().collect::<Vec<_>>(), [(KNOTS - 1) as f32, 0.0]);
    }

    #[test]
    fn exponentials_are_those_of_the_library() {
        for step in 0..=6_000 {
            let x = -(step as f32) / 100.0;
            let (ours, exact) = (f64::from(exponential(x)), libm::exp(f64::from(x)));
            assert!((ours / exact - 1.0).abs() < 2.5e-7, "{x}: {ours} for {exact}");
        }
        assert_eq!(exponential(0.0), 1.0);
        assert_eq!([-1e9, f32::NEG_INFINITY].map(exponential), [exponential(-60.0); 2]);
    }

    #[test]
    fn softmax_survives_large_logits() {
        let mut logits = [0.0; MAX_LABELS];
        logits[..3].copy_from_slice(&[1000.0, 0.0, -1000.0]);
        let [most, no, never, beyond, ..] = softmax(&logits, 3);
        assert!(most == 1.0 && no < 1e-20 && never < 1e-20 && beyond == 0.0);
    }
}
