//! Adjusting: what naive Bayes gets wrong because features are not independent.
//!
//! Comes in: the table that naive Bayes estimates for a view, and labelled rows of features. Goes out: a table of
//! corrections to be added to it. Each weight starts at its naive Bayes value and moves as far as the conditional
//! likelihood of the labels gains by it: naive Bayes weights refined discriminatively, with the generative estimate as
//! start and anchor (Zaidi et al., JMLR 14, 2013; Wang and Manning, ACL 2012).

use super::fit::{is_telling, shuffle, slope};
use crate::context::damping;
use crate::fusion::PerLabel;
use crate::label::{LabelSet, MAX_LABELS};
use crate::model::{Table, nats};

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
const PASSES: usize = 6;
/// Corrections are rounded to steps of this many to a nat.
const STEPS_PER_NAT: f32 = 64.0;

/// The corrections to `table` that rows of the accepted folds ask for.
pub(super) fn adjust(rows: &Rows, table: &Table, labels: usize, accept: impl Fn(usize) -> bool) -> Table {
    let mut order: Vec<u32> = (0..rows.ends.len() as u32).collect();
    order.retain(|row| {
        accept(usize::from(rows.folds[*row as usize])) && is_telling(rows.targets[*row as usize], labels)
    });
    match table.narrow_rows() {
        Some(start) => adjusted(rows, start, order, labels),
        None => adjusted(rows, table.wide_rows(), order, labels),
    }
}

/// The same from the weights of the table, for the rows in `order`.
fn adjusted<const WIDTH: usize>(
    rows: &Rows,
    start: &[[i16; WIDTH]],
    mut order: Vec<u32>,
    labels: usize,
) -> Table {
    let mut weights: Vec<Weights<WIDTH>> = start.iter().map(Weights::new).collect();
    let mut bias: PerLabel = [0.0; MAX_LABELS];
    let mut bias_squares: PerLabel = [1e-3; MAX_LABELS];
    let mut random = 0x0123_4567_89AB_CDEF_u64;
    for pass in 0..PASSES {
        shuffle(&mut order, &mut random);
        let rate = RATE * (1.0 - pass as f32 / PASSES as f32);
        for row in &order {
            let row = *row as usize;
            let slots = rows.slots(row);
            let damping = damping(slots.len());
            let mut sums = [0.0; WIDTH];
            for slot in slots {
                let now = &weights[*slot as usize].now;
                (0..WIDTH).for_each(|label| sums[label] += now[label]);
            }
            let mut logits = bias;
            (0..WIDTH).for_each(|label| logits[label] += sums[label] * damping);
            let slope = slope(&logits, rows.targets[row], rows.weights[row], labels);
            for label in 0..labels {
                bias_squares[label] += slope[label] * slope[label];
                bias[label] -= rate * slope[label] / bias_squares[label].sqrt();
            }
            let pull = RIDGE * rows.weights[row];
            let slope_square = slope[..labels].iter().map(|slope| slope * slope).sum::<f32>() / labels as f32;
            for slot in slots {
                let Weights { now, start, square } = &mut weights[*slot as usize];
                *square += damping * damping * slope_square;
                let rate = rate / square.sqrt();
                for label in 0..WIDTH {
                    let back = pull * (now[label] - nats(start[label]));
                    now[label] -= rate * (slope[label] * damping + back);
                }
            }
        }
    }
    // Coarser steps than a table's take less room in the model file, and no decision hangs on a hundredth of a nat.
    let rounded = |correction: f32| (correction * STEPS_PER_NAT).round() / STEPS_PER_NAT;
    Table::from_nats(labels, weights.len(), |slot, label| {
        let Weights { now, start, .. } = &weights[slot];
        rounded(now[label] - nats(start[label]))
    })
}

/// The weights of one slot, with all that is looked at together with them.
struct Weights<const WIDTH: usize> {
    now: [f32; WIDTH],
    /// As they are in the table.
    start: [i16; WIDTH],
    /// The sum of squared slopes, by which steps get shorter.
    square: f32,
}

impl<const WIDTH: usize> Weights<WIDTH> {
    fn new(start: &[i16; WIDTH]) -> Self {
        Self { now: start.map(nats), start: *start, square: 1e-3 }
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
        let corrections = adjust(&rows, &even, 2, |fold| fold != 0);
        let says = |slot: u32| corrections.score(&[slot])[1] - corrections.score(&[slot])[0];
        assert!(says(4) > 0.1 && says(3) < -0.1 && says(2) > 0.0, "{} {} {}", says(3), says(4), says(2));
        assert_eq!(corrections.score(&[7])[..2], [0.0; 2]);
        assert_eq!(corrections, adjust(&rows, &even, 2, |fold| fold != 0));
    }
}
