//! Fitting a fusion: curves that make the labels of held-out blocks most probable.
//!
//! Comes in: rows of inputs with their labels and weights. Goes out: a [`Fusion`]. Multinomial logistic regression on
//! the knots of the curves, by `AdaGrad` (Duchi, Hazan and Singer 2011) over the rows in a fixed pseudo-random order: the
//! same rows give the same curves.

use crate::context::Inputs;
use crate::fusion::{Curve, Fusion, KNOTS, NARROW, PerLabel, softmax};
use crate::label::{LabelSet, MAX_LABELS};

/// What to fit.
#[derive(Default)]
pub(super) struct Examples {
    pub inputs: Inputs,
    pub targets: Vec<LabelSet>,
    pub weights: Vec<f32>,
    /// The fold each row's page belongs to.
    pub folds: Vec<u8>,
}

impl Examples {
    /// Adds the rows of a page.
    pub fn extend(
        &mut self,
        inputs: &Inputs,
        targets: &[LabelSet],
        weights: impl Iterator<Item = f32>,
        fold: usize,
    ) {
        self.inputs.width = inputs.width;
        self.inputs.values.extend_from_slice(&inputs.values);
        self.targets.extend_from_slice(targets);
        self.weights.extend(weights);
        self.folds.resize(self.targets.len(), fold as u8);
    }
}

/// First step length, in logits.
const RATE: f32 = 0.12;
/// Pull of every knot towards 0 at each touch, relative to the step: rare knots stay near what the common ones say.
const RIDGE: f32 = 2e-5;
/// Rows looked at for the knots of an input.
const RANGE_ROWS: usize = 8192;
/// Knots at quantiles of all values; the others are at those of the distinct ones.
const HALF: usize = KNOTS / 2;
/// Share of the values beyond the outermost knot, at each end.
const OUTSIDE: f32 = 0.005;
/// Passes over the rows.
const PASSES: usize = 10;

/// Whether a target says anything: not if nothing is known, or everything possible.
pub(super) fn is_telling(target: LabelSet, labels: usize) -> bool {
    !target.is_empty() && target.len() < labels
}

/// Fits a fusion to the rows whose fold is accepted.
pub(super) fn fit(examples: &Examples, labels: usize, accept: impl Fn(usize) -> bool) -> Fusion {
    let rows: Vec<&[f32]> = examples.inputs.rows().collect();
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.retain(|row| {
        let row = *row as usize;
        let is_used = examples.weights[row] > 0.0 && is_telling(examples.targets[row], labels);
        is_used && accept(usize::from(examples.folds[row]))
    });
    let curves = (0..examples.inputs.width).map(|input| flat_curve(&rows, &order, input)).collect();
    let mut fusion = Fusion::new(labels, [0.0; MAX_LABELS], curves);
    if order.is_empty() {
        return fusion;
    }
    let mut steps = Steps::new(examples.inputs.width);
    let mut places = Vec::with_capacity(examples.inputs.width);
    let mut random = 0x1234_5678_9ABC_DEF1_u64;
    for pass in 0..PASSES {
        shuffle(&mut order, &mut random);
        let rate = RATE * (1.0 - pass as f32 / PASSES as f32);
        for row in &order {
            let row = *row as usize;
            places.clear();
            places.extend(fusion.curves().iter().zip(rows[row]).map(|(curve, input)| curve.place(*input)));
            let logits = fusion.logits_at(places.iter().copied());
            let slope = slope(&logits, examples.targets[row], examples.weights[row], labels);
            if labels <= NARROW {
                steps.take::<NARROW>(&mut fusion, &places, &slope, rate);
            } else {
                steps.take::<MAX_LABELS>(&mut fusion, &places, &slope, rate);
            }
        }
    }
    fusion
}

/// The slope of the loss by each logit: what is predicted less what is true. Where several labels are possible, what
/// is true of them is what the model itself says among them.
pub(super) fn slope(logits: &PerLabel, target: LabelSet, weight: f32, labels: usize) -> PerLabel {
    let mut slope = softmax(logits, labels);
    let possible: f32 = target.iter().map(|label| slope[label.index()]).sum();
    for label in target.iter() {
        let predicted = slope[label.index()];
        slope[label.index()] -=
            if possible > 1e-12 { predicted / possible } else { 1.0 / target.len() as f32 };
    }
    slope.map(|slope| slope * weight)
}

/// The sums of squared slopes by which `AdaGrad` shortens its steps, for every value of a fusion.
struct Steps {
    bias: PerLabel,
    curves: Vec<[PerLabel; KNOTS]>,
}

