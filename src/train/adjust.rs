//! Adjusting: what naive Bayes gets wrong because features are not independent.
//!
//! Comes in: the table that naive Bayes estimates for a view, and labelled rows of features. Goes out: a table of
//! corrections to be added to it. Each weight starts at its naive Bayes value and moves as far as the conditional
//! likelihood of the labels gains by it: naive Bayes weights refined discriminatively, with the generative estimate as
//! start and anchor (Zaidi et al., JMLR 14, 2013; Wang and Manning, ACL 2012).

use super::fit::{is_telling, shuffle, slope};
use crate::context::damping;
use crate::fusion::{NARROW, PerLabel};
use crate::label::{LabelSet, MAX_LABELS};
use crate::model::Table;

/// Labelled rows of one view's features.
#[derive(Debug, Default)]
pub(super) struct Rows {
    slots: Vec<u32>,
    ends: Vec<usize>,
    targets: Vec<LabelSet>,
    weights: Vec<f32>,
    folds: Vec<u8>,
}

impl Rows {
    /// Adds a block; one without features teaches nothing.
    pub fn push(
        &mut self,
        slots: impl ExactSizeIterator<Item = u32>,
        target: LabelSet,
        weight: f32,
        fold: usize,
    ) {
        if slots.len() > 0 {
            self.slots.extend(slots);
            self.ends.push(self.slots.len());
            self.targets.push(target);
            self.weights.push(weight);
            self.folds.push(fold as u8);
        }
    }

    fn slots(&self, row: usize) -> &[u32] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.slots[start..self.ends[row]]
    }
}

/// Step length, in nats.
const RATE: f32 = 0.5;
/// Pull back to the naive Bayes estimate at each touch, for a row of weight 1.
const RIDGE: f32 = 3e-5;
/// Corrections are rounded to steps of this many to a nat.
const STEPS_PER_NAT: f32 = 64.0;

/// The corrections to `table` that rows of the accepted folds ask for in so many epochs.
pub(super) fn adjust(
    rows: &Rows,
    table: &Table,
    labels: usize,
    epochs: usize,
    accept: impl Fn(usize) -> bool,
) -> Table {
    let mut order: Vec<u32> = (0..rows.ends.len() as u32).collect();
    order.retain(|row| {
        accept(usize::from(rows.folds[*row as usize])) && is_telling(rows.targets[*row as usize], labels)
    });
    if labels <= NARROW {
        adjusted::<NARROW>(rows, table, order, labels, epochs)
    } else {
        adjusted::<MAX_LABELS>(rows, table, order, labels, epochs)
    }
}

/// The same for the rows in `order`; `WIDTH` is at least `labels`.
fn adjusted<const WIDTH: usize>(
    rows: &Rows,
    table: &Table,
    mut order: Vec<u32>,
    labels: usize,
    epochs: usize,
) -> Table {
    let mut weights: Vec<Weights<WIDTH>> = table.rows_in_nats().map(Weights::new).collect();
    // The sums of squared slopes, by which steps get shorter.
    let mut squares = vec![1e-3; weights.len()];
    let mut bias: PerLabel = [0.0; MAX_LABELS];
    let mut bias_squares: PerLabel = [1e-3; MAX_LABELS];
    let mut random = 0x0123_4567_89AB_CDEF_u64;
    let mut rates = Vec::new();
    for epoch in 0..epochs {
        shuffle(&mut order, &mut random);
        let rate = RATE * (1.0 - epoch as f32 / epochs as f32);
        for row in &order {
            let row = *row as usize;
            let slots = rows.slots(row);
            let damping = damping(slots.len());
            let now = |slot: &u32| &weights[*slot as usize].now;
            // Two sums, neither of which waits for the other.
            let mut sums = [[0.0; WIDTH]; 2];
            let (pairs, last) = slots.as_chunks::<2>();
            for pair in pairs {
                for (sum, slot) in sums.iter_mut().zip(pair) {
                    (0..WIDTH).for_each(|label| sum[label] += now(slot)[label]);
                }
            }
            for slot in last {
                (0..WIDTH).for_each(|label| sums[0][label] += now(slot)[label]);
            }
            let mut logits = bias;
            (0..WIDTH).for_each(|label| logits[label] += (sums[0][label] + sums[1][label]) * damping);
            let slope = slope(&logits, rows.targets[row], rows.weights[row], labels);
            for label in 0..labels {
                bias_squares[label] += slope[label] * slope[label];
                bias[label] -= rate * slope[label] / bias_squares[label].sqrt();
            }
            let slope_square = slope[..labels].iter().map(|slope| slope * slope).sum::<f32>() / labels as f32;
            let square = damping * damping * slope_square;
            rates.clear();
            rates.extend(slots.iter().map(|slot| {
                let sum = &mut squares[*slot as usize];
                *sum += square;
                *sum
            }));
            // Apart, so that many roots and quotients are taken at once.
            rates.iter_mut().for_each(|square| *square = rate / square.sqrt());
            let slope: [f32; WIDTH] = std::array::from_fn(|label| slope[label] * damping);
            let pull = RIDGE * rows.weights[row];
            for (slot, rate) in slots.iter().zip(&rates) {
                weights[*slot as usize].step(&slope, pull, *rate);
            }
        }
    }
    Table::from_nats(labels, weights.len(), |slot, label| {
        let Weights { now, start } = &weights[slot];
        rounded(now[label] - start[label])
    })
}

