//! Fitting a fusion: curves that make the labels of held-out blocks most probable.
//!
//! Comes in: rows of inputs with their labels and weights. Goes out: a [`Fusion`] for any choice of folds. Multinomial logistic regression on
//! the knots of the curves, by `AdaGrad` (Duchi, Hazan and Singer 2011) over the rows in fixed pseudo-random orders: the
//! same rows give the same curves. Where curves end depends on the order; as logits are sums over curves, the mean of the
//! curves of several runs says what the models would say together (bagging without the draws: Breiman 1996).

use super::alike::{Columns, Places};
use super::epochs::Epochs;
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
const RANGE_ROWS: usize = 2048;
/// Knots at quantiles of all values; the others are at those of the distinct ones.
const HALF: usize = KNOTS / 2;
/// Share of the values beyond the outermost knot, at each end.
const OUTSIDE: f32 = 0.005;

/// Whether a target says anything: not if nothing is known, or everything possible.
pub(super) fn is_telling(target: LabelSet, labels: usize) -> bool {
    !target.is_empty() && target.len() < labels
}

/// Rows made ready for fitting: where each stands on curves that are flat yet.
pub(super) struct Prepared {
    /// One an input.
    flat: Vec<Curve>,
    columns: Columns,
    places: Places,
    targets: Vec<Target>,
    labels: usize,
    epochs: Epochs,
}

/// What a row should come out as, how much it counts, and the fold its page belongs to.
struct Target {
    labels: LabelSet,
    weight: f32,
    fold: usize,
}

impl Prepared {
    /// The rows of `examples` that say something.
    pub fn of(examples: &Examples, labels: usize, epochs: Epochs) -> Self {
        let is_used =
            |row: &usize| examples.weights[*row] > 0.0 && is_telling(examples.targets[*row], labels);
        let used: Vec<usize> = (0..examples.targets.len()).filter(is_used).collect();
        let width = examples.inputs.width;
        let rows: Vec<&[f32]> =
            used.iter().map(|row| &examples.inputs.values[row * width..(row + 1) * width]).collect();
        let flat: Vec<Curve> = (0..width).map(|input| flat_curve(&rows, input)).collect();
        let columns = Columns::of(&rows, width);
        let places = Places::of(&rows, &columns, &flat);
        let target = |row: &usize| Target {
            labels: examples.targets[*row],
            weight: examples.weights[*row],
            fold: usize::from(examples.folds[*row]),
        };
        Self { flat, columns, places, targets: used.iter().map(target).collect(), labels, epochs }
    }

    /// Fits a fusion to the rows whose fold is accepted: the mean of as many runs as there are to be.
    pub fn fit(&self, accept: impl Fn(usize) -> bool) -> Fusion {
        let (mut curves, mut bias) = (self.flat.clone(), [0.0; MAX_LABELS]);
        let accepted = |row: &u32| accept(self.targets[*row as usize].fold);
        let rows: Vec<u32> = (0..self.targets.len() as u32).filter(accepted).collect();
        for run in 0..self.epochs.runs {
            if self.labels <= NARROW {
                self.descend::<NARROW>(rows.clone(), run, &mut curves, &mut bias);
            } else {
                self.descend::<MAX_LABELS>(rows.clone(), run, &mut curves, &mut bias);
            }
        }
        Fusion::new(self.labels, bias, curves)
    }

    /// The mean of fusions fitted to parts of the rows: what they would say together, which hangs less on any of the rows
    /// than what one fitted to all of them says.
    pub fn mean(&self, fusions: &[Fusion]) -> Fusion {
        let (mut curves, mut bias) = (self.flat.clone(), [0.0; MAX_LABELS]);
        let share = 1.0 / fusions.len() as f32;
        let add = |sums: &mut PerLabel, values: &PerLabel| {
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value * share);
        };
        for fusion in fusions {
            add(&mut bias, &fusion.bias());
            for (sums, curve) in curves.iter_mut().zip(fusion.curves()) {
                sums.values.iter_mut().zip(&curve.values).for_each(|(sums, values)| add(sums, values));
            }
        }
        Fusion::new(self.labels, bias, curves)
    }

    /// Bends flat curves until they say what the targets of the rows in `order` are, going through them in an order of the
    /// run's own, and adds the run's share of the curves to `curves` and `bias`. `WIDTH` is at least the number of labels:
    /// values of labels beyond have no slope, and so they stay.
    fn descend<const WIDTH: usize>(
        &self,
        mut order: Vec<u32>,
        run: u64,
        curves: &mut [Curve],
        bias: &mut PerLabel,
    ) {
        let Self { columns, places, targets, labels, epochs, .. } = self;
        // Another order for every run; odd times odd is never 0, where the generator would stay.
        let mut random = 0x1234_5678_9ABC_DEF1_u64.wrapping_mul(2 * run + 1);
        let mut start = Knot::<WIDTH>::default();
        let mut fitted = vec![[Knot::<WIDTH>::default(); KNOTS]; columns.inputs.len()];
        // What each column adds to the logits.
        let mut added = vec![[0.0; WIDTH]; columns.inputs.len()];
        for epoch in 0..epochs.fitting {
            shuffle(&mut order, &mut random);
            let rate = RATE * (1.0 - epoch as f32 / epochs.fitting as f32);
            for row in &order {
                let row = *row as usize;
                for ((curve, (knot, after)), added) in fitted.iter().zip(places.row(row)).zip(&mut added) {
                    let (here, next) = (&curve[knot].values, &curve[knot + 1].values);
                    *added = std::array::from_fn(|label| here[label] + (next[label] - here[label]) * after);
                }
                let mut logits = [0.0; MAX_LABELS];
                logits[..WIDTH].copy_from_slice(&start.values);
                for column in &columns.of_input {
                    (0..WIDTH).for_each(|label| logits[label] += added[*column][label]);
                }
                let slope = slope(&logits, targets[row].labels, targets[row].weight, *labels);
                let slope: [f32; WIDTH] = std::array::from_fn(|label| slope[label]);
                start.step(&slope, rate);
                for (curve, (knot, after)) in fitted.iter_mut().zip(places.row(row)) {
                    curve[knot].step_by(&slope, 1.0 - after, rate);
                    curve[knot + 1].step_by(&slope, after, rate);
                }
            }
        }
        let share = 1.0 / epochs.runs as f32;
        let add = |sums: &mut PerLabel, knot: &Knot<WIDTH>| {
            sums.iter_mut().zip(&knot.values).for_each(|(sum, value)| *sum += value * share);
        };
        for (curve, column) in curves.iter_mut().zip(&columns.of_input) {
            curve.values.iter_mut().zip(&fitted[*column]).for_each(|(sums, knot)| add(sums, knot));
        }
        add(bias, &start);
    }
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