impl Steps {
    fn new(curves: usize) -> Self {
        Self { bias: [1e-4; MAX_LABELS], curves: vec![[[1e-4; MAX_LABELS]; KNOTS]; curves] }
    }

    /// Takes a step against `slope` with the inputs at `places`. Of the labels the first `WIDTH` are looked at: slopes of
    /// those beyond a fusion's own are 0, and so their values stay.
    fn take<const WIDTH: usize>(
        &mut self,
        fusion: &mut Fusion,
        places: &[(usize, f32)],
        slope: &PerLabel,
        rate: f32,
    ) {
        let (bias, curves) = fusion.parts_mut();
        for label in 0..WIDTH {
            self.bias[label] += slope[label] * slope[label];
            bias[label] -= rate * slope[label] / self.bias[label].sqrt();
        }
        for ((curve, squares), (knot, after)) in curves.iter_mut().zip(&mut self.curves).zip(places) {
            for (knot, share) in [(*knot, 1.0 - after), (knot + 1, *after)] {
                let (values, squares) = (&mut curve.values[knot], &mut squares[knot]);
                for label in 0..WIDTH {
                    let slope = slope[label] * share + RIDGE * values[label];
                    squares[label] += slope * slope;
                    values[label] -= rate * slope / squares[label].sqrt();
                }
            }
        }
    }
}

/// A flat curve with its knots where an input's values are: half of them at quantiles of all values, half at quantiles of
/// the distinct ones, which leaves room between values that are there very often.
fn flat_curve(rows: &[&[f32]], order: &[u32], input: usize) -> Curve {
    let stride = order.len().div_ceil(RANGE_ROWS).max(1);
    let mut values: Vec<f32> = order.iter().step_by(stride).map(|row| rows[*row as usize][input]).collect();
    values.sort_unstable_by(f32::total_cmp);
    let at = |values: &[f32], share: f32| {
        values.get((share * values.len().saturating_sub(1) as f32) as usize).copied().unwrap_or(0.0)
    };
    let mut knots = [0.0; KNOTS];
    for knot in 0..HALF {
        knots[knot] = at(&values, OUTSIDE + (1.0 - 2.0 * OUTSIDE) * knot as f32 / (HALF - 1) as f32);
    }
    values.dedup();
    for knot in 0..KNOTS - HALF {
        knots[HALF + knot] = at(&values, (knot as f32 + 0.5) / (KNOTS - HALF) as f32);
    }
    knots.sort_unstable_by(f32::total_cmp);
    Curve::flat(knots)
}

/// Fisher and Yates' shuffle with Marsaglia's xorshift: any fixed order that is not the pages' own will do.
pub(super) fn shuffle(order: &mut [u32], random: &mut u64) {
    for last in (1..order.len()).rev() {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        order.swap(last, (*random % (last as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Label;

    /// Rows with one telling input, one curved one and one of noise.
    fn examples() -> Examples {
        let mut examples = Examples::default();
        for row in 0..2000u32 {
            let x = (row * 7919 % 2000) as f32 / 1000.0 - 1.0;
            let noise = (row * 104_729 % 997) as f32 / 997.0;
            let target = Label::new(usize::from(x.abs() > 0.5));
            let inputs = Inputs { width: 2, values: vec![x, noise] };
            examples.extend(&inputs, &[target.into()], std::iter::once(1.0), row as usize % 5);
        }
        examples
    }

    #[test]
    fn curves_learn_what_a_line_cannot() {
        let fusion = fit(&examples(), 2, |_| true);
        let side = |x: f32| fusion.logits(&[x, 0.5])[1] > fusion.logits(&[x, 0.5])[0];
        assert_eq!(
            [-0.9, -0.7, -0.3, 0.0, 0.3, 0.7, 0.9].map(side),
            [true, true, false, false, false, true, true]
        );
    }

    #[test]
    fn the_same_rows_give_the_same_curves() {
        assert_eq!(fit(&examples(), 2, |fold| fold != 3), fit(&examples(), 2, |fold| fold != 3));
        assert_ne!(fit(&examples(), 2, |fold| fold != 3), fit(&examples(), 2, |_| true));
    }

    #[test]
    fn open_targets_pull_only_away_from_what_they_exclude() {
        let either: LabelSet = [Label::new(0), Label::new(1)].into_iter().collect();
        let slope = slope(&[0.0; MAX_LABELS], either, 1.0, 3);
        assert!((slope[0] + 1.0 / 6.0).abs() < 1e-6 && (slope[2] - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn no_rows_give_a_flat_fusion() {
        assert_eq!(fit(&Examples::default(), 3, |_| true).logits(&[])[..3], [0.0; 3]);
    }
}