/// The mean of corrections that rows of several folds ask for: what all of them agree on.
pub(super) fn mean(corrections: &[Table], labels: usize) -> Table {
    let slots = corrections.first().map_or(0, Table::slots);
    let mut sums: Vec<PerLabel> = vec![[0.0; MAX_LABELS]; slots];
    for rows in corrections.iter().map(Table::rows_in_nats) {
        for (sum, row) in sums.iter_mut().zip(rows) {
            let row: PerLabel = row;
            (0..labels).for_each(|label| sum[label] += row[label]);
        }
    }
    Table::from_nats(labels, slots, |slot, label| rounded(sums[slot][label] / corrections.len() as f32))
}

/// Coarser steps than a table's take less room in the model file, and no decision hangs on a hundredth of a nat.
fn rounded(correction: f32) -> f32 {
    (correction * STEPS_PER_NAT).round() / STEPS_PER_NAT
}

/// The weights of one slot, as they are and as they are in the table, in nats.
struct Weights<const WIDTH: usize> {
    now: [f32; WIDTH],
    start: [f32; WIDTH],
}

impl<const WIDTH: usize> Weights<WIDTH> {
    fn new(start: [f32; WIDTH]) -> Self {
        Self { now: start, start }
    }

    /// Takes a step against `slope`, and back to the start.
    #[inline]
    fn step(&mut self, slope: &[f32; WIDTH], pull: f32, rate: f32) {
        let Self { now, start } = self;
        for label in 0..WIDTH {
            now[label] -= rate * (slope[label] + pull * (now[label] - start[label]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Label;

    /// Feature 0 comes with either label, but only together with 1 or 2, each of which doubles up: naive Bayes counts
    /// what 1 and 2 say twice.
    #[test]
    fn corrections_raise_the_likelihood_of_the_labels() {
        let mut rows = Rows::default();
        for row in 0..400usize {
            let label = row % 2;
            let noisy = row % 10 == 0;
            let telling = if noisy { 2 - label } else { 1 + label } as u32;
            let slots = [0, telling, telling, 3 + label as u32];
            rows.push(slots.into_iter(), Label::new(label).into(), 1.0, row % 5);
        }
        let even = Table::freeze(2, 8, |_, _| 0.0);
        let corrections = adjust(&rows, &even, 2, 6, |fold| fold != 0);
        let says = |slot: u32| corrections.score(&[slot])[1] - corrections.score(&[slot])[0];
        assert!(says(4) > 0.1 && says(3) < -0.1 && says(2) > 0.0, "{} {} {}", says(3), says(4), says(2));
        assert_eq!(corrections.score(&[7])[..2], [0.0; 2]);
        assert_eq!(corrections, adjust(&rows, &even, 2, 6, |fold| fold != 0));
    }

    #[test]
    fn the_mean_of_corrections_is_in_the_same_steps() {
        let steps = |steps: [f32; 2]| Table::from_nats(1, 2, |slot, _| steps[slot] / STEPS_PER_NAT);
        let corrections = [steps([4.0, -3.0]), steps([1.0, -3.0]), steps([0.0, -3.0])];
        assert_eq!(mean(&corrections, 1), steps([2.0, -3.0]));
    }
}