/// The values of the labels at one knot of a curve, and the sums of squared slopes by which `AdaGrad` shortens its steps.
#[derive(Clone, Copy)]
struct Knot<const WIDTH: usize> {
    values: [f32; WIDTH],
    squares: [f32; WIDTH],
}

impl<const WIDTH: usize> Default for Knot<WIDTH> {
    fn default() -> Self {
        Self { values: [0.0; WIDTH], squares: [1e-4; WIDTH] }
    }
}

impl<const WIDTH: usize> Knot<WIDTH> {
    /// Takes a step against `slope`.
    #[inline]
    fn step(&mut self, slope: &[f32; WIDTH], rate: f32) {
        for label in 0..WIDTH {
            self.squares[label] += slope[label] * slope[label];
            self.values[label] -= rate * slope[label] / self.squares[label].sqrt();
        }
    }

    /// The same for a row that stands at the knot by this share, and so pulls the values towards 0.
    #[inline]
    fn step_by(&mut self, slope: &[f32; WIDTH], share: f32, rate: f32) {
        self.step(&std::array::from_fn(|label| slope[label] * share + RIDGE * self.values[label]), rate);
    }
}

/// A flat curve with its knots where an input's values are: half of them at quantiles of all values, half at quantiles of
/// the distinct ones, which leaves room between values that are there very often.
fn flat_curve(rows: &[&[f32]], input: usize) -> Curve {
    let stride = rows.len().div_ceil(RANGE_ROWS).max(1);
    let mut values: Vec<f32> = rows.iter().step_by(stride).map(|row| row[input]).collect();
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

    fn fit(examples: &Examples, labels: usize, epochs: Epochs, accept: impl Fn(usize) -> bool) -> Fusion {
        Prepared::of(examples, labels, epochs).fit(accept)
    }

    const ONE_RUN: Epochs = Epochs { adjusting: 0, fitting: 10, runs: 1 };

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
        let fusion = fit(&examples(), 2, ONE_RUN, |_| true);
        let side = |x: f32| fusion.logits(&[x, 0.5])[1] > fusion.logits(&[x, 0.5])[0];
        assert_eq!(
            [-0.9, -0.7, -0.3, 0.0, 0.3, 0.7, 0.9].map(side),
            [true, true, false, false, false, true, true]
        );
    }

    #[test]
    fn the_same_rows_give_the_same_curves() {
        let without = |epochs| fit(&examples(), 2, epochs, |fold| fold != 3);
        assert_eq!(without(ONE_RUN), without(ONE_RUN));
        assert_ne!(without(ONE_RUN), fit(&examples(), 2, ONE_RUN, |_| true));
        assert_ne!(without(ONE_RUN), without(Epochs { runs: 2, ..ONE_RUN }));
    }

    #[test]
    fn several_runs_are_meant() {
        let says = |runs| fit(&examples(), 2, Epochs { runs, ..ONE_RUN }, |_| true).logits(&[0.7, 0.2])[0];
        // The second run by itself is twice the mean less the first.
        let (one, second) = (says(1), 2.0 * says(2) - says(1));
        assert!(one != second && (one - second).abs() < 0.5 * one.abs(), "{one} {second}");
    }

    #[test]
    fn the_mean_of_fusions_says_the_mean_of_what_they_say() {
        let prepared = Prepared::of(&examples(), 2, ONE_RUN);
        let apart = [0, 1].map(|left_out| prepared.fit(|fold| fold != left_out));
        let [mean, one, other] =
            [&prepared.mean(&apart), &apart[0], &apart[1]].map(|f| f.logits(&[0.7, 0.2])[0]);
        assert!(one != other && (mean - f32::midpoint(one, other)).abs() < 1e-5, "{one} {mean} {other}");
    }

    #[test]
    fn open_targets_pull_only_away_from_what_they_exclude() {
        let either: LabelSet = [Label::new(0), Label::new(1)].into_iter().collect();
        let slope = slope(&[0.0; MAX_LABELS], either, 1.0, 3);
        assert!((slope[0] + 1.0 / 6.0).abs() < 1e-6 && (slope[2] - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn no_rows_give_a_flat_fusion() {
        assert_eq!(fit(&Examples::default(), 3, ONE_RUN, |_| true).logits(&[])[..3], [0.0; 3]);
    }
}
